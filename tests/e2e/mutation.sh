#!/bin/sh
# Whoever changes any one column of any row, or deletes, adds or exchanges rows, is found by the audit: on
# SQLite every change of what is there, on PostgreSQL some of them.
set -eu
EVERY=8 # on PostgreSQL one change in so many is tried

relode() {
	"$RELODE" "$@" --db "$db" --keys "$keys"
}

# A programme with at least one row in every table: a city that has run its course, one that is in the
# middle of things, and what a simulation does not do.
fill() {
	relode init >/dev/null
	relode simulate --seed 10 --count 60 >/dev/null
	relode simulate --seed 10 --count 30 --days 12 --until 16 >/dev/null
	relode import models models.csv >/dev/null
	relode import tac tacs.csv >/dev/null
	relode user create --login mutation --roles clerk --json >user.json
	user=$(jq -r .user user.json)
	relode user password --user "$user" --password 'correct horse battery' >/dev/null
	relode token issue --user "$user" --label mutation >/dev/null
	relode export device --city 2 --json >devices
	relode act device.merge --city 2 --device "$(sed -n 1p devices | jq -r .device)" \
		--same_as "$(sed -n 2p devices | jq -r .device)" >/dev/null
	receipt=$(relode export journal --city 1 | jq -r 'select(.type == "settle.receipt") | .seq' | head -n 1)
	relode act settle.adjust --city 1 --reverses "$receipt" --reason mistake >/dev/null
	relode audit >/dev/null
}

mutate="$(dirname "$RELODE")/tests/sim/mutate"
cd "$WORK" # keys and evidence of a server's database lie in the working directory
printf 'brand,name,code,category,source\nAcme,One,ACM-1,phone,test\nAcme,Two,ACM-2,tablet,test\n' >models.csv
printf 'tac,brand,name\n35123456,Acme,One\n35123457,Acme,Two\n' >tacs.csv

db="$WORK/mutation.db" keys="$WORK/mutation.keys"
fill
"$mutate" "$db" "$keys"
echo "ok every change of a row is found"

if [ -z "${RELODE_TEST_PG-}" ]; then
	echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
	exit
fi
name=mutation_$$
psql -q "$RELODE_TEST_PG" -c "CREATE DATABASE $name"
# the database stands between the last / and the ?
db=$(echo "$RELODE_TEST_PG" | sed "s|/[^/?]*?|/$name?|") keys="$WORK/pg.keys"
fill
"$mutate" "$db" "$keys" $EVERY
psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
echo "ok changes of rows are found on PostgreSQL"
