import { Page } from '../ui/basic';

export default function Stock() {
	return <Page title="Stock" />;
}
