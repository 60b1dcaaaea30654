# SPDX-License-Identifier: MIT
# rx-metrics: the heartbeat, as a backend sees it    (not tested: its notification
# of people, which is the backend's)
setup() { load helper; need python3; }
teardown() {
	# shellcheck disable=SC2086 # pids
	[ -z "${pids:-}" ] || kill -9 $pids 2>/dev/null || :
}

backend() {
	python3 "$RX_TOP/t/stub/backend.py" 1 port states 3>&- &
	pids="$pids $!"
	soon test -s port
	url="http://127.0.0.1:$(cat port)/api/heartbeat"
}

# beat: the pipe of the documents, in the background.
beat() {
	rx-metrics --heartbeat 1s 2>beat.err 3>&- > >(exec rx-ship --quiet "$url" >/dev/null 2>ship.err 3>&-) &
	beat=$!
	pids="$pids $beat"
}
state() { [ "$(tail -n 1 states)" = "test-node $1" ]; }

@test "heartbeat: a backend sees a host come, go silent, return and say good-bye" {
	backend
	beat
	soon state online
	kill -STOP "$beat"
	soon state 'offline: silent'
	kill -CONT "$beat"
	soon state online
	kill "$beat"
	wait "$beat"
	soon state 'offline: said so'
	[ ! -s beat.err ]
}

@test "heartbeat: it is silent after a kill -9, and back after the next start" {
	backend
	beat
	soon state online
	kill -9 "$beat"
	soon state 'offline: silent'
	beat
	soon state online
}

@test "heartbeat: it keeps no file open and opens none, whatever fails around it" {
	export RX_STATE_DIR=$PWD/none/there
	rx-metrics --heartbeat 1s >out 3>&- &
	beat=$!
	pids="$pids $beat"
	soon has out 1
	run -0 find "/proc/$beat/fd" -mindepth 1 -lname "$PWD/*"
	[ "$output" = "/proc/$beat/fd/1" ]
	run -0 find "/proc/$beat/fd" -mindepth 1 \( -lname '*.db*' -o -lname '/proc/*' \)
	[ -z "$output" ]
	[ -z "$(find . -name none)" ]
	sanitized ||
		grep -x 'Seccomp:	2' "/proc/$beat/status"
	kill "$beat"
	wait "$beat"
	[ "$(tail -n 1 out | jq -r .status)" = offline ]
}

@test "heartbeat: beats go on while samples go nowhere" {
	mkfifo stuck
	# A pipe of its own: nothing takes the samples, its other end is open.
	exec 5<>stuck
	rx-metrics -i 1s >stuck 3>&- 5>&- &
	pids="$pids $!"
	kill -STOP $!
	backend
	beat
	soon state online
	kill "$beat"
	wait "$beat"
	soon state 'offline: said so'
}

@test "heartbeat: beats are one interval apart, at the phase of the node id" {
	rx-metrics --heartbeat 1s --node-id alpha >a 3>&- &
	pids="$pids $!"
	rx-metrics --heartbeat 1s --node-id beta >b 3>&- &
	pids="$pids $!"
	soon has a 5
	soon has b 5
	python3 - <<-'X'
	import datetime, json
	def at(name):
	    return [datetime.datetime.fromisoformat(json.loads(l)["timestamp"].replace("Z", "+00:00"))
	            .timestamp() for l in open(name)][1:5]
	a, b = at("a"), at("b")
	# The median: a busy machine may hold one back.
	def phase(times): return sorted(t % 1 for t in times)[1]
	apart = abs(phase(a) - phase(b))
	assert 0.02 < min(apart, 1 - apart), (a, b)
	assert all(0.3 < y - x < 1.9 for x, y in zip(a, a[1:])), a
	X
}
