/* model.h: what a city should do, in a few hundred lines of memory: the other opinion.
 *
 * Written from the plan's state machine, not from src/programme, and it shares no code with it: it knows for
 * each action whether it is allowed now, and what becomes of items, devices, media, sales, payouts and money.
 * What rules compute (prices, bonuses) and what the city allots (ids) it is told, and checks what must hold
 * of them. Everything has a stated maximum; a full model says so (model_full). Of what is refused it
 * knows in which way where that is plain: what is not there, or not the caller's; of the newer verbs also
 * what is not possible now, or against a rule.
 *
 * Time: an entry is recorded at the clock, but never before the one that was recorded last.
 */
#ifndef RELODE_TESTS_SIM_MODEL_H
#define RELODE_TESTS_SIM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NONE INT64_C(-1)
enum {
	M_ITEMS = 600,
	M_SALES = 600,
	M_PAYOUTS = 300,
	M_LINES = 24,
	M_MEDIA = 16,
	M_KNOWN = 4000,
	M_PARTIES = 12,
	M_SITES = 6,
	M_REFS = 600,
	ASK_ITEMS = 3,
	ASK_REPAIRS = 2,
	ASK_PARTS = 3,
	ASK_CLAIMS = 2,
	ASK_SEEN = 48,
	M_CLAIMS = 2000,
	M_LINKS = 400,
	M_RATES = 100,
	M_EVIDENCE = 600,
	M_BATCHES = 200,
	M_LOTS = 400,
	M_COMPONENTS = 1000,
	M_CONSIGNMENTS = 200,
	M_RECEIPTS = 400,
	M_MOVES = 4000,
	ASK_COMPONENTS = 3,
	ASK_LOTS = 3
};

enum item_is {
	I_BOOKED,
	I_CUSTODY,
	I_INSPECTED,
	I_OFFERED,
	I_AGREED,
	I_PAYING,
	I_PAID,
	I_PAYOUT_FAILED,
	I_RETURNING,
	I_RETURNED,
	I_CANCELLED,
	I_LAPSED,
	I_LOST,
	I_NETTED,
	I_SEIZED,
	I_KEPT
};
enum device_is {
	D_CUSTODY,
	D_OWNED,
	D_ERASING,
	D_ERASED,
	D_ERASE_FAILED,
	D_STOCK,
	D_LISTED,
	D_SOLD,
	D_DELIVERED,
	D_TO_RECOVER,
	D_RECOVERED,
	D_RETURNING,
	D_RETURNED,
	D_HELD,
	D_SEIZED,
	D_LOST
};
enum medium_is { M_PRESENT, M_FAILED, M_ERASED, M_DESTROYED, M_REMOVED };
enum sale_is { S_RESERVED, S_DELIVERED, S_CANCELLED, S_RETURNED };
enum payout_is { P_CREATED, P_EXPORTED, P_SETTLED, P_CANCELLED };
enum line_is { L_PENDING, L_PAID, L_REJECTED, L_DROPPED };
enum batch_is { B_OPEN, B_CLOSED };
enum lot_is { T_OPEN, T_SHIPPED, T_RECEIPTED };
enum consignment_is { C_SHIPPED, C_RECEIPTED };
extern const char *const item_is_names[],
	*const device_is_names[], *const medium_is_names[], *const sale_is_names[],
	*const payout_is_names[], *const batch_is_names[], *const lot_is_names[],
	*const consignment_is_names[];

/* Where a device's piece is. */
enum place_is { AT_SITE, ON_THE_WAY, AT_BUYER, BACK_HOME, NOBODY_KNOWS, AT_AUTHORITY, IN_PIECES };

/* party: of all but staff and a link; order: of a link */
enum asker { STAFF, CLERK, LINK, BUYER, DISMANTLER };
enum verb {
	BOOK,
	GIVE,
	TAKE_IN,
	CANCEL,
	LAPSE,
	INSPECT,
	ACCEPT,
	DECLINE,
	RETURN_GIVEN,
	RETURN_TAKEN,
	RETURN_FAILED,
	COMPENSATE,
	SEIZED,
	HOLD,
	RELEASE,
	SEIZE,
	LOSE,
	FIND,
	SHIP,
	ARRIVE,
	WEIGH,
	MEDIUM,
	ERASE,
	ATTEMPT,
	DESTROY,
	RECEIVE,
	LIST,
	UNLIST,
	SELL,
	CANCEL_SALE,
	DELIVER,
	RETURN,
	DEPOSIT,
	REFUND,
	SEND,
	PAYOUT,
	EXPORTED,
	DROP,
	RESULT,
	DISPOSE,
	REPAIR,
	IDENTIFY,
	MERGE,
	UNMERGE,
	STOCKTAKE,
	RATE,
	TAX_PAY,
	EVIDENCE,
	BATCH,
	WEIGH_IN,
	COMPONENT,
	WEIGH_OUT,
	GAIN,
	CLOSE,
	CONSIGN,
	RECEIPT,
	CORRECT,
	RECEIVED,
	EXCHANGE,
	ADJUST,
	PROPOSE,
	ACCOUNT_OF,
	VERBS
};
enum found { AS_SAID, BETTER, WORSE, LOCKED, STOLEN, FINDINGS };
enum outcome { VERIFIED, FAILED, NOT_TRIED, OUTCOMES };
enum kind { PHONE, WASHER, KINDS };
enum way { RESALE, RECOVERY };				   /* of a disposition */
enum stolen { NOT_ASKED, CLEAR, LISTED, STOLENS };
enum sent_for { DAMAGED, DECIDED, NOT_ERASED, SENT_FORS }; /* why to recovery */

/* The last is not in the list. */
enum fraction_is { BATTERY, BOARD, IRON, PLASTIC, NO_FRACTION, FRACTIONS };
enum mass_why { DUST, MOISTURE, SCALE, FOUND_MORE, MASS_WHYS };

/* What is found in a device. parent: number of another, 0: the device itself; mass 0: not weighed;
 * fraction: 1 + that it goes to, or 0. */
struct m_found {
	int64_t parent, mass, fraction;
};
struct m_weight {
	int64_t lot, mass;
};
/* A part of a repair. medium: fitted, it is one; taken out, its number; 0: it is none. */
struct m_part {
	int64_t out, mass, cost, medium;
};
/* One request. Members that its verb does not use are 0, so that two are the same when their bytes are. */
struct ask {
	int64_t verb; /* enum verb */
	int64_t asker, party, order;
	int64_t claimed_us;  /* NONE: now */
	int64_t id;	     /* of the item, device, sale, payout, buyer */
	int64_t site, other; /* other: owner, carrier, buyer, owner's item to pay */
	int64_t amount;	     /* price (NONE: not said), deposit, mass, purchase, cost of work, rate */
	int64_t n;	     /* medium; number of kinds, of parts; reference of a payment; bits of repairs */
	/* enum found, outcome, sent_for, stolen, way + 1; no picture; statutory hold; courier; all due;
	 * margin; bits of lines */
	int64_t what;
	int64_t until_us;
	int64_t kind[ASK_ITEMS];
	int64_t pay[ASK_ITEMS]; /* items to pay, 0 behind the last */
	struct m_part part[ASK_PARTS];
	/* numbers of identities, 0 behind the last; -1 - number: written otherwise */
	int64_t claim[ASK_CLAIMS];
	int64_t end;	       /* claim that ends, or 0 */
	int64_t evidence;      /* that the owner wants it, or 0 */
	int64_t seen[ASK_SEEN]; /* devices counted, 0 behind the last */
	/* of recovery: until_us is the date of a receipt, n the number of these */
	struct m_found found[ASK_COMPONENTS];
	struct m_weight weight[ASK_LOTS];
	int64_t fee, certificate;
};
struct m_line {
	int64_t item, party, buyer, amount, state; /* item NONE: of a party */
};
/* What the answer says. */
struct told {
	int64_t id; /* order, device, sale, payout */
	int64_t item[ASK_ITEMS], quoted[ASK_ITEMS], bonus[ASK_ITEMS];
	int64_t agreed, offered, granted; /* NONE when absent */
	int64_t price; /* for what an inspection found, NONE when not priced */
	int64_t way, rule_way, sale, repair, resale, recovery; /* of a disposition */
	int64_t expected, lost, missing, unexpected; /* of a stocktake */
	int64_t tax;				     /* of a sale */
	int64_t claims, claim_n[ASK_CLAIMS], also[ASK_CLAIMS];
	int64_t left, loss, received, difference, mass, reverses; /* of recovery */
	int64_t count;					 /* of transfers reversed */
	int64_t promised;				 /* before an inspection */
	int64_t lines;
	struct m_line line[M_LINES]; /* of a payout */
};

struct m_order {
	int64_t id, owner, merchant, site, lapse_us, netted, courier, account_seq;
};
struct m_item {
	int64_t id, order, kind, state, device, quoted, said_bonus, bonus, offered, agreed,
		offer_until_us;
	int64_t taken_site, payout;
	int64_t price; /* what the newest inspection found it worth */
	bool given, taken, looked_at;
	bool alone; /* given into custody alone, and no yes yet */
	int64_t owed, promised; /* money: posted, pending out */
};
struct m_medium {
	int64_t state, tried_in; /* round of the last attempt; 0: none */
};
struct m_device {
	int64_t id, item, state, held_from, lost_from, place, at, to_site, owner, mass, price,
		hold_until_us, round;
	bool statutory, stolen, storage; /* of a hold: why */
	struct m_medium medium[M_MEDIA];
	int64_t media;
	int64_t way; /* what was decided of it, or NONE */
	bool received; /* into stock: the site where it is counts on it */
	int64_t money;
};
/* Device claims this identity, or did. */
struct m_claim {
	int64_t device, n, identity;
	bool ended;
};
/* Two numbers, the smaller first, for one thing; or they were. */
struct m_link {
	int64_t device, same_as;
	bool ended;
};
struct m_sale {
	int64_t id, device, buyer, price, tax, cost, state, until_us;
};
/* About a device, or an order; else NONE. n: what it shows. */
struct m_evidence {
	int64_t id, device, order, n;
};
/* What stands in it and in no fraction: in + gain - out - loss. */
struct m_batch {
	int64_t id, state, site, dismantler, devices, in, out, gain, loss;
};
struct m_component {
	int64_t device, n, parent, mass;
};
struct m_lot {
	int64_t id, state, site, fraction, mass, consignment;
	int64_t received; /* by the receipt that holds, or NONE */
};
struct m_consignment {
	int64_t id, state, site, recycler, lots, mass, receipts, receipt_seq, received, value, fee;
};
/* A recycler's certificate counts for one consignment. */
struct m_certificate {
	int64_t recycler, n, consignment;
};
/* A transfer of money by an entry, and what it is; back: it gives that back. */
enum moved {
	BOUND,
	GRANTED,
	EARNED,
	MENDED,
	TAXED,
	GOT_DEBT,
	GOT_FUND,
	DOLLAR_IN,
	DOLLAR_OUT,
	PAID_FOR,
	OWN_IN
};
struct m_move {
	int64_t seq, n, what, device, party, amount;
	bool back, reversed;
};
/* Holds from a time on, until a later one. */
struct m_rate {
	int64_t from_us, bp;
	bool margin;
};
struct m_payout {
	int64_t id, state, lines;
	struct m_line line[M_LINES];
};
struct m_party {
	int64_t id;
	bool merchant, retailer, buyer, carrier, recycler, operates;
	int64_t share_bp, fixed;	 /* commission */
	int64_t owed, owed_promised;	 /* as a merchant */
	int64_t credit, credit_promised; /* as a buyer */
	int64_t debt;			 /* as a recycler: fees less what it pays */
};
struct m_site {
	int64_t id, party;
};
/* A key that was used: who, for what, and the entry. */
struct m_known {
	int64_t key, seq, recorded_us;
	struct ask ask;
};

/* Rules that --self-check bends, one at a time: then the comparison must find a difference. */
enum bent {
	STRAIGHT,
	NO_LAPSE,
	NO_GATE,
	NO_FUNDS,
	NO_WINDOW,
	KEYS_FOREVER,
	NO_COMMISSION,
	OWNER_LEFT_OUT,
	TWICE_GIVEN,
	NO_ROUNDS,
	NO_DECISION,
	DEAREST_WAY,
	ONLY_BEFORE,
	FREE_REPAIR,
	UNSEEN_MEDIUM,
	BONUS_AGAIN,
	BONUS_BY_LINK,
	NOBODY_ELSE,
	NO_SHRINKAGE,
	SOLD_IS_LOST,
	WHOLE_PRICE,
	FIRST_RATE,
	TAX_KEPT,
	ANY_PAPER,
	SEEN_BY_ALL,
	MORE_OUT,
	SMOOTHED,
	MIXED_LOT,
	DATA_LEAVES,
	PAID_TWICE,
	REVERSED_AGAIN,
	ANY_REVERSAL,
	YES_UNASKED,
	NOT_SUSPECT,
	BENDS
};
extern const char *const bent_names[];

struct town {
	int64_t bent, city;
	int64_t east_hours; /* of its clocks */
	int64_t rate_bp;    /* its money for the recovery rule's */
	int64_t programme;
	struct m_party party[M_PARTIES];
	struct m_site site[M_SITES];
	struct m_order order[M_ITEMS];
	struct m_item item[M_ITEMS];
	struct m_device device[M_ITEMS];
	struct m_sale sale[M_SALES];
	struct m_payout payout[M_PAYOUTS];
	struct m_claim claim[M_CLAIMS];
	struct m_link link[M_LINKS];
	struct m_rate rate[M_RATES];
	struct m_evidence evidence[M_EVIDENCE];
	struct m_known known[M_KNOWN];
	struct m_batch batch[M_BATCHES];
	struct m_component component[M_COMPONENTS];
	struct m_lot lot[M_LOTS];
	struct m_consignment consignment[M_CONSIGNMENTS];
	struct m_certificate certificate[M_RECEIPTS];
	struct m_move move[M_MOVES];
	int64_t ref[M_REFS];
	int parties, sites, orders, items, devices, sales, payouts, claims, links, rates, papers, keys, refs;
	int batches, components, lots, consignments, certificates, receipts, moves;
	int64_t size, last_us;	  /* of the log */
	int64_t bank, loss, fund, repairs, tax; /* posted */
	/* what came in as another currency, and its other side */
	int64_t position, dollar_bank, dollar_position;
	int64_t parts_in, parts_out, gone, measured; /* milligrams */
};

/* REFUSED: in whatever way; the four behind it: in this one. */
enum verdict {
	ALLOWED,
	REFUSED,
	NOT_THERE,
	NOT_YOURS,
	NOT_NOW,
	NOT_SO,
	REPLAYED,
	OTHER_BODY,
	VERDICTS
};
/* What becomes of a request that is asked when the clock shows this. key 0: none. Of a replay, *seq is the
 * entry that answered first; else the next. */
enum verdict model_judge(const struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			 int64_t *seq);
/* It was allowed, and answered so. NULL, or what cannot be right about the answer. */
const char *model_apply(struct town *m, const struct ask *a, int64_t key, int64_t clock_us,
			const struct told *t);
/* Lines of a payout of all that is due. */
int model_due(const struct town *m);
/* There is no room for a batch more. */
bool model_full(const struct town *m);

struct m_order *model_order(const struct town *m, int64_t id);
struct m_item *model_item(const struct town *m, int64_t id);
struct m_device *model_device(const struct town *m, int64_t id);
struct m_sale *model_sale(const struct town *m, int64_t id);
struct m_payout *model_payout(const struct town *m, int64_t id);
/* May this caller look at it? */
bool model_may_see(const struct town *m, const struct ask *who, const struct m_evidence *e);
struct m_evidence *model_evidence(const struct town *m, int64_t id);
/* The claim of this number of a device, or NULL. */
struct m_claim *model_claim(const struct town *m, int64_t device, int64_t n);
struct m_party *model_party(const struct town *m, int64_t id);
struct m_batch *model_batch(const struct town *m, int64_t id);
struct m_lot *model_lot(const struct town *m, int64_t id);
struct m_consignment *model_consignment(const struct town *m, int64_t id);
/* Where it is, or was taken apart; NONE: at no site. */
int64_t model_site(const struct town *m, const struct m_device *d);
int64_t model_left(const struct m_batch *b);

#endif
