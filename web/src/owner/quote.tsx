import { Page } from '../ui/basic';

export default function Quote() {
	return <Page title="Quote" />;
}
