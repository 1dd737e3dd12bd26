/* Every (state, action) pair of the smaller machines: payouts, batches, lots and consignments (items,
 * devices and media: test_machines.c; sales: test_stock.c). What the table allows happens; each other action
 * is refused with a conflict that names the state and every action that is possible now, and nothing changes.
 */
#include "lab.h"
#include "programme/recover/recover.h"
#include "programme/settle/settle.h"

#define L(x) ((long long)(x))
static const char digest[] = "aa11223344556677889900aabbccddeeff00112233445566778899aabbccddee";

/* One thing of its kind, with what the bodies of its actions need. */
struct thing {
	struct lab l;
	int64_t id, phone, inside, batch, lot, consignment; /* inside: the phone in the batch */
	char sum[AMOUNT_TEXT];
};

static struct kit *kit_of(struct thing *t) { return &t->l.t.k; }

/* --- payouts --- */

static void bank_account(struct kit *k, int64_t party, const char *name)
{
	kit_act(k, 1, "party.update",
		"{\"party\":%lld,\"name\":\"%s\",\"bank_account\":\"6222020200112233445\"}", L(party), name);
}

static const char *payout_file(struct thing *t)
{
	return cx_printf(&kit_of(t)->cx,
			 "end_to_end_id,amount,currency,status,reason\\r\\nR1-%lld-1,%s,CNY,paid,\\r\\n"
			 "TOTAL,%s,CNY,1,\\r\\n",
			 L(t->id), t->sum, t->sum);
}

static const char *payout_body(struct thing *t, const char *action)
{
	if (strcmp(action, "settle.payout_exported") == 0)
		return cx_printf(&kit_of(t)->cx, "{\"payout\":%lld,\"format\":\"pain001\",\"digest\":\"%s\"}",
				 L(t->id),
				 kit_text(kit_get(kit_of(t), 1, "settle.payout_file", "{\"payout\":%lld}",
						  L(t->id)), "digest"));
	if (strcmp(action, "settle.payout_result") == 0)
		return cx_printf(&kit_of(t)->cx, "{\"payout\":%lld,\"file\":\"%s\"}", L(t->id),
				 payout_file(t));
	return cx_printf(&kit_of(t)->cx, "{\"payout\":%lld}", L(t->id));
}

static void payout_at(struct thing *t, int64_t state)
{
	struct kit *k = kit_of(t);
	const struct json *made;

	lab_phone(&t->l);
	bank_account(k, t->l.programme, "City programme");
	bank_account(k, t->l.t.owner, "Li Lei");
	t->id = kit_int(kit_act(k, 1, "settle.payout_create", "{\"all_due\":true}"), "payout");
	made = kit_get(k, 1, "settle.payout", "{\"payout\":%lld}", L(t->id));
	amount_text(t->sum, kit_int(made, "total_minor"), "CNY");
	if (state == PAYOUT_CANCELLED)
		kit_act(k, 1, "settle.payout_cancel", "%s", payout_body(t, "settle.payout_cancel"));
	if (state == PAYOUT_EXPORTED || state == PAYOUT_SETTLED)
		kit_act(k, 1, "settle.payout_exported", "%s", payout_body(t, "settle.payout_exported"));
	if (state == PAYOUT_SETTLED)
		kit_act(k, 1, "settle.payout_result", "%s", payout_body(t, "settle.payout_result"));
}

/* --- batches, lots, consignments --- */

static int64_t erased_to_recover(struct thing *t)
{
	int64_t phone = lab_erased_phone(&t->l);

	kit_act(kit_of(t), 1, "recover.send", "{\"device\":%lld,\"reason\":\"damaged\"}", L(phone));
	return phone;
}

static void open_batch(struct thing *t)
{
	struct kit *k = kit_of(t);

	t->phone = erased_to_recover(t);
	t->batch = kit_int(kit_act(k, 1, "recover.batch_open",
				   "{\"site\":%lld,\"dismantler\":%lld,\"scale\":\"S-1\"}", L(t->l.t.centre),
				   L(t->l.programme)),
			   "batch");
	kit_act(k, 1, "recover.weigh_in", "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":171000}", L(t->batch),
		L(t->phone));
}

static void batch_at(struct thing *t, int64_t state)
{
	open_batch(t);
	t->id = t->batch;
	if (state == BATCH_CLOSED) {
		kit_act(kit_of(t), 1, "recover.weigh_out",
			"{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":171000}", L(t->batch));
		kit_act(kit_of(t), 1, "recover.batch_close", "{\"batch\":%lld}", L(t->batch));
	}
	t->inside = t->phone;
	t->phone = erased_to_recover(t); /* the next one to come in */
}

static const char *batch_body(struct thing *t, const char *action)
{
	struct cx *cx = &kit_of(t)->cx;

	if (strcmp(action, "recover.weigh_in") == 0)
		return cx_printf(cx, "{\"batch\":%lld,\"device\":%lld,\"scale_mg\":171000}", L(t->id),
				 L(t->phone));
	if (strcmp(action, "recover.weigh_out") == 0)
		return cx_printf(cx, "{\"batch\":%lld,\"fraction\":\"glass\",\"mass_mg\":1000}", L(t->id));
	if (strcmp(action, "recover.gain") == 0)
		return cx_printf(cx, "{\"batch\":%lld,\"mass_mg\":1,\"reason\":\"scale\"}", L(t->id));
	if (strcmp(action, "recover.component") == 0)
		return cx_printf(cx,
				 "{\"batch\":%lld,\"device\":%lld,\"components\":[{\"code\":\"battery\","
				 "\"fraction\":\"battery\",\"mass_mg\":40000}]}",
				 L(t->id), L(t->inside));
	return cx_printf(cx, "{\"batch\":%lld,\"reason\":\"dust\"}", L(t->id));
}

/* The batch stays open: more may be weighed into the lot while the lot's own state allows it. */
static void lot_at(struct thing *t, int64_t state)
{
	struct kit *k = kit_of(t);

	open_batch(t);
	t->id = t->lot = kit_int(kit_act(k, 1, "recover.weigh_out",
					 "{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":100000}",
					 L(t->batch)),
				 "lot");
	if (state == LOT_OPEN)
		return;
	t->consignment = kit_int(kit_act(k, 1, "recover.consign",
					 "{\"recycler\":%lld,\"document\":\"T-1\",\"lots\":[{\"lot\":%lld}]}",
					 L(t->l.recycler), L(t->lot)),
				 "consignment");
	if (state == LOT_RECEIPTED)
		kit_act(k, 1, "recover.receipt",
			"{\"consignment\":%lld,\"certificate\":\"C-1\",\"dated_us\":1,"
			"\"lots\":[{\"lot\":%lld,\"received_mg\":100000}]}",
			L(t->consignment), L(t->lot));
}

static const char *lot_body(struct thing *t, const char *action)
{
	if (strcmp(action, "recover.weigh_out") == 0)
		return cx_printf(&kit_of(t)->cx,
				 "{\"batch\":%lld,\"fraction\":\"ferrous\",\"mass_mg\":1000,\"lot\":%lld}",
				 L(t->batch), L(t->lot));
	return cx_printf(&kit_of(t)->cx, "{\"recycler\":%lld,\"document\":\"T-2\",\"lots\":[{\"lot\":%lld}]}",
			 L(t->l.recycler), L(t->lot));
}

static void consignment_at(struct thing *t, int64_t state)
{
	lot_at(t, state == CONSIGNMENT_SHIPPED ? LOT_SHIPPED : LOT_RECEIPTED);
	t->id = t->consignment;
}

static const char *consignment_body(struct thing *t, const char *action)
{
	bool corrects = strcmp(action, "recover.receipt_correct") == 0;

	return cx_printf(&kit_of(t)->cx,
			 "{\"consignment\":%lld,\"certificate\":\"C-2\",\"dated_us\":1%s,"
			 "\"lots\":[{\"lot\":%lld,\"received_mg\":99000}]}",
			 L(t->id), corrects ? ",\"reason\":\"typing\"" : "", L(t->lot));
}

/* --- all pairs --- */

static const struct {
	const struct machine *machine;
	void (*at)(struct thing *t, int64_t state);
	const char *(*body)(struct thing *t, const char *action);
	const char *action[6]; /* those that name the thing */
} kinds[] = {
	{&payout_machine, payout_at, payout_body,
	 {"settle.payout_exported", "settle.payout_result", "settle.payout_cancel"}},
	{&batch_machine, batch_at, batch_body,
	 {"recover.weigh_in", "recover.component", "recover.weigh_out", "recover.gain",
	  "recover.batch_close"}},
	{&lot_machine, lot_at, lot_body, {"recover.weigh_out", "recover.consign"}},
	{&consignment_machine, consignment_at, consignment_body,
	 {"recover.receipt", "recover.receipt_correct"}},
};

static bool allows(const struct machine *m, int state, const char *action)
{
	for (const struct machine_move *v = m->moves; v->action; v++)
		if (strcmp(v->action, action) == 0 && v->from & STATE(state))
			return true;
	return false;
}

static void try_pair(size_t kind, int state, const char *action)
{
	const struct machine *m = kinds[kind].machine;
	struct thing t = {0};
	struct kit *k;
	struct cx cx;
	const char *body;

	lab_open(&t.l);
	k = kit_of(&t);
	kinds[kind].at(&t, state);
	if (strcmp(action, "settle.payout_exported") == 0 && state == PAYOUT_CANCELLED)
		body = cx_printf(&k->cx, "{\"payout\":%lld,\"format\":\"csv\",\"digest\":\"%s\"}", L(t.id),
				 digest);
	else
		body = kinds[kind].body(&t, action);
	if (allows(m, state, action)) {
		kit_act(k, 1, action, "%s", body);
	} else {
		cx_init(&cx, 0);
		machine_refuse(&cx, m, m->name, t.id, state, action);
		for (const struct machine_move *v = m->moves; v->action; v++)
			if (v->from & STATE(state))
				assert_non_null(strstr(cx.msg, v->action));
		/* the bank's answer to what is paid is refused by what it would be */
		kit_refuse(k, 1, action, ERR_CONFLICT,
			   m == &payout_machine && state == PAYOUT_SETTLED && strstr(action, "result") ?
				   "a second payout is refused" : cx.msg,
			   "%s", body);
		cx_done(&cx);
	}
	kit_audit(k);
	lab_close(&t.l);
}

static void every_pair(void **state)
{
	int pairs = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (int s = 0; kinds[i].machine->states[s]; s++)
			for (int a = 0; kinds[i].action[a]; a++, pairs++)
				try_pair(i, s, kinds[i].action[a]);
	assert_int_equal(pairs, 4 * 3 + 2 * 5 + 3 * 2 + 2 * 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_pair)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
