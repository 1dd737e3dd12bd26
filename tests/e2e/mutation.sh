#!/bin/sh
# Whoever changes any one column of any row, or deletes, adds or exchanges rows, is found by the audit.
# First a programme with at least one row in every table: a city that has run its course, one that is in
# the middle of things, and what a simulation does not do.
set -eu
db="$WORK/mutation.db"
relode() {
	"$RELODE" "$@" --db "$db"
}
relode init >/dev/null
relode simulate --seed 10 --count 60 >/dev/null
relode simulate --seed 10 --count 30 --days 12 --until 16 >/dev/null

printf 'brand,name,code,category,source\nAcme,One,ACM-1,phone,test\nAcme,Two,ACM-2,tablet,test\n' >"$WORK/models.csv"
printf 'tac,brand,name\n35123456,Acme,One\n35123457,Acme,Two\n' >"$WORK/tacs.csv"
relode import models "$WORK/models.csv" >/dev/null
relode import tac "$WORK/tacs.csv" >/dev/null
relode user create --login mutation --roles clerk --json >"$WORK/user.json"
user=$(jq -r .user "$WORK/user.json")
relode user password --user "$user" --password 'correct horse battery' >/dev/null
relode token issue --user "$user" --label mutation >/dev/null
relode export device --city 2 --json >"$WORK/devices"
relode act device.merge --city 2 --device "$(sed -n 1p "$WORK/devices" | jq -r .device)" \
	--same_as "$(sed -n 2p "$WORK/devices" | jq -r .device)" >/dev/null
receipt=$(relode export journal --city 1 | jq -r 'select(.type == "settle.receipt") | .seq' | head -n 1)
relode act settle.adjust --city 1 --reverses "$receipt" --reason mistake >/dev/null
relode audit >/dev/null
"$(dirname "$RELODE")/tests/sim/mutate" "$db" "$db.keys"
echo "ok every change of a row is found"
