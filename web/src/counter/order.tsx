import { Page } from '../ui/basic';

export default function CounterOrder() {
	return <Page title="CounterOrder" />;
}
