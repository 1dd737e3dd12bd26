/* What settle declares: its tables, accounts and machine, and the list of its actions and views. */
#include "programme/settle/parts.h"

const char *const payout_states[] = {"created", "exported", "settled", "cancelled", NULL};
const char *const payout_line_states[] = {"pending", "paid", "rejected", "dropped", NULL};
const char *const payees[] = {"owner", "merchant", "buyer", NULL};
const char *const payout_formats[] = {"pain001", "csv", NULL};

static const struct machine_move payout_moves[] = {
	{"settle.payout_exported", STATE(PAYOUT_CREATED) | STATE(PAYOUT_EXPORTED), PAYOUT_EXPORTED},
	{"settle.payout_result", STATE(PAYOUT_EXPORTED), PAYOUT_EXPORTED},
	{"settle.payout_result", STATE(PAYOUT_EXPORTED), PAYOUT_SETTLED},
	{"settle.payout_cancel", STATE(PAYOUT_CREATED), PAYOUT_CREATED},
	{"settle.payout_cancel", STATE(PAYOUT_CREATED), PAYOUT_CANCELLED},
	{NULL}};
const struct machine payout_machine = {"payout", payout_states, payout_moves};

const struct field payout_fields[] = {
	F_ID(struct payout, city, COLUMN | REQ, "city"),
	F_ID(struct payout, payout, COLUMN | REQ, "the payout"),
	F_ENUM(struct payout, state, COLUMN | REQ, payout_states, "how far it is"),
	F_TEXT(struct payout, currency, COLUMN | REQ, 3, 3, "currency"),
	F_INT(struct payout, lines, COLUMN | REQ, 0, PAYOUT_LINES_MAX, NULL, "payments in it"),
	F_MINOR(struct payout, total_minor, COLUMN | REQ, "their sum"),
	F_INT(struct payout, paid_lines, COLUMN | REQ, 0, PAYOUT_LINES_MAX, NULL, "paid so far"),
	F_MINOR(struct payout, paid_minor, COLUMN | REQ, "their sum"),
	F_INT(struct payout, rejected_lines, COLUMN | REQ, 0, PAYOUT_LINES_MAX, NULL, "rejected so far"),
	F_MINOR(struct payout, rejected_minor, COLUMN | REQ, "their sum"),
	F_US(struct payout, created_us, COLUMN | REQ, "made at"),
	F_US(struct payout, exported_us, COLUMN, "file given to the bank at"),
	F_US(struct payout, settled_us, COLUMN, "last line decided at, or cancelled at"),
	F_ENUM(struct payout, format, COLUMN, payout_formats, "form of the file given to the bank"),
	F_HEX(struct payout, digest, COLUMN, 32, "SHA-256 of that file"),
	F_END};
struct table payout_table = {.name = "payout", .kind = TABLE_STATE, .fields = payout_fields,
	.size = sizeof(struct payout), .keys = 2,
	.fresh = FRESH_ID, .doc = "payouts: one file for the bank each"};

const struct field payout_line_fields[] = {
	F_ID(struct payout_line, city, COLUMN | REQ, "city"),
	F_ID(struct payout_line, payout, COLUMN | REQ, "the payout"),
	F_INT(struct payout_line, line, COLUMN | REQ, 1, PAYOUT_LINES_MAX, NULL, "line"),
	F_ENUM(struct payout_line, kind, COLUMN | REQ, payees, "who is paid"),
	F_ID(struct payout_line, item, COLUMN, "the item of an owner"),
	F_ID(struct payout_line, party, COLUMN | REQ, "the party that is paid"),
	F_INT(struct payout_line, amount_minor, COLUMN | REQ, 1, SETTLE_AMOUNT_MAX, "minor", "how much"),
	F_ENUM(struct payout_line, state, COLUMN | REQ, payout_line_states, "what became of it"),
	F_INT(struct payout_line, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "entry that promised it"),
	F_INT(struct payout_line, n, COLUMN | REQ, 1, ENTRY_TRANSFERS_MAX, NULL, "transfer of that entry"),
	F_US(struct payout_line, owed_us, COLUMN | REQ, "owed since"),
	F_US(struct payout_line, result_us, COLUMN, "when the bank's answer was imported"),
	F_TEXT(struct payout_line, reason, COLUMN, 1, 4, "ISO 20022 code of a rejection"),
	F_END};
struct table payout_line_table = {.name = "payout_line", .kind = TABLE_STATE, .fields = payout_line_fields,
	.size = sizeof(struct payout_line), .keys = 3,
	.fresh = FRESH_ID, .doc = "payments of a payout"};

static const struct field due_fields[] = {
	F_ID(struct due, city, COLUMN | REQ, "city"),
	F_ENUM(struct due, kind, COLUMN | REQ, payees, "who is owed"),
	F_ID(struct due, ref, COLUMN | REQ, "item of an owner, or party"),
	F_US(struct due, from_us, COLUMN | REQ, "owed since"),
	F_END};
struct table due_table = {.name = "due", .kind = TABLE_STATE, .fields = due_fields,
	.size = sizeof(struct due), .keys = 3, .doc = "what waits to be paid"};

static const struct field adjusted_fields[] = {
	F_ID(struct adjusted, city, COLUMN | REQ, "city"),
	F_INT(struct adjusted, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "entry that was corrected"),
	F_INT(struct adjusted, n, COLUMN | REQ, 1, ENTRY_TRANSFERS_MAX, NULL, "transfer that was reversed"),
	F_INT(struct adjusted, by_seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "entry that reversed it"),
	F_END};
struct table adjusted_table = {.name = "adjusted", .kind = TABLE_STATE, .fields = adjusted_fields,
	.size = sizeof(struct adjusted), .keys = 3,
	.fresh = FRESH_SEQ, .doc = "transfers that were reversed, once"};

static const struct account_kind settle_accounts[] = {
	{SUBJECT_PAYOUT, "payout", 0, "", "a payout"},
	{MONEY_BANK, "money_bank", 0, "money", "gets what is paid out, gives what is paid in"},
	{MONEY_MERCHANT, "money_merchant", ACCOUNT_MIN0, "money", "owed to a merchant or retailer"},
	{MONEY_POSITION, "money_position", 0, "money", "position in each currency"},
	{MONEY_ROUNDING, "money_rounding", 0, "money", "remainders of rounding"},
	{0, NULL, 0, NULL, NULL}};

static struct table *const settle_tables[] = {
	&payout_table, &payout_line_table, &due_table, &adjusted_table, NULL};
static const struct machine *const settle_machines[] = {&payout_machine, NULL};

#define ACTION(f)                                                                                   \
	.type = "settle." #f, .v = 1, .method = "POST", .fields = settle_##f##_fields,              \
	.size = sizeof(struct f), .decide = settle_##f##_decide
#define CITY "/v1/cities/{city}/"

static const struct action settle_actions[] = {
	{ACTION(payout_create), .path = CITY "payouts", .roles = ROLES_MONEY,
	 .apply = settle_payout_create_apply, .reveal = settle_payout_create_reveal,
	 .doc = "Promises money that is due to owners, merchants and buyers, in one file for the bank."},
	{ACTION(payout_exported), .path = CITY "payouts/{payout}/export", .roles = ROLES_MONEY,
	 .apply = settle_payout_exported_apply,
	 .doc = "Notes which file was given to the bank, by its digest."},
	{ACTION(payout_cancel), .path = CITY "payouts/{payout}/cancel", .roles = ROLES_MONEY,
	 .apply = settle_payout_cancel_apply,
	 .doc = "Drops lines of a payout, or all of it, before its file went to the bank; they are owed "
		"again."},
	{ACTION(payout_result), .path = CITY "payouts/{payout}/results", .roles = ROLES_MONEY,
	 .apply = settle_payout_result_apply,
	 .doc = "Imports the bank's return file: each line is paid or rejected, once."},
	{ACTION(receipt), .path = CITY "receipts", .roles = ROLES_MONEY,
	 .apply = settle_receipt_apply,
	 .doc = "Money came in: from a recycler that owes it, or for the benefit fund."},
	{ACTION(exchange), .path = CITY "exchanges", .roles = ROLES_MONEY,
	 .apply = settle_no_state_apply,
	 .doc = "Money of one currency was exchanged for another through the position account."},
	{ACTION(tax_pay), .path = CITY "taxes/payments", .roles = ROLES_MONEY,
	 .apply = settle_no_state_apply,
	 .doc = "Tax that is owed was paid to the tax office."},
	{ACTION(adjust), .path = CITY "adjustments", .roles = ROLE_OFFICER | ROLE_ADMIN,
	 .apply = settle_adjust_apply,
	 .doc = "Reverses the money of an earlier entry, exactly and once."},
	{.type = NULL}};

#define VIEW(f)                                                                                    \
	.params = settle_##f##_params, .params_size = sizeof(struct f##_params),                   \
	.run = settle_##f##_run

static const struct view settle_views[] = {
	{.name = "settle.payouts",
	 .path = CITY "payouts",
	 .roles = ROLES_MONEY_VIEW,
	 VIEW(payouts),
	 .fields = payout_fields,
	 .list = true,
	 .doc = "Payouts, oldest first."},
	{.name = "settle.payout",
	 .path = CITY "payouts/{payout}",
	 .roles = ROLES_MONEY_VIEW,
	 VIEW(payout),
	 .fields = settle_payout_shown,
	 .doc = "A payout with its lines."},
	{.name = "settle.payout_file",
	 .path = CITY "payouts/{payout}/file",
	 .roles = ROLES_MONEY,
	 VIEW(file),
	 .fields = settle_file_shown,
	 .doc = "The file for the bank, with names and accounts from the vault; the same bytes every time."},
	{.name = "settle.payables",
	 .path = CITY "payables",
	 .roles = ROLES_MONEY_VIEW,
	 VIEW(payables),
	 .fields = settle_payables_shown,
	 .list = true,
	 .doc = "What is owed to owners, merchants or buyers."},
	{.name = "settle.statement",
	 .path = CITY "statement",
	 .roles = ROLES_STATEMENT,
	 VIEW(statement),
	 .fields = settle_statement_shown,
	 .doc = "An account's transfers with the balance after each: every balance explained from entries."},
	{.name = "settle.own",
	 .path = CITY "balance",
	 .roles = ROLES_STATEMENT | ROLE_TECHNICIAN,
	 VIEW(own),
	 .apart = true,
	 .fields = settle_own_shown,
	 .doc = "What an organisation is owed, what of it is on the way, and what came and went this month."},
	{.name = "settle.device_profit",
	 .path = CITY "devices/{device}/profit",
	 .roles = ROLES_MONEY_VIEW | ROLE_ANALYST,
	 VIEW(profit),
	 .fields = settle_profit_shown,
	 .doc = "A device's profit and loss, from the ledger."},
	{.name = "settle.taxes",
	 .path = CITY "taxes",
	 .roles = ROLES_MONEY_VIEW,
	 .run = settle_taxes_run,
	 .fields = settle_taxes_shown,
	 .list = true,
	 .doc = "Tax by code: what was taken, given back and paid."},
	{.name = NULL}};

const struct feature settle_feature = {
	.name = "settle", .tables = settle_tables, .accounts = settle_accounts,
	.machines = settle_machines, .actions = settle_actions, .views = settle_views,
	.check_entry = settle_check_entry, .check_city = settle_check_city};
