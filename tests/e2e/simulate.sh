#!/usr/bin/env bash
# A programme played from a seed: the books hold, an independent script finds the same totals, and one seed
# gives one log: twice on SQLite, on PostgreSQL, and over HTTP.
set -euo pipefail
source tests/e2e/serving
count=60

field() { jq -r ".$1" "$WORK/$2.json"; }

# An administrator, as a server needs one; made everywhere, so that all programmes have the same users.
programme() { # NAME DB [OPTION...]
	local name=$1 db=$2 user
	shift 2
	"$RELODE" init --db "$db" "$@" >"$WORK/$name.init"
	user=$("$RELODE" user create --db "$db" "$@" --login operator --roles admin --json | jq -r .user)
	"$RELODE" token issue --db "$db" "$@" --user "$user" --label simulation --json | jq -r .token >"$WORK/$name.token"
}

# The books hold, and totals.pl agrees with the report and the summary.
check() { # NAME DB CITY
	"$RELODE" audit --db "$2" >"$WORK/$1.audit" || fail "$1: the books do not hold: $(cat "$WORK/$1.audit")"
	"$RELODE" export journal --db "$2" --city "$3" >"$WORK/$1.journal"
	"$RELODE" report --db "$2" --city "$3" --json >"$WORK/$1.report"
	tests/e2e/totals.pl "$WORK/$1.journal" "$WORK/$1.report" "$WORK/$1.json" | sed "s/^ok /ok $1: /"
}

same_log() { # NAME NAME WHAT
	[ "$(field log_root "$1")" = "$(field log_root "$2")" ] || fail "$3: another root"
	cmp -s "$WORK/$1.json" "$WORK/$2.json" || fail "$3: another summary"
	echo "ok the same log: $3"
}

# --- one seed, one log ---

programme a "$WORK/a.db"
price_list() { "$RELODE" show rule.rule --db "$WORK/a.db" --kind price_list --name default --json | jq -r .digest; }
before=$(price_list)
"$RELODE" simulate --db "$WORK/a.db" --count $count --json >"$WORK/a.json"
check a "$WORK/a.db" 1
[ "$(field lives a)" = $count ] || fail "not every device was played"
[ "$(field payments_rejected a)" -gt 0 ] || fail "no payment was rejected"
[ "$(field buyer_returns a)" -ge 2 ] || fail "no device was brought back twice"
[ "$(field receipt_difference_mg a)" != 0 ] || fail "no receipt differed"
[ "$(price_list)" = "$before" ] || fail "the price list was not put back"
echo "ok a payment rejected and paid, a device returned twice, a receipt that differs, the price list put back"

"$RELODE" export sale --db "$WORK/a.db" --city 1 --json | jq -s -e '[.[] | select(.state == "returned")] |
	group_by(.device) | map(length) | max >= 2' >/dev/null || fail "no device was returned twice"
echo "ok one device returned twice"

programme b "$WORK/b.db"
"$RELODE" simulate --db "$WORK/b.db" --count $count --json >"$WORK/b.json"
same_log a b "the same seed on another database"

programme c "$WORK/c.db"
"$RELODE" simulate --db "$WORK/c.db" --count $count --seed 2 --json >"$WORK/c.json"
[ "$(field log_root a)" != "$(field log_root c)" ] || fail "another seed gave the same log"
check c "$WORK/c.db" 1
echo "ok another seed, another log"

"$RELODE" simulate --db "$WORK/a.db" --count 20 --seed 3 --city-name Second --json >"$WORK/second.json"
[ "$(field city second)" = 2 ] || fail "the second simulation is not city 2"
check second "$WORK/a.db" 2
echo "ok a second simulation makes another city"

# --- over HTTP ---

programme http "$WORK/http.db"
serve --db "$WORK/http.db" --rate 0 --quiet
"$RELODE" simulate --server "$url" --auth "$(cat "$WORK/http.token")" --count $count --json >"$WORK/http.json"
same_log a http "over HTTP"
rc=0
"$RELODE" simulate --server "$url" --auth rl_nobody --count 1 >"$WORK/out" 2>"$WORK/err" || rc=$?
[ $rc -eq 3 ] || fail "a wrong token: exit $rc, $(cat "$WORK/err")"
echo "ok a wrong token is refused"
stop
"$RELODE" audit --db "$WORK/http.db" >"$WORK/audit" || fail "the server's books do not hold: $(cat "$WORK/audit")"

# --- on PostgreSQL ---

if [ -n "${RELODE_TEST_PG-}" ]; then
	name=simulate_$$
	psql -q "$RELODE_TEST_PG" -c "CREATE DATABASE $name"
	# shellcheck disable=SC2001 # the database stands between the last / and the ?
	pg=$(echo "$RELODE_TEST_PG" | sed "s|/[^/?]*?|/$name?|")
	(
		cd "$WORK" # keys and evidence of a server's database lie in the working directory
		programme pg "$pg" --keys pg.keys
		"$RELODE" simulate --db "$pg" --keys pg.keys --count $count --json >pg.json
		"$RELODE" audit --db "$pg" --keys pg.keys >pg.audit || fail "PostgreSQL: $(cat pg.audit)"
	)
	same_log a pg "on PostgreSQL"
	psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
else
	echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
fi

# --- files ---

heads() { "$RELODE" export log_head --db "$WORK/b.db" | cut -d, -f1-4; }

refused() { # NAME WORDS (the file is $WORK/bad.csv)
	local before rc=0
	before=$(heads)
	"$RELODE" simulate --db "$WORK/b.db" --devices "$WORK/bad.csv" >"$WORK/out" 2>"$WORK/err" || rc=$?
	[ $rc -eq 2 ] || fail "$1: exit $rc: $(cat "$WORK/err")"
	grep -qF -- "$2" "$WORK/err" || fail "$1: does not say \"$2\": $(cat "$WORK/err")"
	[ "$(heads)" = "$before" ] || fail "$1: something was written"
	echo "ok refused with nothing changed: $1"
}

printf 'model,price\niPhone 13,300\niPhone 12,abc\n' >"$WORK/bad.csv"
refused "a price that is no number" 'line 3, column price: "abc" is not a number'
printf 'model,price,battery\niPhone 13,300,101\n' >"$WORK/bad.csv"
refused "a battery above 100" "line 2, column battery"
printf 'name,price\niPhone 13,300\n' >"$WORK/bad.csv"
refused "no column model" 'there is no column "model"'
printf 'model,price\niPhone 13,300,7\n' >"$WORK/bad.csv"
refused "mixed column counts" "line 2"
printf 'model,price\n"iPhone 13,300\n' >"$WORK/bad.csv"
refused "a broken quote" "line 2"
printf 'model,price\n' >"$WORK/bad.csv"
refused "no device" "there is no device"

printf '\357\273\277model,storage,battery,cracked,surprise,price\nPear Nine,64.0,,1,x,99.50\n,,,,,\niPad 9,,88.0,0,,\n' \
	>"$WORK/odd.csv"
programme odd "$WORK/odd.db"
"$RELODE" simulate --db "$WORK/odd.db" --devices "$WORK/odd.csv" --json >"$WORK/odd.json"
[ "$(field lives odd)" = 3 ] || fail "rows with missing values were dropped"
check odd "$WORK/odd.db" 1
echo "ok missing values, unknown columns, a BOM"

# What keeps no data has no account either: such a device is offered a lower price, and its owner may be silent.
{
	echo "model,price,category,locked"
	for _ in $(seq 300); do
		echo "Old Monitor,40000,monitor,1"
	done
} >"$WORK/locked.csv"
programme locked "$WORK/locked.db"
"$RELODE" simulate --db "$WORK/locked.db" --devices "$WORK/locked.csv" --json >"$WORK/locked.json"
[ "$(field offers_lapsed locked)" -gt 0 ] || fail "no owner was silent: nothing was tried"
echo "ok locks on devices that have none"

real=../shared/data/used-iphones-2025.csv
if [ -r $real ]; then
	programme real "$WORK/real.db"
	"$RELODE" simulate --db "$WORK/real.db" --devices $real --json >"$WORK/real.json"
	[ "$(field lives real)" = $(($(wc -l <$real) - 1)) ] || fail "not every row was played"
	check real "$WORK/real.db" 1
	echo "ok the file of real devices"
else
	echo "skipped: $real is not here"
fi

# --- stopped ---

programme stop "$WORK/stop.db"
"$RELODE" simulate --db "$WORK/stop.db" --count 20000 >"$WORK/out" 2>"$WORK/err" &
pid=$!
for _ in $(seq 600); do # until it plays
	lives=$(sqlite3 "$WORK/stop.db" "SELECT size FROM log_head WHERE city = 1")
	[ "${lives:-0}" -le 50 ] || break
	sleep 0.1
done
kill -INT $pid
rc=0
wait $pid || rc=$?
[ $rc -eq 130 ] || fail "stopped: exit $rc: $(cat "$WORK/err")"
"$RELODE" audit --db "$WORK/stop.db" >"$WORK/audit" || fail "after a stop the books do not hold: $(cat "$WORK/audit")"
echo "ok stopped between batches, the books hold"
