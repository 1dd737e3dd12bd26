// writers.mjs: many clients that write at the same time and note what they were told.
//
//   node tests/sim/writers.mjs --token T --out FILE --clients N --seconds S [--prefix P] URL...
//
// Each client registers party after party in city 1, each with a key of its own as Idempotency-Key and as
// public name. What is not answered (no connection, 503, 500, 429) is asked again with the same key, of the
// next URL in turn, for RETRY_S at most; so a client goes on over the death of a server or its database. FILE
// gets a line "KEY PARTY SEQ" for each answer. After S seconds, or SIGTERM, each client ends what it has begun.
// Prints one line of JSON: answered, retried (asked again), replayed (told that it had been done before),
// longest_ms (from the first try of an action to its answer). Exits 1 when one was refused or given up.
import { createWriteStream } from 'node:fs';
import { Agent, request } from 'node:http';
import { parseArgs } from 'node:util';

const RETRY_S = 60;
const PAUSE_MS = 50;
const TIMEOUT_MS = 20000;

const { values: o, positionals: urls } = parseArgs({
	allowPositionals: true,
	options: {
		token: { type: 'string' },
		out: { type: 'string' },
		clients: { type: 'string' },
		seconds: { type: 'string' },
		prefix: { type: 'string', default: 'k' },
	},
});
const out = createWriteStream(o.out, { flags: 'a' });
const agent = new Agent({ keepAlive: true, maxSockets: Number(o.clients) });
let end = Date.now() + Number(o.seconds) * 1000;
const counts = { answered: 0, retried: 0, replayed: 0, longest_ms: 0 };
let failed = false;
process.on('SIGTERM', () => { end = 0; });

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function post(url, key) {
	const body = JSON.stringify({ kind: 'organisation', roles: 'buyer', public_name: key });
	return new Promise((done) => {
		const ask = request(`${url}/v1/cities/1/parties`, {
			agent,
			method: 'POST',
			timeout: TIMEOUT_MS,
			headers: {
				Authorization: `Bearer ${o.token}`,
				'Content-Type': 'application/json',
				'Content-Length': Buffer.byteLength(body),
				'Idempotency-Key': `"${key}"`,
			},
		});
		ask.on('timeout', () => ask.destroy());
		ask.on('error', () => done({ status: 0 }));
		ask.on('response', (answer) => {
			let text = '';
			answer.on('data', (part) => { text += part; });
			answer.on('error', () => done({ status: 0 }));
			answer.on('end', () => done({ status: answer.complete ? answer.statusCode : 0, text }));
		});
		ask.end(body);
	});
}

async function act(key, turn) {
	const begin = Date.now();
	for (let n = 0; ; n++) {
		const { status, text } = await post(urls[(turn + n) % urls.length], key);
		if (status === 200 || status === 201) {
			const answer = JSON.parse(text);
			out.write(`${key} ${answer.party} ${answer.seq}\n`);
			counts.answered++;
			counts.replayed += status === 200;
			counts.longest_ms = Math.max(counts.longest_ms, Date.now() - begin);
			return;
		}
		if (![0, 429, 500, 503].includes(status) || Date.now() - begin > RETRY_S * 1000) {
			console.error(`${key}: ${status} ${text ?? 'no answer'}`);
			failed = true;
			return;
		}
		counts.retried++;
		await sleep(PAUSE_MS);
	}
}

async function client(c) {
	for (let n = 0; Date.now() < end && !failed; n++)
		await act(`${o.prefix}-${c}-${n}`, c + n);
}

await Promise.all(Array.from({ length: Number(o.clients) }, (_, c) => client(c)));
agent.destroy();
await new Promise((done) => out.end(done));
console.log(JSON.stringify(counts));
process.exit(failed ? 1 : 0);
