#include "programme/device/device.h"

const char *const device_states[] = {
	"in_custody", "owned", "erasing", "erased", "erase_failed", "stock", "listed", "sold", "delivered",
	"to_recover", "recovered", "returning", "returned", "held", "seized", "lost", NULL};
const char *const medium_states[] = {"present", "failed", "unverifiable", "erased", "destroyed",
				     "removed", NULL};
const char *const medium_kinds[] = {"flash", "ssd", "hdd", "card", "sim", "other", NULL};
const char *const identifier_kinds[] = {"imei", "serial", "mac", "other", NULL};
const char *const hold_reasons[] = {"activation_lock", "stolen_list", "dispute", "statutory", NULL};

#define S(name) STATE(DEVICE_##name)

/* Ours to work on. */
#define WORKSHOP (S(OWNED) | S(ERASING) | S(ERASED) | S(ERASE_FAILED))
#define SALEABLE (S(STOCK) | S(LISTED))
/* On hand and free: what may be weighed, looked at, moved, interrupted. */
#define FREE (S(CUSTODY) | WORKSHOP | SALEABLE | S(TO_RECOVER) | S(RETURNING))
#define ON_HAND (FREE | S(SOLD) | S(HELD))

/* An action that leaves each state as it is. */
#define STAY(action)                                                                                \
	{action, S(CUSTODY), DEVICE_CUSTODY}, {action, S(OWNED), DEVICE_OWNED},                        \
	{action, S(ERASING), DEVICE_ERASING}, {action, S(ERASED), DEVICE_ERASED},                      \
	{action, S(ERASE_FAILED), DEVICE_ERASE_FAILED}, {action, S(STOCK), DEVICE_STOCK},              \
	{action, S(LISTED), DEVICE_LISTED}, {action, S(TO_RECOVER), DEVICE_TO_RECOVER},                \
	{action, S(RETURNING), DEVICE_RETURNING}, {action, S(HELD), DEVICE_HELD}

/* Back from an interruption to where it was. */
#define BACK(action)                                                                                \
	{action, S(HELD), DEVICE_CUSTODY}, {action, S(HELD), DEVICE_OWNED},                            \
	{action, S(HELD), DEVICE_ERASING}, {action, S(HELD), DEVICE_ERASED},                           \
	{action, S(HELD), DEVICE_ERASE_FAILED}, {action, S(HELD), DEVICE_STOCK},                       \
	{action, S(HELD), DEVICE_LISTED}, {action, S(HELD), DEVICE_SOLD},                              \
	{action, S(HELD), DEVICE_TO_RECOVER}, {action, S(HELD), DEVICE_RETURNING}
/* Never to where it counts as erased: nobody knows who had it. */
#define FOUND(action)                                                                               \
	{action, S(LOST), DEVICE_CUSTODY}, {action, S(LOST), DEVICE_OWNED},                            \
	{action, S(LOST), DEVICE_ERASE_FAILED}, {action, S(LOST), DEVICE_TO_RECOVER},                  \
	{action, S(LOST), DEVICE_RETURNING}, {action, S(LOST), DEVICE_HELD}

static const struct machine_move device_moves[] = {
	/* the trade-in */
	{"inspect.record", S(CUSTODY), DEVICE_CUSTODY},
	{"inspect.record", S(CUSTODY) | S(OWNED) | S(ERASED), DEVICE_OWNED},
	{"inspect.record", S(CUSTODY) | S(OWNED) | S(ERASED) | S(ERASE_FAILED) | S(STOCK), DEVICE_HELD},
	{"inspect.record", S(ERASED), DEVICE_ERASED},
	{"inspect.record", S(ERASE_FAILED), DEVICE_ERASE_FAILED},
	{"inspect.record", S(STOCK), DEVICE_STOCK},
	{"inspect.record", S(STOCK), DEVICE_OWNED},
	{"tradein.propose", S(CUSTODY), DEVICE_CUSTODY},
	{"tradein.propose", S(CUSTODY), DEVICE_HELD}, /* listed as stolen */
	{"tradein.accept", S(CUSTODY), DEVICE_CUSTODY},
	{"tradein.accept", S(CUSTODY), DEVICE_OWNED},
	{"tradein.decline", S(CUSTODY), DEVICE_RETURNING},
	{"tradein.lapse", S(CUSTODY), DEVICE_RETURNING},
	{"tradein.return_given", S(RETURNING), DEVICE_RETURNING},
	{"tradein.return_given", S(RETURNING), DEVICE_RETURNED},
	{"tradein.return_taken", S(RETURNING), DEVICE_RETURNING},
	{"tradein.return_taken", S(RETURNING), DEVICE_RETURNED},
	{"tradein.return_failed", S(RETURNING), DEVICE_RETURNING},
	/* erasure: its outcome follows from the media */
	{"erase.start", S(OWNED) | S(ERASE_FAILED), DEVICE_ERASING},
	{"erase.attempt", S(ERASING), DEVICE_ERASING},
	{"erase.attempt", S(ERASING), DEVICE_ERASED},
	{"erase.attempt", S(ERASING), DEVICE_ERASE_FAILED},
	{"erase.destroy", S(OWNED), DEVICE_OWNED},
	{"erase.destroy", S(ERASING), DEVICE_ERASING},
	{"erase.destroy", S(ERASE_FAILED) | S(ERASING), DEVICE_ERASE_FAILED},
	{"erase.destroy", S(TO_RECOVER), DEVICE_TO_RECOVER},
	{"erase.destroy", S(RECOVERED), DEVICE_RECOVERED}, /* while it is taken apart */
	{"erase.destroy", S(OWNED) | S(ERASING) | S(ERASE_FAILED), DEVICE_ERASED},
	/* stock and sale */
	{"stock.receive", S(OWNED) | S(ERASED), DEVICE_STOCK},
	{"stock.list", S(STOCK) | S(LISTED), DEVICE_LISTED},
	{"stock.unlist", S(LISTED), DEVICE_STOCK},
	{"stock.sell", S(LISTED), DEVICE_SOLD},
	{"stock.cancel_sale", S(SOLD), DEVICE_STOCK},
	{"stock.deliver", S(SOLD), DEVICE_DELIVERED},
	{"stock.return", S(DELIVERED), DEVICE_OWNED},
	{"stock.repair", S(OWNED) | S(ERASED) | S(STOCK), DEVICE_OWNED}, /* a medium was touched */
	{"stock.repair", S(ERASED), DEVICE_ERASED},
	{"stock.repair", S(STOCK), DEVICE_STOCK},
	{"stock.stocktake", SALEABLE, DEVICE_LOST}, /* shrinkage */
	{"stock.dispose", S(OWNED), DEVICE_OWNED}, /* a decision; recover.send carries it out */
	{"stock.dispose", S(ERASED), DEVICE_ERASED},
	{"stock.dispose", S(ERASE_FAILED), DEVICE_ERASE_FAILED},
	{"stock.dispose", S(STOCK), DEVICE_STOCK},
	/* recovery */
	{"recover.send", S(OWNED) | S(ERASED) | S(ERASE_FAILED) | S(STOCK), DEVICE_TO_RECOVER},
	{"recover.weigh_in", S(TO_RECOVER), DEVICE_RECOVERED},
	/* what can happen to any device on hand */
	STAY("device.identify"),
	STAY("device.weigh"),
	STAY("device.ship"),
	STAY("device.arrive"),
	{"device.ship", S(SOLD), DEVICE_SOLD},
	{"device.arrive", S(SOLD), DEVICE_SOLD},
	{"device.medium", S(CUSTODY), DEVICE_CUSTODY},
	{"device.medium", S(OWNED) | S(ERASED) | SALEABLE, DEVICE_OWNED},
	{"device.medium", S(ERASING), DEVICE_ERASING},
	{"device.medium", S(ERASE_FAILED), DEVICE_ERASE_FAILED},
	{"device.medium", S(TO_RECOVER), DEVICE_TO_RECOVER},
	{"device.hold", FREE | S(SOLD), DEVICE_HELD},
	BACK("device.release"),
	{"device.seize", S(HELD), DEVICE_SEIZED},
	{"device.lose", FREE | S(HELD), DEVICE_LOST},
	FOUND("device.find"),
	{NULL, 0, 0}};

const struct machine device_machine = {"device", device_states, device_moves};

#define M(name) STATE(MEDIUM_##name)
#define OPEN_MEDIUM (M(PRESENT) | M(FAILED) | M(UNVERIFIABLE))

static const struct machine_move medium_moves[] = {
	{"erase.attempt", OPEN_MEDIUM, MEDIUM_PRESENT}, /* not attempted */
	{"erase.attempt", OPEN_MEDIUM, MEDIUM_FAILED},
	{"erase.attempt", OPEN_MEDIUM, MEDIUM_UNVERIFIABLE},
	{"erase.attempt", OPEN_MEDIUM, MEDIUM_ERASED},
	{"erase.destroy", OPEN_MEDIUM | M(ERASED), MEDIUM_DESTROYED},
	{"inspect.record", M(PRESENT), MEDIUM_PRESENT},
	{"inspect.record", M(PRESENT), MEDIUM_REMOVED}, /* found absent, with a photo that shows it */
	{"stock.return", M(ERASED), MEDIUM_PRESENT},
	{"device.find", M(ERASED), MEDIUM_PRESENT},
	{"stock.repair", M(ERASED) | M(DESTROYED), MEDIUM_REMOVED}, /* taken out */
	{NULL, 0, 0}};

const struct machine medium_machine = {"medium", medium_states, medium_moves};
