import { Page } from '../ui/basic';

export default function Account() {
	return <Page title="Account" />;
}
