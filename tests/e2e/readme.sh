#!/usr/bin/env bash
# The first calls of the README, as they are pasted: in an empty folder, in one shell.
set -euo pipefail
readme=$PWD/README.md
mkdir "$WORK/build"
ln -s "$RELODE" "$WORK/build/relode"
cd "$WORK"
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

die() {
	echo "FAIL $*"
	exit 1
}

# Another port than the one that a person takes, who may have something there.
# Below those that the system hands out, and nobody's now.
port=$((20000 + RANDOM % 12000))
while (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((20000 + RANDOM % 12000)); done
# shellcheck disable=SC2016 # no expansion is meant
sed -n '/^## First calls/,/^## /p' "$readme" | sed -n '/^```sh/,/^```/p' | grep -v '^```' | sed "s/8080/$port/g" >calls
[ "$(grep -c curl calls)" = 3 ] || die "the README has not three calls: $(cat calls)"
set +u
# shellcheck disable=SC1091 # made above
source ./calls >out 2>err || die "a call failed: $(tail -n 20 out err)"
set -u
grep -q '^ok' out || die "/healthz does not answer ok: $(cat out)"
grep -q '"openapi"' out || die "no OpenAPI document"
tail -n 1 out | grep -q '"party":' || die "the merchant was not registered: $(tail -n 1 out)"
[ "$(curl -sS -H "Authorization: Bearer $TOKEN" "http://127.0.0.1:$port/v1/cities/1/parties?role=merchant" |
	jq -r '.items[0].public_name')" = "Corner Phones" ] || die "the merchant is not there"
echo "ok the README's first calls work as they are pasted"

kill %1
wait || true
"$RELODE" audit --db city.db >/dev/null || die "the books do not hold"
"$RELODE" backup --db city.db city-1.db --keys-to city-1.keys --destroyed-to destroyed.csv >/dev/null || die "back up"
"$RELODE" restore city-1.db --keys-from city-1.keys --destroyed destroyed.csv --db new.db >/dev/null || die "restore"
"$RELODE" upgrade --db city.db >/dev/null || die "upgrade"
echo "ok so do back up, restore and upgrade"
