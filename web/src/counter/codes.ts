/* What a scanner or a person may have put in: an IMEI, a booked order, a label, or words to search for. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZILOU*';

/* ISO/IEC 7064 MOD 37-2, as the program's own codes have it (codec/text.h). */
function check(digits: number[]): number {
	return (38 - digits.reduce((sum, d) => ((sum + d) * 2) % 37, 0)) % 37;
}
/** The code of a label by the device's number: "0400-0021-O". */
export function codeOf(value: number, least = 8): string {
	const digits: number[] = [];
	for (let rest = BigInt(value); rest > 0n || digits.length < least; rest /= 32n)
		digits.unshift(Number(rest % 32n));
	return [...digits, check(digits)].map((d, i) => (i && i % 4 === 0 ? '-' : '') + alphabet[d]).join('');
}
/** The number that a code stands for; undefined: not a code, or its last character does not fit. */
export function readCode(text: string): bigint | undefined {
	const digits = [...text.toUpperCase().replace(/[\s-]/g, '')].map((c) => alphabet.indexOf(c));
	if (digits.length < 2 || digits.includes(-1))
		return undefined;
	const last = digits.pop()!;
	const read = digits.map((d) => (alphabet[d] === 'O' ? 0 : alphabet[d] === 'I' || alphabet[d] === 'L' ? 1 : d));
	return read.some((d) => d >= 32) || check(read) !== last ? undefined : read.reduce((n, d) => n * 32n + BigInt(d), 0n);
}
/** The last digit of an IMEI: every second digit from the right counts double. */
export function luhn(digits: string): boolean {
	const sum = [...digits].reverse().reduce((n, c, i) => n + (i % 2 === 0 ? Number(c) : Number(c) * 2 > 9 ? Number(c) * 2 - 9 : Number(c) * 2), 0);
	return sum % 10 === 0;
}

export type Meant =
	| { kind: 'imei'; imei: string }
	| { kind: 'bad_imei'; why: 'length' | 'check' | 'same' }
	| { kind: 'order'; order: number }
	| { kind: 'device'; device: number }
	| { kind: 'bad_code' }
	| { kind: 'text'; text: string };

/** An order's code holds its number and 15 secret bits; its link names the number; "#26" is it. */
export function meant(input: string): Meant {
	const text = input.trim(), bare = text.replace(/[\s-]/g, '');
	const link = /(?:^|\/)ro_([1-9]\d{0,15})\./.exec(text);
	if (link)
		return { kind: 'order', order: Number(link[1]) };
	const passport = /\/p\/\d+\/([1-9]\d{0,15})$/.exec(text);
	if (passport)
		return { kind: 'device', device: Number(passport[1]) };
	const number = /^#\s*(\d{1,15})$/.exec(text);
	if (number)
		return { kind: 'order', order: Number(number[1]) };
	if (/^\d{11,24}$/.test(bare)) {
		if (bare.length !== 15 && bare.length !== 16)
			return { kind: 'bad_imei', why: 'length' };
		if (/^(\d)\1+$/.test(bare))
			return { kind: 'bad_imei', why: 'same' };
		return bare.length === 16 || luhn(bare) ? { kind: 'imei', imei: bare } : { kind: 'bad_imei', why: 'check' };
	}
	if (/^[0-9A-Z*]{4}-?[0-9A-Z*]{4}-?[0-9A-Z*]{1,6}$/i.test(text) && /\d/.test(text)) {
		const value = readCode(text);
		if (value === undefined)
			return /-/.test(text) ? { kind: 'bad_code' } : { kind: 'text', text };
		/* a device's number has its city above 2^32; an order's code is its number and 15 bits: what fits is tried, the device first */
		return value >= 1n << 32n && value >> 32n < 100000n ? { kind: 'device', device: Number(value) } : { kind: 'order', order: Number(value >> 15n) };
	}
	return { kind: 'text', text };
}
