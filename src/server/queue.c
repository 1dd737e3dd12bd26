#include "server/queue.h"

/* Everything is a number of a place in an array; NONE: none. Cities and callers that have something
 * waiting stand in rings, whose `turn` is next. */
enum { NONE = -1 };
struct place {
	struct waiting w;
	int next; /* of the same caller, or free */
};
struct line { /* of a caller */
	int64_t city, id;
	char kind;
	int first, last, count;
	int next, previous; /* in the city's ring */
	int chain;          /* in its bucket, or free */
};
struct town {
	int turn;           /* a line; NONE: nothing waits */
	int next, previous; /* in the ring of cities */
};
struct queue {
	size_t max, cities, count;
	int free_place, free_line, turn; /* turn: a town */
	struct place *place;
	struct line *line;
	struct town *town;
	int *bucket; /* max of them */
};

enum err queue_new(struct cx *cx, size_t max, size_t cities, struct queue **out)
{
	struct queue *q = calloc(1, sizeof(*q));

	BUG(max < 1 || max > 1 << 20 || cities < 1 || cities > 1 << 20);
	if (q) {
		*q = (struct queue){.max = max, .cities = cities, .turn = NONE};
		q->place = calloc(max, sizeof(*q->place));
		q->line = calloc(max, sizeof(*q->line));
		q->town = calloc(cities, sizeof(*q->town));
		q->bucket = calloc(max, sizeof(*q->bucket));
	}
	if (!q || !q->place || !q->line || !q->town || !q->bucket) {
		queue_free(q);
		return cx_fail(cx, ERR_MEMORY, "no memory for a queue");
	}
	for (int i = 0; i < (int)max; i++) {
		q->place[i].next = q->line[i].chain = i + 1 < (int)max ? i + 1 : NONE;
		q->bucket[i] = NONE;
	}
	for (size_t i = 0; i < cities; i++)
		q->town[i].turn = NONE;
	*out = q;
	return ERR_OK;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	free(q->place);
	free(q->line);
	free(q->town);
	free(q->bucket);
	free(q);
}

size_t queue_length(const struct queue *q) { return q->count; }

/* --- callers --- */

static struct line caller_of(const struct queue *q, int64_t city, const struct principal *who)
{
	struct line l = {.city = city >= 0 && city < (int64_t)q->cities ? city : 0};

	l.kind = who->org ? 'o' : who->user ? 'u' : who->order ? 'l' : 'p';
	l.id = who->org ? who->org : who->user ? who->user : who->order;
	return l;
}

static int *bucket_of(struct queue *q, const struct line *l)
{
	uint64_t h = ((uint64_t)l->city << 40 ^ (uint64_t)l->id << 3 ^ (uint64_t)l->kind) *
		     UINT64_C(0x9e3779b97f4a7c15);

	return &q->bucket[(h >> 32) % q->max];
}

/* The caller's line; NONE when nothing of it waits. */
static int line_find(struct queue *q, const struct line *l)
{
	int i = *bucket_of(q, l);

	while (i != NONE &&
	       (q->line[i].id != l->id || q->line[i].city != l->city || q->line[i].kind != l->kind))
		i = q->line[i].chain;
	return i;
}

/* --- rings: what is new goes to the end, just before whose turn it is --- */

static void town_enter(struct queue *q, int city)
{
	struct town *t = &q->town[city];

	if (q->turn == NONE) {
		q->turn = t->next = t->previous = city;
		return;
	}
	t->next = q->turn;
	t->previous = q->town[q->turn].previous;
	q->town[t->previous].next = q->town[t->next].previous = city;
}

static void town_leave(struct queue *q, int city)
{
	struct town *t = &q->town[city];

	q->town[t->previous].next = t->next;
	q->town[t->next].previous = t->previous;
	if (q->turn == city)
		q->turn = t->next == city ? NONE : t->next;
}

static int line_enter(struct queue *q, const struct line *l)
{
	int i = q->free_line, *bucket = bucket_of(q, l);
	struct town *t = &q->town[l->city];
	struct line *new = &q->line[i];

	q->free_line = new->chain;
	*new = *l;
	new->first = new->last = NONE;
	new->chain = *bucket;
	*bucket = i;
	if (t->turn == NONE) {
		t->turn = new->next = new->previous = i;
		town_enter(q, (int)l->city);
		return i;
	}
	new->next = t->turn;
	new->previous = q->line[t->turn].previous;
	q->line[new->previous].next = q->line[new->next].previous = i;
	return i;
}

static void line_leave(struct queue *q, int i)
{
	struct line *l = &q->line[i];
	struct town *t = &q->town[l->city];
	int *at = bucket_of(q, l);

	while (*at != i)
		at = &q->line[*at].chain;
	*at = l->chain;
	q->line[l->previous].next = l->next;
	q->line[l->next].previous = l->previous;
	if (t->turn == i)
		t->turn = l->next == i ? NONE : l->next;
	if (t->turn == NONE)
		town_leave(q, (int)l->city);
	l->chain = q->free_line;
	q->free_line = i;
}

/* --- in and out --- */

static bool room(const struct queue *q, int line)
{
	return q->count < q->max && (line == NONE || (size_t)q->line[line].count < q->max - q->count);
}

bool queue_room(struct queue *q, int64_t city, const struct principal *who)
{
	struct line key = caller_of(q, city, who);

	return room(q, line_find(q, &key));
}

bool queue_put(struct queue *q, const struct waiting *w)
{
	struct line key = caller_of(q, w->q->city, &w->q->who), *l;
	int i = line_find(q, &key), at = q->free_place;

	if (!room(q, i))
		return false;
	if (i == NONE)
		i = line_enter(q, &key);
	l = &q->line[i];
	q->free_place = q->place[at].next;
	q->place[at] = (struct place){*w, NONE};
	if (l->last == NONE)
		l->first = at;
	else
		q->place[l->last].next = at;
	l->last = at;
	l->count++;
	q->count++;
	return true;
}

static struct waiting take_one(struct queue *q)
{
	int city = q->turn, i = q->town[city].turn;
	struct line *l = &q->line[i];
	struct place *p = &q->place[l->first];
	int at = l->first;

	q->turn = q->town[city].next;
	q->town[city].turn = l->next;
	l->first = p->next;
	p->next = q->free_place;
	q->free_place = at;
	q->count--;
	if (--l->count == 0)
		line_leave(q, i);
	return p->w;
}

size_t queue_take(struct queue *q, struct waiting *out, size_t max)
{
	size_t n = 0;

	while (n < max && q->count > 0)
		out[n++] = take_one(q);
	return n;
}
