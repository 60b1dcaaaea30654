# SPDX-License-Identifier: MIT
# The units of rx: what systemd says of them, and a systemd that runs them
# (not tested here: a boot of a whole host, the journal, LoadCredential at work)

setup_file() {
	load helper
	command -v systemd-analyze >/dev/null || return 0
	make -s -C "$RX_TOP" B="$RX_BIN" -o all -o deps DESTDIR="$BATS_FILE_TMPDIR/dest" \
		PREFIX=/usr/local install
}
setup() {
	load helper
	need systemd-analyze
	need curl
	need python3
	ln -s "$BATS_FILE_TMPDIR/dest" dest
	unset init cgroup
}
teardown() {
	[ -z "${init:-}" ] || kill -KILL "$init" 2>/dev/null || :
	[ -z "${cgroup:-}" ] || soon no_cgroup
}
no_cgroup() {
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || :
	[ ! -d "$cgroup" ]
}

@test "units: what a stage is exposed to is little: 1.0 without network, 2.0 with" {
	wrong=
	for unit in dest/usr/local/lib/systemd/system/rx-*@.service; do
		name=${unit##*/}
		most=1.0
		case $name in
		# These see the network of the host, or are on it.
		rx-tail@* | rx-metrics@* | rx-ship@* | rx-serve@*) most=2.0 ;;
		esac
		figure=$(systemd-analyze security --offline=true --root="$BATS_FILE_TMPDIR/dest" "${name/@/@x}" |
			awk '/Overall exposure/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9.]+$/) print $i }')
		echo "$name $figure"
		awk -v f="$figure" -v m="$most" 'BEGIN { exit !(f != "" && f <= m) }' || wrong="$wrong $name"
	done
	[ -z "$wrong" ]
}

@test "units: only rx-tail reads logs, only rx-ship is on the network and has secrets; a live view has both but no secrets" {
	(
		cd dest/usr/local/lib/systemd/system
		are() { [ "$(paste -sd' ')" = "$*" ]; }
		grep -l '^SupplementaryGroups=.*adm' -- * | are rx-serve@.service rx-tail@.service
		grep -L '^InaccessiblePaths=.*/var/log' -- *.service | are rx-serve@.service rx-tail@.service
		grep -l '^RestrictAddressFamilies=.*AF_INET' -- * | are rx-serve@.service rx-ship@.service
	)
	mkdir etc gen
	cp "$RX_TOP"/agent/pipelines/host/*.json etc
	touch etc/error.url etc/alert.url etc/alert.token
	echo '{"rx-serve":{}}' >etc/front.json
	touch etc/front.url etc/front.token
	RX_PIPELINES="$PWD/etc" "$RX_TOP/agent/rx-agent" --units gen
	[ "$(grep -rl LoadCredential dest/usr/local/lib gen | sort | paste -sd' ')" = "gen/rx-ship@alert.service.d/run.conf gen/rx-ship@error.service.d/run.conf" ]
	grep -qx 'Upholds=rx-in-pipes@front.service rx-serve@front.service' gen/rx-in@front.target.d/run.conf
	[ -L gen/rx.target.wants/rx-in@front.target ]
	grep -qx "LoadCredential=token:$PWD/etc/alert.token" gen/rx-ship@alert.service.d/run.conf
}

@test "units: nothing is generated where no pipeline is, and an error in one is told" {
	mkdir etc gen
	RX_PIPELINES="$PWD/etc" run -0 "$RX_TOP/agent/rx-agent" --units gen
	[ -z "$(ls gen)" ]
	echo '{"rx-ship":{},}' >etc/a.json
	RX_PIPELINES="$PWD/etc" run -78 "$RX_TOP/agent/rx-agent" --units gen
	[[ $output == *"etc/a.json:1:"* ]]
	# The others go on, but what a bad sink would be left out of does not.
	cp "$RX_TOP"/agent/pipelines/{host,signals}/*.json etc
	echo '{' >etc/signals.router.json
	RX_PIPELINES="$PWD/etc" run -78 "$RX_TOP/agent/rx-agent" --units gen
	[[ $output == *"etc/a.json:1:"*"etc/signals.router.json:"* ]]
	[ -e gen/rx-tail@error.service.d/run.conf ] && [ -e gen/rx-ship@heartbeat.service.d/run.conf ]
	[ -z "$(find gen -name '*signals*')" ]
	RX_PIPELINES="$PWD/etc" run -78 "$RX_TOP/agent/rx-agent" --pipeline signals.out
	[[ $output == *"there is no pipeline signals"* ]]
	RX_PIPELINES="$PWD/etc" run -78 "$RX_TOP/agent/rx-agent" check
}

# boot: a systemd as the first process of its own namespaces.  It has a root of
# its own, in memory: of this host it sees /usr, read-only, without a unit or a
# generator of the host, so that it starts rx and nothing else.
boot() {
	[ "$(id -u)" -eq 0 ] || skip "only root can start a systemd"
	can_unshare --mount --pid --fork --ipc --uts --cgroup --kill-child
	! sanitized || skip "ASan needs what the units take away"
	[ -x /lib/systemd/systemd ] || skip "not installed: systemd"
	cat >init.sh <<-'I'
		set -e
		here=$1 root=$1/root
		mkdir "$root"
		mount -t tmpfs -o mode=755 tmpfs "$root"
		cd "$root"
		mkdir -p usr etc/systemd/system etc/rx var/lib var/log tmp run proc sys dev old
		chmod 1777 tmp
		for d in bin sbin lib lib32 lib64 libx32; do
			[ ! -e "/$d" ] || ln -s "usr/$d" "$d"
		done
		mount --bind /usr usr
		mount -o remount,bind,ro usr
		mount --bind "$here/dest/usr/local" usr/local
		mount -o remount,bind,ro usr/local
		for d in system system-generators; do
			mount -t tmpfs tmpfs "usr/lib/systemd/$d"
		done
		for t in basic sysinit shutdown umount final local-fs network sockets timers paths slices; do
			printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$t" >"usr/lib/systemd/system/$t.target"
		done
		cp -a /etc/alternatives etc # awk
		cp /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache etc
		echo 0123456789abcdef0123456789abcdef >etc/machine-id
		mount -t proc proc proc
		mount --bind proc/sys proc/sys
		mount -o remount,bind,ro proc/sys
		mount --bind /sys sys
		mount -o remount,bind,ro sys
		mount -t cgroup2 cgroup2 sys/fs/cgroup
		mount -t tmpfs -o mode=755 tmpfs dev
		mkdir dev/shm dev/pts dev/mqueue dev/hugepages var/tmp
		mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
		ln -s pts/ptmx dev/ptmx
		for n in null zero full random urandom; do
			touch "dev/$n"
			mount --bind "/dev/$n" "dev/$n"
		done
		mount -t tmpfs -o mode=755 tmpfs run
		cp -r "$here"/etc/* etc/rx
		pivot_root . old
		umount -l old
		rmdir old
		: >/of-rx-t870
		systemd-sysusers /usr/local/lib/sysusers.d/rx.conf
		chown -R root:rx /etc/rx
		chmod 750 /etc/rx
		chmod 640 /etc/rx/*.json
		# Credentials need access lists in /run, which not every sandbox has.
		cp -a /etc/rx/system/. /etc/systemd/system
		rm -r /etc/rx/system
		mkdir /etc/systemd/system/rx-match@error.service.d
		printf '[Service]\nWatchdogSec=2\n' \
			>/etc/systemd/system/rx-match@error.service.d/dog.conf
		for p in error heartbeat signals.archive signals.anomaly; do
			mkdir "/etc/systemd/system/rx-ship@$p.service.d"
			printf '[Service]\nEnvironment=URL=file:/var/lib/rx/stats/%s.ndjson\n' "$p" \
				>"/etc/systemd/system/rx-ship@$p.service.d/url.conf"
		done
		sed -i s,stats/signals,archive/signals, /etc/systemd/system/rx-ship@signals.*/url.conf
		mkdir -p /var/lib/rx/stats /var/lib/rx/archive
		chown -R rx:rx /var/lib/rx
		chmod -R 700 /var/lib/rx
		: >/var/log/syslog
		chgrp adm /var/log/syslog
		chmod 640 /var/log/syslog
		exec env -i container=rx PATH=/usr/local/bin:/usr/sbin:/usr/bin \
			/lib/systemd/systemd --system --unit=rx.target
	I
	mkdir etc
	cp "$RX_TOP/agent/pipelines/host/error.json" etc
	echo '{"rx-metrics":{"heartbeat":"1s"},"rx-ship":{}}' >etc/heartbeat.json
	# On ports of this host, whose network it shares.
	read -r http ws events <<<"$(python3 -c 'import socket
s = [socket.socket() for _ in range(3)]
for one in s: one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in s))')"
	jq -n --argjson http "$http" --argjson ws "$ws" '{"rx-serve": {"control-port": $http, "ws-port": $ws,
		"telemetry-ws-port": 0, logs: "rx-tail -n 1 /var/log/syslog | rx-match -k"}}' >etc/front.json
	mkdir -p named/usr/bin
	ln -s "$RX_TOP/agent/rx-agent" named/usr/bin
	DESTDIR="$PWD/named" PREFIX=/usr "$RX_TOP/agent/install.sh" --alias /a http://b http://b t '' 2>/dev/null
	cp -a named/etc/systemd/system etc
	cp dest/usr/local/share/rx/pipelines/signals/signals{,.archive,.anomaly}.json etc
	jq --argjson p "$events" '.["rx-serve"]["control-port"] = $p' etc/signals.json >s && mv s etc/signals.json
	# It is given a part of the cgroups, not all of them.
	cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/rx-t870-$$
	mkdir "$cgroup" 2>/dev/null || skip "no cgroup can be made here"
	sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --propagation private --pid --fork \
		--ipc --uts --cgroup --kill-child sh init.sh "$2"' - "$cgroup" "$PWD" \
		>boot.log 2>&1 3>&- </dev/null &
	init=$!
	up() { inside systemctl is-active -q rx.target; }
	RX_PATIENCE=20 soon up || {
		cat boot.log
		skip "no systemd starts in this sandbox"
	}
}
# inside COMMAND...: in there, as root, and nowhere else.
inside() {
	nsenter -t "$(pgrep -P "$init" | head -n 1)" -m -p -i -u \
		sh -c '[ -e /of-rx-t870 ] && exec "$@"' - "$@"
}
active() { inside systemctl is-active -q "$@"; }
# probe TEXT: written, and delivered.
probe() {
	inside sh -c 'echo "Jan  5 10:00:00 web app[1]: error: $1" >>/var/log/syslog' - "$1"
	inside grep -qs "error: $1" /var/lib/rx/stats/error.ndjson
}
# post TEXT: as an event, taken.
post() {
	[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
		-d "{\"n\":\"$1\",\"user_id\":\"u\",\"signal_type\":\"login\"}" "http://127.0.0.1:$events/log")" = 202 ]
}
archived() { inside grep -qs "\"n\":\"$1\"" /var/lib/rx/archive/signals.archive.ndjson; }
pid_of() { inside systemctl show -P MainPID "$1"; }
again() { [ "$(pid_of "$1")" != "$2" ] && [ "$(pid_of "$1")" != 0 ]; }

@test "units: a systemd runs them; who is killed or hangs comes again with its run, and 78 stays down" {
	boot
	RX_PATIENCE=60 soon probe first
	inside systemd-analyze verify --man=no rx.target rx-{tail,match,push,emit,ship,ack}@error.service rx-metrics@heartbeat.service rx-serve@{front,signals}.service \
		rx-copy@signals.service rx-{feed,pass,push}@signals.anomaly.service rx-ship@signals.archive.service >verify 2>&1
	cat verify
	[ ! -s verify ]
	# Active is who said that it is ready; what it says is seen.
	[ "$(inside systemctl show -P Type -P StatusText rx-tail@error | paste -sd' ')" = "notify loop started: 1 files, 1 open" ] ||
		[[ "$(inside systemctl show -P StatusText rx-tail@error)" == *lines/s ]]
	RX_PATIENCE=30 soon inside test -s /var/lib/rx/stats/heartbeat.ndjson
	# A live view is there, ready, shows what is logged, and comes again.
	RX_PATIENCE=30 soon active rx-serve@front
	[[ "$(inside env RX_DASHBOARD=off rx-agent open front)" == "http://127.0.0.1:$http/#ticket="* ]]
	[ "$(curl -s -H 'Content-Type: application/json' -d '{"command":"start_livelogs"}' \
		"http://127.0.0.1:$http/control" | jq -r .state)" = running ]
	python3 "$RX_TOP/t/wsclient.py" "$ws" --count 1 >seen
	jq -e '.log | endswith("error: first")' seen
	was=$(pid_of rx-serve@front)
	inside systemctl kill -s KILL rx-serve@front
	RX_PATIENCE=30 soon again rx-serve@front "$was"
	RX_PATIENCE=30 soon active rx-serve@front
	# What takes events: they are stored, archived and judged, and its stages come again.
	for n in 1 2 3 4 5 6 7 8; do RX_PATIENCE=60 soon post "$n"; done
	for n in 1 8; do RX_PATIENCE=30 soon archived "$n"; done
	RX_PATIENCE=30 soon inside grep -qs '"severity":"critical"' /var/lib/rx/archive/signals.anomaly.ndjson
	units="rx-copy@signals rx-serve@signals"
	[ -z "${RX_FULL:-}" ] || units="$units rx-match@signals rx-ack@signals rx-feed@signals.anomaly rx-pass@signals.anomaly rx-push@signals.anomaly rx-emit@signals.archive rx-ship@signals.archive"
	for unit in $units; do
		was=$(pid_of "$unit")
		inside systemctl kill -s KILL "$unit"
		RX_PATIENCE=30 soon again "$unit" "$was"
		RX_PATIENCE=30 soon post "after $unit"
		RX_PATIENCE=30 soon archived "after $unit"
	done
	units="rx-match rx-push rx-match rx-ship"
	[ -z "${RX_FULL:-}" ] || units="$units rx-tail rx-emit rx-ack rx-push rx-tail"
	n=0
	for unit in $units; do
		n=$((n + 1))
		was=$(pid_of "$unit@error")
		other=$(pid_of rx-metrics@heartbeat)
		inside systemctl kill -s KILL "$unit@error"
		RX_PATIENCE=30 soon again "$unit@error" "$was"
		RX_PATIENCE=30 soon probe "after $unit $n"
		[ "$(pid_of rx-metrics@heartbeat)" = "$other" ]
	done
	# Who hangs gives no sign of life: it is killed, and its run starts anew.
	was=$(pid_of rx-match@error)
	inside systemctl kill -s STOP rx-match@error
	RX_PATIENCE=30 soon again rx-match@error "$was"
	RX_PATIENCE=30 soon probe "after a hang"
	[ "$(pid_of rx-metrics@heartbeat)" = "$other" ]
	# Each stage, and nothing else, is told to read again; and of all its lives the
	# books are right.
	sinks="error heartbeat signals.archive signals.anomaly"
	inside sh -c 'umask 077; for p; do echo "file:/var/lib/rx/stats/$p.ndjson" >"/etc/rx/$p.url"; done' - $sinks
	was=$(pid_of rx-match@error)
	run -0 inside env RX_STATE=/var/lib/rx RX_DASHBOARD=off rx-agent reload
	inside sh -c 'cd /etc/rx; for p; do rm "$p.url"; done' - $sinks
	[ "$(pid_of rx-match@error)" = "$was" ]
	inside test -s /var/lib/rx/stats/error.match.past
	run inside env RX_STATE=/var/lib/rx RX_DASHBOARD=off rx-agent ledger error
	[ "$status" -eq 0 ] || { echo "$output"; false; }
	# The files of the run are those of this life.
	inside sh -c 'cd /etc/rx && sed -i "s/\"format\"/\"formta\"/" error.json'
	out=$(pid_of rx-emit@error)
	inside systemctl kill -s KILL rx-match@error
	down() { [ "$(inside systemctl is-active rx-in@error.target rx-match@error rx-tail@error rx-push@error | sort -u | grep -c active)" != 0 ] && ! active rx-in@error.target && ! active rx-tail@error; }
	RX_PATIENCE=30 soon down
	sleep 3 # it would have been started again by now
	down
	[ "$(inside systemctl show -P ExecMainStatus rx-match@error)" = 78 ]
	[ "$(pid_of rx-emit@error)" = "$out" ]
	active rx-metrics@heartbeat rx-out@error.target
	inside sh -c 'cd /etc/rx && sed -i "s/formta/format/" error.json'
	inside systemctl start rx-in@error.target
	RX_PATIENCE=30 soon probe mended
	# A queue that is damaged stops what needs it, and says what to do.
	inside systemctl stop rx-in@error.target rx-out@error.target
	inside dd if=/dev/zero of=/var/lib/rx/error.db bs=8192 count=1 conv=notrunc status=none
	inside systemctl start --no-block rx-in@error.target rx-out@error.target
	stays_down() { [ "$(inside systemctl show -P ExecMainStatus rx-in-pipes@error)" = 65 ] && down; }
	RX_PATIENCE=30 soon stays_down
	inside rx-spool salvage /var/lib/rx/error.db
	[ -z "$(inside find /var/lib/rx ! -user rx)" ]
	inside systemctl start rx-in@error.target rx-out@error.target
	RX_PATIENCE=30 soon probe salvaged
	# By the name of its predecessor (R-132, R-133).
	inside systemctl start resolvix
	inside systemctl stop resolvix-daemon
	stopped() { ! active resolvix && ! active rx.target && ! active rx-tail@error && ! active rx-serve@signals; }
	RX_PATIENCE=30 soon stopped
	inside systemctl start resolvix-daemon
	RX_PATIENCE=30 soon probe renamed
	was=$(pid_of rx-tail@error)
	inside systemctl restart resolvix
	RX_PATIENCE=30 soon again rx-tail@error "$was"
	RX_PATIENCE=30 soon probe restarted
}
