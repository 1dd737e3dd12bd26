#!/usr/bin/env bash
# The server is killed while clients write: a few kills of scripts/test-crash, on both databases.
set -euo pipefail

kills=5
for engine in sqlite postgresql; do
	if [ "$engine" = postgresql ] && [ -z "${RELODE_TEST_PG-}" ]; then
		echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
		continue
	fi
	mkdir "$WORK/$engine"
	RELODE_CRASH_DIR=$WORK/$engine scripts/test-crash --kills $kills --db $engine --seed 5 | tee "$WORK/out"
	grep -q ": $kills kills, .* 0 lost, 0 doubled$" "$WORK/out"
	echo "ok $engine: nothing is lost, nothing done twice"
done
