/* Users: their roles, on whose behalf and in which city they act; new ones, disabling, passwords, tokens. */
import { useState } from 'preact/hooks';
import { UserPlus, Users as Icon } from 'lucide-preact';
import { ask, type Row } from '../base/ask';
import { when } from '../base/format';
import { useOrganisations } from '../base/names';
import { can, cities, cityId, type Role } from '../base/session';
import { useAct, usePages } from '../base/use';
import { listed, words } from '../base/words';
import { Button, Card, Checkbox, Chip, Confirm, Dialog, Empty, Input, say, Select, Wrong } from '../ui/basic';
import { roleWord } from '../ui/states';
import { Table } from '../ui/table';
import { Tokens } from '../home/tokens';

const w = words({
	title: 'Users', find: 'Find by name', add: 'Add a user', login: 'User name', login_hint: 'Small letters, digits, . _ -; no email address.', roles: 'Roles', org: 'Acts for', programme: 'The programme', scope: 'In', everywhere: 'Every city', created: 'Since', state: 'State', active: 'Active', disabled: 'Disabled', none: 'No users yet',
	password: 'Password', password_hint: 'At least ten characters. The user can change it.', create: 'Add', cancel: 'Cancel', save: 'Save', one: 'User {login}', disable: 'Disable', enable: 'Enable again', disable_title: 'Disable {login}?', disable_text: 'The user and all its tokens stop working at once. What was done stays in the books.', new_password: 'Set a new password', tokens: 'Tokens', done: 'Saved.', created_done: '{login} can sign in now.', close: 'Close',
}, {
	title: '用户', find: '按名称查找', add: '添加用户', login: '用户名', login_hint: '小写字母、数字、. _ -；不要用邮箱。', roles: '角色', org: '所属机构', programme: '项目方', scope: '城市', everywhere: '全部城市', created: '创建时间', state: '状态', active: '启用', disabled: '停用', none: '还没有用户',
	password: '密码', password_hint: '至少十个字符，用户可自行修改。', create: '添加', cancel: '取消', save: '保存', one: '用户 {login}', disable: '停用', enable: '重新启用', disable_title: '停用 {login}？', disable_text: '该用户及其全部令牌立即失效。已做的操作仍保留在账本中。', new_password: '设置新密码', tokens: '令牌', done: '已保存。', created_done: '{login} 现在可以登录。', close: '关闭',
});
const all: Role[] = ['clerk', 'technician', 'buyer', 'dismantler', 'officer', 'analyst', 'auditor', 'admin'];
type User = Row<'access.users'>;

function Roles(p: { value: Set<string>; onChange: (s: Set<string>) => void }) {
	return (
		<fieldset class="field"><legend>{w('roles')}</legend>
			<div class="choices">{all.map((r) => <Checkbox key={r} label={roleWord(r)} checked={p.value.has(r)} onChange={(on) => { const s = new Set(p.value); if (on) s.add(r); else s.delete(r); p.onChange(s); }} />)}</div>
		</fieldset>
	);
}

export function Users() {
	const pages = usePages('access.users', {});
	const parties = useOrganisations();
	const [adding, setAdding] = useState(false);
	const [open, setOpen] = useState<User>();
	const [text, setText] = useState('');
	const rows = pages.rows.filter((r) => (r.login ?? '').includes(text.trim().toLowerCase())).sort((a, b) => b.user! - a.user!);
	const org = (u: User) => (u.org ? parties.find((x) => x.party === u.org)?.public_name ?? `#${u.org}` : w('programme'));
	return (
		<Card flush label={w('title')}>
			<div class="row pad"><Input label={w('find')} hideLabel placeholder={w('find')} value={text} onInput={setText} /><span class="grow" />{can('admin') && <Button kind="main" onClick={() => setAdding(true)}><UserPlus aria-hidden="true" />{w('add')}</Button>}</div>
			<Table label={w('title')} {...pages} rows={rows} id={(r) => r.user!} onOpen={can('admin') ? setOpen : undefined} csv="users.csv" empty={<Empty title={w('none')} icon={<Icon aria-hidden="true" />} />}
				columns={[
					{ key: 'login', head: w('login'), cell: (r) => r.login ?? '', width: 'minmax(130px, 1fr)' },
					{ key: 'roles', phone: 'line', head: w('roles'), cell: (r) => listed((r.roles ?? '').split(',').map((x) => roleWord(x))), width: 'minmax(180px, 2fr)' },
					{ key: 'org', phone: 'line', head: w('org'), cell: org, width: 'minmax(130px, 1fr)' },
					{ key: 'scope', head: w('scope'), cell: (r) => (r.scope ? cities.value.find((c) => c.city === r.scope)?.name ?? `#${r.scope}` : w('everywhere')), width: 'minmax(110px, 1fr)' },
					{ key: 'created', head: w('created'), cell: (r) => when(r.created_us, 'date'), width: '136px' },
					{ key: 'state', phone: 'end', head: w('state'), cell: (r) => <Chip tone={r.disabled_us ? 'bad' : 'good'}>{r.disabled_us ? w('disabled') : w('active')}</Chip>, csv: (r) => (r.disabled_us ? 'disabled' : 'active'), width: '100px' },
				]} />
			{adding && <Add onClose={() => setAdding(false)} onDone={(login) => { setAdding(false); say(w('created_done', { login })); pages.reload(); }} />}
			{open && <Edit user={open} onClose={() => { setOpen(undefined); pages.reload(); }} />}
		</Card>
	);
}

function Add(p: { onClose: () => void; onDone: (login: string) => void }) {
	const parties = useOrganisations();
	const [login, setLogin] = useState('');
	const [password, setPassword] = useState('');
	const [roles, setRoles] = useState(new Set<string>());
	const [org, setOrg] = useState('');
	const [scope, setScope] = useState(String(cityId()));
	const act = useAct(async () => {
		await ask('access.user_create', { login: login.trim(), roles: [...roles].join(','), org: org ? Number(org) : undefined, scope: scope ? Number(scope) : undefined, password });
		p.onDone(login.trim());
	});
	return (
		<Dialog title={w('add')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy} disabled={!roles.size}>{w('create')}</Button></>}>
			<Input label={w('login')} hint={w('login_hint')} value={login} onInput={setLogin} autocapitalize="none" required minLength={2} maxLength={40} />
			<Input label={w('password')} hint={w('password_hint')} type="password" autocomplete="new-password" value={password} onInput={setPassword} required minLength={10} />
			<Roles value={roles} onChange={setRoles} />
			<Select label={w('scope')} value={scope} onChange={(v) => { setScope(v); if (!v) setOrg(''); }} options={[['', w('everywhere')], ...cities.value.map((c): [string, string] => [String(c.city), c.name ?? ''])]} />
			{scope && <Select label={w('org')} value={org} onChange={setOrg} options={[['', w('programme')], ...parties.map((x): [string, string] => [String(x.party), x.public_name ?? `#${x.party}`])]} />}
			<Wrong error={act.error} inline />
		</Dialog>
	);
}

function Edit(p: { user: User; onClose: () => void }) {
	const u = p.user, login = u.login ?? '';
	const [roles, setRoles] = useState(new Set((u.roles ?? '').split(',').filter(Boolean)));
	const [password, setPassword] = useState('');
	const [asking, setAsking] = useState(false);
	const save = useAct(async () => {
		await ask('access.user_roles', { user: u.user!, roles: [...roles].join(',') });
		say(w('done'));
	});
	const setPass = useAct(async () => {
		await ask('access.password', { user: u.user!, password });
		setPassword('');
		say(w('done'));
	});
	const able = useAct(async () => {
		await ask('access.user_disable', { user: u.user!, enable: u.disabled_us ? true : undefined });
		p.onClose();
	});
	return (
		<Dialog title={w('one', { login })} wide onClose={p.onClose} footer={<Button onClick={p.onClose}>{w('close')}</Button>}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void save.run(); }}>
				<Roles value={roles} onChange={setRoles} />
				<Wrong error={save.error} inline />
				<div><Button type="submit" kind="main" busy={save.busy} disabled={!roles.size}>{w('save')}</Button></div>
			</form>
			<hr />
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void setPass.run(); }}>
				<Input label={w('new_password')} hint={w('password_hint')} type="password" autocomplete="new-password" value={password} onInput={setPassword} minLength={10} required />
				<Wrong error={setPass.error} inline />
				<div><Button type="submit" busy={setPass.busy}>{w('new_password')}</Button></div>
			</form>
			<hr />
			<h3>{w('tokens')}</h3>
			<Tokens user={u.user!} />
			<hr />
			<div>{u.disabled_us ? <Button onClick={() => void able.run()} busy={able.busy}>{w('enable')}</Button> : <Button kind="danger" onClick={() => setAsking(true)}>{w('disable')}</Button>}</div>
			{!asking && <Wrong error={able.error} inline />}
			{asking && <Confirm danger title={w('disable_title', { login })} text={w('disable_text')} yes={w('disable')} busy={able.busy} error={able.error} onYes={() => void able.run()} onClose={() => setAsking(false)} />}
		</Dialog>
	);
}
