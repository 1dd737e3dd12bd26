#!/usr/bin/env bash
# A year of a country, made tiny: several cities, two at a time, whose books hold and whose figures an
# independent script finds; killed again and again and gone on with, it ends with the same logs.
set -euo pipefail
plan=(--scale atrenew-2020 --fraction 0.0001 --cities 3 --days 60 --seed 7 --json)

die() {
	echo "FAIL $*"
	exit 1
}

sum() { jq "[.cities[].$1] | add" "$WORK/a.json"; } # FIELD

"$RELODE" init --db "$WORK/a.db" >/dev/null
"$RELODE" simulate --db "$WORK/a.db" "${plan[@]}" >"$WORK/a.json" 2>"$WORK/a.err"
[ "$(jq .lives "$WORK/a.json")" = 378 ] || die "23 million x 0.0001 x 60 / 365 is not $(jq .lives "$WORK/a.json")"
[ "$(jq '.cities | length' "$WORK/a.json")" = 3 ] || die "not three cities"
for figure in lives actions taken agreed_minor dismantled log_size; do
	[ $figure = log_size ] || [ "$(jq ".$figure" "$WORK/a.json")" = "$(sum $figure)" ] ||
		die "$figure is not the sum over the cities"
done
jq -e '[.cities[].lives] | . == (sort | reverse) and .[0] < 2 * .[2]' "$WORK/a.json" >/dev/null ||
	die "cities are not as large as their rank says"
"$RELODE" audit --db "$WORK/a.db" >"$WORK/audit" || die "the books do not hold: $(cat "$WORK/audit")"
echo "ok three cities of a year, their sums, and books that hold"

jq '.cities[0]' "$WORK/a.json" >"$WORK/city.json"
city=$(jq .city "$WORK/city.json")
"$RELODE" export journal --db "$WORK/a.db" --city "$city" >"$WORK/journal"
"$RELODE" report --db "$WORK/a.db" --city "$city" --json >"$WORK/report"
tests/e2e/totals.pl "$WORK/journal" "$WORK/report" "$WORK/city.json" | sed 's/^ok /ok city: /'

"$RELODE" init --db "$WORK/c.db" >/dev/null
"$RELODE" simulate --db "$WORK/c.db" "${plan[@]}" --threads 1 --cache 512 >"$WORK/c.json" 2>"$WORK/c.err"
cmp -s "$WORK/a.json" "$WORK/c.json" || die "two cities at a time end otherwise than one after the other"
"$RELODE" user create --db "$WORK/a.db" --login last --roles auditor --json | jq .user >"$WORK/a.users"
"$RELODE" user create --db "$WORK/c.db" --login last --roles auditor --json | jq .user >"$WORK/c.users"
cmp -s "$WORK/a.users" "$WORK/c.users" || die "two cities at a time take other users"
echo "ok the same logs, one city after the other or two at a time"
[ ! -s "$WORK/a.err" ] || die "tells of the least memory for rows: $(cat "$WORK/a.err")"
grep -qxF "memory for rows: 512 MiB (--cache)" "$WORK/c.err" || die "does not tell what memory rows have"

"$RELODE" init --db "$WORK/d.db" >/dev/null
"$RELODE" simulate --db "$WORK/d.db" "${plan[@]}" --threads 3 --cache 1 >"$WORK/d.json"
cmp -s "$WORK/a.json" "$WORK/d.json" || die "cities that forget all the time end otherwise"
echo "ok the same logs with much memory for rows, and with hardly any"

# --- it goes on ---

"$RELODE" simulate --db "$WORK/a.db" "${plan[@]}" >"$WORK/again.json"
cmp -s "$WORK/a.json" "$WORK/again.json" || die "what is finished is not passed over"
rm "$WORK/a.db.simulated"
"$RELODE" simulate --db "$WORK/a.db" "${plan[@]}" >"$WORK/again.json"
cmp -s "$WORK/a.json" "$WORK/again.json" || die "what is finished is not read back"
echo "ok a finished year is passed over, or read back when its record is lost"

"$RELODE" init --db "$WORK/b.db" >/dev/null
kills=0
while :; do
	rc=0
	signal=KILL
	[ $((kills % 3)) -ne 2 ] || signal=INT
	"$RELODE" simulate --db "$WORK/b.db" "${plan[@]}" >"$WORK/b.json" 2>"$WORK/b.err" &
	pid=$!
	sleep "0.$(printf %02d $((4 + 3 * kills)))" # later each time, so that it gets on
	kill -s $signal $pid 2>/dev/null || true
	{ wait $pid || rc=$?; } 2>/dev/null # the shell tells of each killed one
	[ $rc -ne 0 ] || break
	[ $rc -eq 137 ] || [ $rc -eq 130 ] || die "stopped: exit $rc: $(cat "$WORK/b.err")"
	kills=$((kills + 1))
	if [ $kills -ge 12 ]; then # a slow machine: now without haste
		"$RELODE" simulate --db "$WORK/b.db" "${plan[@]}" >"$WORK/b.json"
		break
	fi
done
[ $kills -ge 1 ] || die "it was never stopped"
cmp -s "$WORK/a.json" "$WORK/b.json" || die "stopped $kills times, it ended otherwise"
"$RELODE" audit --db "$WORK/b.db" >"$WORK/audit" || die "the books do not hold: $(cat "$WORK/audit")"
echo "ok killed and gone on with, it ends with the same logs"

# --- on PostgreSQL ---

if [ -n "${RELODE_TEST_PG-}" ]; then
	name=year_$$
	psql -q "$RELODE_TEST_PG" -c "CREATE DATABASE $name"
	# shellcheck disable=SC2001 # the database stands between the last / and the ?
	pg=$(echo "$RELODE_TEST_PG" | sed "s|/[^/?]*?|/$name?|")
	(
		cd "$WORK" # keys, evidence and record of a server's database lie in the working directory
		"$RELODE" init --db "$pg" --keys pg.keys >/dev/null
		"$RELODE" simulate --db "$pg" --keys pg.keys "${plan[@]}" >pg.json 2>pg.err &
		sleep 1
		kill -s KILL $! 2>/dev/null || true
		{ wait $! || true; } 2>/dev/null
		"$RELODE" simulate --db "$pg" --keys pg.keys "${plan[@]}" >pg.json
	)
	cmp -s "$WORK/a.json" "$WORK/pg.json" || die "PostgreSQL: it ended otherwise"
	psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
	echo "ok the same logs on PostgreSQL, killed and gone on with"
else
	echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
fi

# --- what cannot be ---

rm "$WORK/b.db.simulated"
"$RELODE" act party.register --db "$WORK/b.db" --city "$city" --kind organisation --roles merchant \
	--public_name Stranger >/dev/null
rc=0
"$RELODE" simulate --db "$WORK/b.db" "${plan[@]}" >"$WORK/out" 2>"$WORK/err" || rc=$?
[ $rc -eq 5 ] || die "somebody else wrote to the city: exit $rc: $(cat "$WORK/err")"
grep -q "city $city has .* entries more than the simulation" "$WORK/err" ||
	die "does not say that somebody else wrote: $(cat "$WORK/err")"
echo "ok a city that somebody else wrote to is refused"

refused() { # WORDS OPTION...
	local words=$1 rc=0
	shift
	"$RELODE" simulate --db "$WORK/b.db" "$@" >"$WORK/out" 2>"$WORK/err" || rc=$?
	[ $rc -eq 2 ] || die "$*: exit $rc: $(cat "$WORK/err")"
	grep -qF -- "$words" "$WORK/err" || die "$* does not say \"$words\": $(cat "$WORK/err")"
}
refused "is not one of: atrenew-2020" --scale atrenew-2019
refused "--fraction" --scale atrenew-2020 --fraction 0
refused "--fraction" --scale atrenew-2020 --fraction 1.1
refused "--fraction" --scale atrenew-2020 --fraction 1e-3
refused "--count is not for a scale" --scale atrenew-2020 --count 5
refused "give --scale" --fraction 0.1
refused "give --scale" --threads 2
refused "--threads" --scale atrenew-2020 --threads 0
refused "give --scale" --cache 64
refused "--cache" --scale atrenew-2020 --cache 0
refused "give --db" --scale atrenew-2020 --server http://127.0.0.1:1
echo "ok options that do not fit are refused"
