# SPDX-License-Identifier: MIT
# rx-agent: the commands of who runs it: stop, reload, doctor, plan, top, tap,
# test, bundle

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
	group_of() { cat "state/agent.run/$1.group"; }
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
	[[ $output == *"pulse has other stages now: they count from the next start"* ]]
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
	well() { "$agent" doctor; }
	RX_PATIENCE=40 soon well
	run -0 "$agent" doctor
	[[ $output == *"ok   error: the target has received"* ]]
	[[ $output != *BAD* ]]
	# A target that takes nothing.
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
	jq '. + {"rx-ship": {"header": "X-Key: sesame-header", "token-file": "x"}}' etc/error.json >e && mv e etc/error.json
	echo 'http://agent:sesame-url@127.0.0.1:1/' >etc/error.url
	echo '{"log_line":"Authorization: Bearer sesame-line"}' | rx-spool push --unmarked "$PWD/q.db" error
	mkdir state
	mv q.db state/error.db
	run -0 "$agent" bundle b.tgz
	tar xzf b.tgz
	[ -s rx-bundle/host ] && [ -s rx-bundle/doctor ] && [ -s rx-bundle/graph ]
	jq -e '.["rx-match"]' rx-bundle/pipelines/error.json
	[ "$(wc -l <rx-bundle/queues/error.ndjson)" = 1 ]
	run ! grep -r sesame rx-bundle
	run -64 "$agent" bundle b.tgz
}
