/* Recovery: what the actors ask, how it is written, and what the books hold of it. */
#include "actors.h"
#include "programme/recover/recover.h"

static const char *const fractions[FRACTIONS] = {[BATTERY] = "battery",
						 [BOARD] = "circuit_board",
						 [IRON] = "ferrous",
						 [PLASTIC] = "plastics",
						 [NO_FRACTION] = "gold"};
static const char *const reasons[MASS_WHYS] = {
	[DUST] = "dust", [MOISTURE] = "moisture", [SCALE] = "scale", [FOUND_MORE] = "found"};

/* --- what is asked --- */

/* Something near it. */
static int64_t about_as_much(struct sim *s, int64_t mass)
{
	int64_t n = mass + below(s, 2001) - 1000;

	return n > 0 ? n : 1;
}

/* One that waits to be taken apart, or any. */
static const struct m_device *to_take_apart(struct sim *s)
{
	const struct m_device *d = s->h->m.devices ? &s->h->m.device[newest(s, s->h->m.devices)] : NULL;

	for (int i = s->h->m.devices - 1; i >= 0 && !one_in(s, 60); i--)
		if (s->h->m.device[i].state == D_TO_RECOVER && s->h->m.device[i].place == AT_SITE) {
			d = &s->h->m.device[i];
			if (one_in(s, 2))
				break;
		}
	return d;
}

/* Into a batch that is open where the device is, or into any. */
static void ask_weigh_in(struct sim *s, struct ask *a)
{
	const struct m_device *d = to_take_apart(s);

	for (int i = s->h->m.batches - 1; d && i >= 0 && !one_in(s, 30); i--)
		if (s->h->m.batch[i].state == B_OPEN && s->h->m.batch[i].site == d->at)
			a->id = s->h->m.batch[i].id;
	a->other = d ? d->id : 1;
	a->amount = about_as_much(s, d ? d->mass : 1);
}

static void ask_component(struct sim *s, struct ask *a, const struct m_batch *b)
{
	const struct m_device *d = s->h->m.devices ? &s->h->m.device[newest(s, s->h->m.devices)] : NULL;
	int64_t known = 0;

	for (int i = s->h->m.devices - 1; b && i >= 0 && !one_in(s, 10); i--)
		if (s->h->m.device[i].place == IN_PIECES && s->h->m.device[i].at == b->id)
			d = &s->h->m.device[i];
	a->other = d ? d->id : 1;
	for (int i = 0; i < s->h->m.components; i++)
		known += s->h->m.component[i].device == a->other;
	a->n = 1 + below(s, ASK_COMPONENTS);
	for (int64_t k = 0; k < a->n; k++)
		a->found[k] = (struct m_found){
			.parent = one_in(s, 2) ? 0 : below(s, known + k + 1 + one_in(s, 10)),
			.mass = one_in(s, 4) ? 0 : 1 + below(s, d ? d->mass / 3 + 1 : 1),
			.fraction = one_in(s, 3) ? 0 : 1 + below(s, NO_FRACTION + one_in(s, 15))};
}

static void ask_weigh_out(struct sim *s, struct ask *a, const struct m_batch *b)
{
	int64_t left = b ? model_left(b) : 0;

	a->what = below(s, NO_FRACTION + one_in(s, 10));
	a->amount = one_in(s, 6) ? left + below(s, 2) : 1 + below(s, left > 0 ? left : 1);
	a->amount += a->amount == 0;
	if (s->h->m.lots && one_in(s, 2)) {
		const struct m_lot *l = &s->h->m.lot[newest(s, s->h->m.lots)];
		for (int i = s->h->m.lots - 1; b && i >= 0 && !one_in(s, 10); i--)
			if (s->h->m.lot[i].state == T_OPEN && s->h->m.lot[i].site == b->site)
				l = &s->h->m.lot[i];
		a->other = l->id;
		if (!one_in(s, 6))
			a->what = one_in(s, 6) ? l->fraction ^ 1 :
						 l->fraction; /* as hazardous as it */
	}
}

static void ask_batch(struct sim *s, struct ask *a)
{
	const struct m_batch *b = s->h->m.batches ? &s->h->m.batch[newest(s, s->h->m.batches)] : NULL;

	for (int i = s->h->m.batches - 1; i >= 0 && !one_in(s, 20); i--)
		if (s->h->m.batch[i].state == B_OPEN && s->h->m.batch[i].devices) {
			b = &s->h->m.batch[i];
			if (one_in(s, 3))
				break;
		}
	a->id = b ? b->id : 1;
	if (a->verb == WEIGH_IN) {
		ask_weigh_in(s, a);
	} else if (a->verb == COMPONENT) {
		ask_component(s, a, b);
	} else if (a->verb == WEIGH_OUT) {
		ask_weigh_out(s, a, b);
	} else if (a->verb == GAIN) {
		a->amount = 1 + below(s, 5000);
		a->what = below(s, MASS_WHYS);
	} else if (a->verb == CLOSE) {
		a->what = ((b && model_left(b) > 0) != one_in(s, 10)) ? 1 + below(s, MASS_WHYS) : 0;
	}
}

static void ask_open(struct sim *s, struct ask *a)
{
	const struct m_device *d = to_take_apart(s);

	a->site = one_in(s, 30)				    ? 1 :
		  d && d->place == AT_SITE && !one_in(s, 4) ? d->at :
							      s->h->m.site[below(s, s->h->m.sites)].id;
	a->other = one_in(s, 10) ? s->h->shop : one_in(s, 2) ? s->h->recycler : s->h->m.programme;
}

static void ask_consign(struct sim *s, struct ask *a)
{
	const struct m_lot *first = s->h->m.lots ? &s->h->m.lot[newest(s, s->h->m.lots)] : NULL;

	a->other = one_in(s, 20) ? s->h->shop : s->h->recycler;
	a->amount = one_in(s, 3) ? one_in(s, 10) ? s->h->shop : s->h->carrier : 0;
	a->weight[a->n++].lot = first ? first->id : 1;
	for (int i = 0; i < s->h->m.lots && a->n < ASK_LOTS; i++) {
		const struct m_lot *l = &s->h->m.lot[i];
		bool fits = l->site == first->site && l->state == T_OPEN && l != first;
		if (fits ? one_in(s, 3) : l->state == T_OPEN ? one_in(s, 8) : one_in(s, 200))
			a->weight[a->n++].lot = l->id;
	}
	if (a->n > 1 && one_in(s, 15))
		a->weight[a->n - 1].lot = a->weight[0].lot;
}

static void ask_receipt(struct sim *s, struct ask *a)
{
	const struct m_consignment *c = NULL;

	a->certificate = 1 + below(s, 1 + s->h->m.consignments + s->h->m.certificates);
	a->amount = one_in(s, 4) ? NONE : below(s, 100000);
	a->fee = one_in(s, 2) ? NONE : below(s, 10000);
	a->until_us = s->t.k.now_us + (below(s, 20) - 18) * DAY_US / 2;
	if (s->h->m.consignments)
		c = &s->h->m.consignment[newest(s, s->h->m.consignments)];
	a->id = c ? c->id : 1;
	for (int i = 0; c && i < s->h->m.lots && a->n < ASK_LOTS; i++) {
		const struct m_lot *l = &s->h->m.lot[i];
		if (l->consignment == c->id ? !one_in(s, 30) : one_in(s, 300))
			a->weight[a->n++] = (struct m_weight){
				l->id, one_in(s, 2) ? l->mass : about_as_much(s, l->mass)};
	}
	if (a->n == 0)
		a->weight[a->n++] = (struct m_weight){s->h->m.lots ? s->h->m.lot[0].id : 1, 1};
	if (a->n > 1 && one_in(s, 15))
		a->weight[a->n - 1].lot = a->weight[0].lot;
}

void ask_recovery(struct sim *s, struct ask *a)
{
	if (one_in(s, 3)) {
		a->asker = one_in(s, 6) ? CLERK : DISMANTLER;
		a->party = one_in(s, 6) ? s->h->shop : s->h->recycler;
	}
	switch ((enum verb)a->verb) {
	case BATCH:
		ask_open(s, a);
		break;
	case CONSIGN:
		ask_consign(s, a);
		break;
	case RECEIPT:
	case CORRECT:
		ask_receipt(s, a);
		break;
	default:
		ask_batch(s, a);
		break;
	}
}

/* --- as a request --- */

static void body_of_components(const struct ask *a, struct sb *sb)
{
	sb_printf(sb, ",\"device\":%lld,\"components\":[", L(a->other));
	for (int64_t k = 0; k < a->n; k++) {
		sb_printf(sb, "%s{\"code\":\"part\"", k ? "," : "");
		if (a->found[k].parent)
			sb_printf(sb, ",\"parent\":%lld", L(a->found[k].parent));
		if (a->found[k].mass)
			sb_printf(sb, ",\"mass_mg\":%lld", L(a->found[k].mass));
		if (a->found[k].fraction)
			sb_printf(sb, ",\"fraction\":\"%s\"", fractions[a->found[k].fraction - 1]);
		sb_char(sb, '}');
	}
	sb_char(sb, ']');
}

static void body_of_weights(const struct ask *a, struct sb *sb)
{
	sb_str(sb, ",\"lots\":[");
	for (int64_t k = 0; k < a->n; k++) {
		sb_printf(sb, "%s{\"lot\":%lld", k ? "," : "", L(a->weight[k].lot));
		if (a->verb != CONSIGN)
			sb_printf(sb, ",\"received_mg\":%lld", L(a->weight[k].mass));
		sb_char(sb, '}');
	}
	sb_char(sb, ']');
}

static void body_of_receipt(const struct ask *a, struct sb *sb)
{
	sb_printf(sb, "\"consignment\":%lld,\"certificate\":\"C-%lld\",\"dated_us\":%lld", L(a->id),
		  L(a->certificate), L(a->until_us));
	if (a->amount != NONE)
		sb_printf(sb, ",\"value_minor\":%lld", L(a->amount));
	if (a->fee != NONE)
		sb_printf(sb, ",\"fee_minor\":%lld", L(a->fee));
	if (a->verb == CORRECT)
		sb_str(sb, ",\"reason\":\"typing\"");
	body_of_weights(a, sb);
}

void body_of_recovery(struct sim *s, const struct ask *a, struct sb *sb)
{
	(void)s;
	if (a->verb == BATCH) {
		sb_printf(sb, "\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"", L(a->site),
			  L(a->other));
		return;
	}
	if (a->verb == CONSIGN) {
		sb_printf(sb, "\"recycler\":%lld,\"document\":\"T-1\"", L(a->other));
		if (a->amount)
			sb_printf(sb, ",\"carrier\":%lld", L(a->amount));
		body_of_weights(a, sb);
		return;
	}
	if (a->verb == RECEIPT || a->verb == CORRECT) {
		body_of_receipt(a, sb);
		return;
	}
	sb_printf(sb, "\"batch\":%lld", L(a->id));
	if (a->verb == WEIGH_IN)
		sb_printf(sb, ",\"device\":%lld,\"scale_mg\":%lld", L(a->other), L(a->amount));
	else if (a->verb == COMPONENT)
		body_of_components(a, sb);
	else if (a->verb == WEIGH_OUT)
		sb_printf(sb, ",\"fraction\":\"%s\",\"mass_mg\":%lld", fractions[a->what],
			  L(a->amount));
	else if (a->verb == GAIN)
		sb_printf(sb, ",\"mass_mg\":%lld,\"reason\":\"%s\"", L(a->amount),
			  reasons[a->what]);
	else if (a->what)
		sb_printf(sb, ",\"reason\":\"%s\"", reasons[a->what - 1]);
	if (a->verb == WEIGH_OUT && a->other)
		sb_printf(sb, ",\"lot\":%lld", L(a->other));
}

/* --- what the books hold --- */

static void compare_batch(struct sim *s, const int64_t *c)
{
	const struct m_batch *b = model_batch(&s->h->m, c[0]);

	if (!b) {
		differs(s, "batch %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "batch", b->id, batch_states[c[1]], batch_is_names[b->state]);
	CHECK_SAME("batch", b->id, "site", c[2], b->site);
	CHECK_SAME("batch", b->id, "dismantler", c[3], b->dismantler);
	CHECK_SAME("batch", b->id, "devices", c[4], b->devices);
	CHECK_SAME("batch", b->id, "in_mg", c[5], b->in);
	CHECK_SAME("batch", b->id, "out_mg", c[6], b->out);
	CHECK_SAME("batch", b->id, "gain_mg", c[7], b->gain);
	CHECK_SAME("batch", b->id, "loss_mg", c[8], b->loss);
}

static void compare_lot(struct sim *s, const int64_t *c)
{
	const struct m_lot *l = model_lot(&s->h->m, c[0]);

	if (!l) {
		differs(s, "lot %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "lot", l->id, lot_states[c[1]], lot_is_names[l->state]);
	CHECK_SAME("lot", l->id, "site", c[2], l->site);
	CHECK_SAME("lot", l->id, "fraction", c[3], l->fraction);
	CHECK_SAME("lot", l->id, "hazard", c[4], l->fraction == BATTERY || l->fraction == BOARD);
	CHECK_SAME("lot", l->id, "mass_mg", c[5], l->mass);
	CHECK_SAME("lot", l->id, "consignment", c[6], l->consignment);
	CHECK_SAME("lot", l->id, "consignment of its line", c[7], l->consignment);
	CHECK_SAME("lot", l->id, "shipped_mg", c[8], l->consignment == NONE ? NONE : l->mass);
	CHECK_SAME("lot", l->id, "received_mg", c[9], l->received);
	CHECK_SAME("lot", l->id, "sum of its batches", c[10], l->mass);
}

static void compare_consignment(struct sim *s, const int64_t *c)
{
	const struct m_consignment *x = model_consignment(&s->h->m, c[0]);
	bool receipted = x && x->state == C_RECEIPTED;

	if (!x) {
		differs(s, "consignment %lld is not the model's", L(c[0]));
		return;
	}
	check_state(s, "consignment", x->id, consignment_states[c[1]],
		    consignment_is_names[x->state]);
	CHECK_SAME("consignment", x->id, "site", c[2], x->site);
	CHECK_SAME("consignment", x->id, "recycler", c[3], x->recycler);
	CHECK_SAME("consignment", x->id, "lots", c[4], x->lots);
	CHECK_SAME("consignment", x->id, "mass_mg", c[5], x->mass);
	CHECK_SAME("consignment", x->id, "receipts", c[6], x->receipts);
	CHECK_SAME("consignment", x->id, "receipt_seq", c[7], x->receipt_seq);
	CHECK_SAME("consignment", x->id, "received_mg", c[8], x->received);
	CHECK_SAME("consignment", x->id, "value_minor", c[9], receipted ? x->value : NONE);
	CHECK_SAME("consignment", x->id, "fee_minor", c[10], receipted ? x->fee : NONE);
}

static void compare_component(struct sim *s, const int64_t *c)
{
	for (int i = 0; i < s->h->m.components; i++) {
		const struct m_component *x = &s->h->m.component[i];
		if (x->device != c[0] || x->n != c[1])
			continue;
		CHECK_SAME("device", c[0], "parent of a component", c[2], x->parent);
		CHECK_SAME("device", c[0], "mass of a component", c[3], x->mass ? x->mass : NONE);
		CHECK_SAME("device", c[0], "batch of a component", ACCOUNT(PC_DISMANTLED, c[4]),
			   ACCOUNT(PC_DISMANTLED, model_device(&s->h->m, c[0])->at));
		return;
	}
	differs(s, "a component of device %lld is not the model's", L(c[0]));
}

static void compare_counts(struct sim *s, const int64_t *c)
{
	const struct town *m = &s->h->m;
	int64_t devices = 0;

	for (int i = 0; i < m->devices; i++)
		devices += m->device[i].place == IN_PIECES;
	CHECK_SAME("city", s->h->city, "number of batches", c[0], m->batches);
	CHECK_SAME("city", s->h->city, "number of devices in pieces", c[1], devices);
	CHECK_SAME("city", s->h->city, "number of components", c[2], m->components);
	CHECK_SAME("city", s->h->city, "number of lots", c[3], m->lots);
	CHECK_SAME("city", s->h->city, "number of consignments", c[4], m->consignments);
	CHECK_SAME("city", s->h->city, "number of receipts", c[5], m->receipts);
}

static void compare_sums(struct sim *s, const int64_t *c)
{
	const struct town *m = &s->h->m;
	int64_t left = 0, lots = 0, shipped = 0, received = 0, lost = m->gone, gained = 0,
		differ = 0, debt = 0, own = 0;

	for (int i = 0; i < m->batches; i++) {
		left += model_left(&m->batch[i]);
		lost += m->batch[i].loss;
		gained -= m->batch[i].gain;
	}
	for (int i = 0; i < m->lots; i++)
		lots += m->lot[i].state == T_OPEN ? m->lot[i].mass : 0;
	for (int i = 0; i < m->consignments; i++) {
		const struct m_consignment *x = &m->consignment[i];
		bool receipted = x->state == C_RECEIPTED;
		shipped += receipted ? 0 : x->mass;
		received += receipted ? x->received : 0;
		differ += receipted ? x->mass - x->received : 0;
		own += x->value - x->fee;
	}
	for (int i = 0; i < m->parties; i++)
		debt += m->party[i].debt;
	CHECK_SAME("city", s->h->city, "mass in batches", c[0], left);
	CHECK_SAME("city", s->h->city, "mass in lots", c[1], lots);
	CHECK_SAME("city", s->h->city, "mass on its way", c[2], shipped);
	CHECK_SAME("city", s->h->city, "mass received", c[3], received);
	CHECK_SAME("city", s->h->city, "mass lost", c[4], lost);
	CHECK_SAME("city", s->h->city, "mass gained", c[5], gained);
	CHECK_SAME("city", s->h->city, "mass not confirmed", c[6], differ);
	CHECK_SAME("city", s->h->city, "sum owed to recyclers", c[7], debt);
	CHECK_SAME("city", s->h->city, "sum of consignments", c[8], own);
}

bool balance_of_recovery(const struct town *m, int64_t account, int64_t *posted)
{
	const int64_t ref = account_ref(account);
	const struct m_batch *b = model_batch(m, ref);
	const struct m_lot *l = model_lot(m, ref);
	const struct m_consignment *c = model_consignment(m, ref);
	const struct m_party *p = model_party(m, ref);
	bool receipted = c && c->state == C_RECEIPTED;

	switch (account_code(account)) {
	case MG_BATCH:
		*posted = b ? model_left(b) : 0;
		return true;
	case MG_FRACTION:
		*posted = l && l->state == T_OPEN ? l->mass : 0;
		return true;
	case MG_CONSIGNMENT:
		*posted = c && !receipted ? c->mass : 0;
		return true;
	case MG_DOWNSTREAM:
		*posted = receipted ? c->received : 0;
		return true;
	case MG_RECEIPT_DIFFERENCE:
		*posted = receipted ? c->mass - c->received : 0;
		return true;
	case MG_LOSS:
		*posted = ref == 0 ? m->gone : b ? b->loss : 0;
		return true;
	case MG_GAIN:
		*posted = b ? -b->gain : 0;
		return true;
	case MG_MEASUREMENT:
		*posted = m->measured;
		return true;
	case MONEY_RECYCLER:
		*posted = p ? p->debt : 0;
		return true;
	case MONEY_BATCH:
		*posted = c ? c->value - c->fee : 0;
		return true;
	default:
		return false;
	}
}

/* clang-format off */
static const char of_lots[] =
	"SELECT l.lot, l.state, l.site, CASE l.fraction WHEN 'battery' THEN 0 WHEN 'circuit_board' THEN 1 "
	"WHEN 'ferrous' THEN 2 WHEN 'plastics' THEN 3 ELSE 4 END, l.hazard, l.mass_mg, l.consignment, "
	"c.consignment, c.shipped_mg, c.received_mg, (SELECT CAST(SUM(b.mass_mg) AS BIGINT) FROM "
	"batch_lot b WHERE b.city = l.city AND b.lot = l.lot) FROM lot l LEFT JOIN consignment_lot c "
	"ON c.city = l.city AND c.lot = l.lot WHERE l.city = $1";
static const char counts[] =
	"SELECT (SELECT COUNT(*) FROM batch WHERE city = $1), "
	"(SELECT COUNT(*) FROM batch_device WHERE city = $1), "
	"(SELECT COUNT(*) FROM component WHERE city = $1), (SELECT COUNT(*) FROM lot WHERE city = $1), "
	"(SELECT COUNT(*) FROM consignment WHERE city = $1), "
	"(SELECT COUNT(*) FROM receipt WHERE city = $1)";
static const char sums[] =
	"SELECT " SUM_OF("202", "203") ", " SUM_OF("203", "204") ", " SUM_OF("204", "205") ", "
	SUM_OF("205", "206") ", " SUM_OF("208", "209") ", " SUM_OF("209", "210") ", "
	SUM_OF("213", "214") ", " SUM_OF("308", "309") ", " SUM_OF("309", "310");
/* clang-format on */

void compare_recovery(struct sim *s)
{
	_Static_assert(MG_BATCH == 202 && MG_FRACTION == 203 && MG_CONSIGNMENT == 204 &&
			       MG_DOWNSTREAM == 205 && MG_LOSS == 208 && MG_GAIN == 209 &&
			       MG_RECEIPT_DIFFERENCE == 213 && MONEY_RECYCLER == 308 &&
			       MONEY_BATCH == 309,
		       "the query says so");
	each_row(s,
		 "SELECT batch, state, site, dismantler, devices, in_mg, out_mg, gain_mg, loss_mg "
		 "FROM batch WHERE city = $1",
		 9, compare_batch);
	each_row(s, of_lots, 11, compare_lot);
	each_row(s,
		 "SELECT consignment, state, site, recycler, lots, mass_mg, receipts, receipt_seq, "
		 "received_mg, value_minor, fee_minor FROM consignment WHERE city = $1",
		 11, compare_consignment);
	each_row(s,
		 "SELECT device, component, parent, mass_mg, batch FROM component WHERE city = $1",
		 5, compare_component);
	each_row(s, counts, 6, compare_counts);
	each_row(s, sums, 9, compare_sums);
}
