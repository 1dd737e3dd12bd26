#!/usr/bin/env bash
# A backup of PostgreSQL while clients write, put into another database: it holds, a checkpoint from before it
# is one of its log, and one from after it says that the copy lies behind.
set -euo pipefail
source tests/e2e/serving

[ -n "${RELODE_TEST_PG-}" ] || {
	echo "no PostgreSQL (RELODE_TEST_PG is not set)"
	exit 77
}
name=backup_$$
db=${RELODE_TEST_PG/@\/postgres/@\/$name}
copy=${RELODE_TEST_PG/@\/postgres/@\/${name}_copy}
where=(--db "$db" --keys "$WORK/keys")
leave() {
	psql -Xq "$RELODE_TEST_PG" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" \
		-c "DROP DATABASE IF EXISTS ${name}_copy WITH (FORCE)" 2>"$WORK/drop" || cat "$WORK/drop"
}

psql -Xq "$RELODE_TEST_PG" -c "CREATE DATABASE $name" -c "CREATE DATABASE ${name}_copy"
"$RELODE" init "${where[@]}" --bare >/dev/null
"$RELODE" act city.open "${where[@]}" --city 1 --name Copyham --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create "${where[@]}" --login copy --roles admin,clerk --json | jq -r .user)
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
backup=$PWD/scripts/backup-postgresql
(cd "$WORK" && "$backup" "$db" "$WORK/backup" --keys "$WORK/keys" >"$WORK/backup.out")
wait "$load"
checkpoint "$WORK/after"
stop
echo "ok a backup while $(jq .answered "$WORK/load") writes were answered"

cd "$WORK" # evidence lies beside
"$backup" --restore "$WORK/backup" "$copy" "$WORK/copy.keys" --checkpoint "$WORK/before" >"$WORK/audit" || {
	cat "$WORK/audit"
	exit 1
}
entries=$(psql -XAtq "$copy" -c "SELECT size FROM log_head WHERE city = 1")
all=$(psql -XAtq "$db" -c "SELECT size FROM log_head WHERE city = 1")
[ "$entries" -gt 10 ] && [ "$entries" -lt "$all" ] || { echo "$entries of $all entries: not in the middle"; exit 1; }
echo "ok the copy holds: $entries of $all entries"

rc=0
"$RELODE" audit --db "$copy" --keys "$WORK/copy.keys" --checkpoint "$WORK/after" >"$WORK/audit" 2>&1 || rc=$?
[ $rc = 8 ] || { cat "$WORK/audit"; echo "audit: $rc where 8 is right"; exit 1; }
echo "ok a checkpoint that was published after the backup shows that the copy lies behind"

rc=0
"$backup" --restore "$WORK/backup" "$copy" "$WORK/more.keys" >"$WORK/again" 2>&1 || rc=$?
[ $rc = 5 ] && [ ! -e "$WORK/more.keys" ] || { cat "$WORK/again"; exit 1; }
echo "ok a database with tables is left as it is"
