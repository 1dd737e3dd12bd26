/* prng.h: the simulation's only source of chance: splitmix64 (Steele, Lea, Flood 2014), integers alone.
 *
 * Every life has a stream of its own, made from the seed and the life's number, so what happens to one
 * does not depend on when another is looked at.
 */
#ifndef RELODE_CLI_SIMULATE_PRNG_H
#define RELODE_CLI_SIMULATE_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
	uint64_t state;
};

static inline uint64_t prng_next(struct prng *p)
{
	uint64_t z = p->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static inline struct prng prng_of(uint64_t seed, uint64_t stream)
{
	struct prng p = {seed};

	p.state = prng_next(&p) ^ (stream * UINT64_C(0xd1342543de82ef95));
	prng_next(&p);
	return p;
}

/* 0 .. n-1, each equally likely but for 2^-64 * n; n > 0 */
static inline int64_t prng_below(struct prng *p, int64_t n)
{
	return (int64_t)(((unsigned __int128)prng_next(p) * (uint64_t)n) >> 64);
}

static inline int64_t prng_between(struct prng *p, int64_t low, int64_t high) /* both may come */
{
	return low + prng_below(p, high - low + 1);
}

static inline bool prng_chance(struct prng *p, int64_t per_10000)
{
	return prng_below(p, 10000) < per_10000;
}

#endif
