/* One's own account: who one is, password, tokens. */
import { useState } from 'preact/hooks';
import { ask } from '../base/ask';
import { when } from '../base/format';
import { usePartyName } from '../base/names';
import { cities, signedIn, who } from '../base/session';
import { useAct } from '../base/use';
import { listed, words } from '../base/words';
import { Button, Card, Facts, Input, Page, say, Wrong } from '../ui/basic';
import { roleWord } from '../ui/states';
import { Problem } from '../base/ask';
import { Tokens } from './tokens';

const w = words({ title: 'Your account', login: 'User name', number: 'User number', roles: 'Roles', org: 'Acts for', programme: 'The programme', scope: 'City', everywhere: 'Every city', until: 'Signed in until', password: 'Change the password', new_one: 'New password', hint: 'At least ten characters.', again: 'Once more', differ: 'The two are not the same.', save: 'Change', done: 'Your password is changed.', tokens: 'Tokens for programs' },
	{ title: '我的账号', login: '用户名', number: '用户编号', roles: '角色', org: '所属机构', programme: '项目方', scope: '城市', everywhere: '全部城市', until: '登录有效至', password: '修改密码', new_one: '新密码', hint: '至少十个字符。', again: '再次输入', differ: '两次输入不一致。', save: '修改', done: '密码已修改。', tokens: '程序令牌' });

export default function Account() {
	const [password, setPassword] = useState('');
	const [again, setAgain] = useState('');
	const party = usePartyName(), me = who.value;
	const act = useAct(async () => {
		if (password !== again)
			throw new Problem('input', 0, w('differ'));
		await ask('access.password', { user: me.user!, password });
		setPassword('');
		setAgain('');
		say(w('done'));
	});
	if (!signedIn())
		return <Page title={w('title')} narrow><Wrong error={new Problem('unauthenticated', 401, '')} /></Page>;
	return (
		<Page title={w('title')} narrow>
			<Card><Facts of={[[w('login'), me.login], [w('number'), String(me.user)], [w('roles'), listed(me.roles.map(roleWord))], [w('org'), me.org ? party(me.org) : w('programme')], [w('scope'), me.scope ? cities.value.find((c) => c.city === me.scope)?.name : w('everywhere')], [w('until'), me.expires_us ? when(me.expires_us) : undefined]]} /></Card>
			<Card title={w('password')}>
				<form class="stack" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
					<input class="hide" type="text" autocomplete="username" value={me.login} readOnly tabIndex={-1} aria-hidden="true" />
					<Input label={w('new_one')} hint={w('hint')} type="password" autocomplete="new-password" value={password} onInput={setPassword} minLength={10} required />
					<Input label={w('again')} type="password" autocomplete="new-password" value={again} onInput={setAgain} wrong={again && again !== password ? w('differ') : false} required />
					<Wrong error={act.error} inline />
					<div><Button type="submit" busy={act.busy}>{w('save')}</Button></div>
				</form>
			</Card>
			<Card title={w('tokens')}><Tokens user={me.user!} /></Card>
		</Page>
	);
}
