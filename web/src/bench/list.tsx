/* What waits on the bench, by what is to be done, oldest first; many at once. */
import { useState } from 'preact/hooks';
import { ask, type Row } from '../base/ask';
import { cityId } from '../base/session';
import { ago, count, when } from '../base/format';
import { useAsk, usePages } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Choices, Empty, Wrong } from '../ui/basic';
import { grades, ModelName, modelText, SiteName } from '../ui/names';
import { Table, type Column } from '../ui/table';
import { deviceState } from '../ui/states';
import { SiteSelect } from '../ui/device/act';
import { Batch } from '../ui/device/batch';
import { actionWord, choiceWord, sendReason } from '../ui/device/words';

const w = words({
	inspect: 'Inspect', arrive: 'On its way', erase: 'Erase', erasing: 'Being erased', failed: 'Erasure failed', decide: 'Decide', shelve: 'Put up for sale', deliver: 'Hand over', recover: 'Dismantle', back: 'Give back', held: 'On hold', waits: 'Waits for the owner',
	groups: 'What is to be done', device: 'Device', label: 'Label', site: 'Site', since: 'Waiting', state: 'State', grade: 'Grade', any_site: 'Every site', selected: '{n} selected', none: 'Nothing waits here', none_text: 'Everything of this kind is done.', list: 'Waiting devices', where: 'To which site', reason: 'Reason',
	receive_hint: 'Only devices that were decided for resale, or have nothing to erase.',
}, {
	inspect: '待检测', arrive: '运输中', erase: '待擦除', erasing: '擦除中', failed: '擦除失败', decide: '待决定', shelve: '待上架', deliver: '待交付', recover: '待拆解', back: '待退还', held: '冻结', waits: '等机主答复',
	groups: '待办事项', device: '设备', label: '标签', site: '网点', since: '等待时间', state: '状态', grade: '等级', any_site: '所有网点', selected: '已选 {n} 台', none: '这里没有待办', none_text: '此类事项都已完成。', list: '待处理设备', where: '发往网点', reason: '原因',
	receive_hint: '仅限已决定转售或无需擦除的设备。',
});
type Dev = Row<'desk.waiting'>;
const groups = ['inspect', 'arrive', 'erase', 'erasing', 'failed', 'decide', 'shelve', 'deliver', 'recover', 'back', 'held', 'waits'] as const;
type Group = (typeof groups)[number];
const batches: Record<Group, string[]> = {
	inspect: ['device.ship'], arrive: ['device.arrive'], erase: ['erase.start', 'stock.dispose', 'device.ship', 'recover.send'], erasing: [], failed: ['erase.start', 'recover.send', 'device.ship'], decide: ['stock.dispose', 'stock.receive', 'recover.send', 'device.ship'],
	shelve: ['stock.dispose', 'device.ship', 'recover.send'], deliver: ['stock.deliver'], recover: ['device.ship'], back: [], held: ['device.release'], waits: [],
};
type Batched = { site?: number; reason: 'disposition' | 'erase_failed' | 'damaged' | 'incomplete' | 'recall' };
async function one(action: string, d: Dev, v: Batched, key: string): Promise<string | void> {
	const city = cityId(), device = d.device!;
	switch (action) {
	case 'erase.start': return void (await ask('erase.start', { city, device }, { key }));
	case 'stock.receive': return void (await ask('stock.receive', { city, device }, { key }));
	case 'stock.deliver': return void (await ask('stock.deliver', { city, sale: d.sale! }, { key }));
	case 'device.release': return void (await ask('device.release', { city, device }, { key }));
	case 'device.ship': return void (await ask('device.ship', { city, device, to_site: v.site! }, { key }));
	case 'device.arrive': return void (await ask('device.arrive', { city, device, site: d.to_site ?? v.site! }, { key }));
	case 'recover.send': return void (await ask('recover.send', { city, device, reason: v.reason }, { key }));
	case 'stock.dispose': return choiceWord((await ask('stock.dispose', { city, device }, { key })).choice);
	}
}
const reasons = ['disposition', 'erase_failed', 'damaged', 'incomplete', 'recall'] as const;

export function Worklist() {
	const [group, setGroup] = useState<Group>(), [site, setSite] = useState<number>();
	const [picked, pick] = useState(new Set<string | number>()), [batch, setBatch] = useState<string>(), [v, setV] = useState<Batched>({ reason: 'disposition' });
	const tasks = useAsk('desk.tasks', { city: cityId(), site }), counts = new Map((tasks.data?.items ?? []).map((x) => [x.task, x.count]));
	const shown = group ?? groups.find((g) => counts.get(g)) ?? 'inspect';
	const pages = usePages('desk.waiting', tasks.data ? { city: cityId(), task: shown, site } : undefined), rows = pages.rows;
	const reload = () => {
		tasks.reload();
		pages.reload();
	};
	const chosen = rows.filter((d) => picked.has(d.device!));
	const columns: Column<Dev>[] = [
		{ key: 'device', head: w('device'), width: 'minmax(170px, 2fr)', cell: (d) => <ModelName id={d.model} category={d.category} />, csv: (d) => modelText(d.model) || d.category },
		{ key: 'label', phone: 'line', head: w('label'), width: '130px', cell: (d) => <span class="mono">{d.label}</span>, csv: (d) => d.label },
		{ key: 'since', phone: 'end', head: w('since'), width: '130px', cell: (d) => ago(d.since_us), csv: (d) => when(d.since_us) },
		{ key: 'state', head: w('state'), width: '130px', cell: (d) => deviceState(d.state) },
		{ key: 'grade', phone: 'line', head: w('grade'), width: '80px', cell: (d) => grades(d.grade_c, d.grade_f) },
		{ key: 'site', phone: 'line', head: w('site'), width: 'minmax(140px, 1fr)', cell: (d) => <SiteName id={d.to_site ?? d.site} />, csv: (d) => d.site },
	];
	if (tasks.error && !tasks.data)
		return <Wrong error={tasks.error} retry={tasks.reload} />;
	return (
		<div class="stack">
			<div class="filters" role="group" aria-label={w('groups')}>
				{groups.filter((g) => counts.get(g) || g === shown).map((g) => (
					<Button key={g} class="pick-chip" aria-pressed={g === shown} onClick={() => { setGroup(g); pick(new Set()); }}>{w(g)} <b>{count(counts.get(g) ?? 0)}</b></Button>
				))}
			</div>
			<div class="filters"><SiteSelect label={w('site')} value={site} onChange={setSite} any={w('any_site')} /></div>
			{chosen.length > 0 && <div class="actions no-print" role="status"><strong>{w('selected', { n: chosen.length })}</strong>{batches[shown].map((a) => <Button key={a} small onClick={() => setBatch(a)}>{actionWord(a)}</Button>)}</div>}
			<Card flush label={w('list')}>
				<Table label={w('list')} {...pages} loading={pages.loading || !tasks.data} columns={columns} id={(d) => d.device!} href={(d) => `/bench/device/${d.device}`} selected={batches[shown].length ? picked : undefined} onSelect={batches[shown].length ? pick : undefined}
					csv={`${shown}.csv`} empty={<Empty title={w('none')}>{w('none_text')}</Empty>} />
			</Card>
			{batch && <Batch title={actionWord(batch)} rows={chosen.map((d) => ({ id: d.device!, label: d.label ?? `#${d.device}` }))} ready={batch !== 'device.ship' || !!v.site} run={(r, key) => one(batch, chosen.find((d) => d.device === r.id)!, v, key)}
				onClose={(any) => {
					setBatch(undefined);
					if (any) {
						pick(new Set());
						reload();
					}
				}}>
				{batch === 'device.ship' && <SiteSelect label={w('where')} value={v.site} onChange={(s) => setV({ ...v, site: s })} />}
				{batch === 'recover.send' && <Choices legend={w('reason')} value={v.reason} onChange={(reason) => setV({ ...v, reason })} options={reasons.map((r) => ({ value: r, label: sendReason(r) }))} />}
				{batch === 'stock.receive' && <p>{w('receive_hint')}</p>}
			</Batch>}
		</div>
	);
}
