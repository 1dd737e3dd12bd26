#!/usr/bin/env bash
# Backups taken while clients write, restored whole, to a point in time and to the other engine.
set -euo pipefail
source tests/e2e/serving
db=$WORK/live.db

"$RELODE" init --db "$db" >/dev/null
"$RELODE" act city.open --db "$db" --city 1 --name Here --time_zone Etc/UTC --currency EUR >/dev/null
"$RELODE" act city.open --db "$db" --city 2 --name There --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create --db "$db" --login root --roles admin,clerk --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label r --json | jq -r .token)

# A client writes without pause until it is told to end: one connection, a new key each time.
client() { # CITY CLIENT ROUND
	local n=0 k
	while [ ! -e "$WORK/enough" ]; do
		local args=()
		for k in 1 2 3 4 5 6 7 8; do
			n=$((n + 1))
			args+=(--next -s -m 20 -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $token"
				-H 'Content-Type: application/json' -H "Idempotency-Key: \"$1-$2-$3-$n\""
				-d '{"kind":"person","roles":"owner","name":"Owner '"$1-$2-$n"'"}' "$url/v1/cities/$1/parties")
		done
		curl "${args[@]:1}" >>"$WORK/answers.$1.$2"
	done
}

size() { # DATABASE CITY
	sqlite3 "$1" "SELECT size FROM log_head WHERE city = $2"
}

grown() { # DATABASE ENTRIES: city 1 has more
	[ "$(size "$1" 1)" -gt "$2" ]
}

serve --db "$db" --rate 0 --log error
clients=()
for c in 1 2 3; do
	client 1 $c a &
	clients+=($!)
	client 2 $c a &
	clients+=($!)
done
until_true grown "$db" 20
for n in 1 2 3; do
	"$RELODE" backup --db "$db" "$WORK/copy$n.db" --keys-to "$WORK/copy$n.keys" >"$WORK/said" 2>&1 || fail "backup $n"
	until_true grown "$db" $(($(size "$WORK/copy$n.db" 1) + 20))
done
curl -sS "$url/v1/cities/1/log/checkpoint" >"$WORK/published"
touch "$WORK/enough"
wait "${clients[@]}"
stop
! grep -qv '^201$' "$WORK"/answers.* || fail "a write was refused"
[ "$(size "$WORK/copy1.db" 1)" -lt "$(size "$WORK/copy3.db" 1)" ] || fail "nothing was written between the backups"
for n in 1 2 3; do
	"$RELODE" restore "$WORK/copy$n.db" --keys-from "$WORK/copy$n.keys" --destroyed "$db.keys" --db "$WORK/again$n.db" >"$WORK/said" 2>&1 || fail "restore $n"
done
echo "ok three backups under load: each restored, each audited ($(size "$db" 1) entries at the end)"

# --- a point in time ---

restored() { # NAME OPTION...: from the live database's copy
	"$RELODE" restore "$WORK/whole.db" --keys-from "$WORK/whole.keys" --destroyed "$db.keys" --db "$WORK/$1.db" "${@:2}" >"$WORK/said" 2>&1
}
"$RELODE" backup --db "$db" "$WORK/whole.db" --keys-to "$WORK/whole.keys" >/dev/null
all=$(size "$db" 1)
middle=$((all / 2))
restored seq --until-seq $((middle - 1)) --city 1 || fail "until-seq"
[ "$(size "$WORK/seq.db" 1) $(size "$WORK/seq.db" 2)" = "$middle $(size "$db" 2)" ] || fail "not cut there"
"$RELODE" export journal --db "$db" --city 1 --json | awk "NR <= $middle" >"$WORK/before"
"$RELODE" export journal --db "$WORK/seq.db" --city 1 --json | cmp -s - "$WORK/before" || fail "other entries than the first $middle"
at=$("$RELODE" export journal --db "$db" --city 1 --json | jq -r "select(.seq == $middle) | .recorded_us")
# All that is here may have happened within one second: the time is exact.
restored time --until "$(date -u -d "@$((at / 1000000))" +%FT%T).$(printf %06d $((at % 1000000)))Z" || fail "until"
"$RELODE" export journal --db "$WORK/time.db" --json |
	jq -es "map(.recorded_us) | max <= $at" >/dev/null || fail "an entry from after that time"
! restored none --until 2001-01-01T00:00:00Z || fail "nothing was restored, and it is content"
grep -q 'nothing was recorded up to then' "$WORK/said" || fail "no word of it"
! restored seq --until-seq 5 --city 1 || fail "restored over another programme"
! restored word --until-seq 5 || fail "--until-seq without a city"
echo "ok books of the first entries, by number and by time, byte for byte"

# Devices at every stage of their lives, with evidence, cut anywhere.
"$RELODE" init --db "$WORK/lives.db" >/dev/null
"$RELODE" simulate --db "$WORK/lives.db" --seed 5 --count 30 --until 45 >/dev/null 2>&1 || fail "simulate"
entries=$(size "$WORK/lives.db" 1)
for n in 0 $((entries / 3)) $((entries / 2)) $((entries * 4 / 5)) $((entries - 2)); do
	rm -rf "$WORK"/part.db*
	"$RELODE" restore "$WORK/lives.db" --destroyed "$WORK/lives.db.keys" --db "$WORK/part.db" --until-seq "$n" --city 1 >"$WORK/said" 2>&1 || fail "lives up to entry $n"
	[ "$(size "$WORK/part.db" 1)" = $((n + 1)) ] || fail "lives: not cut after entry $n"
done
echo "ok lives of devices cut at five places: each holds"

# What was cut goes on under another name, and whoever holds the published checkpoint is told.
serve --db "$WORK/seq.db" --rate 0 --log error
rm "$WORK/enough"
(until_true grown "$WORK/seq.db" "$middle" || true; touch "$WORK/enough") &
client 1 1 b
wait $!
curl -sS "$url/v1/cities/1/log/checkpoint" >"$WORK/head"
grep -q "^relode/city/1/after/$middle/[0-9a-f]\{16\}$" "$WORK/head" || fail "origin $(head -n 1 "$WORK/head")"
curl -sS "$url/v1/verifier-key" | grep >/dev/null "^relode/city/1/after/$middle/" || fail "no key for the new origin"
stop
"$RELODE" audit --db "$WORK/seq.db" >"$WORK/said" || fail "the books that go on do not hold"
"$RELODE" audit --db "$WORK/seq.db" --checkpoint "$WORK/head" >"$WORK/said" || fail "nor with their own checkpoint"
! "$RELODE" audit --db "$WORK/seq.db" --checkpoint "$WORK/published" >"$WORK/said" || fail "the published checkpoint is forgotten"
grep -q "restored to its first $middle entries and go on as another log" "$WORK/said" || fail "it does not say why"
sqlite3 "$WORK/seq.db" "UPDATE log_head SET note = replace(note, '/after/$middle/', '/after/$((middle + 1))/') WHERE city = 1"
! "$RELODE" audit --db "$WORK/seq.db" >"$WORK/said" || fail "an invented origin"
echo "ok a log that was cut goes on under an origin that names what it goes on from"

"$RELODE" restore "$WORK/copy1.db" --keys-from "$WORK/copy1.keys" --no-destroyed --db "$WORK/behind.db" --published "$WORK/published" >"$WORK/said" 2>&1 || fail "restore behind"
grep -q 'the log goes on under a new origin' "$WORK/said" || fail "the restore is not behind what was published"
sqlite3 "$WORK/behind.db" "SELECT note FROM log_head WHERE city = 1" | grep >/dev/null "^relode/city/1/after/$(size "$WORK/copy1.db" 1)/" || fail "no new origin"
restored whole2 --published "$WORK/published" || fail "restore of everything published"
[ "$(sqlite3 "$WORK/whole2.db" "SELECT substr(note, 1, instr(note, char(10)) - 1) FROM log_head WHERE city = 1")" = relode/city/1 ] || fail "a new origin for nothing"
echo "ok a restore behind a published checkpoint gets a new origin, another one does not"

# --- to the other engine ---

if [ -n "${RELODE_TEST_PG-}" ]; then
	name=restored_$$
	psql -q "$RELODE_TEST_PG" -c "CREATE DATABASE $name"
	# shellcheck disable=SC2001 # the database stands between the last / and the ?
	there=$(echo "$RELODE_TEST_PG" | sed "s|/[^/?]*?|/$name?|")
	cd "$WORK" # keys and evidence of a server's database lie in the working directory
	"$RELODE" restore "$WORK/whole.db" --keys-from "$WORK/whole.keys" --db "$there" --keys "$WORK/pg.keys" --no-destroyed --replay >"$WORK/said" 2>&1 || fail "to PostgreSQL"
	"$RELODE" backup --db "$there" --keys "$WORK/pg.keys" "$WORK/only" >/dev/null || fail "keys alone"
	"$RELODE" restore "$there" --keys-from "$WORK/only.keys" --db "$WORK/back.db" --destroyed "$WORK/only.destroyed.csv" --replay >"$WORK/said" 2>&1 || fail "and back"
	for city in 0 1 2; do
		[ "$(sqlite3 "$WORK/back.db" "SELECT hex(root) FROM log_head WHERE city = $city")" = \
			"$(sqlite3 "$db" "SELECT hex(root) FROM log_head WHERE city = $city")" ] || fail "another root in city $city"
	done
	psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
	echo "ok to PostgreSQL and back by replaying: the same logs"
else
	echo "skipped: no PostgreSQL server"
fi
