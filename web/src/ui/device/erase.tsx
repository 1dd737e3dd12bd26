/* One attempt to erase one medium, and the witnessed destruction of one. */
import { useState } from 'preact/hooks';
import { ask } from '../../base/ask';
import { cityId } from '../../base/session';
import { nowUs } from '../../base/format';
import { words } from '../../base/words';
import { Choices, Field, Input, Note, Select } from '../basic';
import { PhotoAdd } from '../photo';
import { FormDialog, type ActProps } from './act';
import { actionWord, mediumKind, mediumState, methodWord, outcomeWord, reasonWord, techniquesFor, techniqueWord } from './words';

const w = words({
	medium: 'Which medium', outcome: 'What came of it', how: 'How', method: 'Method (NIST SP 800-88)', technique: 'Technique', tool: 'Tool', version: 'Version', minutes: 'It took, in minutes', sampled: 'Places read back', mismatched: 'Of these, not clear',
	log: 'The tool’s log', log_hint: 'Its digest is kept, not the file.', digest: 'SHA-256 of the log', digest_hint: '64 characters, as the tool prints them', reason: 'Why', missing: 'Please fill this in.', proof: 'A verified erasure needs its log and at least one place read back.',
	witness: 'User number of the witness', witness_hint: 'Someone else than you, who saw it. The number stands on their account’s page.', photo: 'Photo of what is left', photo_there: 'The photo is kept.', photo_needed: 'Take a photo of what is left.',
}, {
	medium: '哪个介质', outcome: '结果', how: '方式', method: '方法（NIST SP 800-88）', technique: '技术', tool: '工具', version: '版本', minutes: '用时（分钟）', sampled: '抽查位置数', mismatched: '其中未清空',
	log: '工具日志', log_hint: '只保存摘要，不保存文件。', digest: '日志的 SHA-256', digest_hint: '工具输出的 64 个字符', reason: '原因', missing: '请填写此项。', proof: '验证通过需要日志，并至少抽查一个位置。',
	witness: '见证人的用户编号', witness_hint: '须为亲眼所见的其他人。编号见其账号页面。', photo: '残骸照片', photo_there: '照片已保存。', photo_needed: '请拍摄残骸照片。',
});

async function digestOf(file: File): Promise<string> {
	const d = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
	return Array.from(new Uint8Array(d), (b) => b.toString(16).padStart(2, '0')).join('');
}
function MediumChoice(p: { of: ActProps['of']; value: number | undefined; onChange: (n: number) => void; open: boolean }) {
	const media = (p.of.media ?? []).filter((m) => m.state !== 'destroyed' && m.state !== 'removed' && (!p.open || m.state !== 'erased'));
	return (
		<Choices legend={w('medium')} value={p.value === undefined ? undefined : String(p.value)} onChange={(v) => p.onChange(Number(v))}
			options={media.map((m) => ({ value: String(m.medium), label: `${m.medium} · ${mediumKind(m.kind)}`, hint: mediumState(m.state) }))} />
	);
}
const first = (of: ActProps['of']) => of.medium ?? of.media?.find((m) => m.state !== 'erased' && m.state !== 'destroyed' && m.state !== 'removed')?.medium;
/* What the tool is, is the same from one device to the next. */
interface Tool { method: 'Clear' | 'Purge'; technique: string; tool: string; version: string; minutes: string; sampled: string }
const toolBefore = (): Tool => ({ method: 'Purge', technique: '', tool: '', version: '', minutes: '5', sampled: '1000', ...JSON.parse(localStorage.getItem('relode.eraser') ?? '{}') });
const outcomes = ['verified', 'failed', 'unverifiable', 'not_attempted'] as const;
const reasons = ['no_power', 'locked', 'no_access', 'read_error', 'write_error', 'timeout', 'verify_mismatch', 'interrupted', 'unsupported', 'not_worth'] as const;
type Technique = 'overwrite';

export function AttemptDialog(p: ActProps) {
	const [medium, setMedium] = useState(() => first(p.of)), [outcome, setOutcome] = useState<(typeof outcomes)[number]>('verified'), [reason, setReason] = useState<(typeof reasons)[number] | ''>('');
	const [t, setTool] = useState(toolBefore), [mismatched, setMismatched] = useState('0'), [log, setLog] = useState(''), [tried, setTried] = useState(false);
	const kind = p.of.media?.find((m) => m.medium === medium)?.kind ?? 'flash', techniques = techniquesFor(t.method, kind);
	const technique = techniques.includes(t.technique) ? t.technique : techniques[0]!;
	const made = outcome !== 'not_attempted', proven = outcome !== 'verified' || (/^[0-9a-f]{64}$/i.test(log.trim()) && Number(t.sampled) > 0 && Number(mismatched) === 0);
	const send = async (key: string) => {
		setTried(true);
		if (!medium || (outcome !== 'verified' && !reason) || !proven || (made && (!t.tool.trim() || !t.version.trim())))
			return;
		const ended = nowUs() - 1e6; /* clocks differ a little; not in the server's future */
		localStorage.setItem('relode.eraser', JSON.stringify({ ...t, technique }));
		await ask('erase.attempt', {
			city: cityId(), device: p.of.device, medium, outcome, reason: outcome === 'verified' || !reason ? undefined : reason,
			...(made ? {
				method: t.method, technique: technique as Technique, tool: t.tool.trim(), tool_version: t.version.trim(), started_us: ended - Math.max(0, Number(t.minutes) || 0) * 60e6, ended_us: ended,
				sampled: Number(t.sampled) || 0, mismatched: Number(mismatched) || 0, log: /^[0-9a-f]{64}$/i.test(log.trim()) ? log.trim().toLowerCase() : undefined,
			} : {}),
		}, { key });
		p.onDone();
	};
	return (
		<FormDialog title={actionWord('erase.attempt')} onClose={p.onClose} run={send} wide>
			<MediumChoice of={p.of} value={medium} onChange={setMedium} open />
			<Choices legend={w('outcome')} value={outcome} onChange={setOutcome} options={outcomes.map((o) => ({ value: o, label: outcomeWord(o) }))} />
			{outcome !== 'verified' && <Select label={w('reason')} value={reason} onChange={setReason} wrong={tried && !reason && w('missing')} options={[['', '…'], ...reasons.map((r): [typeof r, string] => [r, reasonWord(r)])]} />}
			{made && <fieldset class="fields"><legend>{w('how')}</legend>
				<Select label={w('method')} value={t.method} onChange={(method) => setTool({ ...t, method })} options={[['Purge', methodWord('Purge')], ['Clear', methodWord('Clear')]]} />
				<Select label={w('technique')} value={technique} onChange={(v) => setTool({ ...t, technique: v })} options={techniques.map((x): [string, string] => [x, techniqueWord(x)])} />
				<Input label={w('tool')} value={t.tool} onInput={(v) => setTool({ ...t, tool: v })} maxLength={64} wrong={tried && !t.tool.trim() && w('missing')} />
				<Input label={w('version')} value={t.version} onInput={(v) => setTool({ ...t, version: v })} maxLength={32} wrong={tried && !t.version.trim() && w('missing')} />
				<Input label={w('minutes')} type="number" min={0} max={10000} value={t.minutes} onInput={(v) => setTool({ ...t, minutes: v })} />
				<Input label={w('sampled')} type="number" min={0} value={t.sampled} onInput={(v) => setTool({ ...t, sampled: v })} />
				<Input label={w('mismatched')} type="number" min={0} value={mismatched} onInput={setMismatched} />
				{crypto.subtle && <Field label={w('log')} hint={w('log_hint')}>{(a) => <input {...a} type="file" onChange={(e) => { const f = e.currentTarget.files?.[0]; if (f) void digestOf(f).then(setLog); }} />}</Field>}
				<Input label={w('digest')} hint={w('digest_hint')} value={log} onInput={setLog} maxLength={64} spellcheck={false} class="mono" />
			</fieldset>}
			{tried && !proven && <Note tone="bad" role="alert">{w('proof')}</Note>}
		</FormDialog>
	);
}

export function DestroyDialog(p: ActProps) {
	const [medium, setMedium] = useState(() => first(p.of)), [technique, setTechnique] = useState('shred'), [tool, setTool] = useState(''), [witness, setWitness] = useState(''), [log, setLog] = useState(''), [reason, setReason] = useState<(typeof reasons)[number] | ''>('');
	const [tried, setTried] = useState(false);
	const kind = p.of.media?.find((m) => m.medium === medium)?.kind ?? 'flash';
	const send = async (key: string) => {
		setTried(true);
		if (!medium || !log || !/^\d+$/.test(witness.trim()))
			return;
		await ask('erase.destroy', { city: cityId(), device: p.of.device, medium, technique: technique as Technique, witness_user: Number(witness), log, tool: tool.trim() || undefined, reason: reason || undefined }, { key });
		p.onDone();
	};
	return (
		<FormDialog title={actionWord('erase.destroy')} onClose={p.onClose} run={send} danger>
			<MediumChoice of={p.of} value={medium} onChange={setMedium} open={false} />
			<Select label={w('technique')} value={technique} onChange={setTechnique} options={techniquesFor('Destroy', kind).map((x): [string, string] => [x, techniqueWord(x)])} />
			<Input label={w('tool')} value={tool} onInput={setTool} maxLength={64} />
			<Select label={w('reason')} value={reason} onChange={setReason} options={[['', '…'], ...reasons.map((r): [typeof r, string] => [r, reasonWord(r)])]} />
			<Input label={w('witness')} hint={w('witness_hint')} inputMode="numeric" value={witness} onInput={setWitness} wrong={tried && !/^\d+$/.test(witness.trim()) && w('missing')} />
			{log ? <Note tone="good">{w('photo_there')}</Note> : <PhotoAdd device={p.of.device} label={w('photo')} onAdded={(evidence) => void ask('evidence.get', { city: cityId(), evidence }).then((e) => setLog(e.digest ?? ''))} />}
			{tried && !log && <Note tone="bad" role="alert">{w('photo_needed')}</Note>}
		</FormDialog>
	);
}
