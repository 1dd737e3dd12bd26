import { Page } from '../ui/basic';

export default function Device() {
	return <Page title="Device" />;
}
