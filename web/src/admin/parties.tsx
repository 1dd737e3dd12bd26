/* Organisations: what they may be, on which terms; new ones. */
import { useState } from 'preact/hooks';
import { Building2, Plus } from 'lucide-preact';
import { ask, Problem, type Row } from '../base/ask';
import { money, parseMoney, percent, when } from '../base/format';
import { forgetList } from '../base/names';
import { can, cityId } from '../base/session';
import { useAct, usePages } from '../base/use';
import { codeWords, listed, words } from '../base/words';
import { Button, Card, Checkbox, Dialog, Empty, Input, say, Select, Wrong } from '../ui/basic';
import { Table } from '../ui/table';

const w = words({
	title: 'Organisations', add: 'Add an organisation', name: 'Trade name', name_hint: 'Public; never the name of a person.', roles: 'May be', terms: 'Commission', since: 'Since', all: 'All', show: 'Show', none: 'No organisation here', contact: 'Who answers for it', phone: 'Phone', email: 'E-mail', account: 'Bank account for payouts', private: 'Contact details are sealed: only the programme’s clerks and the organisation itself can read them.', cancel: 'Cancel', create: 'Add', save: 'Save', done: 'Saved.', share: 'Share of the agreed price, %', fixed: 'Fixed, for each device', bad: 'Write a share such as 6 and an amount such as 1.50.', term_text: 'Holds for what is agreed from now on.', one: '{name}',
}, {
	title: '机构', add: '添加机构', name: '商号', name_hint: '公开显示；不得使用个人姓名。', roles: '可担任', terms: '佣金', since: '登记时间', all: '全部', show: '显示', none: '没有机构', contact: '负责人', phone: '电话', email: '邮箱', account: '收款银行账号', private: '联系方式加密保存，只有项目方柜台和机构本身可读。', cancel: '取消', create: '添加', save: '保存', done: '已保存。', share: '成交价分成 %', fixed: '每台固定金额', bad: '请填写分成（如 6）和金额（如 1.50）。', term_text: '对此后达成的交易生效。', one: '{name}',
});
export const partyRole = codeWords({ owner: 'Owner', merchant: 'Merchant', retailer: 'Retailer', buyer: 'Buyer', recycler: 'Recycler', carrier: 'Carrier', operator: 'Operator' }, { owner: '机主', merchant: '商户', retailer: '零售商', buyer: '买家', recycler: '回收商', carrier: '承运方', operator: '运营方' });
const roleList = ['merchant', 'retailer', 'buyer', 'recycler', 'carrier'] as const;
type Party = Row<'party.list'>;

function Roles(p: { value: Set<string>; onChange: (s: Set<string>) => void }) {
	return <fieldset class="field"><legend>{w('roles')}</legend><div class="choices">{roleList.map((r) => <Checkbox key={r} label={partyRole(r)} checked={p.value.has(r)} onChange={(on) => { const s = new Set(p.value); if (on) s.add(r); else s.delete(r); p.onChange(s); }} />)}</div></fieldset>;
}

export function Parties() {
	const [role, setRole] = useState<(typeof roleList)[number] | ''>('');
	const pages = usePages('party.list', { city: cityId(), kind: 'organisation', role: role || undefined });
	const [adding, setAdding] = useState(false);
	const [open, setOpen] = useState<Party>();
	const done = () => {
		forgetList('party.list');
		pages.reload();
		setAdding(false);
		setOpen(undefined);
		say(w('done'));
	};
	return (
		<Card flush label={w('title')}>
			<div class="row pad">
				<Select label={w('show')} hideLabel value={role} onChange={setRole} options={[['', w('all')], ...roleList.map((r): [typeof r, string] => [r, partyRole(r)])]} />
				<span class="grow" />{can('admin') && <Button kind="main" onClick={() => setAdding(true)}><Plus aria-hidden="true" />{w('add')}</Button>}
			</div>
			<Table label={w('title')} {...pages} id={(r) => r.party!} onOpen={can('admin') ? setOpen : undefined} csv="organisations.csv" empty={<Empty title={w('none')} icon={<Building2 aria-hidden="true" />} />} columns={[
				{ key: 'name', head: w('name'), cell: (r) => r.public_name ?? `#${r.party}`, width: 'minmax(160px, 2fr)' },
				{ key: 'roles', phone: 'line', head: w('roles'), cell: (r) => listed((r.roles ?? '').split(',').map((x) => partyRole(x))), width: 'minmax(140px, 1fr)' },
				{ key: 'terms', phone: 'line', head: w('terms'), cell: (r) => (r.commission_bp || r.commission_minor ? `${percent((r.commission_bp ?? 0) / 10000, 2)} + ${money(r.commission_minor)}` : '–'), width: '160px' },
				{ key: 'since', head: w('since'), cell: (r) => when(r.created_us, 'date'), width: '136px' },
			]} />
			{adding && <Add onClose={() => setAdding(false)} onDone={done} />}
			{open && <Edit party={open} onClose={() => setOpen(undefined)} onDone={done} />}
		</Card>
	);
}

function Add(p: { onClose: () => void; onDone: () => void }) {
	const [name, setName] = useState('');
	const [roles, setRoles] = useState(new Set<string>(['merchant']));
	const [contact, setContact] = useState('');
	const [phone, setPhone] = useState('');
	const [email, setEmail] = useState('');
	const [account, setAccount] = useState('');
	const act = useAct(async () => {
		await ask('party.register', { city: cityId(), kind: 'organisation', roles: [...roles].join(','), public_name: name.trim(), name: contact.trim() || undefined, phone: phone.trim() || undefined, email: email.trim() || undefined, bank_account: account.trim() || undefined });
		p.onDone();
	});
	return (
		<Dialog title={w('add')} onClose={p.onClose} onSubmit={() => void act.run()} footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button kind="main" type="submit" busy={act.busy} disabled={!roles.size}>{w('create')}</Button></>}>
			<Input label={w('name')} hint={w('name_hint')} value={name} onInput={setName} required maxLength={100} />
			<Roles value={roles} onChange={setRoles} />
			<Input label={w('contact')} hint={w('private')} value={contact} onInput={setContact} maxLength={100} />
			<div class="two"><Input label={w('phone')} type="tel" value={phone} onInput={setPhone} /><Input label={w('email')} type="email" value={email} onInput={setEmail} /></div>
			<Input label={w('account')} value={account} onInput={setAccount} maxLength={60} />
			<Wrong error={act.error} inline />
		</Dialog>
	);
}

function Edit(p: { party: Party; onClose: () => void; onDone: () => void }) {
	const x = p.party;
	const [roles, setRoles] = useState(new Set((x.roles ?? '').split(',').filter(Boolean)));
	const [share, setShare] = useState(String((x.commission_bp ?? 0) / 100));
	const [fixed, setFixed] = useState(String((x.commission_minor ?? 0) / 100));
	const saveRoles = useAct(async () => {
		await ask('party.roles', { city: cityId(), party: x.party!, roles: [...roles].join(',') });
		p.onDone();
	});
	const saveTerms = useAct(async () => {
		const bp = Math.round(Number(share.replace(',', '.')) * 100), minor = parseMoney(fixed);
		if (!Number.isFinite(bp) || minor === undefined)
			throw new Problem('input', 0, w('bad'));
		await ask('party.terms', { city: cityId(), party: x.party!, commission_bp: bp, commission_minor: minor });
		p.onDone();
	});
	const merchant = /merchant|retailer/.test(x.roles ?? '');
	return (
		<Dialog title={w('one', { name: x.public_name ?? `#${x.party}` })} onClose={p.onClose} footer={<Button onClick={p.onClose}>{w('cancel')}</Button>}>
			<form class="stack" onSubmit={(e) => { e.preventDefault(); void saveRoles.run(); }}>
				<Roles value={roles} onChange={setRoles} />
				<Wrong error={saveRoles.error} inline />
				<div><Button type="submit" busy={saveRoles.busy} disabled={!roles.size}>{w('save')}</Button></div>
			</form>
			{merchant && <><hr /><form class="stack" onSubmit={(e) => { e.preventDefault(); void saveTerms.run(); }}>
				<h3>{w('terms')}</h3><p class="muted">{w('term_text')}</p>
				<div class="two"><Input label={w('share')} inputMode="decimal" value={share} onInput={setShare} /><Input label={w('fixed')} inputMode="decimal" value={fixed} onInput={setFixed} /></div>
				<Wrong error={saveTerms.error} inline />
				<div><Button type="submit" busy={saveTerms.busy}>{w('save')}</Button></div>
			</form></>}
		</Dialog>
	);
}
