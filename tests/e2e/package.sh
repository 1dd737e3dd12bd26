#!/usr/bin/env bash
# The Debian package: the same bytes twice, and what is in it works from where it was unpacked.
set -euo pipefail
source tests/e2e/serving
x=$WORK/x

for program in dpkg-deb dpkg-shlibdeps dpkg-buildflags; do
	command -v $program >/dev/null || {
		echo "$program is not here (package dpkg-dev)"
		exit 77
	}
done

pack() { # FOLDER
	scripts/package --program "$RELODE" --out "$1" >"$WORK/said" 2>&1 || fail "scripts/package"
}
pack "$WORK/a"
mkdir "$WORK/tmp"
(
	umask 077
	export TZ=Asia/Shanghai LANG=C.UTF-8 TMPDIR=$WORK/tmp
	pack "$WORK/b"
)
deb=$(echo "$WORK"/a/relode_*.deb)
cmp "$deb" "$WORK/b/${deb##*/}" || fail "a second package has other bytes"
echo "ok a second package has the same bytes"

dpkg-deb -x "$deb" "$x"
dpkg-deb -e "$deb" "$x/DEBIAN"
for script in postinst prerm postrm; do
	sh -n "$x/DEBIAN/$script" || fail "$script"
done
(cd "$x" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"
[ -z "$(find "$x" -mindepth 1 -perm /022 -o -newermt "@$(($(git log -1 --format=%ct 2>/dev/null || date +%s) + 1))" ! -path "$x/DEBIAN*")" ] ||
	fail "a file that others may write, or of another time"
export RELODE_DATA=$x/usr/share/relode RELODE_DB=$WORK/p.db
relode=$x/usr/bin/relode
"$relode" init >/dev/null || fail "init"
"$relode" import ios >/dev/null || fail "the list of Apple's devices"
"$relode" import android >/dev/null || fail "the list of Android's devices"
"$relode" search "iphone 13" --limit 1 | grep >/dev/null -i iphone || fail "no phone is found"
"$relode" audit >/dev/null || fail "the books do not hold"
# Its own configuration is read; the database is another here, and the port any.
launch "$relode" serve --config "$x/etc/relode/relode.conf" --listen 127.0.0.1:0 --quiet
stop
grep -q '^db = /var/lib/relode/relode.db$' "$x/etc/relode/relode.conf" || fail "the configuration's database"
for command in $("$relode" --help | sed -n 's/^  \([a-z]\+\) .*/\1/p'); do
	[ -s "$x/usr/share/man/man1/relode-$command.1.gz" ] || fail "no page for $command"
done
bash -nc "$(cat "$x/usr/share/bash-completion/completions/relode")" || fail "the completion"
echo "ok program, data, device lists, configuration and pages work from where they were unpacked"

if command -v systemd-analyze >/dev/null; then
	mkdir "$WORK/units"
	for unit in relode.service relode.socket; do
		sed "s,/usr/bin/relode,$relode," "$x/lib/systemd/system/$unit" >"$WORK/units/$unit"
	done
	systemd-analyze verify --man=no "$WORK"/units/* 2>"$WORK/verify" || true
	[ ! -s "$WORK/verify" ] || fail "$(cat "$WORK/verify")"
	grep -q '"$' <(systemd-analyze security --offline=true --threshold=20 "$WORK/units/relode.service" && echo '"') ||
		fail "the unit is exposed more than 2.0: systemd-analyze security"
	echo "ok the units are well formed, and the service sees little of the machine"
else
	echo "skipped: systemd-analyze is not here"
fi
if command -v lintian >/dev/null; then
	lintian --fail-on error,warning "$deb" >"$WORK/lintian" 2>/dev/null || fail "$(cat "$WORK/lintian")"
	echo "ok lintian finds no error and warns of nothing"
else
	echo "skipped: lintian is not here"
fi
