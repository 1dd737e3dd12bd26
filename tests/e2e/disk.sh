#!/usr/bin/env bash
# A disk that does not take what was written, under relode serve: nobody is told of what is not durable, the
# server ends, and once it is started again the books hold and the same keys are answered once.
set -euo pipefail
db=$WORK/books.db
out=$WORK/out
err=$WORK/err
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true' EXIT

fail() {
	echo "disk.sh: $*" >&2
	tail -n 5 "$err" >&2 || true
	exit 1
}

# fdatasync of the books' log fails while the file $BROKEN is there.
cat >"$WORK/broken.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fdatasync(int fd)
{
	static int (*real)(int);
	char name[64], path[4096];
	ssize_t n;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	if (!strstr(path, "books.db-wal") || access(getenv("BROKEN"), F_OK))
		return real(fd);
	errno = EIO;
	return -1;
}
END
cc -shared -fPIC -o "$WORK/broken.so" "$WORK/broken.c"

serve() {
	: >"$out"
	BROKEN=$WORK/broken LD_PRELOAD=$WORK/broken.so "$RELODE" serve --db "$db" --listen 127.0.0.1:0 >"$out" 2>"$err" &
	pid=$!
	for _ in $(seq 600); do
		url=$(sed -n 's/^listening on //p' "$out")
		[ -z "$url" ] || return 0
		kill -0 "$pid" 2>/dev/null || fail "it ended"
		sleep 0.1
	done
	fail "no line on standard output"
}

register() { # KEY FIELD: that field of the answer
	curl -sS -X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-H "Idempotency-Key: \"$1\"" -H 'Accept-Language: zh' \
		-d '{"kind":"organisation","roles":"merchant","public_name":"Corner"}' "$url/v1/cities/1/parties" | jq -r ".$2"
}

"$RELODE" init --db "$db" --bare >/dev/null
"$RELODE" act city.open --db "$db" --city 1 --name X --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create --db "$db" --login root --roles admin --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label e2e --json | jq -r .token)

serve
first=$(register one party)
[ "$first" -gt 0 ] || fail "not registered"
touch "$WORK/broken"
[ "$(register two status)" = 503 ] || fail "answered though the disk did not take it"
for _ in $(seq 100); do
	kill -0 "$pid" 2>/dev/null || break
	sleep 0.1
done
code=0
wait "$pid" || code=$?
pid=
[ "$code" = 7 ] || fail "exit code $code"
grep -q 'the disk did not take' "$err" || fail "it does not say why"
echo "ok a write that the disk did not take is answered with 503, and the server ends"

rm "$WORK/broken"
serve
[ "$(register one party)" = "$first" ] || fail "what was answered is not there"
second=$(register two party)
[ "$second" -gt "$first" ] && [ "$(register two party)" = "$second" ] || fail "asked again: not once"
corners=$(curl -sS -H "Authorization: Bearer $token" "$url/v1/cities/1/parties" |
	jq '[.items[] | select(.public_name == "Corner")] | length')
[ "$corners" = 2 ] || fail "$corners of them"
kill "$pid"
wait "$pid"
pid=
"$RELODE" audit --db "$db" >"$WORK/audit" || fail "$(cat "$WORK/audit")"
echo "ok started again, the same keys are answered once, and the books hold"
