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
	jq -n '{type: "FeatureCollection", features: [{type: "Feature", properties: {code: "A", name: "All"},
		geometry: {type: "Polygon", coordinates: [[[121, 31], [122, 31], [122, 32], [121, 31]]]}}]} |
		{body: tojson}' >map.json
	relode act map.publish --city 1 --data map.json >/dev/null
	# a simulated city remembers no idempotency keys: one that is not
	relode act city.open --city 3 --name Plain --time_zone Etc/UTC --currency EUR --key mutation >/dev/null
	relode audit >/dev/null
}

# Some of every kind of work in the city that is in the middle of things.
more() {
	act() {
		relode act "$@" --city 2 --json
	}
	relode export device --city 2 --json >devices
	relode export item --city 2 --json >items
	first() { # FILE STATE MEMBER
		jq -r "select(.state == \"$2\") | .$3" "$1" | head -n 1
	}
	act device.hold --device "$(first devices owned device)" --reason dispute >/dev/null
	act device.weigh --device "$(first devices erased device)" --mass_mg 171717 >/dev/null
	act stock.list --device "$(first devices listed device)" --price_minor 1234 >/dev/null
	act tradein.cancel --item "$(first items booked item)" >/dev/null
	owner=$(act party.register --kind person --roles owner --name Li --phone +8613800138000 | jq .party)
	site=$(relode export site --city 2 --json | jq -r 'select(.kind == "store") | .site' | head -n 1)
	item=$(act tradein.book --owner "$owner" --site "$site" --items '[{"category":"phone","storage_gb":64,"age_months":20}]' |
		jq '.items[0].item')
	act tradein.give --item "$item" >/dev/null
}

mutate="$(dirname "$RELODE")/tests/sim/mutate"
cd "$WORK" # keys and evidence of a server's database lie in the working directory
printf 'brand,name,code,category,source\nAcme,One,ACM-1,phone,test\nAcme,Two,ACM-2,tablet,test\n' >models.csv
printf 'tac,brand,name\n35123456,Acme,One\n35123457,Acme,Two\n' >tacs.csv

db="$WORK/mutation.db" keys="$WORK/mutation.keys"
fill
"$mutate" "$db" "$keys"
echo "ok every change of a row is found"

relode audit --save "$WORK/trusted" >/dev/null
more
"$mutate" "$db" "$keys" 1 "$WORK/trusted"
echo "ok every change of a row that is newer than a trusted audit is found by one that begins there"

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
relode audit --save "$WORK/pg-trusted" >/dev/null
more
"$mutate" "$db" "$keys" $EVERY "$WORK/pg-trusted"
psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
echo "ok changes of rows are found on PostgreSQL"
