# failover.sh: what scripts/test-failover and scripts/test-patroni share: a folder of their own, a server of relode on
# the clusters, the load, and the look into the books afterwards. Sourced in the repository's folder, with `name` (of
# the script) and `clients` set; the script then sets `uri`, and calls stop_all when it ends.

# Sets bin (PostgreSQL's programs), dir (removed at the end), as (runs a command as the user that owns the clusters),
# user (the same one's name, and the database's superuser) and PGPASSWORD.
prepare() {
	local d
	relode=$(realpath -s "${RELODE:-build/relode}")
	bin=
	for d in /usr/lib/postgresql/*/bin; do
		[ -x "$d/initdb" ] && bin=$d
	done
	[ -n "$bin" ] || missing PostgreSQL postgresql
	command -v node >/dev/null || missing node nodejs
	dir=$(mktemp -d "${TMPDIR:-/tmp}/relode-$name.XXXXXX")
	as=() user=$(id -un)
	if [ "$(id -u)" = 0 ]; then # PostgreSQL refuses to run as root
		as=(setpriv --reuid postgres --regid postgres --init-groups --) user=postgres
		chmod 711 "$dir"
	fi
	mkdir "$dir/pg" "$dir/r"
	[ ${#as[@]} -eq 0 ] || chown postgres "$dir/pg"
	PGPASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n') # of this run alone
	export PGPASSWORD
	export PGCONNECT_TIMEOUT=5
	server='' load='' watch=''
}

missing() { # WHAT PACKAGE...
	echo "test-$name: no $1: apt-get install ${*:2}" >&2
	exit "${missing_status:-69}"
}

stop_all() { # of what is started here
	local p
	for p in $load $watch $server; do
		kill -KILL "$p" 2>/dev/null || true
	done
}

fail() {
	echo "test-$name: $*" >&2
	tail -n 5 "$dir"/r/serve.err "$dir"/pg/*.log >&2 2>/dev/null || true
	exit 1
}

free_port() {
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

pg() { # COMMAND...: as the user that owns the clusters
	(cd / && "${as[@]}" "$@")
}

postgres_pids() { # DATA: the postmaster, and its children, which are process groups of their own
	local main
	main=$(sed -n 1p "$1/postmaster.pid" 2>/dev/null || true)
	[ -z "$main" ] || ! kill -0 "$main" 2>/dev/null || echo "$main" $(pgrep -P "$main" || true)
}

# What a server's database has beside it, evidence and columns of lives, lies in the working directory.
relode() {
	(cd "$dir/r" && exec "$relode" "$@")
}

make_programme() { # sets token
	local act=(--db "$uri" --keys "$dir/r/keys") owner
	relode init "${act[@]}" --bare >/dev/null
	relode act city.open "${act[@]}" --city 1 --name Twinford --time_zone Etc/UTC --currency EUR >/dev/null
	owner=$(relode user create "${act[@]}" --login "$name" --roles admin,clerk --json | jq -r .user)
	token=$(relode token issue "${act[@]}" --user "$owner" --label "$name" --json | jq -r .token)
}

start_server() { # sets server and url
	: >"$dir/r/serve.out" # read below before the server has opened it
	(cd "$dir/r" && exec "$relode" serve --db "$uri" --keys "$dir/r/keys" --listen 127.0.0.1:0 --rate 0 --quiet) \
		>"$dir/r/serve.out" 2>>"$dir/r/serve.err" &
	server=$!
	for _ in $(seq 600); do
		url=$(sed -n 's/^listening on //p' "$dir/r/serve.out")
		[ -z "$url" ] || return 0
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	fail "the server did not start"
}

stop_server() {
	kill -TERM "$server"
	wait "$server" || fail "the server ended with $?"
	server=
}

# The newest checkpoint that was given out, until there is none to be had.
watch_checkpoint() { # FILE
	while curl -sf -m 2 "$url/v1/cities/1/log/checkpoint" -H "Authorization: Bearer $token" -o "$1.new"; do
		mv "$1.new" "$1"
		sleep 0.05
	done
}

start_load() { # ROUND SECONDS
	node tests/sim/writers.mjs --token "$token" --out "$dir/r/answered" --clients "$clients" \
		--seconds "$2" --prefix "k-$1" "$url" >"$dir/r/load.$1" 2>"$dir/r/load.err" &
	load=$!
	watch_checkpoint "$dir/r/checkpoint.$1" &
	watch=$!
}

# Waits for the end of the load; sets told, what its clients counted.
end_load() { # ROUND
	wait "$load" || fail "clients: $(tail -n 3 "$dir/r/load.err")"
	load=
	kill "$watch" 2>/dev/null || true
	wait "$watch" 2>/dev/null || true
	watch=
	[ -s "$dir/r/checkpoint.$1" ] || fail "no checkpoint was seen before the end of the primary"
	told=$(jq -r '"\(.answered) answered, \(.retried) asked again, \(.replayed) had been done, longest \(.longest_ms) ms"' \
		"$dir/r/load.$1")
}

# Sets answered, lost and doubled; fails when the audit finds something, or a published checkpoint is not the log's.
check_books() {
	local n
	for n in "$dir"/r/checkpoint.*[0-9]; do
		relode audit --db "$uri" --keys "$dir/r/keys" --checkpoint "$n" >"$dir/r/audit" ||
			fail "audit: $(cat "$dir/r/audit")"
	done
	relode export party --db "$uri" --keys "$dir/r/keys" --city 1 --json |
		jq -r 'select(.public_name != null) | "\(.public_name) \(.party)"' | sort >"$dir/r/there"
	cut -d' ' -f1,2 "$dir/r/answered" | sort >"$dir/r/told"
	answered=$(wc -l <"$dir/r/told")
	lost=$(comm -23 "$dir/r/told" "$dir/r/there" | wc -l)
	doubled=$(cut -d' ' -f1 "$dir/r/there" | grep '^k-' | uniq -d | wc -l)
}
