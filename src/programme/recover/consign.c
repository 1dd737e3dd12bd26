/* consign.c: lots are shipped to a recycler. */
#include "programme/recover/internal.h"

static const struct field lot_list_fields[] = {
	F_ID(struct recover_lot, lot, MUST | OUT, "a lot on hand"),
	F_MG(struct recover_lot, mass_mg, DERIVED, "its mass"),
	F_END};
const struct field recover_consign_fields[] = {
	F_ID(struct recover_consign, recycler, MUST, "party that receives it"),
	F_ID(struct recover_consign, carrier, GIVEN,
	     "party that carries it; absent: the recycler itself"),
	F_TEXT(struct recover_consign, document, MUST, 1, 40, "number of the transport document"),
	F_LIST(struct recover_consign, lots, MUST | OUT, RECOVER_LOTS_MAX, lot_list_fields,
	       struct recover_lot, "lots, all at one site"),
	F_ID(struct recover_consign, consignment, DERIVED, "the consignment"),
	F_ID(struct recover_consign, site, DERIVED, "site that it leaves from"),
	F_MG(struct recover_consign, mass_mg, DERIVED, "mass shipped"),
	F_END};

static enum err ship(struct cx *cx, struct tx *tx, struct recover_consign *rec, size_t i)
{
	struct recover_lot *line = (struct recover_lot *)rec->lots.item + i;
	const struct recover_lot *all = rec->lots.item;
	const struct lot *l = lot_get(cx, tx, line->lot);
	const struct site *site = l ? site_get(cx, tx, l->site) : NULL;

	if (!site || tx_check_org(cx, tx, site->party))
		return cx->err;
	for (size_t k = 0; k < i; k++)
		if (all[k].lot == line->lot)
			return cx_fail(cx, ERR_INVALID, "lots[%zu]: lot %lld stands there twice", i,
				       (long long)line->lot);
	if (tx_check_move(cx, tx, &lot_machine, "lot", l->lot, l->state, LOT_SHIPPED))
		return cx->err;
	if (i == 0)
		rec->site = l->site;
	if (l->site != rec->site)
		return cx_fail(cx, ERR_CONFLICT,
			       "lots[%zu]: lot %lld is at site %lld, the others at site %lld", i,
			       (long long)l->lot, (long long)l->site, (long long)rec->site);
	line->mass_mg = l->mass_mg;
	rec->mass_mg += l->mass_mg;
	return tx_move_amount(cx, tx, ACCOUNT(MG_FRACTION, l->lot),
			      ACCOUNT(MG_CONSIGNMENT, rec->consignment), "mg", l->mass_mg);
}

enum err recover_consign_decide(struct cx *cx, struct tx *tx, void *p)
{
	struct recover_consign *rec = p;

	if (party_check_role(cx, tx, rec->recycler, PARTY_RECYCLER) ||
	    stock_check_code(cx, "document", rec->document) ||
	    (rec->carrier != FIELD_NONE && party_check_role(cx, tx, rec->carrier, PARTY_CARRIER)))
		return cx->err;
	rec->consignment = tx_new_id(tx);
	rec->mass_mg = 0;
	for (size_t i = 0; i < rec->lots.count; i++)
		if (ship(cx, tx, rec, i))
			return cx->err;
	if (!site_get(cx, tx, rec->site))
		return cx->err;
	tx_site(tx, rec->site);
	return ERR_OK;
}

enum err recover_consign_apply(struct cx *cx, struct tx *tx, const struct entry *e, const void *p)
{
	const struct recover_consign *rec = p;
	const struct recover_lot *line = rec->lots.item;
	struct consignment c;

	for (size_t i = 0; i < rec->lots.count; i++) {
		const struct lot *old = lot_get(cx, tx, line[i].lot);
		struct lot l;
		if (!old)
			return cx->err;
		l = *old;
		l.state = LOT_SHIPPED;
		l.consignment = rec->consignment;
		if (lot_set(cx, tx, &l) ||
		    tx_put(cx, tx, &consignment_lot_table,
			   &(struct consignment_lot){.city = e->city, .consignment = rec->consignment,
						     .lot = line[i].lot, .shipped_mg = line[i].mass_mg,
						     .received_mg = FIELD_NONE}))
			return cx->err;
	}
	field_init(consignment_fields, &c);
	c.city = e->city;
	c.consignment = rec->consignment;
	c.state = CONSIGNMENT_SHIPPED;
	c.site = rec->site;
	c.recycler = rec->recycler;
	c.carrier = rec->carrier;
	c.document = rec->document;
	c.lots = (int64_t)rec->lots.count;
	c.mass_mg = rec->mass_mg;
	c.shipped_us = e->recorded_us;
	c.receipts = 0;
	if (tx_touch(cx, tx, ACCOUNT(SUBJECT_PARTY, rec->recycler)))
		return cx->err;
	return consignment_set(cx, tx, &c);
}
