import { Page } from '../ui/basic';

export default function Admin() {
	return <Page title="Admin" />;
}
