/* A place to sign with finger, pen or mouse. It may stay empty: a key confirms as well. */
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { words } from '../base/words';
import { Button } from '../ui/basic';

const w = words({ clear: 'Clear' }, { clear: '清除' });

export function SignaturePad(p: { label: string; canvas: RefObject<HTMLCanvasElement>; drawn: RefObject<boolean> }) {
	const clear = () => {
		const c = p.canvas.current!, g = c.getContext('2d')!;
		g.fillStyle = '#fff';
		g.fillRect(0, 0, c.width, c.height);
		p.drawn.current = false;
	};
	useEffect(clear, []);
	const at = (e: PointerEvent) => {
		const c = p.canvas.current!, r = c.getBoundingClientRect();
		return [((e.clientX - r.left) / r.width) * c.width, ((e.clientY - r.top) / r.height) * c.height] as const;
	};
	const down = (e: PointerEvent) => {
		const g = p.canvas.current!.getContext('2d')!;
		p.canvas.current!.setPointerCapture(e.pointerId);
		g.beginPath();
		g.moveTo(...at(e));
	};
	const move = (e: PointerEvent) => {
		if (!(e.buttons & 1))
			return;
		const g = p.canvas.current!.getContext('2d')!;
		g.lineWidth = 3;
		g.lineCap = 'round';
		g.strokeStyle = '#123';
		g.lineTo(...at(e));
		g.stroke();
		p.drawn.current = true;
	};
	return (
		<details class="sign">
			<summary>{p.label}</summary>
			<canvas ref={p.canvas} width={800} height={260} aria-label={p.label} role="img" onPointerDown={down} onPointerMove={move} />
			<div><Button small kind="quiet" onClick={clear}>{w('clear')}</Button></div>
		</details>
	);
}
