/* The first eight digits of an IMEI name the model. What was taken here before is remembered (of the digits and the model
 * alone), so that the same model need not be searched for again, with or without a network. */
export interface Known { model: number; category: string; brand: string; name: string; gb?: string; aged?: boolean }
const place = 'relode.tac', most = 400;

function read(): [string, Known][] {
	try {
		const v: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
		return Array.isArray(v) ? (v as [string, Known][]) : [];
	} catch {
		return [];
	}
}
export const knownModel = (imei: string): Known | undefined => read().find(([tac]) => tac === imei.slice(0, 8))?.[1];
export function learnModel(imei: string, m: Known) {
	const tac = imei.slice(0, 8);
	localStorage.setItem(place, JSON.stringify([[tac, m], ...read().filter(([t]) => t !== tac)].slice(0, most)));
}
