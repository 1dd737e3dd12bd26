/* The model: which rule is whose, keys and time, and what every rule asks. */
#include "model_parts.h"

#include <string.h>

enum { KEY_DAYS = 7, AHEAD_S = 300, BACK_DAYS = 400 };

const char *const item_is_names[] = {"booked",	  "in_custody", "inspected", "offered",
				     "agreed",	  "paying",	"paid",	     "payout_failed",
				     "returning", "returned",	"cancelled", "lapsed",
				     "lost",	  "netted",	"seized",    "kept",	   NULL};
const char *const device_is_names[] = {"in_custody",   "owned",	     "erasing",	  "erased",
				       "erase_failed", "stock",	     "listed",	  "sold",
				       "delivered",    "to_recover", "recovered",  "returning", "returned",
				       "held",	       "seized",     "lost",	  NULL};
const char *const medium_is_names[] = {"present", "failed", "erased", "destroyed",
					"removed", NULL};
const char *const sale_is_names[] = {"reserved", "delivered", "cancelled", "returned", NULL};
const char *const payout_is_names[] = {"created", "exported", "settled", "cancelled", NULL};
const char *const batch_is_names[] = {"open", "closed", NULL};
const char *const lot_is_names[] = {"open", "shipped", "receipted", NULL};
const char *const consignment_is_names[] = {"shipped", "receipted", NULL};
const char *const bent_names[] = {"straight",	 "no_lapse",	 "no_gate",	  "no_funds",
				  "no_window",	 "keys_forever", "no_commission", "owner_left_out",
				  "twice_given", "no_rounds",
				  "no_decision", "dearest_way", "only_before", "free_repair",
				  "unseen_medium", "bonus_again", "bonus_by_link", "nobody_else",
				  "no_shrinkage", "sold_is_lost", "whole_price", "first_rate", "tax_kept",
				  "any_paper", "seen_by_all", "more_out", "smoothed", "mixed_lot",
				  "data_leaves", "paid_twice", "reversed_again", "any_reversal",
				  "yes_unasked", "not_suspect"};

/* --- finding --- */

#define FIND(name, array, count)                                                                   \
	struct m_##name *model_##name(const struct town *m, int64_t id)                            \
	{                                                                                          \
		for (int i = m->count - 1; i >= 0; i--)                                            \
			if (m->array[i].id == id)                                                  \
				return (struct m_##name *)&m->array[i];                            \
		return NULL;                                                                       \
	}
FIND(order, order, orders)
FIND(item, item, items)
FIND(device, device, devices)
FIND(sale, sale, sales)
FIND(payout, payout, payouts)
FIND(party, party, parties)
FIND(evidence, evidence, papers)
FIND(batch, batch, batches)
FIND(lot, lot, lots)
FIND(consignment, consignment, consignments)

const struct m_site *site_of(const struct town *m, int64_t id)
{
	for (int i = 0; i < m->sites; i++)
		if (m->site[i].id == id)
			return &m->site[i];
	return NULL;
}

/* --- who --- */

/* The programme itself, or this organisation. */
bool for_party(const struct ask *a, int64_t party)
{
	return a->asker == STAFF || a->party == party;
}

bool at_own_site(const struct town *m, const struct ask *a, int64_t site)
{
	const struct m_site *s = site_of(m, site);

	return s && for_party(a, s->party);
}

/* A device is the business of whoever runs the site where it is, or where it is going. */
bool own_device(const struct town *m, const struct ask *a, const struct m_device *d)
{
	if (a->asker == STAFF)
		return true;
	if (d->to_site != NONE)
		return at_own_site(m, a, d->to_site);
	return at_own_site(m, a, model_site(m, d));
}

int64_t model_site(const struct town *m, const struct m_device *d)
{
	return d->place == AT_SITE ? d->at : d->place == IN_PIECES ? model_batch(m, d->at)->site : NONE;
}

bool own_order(const struct ask *a, const struct m_order *o)
{
	return a->asker == STAFF || (a->asker == LINK && a->order == o->id) ||
	       ((a->asker == CLERK || a->asker == DISMANTLER) && a->party == o->merchant);
}

/* What only the owner may say; the administrator may in the owner's place, and a clerk with a paper. */
bool as_owner(const struct town *m, const struct ask *a, const struct m_item *i)
{
	const struct m_order *o = model_order(m, i->order);

	if (!own_order(a, o) || (a->evidence && !is_about(m, a->evidence, i)))
		return false;
	return a->asker != CLERK || a->evidence || !UNBENT(m, OWNER_LEFT_OUT);
}

/* --- devices --- */

/* In one of these states and not on its way to another site. */
bool ready(const struct m_device *d, unsigned states)
{
	return d && IS(d, states) && d->to_site == NONE;
}

bool is_clear(const struct m_medium *x)
{
	return x->state == M_ERASED || x->state == M_DESTROYED || x->state == M_REMOVED;
}

bool all_clear(const struct m_device *d)
{
	for (int64_t i = 0; i < d->media; i++)
		if (!is_clear(&d->medium[i]))
			return false;
	return d->media > 0 || !d->storage;
}

/* The gate before anything leaves. */
bool may_leave(const struct town *m, const struct m_device *d, int64_t now)
{
	return (all_clear(d) || !UNBENT(m, NO_GATE)) &&
	       (d->hold_until_us == NONE || d->hold_until_us <= now);
}

void reopen(struct m_device *d)
{
	for (int64_t i = 0; i < d->media; i++)
		if (d->medium[i].state == M_ERASED)
			d->medium[i].state = M_PRESENT;
	d->received = false;
	d->way = NONE; /* what was decided, was decided of another condition */
}

void to_place(struct m_device *d, int64_t place, int64_t at)
{
	d->place = place;
	d->at = at;
	d->to_site = NONE;
}

/* --- the table --- */

#define OF_STAFF BIT(STAFF)
#define OF_SHOP (BIT(STAFF) | BIT(CLERK))
#define OF_BENCH (BIT(STAFF) | BIT(DISMANTLER))
#define OF_WORKS (BIT(STAFF) | BIT(CLERK) | BIT(DISMANTLER))
#define OF_ALL (BIT(STAFF) | BIT(CLERK) | BIT(LINK))
#define OF_TRADE (BIT(STAFF) | BIT(CLERK) | BIT(BUYER))

static const struct {
	unsigned who;
	bool (*may)(const struct town *, const struct ask *, int64_t now);
	void (*apply)(struct town *, const struct ask *, const struct told *, int64_t now);
	enum verdict (*judge)(const struct town *, const struct ask *, int64_t now); /* in place of may */
} verbs[VERBS] = {
	[BOOK] = {OF_ALL, may_book, do_book},
	[GIVE] = {OF_ALL, may_give, do_give},
	[TAKE_IN] = {OF_SHOP, may_take, do_take},
	[CANCEL] = {OF_ALL, may_cancel, do_cancel},
	[LAPSE] = {OF_STAFF, may_lapse, do_lapse},
	[INSPECT] = {OF_SHOP, may_inspect, do_inspect},
	[ACCEPT] = {OF_ALL, may_accept, do_accept},
	[DECLINE] = {OF_ALL, may_decline, do_decline},
	[RETURN_GIVEN] = {OF_SHOP, may_return, do_return},
	[RETURN_TAKEN] = {OF_ALL, may_return, do_return},
	[RETURN_FAILED] = {OF_SHOP, may_return, do_return},
	[COMPENSATE] = {OF_SHOP, may_compensate, do_compensate},
	[SEIZED] = {OF_SHOP, may_seized, do_seized},
	[HOLD] = {OF_WORKS, may_hold, do_hold},
	[RELEASE] = {OF_WORKS, may_release, do_release},
	[SEIZE] = {OF_SHOP, may_go, do_go},
	[LOSE] = {OF_WORKS, may_go, do_go},
	[FIND] = {OF_WORKS, may_find, do_find},
	[SHIP] = {OF_WORKS, may_ship, do_ship},
	[ARRIVE] = {OF_WORKS, may_arrive, do_arrive},
	[WEIGH] = {OF_WORKS, may_weigh, do_weigh},
	[MEDIUM] = {OF_BENCH, may_medium, do_medium},
	[ERASE] = {OF_STAFF, may_erase, do_erase},
	[ATTEMPT] = {OF_STAFF, may_attempt, do_attempt},
	[DESTROY] = {OF_BENCH, may_destroy, do_destroy},
	[RECEIVE] = {OF_SHOP, may_receive, do_receive},
	[LIST] = {OF_SHOP, may_list, do_list},
	[UNLIST] = {OF_SHOP, may_unlist, do_unlist},
	[SELL] = {OF_TRADE, may_sell, do_sell},
	[CANCEL_SALE] = {OF_TRADE, may_cancel_sale, do_cancel_sale},
	[DELIVER] = {OF_SHOP, may_deliver, do_deliver},
	[RETURN] = {OF_SHOP, may_bring_back, do_bring_back},
	[DEPOSIT] = {OF_SHOP, may_pay_in, do_pay_in},
	[REFUND] = {OF_SHOP, may_pay_in, do_pay_in},
	[SEND] = {OF_WORKS, may_send, do_send},
	[PAYOUT] = {OF_STAFF, may_payout, do_payout},
	[EXPORTED] = {OF_STAFF, may_exported, do_exported},
	[DROP] = {OF_STAFF, may_drop, do_drop},
	[RESULT] = {OF_STAFF, may_result, do_result},
	[DISPOSE] = {OF_SHOP, may_dispose, do_dispose},
	[REPAIR] = {OF_SHOP, may_repair, do_repair},
	[IDENTIFY] = {OF_WORKS, may_identify, do_identify},
	[MERGE] = {OF_BENCH, may_merge, do_merge},
	[UNMERGE] = {OF_BENCH, may_merge, do_merge},
	[STOCKTAKE] = {OF_SHOP, may_stocktake, do_stocktake},
	[RATE] = {OF_STAFF, may_rate, do_rate},
	[TAX_PAY] = {OF_STAFF, may_tax_pay, do_tax_pay},
	[EVIDENCE] = {OF_ALL | BIT(DISMANTLER), may_evidence, do_evidence},
	[BATCH] = {OF_BENCH, NULL, do_batch, judge_batch},
	[WEIGH_IN] = {OF_BENCH, NULL, do_weigh_in, judge_weigh_in},
	[COMPONENT] = {OF_BENCH, NULL, do_component, judge_component},
	[WEIGH_OUT] = {OF_BENCH, NULL, do_weigh_out, judge_weigh_out},
	[GAIN] = {OF_BENCH, NULL, do_gain, judge_gain},
	[CLOSE] = {OF_BENCH, NULL, do_close, judge_close},
	[CONSIGN] = {OF_WORKS, NULL, do_consign, judge_consign},
	[RECEIPT] = {OF_SHOP, NULL, do_receipt, judge_receipt},
	[CORRECT] = {OF_SHOP, NULL, do_receipt, judge_receipt},
	[RECEIVED] = {OF_STAFF, NULL, do_received, judge_received},
	[EXCHANGE] = {OF_STAFF, NULL, do_exchange, judge_exchange},
	[ADJUST] = {OF_STAFF, NULL, do_adjust, judge_adjust},
	[PROPOSE] = {OF_SHOP, NULL, do_propose, judge_propose},
	[ACCOUNT_OF] = {OF_ALL, NULL, do_account, judge_account},
};

/* --- keys and time --- */

/* The newest use of a key by this caller for this verb, or NULL. */
static const struct m_known *known_key(const struct town *m, const struct ask *a, int64_t key)
{
	for (int i = m->keys - 1; i >= 0; i--) {
		const struct m_known *k = &m->known[i];
		if (k->key == key && k->ask.verb == a->verb && k->ask.asker == a->asker &&
		    k->ask.party == a->party && k->ask.order == a->order)
			return k;
	}
	return NULL;
}

static int64_t recorded_at(const struct town *m, int64_t clock_us)
{
	return clock_us > m->last_us ? clock_us : m->last_us;
}

static enum verdict seen_by(bool there, bool own)
{
	return !there ? NOT_THERE : own ? REFUSED : NOT_YOURS;
}

/* Of these it is asked first whether what they are about is there, and whose it is. */
static enum verdict why_not(const struct town *m, const struct ask *a)
{
	const struct m_item *i = model_item(m, a->id);
	const struct m_device *d = model_device(m, a->id);

	switch ((enum verb)a->verb) {
	case GIVE:
	case TAKE_IN:
	case CANCEL:
	case LAPSE:
	case INSPECT:
	case ACCEPT:
	case DECLINE:
	case RETURN_GIVEN:
	case RETURN_TAKEN:
	case RETURN_FAILED:
	case COMPENSATE:
	case SEIZED:
		return seen_by(i, i && own_order(a, model_order(m, i->order)));
	case HOLD:
	case RELEASE:
	case SEIZE:
	case LOSE:
	case SHIP:
	case WEIGH:
	case MEDIUM:
	case ERASE:
	case ATTEMPT:
	case DESTROY:
	case RECEIVE:
	case LIST:
	case UNLIST:
	case DISPOSE:
	case REPAIR:
	case IDENTIFY:
	case SEND:
		return seen_by(d, d && own_device(m, a, d));
	case FIND:
	case ARRIVE:
	case SELL:
		return seen_by(d, true);
	case CANCEL_SALE:
	case DELIVER:
	case RETURN:
		return seen_by(model_sale(m, a->id), true);
	case EXPORTED:
	case DROP:
	case RESULT:
		return seen_by(model_payout(m, a->id), true);
	default:
		return REFUSED;
	}
}

enum verdict model_judge(const struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			 int64_t *seq)
{
	const struct m_known *k = key ? known_key(m, a, key) : NULL;
	int64_t now = recorded_at(m, clock_us);

	*seq = m->size;
	if (!(verbs[a->verb].who & BIT(a->asker)))
		return NOT_YOURS;
	if (k && (k->recorded_us >= now - KEY_DAYS * DAY || !UNBENT(m, KEYS_FOREVER))) {
		*seq = k->seq;
		return memcmp(&k->ask, a, sizeof(*a)) == 0 ? REPLAYED : OTHER_BODY;
	}
	if (a->claimed_us != NONE && (a->claimed_us > now + AHEAD_S * INT64_C(1000000) ||
				      a->claimed_us < now - BACK_DAYS * DAY))
		return NOT_SO;
	if (verbs[a->verb].judge)
		return verbs[a->verb].judge(m, a, now);
	return verbs[a->verb].may(m, a, now) ? ALLOWED : why_not(m, a);
}

/* The same lines, in the order that they were answered in. */
static const char *check_lines(const struct town *m, const struct ask *a, const struct told *t)
{
	struct m_line line[M_LINES];
	int n = make_lines(m, a, line);

	for (int64_t i = 0; i < t->lines; i++) {
		const struct m_line *l = &t->line[i];
		int k = 0;
		while (k < n && !(line[k].item == l->item && line[k].party == l->party &&
				  line[k].buyer == l->buyer && line[k].amount == l->amount))
			k++;
		if (k == n)
			return "a payment that is not owed, or is of another amount";
		line[k].amount = NONE;
	}
	return t->lines == n ? NULL : "a payout of more, or of less, than is owed";
}

/* What the rules say is theirs; but nobody gets less than was promised, and worse is less. */
static const char *check_told(const struct town *m, const struct ask *a, const struct told *t,
			      int64_t now)
{
	const struct m_item *i = model_item(m, a->id);
	bool had;

	for (int64_t k = 0; a->verb == BOOK && k < a->n; k++)
		if (t->quoted[k] <= 0 || model_item(m, t->item[k]))
			return "a price of nothing, or an item's number that another has";
	if ((a->verb == SELL || a->verb == PAYOUT) &&
	    (model_sale(m, t->id) || model_payout(m, t->id)))
		return "a number that another has";
	if (a->verb == SELL)
		return check_tax(m, a, t, now);
	if (a->verb == PAYOUT)
		return check_lines(m, a, t);
	if (a->verb == DISPOSE)
		return check_values(m, a, t);
	if ((a->verb == GIVE || a->verb == TAKE_IN) && t->id != NONE &&
	    (model_device(m, t->id) || t->id >> 32 != m->city))
		return "a device's number that another has, or one of another city";
	if (a->verb == IDENTIFY || a->verb == TAKE_IN)
		return check_claims(m, a, t);
	if (a->verb == STOCKTAKE)
		return check_count(m, a, t);
	if (a->verb == ADJUST)
		return check_adjusted(m, a, t);
	if (a->verb == PROPOSE)
		return check_proposed(m, a, t);
	if (verbs[a->verb].judge)
		return check_recovery(m, a, t);
	had = i && had_bonus(m, i->device);
	if (a->verb == ACCEPT && i->state == I_KEPT)
		return t->promised == i->quoted && t->agreed == NONE ? NULL : "another price than was told";
	if (a->verb == ACCEPT && (t->agreed != i->offered || t->granted != (had ? 0 : i->bonus)))
		return "what was agreed is not what was offered, or is a bonus more";
	if (a->verb != INSPECT || !IS(i, NOT_AGREED) || a->what == LOCKED || a->what == STOLEN)
		return NULL;
	if (a->what == WORSE)
		return t->offered > 0 && t->offered < i->quoted ?
			       NULL :
			       "worse than was said, but not cheaper";
	if (had && t->granted)
		return "a thing has a bonus once";
	if (t->agreed < i->quoted || (!had && t->granted < i->said_bonus))
		return "the owner gets less than was promised";
	if (a->what == AS_SAID && (t->agreed != i->quoted || (!had && t->granted != i->said_bonus)))
		return "as it was said, but at another price";
	return NULL;
}

const char *model_apply(struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			const struct told *t)
{
	int64_t now = recorded_at(m, clock_us);
	const char *wrong = check_told(m, a, t, now);

	if (wrong)
		return wrong;
	verbs[a->verb].apply(m, a, t, now);
	if (key)
		m->known[m->keys++] = (struct m_known){key, m->size, now, *a};
	m->size++;
	m->last_us = now;
	return NULL;
}

bool model_full(const struct town *m)
{
	enum { AT_ONCE = 64 };

	return m->items > M_ITEMS - ASK_ITEMS * AT_ONCE || m->sales > M_SALES - AT_ONCE ||
	       m->payouts > M_PAYOUTS - AT_ONCE || m->keys > M_KNOWN - AT_ONCE ||
	       m->refs > M_REFS - AT_ONCE || m->claims > M_CLAIMS - ASK_CLAIMS * AT_ONCE ||
	       m->links > M_LINKS - AT_ONCE || m->rates > M_RATES - AT_ONCE ||
	       m->papers > M_EVIDENCE - AT_ONCE || m->batches > M_BATCHES - AT_ONCE ||
	       m->components > M_COMPONENTS - ASK_COMPONENTS * AT_ONCE || m->lots > M_LOTS - AT_ONCE ||
	       m->consignments > M_CONSIGNMENTS - AT_ONCE || m->certificates > M_RECEIPTS - AT_ONCE ||
	       m->moves > M_MOVES - 16 * AT_ONCE;
}
