import { Page } from '../ui/basic';

export default function Passport() {
	return <Page title="Passport" />;
}
