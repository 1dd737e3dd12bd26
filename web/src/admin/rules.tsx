/* Rules and their versions: rubric, recovery, commission, price lists. The text of each, and publishing a new one. */
import { useState } from 'preact/hooks';
import { ask, type Row } from '../base/ask';
import { can } from '../base/session';
import { useAct, useAsk, usePages } from '../base/use';
import { codeWords, colon, words } from '../base/words';
import { Button, Card, Chip, Copy, Dialog, Empty, Select, say, Shown, TextArea, Wrong } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({ title: 'Rules', all: 'Every kind', kind: 'Kind', name: 'Name', version: 'Version', since: 'Entry', state: 'State', now: 'In force', then: 'Earlier', none: 'No rules here', text: 'The rule', edit: 'Write a new version', publish: 'Publish', cancel: 'Cancel', close: 'Close', done: 'Published: in force from now on.', hint: 'The whole rule as JSON. It is checked before it is in force; every entry that uses it names its version.' },
	{ title: '规则', all: '全部类型', kind: '类型', name: '名称', version: '版本', since: '记录', state: '状态', now: '生效中', then: '历史版本', none: '没有规则', text: '规则内容', edit: '编写新版本', publish: '发布', cancel: '取消', close: '关闭', done: '已发布，即时生效。', hint: '完整规则的 JSON。生效前会校验；使用它的每条记录都会注明版本。' });
const kinds = codeWords({ price_list: 'Price list', rubric: 'Grading rubric', recovery: 'Resale or recovery', commission: 'Commission' }, { price_list: '价格表', rubric: '分级标准', recovery: '再售或拆解', commission: '佣金' });
type Kind = 'price_list' | 'rubric' | 'recovery' | 'commission';
type Rule = Row<'rule.list'>;

export function Rules() {
	const [kind, setKind] = useState<Kind | ''>('');
	const pages = usePages('rule.list', { kind: kind || undefined });
	const [open, setOpen] = useState<Rule>();
	const rows = [...pages.rows].reverse();
	const newest = new Set<string>();
	const state = new Map(rows.map((r) => {
		const k = `${r.kind}/${r.name}`, first = !newest.has(k);
		newest.add(k);
		return [r.digest!, first];
	}));
	return (
		<Card flush label={w('title')}>
			<div class="row pad"><Select label={w('kind')} hideLabel value={kind} onChange={setKind} options={[['', w('all')], ...(['price_list', 'rubric', 'recovery', 'commission'] as const).map((k): [Kind, string] => [k, kinds(k)])]} /></div>
			<Table label={w('title')} {...pages} rows={rows} id={(r) => `${r.kind}${r.name}${r.digest}`} onOpen={setOpen} empty={<Empty title={w('none')} />} columns={[
				{ key: 'kind', head: w('kind'), cell: (r) => kinds(r.kind), width: 'minmax(140px, 1fr)' },
				{ key: 'name', phone: 'line', head: w('name'), cell: (r) => r.name ?? '', width: 'minmax(110px, 1fr)' },
				{ key: 'version', phone: 'line', head: w('version'), cell: (r) => <span class="mono">{r.digest?.slice(0, 12)}</span>, csv: (r) => r.digest, width: '150px' },
				{ key: 'state', phone: 'end', head: w('state'), cell: (r) => <Chip tone={state.get(r.digest!) ? 'good' : ''}>{state.get(r.digest!) ? w('now') : w('then')}</Chip>, width: '110px' },
				{ key: 'since', phone: 'line', head: w('since'), cell: (r) => `#${r.seq}`, csv: (r) => r.seq, width: '120px' },
			]} />
			{open && <Text rule={open} onClose={() => setOpen(undefined)} onDone={() => { setOpen(undefined); pages.reload(); say(w('done')); }} />}
		</Card>
	);
}

function Text(p: { rule: Rule; onClose: () => void; onDone: () => void }) {
	const rule = useAsk('rule.rule', { kind: p.rule.kind!, name: p.rule.name!, version: p.rule.digest });
	const [text, setText] = useState<string>();
	const act = useAct(async () => {
		await ask('rule.publish', { kind: p.rule.kind!, name: p.rule.name!, body: text! });
		p.onDone();
	});
	const pretty = (t: string) => {
		try {
			return JSON.stringify(JSON.parse(t), undefined, 2);
		} catch {
			return t;
		}
	};
	return (
		<Dialog title={`${kinds(p.rule.kind)}${colon()}${p.rule.name}`} wide onClose={p.onClose} onSubmit={text === undefined ? undefined : () => void act.run()} footer={text === undefined ? <><Button onClick={p.onClose}>{w('close')}</Button>{can('admin') && rule.data && <Button onClick={() => setText(pretty(rule.data!.body ?? ''))}>{w('edit')}</Button>}</> : <><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('publish')}</Button></>}>
			{text === undefined ? <Shown of={rule}>{(r) => <><p class="mono small">{r.digest}</p><div><Copy text={r.body ?? ''} /></div><pre class="text" tabIndex={0}>{pretty(r.body ?? '')}</pre></>}</Shown> : <TextArea label={w('text')} hint={w('hint')} value={text} onInput={setText} rows={18} class="mono" spellcheck={false} />}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}
