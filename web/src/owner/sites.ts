/* Places that take devices, and how far they are. */
import type { Args, Answer, Row } from '../base/ask';
import { openAt } from '../base/hours';
import { zone } from '../base/format';

export type Site = Row<'party.sites'>;
export const sitesOf = (a: Answer<'party.sites'> | undefined): Site[] => (a?.items ?? []).filter((s) => s.open && s.kind !== 'recycler');
export const sitesArgs = (city: number): Args<'party.sites'> => ({ city, open: true, limit: 500 });

export interface Point { lat: number; lon: number }
/** Metres along the earth. */
export function metres(a: Point, s: Site): number | undefined {
	if (s.lat_e6 === undefined || s.lon_e6 === undefined)
		return undefined;
	const r = Math.PI / 180, lat = s.lat_e6 / 1e6, lon = s.lon_e6 / 1e6;
	const h = Math.sin(((lat - a.lat) * r) / 2) ** 2 + Math.cos(a.lat * r) * Math.cos(lat * r) * Math.sin(((lon - a.lon) * r) / 2) ** 2;
	return 2 * 6371000 * Math.asin(Math.sqrt(h));
}
export const openNow = (s: Site) => openAt(s.hours, Date.now(), zone.value);
