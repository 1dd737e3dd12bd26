/* lives.h: what became of every device, as a projection of the journal: years of it are counted in well under
 * a second.
 *
 * A city's lives lie in files beside the database (ADR 0025), fed from the journal's entries alone: no state
 * table is read, so what is counted here can be compared with what the report's queries say. They are no part
 * of the books: delete them, and the next lives_open begins anew. What is fed:
 *
 *   CITY.lives   the columns (column.h), 32 bytes a life; a life begins with its booking
 *   CITY.ids     which life an id of the city (item, device) belongs to; read by feeding alone
 *   CITY.days    what each local day brought: sums of transfers by kinds of accounts, counts of what
 *                happened; it does not grow with the devices
 *   CITY.erasures  erasures that were tried, 8 bytes each
 *   CITY.head    the log's size and root up to which they were fed, names, checks; replaced as one
 *   CITY.redo    there only while a step is being written: what it changes
 *
 * A step is durable as a whole, or is finished or forgotten by the next opening. Files of another log (its
 * root at that size differs), of another format, or damaged ones (every block has a check) are begun anew. A
 * process that found a city's files whole reads them for that again when somebody else has changed them, or
 * after an hour.
 * One process has a city's files open at a time; others wait.
 *
 * Exact: counts, money, mass, the days of booking and taking in. Days to a later stage are counted in the
 * city's local days and end at 254 or more. Not kept: instants, models, grades, media, buyers, commissions.
 */
#ifndef RELODE_PROGRAMME_LIVES_LIVES_H
#define RELODE_PROGRAMME_LIVES_LIVES_H

#include "kernel/reader.h"
#include "programme/lives/column.h"
#include "programme/programme.h"

enum {
	LIVES_ROWS_MAX = 1 << 29,       /* lives of a city */
	LIVES_CATEGORIES_MAX = 255,     /* a category's code has at most LIVES_CODE_MAX bytes */
	LIVES_CODE_MAX = 40,
	LIVES_MERCHANTS_MAX = 65535,    /* of a city */
	LIVES_ANSWER_MAX = 100000,      /* rows of one answer */
	LIVES_WAIT_MS = 10000           /* of whoever asks a server: over 100 million lives, many questions */
};

struct lives;

struct lives_options {
	int64_t entries; /* to feed at most; 0: all */
	int64_t step;    /* of them in one step at most; 0: what fits */
	int64_t wait_ms; /* ERR_BUSY when others have the files for longer; 0: as long as it takes */
};
/* Opens a city's files in a folder that is made when it is missing, finishes or begins them anew as needed,
 * and feeds what the journal has since; cx->stop ends that between two steps with ERR_INTERRUPTED, and what
 * was fed stays. options: NULL: as all 0. Within a transaction it comes before anything else is read:
 * what was read longer ago than others have fed looks like another log. */
enum err lives_open(struct cx *cx, const char *folder, struct db *db, const struct domain *domain,
		    int64_t city, const struct lives_options *options, struct lives **out) MUST_USE;
void lives_close(struct lives *l); /* accepts NULL */
/* How many entries a city's files say they were fed, nothing of them checked; -1: there are none. */
enum err lives_fed(struct cx *cx, const char *folder, int64_t city, int64_t *out) MUST_USE;

struct lives_state {
	int64_t city;
	size_t rows;       /* lives */
	int64_t size;      /* entries fed */
	int64_t log;       /* entries of the journal, when they were opened */
	int64_t fed;       /* of them, by this opening */
	bool read;         /* this opening looked at every block; else this process had lately */
	const char *anew;  /* why older files were not used; NULL: they were, or there were none */
	const char *zone;
};
struct lives_state lives_state(const struct lives *l);

/* A question in people's terms. Days are local days since 1970-01-01, [from, to). */
struct lives_question {
	bool booked;               /* the period is that of booking, else of taking in */
	int32_t from_day, to_day;  /* DAY_MIN, DAY_MAX: everything */
	const char *category;      /* NULL: any */
	int64_t merchant;          /* party, or 0: any */
	int stage, item;           /* enum device_state, item_state; -1: any */
	enum life_dimension by[2];
	unsigned sums;
	int threads;
};
void lives_all(struct lives_question *q); /* everything taken in, by nothing */

/* Their names, of BY_DAY at 0; ends with NULL. */
extern const char *const life_dimensions[];
/* A dimension by name ("day", "month", "booked", "merchant", "category", "stage", "item", "flags",
 * "inspected_days", …); BY_NOTHING when there is none. */
enum life_dimension life_dimension(const char *name);
const char *life_dimension_name(enum life_dimension by);
extern const char *const life_measures[]; /* "promised_minor", "agreed_minor", "bonus_minor", "mass_mg" */

struct lives_row {
	int64_t city;            /* -1: of several */
	const char *word[2];     /* category, stage, day, month; NULL: none */
	int64_t number[2];       /* merchant, flags, days; FIELD_NONE: none, or not yet */
	int64_t lives;
	int64_t sum[LIFE_MEASURES];
};
struct lives_answer {
	struct lives_row *row; /* in order of the keys */
	size_t rows;
	bool by_merchant;      /* then cities are kept apart */
};
enum err lives_ask(struct cx *cx, const struct lives *l, const struct lives_question *q,
		   struct lives_answer *out) MUST_USE;
/* Adds an answer of another city to the same question: rows with the same keys become one, merchants stay
 * their city's. */
enum err lives_add(struct cx *cx, struct lives_answer *to, const struct lives_answer *more) MUST_USE;

/* --- what days brought --- */

struct lives_days {
	int32_t from, to; /* local days since 1970-01-01, [from, to) */
};
/* A period as the whole local days that it is; false: it is not, or nothing was fed. 0 and JSON_INT_MAX: no
 * bound. */
bool lives_whole_days(const struct lives *l, int64_t from_us, int64_t to_us, struct lives_days *out);

/* What moved from one kind of account to another; tax: a tax code, or "". */
struct lives_move {
	int from, to; /* codes */
	const char *unit, *tax;
	int64_t transfers, amount;
};
/* Lines of payouts that the bank answered. */
struct lives_payment {
	int state; /* LINE_PAID or LINE_REJECTED */
	const char *reason, *currency; /* reason: NULL: none */
	int64_t payments, amount_minor;
};
struct lives_sums {
	struct lives_move *move;
	struct lives_payment *payment;
	size_t moves, payments;
	int64_t orders, weighed; /* booked; weighed into batches */
	int64_t delivered, delivered_returned; /* sales; of them, those that came back, whenever */
	int64_t returned;                      /* sales that came back */
};
/* ERR_UNSUPPORTED: there were more units and codes than are kept. */
enum err lives_sum_days(struct cx *cx, const struct lives *l, struct lives_days days,
			struct lives_sums *out) MUST_USE;

struct lives_erasure {
	int method, outcome; /* enum erase_method, or -1: none; enum erase_outcome */
	int64_t attempts, devices;
};
struct lives_erasures {
	struct lives_erasure *row;
	size_t rows;
};
enum err lives_count_erasures(struct cx *cx, const struct lives *l, struct lives_days days, int threads,
			      struct lives_erasures *out) MUST_USE;

/* Entries of this type change lives. */
bool lives_reads(const char *type);

extern const struct feature lives_feature;

#endif
