#!/usr/bin/env bash
# The whole program on a machine that fails it: a file that cannot grow, or be written, and is in use.
set -euo pipefail
source tests/e2e/serving
cd "$WORK"
db=$WORK/faults.db

relode() {
	"$RELODE" "$@" --db "$db"
}

register() { # KEY: the status of registering a party whose description takes some room
	post /v1/cities/1/parties "$1" '{"kind":"organisation","roles":"buyer","public_name":"'"$1"'"}' \
		-o answer -w '%{http_code}' || true
}

relode init --bare >/dev/null
relode act city.open --city 1 --name Faultville --time_zone Etc/UTC --currency EUR >/dev/null
user=$(relode user create --login faults --roles admin,clerk --json | jq .user)
token=$(relode token issue --user "$user" --label faults --json | jq -r .token)

serve --db "$db" --quiet
if relode serve --listen 127.0.0.1:0 >second 2>&1; then
	fail "a second server started on the same file"
fi
grep -q "in use by process $pid" second || fail "it does not say who has the file: $(cat second)"
[ "$(register alone)" = 201 ] || fail "the first server does not go on: $(cat answer)"
stop
echo "ok a second server on one file is refused, and told who has it"

# No file may grow beyond what the write-ahead log has soon: like a disk that is full.
prlimit=$(command -v prlimit) || fail "prlimit is missing (util-linux)"
serve --db "$db" --quiet
n=0
while [ $n -lt 20 ] && [ "$(register "before-$n")" = 201 ]; do
	n=$((n + 1))
done
[ $n = 20 ] || fail "refused on a healthy disk: $(cat answer)"
"$prlimit" --pid "$pid" --fsize="$(stat -c %s "$db-wal"):"
status=201 n=0
while [ "$status" = 201 ] && [ $n -lt 2000 ]; do
	n=$((n + 1))
	status=$(register "full-$n")
done
case "$status" in
500 | 503) grep -q "disk" answer || fail "no reason: $(cat answer)" ;;
*) fail "a full disk is answered with $status: $(cat answer) $(tail -n 3 "$err")" ;;
esac
kill -0 "$pid" || fail "the server ended on a full disk"
get '/v1/cities/1/parties?limit=1' >/dev/null || fail "it cannot read either"
"$prlimit" --pid "$pid" --fsize=unlimited:
[ "$(register "full-$n")" = 201 ] || fail "there is room again, but: $(cat answer)"
[ "$(register "full-$n")" = 200 ] || fail "asked again: $(cat answer)"
stop
relode audit >/dev/null || fail "the books do not hold after a full disk"
[ "$(relode export party --city 1 --json | jq -r .public_name | sort | uniq -d | wc -l)" = 0 ] || fail "done twice"
echo "ok a full disk is told, nothing is half done, and it goes on when there is room"

chmod 444 "$db"
as= # root writes whatever the mode says
[ "$(id -u)" != 0 ] || as="setpriv --reuid 65534 --regid 65534 --clear-groups"
cp "$RELODE" program
chmod 755 program "$WORK"
chmod 444 "$db.keys"
if $as ./program act city.settings --city 1 --offer_days 3 --db "$db" >read-only 2>&1; then
	fail "it wrote to a file that is read only"
fi
grep -Eqi "permission|read.only|readonly" read-only || fail "it does not say why: $(cat read-only)"
chmod 600 "$db" "$db.keys"
relode audit >/dev/null || fail "the books do not hold"
echo "ok a file that cannot be written is told"
