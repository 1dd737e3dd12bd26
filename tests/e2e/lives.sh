#!/usr/bin/env bash
# `relode lives` counts what `relode report` counts over the books, and the report that is told by the columns says
# the same: in the middle of a played programme, at the end of one, for one city and for all, fed as the journal
# grows and fed anew.
set -euo pipefail
source tests/e2e/serving
db=$WORK/lives.db

lives() { "$RELODE" lives --db "$db" --json "$@"; }

# A section's rows as sorted lines "name number", and those that lives gives.
same() { # SECTION COLUMN MEASURE LIVES-OPTION...
	local section=$1 column=$2 measure=$3
	shift 3
	jq -r --arg s "$section" --arg c "$column" '.sections[] | select(.id == $s) | .rows[]
		| "\(.merchant // .stage // .category) \(.[$c])"' "$WORK/report.json" | sort >"$WORK/want"
	lives "$@" | jq -r --arg m "$measure" '.rows[]
		| "\(.merchant // .stage // .item // .category) \(.[$m])"' | sort >"$WORK/got"
	[ -s "$WORK/want" ] || fail "$name: the report's $section is empty"
	cmp -s "$WORK/want" "$WORK/got" || fail "$name: $section: $(diff "$WORK/want" "$WORK/got" | head -n 4)"
}

check() { # NAME CITY-OPTION...
	name=$1
	shift
	"$RELODE" report --db "$db" --json --books "$@" >"$WORK/report.json"
	for days in "" "--from 2026-01-11 --to 2026-01-26" "--from 2026-01-10T07:00:00Z"; do
		# shellcheck disable=SC2086
		"$RELODE" report --db "$db" --json $days "$@" >"$WORK/columns.json"
		# shellcheck disable=SC2086
		"$RELODE" report --db "$db" --json --books $days "$@" | cmp -s - "$WORK/columns.json" ||
			fail "$name $days: over the books the report says something else"
	done
	same devices_by_stage devices lives --by stage "$@"
	same devices_by_stage mass_mg mass_mg --by stage "$@"
	same items_by_stage items lives --booked --by item "$@"
	same devices_by_category quoted_minor promised_minor --by category "$@"
	same devices_by_category agreed_minor agreed_minor --by category "$@"
	same devices_by_category bonus_minor bonus_minor --by category "$@"
	same merchants devices lives --by merchant "$@"
	same merchants agreed_minor agreed_minor --by merchant "$@"
	echo "ok $name: stages, items, categories, merchants, prices and mass as in the report, and the report by both ways"
}

"$RELODE" init --db "$db" >/dev/null
"$RELODE" simulate --db "$db" --count 60 --until 30 >/dev/null
check "in the middle of the way" --city 1
"$RELODE" simulate --db "$db" --seed 2 --count 60 >/dev/null
check "a second city, to its end" --city 2
check "both cities"

[ "$(lives | jq .fed_now)" = 0 ] || fail "what was fed is fed again"
lives --by day,stage >"$WORK/before.json"
printf 'x' | dd of="$db.lives/2.lives" bs=1 seek=100 conv=notrunc status=none
lives --by day,stage 2>"$WORK/words" | jq -S .rows >"$WORK/after.json"
grep -q "city 2: its columns are damaged; fed anew" "$WORK/words" || fail "no word of the damage: $(cat "$WORK/words")"
jq -S .rows "$WORK/before.json" | cmp -s - "$WORK/after.json" || fail "after a damage: another answer"
rm -r "$db.lives"
lives --by day,stage | jq -S .rows | cmp -s - "$WORK/after.json" || fail "without its files: another answer"
echo "ok fed once, and anew when the files are damaged or gone"

[ "$(lives --from 2026-01-05 --to 2026-01-12 --stage delivered | jq '.rows | length')" = 1 ] ||
	fail "a week's delivered devices are not one row"
for wrong in "--by colour" "--by day,day" "--stage nowhere" "--from 2026-02-30" "--city 9"; do
	# shellcheck disable=SC2086
	if "$RELODE" lives --db "$db" $wrong >/dev/null 2>"$WORK/words"; then fail "$wrong was taken"; fi
	grep -q '^relode: ' "$WORK/words" || fail "$wrong: no words"
done
echo "ok periods and states; what cannot be asked is refused"
# --- over HTTP: the same rows, from the same files ---

user=$("$RELODE" user create --db "$db" --login ada --roles analyst --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label test --json | jq -r .token)
lives --city 2 --by category,month | jq -c '.rows[] | [.category, .month, .lives, .agreed_minor, .mass_mg]' >"$WORK/want"
rm -r "$db.lives"
serve --db "$db" --log none
ask() { curl -sS -H "Authorization: Bearer $token" "$url/v1/cities/2/lives?$1"; }
ask 'by=category&then=month' >"$WORK/answer"
[ "$(jq .behind "$WORK/answer")" = 0 ] || fail "over HTTP: $(head -c 300 "$WORK/answer")"
jq -c '.rows[] | [.by, .then, .lives, .agreed_minor, .mass_mg]' "$WORK/answer" | cmp -s - "$WORK/want" ||
	fail "over HTTP other rows: $(head -c 300 "$WORK/answer")"
declare -a asking
for i in 1 2 3 4 5 6; do # at one time: each has its turn
	ask 'by=stage&from=2026-01-05&to=2026-02-20' >"$WORK/turn.$i" &
	asking+=($!)
done
wait "${asking[@]}"
for turn in "$WORK"/turn.*; do
	cmp -s "$turn" "$WORK/turn.1" || fail "at one time: $(head -c 300 "$turn")"
done
jq -e '.rows | length > 0' "$WORK/turn.1" >/dev/null || fail "no rows: $(head -c 300 "$WORK/turn.1")"
ask 'from=2026-02-30' | jq -e '.status == 400 or .status == 422' >/dev/null || fail "a day that is none was taken"
[ "$(curl -sS -o "$WORK/none" -w '%{http_code}' "$url/v1/cities/2/lives")" = 401 ] || fail "anyone may ask"
stop
echo "ok the same over HTTP, also at one time"

# --- what somebody has asked for is fed further without being asked ---

"$RELODE" simulate --db "$db" --seed 3 --count 3000 >/dev/null
serve --db "$db" --log none --schedule no
get '/v1/cities/3/lives' >"$WORK/some" # what one request feeds
stop
entries=$(jq '.entries + .behind' "$WORK/some")
[ "$(jq .behind "$WORK/some")" -gt 5000 ] || fail "nothing is left to be fed: $(cat "$WORK/some")"
serve --db "$db" --log none
fed() { # as the head of the city's files says
	[ "$(od -An -t d8 -j 16 -N 8 "$db.lives/3.head" | tr -d ' ')" = "$entries" ]
}
until_true fed
[ "$(get '/v1/cities/3/lives' | jq .lives)" = 3000 ] || fail "not all lives are there"
stop
echo "ok a server feeds what somebody has asked for"

"$RELODE" audit --db "$db" >/dev/null || fail "the books do not hold"
echo "ok audit does not look at it"
