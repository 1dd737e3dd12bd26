import { Page } from '../ui/basic';

export default function Counter() {
	return <Page title="Counter" />;
}
