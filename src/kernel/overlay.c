#include "kernel/overlay.h"

#include <stdalign.h>

#include "kernel/reader.h"

enum {
	SCAN_MAX = 100000,
	SLOTS_MIN = 64,      /* of a table's first hash table; a power of two, as all that follow */
	WRITE_ROWS = 4096,   /* of one call to the database: bounds the memory of a batch's values */
	TICK_ENTRIES = 64,   /* uses of rows are told apart by so many entries */
	NEIGHBOURS = 16,     /* slots, and numbers in a row; a power of two, at most SLOTS_MIN */
	AHEAD = 8,           /* slots of a hash table, in a loop over all */
	AGES = 256,          /* classes of age that a trim knows */
	RETURN_SHARE = 16,   /* of a table's rows: fewer come back to, and they leave early */
	TEXT_STEP = 16,      /* sizes of texts that are used again are told apart by so many bytes */
	TEXT_SIZES = 16      /* so many; larger ones are not */
};

/* What is known of a row: not asked yet, known to be absent, or data. */
enum known { UNKNOWN, ABSENT, PRESENT };
/* Whether the database has a row with this key, as of the last commit. */
enum stored { STORED_MAYBE, STORED_NO, STORED_YES };

struct row {
	struct row *fellow; /* of its group */
	void *data;         /* the struct: home, except while an action changes it; its key members are set
			     * whatever is known */
	int64_t seq;
	enum known known : 8;
	enum stored stored : 8;
	bool dirty : 1, listed : 1, seen : 1; /* listed: stands in the table's list of changed rows */
	bool loose : 1; /* not in its group's chain: known to be nowhere */
	uint32_t used;  /* the tick in which it was asked for, or changed, last */
	alignas(8) unsigned char home[]; /* beside what finding it reads: memory is what finding costs */
};

/* The rows that share their first two key columns (city, and one more): what scans ask for. */
struct group {
	struct row *rows;
	struct db_val key;
	bool whole; /* every row that the database has of it is here */
};

struct undo {
	struct undo *next;
	struct store *store;
	struct row *row;
	void *data; /* NULL: the row was made by this change */
	const void *after; /* what came in its place */
	int64_t seq;
	enum known known;
	bool dirty;
};

/* A hash table, open, two thirds full at most. It is no memory of an arena, which would keep each smaller
 * one, too, that it grew out of. */
struct slots {
	struct slot {
		uint64_t hash;
		void *p; /* NULL: free */
	} *slot;
	size_t size, used; /* size: 0, or a power of two */
};

/* A block of a table's row size to use again. */
struct spare {
	struct spare *next;
};

/* One table's rows. */
struct store {
	const struct table *t;
	struct cx *cx; /* memory of its rows */
	struct slots rows, groups;
	struct row **changed;
	size_t changes, changed_cap;
	struct spare *spare;
	/* Without a database, where nothing else gives memory back: by size, and whole rows */
	struct spare *text[TEXT_SIZES];
	struct row *gone; /* by their fellow */
	/* Of ids or entries before this a trim has forgotten rows; of accounts, by their code; or 0 */
	int64_t line, *lines;
	size_t returns; /* since the last trim: rows that were asked for after a while */
	bool once; /* written and not read again: rows are forgotten with their batch */
	bool grouped; /* rows stand in groups: from the table's first scan on */
	const char *sql[8];
};

struct overlay {
	struct cx cx;   /* memory of rows */
	struct cx once; /* memory of a batch: rows that are written once, lists of changes */
	struct cx log;  /* memory of undo records */
	size_t max;     /* bytes of each */
	struct cx sql;  /* memory of stores and statements: lives with the overlay */
	const struct domain *domain;
	struct db *db;
	int64_t city, seq;
	int64_t fresh_id, fresh_seq; /* of ids and entries from here on the database has those rows alone that
				      * were here, too */
	uint32_t tick, oldest;	     /* now; no row was used before */
	uint32_t pause;		     /* in ticks: after so long a row is come back to */
	struct undo *undo;
	struct store *store[DOMAIN_TABLES];
};

static int compare_bytes(const void *a, size_t an, const void *b, size_t bn)
{
	int c = memcmp(a, b, an < bn ? an : bn);
	return c ? (c < 0 ? -1 : 1) : (an > bn) - (an < bn);
}

static int compare_value(struct db_val a, struct db_val b)
{
	if (a.kind == DB_NULL || b.kind == DB_NULL)
		return (a.kind != DB_NULL) - (b.kind != DB_NULL);
	if (a.kind == DB_I64)
		return (a.i > b.i) - (a.i < b.i);
	return compare_bytes(a.p, a.n, b.p, b.n);
}

static bool is_number(const struct field *f) { return f->type != FIELD_TEXT && f->type != FIELD_HEX; }

int row_compare(const struct field *f, int n, const void *a, const void *b)
{
	for (int i = 0; i < n; i++) {
		int64_t x, y;
		int c;
		if (is_number(&f[i])) { /* absent is the smallest number, and stands first, as null does */
			x = field_int_of(&f[i], a);
			y = field_int_of(&f[i], b);
			c = (x > y) - (x < y);
		} else {
			c = compare_value(field_value(&f[i], a), field_value(&f[i], b));
		}
		if (c)
			return c;
	}
	return 0;
}

char *row_name(struct cx *cx, const struct table *t, const void *row)
{
	struct sb sb;

	sb_init(&sb, cx, 400);
	sb_str(&sb, t->name);
	for (int i = 1; i < t->keys; i++) {
		struct db_val v = field_value(&t->fields[i], row);
		sb_char(&sb, i == 1 ? ' ' : '/');
		if (v.kind == DB_I64)
			sb_i64(&sb, v.i);
		else if (v.kind == DB_TEXT)
			sb_add(&sb, v.p, v.n);
		else
			for (size_t k = 0; k < v.n && k < 16; k++)
				sb_printf(&sb, "%02x", ((const unsigned char *)v.p)[k]);
	}
	return sb.data;
}

enum err overlay_new(struct cx *cx, const struct domain *d, struct db *db, int64_t city, size_t max,
		     struct overlay **out)
{
	struct overlay *o = calloc(1, sizeof(*o));

	if (!o)
		return cx_fail(cx, ERR_MEMORY, "no memory for a city's rows");
	cx_init(&o->cx, max);
	cx_init(&o->once, max);
	cx_init(&o->log, max);
	cx_init(&o->sql, 4 * 1024 * 1024);
	o->max = max;
	o->domain = d;
	o->db = db;
	o->city = city;
	o->fresh_id = o->fresh_seq = INT64_MAX;
	*out = o;
	return ERR_OK;
}

void overlay_limit(struct overlay *o, size_t max)
{
	cx_limit(&o->cx, max);
	cx_limit(&o->once, max);
	cx_limit(&o->log, max);
	o->max = max;
}

bool overlay_has_database(const struct overlay *o)
{
	return o->db;
}

static void slots_free(struct slots *h)
{
	free(h->slot);
	*h = (struct slots){0};
}

static void store_forget(struct store *s)
{
	slots_free(&s->rows);
	slots_free(&s->groups);
	s->changed = NULL;
	s->changes = s->changed_cap = 0;
	s->spare = NULL;
	memset(s->text, 0, sizeof(s->text));
	s->gone = NULL;
}

static void forget_all(struct overlay *o)
{
	for (int i = 0; i < o->domain->tables; i++) {
		struct store *s = o->store[i];

		if (!s)
			continue;
		store_forget(s);
		s->line = 0;
		if (s->lines)
			memset(s->lines, 0, DOMAIN_CODES * sizeof(*s->lines));
	}
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	forget_all(o);
	cx_done(&o->cx);
	cx_done(&o->once);
	cx_done(&o->log);
	cx_done(&o->sql);
	free(o);
}

void overlay_clear(struct overlay *o)
{
	cx_reset(&o->cx);
	cx_reset(&o->once);
	cx_reset(&o->log);
	o->undo = NULL;
	o->fresh_id = o->fresh_seq = INT64_MAX;
	o->oldest = o->tick;
	forget_all(o);
}

void overlay_fresh(struct overlay *o, int64_t id, int64_t seq)
{
	o->fresh_id = id;
	o->fresh_seq = seq;
}

size_t overlay_bytes(const struct overlay *o)
{
	size_t slots = 0;

	for (int i = 0; i < o->domain->tables; i++)
		if (o->store[i])
			slots += o->store[i]->rows.size + o->store[i]->groups.size;
	return cx_used(&o->cx) + cx_used(&o->once) + slots * sizeof(struct slot);
}

static enum err no_memory(struct cx *cx, const struct overlay *o)
{
	return cx_fail(cx, ERR_MEMORY, "the rows of city %lld: %s", (long long)o->city,
		       o->cx.err ? o->cx.msg : o->once.msg);
}

static struct store *store_of(struct cx *cx, struct overlay *o, const struct table *t)
{
	struct store *s = o->store[t->index];

	if (s)
		return s;
	s = CX_NEW(&o->sql, struct store);
	if (!s) {
		cx_fail(cx, ERR_MEMORY, "no memory for the rows of %s", t->name);
		return NULL;
	}
	s->t = t;
	s->once = o->db && (t->kind != TABLE_STATE || t->unread);
	s->cx = s->once ? &o->once : &o->cx;
	if (t->fresh == FRESH_ACCOUNT && !(s->lines = cx_array(&o->sql, DOMAIN_CODES, sizeof(*s->lines)))) {
		cx_fail(cx, ERR_MEMORY, "no memory for the rows of %s", t->name);
		return NULL;
	}
	return o->store[t->index] = s;
}

/* --- hash tables: by the whole key, and by its first two columns --- */

/* Both halves of the product: buckets are taken by the lowest bits, keys may differ in the highest alone. */
static uint64_t mix(uint64_t h, uint64_t v)
{
	unsigned __int128 p = (unsigned __int128)(h ^ v) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

static uint64_t hash_value(uint64_t h, struct db_val v)
{
	const unsigned char *p = v.p;
	uint64_t word;

	if (v.kind == DB_I64 || v.kind == DB_NULL)
		return mix(h, (uint64_t)v.i);
	for (size_t n = v.n; n; p += 8, n -= n < 8 ? n : 8) {
		word = 0;
		memcpy(&word, p, n < 8 ? n : 8);
		h = mix(h, word);
	}
	return mix(h, v.n);
}

/* The city is the same in all. Numbers that follow each other, as those of new things do, come to stand side
 * by side: to look for one brings its neighbours near. So do accounts of one kind. */
static uint64_t hash_key(const struct table *t, int keys, const void *row)
{
	bool numbered = keys > 1 && is_number(&t->fields[1]);
	int64_t v = numbered ? field_int_of(&t->fields[1], row) : 0;
	bool account = t->fresh == FRESH_ACCOUNT;
	uint64_t first = (uint64_t)(account ? account_ref(v) : v);
	uint64_t h = numbered ? mix(account ? (uint64_t)account_code(v) : 0, first / NEIGHBOURS) : 0;

	for (int i = numbered ? 2 : 1; i < keys; i++) {
		const struct field *f = &t->fields[i];
		h = is_number(f) ? mix(h, (uint64_t)field_int_of(f, row)) :
				   hash_value(h, field_value(f, row));
	}
	return numbered ? h / NEIGHBOURS * NEIGHBOURS + first % NEIGHBOURS : h;
}

static void slots_put(struct slots *h, uint64_t hash, void *p)
{
	size_t i = hash & (h->size - 1);

	while (h->slot[i].p)
		i = (i + 1) & (h->size - 1);
	h->slot[i] = (struct slot){hash, p};
}

/* Makes an empty one as large as so many things need. false: no memory. */
static bool slots_make(struct slots *h, size_t things)
{
	size_t size = SLOTS_MIN;

	while (2 * size < 3 * (things + 1))
		size *= 2;
	h->slot = cx_large(size * sizeof(struct slot));
	h->size = h->slot ? size : 0;
	return h->slot;
}

/* There is no such thing in it yet. false: no memory. What bounds the things bounds it. */
static bool slots_add(struct slots *h, uint64_t hash, void *p)
{
	struct slots grown = {.size = h->size ? 2 * h->size : SLOTS_MIN, .used = h->used};

	if (3 * (h->used + 1) > 2 * h->size) {
		grown.slot = cx_large(grown.size * sizeof(struct slot));
		if (!grown.slot)
			return false;
		for (size_t i = 0; i < h->size; i++)
			if (h->slot[i].p)
				slots_put(&grown, h->slot[i].hash, h->slot[i].p);
		free(h->slot);
		*h = grown;
	}
	slots_put(h, hash, p);
	h->used++;
	return true;
}

/* It is in it. What follows and would not be found over the gap moves up. */
static void slots_remove(struct slots *h, uint64_t hash, const void *p)
{
	size_t mask = h->size - 1, gap = hash & mask;

	while (h->slot[gap].p != p)
		gap = (gap + 1) & mask;
	for (size_t i = (gap + 1) & mask; h->slot[i].p; i = (i + 1) & mask) {
		size_t first = h->slot[i].hash & mask;
		if (((i - first) & mask) < ((i - gap) & mask))
			continue;
		h->slot[gap] = h->slot[i];
		gap = i;
	}
	h->slot[gap].p = NULL;
	h->used--;
}

static struct row *find_row(const struct store *s, const void *key, uint64_t hash)
{
	const struct slots *h = &s->rows;
	struct row *r;

	if (h->size == 0)
		return NULL;
	for (size_t i = hash & (h->size - 1); (r = h->slot[i].p) != NULL; i = (i + 1) & (h->size - 1))
		if (h->slot[i].hash == hash &&
		    row_compare(s->t->fields + 1, s->t->keys - 1, key, r->data) == 0)
			return r;
	return NULL;
}

/* With a key of two columns a group has one row: such tables have no groups. */
static bool has_groups(const struct table *t) { return t->keys > 2; }

static struct group *find_group(const struct store *s, const void *key, uint64_t hash)
{
	const struct slots *h = &s->groups;
	struct group *g;

	if (h->size == 0)
		return NULL;
	for (size_t i = hash & (h->size - 1); (g = h->slot[i].p) != NULL; i = (i + 1) & (h->size - 1))
		if (h->slot[i].hash == hash &&
		    compare_value(g->key, field_value(&s->t->fields[1], key)) == 0)
			return g;
	return NULL;
}

static struct group *group_of(struct store *s, const void *key)
{
	uint64_t hash = hash_key(s->t, 2, key);
	struct group *g = find_group(s, key, hash);

	if (g)
		return g;
	g = CX_NEW(s->cx, struct group);
	if (!g)
		return NULL;
	g->key = field_value(&s->t->fields[1], key);
	if (g->key.n && !(g->key.p = cx_memdup(s->cx, g->key.p, g->key.n)))
		return NULL;
	return slots_add(&s->groups, hash, g) ? g : NULL;
}

static bool join_group(struct store *s, struct row *r)
{
	struct group *g = group_of(s, r->data);

	if (!g)
		return false;
	r->fellow = g->rows;
	g->rows = r;
	r->loose = false;
	return true;
}

/* Most tables with groups are never scanned: theirs would be memory alone. */
static bool make_groups(struct store *s)
{
	if (s->grouped || !has_groups(s->t))
		return true;
	for (size_t i = 0; i < s->rows.size; i++)
		if (s->rows.slot[i].p && !join_group(s, s->rows.slot[i].p)) {
			slots_free(&s->groups);
			return false;
		}
	return s->grouped = true;
}

/* --- rows --- */

/* A block for a row: a spare one, or new. */
static void *row_block(struct store *s)
{
	struct spare *spare = s->spare;

	if (!spare)
		return cx_alloc(s->cx, s->t->size < sizeof(*spare) ? sizeof(*spare) : s->t->size);
	s->spare = spare->next;
	return spare;
}

/* For n bytes and a NUL; of zeros where it is new. */
static void *text_block(struct store *s, size_t n)
{
	size_t size = n / TEXT_STEP;
	struct spare *spare = size < TEXT_SIZES ? s->text[size] : NULL;

	if (!spare)
		return cx_alloc(s->cx, (size + 1) * TEXT_STEP);
	s->text[size] = spare->next;
	return spare;
}

static void reuse_text(struct store *s, struct db_val v)
{
	struct spare *spare = (void *)(uintptr_t)v.p;

	if (v.n / TEXT_STEP >= TEXT_SIZES)
		return;
	spare->next = s->text[v.n / TEXT_STEP];
	s->text[v.n / TEXT_STEP] = spare;
}

static const void *text_of(const struct field *f, const void *data)
{
	const char *at = (const char *)data + f->at;

	return f->type == FIELD_TEXT ? *(const char *const *)(const void *)at :
				       ((const struct bytes *)(const void *)at)->p;
}

/* Texts and bytes of a row's struct that what came after it does not share; NULL: nothing came. */
static void reuse_texts(struct store *s, const void *data, const void *after)
{
	for (int i = 0; i < s->t->columns; i++) {
		const struct field *f = &s->t->fields[i];

		if (!is_number(f) && text_of(f, data) && (!after || text_of(f, data) != text_of(f, after)))
			reuse_text(s, field_value(f, data));
	}
}

/* Copies a row's struct; texts and bytes too, unless `old` has the same at the same place. */
static enum err row_copy(struct store *s, int64_t city, void *to, const void *from, const void *old)
{
	const struct table *t = s->t;

	memcpy(to, from, t->size);
	*field_int_at(&t->fields[0], to) = city;
	for (int i = 0; i < t->columns; i++) {
		const struct field *f = &t->fields[i];
		struct db_val v, was;
		void *copy;

		if (is_number(f))
			continue;
		v = field_value(f, from);
		if (v.kind == DB_NULL)
			continue;
		was = old ? field_value(f, old) : db_null();
		if (was.kind != DB_NULL && compare_value(v, was) == 0) {
			copy = (void *)(uintptr_t)was.p;
		} else {
			copy = text_block(s, v.n);
			if (!copy)
				return ERR_MEMORY;
			if (v.n)
				memcpy(copy, v.p, v.n);
			((char *)copy)[v.n] = 0;
		}
		if (f->type == FIELD_TEXT)
			*(const char **)(void *)((char *)to + f->at) = copy;
		else
			((struct bytes *)(void *)((char *)to + f->at))->p = copy;
	}
	return ERR_OK;
}

/* Memory for a row: of one that is gone, or new. */
static struct row *row_memory(struct store *s)
{
	struct row *r = s->gone;

	if (!r)
		return cx_alloc(s->cx, sizeof(*r) + s->t->size);
	s->gone = r->fellow;
	return memset(r, 0, sizeof(*r));
}

static struct row *row_new(struct cx *cx, struct overlay *o, struct store *s, const void *from, uint64_t hash,
			   enum known known, enum stored stored)
{
	struct row *r = row_memory(s);
	struct group *g = NULL;

	if (!r || row_copy(s, o->city, r->home, from, NULL) ||
	    (s->grouped && !(g = group_of(s, r->home))) || !slots_add(&s->rows, hash, r)) {
		no_memory(cx, o);
		return NULL;
	}
	r->data = r->home;
	r->seq = -1;
	r->known = known;
	r->stored = stored;
	r->used = o->tick;
	if (g) {
		r->fellow = g->rows;
		g->rows = r;
	}
	return r;
}

/* --- the database below --- */

/* The number in the key was allotted since the overlay was cleared, and no trim has forgotten a row of this
 * table of such a number: so none is below. */
static bool is_fresh(const struct overlay *o, const struct store *s, const void *key)
{
	int64_t v, line = s->line > o->fresh_id ? s->line : o->fresh_id;
	const struct account_kind *k;

	if (s->t->fresh == FRESH_NOT)
		return false;
	v = field_int_of(&s->t->fields[1], key);
	if (s->t->fresh == FRESH_SEQ)
		return v >= o->fresh_seq && v >= s->line;
	if (s->t->fresh == FRESH_ACCOUNT) {
		k = domain_account(o->domain, account_code(v));
		if (!k || k->flags & ACCOUNT_ELSEWHERE || !account_ref(v))
			return false;
		line = s->lines[k->code] > o->fresh_id ? s->lines[k->code] : o->fresh_id;
		v = account_ref(v);
	}
	return (v >> 32 == 0 || v >> 32 == o->city) && (v & UINT32_MAX) >= line;
}

/* --- fewer rows --- */

/* The database has this row, which is not here any more. */
static void not_fresh(const struct overlay *o, struct store *s, const void *data)
{
	int64_t v;

	if (!is_fresh(o, s, data))
		return;
	v = field_int_of(&s->t->fields[1], data);
	if (s->t->fresh == FRESH_SEQ)
		s->line = v + 1;
	else if (s->t->fresh == FRESH_ID)
		s->line = (v & UINT32_MAX) + 1;
	else
		s->lines[account_code(v)] = (account_ref(v) & UINT32_MAX) + 1;
}

/* In ticks since it was used. Rows that are absent, and those of tables that are seldom come back to (claims
 * of identity, say, which are written and compared once), count as older than they are. */
static uint32_t age_of(const struct overlay *o, const struct store *s, const struct row *r)
{
	uint32_t age = o->tick > r->used ? o->tick - r->used : 0;

	if (s->returns < s->rows.used / RETURN_SHARE)
		return 4 * age;
	return r->known == ABSENT ? 2 * age : age;
}

/* All that there is of its group is here, and stays: it need not be read again. */
static bool stays_whole(const struct overlay *o, const struct store *s, const struct group *g, uint32_t age)
{
	if (!g->rows || !(g->whole || is_fresh(o, s, g->rows->data)))
		return false;
	for (const struct row *r = g->rows; r; r = r->fellow)
		if (r->known == UNKNOWN || (r->known == PRESENT && age_of(o, s, r) >= age))
			return false;
	return true;
}

/* That the row is absent needs no memory: its group says it, or what belonged to one entry is over, and
 * nobody asks for it. */
static bool goes_unsaid(const struct store *s, const struct row *r)
{
	const struct group *g;

	if (r->known != ABSENT)
		return r->known == UNKNOWN;
	if (s->t->fresh == FRESH_SEQ)
		return true;
	g = s->grouped ? find_group(s, r->data, hash_key(s->t, 2, r->data)) : NULL;
	return g && g->whole;
}

/* Rows lie anywhere in memory: of those that a loop comes to, one is brought near before its turn. */
static void fetch_ahead(const struct slots *h, size_t i)
{
	if (i + AHEAD < h->size)
		__builtin_prefetch(h->slot[i + AHEAD].p);
}

/* Copies the rows of the old store that stay, the younger ones, into the new one, whose memory is another
 * arena's. */
static bool keep_rows(struct overlay *o, struct store *s, const struct store *old, uint32_t age)
{
	struct cx cx = {0}; /* row_new tells it of failures; nothing is allocated */

	for (size_t i = 0; i < old->rows.size; i++) {
		const struct row *r = old->rows.slot[i].p;
		struct row *copy;
		fetch_ahead(&old->rows, i);
		if (!r || goes_unsaid(old, r))
			continue;
		if (age_of(o, old, r) >= age) {
			if (r->known == PRESENT)
				not_fresh(o, s, r->data);
			continue;
		}
		copy = row_new(&cx, o, s, r->data, old->rows.slot[i].hash, r->known, r->stored);
		if (!copy)
			return false;
		copy->used = r->used;
	}
	return true;
}

/* The rows of one table that were used lately: at most so many. */
static bool keep_used(struct overlay *o, struct store *s, uint32_t age, size_t rows)
{
	struct store old = *s;
	struct group *g, *copy;
	bool kept;

	s->rows = s->groups = (struct slots){0};
	s->returns = 0;
	store_forget(s);
	for (size_t i = 0; i < old.groups.size; i++)
		if ((g = old.groups.slot[i].p) != NULL)
			g->whole = stays_whole(o, &old, g, age);
	/* made at its size: what is grown is filled again at each step */
	kept = (rows == 0 || slots_make(&s->rows, rows)) && keep_rows(o, s, &old, age);
	for (size_t i = 0; i < old.groups.size && kept; i++) {
		g = old.groups.slot[i].p;
		copy = g && g->whole ? find_group(s, g->rows->data, old.groups.slot[i].hash) : NULL;
		if (copy)
			copy->whole = true;
	}
	slots_free(&old.rows);
	slots_free(&old.groups);
	return kept;
}

/* A table's rows by their age, and their number. */
static size_t count_ages(const struct overlay *o, const struct store *s, uint32_t width, uint32_t of[AGES])
{
	size_t rows = 0;

	for (size_t k = 0; k < s->rows.size; k++) {
		const struct row *r = s->rows.slot[k].p;
		uint32_t age;
		fetch_ahead(&s->rows, k);
		if (!r)
			continue;
		age = age_of(o, s, r) / width;
		of[age < AGES ? age : AGES - 1]++;
		rows++;
	}
	return rows;
}

/* Rows younger than this take about so many bytes; of each table so many are. */
static uint32_t age_for(const struct overlay *o, size_t enough, size_t stay[DOMAIN_TABLES])
{
	uint32_t width = (o->tick - o->oldest) / AGES + 1, age;
	uint32_t of[DOMAIN_TABLES][AGES] = {0};
	size_t rows = 0, kept = 0;

	for (int i = 0; i < o->domain->tables; i++)
		if (o->store[i] && !o->store[i]->once)
			rows += count_ages(o, o->store[i], width, of[i]);
	for (age = 0; age < AGES; age++) {
		size_t more = 0;
		for (int i = 0; i < o->domain->tables; i++)
			more += of[i][age];
		if ((kept + more) * (overlay_bytes(o) / (rows + 1)) > enough)
			break;
		kept += more;
		for (int i = 0; i < o->domain->tables; i++)
			stay[i] += of[i][age];
	}
	return age < AGES ? age * width : UINT32_MAX;
}

void overlay_trim(struct overlay *o, size_t enough)
{
	size_t stay[DOMAIN_TABLES] = {0};
	uint32_t age = age_for(o, enough, stay);
	struct cx old = o->cx;
	bool kept = true;

	BUG(o->undo || !o->db);
	cx_init(&o->cx, o->max);
	for (int i = 0; i < o->domain->tables && kept; i++)
		if (o->store[i] && !o->store[i]->once)
			kept = keep_used(o, o->store[i], age, stay[i]);
	cx_done(&old);
	if (age < o->tick - o->oldest)
		o->oldest = o->tick - age;
	o->pause = (o->tick - o->oldest) / 2;
	if (!kept)
		overlay_clear(o);
}

static const char *select_sql(struct cx *cx, struct overlay *o, const struct table *t, int keys)
{
	struct sb sb;

	sb_init(&sb, &o->sql, 8000);
	sb_printf(&sb, "SELECT %s FROM \"%s\" WHERE ", reader_columns(t), t->name);
	for (int i = 0; i < keys; i++)
		sb_printf(&sb, "%s\"%s\" = $%d", i ? " AND " : "", t->fields[i].name, i + 1);
	if (sb_end(&sb)) {
		cx_fail(cx, ERR_MEMORY, "no memory for a statement on %s", t->name);
		return NULL;
	}
	return sb.data;
}

static enum err open_rows(struct cx *cx, struct overlay *o, struct store *s, const void *key, int keys,
			  struct db_rows **rows)
{
	struct db_val val[8];

	BUG(keys < 1 || keys >= 8);
	if (!s->sql[keys] && !(s->sql[keys] = select_sql(cx, o, s->t, keys)))
		return cx->err;
	val[0] = db_i64(o->city);
	for (int i = 1; i < keys; i++)
		val[i] = field_value(&s->t->fields[i], key);
	return db_query(cx, o->db, rows, s->sql[keys], (struct db_args){val, keys});
}

/* What the database says of a row that is here already, or not. */
static enum err take_row(struct cx *cx, struct overlay *o, struct store *s, const void *data, bool there,
			 struct row *r, struct row **out)
{
	enum known known = there ? PRESENT : ABSENT;
	enum stored stored = there ? STORED_YES : STORED_NO;

	if (!r && !(r = row_new(cx, o, s, data, hash_key(s->t, s->t->keys, data), known, stored)))
		return cx->err;
	if (r->known == UNKNOWN) {
		if (there && row_copy(s, o->city, r->data, data, NULL))
			return no_memory(cx, o);
		r->known = known;
	}
	if (r->stored == STORED_MAYBE)
		r->stored = stored;
	*out = r;
	return ERR_OK;
}

/* Asked for, here. */
static void use_row(const struct overlay *o, struct store *s, struct row *r)
{
	s->returns += o->tick - r->used > o->pause;
	r->used = o->tick;
}

static enum err load_one(struct cx *cx, struct overlay *o, struct store *s, const void *key, struct row **out)
{
	db_auto_rows *rows = NULL;
	void *data = cx_alloc(cx, s->t->size);

	if (!data || open_rows(cx, o, s, key, s->t->keys, &rows))
		return cx->err;
	if (db_next(cx, rows))
		return field_row(cx, s->t->fields, rows, data) ? cx->err :
								 take_row(cx, o, s, data, true, *out, out);
	return cx->err ? cx->err : take_row(cx, o, s, key, false, *out, out);
}

enum err overlay_find(struct cx *cx, struct overlay *o, const struct table *t, const void *key,
		      const void **row)
{
	struct store *s = store_of(cx, o, t);
	uint64_t hash = hash_key(t, t->keys, key);
	struct cx_mark mark;
	struct row *r;
	struct group *g;

	if (!s)
		return cx->err;
	*row = NULL;
	r = find_row(s, key, hash);
	if (r)
		use_row(o, s, r);
	if (r && r->known != UNKNOWN) {
		*row = r->known == PRESENT ? r->data : NULL;
		return ERR_OK;
	}
	if (!o->db || is_fresh(o, s, key))
		return ERR_OK;
	if (s->grouped && (g = find_group(s, key, hash_key(t, 2, key))) && g->whole && !r)
		return ERR_OK;
	mark = cx_mark(cx);
	if (load_one(cx, o, s, key, &r))
		return cx->err;
	s->returns += r->known == PRESENT;
	cx_restore(cx, mark);
	*row = r->known == PRESENT ? r->data : NULL;
	return ERR_OK;
}

static enum err load_range(struct cx *cx, struct overlay *o, struct store *s, const void *key, int prefix)
{
	db_auto_rows *rows = NULL;
	void *data = cx_alloc(cx, s->t->size);
	struct cx_mark mark;
	struct row *r;

	if (!data || open_rows(cx, o, s, key, prefix, &rows))
		return cx->err;
	mark = cx_mark(cx);
	for (int n = 0; db_next(cx, rows); n++) {
		if (n == SCAN_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d rows of %s at once",
				       SCAN_MAX, s->t->name);
		if (field_row(cx, s->t->fields, rows, data))
			return cx->err;
		r = find_row(s, data, hash_key(s->t, s->t->keys, data));
		s->returns += !r;
		if (take_row(cx, o, s, data, true, r, &r))
			return cx->err;
		cx_restore(cx, mark);
	}
	return cx->err;
}

/* --- many rows, in the order of their keys --- */

struct pick {
	const struct table *t;
	struct row **row;
	size_t count, cap;
};

static enum err pick_add(struct cx *cx, struct pick *p, struct row *r)
{
	if (p->count == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct row **row = cx_array(cx, cap, sizeof(struct row *));
		if (!row)
			return cx->err;
		if (p->count)
			memcpy(row, p->row, p->count * sizeof(struct row *));
		p->row = row;
		p->cap = cap;
	}
	p->row[p->count++] = r;
	return ERR_OK;
}

/* A row with the first numbers of its key: most comparisons then need not look at rows, which lie apart. */
struct sorted {
	int64_t number[2];
	struct row *row;
};

static int by_key(const void *a, const void *b, void *arg)
{
	const struct sorted *x = a, *y = b;
	const struct table *t = arg;

	for (int i = 0; i < 2; i++)
		if (x->number[i] != y->number[i])
			return x->number[i] > y->number[i] ? 1 : -1;
	return row_compare(t->fields + 1, t->keys - 1, x->row->data, y->row->data);
}

/* Many come in order, new rows of tables that are numbered for one. */
static enum err pick_sort(struct cx *cx, struct pick *p)
{
	struct cx_mark mark = cx_mark(cx);
	const struct table *t = p->t;
	bool in_order = true;
	struct sorted *s;

	if (p->count < 2)
		return ERR_OK;
	s = cx_array(cx, p->count, sizeof(*s));
	if (!s)
		return cx->err;
	for (size_t i = 0; i < p->count; i++) {
		s[i] = (struct sorted){.row = p->row[i]};
		for (int k = 0; k < 2 && k + 1 < t->keys && is_number(&t->fields[k + 1]); k++)
			s[i].number[k] = field_int_of(&t->fields[k + 1], p->row[i]->data);
		in_order = in_order && (i == 0 || by_key(&s[i - 1], &s[i], (void *)(uintptr_t)t) <= 0);
	}
	if (!in_order)
		qsort_r(s, p->count, sizeof(*s), by_key, (void *)(uintptr_t)t);
	for (size_t i = 0; i < p->count; i++)
		p->row[i] = s[i].row;
	cx_restore(cx, mark);
	return ERR_OK;
}

/* seen: those, too, that were marked as seen. */
static enum err pick_all(struct cx *cx, const struct store *s, bool seen, struct pick *p)
{
	for (size_t i = 0; i < s->rows.size; i++) {
		struct row *r = s->rows.slot[i].p;
		if (r && r->known == PRESENT && (seen || !r->seen) && pick_add(cx, p, r))
			return cx->err;
	}
	return ERR_OK;
}

static enum err pick_range(struct cx *cx, struct store *s, const void *key, int prefix, struct pick *p)
{
	struct group *g;
	struct row *r;

	if (prefix == 1)
		return pick_all(cx, s, true, p);
	if (!has_groups(s->t)) {
		r = find_row(s, key, hash_key(s->t, s->t->keys, key));
		return r && r->known == PRESENT ? pick_add(cx, p, r) : ERR_OK;
	}
	g = find_group(s, key, hash_key(s->t, 2, key));
	if (!g)
		return ERR_OK;
	for (struct row **at = &g->rows; (r = *at) != NULL;) {
		if (r->known == ABSENT && !r->dirty && r->stored == STORED_NO) {
			r->loose = true; /* what came and went would make each scan longer */
			*at = r->fellow;
			continue;
		}
		at = &r->fellow;
		if (r->known == PRESENT &&
		    row_compare(s->t->fields + 1, prefix - 1, key, r->data) == 0 && pick_add(cx, p, r))
			return cx->err;
	}
	return ERR_OK;
}

/* The rows of the database that belong to the range are here afterwards. */
static enum err load_missing(struct cx *cx, struct overlay *o, struct store *s, const void *key, int prefix)
{
	struct group *g = NULL;

	if (!o->db || (prefix > 1 && is_fresh(o, s, key)))
		return ERR_OK;
	if (prefix > 1 && has_groups(s->t) && !(g = group_of(s, key)))
		return no_memory(cx, o);
	if (g && g->whole)
		return ERR_OK;
	if (load_range(cx, o, s, key, prefix))
		return cx->err;
	if (g && prefix == 2)
		g->whole = true;
	return ERR_OK;
}

enum err overlay_scan(struct cx *cx, struct overlay *o, const struct table *t, const void *key, int prefix,
		      size_t max, const void *const **rows, size_t *count)
{
	struct store *s = store_of(cx, o, t);
	struct pick p = {.t = t};
	const void **data;

	BUG(prefix < 1 || prefix > t->keys);
	if (s && prefix > 1 && !make_groups(s))
		return no_memory(cx, o);
	if (!s || load_missing(cx, o, s, key, prefix) || pick_range(cx, s, key, prefix, &p))
		return cx->err;
	if (p.count > max)
		return cx_fail(cx, ERR_TOO_LARGE, "more than %zu rows of %s", max, t->name);
	if (pick_sort(cx, &p))
		return cx->err;
	data = cx_array(cx, p.count, sizeof(*data));
	if (!data)
		return cx->err;
	for (size_t i = 0; i < p.count; i++) {
		use_row(o, s, p.row[i]);
		data[i] = p.row[i]->data;
	}
	*rows = data;
	*count = p.count;
	return ERR_OK;
}

/* --- writing, with undo --- */

void overlay_begin(struct overlay *o, int64_t seq)
{
	BUG(o->undo);
	o->seq = seq;
	o->tick = (uint32_t)(seq / TICK_ENTRIES);
	if (o->oldest > o->tick) /* decided again, from an earlier entry on */
		o->oldest = o->tick;
}

static void reuse(struct store *s, void *data)
{
	struct spare *spare = data;
	spare->next = s->spare;
	s->spare = spare;
}

/* Without a database a row that is not there need not be known: what came and went would fill the memory. */
static void row_gone(struct store *s, struct row *r)
{
	slots_remove(&s->rows, hash_key(s->t, s->t->keys, r->data), r);
	reuse_texts(s, r->data, NULL);
	r->known = UNKNOWN; /* it is gone once, however often it was changed */
	r->fellow = s->gone;
	s->gone = r;
}

/* Blocks that were replaced may be used again once no caller holds them: after the action. What an action
 * made of a row moves into the row's home then. */
void overlay_keep(struct overlay *o)
{
	for (const struct undo *u = o->undo; u && !o->db; u = u->next)
		if (u->data)
			reuse_texts(u->store, u->data, u->after);
	for (const struct undo *u = o->undo; u; u = u->next) {
		struct row *r = u->row;
		if (u->data == r->home) {
			memcpy(r->home, r->data, u->store->t->size);
			reuse(u->store, r->data);
			r->data = r->home;
		} else if (u->data) {
			reuse(u->store, u->data);
		}
	}
	for (const struct undo *u = o->undo; u && !o->db; u = u->next)
		if (u->row->known == ABSENT && !u->store->grouped)
			row_gone(u->store, u->row);
	o->undo = NULL;
	cx_reset(&o->log);
}

void overlay_drop(struct overlay *o)
{
	for (const struct undo *u = o->undo; u; u = u->next) { /* the newest change first */
		if (u->data) {
			if (!o->db)
				reuse_texts(u->store, u->after, u->data);
			reuse(u->store, u->row->data);
			u->row->data = u->data;
		}
		u->row->seq = u->seq;
		u->row->known = u->known;
		u->row->dirty = u->dirty;
		if (!o->db && !u->data && !u->store->grouped)
			row_gone(u->store, u->row);
	}
	o->undo = NULL;
	cx_reset(&o->log);
}

static enum err remember(struct cx *cx, struct overlay *o, struct store *s, struct row *r, void *data,
			 const void *after)
{
	struct undo *u = CX_NEW(&o->log, struct undo);

	if (!u)
		return cx_fail(cx, ERR_MEMORY, "one action changes too many rows");
	*u = (struct undo){o->undo, s, r, data, after, r->seq, r->known, r->dirty};
	o->undo = u;
	return ERR_OK;
}

static bool list_changed(struct overlay *o, struct store *s, struct row *r)
{
	if (s->changes == s->changed_cap) {
		size_t cap = s->changed_cap ? 2 * s->changed_cap : 64;
		struct row **list = cx_array(&o->once, cap, sizeof(struct row *));
		if (!list)
			return false;
		if (s->changes)
			memcpy(list, s->changed, s->changes * sizeof(struct row *));
		s->changed = list;
		s->changed_cap = cap;
	}
	s->changed[s->changes++] = r;
	return r->listed = true;
}

/* A row that is there gets a new block: its old one may be in a caller's hands until the action ends. */
static enum err replace(struct cx *cx, struct overlay *o, struct store *s, struct row *r, const void *row)
{
	void *data = row_block(s);

	if (!data || row_copy(s, o->city, data, row, r->data))
		return no_memory(cx, o);
	if (remember(cx, o, s, r, r->data, data)) {
		reuse(s, data);
		return cx->err;
	}
	r->data = data;
	return ERR_OK;
}

/* Of a row that is not here. */
static enum stored may_be_stored(const struct overlay *o, const struct store *s, const void *row)
{
	const struct group *g;

	if (!o->db)
		return STORED_NO;
	g = s->grouped ? find_group(s, row, hash_key(s->t, 2, row)) : NULL;
	return (g && g->whole) || is_fresh(o, s, row) ? STORED_NO : STORED_MAYBE;
}

static enum err change(struct cx *cx, struct overlay *o, const struct table *t, const void *row,
		       enum known known)
{
	struct store *s = store_of(cx, o, t);
	uint64_t hash = hash_key(t, t->keys, row);
	struct row *r;
	bool new;

	if (!s)
		return cx->err;
	r = find_row(s, row, hash);
	new = !r;
	if (new && !(r = row_new(cx, o, s, row, hash, UNKNOWN, may_be_stored(o, s, row))))
		return cx->err;
	if ((r->loose && !join_group(s, r)) || (o->db && !r->listed && !list_changed(o, s, r)))
		return no_memory(cx, o);
	if (new ? remember(cx, o, s, r, NULL, r->data) : replace(cx, o, s, r, row))
		return cx->err;
	r->known = known;
	r->dirty = true;
	r->used = o->tick;
	r->seq = o->seq;
	return ERR_OK;
}

enum err overlay_put(struct cx *cx, struct overlay *o, const struct table *t, const void *row)
{
	return change(cx, o, t, row, PRESENT);
}

enum err overlay_del(struct cx *cx, struct overlay *o, const struct table *t, const void *key)
{
	return change(cx, o, t, key, ABSENT);
}

/* --- to the database --- */

enum write { APPEND, UPSERT, DELETE, WRITES };

/* How a changed row is written; WRITES: not at all. */
static enum write write_of(const struct row *r)
{
	if (!r->dirty)
		return WRITES;
	if (r->known == PRESENT)
		return r->stored == STORED_NO ? APPEND : UPSERT;
	return r->stored == STORED_NO ? WRITES : DELETE;
}

static enum err write_values(struct cx *cx, struct db *db, const struct table *t, enum write how,
			     const struct db_val *values, size_t rows)
{
	if (how == DELETE)
		return db_delete(cx, db, &t->shape, values, rows);
	if (how == UPSERT && t->kind == TABLE_STATE)
		return db_upsert(cx, db, &t->shape, values, rows);
	return db_append(cx, db, &t->shape, values, rows);
}

static enum err write_some(struct cx *cx, struct db *db, const struct pick *p, enum write how)
{
	const struct table *t = p->t;
	size_t width = (size_t)(how == DELETE ? t->keys : t->columns), rows = 0, cap;
	struct cx_mark mark = cx_mark(cx);
	struct db_val *values;

	cap = p->count < WRITE_ROWS ? p->count : WRITE_ROWS;
	values = cx_raw(cx, cap * width * sizeof(*values)); /* WRITE_ROWS of a table's columns, at most */
	if (!values)
		return cx->err;
	for (size_t i = 0; i < p->count; i++) {
		if (write_of(p->row[i]) != how)
			continue;
		for (size_t k = 0; k < width; k++)
			values[rows * width + k] = field_value(&t->fields[k], p->row[i]->data);
		if (++rows < cap)
			continue;
		if (write_values(cx, db, t, how, values, rows))
			return cx->err;
		rows = 0;
	}
	if (rows && write_values(cx, db, t, how, values, rows))
		return cx->err;
	cx_restore(cx, mark);
	return ERR_OK;
}

enum err overlay_write(struct cx *cx, struct overlay *o, struct db *db)
{
	for (int i = 0; i < o->domain->tables; i++) {
		struct store *s = o->store[i];
		size_t of[WRITES + 1] = {0};

		if (!s || s->changes == 0)
			continue;
		struct pick p = {.t = s->t, .row = s->changed, .count = s->changes};
		if (pick_sort(cx, &p))
			return cx->err;
		for (size_t k = 0; k < p.count; k++)
			of[write_of(p.row[k])]++;
		for (enum write how = APPEND; how < WRITES; how++)
			if (of[how] && write_some(cx, db, &p, how))
				return cx->err;
	}
	return ERR_OK;
}

void overlay_written(struct overlay *o)
{
	for (int i = 0; i < o->domain->tables; i++) {
		struct store *s = o->store[i];

		for (size_t k = 0; s && k < s->changes; k++) {
			struct row *r = s->changed[k];
			r->stored = r->known == PRESENT	  ? STORED_YES :
				    r->known == ABSENT ? STORED_NO :
							 r->stored;
			r->dirty = r->listed = false;
		}
		if (s && s->once)
			store_forget(s);
		if (s) {
			s->changed = NULL;
			s->changes = s->changed_cap = 0;
		}
	}
	cx_reset(&o->once);
}

/* --- audit --- */

int64_t overlay_seq(struct overlay *o, const struct table *t, const void *key)
{
	struct store *s = o->store[t->index];
	struct row *r = s ? find_row(s, key, hash_key(t, t->keys, key)) : NULL;

	return r && r->known == PRESENT ? r->seq : -1;
}

static enum err each(struct cx *cx, const struct overlay *o, const struct table *t, bool unseen,
		     enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	const struct store *s = o->store[t->index];
	struct pick p = {.t = t};

	if (!s)
		return ERR_OK;
	if (pick_all(cx, s, !unseen, &p))
		return cx->err;
	if (pick_sort(cx, &p))
		return cx->err;
	for (size_t i = 0; i < p.count; i++)
		if (visit(cx, arg, p.row[i]->data, p.row[i]->seq))
			return cx->err;
	return ERR_OK;
}

enum err overlay_each(struct cx *cx, struct overlay *o, const struct table *t,
		      enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	return each(cx, o, t, false, visit, arg);
}

enum err overlay_unseen(struct cx *cx, struct overlay *o, const struct table *t,
			enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	return each(cx, o, t, true, visit, arg);
}

enum err overlay_changes(struct cx *cx, struct overlay *o, const struct table *t,
			 struct overlay_change **out, size_t *count)
{
	const struct store *s = o->store[t->index];
	struct pick p = {.t = t};
	struct overlay_change *list;

	for (size_t i = 0; s && i < s->rows.size; i++) {
		struct row *r = s->rows.slot[i].p;
		if (r && r->dirty && pick_add(cx, &p, r))
			return cx->err;
	}
	if (pick_sort(cx, &p))
		return cx->err;
	list = cx_array(cx, p.count, sizeof(*list));
	if (!list)
		return cx->err;
	for (size_t i = 0; i < p.count; i++)
		list[i] = (struct overlay_change){p.row[i]->data, p.row[i]->seq,
						  p.row[i]->known == PRESENT};
	*out = list;
	*count = p.count;
	return ERR_OK;
}

void overlay_match(struct overlay *o, const struct table *t, const void *row, bool *found, bool *equal,
		   const char **column, int64_t *seq)
{
	struct store *s = o->store[t->index];
	struct row *r = s ? find_row(s, row, hash_key(t, t->keys, row)) : NULL;

	*found = r && r->known == PRESENT;
	*equal = *found;
	*column = NULL;
	*seq = *found ? r->seq : -1;
	if (!*found)
		return;
	r->seen = true;
	for (int i = 0; i < t->columns && *equal; i++) {
		if (compare_value(field_value(&t->fields[i], row),
				  field_value(&t->fields[i], r->data)) != 0) {
			*equal = false;
			*column = t->fields[i].name;
		}
	}
}
