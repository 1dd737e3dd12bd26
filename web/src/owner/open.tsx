import { Page } from '../ui/basic';

export default function Open() {
	return <Page title="Open" />;
}
