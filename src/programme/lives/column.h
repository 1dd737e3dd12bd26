/* column.h: lives of devices as columns of fixed width, and counting over them in one pass.
 *
 * A life is 32 bytes. Lives lie in blocks of LIVES_BLOCK rows; within a block each column lies whole, so a
 * question touches the columns that it asks for and no others. Everything here is a pure function of memory:
 * files and their mapping are lives.c's business, what a column means is feed.c's.
 *
 * Sums are exact integers. A number that does not fit its column is 0 there and lies in a list beside them
 * (struct large), which every question adds.
 */
#ifndef RELODE_PROGRAMME_LIVES_COLUMN_H
#define RELODE_PROGRAMME_LIVES_COLUMN_H

#include "base/cx.h"

enum {
	LIVES_BLOCK = 16384,    /* rows of a block */
	LIFE_BYTES = 32,
	LIVES_BLOCK_BYTES = LIVES_BLOCK * LIFE_BYTES,
	LIVES_GROUPS_MAX = 1 << 20, /* groups that one question may tell apart */
	LIVES_THREADS_MAX = 16,
	LIFE_DAY_EPOCH = 10957, /* 2000-01-01 is day 1 of a column of days; 0: not yet */
	LIFE_LATER = 255,       /* of a column of durations: not yet; 254: so many days or more */
	LIFE_DAY_MAX = 65535
};

/* The stages to which days are counted, from the day a device was taken in. */
enum life_duration {
	LIFE_INSPECTED, LIFE_AGREED, LIFE_PAID, LIFE_ERASED, LIFE_SOLD, LIFE_DELIVERED, LIFE_DISMANTLED,
	LIFE_DURATIONS
};
enum life_flag {
	LIFE_IS_AGREED = 1,   /* the owner agreed to a price, and was not compensated for a loss */
	LIFE_IS_REVISED = 2,  /* a lower price was offered */
	LIFE_IS_RETURNED = 4, /* a buyer brought it back, at least once */
	LIFE_IS_FAILED = 8,   /* an erasure failed, at least once */
	LIFE_IS_REJECTED = 16, /* the bank rejected a payment for it, at least once */
	LIFE_IS_HELD = 32,    /* was held, at least once */
	LIFE_IS_LOST = 64     /* was lost, at least once */
};

/* One life: the members in the order and with the widths of the columns. */
struct life {
	uint32_t promised_minor; /* before inspection */
	uint32_t agreed_minor, bonus_minor; /* 0 unless LIFE_IS_AGREED */
	uint32_t mass_mg;        /* as last known; 0 before it was taken in */
	uint16_t booked, taken;  /* days of the city's time zone from LIFE_DAY_EPOCH on, from 1; 0: not yet */
	uint16_t merchant;       /* code */
	uint8_t category;        /* code */
	uint8_t stage;           /* the device's state (0 to 15, 0 before it was taken in); item's << 4 */
	uint8_t flags;           /* enum life_flag */
	uint8_t days[LIFE_DURATIONS];
};

/* The columns that a question can ask for, by name. */
enum life_dimension {
	BY_NOTHING, BY_DAY, BY_MONTH, BY_BOOKED, BY_MERCHANT, BY_CATEGORY, BY_STAGE, BY_ITEM, BY_FLAGS,
	BY_DAYS, /* BY_DAYS + enum life_duration: a histogram of days to that stage */
	BY_DIMENSIONS = BY_DAYS + LIFE_DURATIONS
};
enum life_measure { LIFE_PROMISED, LIFE_PRICE, LIFE_BONUS, LIFE_MASS, LIFE_MEASURES };

/* A number that does not fit its column. */
struct large {
	uint32_t row, measure;
	uint64_t value;
};
/* The columns of one city. */
struct columns {
	const unsigned char *base; /* blocks */
	size_t rows;
	const struct large *large;
	size_t larges;
};

/* A question. Bounds hold on both sides; what is not filtered has its widest bounds (column_all). */
struct column_query {
	uint16_t booked_from, booked_to, taken_from, taken_to; /* from 0 on: also what was not taken in */
	int category, merchant, stage, item;                   /* codes; -1: any */
	enum life_dimension by[2];
	unsigned sums;       /* bits of enum life_measure; lives are counted always */
	uint32_t size[2];    /* groups of each dimension, at least 1; what lies beyond counts as the last */
	uint16_t first[2];   /* the value of group 0: of BY_DAY, BY_BOOKED, BY_MONTH */
	int threads;
	bool plain;          /* without what only some processors have: for tests */
};
void column_all(struct column_query *q);

/* What was counted: of group g = g0 * size[1] + g1, count[g] and sum[measure][g]. */
struct column_sums {
	size_t groups;
	uint64_t *count, *sum[LIFE_MEASURES];
	void *memory;
	size_t bytes;
};
/* ERR_TOO_LARGE beyond LIVES_GROUPS_MAX. The result is not the arena's: column_done frees it. */
enum err column_count(struct cx *cx, const struct columns *c, const struct column_query *q,
		      struct column_sums *out) MUST_USE;
void column_done(struct column_sums *s);

/* One life, out of and into its block. */
void column_get(const unsigned char *base, size_t row, struct life *out);
void column_put(unsigned char *base, size_t row, const struct life *life);
/* Months since 2000-01 of a day of a column. */
uint16_t column_month(uint16_t day);
/* A check over whole words: finds damage, not malice. bytes: a multiple of 8. */
uint64_t column_check(const void *p, size_t bytes);

#endif
