#include "kernel/overlay.h"

enum { SCAN_MAX = 100000 };

/* What is known of a row: not asked yet, known to be absent, or data. */
enum known { UNKNOWN, ABSENT, PRESENT };

struct row {
	struct row *child[2];
	void *data; /* the struct; its key members are set whatever is known */
	int64_t seq;
	uint32_t priority;
	enum known known;
	bool dirty, seen;
};

struct undo {
	struct undo *next;
	struct row *row;
	void *data;
	int64_t seq;
	enum known known;
	bool dirty;
};

/* A block of a table's row size to use again. */
struct spare {
	struct spare *next;
};

struct overlay {
	struct cx cx; /* memory of rows */
	struct cx log; /* memory of undo records */
	const struct domain *domain;
	struct db *db;
	int64_t city, seq;
	struct undo *undo;
	struct row *root[DOMAIN_TABLES];
	struct spare *spare[DOMAIN_TABLES], *retired[DOMAIN_TABLES];
	const char *find_sql[DOMAIN_TABLES];
	const char *scan_sql[DOMAIN_TABLES][8];
	struct cx sql; /* memory of statements: lives with the overlay */
	uint32_t random;
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

int row_compare(const struct field *f, int n, const void *a, const void *b)
{
	for (int i = 0; i < n; i++) {
		int c = compare_value(field_value(&f[i], a), field_value(&f[i], b));
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
	cx_init(&o->log, max);
	cx_init(&o->sql, 4 * 1024 * 1024);
	o->domain = d;
	o->db = db;
	o->city = city;
	o->random = 2463534242u;
	*out = o;
	return ERR_OK;
}

bool overlay_has_database(const struct overlay *o)
{
	return o->db;
}

void overlay_free(struct overlay *o)
{
	if (!o)
		return;
	cx_done(&o->cx);
	cx_done(&o->log);
	cx_done(&o->sql);
	free(o);
}

void overlay_clear(struct overlay *o)
{
	cx_reset(&o->cx);
	cx_reset(&o->log);
	o->undo = NULL;
	memset(o->root, 0, sizeof(o->root));
	memset(o->spare, 0, sizeof(o->spare));
	memset(o->retired, 0, sizeof(o->retired));
}

static enum err no_memory(struct cx *cx, const struct overlay *o)
{
	return cx_fail(cx, ERR_MEMORY, "the rows of city %lld: %s", (long long)o->city, o->cx.msg);
}

/* --- the tree: a treap, ordered by key, heap by priority --- */

static struct row *tree_find(const struct overlay *o, const struct table *t, const void *key)
{
	struct row *r = o->root[t->index];

	while (r) {
		int c = row_compare(t->fields, t->keys, key, r->data);
		if (c == 0)
			return r;
		r = r->child[c > 0];
	}
	return NULL;
}

static struct row *tree_insert(const struct table *t, struct row *at, struct row *new)
{
	int side;

	if (!at)
		return new;
	side = row_compare(t->fields, t->keys, new->data, at->data) > 0;
	at->child[side] = tree_insert(t, at->child[side], new);
	if (at->child[side]->priority > at->priority) {
		struct row *up = at->child[side];
		at->child[side] = up->child[!side];
		up->child[!side] = at;
		return up;
	}
	return at;
}

static uint32_t next_random(struct overlay *o)
{
	o->random ^= o->random << 13;
	o->random ^= o->random >> 17;
	o->random ^= o->random << 5;
	return o->random;
}

/* A block for a row of t: a spare one, or new. */
static void *row_block(struct overlay *o, const struct table *t)
{
	struct spare *s = o->spare[t->index];

	if (!s)
		return cx_alloc(&o->cx, t->size < sizeof(*s) ? sizeof(*s) : t->size);
	o->spare[t->index] = s->next;
	return s;
}

/* Copies a row's struct; texts and bytes too, unless `old` has the same at the same place. */
static enum err row_copy(struct overlay *o, const struct table *t, void *to, const void *from,
			 const void *old)
{
	memcpy(to, from, t->size);
	for (int i = 0; i < t->columns; i++) {
		const struct field *f = &t->fields[i];
		struct db_val v, was;
		void *copy;

		if (f->type != FIELD_TEXT && f->type != FIELD_HEX)
			continue;
		v = field_value(f, from);
		if (v.kind == DB_NULL)
			continue;
		was = old ? field_value(f, old) : db_null();
		if (was.kind != DB_NULL && compare_value(v, was) == 0) {
			copy = (void *)(uintptr_t)was.p;
		} else {
			copy = cx_alloc(&o->cx, v.n + 1);
			if (!copy)
				return ERR_MEMORY;
			if (v.n)
				memcpy(copy, v.p, v.n);
		}
		if (f->type == FIELD_TEXT)
			*(const char **)(void *)((char *)to + f->at) = copy;
		else
			((struct bytes *)(void *)((char *)to + f->at))->p = copy;
	}
	return ERR_OK;
}

static struct row *row_new(struct cx *cx, struct overlay *o, const struct table *t,
			   const void *from, enum known known)
{
	struct row *r = CX_NEW(&o->cx, struct row);
	void *data = r ? row_block(o, t) : NULL;

	if (!data || row_copy(o, t, data, from, NULL)) {
		no_memory(cx, o);
		return NULL;
	}
	*r = (struct row){.data = data, .seq = -1, .priority = next_random(o), .known = known};
	o->root[t->index] = tree_insert(t, o->root[t->index], r);
	return r;
}

/* --- the database below --- */

static const char *select_sql(struct cx *cx, struct overlay *o, const struct table *t, int keys)
{
	struct sb sb;

	sb_init(&sb, &o->sql, 8000);
	sb_str(&sb, "SELECT ");
	for (int i = 0; i < t->columns; i++)
		sb_printf(&sb, "%s\"%s\"", i ? ", " : "", t->fields[i].name);
	sb_printf(&sb, " FROM \"%s\" WHERE ", t->name);
	for (int i = 0; i < keys; i++)
		sb_printf(&sb, "%s\"%s\" = $%d", i ? " AND " : "", t->fields[i].name, i + 1);
	if (sb_end(&sb)) {
		cx_fail(cx, ERR_MEMORY, "no memory for a statement on %s", t->name);
		return NULL;
	}
	return sb.data;
}

static enum err open_rows(struct cx *cx, struct overlay *o, const struct table *t, const void *key, int keys,
			  struct db_rows **rows)
{
	struct db_val val[8];
	const char **sql = &o->scan_sql[t->index][keys];

	BUG(keys < 1 || keys >= 8);
	if (!*sql && !(*sql = select_sql(cx, o, t, keys)))
		return cx->err;
	for (int i = 0; i < keys; i++)
		val[i] = field_value(&t->fields[i], key);
	return db_query(cx, o->db, rows, *sql, (struct db_args){val, keys});
}

/* A copy of key with this overlay's city in it. */
static void *with_city(struct cx *cx, const struct overlay *o, const struct table *t, const void *key)
{
	void *copy = cx_memdup(cx, key, t->size);

	if (copy)
		*field_int_at(&t->fields[0], copy) = o->city;
	return copy;
}

static enum err load_one(struct cx *cx, struct overlay *o, const struct table *t, const void *key,
			 struct row **out)
{
	db_auto_rows *rows = NULL;
	struct cx_mark mark = cx_mark(cx);
	void *data;
	struct row *r = *out;

	if (!o->db) {
		if (!r && !(r = row_new(cx, o, t, key, ABSENT)))
			return cx->err;
		r->known = r->known == PRESENT ? PRESENT : ABSENT;
		*out = r;
		return ERR_OK;
	}
	if (open_rows(cx, o, t, key, t->keys, &rows))
		return cx->err;
	data = cx_alloc(cx, t->size);
	if (!data)
		return cx->err;
	if (!db_next(cx, rows)) {
		if (cx->err)
			return cx->err;
		if (!r && !(r = row_new(cx, o, t, key, ABSENT)))
			return cx->err;
		r->known = ABSENT;
	} else {
		if (field_row(cx, t->fields, rows, data))
			return cx->err;
		if (!r && !(r = row_new(cx, o, t, data, PRESENT)))
			return cx->err;
		if (r->known == UNKNOWN && row_copy(o, t, r->data, data, NULL))
			return no_memory(cx, o);
		r->known = PRESENT;
	}
	cx_restore(cx, mark);
	*out = r;
	return ERR_OK;
}

enum err overlay_find(struct cx *cx, struct overlay *o, const struct table *t, const void *key,
		      const void **row)
{
	struct cx_mark mark = cx_mark(cx);
	void *full = with_city(cx, o, t, key);
	struct row *r;

	if (!full)
		return cx->err;
	r = tree_find(o, t, full);
	if (!r && !o->db) {
		*row = NULL;
		cx_restore(cx, mark);
		return ERR_OK;
	}
	if ((!r || r->known == UNKNOWN) && load_one(cx, o, t, full, &r))
		return cx->err;
	*row = r->known == PRESENT ? r->data : NULL;
	cx_restore(cx, mark);
	return ERR_OK;
}

static enum err load_range(struct cx *cx, struct overlay *o, const struct table *t, const void *key,
			   int prefix)
{
	db_auto_rows *rows = NULL;
	void *data = cx_alloc(cx, t->size);
	struct cx_mark mark;

	if (!data || open_rows(cx, o, t, key, prefix, &rows))
		return cx->err;
	mark = cx_mark(cx);
	for (int n = 0; db_next(cx, rows); n++) {
		struct row *r;
		if (n == SCAN_MAX)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %d rows of %s at once",
				       SCAN_MAX, t->name);
		if (field_row(cx, t->fields, rows, data))
			return cx->err;
		r = tree_find(o, t, data);
		if (!r && !row_new(cx, o, t, data, PRESENT))
			return cx->err;
		if (r && r->known == UNKNOWN) {
			if (row_copy(o, t, r->data, data, NULL))
				return no_memory(cx, o);
			r->known = PRESENT;
		}
		cx_restore(cx, mark);
	}
	return cx->err;
}

struct range {
	const struct table *t;
	const void *key;
	int prefix;
	size_t max, count, cap;
	const void **rows;
};

static enum err collect(struct cx *cx, struct range *g, const struct row *r)
{
	int c;

	if (!r)
		return ERR_OK;
	c = row_compare(g->t->fields, g->prefix, g->key, r->data);
	if (c <= 0 && collect(cx, g, r->child[0]))
		return cx->err;
	if (c == 0 && r->known == PRESENT) {
		if (g->count == g->max)
			return cx_fail(cx, ERR_TOO_LARGE, "more than %zu rows of %s", g->max, g->t->name);
		if (g->count == g->cap) {
			size_t cap = g->cap ? 2 * g->cap : 16;
			const void **rows = cx_array(cx, cap, sizeof(*rows));
			if (!rows)
				return cx->err;
			if (g->count)
				memcpy(rows, g->rows, g->count * sizeof(*rows));
			g->rows = rows;
			g->cap = cap;
		}
		g->rows[g->count++] = r->data;
	}
	return c >= 0 ? collect(cx, g, r->child[1]) : ERR_OK;
}

enum err overlay_scan(struct cx *cx, struct overlay *o, const struct table *t, const void *key, int prefix,
		      size_t max, const void *const **rows, size_t *count)
{
	struct range g = {.t = t, .prefix = prefix, .max = max};

	BUG(prefix < 1 || prefix > t->keys);
	g.key = with_city(cx, o, t, key);
	if (!g.key || (o->db && load_range(cx, o, t, g.key, prefix)) || collect(cx, &g, o->root[t->index]))
		return cx->err;
	*rows = g.rows;
	*count = g.count;
	return ERR_OK;
}

/* --- writing, with undo --- */

void overlay_begin(struct overlay *o, int64_t seq)
{
	BUG(o->undo);
	o->seq = seq;
}

/* Blocks that were replaced may be used again once no caller holds them: after the action. */
static void retire(struct overlay *o, const struct table *t, void *data)
{
	struct spare *s = data;
	s->next = o->retired[t->index];
	o->retired[t->index] = s;
}

void overlay_keep(struct overlay *o)
{
	o->undo = NULL;
	cx_reset(&o->log);
	for (int i = 0; !o->db && i < o->domain->tables; i++) {
		while (o->retired[i]) {
			struct spare *s = o->retired[i];
			o->retired[i] = s->next;
			s->next = o->spare[i];
			o->spare[i] = s;
		}
	}
}

void overlay_drop(struct overlay *o)
{
	for (struct undo *u = o->undo; u; u = u->next) {
		u->row->data = u->data;
		u->row->seq = u->seq;
		u->row->known = u->known;
		u->row->dirty = u->dirty;
	}
	memset(o->retired, 0, sizeof(o->retired));
	o->undo = NULL;
	cx_reset(&o->log);
}

static enum err remember(struct cx *cx, struct overlay *o, struct row *r)
{
	struct undo *u = CX_NEW(&o->log, struct undo);

	if (!u)
		return cx_fail(cx, ERR_MEMORY, "one action changes too many rows");
	*u = (struct undo){o->undo, r, r->data, r->seq, r->known, r->dirty};
	o->undo = u;
	return ERR_OK;
}

static enum err change(struct cx *cx, struct overlay *o, const struct table *t, const void *row,
		       enum known known)
{
	struct cx_mark mark = cx_mark(cx);
	void *full = with_city(cx, o, t, row), *data, *old;
	struct row *r;

	if (!full)
		return cx->err;
	r = tree_find(o, t, full);
	if (!r && !(r = row_new(cx, o, t, full, UNKNOWN)))
		return cx->err;
	if (remember(cx, o, r))
		return cx->err;
	old = r->data;
	data = row_block(o, t);
	if (!data || row_copy(o, t, data, full, old))
		return no_memory(cx, o);
	r->data = data;
	if (!o->db)
		retire(o, t, old);
	r->known = known;
	r->dirty = true;
	r->seq = o->seq;
	cx_restore(cx, mark);
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

struct gather {
	const struct table *t;
	struct db_val *put, *del;
	size_t puts, dels, cap_put, cap_del;
};

static struct db_val *more(struct cx *cx, struct db_val *old, size_t rows, size_t *cap, size_t width)
{
	struct db_val *new;

	if (rows < *cap)
		return old;
	*cap = *cap ? 2 * *cap : 16;
	new = cx_array(cx, *cap * width, sizeof(*new));
	if (new && rows)
		memcpy(new, old, rows * width * sizeof(*new));
	return new;
}

static enum err gather_rows(struct cx *cx, struct gather *g, const struct row *r)
{
	const struct table *t = g->t;

	if (!r)
		return ERR_OK;
	if (gather_rows(cx, g, r->child[0]))
		return cx->err;
	if (r->dirty && r->known == PRESENT) {
		g->put = more(cx, g->put, g->puts, &g->cap_put, (size_t)t->columns);
		if (!g->put)
			return cx->err;
		for (int i = 0; i < t->columns; i++)
			g->put[g->puts * (size_t)t->columns + (size_t)i] =
				field_value(&t->fields[i], r->data);
		g->puts++;
	} else if (r->dirty && r->known == ABSENT) {
		g->del = more(cx, g->del, g->dels, &g->cap_del, (size_t)t->keys);
		if (!g->del)
			return cx->err;
		for (int i = 0; i < t->keys; i++)
			g->del[g->dels * (size_t)t->keys + (size_t)i] = field_value(&t->fields[i], r->data);
		g->dels++;
	}
	return gather_rows(cx, g, r->child[1]);
}

enum err overlay_write(struct cx *cx, struct overlay *o, struct db *db)
{
	for (int i = 0; i < o->domain->tables; i++) {
		const struct table *t = o->domain->table[i];
		struct cx_mark mark = cx_mark(cx);
		struct gather g = {.t = t};

		if (!o->root[i])
			continue;
		if (gather_rows(cx, &g, o->root[i]))
			return cx->err;
		if (g.puts && (t->kind == TABLE_STATE ? db_upsert(cx, db, &t->shape, g.put, g.puts)
						      : db_append(cx, db, &t->shape, g.put, g.puts)))
			return cx->err;
		if (g.dels && db_delete(cx, db, &t->shape, g.del, g.dels))
			return cx->err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

/* --- audit --- */

int64_t overlay_seq(struct overlay *o, const struct table *t, const void *key)
{
	struct row *r = tree_find(o, t, key);
	return r && r->known == PRESENT ? r->seq : -1;
}

static enum err each(struct cx *cx, const struct row *r, bool unseen,
		     enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	if (!r)
		return ERR_OK;
	if (each(cx, r->child[0], unseen, visit, arg))
		return cx->err;
	if (r->known == PRESENT && !(unseen && r->seen) && visit(cx, arg, r->data, r->seq))
		return cx->err;
	return each(cx, r->child[1], unseen, visit, arg);
}

enum err overlay_each(struct cx *cx, struct overlay *o, const struct table *t,
		      enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	return each(cx, o->root[t->index], false, visit, arg);
}

enum err overlay_unseen(struct cx *cx, struct overlay *o, const struct table *t,
			enum err (*visit)(struct cx *, void *, const void *, int64_t), void *arg)
{
	return each(cx, o->root[t->index], true, visit, arg);
}

static size_t take_changes(const struct row *r, struct overlay_change *out, size_t n)
{
	if (!r)
		return n;
	n = take_changes(r->child[0], out, n);
	if (r->dirty && out)
		out[n] = (struct overlay_change){r->data, r->seq, r->known == PRESENT};
	return take_changes(r->child[1], out, n + (r->dirty ? 1 : 0));
}

enum err overlay_changes(struct cx *cx, struct overlay *o, const struct table *t,
			 struct overlay_change **out, size_t *count)
{
	size_t n = take_changes(o->root[t->index], NULL, 0);
	struct overlay_change *change = cx_array(cx, n, sizeof(*change));

	if (!change)
		return cx->err;
	*count = take_changes(o->root[t->index], change, 0);
	*out = change;
	return ERR_OK;
}

void overlay_match(struct overlay *o, const struct table *t, const void *row, bool *found, bool *equal,
		   const char **column, int64_t *seq)
{
	struct row *r = tree_find(o, t, row);

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
