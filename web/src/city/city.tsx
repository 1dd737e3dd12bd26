/* /city: the officer's pages. */
import './city.css';
import { useLocation } from 'preact-iso';
import { words } from '../base/words';
import { Only } from './only';
import { Dashboard } from './dashboard';
import { DismantledBehind, ItemsBehind, LivesBehind, LotsBehind, StuckBehind } from './behind';
import { Proof } from './proof';
import { Report } from './report';
import { readers } from './words';

const w = words({ title: 'The city' }, { title: '城市' });

export default function City() {
	const { path } = useLocation();
	const at = path.split('/')[2] ?? '';
	const page = at === 'lives' ? <LivesBehind /> : at === 'items' ? <ItemsBehind /> : at === 'lots' ? <LotsBehind /> : at === 'dismantled' ? <DismantledBehind /> : at === 'stuck' ? <StuckBehind /> : at === 'report' ? <Report /> : at === 'proof' ? <Proof /> : <Dashboard />;
	return <Only roles={readers} title={w('title')}>{page}</Only>;
}
