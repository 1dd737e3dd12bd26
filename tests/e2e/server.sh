#!/usr/bin/env bash
# relode serve, as a machine's administrator and a first caller meet it.
set -euo pipefail
source tests/e2e/serving
db=$WORK/server.db

"$RELODE" init --db "$db" --bare >/dev/null
user=$("$RELODE" user create --db "$db" --login root --roles admin --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label e2e --json | jq -r .token)

serve --db "$db"
echo "ok it says where it listens"

[ "$(get /healthz)" = ok ] || fail "/healthz"
[ "$(get /readyz)" = ready ] || fail "/readyz"
echo "ok it is alive and ready"

city='{"city":1,"name":"Shanghai","time_zone":"Asia/Shanghai","currency":"CNY"}'
[ "$(post /v1/cities c1 "$city" | jq .city)" = 1 ] || fail "no city opened"
[ "$(post /v1/cities c1 "$city" -o /dev/null -w '%{http_code}')" = 200 ] || fail "no replay"
[ "$(post /v1/cities c2 "$city" | jq -r .type)" = /problems/conflict ] || fail "opened twice"
echo "ok a write, its replay, and a conflict"

who='{"kind":"person","roles":"owner","name":"Li"}'
party=$(post /v1/cities/1/parties '' "$who" -H 'Idempotency-Key: p1' | jq .party)
[ "$(get "/v1/cities/1/parties/$party" | jq -r .name)" = Li ] || fail "the party is not there"
[ "$(post /v1/cities/1/parties '' "$who" -o /dev/null -w '%{http_code}')" = 400 ] || fail "a write without key was taken"
echo "ok what was written is read"

[ "$(get /v1/cities/1/log/checkpoint | head -n 1)" = relode/city/1 ] || fail "no checkpoint"
[ "$(get '/v1/cities/1/log/entries' | wc -l)" = 2 ] || fail "not two entries"
[ "$(get /v1/verifier-key | wc -l)" = 2 ] || fail "not two verifier keys"
echo "ok the log is there for everyone who checks it"

if "$RELODE" act party.register --db "$db" --city 1 --kind person --roles owner >"$WORK/second" 2>&1; then
	fail "a second process wrote beside the server"
fi
grep -q "in use by process $pid" "$WORK/second" || fail "it does not say who holds the file: $(cat "$WORK/second")"
echo "ok a second writing process is refused, and told who holds the file"

get /metrics >"$WORK/metrics"
grep -q '^relode_log_entries{city="1"} 2$' "$WORK/metrics" || fail "the metrics do not know the log"
promtool check metrics <"$WORK/metrics" || fail "promtool"
echo "ok promtool finds nothing in the metrics"

get /openapi.json >"$WORK/openapi.json"
if command -v node >/dev/null && [ -e node_modules/.bin/redocly ]; then
	node_modules/.bin/redocly lint --max-problems 20 "$WORK/openapi.json" >"$WORK/lint" 2>&1 || {
		cat "$WORK/lint"
		fail "redocly"
	}
	! grep -q 'warning' "$WORK/lint" || {
		cat "$WORK/lint"
		fail "redocly warns"
	}
	echo "ok redocly finds nothing in the OpenAPI document"
else
	echo "skipped: the OpenAPI document is not linted, node or @redocly/cli is missing"
fi

grep -q 'route=/v1/cities/{city}/parties status=201 ' "$err" || fail "no line in the log"
! grep -q -e "$token" -e Li "$err" || fail "the log holds what is secret or personal"
echo "ok the log has a line for each request, and no secret"

stop
"$RELODE" audit --db "$db" >/dev/null || fail "the books do not hold"
echo "ok it stops when asked, and the books hold"

serve --db "$db" --quiet
get "/v1/cities/1/parties/$party" >/dev/null
kill -INT "$pid"
wait "$pid" || fail "it ended with $?"
pid=
[ "$(grep -c '^time=' "$err")" = 0 ] || fail "--quiet writes lines"
echo "ok it starts again on the same books"
