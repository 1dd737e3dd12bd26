#!/usr/bin/env bash
# A disk that does not take what was written, under relode serve: nobody is told of what is not durable, the
# server ends, and once it is started again the books hold and the same keys are answered once.
set -euo pipefail
source tests/e2e/serving
db=$WORK/books.db

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

on_that_disk() {
	launch env BROKEN="$WORK/broken" LD_PRELOAD="$WORK/broken.so" "$RELODE" serve --db "$db" --listen 127.0.0.1:0
}

ended() { ! kill -0 "$pid"; }

register() { # KEY FIELD: that field of the answer
	post /v1/cities/1/parties "$1" '{"kind":"organisation","roles":"merchant","public_name":"Corner"}' \
		-H 'Accept-Language: zh' | jq -r ".$2"
}

"$RELODE" init --db "$db" --bare >/dev/null
"$RELODE" act city.open --db "$db" --city 1 --name X --time_zone Etc/UTC --currency EUR >/dev/null
user=$("$RELODE" user create --db "$db" --login root --roles admin --json | jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label e2e --json | jq -r .token)

on_that_disk
first=$(register one party)
[ "$first" -gt 0 ] || fail "not registered"
touch "$WORK/broken"
[ "$(register two status)" = 503 ] || fail "answered though the disk did not take it"
until_true ended
code=0
wait "$pid" || code=$?
pid=
[ "$code" = 7 ] || fail "exit code $code"
grep -q 'the disk did not take' "$err" || fail "it does not say why"
echo "ok a write that the disk did not take is answered with 503, and the server ends"

rm "$WORK/broken"
on_that_disk
[ "$(register one party)" = "$first" ] || fail "what was answered is not there"
second=$(register two party)
[ "$second" -gt "$first" ] && [ "$(register two party)" = "$second" ] || fail "asked again: not once"
corners=$(get /v1/cities/1/parties | jq '[.items[] | select(.public_name == "Corner")] | length')
[ "$corners" = 2 ] || fail "$corners of them"
stop
"$RELODE" audit --db "$db" >"$WORK/audit" || fail "$(cat "$WORK/audit")"
echo "ok started again, the same keys are answered once, and the books hold"
