#!/usr/bin/env bash
# relode serve as its operator runs it: settings, service manager, TLS, proxies, reload.
set -euo pipefail
source tests/e2e/serving
db=$WORK/operate.db
conf=$WORK/relode.conf

serve() { # OPTION...: where it listens is among the settings that are tried
	launch "$RELODE" serve "$@"
}

"$RELODE" init --db "$db" --bare >/dev/null

# --- settings ---

refused() { # WORDS LINE...: a file of these lines is refused with these words
	local words=$1
	shift
	printf '%s\n' "$@" >"$conf"
	! "$RELODE" serve --db "$db" --config "$conf" >"$out" 2>"$err" || fail "it serves with: $*"
	grep -qF -e "$words" "$err" || fail "not said: $words"
}
refused "$conf:2: there is no setting \"colour\"" "# a comment" "colour = green"
refused "$conf:1: rate: \"many\" is not a whole number from 0 to 100000" "rate = many"
refused "$conf:3: rate was given at $conf:1 already" "rate = 1" "" "rate = 2"
refused "$conf:1: write it as: name = value" "rate"
refused "$conf:1: log: \"loud\" is none of all|warn|error|none" "log = loud"
refused "$conf:1: listen has no value" "listen ="
refused "tls-certificate and tls-key are given together" "tls-key = key.pem"
refused "\"localhost\" is no address or network" "trusted-proxies = localhost"
! "$RELODE" serve --config "$WORK/none" 2>"$err" || fail "it serves without its file"
grep -q "the configuration: cannot open $WORK/none\|the configuration: .*$WORK/none" "$err" || fail "no word of the missing file"
! RELODE_RATE=x "$RELODE" serve --db "$db" 2>"$err" || fail "it serves with RELODE_RATE=x"
grep -q 'RELODE_RATE: rate: "x" is not' "$err" || fail "no word of the variable"
echo "ok a wrong setting is refused, with its file and line"

printf '%s\n' "db = $db" "  listen = 127.0.0.1:0  " 'log = none' >"$conf"
RELODE_LOG=all serve --config "$conf"
curl -sS "$url/healthz" >/dev/null
until_true grep -q 'route=/healthz' "$err"
stop
RELODE_CONFIG=$conf RELODE_LOG=all serve --log error
curl -sS "$url/healthz" >/dev/null
stop
! grep -q 'route=/healthz' "$err" || fail "the environment came before the command line"
echo "ok command line before environment before file"

"$RELODE" manual conf | sed 's/^#\([a-z-]* = \)/\1/' | grep -v -e '^tls-' -e '^keys' -e '^trusted' -e '^web' -e '^per-address' \
	-e '^rate-organisation' -e '^rate-address' >"$conf"
serve --config "$conf" --db "$db" --listen 127.0.0.1:0
stop
echo "ok the sample file, its defaults set, serves"

export RELODE_DB=$WORK/apart.db RELODE_KEYS=$WORK/secrets
"$RELODE" init --bare >/dev/null
[ -e "$WORK/secrets" ] && [ ! -e "$WORK/apart.db.keys" ] || fail "the key store is not where RELODE_KEYS says"
"$RELODE" audit >/dev/null || fail "audit does not find the key store"
"$RELODE" audit --db "$db" >/dev/null || fail "another database is given the environment's key store"
serve --listen 127.0.0.1:0
stop
unset RELODE_DB RELODE_KEYS
echo "ok the environment's key store goes with the environment's database"

# --- under a service manager ---

printf '%s\n' "db = $db" 'listen = 203.0.113.1:1' 'rate-public = 1' >"$conf"
WATCHDOG_USEC=400000 tests/e2e/manager.pl "$WORK" "$RELODE" serve --config "$conf" >"$out" 2>"$err" &
manager=$!
until_true grep -q '^READY=1' "$WORK/notified"
pid=$(cat "$WORK/pid")
url=http://127.0.0.1:$(cat "$WORK/port")
[ "$(curl -sS "$url/healthz")" = ok ] || fail "not on the passed socket"
grep -q "^STATUS=serving on $url" "$WORK/notified" || fail "no status"
until_true grep -q '^WATCHDOG=1' "$WORK/notified"
echo "ok it listens on the passed socket, says that it is ready, and feeds the watchdog"

# A connection from before the reload goes on after it, under the new rate.
status() { curl -s -o /dev/null -w '%{http_code} ' "$@"; }
many=$(for _ in $(seq 14); do echo "$url/openapi.json"; done)
grep -q 429 <(curl -s -o /dev/null -w '%{http_code}\n' $many $(printf -- '-o /dev/null %.0s' $(seq 13))) || fail "the rate of the file does not hold"
exec 8<>"/dev/tcp/127.0.0.1/$(cat "$WORK/port")"
printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n' >&8
read -r -t 30 line <&8
sed -i 's/^rate-public.*/rate-public = 0/; s/^listen.*/listen = 203.0.113.2:1/' "$conf"
kill -HUP "$pid"
until_true grep -q '^RELOADING=1' "$WORK/notified"
until_true grep -q 'event=reloaded' "$err"
grep -q 'listen changes at the next start' "$err" || fail "no word of what a reload does not take"
printf 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >&8
grep -q '^ready' <(timeout 30 cat <&8) || fail "the reload dropped a connection"
exec 8>&-
! grep -q 429 <(curl -s -o /dev/null -w '%{http_code}\n' $many $(printf -- '-o /dev/null %.0s' $(seq 13))) || fail "the new rate does not hold"
echo 'rate-public = -1' >>"$conf"
kill -HUP "$pid"
until_true grep -q '^STATUS=reload failed' "$WORK/notified"
[ "$(curl -sS "$url/healthz")" = ok ] || fail "a failed reload ended the service"
echo "ok a reload takes new settings, drops no connection, and a wrong file changes nothing"

kill -TERM "$pid"
wait "$manager" || fail "it ended with $?"
pid=
grep -q '^STOPPING=1' "$WORK/notified" || fail "it did not say that it stops"
LISTEN_FDS=1 LISTEN_PID=1 serve --db "$db" --listen 127.0.0.1:0
[ "${url%:*}" = http://127.0.0.1 ] || fail "it listens on $url"
stop
echo "ok a socket for another process is not taken"

# --- TLS ---

certificate() { # NAME
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$WORK/tls.pem" -days 2 \
		-subj "/CN=$1" -addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
}
certificate first
printf '%s\n' "tls-certificate = $WORK/tls.pem" "tls-key = $WORK/tls.key" 'listen = 127.0.0.1:0' >"$conf"
chmod 644 "$WORK/tls.key"
! "$RELODE" serve --db "$db" --config "$conf" 2>"$err" || fail "a key for everyone is taken"
grep -q 'may be read by everyone' "$err" || fail "no word of the key's mode"
chmod 600 "$WORK/tls.key"
serve --db "$db" --config "$conf"
[ "${url%%:*}" = https ] || fail "it says $url"
[ "$(curl -sS --cacert "$WORK/tls.pem" "$url/healthz")" = ok ] || fail "curl over TLS"
where=${url#https://}
hello() { openssl s_client -connect "$where" "$@" </dev/null 2>&1; }
grep -q 'TLSv1.3' <(hello) || fail "no TLS 1.3"
grep -q 'ECDHE' <(hello -tls1_2) || fail "no forward secrecy with TLS 1.2"
! grep -q 'Cipher is [A-Z]*[^(]*SHA$' <(hello -tls1_2 -cipher 'AES128-SHA:@SECLEVEL=0') || fail "an old cipher is taken"
! grep -q '^-----BEGIN CERT' <(hello -tls1_1 -cipher 'ALL:@SECLEVEL=0') || fail "TLS 1.1 is taken"
echo "ok TLS 1.2 and 1.3 with forward secrecy, nothing older"

grep -q 'CN = first' <(hello) || fail "another certificate"
curl -sS --cacert "$WORK/tls.pem" "$url/metrics" >"$WORK/metrics"
for name in $(grep -o '\(relode\|process\)_[a-z_]*\(_total\|_seconds\|_bytes\|_length\|_capacity\|_connections\)' docs/operations.md | sort -u); do
	grep -q "^# TYPE $name " "$WORK/metrics" || fail "docs/operations.md speaks of $name, which there is not"
done
ends() { date -u -d "$(openssl x509 -in "$WORK/tls.pem" -noout -enddate | cut -d= -f2)" +%s; }
curl -sS --cacert "$WORK/tls.pem" "$url/metrics" |
	grep >/dev/null "^relode_tls_certificate_expiry_timestamp_seconds $(ends)\$" || fail "the metrics do not say when it ends"
certificate second
chmod 600 "$WORK/tls.key"
kill -HUP "$pid"
until_true grep -q 'event=reloaded' "$err"
grep -q 'CN = second' <(hello) || fail "the old certificate after a reload"
echo broken >"$WORK/tls.pem"
kill -HUP "$pid"
until_true grep -q 'level=error event=reload' "$err"
grep -q 'CN = second' <(hello) || fail "a broken certificate took the good one away"
stop
echo "ok a reload takes a new certificate, and keeps the old one when the new one is broken"

# --- behind a proxy ---

printf '%s\n' 'listen = 127.0.0.1:0' 'trusted-proxies = 127.0.0.0/8, 10.0.0.0/8' >"$conf"
serve --db "$db" --config "$conf"
from() { # ADDRESS HEADER...: the log names this caller of a request that is refused
	local address=$1 h
	shift
	local headers=()
	for h; do headers+=(-H "$h"); done
	: >"$err"
	curl -sS -o /dev/null "${headers[@]}" "$url/v1/cities/1/devices"
	until_true grep -q "status=401.* address=$address " "$err"
}
from 127.0.0.1
from 198.51.100.7 'X-Forwarded-For: 198.51.100.7'
from 198.51.100.7 'X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.1.2.3'
from 198.51.100.7 'X-Forwarded-For: 203.0.113.9' 'X-Forwarded-For: 198.51.100.7'
from 127.0.0.1 'Forwarded: for=198.51.100.7'
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'X-Forwarded-For: 127.0.0.1' "$url/metrics")" = 403 ] || fail "metrics through a proxy"
sed -i 's/^trusted.*/trusted-proxies = 192.0.2.1/' "$conf"
kill -HUP "$pid"
until_true grep -q 'event=reloaded' "$err"
from 127.0.0.1 'X-Forwarded-For: 198.51.100.7'
printf '%s\n' 'proxy-header = forwarded' >>"$conf"
sed -i 's/^trusted.*/trusted-proxies = 127.0.0.1/' "$conf"
kill -HUP "$pid"
until_true grep -q 'event=reloaded' "$err"
from 2001:db8::7 'Forwarded: for=203.0.113.9, for="[2001:db8::7]:4711";proto=https'
stop
echo "ok who the caller is comes from trusted proxies alone"

# --- the web app ---

mkdir "$WORK/app"
refused "web: $WORK/app has no index.html" "db = $db" "web = $WORK/app"
echo 'first build' >"$WORK/app/index.html"
printf '%s\n' 'listen = 127.0.0.1:0' "web = $WORK/app" >"$conf"
serve --db "$db" --config "$conf"
shows() { # ADDRESS WORDS
	[ "$(curl -sS "$url$1")" = "$2" ] || fail "$1 does not show: $2"
}
shows / 'first build'
shows /o/7K3M 'first build'
echo 'second build' >"$WORK/app/index.html"
shows / 'first build'
kill -HUP "$pid"
until_true grep -q 'event=reloaded' "$err"
shows / 'second build'
rm "$WORK/app/index.html"
kill -HUP "$pid"
until_true grep -q 'level=error event=reload' "$err"
shows / 'second build'
stop
echo "ok the web app is served, a reload takes a new build and keeps the old one when the new one is broken"

# --- what the program prints of itself ---

"$RELODE" manual settings | cmp -s - docs/settings.md || fail "docs/settings.md is not what relode manual settings prints"
if command -v man >/dev/null; then
	for page in relode relode.conf serve act show restore; do
		MANWIDTH=100 man --warnings -l <("$RELODE" manual $page) >/dev/null 2>"$WORK/man" || fail "man $page"
		[ ! -s "$WORK/man" ] || fail "man $page: $(head -n 1 "$WORK/man")"
	done
	echo "ok the manual's pages are well formed"
else
	echo "skipped: man is not here to read the manual's pages"
fi
