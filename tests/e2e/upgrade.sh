#!/usr/bin/env bash
# A programme of each released version, as that version wrote it (scripts/release-golden): this version
# upgrades it, its log is what it was, its books hold, and they go on.
set -euo pipefail

fail() {
	echo "upgrade.sh: $*" >&2
	exit 1
}

# upgrade FOLDER NAME: books.sql, keys.sql, roots, evidence
upgrade() {
	local from=$1 db=$WORK/$2.db
	sqlite3 "$db" <"$from/books.sql"
	sqlite3 "$db.keys" <"$from/keys.sql"
	chmod 600 "$db" "$db.keys"
	[ ! -d "$from/evidence" ] || cp -r "$from/evidence" "$db.evidence"
	"$RELODE" upgrade --db "$db" >"$WORK/said" 2>&1 || fail "$2: $(cat "$WORK/said")"
	sqlite3 "$db" 'SELECT city, size, hex(root) FROM log_head ORDER BY city' | cmp -s - "$from/roots" ||
		fail "$2: an upgrade changed the log"
	"$RELODE" audit --db "$db" >"$WORK/said" 2>&1 || fail "$2: $(cat "$WORK/said")"
	"$RELODE" act city.open --db "$db" --city 99 --name After --time_zone Etc/UTC --currency EUR >/dev/null ||
		fail "$2: nothing can be recorded after it"
	"$RELODE" act party.register --db "$db" --city 1 --kind person --roles owner --name Li >/dev/null ||
		fail "$2: nothing can be recorded in its city"
	"$RELODE" audit --db "$db" >"$WORK/said" 2>&1 || fail "$2, gone on: $(cat "$WORK/said")"
}

# The way is tried with this very version first, so that it works when a release is cut.
repository=$PWD
(
	mkdir -p "$WORK/tree/scripts" "$WORK/tree/build"
	cp "$repository/scripts/release-golden" "$WORK/tree/scripts/"
	ln -s "$RELODE" "$WORK/tree/build/relode"
	RELODE_DATA=$repository/data RELEASE_DEVICES=6 "$WORK/tree/scripts/release-golden" >"$WORK/said" 2>&1 ||
		fail "release-golden: $(cat "$WORK/said")"
	! RELEASE_DEVICES=6 "$WORK/tree/scripts/release-golden" >"$WORK/said" 2>&1 || fail "a released file is replaced"
)
mkdir "$WORK/now"
tar --zstd -C "$WORK/now" --strip-components=1 -xf "$WORK"/tree/tests/golden/releases/*.tar.zst
upgrade "$WORK/now" now
echo "ok what this version would keep of itself is upgraded, holds and goes on"

count=0
for file in tests/golden/releases/*.tar.zst; do
	[ -e "$file" ] || break
	version=$(basename "$file" .tar.zst)
	mkdir "$WORK/from-$version"
	tar --zstd -C "$WORK/from-$version" --strip-components=1 -xf "$file"
	upgrade "$WORK/from-$version" "$version"
	echo "ok $version is upgraded, holds and goes on"
	count=$((count + 1))
done
if [ $count = 0 ]; then
	echo "skipped: no release yet has a programme in tests/golden/releases"
fi
