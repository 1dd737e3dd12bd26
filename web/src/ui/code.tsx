/* QR codes, scanners, and the camera. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { encode } from 'uqr';
import { Camera } from 'lucide-preact';
import { words } from '../base/words';
import { Button, Dialog, Note } from './basic';

const w = words({ camera: 'Scan with the camera', scan_title: 'Hold the barcode in the frame', photo: 'Or choose a photo of it', no_camera: 'There is no camera here, or it may not be used.', not_read: 'No barcode was found in this picture. Try closer, and in better light.' },
	{ camera: '用相机扫描', scan_title: '请将条形码对准取景框', photo: '或选择一张照片', no_camera: '此设备没有相机，或不允许使用。', not_read: '图片中未识别到条形码，请靠近并在光线更好的地方再试。' });

/** A QR code as SVG, black on white whatever the theme. */
export function Qr(p: { text: string; label: string; size?: number }) {
	const q = encode(p.text, { ecc: 'M', border: 3 });
	const path = q.data.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
	return (
		<svg role="img" aria-label={p.label} width={p.size ?? 160} height={p.size ?? 160} viewBox={`0 0 ${q.size} ${q.size}`} shape-rendering="crispEdges">
			<rect width={q.size} height={q.size} fill="#fff" /><path d={path} fill="#000" />
		</svg>
	);
}

/** A barcode scanner is a fast keyboard that ends with Enter: calls back with what it typed, wherever the focus is
 * except in a field (there it types as anyone does). */
export function useScanner(got: (text: string) => void, on = true) {
	const ref = useRef(got);
	ref.current = got;
	useLayoutEffect(() => {
		if (!on)
			return;
		let text = '', last = 0;
		const listen = (e: KeyboardEvent) => {
			const t = e.target as HTMLElement;
			if (t.closest('input, textarea, select') || e.ctrlKey || e.altKey || e.metaKey || document.querySelector('dialog[open]'))
				return;
			const now = performance.now();
			if (now - last > 80)
				text = '';
			last = now;
			if (e.key === 'Enter') {
				if (text.length >= 4) {
					e.preventDefault();
					ref.current(text);
				}
				text = '';
			} else if (e.key.length === 1) {
				text += e.key;
			}
		};
		document.addEventListener('keydown', listen, true);
		return () => document.removeEventListener('keydown', listen, true);
	}, [on]);
}

/** Opens the camera and reads a barcode: the machine's own reader where there is one, else a library that is loaded then. */
export function CameraScan(p: { onCode: (text: string) => void; label?: string; small?: boolean }) {
	const [open, set] = useState(false);
	return (
		<>
			<Button small={p.small} onClick={() => set(true)}><Camera aria-hidden="true" />{p.label ?? w('camera')}</Button>
			{open && <CameraDialog onClose={() => set(false)} onCode={(t) => { set(false); p.onCode(t); }} />}
		</>
	);
}
function CameraDialog(p: { onCode: (text: string) => void; onClose: () => void }) {
	const video = useRef<HTMLVideoElement>(null);
	const [wrong, setWrong] = useState('');
	useEffect(() => {
		let stop: (() => void) | undefined, gone = false;
		void import('./camera').then((c) => c.watch(video.current!, p.onCode)).then((s) => (gone ? s() : (stop = s)), () => setWrong(w('no_camera')));
		return () => {
			gone = true;
			stop?.();
		};
	}, []);
	const photo = async (file: File | undefined) => {
		if (!file)
			return;
		const text = await (await import('./camera')).read(file).catch(() => undefined);
		if (text)
			p.onCode(text);
		else
			setWrong(w('not_read'));
	};
	return (
		<Dialog title={w('scan_title')} onClose={p.onClose}>
			<video ref={video} class="camera" muted playsInline aria-label={w('scan_title')} />
			{wrong && <Note tone="warn" role="alert">{wrong}</Note>}
			<label class="field"><span>{w('photo')}</span><input type="file" accept="image/*" onChange={(e) => void photo(e.currentTarget.files?.[0])} /></label>
		</Dialog>
	);
}
