/* The frame of every page: where one can go, who one is, language, theme, search; sign-in over the page when it ended. */
import type { ComponentChildren, FunctionComponent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import { Barcode, Building2, ClipboardList, Coins, Gavel, House, Languages, LogOut, Menu, Moon, Package, Recycle, Search, Settings, Smartphone, Sun, UserRound, Wrench } from 'lucide-preact';
import { online } from '../base/ask';
import { again, can, cities, city, setCity, signedIn, signIn, signOut, who, type Role } from '../base/session';
import { dark, setTheme } from '../base/theme';
import { lang, setLang, words } from '../base/words';
import { useAct, useKeys } from '../base/use';
import { Button, Dialog, Input, Note, say, Toasts, Wrong } from '../ui/basic';
import { Palette } from './palette';
import { told } from './told';

const w = words({
	skip: 'Skip to the content', menu: 'Menu', search: 'Search', city: 'City', other_lang: '中文', light: 'Light theme', dark: 'Dark theme', signin: 'Sign in', signout: 'Sign out', account: 'Your account: {login}',
	offline: 'No connection to the server. What you see may be old; what you typed stays here.', again_title: 'Please sign in again', again_text: 'Your session has ended. Nothing that you typed is lost: sign in, and it goes on.',
	login: 'User name', password: 'Password', cancel: 'Cancel', wrong_user: 'Sign in as {login}: what you were doing belongs to this user.', goodbye: 'You are signed out.', main: 'Main',
	sell: 'Hand in a device', drawer: 'Drawer', counter: 'Counter', bench: 'Bench', stock: 'Stock', market: 'Offers', recovery: 'Recovery', dash: 'City', money: 'Money', admin: 'Administration',
	about: 'Open books: every device, every gram, every coin.', api: 'API', key: 'Log key',
}, {
	skip: '跳到内容', menu: '菜单', search: '搜索', city: '城市', other_lang: 'English', light: '浅色主题', dark: '深色主题', signin: '登录', signout: '退出登录', account: '我的账号：{login}',
	offline: '无法连接服务器。当前内容可能不是最新的；您输入的内容会保留。', again_title: '请重新登录', again_text: '会话已结束。您输入的内容没有丢失，登录后即可继续。',
	login: '用户名', password: '密码', cancel: '取消', wrong_user: '请以 {login} 登录：当前操作属于该用户。', goodbye: '您已退出登录。', main: '主导航',
	sell: '回收估价', drawer: '我的抽屉', counter: '柜台', bench: '检测台', stock: '库存', market: '在售', recovery: '拆解', dash: '城市', money: '资金', admin: '管理',
	about: '公开账本：每台设备、每一克、每一分钱。', api: '接口', key: '日志公钥',
});

interface Way { href: string; word: Parameters<typeof w>[0]; icon: typeof House; roles?: Role[]; out?: boolean }
const ways: Way[] = [
	{ href: '/', word: 'sell', icon: Smartphone, out: true },
	{ href: '/drawer', word: 'drawer', icon: Package, out: true },
	{ href: '/counter', word: 'counter', icon: Barcode, roles: ['clerk', 'admin'] },
	{ href: '/bench', word: 'bench', icon: Wrench, roles: ['technician', 'admin'] },
	{ href: '/stock', word: 'stock', icon: ClipboardList, roles: ['clerk', 'technician', 'officer', 'analyst', 'auditor', 'admin'] },
	{ href: '/offers', word: 'market', icon: Gavel, roles: ['buyer'] },
	{ href: '/recovery', word: 'recovery', icon: Recycle, roles: ['dismantler', 'technician', 'officer', 'auditor', 'admin'] },
	{ href: '/city', word: 'dash', icon: Building2, roles: ['officer', 'analyst', 'auditor', 'admin'] },
	{ href: '/money', word: 'money', icon: Coins, roles: ['officer', 'auditor', 'admin'] },
	{ href: '/admin', word: 'admin', icon: Settings, roles: ['admin', 'auditor'] },
];
/* What is open to whoever is here: visitors see the owner's pages, staff their own. */
const open = () => ways.filter((x) => (x.roles ? can(...x.roles) : !signedIn() || can('owner')));
const here = (path: string, href: string) => (href === '/' ? path === '/' || path.startsWith('/quote') : path === href || path.startsWith(href + '/'));

function SignInAgain() {
	const [password, setPassword] = useState('');
	const [login, setLogin] = useState(who.value.login ?? '');
	const before = who.value.login;
	const act = useAct(async () => {
		await signIn(login, password);
		if (who.value.login !== before) {
			/* another person must not send what this one typed */
			again.value?.(false);
			location.assign('/');
			return;
		}
		again.value?.(true);
	});
	return (
		<Dialog title={w('again_title')} onClose={() => again.value?.(false)} onSubmit={() => void act.run()}
			footer={<><Button onClick={() => again.value?.(false)}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy}>{w('signin')}</Button></>}>
			<p>{w('again_text')}</p>
			<Input label={w('login')} value={login} onInput={setLogin} autocomplete="username" />
			{login !== before && before && <Note tone="warn">{w('wrong_user', { login: before })}</Note>}
			<Input label={w('password')} type="password" value={password} onInput={setPassword} autocomplete="current-password" autofocus />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}

function Logo() {
	return <svg viewBox="0 0 64 64" aria-hidden="true"><rect width="64" height="64" rx="14" fill="#1c2a2b" /><path d="M14 40 24 22l8 12 6-8 12 14z" fill="none" stroke="#e8a06a" stroke-width="4.5" stroke-linejoin="round" /><path d="M14 48h36" stroke="#7fc4b0" stroke-width="4.5" stroke-linecap="round" /></svg>;
}

/* The sample's story goes along; its code is loaded where it is followed alone. */
function Story() {
	const [Bar, set] = useState<FunctionComponent>();
	const on = told.value !== undefined;
	useEffect(() => {
		if (on)
			import('./story').then((m) => set(() => m.default), () => undefined);
	}, [on]);
	return on && Bar ? <Bar /> : null;
}

export function Frame(p: { children: ComponentChildren }) {
	const [menu, setMenu] = useState(false);
	const [find, setFind] = useState(false);
	const { path, route } = useLocation();
	useKeys({ 'Ctrl+K': () => setFind(true) });
	const links = (onClick?: () => void) => open().map((x) => (
		<a key={x.href} href={x.href} aria-current={here(path, x.href) ? 'page' : undefined} onClick={onClick}>{onClick && <x.icon aria-hidden="true" />}{w(x.word)}</a>
	));
	const leave = async () => {
		await signOut();
		setMenu(false);
		say(w('goodbye'));
		route('/');
	};
	const settings = (
		<>
			{cities.value.length > 1 && !who.value.scope && !who.value.city && (
				<select class="cities" aria-label={w('city')} value={city.value?.city} onChange={(e) => setCity(Number(e.currentTarget.value))}>
					{cities.value.map((c) => <option key={c.city} value={c.city} selected={c.city === city.value?.city}>{c.name}</option>)}
				</select>
			)}
			<Button kind="quiet" small onClick={() => setLang(lang.value === 'zh' ? 'en' : 'zh')} lang={lang.value === 'zh' ? 'en' : 'zh-CN'}><Languages aria-hidden="true" />{w('other_lang')}</Button>
			<Button kind="quiet" class="icon" aria-label={dark.value ? w('light') : w('dark')} onClick={() => setTheme(dark.value ? 'light' : 'dark')}>{dark.value ? <Sun aria-hidden="true" /> : <Moon aria-hidden="true" />}</Button>
			{signedIn() ? <>
				<a class="button quiet small" href="/account" aria-label={w('account', { login: who.value.login ?? '' })}><UserRound aria-hidden="true" />{who.value.login}</a>
				<Button kind="quiet" class="icon" aria-label={w('signout')} onClick={() => void leave()}><LogOut aria-hidden="true" /></Button>
			</> : <a class="button quiet small" href="/login">{w('signin')}</a>}
		</>
	);
	return (
		<>
			<a class="skip" href="#main">{w('skip')}</a>
			<header class="bar">
				<div>
					<a class="brand" href="/"><Logo />relode</a>
					<nav class="wide-only" aria-label={w('main')}>{links()}</nav>
					<span class="grow phone-only" />
					<Button kind="quiet" class="icon" aria-label={w('search')} aria-keyshortcuts="Control+K" onClick={() => setFind(true)}><Search aria-hidden="true" /></Button>
					<div class="wide-only actions">{settings}</div>
					<Button kind="quiet" class="icon phone-only" aria-label={w('menu')} aria-expanded={menu} onClick={() => setMenu(true)}><Menu aria-hidden="true" /></Button>
				</div>
				{!online.value && <div class="offline" role="status">{w('offline')}</div>}
			</header>
			<Story />
			{p.children}
			<footer class="foot no-print"><div><span>{w('about')}</span><a href="/openapi.json">{w('api')}</a><a href="/v1/verifier-key">{w('key')}</a></div></footer>
			{menu && <Dialog title={w('menu')} onClose={() => setMenu(false)}><nav class="tocs" aria-label={w('main')}>{links(() => setMenu(false))}</nav><hr /><div class="actions">{settings}</div></Dialog>}
			{find && <Palette onClose={() => setFind(false)} ways={open().map((x) => ({ href: x.href, text: w(x.word) }))} />}
			{again.value && <SignInAgain />}
			<Toasts />
		</>
	);
}
