/* Several processes write to one city: each decides on what the others have written, no entry is lost or
 * written twice, and the books hold. Here each process is a handle, a key store and a writer of its own. */
#include <pthread.h>
#include <unistd.h>

#include "kernel/audit_crew.h"
#include "kernel/packer.h"
#include "kernel/recent.h"
#include "trade.h"

#define L(x) ((long long)(x))
enum { PROCESSES = 3, WRITES = 25, LOOKS = 10, HANDLES = 4 };

struct place {
	struct kit k;
	char dir[64], where[512]; /* dir: on SQLite, of the file */
};

struct process {
	struct cx cx;
	struct db *db;
	struct keys *keys;
	struct writer *writer;
	const struct place *place;
	pthread_t thread;
	int number, done, busy;
};

static void place_open(struct place *p)
{
	p->dir[0] = 0;
	kit_open(&p->k);
	if (p->k.scratch[0]) {
		snprintf(p->where, sizeof(p->where), "%s", p->k.scratch);
		return;
	}
	kit_close(&p->k);
	snprintf(p->dir, sizeof(p->dir), "/tmp/relode-writers-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->where, sizeof(p->where), "%s/t.db", p->dir);
	kit_open_at(&p->k, p->where);
}

static void place_close(struct place *p)
{
	char command[128];

	kit_close(&p->k);
	snprintf(command, sizeof(command), "rm -rf %s", p->dir);
	if (p->dir[0])
		assert_int_equal(system(command), 0);
}

static void process_start_with(struct process *p, const struct place *place, int number, int64_t city,
			       int flags)
{
	char path[128];

	*p = (struct process){.place = place, .number = number};
	cx_init(&p->cx, 0);
	p->cx.clock = place->k.cx.clock;
	p->cx.clock_arg = place->k.cx.clock_arg;
	snprintf(path, sizeof(path), "%s/keys", place->k.dir);
	if (db_open(&p->cx, place->where, flags, &p->db) || keys_open(&p->cx, path, false, &p->keys) ||
	    writer_new(&p->cx, p->db, &place->k.domain, p->keys, city, &p->writer))
		fail_msg("%s", p->cx.msg);
}

static void process_start(struct process *p, const struct place *place, int number, int64_t city)
{
	process_start_with(p, place, number, city, 0);
}

static void process_end(struct process *p)
{
	writer_free(p->writer);
	keys_close(p->keys);
	db_close(p->db);
	cx_done(&p->cx);
}

/* The answer stands in q; what a refusal says, in p->cx. */
static enum err process_act(struct process *p, int64_t city, const char *type, const char *key,
			    const char *text, struct request *q)
{
	struct request *list[1] = {q};
	struct json *body;

	cx_clear(&p->cx);
	if (json_parse(&p->cx, text, strlen(text), &json_limits_request, &body) ||
	    request_read(&p->cx, &p->place->k.domain, type, city, body, q))
		return p->cx.err;
	q->who = p->place->k.who;
	q->idem_key = key;
	q->happened_us = KIT_START;
	writer_run(p->writer, list, 1);
	return q->err;
}

static int64_t log_size(struct kit *k, int64_t city)
{
	int64_t size;

	assert_int_equal(db_one_i64(&k->cx, k->db, &size, "SELECT size FROM log_head WHERE city = $1",
				    DB_ARGS(db_i64(city))),
			 ERR_OK);
	return size;
}

/* --- one after the other --- */

static void each_sees_what_the_others_wrote(void **state)
{
	const char *text = "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Shop\","
			   "\"name\":\"Shop Ltd\"}";
	struct place p;
	struct kit *k = &p.k;
	struct process a, b;
	struct request q;
	int64_t party, size;
	char *update;

	(void)state;
	place_open(&p);
	kit_open_real(k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2); /* both know the same beginning of the log */
	size = log_size(k, 2);
	assert_int_equal(process_act(&a, 2, "party.register", "k1", text, &q), ERR_OK);
	assert_int_equal(q.entry.seq, size);
	party = kit_int(kit_get(k, 2, "party.list", "{\"role\":\"merchant\"}"), "items.0.party");
	/* the same key again, at another process: no second party */
	assert_int_equal(process_act(&b, 2, "party.register", "k1", text, &q), ERR_OK);
	assert_true(q.replayed);
	assert_int_equal(q.entry.seq, size);
	assert_int_equal(process_act(&b, 2, "party.register", "k1",
				     "{\"kind\":\"person\",\"roles\":\"owner\"}", &q),
			 ERR_IDEMPOTENCY);
	/* b decides on a's party, whose entry it has not read */
	update = cx_printf(&k->cx, "{\"party\":%lld,\"public_name\":\"Shop 2\",\"name\":\"Shop Ltd\"}",
			   L(party));
	assert_int_equal(process_act(&b, 2, "party.update", NULL, update, &q), ERR_OK);
	assert_int_equal(q.entry.seq, size + 1);
	assert_int_equal(process_act(&a, 2, "city.settings", NULL, "{\"offer_days\":3}", &q), ERR_OK);
	assert_int_equal(q.entry.seq, size + 2);
	assert_int_equal(log_size(k, 2), size + 3);
	kit_audit(k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

enum { MANY = 150, KNOWN = 40, OTHERS = 10 };

/* The party that request number n registers, with a key of its own. */
static struct request *registration(struct process *p, int n, const char *kind)
{
	struct request *q = CX_NEW(&p->cx, struct request);
	struct cx *cx = CX_NEW(&p->cx, struct cx);
	char *text = cx_printf(&p->cx, "{\"kind\":\"%s\",\"roles\":\"buyer\",\"public_name\":\"B%d\"}", kind,
			       n);
	struct json *body;

	cx_init(cx, 0);
	cx->clock = p->cx.clock;
	cx->clock_arg = p->cx.clock_arg;
	assert_int_equal(json_parse(cx, text, strlen(text), &json_limits_request, &body), ERR_OK);
	assert_int_equal(request_read(cx, &p->place->k.domain, "party.register", 2, body, q), ERR_OK);
	q->cx = cx;
	q->who = p->place->k.who;
	q->idem_key = cx_printf(&p->cx, "b-%d", n);
	q->happened_us = KIT_START;
	return q;
}

/* Requests from..to-1 in one batch. */
static void register_many(struct process *p, int from, int to, struct request **q)
{
	for (int i = from; i < to; i++)
		q[i - from] = registration(p, i, "organisation");
	writer_run(p->writer, q, (size_t)(to - from));
}

/* The keys of a batch are looked up together: those of before, those of this batch, and reused ones. */
static void a_batch_knows_all_its_keys(void **state)
{
	struct request *first[KNOWN], *q[MANY + 2];
	struct process a, b;
	struct place p;
	int64_t size;

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	size = log_size(&p.k, 2);
	register_many(&a, 0, KNOWN, first);
	for (int i = 0; i < KNOWN; i++)
		if (first[i]->err || first[i]->replayed || first[i]->entry.seq != size + i)
			fail_msg("registration %d: %s", i, first[i]->cx->msg);
	for (int i = 0; i < MANY; i++)
		q[i] = registration(&b, i, i >= KNOWN - OTHERS && i < KNOWN ? "person" : "organisation");
	q[MANY] = registration(&b, MANY - 1, "organisation");
	q[MANY + 1] = registration(&b, 0, "organisation");
	writer_run(b.writer, q, MANY + 2);
	for (int i = 0; i < MANY + 2; i++) {
		bool other = i >= KNOWN - OTHERS && i < KNOWN, again = i < KNOWN || i >= MANY;
		int64_t seq = size + (i == MANY ? MANY - 1 : i == MANY + 1 ? 0 : i);
		if (q[i]->err != (other ? ERR_IDEMPOTENCY : ERR_OK))
			fail_msg("request %d: %s", i, q[i]->cx->msg);
		if (other)
			continue;
		if (q[i]->replayed != again)
			fail_msg("request %d: replayed %d", i, q[i]->replayed);
		assert_int_equal(q[i]->entry.seq, seq);
	}
	assert_int_equal(log_size(&p.k, 2), size + MANY);
	for (int i = 0; i < KNOWN; i++)
		cx_done(first[i]->cx);
	for (int i = 0; i < MANY + 2; i++)
		cx_done(q[i]->cx);
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

/* --- holding back --- */

enum { HELD = PACK_ENTRIES + 90 }; /* one of them completes a pack of the journal */

/* Asks, and gives the request's memory to the next one. */
static enum err act_briefly(struct process *p, const char *type, const char *key, const char *text,
			    int64_t *seq)
{
	struct cx_mark mark = cx_mark(&p->cx);
	struct request q;
	enum err err = process_act(p, 2, type, key, text, &q);

	*seq = err ? -1 : q.entry.seq;
	cx_restore(&p->cx, mark);
	return err;
}

#define SHOP "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Shop\"}"

/* Answers come before they are written: all at one time, or not at all. */
static void a_writer_may_hold_back(void **state)
{
	struct place p;
	struct process a, b;
	int64_t size, seq, none;
	char text[80];

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	size = log_size(&p.k, 2);
	assert_true(size < PACK_ENTRIES - 2);
	writer_hold(a.writer, (size_t)64 << 20);
	for (int i = 0; i < HELD; i++) {
		assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
		assert_int_equal(seq, size + i);
		if (i % 50 == 7) /* a refusal among them leaves no trace */
			assert_int_equal(act_briefly(&a, "party.update", NULL,
						     "{\"party\":999999,\"public_name\":\"?\"}", &seq),
					 ERR_NOT_FOUND);
	}
	assert_int_equal(log_size(&p.k, 2), size);
	/* they are read as the books' are, from what is kept of them and from their pack */
	for (seq = PACK_ENTRIES - 2; seq <= PACK_ENTRIES; seq++) {
		snprintf(text, sizeof(text), "{\"reverses\":%lld,\"reason\":\"mistake\"}", (long long)seq);
		assert_int_equal(act_briefly(&a, "settle.adjust", NULL, text, &none), ERR_NOT_FOUND);
		assert_non_null(strstr(a.cx.msg, "no such transfer"));
	}
	assert_int_equal(writer_flush(&a.cx, a.writer), ERR_OK);
	assert_int_equal(log_size(&p.k, 2), size + HELD);
	assert_int_equal(writer_flush(&a.cx, a.writer), ERR_OK); /* nothing waits: nothing happens */
	kit_audit(&p.k);
	/* what it may keep has been changed to nothing: each is written by itself, and the rows go */
	writer_hold(a.writer, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
		assert_int_equal(log_size(&p.k, 2), size + HELD + i + 1);
	}
	size += 3;
	writer_hold(a.writer, (size_t)64 << 20);
	/* one that must not wait takes those before it along */
	assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
	assert_int_equal(log_size(&p.k, 2), size + HELD);
	assert_int_equal(act_briefly(&a, "party.register", "h-1", SHOP, &seq), ERR_OK);
	assert_int_equal(log_size(&p.k, 2), size + HELD + 2);
	/* another process wrote meanwhile: what was held is lost, and said to be */
	assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
	assert_int_equal(act_briefly(&b, "party.register", NULL, SHOP, &seq), ERR_OK);
	assert_int_not_equal(writer_flush(&a.cx, a.writer), ERR_OK);
	assert_non_null(strstr(a.cx.msg, "is not in its books"));
	assert_int_equal(log_size(&p.k, 2), size + HELD + 3);
	cx_clear(&a.cx);
	assert_int_equal(act_briefly(&a, "party.register", "h-2", SHOP, &seq), ERR_OK);
	assert_int_equal(seq, size + HELD + 3);
	/* and an end without a flush drops it */
	assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
	process_end(&a);
	assert_int_equal(log_size(&p.k, 2), size + HELD + 4);
	kit_audit(&p.k);
	process_end(&b);
	place_close(&p);
}

/* A process that has rows in memory is asked what another one has answered since. */
static void a_key_may_have_been_answered_elsewhere(void **state)
{
	struct request *q[KNOWN], *again[2];
	struct process a, b;
	struct place p;
	int64_t size;

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	register_many(&a, 0, 1, q);
	cx_done(q[0]->cx);
	size = log_size(&p.k, 2);
	register_many(&b, 1, KNOWN, q);
	again[0] = registration(&a, KNOWN, "organisation");
	again[0]->idem_key = NULL; /* a takes it for the entry at which b has written what follows */
	again[1] = registration(&a, 1, "organisation");
	writer_run(a.writer, again, 2);
	for (int i = 0; i < 2; i++) {
		if (again[i]->err || again[i]->replayed != (i == 1))
			fail_msg("request %d: replayed %d: %s", i, again[i]->replayed, again[i]->cx->msg);
		assert_int_equal(again[i]->entry.seq, i == 1 ? size : size + KNOWN - 1);
		cx_done(again[i]->cx);
	}
	for (int i = 0; i < KNOWN - 1; i++)
		cx_done(q[i]->cx);
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

/* --- while another decides --- */

struct faster {
	struct process *process; /* NULL: has acted */
	int64_t now_us, model;
};

/* The clock of a request that is being decided: another process is faster. */
static int64_t clock_of_slow(void *arg)
{
	struct faster *f = arg;
	struct process *p = f->process;
	struct request q;

	f->process = NULL;
	if (p && process_act(p, 2, "city.settings", NULL, "{\"offer_days\":3}", &q))
		fail_msg("%s", p->cx.msg);
	return f->now_us;
}

static char *booking(struct cx *cx, int64_t model)
{
	return cx_printf(cx, "{\"owner\":2,\"channel\":\"courier\",\"items\":[{\"model\":%lld}]}", L(model));
}

static void book_two(struct process *p, struct faster *f, struct request q[2], struct cx cx[2])
{
	char *text = booking(&p->cx, f->model);
	struct request *list[2] = {&q[0], &q[1]};
	struct json *body;

	for (int i = 0; i < 2; i++) {
		cx_init(&cx[i], 0);
		cx[i].clock = clock_of_slow;
		cx[i].clock_arg = f;
		if (json_parse(&cx[i], text, strlen(text), &json_limits_request, &body) ||
		    request_read(&cx[i], &p->place->k.domain, "tradein.book", 2, body, &q[i]))
			fail_msg("%s", cx[i].msg);
		q[i].cx = &cx[i];
		q[i].who = p->place->k.who;
		q[i].idem_key = i ? "book-1" : "book-0";
		q[i].happened_us = KIT_START;
		if (i == p->number % 2) /* one process this request, the other that one: it is the same */
			writer_prepare(p->keys, &q[i]);
		assert_int_equal(q[i].prepared, i == p->number % 2);
	}
	writer_run(p->writer, list, 2);
	for (int i = 0; i < 2; i++)
		if (q[i].err)
			fail_msg("booking %d: %s", i, cx[i].msg);
}

static int64_t open_shop(struct kit *k)
{
	int64_t seq;

	kit_open_real(k);
	trade_rule(k, "price_list", "data/rules/price_list.eur.json");
	kit_act(k, 0, "catalogue.categories",
		"{\"list\":\"categories\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":[{\"code\":"
		"\"washing_machine\",\"name_en\":\"washing machine\",\"name_zh\":\"洗衣机\",\"weee\":4,"
		"\"unu_key\":\"0104\",\"storage\":false,\"battery\":false,\"mass_mg\":70000000,"
		"\"mass_source\":\"test\"}]}");
	assert_int_equal(kit_int(kit_act(k, 2, "party.register", "{\"kind\":\"person\",\"roles\":\"owner\"}"),
				 "party"), 2);
	seq = kit_int(kit_act(k, 0, "catalogue.models",
			      "{\"list\":\"models\",\"version\":\"1\",\"part\":1,\"parts\":1,\"items\":["
			      "{\"brand\":\"Test\",\"name\":\"Drum\",\"category\":\"washing_machine\"}]}"),
		      "seq");
	return MODEL_ID(seq, 1);
}

/* Who lost is decided again, as it was asked: what the first decision filled in is not in its way, and the
 * key's second use is known to be the same request. */
static void who_was_slower_decides_as_it_was_asked(void **state)
{
	struct faster f = {.now_us = KIT_START};
	struct request q[2], again[2];
	struct cx cx[4];
	struct process a, b;
	struct place p;
	int64_t size;

	(void)state;
	place_open(&p);
	f.model = open_shop(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	size = log_size(&p.k, 2);
	f.process = &b;
	book_two(&a, &f, q, cx);
	assert_null(f.process);
	book_two(&b, &f, again, cx + 2);
	for (int i = 0; i < 2; i++) {
		assert_false(q[i].replayed);
		assert_true(again[i].replayed);
		assert_int_equal(q[i].entry.seq, size + 1 + i);
		assert_int_equal(again[i].entry.seq, size + 1 + i);
	}
	for (int i = 0; i < 4; i++)
		cx_done(&cx[i]);
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

/* --- city 0 has moved --- */

static enum err book(struct kit *k, struct process *p, int64_t model, struct request *q)
{
	return process_act(p, 2, "tradein.book", NULL, booking(&k->cx, model), q);
}

/* The shop's price list, as of another month. */
static void publish_price_list(struct kit *k, const char *month)
{
	char *text, *at;
	struct sb sb;
	size_t n;

	if (file_read(&k->cx, "data/rules/price_list.eur.json", 1 << 20, &text, &n))
		fail_msg("%s", k->cx.msg);
	at = strstr(text, "2026-01");
	assert_non_null(at);
	memcpy(at, month, strlen(month));
	sb_init(&sb, &k->cx, 4 << 20);
	json_quote(&sb, text, n);
	kit_act(k, 0, "rule.publish", "{\"kind\":\"price_list\",\"name\":\"default\",\"body\":%s}",
		sb.data);
}

/* Items that were booked by the price list that is the newest. */
static int64_t booked_by_newest(struct kit *k)
{
	int64_t n;

	assert_int_equal(db_one_i64(&k->cx, k->db, &n,
				    "SELECT COUNT(*) FROM item WHERE city = 2 AND price_list = "
				    "(SELECT digest FROM rule WHERE city = 0 ORDER BY seq DESC LIMIT 1)",
				    DB_NONE),
			 ERR_OK);
	return n;
}

/* What was published holds from its answer on, at each process, however lately that one has asked what is in
 * city 0: whether it writes something by it or, by what it knew, would refuse. On PostgreSQL a process asks
 * before its first batch, and within those that follow at once; on SQLite not at all when it has the file. */
static void published_holds_at_once(int flags)
{
	static const char *const month[] = {"2026-02", "2026-03", "2026-04", "2026-05"};
	struct place p;
	struct kit *k = &p.k;
	struct process b;
	struct request q;
	int64_t model, next, size;

	place_open(&p);
	model = open_shop(k);
	process_start_with(&b, &p, 1, 2, flags);
	for (int i = 0; i < (int)ARRAY_LEN(month); i++) {
		assert_int_equal(book(k, &b, model, &q), ERR_OK);
		publish_price_list(k, month[i]);
		assert_int_equal(booked_by_newest(k), 0);
		assert_int_equal(book(k, &b, model, &q), ERR_OK);
		assert_int_equal(booked_by_newest(k), 1);

		next = MODEL_ID(log_size(k, 0), 1); /* not there yet, and known not to be */
		size = log_size(k, 2);
		assert_int_not_equal(book(k, &b, next, &q), ERR_OK);
		assert_int_equal(log_size(k, 2), size);
		kit_act(k, 0, "catalogue.models",
			"{\"list\":\"models\",\"version\":\"%s\",\"part\":1,\"parts\":1,\"items\":["
			"{\"brand\":\"Test\",\"name\":\"Drum %d\",\"category\":\"washing_machine\"}]}",
			month[i], i);
		if (book(k, &b, next, &q))
			fail_msg("%s", b.cx.msg);
		assert_int_equal(q.entry.seq, size);
	}
	kit_audit(k);
	process_end(&b);
	place_close(&p);
}

static void what_was_published_holds_at_once(void **state)
{
	(void)state;
	published_holds_at_once(0);
	published_holds_at_once(DB_SOLE);
}

/* A process that was asked for a city before another process opened it. */
static void a_city_may_be_opened_elsewhere(void **state)
{
	struct place p;
	struct process a, b;
	struct request q;

	(void)state;
	place_open(&p);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	assert_int_equal(process_act(&b, 2, "city.settings", NULL, "{\"offer_days\":3}", &q), ERR_NOT_FOUND);
	assert_int_equal(process_act(&a, 2, "city.open", NULL,
				     "{\"city\":2,\"name\":\"Vilnius\",\"time_zone\":\"Europe/Vilnius\","
				     "\"currency\":\"EUR\"}", &q),
			 ERR_OK);
	if (process_act(&b, 2, "city.settings", NULL, "{\"offer_days\":3}", &q))
		fail_msg("%s", b.cx.msg);
	assert_int_equal(process_act(&b, 2, "city.open", NULL,
				     "{\"city\":2,\"name\":\"V\",\"time_zone\":\"Europe/Vilnius\","
				     "\"currency\":\"EUR\"}", &q),
			 ERR_CONFLICT);
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

/* --- at the same time --- */

static void *write_many(void *arg)
{
	struct process *p = arg;

	for (int i = 0; i < WRITES; i++) {
		struct cx_mark mark = cx_mark(&p->cx);
		struct request q;
		char *text = cx_printf(&p->cx,
				       "{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"P%d-%d\","
				       "\"phone\":\"+86138%04d%04d\"}",
				       p->number, i, p->number, i);
		char *key = cx_printf(&p->cx, "%d-%d", p->number, i);
		enum err err;
		while ((err = process_act(p, 2, "party.register", key, text, &q)) == ERR_BUSY)
			p->busy++;
		p->done += !err;
		cx_restore(&p->cx, mark);
	}
	return NULL;
}

/* Handles of an audit, opened while others write: whatever one sees, all see. */
static void look(const struct place *p)
{
	struct db *handle[HANDLES];
	int64_t first = 0;
	int count = HANDLES;
	struct cx cx;

	cx_init(&cx, 0);
	if (db_open(&cx, p->where, DB_READ_ONLY, &handle[0]) ||
	    audit_handles_open(&cx, p->where, handle, &count))
		fail_msg("%s", cx.msg);
	assert_in_range(count, 1, HANDLES);
	for (int i = 0; i < count; i++) {
		int64_t entries;
		if (db_one_i64(&cx, handle[i], &entries, "SELECT CAST(SUM(size) AS BIGINT) FROM log_head",
			       DB_NONE))
			fail_msg("%s", cx.msg);
		first = i ? first : entries;
		assert_int_equal(entries, first);
	}
	audit_handles_close(handle, count);
	db_close(handle[0]);
	cx_done(&cx);
}

static void writers_at_the_same_time(void **state)
{
	struct process process[PROCESSES];
	struct place p;
	int64_t size;
	int busy = 0;

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	size = log_size(&p.k, 2);
	for (int i = 0; i < PROCESSES; i++)
		process_start(&process[i], &p, i, 2);
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(pthread_create(&process[i].thread, NULL, write_many, &process[i]), 0);
	for (int i = 0; i < LOOKS; i++)
		look(&p);
	for (int i = 0; i < PROCESSES; i++)
		assert_int_equal(pthread_join(process[i].thread, NULL), 0);
	for (int i = 0; i < PROCESSES; i++) {
		if (process[i].done != WRITES)
			fail_msg("process %d wrote %d of %d: %s", i, process[i].done, WRITES,
				 process[i].cx.msg);
		busy += process[i].busy;
		process_end(&process[i]);
	}
	assert_int_equal(log_size(&p.k, 2), size + PROCESSES * WRITES);
	print_message("%d answers were \"busy, try again\"\n", busy);
	kit_audit(&p.k);
	place_close(&p);
}

static void audit_with(struct place *p, int threads, struct audit_result *r)
{
	const struct audit_options o = {.city = -1, .threads = threads, .where = p->where};

	if (audit_run(&p->k.cx, p->k.db, &p->k.domain, p->k.keys, &o, r))
		fail_msg("%s", p->k.cx.msg);
}

/* However many cities are audited at a time, the same is said of them, in the same order. */
static void an_audit_side_by_side_says_the_same(void **state)
{
	static const char *const changes[] = {
		"UPDATE city SET offer_days = offer_days + 1 WHERE city IN (1, 3)",
		"UPDATE log_head SET next_id = next_id + 1 WHERE city <> 2",
		"DELETE FROM history WHERE city = 1",
		"INSERT INTO idem (city, key, seq) SELECT -1, key, seq FROM idem WHERE city = 2",
	};
	static const int threads[] = {0, 1, 2, 5};
	static struct audit_result r[ARRAY_LEN(threads)];
	int64_t findings = 0;
	struct place p;

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	kit_act(&p.k, 3, "city.open", "{\"city\":3,\"name\":\"Riga\",\"time_zone\":\"Europe/Riga\","
				      "\"currency\":\"EUR\"}");
	for (int city = 1; city <= 3; city++)
		for (int i = 0; i < 3 * KIT_GENERATION; i++)
			kit_act_key(&p.k, city, "city.settings", cx_printf(&p.k.cx, "k%d", i),
				    "{\"offer_days\":%d}", 2 + i % 3);
	for (size_t change = 0; change <= ARRAY_LEN(changes); change++) {
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			audit_with(&p, threads[i], &r[i]);
			assert_memory_equal(&r[i], &r[0], sizeof(r[0]));
		}
		assert_true(change == 0 ? r[0].findings == 0 : r[0].findings > findings);
		findings = r[0].findings;
		if (change < ARRAY_LEN(changes))
			assert_int_equal(db_exec(&p.k.cx, p.k.db, changes[change], DB_NONE), ERR_OK);
	}
	assert_int_equal(r[0].finding[0].city, 0);
	assert_int_equal(r[0].finding[r[0].findings - 1].city, -1);
	place_close(&p);
}

/* A writer that has not seen yet what another one wrote finds keys in a run that it does not know of. */
static void keys_may_have_moved_ahead(void **state)
{
	enum { UNTIL = 4 * KIT_GENERATION + 2, KEYS = 6 * KIT_GENERATION };
	int64_t seq = 0, first = 0, again;
	struct process a, b;
	struct place p;
	char key[16];

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	while (seq < KIT_GENERATION) /* the next one asks the table for the first time */
		assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
	while (seq < UNTIL)
		assert_int_equal(act_briefly(&b, "party.register", NULL, SHOP, &seq), ERR_OK);
	for (int i = 0; i < KEYS; i++) {
		snprintf(key, sizeof(key), "m%d", i);
		assert_int_equal(act_briefly(&b, "party.register", key, SHOP, &seq), ERR_OK);
		first = i == 0 ? seq : first;
	}
	assert_true(idem_run(KIT_GENERATION + 1) < idem_run(seq));
	assert_int_equal(act_briefly(&a, "party.register", "m0", SHOP, &again), ERR_OK);
	assert_int_equal(again, first);
	assert_int_equal(act_briefly(&a, "party.register", "n0", SHOP, &again), ERR_OK);
	assert_int_equal(again, seq + 1);
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	place_close(&p);
}

/* A pack made apart is written some batches later; until then its entries lie in the tail, and a process
 * that has no such thread packs what it finds there. */
static void packs_may_be_made_apart(void **state)
{
	static const char count[] = "SELECT COUNT(*) FROM journal_pack WHERE city = 2",
			  strays[] = "SELECT COUNT(*) FROM journal WHERE city = 2 AND seq < 512";
	int64_t packs = 0, left, seq;
	struct packer *packer;
	struct process a, b;
	struct place p;

	(void)state;
	place_open(&p);
	kit_open_real(&p.k);
	process_start(&a, &p, 1, 2);
	process_start(&b, &p, 2, 2);
	assert_int_equal(packer_new(&p.k.cx, p.where, &packer), ERR_OK);
	writer_pack_apart(a.writer, packer);
	for (seq = 0; seq < 2 * PACK_ENTRIES + 99 || packs < 2; usleep(seq > 2 * PACK_ENTRIES ? 1000 : 0)) {
		assert_true(seq < 20 * PACK_ENTRIES);
		assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
		assert_int_equal(db_one_i64(&p.k.cx, p.k.db, &packs, count, DB_NONE), ERR_OK);
		assert_int_equal(db_one_i64(&p.k.cx, p.k.db, &left, strays, DB_NONE), ERR_OK);
		assert_true(packs == 0 || left == 0);
	}
	kit_audit(&p.k);
	while (seq % PACK_ENTRIES < PACK_ENTRIES - 1) /* whole, and not written yet, or just so */
		assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK);
	assert_int_equal(act_briefly(&b, "party.register", NULL, SHOP, &seq), ERR_OK);
	assert_int_equal(db_one_i64(&p.k.cx, p.k.db, &packs, count, DB_NONE), ERR_OK);
	assert_int_equal(packs, (seq + 1) / PACK_ENTRIES);
	assert_int_equal(act_briefly(&a, "party.register", NULL, SHOP, &seq), ERR_OK); /* its pack is there */
	kit_audit(&p.k);
	process_end(&a);
	process_end(&b);
	packer_free(packer);
	place_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sees_what_the_others_wrote),
		cmocka_unit_test(a_writer_may_hold_back),
		cmocka_unit_test(keys_may_have_moved_ahead),
		cmocka_unit_test(packs_may_be_made_apart),
		cmocka_unit_test(a_batch_knows_all_its_keys),
		cmocka_unit_test(a_key_may_have_been_answered_elsewhere),
		cmocka_unit_test(who_was_slower_decides_as_it_was_asked),
		cmocka_unit_test(what_was_published_holds_at_once),
		cmocka_unit_test(a_city_may_be_opened_elsewhere),
		cmocka_unit_test(writers_at_the_same_time),
		cmocka_unit_test(an_audit_side_by_side_says_the_same),
	};

	return cmocka_run_group_tests_name("writers", tests, NULL, NULL);
}
