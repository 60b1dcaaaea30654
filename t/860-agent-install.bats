# SPDX-License-Identifier: MIT
# install.sh, and rx-agent run with the arguments of its predecessor
# (not tested here: users, sshd and systemd of a real host)

setup() {
	load helper
	load web
	agent="$RX_TOP/agent/rx-agent"
	install="$RX_TOP/agent/install.sh"
	mkdir dest logs
	: >logs/app.log
	export DESTDIR="$PWD/dest" PREFIX=/usr RX_STATE="$PWD/state"
	key='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE me@there'
	# What install.sh calls make for is built already.
	mkdir bin
	printf '#!/bin/sh\nexec %s B=%s -o all -o deps "$@"\n' "$(command -v make)" "$RX_BIN" >bin/make
	chmod +x bin/make
	PATH="$PWD/bin:$PATH"
	unset WEB pid
}
teardown() {
	stop_web
	[ -z "${pid:-}" ] || {
		kill -TERM "$pid" 2>/dev/null || :
		RX_PATIENCE=20 soon flock -n state/agent.lock true
	}
}
five() { "$install" "$PWD/logs/app.log" http://backend:3000/api/ticket http://backend:3000/api 'Bearer sesame' "$key"; }
tree() { find dest -printf '%p %m %s %T@\n' | sort; }

@test "install: the pipelines and their secrets are written, and are good" {
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

@test "install: run again it changes nothing, and what was edited stays" {
	run -0 five
	echo '{"rx-metrics":{"heartbeat":"5s"},"rx-ship":{}}' >dest/etc/rx/heartbeat.json
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
	run -0 five
	echo x >dest/var/lib/rx/error.db
	run -0 "$install" --uninstall
	[ -z "$(find dest/usr -type f)" ]
	[ -s dest/etc/rx/error.json ]
	[ -s dest/var/lib/rx/error.db ]
	run -0 "$install" --uninstall --purge
	[ ! -e dest/etc/rx ]
	[ ! -e dest/var/lib/rx ]
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
	run -78 "$install" "$many" http://b http://b t ''
	[[ $output == *"Cannot monitor 101 files. Maximum is 100. Consider log aggregation or sampling."* ]]
	run -64 "$install" --purge
	run -64 "$install" --purgatory
	[ -z "$(ls dest)" ]
	DESTDIR='' run -77 setpriv --reuid=65534 --clear-groups "$install" /a http://b http://b t ''
}

@test "install: a token from a file or standard input is in no argument" {
	echo 'Bearer  from-file ' >tok
	run -0 "$install" /a http://b http://b "@$PWD/tok" ''
	[ "$(cat dest/etc/rx/alert.token)" = from-file ]
	rm -r dest/etc
	printf from-stdin | "$install" /a http://b http://b - ''
	[ "$(cat dest/etc/rx/alert.token)" = from-stdin ]
}

@test "install: killed at any step, the next run completes it" {
	# Each file is renamed into its place: kill at the n-th.
	printf '#!/bin/sh\necho x >>%s/count\n[ "$(wc -l <%s/count)" -ne "$AT" ] || kill -KILL $PPID\nexec /bin/mv "$@"\n' "$PWD" "$PWD" >bin/mv
	chmod +x bin/mv
	for AT in 1 2 4 7; do
		export AT
		rm -rf dest/etc dest/var count
		: >count
		five 2>/dev/null || :
		AT=0 run -0 five
		for file in dest/etc/rx/*.json; do jq -e . "$file" >/dev/null; done
		[ "$(find dest/etc/rx -name '*.json' | wc -l)" = 4 ]
		[ "$(find dest/etc/rx -name '*.token' -size +1c | wc -l)" = 4 ]
	done
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
	run -64 "$agent" run --log-file /a
	run -64 "$agent" run --api-url http://b
	run -64 "$agent" run --log-file /a --api-url http://b --control-port x
	run -78 "$agent" run --log-file /a --api-url http://b --telemetry-interval 0
	run -64 "$agent" run --log-file /a --api-urk http://b
}
