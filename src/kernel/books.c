#include "kernel/books.h"

#include "kernel/history.h"
#include "kernel/recent.h"

const char *const transfer_names[] = {"posted", "pending", "post", "void", NULL};

static const struct field journal_fields[] = {
	F_ID(struct journal_row, city, COLUMN, "city"),
	F_INT(struct journal_row, seq, COLUMN, 0, JSON_INT_MAX, NULL, "its first line, from 0, without gaps"),
	F_TEXT(struct journal_row, body, COLUMN | REQ, 2, TAIL_BYTES + ENTRY_BYTES_MAX,
	       "lines of canonical JSON"),
	F_BLOB(struct journal_row, leaf, COLUMN | REQ, LEAF_CHECK * PACK_ENTRIES,
	       "first bytes of each leaf's hash"),
	F_END,
};
struct table journal_table = {.name = "journal", .kind = TABLE_BOOK, .fields = journal_fields,
			      .size = sizeof(struct journal_row), .keys = 2,
			      .doc = "What happened: the newest entries."};

static const struct field pack_fields[] = {
	F_ID(struct pack_row, city, COLUMN, "city"),
	F_INT(struct pack_row, pack, COLUMN, 0, JSON_INT_MAX, NULL, "its first entry, by 512"),
	{.name = "checked",
	 .type = FIELD_HEX,
	 .flags = COLUMN | REQ,
	 .at = offsetof(struct pack_row, check),
	 .min = PACK_CHECK,
	 .max = PACK_CHECK,
	 .doc = "first bytes of the SHA-256 of body"},
	F_BLOB(struct pack_row, body, COLUMN | REQ, INT64_C(1) << 30, "512 entries, compressed"),
	F_END,
};
struct table journal_pack_table = {.name = "journal_pack", .kind = TABLE_BOOK, .fields = pack_fields,
				   .size = sizeof(struct pack_row), .keys = 2,
				   .doc = "What happened: older entries, 512 a row."};

static const struct field turnover_fields[] = {
	F_ID(struct turnover, city, COLUMN, "city"),
	F_INT(struct turnover, seq, COLUMN, 0, JSON_INT_MAX, NULL, "first entry of the block"),
	F_INT(struct turnover, from_kind, COLUMN, 1, DOMAIN_CODES - 1, NULL, "kind of account that gives"),
	F_INT(struct turnover, to_kind, COLUMN, 1, DOMAIN_CODES - 1, NULL, "kind of account that gets"),
	F_TEXT(struct turnover, unit, COLUMN, 2, 8, "pc, mg, gCO2e or a currency"),
	F_TEXT(struct turnover, tax, COLUMN, 0, 16, "tax code, or nothing"),
	F_INT(struct turnover, transfers, COLUMN | REQ, 1, JSON_INT_MAX, NULL, "how many"),
	F_INT(struct turnover, amount, COLUMN | REQ, 1, JSON_INT_MAX, NULL, "in the unit's smallest part"),
	F_END,
};
struct table turnover_table = {.name = "turnover", .kind = TABLE_STATE, .fields = turnover_fields,
			       .size = sizeof(struct turnover), .keys = 6, .fresh = FRESH_SEQ,
			       .doc = "What moved between kinds of accounts, summed over 1,024 entries."};

static const struct field balance_fields[] = {
	F_ID(struct balance, city, COLUMN, "city"),
	F_INT(struct balance, account, COLUMN, 0, INT64_MAX, NULL, "kind and number"),
	F_TEXT(struct balance, unit, COLUMN, 2, 8, "unit"),
	F_INT(struct balance, posted, COLUMN | REQ, -JSON_INT_MAX, JSON_INT_MAX, NULL, "received less given"),
	F_INT(struct balance, pending_in, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "promised to it"),
	F_INT(struct balance, pending_out, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "promised from it"),
	F_END,
};
struct table balance_table = {.name = "balance", .kind = TABLE_STATE, .fields = balance_fields,
			      .size = sizeof(struct balance), .keys = 3,
			      .fresh = FRESH_ACCOUNT, .doc = "What each account holds."};

static const struct field pending_fields[] = {
	F_ID(struct pending, city, COLUMN, "city"),
	F_INT(struct pending, seq, COLUMN, 0, JSON_INT_MAX, NULL, "entry that promised"),
	F_INT(struct pending, n, COLUMN, 1, ENTRY_TRANSFERS_MAX, NULL, "place in it"),
	F_INT(struct pending, from_account, COLUMN | REQ, 0, INT64_MAX, NULL, "gives"),
	F_INT(struct pending, to_account, COLUMN | REQ, 0, INT64_MAX, NULL, "gets"),
	F_TEXT(struct pending, unit, COLUMN | REQ, 2, 8, "unit"),
	F_INT(struct pending, amount, COLUMN | REQ, 1, JSON_INT_MAX, NULL, "promised"),
	F_END,
};
struct table pending_table = {.name = "pending", .kind = TABLE_STATE, .fields = pending_fields,
			      .size = sizeof(struct pending), .keys = 3,
			      .fresh = FRESH_SEQ, .doc = "Two-phase transfers that are open."};

static const struct field history_fields[] = {
	F_ID(struct history, city, COLUMN, "city"),
	F_INT(struct history, subject, COLUMN, 0, INT64_MAX, NULL, "kind and number"),
	F_INT(struct history, chunk, COLUMN, 0, JSON_INT_MAX, NULL,
	      "0: the open one; else its oldest entry and 1"),
	F_BLOB(struct history, seqs, COLUMN | REQ, HISTORY_CHUNK_BYTES, "entries, newest first"),
	F_END,
};
struct table history_table = {.name = "history",
			      .kind = TABLE_STATE,
			      .fields = history_fields,
			      .size = sizeof(struct history),
			      .keys = 3,
			      .fresh = FRESH_ACCOUNT,
			      .doc = "Which entries concern whom."};

static const struct field idem_fields[] = {
	F_ID(struct idem, city, COLUMN, "city"),
	F_HEX(struct idem, key, COLUMN, IDEM_ROW, "week, run, and digest of key and caller"),
	F_INT(struct idem, seq, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "entry that answered"),
	F_END,
};
struct table idem_table = {.name = "idem", .kind = TABLE_STATE, .fields = idem_fields,
			   .size = sizeof(struct idem), .keys = 2, .unread = true,
			   .doc = "Idempotency keys of older entries."};

static const struct field head_fields[] = {
	F_ID(struct log_head, city, COLUMN, "city"),
	F_INT(struct log_head, size, COLUMN | REQ, 0, JSON_INT_MAX, NULL, "entries"),
	F_HEX(struct log_head, root, COLUMN | REQ, 32, "RFC 6962 root"),
	F_BLOB(struct log_head, front, COLUMN | REQ, 8 + 32 * 64, "complete subtrees"),
	F_INT(struct log_head, next_id, COLUMN | REQ, 1, ID_MAX, NULL, "next id to allot"),
	F_INT(struct log_head, recorded_us, COLUMN | REQ, 0, JSON_INT_MAX, "us", "of the last entry"),
	F_BOOL(struct log_head, simulated, COLUMN | REQ, "its clock is what the entries claim"),
	F_TEXT(struct log_head, note, COLUMN | REQ, 1, 4096, "signed checkpoint"),
	F_END,
};
struct table log_head_table = {.name = "log_head", .kind = TABLE_STATE, .fields = head_fields,
			       .size = sizeof(struct log_head), .keys = 1, .doc = "Where each log stands."};

static const struct field node_fields[] = {
	F_ID(struct log_node, city, COLUMN, "city"),
	F_INT(struct log_node, level, COLUMN, 1, 63, NULL, "height of the subtree"),
	F_INT(struct log_node, number, COLUMN, 0, JSON_INT_MAX, NULL, "which one, from the left"),
	F_HEX(struct log_node, hash, COLUMN | REQ, 32, "its root"),
	F_END,
};
struct table log_node_table = {.name = "log_node", .kind = TABLE_STATE, .fields = node_fields,
			       .size = sizeof(struct log_node), .keys = 3, .unread = true,
			       .doc = "Subtrees of the log."};

static struct table *const tables[] = {
	&journal_table, &journal_pack_table, &turnover_table, &balance_table, &pending_table,
	&history_table, &idem_table,         &log_head_table, &log_node_table, NULL};

const struct feature kernel_feature = {.name = "kernel", .tables = tables};
