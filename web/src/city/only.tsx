/* Who may see a page. */
import type { ComponentChildren } from 'preact';
import { Problem } from '../base/ask';
import { can, signedIn, type Role } from '../base/session';
import { Page, Wrong } from '../ui/basic';

/** For those who have one of the roles; others are told why not. */
export function Only(p: { roles: Role[]; title: string; children: ComponentChildren }) {
	return can(...p.roles) ? <>{p.children}</> : <Page title={p.title} narrow><Wrong error={new Problem('forbidden', signedIn() ? 403 : 401, '')} /></Page>;
}
