import { Page } from '../ui/basic';

export default function Offers() {
	return <Page title="Offers" />;
}
