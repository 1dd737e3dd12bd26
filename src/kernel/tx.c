#include "kernel/history.h"
#include "kernel/tx_internal.h"

/* --- random numbers of a simulated city: the same for the same seed, city and entry --- */

static void simulated_random(void *arg, void *out, size_t n)
{
	struct tx *tx = arg;
	unsigned char *p = out;

	while (n > 0) {
		uint64_t draw = tx->draws++;
		struct digest d = secret_digest(&tx->secret, "random", (const char *)&draw, sizeof(draw),
						tx->entry->seq);
		size_t part = n < sizeof(d.byte) ? n : sizeof(d.byte);
		memcpy(p, d.byte, part);
		p += part;
		n -= part;
	}
}

/* Runs f with the city's own random numbers in place of the system's. */
#define WITH_RANDOM(cx, tx, call)                                                                   \
	do {                                                                                        \
		cx_random_fn *was_ = (cx)->random;                                                  \
		void *arg_ = (cx)->random_arg;                                                      \
		if ((tx)->simulated) {                                                              \
			(cx)->random = simulated_random;                                            \
			(cx)->random_arg = (tx);                                                    \
		}                                                                                   \
		call;                                                                               \
		(cx)->random = was_;                                                                \
		(cx)->random_arg = arg_;                                                            \
	} while (0)

/* --- one entry --- */

void tx_begin(struct tx *tx, struct entry *e, const struct principal *who)
{
	tx->entry = e;
	tx->who = who;
	tx->draws = 0;
	tx->transfers = tx->refs = tx->proofs = 0;
	tx->deciding = true;
}

void tx_end(struct tx *tx)
{
	for (int i = 0; i < tx->proofs; i++)
		sha256_free(tx->proof[i].digest);
	tx->proofs = 0;
	tx->deciding = false;
}

enum err tx_finish(struct cx *cx, struct tx *tx)
{
	struct entry *e = tx->entry;
	struct row_proof *proof = cx_array(cx, (size_t)tx->proofs, sizeof(*proof));

	e->transfers.item = cx_memdup(cx, tx->transfer, (size_t)tx->transfers * sizeof(tx->transfer[0]));
	e->transfers.count = (size_t)tx->transfers;
	e->refs.item = cx_memdup(cx, tx->ref, (size_t)tx->refs * sizeof(tx->ref[0]));
	e->refs.count = (size_t)tx->refs;
	if (!proof || !e->transfers.item || !e->refs.item)
		return cx->err;
	for (int i = 0; i < tx->proofs; i++) {
		struct digest d = sha256_final(tx->proof[i].digest);
		tx->proof[i].digest = NULL;
		proof[i] = (struct row_proof){
			tx->proof[i].table->name, tx->proof[i].count, {NULL, sizeof(d.byte)}};
		proof[i].digest.p = cx_memdup(cx, d.byte, sizeof(d.byte));
		if (!proof[i].digest.p)
			return cx->err;
	}
	e->rows = (struct list){proof, (size_t)tx->proofs};
	tx->proofs = 0;
	tx->deciding = false;
	return ERR_OK;
}

/* --- reading --- */

const struct domain *tx_domain(const struct tx *tx) { return tx->domain; }
int64_t tx_city(const struct tx *tx) { return tx->entry->city; }
int64_t tx_seq(const struct tx *tx) { return tx->entry->seq; }
int64_t tx_now_us(const struct tx *tx) { return tx->entry->recorded_us; }
int64_t tx_happened_us(const struct tx *tx) { return tx->entry->happened_us; }
const struct principal *tx_who(const struct tx *tx) { return tx->who; }
int64_t tx_transfer_n(const struct tx *tx) { return tx->transfers; }

void tx_site(struct tx *tx, int64_t site)
{
	BUG(!tx->deciding);
	tx->entry->site = site;
}

enum err tx_find(struct cx *cx, struct tx *tx, const struct table *t, const void *key, const void **row)
{
	return overlay_find(cx, tx->overlay, t, key, row);
}

const void *tx_get(struct cx *cx, struct tx *tx, const struct table *t, const void *key)
{
	const void *row = NULL;

	if (tx_find(cx, tx, t, key, &row))
		return NULL;
	if (!row)
		cx_fail(cx, ERR_NOT_FOUND, "there is no %s%s in city %lld", cx_say_code(cx, "thing", t->name),
			row_name(cx, t, key) + strlen(t->name), (long long)tx_city(tx));
	return row;
}

enum err tx_scan(struct cx *cx, struct tx *tx, const struct table *t, const void *key, int prefix, size_t max,
		 const void *const **rows, size_t *count)
{
	return overlay_scan(cx, tx->overlay, t, key, prefix, max, rows, count);
}

enum err tx_programme_find(struct cx *cx, struct tx *tx, const struct table *t, const void *key,
			   const void **row)
{
	BUG(!tx->db); /* a replay reads nothing but its own city */
	return overlay_find(cx, tx->programme ? tx->programme : tx->overlay, t, key, row);
}

enum err tx_programme_query(struct cx *cx, struct tx *tx, struct db_rows **rows, const char *sql,
			    struct db_args args)
{
	BUG(!tx->db || !tx->deciding);
	return db_query(cx, tx->db, rows, sql, args);
}

/* An entry that is not written yet, and whose text is in a pack alone. */
static enum err from_pack(struct cx *cx, struct tx *tx, int64_t seq, struct journal_line *out)
{
	struct journal_line *line = cx_array(cx, PACK_ENTRIES, sizeof(*line));
	struct pack_row key = {.pack = seq / PACK_ENTRIES};
	const void *row;

	if (!line || tx_find(cx, tx, &journal_pack_table, &key, &row))
		return cx->err;
	BUG(!row);
	if (pack_open(cx, row, line))
		return cx->err;
	*out = line[seq % PACK_ENTRIES];
	return ERR_OK;
}

enum err tx_entry(struct cx *cx, struct tx *tx, int64_t seq, struct entry *out)
{
	struct journal_line line;

	BUG(!tx->db || !tx->deciding);
	if (seq < tx->line_first || seq >= tx->entry->seq)
		return entry_read(cx, tx->db, tx->domain, tx->entry->city, seq, out);
	line = tx->line[seq - tx->line_first];
	if (!line.body && from_pack(cx, tx, seq, &line))
		return cx->err;
	return entry_decode(cx, tx->domain, line.body, line.n, out);
}

enum err tx_balance(struct cx *cx, struct tx *tx, int64_t account, const char *unit, int64_t *posted,
		    int64_t *available)
{
	struct balance key = {.account = account, .unit = unit};
	const void *row;
	const struct balance *b;

	if (tx_find(cx, tx, &balance_table, &key, &row))
		return cx->err;
	b = row;
	*posted = b ? b->posted : 0;
	*available = b ? b->posted - b->pending_out : 0;
	return ERR_OK;
}

/* --- deciding --- */

int64_t tx_new_id(struct tx *tx)
{
	BUG(!tx->deciding);
	tx->entry->ids++;
	return tx->next_id++;
}

int64_t tx_new_device(struct tx *tx)
{
	return tx->entry->city << 32 | tx_new_id(tx);
}

enum err tx_transfer(struct cx *cx, struct tx *tx, struct transfer t)
{
	BUG(!tx->deciding);
	if (t.amount < 0)
		return cx_fail(cx, ERR_INVALID, "a transfer of %lld %s: amounts are positive",
			       (long long)t.amount, t.unit);
	if (t.amount == 0)
		return ERR_OK;
	if (tx->transfers == ENTRY_TRANSFERS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "one action may make at most %d transfers",
			       ENTRY_TRANSFERS_MAX);
	t.unit = cx_strdup(cx, t.unit);
	if (!t.unit || (t.tax && !(t.tax = cx_strdup(cx, t.tax))))
		return cx->err;
	tx->transfer[tx->transfers++] = t;
	return ERR_OK;
}

enum err tx_move_amount(struct cx *cx, struct tx *tx, int64_t from, int64_t to, const char *unit,
			int64_t amount)
{
	return tx_transfer(cx, tx, (struct transfer){.from = from, .to = to, .unit = unit, .amount = amount});
}

enum err tx_check_move(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t id,
		       int64_t from, int64_t to)
{
	if (machine_allows(m, (int)from, tx->entry->type, (int)to))
		return ERR_OK;
	return machine_refuse(cx, m, what, id, (int)from, tx->entry->type);
}

enum err tx_ref(struct cx *cx, struct tx *tx, const char *name, const struct digest *digest)
{
	struct ref_use *r;

	BUG(!tx->deciding);
	for (int i = 0; i < tx->refs; i++)
		if (strcmp(tx->ref[i].name, name) == 0 && memcmp(tx->ref[i].digest.p, digest->byte, 32) == 0)
			return ERR_OK;
	if (tx->refs == ENTRY_REFS_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "one action may use at most %d rules", ENTRY_REFS_MAX);
	r = &tx->ref[tx->refs];
	*r = (struct ref_use){name, {cx_memdup(cx, digest->byte, 32), 32}};
	if (!r->digest.p)
		return cx->err;
	tx->refs++;
	return ERR_OK;
}

static void put64(struct sha256_stream *s, char kind, uint64_t v)
{
	unsigned char b[9] = {(unsigned char)kind};

	for (int i = 0; i < 8; i++)
		b[1 + i] = (unsigned char)(v >> (56 - 8 * i));
	sha256_update(s, b, sizeof(b));
}

void row_digest_add(struct sha256_stream *s, const struct table *t, const void *row)
{
	for (int i = 0; i < t->columns; i++) {
		struct db_val v = field_value(&t->fields[i], row);
		if (v.kind == DB_NULL)
			put64(s, 'n', 0);
		else if (v.kind == DB_I64)
			put64(s, 'i', (uint64_t)v.i);
		else {
			put64(s, v.kind == DB_TEXT ? 't' : 'b', v.n);
			sha256_update(s, v.p, v.n);
		}
	}
}

static struct tx_proof *proof_of(struct cx *cx, struct tx *tx, const struct table *t)
{
	struct tx_proof *p;

	for (int i = 0; i < tx->proofs; i++)
		if (tx->proof[i].table == t)
			return &tx->proof[i];
	BUG(tx->proofs == TX_PROOFS_MAX);
	p = &tx->proof[tx->proofs];
	*p = (struct tx_proof){.table = t};
	if (sha256_new(cx, &p->digest))
		return NULL;
	tx->proofs++;
	return p;
}

enum err tx_write_once(struct cx *cx, struct tx *tx, const struct table *t, const void *row, int64_t *n)
{
	struct tx_proof *p = proof_of(cx, tx, t);
	void *copy = cx_memdup(cx, row, t->size);

	BUG(!tx->deciding || (t->kind != TABLE_REFERENCE && t->kind != TABLE_VAULT));
	if (!p || !copy)
		return cx->err;
	*field_int_at(&t->fields[0], copy) = tx->entry->city;
	*field_int_at(&t->fields[1], copy) = tx->entry->seq;
	*field_int_at(&t->fields[2], copy) = p->count + 1;
	if (overlay_put(cx, tx->overlay, t, copy))
		return cx->err;
	row_digest_add(p->digest, t, copy);
	*n = ++p->count;
	return ERR_OK;
}

enum err tx_seal(struct cx *cx, struct tx *tx, int64_t subject, const void *p, size_t n, struct bytes *out)
{
	struct seal_key key;
	uint64_t draws = tx->draws;
	unsigned char *sealed = cx_alloc(cx, n + SEAL_OVERHEAD);
	char ad[64];
	enum err err;

	BUG(!tx->deciding);
	if (!sealed)
		return cx->err;
	snprintf(ad, sizeof(ad), "%lld/%lld", (long long)tx->entry->city, (long long)subject);
	WITH_RANDOM(cx, tx, err = keys_subject_stage(cx, tx->keys, tx->entry->city, subject, &key));
	if (err)
		return err;
	tx->draws = draws + 1; /* also when a try that was cut short has left the key in the store */
	WITH_RANDOM(cx, tx, seal_bytes(cx, &key, p, n, ad, strlen(ad), sealed));
	wipe(&key, sizeof(key));
	*out = (struct bytes){sealed, n + SEAL_OVERHEAD};
	return ERR_OK;
}

enum err tx_check_subject(struct cx *cx, struct tx *tx, int64_t subject)
{
	struct seal_key key;

	BUG(!tx->deciding);
	if (keys_subject(cx, tx->keys, tx->entry->city, subject, &key) == ERR_NOT_FOUND)
		cx_clear(cx);
	wipe(&key, sizeof(key));
	return cx->err;
}

enum err tx_blind(struct cx *cx, struct tx *tx, const char *kind, const char *text, struct bytes *out)
{
	char *purpose = cx_printf(cx, "blind %s", kind);
	struct digest d;

	BUG(!tx->deciding);
	if (!purpose)
		return cx->err;
	d = secret_digest(&tx->secret, purpose, text, strlen(text), 0);
	*out = (struct bytes){cx_memdup(cx, d.byte, 16), 16};
	return out->p ? ERR_OK : cx->err;
}

enum err tx_index(struct cx *cx, struct tx *tx, int64_t subject, const char *kind, const char *text)
{
	struct bytes blind;

	if (tx_blind(cx, tx, kind, text, &blind))
		return cx->err;
	return keys_index_stage(cx, tx->keys, tx->entry->city, subject, blind.p);
}

enum err tx_search(struct cx *cx, struct tx *tx, const char *kind, const char *text, int64_t after,
		   int64_t *subject, size_t max, size_t *count)
{
	struct bytes blind;

	if (tx_blind(cx, tx, kind, text, &blind))
		return cx->err;
	return keys_index_find(cx, tx->keys, tx->entry->city, blind.p, after, subject, max, count);
}

enum err tx_secret(struct cx *cx, struct tx *tx, const char *purpose, int64_t number, struct digest *out)
{
	(void)cx;
	BUG(!tx->deciding);
	*out = secret_digest(&tx->secret, purpose, "", 0, number);
	return ERR_OK;
}

enum err tx_check_org(struct cx *cx, struct tx *tx, int64_t org)
{
	if (tx->who->org == 0 && tx->who->order == 0)
		return ERR_OK;
	if (tx->who->org != 0 && tx->who->org == org)
		return ERR_OK;
	return cx_fail(cx, ERR_FORBIDDEN, "this belongs to another organisation");
}

bool tx_has_role(const struct tx *tx, unsigned roles)
{
	return (tx->who->roles & roles) != 0;
}

/* --- applying --- */

enum err tx_put(struct cx *cx, struct tx *tx, const struct table *t, const void *row)
{
	BUG(tx->deciding || t->kind != TABLE_STATE);
	return overlay_put(cx, tx->overlay, t, row);
}

enum err tx_del(struct cx *cx, struct tx *tx, const struct table *t, const void *key)
{
	BUG(tx->deciding || t->kind != TABLE_STATE);
	return overlay_del(cx, tx->overlay, t, key);
}

enum err tx_step(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t id,
		 int64_t from, int64_t to)
{
	return machine_allows(m, (int)from, tx->entry->type, (int)to) ? ERR_OK :
	       machine_refuse(cx, m, what, id, (int)from, tx->entry->type);
}

enum err tx_move(struct cx *cx, struct tx *tx, const struct machine *m, const char *what, int64_t subject,
		 int64_t from, int64_t to)
{
	return tx_step(cx, tx, m, what, account_ref(subject), from, to) ? cx->err : tx_touch(cx, tx, subject);
}

enum err tx_touch(struct cx *cx, struct tx *tx, int64_t subject)
{
	BUG(tx->deciding);
	return history_note(cx, tx->overlay, subject, tx->entry->seq);
}
