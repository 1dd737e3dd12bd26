/* own.h: what the files of party/ share; for this folder alone. */
#ifndef RELODE_PROGRAMME_PARTY_OWN_H
#define RELODE_PROGRAMME_PARTY_OWN_H

#include "programme/party/party.h"

/* Who sees and changes every party; anyone else sees and changes the party that he acts for. */
#define PARTY_STAFF (ROLE_CLERK | ROLE_ADMIN | ROLE_SYSTEM)
#define PARTY_WATCHERS (PARTY_STAFF | ROLE_TECHNICIAN | ROLE_DISMANTLER | ROLE_OFFICER | ROLE_AUDITOR)
static inline bool party_is_own(const struct principal *who, unsigned roles, int64_t party)
{
	if (who->order != 0)
		return false;
	return who->org != 0 ? who->org == party : (who->roles & roles) != 0;
}

/* A list of words from names, separated by ',' or spaces ("merchant,retailer"), as bits. ERR_INVALID
 * names the word that is none of them. */
enum err party_roles_parse(struct cx *cx, const char *text, int64_t *bits) MUST_USE;
/* The bits as a list "owner,buyer"; NULL when memory runs out. */
char *party_roles_text(struct cx *cx, int64_t bits) MUST_USE;

/* What a party is searched by: kinds of tx_index and reader_search. */
#define PARTY_PHONE "party.phone"
#define PARTY_NAME "party.name"
#define PARTY_EMAIL "party.email"
/* One form of a phone number (its last ten digits) or a name (lower case, single spaces), for the
 * index; NULL when nothing is left or memory ran out. */
char *party_phone_key(struct cx *cx, const char *phone) MUST_USE;
char *party_name_key(struct cx *cx, const char *name) MUST_USE;

/* site.c */
struct site_open {
	int64_t party, kind, lat_e6, lon_e6;
	const char *name, *address, *hours;
	int64_t site;
};
struct site_change {
	int64_t site, lat_e6, lon_e6;
	const char *name, *address, *hours;
};
struct site_close {
	int64_t site;
};
extern const struct field site_open_fields[], site_change_fields[], site_close_fields[];
enum err site_open_decide(struct cx *cx, struct tx *tx, void *record);
enum err site_open_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
enum err site_change_decide(struct cx *cx, struct tx *tx, void *record);
enum err site_change_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);
enum err site_close_decide(struct cx *cx, struct tx *tx, void *record);
enum err site_close_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *record);

extern const struct view party_views[]; /* views.c */

extern const struct field site_fields[]; /* of site_table, for views */

#endif
