import { Page } from '../ui/basic';

export default function Welcome() {
	return <Page title="Welcome" />;
}
