/* Light, dark, or as the machine says. */
import { signal } from '@preact/signals';

export type Theme = 'light' | 'dark' | 'auto';
const kept = localStorage.getItem('relode.theme');
export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'auto');
const machine = matchMedia('(prefers-color-scheme: dark)');
/** What is shown now; charts draw themselves anew when it changes. */
export const dark = signal(false);

function apply() {
	dark.value = theme.value === 'dark' || (theme.value === 'auto' && machine.matches);
	document.documentElement.dataset.theme = dark.value ? 'dark' : 'light';
}
export function setTheme(t: Theme) {
	theme.value = t;
	if (t === 'auto')
		localStorage.removeItem('relode.theme');
	else
		localStorage.setItem('relode.theme', t);
	apply();
}
machine.addEventListener('change', apply);
apply();
