/* A map drawn from the city's own GeoJSON, without tiles: districts as areas, places as points. Places are buttons. */
import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from 'geojson';
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { lang } from '../base/words';

export interface Place { id: number; lat: number; lon: number; label: string; tone?: 'on' | 'off'; }
export type Districts = FeatureCollection<Polygon | MultiPolygon, { code?: string; name?: string; name_zh?: string; population?: number }>;

const rings = (f: Feature<Polygon | MultiPolygon>): Position[][] => (f.geometry.type === 'Polygon' ? f.geometry.coordinates : f.geometry.coordinates.flat());

/** The district in which a point lies, by the even-odd rule. */
export function districtOf(d: Districts | undefined, lon: number, lat: number) {
	return d?.features.find((f) => {
		let inside = false;
		for (const ring of rings(f))
			for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
				const [xi, yi] = ring[i] as [number, number], [xj, yj] = ring[j] as [number, number];
				if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi)
					inside = !inside;
			}
		return inside;
	});
}

export function Map(p: { districts?: Districts; places?: Place[]; chosen?: number; onChoose?: (id: number) => void; label: string; height?: number; children?: ComponentChildren }) {
	const view = useMemo(() => {
		const points: Position[] = [...(p.districts?.features.flatMap((f) => rings(f).flat()) ?? []), ...(p.places ?? []).map((x) => [x.lon, x.lat])];
		if (!points.length)
			return undefined;
		const lons = points.map((x) => x[0]!), lats = points.map((x) => x[1]!);
		const west = Math.min(...lons), east = Math.max(...lons), south = Math.min(...lats), north = Math.max(...lats);
		const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180); /* equirectangular, true at the middle */
		const width = 800, wide = Math.max((east - west) * squeeze, 0.002), high = Math.max(north - south, 0.002);
		const scale = Math.min((width - 60) / wide, ((p.height ?? 520) - 60) / high);
		const x0 = (width - wide * scale) / 2, h = Math.min(p.height ?? 520, high * scale + 60), y0 = (h - high * scale) / 2;
		return { width, height: h, at: (lon: number, lat: number): [number, number] => [x0 + (lon - west) * squeeze * scale, y0 + (north - lat) * scale] };
	}, [p.districts, p.places]);
	if (!view)
		return null;
	return (
		<svg class="map" viewBox={`0 0 ${view.width} ${view.height}`} role="group" aria-label={p.label}>
			{p.districts?.features.map((f, i) => (
				<path key={i} class="district" d={rings(f).map((r) => 'M' + r.map((q) => view.at(q[0]!, q[1]!).map((v) => v.toFixed(1)).join(' ')).join('L') + 'Z').join('')}>
					<title>{(lang.value === 'zh' && f.properties?.name_zh) || f.properties?.name}</title>
				</path>
			))}
			{p.places?.map((x) => {
				const [cx, cy] = view.at(x.lon, x.lat);
				const on = p.chosen === x.id;
				return (
					<g key={x.id} class={`place ${on ? 'on' : ''} ${x.tone ?? ''}`} role={p.onChoose ? 'button' : undefined} tabIndex={p.onChoose ? 0 : undefined} aria-label={x.label} aria-pressed={p.onChoose ? on : undefined}
						onClick={() => p.onChoose?.(x.id)} onKeyDown={(e) => (e.key === 'Enter' || e.key === ' ' ? (e.preventDefault(), p.onChoose?.(x.id)) : undefined)}>
						<circle class="touch" cx={cx} cy={cy} r={22} /><circle class="dot" cx={cx} cy={cy} r={on ? 13 : 9} />
						<title>{x.label}</title>
					</g>
				);
			})}
			{p.children}
		</svg>
	);
}
