/* Barcodes from pictures: 1-D codes as IMEI labels carry them (Code 128, Code 39, EAN-13) and QR codes. */
import { BarcodeFormat, DecodeHintType, HTMLCanvasElementLuminanceSource, BinaryBitmap, HybridBinarizer, MultiFormatReader } from '@zxing/library';

const hints = new Map<DecodeHintType, unknown>([
	[DecodeHintType.POSSIBLE_FORMATS, [BarcodeFormat.CODE_128, BarcodeFormat.CODE_39, BarcodeFormat.EAN_13, BarcodeFormat.QR_CODE]],
	[DecodeHintType.TRY_HARDER, true],
]);
const reader = new MultiFormatReader();
reader.setHints(hints);

function decode(source: CanvasImageSource, width: number, height: number): string | undefined {
	const scale = Math.min(1, 1600 / Math.max(width, height));
	const canvas = document.createElement('canvas');
	canvas.width = Math.max(1, Math.round(width * scale));
	canvas.height = Math.max(1, Math.round(height * scale));
	canvas.getContext('2d', { willReadFrequently: true })!.drawImage(source, 0, 0, canvas.width, canvas.height);
	try {
		return reader.decodeWithState(new BinaryBitmap(new HybridBinarizer(new HTMLCanvasElementLuminanceSource(canvas)))).getText();
	} catch {
		return undefined; /* nothing found in this picture */
	}
}

/** The code in a picture file, or undefined. */
export async function read(file: Blob): Promise<string | undefined> {
	const image = await createImageBitmap(file);
	return decode(image, image.width, image.height);
}

/** Watches through the camera until a code is seen; returns what stops it. Rejects when there is no camera. */
export async function watch(video: HTMLVideoElement, got: (text: string) => void): Promise<() => void> {
	const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
	let on = true;
	const stop = () => {
		on = false;
		stream.getTracks().forEach((t) => t.stop());
	};
	video.srcObject = stream;
	await video.play();
	const look = () => {
		if (!on)
			return;
		const text = video.videoWidth ? decode(video, video.videoWidth, video.videoHeight) : undefined;
		if (text) {
			stop();
			got(text);
		} else {
			setTimeout(look, 150);
		}
	};
	look();
	return stop;
}
