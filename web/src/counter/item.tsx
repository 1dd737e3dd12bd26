/* An item for staff: what was promised and what was found, what happened, and what can be done now. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useRoute } from 'preact-iso';
import { Printer } from 'lucide-preact';
import { Problem } from '../base/ask';
import { cityId, signedIn } from '../base/session';
import { money, when } from '../base/format';
import { codeWords, listed, named, words } from '../base/words';
import { useAsk } from '../base/use';
import { Button, Card, Facts, Note, Page, Shown, Wrong } from '../ui/basic';
import { useCategories } from '../ui/categories';
import { Photo } from '../ui/photo';
import { DeviceState, ItemState } from '../ui/states';
import { Actions, type Item } from './actions';
import { codeOf } from './codes';
import { Label, printSheet } from './label';
import { byWhom, lineOf, stolenWord, Story } from './story';
import './counter.css';

const w = words({
	title: 'Item {n}', order: 'Order {n}', counter: 'Counter', prices: 'Prices', quoted: 'Promised', bonus: 'Bonus', offered: 'New offer', until: 'until {at}', agreed: 'Agreed', declared: 'Declared by the owner', storage: 'Storage', gb: '{n} GB', battery: 'Battery', percent: '{n} %', age: 'Age', months: '{n} month|{n} months', best: 'Everything in order', confirmations: 'Hand-over', given: 'Owner', taken: 'Counter', not_yet: 'not yet', given_back: 'We gave it back', taken_back: 'Owner has it back',
	inspection: 'Inspection', grade: 'Grade', found: 'Price by what was found', failed: 'Tests not passed', marks: 'Marks', mark: '{part}: {level}', lock: 'Activation lock', stolen: 'List of stolen devices', differs: 'Differs from what was declared', history: 'What happened', photos: 'Photos and documents', device: 'Device {label}', passport: 'Passport', label: 'Label', do: 'To do now',
	meanwhile: 'Meanwhile this happened', meanwhile_text: 'Someone was faster. Nothing of yours was recorded; this is how it stands now:', none: 'None', rounding: 'Rounding', to_accept: 'Owner’s answer', not_named: 'not asked yet',
}, {
	title: '订单项 {n}', order: '订单 {n}', counter: '柜台', prices: '价格', quoted: '承诺价', bonus: '补贴', offered: '新报价', until: '有效至 {at}', agreed: '成交价', declared: '机主声明', storage: '容量', gb: '{n} GB', battery: '电池', percent: '{n}%', age: '已使用', months: '{n} 个月', best: '一切正常', confirmations: '交接', given: '机主', taken: '柜台', not_yet: '尚未', given_back: '我方已退还', taken_back: '机主已取回',
	inspection: '检测', grade: '等级', found: '按实际情况的价格', failed: '未通过的检测', marks: '痕迹', mark: '{part}：{level}', lock: '激活锁', stolen: '被盗名单', differs: '与声明不符', history: '经过', photos: '照片和文件', device: '设备 {label}', passport: '护照', label: '标签', do: '现在可做',
	meanwhile: '期间已有变化', meanwhile_text: '有人先一步操作。您的操作未被记录，目前情况如下：', none: '无', rounding: '取整', to_accept: '机主的答复', not_named: '尚未报价',
});

const lockWord = codeWords({ on: 'on', off: 'off', unknown: 'not known' }, { on: '已开启', off: '已关闭', unknown: '不清楚' });

/** An item with its history; `fresh` is the newest entry that was seen before the last time that another was faster. */
export function useItem(item: number | undefined) {
	const at = item && cityId() ? { city: cityId(), item } : undefined;
	const one = useAsk('tradein.item', at), story = useAsk('tradein.history', at && { ...at, limit: 200 });
	const [fresh, setFresh] = useState<number>();
	const reload = () => {
		one.reload();
		story.reload();
	};
	const last = useRef(reload);
	last.current = reload;
	useEffect(() => {
		/* whoever comes back to this window sees it as it is now */
		const seen = () => document.visibilityState === 'visible' && last.current();
		document.addEventListener('visibilitychange', seen);
		return () => document.removeEventListener('visibilitychange', seen);
	}, []);
	return {
		one, story, fresh, reload,
		conflict: () => {
			setFresh(Math.max(0, ...(story.data?.items ?? []).map((e) => e.seq ?? 0)));
			reload();
		},
		clear: () => setFresh(undefined),
	};
}
export function Meanwhile(p: { of: ReturnType<typeof useItem>; item?: number }) {
	const { fresh, story } = p.of;
	if (fresh === undefined)
		return null;
	const news = (story.data?.items ?? []).filter((e) => e.seq! > fresh);
	return (
		<Note tone="warn" role="alert">
			<b>{w('meanwhile')}</b>
			<p>{w('meanwhile_text')}</p>
			<ul>{news.map((e) => <li key={e.seq}>{lineOf(e, p.item)} · {byWhom(e)} · {when(e.recorded_us)}</li>)}</ul>
		</Note>
	);
}

export function useModelName(model: number | undefined, category: string | undefined): string {
	const m = useAsk('catalogue.model', model ? { model } : undefined).data, cats = useCategories();
	return m ? `${m.brand} ${m.name}` : cats.name(category);
}

function Declared(p: { item: Item }) {
	const i = p.item;
	const q = useAsk('tradein.questions', i.category && cityId() ? { city: cityId(), category: i.category } : undefined).data?.questions ?? [];
	const answers = (i.answers ?? '').split(',').filter(Boolean).map((a) => {
		const [code, value] = a.split(':'), found = q.find((x) => x.code === code);
		return [found ? named(found) : code ?? '', found ? named(found.answers?.find((x) => x.code === value)) : value ?? ''] as [string, string];
	});
	return <>
		<Facts of={[[w('storage'), i.storage_gb && w('gb', { n: String(i.storage_gb) })], [w('battery'), i.battery_percent && w('percent', { n: i.battery_percent })], [w('age'), i.age_months && w('months', { n: i.age_months })], ...answers]} />
		{!answers.length && <p class="muted">{w('best')}</p>}
	</>;
}

function Inspection(p: { item: number; category: string }) {
	const list = useAsk('inspect.list', { city: cityId(), item: p.item });
	const tests = useAsk('inspect.tests', { city: cityId(), category: p.category }).data;
	const last = list.data?.items?.at(-1), f = last?.facts?.[0];
	if (!last)
		return null;
	const failed = (f?.tests ?? []).filter((t) => t.result === 'fail').map((t) => named(tests?.tests?.find((x) => x.code === t.test) ?? { code: t.test }));
	const questions = useAsk('tradein.questions', p.category ? { city: cityId(), category: p.category } : undefined).data?.questions ?? [];
	const difference = (code = '') => {
		const [q, a] = code.split(/[:/_ ]/), found = questions.find((x) => x.code === q);
		return found ? `${named(found)} ${named((a ? found.answers?.find((x) => x.code === a) : found.answers?.[0]) ?? { code: a })}` : code === 'rounding' ? w('rounding') : code === 'storage' ? w('storage') : code === 'battery' ? w('battery') : code;
	};
	const marks = (f?.marks ?? []).map((m) => {
		const o = tests?.observations?.find((x) => x.code === m.part);
		return w('mark', { part: named(o ?? { code: m.part }), level: named(o?.levels?.find((l) => l.code === m.severity) ?? { code: m.severity }) });
	});
	const photos = [...(f?.photos ?? []).map((x) => x.evidence), ...(last.defects ?? []).flatMap((d) => (d.photo ? [d.photo] : []))];
	return (
		<Card title={w('inspection')}>
			<Facts of={[
				[w('grade'), <b>{`C${last.grade_c} · F${last.grade_f}`}</b>], [w('found'), money(last.price_minor)], [w('battery'), f?.battery_percent && w('percent', { n: f.battery_percent })],
				[w('failed'), failed.length ? listed(failed) : w('none')], [w('marks'), listed(marks) || w('none')],
				[w('lock'), f?.activation_lock && lockWord(f.activation_lock)], [w('stolen'), f?.stolen && stolenWord(f.stolen)],
			]} />
			{(last.defects ?? []).length > 0 && <><h3>{w('differs')}</h3><Facts of={last.defects!.map((d) => [difference(d.code), money(d.step_minor, undefined, true)])} /></>}
			{photos.length > 0 && <div class="photos">{[...new Set(photos)].map((e) => <Photo key={e} evidence={e} />)}</div>}
		</Card>
	);
}

export function ItemBody(p: { item: number }) {
	const it = useItem(p.item), i = it.one.data;
	const what = useModelName(i?.model, i?.category);
	const device = useAsk('device.get', i?.device && cityId() ? { city: cityId(), device: i.device } : undefined);
	return (
		<Shown of={it.one}>{(x) => (
			<>
				<Meanwhile of={it} item={p.item} />
				<div class="row spread">
					<div class="row"><h2>{what}</h2><ItemState state={x.state} /><DeviceState state={device.data?.state} /></div>
					{x.device && <div class="actions no-print">
						<a class="button small" href={`/devices/${x.device}`}>{w('device', { label: codeOf(x.device) })}</a>
						<a class="button small" href={`/p/${cityId()}/${x.device}`}>{w('passport')}</a>
						<Button small onClick={() => printSheet('label')}><Printer aria-hidden="true" />{w('label')}</Button>
					</div>}
				</div>
				<Card title={w('do')} class="no-print"><Actions item={x} what={what} deviceState={device.data?.state} onDone={() => { it.clear(); it.reload(); device.reload(); }} onConflict={() => { it.conflict(); device.reload(); }} /></Card>
				<div class="two">
					<div class="stack">
						<Card title={w('prices')}>
							<Facts of={[[w('quoted'), money(x.quoted_minor)], [w('bonus'), x.bonus_minor ? money(x.bonus_minor) : undefined],
								[w('offered'), x.offered_minor !== undefined ? <>{money(x.offered_minor)}{x.offer_until_us && x.state === 'offered' ? <small class="muted"> {w('until', { at: when(x.offer_until_us) })}</small> : null}</> : undefined],
								[w('to_accept'), x.state === 'kept' ? (x.offer_until_us ? w('until', { at: when(x.offer_until_us) }) : w('not_named')) : undefined],
								[w('agreed'), x.agreed_minor !== undefined ? <b>{money(x.agreed_minor)}</b> : undefined]]} />
						</Card>
						<Card title={w('declared')}><Declared item={x} /></Card>
						<Card title={w('confirmations')}>
							<Facts of={x.state === 'returning' || x.state === 'returned' ? [[w('given_back'), x.given_us ? when(x.given_us) : w('not_yet')], [w('taken_back'), x.taken_us ? when(x.taken_us) : w('not_yet')]] :
								[[w('given'), x.given_us ? when(x.given_us) : w('not_yet')], [w('taken'), x.taken_us ? when(x.taken_us) : w('not_yet')]]} />
						</Card>
						{x.inspection_seq && <Inspection item={p.item} category={x.category ?? ''} />}
					</div>
					<div class="stack">
						<Card title={w('history')}><Shown of={it.story}>{(h) => <Story entries={h.items ?? []} item={p.item} fresh={it.fresh} />}</Shown></Card>
						{(x.photos ?? []).length > 0 && <Card title={w('photos')}><div class="photos">{x.photos!.map((e) => <Photo key={e.evidence} evidence={e.evidence!} />)}</div></Card>}
					</div>
				</div>
				{x.device && <div class="print-only"><Label device={x.device} what={what} at_us={device.data?.received_us} /></div>}
			</>
		)}</Shown>
	);
}

export default function ItemPage() {
	const { params } = useRoute(), item = Number(params.item);
	const one = useAsk('tradein.item', signedIn() && cityId() && item > 0 ? { city: cityId(), item } : undefined).data;
	if (!signedIn())
		return <Page title={w('title', { n: params.item ?? '' })} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return (
		<Page title={w('title', { n: params.item ?? '' })} crumbs={<><a href="/counter/today">{w('counter')}</a> {one && <>/ <a href={`/orders/${one.order}`}>{w('order', { n: String(one.order) })}</a></>}</>}>
			<ItemBody item={item} key={item} />
		</Page>
	);
}
