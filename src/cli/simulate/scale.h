/* scale.h: a year of a whole country, city by city.
 *
 * A scale says how many devices and merchants there are in how many cities in a year; a fraction makes
 * both smaller and keeps the cities and the days. Each city is played for itself, from the seed and its
 * number, a few at a time, each by a thread of its own: so memory holds what is under way in those alone.
 * Their logs do not depend on how many these are.
 *
 * A city is its own log, and the simulation is the only one that writes to it: so the same command goes on
 * where an earlier one was stopped, however that ended. Cities that are finished are passed over: their
 * figures, size and root stand in a file beside the database, which is believed only when the log has this
 * size and root. Another city's actions are asked for again, and answered from the entries that are there;
 * from the log's end on they are done. One seed gives the same logs, stopped or not.
 */
#ifndef RELODE_CLI_SIMULATE_SCALE_H
#define RELODE_CLI_SIMULATE_SCALE_H

#include "cli/simulate/sim.h"

enum {
	SCALE_CITIES_MAX = 1000,
	SCALE_WHOLE = 1000000000,
	SCALE_THREADS = 2,
	SCALE_THREADS_MAX = 64,
	SCALE_CACHE_MAX = 1024 * 1024 /* MiB */
};
#define SCALE_CACHE_LEAST ((size_t)80 << 20)  /* bytes, when nobody says less */
#define SCALE_CACHE_USUAL ((size_t)256 << 20) /* where the machine has four times as much */

struct scale {
	const char *name;
	int64_t devices, merchants, days;
	int cities;
};
/* NULL: there is no scale of that name. */
const struct scale *scale_named(const char *name);

struct scale_plan {
	const struct scale *scale;
	int64_t fraction;    /* of SCALE_WHOLE */
	int64_t days;        /* of the year that are played */
	int cities, threads; /* threads: cities that are played at a time */
	size_t cache;        /* bytes of rows in memory, of all that are played at a time */
	const char *seed;    /* as it was given */
	const char *record;  /* path of the file of finished cities */
};
/* "0.01", above 0 and at most 1, up to nine decimals. ERR_INPUT names the option. */
enum err scale_fraction(struct cx *cx, const char *text, int64_t *out) MUST_USE;
/* How many bytes of rows a plan should have in memory that says nothing else (its `cache` is not looked
 * at): what its largest cities need, at least SCALE_CACHE_USUAL, at most a quarter of the machine's, and not
 * less than SCALE_CACHE_LEAST. */
size_t scale_cache(const struct scale_plan *p);
/* Devices, or merchants, of city 1.. of the plan; the sum over all cities is the whole. */
int64_t scale_share(int64_t whole, int city, int cities);

/* Plays, or goes on. s: with door, seed and the world's country-wide members set. Writes the members of the
 * answer: the sums, and a list of the cities with theirs. */
enum err scale_play(struct sim *s, const struct scale_plan *p, struct json_writer *w) MUST_USE;

#endif
