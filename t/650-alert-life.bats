# SPDX-License-Identifier: MIT
# rx-alert: bad input, its end, and its neighbours
setup() { load helper; load alert; rule '{"duration": 0}'; }

@test "alert: bad samples are told, counted, and make neither tickets nor an end" {
	{
		printf '%s\n' oops '[1]' '{}' '{"timestamp":"yesterday","v":99}' \
			'{"timestamp":1,"v":99}'
		v '0="99"' '1=[99]' '2={"v":99}' '3=null' '4=true'
		printf '{"timestamp":"2026-01-05T10:00:05Z","node_id":"n","v":NaN}\n'
		printf '{"timestamp":"2026-01-05T10:00:05Z","node_id":"n","v":1e999}\n'
		v 6=10
	} >in
	run -1 --separate-stderr rx-alert --replay -f rules.json <in
	[ "$(jq -r .status <<<"$output")" = open ]
	[ "$(jq -r .timestamp <<<"$output")" = 2026-01-05T10:00:06Z ]
	[[ ${stderr_lines[-1]} == 'rx-alert: warning: 6 records were refused' ]]
}

@test "alert: no input is no alert and no error" {
	run -0 rx-alert --replay </dev/null
	[ -z "$output" ]
}

@test "alert: a torn last line is dropped in silence, a whole one without newline counts" {
	{ v 0=1; printf '{"timestamp":"2026-01-05T1'; } >in
	run -0 --separate-stderr rx-alert --replay -f rules.json <in
	[ -z "$output$stderr" ]
	v 0=10 | head -c -1 >in
	run -0 rx-alert --replay -f rules.json <in
	[ -n "$output" ]
}

@test "alert: control records are not samples, and do not come out" {
	{ echo '{"_rx":{"k":"mark","n":"x","q":1,"full":false,"pos":[]}}'
		v 0=10; } >in
	run -0 --separate-stderr rx-alert --replay -f rules.json <in
	[ "$(wc -l <<<"$output")" = 1 ]
	[ -z "$stderr" ]
}

@test "alert: a ticket does not wait in a buffer while the input is idle" {
	mkfifo pipe
	rx-alert --replay -f rules.json <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	v 0=10 >&4
	soon test -s out
	exec 4>&-
	wait "$pid"
}

@test "alert: TERM while it waits saves the state and ends with 0" {
	mkfifo pipe
	rx-alert --replay -f rules.json --state st <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	v 0=1 1=10 >&4
	soon test -s out
	kill "$pid"
	wait "$pid"
	exec 4>&-
	jq -e '.watches[0].phase == "firing"' st
}

@test "alert: a pending breach is saved soon, although the input is idle" {
	rule
	mkfifo pipe
	rx-alert --replay -f rules.json --state st <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	v 0=10 >&4
	soon test -s st
	soon jq -e '.watches[0].phase == "pending"' st
	kill -9 "$pid"
	exec 4>&-
}

@test "alert: a full disk is an error, a reader that left is not" {
	v 0=10 >in
	run -74 bash -c 'rx-alert --replay -f rules.json <in >/dev/full'
	mkfifo pipe
	exec 4<>pipe 5>pipe 4>&- # now nobody can read what 5 is given
	run -141 bash -c 'rx-alert --replay -f rules.json <in >&5'
	exec 5>&-
}

@test "alert: keys beyond --max-keys push out the longest idle, and memory stays" {
	jq -nc 'range(30000) | {timestamp: "2026-01-05T10:00:00Z",
	    node_id: "n\(.)", v: 10}' >in
	rx-alert --replay -f rules.json --max-keys 100 <in >out
	[ "$(wc -l <out)" = 30000 ]
	tail -n 300 in | rx-alert --replay -f rules.json --max-keys 100 \
		--state st >out
	[ "$(wc -l <out)" = 300 ]
	[ "$(jq '.watches|length' st)" = 100 ]
	jq -e '.watches[0].node == "n29900"' st
}

@test "alert: samples of rx-metrics make no alert on a calm host, and a rule on them fires" {
	rule '{"value": "/metrics/uptime_seconds", "threshold": 1, "duration": 0}'
	rx-metrics --once | rx-alert -f rules.json >out
	[ "$(jq -r .alert_type out)" = r ]
}
