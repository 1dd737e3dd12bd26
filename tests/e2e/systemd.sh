#!/usr/bin/env bash
# The package under a real systemd: process 1 of namespaces of its own, over a copy of this system that is
# thrown away. What cannot be had here (root, namespaces, systemd) is said, and the test is skipped.
set -euo pipefail
x=$WORK/machine
boss='' # systemd's process, seen from here

skip() {
	echo "$*"
	exit 77
}
fail() {
	echo "systemd.sh: $*" >&2
	[ -z "$boss" ] || inside journalctl -u relode --no-pager -n 40 >&2 || true
	exit 1
}
[ "$(id -u)" = 0 ] || skip "only root can start a systemd of its own"
[ -x /lib/systemd/systemd ] || skip "systemd is not here"
for program in unshare nsenter pivot_root dpkg curl; do
	command -v $program >/dev/null || skip "$program is not here"
done

# --- the machine ---

cat >"$WORK/boot" <<'EOF'
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs sys/fs/cgroup
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
	umount sys/fs/cgroup
	mount -t cgroup2 cgroup2 sys/fs/cgroup
else
	mkdir sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
fi
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/lock
cp "$2" relode.deb
ip link set lo up 2>/dev/null || true
# Only what the service asks for is started: nothing that would touch the machine below.
rm -rf etc/systemd/system
mkdir -p etc/systemd/system
for unit in systemd-sysctl systemd-udevd systemd-udev-trigger systemd-modules-load systemd-binfmt \
	systemd-remount-fs systemd-network-generator systemd-random-seed systemd-update-utmp systemd-tmpfiles-setup-dev systemd-logind \
	console-getty getty@ kmod-static-nodes systemd-hwdb-update systemd-firstboot dbus; do
	ln -s /dev/null "etc/systemd/system/$unit.service"
done
for unit in dev-hugepages dev-mqueue sys-kernel-debug sys-kernel-tracing sys-kernel-config sys-fs-fuse-connections \
	proc-sys-fs-binfmt_misc; do
	ln -s /dev/null "etc/systemd/system/$unit.mount"
done
ln -s /lib/systemd/system/basic.target etc/systemd/system/default.target
mkdir .old
pivot_root . .old
umount -l /.old
export container=other
exec /lib/systemd/systemd --system --log-target=journal --show-status=no
EOF
inside() { # COMMAND...
	timeout 60 nsenter -t "$boss" -m -p -C -i -u -n -r -w "$@"
}

scripts/package --program "$RELODE" --out "$WORK/deb" >"$WORK/said" 2>&1 || fail "$(cat "$WORK/said")"
mkdir "$x"
cgroups=()
leave() {
	[ -z "$boss" ] || kill -9 "$boss" 2>/dev/null || true
	wait 2>/dev/null || true
	for group in "${cgroups[@]}"; do
		find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
	done
}
trap leave EXIT
for root in /sys/fs/cgroup/systemd /sys/fs/cgroup; do
	[ -e "$root/cgroup.procs" ] && mkdir -p "$root/relode-test-$$" 2>/dev/null || continue
	cgroups=("$root/relode-test-$$")
	break
done
[ ${#cgroups[@]} = 1 ] || skip "no control group can be made here"
# shellcheck disable=SC2016 # for the shell inside
bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "${cgroups[0]}" \
	unshare --pid --mount --cgroup --ipc --uts --net --fork --kill-child \
	bash "$WORK/boot" "$x" "$WORK"/deb/relode_*.deb >"$WORK/boot.out" 2>&1 &
outer=$!
state=''
for _ in $(seq 150); do
	sleep 0.1
	kill -0 $outer 2>/dev/null || skip "systemd cannot be started here: $(tail -n 1 "$WORK/boot.out")"
	boss=$(pgrep -P $outer -f '^/lib/systemd/systemd' | head -n 1 || true)
	[ -z "$boss" ] || state=$(inside systemctl is-system-running 2>/dev/null || true)
	[[ ! $state =~ ^(running|degraded)$ ]] || break
done
[[ $state =~ ^(running|degraded)$ ]] || skip "systemd does not come up here: ${state:-$(tail -n 1 "$WORK/boot.out")}"

# --- installed as docs/operations.md says ---

inside dpkg -i /relode.deb >"$WORK/said" 2>&1 || fail "$(cat "$WORK/said")"
# The program is this tree's: it looks for the data where the tree is.
inside sh -c 'mkdir -p /etc/systemd/system/relode.service.d &&
	printf "[Service]\nEnvironment=RELODE_DATA=/usr/share/relode\n" >/etc/systemd/system/relode.service.d/data.conf &&
	systemctl daemon-reload' || fail "a drop-in"
inside runuser -u relode -- env RELODE_DATA=/usr/share/relode RELODE_DB=/var/lib/relode/relode.db sh -c 'cd /var/lib/relode &&
	relode init && relode act city.open --city 1 --name Shanghai --time_zone Asia/Shanghai --currency CNY' \
	>"$WORK/said" 2>&1 || fail "$(cat "$WORK/said")"
inside systemctl start relode.service 2>"$WORK/said" || {
	status=$(inside systemctl show -p ExecMainStatus --value relode)
	[ "$status" -lt 200 ] || skip "systemd cannot draw the sandbox here: status $status" # systemd.exec(5)
	fail "the service does not start: $(cat "$WORK/said")"
}
inside curl -sf http://127.0.0.1:8080/readyz | grep -q ready || fail "it started, and does not answer"
inside systemctl show relode -p StatusText | grep -q 'serving on http' || fail "it does not say its state"
pid=$(inside systemctl show -p MainPID --value relode)
inside cat "/proc/$pid/status" >"$WORK/status"
grep -Eq '^CapEff:\s*0+$' "$WORK/status" && grep -Eq '^NoNewPrivs:\s*1' "$WORK/status" &&
	grep -Eq '^Seccomp:\s*2' "$WORK/status" || fail "the sandbox is not drawn: $(cat "$WORK/status")"
echo "ok systemd starts the package's service in its sandbox, and it answers"

inside sh -c 'echo "rate = 5000" >>/etc/relode/relode.conf; systemctl reload relode; sleep 1; journalctl -u relode --no-pager' |
	grep -q 'event=reloaded' || fail "systemctl reload"
[ "$(inside systemctl show -p MainPID --value relode)" = "$pid" ] || fail "a reload started another process"
inside kill -9 "$pid"
for _ in $(seq 100); do
	inside curl -sf http://127.0.0.1:8080/healthz >/dev/null && break
	sleep 0.1
done
[ "$(inside systemctl show -p NRestarts --value relode)" = 1 ] || fail "killed, it was not started again"
inside systemctl stop relode || fail "systemctl stop"
inside systemctl show -p Result --value relode | grep -qx success || fail "it did not stop well"
echo "ok it reloads, comes back after a kill, and stops"

inside systemctl start relode.socket || fail "the socket"
[ "$(inside systemctl is-active relode.service || true)" = inactive ] || fail "the socket alone started the service"
inside curl -sf -m 30 http://127.0.0.1:8080/healthz >/dev/null || fail "a call does not start the service"
inside bash -c 'for i in $(seq 30); do curl -s -m 30 -o /dev/null -w "%{http_code}\n" http://127.0.0.1:8080/healthz; sleep 0.05; done' \
	>"$WORK/codes" &
calls=$!
sleep 0.3
inside systemctl restart relode || fail "systemctl restart"
wait $calls
[ "$(sort -u "$WORK/codes")" = 200 ] && [ "$(wc -l <"$WORK/codes")" = 30 ] ||
	fail "calls failed during a restart: $(sort "$WORK/codes" | uniq -c)"
echo "ok systemd holds the port: a call starts the service, none is refused while it restarts"
