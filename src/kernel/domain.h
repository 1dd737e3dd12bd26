/* domain.h: what a feature declares: tables, account kinds, machines, actions, views, checks.
 *
 * The kernel knows no word of the programme. It is given one list of features, checks it once
 * (domain_init: names unique, codes unique, fields sane) and runs what they declare.
 *
 * An action has two halves. decide() reads state through the transaction (tx.h), asks rules, fills the
 * derived members of its record and proposes transfers; or it refuses, and nothing has happened.
 * apply() turns the recorded decision into state rows; it never refuses, reads no clock, asks no rule,
 * and is the same code for a new entry and for replaying an old one.
 */
#ifndef RELODE_KERNEL_DOMAIN_H
#define RELODE_KERNEL_DOMAIN_H

#include "kernel/field.h"

struct tx;
struct entry;
struct reader;
struct audit;
struct keys;

/* What a table is decides what audit does to it (docs/ARCHITECTURE.md). */
enum table_kind { TABLE_BOOK, TABLE_STATE, TABLE_REFERENCE, TABLE_VAULT, TABLE_SESSION };
/* What the second key column is, so that rows of a new number need not be looked for in the database: an id
 * that this city allots, the number of an entry, or an account or subject whose ref is such an id. */
enum table_fresh { FRESH_NOT, FRESH_ID, FRESH_SEQ, FRESH_ACCOUNT };

enum { TABLE_LISTED = 1024 }; /* bytes of the names of its columns */
/* Every table's first column is `city`; the first `keys` columns are the primary key. Reference and
 * vault tables begin with city, seq, n: the entry that wrote the row, and its number there; their rows
 * are written once and verified by the digest in that entry. */
struct table {
	const char *name;
	enum table_kind kind;
	const struct field *fields;
	size_t size; /* of the row's struct */
	int keys;
	enum table_fresh fresh; /* state tables: their rows stay in memory as long as the rule holds */
	bool unread;            /* but of this one no action reads a row: none stays */
	const char *doc;
	/* Filled by domain_init */
	int index;
	int columns;
	char listed[TABLE_LISTED]; /* the columns in order, for a SELECT; the same for ever */
	struct db_shape shape;
};

/* Account kinds: code (1..DOMAIN_CODES - 1, for ever), name, rules. An account is (kind, ref). */
enum account_flags {
	ACCOUNT_MIN0 = 1,  /* may not go below zero (available = posted - pending out) */
	ACCOUNT_ONCE = 2,  /* receives at most one posting that is not reversed, per ref (benefits, claims) */
	ACCOUNT_PLACE = 4, /* pieces here are devices in custody: counted against device rows */
	ACCOUNT_ELSEWHERE = 8 /* its ref is not allotted by the city (users, cities) */
};
struct account_kind {
	int code;
	const char *name;
	unsigned flags;
	const char *units; /* "pc", "mg", "money", "gCO2e", or several: "pc mg" */
	const char *doc;
	int subject; /* its entries stand in the history of (subject, ref); 0: in its own */
};

/* A machine: named states and the table of allowed moves. */
struct machine_move {
	const char *action; /* the entry's type */
	uint64_t from;      /* bits of states */
	int to;
};
struct machine {
	const char *name;
	const char *const *states; /* ends with NULL; at most 63 */
	const struct machine_move *moves; /* ends with action NULL */
};
#define STATE(s) (UINT64_C(1) << (s))

/* Who may act. A user has a set of these. */
enum role {
	ROLE_OWNER = 1, ROLE_CLERK = 2, ROLE_TECHNICIAN = 4, ROLE_BUYER = 8, ROLE_DISMANTLER = 16,
	ROLE_OFFICER = 32, ROLE_ANALYST = 64, ROLE_AUDITOR = 128, ROLE_ADMIN = 256,
	ROLE_SYSTEM = 512,   /* the scheduler */
	ROLE_PUBLIC = 1024   /* anyone, without credentials */
};
extern const char *const role_names[]; /* by bit, ends with NULL */

struct action {
	const char *type; /* "tradein.book": the feature's folder, a verb */
	int v;
	const char *method, *path; /* "POST", "/v1/cities/{city}/orders"; NULL: no HTTP door */
	unsigned roles;
	const struct field *fields;
	size_t size;
	enum err (*decide)(struct cx *, struct tx *, void *rec);
	enum err (*apply)(struct cx *, struct tx *, const struct entry *, const void *rec);
	/* Fills SECRET members of an answer, re-derived from the entry; may be NULL. */
	enum err (*reveal)(struct cx *, struct reader *, const struct entry *, void *rec);
	/* Outside effects that must follow the durable entry (destroying a key); runs again for the newest
	 * entries after a restart, so it must not mind that. May be NULL. */
	enum err (*after)(struct cx *, struct keys *, const struct entry *, const void *rec);
	bool opens; /* this action alone may be, and must be, a city's first entry */
	bool real_time; /* from the entry after it, a simulated city's clock is the world's */
	bool any_city; /* decide() itself checks callers who are bound to one city */
	const char *doc;
};

/* A view: read only. run writes the members or rows; the door has opened the object or array. */
struct view {
	const char *name; /* "tradein.order" */
	const char *path; /* "/v1/cities/{city}/orders/{order}" */
	unsigned roles;
	const struct field *params; /* path and query parameters; NULL: none but city */
	size_t params_size;
	const struct field *fields; /* of the answer, or of one row of it */
	bool list;                  /* answer is {"items":[…],"next":"cursor"} */
	const struct field *beside; /* list: members beside these two; NULL: none */
	/* No list, and its answer follows from the books of its city and of city 0, the parameters and the
	 * caller: it reads no clock, no key, no session table, and shows nothing personal. It may be kept. */
	bool steady;
	bool apart;   /* goes through rows of a whole city or period: runs where nobody else waits for it */
	bool guarded; /* its answer says whether a guess was right: asked as seldom as a guest may write */
	enum err (*run)(struct cx *, struct reader *, const void *params, struct json_writer *w);
	const char *doc;
};

struct feature {
	const char *name; /* the folder */
	struct table *const *tables;              /* NULL-terminated lists, or NULL */
	const struct account_kind *accounts;      /* ends with code 0 */
	const struct machine *const *machines;
	const struct action *actions;             /* ends with type NULL */
	const struct view *views;                 /* ends with name NULL */
	/* Audit: after each replayed entry, and at the end of a city. They call audit_finding. */
	enum err (*check_entry)(struct cx *, struct audit *, struct tx *, const struct entry *,
				const void *rec);
	enum err (*check_city)(struct cx *, struct audit *, struct tx *, int64_t city);
};

enum { DOMAIN_TABLES = 128, DOMAIN_ACTIONS = 256, DOMAIN_COLUMNS = 2048, DOMAIN_CODES = 1024 };
struct domain {
	const struct feature *const *features; /* NULL-terminated; the kernel's own comes first */
	struct table *table[DOMAIN_TABLES];
	int tables;
	const struct action *action[DOMAIN_ACTIONS];
	int actions;
	const struct action *found[2 * DOMAIN_ACTIONS]; /* by the hash of its type, or next to it */
	const struct account_kind *account[DOMAIN_CODES]; /* by code */
	const struct account_kind *named[2 * DOMAIN_CODES]; /* by the hash of its name, or next to it */
	const char *column[DOMAIN_COLUMNS]; /* the tables' shapes point here */
	enum db_kind kind[DOMAIN_COLUMNS];
	int columns;
};
/* Checks and indexes the declarations; a wrong one is ERR_CORRUPT with its name.
 * The tables point into *d afterwards: it must outlive their use. */
enum err domain_init(struct cx *cx, struct domain *d, const struct feature *const *features) MUST_USE;
const struct action *domain_action(const struct domain *d, const char *type); /* or NULL */
const struct table *domain_table(const struct domain *d, const char *name);   /* or NULL */
const struct account_kind *domain_account(const struct domain *d, int code);  /* or NULL */
const struct account_kind *domain_account_named(const struct domain *d, const char *name, size_t n);
/* Every table of the database is declared with exactly these columns and keys, and the reverse. */
enum err domain_check_schema(struct cx *cx, const struct domain *d, struct db *db) MUST_USE;

/* Accounts as numbers: ref, and code in the lowest bits, so that rows of one thing lie together; and as text
 * "kind/ref" ("kind" when ref is 0). */
#define ACCOUNT(code, ref) ((int64_t)(ref) * DOMAIN_CODES + (code))
static inline int account_code(int64_t account) { return (int)(account % DOMAIN_CODES); }
static inline int64_t account_ref(int64_t account) { return account / DOMAIN_CODES; }
char *account_text(struct cx *cx, const struct domain *d, int64_t account) MUST_USE;
enum err account_parse(struct cx *cx, const struct domain *d, const char *text, int64_t *out) MUST_USE;

/* The state that a move leads to is allowed: from, action, to stand in the table. */
bool machine_allows(const struct machine *m, int from, const char *action, int to);
/* ERR_CONFLICT naming the state and, as hints `state` and `allowed`, what is possible now. */
enum err machine_refuse(struct cx *cx, const struct machine *m, const char *what, int64_t id, int from,
			const char *action);

#endif
