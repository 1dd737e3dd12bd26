/* receipt.c: what the recycler says it received, and corrections of it.
 *
 * For each lot the received weight goes on to `mg_downstream`; what the receipt does not confirm goes to
 * `mg_receipt_difference`, what it has beyond comes from there. A correction reverses the entry before it
 * whole and posts the new weights: nothing is netted away.
 */
#include "programme/recover/internal.h"

static const struct field weight_fields[] = {
	F_ID(struct recover_weight, lot, MUST | OUT, "a lot of the consignment"),
	F_MG(struct recover_weight, received_mg, MUST | OUT, "the recycler's weight of it"),
	F_MG(struct recover_weight, shipped_mg, DERIVED, "the weight shipped"),
	F_INT(struct recover_weight, difference_mg, DERIVED, -100000000000000, 100000000000000, "mg",
	      "received less shipped"),
	F_END};

#define RECEIPT_FIELDS(reason_flags)                                                               \
	F_ID(struct recover_receipt, consignment, MUST | PATH, "the consignment"),                 \
		F_TEXT(struct recover_receipt, certificate, MUST, 1, 64,                           \
		       "number of the recycler's certificate"),                                    \
		F_US(struct recover_receipt, dated_us, MUST, "the recycler's date"),               \
		F_MINOR(struct recover_receipt, value_minor, GIVEN, "what the recycler pays"),     \
		F_MINOR(struct recover_receipt, fee_minor, GIVEN, "what the recycler charges"),    \
		F_ENUM(struct recover_receipt, reason, reason_flags, correct_reasons,              \
		       "why it is corrected"),                                                     \
		F_LIST(struct recover_receipt, lots, MUST | OUT, RECOVER_LOTS_MAX, weight_fields,  \
		       struct recover_weight, "every lot of the consignment"),                     \
		F_INT(struct recover_receipt, n, DERIVED, 1, 1000000, NULL,                        \
		      "1: the receipt; others: corrections"),                                      \
		F_MG(struct recover_receipt, received_mg, DERIVED, "mass received"),               \
		F_INT(struct recover_receipt, difference_mg, DERIVED, -100000000000000,            \
		      100000000000000, "mg", "received less shipped"),                             \
		SEQ(struct recover_receipt, reverses_seq, DERIVED, "entry that this one corrects")

const struct field recover_receipt_fields[] = {RECEIPT_FIELDS(LOG), F_END};
const struct field recover_correct_fields[] = {RECEIPT_FIELDS(MUST), F_END};

static enum err next_free(struct cx *cx, struct tx *tx, const struct recover_receipt *rec,
			  const struct consignment *c)
{
	struct certificate key = {.recycler = c->recycler, .certificate = rec->certificate};
	const void *row;

	if (stock_check_code(cx, "certificate", rec->certificate) ||
	    tx_find(cx, tx, &certificate_table, &key, &row))
		return cx->err;
	if (row && ((const struct certificate *)row)->consignment != c->consignment)
		return cx_fail(cx, ERR_CONFLICT, "certificate: %s of recycler %lld is for consignment %lld",
			       rec->certificate, (long long)c->recycler,
			       (long long)((const struct certificate *)row)->consignment);
	if (rec->dated_us > tx_now_us(tx))
		return cx_fail(cx, ERR_INVALID, "dated_us: is in the future");
	return ERR_OK;
}

/* Posts one lot's weights; from the books' side first what is more, so that the amounts can be read. */
static enum err post_lot(struct cx *cx, struct tx *tx, int64_t consignment, int64_t shipped_mg,
			 int64_t received_mg)
{
	const int64_t way = ACCOUNT(MG_CONSIGNMENT, consignment), there = ACCOUNT(MG_DOWNSTREAM, consignment);
	const int64_t open = ACCOUNT(MG_RECEIPT_DIFFERENCE, consignment);

	if (received_mg > shipped_mg) {
		if (tx_move_amount(cx, tx, open, way, "mg", received_mg - shipped_mg))
			return cx->err;
	} else if (tx_move_amount(cx, tx, way, open, "mg", shipped_mg - received_mg)) {
		return cx->err;
	}
	return tx_move_amount(cx, tx, way, there, "mg", received_mg);
}

static enum err unpost_lot(struct cx *cx, struct tx *tx, int64_t consignment, int64_t shipped_mg,
			   int64_t received_mg)
{
	const int64_t way = ACCOUNT(MG_CONSIGNMENT, consignment), there = ACCOUNT(MG_DOWNSTREAM, consignment);
	const int64_t open = ACCOUNT(MG_RECEIPT_DIFFERENCE, consignment);

	if (tx_move_amount(cx, tx, there, way, "mg", received_mg))
		return cx->err;
	if (received_mg > shipped_mg)
		return tx_move_amount(cx, tx, way, open, "mg", received_mg - shipped_mg);
	return tx_move_amount(cx, tx, open, way, "mg", shipped_mg - received_mg);
}

/* value: from what the recycler owes to the consignment's revenue; fee: the other way. */
static enum err post_money(struct cx *cx, struct tx *tx, const struct consignment *c, int64_t value,
			   int64_t fee, bool reverse)
{
	const struct city *city = city_get(cx, tx);
	const int64_t debt = ACCOUNT(MONEY_RECYCLER, c->recycler), own = ACCOUNT(MONEY_BATCH, c->consignment);

	if (!city || tx_move_amount(cx, tx, reverse ? own : debt, reverse ? debt : own,
				    city->currency, value))
		return cx->err;
	return tx_move_amount(cx, tx, reverse ? debt : own, reverse ? own : debt, city->currency, fee);
}

/* Each lot of the consignment is in the receipt once, and no other. */
static enum err match_lots(struct cx *cx, struct tx *tx, struct recover_receipt *rec,
			   const struct consignment *c)
{
	struct recover_weight *w = rec->lots.item;

	for (size_t i = 0; i < rec->lots.count; i++) {
		const struct consignment_lot key = {.consignment = c->consignment, .lot = w[i].lot};
		const struct consignment_lot *line;
		const void *row;

		for (size_t k = 0; k < i; k++)
			if (w[k].lot == w[i].lot)
				return cx_fail(cx, ERR_INVALID, "lots[%zu]: lot %lld stands there twice", i,
					       (long long)w[i].lot);
		if (tx_find(cx, tx, &consignment_lot_table, &key, &row))
			return cx->err;
		line = row;
		if (!line)
			return cx_fail(
				cx, ERR_CONFLICT,
				"lots[%zu]: lot %lld is not in consignment %lld: is this the receipt "
				"of another one?",
				i, (long long)w[i].lot, (long long)c->consignment);
		w[i].shipped_mg = line->shipped_mg;
		w[i].difference_mg = w[i].received_mg - line->shipped_mg;
		rec->received_mg += w[i].received_mg;
		if (c->state == CONSIGNMENT_RECEIPTED &&
		    unpost_lot(cx, tx, c->consignment, line->shipped_mg, line->received_mg))
			return cx->err;
		if (post_lot(cx, tx, c->consignment, line->shipped_mg, w[i].received_mg))
			return cx->err;
	}
	if ((int64_t)rec->lots.count != c->lots)
		return cx_fail(cx, ERR_INVALID, "lots: the consignment has %lld lots, the receipt names %zu",
			       (long long)c->lots, rec->lots.count);
	return ERR_OK;
}

static enum err decide(struct cx *cx, struct tx *tx, struct recover_receipt *rec)
{
	const struct consignment *c = consignment_get(cx, tx, rec->consignment);

	if (!c || tx_check_org(cx, tx, 0) ||
	    tx_check_move(cx, tx, &consignment_machine, "consignment", c->consignment, c->state,
			  CONSIGNMENT_RECEIPTED) ||
	    next_free(cx, tx, rec, c))
		return cx->err;
	tx_site(tx, c->site);
	rec->n = c->receipts + 1;
	rec->received_mg = 0;
	rec->reverses_seq = c->receipt_seq;
	if (match_lots(cx, tx, rec, c))
		return cx->err;
	rec->difference_mg = rec->received_mg - c->mass_mg;
	if (c->state == CONSIGNMENT_RECEIPTED && post_money(cx, tx, c, c->value_minor, c->fee_minor, true))
		return cx->err;
	return post_money(cx, tx, c, field_or(rec->value_minor, 0), field_or(rec->fee_minor, 0), false);
}

static enum err apply_lot(struct cx *cx, struct tx *tx, const struct entry *e, int64_t consignment,
			  const struct recover_weight *w)
{
	const struct lot *old = lot_get(cx, tx, w->lot);
	struct lot l;

	if (!old)
		return cx->err;
	l = *old;
	l.state = LOT_RECEIPTED;
	if (l.state != old->state && lot_set(cx, tx, &l))
		return cx->err;
	return tx_put(cx, tx, &consignment_lot_table,
		      &(struct consignment_lot){.city = e->city, .consignment = consignment, .lot = w->lot,
						.shipped_mg = w->shipped_mg, .received_mg = w->received_mg});
}

static enum err apply(struct cx *cx, struct tx *tx, const struct entry *e, const struct recover_receipt *rec)
{
	const struct consignment *old = consignment_get(cx, tx, rec->consignment);
	const struct recover_weight *w = rec->lots.item;
	struct consignment c;

	if (!old)
		return cx->err;
	for (size_t i = 0; i < rec->lots.count; i++)
		if (apply_lot(cx, tx, e, rec->consignment, &w[i]))
			return cx->err;
	c = *old;
	c.state = CONSIGNMENT_RECEIPTED;
	c.receipts = rec->n;
	c.receipt_seq = e->seq;
	c.received_mg = rec->received_mg;
	c.value_minor = field_or(rec->value_minor, 0);
	c.fee_minor = field_or(rec->fee_minor, 0);
	c.certificate = rec->certificate;
	if (tx_put(cx, tx, &certificate_table,
		   &(struct certificate){.city = e->city,
					 .recycler = c.recycler,
					 .certificate = rec->certificate,
					 .consignment = c.consignment}) ||
	    tx_put(cx, tx, &receipt_table,
		   &(struct receipt){.city = e->city,
				     .consignment = c.consignment,
				     .n = rec->n,
				     .seq = e->seq,
				     .at_us = e->recorded_us,
				     .certificate = rec->certificate,
				     .dated_us = rec->dated_us,
				     .received_mg = rec->received_mg,
				     .value_minor = c.value_minor,
				     .fee_minor = c.fee_minor,
				     .reverses_seq = rec->reverses_seq,
				     .reason = rec->reason}) ||
	    tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, c.recycler)))
		return cx->err;
	return consignment_set(cx, tx, &c);
}

enum err recover_receipt_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide(cx, tx, rec);
}

enum err recover_receipt_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	return apply(cx, tx, e, rec);
}

enum err recover_correct_decide(struct cx *cx, struct tx *tx, void *rec)
{
	return decide(cx, tx, rec);
}

enum err recover_correct_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *rec)
{
	return apply(cx, tx, e, rec);
}
