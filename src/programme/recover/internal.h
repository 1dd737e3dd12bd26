/* internal.h: what the files of recover share: the records of its actions, and a few checks.
 */
#ifndef RELODE_PROGRAMME_RECOVER_INTERNAL_H
#define RELODE_PROGRAMME_RECOVER_INTERNAL_H

#include "kernel/audit.h"
#include "kernel/reader.h"
#include "programme/recover/recover.h"
#include "programme/stock/stock.h"

#define NEEDED (COLUMN | REQ) /* a column that is always there */
#define SEQ(T, m, fl, doc) F_INT(T, m, fl, 0, JSON_INT_MAX, NULL, doc)
#define WEIGHED(T, m, fl, doc) F_INT(T, m, fl, 1, 100000000000000, "mg", doc)

/* batch.c */
struct recover_send {
	int64_t device, reason;
};
struct recover_open {
	int64_t site, dismantler;
	const char *scale;
	int64_t batch;
};
struct recover_weigh_in {
	int64_t batch, device, scale_mg;
	int64_t nominal_mg, in_mg;
};
struct recover_weigh_out {
	int64_t batch;
	const char *fraction;
	int64_t mass_mg, lot;
	int64_t opened, hazard;
	const char *waste_code;
	int64_t left_mg;
	struct bytes list;
};
struct recover_gain {
	int64_t batch, mass_mg, reason;
	int64_t left_mg;
};
struct recover_close {
	int64_t batch, reason;
	int64_t loss_mg;
};
/* component.c */
struct recover_part {
	const char *code;
	int64_t parent;
	const char *material, *fraction;
	int64_t mass_mg;
	int64_t component;
	const char *hazard;
};
struct recover_components {
	int64_t batch, device;
	struct list components; /* struct recover_part */
	struct bytes list;
};
/* consign.c */
struct recover_lot {
	int64_t lot;
	int64_t mass_mg;
};
struct recover_consign {
	int64_t recycler, carrier;
	const char *document;
	struct list lots; /* struct recover_lot */
	int64_t consignment, site, mass_mg;
};
/* receipt.c */
struct recover_weight {
	int64_t lot, received_mg;
	int64_t shipped_mg, difference_mg;
};
struct recover_receipt {
	int64_t consignment;
	const char *certificate;
	int64_t dated_us, value_minor, fee_minor, reason;
	struct list lots; /* struct recover_weight */
	int64_t n, received_mg, difference_mg, reverses_seq;
};

#define RECOVER_ACTION(f)                                                                          \
	extern const struct field f##_fields[];                                                     \
	enum err f##_decide(struct cx *cx, struct tx *tx, void *rec);                               \
	enum err f##_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
RECOVER_ACTION(recover_send);
RECOVER_ACTION(recover_open);
RECOVER_ACTION(recover_weigh_in);
RECOVER_ACTION(recover_weigh_out);
RECOVER_ACTION(recover_gain);
RECOVER_ACTION(recover_close);
RECOVER_ACTION(recover_components);
RECOVER_ACTION(recover_consign);
RECOVER_ACTION(recover_receipt);
RECOVER_ACTION(recover_correct);
#undef RECOVER_ACTION

extern const struct field batch_fields[], batch_device_fields[], component_fields[], lot_fields[],
	batch_lot_fields[], consignment_fields[], consignment_lot_fields[], receipt_fields[];
extern const struct view recover_views[]; /* view.c */
/* metals.c */
struct metals_params {
	int64_t from_us, until_us;
};
struct dismantled_params {
	int64_t limit;
	const char *after, *category;
	int64_t from_us, until_us;
};
extern const struct field recover_metals_params[], recover_metals_shown[], recover_dismantled_params[],
	recover_dismantled_shown[];
enum err recover_metals_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);
enum err recover_dismantled_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w);

/* apply(): write a row, check the move of its machine, note it in its history. */
enum err batch_set(struct cx *cx, struct tx *tx, const struct batch *changed) MUST_USE;
enum err lot_set(struct cx *cx, struct tx *tx, const struct lot *changed) MUST_USE;
enum err consignment_set(struct cx *cx, struct tx *tx, const struct consignment *changed) MUST_USE;
/* decide(): the batch is open, and the caller is its dismantler or the programme; notes the site. */
const struct batch *batch_open_get(struct cx *cx, struct tx *tx, int64_t batch) MUST_USE;
/* The list of fractions that a decision used, for its entry. */
enum err fraction_list_note(struct cx *cx, struct bytes *out) MUST_USE;
/* What stands in no fraction yet. */
static inline int64_t batch_left_mg(const struct batch *b)
{
	return b->in_mg + b->gain_mg - b->out_mg - b->loss_mg;
}

/* check.c: invariant 3. */
enum flow {
	FLOW_RECEIVED, FLOW_MEASURED, FLOW_PARTS_IN, FLOW_PARTS_OUT, FLOW_SOLD, FLOW_RETURNED, FLOW_LOST,
	FLOW_WEIGHED_IN, FLOW_GAIN, FLOW_WEIGHED_OUT, FLOW_BATCH_LOSS, FLOW_SHIPPED, FLOW_RECEIPTED,
	FLOW_DIFFERENCE, FLOWS
};
/* The flow that a transfer between accounts of these kinds belongs to; *sign is -1 when it goes back.
 * False: mass cannot go that way. */
bool mass_flow(int from, int to, enum flow *flow, int *sign);
enum err recover_check_city(struct cx *cx, struct audit *a, struct tx *tx, int64_t city);
enum err recover_check_entry(struct cx *cx, struct audit *a, struct tx *tx, const struct entry *e,
			     const void *rec);

#endif
