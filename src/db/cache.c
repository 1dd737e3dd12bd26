/* Prepared statements kept for their next use, and rows kept in memory. */
#include "db/engine.h"

/* Eight bytes at a time: statements are long and asked for often. They are our own: no one chooses them. */
static uint64_t hash_text(uint64_t h, const char *s)
{
	size_t n = strlen(s);
	uint64_t word;

	for (; n >= sizeof(word); n -= sizeof(word), s += sizeof(word)) {
		memcpy(&word, s, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	for (; n > 0; n--)
		h = (h ^ (unsigned char)*s++) * 0x100000001b3u; /* FNV-1a */
	return h ^ h >> 32;
}

static uint64_t hash_statement(const char *sql, const char *sig)
{
	uint64_t h = hash_text(hash_text(0xcbf29ce484222325u, sql), sig);

	return h ^ h >> 29;
}

struct cached *cache_find(struct stmt_cache *cache, const char *sql, const char *sig)
{
	uint64_t hash = hash_statement(sql, sig);
	struct cached *set = cache->slot[hash % CACHE_SETS];

	for (int i = 0; i < CACHE_WAYS; i++) {
		struct cached *c = &set[i];
		if (!c->sql || c->hash != hash || c->busy || strcmp(c->sql, sql) != 0 ||
		    strcmp(c->sig, sig) != 0)
			continue;
		c->used = ++cache->clock;
		return c;
	}
	return NULL;
}

static void empty(struct stmt_cache *cache, struct cached *c)
{
	if (!c->sql)
		return;
	cache->drop(cache->owner, c->stmt);
	free(c->sql);
	free(c->sig);
	*c = (struct cached){0};
}

struct cached *cache_put(struct stmt_cache *cache, const char *sql, const char *sig, void *stmt)
{
	uint64_t hash = hash_statement(sql, sig);
	struct cached *set = cache->slot[hash % CACHE_SETS], *c = NULL;
	char *sql_copy, *sig_copy;

	for (int i = 0; i < CACHE_WAYS; i++)
		if (!set[i].busy && (!c || set[i].used < c->used))
			c = &set[i];
	sql_copy = c ? strdup(sql) : NULL;
	sig_copy = c ? strdup(sig) : NULL;
	if (!sql_copy || !sig_copy) {
		free(sql_copy);
		free(sig_copy);
		return NULL;
	}
	empty(cache, c);
	*c = (struct cached){hash, ++cache->clock, sql_copy, sig_copy, stmt, false};
	return c;
}

void cache_clear(struct stmt_cache *cache)
{
	for (int i = 0; i < CACHE_SETS; i++)
		for (int k = 0; k < CACHE_WAYS; k++)
			if (!cache->slot[i][k].busy)
				empty(cache, &cache->slot[i][k]);
}

static bool page_room(struct page *page, size_t n)
{
	size_t cap = page->cap ? page->cap : 4096;
	char *data;

	if (n <= page->cap - page->len)
		return true;
	while (cap - page->len < n)
		cap *= 2;
	data = realloc(page->data, cap);
	if (!data)
		return false;
	page->data = data;
	page->cap = cap;
	return true;
}

bool page_add(struct page *page, const struct db_val *val)
{
	bool bytes = val->kind == DB_TEXT || val->kind == DB_BLOB;
	int64_t number = bytes ? (int64_t)val->n : val->i;
	char *p;

	if (!page_room(page, 1 + sizeof(number) + (bytes ? val->n + 1 : 0)))
		return false;
	p = page->data + page->len;
	*p++ = (char)val->kind;
	memcpy(p, &number, sizeof(number));
	p += sizeof(number);
	if (bytes) {
		if (val->n)
			memcpy(p, val->p, val->n);
		p += val->n;
		*p++ = 0;
	}
	page->len = (size_t)(p - page->data);
	return true;
}

bool page_take(struct page *page, struct db_val *row, int columns)
{
	if (page->pos == page->len)
		return false;
	for (int i = 0; i < columns; i++) {
		const char *p = page->data + page->pos;
		int64_t number;

		memcpy(&number, p + 1, sizeof(number));
		row[i] = (struct db_val){.kind = (enum db_kind)p[0]};
		page->pos += 1 + sizeof(number);
		if (row[i].kind == DB_TEXT || row[i].kind == DB_BLOB) {
			row[i].p = page->data + page->pos;
			row[i].n = (size_t)number;
			page->pos += (size_t)number + 1;
		} else {
			row[i].i = number;
		}
	}
	BUG(page->pos > page->len);
	return true;
}

void page_reset(struct page *page)
{
	page->len = page->pos = 0;
}

void page_done(struct page *page)
{
	free(page->data);
	*page = (struct page){0};
}
