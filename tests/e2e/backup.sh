#!/usr/bin/env bash
# A copy while the server runs: books, keys and evidence; a second one into the same folder of evidence;
# damage on either side is named; what is restored is proven, and shows its photos.
set -euo pipefail
source tests/e2e/serving
db=$WORK/city.db

# The exit code of a command, its words in $WORK/out.
code() {
	local rc=0
	"$@" >"$WORK/out" 2>&1 || rc=$?
	echo $rc
}

files() { find "$1" -type f | wc -l; }
copied() { jq -r .evidence_copied "$WORK/$1.json"; }

"$RELODE" init --db "$db" >/dev/null
"$RELODE" simulate --db "$db" --count 200 >/dev/null
photos=$(files "$db.evidence")
[ "$photos" -gt 1 ] || fail "no photos to copy"

serve --db "$db" --quiet
mkdir "$WORK/away"
"$RELODE" backup --db "$db" "$WORK/away/one.db" --keys-to "$WORK/keys.1" --evidence-to "$WORK/away/evidence" \
	--json >"$WORK/one.json"
[ "$(copied one)" = "$photos" ] || fail "copied $(copied one) of $photos photos"
[ "$(files "$WORK/away/evidence")" = "$photos" ] || fail "the folder has another number of photos"
[ "$(cd "$WORK/away" && echo *)" = 'evidence one.db' ] || fail "more than the copy: $(cd "$WORK/away" && echo *)"
stop
echo "ok books, keys and evidence are copied while a server runs"

"$RELODE" backup --db "$db" "$WORK/away/two.db" --keys-to "$WORK/keys.2" --evidence-to "$WORK/away/evidence" \
	--json >"$WORK/two.json"
[ "$(copied two)" = 0 ] || fail "photos were copied again"
some=$(find "$WORK/away/evidence" -type f | sort | head -n 1)
printf x >>"$some"
"$RELODE" backup --db "$db" "$WORK/away/three.db" --keys-to "$WORK/keys.3" --evidence-to "$WORK/away/evidence" \
	--json >"$WORK/three.json"
[ "$(copied three)" = 1 ] || fail "the damaged copy was not mended"
echo "ok a later backup copies what is new or damaged"

restore() { "$RELODE" restore "$WORK/away/one.db" --db "$1" --keys-from "$WORK/keys.1" --evidence-from "$2"; }
restore "$WORK/new.db" "$WORK/away/evidence" >"$WORK/out"
grep -q 'the books hold' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(files "$WORK/new.db.evidence")" = "$photos" ] || fail "the photos are not all restored"
"$RELODE" audit --db "$WORK/new.db" >/dev/null || fail "the restored books do not hold"
cmp -s <("$RELODE" export journal --db "$db" --city 1) <("$RELODE" export journal --db "$WORK/new.db" --city 1) ||
	fail "the restored journal is another"
id=$("$RELODE" export evidence --db "$WORK/new.db" --city 1 --json | head -n 1 | jq -r .evidence)
"$RELODE" show evidence.get --db "$WORK/new.db" --city 1 --evidence "$id" --json | jq -e '.content | length > 20' >/dev/null ||
	fail "the photo is not shown"
echo "ok a restore is audited, and its photos are seen"

printf x >>"$some"
[ "$(code restore "$WORK/bad.db" "$WORK/away/evidence")" = 8 ] || fail "a damaged photo was restored: $(cat "$WORK/out")"
grep -q '1 files of evidence.*has been changed' "$WORK/out" || fail "it is not named: $(cat "$WORK/out")"
[ "$(code restore "$WORK/none.db" "$WORK/nowhere")" = 8 ] || fail "restored without its photos"
grep -q 'is missing' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(code restore "$WORK/new.db" "$WORK/away/evidence")" = 5 ] || fail "restored over another: $(cat "$WORK/out")"
echo "ok a copy that lacks a photo is not taken for whole"

# Who is forgotten after a backup stays forgotten when it comes back.
who() { "$RELODE" show party.list --db "$1" --city 2 --phone 13800138000 --json | jq '.items | length'; }
"$RELODE" act city.open --db "$db" --city 2 --name Plain --time_zone Etc/UTC --currency EUR >/dev/null
ada=$("$RELODE" act party.register --db "$db" --city 2 --kind person --roles owner --name 'Ada Lovelace' \
	--phone '+86 138 0013 8000' --json | jq .party)
[ "$(who "$db")" = 1 ] || fail "she is not found by her number"
"$RELODE" backup --db "$db" "$WORK/before.db" >/dev/null
"$RELODE" act party.forget --db "$db" --city 2 --party "$ada" >/dev/null
[ "$(who "$db")" = 0 ] || fail "she is found after she was forgotten"
"$RELODE" export destroyed --db "$db" >"$WORK/destroyed.csv"
"$RELODE" restore "$WORK/before.db" --db "$WORK/later.db" --destroyed "$WORK/destroyed.csv" >/dev/null ||
	fail "the older copy does not hold"
[ "$(who "$WORK/later.db")" = 0 ] || fail "the older copy finds her"
[ "$("$RELODE" show party.party --db "$WORK/later.db" --city 2 --party "$ada" --json | jq .name)" = null ] ||
	fail "the older copy knows her name"
echo "ok who is forgotten after a backup stays forgotten when it is restored"

mv "$db.evidence" "$WORK/hidden"
[ "$(code "$RELODE" backup --db "$db" "$WORK/away/four.db")" = 8 ] || fail "photos that are gone were not missed"
"$RELODE" audit --db "$db" >"$WORK/out"
grep -q "$photos files of evidence were not looked at" "$WORK/out" || fail "audit does not say that there are none"
mv "$WORK/hidden" "$db.evidence"
rm "$(find "$db.evidence" -type f | head -n 1)"
[ "$(code "$RELODE" audit --db "$db")" = 8 ] || fail "audit does not miss the photo"
echo "ok audit says what it could not look at"

if [ -n "${RELODE_TEST_PG-}" ]; then
	name=backup_$$
	psql -q "$RELODE_TEST_PG" -c "CREATE DATABASE $name"
	# shellcheck disable=SC2001 # the database stands between the last / and the ?
	pg=$(echo "$RELODE_TEST_PG" | sed "s|/[^/?]*?|/$name?|")
	(
		cd "$WORK" # keys and evidence of a server's database lie in the working directory
		"$RELODE" init --db "$pg" >/dev/null
		"$RELODE" simulate --db "$pg" --count 200 >/dev/null
		"$RELODE" backup --db "$pg" away/pg --json >pg.json
		[ "$(jq -r .database pg.json)" = null ] || fail "it says that the database was copied"
		[ -s away/pg.keys ] || fail "the keys are not copied"
		[ "$(files away/pg.evidence)" -gt 1 ] || fail "no photos are copied"
		[ "$(files away/pg.evidence)" = "$(files relode.evidence)" ] || fail "the photos are not copied"
	)
	psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
	echo "ok keys and evidence of a PostgreSQL database are copied"
else
	echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
fi
