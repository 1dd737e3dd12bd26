/* One device on the bench: what is to be done next, then what else is possible. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { newKey } from '../base/ask';
import { cityId } from '../base/session';
import { ago, mass, money, when } from '../base/format';
import { useAct, useAsk, useKeys } from '../base/use';
import { codeWords, words } from '../base/words';
import { Button, Card, Facts, Note, say, Shown, Wrong } from '../ui/basic';
import { CategoryName } from '../ui/categories';
import { grades, ModelName, SiteName } from '../ui/names';
import { DeviceState } from '../ui/states';
import { Act, hasDialog, runNow, type Subject } from '../ui/device/act';
import { Media } from '../ui/device/media';
import { actionName, actionWord, holdWord, whyWord } from '../ui/device/words';

const w = words({
	next: 'Next', nothing: 'Nothing to do', nothing_text: 'This device has come to the end of its way here.', other: 'What else is possible', may_not: 'Your account may not do this. Somebody with another role has to.', medium: 'Medium {n}', full: 'Everything about it', media: 'Storage media',
	site: 'Where', category: 'Category', grade: 'Grade', weight: 'Weight', since: 'In this state', hold: 'On hold', price: 'Asking price', at_item: 'On the order’s page', wait_owner: 'Waits for the owner’s answer', wait_buyer: 'Waits for a buyer', wait_hold: 'Waits for the hold to be resolved', wait_time: 'Waits until {when}',
	until: 'until {when}', poll: 'This page follows by itself.', way: 'Its way', to: 'to',
}, {
	next: '下一步', nothing: '无需操作', nothing_text: '这台设备在这里的流程已经结束。', other: '其他可用操作', may_not: '您的账号不能执行此操作，需由其他角色完成。', medium: '介质 {n}', full: '查看全部信息', media: '存储介质',
	site: '所在网点', category: '类别', grade: '等级', weight: '重量', since: '进入此状态', hold: '冻结原因', price: '售价', at_item: '前往订单页面', wait_owner: '等待机主答复', wait_buyer: '等待买家', wait_hold: '等待冻结解除', wait_time: '等到 {when}',
	until: '截止 {when}', poll: '本页会自动更新。', way: '流程', to: '至',
});
const step = codeWords({ taken: 'Taken in', inspected: 'Inspected', bought: 'Bought', erased: 'Data gone', stock: 'In stock', listed: 'For sale', sold: 'Sold' },
	{ taken: '已收取', inspected: '已检测', bought: '已收购', erased: '数据已清除', stock: '已入库', listed: '在售', sold: '已售出' });
const steps = ['taken', 'inspected', 'bought', 'erased', 'stock', 'listed', 'sold'];
const reached: Record<string, number> = { in_custody: 0, owned: 2, erasing: 2, erase_failed: 2, erased: 3, stock: 4, listed: 5, sold: 6, delivered: 6 };

/** How far a device has come, as a line of steps. */
function Steps(p: { state: string; inspected: boolean }) {
	const at = reached[p.state];
	if (at === undefined)
		return null;
	const n = at === 0 && p.inspected ? 1 : at;
	return <ol class="stages" aria-label={w('way')}>{steps.map((s, i) => <li key={s} class={i < n ? 'done' : i === n ? 'done now' : ''} aria-current={i === n ? 'step' : undefined}>{step(s)}</li>)}</ol>;
}

export function BenchDevice(p: { device: number }) {
	const next = useAsk('desk.next', { city: cityId(), device: p.device });
	const dev = useAsk('device.get', { city: cityId(), device: p.device });
	const tries = useAsk('erase.attempts', { city: cityId(), device: p.device, limit: 200 });
	const [open, setOpen] = useState<string>();
	const { route } = useLocation(), main = useRef<HTMLDivElement>(null);
	const reload = () => {
		next.reload();
		dev.reload();
		tries.reload();
	};
	const d = dev.data, n = next.data;
	const moving = n?.state === 'erasing' || n?.waits_for === 'owner' || n?.waits_for === 'buyer';
	useEffect(() => {
		if (!moving)
			return;
		const t = setInterval(() => document.visibilityState === 'visible' && !open && reload(), 4000);
		return () => clearInterval(t);
	}, [moving, open]);
	useEffect(() => main.current?.querySelector<HTMLElement>('.huge')?.focus({ preventScroll: true }), [n?.action, n?.state, p.device]);
	const of: Subject = { device: p.device, label: d?.label, category: d?.category, model: d?.model, state: d?.state, site: d?.site, sale: n?.sale ?? d?.sale, price: d?.listed_minor, media: d?.media, identifiers: d?.identifiers, medium: n?.medium };
	const key = useRef(newKey());
	const now = useAct(async (action: string) => {
		await runNow(action)!(of, key.current);
		key.current = newKey();
		say(actionWord(action));
		reload();
	});
	const inspectHref = n?.item ? `/bench/inspect/${n.item}` : undefined;
	const start = (action: string) => {
		if (action === 'inspect.record' && inspectHref)
			route(inspectHref);
		else if (runNow(action))
			void now.run(action);
		else if (hasDialog(action))
			setOpen(action);
		else if (n?.item)
			route(`/items/${n.item}`);
	};
	useKeys({ Enter: () => n?.action && n.may && start(n.action) }, !open);
	return (
		<div ref={main} class="stack">
			<Shown of={next}>{(x) => (
				<>
					<Card class={`next ${x.action ? '' : 'calm'}`} label={w('next')}>
						<div class="row spread">
							<div class="grow">
								<h2>{d ? <ModelName id={d.model} category={d.category} /> : x.model ?? x.label}</h2>
								<div class="row"><span class="mono">{x.label}</span><DeviceState state={x.state} />{d && <span>{grades(d.grade_c, d.grade_f)}</span>}</div>
							</div>
							<a href={`/devices/${x.device}`}>{w('full')}</a>
						</div>
						<Steps state={x.state} inspected={!!x.item_state && x.item_state !== 'in_custody'} />
						{x.action ? <>
							<div class="muted">{w('next')}{x.medium ? ` · ${w('medium', { n: String(x.medium) })}` : ''}</div>
							<Button kind="main" class="huge" keys="Enter" disabled={!x.may} busy={now.busy} onClick={() => start(x.action!)}>{actionWord(x.action)}</Button>
							{x.why && <p>{whyWord(x.why)}</p>}
							{!x.may && <Note tone="warn">{w('may_not')}</Note>}
						</> : x.waits_for ? (
							<p class="huge-text">{x.waits_for === 'time' ? w('wait_time', { when: when(x.until_us) }) : w(`wait_${x.waits_for}`)}{x.waits_for === 'owner' && x.until_us ? ` · ${w('until', { when: when(x.until_us) })}` : ''}{x.hold_reason ? ` · ${holdWord(x.hold_reason)}` : ''}</p>
						) : <p class="huge-text">{w('nothing')}<small class="muted">{w('nothing_text')}</small></p>}
						{moving && <p class="small muted">{w('poll')}</p>}
						<Wrong error={now.error} inline />
					</Card>
					<div class="two">
						<Card title={w('other')}>
							<div class="others">{(x.possible ?? []).filter((a) => a.may && a.action !== x.action && (a.action !== 'device.arrive' || d?.place === 'transit') && (hasDialog(a.action) || (a.action === 'inspect.record' && a.of === 'device' && inspectHref))).map((a) => (
								<Button key={a.action} onClick={() => (a.action === 'inspect.record' ? start(a.action) : setOpen(a.action))}>{actionName(a.action, x.state)}</Button>
							))}</div>
							{x.item && (x.possible ?? []).some((a) => a.may && !hasDialog(a.action) && a.action !== 'inspect.record') && <a href={`/items/${x.item}`}>{w('at_item')}</a>}
						</Card>
						{d && <div class="stack">
							<Card title={w('media')}><Media device={d} attempts={tries.data?.items} /></Card>
							<Card label={w('full')}><Facts of={[
								[w('site'), <><SiteName id={d.site} />{d.to_site ? <> {w('to')} <SiteName id={d.to_site} /></> : null}</>], [w('category'), <CategoryName code={d.category} />], [w('grade'), grades(d.grade_c, d.grade_f)], [w('weight'), d.mass_mg ? mass(d.mass_mg) : ''],
								[w('since'), ago(d.since_us)], [w('hold'), d.hold_reason ? holdWord(d.hold_reason) : ''], [w('price'), d.listed_minor ? money(d.listed_minor) : ''],
							]} /></Card>
						</div>}
					</div>
				</>
			)}</Shown>
			{open && <Act action={open} of={of} onClose={() => setOpen(undefined)} onDone={() => { setOpen(undefined); reload(); }} />}
		</div>
	);
}
