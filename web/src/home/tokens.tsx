/* A user's tokens: for programs that act for it. A new one is shown once. */
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { when } from '../base/format';
import { useAct, usePages } from '../base/use';
import { words } from '../base/words';
import { Button, Chip, Copy, Empty, Input, Note, Wrong } from '../ui/basic';

const w = words({ label: 'What it is for', label_hint: 'Letters, digits, . _ -', days: 'Days', issue: 'Issue a token', shown: 'This is the token. It is shown this once: keep it where the program keeps its secrets.', none: 'No tokens', revoke: 'End', revoked: 'Ended', expired: 'Over', until: 'until {day}', number: 'Token {n}' },
	{ label: '用途', label_hint: '字母、数字、. _ -', days: '天数', issue: '签发令牌', shown: '这是令牌，仅显示这一次：请妥善保存在程序的密钥处。', none: '没有令牌', revoke: '作废', revoked: '已作废', expired: '已过期', until: '有效至 {day}', number: '令牌 {n}' });

export function Tokens(p: { user: number }) {
	const pages = usePages('access.tokens', { user: p.user });
	const [label, setLabel] = useState('');
	const [days, setDays] = useState('90');
	const [token, setToken] = useState<string>();
	const issue = useAct(async () => {
		const a = await ask('access.token_issue', { user: p.user, label: label.trim(), days: Number(days) || 90 });
		setToken(a.token);
		setLabel('');
		pages.reload();
	});
	const revoke = useAct(async (number: number) => {
		await ask('access.token_revoke', { token: number });
		pages.reload();
	});
	const now = Date.now() * 1000;
	return (
		<div class="stack">
			{pages.rows.length ? (
				<ul class="plain">
					{pages.rows.filter((x) => x.label !== 'login' && x.label !== 'session').map((x) => (
						<li key={x.token} class="row spread">
							<span><b>{x.label}</b> <span class="muted">{w('number', { n: String(x.token) })}, {w('until', { day: when(x.expires_us, 'date') })}</span></span>
							{x.revoked_us ? <Chip>{w('revoked')}</Chip> : x.expires_us! < now ? <Chip>{w('expired')}</Chip> : <Button small kind="danger" onClick={() => void revoke.run(x.token!)}>{w('revoke')}</Button>}
						</li>
					))}
				</ul>
			) : pages.loading ? null : <Empty title={w('none')} />}
			<Wrong error={pages.error ?? revoke.error} inline />
			{token && <Note tone="good" role="status"><p>{w('shown')}</p><p class="mono">{token}</p><Copy text={token} /></Note>}
			<form class="token-form" onSubmit={(e) => { e.preventDefault(); void issue.run(); }}>
				<Input label={w('label')} hint={w('label_hint')} value={label} onInput={setLabel} required maxLength={40} />
				<Input label={w('days')} type="number" min={1} max={3650} value={days} onInput={setDays} />
				<Button type="submit" busy={issue.busy}>{w('issue')}</Button>
			</form>
			<Wrong error={issue.error} inline />
		</div>
	);
}
