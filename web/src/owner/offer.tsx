/* A revised price: what was declared, what was found, the photo and the step of each difference; accept, or decline and
 * have the device back free of charge. Also what inspection found when it agreed. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Problem, type Row } from '../base/ask';
import { ago, money, when } from '../base/format';
import { codeWords, colon, named, words } from '../base/words';
import { useAsk } from '../base/use';
import { Button, Card, Confirm, Note, Wrong } from '../ui/basic';
import { Photo } from '../ui/photo';
import { answersOf } from './facts';
import { inWords, type Questions } from './steps';

const w = words({
	title: 'A new offer', sub: 'Inspection found something else than was declared. Each difference has its part of the price.', what: 'What', said: 'You said', found: 'We found', step: 'Price step', promised: 'Promised', bonus: 'Bonus', offer: 'New offer', total: 'You would receive', photo: 'Photo: {what}',
	until: 'You have until {when} ({ago}). Without an answer, the device comes back to you free of charge.', accept: 'Accept {sum}', decline: 'Decline, send it back', decline_title: 'Have it back, free of charge?', decline_text: 'There is no sale and nothing to pay. We bring the device back to you; its data have not been touched. You confirm when you have it again. This cannot be taken back: a new booking begins anew.',
	decline_yes: 'Yes, send it back', accept_title: 'Sell it for {sum}?', accept_text: 'The device is ours from then on: we erase it, prove it, and pay you. This cannot be taken back.', accept_yes: 'Yes, I accept', best: 'the best', percent: '{n} %', gb: '{n} GB', nothing: '–', tests: 'What was tested', passed: '{n} test passed|{n} tests passed', failed: 'Not passed: {list}', marks: 'Outside: {list}', clean: 'no marks', inspected: 'Inspected {when}',
	photos: 'Photos of the inspection', agreed: 'All as you said: agreed at once.', weighed: 'battery health {n} %', was_offer: 'What the new offer was made of',
	price_title: 'The price', price_sub: 'You gave it into our care while the counter had no connection. This is the price for what you declared.', price_term: 'It is yours when the inspection finds what you declared. Otherwise you get a new offer with reasons, and may decline it.', price_accept_title: 'Accept the price of {sum}?', price_accept_text: 'The device is inspected next. Found as you declared it, it is sold at this price; you are paid, and its data are erased. This cannot be taken back.', price_wait: 'The price follows. You need not do anything; you may have the device back at any time, free of charge.', price_decline: 'Have it back',
}, {
	title: '新报价', sub: '检测结果与申报不同，每处差异对应一部分金额。', what: '项目', said: '您的申报', found: '检测结果', step: '价格变动', promised: '原报价', bonus: '补贴', offer: '新报价', total: '您将收到', photo: '照片：{what}',
	until: '请在 {when} 前答复（{ago}）。逾期未答复，设备将免费退回。', accept: '接受 {sum}', decline: '不接受，退回设备', decline_title: '免费退回设备？', decline_text: '不产生交易，也无需付费。我们把设备送还给您，数据未被改动；收到后请确认。此操作不可撤销，如需回收须重新预约。',
	decline_yes: '确认退回', accept_title: '以 {sum} 成交？', accept_text: '此后设备归我们所有：擦除数据、出具证明并付款。此操作不可撤销。', accept_yes: '确认接受', best: '最佳', percent: '{n}%', gb: '{n} GB', nothing: '–', tests: '检测内容', passed: '{n} 项通过', failed: '未通过：{list}', marks: '外观：{list}', clean: '无痕迹', inspected: '{when}',
	photos: '检测照片', agreed: '与申报一致，直接成交。', weighed: '电池健康度 {n}%', was_offer: '新报价明细',
	price_title: '价格', price_sub: '交付时柜台没有网络，我们仅代为保管。以下是按您的申报给出的价格。', price_term: '若检测结果与申报一致，即按此价格付款。否则会给出附理由的新报价，您可以不接受。', price_accept_title: '接受价格 {sum}？', price_accept_text: '接下来进行检测。若与申报一致，即按此价格成交、付款并擦除数据。此操作不可撤销。', price_wait: '价格稍后给出，您无需操作；可随时免费取回设备。', price_decline: '取回设备',
});
const lockWord = codeWords({ on: 'An account lock is on', unknown: 'The account lock could not be checked' }, { on: '账号锁未关闭', unknown: '无法确认账号锁' });
export type Inspection = Row<'inspect.list'>;
type Defect = NonNullable<Inspection['defects']>[number];
export interface Declared { answers?: string; storage_gb?: number; battery_percent?: number; quoted_minor?: number; bonus_minor?: number; offered_minor?: number; offer_until_us?: number }

/** One difference in words: the question, what was declared, what was found. */
function difference(d: Defect, item: Declared, questions: Questions | undefined, found: Inspection) {
	const code = d.code ?? '', facts = found.facts?.[0], q = code.split(':')[0]!;
	const t = inWords(questions, code);
	if (code === 'battery')
		return { what: t.answer, said: item.battery_percent === undefined ? w('nothing') : w('percent', { n: item.battery_percent }), found: facts?.battery_percent === undefined ? w('nothing') : w('percent', { n: facts.battery_percent }) };
	if (code === 'storage')
		return { what: t.answer, said: item.storage_gb === undefined ? w('nothing') : w('gb', { n: String(item.storage_gb) }), found: facts?.storage_gb === undefined ? w('nothing') : w('gb', { n: String(facts.storage_gb) }) };
	if (!t.question)
		return { what: t.answer, said: '', found: '' };
	const question = questions?.questions?.find((x) => x.code === q);
	const declared = d.declared ?? answersOf(item.answers)[q] ?? question?.answers?.[0]?.code;
	return { what: t.question ?? q, said: declared ? inWords(questions, `${q}:${declared}`).answer : w('best'), found: t.answer };
}

export function Differences(p: { item: Declared; inspection: Inspection; questions: Questions | undefined }) {
	const { item, inspection } = p, offered = inspection.offered_minor ?? item.offered_minor;
	return (
		<table class="offer">
			<thead><tr><th scope="col">{w('what')}</th><th scope="col">{w('said')}</th><th scope="col">{w('found')}</th><th scope="col" class="num">{w('step')}</th></tr></thead>
			<tbody>
				{inspection.defects?.map((d) => {
					const x = difference(d, item, p.questions, inspection);
					return (
						<tr key={d.code}>
							<td class="what">{x.what}</td>
							<td class="said" data-label={x.said ? w('said') : undefined}>{x.said}</td>
							<td class="found" data-label={x.found ? w('found') : undefined}>{x.found}{d.photo !== undefined && <div class="photos"><Photo evidence={d.photo} label={w('photo', { what: x.found })} /></div>}</td>
							<td class="num">{money(d.step_minor, undefined, true)}</td>
						</tr>
					);
				})}
			</tbody>
			<tfoot>
				<tr><td colSpan={3}>{w('promised')}</td><td class="num">{money(item.quoted_minor)}</td></tr>
				<tr><td colSpan={3}>{w('offer')}</td><td class="num">{money(offered)}</td></tr>
				{!!item.bonus_minor && <><tr><td colSpan={3}>{w('bonus')}</td><td class="num">{money(item.bonus_minor, undefined, true)}</td></tr><tr><td colSpan={3}>{w('total')}</td><td class="num">{money((offered ?? 0) + item.bonus_minor)}</td></tr></>}
			</tfoot>
		</table>
	);
}

/** The price of what was given into custody alone: to be accepted, or the device goes back. */
export function Price(p: { of: (text: string) => ComponentChildren; item: Declared; busy: boolean; error?: Problem; onAccept: () => void; onDecline: () => void; onClear: () => void }) {
	const [asked, ask] = useState<'accept' | 'decline'>(), i = p.item, sum = money((i.quoted_minor ?? 0) + (i.bonus_minor ?? 0)), named = i.offer_until_us !== undefined;
	const close = () => {
		p.onClear();
		ask(undefined);
	};
	return (
		<Card title={p.of(w('price_title'))} class="offer-card">
			{named ? <>
				<p class="muted">{w('price_sub')}</p>
				<table class="offer"><tbody>
					<tr><td>{w('promised')}</td><td class="num">{money(i.quoted_minor)}</td></tr>
					{!!i.bonus_minor && <tr><td>{w('bonus')}</td><td class="num">{money(i.bonus_minor, undefined, true)}</td></tr>}
				</tbody><tfoot><tr><td>{w('total')}</td><td class="num"><b>{sum}</b></td></tr></tfoot></table>
				<p>{w('price_term')}</p>
				<Note tone="info">{w('until', { when: when(i.offer_until_us), ago: ago(i.offer_until_us) })}</Note>
			</> : <p>{w('price_wait')}</p>}
			<div class="actions">
				{named && <Button kind="main" onClick={() => ask('accept')}>{w('accept', { sum })}</Button>}
				<Button onClick={() => ask('decline')}>{w('price_decline')}</Button>
			</div>
			{asked === 'accept' && <Confirm title={w('price_accept_title', { sum })} text={w('price_accept_text')} yes={w('accept_yes')} busy={p.busy} error={p.error} onYes={p.onAccept} onClose={close} />}
			{asked === 'decline' && <Confirm title={w('decline_title')} text={w('decline_text')} yes={w('decline_yes')} danger busy={p.busy} error={p.error} onYes={p.onDecline} onClose={close} />}
		</Card>
	);
}

export function Offer(p: { of: (text: string) => ComponentChildren; item: Declared; inspection: Inspection | undefined; questions: Questions | undefined; busy: boolean; error?: Problem; onAccept: () => void; onDecline: () => void; onClear: () => void }) {
	const [asked, ask] = useState<'accept' | 'decline'>(), sum = money((p.item.offered_minor ?? 0) + (p.item.bonus_minor ?? 0));
	const close = () => {
		p.onClear();
		ask(undefined);
	};
	return (
		<Card title={p.of(w('title'))} class="offer-card">
			<p class="muted">{w('sub')}</p>
			{p.inspection && <Differences item={p.item} inspection={p.inspection} questions={p.questions} />}
			{p.item.offer_until_us && <Note>{w('until', { when: when(p.item.offer_until_us), ago: ago(p.item.offer_until_us) })}</Note>}
			<div class="actions">
				<Button kind="main" onClick={() => ask('accept')}>{w('accept', { sum })}</Button>
				<Button onClick={() => ask('decline')}>{w('decline')}</Button>
			</div>
			{!asked && <Wrong error={p.error} inline />}
			{asked === 'accept' && <Confirm title={w('accept_title', { sum })} text={w('accept_text')} yes={w('accept_yes')} busy={p.busy} error={p.error} onYes={p.onAccept} onClose={close} />}
			{asked === 'decline' && <Confirm title={w('decline_title')} text={w('decline_text')} yes={w('decline_yes')} busy={p.busy} error={p.error} onYes={p.onDecline} onClose={close} />}
		</Card>
	);
}

/** What the bench found: tests, the outside, photos. */
export function Found(p: { inspection: Inspection; item: Declared; category: string; questions: Questions | undefined; now: boolean }) {
	const f = p.inspection.facts?.[0], tests = useAsk('inspect.tests', { city: p.inspection.city ?? 0, category: p.category });
	const failed = f?.tests?.filter((t) => t.result === 'fail').map((t) => named(tests.data?.tests?.find((x) => x.code === t.test)) || t.test) ?? [];
	const marks = f?.marks?.map((m) => {
		const o = tests.data?.observations?.find((x) => x.code === m.part);
		return `${named(o) || m.part}${colon()}${named(o?.levels?.find((l) => l.code === m.severity)) || m.severity}`;
	}) ?? [];
	const passed = f?.tests?.filter((t) => t.result === 'pass').length ?? 0, shown = new Set(p.inspection.defects?.map((d) => d.photo)), photos = f?.photos?.filter((x) => !p.now || !shown.has(x.evidence)) ?? [];
	return (
		<details class="found">
			<summary>{w('tests')} · {w('inspected', { when: when(p.inspection.inspected_us) })}</summary>
			<div class="stack tight">
				{p.inspection.agreed_minor !== undefined && <p>{w('agreed')}</p>}
				{passed > 0 && <p>{w('passed', { n: passed })}</p>}
				{failed.length > 0 && <p>{w('failed', { list: failed.join('; ') })}</p>}
				{f?.looked_at !== false && <p>{w('marks', { list: marks.length ? marks.join('; ') : w('clean') })}</p>}
				{f?.battery_percent !== undefined && <p>{w('weighed', { n: f.battery_percent })}</p>}
				{f?.activation_lock && f.activation_lock !== 'off' && <p>{lockWord(f.activation_lock)}</p>}
				{!p.now && !!p.inspection.defects?.length && <><h3>{w('was_offer')}</h3><Differences item={p.item} inspection={p.inspection} questions={p.questions} /></>}
				{photos.length > 0 && <><h3>{w('photos')}</h3><div class="photos">{photos.map((x) => <Photo key={x.evidence} evidence={x.evidence} />)}</div></>}
			</div>
		</details>
	);
}
