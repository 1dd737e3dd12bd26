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
	ZONE_MAX = 64
};

struct changed {
	uint32_t row;
	struct life life;
};
/* The beginning of CITY.head; then categories, merchants, larges, the blocks' checks, and a SHA-256. */
struct lives_head {
	char magic[8];
	int64_t city, size;
	unsigned char root[32];
	uint64_t rows, ids_end, ids_check; /* ids below ids_end count */
	char zone[ZONE_MAX];
	uint32_t categories, merchants, larges, blocks;
	uint32_t last_day, spare; /* of the last entry that was read, as in a column of days */
};
struct lives {
	const char *columns_path, *ids_path, *head_path, *redo_path;
	int fd, ids_fd;
	unsigned char *base; /* columns, of blocks mapped */
	size_t mapped;       /* blocks */
	uint32_t *ids;       /* by id of the city: row + 1, or 0 */
	size_t ids_mapped;   /* of them */
	struct lives_head head;
	char category[LIVES_CATEGORIES_MAX][LIVES_CODE_MAX + 1];
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
	int64_t fed;
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
