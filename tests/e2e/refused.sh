#!/usr/bin/env bash
# What is bad is refused, through the doors that people use, with words that say why; and nothing changes:
# after each refusal every city's log is what it was, and at the end the books hold.
set -euo pipefail
source tests/e2e/serving
db=$WORK/city.db

"$RELODE" init --db "$db" >/dev/null
"$RELODE" simulate --db "$db" --count 60 --days 30 --until 30 >/dev/null

show() { "$RELODE" show "$@" --db "$db" --city 1 --json; }
token_of() { # LOGIN
	local user
	user=$("$RELODE" show access.users --db "$db" --limit 1000 --json |
		jq -r --arg login "$1" '.items[] | select(.login == $login) | .user')
	"$RELODE" token issue --db "$db" --user "$user" --label refused --json | jq -r .token
}

admin=$(token_of sim1.admin)
shop=$(token_of sim1.shop1)
paid=$(show tradein.items --state paid --limit 1 | jq -r '.items[0].item')
shop_party=$(show party.list --role merchant --limit 1 | jq -r '.items[0].party')
other_order=$(show tradein.orders --limit 1000 |
	jq -r --argjson shop "$shop_party" '[.items[] | select(.merchant != $shop)][0].order')
device=$(show device.list --limit 1000 | jq -r '[.items[] | select(.state == "owned" or .state == "stock" or .state == "listed")][0].device')
site=$(show party.sites --kind centre --limit 1 | jq -r '.items[0].site')
operator=$(show party.list --limit 1000 | jq -r '[.items[] | select(.roles == "operator")][0].party')
owner=$(show party.list --role owner --limit 1 | jq -r '.items[0].party')
quote=$(show tradein.quote --category phone --storage_gb 128 | jq -r .token)
now=$(show exceptions.list | jq -r .now_us)

# --- over HTTP ---

serve --db "$db" --rate 0 --quiet

# The logs of all cities, as anyone sees them.
heads() {
	local city
	for city in 0 1; do
		curl -sS "$url/v1/cities/$city/log/checkpoint" -H "Authorization: Bearer $admin" | sed -n 2,3p
	done
}

n=0
call() { # TOKEN METHOD PATH BODY-FILE CURL-OPTION...
	local token=$1 method=$2 path=$3 body=$4
	shift 4
	n=$((n + 1))
	curl -sS -o "$WORK/answer" -w '%{http_code}' -X "$method" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -H "Idempotency-Key: \"r$n\"" --data-binary "@$body" "$@" "$url$path"
}

# refused WHAT STATUS WORDS TOKEN PATH BODY: answered with a problem, and nothing changed.
refused() {
	local what=$1 status=$2 words=$3 token=$4 path=$5 got
	printf '%s' "$6" >"$WORK/body"
	got=$(call "$token" POST "$path" "$WORK/body")
	[ "$got" = "$status" ] || fail "$what: $got, not $status: $(cat "$WORK/answer")"
	jq -e --argjson status "$status" '.status == $status and (.type | length > 0) and (.title | length > 0)' \
		"$WORK/answer" >/dev/null || fail "$what: no problem+json: $(cat "$WORK/answer")"
	jq -r .detail "$WORK/answer" | grep -q -- "$words" || fail "$what: says $(jq -r .detail "$WORK/answer")"
	[ "$(heads)" = "$before" ] || fail "$what: the log has changed"
	echo "ok refused: $what"
}

before=$(heads)
[ "$(echo "$before" | wc -l)" = 4 ] || fail "no checkpoints: $before"
parties=/v1/cities/1/parties
person='"kind":"person","roles":"owner"'

refused "JSON that is cut" 400 'line 1' "$admin" $parties "{$person"
refused "JSON with something behind it" 400 'line 1' "$admin" $parties "{$person} {}"
refused "JSON that is nested a thousand deep" 413 'deeper than' "$admin" $parties \
	"$(printf '[%.0s' $(seq 1000))"
refused "a number beyond what can be counted" 400 'beyond' "$admin" $parties "{$person,\"keep_until_us\":9007199254740993}"
refused "a number beyond all measure" 400 'too large' "$admin" $parties "{$person,\"keep_until_us\":1e999}"
refused "a time that is too late" 422 'keep_until_us' "$admin" $parties "{$person,\"keep_until_us\":-1}"
refused "an unknown field" 422 'no such field' "$admin" $parties "{$person,\"nickname\":\"x\"}"
refused "a field twice" 400 'duplicate' "$admin" $parties "{$person,\"kind\":\"person\"}"
refused "bytes that are no UTF-8" 400 'line 1' "$admin" $parties "{$person,\"name\":\"$(printf '\xff\xfe')\"}"
refused "half a surrogate pair" 400 'line 1' "$admin" $parties "{$person,\"name\":\"\\ud800\"}"
refused "a price in words" 422 'price_minor' "$admin" "/v1/cities/1/devices/$device/listing" '{"price_minor":"12.50"}'
refused "a price with a fraction of a cent" 422 'price_minor' "$admin" "/v1/cities/1/devices/$device/listing" \
	'{"price_minor":12.5}'
refused "a price below zero" 422 'price_minor' "$admin" "/v1/cities/1/devices/$device/listing" '{"price_minor":-1}'
refused "a mass in kilograms" 422 'mass_kg' "$admin" "/v1/cities/1/devices/$device/weighings" '{"mass_kg":1}'
refused "an IMEI with a wrong check digit" 422 'last digit' "$admin" "/v1/cities/1/devices/$device/identifiers" \
	'{"add":[{"kind":"imei","value":"490154203237517"}]}'
refused "an IMEI all of one digit" 422 'same' "$admin" "/v1/cities/1/devices/$device/identifiers" \
	'{"add":[{"kind":"imei","value":"000000000000000"}]}'
refused "a second payout" 409 'second payout' "$admin" /v1/cities/1/payouts "{\"items\":[{\"item\":$paid}]}"
refused "a forged quote" 422 'no quote of ours' "$admin" /v1/cities/1/orders \
	"{\"owner\":$owner,\"site\":$site,\"items\":[{\"token\":\"${quote%???}AAA\"}]}"
refused "a token that nobody issued" 401 '' "rl_$(printf 'A%.0s' $(seq 43))" $parties "{$person}"
refused "a token with one letter changed" 401 '' "${admin%?}$([ "${admin: -1}" = A ] && echo B || echo A)" \
	$parties "{$person}"
refused "a role that the caller does not have" 403 '' "$shop" /v1/users '{"login":"king","roles":"admin"}'
refused "a role in the body" 422 'no such field' "$shop" $parties "{$person,\"as_roles\":\"admin\"}"
refused "a party that only the programme may make" 403 'staff' "$shop" $parties \
	'{"kind":"organisation","roles":"merchant","public_name":"Mine"}'
refused "another merchant's devices" 403 '' "$shop" /v1/cities/1/orders \
	"{\"owner\":$owner,\"site\":$site,\"items\":[{\"category\":\"phone\"}]}"

got=$(curl -sS -o "$WORK/answer" -w '%{http_code}' -H "Authorization: Bearer $shop" "$url/v1/cities/1/orders/$other_order")
[ "$got" = 403 ] || fail "another merchant's order: $got $(cat "$WORK/answer")"
echo "ok refused: another merchant's order"
got=$(curl -sS -o "$WORK/answer" -w '%{http_code}' -H "Authorization: Bearer $shop" -H 'Role: admin' -H 'X-User: 1' \
	"$url/v1/users/2/tokens")
[ "$got" = 403 ] || fail "a role in a header: $got $(cat "$WORK/answer")"
echo "ok refused: a role in a header"

# More weighed out than was weighed in, in a batch that is open.
printf '{"site":%s,"dismantler":%s,"scale":"S-1"}' "$site" "$operator" >"$WORK/body"
[ "$(call "$admin" POST /v1/cities/1/batches "$WORK/body")" = 201 ] || fail "no batch: $(cat "$WORK/answer")"
batch=$(jq -r .batch "$WORK/answer")
before=$(heads)
refused "weights out that exceed weights in" 409 'exceed' "$admin" "/v1/cities/1/batches/$batch/fractions" \
	'{"fraction":"ferrous","mass_mg":1}'

# A quote of a day that is over: the city's clock goes on with an entry.
printf '{"name":"Later"}' >"$WORK/body"
got=$(call "$admin" PATCH /v1/cities/1 "$WORK/body" -H "Relode-Happened-Us: $((now + 60 * 86400 * 1000000))")
[ "$got" = 200 ] || [ "$got" = 201 ] || fail "the clock does not go on: $got $(cat "$WORK/answer")"
before=$(heads)
refused "a stale quote" 409 'expired' "$admin" /v1/cities/1/orders \
	"{\"owner\":$owner,\"site\":$site,\"items\":[{\"token\":\"$quote\"}]}"

stop

# --- files, by the command line ---

# no_import WHAT WORDS FILE: exit code 2, and the catalogue is what it was.
no_import() {
	local rc=0 was
	was=$("$RELODE" show catalogue.lists --db "$db" --json)
	"$RELODE" import models "$3" --db "$db" >"$WORK/import" 2>&1 || rc=$?
	[ $rc = 2 ] || fail "$1: exit $rc: $(cat "$WORK/import")"
	grep -q -- "$2" "$WORK/import" || fail "$1: says $(cat "$WORK/import")"
	[ "$("$RELODE" show catalogue.lists --db "$db" --json)" = "$was" ] || fail "$1: the catalogue has changed"
	echo "ok refused: $1"
}

head=brand,name,category,source
printf '%s\nA,"B,phone,x\n' $head >"$WORK/quotes.csv"
no_import "CSV with a quote that is not closed" 'line 2' "$WORK/quotes.csv"
printf '%s\nA,B"C",phone,x\n' $head >"$WORK/quotes.csv"
no_import "CSV with a quote in the middle" 'line 2' "$WORK/quotes.csv"
printf '%s\nA,B,phone,x\nA,C,phone\n' $head >"$WORK/columns.csv"
no_import "CSV with a column too few" 'line 3' "$WORK/columns.csv"
printf '%s\nA,B,phone,x,y\n' $head >"$WORK/columns.csv"
no_import "CSV with a column too many" 'line 2' "$WORK/columns.csv"
printf '%s\nA,M\xfcller,phone,x\n' $head >"$WORK/latin.csv"
no_import "CSV in Latin-1" 'neither UTF-8 nor GB18030' "$WORK/latin.csv"
printf '%s\nA,B,spaceship,x\n' $head >"$WORK/category.csv"
no_import "CSV with a category that there is not" 'spaceship' "$WORK/category.csv"

printf '\xef\xbb\xbf%s\nTestbrand,With mark,phone,x\n' $head >"$WORK/mark.csv"
"$RELODE" import models "$WORK/mark.csv" --db "$db" >"$WORK/import" 2>&1 || fail "a byte order mark: $(cat "$WORK/import")"
echo "ok accepted: CSV with a byte order mark"
printf '%s\n\xbb\xaa\xce\xaa,\xb3\xa9\xcf\xeb,phone,x\n' $head >"$WORK/gb.csv"
"$RELODE" import models "$WORK/gb.csv" --db "$db" >"$WORK/import" 2>&1 || fail "GB18030: $(cat "$WORK/import")"
"$RELODE" search 华为 --db "$db" | grep -q 畅想 || fail "what came in GB18030 is not found: $("$RELODE" search 华为 --db "$db")"
echo "ok accepted: CSV in GB18030, converted"

"$RELODE" audit --db "$db" >"$WORK/audit" || fail "the books do not hold: $(cat "$WORK/audit")"
echo "ok the books hold after all that"
