/* Holds what a server answers against what its OpenAPI document says that it answers.
 *
 *   node answers.mjs URL TOKEN     an administrator's; $RELODE is the program that plays a programme through it
 *
 * A small proxy stands before the server and looks at every answer that goes by: status and media type are ones that the
 * document names, JSON is what its schema says, with no member that the schema does not know. Through it a programme is
 * played from a seed, which writes; then every GET is asked, with the ids and texts that earlier answers held and
 * every value of what is one of a list, by an administrator, a merchant, an order's owner and nobody. */
import { spawn } from 'node:child_process';
import http from 'node:http';
import Ajv from 'ajv/dist/2020.js';

const [server, admin] = process.argv.slice(2);

/* What is asked where no answer before holds a value for it. */
const given = {
	q: ['iphone', 'zzzz'], text: ['1', 'iphone', 'R'], phone: ['+37060000000'], identifier: ['353918112345679'], name: ['default'], slug: ['conflict', 'busy'],
	answers: [''], account: ['cash', 'custody'], from: ['1'], seq: ['1', '2'],
};
const api = await (await fetch(server + '/openapi.json')).json();
const wrong = new Map(); /* what is wrong, and the first place where it was */
const complain = (what, where) => wrong.has(what) || wrong.set(what, where);

/* --- the document --- */

/** An object is what its schema names and nothing else; one that names nothing is not described. */
function close(schema, where) {
	if (schema.type?.includes('object') && schema.additionalProperties === undefined) {
		if (!Object.keys(schema.properties ?? {}).length)
			complain(`${where}: an object of which the document says nothing`, 'the document');
		schema.additionalProperties = false;
	}
	for (const [name, member] of Object.entries(schema.properties ?? {}))
		close(member, `${where}.${name}`);
	if (schema.items)
		close(schema.items, `${where}[]`);
}
for (const [name, schema] of Object.entries(api.components.schemas))
	close(schema, name);
const operations = Object.entries(api.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), pattern: new RegExp('^' + path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+') + '$'), ok: 0, problems: 0, ...operation })));
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
for (const o of operations)
	for (const [status, response] of Object.entries(o.responses))
		for (const content of Object.values(response.content ?? {}))
			if (o.operationId !== 'server.openapi') /* described by OpenAPI itself: tests/e2e/server.sh lints it */
				close(content.schema, `${o.operationId} ${status}`);
ajv.addSchema(api, 'api');
const escaped = (key) => key.replace(/~/g, '~0').replace(/\//g, '~1');
const ajvOf = (pointer) => ajv.getSchema('api#/' + pointer.map(escaped).map(encodeURIComponent).join('/'));

/* --- an answer --- */

const held = new Map(); /* name of a member: values that answers held */
function keep(value) {
	if (Array.isArray(value))
		value.forEach(keep);
	else if (value && typeof value === 'object')
		for (const [name, v] of Object.entries(value)) {
			if (typeof v === 'number' || (typeof v === 'string' && v.length < 80)) {
				if (!held.has(name))
					held.set(name, new Set());
				if (held.get(name).size < 400)
					held.get(name).add(String(v));
			}
			keep(v);
		}
}

function look(method, target, status, type, text) {
	const path = target.replace(/\?.*/, '');
	/* "…/categories/x" fits the path with {name}, too: the one with the fewest is meant */
	const o = operations.filter((x) => x.method === method && x.pattern.test(path)).sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
	const at = `${method} ${target}`;
	if (!o)
		return complain(`${method} ${path.replace(/\d+/g, 'N')} is not in the document`, at);
	const name = `${o.operationId} ${status}`;
	const response = o.responses[status];
	if (!response)
		return complain(`${name}: the document knows no such status`, at);
	status < 400 ? o.ok++ : o.problems++;
	if (status === 304 || method === 'HEAD')
		return undefined;
	const pointer = response.$ref ? response.$ref.slice(2).split('/') : ['paths', o.path, method.toLowerCase(), 'responses', String(status)];
	const described = pointer.reduce((x, key) => x[key], api);
	const media = type.replace(/;.*/, '');
	if (!described.content?.[media] && !described.content?.['*/*'])
		return complain(`${name}: the document knows no answer of type ${media}`, at);
	if (!/[/+]json$/.test(media) || o.operationId === 'server.openapi')
		return undefined;
	const value = JSON.parse(text);
	const check = ajvOf([...pointer, 'content', media, 'schema']);
	if (!check(value))
		for (const e of check.errors)
			complain(`${name} ${e.instancePath.replace(/\/\d+/g, '[]').replace(/\//g, '.')}: ${e.message} ${e.params.additionalProperty ?? e.params.allowedValues ?? ''}`, `${at}: ${JSON.stringify(e.instancePath.split('/').slice(1).reduce((x, key) => x?.[key], value)).slice(0, 200)}`);
	if (status < 400)
		keep(value);
	return undefined;
}

/* --- the proxy --- */

const { hostname, port } = new URL(server);
const agent = new http.Agent({ keepAlive: true });
const proxy = http.createServer((from, answer) => {
	const to = http.request({ hostname, port, agent, method: from.method, path: from.url, headers: from.headers }, (r) => {
		const parts = [];
		r.on('data', (part) => parts.push(part));
		r.on('end', () => {
			const body = Buffer.concat(parts);
			try {
				look(from.method, from.url, r.statusCode, r.headers['content-type'] ?? '', body.toString());
			} catch (e) {
				complain(`${from.method} ${from.url}: ${e.stack}`, '');
			}
			answer.writeHead(r.statusCode, r.headers);
			answer.end(body);
		});
	});
	to.on('error', (e) => complain(`the server: ${e.message}`, `${from.method} ${from.url}`));
	from.pipe(to);
});
await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${proxy.address().port}`;

let keys = 0;
async function ask(method, path, { token, cookie, body } = {}) {
	const headers = { 'Idempotency-Key': `"answers-${++keys}"` };
	if (token)
		headers.Authorization = `Bearer ${token}`;
	if (cookie !== undefined)
		Object.assign(headers, { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' });
	if (body)
		headers['Content-Type'] = 'application/json';
	const r = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
	const text = await r.text();
	return { status: r.status, cookie: r.headers.get('set-cookie')?.replace(/;.*/, ''), body: /[/+]json\b/.test(r.headers.get('content-type') ?? '') ? JSON.parse(text) : text };
}

/* --- every GET --- */

const valuesOf = (o, p) => {
	if (p.schema.enum)
		return p.schema.enum;
	if (p.schema.type === 'boolean')
		return ['true', 'false'];
	return [...(given[p.name] ?? []), ...(held.get(p.name) ?? [])];
};
const parametersOf = (o) => o.parameters.map((p) => (p.$ref ? p.$ref.slice(2).split('/').reduce((x, key) => x[key], api) : p)).filter((p) => p.in !== 'header');

/** Targets of an operation: the parameters that it must have, and each of the others with some value. */
function* targetsOf(o, most) {
	const all = parametersOf(o), must = all.filter((p) => p.required && p.name !== 'city');
	const lists = must.map((p) => valuesOf(o, p));
	const tries = must.length ? Math.min(most, lists.reduce((n, l) => n * l.length, 1)) : 1;
	const target = (values, more) => {
		let path = o.path.replace('{city}', '1');
		const query = new URLSearchParams(more);
		must.forEach((p, i) => (p.in === 'path' ? (path = path.replace(`{${p.name}}`, encodeURIComponent(values[i]))) : query.set(p.name, values[i])));
		return path + (query.size ? `?${query}` : '');
	};
	for (let n = 0; n < tries; n++) {
		/* spread over the whole of each list, the longest turning slowest */
		let k = n, values = [];
		const order = lists.map((l, i) => i).sort((a, b) => lists[a].length - lists[b].length);
		for (const i of order) {
			values[i] = lists[i][(order[order.length - 1] === i ? Math.floor((k * lists[i].length) / Math.max(1, Math.min(lists[i].length, most))) : k) % lists[i].length];
			k = order[order.length - 1] === i ? k : Math.floor(k / lists[i].length);
		}
		yield target(values, {});
		if (n === 0)
			for (const p of all.filter((x) => !x.required && x.name !== 'after'))
				for (const value of p.name === 'limit' ? [1] : valuesOf(o, p).slice(0, 20))
					yield target(values, { [p.name]: value });
	}
}

/** How often an operation is tried: an administrator sees most, others less of the same. */
async function askAll(how, most) {
	/* those that need the fewest values first: they bring what the others need */
	const gets = operations.filter((o) => o.method === 'GET').sort((a, b) => parametersOf(a).filter((p) => p.required).length - parametersOf(b).filter((p) => p.required).length);
	for (const o of gets)
		for (const target of targetsOf(o, most))
			await ask('GET', target, how);
}

/* --- every write: what a programme played from a seed does, and here what it does not --- */

async function did(method, path, body, how = { token: admin }) {
	const r = await ask(method, path, { ...how, body: method === 'GET' ? undefined : (body ?? {}) });
	if (r.status >= 400)
		complain(`${method} ${path}: ${r.status} ${r.body.detail ?? ''}`, JSON.stringify(body));
	return r.body ?? {};
}
const city = '/v1/cities/1/';
const list = async (path) => (await did('GET', city + path)).items ?? [];
const first = async (path, fits = () => true) => (await list(path)).find(fits) ?? {};
const part = (items) => ({ list: 'answers', version: '1', part: 1, parts: 1, items });

function play() {
	return new Promise((resolve, reject) => {
		const child = spawn(process.env.RELODE, ['simulate', '--server', base, '--auth', admin, '--count', '60', '--until', '40'], { stdio: ['ignore', 'ignore', 'inherit'] });
		child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`relode simulate ended with ${code}`))));
	});
}
async function catalogue() {
	const { items } = await did('GET', '/v1/catalogue/categories');
	await did('POST', '/v1/catalogue/categories', { ...part(items.map(({ code, name_en, name_zh, weee, unu_key, storage, battery, mass_mg, mass_source }) => ({ code, name_en, name_zh, weee, unu_key, storage, battery, mass_mg, mass_source }))), list: 'categories' });
	await did('POST', '/v1/catalogue/models', part([{ brand: 'Apple', name: 'iPhone 13', category: 'phone' }]));
	await did('POST', '/v1/catalogue/tacs', { ...part([{ tac: '00100102', brand: 'Apple', name: 'iPhone 13' }]), list: 'answers-tacs' });
}
/** A user of one's own, from the first day to the last; and a merchant's clerk, whose token is given back. */
async function users() {
	const { user } = await did('POST', '/v1/users', { login: 'someone', roles: 'clerk', password: 'not a secret' });
	await did('PUT', `/v1/users/${user}/roles`, { roles: 'clerk,technician' });
	await did('PUT', `/v1/users/${user}/password`, { password: 'another one, too' });
	const { number } = await did('POST', `/v1/users/${user}/tokens`, { label: 'answers' });
	await did('POST', `/v1/tokens/${number}/revoke`);
	const login = { login: 'someone', password: 'another one, too' };
	await did('POST', '/v1/login', login, {});
	const { cookie } = await ask('POST', '/v1/session', { cookie: '', body: login });
	await did('GET', '/v1/session', undefined, { cookie });
	await ask('DELETE', '/v1/session', { cookie });
	await did('POST', `/v1/users/${user}/disable`);
	await did('GET', '/v1/session', undefined, {});
	const shop = await first('parties?kind=organisation&role=merchant');
	const clerk = await did('POST', '/v1/users', { login: 'clerk', roles: 'clerk,technician,dismantler,buyer', org: shop.party, scope: 1 });
	return (await did('POST', `/v1/users/${clerk.user}/tokens`, { label: 'answers' })).token;
}
async function places() {
	await did('PATCH', city.slice(0, -1), { offer_days: 6 });
	const shop = await first('parties?kind=organisation&role=merchant');
	await did('PUT', `${city}parties/${shop.party}/roles`, { roles: 'merchant,buyer' });
	const { site } = await did('POST', `${city}sites`, { party: shop.party, kind: 'store', name: 'Corner', address: 'Street 1' });
	await did('PATCH', `${city}sites/${site}`, { name: 'Other corner' });
	await did('POST', `${city}sites/${site}/close`);
	const square = { type: 'Polygon', coordinates: [[[121, 31], [122, 31], [122, 32], [121, 32], [121, 31]]] };
	await did('POST', `${city}map`, { body: JSON.stringify({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: { code: 'A', name: 'A' }, geometry: square }] }) });
}
/** A guest books, and opens the order by its code and by its link. Gives back the cookie. */
async function guest() {
	const { model } = (await did('GET', '/v1/catalogue/models?q=iphone')).items[0];
	const { questions } = await did('GET', `${city}questions?category=phone`);
	const answers = questions.map((q) => `${q.code}:${q.answers[0].code}`).join(',');
	const quote = await did('GET', `${city}quote?model=${model}&storage_gb=128&answers=${encodeURIComponent(answers)}`, undefined, {});
	const site = await first('sites?kind=store');
	const book = () => did('POST', `${city}orders`, { name: 'Li', phone: '13800000000', channel: 'drop_off', site: site.site, items: [{ token: quote.token }] }, {});
	const order = await book();
	await ask('POST', `${city}order-session`, { cookie: '', body: { code: order.order_code, pin: '000000' } });
	await ask('POST', `${city}order-session`, { cookie: '', body: { code: order.order_code, pin: order.pin } });
	const open = (o) => ask('POST', `${city}order-session`, { cookie: '', body: { link: o.link } });
	const { cookie } = await open(order);
	await did('POST', `${city}orders/${order.order}/account`, { bank_account: 'SIM0002' }, { cookie });
	/* another device is left at the counter, and its price is put later */
	const kept = await book(), { item } = kept.items?.[0] ?? {};
	await did('POST', `${city}items/${item}/give`, { custody_only: true }, { cookie: (await open(kept)).cookie });
	await did('POST', `${city}items/${item}/take-in`);
	await did('POST', `${city}items/${item}/propose`, { stolen: 'clear' });
	return { cookie, order };
}
/** What may happen to a device in our hands, and is seldom. */
async function devices() {
	const [a, b, c] = await list('devices?state=erased'), site = a.site, on = (d) => `${city}devices/${d.device}/`;
	await did('POST', on(a) + 'weighings', { mass_mg: a.mass_mg + 1000 });
	await did('POST', on(a) + 'identifiers', { add: [{ kind: 'serial', value: 'ANSWERS1' }] });
	await did('POST', on(a) + 'media', { kind: 'card' });
	await did('POST', on(a) + 'hold', { reason: 'dispute' });
	await did('POST', on(a) + 'release');
	await did('POST', on(a) + 'lose');
	await did('POST', on(a) + 'find', { site });
	await did('POST', on(a) + 'merge', { same_as: b.device });
	await did('POST', on(a) + 'unmerge', { same_as: b.device });
	await did('POST', on(c) + 'recovery', { reason: 'recall' });
	const dismantler = (await first('batches')).dismantler, { batch } = await did('POST', city + 'batches', { site, dismantler, scale: 'S-1' });
	await did('POST', `${city}batches/${batch}/devices`, { device: c.device, scale_mg: c.mass_mg });
	await did('POST', `${city}batches/${batch}/gains`, { mass_mg: 1, reason: 'scale' });
}
async function sales() {
	/* few are photographed: those which were, wherever they are now */
	for (const { device } of [...(await list('devices?state=listed')), ...(await list('devices?state=delivered'))])
		for (const { evidence } of (await ask('GET', `${city}offers/${device}/photos`, { token: admin })).body.items ?? [])
			await did('GET', `${city}offers/${device}/photos/${evidence}`);
	const [a, b] = await list('devices?state=listed'), buyer = (await first('parties?kind=organisation&role=buyer')).party;
	await did('DELETE', `${city}devices/${a.device}/listing`);
	await did('POST', `${city}buyers/${buyer}/deposits`, { amount_minor: 5000000, reference: 'answers' });
	const { sale } = await did('POST', `${city}devices/${b.device}/sales`, { buyer });
	await did('POST', `${city}sales/${sale}/cancellation`);
	await did('POST', `${city}buyers/${buyer}/refunds`, { amount_minor: 1000, reference: 'answers-back' });
}
/** Items that end in another way than by being paid for. */
async function items() {
	const [a, b] = await list('items?state=offered'), item = (i) => `${city}items/${i.item}/`;
	await did('POST', item(a) + 'decline');
	await did('POST', item(a) + 'return-given');
	await did('POST', item(a) + 'return-failed', { reason: 'not_collected' });
	await did('POST', item(a) + 'return-given');
	await did('POST', item(a) + 'return-taken');
	await did('POST', `${city}devices/${b.device}/hold`, { reason: 'stolen_list' });
	await did('POST', `${city}devices/${b.device}/seize`);
	await did('POST', item(b) + 'seized');
	const lost = await first('items?state=in_custody');
	await did('POST', `${city}devices/${lost.device}/lose`);
	await did('POST', item(lost) + 'compensate');
	await did('POST', item({ item: (await first('exceptions?kind=booking_overdue')).id }) + 'lapse');
}
async function money() {
	const { payout } = await did('POST', city + 'payouts', { all_due: true });
	await did('POST', `${city}payouts/${payout}/cancel`, { reason: 'AC04' });
	await did('POST', city + 'exchanges', { from_currency: 'CNY', from_minor: 700, to_currency: 'EUR', to_minor: 100 });
	const { seq } = await did('POST', city + 'taxes/payments', { amount_minor: 1 });
	await did('POST', city + 'adjustments', { reverses: seq, reason: 'mistake' });
}
/** The last that is done: somebody is forgotten, and the city goes on by the world's clock. */
async function end(order) {
	await did('POST', `${city}items/${order.items?.[0].item}/cancel`);
	await did('POST', `${city}parties/${order.owner}/forget`);
	await did('POST', city + 'live');
}

await catalogue();
await play();
const clerk = await users();
await places();
const owner = await guest();
for (const some of [devices, sales, items, money])
	await some();
await askAll({ token: admin }, 15);
await askAll({ token: clerk }, 3);
await askAll({ cookie: owner.cookie }, 3);
await askAll({}, 2);
await end(owner.order);

const count = (method) => operations.filter((o) => (o.method === 'GET') === (method === 'GET') && o.ok).length;
for (const o of operations)
	o.ok || complain(`${o.operationId} was never answered`, 'each must be: see `did` for writes, `given` for what a GET needs');
proxy.close();
proxy.closeAllConnections();
agent.destroy();
for (const [what, where] of wrong)
	console.log(`${what}\n    ${where}`);
if (wrong.size)
	process.exit(1);
console.log(`ok ${count('GET')} GET operations answer what the OpenAPI document says, of every member and no other`);
console.log(`ok ${count('POST')} writes do, and their refusals`);
