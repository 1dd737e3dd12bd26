/* The slip that an owner confirms at the counter, as a picture: what is handed over, on what terms, by whom, when. It goes
 * into the books as evidence of the owner's will, sealed under the order's key. */
export interface Slip { title: string; lines: [string, string][]; terms: string[]; name: string; how: string; signature?: HTMLCanvasElement }

export function drawSlip(s: Slip): string {
	const c = document.createElement('canvas'), g = c.getContext('2d')!;
	const wide = 900, font = 'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
	c.width = wide;
	c.height = 320 + s.lines.length * 34 + s.terms.length * 70 + (s.signature ? 220 : 0);
	g.fillStyle = '#fff';
	g.fillRect(0, 0, c.width, c.height);
	g.fillStyle = '#000';
	let y = 60;
	const say = (text: string, size: number, x = 40, bold = false) => {
		g.font = `${bold ? '600' : '400'} ${size}px ${font}`;
		/* by characters, for Chinese has no spaces to break at */
		let line = '';
		for (const part of text.match(/[!-\u2fff]+\s*|[\s\S]/g) ?? []) {
			if (g.measureText(line + part).width > wide - x - 40 && line) {
				g.fillText(line, x, y);
				y += size * 1.4;
				line = '';
			}
			line += part;
		}
		g.fillText(line, x, y);
	};
	say(s.title, 32, 40, true);
	y += 54;
	for (const [k, v] of s.lines) {
		g.font = `400 22px ${font}`;
		g.fillText(k, 40, y);
		say(v, 22, 300, true);
		y += 34;
	}
	y += 14;
	for (const t of s.terms) {
		say(t, 20);
		y += 36;
	}
	y += 20;
	say(s.how, 20);
	y += 36;
	if (s.signature) {
		g.drawImage(s.signature, 40, y - 10, 500, 180);
		y += 190;
	}
	say(s.name, 26, 40, true);
	return c.toDataURL('image/png').split(',')[1]!;
}
