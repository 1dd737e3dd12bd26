#!/usr/bin/env bash
# Two servers on one PostgreSQL database write to one city at the same time, and one of them is killed: each
# answered write is there once, whichever server took it, and the books hold.
set -euo pipefail
source tests/e2e/serving

[ -n "${RELODE_TEST_PG-}" ] || {
	echo "no PostgreSQL (RELODE_TEST_PG is not set)"
	exit 77
}
schema=two_servers_$$
db="$RELODE_TEST_PG&options=-csearch_path%3D$schema"
where=(--db "$db" --keys "$WORK/keys")
leave() {
	psql -Xq "$RELODE_TEST_PG" -c "DROP SCHEMA $schema CASCADE" 2>"$WORK/drop" || cat "$WORK/drop"
}
writing() {
	took=$(psql -XAtq "$db" -c "SELECT size FROM log_head WHERE city = 1") && [ "$took" -gt 50 ]
}

psql -Xq "$RELODE_TEST_PG" -c "CREATE SCHEMA $schema"
"$RELODE" init "${where[@]}" --bare >/dev/null
"$RELODE" act city.open "${where[@]}" --city 1 --name Twotown --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create "${where[@]}" --login two --roles admin,clerk --json | jq -r .user)
token=$("$RELODE" token issue "${where[@]}" --user "$user" --label two --json | jq -r .token)

serve "${where[@]}" --rate 0 --quiet
first=$pid urls=("$url")
out=$WORK/second.out err=$WORK/second.err
serve "${where[@]}" --rate 0 --quiet
urls+=("$url")
node tests/sim/writers.mjs --token "$token" --out "$WORK/answered" --clients 12 --seconds 3 "${urls[@]}" \
	>"$WORK/load" 2>"$WORK/load.err" &
load=$!
until_true writing
kill -KILL "$first"
wait "$first" 2>/dev/null || true
wait "$load" || { cat "$WORK/load.err"; exit 1; }
stop

"$RELODE" audit "${where[@]}" >"$WORK/audit" || { cat "$WORK/audit"; exit 1; }
"$RELODE" export party "${where[@]}" --city 1 --json |
	jq -r 'select(.public_name != null) | "\(.public_name) \(.party)"' | sort >"$WORK/there"
cut -d' ' -f1,2 "$WORK/answered" | sort >"$WORK/told"
lost=$(comm -23 "$WORK/told" "$WORK/there" | wc -l)
doubled=$(cut -d' ' -f1 "$WORK/there" | uniq -d | wc -l)
[ "$lost" = 0 ] && [ "$doubled" = 0 ] && [ "$(wc -l <"$WORK/told")" -ge 50 ] && [ "$took" -ge 10 ] || {
	echo "$(wc -l <"$WORK/told") answered, $lost lost, $doubled done twice; $took entries before the kill"
	exit 1
}
echo "ok two servers, one killed: $(jq -r '"\(.answered) answered, \(.retried) asked again, longest \(.longest_ms) ms"' \
	"$WORK/load"), 0 lost, 0 doubled"
