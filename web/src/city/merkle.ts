/* Proofs of the log, checked in the browser: RFC 6962 trees, C2SP checkpoints. So what the page says need not be taken
 * from the server. Needs a secure context (https or localhost) for the browser's SHA-256. */
const bytes = (hex: string) => new Uint8Array((hex.match(/../g) ?? []).map((x) => parseInt(x, 16)));
const hex = (b: Uint8Array) => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
export const fromBase64 = (t: string) => Uint8Array.from(atob(t), (c) => c.charCodeAt(0));
export const hexOfBase64 = (t: string) => hex(fromBase64(t));
export const canCheck = () => typeof crypto !== 'undefined' && !!crypto.subtle;

async function node(left: string, right: string): Promise<string> {
	return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes('01' + left + right))));
}
const path = (proof: string) => proof.match(/.{64}/g) ?? [];
const half = (n: number) => Math.floor(n / 2);

/** RFC 9162, 2.1.3.2: the leaf is entry seq (from 0) of the log of this size and root. */
export async function included(p: { seq: number; size: number; leaf: string; root: string; proof: string }): Promise<boolean> {
	let fn = p.seq, sn = p.size - 1, r = p.leaf;
	for (const c of path(p.proof)) {
		if (sn === 0)
			return false;
		if (fn % 2 === 1 || fn === sn) {
			r = await node(c, r);
			while (fn % 2 === 0 && fn !== 0) {
				fn = half(fn);
				sn = half(sn);
			}
		} else {
			r = await node(r, c);
		}
		fn = half(fn);
		sn = half(sn);
	}
	return sn === 0 && r === p.root;
}
/** RFC 9162, 2.1.4.2: the log of the smaller size and root is the beginning of the larger one. */
export async function consistent(p: { from: number; to: number; from_root: string; to_root: string; proof: string }): Promise<boolean> {
	if (p.from === p.to)
		return p.from_root === p.to_root;
	if (p.from === 0)
		return true;
	const all = Number.isInteger(Math.log2(p.from)) ? [p.from_root, ...path(p.proof)] : path(p.proof);
	let fn = p.from - 1, sn = p.to - 1;
	while (fn % 2 === 1) {
		fn = half(fn);
		sn = half(sn);
	}
	const [first, ...rest] = all;
	if (!first)
		return false;
	let fr = first, sr = first;
	for (const c of rest) {
		if (sn === 0)
			return false;
		if (fn % 2 === 1 || fn === sn) {
			fr = await node(c, fr);
			sr = await node(c, sr);
			while (fn % 2 === 0 && fn !== 0) {
				fn = half(fn);
				sn = half(sn);
			}
		} else {
			sr = await node(sr, c);
		}
		fn = half(fn);
		sn = half(sn);
	}
	return sn === 0 && fr === p.from_root && sr === p.to_root;
}

export interface Checkpoint { origin: string; size: number; root: string; signed: string; signatures: string[] }
/** Of its text; undefined: it is none. root: hex. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
	const t = text.replace(/\r/g, '').trimStart(), end = t.indexOf('\n\n');
	const [origin, size, root] = t.split('\n');
	if (!origin || !/^\d+$/.test(size ?? '') || !/^[A-Za-z0-9+/]{43}=$/.test(root ?? ''))
		return undefined;
	return { origin, size: Number(size), root: hexOfBase64(root!), signed: end < 0 ? `${origin}\n${size}\n${root}\n` : t.slice(0, end + 1), signatures: t.split('\n').filter((l) => l.startsWith('— ')) };
}
/** Whether the log's key signed it: key as "name+hash+base64". undefined: this browser cannot tell. */
export async function signedBy(c: Checkpoint, key: string): Promise<boolean | undefined> {
	const [, name, , base64] = /^(.*)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(key) ?? [];
	const line = c.signatures.find((s) => s.startsWith(`— ${name} `));
	if (!name || !base64 || !line || !canCheck())
		return name && base64 && !line ? false : undefined;
	try {
		const k = await crypto.subtle.importKey('raw', fromBase64(base64).slice(1), { name: 'Ed25519' }, false, ['verify']);
		return await crypto.subtle.verify('Ed25519', k, fromBase64(line.split(' ')[2]!).slice(4), new TextEncoder().encode(c.signed));
	} catch {
		return undefined;
	}
}
