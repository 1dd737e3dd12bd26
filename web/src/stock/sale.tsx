import { Page } from '../ui/basic';

export default function Sale() {
	return <Page title="Sale" />;
}
