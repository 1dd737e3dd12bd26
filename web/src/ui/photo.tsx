/* Photos of evidence: they come as base64 in JSON and are shown from memory; those added are scaled down and encoded anew
 * here, so that no metadata leaves this machine. */
import { useEffect, useState } from 'preact/hooks';
import { ImagePlus } from 'lucide-preact';
import { ask, Problem } from '../base/ask';
import { useAct } from '../base/use';
import { cityId } from '../base/session';
import { words } from '../base/words';
import { Wrong } from './basic';

const w = words({ photo: 'Photo {n}', add: 'Add a photo', adding: 'Adding', gone: 'The photo was erased.', size: 'This picture cannot be read. JPEG, PNG and WebP can.' },
	{ photo: '照片 {n}', add: '添加照片', adding: '正在添加', gone: '照片已删除。', size: '无法读取此图片。支持 JPEG、PNG 和 WebP。' });

/** offer: the device that is on offer, or was bought: buyers see its photos through the offer. plain: the picture alone,
 * which opens nothing. */
export function Photo(p: { evidence: number; label?: string; offer?: number; plain?: boolean }) {
	const [url, setUrl] = useState<string>();
	const [error, setError] = useState(false);
	useEffect(() => {
		let made: string | undefined, gone = false;
		const city = cityId(), of = p.offer ? ask('stock.photo', { city, device: p.offer, evidence: p.evidence }) : ask('evidence.get', { city, evidence: p.evidence });
		of.then((a) => {
			if (gone)
				return;
			const bytes = Uint8Array.from(atob(a.content ?? ''), (c) => c.charCodeAt(0));
			made = URL.createObjectURL(new Blob([bytes], { type: a.type === 'image/png' ? 'image/png' : 'image/jpeg' }));
			setUrl(made);
		}).catch(() => setError(true));
		return () => {
			gone = true;
			if (made)
				URL.revokeObjectURL(made);
		};
	}, [p.evidence, p.offer]);
	if (error)
		return <div class="small muted">{w('gone')}</div>;
	if (url && p.plain)
		return <img src={url} alt={p.label ?? w('photo', { n: String(p.evidence) })} />;
	return url ? <a href={url} target="_blank" rel="noopener"><img src={url} alt={p.label ?? w('photo', { n: String(p.evidence) })} /></a> : <div class="ghost square" />;
}

async function shrink(file: File): Promise<string> {
	const image = await createImageBitmap(file).catch(() => {
		throw new Problem('media', 0, w('size'));
	});
	for (let side = 1600, quality = 0.85; ; side *= 0.8, quality -= 0.05) {
		const scale = Math.min(1, side / Math.max(image.width, image.height));
		const canvas = document.createElement('canvas');
		canvas.width = Math.round(image.width * scale);
		canvas.height = Math.round(image.height * scale);
		canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
		const text = canvas.toDataURL('image/jpeg', Math.max(quality, 0.5)).split(',')[1]!;
		if (text.length < 900_000)
			return text;
	}
}
/** A button that adds a photo about a device or an order, and calls back with its number. */
export function PhotoAdd(p: { device?: number; order?: number; purpose?: 'photo' | 'document' | 'signature' | 'delivery'; onAdded: (evidence: number) => void; label?: string }) {
	const add = useAct(async (file: File) => {
		const content = await shrink(file);
		const a = (await ask('evidence.add', { city: cityId(), device: p.device, order: p.order, purpose: p.purpose ?? 'photo', content } as never)) as { evidence?: number };
		p.onAdded(a.evidence!);
	});
	return (
		<div class="stack tight">
			<label class={`button file ${add.busy ? 'busy' : ''}`}>
				<ImagePlus aria-hidden="true" />{add.busy ? w('adding') : p.label ?? w('add')}
				<input class="hide" type="file" accept="image/*" capture="environment" disabled={add.busy} onChange={(e) => {
					const f = e.currentTarget.files?.[0];
					e.currentTarget.value = '';
					if (f)
						void add.run(f);
				}} />
			</label>
			<Wrong error={add.error} inline />
		</div>
	);
}
