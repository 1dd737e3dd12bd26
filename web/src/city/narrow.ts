/* Whether there is little room, as on a phone: charts then show less text. */
import { useEffect, useState } from 'preact/hooks';

export function useNarrow(): boolean {
	const [narrow, set] = useState(() => matchMedia('(max-width: 640px)').matches);
	useEffect(() => {
		const m = matchMedia('(max-width: 640px)'), listen = () => set(m.matches);
		m.addEventListener('change', listen);
		return () => m.removeEventListener('change', listen);
	}, []);
	return narrow;
}
