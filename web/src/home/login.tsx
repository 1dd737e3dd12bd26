import { useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { can, signIn } from '../base/session';
import { useAct } from '../base/use';
import { words } from '../base/words';
import { Button, Card, Input, Page, Wrong } from '../ui/basic';

const w = words({ title: 'Sign in', sub: 'For merchants, the bench, buyers, recyclers and the city.', login: 'User name', password: 'Password', go: 'Sign in', owner: 'Handed in a device? You need no account.', order: 'Open your order with its code and PIN' },
	{ title: '登录', sub: '供商户、检测台、买家、拆解企业和城市管理部门使用。', login: '用户名', password: '密码', go: '登录', owner: '您交付了设备？无需账号。', order: '凭订单号和 PIN 查看订单' });

/** Where someone with these roles begins. */
export function startOf(): string {
	return can('clerk') ? '/counter' : can('technician') ? '/bench' : can('dismantler') ? '/recovery' : can('buyer') ? '/offers' : can('officer', 'analyst', 'auditor') ? '/city' : can('admin') ? '/admin' : '/';
}
export default function Login() {
	const [login, setLogin] = useState('');
	const [password, setPassword] = useState('');
	const { query, route } = useLocation();
	const act = useAct(async () => {
		await signIn(login.trim(), password);
		const to = query.to; /* our own paths alone */
		route(to && /^\/(?![/\\])/.test(to) ? to : startOf(), true);
	});
	return (
		<Page title={w('title')} sub={w('sub')} narrow>
			<Card>
				<form class="stack" onSubmit={(e) => { e.preventDefault(); void act.run(); }}>
					<Input label={w('login')} name="login" value={login} onInput={setLogin} autocomplete="username" autocapitalize="none" required />
					<Input label={w('password')} name="password" type="password" value={password} onInput={setPassword} autocomplete="current-password" required />
					<Wrong error={act.error} inline />
					<div><Button kind="main" type="submit" busy={act.busy}>{w('go')}</Button></div>
				</form>
			</Card>
			<p class="muted">{w('owner')} <a class="whole" href="/o">{w('order')}</a></p>
		</Page>
	);
}
