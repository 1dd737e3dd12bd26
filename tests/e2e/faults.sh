#!/usr/bin/env bash
# The whole program on a machine that fails it: a file that cannot grow, or be written, and is in use.
set -euo pipefail
cd "$WORK"
db=$WORK/faults.db
server=
trap '[ -z "$server" ] || kill -9 "$server" 2>/dev/null || true' EXIT

fail() {
	echo "faults.sh: $*" >&2
	exit 1
}

relode() {
	"$RELODE" "$@" --db "$db"
}

# serve: starts it and sets server and url.
serve() {
	: >serve.out # what an earlier server wrote there is not read for this one's
	"$RELODE" serve --db "$db" --listen 127.0.0.1:0 --quiet >serve.out 2>serve.err &
	server=$!
	url=
	for _ in $(seq 600); do
		url=$(sed -n 's/^listening on //p' serve.out)
		[ -z "$url" ] || return 0
		sleep 0.1
	done
	fail "the server did not start: $(cat serve.err)"
}

post() { # KEY: the status of registering a party whose description takes some room
	curl -s -o answer -w '%{http_code}' -X POST "$url/v1/cities/1/parties" -H "Authorization: Bearer $token" \
		-H 'Content-Type: application/json' -H "Idempotency-Key: \"$1\"" \
		-d '{"kind":"organisation","roles":"buyer","public_name":"'"$1"'"}' || true
}

relode init --bare >/dev/null
relode act city.open --city 1 --name Faultville --time_zone Etc/UTC --currency EUR >/dev/null
user=$(relode user create --login faults --roles admin,clerk --json | jq .user)
token=$(relode token issue --user "$user" --label faults --json | jq -r .token)

serve
first=$server
if relode serve --listen 127.0.0.1:0 >second 2>&1; then
	fail "a second server started on the same file"
fi
grep -q "in use by process $first" second || fail "it does not say who has the file: $(cat second)"
[ "$(post alone)" = 201 ] || fail "the first server does not go on: $(cat answer)"
kill "$server"
wait "$server"
echo "ok a second server on one file is refused, and told who has it"

# No file may grow beyond what the write-ahead log has soon: like a disk that is full.
prlimit=$(command -v prlimit) || fail "prlimit is missing (util-linux)"
serve
n=0
while [ $n -lt 20 ] && [ "$(post "before-$n")" = 201 ]; do
	n=$((n + 1))
done
[ $n = 20 ] || fail "refused on a healthy disk: $(cat answer)"
"$prlimit" --pid "$server" --fsize="$(stat -c %s "$db-wal"):"
status=201 n=0
while [ "$status" = 201 ] && [ $n -lt 2000 ]; do
	n=$((n + 1))
	status=$(post "full-$n")
done
case "$status" in
500 | 503) grep -q "disk" answer || fail "no reason: $(cat answer)" ;;
*) fail "a full disk is answered with $status: $(cat answer) $(tail -n 3 serve.err)" ;;
esac
kill -0 "$server" || fail "the server ended on a full disk"
curl -sf -H "Authorization: Bearer $token" "$url/v1/cities/1/parties?limit=1" >/dev/null || fail "it cannot read either"
"$prlimit" --pid "$server" --fsize=unlimited:
[ "$(post "full-$n")" = 201 ] || fail "there is room again, but: $(cat answer)"
[ "$(post "full-$n")" = 200 ] || fail "asked again: $(cat answer)"
kill "$server"
wait "$server"
server=
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
