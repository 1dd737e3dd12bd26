/* device.h: the device, its identifiers, its storage media, and the machines of their lives.
 *
 * A device is known by an internal id that is unique everywhere and by dated identifier claims (IMEIs,
 * serial, label). Ownership (owner), custody (custody, an account in pieces), location (site) and state
 * are kept apart. Other features move devices through device_set and never write the table themselves.
 */
#ifndef RELODE_PROGRAMME_DEVICE_DEVICE_H
#define RELODE_PROGRAMME_DEVICE_DEVICE_H

#include "kernel/tx.h"
#include "programme/programme.h"

enum device_state {
	DEVICE_CUSTODY,     /* with us, still the owner's */
	DEVICE_OWNED,       /* bought: not erased yet, or needs no erasure */
	DEVICE_ERASING, DEVICE_ERASED, DEVICE_ERASE_FAILED,
	DEVICE_STOCK, DEVICE_LISTED, DEVICE_SOLD, DEVICE_DELIVERED,
	DEVICE_TO_RECOVER, DEVICE_RECOVERED,
	DEVICE_RETURNING, DEVICE_RETURNED, /* back to the owner who declined */
	DEVICE_HELD, DEVICE_SEIZED, DEVICE_LOST
};
extern const char *const device_states[];
extern const struct machine device_machine;

enum medium_state {
	MEDIUM_PRESENT,
	MEDIUM_FAILED,
	MEDIUM_UNVERIFIABLE,
	MEDIUM_ERASED,
	MEDIUM_DESTROYED,
	MEDIUM_REMOVED
};
extern const char *const medium_states[];
extern const struct machine medium_machine;
enum medium_kind { MEDIUM_FLASH, MEDIUM_SSD, MEDIUM_HDD, MEDIUM_CARD, MEDIUM_SIM, MEDIUM_OTHER };
extern const char *const medium_kinds[];

struct device {
	int64_t city, device;
	int64_t state;      /* enum device_state */
	int64_t since_us;   /* in this state */
	int64_t held_from;  /* the state that a hold interrupts, or FIELD_NONE */
	int64_t hold_until_us; /* statutory hold: may not be resold before; FIELD_NONE */
	int64_t owner;      /* party of record */
	int64_t custody;    /* account in pieces */
	int64_t site;       /* location, or FIELD_NONE */
	int64_t model;      /* catalogue model id, or FIELD_NONE */
	const char *category; /* catalogue category code */
	int64_t storage;    /* bool: has storage media by the catalogue or by what was found */
	int64_t item;       /* trade-in item it came by */
	int64_t received_us;
	int64_t taken_mg;   /* nominal mass when it was taken in */
	int64_t mass_mg;    /* equals MG_DEVICE while on hand; afterwards the last known */
	int64_t grade_c, grade_f; /* 0..9, 1..6; FIELD_NONE before inspection */
	int64_t listed_minor;     /* asking price while listed, or FIELD_NONE */
	int64_t sale;       /* last sale, or FIELD_NONE */
	int64_t returns;    /* times a buyer returned it */
	int64_t hold_reason; /* enum hold_reason while held, or FIELD_NONE */
	int64_t lost_from;  /* the state in which it was lost, or FIELD_NONE */
	int64_t to_site;    /* where it is being shipped, or FIELD_NONE */
	int64_t moved_us;   /* its piece is where it is since then */
};
extern struct table device_table;

enum hold_reason { HOLD_ACTIVATION_LOCK, HOLD_STOLEN_LIST, HOLD_DISPUTE, HOLD_STATUTORY };
extern const char *const hold_reasons[];

/* One claim of an identity, dated. The text itself is sealed in the vault (vault_read) under the device's
 * key, ACCOUNT(SUBJECT_DEVICE, device); blind finds it. */
enum identifier_kind { IDENTIFIER_IMEI, IDENTIFIER_SERIAL, IDENTIFIER_MAC, IDENTIFIER_OTHER };
extern const char *const identifier_kinds[];
struct identifier {
	int64_t city, device, n;
	int64_t kind;
	struct bytes blind; /* 16 bytes */
	int64_t vault_seq, vault_n;
	int64_t from_us, to_us;
};
extern struct table identifier_table;
/* By blind digest: which devices claim it. */
struct identifier_index {
	int64_t city;
	struct bytes blind;
	int64_t device, n;
};
extern struct table identifier_index_table;
/* Two device ids that are one thing (a second label, a board swapped). Kept in both directions; undone by
 * to_us. Nothing else of either device changes. */
struct device_link {
	int64_t city, device, same_as;
	int64_t from_us, to_us;
};
extern struct table device_link_table;

struct medium {
	int64_t city, device, medium; /* medium: 1.. within the device */
	int64_t kind, state;
	int64_t capacity_gb; /* or FIELD_NONE */
	int64_t attempts;    /* erasure attempts so far */
	int64_t last_seq;    /* entry of the last attempt, or FIELD_NONE */
};
extern struct table medium_table;

/* A claim as a request brings it: the text is personal, so it is sealed and never logged. */
struct claim_given {
	int64_t kind;
	const char *value;
};
/* And as the entry records it. */
struct claim {
	int64_t n, kind;
	struct bytes blind;
	int64_t vault_n;
	int64_t also; /* another device on hand that claims the same now, or FIELD_NONE */
};
extern const struct field claim_given_fields[], claim_fields[];
enum { CLAIMS_MAX = 8, MEDIA_MAX = 16, CLAIMS_SCAN_MAX = 1000, SAME_CLAIM_MAX = 64 };
enum { SAME_THING_MAX = 64, SAME_LINKS_MAX = 1000 };
/* Other devices that claim this identity, or did. More than SAME_CLAIM_MAX claim it: then it tells nothing (a
 * blank serial number, say), and none are given. */
enum err device_same_claim(struct cx *cx, struct tx *tx, int64_t device, struct bytes blind,
			   const int64_t **others, size_t *count) MUST_USE;
/* decide(): another device, held as stolen or seized, that claims one of this one's identities, or did;
 * FIELD_NONE: none. */
enum err device_found_stolen(struct cx *cx, struct tx *tx, int64_t device, int64_t *other) MUST_USE;
/* The device and all ids that merges say are the same thing, by one step or several: SAME_THING_MAX at most.
 * A device with more than SAME_LINKS_MAX merges, undone ones counted, is given without them. */
enum err device_same_thing(struct cx *cx, struct tx *tx, int64_t device, const int64_t **same,
			   size_t *count) MUST_USE;
/* decide(): checks each claim's form, seals and blinds it; numbers go on from the device's last. */
enum err device_claim(struct cx *cx, struct tx *tx, int64_t device, struct list given,
		      struct list *claims) MUST_USE;
/* apply(): writes claims made at the entry's time. */
enum err device_claimed(struct cx *cx, struct tx *tx, int64_t device, struct list claims) MUST_USE;
/* The part of a normalised claim by which it is searched and blinded. */
char *claim_searched(struct cx *cx, int64_t kind, const char *normal) MUST_USE;
/* The form in which a claim is stored and blinded: IMEI digits, serial in capitals, MAC in hexadecimal. */
enum err claim_normalise(struct cx *cx, int64_t kind, const char *text, char **out) MUST_USE;

/* IMEI rules (3GPP TS 23.003): 15 digits, Luhn check digit, not all the same; IMEISV: 16 digits, no
 * check digit. Spaces and '-' are dropped into out[17]. ERR_INVALID says which rule is broken. */
enum err imei_normalise(struct cx *cx, const char *text, char out[17]) MUST_USE;
/* The short code on a label: check character included (codec/text.h). */
void device_label(char out[32], int64_t device);
/* A device as lists show it: the fields, and what is written besides its columns (label, place). */
extern const struct field device_row_fields[];
void device_row_more(struct cx *cx, struct json_writer *w, const void *row);

const struct device *device_get(struct cx *cx, struct tx *tx, int64_t device) MUST_USE;
/* apply(): writes the changed copy; checks and notes the move when its state differs from before. */
enum err device_set(struct cx *cx, struct tx *tx, const struct device *changed) MUST_USE;
/* decide(): the move is allowed, or ERR_CONFLICT with what is. */
enum err device_check(struct cx *cx, struct tx *tx, const struct device *d, int64_t to) MUST_USE;
/* decide(): ERR_FORBIDDEN unless the caller works for the programme, or for whoever runs the site where the
 * device is or is going. */
enum err device_check_caller(struct cx *cx, struct tx *tx, const struct device *d) MUST_USE;
/* decide(): proposes the piece's transfer from where it is. */
enum err device_move_piece(struct cx *cx, struct tx *tx, const struct device *d,
			   int64_t to_account) MUST_USE;
/* decide(): every storage medium verified erased, destroyed or removed (or there is none); else
 * ERR_CONFLICT naming the first that is not. The hard gate before listing and sale. */
enum err device_check_erased(struct cx *cx, struct tx *tx, const struct device *d) MUST_USE;

/* decide(): the scale's reading wins: the difference to mass_mg goes to the measurement account. apply()
 * sets mass_mg to the reading. */
enum err device_weigh(struct cx *cx, struct tx *tx, const struct device *d, int64_t mass_mg) MUST_USE;
/* The device's media in order. */
enum err device_media(struct cx *cx, struct tx *tx, int64_t device, const struct medium *const **media,
		      size_t *count) MUST_USE;
const struct medium *medium_get(struct cx *cx, struct tx *tx, int64_t device, int64_t medium) MUST_USE;
/* apply(): writes the changed or new medium; checks and notes its move when its state differs. */
enum err medium_set(struct cx *cx, struct tx *tx, const struct medium *changed) MUST_USE;
/* decide(): the move is allowed, or ERR_CONFLICT with what is. */
enum err medium_check(struct cx *cx, struct tx *tx, const struct medium *m, int64_t to) MUST_USE;
/* apply(): after someone else had it, or may have had it, every erased medium counts as written again. */
enum err device_reopen_media(struct cx *cx, struct tx *tx, int64_t device) MUST_USE;
/* The kind of a device's first medium, by what such devices have. */
enum medium_kind medium_usual(const char *category);
/* True while its piece is in one of our places or on the way between them. */
bool device_on_hand(const struct device *d);

/* views: ERR_FORBIDDEN unless the caller may see this device: the programme's people, who runs the site where
 * it is, the merchant who took it, the holder of the order's link. */
struct reader;
enum err device_read_check(struct cx *cx, struct reader *r, const struct device *d) MUST_USE;

extern const struct feature device_feature;

#endif
