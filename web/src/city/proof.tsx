/* /city/proof: what shows that the books were not changed afterwards, in a city officer's words. What can be checked is
 * checked here, in the browser. */
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Download } from 'lucide-preact';
import { ask, Problem, send } from '../base/ask';
import { can, cityId } from '../base/session';
import { count, when } from '../base/format';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Chip, Copy, Facts, Input, Loading, Note, Page, TextArea, Wrong } from '../ui/basic';
import { LastAudit } from '../ui/audit';
import { download } from '../ui/table';
import { CityNav } from './dashboard';
import { canCheck, consistent, included, parseCheckpoint, signedBy, type Checkpoint } from './merkle';

const w = words({
	title: 'Proof', sub: 'How anyone can check that nothing in the books was changed or taken out afterwards.',
	now: 'The books now', now_text: 'Everything that happens is one numbered entry. All entries together give one fingerprint, and the programme signs it. Keep a copy of this checkpoint somewhere else, on paper or with another office: whoever has it can show later that no entry before it was touched.',
	entries: 'Entries', origin: 'Log', fingerprint: 'Fingerprint', key: 'Key of the log', signature: 'Signature', valid: 'valid, checked in this browser', invalid: 'NOT valid', unknown: 'this browser cannot check it', save: 'Save the checkpoint',
	kept: 'Since you last looked', kept_text: 'This browser remembers the fingerprint of an earlier visit.', kept_ok: 'The {n} entries of {when} are unchanged: they are the beginning of today’s books. Checked in this browser.', kept_bad: 'The books of {when} are NOT the beginning of today’s books. Tell your auditor, and keep both checkpoints.', kept_first: 'From now on this browser remembers today’s fingerprint; come back, and you will see here that nothing before it was changed.', keep: 'Remember today’s state instead',
	entry: 'Is an entry in the books?', entry_text: 'Statements and histories give the number of an entry.', number: 'Number of the entry', look: 'Check', not_number: 'A number from 0 to {max}.', in_ok: 'Entry {seq} is in the books of {size} entries: from it and {n} neighbours this browser computed the same fingerprint.', in_bad: 'The proof does not lead to the fingerprint. Tell your auditor.', cannot: 'The server gives a proof of {n} fingerprints, but this browser can check it on a secure (https) page alone.', read: 'What it says', read_not: 'Auditors and administrators can read the entry itself.',
	older: 'Compare with a checkpoint you kept', older_text: 'Paste its text. If it was signed for these books, everything it covered must still be there.', paste: 'Text of the checkpoint', compare: 'Compare', not_checkpoint: 'This is not a checkpoint: it begins with the name of the log, the number of entries, and the fingerprint.', other_log: 'It belongs to another log: {origin}.', newer: 'It covers more entries ({n}) than the books have now. The books were cut, or it belongs to another copy.', other_root: 'Its fingerprint is not that of the first {n} entries: the books were changed since. Tell your auditor.', older_ok: 'All {n} entries of that checkpoint are unchanged.',
	title_entry: 'Entry {seq}',
}, {
	title: '存证', sub: '任何人都可以验证：账本事后没有被改动或删减。',
	now: '当前账本', now_text: '每件事都是一条带编号的记录，全部记录合成一个指纹，由项目签名。请把检查点另存一份（纸质或交给其他部门）：持有它，日后就能证明此前的记录没有被动过。',
	entries: '记录数', origin: '日志', fingerprint: '指纹', key: '日志公钥', signature: '签名', valid: '有效，已在本浏览器验证', invalid: '无效', unknown: '此浏览器无法验证', save: '保存检查点',
	kept: '自上次查看以来', kept_text: '此浏览器记住了之前访问时的指纹。', kept_ok: '{when} 的 {n} 条记录没有变化，仍是今天账本的开头部分。已在本浏览器验证。', kept_bad: '{when} 的账本不是今天账本的开头部分！请通知审计员，并保留两个检查点。', kept_first: '此浏览器已记住今天的指纹；下次访问时，这里会显示此前的记录是否有改动。', keep: '改为记住今天的状态',
	entry: '某条记录在账本里吗？', entry_text: '对账单和经过记录中都有记录编号。', number: '记录编号', look: '验证', not_number: '请输入 0 到 {max} 的数字。', in_ok: '记录 {seq} 在 {size} 条记录的账本中：本浏览器用它和 {n} 个相邻指纹算出了相同的总指纹。', in_bad: '证明与总指纹不符，请通知审计员。', cannot: '服务器给出了包含 {n} 个指纹的证明，但只有在安全页面（https）上浏览器才能验证。', read: '记录内容', read_not: '审计员和管理员可以查看记录内容。',
	older: '与保存的检查点对比', older_text: '粘贴检查点文本。如果它是为本账本签发的，其中的记录必须全部还在。', paste: '检查点文本', compare: '对比', not_checkpoint: '这不是检查点：开头应为日志名称、记录数和指纹。', other_log: '它属于另一个日志：{origin}。', newer: '它包含的记录（{n} 条）比当前账本还多。账本被截断，或它属于另一个副本。', other_root: '它的指纹与前 {n} 条记录不符：账本之后被改动过。请通知审计员。', older_ok: '该检查点的 {n} 条记录全部没有变化。',
	title_entry: '记录 {seq}',
});

async function textOf(url: string): Promise<string> {
	const r = await send('GET', url);
	if (!r.ok)
		throw new Problem('error', r.status, `${r.status} ${r.statusText}`);
	return r.text();
}
interface Log { text: string; at: Checkpoint; key: string; signed: boolean | undefined }
async function readLog(city: number): Promise<Log> {
	const text = await textOf(`/v1/cities/${city}/log/checkpoint`), at = parseCheckpoint(text);
	if (!at)
		throw new Problem('error', 0, w('not_checkpoint'));
	const keys = (await textOf('/v1/verifier-key')).split('\n').map((k) => k.trim());
	const key = keys.find((k) => k.startsWith(`${at.origin}+`)) ?? '';
	return { text, at, key, signed: await signedBy(at, key) };
}
/** Asks for the proof that an earlier log is the beginning of this one, and checks it. undefined: cannot here. */
async function unchanged(city: number, from: number, root: string, now: Checkpoint): Promise<boolean | undefined> {
	const p = await ask('log.consistency', { city, from, to: now.size });
	if (p.from_root !== root || p.to_root !== now.root)
		return false;
	return canCheck() ? consistent({ from, to: now.size, from_root: root, to_root: now.root, proof: p.proof ?? '' }) : undefined;
}

function Now(p: { log: Log }) {
	const { at, key, signed, text } = p.log;
	return (
		<Card title={w('now')} actions={<Button small onClick={() => download(`checkpoint-${at.size}.txt`, text, 'text/plain;charset=utf-8')}><Download aria-hidden="true" />{w('save')}</Button>}>
			<p class="muted">{w('now_text')}</p>
			<Facts of={[
				[w('entries'), <b class="num">{count(at.size)}</b>], [w('origin'), at.origin],
				[w('fingerprint'), <span class="digest">{at.root}</span>],
				[w('signature'), signed === undefined ? w('unknown') : <Chip tone={signed ? 'good' : 'bad'}>{signed ? w('valid') : w('invalid')}</Chip>],
				[w('key'), <span class="row"><span class="digest grow">{key}</span><Copy text={key} /></span>],
			]} />
		</Card>
	);
}
interface Kept { size: number; root: string; at: number }
function Since(p: { city: number; log: Log }) {
	const name = `relode.checkpoint.${p.log.at.origin}`;
	const [kept, setKept] = useState<Kept | undefined>(() => {
		try {
			return JSON.parse(localStorage.getItem(name) ?? '') as Kept;
		} catch {
			return undefined;
		}
	});
	const [same, setSame] = useState<boolean | undefined>();
	const check = useAct(async (k: Kept) => setSame(k.size > p.log.at.size ? false : k.size === p.log.at.size ? k.root === p.log.at.root : await unchanged(p.city, k.size, k.root, p.log.at)));
	const keep = () => {
		const k = { size: p.log.at.size, root: p.log.at.root, at: Date.now() * 1000 };
		localStorage.setItem(name, JSON.stringify(k));
		setKept(k);
		setSame(true);
	};
	useEffect(() => {
		if (kept)
			void check.run(kept);
		else
			localStorage.setItem(name, JSON.stringify({ size: p.log.at.size, root: p.log.at.root, at: Date.now() * 1000 }));
	}, []);
	return (
		<Card title={w('kept')} actions={kept && same ? <Button small onClick={keep}>{w('keep')}</Button> : undefined}>
			<p class="muted">{w('kept_text')}</p>
			{!kept ? <Note>{w('kept_first')}</Note> : check.error ? <Wrong error={check.error} retry={() => void check.run(kept)} inline /> : check.busy ? <Loading lines={1} /> : same === undefined ? <Note tone="info">{w('unknown')}</Note> :
				<Note tone={same ? 'good' : 'bad'} role={same ? undefined : 'alert'}>{w(same ? 'kept_ok' : 'kept_bad', { n: kept.size, when: when(kept.at) })}</Note>}
		</Card>
	);
}
function Entry(p: { city: number; log: Log }) {
	const { query } = useLocation(), [seq, setSeq] = useState(query.entry ?? '');
	const [result, setResult] = useState<{ seq: number; size: number; neighbours: number; ok?: boolean; text?: string }>();
	const bad = seq !== '' && !(/^\d+$/.test(seq) && Number(seq) < p.log.at.size);
	const act = useAct(async () => {
		if (seq === '' || bad)
			return;
		const a = await ask('log.inclusion', { city: p.city, seq: Number(seq), size: p.log.at.size });
		const proof = { seq: Number(seq), size: p.log.at.size, leaf: a.leaf ?? '', root: p.log.at.root, proof: a.proof ?? '' };
		const text = can('auditor', 'admin') ? (await textOf(`/v1/cities/${p.city}/log/entries?from=${seq}&limit=1`)).trim() : undefined;
		setResult({ seq: proof.seq, size: proof.size, neighbours: proof.proof.length / 64, ok: canCheck() ? await included(proof) : undefined, text });
	});
	useEffect(() => {
		if (query.entry)
			void act.run();
	}, []);
	return (
		<Card title={w('entry')}>
			<p class="muted">{w('entry_text')}</p>
			<form class="period" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
				<Input label={w('number')} value={seq} onInput={setSeq} inputMode="numeric" wrong={bad && w('not_number', { max: p.log.at.size - 1 })} />
				<Button type="submit" kind="main" busy={act.busy}>{w('look')}</Button>
			</form>
			<Wrong error={act.error} inline />
			{result && <>
				<Note tone={result.ok ? 'good' : result.ok === false ? 'bad' : 'info'} role="status">{result.ok === undefined ? w('cannot', { n: result.neighbours }) : result.ok ? w('in_ok', { seq: String(result.seq), size: result.size, n: result.neighbours }) : w('in_bad')}</Note>
				{result.text ? <><h3>{w('title_entry', { seq: String(result.seq) })}</h3><div class="entry" tabIndex={0} role="region" aria-label={w('read')}>{pretty(result.text)}</div></> : <p class="small muted">{w('read_not')}</p>}
			</>}
		</Card>
	);
}
function pretty(text: string): string {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
function Older(p: { city: number; log: Log }) {
	const [text, setText] = useState(''), [result, setResult] = useState<{ ok: boolean; text: string }>();
	const act = useAct(async () => {
		const c = parseCheckpoint(text), now = p.log.at;
		if (!c || c.origin !== now.origin || c.size > now.size) {
			setResult({ ok: false, text: !c ? w('not_checkpoint') : c.origin !== now.origin ? w('other_log', { origin: c.origin }) : w('newer', { n: c.size }) });
			return;
		}
		const same = c.size === now.size ? c.root === now.root : await unchanged(p.city, c.size, c.root, now);
		setResult({ ok: same === true, text: same === undefined ? w('unknown') : w(same ? 'older_ok' : 'other_root', { n: c.size }) });
	});
	return (
		<Card title={w('older')}>
			<p class="muted">{w('older_text')}</p>
			<form class="stack tight" onSubmit={(e) => { e.preventDefault(); if (text.trim()) void act.run(); }}>
				<TextArea label={w('paste')} value={text} onInput={setText} rows={4} class="mono" spellcheck={false} />
				<div><Button type="submit" busy={act.busy}>{w('compare')}</Button></div>
			</form>
			<Wrong error={act.error} inline />
			{result && <Note tone={result.ok ? 'good' : 'bad'} role="status">{result.text}</Note>}
		</Card>
	);
}
export function Proof() {
	const city = cityId(), [log, setLog] = useState<Log>();
	const act = useAct(async () => setLog(await readLog(city)));
	useEffect(() => void act.run(), [city]);
	return (
		<Page title={w('title')} sub={w('sub')}>
			<CityNav />
			{!log ? (act.error ? <Wrong error={act.error} retry={() => void act.run()} /> : <Loading lines={8} />) : <>
				<div class="two"><Now log={log} /><div class="stack"><Since city={city} log={log} /><Entry city={city} log={log} /></div></div>
				<div class="two"><LastAudit /><Older city={city} log={log} /></div>
			</>}
		</Page>
	);
}
