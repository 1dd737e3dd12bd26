#include "programme/catalogue/search.h"

enum { CANDIDATES_MAX = 400, TACS_MAX = 20, TAC_DIGITS = 8, FUZZY_LETTERS = 3 };

/* --- words --- */

static bool is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80;
}

char *search_words(struct cx *cx, const char *text)
{
	struct sb sb;

	sb_init(&sb, cx, 8 * strlen(text) + 1);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + 'a' - 'A');
		if (is_word(c))
			sb_char(&sb, (char)c);
		else if (sb.len > 0 && sb.data[sb.len - 1] != ' ')
			sb_char(&sb, ' ');
		if (c == '+')
			sb_str(&sb, "plus ");
	}
	while (sb.len > 0 && sb.data[sb.len - 1] == ' ')
		sb.data[--sb.len] = 0;
	return sb_end(&sb) ? NULL : sb.data;
}

/* The first n bytes of text without spaces, put behind sb as one word. */
static void add_joined(struct sb *sb, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] != ' ')
			sb_char(sb, text[i]);
	sb_char(sb, ' ');
}

static void add_words(struct sb *sb, const char *words)
{
	if (*words) {
		sb_str(sb, words);
		sb_char(sb, ' ');
	}
}

/* Each code as words, and as one word when it has several. */
static void add_codes(struct sb *sb, struct cx *cx, const char *code)
{
	while (*code) {
		size_t n = strcspn(code, ",");
		/* "iPhone14,5" is one code; ", " parts codes */
		while (code[n] == ',' && code[n + 1] != ' ')
			n += 1 + strcspn(code + n + 1, ",");
		char *one = cx_strndup(cx, code, n), *words = one ? search_words(cx, one) : NULL;
		if (!words)
			return;
		add_words(sb, words);
		if (strchr(words, ' '))
			add_joined(sb, words, strlen(words));
		code += n;
		code += strspn(code, ", ");
	}
}

char *search_column(struct cx *cx, const char *brand, const char *name, const char *code, const char *words)
{
	char *b = search_words(cx, brand), *n = search_words(cx, name),
	     *w = search_words(cx, words ? words : "");
	struct sb sb;

	sb_init(&sb, cx, 16 * 1024);
	if (!b || !n || !w)
		return NULL;
	sb_char(&sb, ' ');
	add_words(&sb, b);
	add_words(&sb, n);
	if (strchr(n, ' '))
		add_joined(&sb, n, strlen(n));
	if (code)
		add_codes(&sb, cx, code);
	add_words(&sb, w);
	if (cx->err || sb_end(&sb))
		return NULL;
	while (sb.len > SEARCH_COLUMN_MAX)
		do
			sb.data[--sb.len] = 0;
		while (sb.len > 1 && sb.data[sb.len - 1] != ' ');
	return sb.data;
}

/* --- how well it fits --- */

bool search_near(const char *query, size_t qn, const char *word, size_t wn)
{
	size_t i = 0, j = 0;
	bool changed = false;

	while (i < qn) {
		if (j < wn && query[i] == word[j]) {
			i++;
			j++;
			continue;
		}
		if (changed)
			return false;
		changed = true;
		if (i + 1 < qn && j + 1 < wn && query[i] == word[j + 1] && query[i + 1] == word[j]) {
			i += 2; /* swapped */
			j += 2;
		} else if (i + 1 < qn && j < wn && query[i + 1] == word[j]) {
			i++; /* one more */
		} else if (j + 1 < wn && query[i] == word[j + 1]) {
			j++; /* one less */
		} else {
			i++;
			j++;
		}
	}
	return j <= wn;
}

/* 10 for the same word, 6 for its beginning, 3 for one near it, 0 for none. */
static int64_t word_score(const char *query, size_t qn, const char *column, bool fuzzy)
{
	int64_t best = 0;

	for (const char *p = column; *p;) {
		size_t wn = strcspn(p, " ");
		if (wn == qn && memcmp(p, query, qn) == 0)
			return 10;
		if (wn > qn && memcmp(p, query, qn) == 0)
			best = 6;
		else if (best == 0 && fuzzy && qn >= 4 && wn > 0 && search_near(query, qn, p, wn))
			best = 3;
		p += wn;
		p += strspn(p, " ");
	}
	return best;
}

/* Equal but for the spaces. */
static bool same_letters(const char *a, const char *b)
{
	for (;;) {
		a += strspn(a, " ");
		b += strspn(b, " ");
		if (*a != *b)
			return false;
		if (!*a)
			return true;
		a++;
		b++;
	}
}

int64_t search_score(const char *query, const struct model *m, const char *brand_name,
		     const char *name, bool fuzzy)
{
	int64_t score = 0, extra = 0;

	for (const char *p = query; *p;) {
		size_t n = strcspn(p, " ");
		int64_t s = word_score(p, n, m->search, fuzzy);
		if (s == 0)
			return 0;
		score += s;
		p += n;
		p += strspn(p, " ");
	}
	if (same_letters(query, name) || same_letters(query, brand_name))
		score += 100;
	else if (strncmp(name, query, strlen(query)) == 0 || strncmp(brand_name, query, strlen(query)) == 0)
		score += 20;
	for (const char *p = name; *p; p++)
		extra += *p == ' ';
	return score * 4 > extra ? score * 4 - extra : 1;
}

/* --- asking the database --- */

/* "128gb" and "1tb" say which variant, not which model. */
static bool is_size(const char *word, size_t n)
{
	size_t digits = strspn(word, "0123456789");
	return digits > 0 && digits + 2 == n &&
	       (memcmp(word + digits, "gb", 2) == 0 || memcmp(word + digits, "tb", 2) == 0);
}

struct query {
	char text[SEARCH_TEXT_MAX + 1]; /* the words that count, single spaces between */
	const char *word[SEARCH_WORDS_MAX];
	size_t len[SEARCH_WORDS_MAX];
	int words;
};

static void query_split(struct query *q, const char *words)
{
	size_t at = 0;

	*q = (struct query){.words = 0};
	while (*words && q->words < SEARCH_WORDS_MAX) {
		size_t n = strcspn(words, " ");
		if (!is_size(words, n) && at + n + 1 < sizeof(q->text)) {
			if (at > 0)
				q->text[at++] = ' ';
			memcpy(q->text + at, words, n);
			q->word[q->words] = q->text + at;
			q->len[q->words++] = n;
			at += n;
		}
		words += n;
		words += strspn(words, " ");
	}
}

static const char in_force[] =
	"JOIN catalogue_part p ON p.city = m.city AND p.seq = m.seq AND p.n = 1 "
	"JOIN catalogue_list l ON l.city = p.city AND l.list = p.list "
	"AND p.seq BETWEEN l.first_seq AND l.last_seq ";

static enum err add_like(struct cx *cx, struct sb *sb, const char *before, const char *text, size_t n,
			 struct db_val *val, int *used)
{
	char *like = cx_printf(cx, "%%%s%.*s%%", before, (int)n, text);

	if (!like)
		return cx->err;
	val[(*used)++] = db_text(like);
	sb_printf(sb, "m.search LIKE $%d", *used);
	return ERR_OK;
}

/* A word begins with the query's. Fuzzy: its first or its last letters are there, for one slip spares one
 * of them. */
static enum err add_pattern(struct cx *cx, struct sb *sb, const char *word, size_t n, bool fuzzy,
			    struct db_val *val, int *used)
{
	size_t part = fuzzy && n > FUZZY_LETTERS ? FUZZY_LETTERS : n;

	sb_str(sb, " AND (");
	if (add_like(cx, sb, " ", word, part, val, used))
		return cx->err;
	if (part < n) {
		sb_str(sb, " OR ");
		if (add_like(cx, sb, "", word + n - part, part, val, used))
			return cx->err;
	}
	sb_char(sb, ')');
	return ERR_OK;
}

/* Rows whose column may have all words of the query. */
static enum err candidates(struct cx *cx, struct db *db, const struct query *q, bool fuzzy,
			   struct db_rows **rows)
{
	struct db_val val[2 * SEARCH_WORDS_MAX];
	const struct table *t = &model_table;
	int used = 0;
	struct sb sb;

	sb_init(&sb, cx, 8000);
	sb_str(&sb, "SELECT ");
	for (const struct field *f = t->fields; f->name; f++)
		sb_printf(&sb, "%sm.\"%s\"", f == t->fields ? "" : ", ", f->name);
	sb_printf(&sb, " FROM model m %sWHERE m.city = 0", in_force);
	for (int i = 0; i < q->words; i++)
		if (add_pattern(cx, &sb, q->word[i], q->len[i], fuzzy, val, &used))
			return cx->err;
	sb_printf(&sb, " ORDER BY LENGTH(m.search), m.seq, m.n LIMIT %d",
		  fuzzy ? 10 * CANDIDATES_MAX : CANDIDATES_MAX);
	if (sb_end(&sb))
		return cx->err;
	return db_query(cx, db, rows, sb.data, (struct db_args){val, used});
}

struct result {
	struct model_hit *hit;
	int64_t count, max; /* best first */
};

static bool better(const struct model_hit *a, const struct model_hit *b)
{
	return a->score != b->score ? a->score > b->score : a->model < b->model;
}

/* Puts a hit in its place; what falls out at the end is forgotten. */
static void result_add(struct result *r, struct model_hit h)
{
	int64_t i = r->count;

	for (int64_t k = 0; k < r->count; k++)
		if (r->hit[k].model == h.model)
			return;
	if (r->count < r->max)
		r->count++;
	else if (r->max == 0 || !better(&h, &r->hit[--i]))
		return;
	for (; i > 0 && better(&h, &r->hit[i - 1]); i--)
		r->hit[i] = r->hit[i - 1];
	r->hit[i] = h;
}

static enum err rate(struct cx *cx, const struct query *q, const struct model *m, bool fuzzy, int64_t *score)
{
	char *name = search_words(cx, m->name), *both = cx_printf(cx, "%s %s", m->brand, m->name);
	char *brand_name = both ? search_words(cx, both) : NULL;

	if (!name || !brand_name)
		return cx->err;
	*score = search_score(q->text, m, brand_name, name, fuzzy);
	return ERR_OK;
}

static enum err search_text(struct cx *cx, struct db *db, const char *words, bool fuzzy,
			    int64_t more, struct result *r)
{
	db_auto_rows *rows = NULL;
	struct query q;

	query_split(&q, words);
	if (q.words == 0)
		return ERR_OK;
	if (candidates(cx, db, &q, fuzzy, &rows))
		return cx->err;
	while (db_next(cx, rows)) {
		struct cx_mark mark = cx_mark(cx);
		struct model *m = CX_NEW(cx, struct model);
		int64_t before = r->count, score = 0;
		if (!m || field_row(cx, model_table.fields, rows, m) || rate(cx, &q, m, fuzzy, &score))
			return cx->err;
		if (score > 0)
			result_add(r, (struct model_hit){MODEL_ID(m->seq, m->n), m, score + more});
		if (score == 0 && before == r->count)
			cx_restore(cx, mark);
	}
	return cx->err;
}

/* --- IMEI and type allocation codes --- */

/* The first eight digits when text is a TAC, an IMEI or an IMEISV; spaces, '-' and '/' may stand in it. */
static bool tac_of(const char *text, char out[TAC_DIGITS + 1])
{
	size_t n = 0;

	for (; *text; text++) {
		if (*text >= '0' && *text <= '9') {
			if (n < TAC_DIGITS)
				out[n] = *text;
			n++;
		} else if (!strchr(" -/", *text)) {
			return false;
		}
	}
	out[TAC_DIGITS] = 0;
	return n == TAC_DIGITS || (n >= 14 && n <= 16);
}

/* Of what was found, the models that are called exactly so alone, if there are any: a code names one model,
 * not those whose names go on. */
static enum err keep_named(struct cx *cx, char *const *names, int count, struct result *r)
{
	int64_t kept = 0;

	for (int64_t k = 0; k < r->count; k++) {
		const struct model *m = r->hit[k].row;
		char *both = cx_printf(cx, "%s %s", m->brand, m->name);
		char *words = both ? search_words(cx, both) : NULL;
		bool same = false;
		if (!words)
			return cx->err;
		for (int i = 0; i < count; i++)
			same |= same_letters(names[i], words);
		if (same)
			r->hit[kept++] = r->hit[k];
	}
	if (kept > 0)
		r->count = kept;
	return ERR_OK;
}

static enum err search_tac(struct cx *cx, struct db *db, const char *tac, struct result *r)
{
	char *sql = cx_printf(cx, "SELECT m.brand, m.name FROM tac m %sWHERE m.city = 0 AND m.tac = $1 "
			      "ORDER BY m.seq, m.n LIMIT %d", in_force, TACS_MAX);
	db_auto_rows *rows = NULL;
	char *names[TACS_MAX];
	int count = 0;

	if (!sql || db_query(cx, db, &rows, sql, DB_ARGS(db_text(tac))))
		return cx->err;
	while (db_next(cx, rows)) {
		char *both = cx_printf(cx, "%s %s", db_get_text(rows, 0), db_get_text(rows, 1));
		names[count] = both ? search_words(cx, both) : NULL;
		if (!names[count++])
			return cx->err;
	}
	if (cx->err)
		return cx->err;
	for (int i = 0; i < count; i++)
		if (search_text(cx, db, names[i], false, 1000, r))
			return cx->err;
	return keep_named(cx, names, count, r);
}

enum err catalogue_search(struct cx *cx, struct reader *r, const char *text, int64_t max,
			  struct model_hit **hits, int64_t *count)
{
	struct result result = {.hit = cx_array(cx, (size_t)max, sizeof(struct model_hit)), .max = max};
	char tac[TAC_DIGITS + 1], *words;

	if (strlen(text) > SEARCH_TEXT_MAX)
		return cx_fail(cx, ERR_TOO_LARGE, "q: at most %d bytes", SEARCH_TEXT_MAX);
	words = search_words(cx, text);
	if (!words || !result.hit || (tac_of(text, tac) && search_tac(cx, r->db, tac, &result)))
		return cx->err;
	if (result.count == 0 && search_text(cx, r->db, words, false, 0, &result))
		return cx->err;
	if (result.count == 0 && search_text(cx, r->db, words, true, 0, &result))
		return cx->err;
	*hits = result.hit;
	*count = result.count;
	return ERR_OK;
}
