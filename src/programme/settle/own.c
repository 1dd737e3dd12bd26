/* settle.own: what an organisation is owed, what is on its way, and what came and went in a period. */
#include "base/time.h"
#include "base/tz.h"
#include "kernel/history.h"
#include "kernel/log.h"
#include "programme/city/city.h"
#include "programme/settle/parts.h"


const struct field settle_own_params[] = {
	F_ID(struct own_params, party, IN, "of this party; absent: of the caller's own organisation"),
	F_TEXT(struct own_params, from, IN, 10, 10,
	       "what came and went from this local day on; absent: the first of this month"),
	F_END};

static const char *const classes[] = {"bank",	  "commission", "netted", "purchase",
				      "material", "rounding",	"other",  NULL};
enum class { C_BANK, C_COMMISSION, C_NETTED, C_PURCHASE, C_MATERIAL, C_ROUNDING, C_OTHER };
enum { AT_ONCE = 256, ENTRIES_MAX = 4096, KINDS = 3, LINES_MAX = C_OTHER + 1 };
struct own_line {
	int64_t what;
	int64_t in_minor, out_minor, count;
};
static const struct field line_fields[] = {
	F_ENUM(struct own_line, what, OUT | REQ, classes, "of what kind; bank: paid out or in"),
	F_MINOR(struct own_line, in_minor, OUT | REQ, "came"),
	F_MINOR(struct own_line, out_minor, OUT | REQ, "went"),
	F_INT(struct own_line, count, OUT | REQ, 1, JSON_INT_MAX, NULL, "transfers"),
	F_END};
static const char *const kinds[] = {"merchant", "buyer", "recycler", NULL};
static const int codes[KINDS] = {MONEY_MERCHANT, MONEY_BUYER, MONEY_RECYCLER};
struct own_account {
	const char *account;
	int64_t kind, balance_minor, promised_minor, available_minor;
	struct list lines;
};
static const struct field account_fields[] = {
	F_ENUM(struct own_account, kind, OUT | REQ, kinds, "as what"),
	F_TEXT(struct own_account, account, OUT | REQ, 1, 64, "the account: see settle.statement"),
	F_INT(struct own_account, balance_minor, OUT | REQ, -JSON_INT_MAX, JSON_INT_MAX, "minor",
	      "owed to the party; below 0: owed by it"),
	F_INT(struct own_account, promised_minor, OUT | REQ, 0, JSON_INT_MAX, "minor",
	      "of it on the way, in a payout or a sale"),
	F_INT(struct own_account, available_minor, OUT | REQ, -JSON_INT_MAX, JSON_INT_MAX, "minor",
	      "the rest"),
	F_LIST(struct own_account, lines, OUT, LINES_MAX, line_fields, struct own_line,
	       "what came and went in the period, by class"),
	F_END};
struct own {
	int64_t party, from_us, partial;
	const char *currency, *from;
	struct list accounts;
};
const struct field settle_own_shown[] = {
	F_ID(struct own, party, OUT | REQ, "the party"),
	F_TEXT(struct own, currency, OUT | REQ, 3, 3, "currency"),
	F_TEXT(struct own, from, OUT | REQ, 10, 10, "first local day of the period"),
	F_US(struct own, from_us, OUT | REQ, "where it begins"),
	F_BOOL(struct own, partial, OUT | REQ,
	       "the period holds more entries than are looked at here: the first ones count"),
	F_LIST(struct own, accounts, OUT, KINDS, account_fields, struct own_account,
	       "accounts that were used"),
	F_END};

static enum err whose(struct cx *cx, const struct reader *r, const struct own_params *p, int64_t *party)
{
	*party = p->party != FIELD_NONE ? p->party : r->who.org;
	if (*party == 0)
		return cx_fail(cx, ERR_INVALID, "party: whose balance?");
	return r->who.org == 0 && r->who.order == 0 ? settle_check_viewer(cx, r) :
						      reader_check_org(cx, r, *party);
}

static enum err read_from(struct cx *cx, struct reader *r, const struct own_params *p, struct own *o)
{
	const void *row;
	struct tz *tz;
	int64_t now_us;
	int32_t day;

	if (reader_find(cx, r, &city_table, &(struct city){.city = r->city}, &row))
		return cx->err;
	if (!row)
		return cx_fail(cx, ERR_NOT_FOUND, "there is no city %lld", (long long)r->city);
	if (tz_open(cx, ((const struct city *)row)->time_zone, &tz) || city_now(cx, r, r->city, &now_us))
		return cx->err;
	day = tz_day(tz, now_us);
	day -= civil_of_day(day).day - 1;
	if (p->from && day_parse(cx, p->from, &day))
		return cx_prefix(cx, "from: ");
	o->from_us = tz_day_start_us(tz, day);
	o->from = day_format(cx, day);
	return o->from ? ERR_OK : cx->err;
}

/* The first entry of that time or later: times never go back in a journal. */
static enum err first_entry(struct cx *cx, const struct reader *r, int64_t us, int64_t *out)
{
	struct log_head log;
	int64_t below = -1, above;

	if (log_head_read(cx, r->db, r->city, &log))
		return cx->err;
	for (above = log.size; below + 1 < above;) {
		struct cx_mark mark = cx_mark(cx);
		int64_t middle = below + (above - below) / 2;
		struct entry e;
		bool late;

		if (entry_read(cx, r->db, r->domain, r->city, middle, &e))
			return cx->err;
		late = e.recorded_us >= us;
		cx_restore(cx, mark);
		if (late)
			above = middle;
		else
			below = middle;
	}
	*out = above;
	return ERR_OK;
}

/* What a coin is to a merchant, buyer or recycler, by the account that it comes from or goes to. */
static enum class class_of(int own, int code)
{
	switch (code) {
	case MONEY_BANK:
		return C_BANK;
	case MONEY_OWNER:
		return C_NETTED;
	case MONEY_BATCH:
		return C_MATERIAL;
	case MONEY_ROUNDING:
		return C_ROUNDING;
	case MONEY_DEVICE:
		return own == MONEY_MERCHANT ? C_COMMISSION : C_PURCHASE;
	case MONEY_TAX:
		return own == MONEY_BUYER ? C_PURCHASE : C_OTHER;
	default:
		return C_OTHER;
	}
}

static void add_line(struct own_account *a, const struct transfer *t, int64_t account)
{
	struct own_line *line = a->lines.item;
	bool in = t->to == account;
	int64_t what = class_of(account_code(account), account_code(in ? t->from : t->to));
	size_t i = 0;

	while (i < a->lines.count && line[i].what != what)
		i++;
	if (i == a->lines.count) {
		line[i] = (struct own_line){.what = what};
		a->lines.count++;
	}
	line[i].in_minor += in ? t->amount : 0;
	line[i].out_minor += in ? 0 : t->amount;
	line[i].count++;
}

static enum err read_lines(struct cx *cx, const struct reader *r, int64_t account, int64_t first,
			   struct own *o, struct own_account *a)
{
	int64_t subject = history_of_account(r->domain, account), last = first - 1, seen = 0, *seqs;
	size_t count = AT_ONCE;

	a->lines.item = cx_array(cx, LINES_MAX, sizeof(struct own_line));
	while (a->lines.item && count == AT_ONCE && seen < ENTRIES_MAX) {
		if (history_read(cx, r->db, r->city, subject, last, AT_ONCE, &seqs, &count))
			return cx->err;
		for (size_t i = 0; i < count; i++, seen++) {
			struct cx_mark mark = cx_mark(cx);
			const struct transfer *t;
			struct entry e;
			last = seqs[i];
			if (entry_read(cx, r->db, r->domain, r->city, last, &e))
				return cx->err;
			t = e.transfers.item;
			for (size_t n = 0; n < e.transfers.count; n++)
				if (settle_moves(&t[n], account, o->currency))
					add_line(a, &t[n], account);
			cx_restore(cx, mark);
		}
	}
	if (seen >= ENTRIES_MAX)
		o->partial = 1;
	return cx->err;
}

static enum err read_accounts(struct cx *cx, const struct reader *r, struct own *o)
{
	struct own_account *a = cx_array(cx, KINDS, sizeof(*a));
	int64_t first;
	size_t n = 0;

	if (!a || first_entry(cx, r, o->from_us, &first))
		return cx->err;
	for (int k = 0; k < KINDS; k++) {
		int64_t account = ACCOUNT(codes[k], o->party);
		const struct balance key = {.city = r->city, .account = account, .unit = o->currency};
		const struct balance *b;
		const void *row;

		if (reader_find(cx, r, &balance_table, &key, &row))
			return cx->err;
		b = row;
		if (!b)
			continue;
		a[n] = (struct own_account){.account = account_text(cx, r->domain, account), .kind = k,
					    .balance_minor = b->posted, .promised_minor = b->pending_out,
					    .available_minor = b->posted - b->pending_out};
		if (!a[n].account || read_lines(cx, r, account, first, o, &a[n]))
			return cx->err;
		n++;
	}
	o->accounts = (struct list){a, n};
	return ERR_OK;
}

enum err settle_own_run(struct cx *cx, struct reader *r, const void *params, struct json_writer *w)
{
	const struct own_params *p = params;
	struct own o = {.partial = 0};

	if (whose(cx, r, p, &o.party) || settle_currency(cx, r, &o.currency) || read_from(cx, r, p, &o) ||
	    read_accounts(cx, r, &o))
		return cx->err;
	field_write(w, settle_own_shown, OUT, &o);
	return ERR_OK;
}
