import { Page } from '../ui/basic';

export default function Start() {
	return <Page title="Start" />;
}
