/* Small drawings of what an answer means, and icons of categories. A drawing is the outline of the device with the
 * damage upon it; answers of which there is none show no picture. */
import type { ComponentChildren } from 'preact';
import { AirVent, Camera, Gamepad2, Laptop, Microwave, Monitor, Package, PcCase, Printer, Refrigerator, Shirt, Smartphone, Snowflake, Tablet, Tv, TvMinimal, Utensils, WashingMachine, Watch, Wind } from 'lucide-preact';

const icons: Record<string, typeof Package> = {
	phone: Smartphone, tablet: Tablet, laptop: Laptop, desktop: PcCase, monitor: Monitor, watch: Watch, tv: TvMinimal, tv_crt: Tv, washing_machine: WashingMachine, fridge: Refrigerator,
	freezer: Snowflake, air_conditioner: AirVent, console: Gamepad2, camera: Camera, printer: Printer, dryer: Shirt, dishwasher: Utensils, microwave: Microwave, vacuum_cleaner: Wind,
};
export function CategoryIcon(p: { category: string }) {
	const Icon = icons[p.category] ?? Package;
	return <Icon class="category-icon" aria-hidden="true" />;
}

/* The outline of a device on 64 x 64, and where its screen, or its front, is. */
interface Shape { body: ComponentChildren; x: number; y: number; w: number; h: number; screen?: boolean }
const box = (x: number, y: number, w: number, h: number, r: number) => <rect x={x} y={y} width={w} height={h} rx={r} class="body" />;
const shapes: Record<string, Shape> = {
	phone: { body: <>{box(18, 4, 28, 56, 6)}<path class="line" d="M29 8h6" /></>, x: 21, y: 11, w: 22, h: 44, screen: true },
	tablet: { body: box(11, 7, 42, 50, 5), x: 15, y: 11, w: 34, h: 42, screen: true },
	watch: { body: <><path class="line" d="M24 14 26 4h12l2 10M24 50l2 10h12l2-10" />{box(18, 14, 28, 36, 9)}</>, x: 22, y: 18, w: 20, h: 28, screen: true },
	laptop: { body: <>{box(10, 12, 44, 32, 3)}<path class="body" d="M4 50h56l-5-6H9z" /></>, x: 14, y: 16, w: 36, h: 24, screen: true },
	wide: { body: <>{box(5, 10, 54, 36, 3)}<path class="line" d="M32 46v8M22 55h20" /></>, x: 9, y: 14, w: 46, h: 28, screen: true },
	tower: { body: <>{box(17, 5, 30, 54, 3)}<path class="line" d="M23 13h18M23 20h18" /></>, x: 19, y: 26, w: 26, h: 29 },
	washer: { body: <>{box(11, 5, 42, 54, 4)}<path class="line" d="M11 16h42M17 11h8" /><circle class="line" cx="32" cy="37" r="14" /></>, x: 14, y: 19, w: 36, h: 36 },
	tall: { body: <>{box(17, 3, 30, 58, 4)}<path class="line" d="M17 24h30M23 12v6M23 30v10" /></>, x: 19, y: 6, w: 26, h: 52 },
	flat: { body: <>{box(5, 17, 54, 30, 4)}<path class="line" d="M12 40h40" /></>, x: 9, y: 20, w: 46, h: 18 },
};
const shapeOf: Record<string, string> = {
	phone: 'phone', tablet: 'tablet', watch: 'watch', laptop: 'laptop', monitor: 'wide', tv: 'wide', tv_crt: 'wide', desktop: 'tower', washing_machine: 'washer', dryer: 'washer', dishwasher: 'washer',
	fridge: 'tall', freezer: 'tall', vacuum_cleaner: 'tall', air_conditioner: 'flat', printer: 'flat', console: 'flat', microwave: 'flat', camera: 'flat',
};

type Mark = (s: Shape) => ComponentChildren;
const at = (s: Shape, fx: number, fy: number) => `${(s.x + s.w * fx).toFixed(1)} ${(s.y + s.h * fy).toFixed(1)}`;
const path = (s: Shape, points: [number, number][][]) => points.map((l) => 'M' + l.map(([x, y]) => at(s, x, y)).join('L')).join('');
const lit: Mark = (s) => <rect class="lit" x={s.x} y={s.y} width={s.w} height={s.h} rx="2" />;
const dark: Mark = (s) => <rect class="dark" x={s.x} y={s.y} width={s.w} height={s.h} rx="2" />;
const centre = (s: Shape) => [s.x + s.w / 2, s.y + s.h / 2] as const;
const tick: Mark = (s) => {
	const [x, y] = centre(s);
	return <path class="good" d={`M${x - 7} ${y}l5 6 9-11`} />;
};
const cross: Mark = (s) => {
	const [x, y] = centre(s);
	return <path class="bad" d={`M${x - 6} ${y - 6}l12 12m0-12-12 12`} />;
};
const sign: Mark = (s) => {
	const [x, y] = centre(s);
	return <><path class="bad" d={`M${x} ${y - 8}v9`} /><circle class="spot" cx={x} cy={y + 6} r="2" /></>;
};
const glare: Mark = (s) => <path class="glare" d={path(s, [[[0.2, 0.45], [0.6, 0.1]], [[0.2, 0.65], [0.75, 0.2]]])} />;
const scratches: Mark = (s) => <path class="thin" d={path(s, [[[0.15, 0.3], [0.6, 0.15]], [[0.3, 0.5], [0.85, 0.35]], [[0.2, 0.8], [0.55, 0.65]], [[0.5, 0.88], [0.8, 0.7]]])} />;
const cracks: Mark = (s) => <path class="bad" d={path(s, [[[0.3, 0.35], [0, 0.2]], [[0.3, 0.35], [0.45, 0]], [[0.3, 0.35], [1, 0.3]], [[0.3, 0.35], [0.6, 0.65], [0.55, 1]], [[0.3, 0.35], [0, 0.75]], [[0.6, 0.65], [1, 0.85]]])} />;
const lines: Mark = (s) => <><path class="bad" d={path(s, [[[0.55, 0], [0.55, 1]], [[0.7, 0], [0.7, 1]], [[0.8, 0], [0.8, 1]]])} /><ellipse class="spot" cx={s.x + s.w * 0.25} cy={s.y + s.h * 0.72} rx={s.w * 0.18} ry={s.h * 0.16} /></>;
const dents: Mark = (s) => <path class="thin" d={path(s, [[[-0.06, 0.1], [0.06, 0.22]], [[-0.06, 0.2], [0.04, 0.3]], [[0.94, 0.75], [1.06, 0.88]], [[0.96, 0.9], [1.04, 0.97]], [[0.4, 0.97], [0.62, 1.04]]])} />;
const bent: Mark = (s) => <><path class="bad" d={path(s, [[[1.1, 0.3], [0.6, 0.45], [0.85, 0.55], [0.4, 0.7], [0.55, 0.8], [-0.1, 0.95]]])} /><circle class="gap" cx={s.x + s.w} cy={s.y} r="7" /></>;
const spots = (n: number): Mark => (s) => <>{([[0.3, 0.3], [0.7, 0.5], [0.4, 0.75]] as const).slice(0, n).map(([x, y], i) => <circle key={i} class="spot" cx={s.x + s.w * x} cy={s.y + s.h * y} r="4" />)}</>;
const drop: Mark = (s) => {
	const [x, y] = centre(s);
	return <path class="water" d={`M${x} ${y - 9}c6 8 7 10 7 13a7 7 0 0 1-14 0c0-3 1-5 7-13z`} />;
};
const waves: Mark = (s) => <path class="bad" d={`M${s.x - 7} ${s.y + s.h * 0.3}q-5 ${s.h * 0.2} 0 ${s.h * 0.4}M${s.x + s.w + 7} ${s.y + s.h * 0.3}q5 ${s.h * 0.2} 0 ${s.h * 0.4}`} />;
const flake = (n: number): Mark => (s) => {
	const [x, y] = centre(s);
	return <path class={n ? 'cold' : 'bad'} d={n === 2 ? `M${x} ${y - 10}v20M${x - 9} ${y - 5}l18 10M${x + 9} ${y - 5}l-18 10` : n ? `M${x} ${y - 6}v12` : `M${x - 6} ${y - 6}l12 12m0-12-12 12`} />;
};
const lock = (on: boolean): Mark => (s) => {
	const [x, y] = centre(s);
	return <><rect class={on ? 'spot' : 'ok'} x={x - 8} y={y - 1} width="16" height="12" rx="2.5" /><path class={on ? 'bad' : 'good'} d={on ? `M${x - 5} ${y - 1}v-4a5 5 0 0 1 10 0v4` : `M${x - 5} ${y - 1}v-4a5 5 0 0 1 9-3`} /></>;
};
const missing: Mark = (s) => <rect class="hole" x={s.x + s.w * 0.45} y={s.y + s.h * 0.45} width={s.w * 0.4} height={s.h * 0.35} rx="2" />;
const plus: Mark = () => <><rect class="body" x="45" y="38" width="18" height="18" rx="2" /><path class="line" d="M45 44h18M54 38v6" /></>;
const paper: Mark = () => <><path class="body" d="M40 30h18v26H40z" /><path class="good" d="m44 44 4 4 7-8" /></>;
const marks: Record<string, Mark[]> = {
	'power:works': [lit, tick], 'power:faulty': [lit, sign], 'power:dead': [dark, cross], 'screen:fine': [lit, glare], 'screen:scratched': [lit, scratches], 'screen:cracked': [lit, cracks], 'screen:broken': [lit, lines],
	'body:fine': [glare], 'body:worn': [dents], 'body:damaged': [bent], 'defect:none': [tick], 'defect:minor': [spots(1)], 'defect:major': [spots(3), drop], 'lock:off': [lit, lock(false)], 'lock:on': [dark, lock(true)],
	'warranty:none': [], 'warranty:valid': [paper], 'box:none': [], 'box:complete': [plus], 'cooling:yes': [flake(2)], 'cooling:weak': [flake(1)], 'cooling:no': [flake(0)], 'noise:no': [tick], 'noise:yes': [waves],
	'hygiene:clean': [glare], 'hygiene:dirty': [spots(3)], 'parts:complete': [tick], 'parts:missing': [missing], 'lens:fine': [glare], 'lens:dust': [spots(1)], 'lens:bad': [cracks],
};

export function AnswerPicture(p: { category: string; question: string; answer: string }) {
	const shape = shapes[shapeOf[p.category] ?? 'flat']!, on = marks[`${p.question}:${p.answer}`];
	if (!on)
		return null;
	return <svg class="answer-picture" viewBox="0 0 64 64" aria-hidden="true">{shape.body}{on.map((m) => m(shape))}</svg>;
}
