#include "kernel/audit.h"

#include "db/migrations.h"
#include "kernel/audit_crew.h"
#include "kernel/audit_snapshot.h"
#include "kernel/log.h"
#include "kernel/tx_internal.h"
#include "kernel/writer.h"

enum { CITIES_MAX = 4096, STEP = 2000 };

const char *const invariant_text[INVARIANTS + 1] = {
	NULL,
	"each unit's accounts sum to zero, and no account that may not go below zero is below zero",
	"every device is in exactly one place and state, and places hold as many pieces as devices say so",
	"for every device, batch and city: milligrams in = on hand + out + recorded loss - recorded gain",
	"no device with storage was listed or sold without every medium verified erased or destroyed",
	"no owner received less than a price agreed to, or lost a device without agreeing",
	"at most one benefit, subsidy or carbon claim of a kind in a device's life",
	"the log is of exactly these entries in this order, signed; every row equals what replaying gives",
};

/* Rows that an entry says it wrote to a write-once table. */
struct expected {
	struct expected *next;
	const char *table;
	int64_t seq, count;
	unsigned char digest[32];
	bool seen;
};

/* A version of a rule, and the first entry that used or published it; in that order. */
struct used {
	struct used *next;
	int64_t city, seq;
	unsigned char digest[32];
	char name[65];
};
struct used_list {
	struct used *first, **end; /* end NULL: it is empty */
};

/* What is left of a city when its audit is over, until all cities are put together in their order. */
struct part {
	struct used_list used, published;
	struct audit_finding *finding;
	int64_t findings; /* of which so many are kept as an audit keeps */
};

/* What the threads of an audit share. */
struct run {
	struct audit_crew crew;
	int64_t city[CITIES_MAX];
	struct part part[CITIES_MAX]; /* by city: of the thread that had it */
	struct audit_result *result;  /* under the crew's lock */
	struct audit *failed;
};

/* What a feature keeps of a city from one check to the next. */
struct memory {
	struct memory *next;
	const void *owner;
	void *p;
};

struct audit {
	struct cx *cx;
	struct cx mem;  /* what is kept of a city */
	struct cx keep; /* what is kept until the end */
	struct used_list used, published_rules;
	struct db *db;
	const struct domain *domain;
	struct keys *keys;
	const struct audit_options *options;
	struct audit_result *result; /* of the city; of all of them in the end */
	struct run *run;
	/* the city */
	int64_t city, next_seq, next_id, last_us, simulated;
	struct merkle_front front;
	char *origin;         /* as the head's checkpoint has it, or the city's */
	int64_t after_size;   /* a log that was cut and goes on: the entries it kept; -1: another */
	struct overlay *overlay;
	struct memory *memory;
	struct recent *recent; /* idempotency keys that have not moved into their table */
	struct tx *tx;
	struct expected *expected, **expected_end; /* by entry */
	struct expected *next_expected; /* none before it is of an entry yet to be looked at */
	/* a published checkpoint to hold against the books */
	struct checkpoint published;
	struct digest published_root; /* of the books, at its size */
	int64_t published_city;       /* -1: none given */
	/* snapshots to begin at and to save; of the city: it began there, and its log stood so */
	struct snapshot *from, *save;
	bool continues;
	struct log_head trusted;
};

/* --- findings --- */

void audit_finding(struct audit *a, int invariant, int64_t city, int64_t seq, const char *fmt, ...)
{
	struct audit_result *r = a->result;
	va_list ap;

	BUG(invariant < 1 || invariant > INVARIANTS);
	r->by_invariant[invariant]++;
	if (r->findings++ < AUDIT_FINDINGS_MAX) {
		struct audit_finding *f = &r->finding[r->findings - 1];
		f->invariant = invariant;
		f->city = city;
		f->seq = seq;
		va_start(ap, fmt);
		vsnprintf(f->text, sizeof(f->text), fmt, ap);
		va_end(ap);
	}
}

/* Turns an error into a finding, unless it is the machine's. */
static enum err as_finding(struct audit *a, struct cx *cx, int invariant, int64_t seq)
{
	char *text;

	if (cx->err == ERR_MEMORY || cx->err == ERR_IO || cx->err == ERR_DB || cx->err == ERR_BUSY ||
	    cx->err == ERR_INTERRUPTED)
		return cx->err;
	text = cx_strdup(&a->mem, cx->msg);
	cx_clear(cx);
	audit_finding(a, invariant, a->city, seq, "%s", text ? text : "");
	return ERR_OK;
}

int64_t audit_row_seq(struct cx *cx, struct tx *tx, const struct table *t, const void *key)
{
	struct cx_mark mark = cx_mark(cx);
	void *full = cx_memdup(cx, key, t->size);
	int64_t seq = -1;

	if (full) {
		*field_int_at(&t->fields[0], full) = tx->entry->city;
		seq = overlay_seq(tx->overlay, t, full);
	}
	cx_restore(cx, mark);
	return seq;
}

enum err audit_each(struct cx *cx, struct tx *tx, const struct table *t,
		    enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	struct overlay_change *change;
	size_t count;

	if (!overlay_has_database(tx->overlay))
		return overlay_each(cx, tx->overlay, t, visit, arg);
	if (overlay_changes(cx, tx->overlay, t, &change, &count))
		return cx->err;
	for (size_t i = 0; i < count; i++)
		if (change[i].present && visit(cx, arg, change[i].row, change[i].seq))
			return cx->err;
	return ERR_OK;
}

bool audit_continues(const struct audit *a)
{
	return a->continues;
}

void *audit_memory(struct cx *cx, struct audit *a, const void *owner, size_t size)
{
	struct memory *m = a->memory;

	while (m && m->owner != owner)
		m = m->next;
	if (m)
		return m->p;
	m = CX_NEW(&a->mem, struct memory);
	if (!m || !(m->p = cx_alloc(&a->mem, size))) {
		cx_fail(cx, ERR_MEMORY, "no memory for what is summed over a city");
		return NULL;
	}
	m->owner = owner;
	m->next = a->memory;
	a->memory = m;
	return m->p;
}

struct cx *audit_arena(struct audit *a)
{
	return &a->mem;
}

/* --- replaying one entry --- */

static enum err expect_rows(struct audit *a, const struct entry *e)
{
	const struct row_proof *p = e->rows.item;

	for (size_t i = 0; i < e->rows.count; i++) {
		struct expected *x = CX_NEW(&a->mem, struct expected);
		const struct table *t = domain_table(a->domain, p[i].table);
		if (!x || !(x->table = t ? t->name : cx_strdup(&a->mem, p[i].table)))
			return cx_fail(a->cx, ERR_MEMORY, "too many rows to remember");
		x->seq = e->seq;
		x->count = p[i].count;
		memcpy(x->digest, p[i].digest.p, 32);
		*a->expected_end = x;
		a->expected_end = &x->next;
	}
	return ERR_OK;
}

static const struct used *find_digest(const struct used_list *list, const void *digest)
{
	const struct used *u = list->first;

	while (u && memcmp(u->digest, digest, 32) != 0)
		u = u->next;
	return u;
}

static enum err note_digest(struct audit *a, struct used_list *list, int64_t city, int64_t seq,
			    const void *digest, const char *name)
{
	struct used *u;

	if (find_digest(list, digest))
		return ERR_OK;
	u = CX_NEW(&a->keep, struct used);
	if (!u)
		return cx_fail(a->cx, ERR_MEMORY, "too many rules to remember");
	*u = (struct used){.city = city, .seq = seq};
	memcpy(u->digest, digest, 32);
	snprintf(u->name, sizeof(u->name), "%s", name);
	*(list->first ? list->end : &list->first) = u;
	list->end = &u->next;
	return ERR_OK;
}

/* What city 0 publishes: digests of written rows, and those that an entry names as `digest`. */
static enum err note_published(struct audit *a, const struct entry *e)
{
	for (size_t i = 0; i < e->rows.count; i++) {
		const struct row_proof *p = (const struct row_proof *)e->rows.item + i;
		if (note_digest(a, &a->published_rules, e->city, e->seq, p->digest.p, p->table))
			return a->cx->err;
	}
	for (const struct field *f = e->action->fields; f->name; f++) {
		struct db_val v;
		if (f->type != FIELD_HEX || !(f->flags & LOG) || strstr(f->name, "digest") == NULL)
			continue;
		v = field_value(f, e->rec);
		if (v.n == 32 && note_digest(a, &a->published_rules, e->city, e->seq, v.p, f->name))
			return a->cx->err;
	}
	return ERR_OK;
}

/* Each distinct version once; there are few. */
static enum err note_references(struct audit *a, const struct entry *e)
{
	if (e->city == 0 && note_published(a, e))
		return a->cx->err;
	for (size_t i = 0; i < e->refs.count; i++) {
		const struct ref_use *r = (const struct ref_use *)e->refs.item + i;
		if (note_digest(a, &a->used, e->city, e->seq, r->digest.p, r->name))
			return a->cx->err;
	}
	return ERR_OK;
}

static enum err move_key(struct audit *a, struct cx *cx, const struct entry *e)
{
	if (recent_move(cx, a->recent, a->overlay, e) || recent_reserve(cx, a->recent))
		return cx->err;
	recent_add(a->recent, e->seq, e->idem.n >= IDEM_DIGEST ? e->idem.p : NULL);
	recent_trim(a->recent);
	return ERR_OK;
}

static enum err replay_state(struct audit *a, struct cx *cx, struct entry *e)
{
	static const struct principal nobody;
	struct tx *tx = a->tx;

	tx_begin(tx, e, &nobody);
	tx->deciding = false;
	overlay_begin(a->overlay, e->seq);
	if (move_key(a, cx, e))
		return cx->err;
	if (ledger_apply(cx, tx, e)) {
		overlay_drop(a->overlay);
		return as_finding(a, cx, 1, e->seq);
	}
	if (e->action->apply(cx, tx, e, e->rec)) {
		overlay_drop(a->overlay);
		return as_finding(a, cx, 2, e->seq);
	}
	overlay_keep(a->overlay);
	for (const struct feature *const *f = a->domain->features; *f; f++)
		if ((*f)->check_entry && (*f)->check_entry(cx, a, tx, e, e->rec))
			return cx->err;
	return ERR_OK;
}

static void check_head_of(struct audit *a, const struct entry *e, int64_t seq)
{
	const struct field *f = field_find(e->action->fields, "simulated");

	if (e->city != a->city || e->seq != seq)
		audit_finding(a, 7, a->city, seq, "the entry says it is entry %lld of city %lld",
			      (long long)e->seq, (long long)e->city);
	if (e->recorded_us < a->last_us)
		audit_finding(a, 7, a->city, seq, "it was recorded before the entry before it");
	if (seq == 0 && !e->action->opens)
		audit_finding(a, 7, a->city, seq, "the first entry does not open the city");
	if (seq == 0 && f)
		a->simulated = field_or(field_int_of(f, e->rec), 0);
	if (e->action->real_time)
		a->simulated = 0;
	a->last_us = e->recorded_us;
	a->next_id += e->ids;
}

/* The subtrees of the log, as the writer keeps them. */
static enum err grow_log(struct audit *a, struct cx *cx, const struct digest *leaf)
{
	struct digest done[MERKLE_FRONT_MAX];
	int levels = merkle_front_grow(&a->front, leaf, done);

	for (int level = LOG_NODE_STEP; level < levels; level += LOG_NODE_STEP) {
		struct log_node node = {.level = level, .number = (int64_t)(a->front.size >> level) - 1,
					.hash = {done[level].byte, 32}};
		overlay_begin(a->overlay, (int64_t)a->front.size - 1);
		if (overlay_put(cx, a->overlay, &log_node_table, &node))
			return cx->err;
		overlay_keep(a->overlay);
	}
	if (a->published_city == a->city && a->front.size == a->published.size)
		a->published_root = merkle_front_root(&a->front);
	return ERR_OK;
}

static enum err replay_entry(struct audit *a, struct cx *cx, const struct journal_line *line)
{
	struct digest leaf = merkle_leaf(line->body, line->n);
	int64_t seq = line->seq;
	struct entry e;

	if (seq != a->next_seq)
		audit_finding(a, 7, a->city, a->next_seq, "entry %lld is missing", (long long)a->next_seq);
	a->next_seq = seq + 1;
	if (line->check.p && memcmp(line->check.p, leaf.byte, LEAF_CHECK) != 0)
		audit_finding(a, 7, a->city, seq,
			      "the entry's text and its hash do not fit: one was changed");
	if (grow_log(a, cx, &leaf))
		return cx->err;
	if (entry_decode(cx, a->domain, line->body, line->n, &e))
		return as_finding(a, cx, 7, seq);
	check_head_of(a, &e, seq);
	a->result->transfers += (int64_t)e.transfers.count;
	if (e.city != a->city || e.seq != seq)
		return ERR_OK;
	return expect_rows(a, &e) || note_references(a, &e) ? cx->err : replay_state(a, cx, &e);
}

/* Rows of the tail for entries that lie in packs: nothing reads them. */
static enum err find_strays(struct audit *a, struct cx *cx)
{
	static const char sql[] = "SELECT COUNT(*) FROM journal WHERE city = $1 AND seq < $2 * "
				  "(SELECT COALESCE(MAX(pack) + 1, 0) FROM journal_pack WHERE city = $1)";
	int64_t strays;

	if (db_one_i64(cx, a->db, &strays, sql, DB_ARGS(db_i64(a->city), db_i64(PACK_ENTRIES))))
		return cx->err;
	if (strays)
		audit_finding(a, 7, a->city, -1, "%lld rows of journal stand for entries that lie in packs",
			      (long long)strays);
	return ERR_OK;
}

static enum err count_entry(struct audit *a, struct cx *cx)
{
	if (++a->result->entries % STEP != 0)
		return ERR_OK;
	return audit_crew_step(cx, &a->run->crew, STEP);
}

static enum err count_row(struct audit *a, struct cx *cx)
{
	return ++a->result->rows % STEP == 0 ? audit_crew_step(cx, &a->run->crew, 0) : ERR_OK;
}

static enum err replay_journal(struct audit *a, struct cx *cx)
{
	struct cx_mark mark = cx_mark(cx);
	struct journal_line line;
	journal_auto *j = NULL;
	int64_t damaged;

	if (journal_open(cx, a->db, a->city, a->next_seq, &j))
		return cx->err;
	for (;;) {
		if (!journal_next(cx, j, &line, &damaged)) {
			if (cx->err != ERR_CORRUPT)
				break;
			if (as_finding(a, cx, 7, damaged))
				return cx->err;
			continue;
		}
		if (replay_entry(a, cx, &line) || count_entry(a, cx))
			return cx->err;
		cx_restore(cx, mark);
	}
	return cx->err ? cx->err : find_strays(a, cx);
}

/* --- comparing rows --- */

static enum err missing_row(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct audit *a = ((void **)arg)[0];
	const struct table *t = ((void **)arg)[1];

	if (t == &idem_table && idem_week_of(((const struct idem *)row)->key.p) < idem_week(a->last_us) - 1)
		return ERR_OK; /* it may have been taken away */
	audit_finding(a, t == &balance_table || t == &turnover_table ? 1 : 7, a->city, seq,
		      "%s is not in the database", row_name(cx, t, row));
	return ERR_OK;
}

static enum err compare_table(struct audit *a, struct cx *cx, const struct table *t)
{
	char *sql = cx_printf(cx, "SELECT %s FROM \"%s\" WHERE city = $1", reader_columns(t), t->name);
	db_auto_rows *rows = NULL;
	void *row = cx_alloc(cx, t->size);
	struct cx_mark mark;

	if (!sql || !row || db_query(cx, a->db, &rows, sql, DB_ARGS(db_i64(a->city))))
		return cx->err;
	mark = cx_mark(cx);
	while (db_next(cx, rows)) {
		bool found, equal;
		const char *column;
		int64_t seq;
		if (field_row(cx, t->fields, rows, row))
			return cx->err;
		overlay_match(a->overlay, t, row, &found, &equal, &column, &seq);
		if (!found)
			audit_finding(a, 7, a->city, -1, "%s stands in the database, but no entry made it",
				      row_name(cx, t, row));
		else if (!equal)
			audit_finding(a, t == &balance_table || t == &turnover_table ? 1 : 7,
				      a->city, seq,
				      "%s: column %s is not what replaying the entries gives",
				      row_name(cx, t, row), column);
		if (count_row(a, cx))
			return cx->err;
		cx_restore(cx, mark);
	}
	if (cx->err)
		return cx->err;
	return overlay_unseen(cx, a->overlay, t, missing_row, (void *[]){a, (void *)(uintptr_t)t});
}

/* Rows are read in the order of their entries, so the list is gone through once a table. */
static struct expected *expected_of(struct audit *a, const struct table *t, int64_t seq)
{
	while (a->next_expected && a->next_expected->seq < seq)
		a->next_expected = a->next_expected->next;
	for (struct expected *x = a->next_expected; x && x->seq == seq; x = x->next)
		if (strcmp(x->table, t->name) == 0)
			return x;
	return NULL;
}

/* All rows of one entry have been read: hold them against what the entry says. */
static void close_group(struct audit *a, const struct table *t, int64_t seq, int64_t count,
			struct sha256_stream *s)
{
	struct expected *x = expected_of(a, t, seq);
	struct digest d = sha256_final(s);

	if (!x) {
		audit_finding(a, 7, a->city, seq, "%s holds rows of entry %lld, which wrote none",
			      t->name, (long long)seq);
		return;
	}
	x->seen = true;
	if (x->count != count)
		audit_finding(a, 7, a->city, seq,
			      "%s holds %lld rows of the entry, which wrote %lld", t->name,
			      (long long)count, (long long)x->count);
	else if (memcmp(d.byte, x->digest, 32) != 0)
		audit_finding(a, 7, a->city, seq,
			      "rows of %s are not those whose digest the entry has", t->name);
}

static enum err compare_write_once(struct audit *a, struct cx *cx, const struct table *t)
{
	char *sql = cx_printf(cx, "SELECT %s FROM \"%s\" WHERE city = $1 AND seq >= $2 ORDER BY seq, n",
			      reader_columns(t), t->name);
	int64_t first = a->continues ? a->trusted.size : 0;
	db_auto_rows *rows = NULL;
	struct sha256_stream *s = NULL;
	void *row = cx_alloc(cx, t->size);
	int64_t group = -1, count = 0;
	struct cx_mark mark;

	if (!sql || !row || db_query(cx, a->db, &rows, sql, DB_ARGS(db_i64(a->city), db_i64(first))))
		return cx->err;
	a->next_expected = a->expected;
	mark = cx_mark(cx);
	while (db_next(cx, rows)) {
		int64_t seq = db_get_i64(rows, 1);
		if (s && seq != group) {
			close_group(a, t, group, count, s);
			s = NULL;
		}
		if (!s && sha256_new(cx, &s))
			return cx->err;
		count = group == seq ? count : 0;
		group = seq;
		if (field_row(cx, t->fields, rows, row)) {
			sha256_free(s);
			return cx->err;
		}
		row_digest_add(s, t, row);
		if (db_get_i64(rows, 2) != ++count)
			audit_finding(a, 7, a->city, seq,
				      "%s: rows of the entry are not numbered from 1", t->name);
		if (count_row(a, cx)) {
			sha256_free(s);
			return cx->err;
		}
		cx_restore(cx, mark);
	}
	if (s)
		close_group(a, t, group, count, s);
	if (cx->err)
		return cx->err;
	for (struct expected *x = a->expected; x; x = x->next)
		if (!x->seen && strcmp(x->table, t->name) == 0)
			audit_finding(a, 7, a->city, x->seq,
				      "the entry wrote %lld rows to %s, which holds none of them",
				      (long long)x->count, t->name);
	if (a->continues)
		return snapshot_count_before(cx, a, a->from, a->db, t, a->city, first, a->result);
	return ERR_OK;
}

/* --- the head of the log --- */

/* One signature, of our key, and no line besides: so that no byte of the note can be changed unseen. */
static bool note_is_plain(const char *note, size_t text_n)
{
	const char *p = note + text_n;

	if (*p++ != '\n' || strncmp(p, "\xe2\x80\x94 ", 4) != 0)
		return false;
	p = strchr(p, '\n');
	return p && p[1] == 0;
}

static enum err key_of(struct audit *a, struct cx *cx, const char *origin, struct vkey *key)
{
	struct sign_seed seed;
	struct sign_public pub;

	if (a->options->vkey)
		return vkey_read(cx, a->options->vkey, strlen(a->options->vkey), key);
	if (!a->keys)
		return cx_fail(
			cx, ERR_INPUT,
			"the checkpoint's signature cannot be checked: name the key store or a verifier key");
	if (keys_signing_seed(cx, a->keys, &seed, false))
		return cx->err;
	pub = sign_public_of(&seed);
	wipe(&seed, sizeof(seed));
	return vkey_of(cx, origin, &pub, key);
}

/* The origin says what the log goes on from: that must be true. */
static enum err check_origin(struct audit *a, struct cx *cx)
{
	struct log_source source = {a->db, a->city};
	struct digest root = merkle_empty();
	unsigned char named[8];
	int64_t size;

	log_origin_read(a->origin, &size, named);
	if (size < 0)
		return ERR_OK;
	if (size > 0 && size <= a->next_seq && merkle_root(cx, log_source, &source, (uint64_t)size, &root))
		return as_finding(a, cx, 7, -1);
	if (size > a->next_seq || memcmp(named, root.byte, sizeof(named)) != 0)
		audit_finding(a, 7, a->city, -1, "the log does not go on from what its origin %.200s names",
			      a->origin);
	return ERR_OK;
}

static enum err check_note(struct audit *a, struct cx *cx, const char *note)
{
	const char *origin = a->origin;
	struct digest root = merkle_front_root(&a->front);
	struct checkpoint cp;
	struct vkey key;
	size_t text_n;

	if (key_of(a, cx, origin, &key) || check_origin(a, cx))
		return cx->err;
	if (checkpoint_read(cx, note, strlen(note), &key, &cp) ||
	    note_read(cx, note, strlen(note), &key, &text_n)) {
		cx_prefix(cx, "the checkpoint in log_head: ");
		return as_finding(a, cx, 7, -1);
	}
	if (!note_is_plain(note, text_n) || strcmp(cp.origin, origin) != 0 || *cp.extension)
		audit_finding(a, 7, a->city, -1,
			      "the checkpoint in log_head is not one that this log writes");
	if ((int64_t)cp.size != a->next_seq || !digest_equal(&cp.root, &root))
		audit_finding(
			a, 7, a->city, -1,
			"the signed checkpoint is of %lld entries with another root than these %lld",
			(long long)cp.size, (long long)a->next_seq);
	return ERR_OK;
}

static enum err check_head(struct audit *a, struct cx *cx)
{
	static const char sql[] =
		"SELECT size, root, front, next_id, recorded_us, simulated, note FROM log_head "
		"WHERE city = $1";
	unsigned char front[MERKLE_FRONT_BYTES];
	size_t frontn = merkle_front_encode(&a->front, front), n;
	struct digest root = merkle_front_root(&a->front);
	db_auto_rows *rows = NULL;
	const void *p;
	char *note;

	if (db_query(cx, a->db, &rows, sql, DB_ARGS(db_i64(a->city))))
		return cx->err;
	if (!db_next(cx, rows)) {
		if (!cx->err)
			audit_finding(a, 7, a->city, -1, "the city has entries but no row in log_head");
		return cx->err;
	}
	if (db_get_i64(rows, 0) != a->next_seq)
		audit_finding(a, 7, a->city, a->next_seq, "log_head says %lld entries, the journal has %lld",
			      (long long)db_get_i64(rows, 0), (long long)a->next_seq);
	p = db_get_blob(rows, 1, &n);
	if (n != 32 || memcmp(p, root.byte, 32) != 0)
		audit_finding(a, 7, a->city, -1, "log_head: root is not the root of these entries");
	p = db_get_blob(rows, 2, &n);
	if (n != frontn || memcmp(p, front, n) != 0)
		audit_finding(a, 7, a->city, -1, "log_head: front is not that of these entries");
	if (db_get_i64(rows, 3) != a->next_id)
		audit_finding(a, 7, a->city, -1, "log_head: next_id is %lld, the entries give %lld",
			      (long long)db_get_i64(rows, 3), (long long)a->next_id);
	if (db_get_i64(rows, 4) != a->last_us)
		audit_finding(a, 7, a->city, -1, "log_head: recorded_us is not that of the last entry");
	if (db_get_i64(rows, 5) != a->simulated)
		audit_finding(a, 7, a->city, -1, "log_head: simulated is not what the entries say");
	note = cx_strdup(cx, db_get_text(rows, 6) ? db_get_text(rows, 6) : "");
	return note ? check_note(a, cx, note) : cx->err;
}

/* --- sums --- */

static enum err add_to_sum(struct cx *cx, void *arg, const void *row, int64_t seq)
{
	struct audit *a = arg;
	const struct balance *b = row;
	const struct account_kind *k = domain_account(a->domain, account_code(b->account));

	if (k && k->flags & ACCOUNT_MIN0 && b->posted - b->pending_out < 0)
		audit_finding(a, 1, a->city, seq, "account %s is below zero in %s",
			      account_text(cx, a->domain, b->account), b->unit);
	return ERR_OK;
}

/* Of the database's own rows, not of the replay: a second way to the same figure. */
static enum err check_sums(struct audit *a, struct cx *cx)
{
	static const char sql[] = "SELECT unit, CAST(SUM(posted) AS BIGINT), "
				  "CAST(SUM(pending_in) - SUM(pending_out) AS BIGINT) FROM balance "
				  "WHERE city = $1 GROUP BY unit ORDER BY unit";
	db_auto_rows *rows = NULL;

	if (db_query(cx, a->db, &rows, sql, DB_ARGS(db_i64(a->city))))
		return cx->err;
	while (db_next(cx, rows))
		if (db_get_i64(rows, 1) != 0 || db_get_i64(rows, 2) != 0)
			audit_finding(a, 1, a->city, -1,
				      "the accounts in %s sum to %lld, and promises to %lld",
				      db_get_text(rows, 0), (long long)db_get_i64(rows, 1),
				      (long long)db_get_i64(rows, 2));
	return cx->err ? cx->err : audit_each(cx, a->tx, &balance_table, add_to_sum, a);
}

/* --- a city --- */

/* The city goes on where the snapshot's log stands. */
static enum err continue_city(struct audit *a, struct cx *cx)
{
	const struct log_head *head = &a->trusted;

	if (merkle_front_decode(cx, head->front.p, head->front.n, &a->front))
		return cx->err;
	a->next_seq = head->size;
	a->next_id = head->next_id;
	a->last_us = head->recorded_us;
	a->simulated = head->simulated;
	a->result->trusted_entries += head->size;
	if (!a->simulated && recent_load(cx, a->recent, a->db, a->city, head->size))
		return as_finding(a, cx, 7, -1);
	return snapshot_check_log(cx, a, a->db, head) ? as_finding(a, cx, 7, -1) : ERR_OK;
}

static enum err read_origin(struct audit *a, struct cx *cx)
{
	db_auto_rows *rows = NULL;
	unsigned char root[8];
	char *origin = NULL;

	a->origin = log_origin(&a->mem, a->city);
	if (!a->origin)
		return cx_fail(cx, ERR_MEMORY, "no memory for an audit");
	a->after_size = -1;
	if (db_query(cx, a->db, &rows, "SELECT note FROM log_head WHERE city = $1", DB_ARGS(db_i64(a->city))))
		return cx->err;
	if (db_next(cx, rows))
		origin = log_note_origin(&a->mem, db_get_text(rows, 0));
	if (origin && log_origin_read(origin, &a->after_size, root) == a->city)
		a->origin = origin;
	else
		a->after_size = -1;
	return cx->err;
}

static enum err start_city(struct audit *a, struct cx *cx, int64_t city)
{
	a->city = city;
	a->next_seq = a->last_us = a->simulated = 0;
	a->next_id = 1;
	a->front = (struct merkle_front){0};
	a->expected = NULL;
	a->memory = NULL;
	a->expected_end = &a->expected;
	a->continues = false;
	if (a->from && snapshot_head(cx, a->from, city, &a->trusted, &a->continues))
		return cx->err;
	if (read_origin(a, cx) || recent_new(cx, &a->recent) ||
	    overlay_new(cx, a->domain, a->continues ? snapshot_db(a->from) : NULL, city,
				 SIZE_MAX / 2, &a->overlay))
		return cx->err;
	memset(a->tx, 0, sizeof(*a->tx));
	a->tx->domain = a->domain;
	a->tx->overlay = a->overlay;
	return a->continues ? continue_city(a, cx) : ERR_OK;
}

static enum err check_features(struct audit *a, struct cx *cx)
{
	struct entry last = {.city = a->city, .seq = a->next_seq, .recorded_us = a->last_us, .type = ""};

	a->tx->entry = &last;
	for (const struct feature *const *f = a->domain->features; *f; f++)
		if ((*f)->check_city && (*f)->check_city(cx, a, a->tx, a->city))
			return cx->err;
	a->tx->entry = NULL;
	return ERR_OK;
}

static enum err check_tables(struct audit *a, struct cx *cx)
{
	for (int i = 0; i < a->domain->tables; i++) {
		const struct table *t = a->domain->table[i];
		struct cx_mark mark = cx_mark(cx);
		enum err err = ERR_OK;
		if (t == &log_head_table)
			err = check_head(a, cx);
		else if (t->kind == TABLE_REFERENCE || t->kind == TABLE_VAULT)
			err = compare_write_once(a, cx, t);
		else if (t->kind != TABLE_STATE)
			continue;
		else if (a->continues)
			err = snapshot_compare(cx, a, a->from, a->db, t, a->overlay, a->city, a->last_us,
					       a->result);
		else
			err = compare_table(a, cx, t);
		if (err)
			return err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

static enum err check_published(struct audit *a, struct cx *cx)
{
	const struct checkpoint *p = &a->published;

	if (a->published_city != a->city)
		return ERR_OK;
	if (a->continues && (int64_t)p->size <= a->trusted.size)
		return snapshot_check_published(cx, a, a->db, &a->trusted, p) ? as_finding(a, cx, 7, -1) :
										ERR_OK;
	if (a->after_size >= 0 && (int64_t)p->size > a->after_size && strcmp(p->origin, a->origin) != 0)
		audit_finding(a, 7, a->city, a->after_size,
			      "a checkpoint of %lld entries of %.100s was published; these books were "
			      "restored to its first %lld entries and go on as another log",
			      (long long)p->size, p->origin, (long long)a->after_size);
	else if ((int64_t)p->size > a->next_seq)
		audit_finding(a, 7, a->city, a->next_seq,
			      "a checkpoint of %lld entries was published, the journal has %lld: "
			      "it was cut",
			      (long long)p->size, (long long)a->next_seq);
	else if (!digest_equal(&p->root, &a->published_root))
		audit_finding(
			a, 7, a->city, -1,
			"the first %lld entries are not those of the published checkpoint: the log "
			"was rewritten",
			(long long)p->size);
	return ERR_OK;
}

static enum err audit_city(struct audit *a, struct cx *cx, int64_t city)
{
	struct cx_mark mark = cx_mark(&a->mem);
	enum err err = start_city(a, cx, city);

	if (!err)
		err = replay_journal(a, cx);
	if (!err)
		err = check_tables(a, cx);
	if (!err)
		err = check_sums(a, cx);
	if (!err)
		err = check_features(a, cx);
	if (!err)
		err = check_published(a, cx);
	if (!err && a->save && !a->result->findings)
		err = snapshot_put_city(cx, a->save, a->db, a->domain, a->overlay, city);
	overlay_free(a->overlay);
	recent_free(a->recent);
	a->overlay = NULL;
	a->recent = NULL;
	cx_restore(&a->mem, mark);
	a->result->cities++;
	return err;
}

/* Rules used anywhere must be ones that city 0 published. */
static void check_references(struct audit *a)
{
	for (const struct used *u = a->used.first; u; u = u->next)
		if (!find_digest(&a->published_rules, u->digest))
			audit_finding(a, 7, u->city, u->seq,
				      "it used a version of %.64s that is not published in city 0",
				      u->name);
}

/* --- cities side by side --- */

static void add_counts(struct audit_result *sum, const struct audit_result *r)
{
	for (int i = 1; i <= INVARIANTS; i++)
		sum->by_invariant[i] += r->by_invariant[i];
	sum->cities += r->cities;
	sum->entries += r->entries;
	sum->transfers += r->transfers;
	sum->rows += r->rows;
	sum->trusted_entries += r->trusted_entries;
	sum->counted += r->counted;
}

static enum err keep_part(struct audit *a, struct cx *cx, struct part *p)
{
	const struct audit_result *r = a->result;
	size_t kept = r->findings < AUDIT_FINDINGS_MAX ? (size_t)r->findings : AUDIT_FINDINGS_MAX;

	*p = (struct part){.used = a->used, .published = a->published_rules, .findings = r->findings};
	if (kept && !(p->finding = cx_memdup(&a->keep, r->finding, kept * sizeof(r->finding[0]))))
		return cx_fail(cx, ERR_MEMORY, "no memory for findings");
	pthread_mutex_lock(&a->run->crew.lock);
	add_counts(a->run->result, r);
	pthread_mutex_unlock(&a->run->crew.lock);
	return audit_crew_step(cx, &a->run->crew, r->entries % STEP);
}

static void *audit_some(void *arg)
{
	struct audit *a = arg;
	struct run *run = a->run;
	enum err err = ERR_OK;
	int i;

	while (!err && (i = audit_crew_take(&run->crew)) >= 0) {
		*a->result = (struct audit_result){0};
		a->used = a->published_rules = (struct used_list){0};
		err = audit_city(a, a->cx, run->city[i]);
		if (!err)
			err = keep_part(a, a->cx, &run->part[i]);
	}
	if (err && audit_crew_fail(&run->crew))
		run->failed = a;
	return NULL;
}
/* --- which cities --- */

static enum err note_city(struct cx *cx, int64_t c, int64_t *city, int *count)
{
	int k = 0;

	while (k < *count && city[k] != c)
		k++;
	if (k < *count)
		return ERR_OK;
	if (*count == CITIES_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %d cities", CITIES_MAX);
	city[(*count)++] = c;
	return ERR_OK;
}

/* The first city from *c on of which the table has rows. */
static enum err next_city(struct cx *cx, struct db *db, const char *sql, int64_t *c, bool *found)
{
	db_auto_rows *rows = NULL;

	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(*c))) || !db_next(cx, rows))
		return cx->err;
	*found = !db_is_null(rows, 0);
	*c = db_get_i64(rows, 0);
	return ERR_OK;
}

/* From city to city by the key: a DISTINCT would read the whole table. */
static enum err cities_of(struct cx *cx, struct db *db, const struct table *t, int64_t *city, int *count)
{
	struct cx_mark mark = cx_mark(cx);
	char *sql = cx_printf(cx, "SELECT MIN(city) FROM \"%s\" WHERE city >= $1", t->name);
	int64_t c = INT64_MIN;
	bool found = true;

	while (sql && !next_city(cx, db, sql, &c, &found) && found) {
		if (note_city(cx, c, city, count))
			return cx->err;
		if (c == INT64_MAX)
			break;
		c++;
	}
	if (!cx->err)
		cx_restore(cx, mark);
	return cx->err;
}

/* Those of which there is anything, or the one that is asked for if it is among them. */
static enum err list_cities(struct audit *a, struct cx *cx, int64_t *city, int *count)
{
	int64_t only = a->options->city;
	int all = 0;

	for (int i = 0; i < a->domain->tables; i++)
		if (a->domain->table[i]->kind != TABLE_SESSION &&
		    cities_of(cx, a->db, a->domain->table[i], city, &all))
			return cx->err;
	if (a->from && cities_of(cx, snapshot_db(a->from), &log_head_table, city, &all))
		return cx->err;
	*count = 0;
	for (int i = 0; i < all; i++)
		if (only < 0 || city[i] == only)
			city[(*count)++] = city[i];
	return ERR_OK;
}

/* --- snapshots --- */

static enum err know_rule(struct cx *cx, void *arg, const struct snapshot_rule *r)
{
	struct audit *a = arg;

	(void)cx;
	return note_digest(a, &a->published_rules, r->city, r->seq, r->digest, r->name);
}

/* The key that signs checkpoints seals snapshots too, under a name of their own. */
static enum err open_snapshots(struct audit *a, struct cx *cx)
{
	const struct audit_options *o = a->options;
	struct vkey key;

	if (o->save && (o->city >= 0 || !a->keys))
		return cx_fail(cx, ERR_INPUT,
			       "a snapshot is of all cities, and the key store's key seals it");
	if (o->from) {
		struct vkey named;
		if (key_of(a, cx, SNAPSHOT_ORIGIN, &named) ||
		    vkey_of(cx, SNAPSHOT_ORIGIN, &named.pub, &key) ||
		    snapshot_open(cx, o->from, &key, &a->from) ||
		    snapshot_rules(cx, a->from, know_rule, a))
			return cx->err;
		a->result->continued = true;
		a->result->trusted_us = snapshot_facts(a->from).saved_us;
	}
	return o->save ? snapshot_begin(cx, o->save, a->from, &a->save) : ERR_OK;
}

static enum err seal_snapshot(struct audit *a, struct cx *cx)
{
	struct sign_seed seed;
	enum err err;

	for (const struct used *u = a->published_rules.first; u; u = u->next) {
		struct snapshot_rule r = {.name = u->name, .city = u->city, .seq = u->seq};
		memcpy(r.digest, u->digest, sizeof(r.digest));
		if (snapshot_put_rule(cx, a->save, &r))
			return cx->err;
	}
	if (keys_signing_seed(cx, a->keys, &seed, false))
		return cx->err;
	err = snapshot_seal(cx, a->save, &seed);
	wipe(&seed, sizeof(seed));
	return err;
}

static enum err read_published(struct audit *a, struct cx *cx)
{
	const char *note = a->options->checkpoint;
	const char *digits;
	struct vkey key;
	size_t n;
	char *origin;

	a->published_city = -1;
	if (!note)
		return ERR_OK;
	n = strcspn(note, "\n");
	origin = cx_strndup(cx, note, n);
	if (!origin || key_of(a, cx, origin, &key) ||
	    checkpoint_read(cx, note, strlen(note), &key, &a->published))
		return cx->err ? cx_prefix(cx, "the published checkpoint: ") : cx->err;
	digits = strncmp(origin, "relode/city/", 12) == 0 ? origin + 12 : "";
	if (*digits < '0' || *digits > '9')
		return cx_fail(cx, ERR_INPUT,
			       "the published checkpoint is of \"%.80s\", which is no city's log",
			       origin);
	a->published_city = strtoll(digits, NULL, 10);
	a->published_root = merkle_empty();
	return ERR_OK;
}

/* --- all of it --- */

static enum err audit_init(struct audit *a, struct cx *cx, const struct audit *like)
{
	*a = *like;
	a->cx = cx;
	a->tx = calloc(1, sizeof(*a->tx));
	if (!a->tx)
		return cx_fail(cx, ERR_MEMORY, "no memory for an audit");
	cx_init(&a->mem, SIZE_MAX / 2);
	cx_init(&a->keep, SIZE_MAX / 2);
	return ERR_OK;
}

static void audit_done(struct audit *a)
{
	if (!a->tx)
		return;
	cx_done(&a->mem);
	cx_done(&a->keep);
	free(a->tx);
}

/* A thread of the audit, with its own of all that changes. The first is the caller's. */
struct worker {
	struct audit a;
	struct audit_result result; /* of the city it audits */
	struct cx cx;
	pthread_t thread;
	bool started;
};

static enum err worker_begin(struct worker *w, const struct audit *lead, struct db *db)
{
	cx_init(&w->cx, SIZE_MAX / 2);
	w->cx.clock = lead->cx->clock;
	w->cx.clock_arg = lead->cx->clock_arg;
	w->cx.stop = lead->cx->stop;
	if (audit_init(&w->a, &w->cx, lead))
		return w->cx.err;
	w->a.result = &w->result;
	w->a.db = db;
	return ERR_OK;
}

/* Puts together what was found, in the order of the cities. */
static enum err gather(struct audit *a, const struct run *run)
{
	struct audit_result *r = a->result;

	for (int i = 0; i < run->crew.cities; i++) {
		const struct part *p = &run->part[i];
		for (int64_t k = 0; k < p->findings && k < AUDIT_FINDINGS_MAX; k++)
			if (r->findings + k < AUDIT_FINDINGS_MAX)
				r->finding[r->findings + k] = p->finding[k];
		r->findings += p->findings;
		for (const struct used *u = p->published.first; u; u = u->next)
			if (note_digest(a, &a->published_rules, u->city, u->seq, u->digest, u->name))
				return a->cx->err;
		for (const struct used *u = p->used.first; u; u = u->next)
			if (note_digest(a, &a->used, u->city, u->seq, u->digest, u->name))
				return a->cx->err;
	}
	return ERR_OK;
}

/* Where no thread is to be had, those that there are do its work. */
static enum err work(struct audit *lead, struct worker *w, int workers)
{
	struct run *run = lead->run;

	for (int i = 1; i < workers; i++)
		w[i].started = pthread_create(&w[i].thread, NULL, audit_some, &w[i].a) == 0;
	audit_some(&w[0].a);
	for (int i = 1; i < workers; i++)
		if (w[i].started)
			pthread_join(w[i].thread, NULL);
	if (run->failed)
		return cx_pass(lead->cx, run->failed->cx);
	return gather(lead, run);
}

static enum err audit_cities(struct audit *lead, struct db **handle, int handles)
{
	struct worker *w = calloc((size_t)handles, sizeof(*w));
	enum err err = ERR_OK;
	int begun = 0;

	if (!w)
		return cx_fail(lead->cx, ERR_MEMORY, "no memory for an audit");
	for (; !err && begun < handles; begun++)
		if ((err = worker_begin(&w[begun], lead, handle[begun])))
			cx_pass(lead->cx, &w[begun].cx);
	if (!err)
		err = work(lead, w, handles);
	for (int i = 0; i < begun; i++) {
		audit_done(&w[i].a);
		cx_done(&w[i].cx);
	}
	free(w);
	return err;
}

/* What comes before the cities: the schema, what is given, which cities there are. */
static enum err prepare(struct audit *a, struct cx *cx)
{
	struct run *run = a->run;
	int64_t total;
	int cities;

	if (db_check_schema(cx, a->db, relode_migrations, relode_migration_count) ||
	    domain_check_schema(cx, a->domain, a->db) ||
	    db_one_i64(cx, a->db, &total, "SELECT COALESCE(SUM(size), 0) FROM log_head", DB_NONE) ||
	    read_published(a, cx) || open_snapshots(a, cx) || list_cities(a, cx, run->city, &cities))
		return cx->err;
	audit_crew_init(&run->crew, a->options, cities, total);
	return ERR_OK;
}

static enum err audit_all(struct audit *a, struct db **handle, int handles)
{
	struct cx *cx = a->cx;
	enum err err;

	if (prepare(a, cx))
		return cx->err;
	err = audit_cities(a, handle, handles);
	audit_crew_done(&a->run->crew);
	if (!err && a->options->city < 0) /* one city alone does not say what city 0 published */
		check_references(a);
	if (!err && a->save && !a->result->findings)
		err = seal_snapshot(a, cx);
	return err;
}

/* As many as are wanted, where there are cities for them; a snapshot is one handle's. */
static enum err threads_of(struct cx *cx, struct db *db, const struct audit_options *o, int *threads)
{
	int64_t cities;

	BUG(o->threads > AUDIT_THREADS_MAX);
	*threads = 1;
	if (o->threads < 2 || o->city >= 0 || o->from || o->save)
		return ERR_OK;
	if (db_one_i64(cx, db, &cities, "SELECT COUNT(*) FROM log_head", DB_NONE))
		return cx->err;
	*threads = cities < 1 ? 1 : cities < o->threads ? (int)cities : o->threads;
	return ERR_OK;
}

enum err audit_run(struct cx *cx, struct db *db, const struct domain *d, struct keys *keys,
		   const struct audit_options *options, struct audit_result *result)
{
	struct audit lead = {.db = db, .domain = d, .keys = keys, .options = options, .result = result};
	struct audit a = {0};
	struct db *handle[AUDIT_THREADS_MAX] = {db};
	int handles = 1;
	enum err err;

	*result = (struct audit_result){0};
	lead.run = CX_NEW(cx, struct run);
	if (!lead.run)
		return cx->err;
	lead.run->result = result;
	if (options->threads && (threads_of(cx, db, options, &handles) ||
				 audit_handles_open(cx, options->where, handle, &handles)))
		err = cx->err;
	else if (!(err = audit_init(&a, cx, &lead)))
		err = audit_all(&a, handle, handles);
	if (a.tx) {
		snapshot_close(a.save);
		snapshot_close(a.from);
		audit_done(&a);
	}
	if (options->threads)
		audit_handles_close(handle, handles);
	return err;
}
