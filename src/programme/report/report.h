/* report.h: the programme's account of itself over a time, for one city or all of them.
 *
 * A report is a list of sections, each a table. Every row carries the query over the books that gives it:
 * run it with sqlite3 or psql and the same row comes out. Nothing else is added but what is said here: shares
 * with their 95 % intervals (Wilson), and the words of the two languages.
 *
 * Where the reader has a folder for columns of lives (programme/lives), and the period is of whole local days
 * of the cities, what they can say comes from them, so that it does not grow with the devices: all sections
 * but stage_times, stage_ages, mass_by_category, media, merchants and exceptions. columns.c.
 *
 * The period is half open, [from_us, to_us). It is turned into ranges of the journal's entries, since
 * time never goes back within a city. What is counted by device means the devices taken in within the
 * period, as they are now; what moved (money, mass) means the transfers recorded within it.
 *
 * The same database and period always give the same bytes: no clock is read. Shares are counted in
 * basis points, rounded half up.
 */
#ifndef RELODE_PROGRAMME_REPORT_REPORT_H
#define RELODE_PROGRAMME_REPORT_REPORT_H

#include "kernel/reader.h"
#include "programme/programme.h"

enum {
	REPORT_ALL = -1,        /* every city */
	REPORT_COLUMNS_MAX = 8,
	REPORT_ROWS_MAX = 4000  /* of one section */
};

enum report_unit {
	REPORT_WORD,   /* a code; see report_word */
	REPORT_TEXT,   /* as it is: a name, a currency */
	REPORT_ID,
	REPORT_COUNT,
	REPORT_MINOR,  /* of the row's column "currency" */
	REPORT_MG,
	REPORT_US,     /* a duration */
	REPORT_TIME,   /* an instant */
	REPORT_BP,     /* a share in basis points */
	REPORT_UNIT    /* a number in the unit of the row's column "unit": count, pc, mg or a currency */
};
struct report_column {
	const char *id;
	enum report_unit unit;
};
struct report_cell {
	const char *text; /* of WORD and TEXT; NULL: none */
	int64_t number;   /* of the others; FIELD_NONE: none */
};
struct report_row {
	struct report_cell cell[REPORT_COLUMNS_MAX];
	const char *query; /* gives this row, its first columns */
};
struct report_section {
	const char *id;
	const char *en, *zh;           /* title */
	const char *note_en, *note_zh; /* what is counted, and how */
	const struct report_column *column;
	int columns, queried;  /* so many of them come from the query, the others from the note's formula */
	int chart;             /* column of a bar chart, or -1 */
	struct report_row *row;
	size_t rows;
};
struct report_name {
	const char *code, *en, *zh;
};
struct report {
	int64_t city, from_us, to_us, now_us; /* city: REPORT_ALL */
	bool columns;                         /* what could be was told by the columns of lives */
	const char *name;                     /* of the city; NULL: all */
	struct report_section *section;
	size_t sections;
	struct report_name *category; /* names of the catalogue's categories */
	size_t categories;
};

enum report_lang { REPORT_EN, REPORT_ZH };

/* from_us 0 and to_us JSON_INT_MAX: everything. only: ids of sections, with commas between; their queries
 * alone are run, and those of the figures; NULL: all. What is "now" (exceptions, ages) is to_us, or the last
 * entry when nothing was recorded so late. ERR_NOT_FOUND: there is no such city; ERR_INVALID: section. */
enum err report_run(struct cx *cx, struct reader *r, int64_t city, int64_t from_us, int64_t to_us,
		    const char *only, struct report **out) MUST_USE;
/* A section by id; a figure of section "figures", or FIELD_NONE. */
const struct report_section *report_section(const struct report *r, const char *id);
int64_t report_figure(const struct report *r, const char *id);

/* Members of the object that is open: the figures by name, then "sections". */
void report_json(const struct report *r, enum report_lang lang, struct json_writer *w);
/* For a terminal, UTF-8. */
enum err report_text(struct cx *cx, const struct report *r, enum report_lang lang, struct sb *out) MUST_USE;
/* One page that needs nothing else: no script, no other file; light and dark; fit for printing. */
enum err report_html(struct cx *cx, const struct report *r, enum report_lang lang, struct sb *out) MUST_USE;

/* A code in words: "erase_failed" is "erasure failed". Unknown codes stand for themselves. */
const char *report_word(const char *code, enum report_lang lang);

extern const struct feature report_feature;

#endif
