#!/usr/bin/env bash
# A disk that does not take what was written, under relode serve: nobody is told of what is not durable, the
# server ends, and once it is started again the books hold and the same keys are answered once. With a quick
# disk, for which the writing thread waits itself, and with a slow one, for which another does.
set -euo pipefail
source tests/e2e/serving
db=$WORK/books.db

# fdatasync of the books' log takes $SLOW microseconds more, and fails while the file $BROKEN is there.
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
	if (strstr(path, "books.db-wal"))
		usleep((useconds_t)atoi(getenv("SLOW")));
	if (!strstr(path, "books.db-wal") || access(getenv("BROKEN"), F_OK))
		return real(fd);
	errno = EIO;
	return -1;
}
END
cc -shared -fPIC -o "$WORK/broken.so" "$WORK/broken.c"

on_that_disk() { # SLOW
	launch env BROKEN="$WORK/broken" SLOW="$1" LD_PRELOAD="$WORK/broken.so" "$RELODE" serve --db "$db" --listen 127.0.0.1:0
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

corners=0
for slow in 0 5000; do
	on_that_disk $slow
	first=$(register "one-$slow" party)
	[ "$first" -gt 0 ] || fail "not registered"
	for n in 1 2 3 4 5 6 7 8; do
		register "crowd-$slow-$n" party >"$WORK/party.$n" &
		crowd[n]=$!
	done
	wait "${crowd[@]}"
	[ "$(sort -nu "$WORK"/party.[1-8] | grep -c '^[1-9]')" = 8 ] || fail "$(cat "$WORK"/party.[1-8])"
	touch "$WORK/broken"
	[ "$(register "two-$slow" status)" = 503 ] || fail "answered though the disk did not take it"
	until_true ended
	code=0
	wait "$pid" || code=$?
	pid=
	[ "$code" = 7 ] || fail "exit code $code"
	grep -q 'the disk did not take' "$err" || fail "it does not say why"
	echo "ok $slow us more: a write that the disk did not take is answered with 503, and the server ends"

	rm "$WORK/broken"
	on_that_disk $slow
	[ "$(register "one-$slow" party)" = "$first" ] || fail "what was answered is not there"
	for n in 1 2 3 4 5 6 7 8; do
		[ "$(register "crowd-$slow-$n" party)" = "$(cat "$WORK/party.$n")" ] || fail "number $n is not there"
	done
	second=$(register "two-$slow" party)
	[ "$second" -gt "$first" ] && [ "$(register "two-$slow" party)" = "$second" ] || fail "asked again: not once"
	corners=$((corners + 10))
	there=$(get /v1/cities/1/parties?limit=100 | jq '[.items[] | select(.public_name == "Corner")] | length')
	[ "$there" = $corners ] || fail "$there of them"
	stop
	"$RELODE" audit --db "$db" >"$WORK/audit" || fail "$(cat "$WORK/audit")"
	echo "ok $slow us more: started again, the same keys are answered once, and the books hold"
done
