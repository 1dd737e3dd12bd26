import { Page } from '../ui/basic';

export default function Money() {
	return <Page title="Money" />;
}
