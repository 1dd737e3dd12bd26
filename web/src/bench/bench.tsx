import { Page } from '../ui/basic';

export default function Bench() {
	return <Page title="Bench" />;
}
