/* writer.h: a city's writer: requests in, one transaction a batch, answers out.
 *
 * writer_run takes what is waiting. Each request decides over the effects of those before it; then all
 * rows are written with one call a table and one commit, and only then has any of them happened. When
 * writing fails the batch is dropped and tried again in halves, so one request that cannot be written
 * does not take others with it. When another process has written to the city meanwhile, the writer reads
 * where the log stands and decides again.
 *
 * A writer belongs to one thread. Its database handle must not be inside a transaction.
 */
#ifndef RELODE_KERNEL_WRITER_H
#define RELODE_KERNEL_WRITER_H

#include "kernel/books.h"
#include "kernel/keys.h"
#include "kernel/reader.h"
#include "kernel/recent.h"

enum {
	BATCH_MAX = 1024,              /* requests of one transaction */
	HOLD_MAX = 1024 * BATCH_MAX,   /* of one that was held back (writer_hold), at most */
	IDEM_KEY_MAX = 255,            /* bytes of an idempotency key */
	HAPPENED_PAST_DAYS = 400,      /* how far back a claimed time may lie */
	HAPPENED_FUTURE_S = 300        /* and ahead: clocks differ */
};

/* One action asked for. All memory is cx's; the writer's thread uses cx while it runs the request. */
struct request {
	struct cx *cx;
	const struct action *action;
	struct principal who;
	int64_t city;
	int64_t happened_us;  /* claimed, or FIELD_NONE: now */
	const char *idem_key; /* or NULL */
	void *rec;            /* IN members set; the decision sets the others */
	/* the answer */
	enum err err;         /* as cx->err */
	bool replayed;        /* an earlier answer to the same key */
	struct entry entry;   /* what was recorded; entry.rec == rec */
	void *given;          /* the writer's: rec as it came */
	unsigned char *digests; /* the writer's: 32 bytes of key and body, or NULL */
	bool prepared;          /* writer_prepare made given, and digests where it could */
	bool fresh;             /* the writer's: rec is still as it came, lists apart from given's */
	int64_t known_seq;      /* the writer's: an older entry that has the key, or -1 */
};

/* Reads a request's body by the action's fields. type unknown: ERR_NOT_FOUND. */
enum err request_read(struct cx *cx, const struct domain *d, const char *type, int64_t city,
		      const struct json *body, struct request *out) MUST_USE;
/* Writes the answer's members: city, seq, recorded_us and the action's OUT fields, SECRET ones re-derived.
 * The caller opens and closes the object. */
enum err request_answer(struct cx *cx, struct reader *r, struct request *q, struct json_writer *w) MUST_USE;
/* The same as a tree in cx, which stays when the request's memory ends. */
enum err request_answer_tree(struct cx *cx, struct reader *r, struct request *q, struct json **out) MUST_USE;

struct writer;
struct packer;
/* city may not exist yet: then its first request must be an action that opens it. db, d, keys: kept. */
enum err writer_new(struct cx *cx, struct db *db, const struct domain *d, struct keys *keys, int64_t city,
		    struct writer **out) MUST_USE;
void writer_free(struct writer *w); /* accepts NULL */
/* Between two batches it keeps rows, so many bytes at most (64 MiB where nothing is said), and idempotency
 * keys. writer_bytes: of both, as of now. writer_rest gives the rows back: the next batch reads what it
 * needs. */
void writer_keep(struct writer *w, size_t rows);
/* From now on packs of the journal are made by this packer, some batches later; not of one that holds back.
 * It must stay until the writer is freed. */
void writer_pack_apart(struct writer *w, struct packer *packer);
size_t writer_bytes(const struct writer *w);
enum err writer_rest(struct cx *cx, struct writer *w) MUST_USE;
/* What can be done of a request before its turn comes, in any thread; keys: as its writer's. Need not be
 * called, and says nothing when it fails: then writer_run does it. */
void writer_prepare(struct keys *keys, struct request *q);
/* Runs n <= BATCH_MAX requests; each has its own answer in q->err and q->cx. */
void writer_run(struct writer *w, struct request **q, size_t n);
/* For a caller who is alone and can ask for everything again, as a simulation that goes on after a stop:
 * from now on requests without an idempotency key have their answer before they are written. They are
 * written when one for each KiB of `keep` waits, or HOLD_MAX, before a request that must not wait, or by
 * writer_flush; until then nothing has happened, a reader does not see it, and a failure loses all of it.
 * keep: bytes of rows that it may have in memory from one batch to the next. */
void writer_hold(struct writer *w, size_t keep);
enum err writer_flush(struct cx *cx, struct writer *w) MUST_USE;
/* An entry as another copy of this city's log has it. */
struct logged {
	const char *body;
	size_t n;
};
/* Restoring (rewind.h): appends n <= BATCH_MAX entries as they are, with their effects, in one transaction;
 * nothing is decided. Rows written once are the caller's to copy. ERR_CORRUPT: not the entries that come
 * next. */
enum err writer_replay(struct cx *cx, struct writer *w, const struct logged *list, size_t n) MUST_USE;
/* Where the log stands; false while the city does not exist. */
bool writer_head(const struct writer *w, struct log_head *out);

/* The log's origin, as checkpoints name it: "relode/city/1". */
char *log_origin(struct cx *cx, int64_t city) MUST_USE;

#endif
