import { Page } from '../ui/basic';

export default function Drawer() {
	return <Page title="Drawer" />;
}
