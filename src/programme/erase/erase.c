/* erase.c: the tables, the names, the feature. */
#include "programme/erase/internal.h"

const char *const erase_outcomes[] = {"not_attempted", "failed", "unverifiable", "verified", NULL};
const char *const erase_methods[] = {"Clear", "Purge", "Destroy", NULL};
const char *const erase_techniques[] = {
	"overwrite", "factory_reset", "ata_secure_erase", "ata_sanitize_overwrite", "block_erase",
	"cryptographic_erase", "nvme_format", "degauss", "disintegrate", "pulverize", "melt", "incinerate",
	"shred", NULL};
const char *const erase_reasons[] = {
	"no_power", "locked", "no_access", "read_error", "write_error", "timeout", "verify_mismatch",
	"interrupted", "unsupported", "not_worth", NULL};

static const struct field erasure_fields[] = {
	F_ID(struct erasure, city, NEEDED, "city"),
	F_ID(struct erasure, device, NEEDED, "the device"),
	F_INT(struct erasure, medium, NEEDED, 1, MEDIA_MAX, NULL,
	      "the storage medium within the device"),
	F_INT(struct erasure, attempt, NEEDED, 1, 1000000, NULL, "attempt on this medium, from 1"),
	F_INT(struct erasure, seq, NEEDED, 0, JSON_INT_MAX, NULL, "entry that recorded it"),
	F_INT(struct erasure, round, NEEDED, 0, 1000000, NULL,
	      "round of the device; 0: before any"),
	F_ENUM(struct erasure, outcome, NEEDED, erase_outcomes, "what came of it"),
	F_ENUM(struct erasure, method, COLUMN, erase_methods, "method of NIST SP 800-88 Rev. 1"),
	F_INT(struct erasure, sampled, COLUMN, 0, JSON_INT_MAX, "sectors",
	      "sectors or places read back"),
	F_INT(struct erasure, mismatched, COLUMN, 0, JSON_INT_MAX, "sectors",
	      "of these, not as they should be"),
	F_BOOL(struct erasure, logged, NEEDED, "the entry has the digest of a log, or of evidence"),
	F_ID(struct erasure, operator_user, NEEDED, "user who did it"),
	F_ID(struct erasure, witness_user, COLUMN, "user who saw the destruction"),
	F_US(struct erasure, recorded_us, NEEDED, "recorded at"),
	F_END};
struct table erasure_table = {
	.name = "erasure", .kind = TABLE_STATE, .fields = erasure_fields, .size = sizeof(struct erasure),
	.keys = 4,
	.fresh = FRESH_ID,
	.doc = "every attempt to erase a storage medium, written once"};

static const struct field erase_run_fields[] = {
	F_ID(struct erase_run, city, NEEDED, "city"),
	F_ID(struct erase_run, device, NEEDED, "the device"),
	F_INT(struct erase_run, rounds, NEEDED, 1, 1000000, NULL, "rounds of erasure begun"),
	F_INT(struct erase_run, started_seq, NEEDED, 0, JSON_INT_MAX, NULL, "entry that began the newest"),
	F_END};
struct table erase_run_table = {.name = "erase_run",
				.kind = TABLE_STATE,
				.fields = erase_run_fields,
				.size = sizeof(struct erase_run),
				.keys = 2,
				.fresh = FRESH_ID,
				.doc = "rounds of erasure of each device"};

static struct table *const tables[] = {&erasure_table, &erase_run_table, NULL};

const struct feature erase_feature = {
	.name = "erase", .tables = tables, .actions = erase_actions, .views = erase_views};
