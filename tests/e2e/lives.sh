#!/usr/bin/env bash
# `relode lives` counts what `relode report` counts: in the middle of a played programme, at the end of one, for
# one city and for all, fed as the journal grows and fed anew.
set -euo pipefail
db=$WORK/lives.db

die() {
	echo "FAIL $*"
	exit 1
}

lives() { "$RELODE" lives --db "$db" --json "$@"; }

# A section's rows as sorted lines "name number", and those that lives gives.
same() { # SECTION COLUMN MEASURE LIVES-OPTION...
	local section=$1 column=$2 measure=$3
	shift 3
	jq -r --arg s "$section" --arg c "$column" '.sections[] | select(.id == $s) | .rows[]
		| "\(.merchant // .stage // .category) \(.[$c])"' "$WORK/report.json" | sort >"$WORK/want"
	lives "$@" | jq -r --arg m "$measure" '.rows[]
		| "\(.merchant // .stage // .item // .category) \(.[$m])"' | sort >"$WORK/got"
	[ -s "$WORK/want" ] || die "$name: the report's $section is empty"
	cmp -s "$WORK/want" "$WORK/got" || die "$name: $section: $(diff "$WORK/want" "$WORK/got" | head -n 4)"
}

check() { # NAME CITY-OPTION...
	name=$1
	shift
	"$RELODE" report --db "$db" --json "$@" >"$WORK/report.json"
	same devices_by_stage devices lives --by stage "$@"
	same devices_by_stage mass_mg mass_mg --by stage "$@"
	same items_by_stage items lives --booked --by item "$@"
	same devices_by_category quoted_minor promised_minor --by category "$@"
	same devices_by_category agreed_minor agreed_minor --by category "$@"
	same devices_by_category bonus_minor bonus_minor --by category "$@"
	same merchants devices lives --by merchant "$@"
	same merchants agreed_minor agreed_minor --by merchant "$@"
	echo "ok $name: stages, items, categories, merchants, prices and mass as in the report"
}

"$RELODE" init --db "$db" >/dev/null
"$RELODE" simulate --db "$db" --count 60 --until 30 >/dev/null
check "in the middle of the way" --city 1
"$RELODE" simulate --db "$db" --seed 2 --count 60 >/dev/null
check "a second city, to its end" --city 2
check "both cities"

[ "$(lives | jq .fed_now)" = 0 ] || die "what was fed is fed again"
lives --by day,stage >"$WORK/before.json"
printf 'x' | dd of="$db.lives/2.lives" bs=1 seek=100 conv=notrunc status=none
lives --by day,stage 2>"$WORK/words" | jq -S .rows >"$WORK/after.json"
grep -q "city 2: its columns are damaged; fed anew" "$WORK/words" || die "no word of the damage: $(cat "$WORK/words")"
jq -S .rows "$WORK/before.json" | cmp -s - "$WORK/after.json" || die "after a damage: another answer"
rm -r "$db.lives"
lives --by day,stage | jq -S .rows | cmp -s - "$WORK/after.json" || die "without its files: another answer"
echo "ok fed once, and anew when the files are damaged or gone"

[ "$(lives --from 2026-01-05 --to 2026-01-12 --stage delivered | jq '.rows | length')" = 1 ] ||
	die "a week's delivered devices are not one row"
for wrong in "--by colour" "--by day,day" "--stage nowhere" "--from 2026-02-30" "--city 9"; do
	# shellcheck disable=SC2086
	if "$RELODE" lives --db "$db" $wrong >/dev/null 2>"$WORK/words"; then die "$wrong was taken"; fi
	grep -q '^relode: ' "$WORK/words" || die "$wrong: no words"
done
echo "ok periods and states; what cannot be asked is refused"
# --- over HTTP: the same rows, from the same files ---

user=$("$RELODE" user create --db "$db" --login ada --roles analyst --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label test --json | jq -r .token)
lives --city 2 --by category,month | jq -c '.rows[] | [.category, .month, .lives, .agreed_minor, .mass_mg]' >"$WORK/want"
rm -r "$db.lives"
"$RELODE" serve --db "$db" --listen 127.0.0.1:0 --log none >"$WORK/serve" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT
for _ in $(seq 600); do
	grep -q '^listening on ' "$WORK/serve" && break
	sleep 0.05
done
url=$(sed -n 's/^listening on //p' "$WORK/serve")
ask() { curl -sS -H "Authorization: Bearer $token" "$url/v1/cities/2/lives?$1"; }
ask 'by=category&then=month' >"$WORK/answer"
[ "$(jq .behind "$WORK/answer")" = 0 ] || die "over HTTP: $(head -c 300 "$WORK/answer")"
jq -c '.rows[] | [.by, .then, .lives, .agreed_minor, .mass_mg]' "$WORK/answer" | cmp -s - "$WORK/want" ||
	die "over HTTP other rows: $(head -c 300 "$WORK/answer")"
declare -a asking
for i in 1 2 3 4 5 6; do # at one time: each has its turn
	ask 'by=stage&from=2026-01-05&to=2026-02-20' >"$WORK/turn.$i" &
	asking+=($!)
done
wait "${asking[@]}"
for turn in "$WORK"/turn.*; do
	cmp -s "$turn" "$WORK/turn.1" || die "at one time: $(head -c 300 "$turn")"
done
jq -e '.rows | length > 0' "$WORK/turn.1" >/dev/null || die "no rows: $(head -c 300 "$WORK/turn.1")"
ask 'from=2026-02-30' | jq -e '.status == 400 or .status == 422' >/dev/null || die "a day that is none was taken"
[ "$(curl -sS -o "$WORK/none" -w '%{http_code}' "$url/v1/cities/2/lives")" = 401 ] || die "anyone may ask"
kill "$pid"
wait "$pid" || true
echo "ok the same over HTTP, also at one time"

"$RELODE" audit --db "$db" >/dev/null || die "the books do not hold"
echo "ok audit does not look at it"
