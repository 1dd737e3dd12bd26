#include "kernel/journal.h"

#include "codec/hash.h"
#include "codec/zip.h"

enum {
	PACK_BYTES_MAX = 1024 * 1024 * 1024, /* 512 entries of the largest size */
	GROUPS = 256                         /* of a pack: a byte says which */
};

struct journal {
	struct cx cx; /* of the present row's lines */
	struct db *db;
	int64_t city, next; /* next: the entry to give next; -1: whichever comes, for a row was damaged */
	struct db_rows *rows;
	bool tail, first; /* rows are of the tail, not of packs; none of them was read yet */
	int at, lines;
	struct journal_line line[PACK_ENTRIES];
};

/* --- packs --- */

static void pack_check(const struct bytes *body, unsigned char out[PACK_CHECK])
{
	struct digest d = sha256(body->p, body->n);

	memcpy(out, d.byte, PACK_CHECK);
}

/* What an entry's line is alike to: lines of one type. Of any other text, of nothing. */
static struct zip_part kind_of(const struct journal_line *line)
{
	static const char name[] = "\"type\":\"";
	const char *end = line->body + line->n, *quote;
	const char *at = end - (line->n < sizeof(name) ? line->n : sizeof(name) - 1);

	while (at > line->body && memcmp(at, name, sizeof(name) - 1) != 0)
		at--;
	if (at <= line->body)
		return (struct zip_part){"", 0};
	at += sizeof(name) - 1;
	quote = memchr(at, '"', (size_t)(end - at));
	return (struct zip_part){at, quote ? (size_t)(quote - at) : 0};
}

/* Entries of one type are in one group; groups are numbered as they come. The last takes what would be
 * more. */
static void group(const struct journal_line *line, unsigned char group[PACK_ENTRIES])
{
	struct zip_part kind[GROUPS], k;
	int kinds = 0, g;

	for (int i = 0; i < PACK_ENTRIES; i++) {
		k = kind_of(&line[i]);
		for (g = 0; g < kinds && (kind[g].n != k.n || memcmp(kind[g].p, k.p, k.n) != 0); g++)
			;
		if (g == kinds && kinds < GROUPS - 1)
			kind[kinds++] = k;
		group[i] = (unsigned char)g;
	}
}

/* The entries in the order in which their lines lie in the pack: group by group. */
static void order_of(const unsigned char group[PACK_ENTRIES], int order[PACK_ENTRIES])
{
	int first[GROUPS + 1] = {0};

	for (int i = 0; i < PACK_ENTRIES; i++)
		first[group[i] + 1]++;
	for (int g = 0; g < GROUPS; g++)
		first[g + 1] += first[g];
	for (int i = 0; i < PACK_ENTRIES; i++)
		order[first[group[i]]++] = i;
}

enum err pack_make(struct cx *cx, const struct journal_line *line, struct pack_row *out)
{
	struct zip_part part[1 + 2 * PACK_ENTRIES];
	unsigned char groups[PACK_ENTRIES], *check = cx_alloc(cx, PACK_CHECK);
	int order[PACK_ENTRIES];

	group(line, groups);
	order_of(groups, order);
	part[0] = (struct zip_part){groups, sizeof(groups)};
	for (int i = 0; i < PACK_ENTRIES; i++) {
		part[1 + 2 * i] = (struct zip_part){line[order[i]].body, line[order[i]].n};
		part[2 + 2 * i] = (struct zip_part){"\n", 1};
	}
	if (!check || zip_pack(cx, part, ARRAY_LEN(part), &out->body.p, &out->body.n))
		return cx->err;
	pack_check(&out->body, check);
	out->pack = line[0].seq / PACK_ENTRIES;
	out->check = (struct bytes){check, PACK_CHECK};
	return ERR_OK;
}

static enum err no_entries(struct cx *cx, const struct pack_row *row)
{
	return cx_fail(cx, ERR_CORRUPT, "pack %lld does not hold %d entries", (long long)row->pack,
		       PACK_ENTRIES);
}

enum err pack_open(struct cx *cx, const struct pack_row *row, struct journal_line *line)
{
	unsigned char check[PACK_CHECK];
	int order[PACK_ENTRIES];
	char *text, *end;
	size_t n;

	pack_check(&row->body, check);
	if (row->check.n != PACK_CHECK || memcmp(row->check.p, check, PACK_CHECK) != 0)
		return cx_fail(cx, ERR_CORRUPT, "entries %lld to %lld are not as they were packed",
			       (long long)row->pack * PACK_ENTRIES,
			       (long long)row->pack * PACK_ENTRIES + PACK_ENTRIES - 1);
	if (zip_unpack(cx, row->body.p, row->body.n, PACK_BYTES_MAX, &text, &n))
		return cx_prefix(cx, "pack %lld: ", (long long)row->pack);
	if (n < PACK_ENTRIES)
		return no_entries(cx, row);
	order_of((const unsigned char *)text, order);
	text += PACK_ENTRIES;
	n -= PACK_ENTRIES;
	for (int i = 0; i < PACK_ENTRIES; i++, text = end + 1) {
		end = memchr(text, '\n', n);
		if (!end || (i == PACK_ENTRIES - 1 && (size_t)(end - text) + 1 != n))
			return no_entries(cx, row);
		*end = 0;
		line[order[i]] = (struct journal_line){.seq = row->pack * PACK_ENTRIES + order[i],
						       .body = text, .n = (size_t)(end - text)};
		n -= (size_t)(end - text) + 1;
	}
	return ERR_OK;
}

static void pack_of_row(const struct db_rows *rows, struct pack_row *out)
{
	out->pack = db_get_i64(rows, 0);
	out->check.p = db_get_blob(rows, 1, &out->check.n);
	out->body.p = db_get_blob(rows, 2, &out->body.n);
}

/* --- rows of the tail --- */

enum err tail_make(struct cx *cx, const struct journal_line *line, size_t n, struct journal_row *out,
		   size_t *taken)
{
	size_t bytes = 0, lines = 0;
	char *body, *leaf;

	while (lines < n && bytes < TAIL_BYTES)
		bytes += line[lines++].n + 1;
	body = cx_alloc(cx, bytes);
	leaf = cx_alloc(cx, lines * LEAF_CHECK);
	if (!body || !leaf)
		return cx->err;
	*out = (struct journal_row){.seq = line->seq, .body = body, .leaf = {leaf, lines * LEAF_CHECK}};
	*taken = lines;
	for (; lines > 0; lines--, line++, leaf += LEAF_CHECK) {
		memcpy(body, line->body, line->n);
		body += line->n;
		*body++ = lines > 1 ? '\n' : 0;
		memcpy(leaf, line->check.p, LEAF_CHECK);
	}
	return ERR_OK;
}

/* Reads the row at which rows stand: line has room for 512. In cx's memory. */
static enum err tail_open(struct cx *cx, const struct db_rows *rows, struct journal_line *line, int *lines)
{
	int64_t first = db_get_i64(rows, 0);
	const unsigned char *leaf;
	char *body, *end;
	size_t leaves;

	leaf = db_get_blob(rows, 2, &leaves);
	*lines = (int)(leaves / LEAF_CHECK);
	if (leaves == 0 || leaves % LEAF_CHECK || leaves > PACK_ENTRIES * LEAF_CHECK)
		goto damaged;
	body = cx_strdup(cx, db_get_text(rows, 1));
	leaf = cx_memdup(cx, leaf, leaves);
	if (!body || !leaf)
		return cx->err;
	for (int i = 0; i < *lines; i++, leaf += LEAF_CHECK, body = end + 1) {
		end = strchr(body, '\n');
		if (!end != (i == *lines - 1))
			goto damaged;
		if (end)
			*end = 0;
		else
			end = body + strlen(body);
		line[i] = (struct journal_line){first + i, body, (size_t)(end - body), {leaf, LEAF_CHECK}};
	}
	return ERR_OK;
damaged:
	return cx_fail(cx, ERR_CORRUPT, "the entries from %lld on are not as they were written",
		       (long long)first);
}

/* --- one entry --- */

static enum err find_in_tail(struct cx *cx, struct db *db, int64_t city, int64_t seq,
			     struct journal_line *out)
{
	static const char sql[] = "SELECT seq, body, leaf FROM journal WHERE city = $1 AND seq <= $2 "
				  "ORDER BY seq DESC LIMIT 1";
	struct journal_line line[PACK_ENTRIES];
	db_auto_rows *rows = NULL;
	int lines;

	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(city), db_i64(seq))))
		return cx->err;
	out->body = NULL;
	if (!db_next(cx, rows) || tail_open(cx, rows, line, &lines))
		return cx->err;
	if (seq < line->seq + lines)
		*out = line[seq - line->seq];
	return ERR_OK;
}

static enum err find_in_pack(struct cx *cx, struct db *db, int64_t city, int64_t seq,
			     struct journal_line *out)
{
	static const char sql[] =
		"SELECT pack, checked, body FROM journal_pack WHERE city = $1 AND pack = $2";
	struct journal_line line[PACK_ENTRIES];
	db_auto_rows *rows = NULL;
	struct pack_row row;

	out->body = NULL;
	if (db_query(cx, db, &rows, sql, DB_ARGS(db_i64(city), db_i64(seq / PACK_ENTRIES))))
		return cx->err;
	if (!db_next(cx, rows))
		return cx->err;
	pack_of_row(rows, &row);
	if (pack_open(cx, &row, line))
		return cx->err;
	*out = line[seq % PACK_ENTRIES];
	return ERR_OK;
}

enum err journal_find(struct cx *cx, struct db *db, int64_t city, int64_t seq, struct journal_line *out)
{
	struct journal_line found = {.seq = seq};

	if (seq >= 0) { /* the tail first: an entry moves from there into a pack, never back */
		if (find_in_tail(cx, db, city, seq, &found) ||
		    (!found.body && find_in_pack(cx, db, city, seq, &found)))
			return cx->err;
	}
	if (!found.body)
		return cx_fail(cx, ERR_NOT_FOUND, "city %lld has no entry %lld", (long long)city,
			       (long long)seq);
	*out = found;
	return ERR_OK;
}

/* --- all entries --- */

static enum err open_packs(struct cx *cx, struct journal *j)
{
	static const char sql[] =
		"SELECT pack, checked, body FROM journal_pack WHERE city = $1 AND pack >= $2 ORDER BY pack";

	db_rows_free(j->rows);
	j->rows = NULL;
	j->tail = false;
	return db_query(cx, j->db, &j->rows, sql, DB_ARGS(db_i64(j->city), db_i64(j->next / PACK_ENTRIES)));
}

static enum err open_tail(struct cx *cx, struct journal *j)
{
	static const char sql[] =
		"SELECT seq, body, leaf FROM journal WHERE city = $1 AND seq >= COALESCE((SELECT MAX(seq) "
		"FROM journal WHERE city = $1 AND seq <= $2), $2) ORDER BY seq";

	db_rows_free(j->rows);
	j->rows = NULL;
	j->tail = j->first = true;
	return db_query(cx, j->db, &j->rows, sql, DB_ARGS(db_i64(j->city), db_i64(j->next)));
}

enum err journal_open(struct cx *cx, struct db *db, int64_t city, int64_t from, struct journal **out)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j)
		return cx_fail(cx, ERR_MEMORY, "no memory to read a journal");
	cx_init(&j->cx, (size_t)2 * PACK_BYTES_MAX);
	j->db = db;
	j->city = city;
	j->next = from < 0 ? 0 : from;
	if (open_packs(cx, j)) {
		journal_close(j);
		return cx->err;
	}
	*out = j;
	return ERR_OK;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	db_rows_free(j->rows);
	cx_done(&j->cx);
	free(j);
}

/* The next pack's lines; false: there is none, or cx->err. */
static bool take_pack(struct cx *cx, struct journal *j, int64_t *damaged)
{
	struct pack_row row;

	if (!db_next(cx, j->rows))
		return false;
	pack_of_row(j->rows, &row);
	cx_reset(&j->cx);
	j->at = j->lines = 0;
	if (pack_open(&j->cx, &row, j->line)) {
		if (damaged)
			*damaged = row.pack * PACK_ENTRIES;
		j->next = (row.pack + 1) * PACK_ENTRIES;
		cx_fail(cx, j->cx.err, "%s", j->cx.msg);
		return false;
	}
	j->lines = PACK_ENTRIES;
	j->at = row.pack == j->next / PACK_ENTRIES ? (int)(j->next % PACK_ENTRIES) : 0;
	return true;
}

/* The next row of the tail: its lines from the next entry on; there may be none. false as above. */
static bool take_row(struct cx *cx, struct journal *j, int64_t *damaged)
{
	bool first = j->first;

	if (!db_next(cx, j->rows))
		return false;
	cx_reset(&j->cx);
	j->first = false;
	j->at = 0;
	if (!tail_open(&j->cx, j->rows, j->line, &j->lines) && !first && j->line->seq < j->next)
		cx_fail(&j->cx, ERR_CORRUPT, "entry %lld stands twice", (long long)j->line->seq);
	if (j->cx.err) {
		if (damaged)
			*damaged = db_get_i64(j->rows, 0);
		j->lines = 0;
		j->next = -1;
		cx_fail(cx, j->cx.err, "%s", j->cx.msg);
		return false;
	}
	while (j->at < j->lines && j->line[j->at].seq < j->next)
		j->at++;
	return true;
}

bool journal_next(struct cx *cx, struct journal *j, struct journal_line *out, int64_t *damaged)
{
	for (bool again = true;;) {
		bool some = j->at < j->lines;
		if (some && (!j->tail || !again || j->next < 0 || j->line[j->at].seq == j->next)) {
			*out = j->line[j->at++];
			j->next = out->seq + 1;
			return true;
		}
		if (some) { /* a gap: what was the tail a moment ago may have become a pack */
			again = false;
			j->lines = 0;
			if (open_packs(cx, j))
				return false;
		}
		if (j->tail ? take_row(cx, j, damaged) : take_pack(cx, j, damaged))
			continue;
		if (cx->err || j->tail || open_tail(cx, j))
			return false;
	}
}

enum err journal_lines(struct cx *cx, struct db *db, int64_t city, int64_t from, int n,
		       struct journal_line *line)
{
	journal_auto *j = NULL;

	if (journal_open(cx, db, city, from, &j))
		return cx->err;
	for (int i = 0; i < n; i++) {
		if (!journal_next(cx, j, &line[i], NULL) || line[i].seq != from + i)
			return cx->err ? cx->err :
					 cx_fail(cx, ERR_CORRUPT, "entry %lld is missing; run relode audit",
						 (long long)from + i);
		line[i].body = cx_memdup(cx, line[i].body, line[i].n);
		if (!line[i].body)
			return cx->err;
	}
	return ERR_OK;
}
