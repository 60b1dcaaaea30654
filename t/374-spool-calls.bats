# SPDX-License-Identifier: MIT
# rx-spool as the queue its document describes (R-36, R-47, R-48, R-212, R-214):
# each call by its verb.
setup() {
	load helper
	load spool
	need sqlite3
}

enqueue() { rx-spool push --unmarked q.db telemetry; }
dequeue() { rx-spool emit --once --inflight "$1" q.db telemetry | tail -n +2; }
size() { sql 'SELECT COUNT(*) FROM telemetry_queue'; }

@test "calls: init, enqueue, size 1, dequeue 1, size 0 after mark_sent, stats, clean-up (R-212)" {
	enqueue <<<'{"cpu":0.5}'
	[ "$(sql 'SELECT id FROM telemetry_queue')" = 1 ]
	[ "$(size)" = 1 ]
	dequeue 10 >got
	[ "$(jq -c 'del(._rx)' got)" = '{"cpu":0.5}' ]
	# It stays until it is marked.
	[ "$(size)" = 1 ]
	outcomes ok <got | rx-spool ack q.db
	[ "$(size)" = 0 ]
	[ "$(stat_of telemetry '"\(.stored) \(.acked) \(.pending)"')" = "1 1 0" ]
	run -0 rx-spool purge --yes q.db telemetry
}

@test "calls: enqueue 3, size 3, dequeue 3 in order (R-214)" {
	for n in 1 2 3; do enqueue <<<"{\"n\":$n}"; done
	[ "$(size)" = 3 ]
	[ "$(dequeue 3 | jq -c .n | paste -sd,)" = 1,2,3 ]
}

@test "calls: mark_failed counts, and the last makes a dead letter, never silence (R-49)" {
	enqueue <<<'{"n":1}'
	rx-spool emit q.db telemetry >all 3>&- &
	pid=$!
	for n in 1 2 3; do
		soon has all $((n + 1))
		sed -n "$((n + 1))p" all | outcomes retry 'HTTP 500' >outs
		rx-spool ack --max-attempts 3 q.db <outs
		[ "$n" = 3 ] || [ "$(sql 'SELECT retry_count FROM telemetry_queue')" = "$n" ]
	done
	kill $pid
	wait $pid
	[ "$(size)" = 0 ]
	[ "$(rx-spool dead q.db | jq -c '[._rx.why, ._rx.at, .n]')" = '["HTTP 500",3,1]' ]
}

@test "calls: two processes share the queue (R-50)" {
	mkfifo pipe
	rx-spool emit q.db telemetry >got 3>&- &
	pid=$!
	for n in 1 2 3 4; do
		seq $((n * 100)) $((n * 100 + 49)) | sed 's/.*/{"n":&}/' | enqueue 3>&- &
		pids="${pids:-} $!"
	done
	# shellcheck disable=SC2086 # a list
	wait $pids
	soon has got 201
	kill $pid
	wait $pid
	[ "$(sed 1d got | jq .n | sort -un | wc -l)" = 200 ]
}

@test "check: what a start would meet is told, and nothing is made or changed" {
	for verb in push emit ack; do
		run -0 rx-spool $verb --check q.db
		[ -z "$output" ]
	done
	run -0 rx-spool --check q.db
	[ ! -e q.db ] && [ ! -e q.db.lock ]
	run -74 rx-spool push --check nowhere/q.db
	run -64 rx-spool push --check --max-records x q.db
	printf '{"spool":{"lanes":{"main":{"full":"never"}}}}' >rx.json
	run -78 rx-spool push --check -c rx.json q.db
	[[ "$output" == *"rx.json:1:"* ]]
	enqueue <<<'{"n":1}'
	cp q.db before
	ls >files
	run -0 rx-spool push --check q.db
	cmp q.db before
	ls | cmp - files
	sql 'PRAGMA user_version = 9'
	run -78 rx-spool emit --check q.db
	echo text that is long enough to be no header "$(seq 100)" >text.db
	run -65 rx-spool ack --check text.db
}
