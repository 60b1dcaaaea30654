# SPDX-License-Identifier: MIT
# rx-agent: the commands of who runs it: stop, reload, doctor, plan, top, tap,
# test, bundle
#
# RX_FULL  doctor is asked by an agent whose target is away, too

setup() {
	load helper
	agent="$RX_TOP/agent/rx-agent"
	mkdir etc logs
	: >logs/app.log
	export RX_STATE="$PWD/state" RX_PIPELINES="$PWD/etc"
	cat >etc/error.json <<-J
		{"rx-tail": {"log-file": ["$PWD/logs/app.log"]},
		 "rx-match": {"keywords": true, "format": "classic"},
		 "rx-spool push": {"preset": "error"},
		 "rx-ship": {}}
	J
	(umask 077 && echo "file:$PWD/out.ndjson" >etc/error.url)
	unset pid
}
teardown() {
	[ -z "${pid:-}" ] || {
		kill -TERM "$pid" 2>/dev/null || :
		RX_PATIENCE=20 soon flock -n state/agent.lock true
	}
}
start() {
	setsid "$agent" run 2>>err 3>&- &
	pid=$!
	RX_PATIENCE=30 soon probe "error: first"
}
probe() {
	echo "$1" >>logs/app.log
	grep -qsF "$1" out.ndjson
}

@test "agent: stop ends the one that works, in order, and waits for it" {
	run -75 "$agent" stop
	[[ $output == *"no rx-agent works in $PWD/state"* ]]
	start
	run -0 "$agent" stop
	wait "$pid"
	pid=
	[[ $(tail -n 1 err) == "rx-agent: done: delivered "* ]]
}

@test "agent: reload starts anew what was changed and nothing else, and nothing where it is bad" {
	run -75 "$agent" reload
	echo '{"rx-metrics": {"heartbeat": "1s"}, "rx-ship": {}}' >etc/beat.json
	(umask 077 && echo "file:$PWD/beats.ndjson" >etc/beat.url)
	start
	group_of() { xargs <"state/agent.run/$1.group"; }
	beat=$(group_of beat.in) first=$(group_of error.in)
	others=$(pgrep -g "$beat" | sort)
	sed -i 's/"keywords": true/"keywords": "marvel"/' etc/error.json
	echo "error: between" >>logs/app.log # as was, or as is: it is read once
	run -0 "$agent" reload
	[[ $output == *"error was changed: it starts anew"* ]]
	RX_PATIENCE=20 soon probe "a marvel"
	group=$(group_of error.in)
	[ "$group" != "$first" ]
	before=$(pgrep -g "$group" | sort)
	# Nothing was changed since: who works goes on.
	run -0 "$agent" reload
	[ "$(pgrep -g "$beat" | sort)" = "$others" ]
	mv etc/beat.json etc/pulse.json
	mv etc/beat.url etc/pulse.url
	run -0 "$agent" reload
	[[ $output == *"pulse was not started: it counts from the next start"* ]]
	sed -i 's/"marvel"/{}/' etc/error.json
	run -78 "$agent" reload
	[[ $output == *"etc/error.json:2:"* ]]
	[[ $output == *"all goes on as it was"* ]]
	[ "$(pgrep -g "$group" | sort)" = "$before" ]
	RX_PATIENCE=20 soon probe "marvel again"
	[ "$(pgrep -g "$group" | sort)" = "$before" ]
}

@test "agent: doctor finds nothing wrong where all is well, and what is where it is not" {
	run -1 "$agent" doctor
	[[ $output == *"BAD  it works"* ]]
	[[ $output == *"BAD  error: there is a queue"* ]]
	start
	run -0 "$agent" doctor # at once: it waits for the first counters
	[[ $output == *"ok   error: the target has received"* ]]
	[[ $output != *BAD* ]]
	[ -n "${RX_FULL:-}" ] || return 0
	# A target that takes nothing, as the stages tell of it themselves.
	kill "$pid"
	wait "$pid" || :
	echo 'http://127.0.0.1:1/' >etc/error.url
	setsid "$agent" run 2>>err 3>&- &
	pid=$!
	ill() { "$agent" doctor | grep -q 'BAD  error: the target answers'; }
	queued() {
		echo 'error: more' >>logs/app.log
		[ "$(rx-spool stat --json state/error.db error | jq '.lanes[0].pending')" -gt 0 ]
	}
	RX_PATIENCE=30 soon queued
	RX_PATIENCE=40 soon ill
}

# look: what doctor says now.  finds TEXT FIX: it has found that, and says what to do.
look() { run -1 "$agent" doctor; }
fine() { grep -qxF "ok   $1" <<<"$output"; }
finds() {
	grep -qxF "BAD  $1" <<<"$output" || { echo "not found: $1"; return 1; }
	[[ $output == *"BAD  $1"$'\n     '*"${2:-}"* ]]
}
# counted STAGE FAMILY VALUE: as if that stage said so, now.
counted() { echo "$2 $3" >>"state/stats/error.$1.prom"; }

@test "agent: each thing that can be wrong is found, with what to do (R-67, R-215)" {
	mkdir -p state/stats
	look
	fine 'it would start'
	finds 'it works' 'start it: rx-agent run'
	finds 'error: there is a queue' "whether $PWD/state can be written"
	# What keeps it from starting.
	sed -i 's/"preset": "error"/"preset": "none"/' etc/error.json
	look
	finds 'it would start' 'none'
	sed -i 's/"preset": "none"/"preset": "error"/' etc/error.json
	# The queue: old, full, given up, damaged.
	jq '.["rx-spool push"] = {"max-records": 10}' etc/error.json >e && mv e etc/error.json
	for n in 1 2 3 4 5 6 7 8 9; do echo "{\"n\":$n}"; done | rx-spool push --unmarked --max-records 10 state/error.db error
	look
	fine 'error: 9 records wait, none for long'
	fine 'error: nothing was given up'
	finds 'error: 90 % of the queue is used' 'give it room'
	sqlite3 state/error.db 'UPDATE segment SET stored_ms = stored_ms - 3600000'
	rx-spool emit state/error.db error <&- 2>/dev/null | head -n 2 | tail -n 1 |
		jq -c '{_rx: {k: "out", id: ._rx.id, tag: ._rx.tag, ep: ._rx.ep, st: "reject", why: "test"}}' | rx-spool ack state/error.db
	look
	fine 'error.in goes on'
	finds 'error: 8 records wait, none for long' 'the target takes nothing or too little'
	finds 'error: nothing was given up' 'rx-spool dead'
	# A run that was stopped for good; delivery.
	mkdir state/agent.run
	echo 78 >state/agent.run/error.in.final
	look
	finds 'error.in goes on' 'it was stopped for good'
	finds 'error: delivery is at work' 'see what it said last'
	counted ship rx_ship_failures_in_row 3
	counted ship rx_ship_taken_total 5
	counted ship rx_ship_delivered_total 0
	counted ship rx_ship_rejected_total 2
	for family in rx_tail_files:0 rx_tail_unreadable_total:1 rx_tail_files_refused:1; do
		counted tail "${family%:*}" "${family#*:}"
	done
	free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export RX_DASHBOARD="$free" RX_WS_PORTS="$free 0" # nobody's
	look
	fine 'error: delivery is at work'
	finds 'error: the target answers' 'the queue grows meanwhile'
	finds 'error: the target has received' 'messages of rx-ship'
	finds 'error: 2 records were refused' 'rx-agent top'
	finds 'error: there are logs to follow' 'log-file'
	finds 'error: each log could be read' 'the group adm'
	finds 'error: no log is left out' 'max-files'
	finds 'the live view answers' 'RX_DASHBOARD'
	finds "its WebSocket on port $free is there" 'silent until somebody watches'
	export RX_DASHBOARD=off
	printf 'no database at all, but long enough to be looked at\n%.0s' {1..99} >state/error.db
	rm -f state/error.db-*
	look
	finds 'error: the queue can be read' 'rx-spool salvage'
	[ "$(id -u)" -eq 0 ] || skip "only root can be another: an unwritable state was not tried"
	chmod 755 "$PWD" && chmod -R a+rX etc logs state
	RX_STATE=/proc run -1 setpriv --reuid=65534 --clear-groups "$agent" doctor
	[[ $output == *"BAD  its state can be written"* ]]
}

@test "agent: plan tells how long a target may be away, top a line for each stage" {
	start
	run -0 "$agent" plan
	[ "${lines[0]}" = "error: tail | match | push | ship" ]
	[[ $output == *"outage lasts"* ]]
	all() { [ "$("$agent" top | awk '$1 == "error" && $3 ~ /^[0-9]+$/' | wc -l)" = 6 ]; }
	RX_PATIENCE=30 soon all
	run -0 "$agent" top
	[[ ${lines[0]} == PIPELINE*STAGE*RECORDS*IN*BLOCKED* ]]
	# What reads a pipe tells how full it is, and each how long it waited.
	[ "$(awk '$1 == "error" && $2 ~ /match|push|ship/ && $6 ~ /%$/ && $7 ~ /%$/' <<<"$output" | wc -l)" = 3 ]
	run -64 "$agent" top nothing
}

no_tap() { ! pgrep -f "$PWD/etc/error.json -n 10" >/dev/null; }

@test "agent: tap shows what a stage would write, and moves nothing" {
	start
	echo 'nothing to see' >>logs/app.log
	before=$(cat state/error.claim)
	"$agent" tap error.tail >tapped 2>taperr 3>&- &
	tap=$!
	soon grep -q 'nothing to see' tapped
	kill "$tap"
	"$agent" tap error.match >tapped 2>taperr 3>&- &
	tap=$!
	soon grep -q 'error: first' tapped
	run ! grep -q 'nothing to see' tapped
	kill "$tap"
	soon no_tap
	[ "$(cat state/error.claim)" = "$before" ]
	run -64 "$agent" tap error.alert
	run -64 "$agent" tap nothing.tail
}

@test "agent: test holds each stage against its fixtures" {
	mkdir -p fixtures/error.match
	echo '{"log_line":"error: one"}' >fixtures/error.match/a.in
	rx-match --config etc/error.json <fixtures/error.match/a.in >fixtures/error.match/a.out
	run -0 "$agent" test fixtures
	echo '{"log_line":"another"}' >fixtures/error.match/a.out
	run -1 "$agent" test fixtures
	run -64 "$agent" test logs
	mkdir fixtures/none.match
	run -64 "$agent" test fixtures
}

@test "agent: bundle has what helps, and no secret" {
	jq '. + {"rx-ship": {"header": ["X-Key: sesame-]header", "X-Other: sesame-second"],
		"token-cmd": "echo sesame-cmd", "token-file": "x",
		"refresh-url": "https://h/r?api_key=sesame-query"}}' etc/error.json >e && mv e etc/error.json
	grep -q '^ *"X-Other' etc/error.json # on a line of its own
	echo 'http://agent:sesame-url@127.0.0.1:1/' >etc/error.url
	printf '{"log_line":"%s"}\n' 'Authorization: Bearer sesame-line' 'amqp://me@corp:sesame@REST@h/q' \
		'GET http://h/x?a=1&access_token=sesame' | rx-spool push --unmarked "$PWD/q.db" error
	mkdir state
	mv q.db state/error.db
	run -0 "$agent" bundle b.tgz
	tar xzf b.tgz
	[ -s rx-bundle/host ] && [ -s rx-bundle/doctor ] && [ -s rx-bundle/graph ]
	jq -e '.["rx-match"]' rx-bundle/pipelines/error.json
	[ "$(wc -l <rx-bundle/queues/error.ndjson)" = 3 ]
	run ! grep -rE 'sesame|REST' rx-bundle
	run -64 "$agent" bundle b.tgz
}
