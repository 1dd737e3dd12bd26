/* parts.h: what the files of lives share. */
#ifndef RELODE_PROGRAMME_LIVES_PARTS_H
#define RELODE_PROGRAMME_LIVES_PARTS_H

#include "programme/device/device.h"
#include "programme/list.h"
#include "programme/lives/lives.h"
#include "programme/tradein/tradein.h"

enum {
	STEP_ROWS = 65536,  /* lives that one step may change */
	STEP_SPARE = 8192,  /* of them for the last entry */
	LARGE_MAX = 1 << 20, /* numbers of a city that do not fit their column */
	ZONE_MAX = 64,
	WORDS_MAX = 256, /* units, tax codes, reasons of a bank; the first is none */
	WORD_MAX = 16,   /* bytes of one */
	TODAY_MAX = 4096 /* ways of one day */
};

struct changed {
	uint32_t row;
	struct life life;
};

/* What a day brought, of one way: a sum of transfers from one kind of account to another, or a count of what
 * happened. CITY.days has those of days that are over, in order of the days; CITY.head those of the last. */
enum day_event {
	DAY_BEGAN = 1, /* each day's first; amount: the number of its first entry that was read */
	DAY_ORDERS, DAY_DELIVERED,
	DAY_RETURNED, /* `to`: the day of delivery */
	DAY_WEIGHED, DAY_PAID, DAY_REJECTED
};
struct way {
	uint16_t day;      /* as in a column of days */
	uint16_t from, to; /* codes of accounts; or an event */
	uint8_t unit, word; /* of the list of words; word: a tax code, or a bank's reason */
};
struct day_sum {
	struct way way;
	uint64_t count;
	int64_t amount;
};
/* An erasure that was tried; CITY.erasures has them in order of their days. */
struct erased {
	uint32_t row;
	uint16_t day;
	uint8_t method, outcome; /* enum erase_method + 1, or 0: none; enum erase_outcome */
};
_Static_assert(sizeof(struct way) == 8 && sizeof(struct day_sum) == 24 && sizeof(struct erased) == 8,
	       "they lie in files");

/* A file that is mapped as a whole, and grows. */
enum lives_files { IN_COLUMNS, IN_IDS, IN_DAYS, IN_ERASURES, LIVES_FILES };
struct lives_file {
	const char *path;
	int fd;
	void *map;
	size_t mapped; /* bytes */
	bool written;  /* since the last step */
};
/* The beginning of CITY.head; then categories, merchants, words, the last day's sums, larges, the blocks'
 * checks, and a SHA-256. */
struct lives_head {
	char magic[8];
	int64_t city, size;
	unsigned char root[32];
	uint64_t rows;
	uint64_t count[LIVES_FILES], check[LIVES_FILES]; /* ids, sums, erasures below count are there */
	char zone[ZONE_MAX];
	uint32_t categories, merchants, words, today, larges, blocks;
	uint32_t last_day; /* of the last entry that was read, as in a column of days */
	uint32_t days_lost; /* there were more words or ways than are kept: what a day brought is not known */
};
struct lives {
	const struct domain *domain;
	const char *head_path, *redo_path;
	struct lives_file file[LIVES_FILES];
	unsigned char *base;    /* columns */
	uint32_t *ids;          /* by id of the city: row + 1, or 0 */
	struct day_sum *day;    /* of days that are over */
	struct erased *erasure;
	struct lives_head head;
	char category[LIVES_CATEGORIES_MAX][LIVES_CODE_MAX + 1];
	char word[WORDS_MAX][WORD_MAX + 1]; /* the first is "" */
	struct day_sum today[TODAY_MAX];
	int64_t *merchant;      /* party of a code */
	uint32_t *merchant_at;  /* code + 1 by the party's hash */
	struct large *large;    /* ordered by row and measure */
	uint64_t *block_check;
	struct changed *changed; /* the step's lives, as they will be */
	uint32_t *changed_at;    /* place in changed + 1, by the row's hash */
	size_t changes;
	struct digest head_digest; /* of CITY.head as it is; all 0: there is none */
	int64_t read_us;           /* when every block was found whole, monotonic; 0: not this time */
	struct tz *tz;
	int64_t fed, log;
	const char *anew;
};

/* The life of a row, to be changed by this step; NULL: cx->err. */
struct life *lives_change(struct cx *cx, struct lives *l, uint32_t row);
/* Appends a life, and notes its item; NULL: cx->err. */
struct life *lives_append(struct cx *cx, struct lives *l, int64_t item, uint32_t *row);
enum err lives_note_id(struct cx *cx, struct lives *l, int64_t id, uint32_t row) MUST_USE;
/* ERR_CORRUPT when no entry brought this id. */
enum err lives_row_of(struct cx *cx, const struct lives *l, int64_t id, uint32_t *row) MUST_USE;
/* What this step has changed becomes durable as a whole, and the next step begins. */
enum err lives_keep(struct cx *cx, struct lives *l) MUST_USE;
/* Sets a number of a life, in its column or beside it. */
enum err lives_number(struct cx *cx, struct lives *l, uint32_t row, struct life *life,
		      enum life_measure measure, int64_t value) MUST_USE;
enum err lives_category_code(struct cx *cx, struct lives *l, const char *category, size_t n,
			     uint8_t *code) MUST_USE;
enum err lives_merchant_code(struct cx *cx, struct lives *l, int64_t party, uint16_t *code) MUST_USE;
/* Appends one to what is in days or in erasures. */
enum err lives_add_to_list(struct cx *cx, struct lives *l, enum lives_files which,
			   const void *element) MUST_USE;
/* The code of a word, "" being 0. Where there are too many words, what days brought is lost from then on. */
uint8_t lives_word_code(struct lives *l, const char *word, size_t n);
/* What comes now belongs to this day, whose first entry this is; the day before is over. */
enum err lives_begin_day(struct cx *cx, struct lives *l, uint16_t day, int64_t seq) MUST_USE;
/* The day of an entry that was read; 0: it was not. */
uint16_t lives_day_of(const struct lives *l, int64_t seq);
/* Adds one, and an amount, to what the last day brought. */
void lives_add_sum(struct lives *l, const struct way *way, int64_t amount);
int lives_category_find(const struct lives *l, const char *category, size_t n);  /* -1: none */
int lives_merchant_find(const struct lives *l, int64_t party);

/* answer.c: the question in terms of columns; false: nothing can fit. */
bool lives_translate(const struct lives *l, const struct lives_question *in, struct column_query *q);
/* A day as it stands in a column of days. */
uint16_t lives_column_day(int32_t day);

/* What the views are asked: lives.count, and list.c, whose parameters begin with it. */
enum { VIEW_ENTRIES_MAX = 20000 /* fed by one request */ };
struct asked {
	const char *from, *to, *category;
	int64_t booked, merchant, stage, item, by, then;
};
#define LIVES_ASKED                                                                                 \
	F_TEXT(struct asked, from, IN, 10, 10, "taken in from this local day on: 2026-01-31"),         \
	F_TEXT(struct asked, to, IN, 10, 10, "until before this day"),                                 \
	F_BOOL(struct asked, booked, IN, "the period is that of booking; what never came counts, too"), \
	F_TEXT(struct asked, category, IN, 1, LIVES_CODE_MAX, "devices of this category"),             \
	F_ID(struct asked, merchant, IN, "devices that this merchant took"),                           \
	F_ENUM(struct asked, stage, IN, device_states, "devices whose present state this is"),         \
	F_ENUM(struct asked, item, IN, item_states, "items whose present state this is"),              \
	F_ENUM(struct asked, by, IN, life_dimensions, "a row for each of these"),                      \
	F_ENUM(struct asked, then, IN, life_dimensions, "and, within it, for each of these")
enum err lives_asked(struct cx *cx, const struct asked *a, struct lives_question *q) MUST_USE;
struct lives_list {
	struct asked asked;
	const char *key, *then_key;
	int64_t limit;
	const char *after;
};
extern const struct field lives_list_params[], lives_list_shown[];
enum err lives_list_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

/* Puts one entry's news into the step. */
enum err lives_feed(struct cx *cx, struct lives *l, const char *body, size_t n) MUST_USE;

#endif
