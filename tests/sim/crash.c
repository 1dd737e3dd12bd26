/* crash: is anything lost when the server is killed? 64 clients write through HTTP, each write with an
 * Idempotency-Key of its own, while the server is killed (SIGKILL) at random moments, also while it starts.
 * After each kill
 *   - an audit that begins at the last trusted one holds, and is the next trusted one;
 *   - every answered write is in the log, as its answer said;
 *   - what else is new in the log was asked for: at most one entry for each write that had no answer;
 * and after each start every client asks its last answered write again (the same bytes must come) and then
 * the one that had no answer. At the end each entry belongs to exactly one answered write, and the whole
 * audit holds.
 *
 * With SERVERS 2 (PostgreSQL) two of them write to one database, each for half of the clients, which change
 * over at every start; both are killed, one a moment after the other.
 *
 *     crash RELODE WHERE KEYS WORK TOKEN SITE KILLS SEED SERVERS
 *
 * WHERE holds city 1, whose site SITE takes devices; WORK is a folder. The last line counts.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "codec/json.h"
#include "codec/sign.h"
#include "kernel/entry.h"
#include "kernel/log.h"
#include "programme/programme.h"

enum {
	CLIENTS = 64,
	SERVERS_MAX = 2,
	APART_MS = 50,    /* the second server is killed at most so long after the first */
	ALIVE_MS = 300,   /* killed at most so long after it listens */
	STARTING_MS = 60, /* or, one time in STARTING_ONE_IN, after it was started */
	STARTING_ONE_IN = 10,
	START_TIMEOUT_MS = 30000,
	DRAIN_TIMEOUT_MS = 60000,
	TEXT_MAX = 400,
	ANSWER_MAX = 4000,
	TELL_EVERY = 50
};
enum kind { REGISTER, BOOK, GIVE, TAKE_IN, KINDS };

static const char *const type_of[KINDS] = {"party.register", "tradein.book", "tradein.give",
					   "tradein.take_in"};
static const char *const id_of[KINDS] = {"party", "order", "item", "item"};

/* seq -1: not answered yet. id: the answer's number of the thing, which the entry must have too. */
struct write {
	int64_t seq, id;
	enum kind kind;
	int round;
};

struct asked {
	int64_t write; /* -1: none */
	char path[TEXT_MAX], body[TEXT_MAX], key[64];
	char answer[ANSWER_MAX];
};

struct client {
	CURL *easy;
	struct curl_slist *headers;
	int number;
	enum kind next;
	int64_t writes, owner, item;
	struct asked now, last; /* now.write >= 0: not answered */
	bool repeating, busy;
	char got[ANSWER_MAX];
	size_t n;
};

struct run {
	struct cx cx;
	struct domain domain;
	CURLM *multi;
	struct client client[CLIENTS];
	const char *relode, *where, *keys, *work, *token, *site;
	char url[SERVERS_MAX][100];
	uint64_t random;
	pid_t server[SERVERS_MAX];
	int servers, round;
	bool ending; /* clients finish what is open and begin nothing */
	struct write *write;
	int64_t writes, write_room, answered;
	int64_t *claimed; /* by seq: the write, or -1 */
	int64_t claim_room;
	int64_t base, size; /* of the log: before the first client, at the last look */
	int64_t kills, lost, doubled, audit_us;
};

static _Noreturn void die(const char *what, const char *why)
{
	printf("crash: %s: %s\n", what, why);
	exit(1);
}

static uint64_t next_random(struct run *r)
{
	uint64_t z = r->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void *grow(void *p, int64_t *room, int64_t need, size_t size)
{
	if (need <= *room)
		return p;
	*room = 2 * need + 1000;
	p = realloc(p, (size_t)*room * size);
	if (!p)
		die("memory", "none left");
	return p;
}

/* --- processes --- */

static pid_t start_program(struct run *r, const char *const *argv, int out, const char *err_file)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork", "failed");
	if (pid == 0) {
		int err = open(cx_printf(&r->cx, "%s/%s", r->work, err_file),
			       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a server does not outlive a test that failed */
		dup2(out, 1);
		dup2(err, 2);
		execv(r->relode, (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static void audit(struct run *r, const char *from, const char *save)
{
	char *out = cx_printf(&r->cx, "%s/audit.out", r->work);
	const char *argv[12] = {r->relode, "audit", "--db", r->where, "--keys", r->keys};
	int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), n = 6, status;
	int64_t begin = now_us();
	pid_t pid;

	if (from) {
		argv[n++] = "--from";
		argv[n++] = from;
	}
	if (save) {
		argv[n++] = "--save";
		argv[n++] = save;
	}
	pid = start_program(r, argv, fd, "audit.out");
	close(fd);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("the audit after a kill found something", out);
	r->audit_us += now_us() - begin;
}

/* Starts a server. false: it is to be killed before it listened (kill_at > 0). */
static bool start_server(struct run *r, int which, int64_t kill_at)
{
	const char *argv[] = {r->relode, "serve", "--db", r->where, "--keys", r->keys, "--listen",
			      "127.0.0.1:0", "--rate", "0", "--per-address", "1000", "--quiet", NULL};
	int64_t until = kill_at ? kill_at : now_us() + (int64_t)START_TIMEOUT_MS * 1000;
	char line[200] = "";
	int pipe_of[2];
	size_t n = 0;

	if (pipe2(pipe_of, O_CLOEXEC | O_NONBLOCK))
		die("pipe", "failed");
	r->server[which] = start_program(r, argv, pipe_of[1], "serve.err");
	close(pipe_of[1]);
	while (!strchr(line, '\n') && now_us() < until) {
		ssize_t got = read(pipe_of[0], line + n, sizeof(line) - 1 - n);
		if (got > 0)
			n += (size_t)got;
		else if (got == 0)
			break; /* it ended */
		else
			usleep(500);
	}
	close(pipe_of[0]);
	if (sscanf(line, "listening on %99s", r->url[which]) == 1)
		return true;
	if (!kill_at || waitpid(r->server[which], NULL, WNOHANG) == r->server[which])
		die("the server did not start", cx_printf(&r->cx, "see %s/serve.err", r->work));
	return false;
}

/* --- clients --- */

static void add_write(struct run *r, struct client *c)
{
	r->write = grow(r->write, &r->write_room, r->writes + 1, sizeof(*r->write));
	r->write[r->writes] = (struct write){.seq = -1, .kind = c->next, .round = r->round};
	c->now.write = r->writes++;
	c->writes++;
	snprintf(c->now.key, sizeof(c->now.key), "Idempotency-Key: \"c%d-%lld\"", c->number,
		 (long long)c->writes);
	snprintf(c->now.body, sizeof(c->now.body), "{}");
	switch (c->next) {
	case REGISTER:
		snprintf(c->now.path, TEXT_MAX, "/v1/cities/1/parties");
		snprintf(c->now.body, TEXT_MAX,
			 "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Owner %d-%lld\"}", c->number,
			 (long long)c->writes);
		break;
	case BOOK:
		snprintf(c->now.path, TEXT_MAX, "/v1/cities/1/orders");
		snprintf(c->now.body, TEXT_MAX,
			 "{\"owner\":%lld,\"site\":%s,\"items\":[{\"category\":\"phone\",\"storage_gb\":64,"
			 "\"age_months\":20}]}",
			 (long long)c->owner, r->site);
		break;
	case GIVE:
		snprintf(c->now.path, TEXT_MAX, "/v1/cities/1/items/%lld/give", (long long)c->item);
		break;
	case TAKE_IN:
	case KINDS:
		snprintf(c->now.path, TEXT_MAX, "/v1/cities/1/items/%lld/take-in", (long long)c->item);
		snprintf(c->now.body, TEXT_MAX, "{\"identifiers\":[]}");
		break;
	}
}

static size_t receive(char *p, size_t size, size_t n, void *arg)
{
	struct client *c = arg;

	if (c->n + size * n >= sizeof(c->got))
		return 0;
	memcpy(c->got + c->n, p, size * n);
	c->n += size * n;
	c->got[c->n] = 0;
	return size * n;
}

static void send_asked(struct run *r, struct client *c, const struct asked *a)
{
	char url[TEXT_MAX + 100];

	curl_slist_free_all(c->headers);
	c->headers = curl_slist_append(NULL, r->token);
	c->headers = curl_slist_append(c->headers, "Content-Type: application/json");
	c->headers = curl_slist_append(c->headers, a->key);
	snprintf(url, sizeof(url), "%s%s", r->url[(c->number + r->round) % r->servers], a->path);
	curl_easy_setopt(c->easy, CURLOPT_URL, url);
	curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, a->body);
	c->n = 0;
	c->got[0] = 0;
	c->busy = true;
	curl_multi_add_handle(r->multi, c->easy);
}

static void next_step(struct run *r, struct client *c)
{
	if (c->repeating) {
		send_asked(r, c, &c->last);
		return;
	}
	if (c->now.write < 0) {
		if (r->ending)
			return;
		add_write(r, c);
	}
	send_asked(r, c, &c->now);
}

static int64_t int_of(struct run *r, const struct json *answer, const char *name, const char *text)
{
	const struct json *v = json_get(answer, name);

	(void)r;
	if (!v || v->type != JSON_INT)
		die("an answer without what it should have", text);
	return v->number;
}

/* The write has its answer: its entry is its own. */
static void claim(struct run *r, struct write *w, int64_t index, int64_t seq)
{
	int64_t before = r->claim_room;

	r->claimed = grow(r->claimed, &r->claim_room, seq + 1, sizeof(*r->claimed));
	for (int64_t i = before; i < r->claim_room; i++)
		r->claimed[i] = -1;
	if (r->claimed[seq] >= 0 && r->claimed[seq] != index)
		die("two keys were answered with one entry", type_of[w->kind]);
	r->claimed[seq] = index;
	w->seq = seq;
}

static void learn(struct run *r, struct client *c)
{
	struct write *w = &r->write[c->now.write];
	struct cx_mark mark = cx_mark(&r->cx);
	struct json *answer;
	int64_t device = 0;

	if (json_parse(&r->cx, c->got, c->n, &json_limits_request, &answer))
		die("an answer that is no JSON", c->got);
	claim(r, w, c->now.write, int_of(r, answer, "seq", c->got));
	switch (w->kind) {
	case REGISTER:
		w->id = c->owner = int_of(r, answer, "party", c->got);
		break;
	case BOOK:
		w->id = int_of(r, answer, "order", c->got);
		c->item = int_of(r, json_get(answer, "items")->item[0], "item", c->got);
		break;
	case TAKE_IN:
		device = int_of(r, answer, "device", c->got);
		w->id = device ? c->item : 0;
		break;
	case GIVE:
	case KINDS:
		w->id = c->item;
		break;
	}
	cx_restore(&r->cx, mark);
	r->answered++;
	c->last = c->now;
	memcpy(c->last.answer, c->got, sizeof(c->got));
	c->now.write = -1;
	c->next = (c->next + 1) % KINDS;
}

static void finished(struct run *r, struct client *c, CURLcode code)
{
	long status = 0;

	c->busy = false;
	curl_multi_remove_handle(r->multi, c->easy);
	curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code || status == 503)
		return; /* no answer: asked again */
	if (status < 200 || status > 299)
		die("refused", c->got);
	if (!c->repeating) {
		learn(r, c);
		return;
	}
	if (strcmp(c->got, c->last.answer) != 0)
		die("asked again with its key a write has another answer",
		    cx_printf(&r->cx, "%s then, %s now", c->last.answer, c->got));
	c->repeating = false;
}

/* Until the time and so many answered writes; when ending or killed, until nothing is open. */
static void drive(struct run *r, int64_t until_us, int64_t least, bool killed)
{
	int64_t give_up_us = now_us() + (int64_t)DRAIN_TIMEOUT_MS * 1000;
	int running = 1, left;

	while (now_us() < until_us || (r->answered < least && now_us() < give_up_us)) {
		bool open = false;
		for (int i = 0; i < CLIENTS && !killed; i++)
			if (!r->client[i].busy)
				next_step(r, &r->client[i]);
		curl_multi_perform(r->multi, &running);
		for (CURLMsg *m; (m = curl_multi_info_read(r->multi, &left));)
			if (m->msg == CURLMSG_DONE) {
				struct client *c;
				CURLcode code = m->data.result;
				curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
				finished(r, c, code);
			}
		for (int i = 0; i < CLIENTS; i++)
			open |= r->client[i].busy ||
				(!killed && (r->client[i].repeating || r->client[i].now.write >= 0));
		if (!open && (r->ending || killed))
			return;
		curl_multi_poll(r->multi, NULL, 0, 1, NULL);
	}
	if (r->ending || killed)
		die("clients without end", r->url[0]);
}

/* --- looking --- */

static struct db *open_books(struct run *r)
{
	struct db *db;

	if (db_open(&r->cx, r->where, DB_READ_ONLY, &db))
		die("open", r->cx.msg);
	return db;
}

static bool entry_is(struct run *r, struct db *db, const struct write *w)
{
	struct cx_mark mark = cx_mark(&r->cx);
	const struct field *f;
	struct entry e;
	bool is = false;

	if (!entry_read(&r->cx, db, &r->domain, 1, w->seq, &e)) {
		f = field_find(e.action->fields, id_of[w->kind]);
		is = strcmp(e.type, type_of[w->kind]) == 0 && f && field_value(f, e.rec).i == w->id;
	} else if (r->cx.err != ERR_NOT_FOUND) {
		die("read an entry", r->cx.msg); /* what cannot be looked at is not lost yet */
	}
	cx_clear(&r->cx);
	cx_restore(&r->cx, mark);
	return is;
}

/* What the log has gained since the last look. */
static void look(struct run *r)
{
	int64_t orphans[KINDS] = {0}, open[KINDS] = {0}, size;
	struct cx_mark mark = cx_mark(&r->cx);
	struct db *db = open_books(r);

	if (db_one_i64(&r->cx, db, &size, "SELECT size FROM log_head WHERE city = 1", DB_NONE))
		die("log_head", r->cx.msg);
	for (int64_t i = 0; i < r->writes; i++) {
		const struct write *w = &r->write[i];
		if (w->seq < 0)
			open[w->kind]++;
		else if ((w->seq >= r->size || r->ending) && !entry_is(r, db, w))
			r->lost++;
	}
	for (int64_t seq = r->size; seq < size; seq++) {
		struct cx_mark here = cx_mark(&r->cx);
		struct entry e;
		int k = 0;
		if (seq < r->claim_room && r->claimed[seq] >= 0)
			continue;
		if (entry_read(&r->cx, db, &r->domain, 1, seq, &e))
			die("read an entry", r->cx.msg);
		while (k < KINDS && strcmp(e.type, type_of[k]) != 0)
			k++;
		if (k == KINDS)
			die("an entry of a kind that nobody asked for", e.type);
		orphans[k]++;
		cx_restore(&r->cx, here);
	}
	for (int k = 0; k < KINDS; k++)
		if (orphans[k] > open[k])
			r->doubled += orphans[k] - open[k];
	db_close(db);
	r->size = size;
	cx_restore(&r->cx, mark);
}

/* All clients have their answers: every entry is somebody's. */
static void settle_up(struct run *r)
{
	for (int64_t seq = r->base; seq < r->size; seq++)
		if (seq >= r->claim_room || r->claimed[seq] < 0)
			r->doubled++;
	for (int64_t i = 0; i < r->writes; i++)
		if (r->write[i].seq < 0)
			die("a write was never answered", type_of[r->write[i].kind]);
}

/* --- rounds --- */

static void one_kill(struct run *r)
{
	bool early = next_random(r) % STARTING_ONE_IN == 0;
	/* or not before as many new writes as there are clients, else a slow machine has none */
	bool busy = next_random(r) % 2 == 0;
	int started = 0;
	int64_t after = (int64_t)(next_random(r) % (1000 * (uint64_t)(early ? STARTING_MS : ALIVE_MS))) + 1;

	for (int i = 0; i < CLIENTS; i++)
		r->client[i].repeating = r->client[i].last.write >= 0;
	while (started < r->servers && start_server(r, started, early ? now_us() + after : 0))
		started++;
	if (started == r->servers)
		drive(r, now_us() + after, busy ? r->answered + CLIENTS : 0, false);
	for (int i = 0; i < r->servers && i <= started; i++) {
		if (i && started == r->servers) /* half of the clients go on without the first */
			drive(r, now_us() + (int64_t)(next_random(r) % (1000 * APART_MS)), 0, false);
		kill(r->server[i], SIGKILL);
		waitpid(r->server[i], NULL, 0);
	}
	drive(r, now_us() + (int64_t)DRAIN_TIMEOUT_MS * 1000, 0, true); /* what was answered comes yet */
	r->kills++;
}

static void last_round(struct run *r)
{
	r->ending = true;
	for (int i = 0; i < CLIENTS; i++)
		r->client[i].repeating = r->client[i].last.write >= 0;
	for (int i = 0; i < r->servers; i++)
		start_server(r, i, 0);
	drive(r, now_us() + (int64_t)DRAIN_TIMEOUT_MS * 1000, 0, false);
	for (int i = 0, status; i < r->servers; i++) {
		kill(r->server[i], SIGTERM);
		if (waitpid(r->server[i], &status, 0) != r->server[i] || status != 0)
			die("the server did not end well", r->work);
	}
}

static void make_clients(struct run *r)
{
	r->multi = curl_multi_init();
	for (int i = 0; i < CLIENTS; i++) {
		struct client *c = &r->client[i];
		c->easy = curl_easy_init();
		c->number = i;
		c->now.write = c->last.write = -1;
		curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, receive);
		curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
		curl_easy_setopt(c->easy, CURLOPT_PRIVATE, c);
		curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	}
}

static int64_t log_size(struct run *r)
{
	struct db *db = open_books(r);
	int64_t size;

	if (db_one_i64(&r->cx, db, &size, "SELECT size FROM log_head WHERE city = 1", DB_NONE))
		die("log_head", r->cx.msg);
	db_close(db);
	return size;
}

int main(int argc, char **argv)
{
	static struct run r;
	const char *trusted;
	int64_t kills;

	if (argc != 10 || (kills = strtoll(argv[7], NULL, 10)) < 1 ||
	    (r.servers = (int)strtol(argv[9], NULL, 10)) < 1 || r.servers > SERVERS_MAX) {
		fprintf(stderr, "usage: crash RELODE WHERE KEYS WORK TOKEN SITE KILLS SEED SERVERS\n");
		return 2;
	}
	sign_setup();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	cx_init(&r.cx, (size_t)1 << 30);
	if (domain_init(&r.cx, &r.domain, programme_features))
		die("declarations", r.cx.msg);
	r.relode = argv[1];
	r.where = argv[2];
	r.keys = argv[3];
	r.work = argv[4];
	r.token = cx_printf(&r.cx, "Authorization: Bearer %s", argv[5]);
	r.site = argv[6];
	r.random = strtoull(argv[8], NULL, 10);
	trusted = cx_printf(&r.cx, "%s/trusted", r.work);
	make_clients(&r);
	r.base = r.size = log_size(&r);
	audit(&r, NULL, trusted);
	r.audit_us = 0;
	while (r.kills < kills) {
		r.round++;
		one_kill(&r);
		audit(&r, trusted, trusted);
		look(&r);
		if (r.lost || r.doubled)
			break;
		if (r.kills % TELL_EVERY == 0)
			fprintf(stderr, "%lld kills, %lld answered writes, audits of %lld ms\n",
				(long long)r.kills, (long long)r.answered,
				(long long)(r.audit_us / r.kills / 1000));
	}
	last_round(&r);
	look(&r);
	settle_up(&r);
	audit(&r, NULL, NULL);
	printf("%lld kills, %lld answered writes, %lld lost, %lld doubled\n", (long long)r.kills,
	       (long long)r.answered, (long long)r.lost, (long long)r.doubled);
	return r.lost || r.doubled || r.answered == 0;
}
