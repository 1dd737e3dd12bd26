/* recover.h: devices become fractions, fractions go to a recycler, and every gram is accounted for.
 *
 * A batch is opened at a site for a dismantler. Devices are weighed in: the scale's reading wins over the
 * nominal mass, the difference goes to the measurement account. Fractions are weighed out into lots, and
 * never more than was weighed in: what a scale shows beyond that is a recorded gain with its reason. On
 * closing, what is left is a recorded loss with its reason. Nothing is ever inferred from counts or
 * expected yields: only what stood on a scale is in the books.
 *
 * Lots are consigned to a recycler, whose receipt states its own weight of each lot, its certificate and
 * what it pays. Where it differs from what was shipped, the difference is posted and shown, never
 * smoothed; a corrected receipt is a new entry that names the one it reverses.
 *
 * A lot holds one fraction, so hazardous material never gets into another lot.
 */
#ifndef RELODE_PROGRAMME_RECOVER_RECOVER_H
#define RELODE_PROGRAMME_RECOVER_RECOVER_H

#include "programme/city/city.h"
#include "programme/device/device.h"
#include "programme/party/party.h"

enum {
	RECOVER_DEVICES_MAX = 5000,   /* devices of one batch */
	RECOVER_COMPONENTS_MAX = 100, /* components recorded by one action */
	RECOVER_TREE_MAX = 1000,      /* components of one device */
	RECOVER_LOTS_MAX = 50,        /* lots of one consignment */
	RECOVER_FRACTIONS_MAX = 1000  /* lots that one batch gives to */
};

/* What dismantling gives: data/fractions.csv. */
struct fraction {
	const char *code, *name_en, *name_zh;
	int hazard;             /* kept apart */
	const char *kind;       /* of hazard: "battery", "mercury", …, "none" */
	const char *waste_code; /* European List of Waste, 2000/532/EC; ends with '*': hazardous waste */
};
const struct fraction *fraction_at(size_t i); /* NULL behind the last */
const struct fraction *fraction_find(const char *code);
enum err fraction_get(struct cx *cx, const char *code, const struct fraction **out) MUST_USE;
struct digest fraction_list_digest(void);

enum send_reason { SEND_DISPOSITION, SEND_ERASE_FAILED, SEND_DAMAGED, SEND_INCOMPLETE, SEND_RECALL };
extern const char *const send_reasons[];

enum batch_state { BATCH_OPEN, BATCH_CLOSED };
extern const char *const batch_states[];
extern const struct machine batch_machine;
enum mass_reason {
	MASS_DUST,
	MASS_MOISTURE,
	MASS_EVAPORATED,
	MASS_SCALE,
	MASS_SPILLED,
	MASS_FOUND,
	MASS_MIXED_UP
};
extern const char *const mass_reasons[];
struct batch {
	int64_t city, batch;
	int64_t state, site;
	int64_t dismantler;   /* party */
	const char *scale;    /* id of the scale */
	int64_t devices;      /* weighed in so far */
	int64_t in_mg, out_mg, gain_mg, loss_mg; /* unaccounted = in + gain - out - loss */
	int64_t opened_us, closed_us;
	int64_t loss_reason;
};
extern struct table batch_table;

struct batch_device {
	int64_t city, batch, device;
	int64_t nominal_mg, scale_mg; /* mass by the books before; what the scale said */
	int64_t weighed_us, seq;
};
extern struct table batch_device_table;
/* device -> its batch */
struct device_batch {
	int64_t city, device, batch;
};
extern struct table device_batch_table;

/* What was found in a device, as a tree. */
struct component {
	int64_t city, device, component; /* from 1 within the device */
	int64_t parent;          /* component, 0: the device itself */
	const char *code;        /* "battery", "main_board" */
	const char *material;    /* what it is of, or NULL */
	const char *fraction;    /* where it goes, or NULL */
	const char *hazard;      /* kind of hazard of that fraction */
	int64_t mass_mg;         /* FIELD_NONE: not weighed */
	int64_t batch, seq;
};
extern struct table component_table;

enum lot_state { LOT_OPEN, LOT_SHIPPED, LOT_RECEIPTED };
extern const char *const lot_states[];
extern const struct machine lot_machine;
struct lot {
	int64_t city, lot;
	int64_t state, site;
	const char *fraction, *waste_code;
	int64_t hazard;      /* bool */
	int64_t mass_mg;     /* weighed out into it */
	int64_t consignment; /* FIELD_NONE while on hand */
	int64_t opened_us;
};
extern struct table lot_table;
/* What of a lot came from which batch. */
struct batch_lot {
	int64_t city, batch, lot;
	int64_t mass_mg;
};
extern struct table batch_lot_table;

enum consignment_state { CONSIGNMENT_SHIPPED, CONSIGNMENT_RECEIPTED };
extern const char *const consignment_states[];
extern const struct machine consignment_machine;
struct consignment {
	int64_t city, consignment;
	int64_t state, site;
	int64_t recycler, carrier;   /* parties; carrier FIELD_NONE: the recycler's own */
	const char *document;        /* number of the transport document */
	int64_t lots, mass_mg;       /* shipped */
	int64_t shipped_us;
	int64_t receipts;            /* receipts and corrections so far */
	int64_t receipt_seq;         /* entry of the receipt that holds, or FIELD_NONE */
	int64_t received_mg;         /* by it */
	int64_t value_minor, fee_minor; /* by it: what the recycler pays; what it charges */
	const char *certificate;
};
extern struct table consignment_table;
struct consignment_lot {
	int64_t city, consignment, lot;
	int64_t shipped_mg, received_mg; /* received by the receipt that holds, or FIELD_NONE */
};
extern struct table consignment_lot_table;
enum correct_reason { CORRECT_TYPING, CORRECT_WRONG_LOT, CORRECT_REWEIGHED, CORRECT_PRICE, CORRECT_OTHER };
extern const char *const correct_reasons[];
struct receipt {
	int64_t city, consignment, n;
	int64_t seq, at_us;
	const char *certificate;
	int64_t dated_us;       /* the recycler's date */
	int64_t received_mg, value_minor, fee_minor;
	int64_t reverses_seq;   /* entry that this one corrects, or FIELD_NONE */
	int64_t reason;         /* why */
};
extern struct table receipt_table;
/* A recycler's certificate counts for one consignment. */
struct certificate {
	int64_t city, recycler;
	const char *certificate;
	int64_t consignment;
};
extern struct table certificate_table;

const struct batch *batch_get(struct cx *cx, struct tx *tx, int64_t batch) MUST_USE;
const struct lot *lot_get(struct cx *cx, struct tx *tx, int64_t lot) MUST_USE;
const struct consignment *consignment_get(struct cx *cx, struct tx *tx, int64_t consignment) MUST_USE;

extern const struct feature recover_feature;

#endif
