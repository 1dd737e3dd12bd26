/* fuzz.h: what every target here shares.
 *
 * A target is a file fuzz_NAME.c with LLVMFuzzerTestOneInput: it feeds the bytes to a reader and
 * asserts what must hold for any bytes. `scripts/fuzz NAME SECONDS` looks for bytes that break it;
 * replay.c runs the corpus through it as an ordinary test. HOLDS aborts, which both understand.
 */
#ifndef RELODE_TESTS_FUZZ_H
#define RELODE_TESTS_FUZZ_H

#include "base/cx.h"

#define HOLDS(condition) BUG(!(condition))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
