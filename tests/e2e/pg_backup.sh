#!/usr/bin/env bash
# A backup of PostgreSQL while clients write, put into another database: it holds, a checkpoint from before it
# is one of its log, and one from after it says that the copy lies behind. Whoever was forgotten after it stays
# forgotten, its photos are seen, and what lacks for that is asked for before anything is written.
set -euo pipefail
source tests/e2e/serving

[ -n "${RELODE_TEST_PG-}" ] || {
	echo "no PostgreSQL (RELODE_TEST_PG is not set)"
	exit 77
}
name=backup_$$
db=${RELODE_TEST_PG/@\/postgres/@\/$name}
copy=${RELODE_TEST_PG/@\/postgres/@\/${name}_copy}
more=${RELODE_TEST_PG/@\/postgres/@\/${name}_more}
where=(--db "$db" --keys "$WORK/keys")
leave() {
	psql -Xq "$RELODE_TEST_PG" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" \
		-c "DROP DATABASE IF EXISTS ${name}_copy WITH (FORCE)" \
		-c "DROP DATABASE IF EXISTS ${name}_more WITH (FORCE)" 2>"$WORK/drop" || cat "$WORK/drop"
}

psql -Xq "$RELODE_TEST_PG" -c "CREATE DATABASE $name" -c "CREATE DATABASE ${name}_copy" \
	-c "CREATE DATABASE ${name}_more"
in_work() { (cd "$WORK" && "$@"); } # where keys and evidence of a server's database lie
in_work "$RELODE" init "${where[@]}" >/dev/null
"$RELODE" act city.open "${where[@]}" --city 1 --name Copyham --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create "${where[@]}" --login copy --roles admin,clerk --json | jq -r .user)
in_work "$RELODE" simulate "${where[@]}" --count 20 --days 10 >/dev/null
files() { find "$1" -type f | wc -l; }
photos=$(files "$WORK/relode.evidence")
[ "$photos" -gt 1 ] || fail "no photos to copy"
register() { # DATABASE KEYS NAME PHONE: prints the number
	"$RELODE" act party.register --db "$1" --keys "$2" --city 1 --kind person --roles owner --name "$3" \
		--phone "$4" --json | jq .party
}
who() { # DATABASE KEYS PHONE: how many are found by it
	"$RELODE" show party.list --db "$1" --keys "$2" --city 1 --phone "$3" --json | jq '.items | length'
}
ada=$(register "$db" "$WORK/keys" 'Ada Lovelace' '+86 138 0013 8000')
[ "$(who "$db" "$WORK/keys" 13800138000)" = 1 ] || fail "she is not found by her number"
token=$("$RELODE" token issue "${where[@]}" --user "$user" --label copy --json | jq -r .token)
launch env -C "$WORK" "$RELODE" serve "${where[@]}" --listen 127.0.0.1:0 --rate 0 --quiet
checkpoint() { # FILE
	get /v1/cities/1/log/checkpoint -o "$1"
}
writing() {
	checkpoint "$WORK/before" && [ "$(sed -n 2p "$WORK/before")" -gt 50 ]
}

checkpoint "$WORK/first"
node tests/sim/writers.mjs --token "$token" --out "$WORK/answered" --clients 4 --seconds 5 "$url" >"$WORK/load" &
load=$!
until_true writing
here=$PWD backup=$PWD/scripts/backup-postgresql
(cd "$WORK" && "$backup" "$db" "$WORK/backup" --keys "$WORK/keys" >"$WORK/backup.out")
wait "$load"
checkpoint "$WORK/after"
post "/v1/cities/1/parties/$ada/forget" forget-1 '{}' >"$WORK/said"
# He comes and goes after the backup: the copy has never heard of him.
bob=$(post /v1/cities/1/parties bob-1 '{"kind":"person","roles":"owner","name":"Bob","phone":"13800138001"}' | jq .party)
post "/v1/cities/1/parties/$bob/forget" forget-2 '{}' >"$WORK/said"
[ "$(who "$db" "$WORK/keys" 13800138000)" = 0 ] || fail "she is found after she was forgotten"
in_work "$backup" "$db" "$WORK/tuesday" --keys "$WORK/keys" --destroyed-to "$WORK/destroyed.csv" >"$WORK/said"
stop
[ "$(wc -l <"$WORK/destroyed.csv")" = 3 ] || fail "the list has not two keys: $(cat "$WORK/destroyed.csv")"
[ "$(wc -l <"$WORK/backup/destroyed.csv")" = 1 ] || fail "the earlier list has keys: $(cat "$WORK/backup/destroyed.csv")"
echo "ok a backup while $(jq .answered "$WORK/load") writes were answered; each one writes the list of destroyed keys"

mkdir "$WORK/there" "$WORK/elsewhere"
cd "$WORK/there" # evidence lies beside
restored() { # CODE OPTION...: into the copy's database
	local rc=0
	"$backup" --restore "$WORK/backup" "$copy" "$WORK/copy.keys" "${@:2}" >"$WORK/said" 2>&1 || rc=$?
	[ $rc = "$1" ] || fail "restore ${*:2}: $rc where $1 is right"
}
restored 2
grep -q 'no list of destroyed keys is given.*would be known again.*--no-destroyed' "$WORK/said" || fail "no word of it"
printf 'city,subject\n1,1\n' >"$WORK/wrong.csv"
restored 2 --destroyed "$WORK/wrong.csv"
restored 4 --destroyed "$WORK/nowhere.csv"
[ "$(psql -XAtq "$copy" -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")" = 0 ] || fail "tables are left"
[ ! -e "$WORK/copy.keys" ] || fail "keys are left"
echo "ok without a list of destroyed keys, or with a wrong one, nothing is restored"

restored 0 --destroyed "$WORK/destroyed.csv" --checkpoint "$WORK/before"
grep -q '^destroyed again: 1 keys; 0 were in the copy already, 1 it never had$' "$WORK/said" || fail "another list"
grep -q 'the books hold$' "$WORK/said" || fail "it is not audited"
entries=$(psql -XAtq "$copy" -c "SELECT size FROM log_head WHERE city = 1")
all=$(psql -XAtq "$db" -c "SELECT size FROM log_head WHERE city = 1")
[ "$entries" -gt 10 ] && [ "$entries" -lt "$all" ] || { echo "$entries of $all entries: not in the middle"; exit 1; }
echo "ok the copy holds: $entries of $all entries"

[ "$(who "$copy" "$WORK/copy.keys" 13800138000)" = 0 ] || fail "the copy finds her"
"$RELODE" show party.party --db "$copy" --keys "$WORK/copy.keys" --city 1 --party "$ada" --json |
	jq -e '.party and .name == null and .phone == null' >/dev/null || fail "the copy knows her"
[ ! -e "$WORK/copy.keys.part" ] || fail "a copy of the keys is left"
echo "ok who was forgotten after the backup stays forgotten"

[ "$(files relode.evidence)" = "$photos" ] || fail "$(files relode.evidence) of $photos photos are back"
"$RELODE" audit --db "$copy" --keys "$WORK/copy.keys" >"$WORK/said" || fail "the copy does not hold"
! grep -q 'not looked at' "$WORK/said" || fail "the audit did not look at the photos"
city=$(psql -XAtq "$copy" -c "SELECT min(city) FROM evidence")
id=$(psql -XAtq "$copy" -c "SELECT min(evidence) FROM evidence WHERE city = $city")
"$RELODE" show evidence.get --db "$copy" --keys "$WORK/copy.keys" --city "$city" --evidence "$id" --json |
	jq -e '.content | length > 20' >/dev/null || fail "the photo is not shown"
echo "ok its $photos photos are back, seen and audited"

# Nobody gets the number of one who was forgotten and whom the copy never knew.
next=$(psql -XAtq "$copy" -c "SELECT max(party) + 1 FROM party WHERE city = 1")
printf 'city,subject,at_us\n1,%s,5\n' $((next * 1024 + 1)) >"$WORK/one.csv"
"$RELODE" import destroyed "$WORK/one.csv" --keys "$WORK/copy.keys" >"$WORK/said"
eve=$(register "$copy" "$WORK/copy.keys" Eve '+86 138 0013 8002')
[ "$eve" -gt "$next" ] || fail "the next person has the number of another: $eve"
[ "$(who "$copy" "$WORK/copy.keys" 13800138002)" = 1 ] || fail "the next person is not found"
"$RELODE" audit --db "$copy" --keys "$WORK/copy.keys" >"$WORK/said" || fail "the copy that goes on does not hold"
echo "ok the restored programme goes on"

cd "$WORK/elsewhere"
"$backup" --restore "$WORK/backup" "$more" "$WORK/more.keys" --no-destroyed --evidence-to "$WORK/put" \
	--published "$WORK/after" >"$WORK/said" 2>&1 || fail "a restore without a list"
grep -q 'the log goes on under a new origin' "$WORK/said" || fail "no new origin behind what was published"
grep -q 'is known again; when a list turns up: relode import destroyed FILE' "$WORK/said" || fail "it does not say what lacks"
[ "$(who "$more" "$WORK/more.keys" 13800138000)" = 1 ] || fail "she is not known, though nobody destroyed her key"
[ "$(files "$WORK/put")" = "$photos" ] || fail "the photos are not where they should be"
[ ! -e relode.evidence ] || fail "photos are where they should not be"
import() { # WORDS OPTION...: what it says
	"$RELODE" import destroyed "$WORK/keys" --keys "$WORK/more.keys" "${@:2}" >"$WORK/said"
	grep -q "^$1" "$WORK/said" || fail "import destroyed ${*:2}"
}
import '1 keys would be destroyed, 0 were destroyed already, 1 were never here' --dry-run
[ "$(who "$more" "$WORK/more.keys" 13800138000)" = 1 ] || fail "a dry run destroyed her key"
import '1 keys are destroyed now, 0 were destroyed already, 1 were never here'
import '0 keys are destroyed now, 2 were destroyed already, 0 were never here'
[ "$(who "$more" "$WORK/more.keys" 13800138000)" = 0 ] || fail "she is known after the list turned up"
"$RELODE" audit --db "$more" --keys "$WORK/more.keys" >"$WORK/said" || fail "the books do not hold then"
echo "ok a restore without a list says so, and a list that turns up is followed, the same one twice"

cd "$here"
# The nightly example, as it stands: what its unit runs, in a folder of its own.
unit=$PWD/packaging/examples/relode-backup-postgresql.service
[ "$(grep -c '^ExecStart=' "$unit")" = 1 ] || fail "the example has not one command"
sed -n "/^ExecStart=/,\$p" "$unit" | sed -e "1s/^ExecStart=//" -e 's/\$\$/$/g' -e 's/%%/%/g' >"$WORK/nightly"
mkdir "$WORK/bin" "$WORK/nights"
ln -s "$RELODE" "$WORK/bin/relode"
mv "$WORK/keys" "$WORK/relode.keys"
for night in 1 2; do
	in_work env PATH="$WORK/bin:$PATH" PROGRAMME="$db" PROOF="${RELODE_TEST_PG/@\/postgres/@\/relode_proof}" \
		BACKUP="$backup" TO="$WORK/nights" bash "$WORK/nightly" >"$WORK/said" 2>&1 || fail "night $night"
	grep -q 'the books hold' "$WORK/said" || fail "night $night proves nothing"
done
[ "$(wc -l <"$WORK/nights/destroyed.csv")" = 3 ] || fail "the nights' list is another"
[ "$(cd "$WORK/nights" && echo *)" = "$(date +%F) destroyed.csv evidence" ] || fail "left: $(ls "$WORK/nights")"
echo "ok the example of a nightly backup proves its copy and keeps the list"

cd "$WORK/there"
rc=0
"$RELODE" audit --db "$copy" --keys "$WORK/copy.keys" --checkpoint "$WORK/after" >"$WORK/audit" 2>&1 || rc=$?
[ $rc = 8 ] || { cat "$WORK/audit"; echo "audit: $rc where 8 is right"; exit 1; }
echo "ok a checkpoint that was published after the backup shows that the copy lies behind"

rc=0
"$backup" --restore "$WORK/backup" "$copy" "$WORK/again.keys" --no-destroyed >"$WORK/again" 2>&1 || rc=$?
[ $rc = 5 ] && [ ! -e "$WORK/again.keys" ] || { cat "$WORK/again"; exit 1; }
echo "ok a database with tables is left as it is"
