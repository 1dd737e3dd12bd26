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
	--destroyed-to "$WORK/destroyed.csv" --json >"$WORK/one.json"
[ "$(copied one)" = "$photos" ] || fail "copied $(copied one) of $photos photos"
[ "$(files "$WORK/away/evidence")" = "$photos" ] || fail "the folder has another number of photos"
[ "$(cd "$WORK/away" && echo *)" = 'evidence one.db' ] || fail "more than the copy: $(cd "$WORK/away" && echo *)"
stop
cmp -s <("$RELODE" export destroyed --db "$db") "$WORK/destroyed.csv" || fail "the list is another than what is exported"
echo "ok books, keys, evidence and the list of destroyed keys are copied while a server runs"

"$RELODE" backup --db "$db" "$WORK/away/two.db" --keys-to "$WORK/keys.2" --evidence-to "$WORK/away/evidence" \
	--destroyed-to "$WORK/destroyed.csv" --json >"$WORK/two.json"
[ "$(copied two)" = 0 ] || fail "photos were copied again"
some=$(find "$WORK/away/evidence" -type f | sort | head -n 1)
printf x >>"$some"
"$RELODE" backup --db "$db" "$WORK/away/three.db" --keys-to "$WORK/keys.3" --evidence-to "$WORK/away/evidence" \
	--destroyed-to "$WORK/destroyed.csv" --json >"$WORK/three.json"
[ "$(copied three)" = 1 ] || fail "the damaged copy was not mended"
echo "ok a later backup copies what is new or damaged"

restore() {
	"$RELODE" restore "$WORK/away/one.db" --db "$1" --keys-from "$WORK/keys.1" --evidence-from "$2" \
		--destroyed "$WORK/destroyed.csv"
}
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
"$RELODE" backup --db "$db" "$WORK/before.db" --destroyed-to "$WORK/destroyed.csv" >/dev/null
"$RELODE" act party.forget --db "$db" --city 2 --party "$ada" >/dev/null
[ "$(who "$db")" = 0 ] || fail "she is found after she was forgotten"
cp "$WORK/destroyed.csv" "$WORK/older.csv"
"$RELODE" backup --db "$db" "$WORK/after.db" --destroyed-to "$WORK/destroyed.csv" >"$WORK/out"
grep -q 'destroyed.csv (destroyed keys' "$WORK/out" || fail "the backup does not name the list: $(cat "$WORK/out")"
cmp -s <("$RELODE" export destroyed --db "$db") "$WORK/destroyed.csv" || fail "the backup's list is another than what is exported"
forgotten() { # DATABASE WORDS OPTION...: from before
	"$RELODE" restore "$WORK/before.db" --db "$1" "${@:3}" >"$WORK/out" 2>&1 || fail "$2: $(cat "$WORK/out")"
	[ "$(who "$1")" = 0 ] || fail "$2: the older copy finds her"
	[ "$("$RELODE" show party.party --db "$1" --city 2 --party "$ada" --json | jq .name)" = null ] ||
		fail "$2: the older copy knows her name"
}
forgotten "$WORK/later.db" "with the list of the next backup" --destroyed "$WORK/destroyed.csv"
grep -q '^destroyed again: 1 keys; [0-9]* were in the copy already, 0 it never had$' "$WORK/out" || fail "$(cat "$WORK/out")"
forgotten "$WORK/store.db" "with the newest key store" --destroyed "$db.keys" --json
[ "$(jq -c '[.holds, .destroyed, .unknown]' "$WORK/out")" = '[true,1,0]' ] || fail "$(cat "$WORK/out")"
forgotten "$WORK/replayed.db" "by replaying" --destroyed "$WORK/destroyed.csv" --replay
echo "ok who is forgotten after a backup stays forgotten when it is restored"

# What is no newer list is not taken for one, and nothing is left of what was not done.
again() { # FROM OPTION...
	code "$RELODE" restore "$WORK/$1.db" --db "$WORK/again.db" "${@:2}"
}
[ "$(again before)" = 2 ] || fail "restored without a list: $(cat "$WORK/out")"
grep -q 'no list of destroyed keys is given.*--destroyed FILE.*--no-destroyed' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(again before --no-destroyed --destroyed "$WORK/destroyed.csv")" = 2 ] || fail "both: $(cat "$WORK/out")"
[ "$(again after --destroyed "$WORK/older.csv")" = 5 ] || fail "a list from before the backup: $(cat "$WORK/out")"
grep -q 'not newer than this backup: it lacks 1 keys' "$WORK/out" || fail "$(cat "$WORK/out")"
printf 'city,subject,at_us\n2,x,5\n' >"$WORK/wrong.csv"
[ "$(again before --destroyed "$WORK/wrong.csv")" = 2 ] || fail "a wrong list: $(cat "$WORK/out")"
grep -q 'wrong.csv is no list of destroyed keys: line 2' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(again nothing --destroyed "$WORK/destroyed.csv")" != 0 ] || fail "restored from nothing"
[ "$(echo "$WORK"/again*)" = "$WORK/again*" ] || fail "left: $(echo "$WORK"/again*)"
[ "$(again after --destroyed "$WORK/destroyed.csv")" = 0 ] || fail "its own list: $(cat "$WORK/out")"
echo "ok a list that is wrong or older than the backup is refused, and the same place taken afterwards"

# A photo that is lost is named; she stays forgotten all the same.
"$RELODE" restore "$WORK/before.db" --db "$WORK/dark.db" --destroyed "$WORK/destroyed.csv" \
	--evidence-from "$WORK/nowhere" >"$WORK/out" 2>&1 && fail "restored without photos"
[ "$(who "$WORK/dark.db")" = 0 ] || fail "a copy that lacks photos finds her"
"$RELODE" restore "$WORK/before.db" --db "$WORK/known.db" --no-destroyed >"$WORK/out" 2>&1 || fail "$(cat "$WORK/out")"
grep -q 'is known again; when a list turns up: relode import destroyed FILE' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(who "$WORK/known.db")" = 1 ] || fail "she is not known without a list: what do the others prove?"
list=$(cat "$WORK/destroyed.csv")
[ "$(code "$RELODE" backup --db "$WORK/known.db" "$WORK/known2.db" --destroyed-to "$WORK/destroyed.csv")" = 5 ] ||
	fail "a list was replaced by a shorter one"
grep -q 'names 1 keys that this key store does not know as destroyed' "$WORK/out" || fail "$(cat "$WORK/out")"
[ "$(cat "$WORK/destroyed.csv")" = "$list" ] || fail "the list is another"
"$RELODE" import destroyed "$WORK/destroyed.csv" --db "$WORK/known.db" >/dev/null || fail "import destroyed"
[ "$(who "$WORK/known.db")" = 0 ] || fail "she is known after the list was imported"
"$RELODE" backup --db "$WORK/known.db" "$WORK/known3.db" --destroyed-to "$WORK/destroyed.csv" >/dev/null || fail "backup then"
"$RELODE" audit --db "$WORK/known.db" >/dev/null || fail "the books do not hold then"
echo "ok a list is never lost to a copy that does not know it"

# The nightly example, as it stands: what its unit runs, in a folder of its own.
unit=$PWD/packaging/examples/relode-backup.service
[ "$(grep -c '^ExecStart=' "$unit")" = 1 ] || fail "the example has not one command"
sed -n "/^ExecStart=/,\$p" "$unit" | sed -e "1s/^ExecStart=//" -e 's/\$\$/$/g' -e 's/%%/%/g' >"$WORK/nightly"
mkdir -p "$WORK/bin" "$WORK/nights/keys"
ln -s "$RELODE" "$WORK/bin/relode"
for night in 1 2; do
	(cd "$WORK/nights" && PATH=$WORK/bin:$PATH RELODE_DB=$db bash "$WORK/nightly") >"$WORK/out" 2>&1 || fail "night $night: $(cat "$WORK/out")"
	grep -q 'the books hold' "$WORK/out" || fail "night $night proves nothing: $(cat "$WORK/out")"
done
cmp -s <("$RELODE" export destroyed --db "$db") "$WORK/nights/destroyed.csv" || fail "the nights' list is another"
[ "$(cd "$WORK/nights" && echo [!r]* relode-*.db)" = "destroyed.csv evidence keys relode-$(date +%F).db" ] || fail "left: $(ls "$WORK/nights")"
echo "ok the example of a nightly backup proves its copy and keeps the list"

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
		cmp -s <("$RELODE" export destroyed --db "$pg") away/pg.destroyed.csv || fail "no list of destroyed keys"
		[ -s away/pg.keys ] || fail "the keys are not copied"
		[ "$(files away/pg.evidence)" -gt 1 ] || fail "no photos are copied"
		[ "$(files away/pg.evidence)" = "$(files relode.evidence)" ] || fail "the photos are not copied"
	)
	psql -q "$RELODE_TEST_PG" -c "DROP DATABASE $name"
	echo "ok keys and evidence of a PostgreSQL database are copied"
else
	echo "skipped: PostgreSQL (RELODE_TEST_PG is not set)"
fi
