/* A city's rows in memory: what a trim keeps, what is read again, what a drop restores, histories. */
#include "kernel/history.h"
#include "kernel/overlay.h"
#include "kit.h"
#include "programme/device/device.h"
#include "programme/party/party.h"
#include "programme/stock/stock.h"

enum { PARTIES = 400, SUBJECTS = 40 };

#define CHECK(k, call)									\
	do {										\
		if (call)								\
			fail_msg("%s", (k)->cx.msg);					\
	} while (0)

static void open_with_parties(struct kit *k, struct overlay **o)
{
	struct log_head head = {0};
	const struct json *a = NULL;

	kit_open(k);
	for (int i = 0; i < PARTIES; i++)
		a = kit_act(k, 1, "party.register",
			    "{\"kind\":\"organisation\",\"roles\":\"merchant\",\"public_name\":\"Shop %d\","
			    "\"name\":\"Shop %d Ltd\"}",
			    i, i);
	assert_non_null(a);
	assert_true(writer_head(k->writer[1], &head));
	CHECK(k, overlay_new(&k->cx, &k->domain, k->db, 1, (size_t)64 << 20, o));
	overlay_fresh(*o, head.next_id, head.size);
}

static const struct party *find(struct kit *k, struct overlay *o, int64_t party)
{
	const void *row = NULL;

	CHECK(k, overlay_find(&k->cx, o, &party_table, &(struct party){.party = party}, &row));
	return row;
}

static int64_t first_party(struct kit *k)
{
	int64_t id;

	CHECK(k, db_one_i64(&k->cx, k->db, &id,
			    "SELECT MIN(party) FROM party WHERE city = 1 AND public_name = 'Shop 0'",
			    DB_NONE));
	return id;
}

static void commit(struct kit *k, struct overlay *o)
{
	CHECK(k, db_begin(&k->cx, k->db, true));
	CHECK(k, overlay_write(&k->cx, o, k->db));
	CHECK(k, db_commit(&k->cx, k->db));
	overlay_written(o);
}

static void go_to(struct overlay *o, int64_t seq)
{
	overlay_begin(o, seq);
	overlay_keep(o);
}

/* Rows that were asked for last stay; the others are read again, the same. */
static void a_trim_keeps_what_was_used_last(void **state)
{
	struct overlay *o;
	struct kit k;
	int64_t first;
	size_t full, half;

	(void)state;
	open_with_parties(&k, &o);
	first = first_party(&k);
	for (int i = 0; i < PARTIES; i++)
		assert_non_null(find(&k, o, first + i));
	full = overlay_bytes(o);
	overlay_trim(o, SIZE_MAX); /* all may stay */
	assert_int_equal(overlay_bytes(o), full);
	go_to(o, 100000);
	for (int i = 0; i < PARTIES / 4; i++)
		assert_non_null(find(&k, o, first + i));
	overlay_trim(o, full / 3);
	half = overlay_bytes(o);
	assert_true(half < full / 2 && half > full / 8);
	assert_int_equal(db_exec(&k.cx, k.db, "DELETE FROM party WHERE city = 1 AND party = $1",
				 DB_ARGS(db_i64(first))), ERR_OK);
	assert_non_null(find(&k, o, first)); /* not read: it stayed */
	for (int i = 0; i < PARTIES; i++) {
		char name[40];
		snprintf(name, sizeof(name), "Shop %d", i);
		assert_string_equal(find(&k, o, first + i)->public_name, name);
	}
	overlay_trim(o, 0);
	assert_true(overlay_bytes(o) < half);
	assert_null(find(&k, o, first));
	assert_string_equal(find(&k, o, first + 1)->public_name, "Shop 1");
	overlay_free(o);
	kit_close(&k);
}

/* Rows of new ids are not looked for in the database, until a trim has forgotten one that was written. */
static void a_trim_knows_what_was_new(void **state)
{
	struct medium medium = {.device = INT64_C(1) << 32, .medium = 1};
	const struct party *old;
	struct overlay *o;
	struct party new;
	const void *row;
	struct kit k;
	int64_t id;

	(void)state;
	open_with_parties(&k, &o);
	old = find(&k, o, first_party(&k));
	new = *old;
	id = new.party = old->party + PARTIES + 1000;
	overlay_begin(o, 100);
	CHECK(&k, overlay_put(&k.cx, o, &party_table, &new));
	overlay_keep(o);
	commit(&k, o);
	go_to(o, 100000);
	new.party++;
	overlay_begin(o, 100001);
	CHECK(&k, overlay_put(&k.cx, o, &party_table, &new));
	overlay_keep(o);
	commit(&k, o);
	overlay_trim(o, overlay_bytes(o) / 2); /* the later one stays */
	assert_non_null(find(&k, o, id));
	assert_non_null(find(&k, o, id + 1));
	assert_null(find(&k, o, id + 2));
	assert_int_equal(db_exec(&k.cx, k.db, "UPDATE party SET party = party + 1 WHERE party = $1",
				 DB_ARGS(db_i64(id + 1))), ERR_OK);
	assert_null(find(&k, o, id + 2)); /* still new: nobody looked */
	overlay_trim(o, 0);
	assert_null(find(&k, o, id + 1));
	medium.device += id;
	CHECK(&k, db_exec(&k.cx, k.db, "INSERT INTO medium (city, device, medium, kind, state, attempts) "
				       "VALUES (1, $1, 1, 0, 0, 0)", DB_ARGS(db_i64(medium.device))));
	CHECK(&k, overlay_find(&k.cx, o, &medium_table, &medium, &row));
	assert_null(row); /* no row of this table was forgotten */
	overlay_clear(o);
	CHECK(&k, overlay_find(&k.cx, o, &medium_table, &medium, &row));
	assert_non_null(row);
	overlay_free(o);
	kit_close(&k);
}

/* A dropped action leaves each row as it was, however often it changed it. */
static void a_drop_restores(void **state)
{
	struct overlay *o;
	struct party p;
	struct kit k;
	int64_t first;

	(void)state;
	open_with_parties(&k, &o);
	first = first_party(&k);
	p = *find(&k, o, first);
	for (int round = 0; round < 3; round++) {
		overlay_begin(o, 7);
		p.public_name = "Once";
		CHECK(&k, overlay_put(&k.cx, o, &party_table, &p));
		p.public_name = "Twice";
		CHECK(&k, overlay_put(&k.cx, o, &party_table, &p));
		CHECK(&k, overlay_del(&k.cx, o, &party_table, &p));
		assert_null(find(&k, o, first));
		p.party = first + PARTIES + 1000;
		CHECK(&k, overlay_put(&k.cx, o, &party_table, &p));
		p.party = first;
		overlay_drop(o);
		assert_string_equal(find(&k, o, first)->public_name, "Shop 0");
		assert_int_equal(find(&k, o, first)->city, 1);
		assert_null(find(&k, o, first + PARTIES + 1000));
	}
	overlay_free(o);
	kit_close(&k);
}

static size_t on_shelf(struct kit *k, struct overlay *o)
{
	const void *const *rows;
	size_t count;

	CHECK(k, overlay_scan(&k->cx, o, &shelf_table, &(struct shelf){.site = 5}, 2, 100, &rows, &count));
	return count;
}

static void change_shelf(struct kit *k, struct overlay *o, int64_t device, bool there, bool keep)
{
	const struct shelf row = {.site = 5, .device = device};

	overlay_begin(o, 7);
	if (there)
		CHECK(k, overlay_put(&k->cx, o, &shelf_table, &row));
	else
		CHECK(k, overlay_del(&k->cx, o, &shelf_table, &row));
	keep ? overlay_keep(o) : overlay_drop(o);
}

/* What went is left out of scans, and is found by them when it comes again. */
static void what_comes_and_goes(void **state)
{
	struct overlay *o;
	struct kit k;

	(void)state;
	open_with_parties(&k, &o);
	for (int64_t d = 1; d <= 10; d++)
		change_shelf(&k, o, d, true, true);
	assert_int_equal(on_shelf(&k, o), 10);
	commit(&k, o);
	for (int64_t d = 1; d <= 10; d += 2)
		change_shelf(&k, o, d, false, true);
	change_shelf(&k, o, 2, false, false);
	assert_int_equal(on_shelf(&k, o), 5);
	commit(&k, o);
	assert_int_equal(on_shelf(&k, o), 5);
	change_shelf(&k, o, 3, true, false);
	assert_int_equal(on_shelf(&k, o), 5);
	change_shelf(&k, o, 1, true, true);
	change_shelf(&k, o, 3, true, true);
	assert_int_equal(on_shelf(&k, o), 7);
	commit(&k, o);
	overlay_clear(o);
	assert_int_equal(on_shelf(&k, o), 7); /* the database has the same */
	overlay_free(o);
	kit_close(&k);
}

/* Behind the overlay's back: who reads the shelf again sees it. */
static void put_behind(struct kit *k, int64_t device)
{
	CHECK(k, db_exec(&k->cx, k->db, "INSERT INTO shelf (city, site, device) VALUES (1, 5, $1)",
			 DB_ARGS(db_i64(device))));
}

/* A group of which a trim forgot nothing is not read again; one that lost a row is. */
static void a_trim_knows_what_is_whole(void **state)
{
	struct overlay *o;
	struct kit k;

	(void)state;
	open_with_parties(&k, &o);
	for (int64_t d = 1; d <= 10; d++)
		change_shelf(&k, o, d, true, true);
	assert_int_equal(on_shelf(&k, o), 10); /* and all of it is here now */
	commit(&k, o);
	change_shelf(&k, o, 4, false, true);
	commit(&k, o);
	overlay_trim(o, SIZE_MAX);
	put_behind(&k, 20);
	assert_int_equal(on_shelf(&k, o), 9);
	change_shelf(&k, o, 4, true, true); /* written as what was never there */
	change_shelf(&k, o, 11, true, true);
	commit(&k, o);
	assert_int_equal(on_shelf(&k, o), 11);
	go_to(o, 100000);
	assert_non_null(find(&k, o, first_party(&k)));
	overlay_trim(o, 0); /* the shelf is older */
	assert_int_equal(on_shelf(&k, o), 12);
	overlay_trim(o, SIZE_MAX);
	put_behind(&k, 21);
	assert_int_equal(on_shelf(&k, o), 12);
	overlay_clear(o);
	assert_int_equal(on_shelf(&k, o), 13);
	overlay_free(o);
	kit_close(&k);
}

/* Of rows that are as old, those leave whose table is not come back to. */
static void a_trim_takes_first_what_is_seldom_asked_for(void **state)
{
	struct overlay *o;
	struct kit k;
	int64_t first;

	(void)state;
	open_with_parties(&k, &o);
	first = first_party(&k);
	for (int i = 0; i < PARTIES; i++)
		assert_non_null(find(&k, o, first + i));
	go_to(o, 100000);
	for (int i = 0; i < PARTIES; i++)
		assert_non_null(find(&k, o, first + i));
	overlay_begin(o, 100001);
	for (int64_t d = 1; d <= 2 * PARTIES; d++)
		CHECK(&k, overlay_put(&k.cx, o, &shelf_table, &(struct shelf){.site = 5, .device = d}));
	overlay_keep(o);
	commit(&k, o);
	go_to(o, 150000);
	overlay_trim(o, overlay_bytes(o) / 2);
	assert_int_equal(db_exec(&k.cx, k.db, "DELETE FROM shelf WHERE city = 1", DB_NONE), ERR_OK);
	assert_int_equal(db_exec(&k.cx, k.db, "DELETE FROM party WHERE city = 1", DB_NONE), ERR_OK);
	for (int i = 0; i < PARTIES; i++)
		assert_non_null(find(&k, o, first + i));
	assert_int_equal(on_shelf(&k, o), 0);
	overlay_free(o);
	kit_close(&k);
}

/* What is full may be given more room, now and for the rows after a trim. */
static void a_limit_may_be_raised(void **state)
{
	enum { SHELF_MAX = 100000 };
	const void *const *rows;
	struct overlay *o;
	size_t count;
	struct kit k;
	int64_t n = 0;

	(void)state;
	kit_open(&k);
	CHECK(&k, overlay_new(&k.cx, &k.domain, k.db, 1, 1 << 16, &o));
	overlay_begin(o, 1);
	while (n < SHELF_MAX && !overlay_put(&k.cx, o, &shelf_table, &(struct shelf){.site = 5, .device = n}))
		n++;
	assert_int_equal(k.cx.err, ERR_MEMORY);
	cx_clear(&k.cx);
	overlay_limit(o, (size_t)4 << 20);
	for (int64_t more = n + 5000; n < more; n++)
		CHECK(&k, overlay_put(&k.cx, o, &shelf_table, &(struct shelf){.site = 5, .device = n}));
	overlay_keep(o);
	commit(&k, o);
	overlay_trim(o, SIZE_MAX);
	CHECK(&k, overlay_scan(&k.cx, o, &shelf_table, &(struct shelf){.site = 5}, 2, SHELF_MAX, &rows,
			       &count));
	assert_int_equal(count, n);
	overlay_free(o);
	kit_close(&k);
}

/* A group of a new number is whole without having been read, and after a trim still is. */
static void a_trim_knows_what_new_groups_have(void **state)
{
	struct medium row = {.kind = MEDIUM_FLASH, .medium = 1};
	const void *const *rows;
	struct overlay *o;
	size_t count;
	struct kit k;

	(void)state;
	open_with_parties(&k, &o);
	row.device = (INT64_C(1) << 32) + first_party(&k) + 100000;
	/* the table has groups from its first scan on */
	CHECK(&k, overlay_scan(&k.cx, o, &medium_table, &row, 2, 10, &rows, &count));
	overlay_begin(o, 100);
	CHECK(&k, overlay_put(&k.cx, o, &medium_table, &row));
	overlay_keep(o);
	commit(&k, o);
	overlay_trim(o, SIZE_MAX);
	overlay_fresh(o, (row.device & UINT32_MAX) + 1, INT64_MAX); /* as when a newer row was forgotten */
	assert_int_equal(db_exec(&k.cx, k.db, "DELETE FROM medium WHERE city = 1", DB_NONE), ERR_OK);
	CHECK(&k, overlay_scan(&k.cx, o, &medium_table, &row, 2, 10, &rows, &count));
	assert_int_equal(count, 1);
	overlay_free(o);
	kit_close(&k);
}

/* Entries in chunks: written, read from anywhere, each once. */
static void histories(void **state)
{
	enum { N = 500 };
	const int64_t subject = ACCOUNT(2, 99);
	struct overlay *o;
	int64_t seq[N], *got;
	struct kit k;
	size_t count;

	(void)state;
	open_with_parties(&k, &o);
	for (int i = 0; i < N; i++)
		seq[i] = i == 0 ? 0 : seq[i - 1] + 1 + (int64_t)i * i % 7 * (i % 50 == 0 ? 1000000 : 1);
	CHECK(&k, db_begin(&k.cx, k.db, true));
	for (int i = 0; i < N; i++) {
		overlay_begin(o, seq[i]);
		CHECK(&k, history_note(&k.cx, o, subject, seq[i]));
		CHECK(&k, history_note(&k.cx, o, subject, seq[i])); /* once */
		overlay_keep(o);
		if (i % 60 == 0) {
			CHECK(&k, overlay_write(&k.cx, o, k.db));
			overlay_written(o);
			overlay_clear(o);
		}
	}
	CHECK(&k, overlay_write(&k.cx, o, k.db));
	CHECK(&k, db_commit(&k.cx, k.db));
	for (int from = -1; from < N; from += 37) {
		int64_t after = from < 0 ? -1 : seq[from];
		CHECK(&k, history_read(&k.cx, k.db, 1, subject, after, N, &got, &count));
		assert_int_equal(count, N - from - 1);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(got[i], seq[(size_t)(from + 1) + i]);
	}
	CHECK(&k, history_read(&k.cx, k.db, 1, subject, seq[99], 5, &got, &count));
	assert_int_equal(count, 5);
	assert_int_equal(got[4], seq[104]);
	overlay_free(o);
	kit_close(&k);
}

/* --- without a database --- */

/* What a history of a chunk should be: as many bytes as its length says, of that value; 0: none. */
struct model {
	size_t n[SUBJECTS];
	int64_t seq[SUBJECTS];
	uint32_t chance;
};

static size_t below(struct model *m, size_t n)
{
	m->chance = m->chance * 1664525 + 1013904223;
	return (m->chance >> 8) % n;
}

static void change_history(struct kit *k, struct overlay *o, struct model *m, int64_t seq)
{
	unsigned char bytes[HISTORY_CHUNK_BYTES];
	size_t subject = below(m, SUBJECTS), n = below(m, HISTORY_CHUNK_BYTES);
	struct history row = {.subject = (int64_t)subject, .seqs = {bytes, n}};

	memset(bytes, (int)n, sizeof(bytes));
	if (n % 3) {
		CHECK(k, overlay_put(&k->cx, o, &history_table, &row));
		m->n[subject] = n;
	} else {
		CHECK(k, overlay_del(&k->cx, o, &history_table, &row));
		m->n[subject] = 0;
	}
	m->seq[subject] = seq;
}

static size_t check_histories(struct kit *k, struct overlay *o, const struct model *m)
{
	size_t rows = 0;

	for (size_t i = 0; i < SUBJECTS; i++) {
		const struct history key = {.subject = (int64_t)i}, *h;
		const void *row;
		CHECK(k, overlay_find(&k->cx, o, &history_table, &key, &row));
		h = row;
		assert_int_equal(overlay_seq(o, &history_table, &key), m->n[i] ? m->seq[i] : -1);
		assert_int_equal(h != NULL, m->n[i] > 0);
		assert_int_equal(h ? h->seqs.n : 0, m->n[i]);
		for (size_t b = 0; b < m->n[i]; b++)
			assert_int_equal(((const unsigned char *)h->seqs.p)[b], m->n[i] & 255);
		rows += h != NULL;
	}
	return rows;
}

static enum err count_row(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	(void)cx, (void)row, (void)seq;
	++*(size_t *)arg;
	return ERR_OK;
}

/* Rows that come, change and go, several times in one entry: each is as it should be, and memory stays what
 * those that are there need. */
static void memory_alone_forgets_what_went(void **state)
{
	struct model now = {0}, before;
	size_t bytes = 0, rows, visited = 0;
	struct overlay *o;
	struct kit k;

	(void)state;
	kit_open(&k);
	CHECK(&k, overlay_new(&k.cx, &k.domain, NULL, 1, (size_t)64 << 20, &o));
	for (int64_t seq = 1; seq <= 20000; seq++) {
		before = now;
		overlay_begin(o, seq);
		for (size_t n = below(&now, 6); n > 0; n--)
			change_history(&k, o, &now, seq);
		if (below(&now, 8)) {
			overlay_keep(o);
		} else {
			overlay_drop(o);
			before.chance = now.chance;
			now = before;
		}
		if (seq % 100 == 0)
			check_histories(&k, o, &now);
		if (seq == 10000)
			bytes = overlay_bytes(o);
	}
	assert_in_range(overlay_bytes(o), bytes / 2, bytes + bytes / 8);
	rows = check_histories(&k, o, &now);
	CHECK(&k, overlay_each(&k.cx, o, &history_table, count_row, &visited));
	assert_int_equal(visited, rows);
	overlay_free(o);
	kit_close(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trim_keeps_what_was_used_last),
		cmocka_unit_test(a_trim_knows_what_was_new),
		cmocka_unit_test(a_drop_restores),
		cmocka_unit_test(what_comes_and_goes),
		cmocka_unit_test(a_trim_knows_what_is_whole),
		cmocka_unit_test(a_trim_takes_first_what_is_seldom_asked_for),
		cmocka_unit_test(a_limit_may_be_raised),
		cmocka_unit_test(a_trim_knows_what_new_groups_have),
		cmocka_unit_test(histories),
		cmocka_unit_test(memory_alone_forgets_what_went),
	};

	return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
