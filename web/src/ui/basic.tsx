/* The small pieces that every page is made of. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { signal } from '@preact/signals';
import { AlertTriangle, Check, CircleAlert, Info, Inbox, WifiOff, Lock, X } from 'lucide-preact';
import { Problem } from '../base/ask';
import { codeWords, lang, words } from '../base/words';

const w = words({
	busy: 'Working', close: 'Close', cancel: 'Cancel', again: 'Try again', loading: 'Loading',
	offline_title: 'No connection', offline_text: 'The server cannot be reached. What you typed stays here.',
	forbidden_title: 'Not open to you', forbidden_text: 'Your account does not have the rights for this. An administrator can change that.',
	signin_title: 'Please sign in', signin_text: 'This page is for people with an account.', signin: 'Sign in',
	notfound_title: 'Not found', error_title: 'That did not work', busy_title: 'Too much at once', copy: 'Copy', copied: 'Copied', crumbs: 'Where you are',
}, {
	busy: '处理中', close: '关闭', cancel: '取消', again: '重试', loading: '正在加载',
	offline_title: '没有网络连接', offline_text: '无法连接服务器。您输入的内容会保留在这里。',
	forbidden_title: '您没有权限', forbidden_text: '您的账号没有此项权限，管理员可以更改。',
	signin_title: '请先登录', signin_text: '此页面需要账号。', signin: '登录',
	notfound_title: '未找到', error_title: '操作未成功', busy_title: '请求过多', copy: '复制', copied: '已复制', crumbs: '当前位置',
});

/* What a kind of problem means, where there is no sentence in the reader's language: the language was changed since, or
 * something between us and the server answered. */
const meaning = codeWords({
	'bad-input': 'The request was not understood.', 'unauthenticated': 'Login, password or link is wrong.', 'session-expired': 'The session has ended: sign in again.', 'forbidden': 'You do not have the rights for this.', 'not-found': 'There is no such thing.', 'conflict': 'The present state does not allow this.', 'gone': 'It has been deleted.',
	'precondition-failed': 'Somebody else has changed it.', 'too-large': 'It is too large or too many.', 'media-type': 'This kind of file is not accepted.', 'invalid': 'Something that was filled in is not right.', 'too-many-requests': 'Too many requests: try again later.', 'busy': 'The server is busy: try again later.', 'interrupted': 'It was interrupted.',
	'out-of-memory': 'The server ran out of memory.', 'input-output': 'The server could not read or write.', 'database': 'The database failed.', 'corrupt': 'The books do not verify.', 'input': 'Something that was filled in is not right.', 'media': 'This picture cannot be used.', 'error': 'The server did not answer as it should. Try again later.',
} as Record<string, string>, {
	'bad-input': '请求内容有误。', 'unauthenticated': '用户名、密码或凭证不正确。', 'session-expired': '会话已结束，请重新登录。', 'forbidden': '您没有此项权限。', 'not-found': '未找到。', 'conflict': '当前状态不允许此操作。', 'gone': '内容已被删除。',
	'precondition-failed': '内容已被他人更改。', 'too-large': '超出数量或大小限制。', 'media-type': '不支持的文件类型。', 'invalid': '填写的内容不符合要求。', 'too-many-requests': '请求过于频繁，请稍后再试。', 'busy': '系统繁忙，请稍后再试。', 'interrupted': '操作已中断。',
	'out-of-memory': '服务器内存不足。', 'input-output': '服务器读写失败。', 'database': '数据库出错。', 'corrupt': '账本校验未通过。', 'input': '填写的内容不符合要求。', 'media': '此图片无法使用。', 'error': '服务器没有正常响应，请稍后重试。',
} as Record<string, string>);
/** A problem in the reader's language: the sentence that came with it, or what its kind means. */
export function reason(e: { kind: string; message: string; lang?: string; more?: Record<string, unknown> }): string {
	if (e.kind === 'offline')
		return w('offline_text');
	const said = e.message && (e.kind !== 'error' || e.more?.detail) && (e.lang ?? lang.value) === lang.value;
	return said ? e.message : meaning(e.kind);
}
export function Reason(p: { error: Problem }) {
	return <>{reason(p.error)}{p.error.kind === 'error' && !p.error.more.detail && p.error.message && <small class="detail" lang="en">{p.error.message}</small>}</>;
}

type Kids = { children?: ComponentChildren };

/* The page that the browser opened begins at its beginning, with the link that skips to the content; one that is gone to
 * takes the focus. */
const begun = location.href;
let moved = false;
/** A page's frame: its title (also the window's), a line below, what can be done. */
export function Page(p: Kids & { title: string; sub?: ComponentChildren; crumbs?: ComponentChildren; actions?: ComponentChildren; narrow?: boolean; class?: string }) {
	const ref = useRef<HTMLElement>(null);
	useEffect(() => {
		document.title = `${p.title} · relode`;
	}, [p.title]);
	useEffect(() => {
		moved ||= location.href !== begun;
		if (moved)
			ref.current?.focus({ preventScroll: true });
	}, []);
	useEffect(() => ref.current?.querySelectorAll<HTMLElement>('.tabs [aria-current]').forEach((tab) => {
		tab.parentElement!.scrollLeft = tab.offsetLeft - tab.parentElement!.offsetLeft - 60; /* in sight on a phone */
	}));
	return (
		<main id="main" ref={ref} tabIndex={-1} class={`${p.narrow ? 'narrow' : ''} ${p.class ?? ''}`}>
			<div class="head">
				<div>
					{p.crumbs && <nav class="crumbs" aria-label={w('crumbs')}>{p.crumbs}</nav>}
					<h1>{p.title}</h1>
					{p.sub && <div class="muted">{p.sub}</div>}
				</div>
				{p.actions && <div class="actions no-print">{p.actions}</div>}
			</div>
			{p.children}
		</main>
	);
}

export function Card(p: Kids & { title?: ComponentChildren; actions?: ComponentChildren; flush?: boolean; class?: string; label?: string }) {
	const id = useId();
	return (
		<section class={`card ${p.flush ? 'flush' : ''} ${p.class ?? ''}`} aria-labelledby={p.title ? id : undefined} aria-label={p.label}>
			{p.title && <header><h2 id={id}>{p.title}</h2>{p.actions && <div class="actions no-print">{p.actions}</div>}</header>}
			{p.children}
		</section>
	);
}

export function Button(p: Omit<JSX.IntrinsicElements['button'], 'icon'> & { kind?: 'main' | 'danger' | 'quiet' | 'link'; small?: boolean; busy?: boolean; keys?: string }) {
	const { kind, small, busy, keys, children, class: more, onClick, ...rest } = p;
	return (
		<button type="button" {...rest} class={`${kind ?? ''} ${small ? 'small' : ''} ${more ?? ''}`} aria-busy={busy || undefined}
			onClick={busy ? (e) => e.preventDefault() : onClick} aria-keyshortcuts={keys?.replace('Ctrl', 'Control')}>
			{busy && <span class="spin" aria-hidden="true" />}{children}{keys && <kbd aria-hidden="true">{keys}</kbd>}
		</button>
	);
}

type FieldProps = { label: ComponentChildren; hint?: ComponentChildren; wrong?: string | false; hideLabel?: boolean };
/** A labelled control; the child gets id, aria-describedby and aria-invalid. */
export function Field(p: FieldProps & { children: (a: { id: string; 'aria-describedby'?: string; 'aria-invalid'?: boolean }) => ComponentChildren }) {
	const id = useId(), hint = `${id}h`, wrong = `${id}w`;
	return (
		<div class="field">
			<label for={id} class={p.hideLabel ? 'hide' : ''}>{p.label}</label>
			{p.children({ id, 'aria-describedby': [p.hint && hint, p.wrong && wrong].filter(Boolean).join(' ') || undefined, 'aria-invalid': p.wrong ? true : undefined })}
			{p.hint && <div class="hint" id={hint}>{p.hint}</div>}
			{p.wrong && <div class="wrong" id={wrong}><CircleAlert size={16} aria-hidden="true" />{p.wrong}</div>}
		</div>
	);
}
type InputProps = Omit<JSX.IntrinsicElements['input'], 'onInput' | 'label'> & FieldProps & { value: string; onInput: (text: string) => void };
export function Input({ label, hint, wrong, hideLabel, onInput, ...rest }: InputProps) {
	return (
		<Field label={label} hint={hint} wrong={wrong} hideLabel={hideLabel}>
			{(a) => <input type="text" autocomplete="off" {...rest} {...a} onInput={(e) => onInput(e.currentTarget.value)} />}
		</Field>
	);
}
export function TextArea({ label, hint, wrong, hideLabel, onInput, value, rows = 3, ...rest }: FieldProps & { value: string; onInput: (t: string) => void; rows?: number; class?: string; maxLength?: number; spellcheck?: boolean }) {
	return <Field label={label} hint={hint} wrong={wrong} hideLabel={hideLabel}>{(a) => <textarea rows={rows} {...rest} {...a} value={value} onInput={(e) => onInput(e.currentTarget.value)} />}</Field>;
}
export function Select<T extends string>(p: FieldProps & { value: T | ''; options: [T | '', string][]; onChange: (v: T) => void; disabled?: boolean; name?: string }) {
	return (
		<Field label={p.label} hint={p.hint} wrong={p.wrong} hideLabel={p.hideLabel}>
			{(a) => (
				<select {...a} value={p.value} disabled={p.disabled} name={p.name} onChange={(e) => p.onChange(e.currentTarget.value as T)}>
					{p.options.map(([v, text]) => <option key={v} value={v} selected={v === p.value}>{text}</option>)}
				</select>
			)}
		</Field>
	);
}
export function Checkbox(p: { label: ComponentChildren; checked: boolean; onChange: (on: boolean) => void; disabled?: boolean }) {
	return <label class="check"><input type="checkbox" checked={p.checked} disabled={p.disabled} onChange={(e) => p.onChange(e.currentTarget.checked)} /><span>{p.label}</span></label>;
}
/** One of a few, as cards that are radio buttons. */
export function Choices<T extends string>(p: { legend: ComponentChildren; value: T | undefined; options: { value: T; label: ComponentChildren; hint?: ComponentChildren; picture?: ComponentChildren }[]; onChange: (v: T) => void; hideLegend?: boolean }) {
	const name = useId();
	return (
		<fieldset class="field">
			<legend class={p.hideLegend ? 'hide' : ''}>{p.legend}</legend>
			<div class="choices">
				{p.options.map((o) => (
					<label class="choice" key={o.value}>
						<input type="radio" name={name} checked={p.value === o.value} onChange={() => p.onChange(o.value)} />
						{o.picture}<span>{o.label}{o.hint && <small>{o.hint}</small>}</span>
					</label>
				))}
			</div>
		</fieldset>
	);
}

export type Tone = 'good' | 'warn' | 'bad' | 'info' | '';
export function Chip(p: Kids & { tone?: Tone }) {
	return <span class={`chip ${p.tone ?? ''}`}>{p.children}</span>;
}
export function Note(p: Kids & { tone?: Exclude<Tone, ''>; role?: 'alert' | 'status' }) {
	const Icon = p.tone === 'good' ? Check : p.tone === 'warn' || p.tone === 'bad' ? AlertTriangle : Info;
	return <div class={`note ${p.tone ?? 'info'}`} role={p.role}><Icon aria-hidden="true" /><div class="grow">{p.children}</div></div>;
}
export function Figure(p: { label: string; value: ComponentChildren; sub?: ComponentChildren; href?: string; onClick?: () => void }) {
	const inside = <><span>{p.label}</span><b>{p.value}</b>{p.sub && <span>{p.sub}</span>}</>;
	return p.href ? <a class="figure" href={p.href}>{inside}</a> : p.onClick ? <button type="button" class="figure" onClick={p.onClick}>{inside}</button> : <div class="figure">{inside}</div>;
}
export function Facts(p: { of: [ComponentChildren, ComponentChildren][] }) {
	return <dl class="facts">{p.of.filter(([, v]) => v !== undefined && v !== null && v !== '').map(([k, v], i) => <><dt key={i}>{k}</dt><dd>{v}</dd></>)}</dl>;
}
export function Empty(p: Kids & { title?: string; icon?: ComponentChildren; action?: ComponentChildren }) {
	return <div class="empty">{p.icon ?? <Inbox aria-hidden="true" />}{p.title && <h2>{p.title}</h2>}{p.children && <p>{p.children}</p>}{p.action}</div>;
}
export function Loading(p: { lines?: number }) {
	return (
		<div class="stack tight" role="status" aria-label={w('loading')}>
			{Array.from({ length: p.lines ?? 4 }, (_, i) => <div key={i} class={`ghost g${i % 4}`} />)}
		</div>
	);
}

/** Why something did not work, with what can be done about it. */
export function Wrong(p: { error: Problem | undefined; retry?: () => void; inline?: boolean }) {
	const e = p.error;
	if (!e)
		return null;
	const text = <Reason error={e} />;
	if (p.inline)
		return <Note tone="bad" role="alert">{text}{p.retry && <> <Button kind="link" onClick={p.retry}>{w('again')}</Button></>}</Note>;
	const [title, icon] =
		e.kind === 'offline' ? [w('offline_title'), <WifiOff aria-hidden="true" />] :
		e.status === 401 ? [w('signin_title'), <Lock aria-hidden="true" />] :
		e.status === 403 ? [w('forbidden_title'), <Lock aria-hidden="true" />] :
		e.status === 404 ? [w('notfound_title'), undefined] :
		e.status === 429 || e.status === 503 ? [w('busy_title'), <AlertTriangle aria-hidden="true" />] :
		[w('error_title'), <AlertTriangle aria-hidden="true" />];
	return (
		<div role="alert">
			<Empty title={title} icon={icon} action={e.status === 401 ? <a class="button main" href={`/login?to=${encodeURIComponent(location.pathname + location.search)}`}>{w('signin')}</a> : p.retry && e.status !== 403 && <Button onClick={p.retry}>{w('again')}</Button>}>
				{e.status === 401 ? w('signin_text') : e.status === 403 ? w('forbidden_text') : text}
			</Empty>
		</div>
	);
}
/** Shows what was asked for; ghosts while it comes; why not when it does not. */
export function Shown<T>(p: { of: { data?: T; error?: Problem; loading: boolean; reload: () => void }; lines?: number; children: (data: T) => ComponentChildren }) {
	if (p.of.data !== undefined)
		return <>{p.of.error && <Wrong error={p.of.error} retry={p.of.reload} inline />}{p.children(p.of.data)}</>;
	return p.of.error ? <Wrong error={p.of.error} retry={p.of.reload} /> : <Loading lines={p.lines} />;
}

export function Dialog(p: Kids & { title: string; onClose: () => void; footer?: ComponentChildren; wide?: boolean; onSubmit?: () => void }) {
	const ref = useRef<HTMLDialogElement>(null), id = useId();
	useEffect(() => {
		const d = ref.current!, before = document.activeElement as HTMLElement | null;
		d.showModal();
		/* where typing begins, or what Enter does; never what cannot be taken back */
		(d.querySelector<HTMLElement>('[autofocus]') ?? d.querySelector<HTMLElement>('input:checked, input:not([type=file], [type=radio]), select, textarea') ??
			d.querySelector<HTMLElement>('footer button[type=submit]:not(.danger)'))?.focus();
		return () => {
			d.close();
			before?.focus?.();
		};
	}, []);
	const inside = (
		<>
			<header><h2 id={id}>{p.title}</h2><Button kind="quiet" class="icon" aria-label={w('close')} onClick={p.onClose}><X aria-hidden="true" /></Button></header>
			{p.children}
			{p.footer && <footer>{p.footer}</footer>}
		</>
	);
	return (
		<dialog ref={ref} class={p.wide ? 'wide' : ''} aria-labelledby={id} onCancel={(e) => { e.preventDefault(); p.onClose(); }}>
			{p.onSubmit ? <form onSubmit={(e) => { e.preventDefault(); p.onSubmit!(); }}>{inside}</form> : <div class="body">{inside}</div>}
		</dialog>
	);
}
/** Asks before something that cannot be taken back. */
export function Confirm(p: { title: string; text?: ComponentChildren; yes: string; danger?: boolean; busy?: boolean; error?: Problem; onYes: () => void; onClose: () => void }) {
	return (
		<Dialog title={p.title} onClose={p.onClose} onSubmit={p.onYes}
			footer={<><Button onClick={p.onClose}>{w('cancel')}</Button><Button type="submit" kind={p.danger ? 'danger' : 'main'} busy={p.busy}>{p.yes}</Button></>}>
			{p.text && <div>{p.text}</div>}
			<Wrong error={p.error} inline />
		</Dialog>
	);
}

export function Tabs<T extends string>(p: { label: string; value: T; tabs: { value: T; label: ComponentChildren }[]; onChange: (v: T) => void }) {
	const step = (e: KeyboardEvent, by: number) => {
		const i = p.tabs.findIndex((t) => t.value === p.value), next = p.tabs[(i + by + p.tabs.length) % p.tabs.length];
		if (next) {
			e.preventDefault();
			p.onChange(next.value);
			((e.currentTarget as HTMLElement).children[p.tabs.indexOf(next)] as HTMLElement)?.focus();
		}
	};
	return (
		<div class="tabs no-print" role="tablist" aria-label={p.label} onKeyDown={(e) => (e.key === 'ArrowRight' ? step(e, 1) : e.key === 'ArrowLeft' ? step(e, -1) : undefined)}>
			{p.tabs.map((t) => <button key={t.value} type="button" role="tab" aria-selected={t.value === p.value} tabIndex={t.value === p.value ? 0 : -1} onClick={() => p.onChange(t.value)}>{t.label}</button>)}
		</div>
	);
}

/* --- a word in passing --- */
interface Said { id: number; text: string; tone?: 'bad'; action?: { label: string; run: () => void } }
const said = signal<Said[]>([]);
let nextSaid = 1;
export function say(text: string, o: { tone?: 'bad'; action?: Said['action']; ms?: number } = {}) {
	const s: Said = { id: nextSaid++, text, ...o };
	said.value = [...said.value.slice(-2), s];
	setTimeout(() => (said.value = said.value.filter((x) => x !== s)), o.ms ?? 6000);
}
export function Toasts() {
	return (
		<div class="toasts" role="status" aria-live="polite">
			{said.value.map((s) => (
				<div class={`toast ${s.tone ?? ''}`} key={s.id}>
					<span>{s.text}</span>
					{s.action && <button type="button" onClick={s.action.run}>{s.action.label}</button>}
				</div>
			))}
		</div>
	);
}
export function Copy(p: { text: string; label?: string }) {
	const [done, set] = useState(false);
	return <Button small onClick={() => void navigator.clipboard?.writeText(p.text).then(() => { set(true); setTimeout(() => set(false), 1500); })}>{done ? w('copied') : p.label ?? w('copy')}</Button>;
}
