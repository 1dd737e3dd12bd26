/* model_parts.h: what the files of the model share: who may, what a device is fit for, and each verb's rule.
 */
#ifndef RELODE_TESTS_SIM_MODEL_PARTS_H
#define RELODE_TESTS_SIM_MODEL_PARTS_H

#include "model.h"

#define DAY INT64_C(86400000000)
#define BIT(s) (1u << (s))
#define IS(x, set) ((BIT((x)->state) & (set)) != 0)
#define UNBENT(m, rule) ((m)->bent != (rule))

#define WORKSHOP (BIT(D_OWNED) | BIT(D_ERASING) | BIT(D_ERASED) | BIT(D_ERASE_FAILED))
#define SALEABLE (BIT(D_STOCK) | BIT(D_LISTED))
#define DECIDABLE (BIT(D_OWNED) | BIT(D_ERASED) | BIT(D_ERASE_FAILED) | BIT(D_STOCK))
#define FREE (BIT(D_CUSTODY) | WORKSHOP | SALEABLE | BIT(D_TO_RECOVER) | BIT(D_RETURNING))
#define NOT_AGREED (BIT(I_CUSTODY) | BIT(I_INSPECTED) | BIT(I_OFFERED))
#define NOT_OURS (NOT_AGREED | BIT(I_KEPT))

const struct m_site *site_of(const struct town *m, int64_t id);

/* The programme itself, or this organisation. */
bool for_party(const struct ask *a, int64_t party);
bool at_own_site(const struct town *m, const struct ask *a, int64_t site);
/* A device is the business of whoever runs the site where it is, or where it is going. */
bool own_device(const struct town *m, const struct ask *a, const struct m_device *d);
bool own_order(const struct ask *a, const struct m_order *o);
/* The paper is about this item's order or device. */
bool is_about(const struct town *m, int64_t evidence, const struct m_item *i);
/* What only the owner may say; the administrator may in the owner's place, and a clerk with a paper. */
bool as_owner(const struct town *m, const struct ask *a, const struct m_item *i);

/* In one of these states and not on its way to another site. */
bool ready(const struct m_device *d, unsigned states);
bool is_clear(const struct m_medium *x);
bool all_clear(const struct m_device *d);
/* The gate before anything leaves. */
bool may_leave(const struct town *m, const struct m_device *d, int64_t now);
/* It was out of our hands: what was erased counts as written again, what was decided is open. */
void reopen(struct m_device *d);
void to_place(struct m_device *d, int64_t place, int64_t at);

/* Basis points of an amount, half to even. */
int64_t share(int64_t amount, int64_t bp);
/* Nobody knows where it is: from this state, and off the shelf. */
void to_lost(struct town *m, struct m_device *d);
/* NULL, or what cannot be right about the tax of a sale. */
const char *check_tax(const struct town *m, const struct ask *a, const struct told *t, int64_t now);
/* NULL, or what cannot be right about a count. */
const char *check_count(const struct town *m, const struct ask *a, const struct told *t);
/* NULL, or what cannot be right about a disposition's figures. */
const char *check_values(const struct town *m, const struct ask *a, const struct told *t);

/* Another that is the same thing, by what it claims or by a merge, was bought with a bonus. */
bool had_bonus(const struct town *m, int64_t device);
/* Another with one of its identities was seized, or is held as stolen. */
bool found_stolen(const struct town *m, int64_t device, int64_t who);
/* The identities that a request brings differ from one another. */
bool claims_differ(const struct ask *a);
void make_claims(struct town *m, const struct ask *a, int64_t device);
const char *check_proposed(const struct town *m, const struct ask *a, const struct told *t);
const char *check_claims(const struct town *m, const struct ask *a, const struct told *t);

/* The entry that is being made moves money, as its transfer n, if the amount is not 0; the next n. */
int64_t note_move(struct town *m, int64_t n, enum moved what, int64_t device, int64_t party, int64_t amount);
/* NULL, or what cannot be right about an adjustment's answer. */
const char *check_adjusted(const struct town *m, const struct ask *a, const struct told *t);

/* The lines that a payout would have; -1: it is refused. */
int make_lines(const struct town *m, const struct ask *a, struct m_line line[M_LINES]);

/* NULL, or what cannot be right about an answer of recovery. */
const char *check_recovery(const struct town *m, const struct ask *a, const struct told *t);

/* A verb: may it be done now, and what becomes of it. */
#define RULE(name)                                                                                 \
	bool may_##name(const struct town *m, const struct ask *a, int64_t now);                   \
	void do_##name(struct town *m, const struct ask *a, const struct told *t, int64_t now)
RULE(book);
RULE(give);
RULE(take);
RULE(cancel);
RULE(lapse);
RULE(inspect);
RULE(accept);
RULE(decline);
RULE(return);
RULE(compensate);
RULE(seized);
RULE(hold);
RULE(release);
RULE(go);
RULE(find);
RULE(ship);
RULE(arrive);
RULE(weigh);
RULE(medium);
RULE(erase);
RULE(attempt);
RULE(destroy);
RULE(receive);
RULE(list);
RULE(unlist);
RULE(sell);
RULE(cancel_sale);
RULE(deliver);
RULE(bring_back);
RULE(pay_in);
RULE(send);
RULE(payout);
RULE(exported);
RULE(drop);
RULE(result);
RULE(dispose);
RULE(repair);
RULE(identify);
RULE(merge);
RULE(stocktake);
RULE(rate);
RULE(tax_pay);
RULE(evidence);
#undef RULE
/* The same, where it is known in which way it is refused. */
#define JUDGED(name)                                                                               \
	enum verdict judge_##name(const struct town *m, const struct ask *a, int64_t now);         \
	void do_##name(struct town *m, const struct ask *a, const struct told *t, int64_t now)
JUDGED(batch);
JUDGED(weigh_in);
JUDGED(component);
JUDGED(weigh_out);
JUDGED(gain);
JUDGED(close);
JUDGED(consign);
JUDGED(receipt);
JUDGED(received);
JUDGED(exchange);
JUDGED(adjust);
JUDGED(propose);
JUDGED(account);
#undef JUDGED

#endif
