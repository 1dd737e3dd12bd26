#!/usr/bin/env bash
# The server is killed while clients write, again and again: after each restart the books hold, every
# answered write is there once, and repeating an unanswered one with its key does it once.
set -euo pipefail

rounds=5
db=$WORK/crash.db
"$RELODE" init --db "$db" >/dev/null
"$RELODE" act city.open --db "$db" --city 1 --name Killtown --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create --db "$db" --login crash --roles admin,clerk --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label crash --json | jq -r .token)

start() {
	"$RELODE" serve --db "$db" --listen 127.0.0.1:0 >"$WORK/serve.out" 2>>"$WORK/serve.err" &
	server=$!
	for _ in $(seq 100); do
		url=$(sed -n 's/.*\(http:[^ ]*\).*/\1/p' "$WORK/serve.out")
		[ -z "$url" ] || return 0
		sleep 0.1
	done
	echo "the server did not start"
	tail -n 5 "$WORK/serve.err"
	exit 1
}

# Registers parties one by one; notes each answered one: its key and the party's number.
client() { # ROUND CLIENT
	local n answer
	for n in $(seq 500); do
		answer=$(curl -s -m 5 -X POST "$url/v1/cities/1/parties" -H "Authorization: Bearer $token" \
			-H 'Content-Type: application/json' -H "Idempotency-Key: \"k-$1-$2-$n\"" \
			-d '{"kind":"organisation","roles":"buyer","public_name":"'"k-$1-$2-$n"'"}') || return 0
		echo "k-$1-$2-$n $(jq -r '.party // "none"' <<<"$answer")" >>"$WORK/answered.$1.$2"
	done
}

for round in $(seq $rounds); do
	start
	clients=()
	for c in 1 2 3 4 5 6; do
		client "$round" $c &
		clients+=($!)
	done
	sleep "1.$((RANDOM % 10))"
	kill -KILL "$server"
	wait "$server" 2>/dev/null || true
	wait "${clients[@]}" 2>/dev/null || true
	"$RELODE" audit --db "$db" >"$WORK/audit.txt" || {
		cat "$WORK/audit.txt"
		exit 1
	}
done

"$RELODE" export party --db "$db" --city 1 --json | jq -r 'select(.public_name != null) | "\(.public_name) \(.party)"' |
	sort >"$WORK/there"
cat "$WORK"/answered.*.* | sort >"$WORK/answered"
if grep -q 'none$' "$WORK/answered"; then
	echo "refused: $(grep -c 'none$' "$WORK/answered")"
	exit 1
fi
lost=$(comm -23 "$WORK/answered" "$WORK/there" | wc -l)
doubled=$(cut -d' ' -f1 "$WORK/there" | grep '^k-' | uniq -d | wc -l)
[ "$lost" = 0 ] && [ "$doubled" = 0 ] || {
	echo "$lost answered writes lost, $doubled done twice"
	exit 1
}

# The same keys once more: nothing is done twice.
start
before=$(wc -l <"$WORK/there")
head -n 20 "$WORK/answered" | while read -r key party; do
	again=$(curl -s -X POST "$url/v1/cities/1/parties" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -H "Idempotency-Key: \"$key\"" \
		-d '{"kind":"organisation","roles":"buyer","public_name":"'"$key"'"}' | jq -r .party)
	[ "$again" = "$party" ] || {
		echo "$key: $party before, $again now"
		exit 1
	}
done
kill -TERM "$server"
wait "$server"
after=$("$RELODE" export party --db "$db" --city 1 --json | jq -r 'select(.public_name != null) | .party' | wc -l)
[ "$before" = "$after" ]
echo "ok $rounds kills: $(wc -l <"$WORK/answered") answered writes, 0 lost, 0 doubled"
