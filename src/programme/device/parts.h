/* parts.h: what the files of this folder share: the records of its actions and where they are done.
 */
#ifndef RELODE_PROGRAMME_DEVICE_PARTS_H
#define RELODE_PROGRAMME_DEVICE_PARTS_H

#include "kernel/audit.h"
#include "kernel/reader.h"
#include "programme/device/device.h"

#define DEVICE_FIELD(T) F_ID(T, device, MUST | PATH, "the device")
#define DECIDES(name)                                                                               \
	enum err name##_decide(struct cx *cx, struct tx *tx, void *rec);                               \
	enum err name##_apply(struct cx *cx, struct tx *tx, const struct entry *entry, const void *rec)

/* identity.c */
struct claim_end {
	int64_t n;
};
struct device_identify {
	int64_t device;
	struct list add;    /* struct claim_given */
	struct list end;    /* struct claim_end */
	struct list claims; /* struct claim */
};
struct device_merge {
	int64_t device, same_as;
};
extern const struct field device_identify_fields[], device_merge_fields[];
DECIDES(device_identify);
DECIDES(device_merge);
DECIDES(device_unmerge);

/* care.c: what interrupts a life, and what ends it badly */
struct device_hold {
	int64_t device, reason, until_us;
	int64_t from;
};
struct device_release {
	int64_t device;
	int64_t to;
};
struct device_gone {
	int64_t device;
	int64_t from, mass_mg;
};
struct device_find {
	int64_t device, site;
	int64_t to, held_from, mass_mg;
};
extern const struct field device_hold_fields[], device_release_fields[], device_gone_fields[],
	device_find_fields[];
DECIDES(device_hold);
DECIDES(device_release);
DECIDES(device_seize);
DECIDES(device_lose);
DECIDES(device_find);

/* handle.c: weighing, moving, opening */
struct device_reading {
	int64_t device, mass_mg;
	int64_t before_mg;
};
struct device_ship {
	int64_t device, to_site, carrier;
};
struct device_arrive {
	int64_t device, site;
};
struct device_medium {
	int64_t device, kind, capacity_gb;
	int64_t medium, to;
};
extern const struct field device_reading_fields[], device_ship_fields[], device_arrive_fields[],
	device_medium_fields[];
DECIDES(device_reading);
DECIDES(device_ship);
DECIDES(device_arrive);
DECIDES(device_medium);

/* The columns of a device, for the table and for answers that begin with a struct device. */
#define HIDDEN (LOG | HIDE) /* a column for us, not for answers */
#define DEVICE_COLUMNS											\
	F_ID(struct device, city, COLUMN, "city"),							\
	F_ID(struct device, device, COLUMN, "the device, unique everywhere"),				\
	F_ENUM(struct device, state, COLUMN, device_states, "where it is in its life"),			\
	F_US(struct device, since_us, COLUMN, "in this state since"),					\
	F_INT(struct device, held_from, HIDDEN, 0, 63, NULL, "the state that a hold interrupts"),	\
	F_US(struct device, hold_until_us, COLUMN, "may not be resold before"),				\
	F_ID(struct device, owner, COLUMN, "owner of record: a party"),					\
	F_INT(struct device, custody, HIDDEN, 0, INT64_MAX, "account", "where its piece is"),		\
	F_ID(struct device, site, COLUMN, "the site where it is"),					\
	F_ID(struct device, model, COLUMN, "model of the catalogue"),					\
	F_TEXT(struct device, category, COLUMN, 1, 40, "category of the catalogue"),			\
	F_BOOL(struct device, storage, COLUMN, "has storage media"),					\
	F_ID(struct device, item, COLUMN, "the trade-in item by which it came"),			\
	F_US(struct device, received_us, COLUMN, "taken in at"),					\
	F_MG(struct device, taken_mg, HIDDEN, "nominal mass when it was taken in"),			\
	F_MG(struct device, mass_mg, COLUMN, "mass on hand"),						\
	F_INT(struct device, grade_c, COLUMN, 0, 9, NULL, "cosmetic grade C0 to C9"),			\
	F_INT(struct device, grade_f, COLUMN, 1, 6, NULL, "functional grade F1 to F6"),			\
	F_MINOR(struct device, listed_minor, COLUMN, "asking price while it is listed"),		\
	F_ID(struct device, sale, COLUMN, "its last sale"),						\
	F_INT(struct device, returns, COLUMN, 0, 1000000, NULL, "times that a buyer returned it"),	\
	F_ENUM(struct device, hold_reason, COLUMN, hold_reasons, "why it is held"),			\
	F_INT(struct device, lost_from, HIDDEN, 0, 63, NULL, "the state in which it was lost"),		\
	F_ID(struct device, to_site, COLUMN, "the site to which it is on its way"),			\
	F_US(struct device, moved_us, COLUMN, "at this place, or on this way, since")

/* view.c */
extern const struct field device_fields[], medium_fields[]; /* of the tables */
extern const struct view device_views[];
/* check.c */
enum err device_audit_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city);

#endif
