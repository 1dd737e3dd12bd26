#!/bin/sh
# Whoever changes any one column of any row, or deletes, adds or exchanges rows, is found by the audit.
set -eu
db="$WORK/mutation.db"
"$RELODE" init --db "$db" >/dev/null
"$RELODE" simulate --db "$db" --seed 7 --count 40 >/dev/null
"$RELODE" audit --db "$db" >/dev/null
mutate="$(dirname "$RELODE")/tests/sim/mutate"
"$mutate" "$db" "$db.keys"
echo "ok every change of a row is found"
