/* The Nth read, write, truncation, sync or opening of a file fails, or the Nth of SQLite's allocations, for
 * N = 1, 2, … until none does; the disk is full, or cannot be written, for a while; the power goes at the Nth
 * change. An action is done whole or not at all, an answered one is there for ever, and the books hold. Of
 * each kind of files one: the books alone; the key store, where a key is made, and where one is destroyed;
 * evidence, whose files are the program's own (the linker puts this test's write and its kin there).
 *
 * RELODE_FAULTS=all tries every N, and the power several times at each; else one N in a few. */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/sign.h"
#include "db/migrations.h"
#include "fault_vfs.h"
#include "kit.h"
#include "programme/evidence/evidence.h"
#include "server/node.h"

enum {
	MANY = 12,          /* of a batch */
	WRITES = 6,         /* of a process whose power goes */
	APART = 3,          /* of them, that are settled together */
	CHECKPOINT_PAGES = 6,
	N_MAX = 100000,     /* more calls than any case makes */
	HOUSE_FAULTS = 64,  /* in one house */
	SITE = 3, OWNER = 4, /* made first */
	GUESTS = 100, GUEST = 5, ORDER = GUEST + GUESTS, /* people to be forgotten; a booking */
	KINDS = 5,          /* of actions */
	PATH_BYTES = 128,
	FILE_MAX = 64 << 20
};

/* A programme in files, opened by hand so that opening may fail too. */
struct house {
	struct cx cx;
	struct db *db;
	struct domain domain;
	struct keys *keys;
	struct writer *writer;
	char dir[64], books[PATH_BYTES], secrets[PATH_BYTES];
	int64_t now_us;
};

static int64_t house_clock(void *arg)
{
	return ((struct house *)arg)->now_us;
}

static bool thorough(void)
{
	const char *all = getenv("RELODE_FAULTS");

	return all && strcmp(all, "all") == 0;
}

static void house_close(struct house *h)
{
	writer_free(h->writer);
	keys_close(h->keys);
	db_close(h->db);
	h->writer = NULL;
	h->keys = NULL;
	h->db = NULL;
	cx_done(&h->cx);
}

static enum err house_open(struct house *h, bool create)
{
	enum err err;

	cx_init(&h->cx, 0);
	h->cx.clock = house_clock;
	h->cx.clock_arg = h;
	err = db_open(&h->cx, h->books, create ? DB_CREATE : 0, &h->db);
	if (!err && create)
		err = db_migrate(&h->cx, h->db, relode_migrations, relode_migration_count);
	if (!err)
		err = domain_init(&h->cx, &h->domain, programme_features);
	if (!err)
		err = keys_open(&h->cx, h->secrets, create, &h->keys);
	if (!err)
		err = writer_new(&h->cx, h->db, &h->domain, h->keys, 1, &h->writer);
	return err;
}

/* --- calls of the program's own files --- */

static long file_calls, file_fails_at;

static bool file_due(void)
{
	if (++file_calls != file_fails_at)
		return false;
	errno = EIO;
	return true;
}

#define STANDS_FOR(type, f, params, args)                                                           \
	type __real_##f params;                                                                     \
	type __wrap_##f params;                                                                     \
	type __wrap_##f params                                                                      \
	{                                                                                           \
		return file_due() ? -1 : __real_##f args;                                           \
	}

STANDS_FOR(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
STANDS_FOR(int, fsync, (int fd), (fd))
STANDS_FOR(int, fchmod, (int fd, mode_t mode), (fd, mode))
STANDS_FOR(int, mkdir, (const char *path, mode_t mode), (path, mode))
STANDS_FOR(int, rename, (const char *from, const char *to), (from, to))

/* What the nth action is: a person, with sealed data; a booking, with promises of money; a setting; a person
 * forgotten; a document. */
static const char *nth_action(struct cx *cx, int nth, char **text)
{
	switch (nth % KINDS) {
	case 0:
		*text = cx_printf(cx, "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li %d\","
				      "\"phone\":\"+86138%08d\"}", nth, nth);
		return "party.register";
	case 1:
		*text = cx_printf(cx,
				  "{\"owner\":%d,\"site\":%d,\"netted\":true,"
				  "\"purchase_minor\":500000,\"items\":["
				  "{\"category\":\"phone\",\"storage_gb\":64,\"age_months\":%d}]}",
				  OWNER, SITE, 10 + nth % 20);
		return "tradein.book";
	case 2:
		*text = cx_printf(cx, "{\"offer_days\":%d}", 1 + nth % 20);
		return "city.settings";
	case 3:
		*text = cx_printf(cx, "{\"party\":%d}", GUEST + nth / KINDS % GUESTS);
		return "party.forget";
	default:
		*text = cx_printf(cx, "{\"order\":%d,\"content\":\"JVBERi0xLjQKZW1wdHkK\"}", ORDER);
		return "evidence.add";
	}
}

static void house_ask(struct house *h, struct cx *cx, int nth, struct request *q)
{
	struct json *body;
	const char *type;
	char *text;

	cx_init(cx, 0);
	cx->clock = house_clock;
	cx->clock_arg = h;
	type = nth_action(cx, nth, &text);
	assert_int_equal(json_parse(cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(request_read(cx, &h->domain, type, 1, body, q), ERR_OK);
	q->who = (struct principal){.user = 1, .roles = (ROLE_ADMIN << 1) - 1};
	q->idem_key = cx_printf(cx, "key-%d", nth);
	q->happened_us = h->now_us;
}

static void told_as_it_is(const struct request *q)
{
	if (q->err && q->err != ERR_DB && q->err != ERR_IO && q->err != ERR_BUSY && q->err != ERR_MEMORY &&
	    q->err != ERR_CORRUPT)
		fail_msg("%s: a fault of the machine is told as %s: %s", q->action->type, err_slug(q->err),
			 q->cx->msg);
}

/* The nth action with a key of its own; *seq is of its entry. */
static enum err house_act(struct house *h, int nth, int64_t *seq)
{
	struct request q, *list[1] = {&q};
	struct cx cx;

	house_ask(h, &cx, nth, &q);
	writer_run(h->writer, list, 1);
	told_as_it_is(&q);
	if (!q.err)
		*seq = q.entry.seq;
	cx_done(&cx);
	return q.err;
}

/* To set the house up, so many times in one batch: nothing fails. */
static void house_do_many(struct house *h, int64_t city, const char *type, const char *text, size_t n)
{
	struct request q[GUESTS + 1], *list[GUESTS + 1];
	struct json *body;
	struct writer *w;

	assert_int_equal(json_parse(&h->cx, text, strlen(text), &json_limits_file, &body), ERR_OK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(request_read(&h->cx, &h->domain, type, city, body, &q[i]), ERR_OK);
		q[i].who = (struct principal){.user = 1, .roles = (ROLE_ADMIN << 1) - 1};
		q[i].happened_us = h->now_us;
		list[i] = &q[i];
	}
	assert_int_equal(writer_new(&h->cx, h->db, &h->domain, h->keys, city, &w), ERR_OK);
	writer_run(w, list, n);
	for (size_t i = 0; i < n; i++)
		if (q[i].err)
			fail_msg("%s: %s", type, h->cx.msg);
	writer_free(w);
}

static void house_do(struct house *h, int64_t city, const char *type, const char *text)
{
	house_do_many(h, city, type, text, 1);
}

static void publish(struct house *h, const char *kind, const char *file)
{
	struct sb sb;
	char *text;
	size_t n;

	assert_int_equal(file_read(&h->cx, file, 1 << 20, &text, &n), ERR_OK);
	sb_init(&sb, &h->cx, 4 << 20);
	json_quote(&sb, text, n);
	house_do(h, 0, "rule.publish",
		 cx_printf(&h->cx, "{\"kind\":\"%s\",\"name\":\"default\",\"body\":%s}", kind, sb.data));
}

static void furnish(struct house *h)
{
	static const char city[] =
		"{\"city\":%d,\"name\":\"X\",\"time_zone\":\"Etc/UTC\",\"currency\":\"CNY\"}";

	house_do(h, 0, "city.open", cx_printf(&h->cx, city, 0));
	house_do(h, 1, "city.open", cx_printf(&h->cx, city, 1));
	publish(h, "price_list", "data/rules/price_list.default.json");
	publish(h, "rubric", "data/rules/rubric.default.json");
	house_do(h, 0, "catalogue.categories",
		 "{\"list\":\"categories\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
		 "{\"code\":\"phone\",\"name_en\":\"phone\",\"name_zh\":\"手机\",\"weee\":6,"
		 "\"unu_key\":\"0306\",\"storage\":true,\"battery\":true,"
		 "\"mass_mg\":180000,\"mass_source\":\"test\"}]}");
	house_do(h, 1, "party.register",
		 "{\"kind\":\"organisation\",\"roles\":\"merchant,retailer\",\"public_name\":\"Shop\"}");
	house_do(h, 1, "party.site_open",
		 "{\"party\":2,\"kind\":\"store\",\"name\":\"Shop\",\"address\":\"1 Road\","
		 "\"lat_e6\":31000000,\"lon_e6\":121000000,\"hours\":\"Mo-Su 00:00-24:00\"}");
	house_do_many(h, 1, "party.register",
		      "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"Li\"}", 1 + GUESTS);
	house_do(h, 1, "tradein.book",
		 cx_printf(&h->cx,
			   "{\"owner\":%d,\"site\":%d,\"netted\":true,\"purchase_minor\":500000,"
			   "\"items\":[{\"category\":\"phone\",\"storage_gb\":64,\"age_months\":9}]}",
			   OWNER, SITE));
}

static void house_make(struct house *h)
{
	memset(h, 0, sizeof(*h));
	sign_setup();
	h->now_us = KIT_START;
	snprintf(h->dir, sizeof(h->dir), "/tmp/relode-faults-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	snprintf(h->books, sizeof(h->books), "%s/books", h->dir);
	snprintf(h->secrets, sizeof(h->secrets), "%s/keys", h->dir);
	if (house_open(h, true))
		fail_msg("%s", h->cx.msg);
	assert_int_equal(evidence_open(&h->cx, cx_printf(&h->cx, "%s/evidence", h->dir)), ERR_OK);
	furnish(h);
	house_close(h); /* and reads again what a writer knows of its city */
	if (house_open(h, false))
		fail_msg("%s", h->cx.msg);
}

static void house_remove(struct house *h)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", h->dir);
	assert_int_equal(system(command), 0);
}

static void must_open(struct house *h)
{
	if (house_open(h, false))
		fail_msg("it cannot be opened afterwards: %s", h->cx.msg);
}

static int64_t log_size(struct house *h)
{
	int64_t size;

	cx_clear(&h->cx);
	if (db_one_i64(&h->cx, h->db, &size, "SELECT size FROM log_head WHERE city = 1", DB_NONE))
		fail_msg("%s", h->cx.msg);
	return size;
}

static void must_hold(struct house *h)
{
	const struct audit_options o = {.city = -1};
	struct cx_mark mark = cx_mark(&h->cx);
	struct audit_result *r = cx_alloc(&h->cx, sizeof(*r));

	cx_clear(&h->cx);
	assert_non_null(r);
	if (audit_run(&h->cx, h->db, &h->domain, h->keys, &o, r))
		fail_msg("the audit did not run: %s", h->cx.msg);
	if (r->findings)
		fail_msg("%s", r->finding[0].text);
	cx_restore(&h->cx, mark);
}

/* --- calls that fail --- */

/* One action, from opening the files, with a fault at the nth call. False: none was met. */
static bool one_fault(struct house *h, unsigned ops, long nth, int action, bool lasting, enum fault_how how)
{
	int64_t before = log_size(h), after, seq = -1;
	enum err err;

	house_close(h);
	fault_vfs_fail(ops, nth, lasting, how);
	err = house_open(h, false);
	if (!err)
		err = house_act(h, action, &seq);
	if (fault_vfs_fail(0, 0, false, FAULT_ERROR) == 0) {
		assert_int_equal(err, ERR_OK);
		assert_int_equal(log_size(h), before + 1);
		return false;
	}
	if (err && h->writer) { /* the same process goes on, once the machine is well again */
		int64_t again = -1;
		assert_int_equal(house_act(h, action, &again), ERR_OK);
	} else if (err) {
		house_close(h);
		must_open(h);
		after = log_size(h);
		assert_int_equal(after, before);
		return true;
	}
	assert_int_equal(log_size(h), before + 1); /* once, whether it was told or not */
	return true;
}

/* A person's data can be read: its key survived with it; and those of one who was forgotten no more. */
static void read_people(struct house *h)
{
	db_auto_rows *rows = NULL;

	cx_clear(&h->cx);
	if (db_query(&h->cx, h->db, &rows,
		     "SELECT v.city, v.subject, v.sealed, p.forgotten_us FROM vault v JOIN party p "
		     "ON p.city = v.city AND p.party = v.subject / $1 ORDER BY v.seq, v.n",
		     DB_ARGS(db_i64(DOMAIN_CODES))))
		fail_msg("%s", h->cx.msg);
	while (db_next(&h->cx, rows)) {
		struct reader r = {.db = h->db, .domain = &h->domain, .keys = h->keys, .city = 1};
		enum err want = db_is_null(rows, 3) ? ERR_OK : ERR_GONE;
		size_t n;
		const void *p = db_get_blob(rows, 2, &n);
		struct bytes plain;
		if (reader_unseal(&h->cx, &r, db_get_i64(rows, 0), db_get_i64(rows, 1), (struct bytes){p, n},
				  &plain) != want)
			fail_msg("a person's data: wanted %s, and it is %s: %s", err_slug(want),
				 err_slug(h->cx.err), h->cx.msg);
		cx_clear(&h->cx);
	}
}

static void leave(struct house *h)
{
	house_close(h);
	must_open(h);
	must_hold(h);
	read_people(h);
	house_close(h);
	house_remove(h);
}

/* Of one kind of action. Another house now and then: each audit reads a house's whole book. */
static void every_call_of(int kind, unsigned ops, bool lasting, enum fault_how how, long step, long least)
{
	struct house h;
	long n = 1, met = 0;

	house_make(&h);
	for (int action = kind;; n += step, action += KINDS) {
		assert_true(n < N_MAX);
		if (!one_fault(&h, ops, n, action, lasting, how))
			break;
		if (++met % 8 == 0)
			must_hold(&h);
		if (met % HOUSE_FAULTS)
			continue;
		leave(&h);
		house_make(&h);
	}
	assert_true(met * step >= least);
	leave(&h);
}

static void every_call(unsigned ops, bool lasting, enum fault_how how, long step, long least)
{
	for (int kind = 0; kind < KINDS; kind++)
		every_call_of(kind, ops, lasting, how, step, least);
}

static void the_nth_call_fails(void **state)
{
	(void)state;
	every_call(FAULT_ANY, false, FAULT_ERROR, thorough() ? 1 : 13, 30);
	every_call(FAULT_SYNC, false, FAULT_ERROR, 1, 2);
	for (int cut = 0; cut <= FAULT_CUTS; cut += thorough() ? 1 : FAULT_CUTS) {
		fault_vfs_cut(cut);
		every_call(FAULT_WRITE, false, FAULT_ERROR, 1, 2);
	}
}

static void sqlite_has_no_memory(void **state)
{
	(void)state;
	every_call(FAULT_MEMORY, false, FAULT_ERROR, thorough() ? 1 : 601, 500);
}

static void the_disk_is_full_for_a_while(void **state)
{
	(void)state;
	fault_vfs_cut(FAULT_CUTS / 2);
	every_call(FAULT_WRITE, true, FAULT_FULL, 1, 2);
}

static void the_disk_cannot_be_written_for_a_while(void **state)
{
	(void)state;
	every_call(FAULT_WRITE | FAULT_TRUNCATE, true, FAULT_READ_ONLY, 1, 2);
}

/* A document's own file: what is half written is never named by an entry. */
static void the_nth_call_of_a_document_fails(void **state)
{
	struct house h;
	long n = 1;

	(void)state;
	house_make(&h);
	for (int action = KINDS - 1;; n++, action += KINDS) {
		int64_t before = log_size(&h), seq = -1;
		enum err err;
		file_calls = 0;
		file_fails_at = n;
		err = house_act(&h, action, &seq);
		file_fails_at = 0;
		if (file_calls < n)
			break;
		assert_int_equal(err, ERR_IO);
		assert_int_equal(log_size(&h), before);
		assert_int_equal(house_act(&h, action, &seq), ERR_OK);
		assert_int_equal(log_size(&h), before + 1);
		must_hold(&h);
	}
	assert_true(n > 5);
	leave(&h);
}

/* --- a batch --- */

/* Many at once, the nth call fails: each is done and told so, or not done. */
static bool one_fault_of_many(struct house *h, long nth, int first)
{
	struct request q[MANY], *list[MANY];
	int64_t before = log_size(h);
	struct cx cx[MANY];
	int done = 0;
	bool met;

	for (int i = 0; i < MANY; i++) {
		house_ask(h, &cx[i], first + i, &q[i]);
		list[i] = &q[i];
	}
	fault_vfs_fail(FAULT_ANY, nth, false, FAULT_ERROR);
	writer_run(h->writer, list, MANY);
	met = fault_vfs_fail(0, 0, false, FAULT_ERROR) > 0;
	for (int i = 0; i < MANY; i++) {
		told_as_it_is(&q[i]);
		if (q[i].err && strncmp(cx[i].msg, "recorded as entry", 17) == 0)
			q[i].err = ERR_OK; /* what follows it comes at the next start */
		done += !q[i].err;
		if (!q[i].err)
			assert_int_equal(q[i].entry.seq, before + done - 1);
		cx_done(&cx[i]);
	}
	assert_int_equal(log_size(h), before + done);
	assert_true(done >= MANY - 1); /* one at most suffers for one fault */
	return met;
}

static void a_fault_spares_the_others(void **state)
{
	long n = 1, step = thorough() ? 1 : 2;
	struct house h;

	(void)state;
	house_make(&h);
	for (int first = 0; one_fault_of_many(&h, n, first); first += MANY, n += step)
		must_hold(&h);
	assert_true(n > 2 * step);
	house_close(&h);
	house_remove(&h);
}

/* --- power --- */

static void copy_to(const char *path, const char *from)
{
	struct cx cx;
	char *data;
	size_t n;

	cx_init(&cx, FILE_MAX);
	if (file_read(&cx, from, FILE_MAX, &data, &n) || file_replace(&cx, path, data, n, 0600))
		fail_msg("%s", cx.msg);
	cx_done(&cx);
}

/* A fresh copy of the house beside it, without what SQLite keeps beside a file. */
static void house_copy(struct house *copy, const struct house *h)
{
	static const char *const beside[] = {"copy-wal", "copy-shm", "copy-keys-wal", "copy-keys-shm"};

	*copy = (struct house){.now_us = h->now_us};
	snprintf(copy->books, sizeof(copy->books), "%s/copy", h->dir);
	snprintf(copy->secrets, sizeof(copy->secrets), "%s/copy-keys", h->dir);
	copy_to(copy->books, h->books);
	copy_to(copy->secrets, h->secrets);
	for (size_t i = 0; i < ARRAY_LEN(beside); i++) {
		char path[PATH_BYTES];
		snprintf(path, sizeof(path), "%s/%s", h->dir, beside[i]);
		unlink(path);
	}
}

/* The child: writes, and says which entry each answer named, until its power goes. With `apart` it answers a
 * few at a time, when one sync has made them durable. */
static _Noreturn void live(struct house *h, long nth, uint64_t seed, bool apart, int out)
{
	int64_t seq[WRITES];
	int told = 0;

	fault_vfs_power(nth, seed);
	if (house_open(h, false) || (apart && db_defer(&h->cx, h->db)) ||
	    db_exec(&h->cx, h->db, cx_printf(&h->cx, "PRAGMA wal_autocheckpoint=%d", CHECKPOINT_PAGES),
		    DB_NONE)) {
		fprintf(stderr, "%s\n", h->cx.msg);
		_exit(1);
	}
	for (int i = 0; i < WRITES; i++) {
		if (house_act(h, i, &seq[i]))
			_exit(1);
		if (apart && (i + 1) % APART)
			continue;
		if (db_settle(&h->cx, h->db) ||
		    write(out, &seq[told], (size_t)(i + 1 - told) * sizeof(seq[0])) < 1)
			_exit(1);
		told = i + 1;
	}
	house_close(h);
	_exit(0);
}

/* True: the power went. */
static bool one_outage(const struct house *h, int64_t base, long nth, uint64_t seed, bool apart)
{
	int64_t seq, last = base - 1;
	struct house copy;
	int pipe_of[2], status, answered = 0;
	pid_t pid;

	house_copy(&copy, h);
	assert_int_equal(pipe(pipe_of), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		live(&copy, nth, seed, apart, pipe_of[1]);
	close(pipe_of[1]);
	while (read(pipe_of[0], &seq, sizeof(seq)) == sizeof(seq)) {
		assert_int_equal(seq, last + 1);
		last = seq;
		answered++;
	}
	close(pipe_of[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) &&
		    (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FAULT_POWER_EXIT));
	must_open(&copy);
	if (log_size(&copy) <= last)
		fail_msg("power at change %ld, seed %llu: %lld entries are left, entry %lld was answered",
			 nth, (unsigned long long)seed, (long long)log_size(&copy), (long long)last);
	assert_true(log_size(&copy) <= last + (apart ? 1 + APART : 2)); /* those without answer, or not */
	must_hold(&copy);
	read_people(&copy);
	if (answered < WRITES)
		assert_int_equal(house_act(&copy, answered, &seq), ERR_OK);
	if (answered < WRITES)
		assert_int_equal(seq, last + 1); /* asked again: once */
	assert_true(answered % (apart ? APART : 1) == 0);
	house_close(&copy);
	return WEXITSTATUS(status) == FAULT_POWER_EXIT;
}

static void the_power_goes(void **state)
{
	uint64_t seeds = thorough() ? 6 : 1;
	struct house h;
	long outages = 0;
	int64_t base;

	(void)state;
	house_make(&h);
	base = log_size(&h);
	house_close(&h);
	for (uint64_t seed = 1; seed <= seeds; seed++)
		for (int apart = 0; apart < 2; apart++)
			for (long n = 1; one_outage(&h, base, n, seed, apart); n += thorough() ? 1 : 11) {
				assert_true(n < N_MAX);
				outages++;
			}
	assert_true(outages >= (thorough() ? 25 : 10));
	house_remove(&h);
}

/* --- a disk that does not take what was written --- */

static void count_call(void *arg)
{
	++*(int *)arg;
}

static enum err node_set(struct node *n, struct cx *cx, int days)
{
	struct json *body;
	struct request q;
	char *text = cx_printf(cx, "{\"offer_days\":%d}", days);

	assert_int_equal(json_parse(cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(request_read(cx, node_domain(n), "city.settings", 1, body, &q), ERR_OK);
	q.who = (struct principal){.user = 1, .roles = (ROLE_ADMIN << 1) - 1};
	q.idem_key = cx_printf(cx, "days-%d", days);
	q.happened_us = FIELD_NONE;
	return node_act(cx, n, &q);
}

/* Commits are synced apart: what is not durable is not answered, and nothing is done upon it. */
static void the_disk_takes_no_sync(void **state)
{
	struct node_options o = {0};
	struct node *n;
	struct house h;
	int64_t before;
	struct cx cx;
	int calls = 0;

	(void)state;
	house_make(&h);
	before = log_size(&h);
	house_close(&h);
	cx_init(&cx, 0);
	o.where = h.books;
	o.keys = h.secrets;
	assert_int_equal(node_open(&cx, &o, &n), ERR_OK);
	node_on_broken(n, count_call, &calls);
	assert_int_equal(node_start(&cx, n), ERR_OK);
	assert_int_equal(node_set(n, &cx, 1), ERR_OK); /* with the log's head */
	assert_int_equal(node_set(n, &cx, 2), ERR_OK);
	fault_vfs_fail(FAULT_SYNC, 1, false, FAULT_ERROR);
	assert_int_equal(node_set(n, &cx, 3), ERR_BUSY);
	assert_non_null(strstr(cx.msg, "the disk did not take"));
	assert_int_equal(fault_vfs_fail(0, 0, false, FAULT_ERROR), 1);
	assert_int_equal(calls, 1);
	assert_true(node_broken(n));
	cx_clear(&cx);
	assert_int_equal(node_set(n, &cx, 3), ERR_BUSY);
	assert_int_equal(node_set(n, &cx, 4), ERR_BUSY);
	assert_int_equal(node_settle(&cx, n), ERR_IO);
	node_close(n);
	cx_done(&cx);
	must_open(&h);
	assert_true(log_size(&h) == before + 2 || log_size(&h) == before + 3);
	must_hold(&h);
	house_close(&h);
	house_remove(&h);
}

/* --- the clock --- */

static void the_clock_goes_back(void **state)
{
	int64_t first, seq, recorded[2];
	struct house h;

	(void)state;
	house_make(&h);
	assert_int_equal(house_act(&h, 0, &first), ERR_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(db_one_i64(&h.cx, h.db, &recorded[i],
					    "SELECT recorded_us FROM log_head WHERE city = 1", DB_NONE),
				 ERR_OK);
		h.now_us -= 3 * DAY_US;
		assert_int_equal(house_act(&h, 1 + i, &seq), ERR_OK);
	}
	assert_true(recorded[1] >= recorded[0]);
	house_close(&h);
	must_open(&h); /* a process that was started with the wrong clock */
	assert_int_equal(house_act(&h, 0, &seq), ERR_OK);
	assert_int_equal(seq, first); /* the key is known yet */
	assert_int_equal(house_act(&h, 4, &seq), ERR_OK);
	must_hold(&h);
	house_close(&h);
	house_remove(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_call_fails),
		cmocka_unit_test(the_nth_call_of_a_document_fails),
		cmocka_unit_test(sqlite_has_no_memory),
		cmocka_unit_test(the_disk_is_full_for_a_while),
		cmocka_unit_test(the_disk_cannot_be_written_for_a_while),
		cmocka_unit_test(a_fault_spares_the_others),
		cmocka_unit_test(the_power_goes),
		cmocka_unit_test(the_disk_takes_no_sync),
		cmocka_unit_test(the_clock_goes_back),
	};

	fault_vfs_install();
	return cmocka_run_group_tests_name("faults_io", tests, NULL, NULL);
}
