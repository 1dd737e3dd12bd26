import { Page } from '../ui/basic';

export default function Recovery() {
	return <Page title="Recovery" />;
}
