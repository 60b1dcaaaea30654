# SPDX-License-Identifier: MIT
# install.sh, and rx-agent run with the arguments of its predecessor
# (not tested here: systemd, t/870)
#
# RX_FULL  the installer is killed at each of its steps, not at some

setup() {
	load helper
	load web
	agent="$RX_TOP/agent/rx-agent"
	install="$RX_TOP/agent/install.sh"
	mkdir dest logs
	: >logs/app.log
	export DESTDIR="$PWD/dest" PREFIX=/usr RX_STATE="$PWD/state"
	key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbOsGBcdjzBG85juApaW0/oks+SjWt0dCv70kyqYHQQ me@there'
	# What install.sh calls make for is built already.
	mkdir bin
	printf '#!/bin/sh\nexec %s B=%s -o all -o deps "$@"\n' "$(command -v make)" "$RX_BIN" >bin/make
	chmod +x bin/make
	PATH="$PWD/bin:$PATH"
	unset WEB pid inner
}
# there: the tools, as far as install.sh looks for them.
there() {
	mkdir -p dest/usr/bin
	ln -sf "$agent" dest/usr/bin/rx-agent
}
teardown() {
	[ -z "${inner:-}" ] || kill -KILL "$inner" 2>/dev/null || :
	stop_web
	[ -z "${pid:-}" ] || {
		kill -TERM "$pid" 2>/dev/null || :
		RX_PATIENCE=20 soon flock -n state/agent.lock true
	}
}
five() { "$install" "$PWD/logs/app.log" http://backend:3000/api/ticket http://backend:3000/api 'Bearer sesame' "$key"; }
tree() { find dest -printf '%p %m %s %T@\n' | sort; }

@test "install: the pipelines and their secrets are written, and are good" {
	there
	run -0 five
	cd dest/etc/rx
	[ "$(stat -c %a . error.json telemetry.url telemetry.token ../../var/lib/rx | paste -sd' ')" = "750 640 600 600 700" ]
	[ "$(jq -c '.["rx-tail"]["log-file"]' error.json)" = "[\"$BATS_TEST_TMPDIR/logs/app.log\"]" ]
	[ "$(cat telemetry.token alert.token heartbeat.token profile.token | sort -u)" = sesame ]
	[ "$(cat telemetry.url)" = http://backend:3000/api/ticket ]
	echo "file:$BATS_TEST_TMPDIR/out" >error.url
	unset RX_LOGS RX_URL
	RX_PIPELINES=$PWD run -0 "$agent" check
	# T-8: no /api/api.
	[[ $output == *"http://backend:3000/api/telemetry/snapshot: "* ]]
	[[ $output == *"http://backend:3000/api/heartbeat: "* ]]
	[[ $output == *"http://backend:3000/api/alerts/create: "* ]]
	[[ $output != *sesame* ]]
}

@test "install: run again, of a newer version too, it changes nothing: what was edited or closed to others stays (SEC-54)" {
	there
	run -0 five
	echo '{"rx-metrics":{"heartbeat":"5s"},"rx-ship":{}}' >dest/etc/rx/heartbeat.json
	chmod 600 dest/etc/rx/error.json
	tree >before
	run -0 five
	tree | diff before -
	[[ $output == *"etc/rx/heartbeat.json is there already: it stays"* ]]
}

@test "install: --dry-run says what would be done, and does nothing" {
	run -0 "$install" --dry-run /var/log/syslog http://b http://b sesame ''
	[ -z "$(ls dest)" ]
	[[ $output == *"would do: "* ]]
	[[ $output != *sesame* ]]
}

@test "install: --uninstall keeps configuration and state, --purge takes them" {
	run -0 "$install" --alias "$PWD/logs/app.log" http://b http://b sesame ''
	units=$(echo dest/etc/systemd/system/resolvix{,-daemon}.service)
	ls -l $units dest/etc/systemd/system/rx.target.d/resolvix.conf
	echo x >dest/var/lib/rx/error.db
	# The predecessor's own unit is not ours to take off.
	mv dest/etc/systemd/system/resolvix.service own
	echo '[Service]' >dest/etc/systemd/system/resolvix.service
	run -0 "$install" --uninstall
	mv dest/etc/systemd/system/resolvix.service theirs
	mv own dest/etc/systemd/system/resolvix.service
	run -0 "$install" --uninstall
	[ -z "$(find dest/etc/systemd ! -type d)" ]
	[ -z "$(find dest/usr -type f)" ]
	[ -s dest/etc/rx/error.json ]
	[ -s dest/var/lib/rx/error.db ]
	run -0 "$install" --uninstall --purge
	[ ! -e dest/etc/rx ]
	[ ! -e dest/var/lib/rx ]
}

@test "install: what could not be written is not called done" {
	there
	mkdir -p dest/etc/rx/heartbeat.json.new
	run -74 five
	[[ $output == *"unable to write"*"heartbeat.json"* && $output != *done* ]]
	rmdir dest/etc/rx/heartbeat.json.new
	run -0 five
	RX_PIPELINES=$PWD/dest/etc/rx run -0 "$agent" -n
}

@test "install: wrong arguments are told before anything is done" {
	run -64 "$install" /var/log/syslog
	run -78 "$install" syslog http://b http://b t ''
	run -78 "$install" /a ftp://b http://b t ''
	run -78 "$install" /a http://u:p@b http://b t ''
	run -78 "$install" /a 'http://b/"' http://b t ''
	run -78 "$install" /a http://b http://b '' ''
	run -78 "$install" /a http://b http://b t 'command="sh" ssh-rsa A'
	run -78 "$install" /a http://b http://b t 'ssh-rsa A
ssh-rsa B'
	many=$(seq -f '/l%g' 1 101 | paste -sd,)
	run -78 "$install" /a http://b http://b t 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE torn'
	run -78 "$install" /var/log/../../etc/x http://b http://b t ''
	DESTDIR="$PWD/a b" run -78 "$install" /a http://b http://b t ''
	run -78 "$install" "$many" http://b http://b t ''
	[[ $output == *"Cannot monitor 101 files. Maximum is 100. Consider log aggregation or sampling."* ]]
	run -64 "$install" --purge
	run -64 "$install" --purgatory
	[ -z "$(ls dest)" ]
	DESTDIR='' run -77 setpriv --reuid=65534 --clear-groups "$install" /a http://b http://b t ''
}

@test "install: a token from a file or standard input is in no argument" {
	there
	echo 'Bearer  from-file ' >tok
	run -0 "$install" /a http://b http://b "@$PWD/tok" ''
	[ "$(cat dest/etc/rx/alert.token)" = from-file ]
	rm -r dest/etc
	printf from-stdin | "$install" /a http://b http://b - ''
	[ "$(cat dest/etc/rx/alert.token)" = from-stdin ]
}

@test "install: killed at any step, the next run completes it; a third changes nothing (X-60)" {
	there
	# Each command that changes something: the n-th is the last of its session.
	for command in mkdir chmod mv; do
		printf '#!/bin/sh\necho x >>%s/count\n[ "$(wc -l <%s/count)" -ne "$AT" ] || kill -KILL 0\nexec /bin/%s "$@"\n' \
			"$PWD" "$PWD" $command >bin/$command
		chmod +x bin/$command
	done
	export AT=0
	five 2>/dev/null
	steps=$(wc -l <count)
	[ "$steps" -ge 20 ]
	every=5
	[ -z "${RX_FULL:-}" ] || every=1
	for ((AT = 1; AT <= steps; AT += every)); do
		rm -rf dest/etc dest/var count
		# Where a file is there already, there are two steps less.
		[ $((AT % 3)) -ne 0 ] || [ "$AT" -le $((steps - 2)) ] || continue
		case $((AT % 2)) in 0) umask 000 ;; *) umask 077 ;; esac
		[ $((AT % 3)) -ne 0 ] || {
			mkdir -p dest/etc/rx dest/var/lib/rx
			echo '{"mine":1}' >dest/etc/rx/error.json
			echo mine >dest/var/lib/rx/error.db
		}
		run -137 setsid -w "$install" "$PWD/logs/my app.log" http://b:3000/api http://b:3000/api 'Bearer sesame' "$key"
		AT=0 run -0 five
		tree >before
		AT=0 run -0 five
		tree | diff before -
		[ "$(stat -c %a dest/etc/rx dest/var/lib/rx dest/var/lib/rx/stats | paste -sd' ')" = "750 700 700" ]
		[ -z "$(find dest/etc/rx -name '*.json' ! -perm 640 ! -name error.json)" ]
		[ -z "$(find dest/etc/rx -name '*.token' ! -perm 600)$(find dest/etc/rx -name '*.url' ! -perm 600)" ]
		for file in dest/etc/rx/*.json; do jq -e . "$file" >/dev/null; done
		[ "$(find dest/etc/rx -name '*.json' | wc -l)" = 4 ]
		[ "$(find dest/etc/rx -name '*.token' -size +1c | wc -l)" = 4 ]
		[ $((AT % 3)) -ne 0 ] || [ "$(cat dest/etc/rx/error.json dest/var/lib/rx/error.db)" = $'{"mine":1}\nmine' ]
	done
}

# host SCRIPT: a host of its own as far as install.sh changes one: accounts, /usr/local,
# state, logs and processes; SCRIPT runs there.
host() {
	[ "$(id -u)" -eq 0 ] || skip "only root can install"
	can_unshare --mount --pid --fork --mount-proc --kill-child
	[ -x /usr/sbin/sshd ] || skip "not installed: sshd"
	need ssh
	case $RX_TOP$PWD in
	*/var/lib/* | */run/* | */usr/local/*) skip "the tree or its tests are where the host is to have a place of its own" ;;
	esac
	cp -a /etc etc.own
	cat >host.sh <<-'H'
		set -e
		mount --bind etc.own /etc
		mkdir local && chmod 755 local && mount --bind local /usr/local
		for d in /var/lib /var/log /run; do mount -t tmpfs -o mode=755 tmpfs $d; done
		mkdir -m 755 /run/sshd /run/app /run/home
		echo HOME=/run/home >>/etc/default/useradd
		echo 'error: of the system' >/var/log/syslog
		chgrp adm /var/log/syslog
		chmod 640 /var/log/syslog
		echo 'of an application' >/run/app/a.log
		echo secret >/run/secret
		unset DESTDIR PREFIX
		export RX_STATE=/var/lib/rx
	H
	cat >>host.sh
	unshare --mount --propagation private --pid --fork --mount-proc --kill-child bash host.sh 3>&- &
	inner=$!
}

@test "install: on a host, an account for ssh reads logs and nothing else, and goes again (R-125, X-60)" {
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f key
	ssh-keygen -q -t ed25519 -N '' -f other
	python3 "$RX_TOP/t/stub/api.py" 600 api.port api.db 3>&- &
	WEB=$!
	soon test -s api.port
	read -r port token <api.port
	(umask 077 && echo "$token" >tok)
	cat >sshd_config <<-X
		HostKey $PWD/host_key
		PidFile none
		UsePAM no
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		Subsystem sftp internal-sftp
		ListenAddress 127.0.0.1:$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	X
	mkfifo leave
	host <<-H
		go() { "$install" '/var/log/syslog,/run/app/*.log,/x.log' "http://127.0.0.1:$port/api" "http://127.0.0.1:$port/api" "@$PWD/tok" "\$1"; }
		groupadd rx
		(umask 000 && go "$(cat key.pub)")
		# What is half there is completed.
		gpasswd -d rx-browse adm
		(umask 077 && go "$(cat key.pub)")
		go "$(cat key.pub)"
		go "$(cat other.pub)" # a new one, for the day when the first is to end
		id rx-browse
		stat -c '%n %a %U:%G' /etc/rx /etc/rx/error.json /etc/rx/alert.token /var/lib/rx /var/lib/rx/stats
		# What rx can put in its directory leads root nowhere.
		mkdir /run/roots
		stat -c '%a %U %Y' /run/roots >/run/before
		mv /var/lib/rx/stats /var/lib/rx/stats.away
		setpriv --reuid=rx --regid=rx --clear-groups ln -s /run/roots /var/lib/rx/stats
		if go "$(cat key.pub)"; then exit 1; fi
		stat -c '%a %U %Y' /run/roots | cmp - /run/before
		rm /var/lib/rx/stats
		mv /var/lib/rx/stats.away /var/lib/rx/stats
		setpriv --reuid=rx --regid=rx --clear-groups ln -sf /run/roots/new /var/lib/rx/profile.sent
		go "$(cat key.pub)"
		[ -z "\$(ls /run/roots)" ]
		/usr/local/bin/rx-agent check
		if /usr/local/bin/rx-agent run 2>refused; then exit 1; fi
		grep 'systemctl start rx.target' refused
		/usr/sbin/sshd -D -e -f "$PWD/sshd_config" 2>"$PWD/sshd.log" &
		read -r _ <"$PWD/leave"
		"$install" --uninstall
		if getent passwd rx-browse; then exit 1; fi
		[ -s /etc/rx/error.json ]
		"$install" --uninstall --purge
		"$install" --uninstall --purge
		[ ! -e /etc/rx ]
		[ ! -e /var/lib/rx ]
		if getent passwd rx; then exit 1; fi
		echo all gone
	H
	exec 2>&1
	up() { grep -qs 'Server listening' sshd.log || gone "$inner"; }
	RX_PATIENCE=90 soon up
	grep 'Server listening' sshd.log
	at=$(sed -n 's/^ListenAddress .*://p' sshd_config)
	there() {
		ssh -F none -n -p "$at" -i "${as:-key}" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
			-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR "$@"
	}
	run -0 there rx-browse@127.0.0.1 cat /var/log/syslog
	[ "$output" = 'error: of the system' ]
	as=other run -0 there rx-browse@127.0.0.1 'ls -la /var/log'
	[[ $output == *" syslog"* ]]
	run -0 there rx-browse@127.0.0.1 cat /run/app/a.log
	for command in '' bash 'cat /etc/passwd' 'cat /run/secret' 'cat /run/app/../secret' 'cat /var/log/syslog; id' \
		'echo x >/tmp/x' 'rm /var/log/syslog'; do
		run there rx-browse@127.0.0.1 "$command"
		[ "$status" -ne 0 ]
		[[ $output != *uid=* && $output != *secret$'\n'* && $output != *root:* ]]
	done
	run there -s rx-browse@127.0.0.1 sftp
	[ "$status" -ne 0 ]
	run there -tt rx-browse@127.0.0.1 id
	[ "$status" -ne 0 ]
	# A forward is asked for and refused; the session that it belongs to stays open.
	there -N -R 0:127.0.0.1:1 -o ExitOnForwardFailure=no rx-browse@127.0.0.1 >forward 2>&1 3>&- &
	session=$!
	opened() { [ "$(grep -c 'Accepted publickey' sshd.log)" -ge 13 ]; }
	soon opened
	run ! there -W 127.0.0.1:"$at" rx-browse@127.0.0.1
	# The account goes though somebody is there.
	echo >leave
	wait "$inner"
	inner=
	wait "$session" || :
	# Once, and again where the note of that was put out of reach.
	[ "$(curl -s "http://127.0.0.1:$port/got?path=/api/system_info" | jq length)" = 2 ]
}

@test "arguments: those of the predecessor run its pipelines (R-135)" {
	web 200
	RX_TOKEN='Bearer sesame' RX_DASHBOARD=off setsid "$agent" run --log-file "$PWD/logs/app.log" --log-file="$PWD/logs/b \"c\".log" \
		--api-url "$(web_url /api)" --node-id node-7 --telemetry-interval 1 --heartbeat-interval 1 \
		--control-port "$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')" --ws-port 0 --telemetry-ws-port 0 2>err 3>&- &
	pid=$!
	posted() { jq -e -s --arg p "$1" 'any(.[]; .path == $p and (.body | fromjson).node_id == "node-7")' web.log >/dev/null; }
	RX_PATIENCE=30 soon posted /api/telemetry/snapshot
	RX_PATIENCE=30 soon posted /api/heartbeat
	probe() {
		echo "error: probe" >>'logs/b "c".log'
		grep -qs probe state/delivered.ndjson
	}
	RX_PATIENCE=30 soon probe
	# Who asks it is told of what runs.
	(
		unset RX_DASHBOARD
		run -0 "$agent" plan
		[[ $output == *telemetry:*heartbeat:* || $output == *heartbeat:*telemetry:* ]]
		run -0 "$agent" open
	)
	run -64 "$agent" run --log-file /a
	run -64 "$agent" run --api-url http://b
	run -64 "$agent" run --log-file /a --api-url http://b --control-port x
	run -78 "$agent" run --log-file /a --api-url http://b --telemetry-interval 0
	run -64 "$agent" run --log-file /a --api-urk http://b
}
