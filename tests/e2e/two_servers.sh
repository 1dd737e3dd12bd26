#!/usr/bin/env bash
# Two servers on one PostgreSQL database write to one city at the same time, and one of them is killed: each
# answered write is there once, whichever server took it, and the books hold.
set -euo pipefail

[ -n "${RELODE_TEST_PG-}" ] || {
	echo "no PostgreSQL (RELODE_TEST_PG is not set)"
	exit 77
}
schema=two_servers_$$
db="$RELODE_TEST_PG&options=-csearch_path%3D$schema"
where=(--db "$db" --keys "$WORK/keys")
servers=()
trap 'kill -KILL "${servers[@]}" 2>/dev/null || true
	psql -Xq "$RELODE_TEST_PG" -c "DROP SCHEMA $schema CASCADE" 2>"$WORK/drop" || cat "$WORK/drop"' EXIT

psql -Xq "$RELODE_TEST_PG" -c "CREATE SCHEMA $schema"
"$RELODE" init "${where[@]}" --bare >/dev/null
"$RELODE" act city.open "${where[@]}" --city 1 --name Twotown --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create "${where[@]}" --login two --roles admin,clerk --json | jq -r .user)
token=$("$RELODE" token issue "${where[@]}" --user "$user" --label two --json | jq -r .token)

start() { # NUMBER: adds to servers and urls
	: >"$WORK/serve.$1" # what an earlier server wrote there is not read for this one's
	"$RELODE" serve "${where[@]}" --listen 127.0.0.1:0 --rate 0 --quiet >"$WORK/serve.$1" 2>"$WORK/serve.err.$1" &
	servers+=($!)
	for _ in $(seq 600); do
		url=$(sed -n 's/^listening on //p' "$WORK/serve.$1")
		[ -z "$url" ] || break
		sleep 0.1
	done
	[ -n "$url" ] || { cat "$WORK/serve.err.$1"; exit 1; }
	urls+=("$url")
}

urls=()
start 1
start 2
node tests/sim/writers.mjs --token "$token" --out "$WORK/answered" --clients 12 --seconds 3 "${urls[@]}" \
	>"$WORK/load" 2>"$WORK/load.err" &
load=$!
for _ in $(seq 600); do # until they write
	took=$(psql -XAtq "$db" -c "SELECT size FROM log_head WHERE city = 1")
	[ "$took" -le 50 ] || break
	sleep 0.1
done
kill -KILL "${servers[0]}"
wait "${servers[0]}" 2>/dev/null || true
wait "$load" || { cat "$WORK/load.err"; exit 1; }
kill -TERM "${servers[1]}"
wait "${servers[1]}"

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
