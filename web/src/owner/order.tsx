import { Page } from '../ui/basic';

export default function Order() {
	return <Page title="Order" />;
}
