/* parts.h: what the files of report share. */
#ifndef RELODE_PROGRAMME_REPORT_PARTS_H
#define RELODE_PROGRAMME_REPORT_PARTS_H

#include "programme/lives/lives.h"
#include "programme/report/report.h"

enum { REPORT_QUERIES_MAX = 16, REPORT_CITIES_MAX = 1000, REPORT_SQL_MAX = 256 * 1024 };

/* Engines sort texts each in their own way, so rows are sorted here where texts decide. */
enum report_sort {
	REPORT_SORT_NONE,  /* as the queries gave them: by numbers */
	REPORT_SORT_DOWN,  /* by a number, the largest first; then by all cells */
	REPORT_SORT_TEXT,  /* by a text; what is equal stays as it was */
	REPORT_SORT_CELLS  /* by all cells, from the left */
};

/* A section as it is declared. In its queries:
 *   {city:a}         a.city is one of the report's
 *   {log:a}          and a, of `turnover`, is a block that lies in the period; {edges} rows for what it cuts
 *   {time:a.x_us}    the time lies within the period
 *   {since:a.x_us}   or later: of what comes after a device was taken in, so that less is gone through
 *   {now}            the report's now
 *   {sum:expr}       0 when there is nothing to add
 *   {account:code}   the name of an account's kind; {device_state:expr} and the like: a number's name
 *   {taken}, …       a piece (report_piece). Tokens may stand within tokens. */
struct section_spec {
	const char *id, *en, *zh, *note_en, *note_zh;
	struct report_column column[REPORT_COLUMNS_MAX];
	int queried, chart;
	void (*derive)(struct report_row *row); /* fills the columns behind the queried ones */
	int sort, sort_column;                  /* enum report_sort */
	const char *query[REPORT_QUERIES_MAX];
};
/* What sections are made of: a piece of a query that counts over the books; or, where it is known beforehand,
 * its rows. */
enum report_cube {
	CUBE_MOVED,   /* from_kind, to_kind, unit, tax, transfers, amount */
	CUBE_ITEMS,   /* booked: state, n */
	CUBE_DEVICES, /* taken in: state, n, mg */
	CUBE_DEALS,   /* taken in: category, currency, devices, agreed, quoted, price, bonus */
	CUBE_OFFERS,  /* taken in, one row: taken, inspected, agreed, revised, answered, declined */
	CUBE_ORDERS,  /* booked: n */
	CUBE_SALES,   /* delivered: delivered; back: of these, came back */
	CUBE_RETURNS, /* n */
	CUBE_WEIGHED, /* devices weighed into batches: n */
	CUBE_ERASURES, /* method, outcome, attempts, devices */
	CUBE_PAYMENTS, /* answered by the bank: state, reason, currency, n, amount */
	CUBES
};
extern const char *const report_cubes[]; /* their names, as pieces */
extern const struct section_spec report_sections[]; /* ends with id NULL */
const char *const *report_names(const char *what); /* or NULL */
const char *report_piece(const char *name);        /* or NULL */

/* The entries of a city that the period holds: [first, end). Its whole blocks: [blocks, blocks_end). */
struct seq_range {
	int64_t city, size, first, end; /* size: of its log */
	int64_t blocks, blocks_end;
};
struct scope {
	const struct domain *domain;
	int64_t city, from_us, to_us, now_us;
	struct seq_range range[REPORT_CITIES_MAX];
	size_t cities;
	/* what moved at the period's ends, where it cuts a block of turnover */
	struct lives_move *edge;
	size_t edges;
	const char *known[CUBES]; /* rows that stand for a cube, or NULL */
};
enum err scope_init(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
		    struct scope *out) MUST_USE;
/* The first of a city's `size` entries that was recorded at a time or later; size: none. */
enum err scope_first(struct cx *cx, struct reader *r, int64_t city, int64_t size, int64_t us,
		     int64_t *out) MUST_USE;
/* The query with its tokens replaced: runs as it stands. known: with the rows of what is known; else over the
 * books, as it is shown. */
char *scope_query(struct cx *cx, const struct scope *s, const char *sql, bool known) MUST_USE;
/* The cubes (bits) that a query is made of. */
unsigned scope_cubes(const char *sql);
/* Sums once what moved, which many sections ask for. */
enum err scope_sum_moved(struct cx *cx, struct reader *r, struct scope *s) MUST_USE;

/* columns.c: cubes (bits) from the columns of lives, which are opened before anything is read of the books;
 * *out NULL: they cannot say. Then they are put into the scope, if its logs are as long as they were. */
struct gathered;
enum err columns_gather(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
			unsigned wanted, struct gathered **out) MUST_USE;
enum err columns_known(struct cx *cx, const struct gathered *g, struct scope *s) MUST_USE;
/* What moved, a row for each way, in an array of max: adds to the way's row, or makes one. */
enum { MOVES_MAX = 4096 };
enum err moves_add(struct cx *cx, struct lives_move *list, size_t *count, size_t max,
		   const struct lives_move *m) MUST_USE;
/* Rows of CUBE_MOVED. */
char *moves_text(struct cx *cx, const struct lives_move *m, size_t moves) MUST_USE;

/* moves.c: the transfers behind a row of the section `money`. */
struct moves_params {
	int64_t limit;
	const char *after;
	int64_t flow, from_us, to_us;
};
extern const struct field report_moves_params[], report_moves_shown[];
enum err report_moves_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

/* 95 % interval of a share by Wilson's score (1927), in basis points. of > 0. */
void wilson(int64_t count, int64_t of, int64_t *share_bp, int64_t *low_bp, int64_t *high_bp);

/* One cell for people, in the row's units; "" when there is nothing. */
const char *cell_text(struct cx *cx, const struct report *r, const struct report_section *s,
		      const struct report_row *row, int column, enum report_lang lang) MUST_USE;
/* "2026-01-01 to 2026-02-01", or that it is everything. */
const char *period_text(struct cx *cx, const struct report *r, enum report_lang lang) MUST_USE;
/* Numbers stand right. */
bool cell_is_number(enum report_unit unit);

#endif
