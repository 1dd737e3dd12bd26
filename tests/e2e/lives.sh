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
"$RELODE" audit --db "$db" >/dev/null || die "the books do not hold"
echo "ok audit does not look at it"
