/* Recovery: what comes in is weighed, what goes out is weighed, and the bar shows what is between. */
import { useLocation } from 'preact-iso';
import { words } from '../base/words';
import { Empty, Page } from '../ui/basic';
import { Batches } from './batches';
import { Batch } from './batch';
import { Lots } from './lots';
import { Consignments, Consignment } from './consignments';
import { Balance } from './balance';
import './recovery.css';

const w = words({ title: 'Recovery', batches: 'Batches', lots: 'Lots', consignments: 'Consignments', balance: 'Mass balance', none: 'There is no such page', parts: 'Parts of recovery' },
	{ title: '拆解回收', batches: '拆解批次', lots: '批料', consignments: '托运', balance: '质量平衡', none: '没有这个页面', parts: '拆解回收的各部分' });

export function Tabs(p: { here: string }) {
	const tab = (href: string, text: string) => <a href={href} aria-current={p.here === href ? 'page' : undefined}>{text}</a>;
	return (
		<nav class="tabs no-print" aria-label={w('parts')}>
			{tab('/recovery', w('batches'))}{tab('/recovery/lots', w('lots'))}{tab('/recovery/consignments', w('consignments'))}{tab('/recovery/balance', w('balance'))}
		</nav>
	);
}
export default function Recovery() {
	const { path } = useLocation();
	const [, , what, id] = path.split('/');
	if (what === 'batches' && id)
		return <Batch id={Number(id)} />;
	if (what === 'consignments' && id)
		return <Consignment id={Number(id)} />;
	return (
		<Page title={w('title')}>
			<Tabs here={what ? `/recovery/${what}` : '/recovery'} />
			{!what ? <Batches /> : what === 'lots' ? <Lots /> : what === 'consignments' ? <Consignments /> : what === 'balance' ? <Balance /> : <Empty title={w('none')} />}
		</Page>
	);
}
