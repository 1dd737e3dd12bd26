import { Page } from '../ui/basic';

export default function Item() {
	return <Page title="Item" />;
}
