#include "kernel/writer.h"

#include <stdatomic.h>

#include "base/time.h"
#include "kernel/checkpoint.h"
#include "kernel/merkle.h"
#include "kernel/packer.h"
#include "kernel/tx_internal.h"

/* What others did in city 0 is asked for within a batch, not before it, when it was asked for so lately. */
#define PROGRAMME_US INT64_C(20000)
static _Atomic int64_t published; /* how often this process has written to city 0 of some database */

enum {
	OVERLAY_MAX = 512 * 1024 * 1024, /* bytes of one batch's rows, beside those that were kept */
	OVERLAY_KEEP = 64 * 1024 * 1024, /* of rows kept from one batch to the next, at most */
	HOLD_BYTES = 1024,               /* of rows kept, for each action that is held back */
	TRIES_MAX = 10,                  /* when others write to the same city, or the database is busy */
	AFTER_ENTRIES = 256,             /* newest entries whose after() runs again at start-up */
	PRUNE_MAX = 256,                 /* old idempotency keys that a batch takes away */
	LOOKUP_KEYS = 64,                /* of one statement; a power of 4 */
	PACKS_BEHIND = 4                 /* that are made apart: so many at most are waited for */
};

struct writer {
	struct cx cx; /* the batch's memory and errors */
	struct db *db;
	const struct domain *domain;
	struct keys *keys;
	int64_t city;
	bool exists, keyed;
	bool unresolved; /* the last batch may or may not be in the books */
	struct log_head head; /* as the database has it; texts are not kept */
	struct merkle_front front;
	int64_t packed; /* of entries before this one there are packs */
	struct packer *packer; /* NULL: each is made with the entry that completes it */
	struct pack_job job;   /* the pack from `packed` on, or none any more */
	struct overlay *overlay, *programme;
	bool stale;             /* the overlay does not hold what the database has */
	int64_t programme_size; /* of city 0's log when its rows were read; -1: not read */
	int64_t programme_us;   /* when it was that, on the monotonic clock */
	int64_t programme_at;   /* what `published` was then */
	bool may_ask_within, asks_within; /* whether it still is: within the batch's transaction */
	bool distributed;       /* city 0 may lie on another machine */
	struct recent *recent;  /* idempotency keys */
	int64_t recent_sure;    /* of the entries that it knows, those that are in the books */
	int64_t oldest_week;    /* no older key is in table idem; -1: not asked yet */
	int oldest_run;         /* nor one of a run before */
	struct sign_seed seed;
	char origin[CHECKPOINT_ORIGIN_MAX + 1]; /* as the head's checkpoint has it */
	/* the batch: where the log will stand */
	struct merkle_front next_front;
	int64_t next_size, next_packed, next_id, next_us;
	bool next_exists, simulated;
	struct journal_line *line; /* the batch's entries, in cx; texts are the requests', or kept */
	struct cx kept;            /* of one that may hold back: texts that no pack has yet */
	size_t lines;     /* that there is room for */
	size_t keep;      /* bytes of rows */
	size_t hold_max;  /* actions that may be held back */
	bool holds, held; /* may hold answered requests back; does so: the batch goes on */
	struct tx tx;
};

char *log_origin(struct cx *cx, int64_t city)
{
	return cx_printf(cx, "relode/city/%lld", (long long)city);
}

/* --- where the log stands --- */

static enum err load_head(struct cx *cx, struct writer *w)
{
	static const char sql[] =
		"SELECT size, front, next_id, recorded_us, simulated, note, "
		"(SELECT COALESCE(MAX(pack) + 1, 0) FROM journal_pack WHERE city = $1) "
		"FROM log_head WHERE city = $1";
	db_auto_rows *rows = NULL;
	int64_t known = w->head.size;
	const void *front;
	size_t n;

	w->exists = false;
	w->stale = true;
	snprintf(w->origin, sizeof(w->origin), "relode/city/%lld", (long long)w->city);
	w->front = (struct merkle_front){0};
	w->head = (struct log_head){.city = w->city, .next_id = 1};
	w->packed = 0;
	if (db_query(cx, w->db, &rows, sql, DB_ARGS(db_i64(w->city))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err;
	w->head.size = db_get_i64(rows, 0);
	w->head.next_id = db_get_i64(rows, 2);
	w->head.recorded_us = db_get_i64(rows, 3);
	if (w->head.size < known) /* what was asked of the database may be of what it has lost */
		w->oldest_week = -1;
	w->head.simulated = db_get_i64(rows, 4);
	snprintf(w->origin, sizeof(w->origin), "%.*s", (int)strcspn(db_get_text(rows, 5), "\n"),
		 db_get_text(rows, 5));
	front = db_get_blob(rows, 1, &n);
	if (merkle_front_decode(cx, front, n, &w->front))
		return cx->err;
	w->packed = db_get_i64(rows, 6) * PACK_ENTRIES;
	if ((int64_t)w->front.size != w->head.size || w->packed > w->head.size)
		return cx_fail(cx, ERR_CORRUPT,
			       "city %lld: the log's head does not fit its size; run relode audit",
			       (long long)w->city);
	w->exists = true;
	return ERR_OK;
}

static enum err load_secret(struct cx *cx, struct writer *w)
{
	if (w->keyed || !w->exists)
		return ERR_OK;
	if (keys_city(cx, w->keys, w->city, &w->tx.secret))
		return cx_prefix(cx, "the key store does not fit this database: ");
	w->keyed = true;
	return ERR_OK;
}

static enum err run_after(struct cx *cx, struct writer *w)
{
	int64_t from = w->head.size > AFTER_ENTRIES ? w->head.size - AFTER_ENTRIES : 0;

	for (int64_t seq = from; seq < w->head.size; seq++) {
		struct cx_mark mark = cx_mark(cx);
		struct entry e;
		if (entry_read(cx, w->db, w->domain, w->city, seq, &e) ||
		    (e.action->after && e.action->after(cx, w->keys, &e, e.rec)))
			return cx->err;
		cx_restore(cx, mark);
	}
	return ERR_OK;
}

enum err writer_new(struct cx *cx, struct db *db, const struct domain *d, struct keys *keys, int64_t city,
		    struct writer **out)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return cx_fail(cx, ERR_MEMORY, "no memory for a city's writer");
	cx_init(&w->cx, OVERLAY_MAX);
	w->db = db;
	w->domain = d;
	w->keys = keys;
	w->city = city;
	w->stale = true;
	w->programme_size = w->oldest_week = -1;
	w->keep = OVERLAY_KEEP;
	if (recent_new(cx, &w->recent) || overlay_new(cx, d, db, city, OVERLAY_MAX, &w->overlay) ||
	    (city != 0 && overlay_new(cx, d, db, 0, OVERLAY_MAX, &w->programme)) ||
	    keys_signing_seed(cx, keys, &w->seed, true) || db_is_distributed(cx, db, &w->distributed) ||
	    load_head(cx, w) || load_secret(cx, w) || run_after(cx, w)) {
		writer_free(w);
		return cx->err;
	}
	*out = w;
	return ERR_OK;
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	if (w->packer)
		packer_drop(w->packer, &w->job);
	overlay_free(w->overlay);
	overlay_free(w->programme);
	recent_free(w->recent);
	cx_done(&w->cx);
	cx_done(&w->kept);
	wipe(&w->seed, sizeof(w->seed));
	wipe(&w->tx.secret, sizeof(w->tx.secret));
	free(w);
}

void writer_keep(struct writer *w, size_t rows) { w->keep = rows; }
void writer_pack_apart(struct writer *w, struct packer *packer) { w->packer = packer; }

size_t writer_bytes(const struct writer *w)
{
	return overlay_bytes(w->overlay) + (w->programme ? overlay_bytes(w->programme) : 0) +
	       recent_bytes(w->recent);
}

enum err writer_rest(struct cx *cx, struct writer *w)
{
	struct overlay *own = NULL, *programme = NULL;

	BUG(w->held);
	if (overlay_new(cx, w->domain, w->db, w->city, OVERLAY_MAX, &own) ||
	    (w->programme && overlay_new(cx, w->domain, w->db, 0, OVERLAY_MAX, &programme))) {
		overlay_free(own);
		return cx->err;
	}
	overlay_free(w->overlay);
	overlay_free(w->programme);
	w->overlay = own;
	w->programme = programme;
	w->stale = true;
	w->programme_size = -1;
	cx_done(&w->cx); /* the last batch's memory */
	cx_init(&w->cx, OVERLAY_MAX);
	return ERR_OK;
}

bool writer_head(const struct writer *w, struct log_head *out)
{
	*out = w->head;
	return w->exists;
}

/* --- deciding one request --- */

static enum err check_caller(struct cx *cx, const struct request *q)
{
	if (!(q->who.roles & q->action->roles) && !(q->action->roles & ROLE_PUBLIC)) {
		cx_fail(cx, ERR_FORBIDDEN, "%s is not open to this caller's roles",
			cx_say_code(cx, "action", q->action->type));
		return cx->err;
	}
	if (q->who.city != 0 && q->who.city != q->city && !q->action->any_city)
		return cx_fail(cx, ERR_FORBIDDEN, "this caller acts in city %lld only",
			       (long long)q->who.city);
	return ERR_OK;
}

/* 16 bytes that stand for key, caller and action, and 16 for what was asked. */
static enum err idem_digests(struct cx *cx, const struct seal_key *secret, const struct request *q,
			     const void *rec, unsigned char out[32])
{
	const int64_t who[] = {q->who.user, q->who.org, q->who.order};
	struct json_writer jw;
	struct sb key, body;
	struct digest d;

	sb_init(&key, cx, 2000);
	for (size_t i = 0; i < ARRAY_LEN(who); i++) {
		sb_i64(&key, who[i]);
		sb_char(&key, '/');
	}
	sb_str(&key, q->action->type);
	sb_char(&key, '/');
	sb_str(&key, q->idem_key);
	sb_init(&body, cx, ENTRY_BYTES_MAX);
	jw_init(&jw, &body, false);
	jw_object(&jw);
	field_write(&jw, q->action->fields, IN, rec);
	jw_object_end(&jw);
	if (sb_end(&key) || sb_end(&body))
		return cx->err;
	d = secret_digest(secret, "idem key", key.data, key.len, 0);
	memcpy(out, d.byte, 16);
	d = secret_digest(secret, "idem body", body.data, body.len, 0);
	memcpy(out + 16, d.byte, 16);
	return ERR_OK;
}

static enum err make_digests(const struct seal_key *secret, struct request *q, const void *rec)
{
	unsigned char *digests = q->digests ? q->digests : cx_alloc(q->cx, 32);

	q->digests = NULL;
	if (!digests || idem_digests(q->cx, secret, q, rec, digests))
		return q->cx->err;
	q->digests = digests;
	return ERR_OK;
}

/* Decisions fill members of list items, too: those must not get into what came, which is decided again when
 * another process was faster. */
static enum err keep_lists(struct request *q)
{
	for (const struct field *f = q->action->fields; f->name; f++)
		if (f->type == FIELD_LIST && f->flags & IN)
			return field_keep(q->cx, q->action->fields, IN, q->rec);
	return ERR_OK;
}

/* Of a city that is not there yet the secret may not be known. */
void writer_prepare(struct keys *keys, struct request *q)
{
	struct seal_key secret;

	q->digests = NULL;
	q->given = cx_memdup(q->cx, q->rec, q->action->size);
	q->fresh = q->prepared = q->given && !keep_lists(q);
	if (q->prepared && q->idem_key && !keys_city(q->cx, keys, q->city, &secret))
		(void)make_digests(&secret, q, q->rec);
	wipe(&secret, sizeof(secret));
	cx_clear(q->cx);
}

/* When it was not prepared. */
static enum err need_digests(struct writer *w, struct request *q)
{
	return q->digests ? ERR_OK : make_digests(&w->tx.secret, q, q->given);
}

/* The request's clock; no entry of the batch is recorded before this. */
static int64_t batch_us(struct cx *cx, const struct writer *w)
{
	int64_t now_us = cx_now(cx);

	return now_us > w->next_us ? now_us : w->next_us;
}

/* One row that may stand for the key of q. */
struct lookup {
	struct request *q;
	unsigned char row[IDEM_ROW];
};

/* The rows that may: a key of the last seven days has moved in this week or the last, into some run. */
static size_t look_for(const struct writer *w, struct request *q, int runs, struct lookup *l)
{
	int64_t week = idem_week(batch_us(q->cx, w)), first = w->oldest_week < week ? week - 1 : week;
	size_t n = 0;

	for (; first <= week; first++)
		for (int run = 0; run < runs; run++) {
			l[n].q = q;
			idem_row_key(l[n++].row, first, w->oldest_run + run, q->digests);
		}
	return n;
}

/* By each key alone, so that no planner reads a whole city because it takes the table for a small one. */
static const char *lookup_sql(struct cx *cx, int keys)
{
	struct sb sb;

	sb_init(&sb, cx, 60000);
	for (int i = 0; i < keys; i++)
		sb_printf(&sb, "%sSELECT CAST(%d AS BIGINT), seq FROM idem WHERE city = $1 AND key = $%d",
			  i ? " UNION ALL " : "", i, i + 2);
	return sb_end(&sb) ? NULL : sb.data;
}

/* In one statement; the last key fills up, so that few statements serve all. */
static enum err look_up_some(struct cx *cx, struct writer *w, const struct lookup *l, size_t n)
{
	struct db_val val[LOOKUP_KEYS + 1] = {db_i64(w->city)};
	db_auto_rows *rows = NULL;
	const char *sql;
	int ask = 1;

	while ((size_t)ask < n)
		ask *= 4;
	for (int i = 0; i < ask; i++)
		val[i + 1] = db_blob(l[(size_t)i < n ? (size_t)i : n - 1].row, IDEM_ROW);
	sql = lookup_sql(cx, ask);
	if (!sql || db_query(cx, w->db, &rows, sql, (struct db_args){val, ask + 1}))
		return cx->err;
	while (db_next(cx, rows)) {
		size_t i = (size_t)db_get_i64(rows, 0);
		struct request *q = l[i < n ? i : n - 1].q;
		if (db_get_i64(rows, 1) > q->known_seq)
			q->known_seq = db_get_i64(rows, 1);
	}
	return cx->err;
}

/* Keys of a batch that have moved into their table. To PostgreSQL each question is a round trip: many at
 * once; SQLite is faster with one. */
static enum err find_keys(struct cx *cx, struct writer *w, struct request **q, size_t n)
{
	size_t count = 0, some = 0, at_once = db_engine(w->db) == DB_SQLITE ? 1 : LOOKUP_KEYS;
	struct request **ask = cx_array(cx, n, sizeof(struct request *));
	int runs = idem_run(w->head.size) - w->oldest_run + 1;
	struct lookup *l;

	for (size_t i = 0; i < n; i++)
		q[i]->known_seq = -1;
	if (!ask || !w->next_exists || w->simulated || !recent_has_moved(w->head.size))
		return cx->err;
	for (size_t i = 0; i < n; i++)
		if (q[i]->idem_key && !need_digests(w, q[i]) && /* a failure is told when its turn comes */
		    recent_find(w->recent, q[i]->digests) < 0 &&
		    recent_may_be_moved(w->recent, q[i]->digests))
			ask[some++] = q[i];
	l = cx_array(cx, some * 2 * (size_t)runs, sizeof(*l));
	if (!l)
		return cx->err;
	for (size_t i = 0; i < some; i++)
		count += look_for(w, ask[i], runs, l + count);
	for (size_t i = 0; i < count; i += at_once)
		if (look_up_some(cx, w, l + i, count - i < at_once ? count - i : at_once))
			return cx->err;
	return ERR_OK;
}

/* An earlier answer to the same key: *found, and q has it. */
static enum err find_answer(struct cx *cx, struct writer *w, struct request *q,
			    const unsigned char digests[32], bool *found)
{
	int64_t now_us = batch_us(cx, w), seq = recent_find(w->recent, digests);
	struct entry e;

	*found = false;
	if (seq < 0)
		seq = q->known_seq;
	if (seq < 0)
		return ERR_OK;
	if (tx_entry(cx, &w->tx, seq, &e))
		return cx->err;
	/* A row may tell of an entry of another process, whose number one of this batch's has, too. Then
	 * the head will not move, and all is decided again. */
	if (e.idem.n != 32 || memcmp(e.idem.p, digests, IDEM_DIGEST) != 0)
		return cx_fail(cx, seq < w->head.size ? ERR_CORRUPT : ERR_BUSY,
			       "entry %lld of city %lld does not have the key that it is found by",
			       (long long)seq, (long long)w->city);
	if (e.recorded_us < now_us - IDEM_DAYS * INT64_C(86400000000))
		return ERR_OK;
	if (memcmp((const unsigned char *)e.idem.p + 16, digests + 16, 16) != 0)
		return cx_fail(cx, ERR_IDEMPOTENCY,
			       "this Idempotency-Key was used for another request; use a new key");
	q->entry = e;
	memcpy(q->rec, e.rec, q->action->size);
	q->entry.rec = q->rec;
	q->replayed = *found = true;
	return ERR_OK;
}

static enum err set_times(struct cx *cx, const struct writer *w, const struct request *q, struct entry *e)
{
	int64_t clock = w->simulated ? field_or(q->happened_us, w->next_us) : cx_now(cx);

	e->recorded_us = clock > w->next_us ? clock : w->next_us;
	e->happened_us = field_or(q->happened_us, e->recorded_us);
	if (e->happened_us > e->recorded_us + HAPPENED_FUTURE_S * INT64_C(1000000))
		return cx_fail(cx, ERR_INVALID, "happened_us lies in the future");
	if (e->happened_us < e->recorded_us - HAPPENED_PAST_DAYS * INT64_C(86400000000))
		return cx_fail(cx, ERR_INVALID, "happened_us lies more than %d days back",
			       HAPPENED_PAST_DAYS);
	return ERR_OK;
}

/* A city's first entry: its secret is made, or derived from a simulation's seed. */
static enum err open_city(struct cx *cx, struct writer *w, const struct request *q)
{
	const struct field *f = field_find(q->action->fields, "sim_seed");
	const char *seed = f ? *(const char *const *)(const void *)((const char *)q->given + f->at) : NULL;
	struct seal_key secret;

	if (w->next_exists)
		return cx_fail(cx, ERR_CONFLICT, "city %lld is open already", (long long)w->city);
	w->simulated = seed != NULL;
	if (w->keyed)
		return ERR_OK;
	if (seed)
		secret = secret_simulated(seed, w->city);
	else if (keys_city(cx, w->keys, w->city, &secret) == ERR_NOT_FOUND) {
		cx_clear(cx);
		cx_random(cx, secret.byte, sizeof(secret.byte));
	} else if (cx->err)
		return cx->err;
	w->tx.secret = secret; /* kept when the city is: flush */
	w->tx.simulated = w->simulated;
	return ERR_OK;
}

/* Of entries from next_packed on, some of which may be written already. */
static enum err make_pack(struct cx *cx, struct writer *w)
{
	int64_t first = w->next_packed, written = w->head.size - first;
	struct journal_line line[PACK_ENTRIES];
	struct pack_row pack = {.city = w->city};
	int n = written < 0 ? 0 : written < PACK_ENTRIES ? (int)written : PACK_ENTRIES;

	if (n > 0 && journal_lines(cx, w->db, w->city, first, n, line))
		return cx->err;
	for (; n < PACK_ENTRIES; n++)
		line[n] = w->line[first + n - w->head.size];
	if (pack_make(cx, line, &pack) || overlay_put(cx, w->overlay, &journal_pack_table, &pack))
		return cx->err;
	w->next_packed += PACK_ENTRIES;
	return ERR_OK;
}

static bool has_pack(struct writer *w, int64_t first)
{
	return packer_step(w->packer, &w->job) == PACK_DONE && w->job.row.pack * PACK_ENTRIES == first;
}

/* The pack that was made apart; those for which that took too long, or failed, here. */
static enum err put_packs(struct cx *cx, struct writer *w)
{
	if (!w->packer)
		return ERR_OK;
	if (has_pack(w, w->next_packed)) {
		if (overlay_put(cx, w->overlay, &journal_pack_table, &w->job.row))
			return cx->err;
		w->next_packed += PACK_ENTRIES;
	}
	while (w->next_size - w->next_packed >= PACKS_BEHIND * PACK_ENTRIES)
		if (make_pack(cx, w))
			return cx->err;
	return ERR_OK;
}

static void ask_for_pack(struct writer *w)
{
	if (w->packer && w->head.size - w->packed >= PACK_ENTRIES && !has_pack(w, w->packed) &&
	    packer_step(w->packer, &w->job) != PACK_WAITS)
		packer_put(w->packer, &w->job, w->city, w->packed);
}

/* The packs, and what the batch leaves in the tail: no row has entries of two packs. */
static enum err put_journal(struct cx *cx, struct writer *w)
{
	struct journal_row row;
	int64_t seq, end;
	size_t taken;

	overlay_begin(w->overlay, w->next_size);
	if (put_packs(cx, w))
		return cx->err;
	for (seq = w->next_packed > w->head.size ? w->next_packed : w->head.size; seq < w->next_size;
	     seq += (int64_t)taken) {
		end = seq - seq % PACK_ENTRIES + PACK_ENTRIES;
		end = end < w->next_size ? end : w->next_size;
		if (tail_make(cx, &w->line[seq - w->head.size], (size_t)(end - seq), &row, &taken) ||
		    overlay_put(cx, w->overlay, &journal_table, &row))
			return cx->err;
	}
	overlay_keep(w->overlay);
	return ERR_OK;
}

/* What lay in the tail and is in a pack now goes. */
static enum err shorten_tail(struct cx *cx, struct writer *w)
{
	static const char sql[] = "DELETE FROM journal WHERE city = $1 AND seq >= $2 AND seq < $3";
	int64_t end = w->next_packed < w->head.size ? w->next_packed : w->head.size;

	return w->packed < end ? db_exec(cx, w->db, sql,
					 DB_ARGS(db_i64(w->city), db_i64(w->packed), db_i64(end))) :
				 ERR_OK;
}

/* The entry's line, leaf and subtrees; and the log stands behind it. The last that may fail of an entry: what
 * the writer knows of the log is not restored as the overlay's rows are. */
static enum err append(struct cx *cx, struct writer *w, const struct sb *body, const struct entry *e)
{
	struct digest leaf = merkle_leaf(body->data, body->len), done[MERKLE_FRONT_MAX];
	unsigned char *check = cx_memdup(cx, leaf.byte, LEAF_CHECK);
	struct merkle_front grown = w->next_front;
	int levels = merkle_front_grow(&grown, &leaf, done);

	if (!check || recent_reserve(cx, w->recent))
		return cx->err;
	w->line[e->seq - w->head.size] =
		(struct journal_line){e->seq, body->data, body->len, {check, LEAF_CHECK}};
	while (!w->packer && (int64_t)grown.size - w->next_packed >= PACK_ENTRIES)
		if (make_pack(cx, w))
			return cx->err;
	for (int level = LOG_NODE_STEP; level < levels; level += LOG_NODE_STEP) {
		struct log_node node = {.level = level, .number = (int64_t)(grown.size >> level) - 1,
					.hash = {done[level].byte, 32}};
		if (overlay_put(cx, w->overlay, &log_node_table, &node))
			return cx->err;
	}
	recent_add(w->recent, e->seq, e->idem.n ? e->idem.p : NULL);
	w->next_front = grown;
	w->next_id += e->ids;
	w->next_size++;
	w->next_us = e->recorded_us;
	w->next_exists = true;
	return ERR_OK;
}

/* A complete entry takes effect: its transfers, its rows; an older one's key moves. */
static enum err apply_entry(struct cx *cx, struct writer *w, const struct entry *e)
{
	if (recent_move(cx, w->recent, w->overlay, e))
		return cx->err;
	return ledger_apply(cx, &w->tx, e) ? cx->err : e->action->apply(cx, &w->tx, e, e->rec);
}

static enum err decide(struct cx *cx, struct writer *w, struct request *q, const unsigned char *digests)
{
	struct entry *e = &q->entry;
	struct tx *tx = &w->tx;
	struct sb body;

	tx_begin(tx, e, &q->who);
	tx->next_id = w->next_id;
	if (q->action->decide(cx, tx, q->rec) || tx_finish(cx, tx))
		return cx->err;
	if (field_check(cx, q->action->fields, LOG, q->rec))
		return cx_prefix(cx, "%s recorded something out of bounds: ", q->action->type);
	if (digests)
		e->idem = (struct bytes){digests, 32};
	if (apply_entry(cx, w, e))
		return cx->err;
	sb_init(&body, cx, ENTRY_BYTES_MAX);
	if (field_keep(cx, q->action->fields, LOG | OUT, q->rec) || /* the answer outlives the rows */
	    entry_encode(cx, w->domain, e, &body))
		return cx->err;
	return append(cx, w, &body, e);
}

/* The record as it came. */
static enum err take_given(struct request *q)
{
	if (q->fresh) {
		q->fresh = false;
		return ERR_OK;
	}
	memcpy(q->rec, q->given, q->action->size);
	return keep_lists(q);
}

static enum err run_one(struct writer *w, struct request *q)
{
	struct cx *cx = q->cx;
	bool found = false, was_simulated = w->simulated;

	cx_clear(cx);
	if (take_given(q))
		return cx->err;
	q->replayed = false;
	q->entry = (struct entry){.city = w->city,
				  .seq = w->next_size,
				  .type = q->action->type,
				  .v = q->action->v,
				  .actor = q->who.user,
				  .site = FIELD_NONE,
				  .action = q->action,
				  .rec = q->rec};
	if (check_caller(cx, q))
		return cx->err;
	if (!w->next_exists && !q->action->opens)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)w->city);
	tx_begin(&w->tx, &q->entry, &q->who);
	if (q->idem_key && w->next_exists && !w->simulated) {
		if (need_digests(w, q) || find_answer(cx, w, q, q->digests, &found) || found)
			return cx->err;
	}
	if ((q->action->opens && open_city(cx, w, q)) || set_times(cx, w, q, &q->entry))
		return cx->err;
	if (q->idem_key && !w->simulated && need_digests(w, q))
		return cx->err;
	overlay_begin(w->overlay, q->entry.seq);
	if (decide(cx, w, q, q->idem_key && !w->simulated ? q->digests : NULL)) {
		tx_end(&w->tx);
		overlay_drop(w->overlay);
		w->simulated = was_simulated;
		return cx->err;
	}
	overlay_keep(w->overlay);
	if (q->action->real_time)
		w->simulated = w->tx.simulated = false;
	return ERR_OK;
}

/* --- writing a batch --- */

/* The head moves from the size that this writer knows, or another process wrote. Then the second statement
 * fails: ERR_CONFLICT, for the head is there already; were it there no more, because it may not be null.
 * Neither is waited for: to PostgreSQL the whole batch is one round trip. SQLite says at once that the first
 * has moved it. */
static enum err write_head(struct cx *cx, struct writer *w)
{
	static const char update[] =
		"UPDATE log_head SET size = $1, root = $2, front = $3, next_id = $4, recorded_us = $5, "
		"note = $6, simulated = $7 WHERE city = $8 AND size = $9";
	static const char moved[] =
		"INSERT INTO log_head (city, size, root, front, next_id, recorded_us, simulated, note) "
		"SELECT h.city, h.size, h.root, h.front, h.next_id, h.recorded_us, h.simulated, h.note "
		"FROM (SELECT CAST($1 AS BIGINT) AS city) AS k LEFT JOIN log_head AS h ON h.city = k.city "
		"WHERE h.size IS NULL OR h.size <> $2";
	unsigned char front[MERKLE_FRONT_BYTES];
	size_t n = merkle_front_encode(&w->next_front, front);
	struct digest root = merkle_front_root(&w->next_front);
	const char *origin = w->origin;
	char *note;

	if (checkpoint_write(cx, origin, origin, &w->seed, (uint64_t)w->next_size, &root, &note))
		return cx->err;
	if (!w->exists) {
		struct db_val row[] = {db_i64(w->city), db_i64(w->next_size), db_blob(root.byte, 32),
				       db_blob(front, n), db_i64(w->next_id), db_i64(w->next_us),
				       db_i64(w->simulated), db_text(note)};
		return db_append(cx, w->db, &log_head_table.shape, row, 1);
	}
	if (db_exec(cx, w->db, update,
		    DB_ARGS(db_i64(w->next_size), db_blob(root.byte, 32), db_blob(front, n),
			    db_i64(w->next_id), db_i64(w->next_us), db_text(note),
			    db_i64(w->simulated), db_i64(w->city), db_i64(w->head.size))) ||
	    db_changed(w->db) == 1)
		return cx->err;
	return db_exec(cx, w->db, moved, DB_ARGS(db_i64(w->city), db_i64(w->next_size)));
}

/* The commit's answer was lost: the books know. What they show may not have reached a synchronous standby,
 * for whose word nobody waited any more; a commit after it is acknowledged only when both are there. As long
 * as nobody can tell, the batch must not be decided again: what came without a key would be done twice. */
static enum err ask_the_books(struct cx *cx, struct writer *w)
{
	static const char touch[] = "UPDATE log_head SET size = size WHERE city = $1";
	struct digest root = merkle_front_root(&w->next_front), have;
	const char *why = cx_strdup(cx, cx->msg);

	cx_clear(cx);
	w->unresolved = true;
	if (!load_head(cx, w)) {
		have = merkle_front_root(&w->front);
		if (!w->exists || !digest_equal(&have, &root)) {
			w->unresolved = false;
			return cx_fail(cx, ERR_BUSY, "nothing was committed: %s", why ? why : "");
		}
		w->unresolved = db_exec(cx, w->db, touch, DB_ARGS(db_i64(w->city))) != ERR_OK;
	}
	if (!w->unresolved)
		return ERR_OK;
	return cx_fail(cx, ERR_BUSY, "the connection was lost at the commit, and what became of it is not "
				     "known yet: ask again with the same Idempotency-Key");
}

/* City 0 is as it was when its rows were read, or the batch fails: ERR_CONFLICT, for which a division by zero
 * stands. PostgreSQL's alone; it writes nothing, so that the transaction writes to one city. */
static enum err expect_programme(struct cx *cx, struct writer *w)
{
	static const char sql[] = "SELECT 1 / CASE WHEN COALESCE(MAX(size), 0) = $1 THEN 1 ELSE 0 END "
				  "FROM log_head WHERE city = $2";

	return w->asks_within ? db_exec(cx, w->db, sql, DB_ARGS(db_i64(w->programme_size), db_i64(0))) :
				ERR_OK;
}

/* Keys of weeks before the last are not asked for any more. */
static enum err prune_keys(struct cx *cx, struct writer *w)
{
	static const char sql[] = "SELECT key FROM idem WHERE city = $1 AND key < $2 ORDER BY key LIMIT $3";
	unsigned char bound[IDEM_ROW], none[IDEM_DIGEST] = {0};
	int64_t week = idem_week(w->next_us) - 1;
	db_auto_rows *rows = NULL;
	struct db_val *val;
	size_t n = 0, len;

	if (w->oldest_week < 0 || w->oldest_week >= week)
		return ERR_OK;
	val = cx_array(cx, 2 * PRUNE_MAX, sizeof(*val));
	if (!val)
		return cx->err;
	idem_row_key(bound, week, 0, none);
	if (db_query(cx, w->db, &rows, sql,
		     DB_ARGS(db_i64(w->city), db_blob(bound, 2), db_i64(PRUNE_MAX))))
		return cx->err;
	for (; n < PRUNE_MAX && db_next(cx, rows); n++) {
		const void *key = db_get_blob(rows, 0, &len);
		val[2 * n] = db_i64(w->city);
		val[2 * n + 1] = db_blob(cx_memdup(cx, key, len), len);
	}
	w->oldest_week = -1; /* the next batch looks again */
	return cx->err ? cx->err : db_delete(cx, w->db, &idem_table.shape, val, n);
}

/* What was held back cannot be asked for again by itself: its turn is waited for, though another city that
 * writes as much takes long. */
static enum err begin_writing(struct cx *cx, struct writer *w)
{
	int tries = w->held ? TRIES_MAX : 1;

	while (db_begin_batch(cx, w->db)) {
		if (cx->err != ERR_BUSY || --tries == 0)
			return cx->err;
		cx_clear(cx);
	}
	return ERR_OK;
}

static enum err flush(struct cx *cx, struct writer *w)
{
	if (!w->exists && keys_city_set(cx, w->keys, w->city, &w->tx.secret))
		return cx->err;
	if (keys_flush(cx, w->keys, w->city) || begin_writing(cx, w))
		return cx->err;
	if (put_journal(cx, w) || write_head(cx, w) || expect_programme(cx, w) || shorten_tail(cx, w) ||
	    overlay_write(cx, w->overlay, w->db) || prune_keys(cx, w)) {
		db_rollback(w->db);
		return cx->err;
	}
	if (db_commit(cx, w->db))
		return db_commit_unknown(w->db) ? ask_the_books(cx, w) : cx->err;
	if (w->city == 0)
		atomic_fetch_add(&published, 1);
	return ERR_OK;
}

static enum err size_now(struct cx *cx, struct writer *w, int64_t city, int64_t *out)
{
	static const char sql[] = "SELECT COALESCE(MAX(size), 0) FROM log_head WHERE city = $1";

	return db_one_i64(cx, w->db, out, sql, DB_ARGS(db_i64(city)));
}

/* Rows are kept as long as nobody else has written: to city 0, or, on PostgreSQL, to this one. That is found
 * when the head is moved; a batch that moves nothing asks afterwards. City 0 is asked about before the batch,
 * which is a round trip to PostgreSQL, or in the same way as this one; or not at all, where no other process
 * can have written to it. */
static enum err look_for_others(struct cx *cx, struct writer *w)
{
	int64_t now_us = monotonic_us(), at = atomic_load(&published), size;
	bool known = w->programme && w->programme_size >= 0 && overlay_bytes(w->programme) <= w->keep;

	if (w->stale && (size_now(cx, w, w->city, &size) ||
			 (size != w->head.size && (load_head(cx, w) || load_secret(cx, w)))))
		return cx->err;
	w->asks_within = w->may_ask_within && known && now_us - w->programme_us < PROGRAMME_US;
	w->programme_us = now_us; /* within, too: a batch that fails forgets the size */
	if (!w->programme || w->asks_within || (known && at == w->programme_at && db_is_sole(w->db)))
		return ERR_OK;
	if (size_now(cx, w, 0, &size))
		return cx->err;
	w->programme_at = at;
	if (!known || size != w->programme_size)
		overlay_clear(w->programme);
	w->programme_size = size;
	return ERR_OK;
}

static enum err make_sieve(struct cx *cx, struct writer *w)
{
	static const char count[] = "SELECT COUNT(*) FROM idem WHERE city = $1";
	static const char sql[] = "SELECT key FROM idem WHERE city = $1";
	db_auto_rows *rows = NULL;
	int64_t keys;

	if (db_one_i64(cx, w->db, &keys, count, DB_ARGS(db_i64(w->city))))
		return cx->err;
	if (keys > SIEVE_KEYS_MAX) {
		recent_sieve_drop(w->recent, true);
		return ERR_OK;
	}
	if (recent_sieve(cx, w->recent, keys) ||
	    db_query(cx, w->db, &rows, sql, DB_ARGS(db_i64(w->city))))
		goto failed;
	while (db_next(cx, rows)) {
		size_t n;
		const unsigned char *key = db_get_blob(rows, 0, &n);
		if (n == IDEM_ROW)
			recent_sieve_add(w->recent, key + IDEM_ROW - IDEM_DIGEST);
	}
	if (!cx->err)
		return ERR_OK;
failed: /* one that is not whole would hide keys */
	recent_sieve_drop(w->recent, false);
	return cx->err;
}

/* The newest keys as the books have them: without what was decided and not written, with what others
 * wrote. */
static enum err know_keys(struct cx *cx, struct writer *w)
{
	static const char sql[] = "SELECT key FROM idem WHERE city = $1 ORDER BY key LIMIT 1";
	int run = idem_run(w->head.size);
	db_auto_rows *rows = NULL;
	const void *key;
	size_t n;

	recent_cut(w->recent, w->head.simulated ? w->head.size : w->recent_sure);
	if (w->head.simulated) /* has none */
		return ERR_OK;
	if (recent_load(cx, w->recent, w->db, w->city, w->head.size))
		return cx->err;
	w->recent_sure = w->head.size;
	if (!recent_has_moved(w->head.size) || (recent_wants_sieve(w->recent) && make_sieve(cx, w)) ||
	    w->oldest_week >= 0)
		return cx->err;
	if (db_query(cx, w->db, &rows, sql, DB_ARGS(db_i64(w->city))))
		return cx->err;
	if (!db_next(cx, rows)) {
		w->oldest_week = idem_week(w->head.recorded_us);
		w->oldest_run = run;
		return cx->err;
	}
	key = db_get_blob(rows, 0, &n);
	if (n != IDEM_ROW)
		return cx_fail(cx, ERR_CORRUPT, "no entry of city %lld made a row of idem; run relode audit",
			       (long long)w->city);
	w->oldest_week = idem_week_of(key);
	w->oldest_run = idem_run_of(key) < run ? idem_run_of(key) : run; /* others may be ahead */
	return ERR_OK;
}

static enum err start_batch(struct cx *cx, struct writer *w)
{
	if (w->held)
		return ERR_OK;
	if (look_for_others(cx, w) || know_keys(cx, w))
		return cx->err;
	if (w->stale) {
		overlay_clear(w->overlay);
		overlay_fresh(w->overlay, w->head.next_id, w->head.size);
	} else if (overlay_bytes(w->overlay) > w->keep) {
		overlay_trim(w->overlay, w->keep / 2);
	}
	w->stale = true; /* until what it will hold is written */
	w->next_front = w->front;
	w->next_size = w->head.size;
	w->next_packed = w->packed;
	w->next_id = w->head.next_id;
	w->next_us = w->head.recorded_us;
	w->next_exists = w->exists;
	w->simulated = w->head.simulated != 0;
	w->tx.domain = w->domain;
	w->tx.line = w->line;
	w->tx.line_first = w->head.size;
	w->tx.overlay = w->overlay;
	w->tx.programme = w->programme;
	w->tx.db = w->db;
	w->tx.keys = w->keys;
	w->tx.simulated = w->simulated;
	return ERR_OK;
}

static void end_batch(struct writer *w)
{
	w->front = w->next_front;
	w->head.size = w->next_size;
	if (w->packer && w->packed < w->next_packed)
		packer_drop(w->packer, &w->job); /* it is in the books */
	w->packed = w->next_packed;
	w->head.next_id = w->next_id;
	w->head.recorded_us = w->next_us;
	w->head.simulated = w->simulated;
	w->exists = w->next_exists;
	w->keyed = w->exists;
	w->recent_sure = w->next_size;
	ask_for_pack(w);
}

static void fail_all(struct writer *w, struct request **q, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!q[i]->err)
			q[i]->err = cx_pass(q[i]->cx, &w->cx);
}

/* What follows an entry, follows it for ever: the entry must be durable. */
static void after_all(struct writer *w, struct request **q, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct action *a = q[i]->action;
		if (q[i]->err || q[i]->replayed || !a->after)
			continue;
		if (db_settle(q[i]->cx, w->db) || a->after(q[i]->cx, w->keys, &q[i]->entry, q[i]->rec)) {
			cx_prefix(
				q[i]->cx,
				"recorded as entry %lld, but what follows it failed and is tried again at "
				"the next start: ",
				(long long)q[i]->entry.seq);
			q[i]->err = q[i]->cx->err;
		}
	}
}

static enum err reload(struct writer *w)
{
	struct cx_mark mark = cx_mark(&w->cx);

	w->programme_size = -1; /* asked for before the next batch */
	if (load_head(&w->cx, w) || load_secret(&w->cx, w))
		return w->cx.err;
	cx_restore(&w->cx, mark);
	return ERR_OK;
}

/* Room for n more entries of the batch: as many as were held back already, if any. */
static enum err need_lines(struct cx *cx, struct writer *w, size_t n)
{
	size_t used = w->held ? (size_t)(w->next_size - w->head.size) : 0, lines = used + n;
	struct journal_line *line;

	if (w->held && lines <= w->lines)
		return ERR_OK;
	lines = w->holds && lines < 2 * used ? 2 * used : lines;
	line = cx_array(cx, lines, sizeof(*line));
	if (!line)
		return cx->err;
	if (used)
		memcpy(line, w->line, used * sizeof(*line));
	w->line = line;
	w->tx.line = line;
	w->lines = lines;
	return ERR_OK;
}

/* SQLite takes its locks once for all that the batch reads. */
static enum err decide_all(struct writer *w, struct request **q, size_t n)
{
	struct cx *cx = &w->cx;
	bool reading = db_engine(w->db) == DB_SQLITE;

	if (!w->held)
		cx_reset(cx);
	if (need_lines(cx, w, n) || (reading && db_begin(cx, w->db, false)) || start_batch(cx, w) ||
	    find_keys(cx, w, q, n)) {
		db_rollback(w->db);
		return cx->err;
	}
	for (size_t i = 0; i < n; i++) {
		q[i]->err = run_one(w, q[i]);
		/* what could not be read ends the reading of one request, not of those after it */
		if (reading && err_http(q[i]->err) >= 500) {
			db_rollback(w->db);
			if (db_begin(cx, w->db, false))
				return cx->err;
		}
	}
	db_rollback(w->db);
	return ERR_OK;
}

static enum err still_at(struct cx *cx, struct writer *w, int64_t city, int64_t expected)
{
	int64_t size;

	if (size_now(cx, w, city, &size))
		return cx->err;
	return size == expected ? ERR_OK : cx_fail(cx, ERR_BUSY, "another process has written to city %lld",
						   (long long)city);
}

/* What a batch that writes nothing was told must be true now: refusals, and answers to known keys. */
static enum err still_there(struct cx *cx, struct writer *w)
{
	if (still_at(cx, w, w->city, w->head.size))
		return cx->err;
	return w->asks_within ? still_at(cx, w, 0, w->programme_size) : ERR_OK;
}

/* --- holding back --- */

/* What is decided may wait for more: the city is there, and nothing must follow it at once. */
static bool may_wait(const struct writer *w, struct request *const *q, size_t n)
{
	if (!w->holds || !w->exists || (size_t)(w->next_size - w->head.size) + BATCH_MAX > w->hold_max ||
	    overlay_bytes(w->overlay) > w->keep || keys_crowded(w->keys))
		return false;
	for (size_t i = 0; i < n; i++)
		if (q[i]->action->after || q[i]->idem_key)
			return false;
	return true;
}

/* Texts of this batch's entries, from this one on: the requests' memory ends before they are written. What a
 * pack has is in the pack, so that no more than the journal's tail is kept. */
static enum err keep_lines(struct writer *w, int64_t seq)
{
	int64_t tail = w->next_packed, packed = seq - seq % PACK_ENTRIES;

	if (seq == w->head.size || tail > seq)
		cx_reset(&w->kept);
	for (packed = packed > w->head.size ? packed : w->head.size; packed < tail; packed++)
		w->line[packed - w->head.size].body = NULL;
	for (seq = seq > tail ? seq : tail; seq < w->next_size; seq++) {
		struct journal_line *l = &w->line[seq - w->head.size];
		l->body = cx_strndup(&w->kept, l->body, l->n);
		l->check.p = cx_memdup(&w->kept, l->check.p, l->check.n);
		if (!l->body || !l->check.p)
			return cx_pass(&w->cx, &w->kept);
	}
	return ERR_OK;
}

static enum err write_batch(struct writer *w)
{
	enum err err = w->next_size > w->head.size ? flush(&w->cx, w) : still_there(&w->cx, w);

	w->held = false;
	if (!err) {
		if (w->next_size > w->head.size)
			end_batch(w);
		overlay_written(w->overlay);
		w->stale = false;
	}
	keys_unstage(w->keys, w->city); /* what refused requests staged */
	return err;
}

void writer_hold(struct writer *w, size_t keep)
{
	if (w->holds && w->keep == keep)
		return;
	if (!w->holds)
		cx_init(&w->kept, OVERLAY_MAX);
	w->holds = true;
	w->keep = keep;
	w->hold_max = keep / HOLD_BYTES < HOLD_MAX ? keep / HOLD_BYTES : HOLD_MAX;
	cx_limit(&w->cx, keep + OVERLAY_MAX);
	overlay_limit(w->overlay, keep + OVERLAY_MAX);
}

enum err writer_flush(struct cx *cx, struct writer *w)
{
	if (!w->held)
		return ERR_OK;
	cx_clear(&w->cx);
	if (!write_batch(w))
		return ERR_OK;
	return cx_fail(cx, w->cx.err, "what was answered last in city %lld is not in its books: %s",
		       (long long)w->city, w->cx.msg);
}

/* One try of a batch: decide all, write. */
static enum err run_batch(struct writer *w, struct request **q, size_t n)
{
	enum err err = ERR_OK;
	int64_t size;

	cx_clear(&w->cx);
	w->may_ask_within = !w->holds && !w->distributed && db_engine(w->db) == DB_POSTGRESQL;
	if (!w->exists && reload(w)) /* another process may have opened the city */
		return w->cx.err;
	size = w->held ? w->next_size : w->head.size;
	err = decide_all(w, q, n);
	if (!err && may_wait(w, q, n)) {
		w->held = true;
		err = keep_lines(w, size);
		if (!err)
			return ERR_OK;
	}
	if (!err)
		err = write_batch(w);
	if (err) {
		w->held = false;
		keys_unstage(w->keys, w->city);
		for (size_t i = 0; i < n;
		     i++) /* a refusal was decided on effects that are not there: ask again */
			q[i]->err = ERR_OK;
		return err;
	}
	after_all(w, q, n);
	return ERR_OK;
}

static void run_in_halves(struct writer *w, struct request **q, size_t n)
{
	bool alone = !w->held; /* else what these were decided upon is lost with them */
	char why[CX_MSG_MAX] = "";

	for (int try = 0; try < TRIES_MAX; try++) {
		enum err err = run_batch(w, q, n);
		if (!err)
			return;
		if (w->unresolved || !alone) {
			w->unresolved = false;
			fail_all(w, q, n);
			return;
		}
		if (err != ERR_BUSY && err != ERR_CONFLICT)
			break;
		snprintf(why, sizeof(why), "%s", w->cx.msg);
		cx_clear(&w->cx);
		if (reload(w)) { /* the database is away: for a smaller batch, too */
			fail_all(w, q, n);
			return;
		}
	}
	if (!w->cx.err)
		cx_fail(&w->cx, ERR_BUSY, "the database is busy; try again (%.500s)", why);
	if (n == 1) {
		fail_all(w, q, n);
		return;
	}
	run_in_halves(w, q, n / 2);
	run_in_halves(w, q + n / 2, n - n / 2);
}

/* --- replaying --- */

static enum err replay_one(struct cx *cx, struct writer *w, const struct logged *l)
{
	static const struct principal nobody;
	const struct field *simulated;
	struct sb body;
	struct entry e;

	if (entry_decode(cx, w->domain, l->body, l->n, &e))
		return cx->err;
	if (e.city != w->city || e.seq != w->next_size)
		return cx_fail(cx, ERR_CORRUPT, "entry %lld of city %lld stands where entry %lld belongs",
			       (long long)e.seq, (long long)e.city, (long long)w->next_size);
	tx_begin(&w->tx, &e, &nobody);
	w->tx.deciding = false;
	sb_init(&body, cx, ENTRY_BYTES_MAX);
	sb_add(&body, l->body, l->n);
	if (sb_end(&body) || apply_entry(cx, w, &e) || append(cx, w, &body, &e))
		return cx->err;
	simulated = field_find(e.action->fields, "simulated");
	if (e.seq == 0 && simulated)
		w->simulated = field_or(field_int_of(simulated, e.rec), 0) != 0;
	if (e.action->real_time)
		w->simulated = false;
	return ERR_OK;
}

enum err writer_replay(struct cx *cx, struct writer *w, const struct logged *list, size_t n)
{
	BUG(n > BATCH_MAX);
	w->may_ask_within = false; /* nothing is decided */
	w->line = cx_array(cx, n, sizeof(*w->line));
	if (!w->line || start_batch(cx, w))
		return cx->err;
	if (!w->keyed && keys_city(cx, w->keys, w->city, &w->tx.secret))
		return cx_prefix(cx, "the key store does not fit these books: ");
	for (size_t i = 0; i < n; i++) {
		overlay_begin(w->overlay, w->next_size);
		if (replay_one(cx, w, &list[i])) {
			overlay_drop(w->overlay);
			return cx_prefix(cx, "entry %lld: ", (long long)w->next_size);
		}
		overlay_keep(w->overlay);
	}
	if (flush(cx, w))
		return cx->err;
	end_batch(w);
	overlay_written(w->overlay);
	w->stale = false;
	return ERR_OK;
}

void writer_run(struct writer *w, struct request **q, size_t n)
{
	BUG(n > BATCH_MAX);
	for (size_t i = 0; i < n; i++) {
		BUG(q[i]->city != w->city);
		q[i]->err = ERR_OK;
		if (!q[i]->prepared) {
			q[i]->fresh = false;
			q[i]->digests = NULL;
			q[i]->given = cx_memdup(q[i]->cx, q[i]->rec, q[i]->action->size);
		}
		if (!q[i]->given) { /* not even a copy: answer it apart from the others */
			q[i]->err = ERR_MEMORY;
			for (size_t k = i; k > 0; k--)
				q[k] = q[k - 1];
			q++;
			n--;
			i--;
		}
	}
	if (n)
		run_in_halves(w, q, n);
}
