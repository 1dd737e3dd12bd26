/* party.h: people and organisations, merchants, and their sites.
 *
 * The books hold no personal data: a party's name, phone, address, bank account are sealed in the vault
 * under the party's own key; destroying the key erases them while books and log still verify.
 */
#ifndef RELODE_PROGRAMME_PARTY_PARTY_H
#define RELODE_PROGRAMME_PARTY_PARTY_H

#include "kernel/reader.h"
#include "programme/programme.h"

enum party_kind { PARTY_PERSON, PARTY_ORGANISATION };
extern const char *const party_kinds[];
enum party_role { /* bits of party.roles: what a party may be in this city */
	PARTY_OWNER = 1, PARTY_MERCHANT = 2, PARTY_RETAILER = 4, PARTY_BUYER = 8, PARTY_RECYCLER = 16,
	PARTY_CARRIER = 32, PARTY_OPERATOR = 64
};
extern const char *const party_role_names[]; /* by bit, ends with NULL */
struct party {
	int64_t city, party;
	int64_t kind, roles;
	int64_t vault_seq, vault_n; /* newest sealed details */
	int64_t created_us;
	int64_t keep_until_us; /* retention duty: not erasable before; FIELD_NONE */
	int64_t forgotten_us;  /* FIELD_NONE while its key lives */
	const char *public_name; /* organisations only: trade name */
	int64_t commission_bp;   /* merchants: basis points of the agreed price, 0 otherwise */
	int64_t commission_minor; /* merchants: fixed commission per device */
};
extern struct table party_table;

enum site_kind { SITE_STORE, SITE_KIOSK, SITE_CENTRE, SITE_RECYCLER, SITE_LOCKER };
extern const char *const site_kinds[];
struct site {
	int64_t city, site;
	int64_t party; /* operator of the site */
	int64_t kind;
	int64_t lat_e6, lon_e6; /* WGS 84, millionths of a degree */
	const char *name, *address, *hours; /* hours: OpenStreetMap opening_hours text, "Mo-Sa 09:00-19:00" */
	int64_t open; /* bool */
};
extern struct table site_table;

/* Sealed bytes of any kind: the programme's only store of personal data and identifiers. A row is
 * written once; its subject is ACCOUNT(kind, id), whose key opens it (tx_seal, reader_unseal). */
enum vault_kind { VAULT_PARTY, VAULT_IDENTIFIER, VAULT_NOTE, VAULT_CREDENTIAL, VAULT_OTHER };
extern const char *const vault_kinds[];
struct vault {
	int64_t city, seq, n;
	int64_t subject; /* ACCOUNT(SUBJECT_…, id) */
	int64_t kind;
	struct bytes sealed;
};
extern struct table vault_table;
enum { VAULT_BYTES_MAX = 64 * 1024 };
/* decide(): seals bytes under the subject's key and writes the row; *n is its number in this entry. */
enum err vault_write(struct cx *cx, struct tx *tx, int64_t subject, enum vault_kind kind,
		     const void *p, size_t size, int64_t *n) MUST_USE;
/* views: opens what vault_write wrote. ERR_GONE when the subject's key was destroyed. *out is followed by
 * a NUL, so text can be read as it is. */
enum err vault_read(struct cx *cx, const struct reader *r, int64_t city, int64_t seq, int64_t n,
		    struct bytes *out) MUST_USE;

const struct party *party_get(struct cx *cx, struct tx *tx, int64_t party) MUST_USE; /* forgotten: ERR_GONE */
const struct site *site_get(struct cx *cx, struct tx *tx, int64_t site) MUST_USE;
/* party has all of these roles, else ERR_INVALID */
enum err party_check_role(struct cx *cx, struct tx *tx, int64_t party, int64_t roles) MUST_USE;
/* The sealed details, as JSON {"name":…,"phone":…}; ERR_GONE after party.forget. */
enum err party_details(struct cx *cx, struct reader *r, int64_t city, int64_t party,
		       struct json **out) MUST_USE;

/* views: ERR_FORBIDDEN unless the caller may see this party, as party.party has it. */
enum err party_read_check(struct cx *cx, const struct reader *r, int64_t party) MUST_USE;

/* What a person says of itself: given, sealed, never logged. The first member of a record that has it. */
struct party_contact {
	const char *name, *phone, *email, *address, *bank_account;
	int64_t vault_n; /* of the sealed details in the entry; FIELD_NONE: none were given */
};
#define PARTY_DETAIL(m, lo, hi, doc) F_TEXT(struct party_contact, m, IN | PII, lo, hi, doc)
#define PARTY_CONTACT_FIELDS                                                                       \
	PARTY_DETAIL(name, 1, 200, "name of the person, or of who answers for the organisation"),  \
		PARTY_DETAIL(phone, 3, 40, "phone number"),                                        \
		PARTY_DETAIL(email, 3, 254, "e-mail address"),                                     \
		PARTY_DETAIL(address, 1, 500, "postal address"),                                   \
		PARTY_DETAIL(bank_account, 3, 64, "account that money is paid out to"),            \
		F_INT(struct party_contact, vault_n, LOG, 0, JSON_INT_MAX, NULL,                   \
		      "number of the sealed details in this entry")
bool party_contact_given(const struct party_contact *c);
/* The last four characters of an account, spaces and '-' left out; NULL when there are none, or memory runs
 * out. */
char *party_account_end(struct cx *cx, const char *bank_account) MUST_USE;
/* decide(): seals an account that money of this party is paid out to, beside its details and under the same
 * key; vault_read opens it. */
enum err party_seal_account(struct cx *cx, struct tx *tx, int64_t party, const char *bank_account,
			    int64_t *n) MUST_USE;
/* decide(): an owner who comes without an account: name, and phone or email, sealed under a new party's
 * key. */
enum err party_new_owner(struct cx *cx, struct tx *tx, struct party_contact *c, int64_t *party) MUST_USE;
/* apply(): its row. seq: of the entry. */
enum err party_put_owner(struct cx *cx, struct tx *tx, int64_t party, int64_t seq,
			 const struct party_contact *c) MUST_USE;
/* decide(): the parties above `after` that once gave this phone number, or email, in earlier batches. */
enum err party_reached_by(struct cx *cx, struct tx *tx, const struct party_contact *c, bool by_email,
			  int64_t after, int64_t *party, size_t max, size_t *count) MUST_USE;

/* apply(): the personal data must be kept until then (a retention duty); never shortens. */
enum err party_keep(struct cx *cx, struct tx *tx, int64_t party, int64_t until_us) MUST_USE;
/* apply(), city.open: the party that is the programme itself in a city. */
enum err party_put_programme(struct cx *cx, struct tx *tx, int64_t party, const char *name) MUST_USE;

extern const struct feature party_feature;

#endif
