import { Page } from '../ui/basic';

export default function Dashboard() {
	return <Page title="Dashboard" />;
}
