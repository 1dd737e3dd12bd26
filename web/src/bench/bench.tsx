/* The bench: scan a label, and the one next thing to do for this device stands there, big. */
import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { ScanLine } from 'lucide-preact';
import { ask, type Row } from '../base/ask';
import { can, cityId, signedIn } from '../base/session';
import { useAct, useFocus } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Empty, Note, Page, Wrong } from '../ui/basic';
import { Problem } from '../base/ask';
import { CameraScan, useScanner } from '../ui/code';
import { DeviceState } from '../ui/states';
import { BenchDevice } from './device';
import { Inspect } from './inspect';
import { Worklist } from './list';
import { Stuck } from './stuck';
import './bench.css';

const w = words({
	title: 'Bench', scan: 'Scan or type a label', scan_hint: 'Label, IMEI, serial or number. A scanner may be used anywhere on this page.', go: 'Open', none: 'Nothing is known by “{text}”.', several: 'Which one?', tab_scan: 'Scan', tab_list: 'Worklist', tab_stuck: 'Stuck',
	ready: 'Ready for the next device', ready_text: 'Scan its label: what comes next for it will stand here.', see_list: 'See what is waiting', tabs: 'Bench',
}, {
	title: '检测台', scan: '扫描或输入标签', scan_hint: '标签、IMEI、序列号或编号。在本页任意位置都可以使用扫码枪。', go: '打开', none: '没有找到“{text}”。', several: '是哪一个？', tab_scan: '扫描', tab_list: '待办', tab_stuck: '卡住的',
	ready: '等待下一台设备', ready_text: '扫描标签，这里会显示它的下一步。', see_list: '查看待办', tabs: '检测台',
});
type Found = Row<'desk.find'>;

/* What was scanned, as a device: itself, or of the item or sale that it is. */
async function deviceOf(x: Found): Promise<number | undefined> {
	const city = cityId();
	if (x.kind === 'device')
		return x.id;
	if (x.kind === 'item')
		return (await ask('tradein.item', { city, item: x.id })).device;
	return x.kind === 'sale' ? (await ask('stock.sale', { city, sale: x.id })).device : undefined;
}

function Scan(p: { big?: boolean }) {
	const [text, setText] = useState(''), [choice, setChoice] = useState<Found[]>(), [none, setNone] = useState('');
	const { route } = useLocation();
	const open = async (x: Found) => {
		const device = await deviceOf(x);
		if (device) {
			setText('');
			setChoice(undefined);
			route(`/bench/device/${device}`);
		}
		return device;
	};
	const look = useAct(async (raw: string) => {
		const t = raw.trim();
		setNone('');
		setChoice(undefined);
		if (!t)
			return;
		const found = ((await ask('desk.find', { city: cityId(), text: t })).items ?? []).filter((x) => x.kind === 'device' || x.kind === 'item' || x.kind === 'sale');
		const best = found.filter((x) => x.matched !== 'number');
		const one = best.length === 1 ? best[0] : found.length === 1 ? found[0] : undefined;
		if (one && (await open(one)))
			return;
		if (found.length)
			setChoice(found);
		else
			setNone(t);
	});
	useScanner((t) => void look.run(t));
	useFocus('scan', !!p.big);
	return (
		<div class={`scan no-print ${p.big ? 'big' : ''}`}>
			<form class="row" onSubmit={(e) => { e.preventDefault(); void look.run(text); }}>
				<label class="hide" for="scan">{w('scan')}</label>
				<input id="scan" type="text" autocomplete="off" spellcheck={false} placeholder={w('scan')} value={text} onInput={(e) => setText(e.currentTarget.value)} aria-describedby={p.big ? 'scan-hint' : undefined} />
				<Button type="submit" kind={p.big ? 'main' : undefined} busy={look.busy}>{w('go')}</Button>
				<CameraScan onCode={(t) => void look.run(t)} />
			</form>
			{p.big && <p class="muted small" id="scan-hint">{w('scan_hint')}</p>}
			{none && <Note tone="warn" role="alert">{w('none', { text: none })}</Note>}
			<Wrong error={look.error} inline />
			{choice && <Card title={w('several')}><ul class="picks">{choice.map((x) => (
				<li key={`${x.kind}${x.id}`}><Button onClick={() => void open(x)}>{x.title ?? x.label ?? `#${x.id}`}{x.label && <span class="mono">{x.label}</span>}<DeviceState state={x.kind === 'device' ? x.state : undefined} /></Button></li>
			))}</ul></Card>}
		</div>
	);
}

export default function Bench() {
	const { path } = useLocation();
	const [, , part = '', id = ''] = path.split('/');
	if (!signedIn())
		return <Page title={w('title')} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	if (!can('technician', 'admin', 'clerk'))
		return <Page title={w('title')} narrow><Wrong error={new Problem('forbidden', 403, '')} /></Page>;
	if (part === 'inspect')
		return <Inspect key={id} item={Number(id)} />;
	const tab = (href: string, text: string, on: boolean) => <a href={href} aria-current={on ? 'page' : undefined}>{text}</a>;
	return (
		<Page title={w('title')} class="bench">
			<nav class="tabs no-print" aria-label={w('tabs')}>
				{tab('/bench', w('tab_scan'), part === '' || part === 'device')}{tab('/bench/list', w('tab_list'), part === 'list')}{tab('/bench/stuck', w('tab_stuck'), part === 'stuck')}
			</nav>
			{part === 'list' ? <Worklist /> : part === 'stuck' ? <Stuck /> : <>
				<Scan big={part === ''} />
				{part === 'device' && Number(id) ? <BenchDevice key={id} device={Number(id)} /> :
					<Empty title={w('ready')} icon={<ScanLine aria-hidden="true" />} action={<a class="button" href="/bench/list">{w('see_list')}</a>}>{w('ready_text')}</Empty>}
			</>}
		</Page>
	);
}
