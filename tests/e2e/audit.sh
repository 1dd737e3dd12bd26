#!/usr/bin/env bash
# An audit that begins where an earlier one ended: what it trusts, what it finds, what it refuses.
set -euo pipefail
cd "$WORK"
db=$WORK/audit.db

fail() {
	echo "audit.sh: $*" >&2
	exit 1
}

relode() {
	"$RELODE" "$@" --db "$db"
}

refused() { # WORDS COMMAND...
	local words=$1
	shift
	! "$@" >out 2>&1 || fail "not refused: $*"
	grep -q "$words" out || fail "it does not say \"$words\": $(cat out)"
}

says() { # WORDS AUDIT-OPTION...
	local words=$1
	shift
	relode audit "$@" >out
	grep -q "$words" out || fail "audit $*: it does not say \"$words\": $(cat out)"
}

relode init >/dev/null
relode simulate --seed 3 --count 60 >/dev/null
relode audit --save trusted >/dev/null
sqlite3 "$db" ".backup older.db"
says '^2 cities, 0 entries' --from trusted
relode simulate --seed 4 --count 20 >/dev/null
relode act city.settings --city 1 --offer_days 5 >/dev/null
says '^Not looked at: ' --from trusted
cp trusted old && cp "$(ls trusted.*.rows)" "old.$(ls trusted.*.rows | cut -d. -f2).rows"
relode audit --from trusted --save trusted >/dev/null
[ "$(ls trusted* | wc -l)" = 2 ] || fail "an older save was left: $(ls trusted*)"
says '^3 cities, 0 entries' --from trusted
echo "ok an audit begins where an earlier one ended, and brings it forward"

relode audit --save whole >/dev/null
sqlite3 whole.*.rows .dump | sort >whole.txt
sqlite3 trusted.*.rows .dump | sort >trusted.txt
cmp whole.txt trusted.txt || fail "brought forward it is not what a full audit saves"
echo "ok a save that was brought forward is the same as one of a full audit"

note() { # DATABASE
	printf '%s\n' "$(sqlite3 "$1" 'SELECT note FROM log_head WHERE city = 1')"
}

note "$db" >now
relode audit --from old --checkpoint now >/dev/null
note old.*.rows >then
relode audit --from trusted --checkpoint then >/dev/null
echo "ok a published checkpoint is held against the trusted log"

refused "an older copy is in its place" "$RELODE" audit --db older.db --keys "$db.keys" --from trusted
"$RELODE" audit --db older.db --keys "$db.keys" >/dev/null
echo "ok an older copy in the place of the books is found, which by itself holds"

# A save that was killed: what lies about must not get into the next one.
cp whole.*.rows trusted.new
printf '%s\n' 'PRAGMA journal_mode=WAL;' 'UPDATE balance SET posted = posted + 1;' '.shell cp trusted.new-wal wal' |
	sqlite3 trusted.new >/dev/null
cp wal trusted.new-wal
relode audit --from trusted --save trusted >/dev/null
sqlite3 trusted.*.rows .dump | sort | cmp - whole.txt || fail "an unfinished save got into the next one"
cp trusted tampered && cp trusted.*.rows "tampered.$(ls trusted.*.rows | cut -d. -f2).rows"
sqlite3 "$db" "UPDATE balance SET posted = posted + 1 WHERE city = 1"
refused "sum to" relode audit --from tampered --save tampered
cmp -s trusted tampered || fail "an audit that found something was saved"
[ "$(ls tampered* | wc -l)" = 2 ] || fail "it left $(ls tampered*)"
sqlite3 "$db" "UPDATE balance SET posted = posted - 1 WHERE city = 1"
echo "ok a save is whole, and only of what holds"

cp trusted.*.rows kept
sqlite3 trusted.*.rows "UPDATE balance SET posted = posted + 1 WHERE city = 1"
refused "it was changed" relode audit --from trusted
cp kept trusted.*.rows
sed 's/^entries .*/entries 1/' trusted >forged && cp kept "forged.$(ls trusted.*.rows | cut -d. -f2).rows"
refused "signature" relode audit --from forged
"$RELODE" init --db other.db >/dev/null
refused "relode/audit" "$RELODE" audit --db other.db --from trusted
sqlite3 "$db" "DELETE FROM log_node WHERE city = 1 AND number = 0"
refused "log_node has" relode audit --from trusted
echo "ok a changed, forged or foreign snapshot is refused, and a missing row is counted"
