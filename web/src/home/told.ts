/* How far the sample's story was followed in this tab, and what its later steps need of the earlier ones. Written by the
 * story alone, which only a sample has; nothing of it leaves the tab. */
import { signal } from '@preact/signals';

export interface Told {
	step: number;
	order?: number;
	code?: string;
	pin?: string;
	device?: number;
	label?: string;
}
const place = 'relode.story';
function read(): Told | undefined {
	try {
		const kept = JSON.parse(sessionStorage.getItem(place) ?? '') as Told;
		return kept.step >= 1 ? kept : undefined;
	} catch {
		return undefined;
	}
}
export const told = signal<Told | undefined>(read());
/** Goes on with the story; nothing: it is put away. */
export function tell(x: Partial<Told> | undefined) {
	told.value = x && { step: 1, ...told.value, ...x };
	if (told.value)
		sessionStorage.setItem(place, JSON.stringify(told.value));
	else
		sessionStorage.removeItem(place);
}
