# SPDX-License-Identifier: MIT
# From nothing: install.sh to a directory of its own, check, run; a real RabbitMQ
# and a backend with every endpoint, which go away and come back
# (not tested here: units, t/870; users and sshd, t/860)
#
# RX_FULL  each of them is away for two minutes and a half

setup_file() {
	load rabbit
	rabbit_start
}
teardown_file() {
	load rabbit
	rabbit_stop
}
setup() {
	load helper
	load rabbit
	need curl
	export DESTDIR="$PWD/dest" PREFIX=/usr/local RX_STATE="$PWD/state" RX_PIPELINES="$PWD/dest/etc/rx"
	export RX_PATIENCE=60
	away=0
	[ -z "${RX_FULL:-}" ] || away=150 RX_PATIENCE=180
	mkdir logs bin
	: >logs/app.log
	unset agent backend
}
teardown() {
	[ -z "${agent:-}" ] || {
		kill -TERM "$agent" 2>/dev/null || :
		soon flock -n state/agent.lock true
	}
	[ -z "${backend:-}" ] || kill "$backend" 2>/dev/null || :
}

serve() { # [PORT]
	rm -f api.port
	python3 "$RX_TOP/t/stub/api.py" 6 api.port api.db "$@" 3>&- &
	backend=$!
	soon test -s api.port
	read -r port token <api.port
}
# got PATH FILTER: of all that came there
got() { curl -s "http://127.0.0.1:$port/got?path=$1" | jq -r "$2"; }
some() { [ "$(got "$1" length)" -ge "${2:-1}" ]; }
of() { rx-spool stat --json "state/$1.db" "$1" | jq ".lanes[0].$2"; }
waits() { [ "$(of "$1" pending)" -ge "$2" ]; }
drained() { [ "$(of "$1" pending)" = 0 ]; }
ids() { rabbit_get errors >>taken && [ "$(jq -r .id taken | sort -u | wc -l)" -ge "$1" ]; }
# alter NAME FILTER: a pipeline that was installed.
alter() { jq "$2" "dest/etc/rx/$1.json" >new && cat new >"dest/etc/rx/$1.json"; }

# all_there: each line once by its id, each sample and each alert.
all_there() {
	soon ids "$written"
	[ "$(jq -r .id taken | sort -u | wc -l)" = "$written" ]
	[ "$(jq -r .body taken | jq -r .log_line | sort -u | wc -l)" = "$written" ]
	for name in telemetry alert; do soon drained $name; done
}
write() { # N: lines that matter, and as many that do not
	for ((i = 0; i < $1; i++)); do
		written=$((written + 1))
		echo "Jan  5 10:00:00 web app[1]: error: line $written"
		echo "Jan  5 10:00:00 web app[1]: all is well"
	done >>logs/app.log
}

start() {
	env --default-signal=INT setsid rx-agent run 2>>err 3>&- &
	agent=$!
}

@test "from nothing: what is installed runs; who goes away and comes back gets all, once per id (R-64, R-137)" {
	serve
	# What install.sh calls make for is built already.
	printf '#!/bin/sh\nexec %s B=%s -o all -o deps "$@"\n' "$(command -v make)" "$RX_BIN" >bin/make
	chmod +x bin/make
	(umask 077 && rabbit_url errors >broker && echo "Bearer $token" >tok)
	PATH="$PWD/bin:$PATH" run -0 "$RX_TOP/agent/install.sh" --amqp-file broker "$PWD/logs/app.log" \
		"http://127.0.0.1:$port/api/ticket" "http://127.0.0.1:$port/api/" "@$PWD/tok" ''
	PATH="$PWD/dest/usr/local/bin:$PATH"
	unset RX_BIN
	# By the second, what is by the minute as shipped.
	alter telemetry '.["rx-metrics"].interval = "1s"'
	alter heartbeat '.["rx-metrics"].heartbeat = "1s"'
	cat >rules.json <<-'R'
		{"rules": [{"name": "is_up", "metric": "Processes", "operator": ">=", "threshold": 1,
		  "value": "/metrics/processes/process_count", "duration": 0, "cooldown": "2s",
		  "priority": "high", "remediation": ["none"]}]}
	R
	alter alert ".[\"rx-metrics\"].interval = \"1s\" | .[\"rx-alert\"].rules = \"$PWD/rules.json\""
	run -0 rx-agent check
	[[ $output == *"http://127.0.0.1:$port/api/telemetry/snapshot: "* ]] # T-8
	[[ $output != *"$token"* ]]
	run -0 rx-agent check --net

	start
	written=0
	soon grep -q 'rx-tail: loop started' err
	write 100
	soon ids 100
	# The classic message, by name (R-7), and the telemetry of 19 members (R-59).
	jq -r .body taken | jq -s -e 'all(.[]; (keys_unsorted - ["node_id"]) ==
		["timestamp","system_ip","log_path","application","log_line","severity"])'
	for path in telemetry/snapshot heartbeat alerts/create auth/refresh; do soon some "/api/$path"; done
	[ "$(got /api/telemetry/snapshot '.[0].body | length')" = 19 ]
	[ "$(got /api/heartbeat '.[0].body | keys_unsorted | sort | join(" ")')" = "node_id status timestamp" ]
	[ "$(got /api/alerts/create '.[0].body.application')" = "System Monitor" ]
	# The profile goes as the installer of a live host sends it (R-128), and is found by name.
	RX_STATE_DIR=$RX_STATE rx-metrics --info --save="$PWD/state/system_info.json" |
		rx-ship --once --preset system-info --url-file dest/etc/rx/profile.url --token-file dest/etc/rx/telemetry.token
	curl -s "http://127.0.0.1:$port/api/system_info?hostname=$(hostname)" |
		jq -e --arg id "$(jq -r .id state/system_info.json)" '.id == $id'
	[ "$(curl -s "http://127.0.0.1:$port/rows" | jq '."test-node" > 0')" = true ]

	# Each peer, for a while.
	rabbit_down
	write 100
	soon waits error 100
	# An end with the target down is short, and says what waits.
	began=$SECONDS
	kill -INT -- "-$agent"
	wait "$agent"
	agent=
	[ $((SECONDS - began)) -le 15 ]
	[[ "$(tail -n 1 err)" =~ ,\ [1-9][0-9]*\ waiting$ ]]
	start
	sleep "$away"
	write 10
	rabbit_up
	all_there
	kill -KILL "$backend"
	before=$(of alert stored)
	soon waits telemetry 3
	more() { [ "$(of alert stored)" -gt "$before" ]; }
	soon more
	sleep "$away"
	serve "$port"
	write 10
	all_there

	kill -TERM "$agent"
	wait "$agent"
	agent=
	run -0 rx-agent status --ledger
	# A row for each sample and each alert that was stored, and acknowledged.
	for each in telemetry:telemetry/snapshot alert:alerts/create; do
		name=${each%%:*}
		[ "$(of "$name" acked)" -ge 3 ]
		[ "$(got "/api/${each#*:}" length)" = "$(of "$name" acked)" ]
		[ "$(of "$name" acked)" = "$(($(of "$name" stored) - $(of "$name" pending)))" ]
	done
	run ! grep -rqF "$token" err
	echo "# $written lines, $(of telemetry acked) samples, $(of alert acked) alerts; refreshed $(got /api/auth/refresh length) times" >&3
}
