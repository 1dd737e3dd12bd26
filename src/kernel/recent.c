#include "kernel/recent.h"

#include <endian.h>

#include "codec/hash.h"
#include "kernel/books.h"

#define WEEK_US (IDEM_DAYS * INT64_C(86400000000))

struct slot {
	int64_t seq;
	unsigned char digest[IDEM_DIGEST];
	uint32_t next; /* of its bucket: number of an older slot, and 1; 0: the end */
};
struct place {
	uint64_t begins; /* the digest's first bytes, as a number: to sort needs no look at most slots */
	uint32_t slot;
};
struct recent {
	int64_t first, size; /* the entries that it knows */
	struct slot *slot;   /* in the order of entries; those without a key have none */
	size_t slots, cap;
	uint32_t *bucket; /* cap of them */
	struct place *order; /* the slots of one generation, by digest */
	size_t ordered;
	int64_t order_of; /* which generation, or -1 */
	unsigned char *sieve;
	uint64_t sieve_mask; /* of a bit's number */
	int64_t sieve_keys;
	bool no_sieve;
};
enum { RUN_GENERATIONS = 4, RUNS = 8 };
enum { SORT_BITS = 12, SORT_LISTS = 1 << SORT_BITS }; /* a generation has some four for each */
enum { AHEAD = 4 }; /* entries: the slot of one is brought near so long before */
enum { SIEVE_BITS_MIN = 1 << 20, SIEVE_BITS_A_KEY = 8, SIEVE_HASHES = 4 };

static int64_t generation = RECENT_GENERATION;

void recent_set_generation(int64_t entries) { generation = entries; }
bool recent_has_moved(int64_t size) { return size > generation; }

int64_t idem_week(int64_t us) { return us / WEEK_US; }

int64_t idem_week_of(const void *row_key)
{
	const unsigned char *p = row_key;

	return p[0] << 8 | p[1];
}

int idem_run_of(const void *row_key)
{
	const unsigned char *p = row_key;

	return p[2] << 8 | p[3];
}

/* Of four generations each, then, whenever their number has doubled, of twice as many: 8 runs between two
 * powers of two. */
int idem_run(int64_t seq)
{
	int64_t fours = (seq / generation - 1) / RUN_GENERATIONS;
	int doubled = fours < RUNS ? 0 : 60 - __builtin_clzll((unsigned long long)fours);

	return seq < generation ? -1 : doubled * RUNS + (int)(fours >> doubled);
}

void idem_row_key(unsigned char out[IDEM_ROW], int64_t week, int run,
		  const unsigned char digest[IDEM_DIGEST])
{
	out[0] = (unsigned char)(week >> 8);
	out[1] = (unsigned char)week;
	out[2] = (unsigned char)(run >> 8);
	out[3] = (unsigned char)run;
	memcpy(out + 4, digest, IDEM_DIGEST);
}

enum err recent_new(struct cx *cx, struct recent **out)
{
	struct recent *r = calloc(1, sizeof(*r));

	if (!r)
		return cx_fail(cx, ERR_MEMORY, "no memory for idempotency keys");
	r->order_of = -1;
	*out = r;
	return ERR_OK;
}

void recent_free(struct recent *r)
{
	if (!r)
		return;
	free(r->slot);
	free(r->bucket);
	free(r->order);
	free(r->sieve);
	free(r);
}

size_t recent_bytes(const struct recent *r)
{
	size_t sieve = r->sieve ? (size_t)(r->sieve_mask / 8 + 1) : 0;

	return r->cap * (sizeof(*r->slot) + sizeof(*r->bucket)) + r->ordered * sizeof(*r->order) + sieve;
}

int64_t recent_size(const struct recent *r) { return r->size; }

/* --- the hash table --- */

static uint64_t begins(const unsigned char digest[IDEM_DIGEST])
{
	uint64_t number;

	memcpy(&number, digest, sizeof(number));
	return be64toh(number);
}

/* A keyed digest: its bytes are as good as any hash of it. */
static uint32_t *bucket_of(const struct recent *r, const unsigned char digest[IDEM_DIGEST])
{
	return &r->bucket[begins(digest) & (r->cap - 1)];
}

static void link_slot(struct recent *r, size_t i)
{
	uint32_t *bucket = bucket_of(r, r->slot[i].digest);

	r->slot[i].next = *bucket;
	*bucket = (uint32_t)i + 1;
}

static void link_all(struct recent *r)
{
	if (r->cap)
		memset(r->bucket, 0, r->cap * sizeof(*r->bucket));
	for (size_t i = 0; i < r->slots; i++)
		link_slot(r, i);
}

enum err recent_reserve(struct cx *cx, struct recent *r)
{
	size_t cap = r->cap ? 2 * r->cap : 256;
	struct slot *slot;
	uint32_t *bucket;

	if (r->slots < r->cap)
		return ERR_OK;
	slot = realloc(r->slot, cap * sizeof(*slot));
	if (slot)
		r->slot = slot;
	bucket = slot ? realloc(r->bucket, cap * sizeof(*bucket)) : NULL;
	if (!bucket)
		return cx_fail(cx, ERR_MEMORY, "no memory for idempotency keys");
	r->bucket = bucket;
	r->cap = cap;
	link_all(r);
	return ERR_OK;
}

void recent_add(struct recent *r, int64_t seq, const unsigned char *digest)
{
	BUG(seq < r->size || (digest && r->slots == r->cap));
	r->size = seq + 1;
	if (!digest)
		return;
	r->slot[r->slots].seq = seq;
	memcpy(r->slot[r->slots].digest, digest, IDEM_DIGEST);
	link_slot(r, r->slots++);
	recent_sieve_add(r, digest);
}

int64_t recent_find(const struct recent *r, const unsigned char digest[IDEM_DIGEST])
{
	if (!r->slots)
		return -1;
	for (uint32_t i = *bucket_of(r, digest); i; i = r->slot[i - 1].next)
		if (memcmp(r->slot[i - 1].digest, digest, IDEM_DIGEST) == 0)
			return r->slot[i - 1].seq;
	return -1;
}

/* How many slots are of entries before this one. */
static size_t slots_before(const struct recent *r, int64_t seq)
{
	size_t low = 0, high = r->slots;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (r->slot[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void recent_cut(struct recent *r, int64_t size)
{
	if (size >= r->size)
		return;
	while (r->slots && r->slot[r->slots - 1].seq >= size) { /* the newest is the first of its bucket */
		const struct slot *s = &r->slot[--r->slots];
		*bucket_of(r, s->digest) = s->next;
	}
	r->size = size;
	if (r->first > size)
		r->first = size;
	if (r->order_of >= 0 && size < (r->order_of + 1) * generation)
		r->order_of = -1;
}

void recent_trim(struct recent *r)
{
	int64_t first = (r->size / generation - 1) * generation;
	size_t gone;

	if (first <= r->first)
		return;
	gone = slots_before(r, first);
	memmove(r->slot, r->slot + gone, (r->slots - gone) * sizeof(*r->slot));
	r->slots -= gone;
	r->first = first;
	r->order_of = -1;
	link_all(r);
}

/* --- the sieve --- */

/* The digest's second half gives the bits, its first the bucket. */
static uint64_t bit_of(const struct recent *r, const unsigned char digest[IDEM_DIGEST], uint64_t n)
{
	uint32_t word[2];

	memcpy(word, digest + 8, sizeof(word));
	return (word[0] + n * (word[1] | 1)) & r->sieve_mask;
}

bool recent_wants_sieve(const struct recent *r)
{
	return !r->no_sieve && (!r->sieve || (uint64_t)r->sieve_keys * SIEVE_BITS_A_KEY > r->sieve_mask);
}

void recent_sieve_add(struct recent *r, const unsigned char digest[IDEM_DIGEST])
{
	if (!r->sieve)
		return;
	for (uint64_t n = 0; n < SIEVE_HASHES; n++) {
		uint64_t bit = bit_of(r, digest, n);
		r->sieve[bit / 8] = (unsigned char)(r->sieve[bit / 8] | 1u << bit % 8);
	}
	r->sieve_keys++;
}

bool recent_may_be_moved(const struct recent *r, const unsigned char digest[IDEM_DIGEST])
{
	/* when the key is added soon, all its bits are asked for */
	for (uint64_t n = 0; r->sieve && n < SIEVE_HASHES; n++)
		__builtin_prefetch(&r->sieve[bit_of(r, digest, n) / 8], 1);
	for (uint64_t n = 0; r->sieve && n < SIEVE_HASHES; n++) {
		uint64_t bit = bit_of(r, digest, n);
		if (!(r->sieve[bit / 8] >> bit % 8 & 1))
			return false;
	}
	return true;
}

void recent_sieve_drop(struct recent *r, bool for_ever)
{
	free(r->sieve);
	r->sieve = NULL;
	r->no_sieve = for_ever;
}

enum err recent_sieve(struct cx *cx, struct recent *r, int64_t keys)
{
	uint64_t bits = SIEVE_BITS_MIN;

	while (bits < (uint64_t)(keys + 2 * generation) * 2 * SIEVE_BITS_A_KEY)
		bits *= 2;
	free(r->sieve);
	r->sieve = calloc(1, bits / 8);
	if (!r->sieve)
		return cx_fail(cx, ERR_MEMORY, "no memory for idempotency keys");
	r->sieve_mask = bits - 1;
	r->sieve_keys = 0;
	for (size_t i = 0; i < r->slots; i++)
		recent_sieve_add(r, r->slot[i].digest);
	return ERR_OK;
}

/* --- from the journal --- */

/* No member of an entry's data has this name (domain.c), and within a text the quotes were escaped. */
static enum err read_digest(struct cx *cx, const struct journal_line *line,
			    unsigned char digest[IDEM_DIGEST], bool *found)
{
	static const char before[] = ",\"idem\":\"";
	const char *at = memmem(line->body, line->n, before, sizeof(before) - 1), *hex;

	*found = at != NULL;
	if (!at)
		return ERR_OK;
	hex = at + sizeof(before) - 1;
	if (line->n - (size_t)(hex - line->body) >= 2 * IDEM_DIGEST &&
	    hex_decode(digest, IDEM_DIGEST, hex, 2 * IDEM_DIGEST))
		return ERR_OK;
	return cx_fail(cx, ERR_CORRUPT, "entry %lld: its idempotency key cannot be read; run relode audit",
		       (long long)line->seq);
}

static enum err load_line(struct cx *cx, struct recent *r, const struct journal_line *line)
{
	unsigned char digest[IDEM_DIGEST];
	bool found;

	if (line->seq != r->size)
		return cx_fail(cx, ERR_CORRUPT, "entry %lld is missing; run relode audit",
			       (long long)r->size);
	if (read_digest(cx, line, digest, &found) || recent_reserve(cx, r))
		return cx->err;
	recent_add(r, line->seq, found ? digest : NULL);
	return ERR_OK;
}

enum err recent_load(struct cx *cx, struct recent *r, struct db *db, int64_t city, int64_t size)
{
	int64_t first = size > generation ? (size / generation - 1) * generation : 0;
	struct journal_line line;
	journal_auto *j = NULL;

	if (r->size < first) {
		r->slots = 0;
		r->first = r->size = first;
		r->order_of = -1;
		link_all(r);
		free(r->sieve); /* it would not have what is not read */
		r->sieve = NULL;
	}
	if (r->size < size && journal_open(cx, db, city, r->size, &j))
		return cx->err;
	while (r->size < size) {
		if (!journal_next(cx, j, &line, NULL))
			return cx->err ? cx->err :
					 cx_fail(cx, ERR_CORRUPT, "entry %lld is missing; run relode audit",
						 (long long)r->size);
		if (load_line(cx, r, &line))
			return cx->err;
	}
	recent_trim(r);
	return ERR_OK;
}

/* --- into the table --- */

static int by_digest(const void *a, const void *b, void *arg)
{
	const struct place *x = a, *y = b;
	const struct slot *slot = arg;
	int c;

	if (x->begins != y->begins)
		return x->begins > y->begins ? 1 : -1;
	c = memcmp(slot[x->slot].digest, slot[y->slot].digest, IDEM_DIGEST);
	return c ? c : (x->slot > y->slot) - (x->slot < y->slot);
}

/* Digests are as good as random, so their first bits spread them over lists of a few each. */
static void sort_places(const struct recent *r, const struct place *in, struct place *out, size_t n)
{
	size_t end[SORT_LISTS + 1] = {0};

	for (size_t i = 0; i < n; i++)
		end[1 + (in[i].begins >> (64 - SORT_BITS))]++;
	for (size_t k = 0; k < SORT_LISTS; k++)
		end[k + 1] += end[k];
	for (size_t i = 0; i < n; i++) /* end[k]: where the next of list k goes */
		out[end[in[i].begins >> (64 - SORT_BITS)]++] = in[i];
	for (size_t k = 0, from = 0; k < SORT_LISTS; from = end[k++])
		if (end[k] - from > 1)
			qsort_r(out + from, end[k] - from, sizeof(*out), by_digest, r->slot);
}

static enum err sort_generation(struct cx *cx, struct recent *r, int64_t number)
{
	size_t from = slots_before(r, number * generation), to = slots_before(r, (number + 1) * generation);
	struct place *order = realloc(r->order, (to - from + 1) * sizeof(*order));
	struct place *unsorted = malloc((to - from + 1) * sizeof(*unsorted));

	r->order_of = -1;
	if (order)
		r->order = order;
	if (!order || !unsorted) {
		free(unsorted);
		return cx_fail(cx, ERR_MEMORY, "no memory for idempotency keys");
	}
	r->ordered = to - from;
	for (size_t i = from; i < to; i++)
		unsorted[i - from] = (struct place){begins(r->slot[i].digest), (uint32_t)i};
	sort_places(r, unsorted, order, r->ordered);
	free(unsorted);
	r->order_of = number;
	return ERR_OK;
}

enum err recent_move(struct cx *cx, struct recent *r, struct overlay *o, const struct entry *e)
{
	int64_t number = e->seq / generation - 1;
	size_t place = (size_t)(e->seq % generation);
	unsigned char key[IDEM_ROW];
	const struct slot *s;

	if (number < 0 || (number != r->order_of && sort_generation(cx, r, number)))
		return cx->err;
	if (place >= r->ordered)
		return ERR_OK;
	s = &r->slot[r->order[place].slot];
	if (place + AHEAD < r->ordered)
		__builtin_prefetch(&r->slot[r->order[place + AHEAD].slot]);
	idem_row_key(key, idem_week(e->recorded_us), idem_run(e->seq), s->digest);
	return overlay_put(cx, o, &idem_table, &(struct idem){.key = {key, IDEM_ROW}, .seq = s->seq});
}
