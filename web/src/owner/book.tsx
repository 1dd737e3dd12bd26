import { Page } from '../ui/basic';

export default function Book() {
	return <Page title="Book" />;
}
