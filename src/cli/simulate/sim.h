/* sim.h: what the parts of the simulation share.
 *
 * Time runs in rounds of twelve hours: a working day, a night. All events of a round are played in the
 * order of their time; each asks for actions, which are collected; at the end of the round the door does
 * them all in that order, and each answer is given to who asked. What follows from an answer happens in
 * a later round. So the actions of one round need nothing of each other's answers, and a door may write
 * them with one commit.
 *
 * An action that is refused ends the simulation: the actors do only what the rules allow.
 */
#ifndef RELODE_CLI_SIMULATE_SIM_H
#define RELODE_CLI_SIMULATE_SIM_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/time.h"
#include "cli/command.h"
#include "cli/simulate/body.h"
#include "cli/simulate/calendar.h"
#include "cli/simulate/plan.h"
#include "cli/simulate/prng.h"
#include "codec/hash.h"

#define SIM_DAY_US INT64_C(86400000000)
#define SIM_ROUND_US INT64_C(43200000000)
enum {
	SIM_ROUNDS = 2,       /* a day; the first is the working day, from 08:00 to 20:00 */
	SIM_WORKING = 1,
	SIM_NIGHT = 1,        /* from 20:00: what needs the books to stand still */
	SIM_ASKS_MAX = 1000000, /* actions of one round */
	SIM_LIVES_MAX = 10000000,
	SIM_QUESTIONS_MAX = 16,
	SIM_ANSWERS_MAX = 12,
	SIM_TESTS_MAX = 64,
	SIM_REPAIRS_MAX = 16,
	SIM_PARTS_MAX = 40,
	SIM_CATEGORIES_MAX = 64,
	SIM_ITEMS_MAX = 3,    /* of one order */
	SIM_SHOPS_MAX = 100000,
	SIM_BUYERS = 12,
	SIM_LINK_MAX = 100
};

/* --- the rules in force, as far as they touch what people declare and the bench finds (rules.c) --- */
struct sim_answer {
	const char *code;
	int64_t bp;          /* its step; the first of a question has 0 */
	bool refused;        /* the programme does not buy a device with it */
	bool shown;          /* the bench can find it: by a mark, or by a failed test */
	const char *part, *severity, *failed;
};
struct sim_question {
	const char *code;
	struct sim_answer answer[SIM_ANSWERS_MAX];
	int answers;
};
struct sim_part { /* of a device taken apart */
	const char *code, *fraction;
	int64_t share_bp;
	int parent; /* place in the list; -1: the device */
};
struct sim_category {
	const char *code;
	struct sim_question question[SIM_QUESTIONS_MAX];
	int questions;
	const char *test[SIM_TESTS_MAX];
	int tests;
	bool battery;            /* its health counts */
	struct sim_repair {
		const char *code;
		int64_t cost_minor; /* in the city's money */
	} repair[SIM_REPAIRS_MAX];
	int repairs;
	struct sim_part part[SIM_PARTS_MAX];
	int parts;
	int64_t weight;          /* of those that are drawn without a file */
};
struct sim_rules {
	struct sim_category category[SIM_CATEGORIES_MAX];
	int categories;
	const char *price_list; /* its text as it was before the simulation */
	int64_t per_10000;      /* city's money for 10,000 of the price list's */
	int64_t dearest_minor;  /* its highest base price, in the city's money */
	bool published;         /* another list is in force for the simulation */
};

/* --- devices (devices.c) --- */
struct sim_facts {
	int category;                              /* in sim_rules */
	signed char answer[SIM_QUESTIONS_MAX];     /* by question */
	int64_t storage_gb, battery_percent, age_months;
};
struct sim_model {
	const char *brand, *name, *category;
	int64_t model;      /* of the catalogue, FIELD_NONE: not there */
	int64_t base_minor; /* in the city's money; FIELD_NONE: by the price list */
};
struct sim_base { /* a base price for one storage size */
	int model;
	int64_t storage_gb, base_minor;
};
struct sim_device {
	int model; /* in sim_devices.model; -1: only the category is known */
	struct sim_facts said;
	int64_t asking_minor; /* what the file asks for it; FIELD_NONE */
	bool locked;
	unsigned words;    /* that a file's row has, by bit (devices.c) */
};
struct sim_devices {
	const char *file;    /* its name without folders; NULL: drawn */
	const char *version; /* of its content */
	struct sim_device *device; /* of a file; drawn ones lie in their lives */
	size_t devices;
	struct sim_model *model;
	size_t models;
	struct sim_base *base;
	size_t bases;
};

/* --- lives --- */
/* A life is as long as its order, and an order ends with the round in which the last of its lives is done,
 * if nobody holds it: then its memory serves another. */
struct sim_order;
struct sim_life {
	struct prng chance;
	const struct sim_device *device_of; /* what was declared: a file's row, or `drawn` */
	struct sim_device drawn;
	struct sim_facts found;             /* what is true */
	struct sim_order *order;
	int64_t item, device, sale;
	int64_t evidence;                   /* a photo of what is worse, FIELD_NONE */
	int64_t mass_mg;
	int64_t price_minor;                /* quoted, then offered, then agreed */
	int64_t listed_minor, tax_minor;
	int64_t site;                       /* where it is */
	const char *repair;                 /* code of the repair that it needs, or NULL */
	int buyer, shelf;                   /* shelf: place in sim.shelf while it is there */
	signed char worse;                  /* question whose true answer is worse than declared, or -1 */
	signed char media;                  /* how many it has */
	signed char medium_kind[2];
	unsigned char clean;                /* bits of media that are erased or destroyed */
	unsigned char gone;                 /* bits of media that are destroyed */
	signed char rounds;                 /* of erasure, since it was ours or came back */
	signed char returns, returns_due;   /* times that a buyer has brought it back, and will for sure */
	bool storage, wrong, stolen, locked, looked, ours, waits, missing, done;
	bool dead;                          /* no erasure works */
};
struct sim_order {
	struct prng chance;
	struct sim_order *next; /* of those that end with the round, or whose memory is free */
	int64_t number, owner, first; /* first: number of its first life, from 1 */
	int lives, done, holds, shop; /* shop: -1: the programme's centre */
	enum { SIM_DROP_OFF, SIM_COURIER, SIM_DOORSTEP } channel;
	bool netted, ending;
	char link[SIM_LINK_MAX + 1];
	struct sim_life life[];
};

/* --- who acts --- */
struct sim_shop {
	int64_t party, site, clerk;
	bool retailer;
};
struct sim_buyer {
	int64_t party, user;
	int64_t funds_minor; /* paid in and not promised */
};
struct sim_world {
	int64_t city;
	const char *name, *currency, *time_zone;
	int64_t offset_us, lat_e6, lon_e6; /* local time less UTC; where it is */
	int64_t vat_bp;
	bool vat_margin;
	/* users */
	int64_t admin, officer, counter, bench, bench2, dismantler_user;
	/* parties */
	int64_t programme, carrier, recycler, smelter;
	int64_t centre; /* site */
	struct sim_shop *shop;
	int shops;
	struct sim_buyer buyer[SIM_BUYERS];
};

struct sim_totals {
	int64_t lives, quotes, orders, booked, cancelled, lapsed, taken, inspections;
	int64_t agreed, agreed_at_once, netted, offered, accepted, declined, offers_lapsed, returned;
	int64_t held, seized, lost, found;
	int64_t erased, erase_attempts, erase_failed, erase_unverifiable, media_destroyed;
	int64_t listed, sold, delivered, sales_cancelled, buyer_returns, repaired;
	int64_t to_recover, dismantled, batches, in_mg, out_mg, hazard_mg, consignments,
		receipt_difference_mg;
	int64_t agreed_minor, bonus_minor, paid_minor, paid_owners, paid_merchants_minor, rejected,
		revenue_minor;
	int64_t forgotten, actions;
};

typedef enum err answer_fn(struct sim *s, void *arg, const struct json *answer);
struct sim_asker {
	answer_fn *done;
	void *arg;
};

/* What cities that are played at the same time share: how far all are, and whether one has failed. */
struct sim_crew {
	pthread_mutex_t lock;
	struct progress progress;
	int64_t done, all; /* lives */
	atomic_bool failed;
};

struct sim_yard; /* yard.c */
struct sim_bank; /* money.c */
struct sim_draw; /* draw.c */

struct sim {
	struct cx *cx;   /* as long as the simulation */
	struct cx work;  /* as long as a round, or a city's beginning */
	struct door *door;
	uint64_t seed;
	const char *seed_text;
	int64_t count, days;
	int64_t until; /* the calendar ends after so many days, lives stay where they are; 0: it runs out */
	struct prng chance, draws; /* of what is no one life's; of devices that are drawn */
	bool year;      /* one city of a year (scale.h): no list of prices is published, no price asked for */
	int64_t payout_every; /* days */
	struct sim_rules rules;
	struct sim_devices devices;
	const struct sim_draw *draw;
	struct sim_world world;
	struct calendar calendar;
	struct civil first_day;
	int64_t start_us, round; /* round: the present one, from 0 */
	struct door_action *ask; /* of this round */
	struct sim_asker *asker; /* who gets ask[i]'s answer */
	size_t asks, asks_cap;
	int64_t keys, accounts; /* numbers used: of requests, of bank accounts */
	int64_t seq, recorded;  /* the city's next entry; entries that it had when the simulation began */
	size_t lives, lives_begun, lives_done;
	struct sim_order *ending, *idle[SIM_ITEMS_MAX + 1]; /* idle: by lives */
	bool settling;      /* the bank, the yard and the stocktake come around again while lives go on */
	struct sim_yard *yard;
	struct sim_bank *bank;
	struct sim_life **shelf; /* devices in stock, listed or sold at the centre */
	size_t shelved, shelf_cap, shelf_rows; /* rows: what the books may still keep of that shelf */
	int64_t references;         /* of the bank, of scales, of certificates: numbers used */
	int64_t tax_minor;          /* owed by what was delivered and not brought back */
	bool returned_twice, counted, one_dead; /* what must happen once has been provided for */
	int64_t forget;             /* the owner who is forgotten at the end; 0: nobody */
	struct sim_totals totals;
	struct sim_crew *crew;
	int64_t told; /* of lives_done, those that the crew knows of */
};

/* --- time (calendar of a city) --- */
enum err sim_today(struct sim *s, struct prng *p, event_fn *act, void *arg) MUST_USE; /* in this round */
enum err sim_soon(struct sim *s, struct prng *p, event_fn *act,
		  void *arg) MUST_USE; /* the next working round */
/* In a working round, low to high days from today; 0 days is sim_soon. */
enum err sim_days(struct sim *s, struct prng *p, int64_t low, int64_t high, event_fn *act,
		  void *arg) MUST_USE;
/* In the night of the day that is so many days from now. */
enum err sim_night(struct sim *s, int64_t days, event_fn *act, void *arg) MUST_USE;

/* --- asking (ask.c) --- */
/* Puts an action of the city into the round; done (may be NULL) gets its answer. */
enum err sim_ask(struct sim *s, int64_t at_us, int64_t user, const char *type, struct json *body,
		 answer_fn *done, void *arg) MUST_USE;
enum err sim_ask_owner(struct sim *s, int64_t at_us, const char *link, const char *type, struct json *body,
		       answer_fn *done, void *arg) MUST_USE;
enum err sim_flush(struct sim *s) MUST_USE;
/* Does actions of this city now, in order: times and keys are set here. Answers live as long as the round. */
enum err sim_do_all(struct sim *s, struct door_action *list, size_t count) MUST_USE;
/* Does one action now, in any city; *answer lives as long as the round. */
enum err sim_do(struct sim *s, int64_t city, int64_t user, const char *type, struct json *body,
		const struct json **answer) MUST_USE;
/* A view; params may be NULL. */
enum err sim_get(struct sim *s, int64_t city, const char *view, struct json *params,
		 const struct json **out) MUST_USE;
/* The city's log as its signed checkpoint has it; root in hexadecimal. size 0: there is no such city. */
enum err sim_checkpoint(struct sim *s, int64_t *size, char root[DIGEST_HEX]) MUST_USE;
/* An error of the round's context becomes the simulation's. */
enum err sim_failed(struct sim *s);
/* A body with one id in it, the commonest. */
struct json *sim_body(struct sim *s, const char *name, int64_t id);
/* A digest that no file has. */
const char *sim_digest(struct sim *s, struct prng *p);

/* --- the parts --- */
enum err devices_read(struct cx *cx, const char *path, struct sim_devices *out) MUST_USE; /* devices.c */
/* What a row's words say to the questions of its category. */
void devices_words(const struct sim_category *c, unsigned words, struct sim_facts *f);
enum err devices_place(struct sim *s) MUST_USE;   /* draw.c: a file's rows, or ready to draw */
void devices_draw(struct sim *s, struct sim_device *out);
enum err devices_load_models(struct sim *s) MUST_USE;
enum err rules_read(struct sim *s) MUST_USE;      /* rules.c */
enum err rules_publish(struct sim *s, bool changed) MUST_USE;
void rules_restore(struct sim *s);
int rules_category(const struct sim_rules *r, const char *code); /* -1: none */
int rules_question(const struct sim_category *c, const char *code);
int rules_answer(const struct sim_question *q, const char *code);
const char *rules_answers_text(struct sim *s, const struct sim_facts *f); /* "screen:cracked", or NULL */
void rules_found(struct sim *s, const struct sim_facts *f, struct json *body); /* tests and marks */
enum err world_next(struct sim *s) MUST_USE;      /* world.c: the city is one that is not there yet */
enum err world_make(struct sim *s) MUST_USE;
enum err hand_in_begin(struct sim *s) MUST_USE;   /* hand_in.c */
event_fn bench_begin, bench_erase;                /* bench.c: it is at the centre; it is ours */
/* Every medium that is not clean is destroyed, before a witness. */
enum err bench_destroy(struct sim *s, struct sim_life *l, int64_t at_us) MUST_USE;
event_fn shop_stock;                              /* shop.c: it is clean and goes on sale */
enum err shop_begin(struct sim *s) MUST_USE;
enum err shop_refunds(struct sim *s) MUST_USE;
enum err yard_begin(struct sim *s) MUST_USE;      /* yard.c */
event_fn yard_take;                               /* it goes to recovery; the argument is the life */
enum err bank_begin(struct sim *s) MUST_USE;      /* money.c */
void bank_owes(struct sim *s, const struct sim_life *l,
	       bool owner); /* the owner, and a shop its commission */
enum err bank_taxes(struct sim *s) MUST_USE;
/* Nothing more happens to this life but payment. */
void sim_done(struct sim *s, struct sim_life *l);
/* While somebody holds an order its lives stay, though they are done. */
void sim_hold(struct sim_order *o);
void sim_release(struct sim *s, struct sim_order *o);
void totals_write(struct json_writer *w, const struct sim_totals *t); /* totals.c */
void totals_add(struct sim_totals *sum, const struct sim_totals *more);
void totals_read(const struct json *v, struct sim_totals *out); /* what is missing is 0 */
enum err sim_begin(struct sim *s) MUST_USE;       /* run.c: reads rules and models; once for many cities */
enum err sim_run(struct sim *s) MUST_USE;         /* a new city */
enum err sim_prepare_year(struct sim *s) MUST_USE; /* the city of a year: its users and merchants */
enum err sim_run_year(struct sim *s) MUST_USE;    /* the rest of it; goes on where it was left */
void sim_tell(struct sim *s);                     /* the crew, how many lives are done */
void sim_tell_anew(struct sim *s);                /* until now they went at another pace */

#endif
