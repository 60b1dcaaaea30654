# SPDX-License-Identifier: MIT
# rx-spool push: what goes when a lane is full, and what a lane may hold.
# (blocking, the default, is in 350)
setup() {
	load helper
	load spool
	need sqlite3
}

# numbers FROM TO [MEMBERS]: a record a line.
numbers() { seq "$1" "$2" | sed "s/.*/{\"n\":&${3:-}}/"; }
there() { sql "SELECT group_concat(json_extract(payload, '\$.n')) FROM (SELECT payload FROM queue ORDER BY id)"; }
letters() { sql "SELECT group_concat(json_extract(record, '\$.n')) FROM (SELECT record FROM dead ORDER BY tag)"; }
push() { rx-spool push --unmarked "$@"; }

@test "full: newest keeps what is there, oldest makes room for what comes" {
	numbers 1 7 | push --max-records 5 --full newest q.db
	[ "$(there)" = 1,2,3,4,5 ]
	numbers 8 9 | push --max-records 5 --full oldest q.db
	[ "$(there)" = 3,4,5,8,9 ]
	[ "$(letters)" = 1,2,6,7 ]
	[ "$(sql "SELECT group_concat(why) FROM (SELECT why FROM dead ORDER BY tag)")" = \
		dropped_oldest,dropped_oldest,dropped_newest,dropped_newest ]
	[ "$(stat_of main '"\(.stored) \(.dropped) \(.dropped_oldest) \(.dropped_newest)"')" = "9 4 2 2" ]
	balanced main
}

@test "full: a gap tells how many, how large, by which policy, from which id to which" {
	numbers 1 7 ',"_rx":{"id":"x"}' | sed 's/\(.*\)"n":\(.\),"_rx":{"id":"x"}/\1"_rx":{"id":"i\2"},"n":\2/' |
		push --max-records 4 --full oldest q.db
	[ "$(sql "SELECT why, policy, n, first_id, last_id FROM gap")" = 'dropped|oldest|3|i1|i3' ]
	# Drops of one minute are one gap.
	echo '{"_rx":{"id":"i8"},"n":8}' | push --max-records 4 --full oldest q.db
	[ "$(sql "SELECT why, policy, n, first_id, last_id FROM gap")" = 'dropped|oldest|4|i1|i4' ]
	[ "$(sql "SELECT sum(length(record)) FROM dead")" = "$(sql "SELECT sum(bytes) FROM gap")" ]
}

@test "full: random keeps as many as there is room for, old ones and new ones" {
	numbers 1 400 | push --max-records 200 --full random q.db
	[ "$(sql 'SELECT count(*) FROM queue')" = 200 ]
	kept_old=$(sql "SELECT count(*) FROM queue WHERE json_extract(payload, '\$.n') <= 200")
	[ "$kept_old" -gt 50 ] && [ "$kept_old" -lt 150 ]
	[ "$(stat_of main .dropped_random)" = 200 ]
	balanced main
}

@test "full: --max-bytes drops whole segments until the lane fits" {
	python3 -c 'for i in range(3000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 500))' >in
	push --max-bytes 400k --full oldest q.db <in
	[ "$(stat_of main '.bytes <= 400 * 1024 and .bytes > 250 * 1024')" = true ]
	balanced main
	# The newest are there, without a hole.
	n=$(sql 'SELECT count(*) FROM queue')
	sql "SELECT json_extract(payload, '\$.n') FROM queue ORDER BY id" | cmp - <(seq $((3000 - n)) 2999)
	[ "$((n + $(stat_of main .dropped)))" = 3000 ]
}

@test "full: what was emitted is never dropped, then what comes in is (P8)" {
	numbers 1 5 | push q.db
	mkfifo pipe
	rx-spool emit --inflight 3 q.db >out 3>&- &
	pid=$!
	soon has out 4
	numbers 6 8 | push --max-records 5 --full oldest q.db
	[ "$(there)" = 1,2,3,7,8 ]
	numbers 9 20 | push --max-records 3 --full oldest q.db
	[ "$(there)" = 1,2,3 ]
	kill $pid
	wait $pid
	tail -n +2 out | outcomes ok | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.pending) \(.dropped)"')" = "3 0 17" ]
}

@test "full: emit that has a segment at hand writes nothing of it that was dropped" {
	numbers 1 50 | push q.db
	rx-spool emit --inflight 10 q.db >out 3>&- &
	pid=$!
	soon has out 11
	numbers 51 60 | push --max-records 12 --full oldest q.db
	emitted_to() { tail -n +2 out | jq -c "select(.n <= $1)" | outcomes ok | rx-spool ack q.db; }
	emitted_to 10
	soon has out 13
	kill $pid
	wait $pid
	[ "$(tail -n +2 out | jq -s -c 'map(.n)')" = "[1,2,3,4,5,6,7,8,9,10,59,60]" ]
}

@test "priority: critical and failure go first and are dropped last" {
	{
		numbers 1 3 ',"severity":"info"'
		numbers 4 5 ',"severity":"critical"'
		numbers 6 7 ',"severity":"failure"'
		numbers 8 9 ',"severity":"error"'
	} >in
	push --priority severity q.db <in
	[ "$(sql 'SELECT class, sum(n) FROM segment GROUP BY class')" = $'0|4\n1|5' ]
	[ "$(emitted main | jq -s -c 'map(.n)')" = "[4,5,6,7,1,2,3,8,9]" ]
	[ "$(sql "SELECT group_concat(DISTINCT priority) FROM error_queue")" = "" ]
	rx-spool emit --once q.db >/dev/null # a new epoch: nothing is out
	rm q.db*
	push --priority severity --max-records 5 --full newest q.db <in
	[ "$(there)" = 4,5,6,7,1 ]
	numbers 10 11 ',"severity":"critical"' | push --priority severity --max-records 5 --full oldest q.db
	[ "$(sql "SELECT count(*) FROM segment WHERE class = 1")" = 0 ]
	[ "$(there)" = 5,6,7,10,11 ]
	balanced main
}

@test "priority: what is urgent overtakes a backlog, and a range settles both" {
	numbers 1 3000 ',"severity":"info"' | push --priority severity q.db
	rx-spool emit --inflight 100 q.db >out 3>&- &
	pid=$!
	soon has out 101
	echo '{"n":9999,"severity":"critical"}' | push --priority severity q.db
	tail -n +2 out | head -100 | outcomes ok | rx-spool ack q.db
	soon grep -q 9999 out
	kill $pid
	wait $pid
	[ "$(sed -n 102p out | jq .n)" = 9999 ]
	tail -n +102 out | outcomes ok | rx-spool ack q.db
	emitted main | jq -s '[(map(.n) | sort)[0], length]' | jq -c . >rest
	[ "$(cat rest)" = "[200,2801]" ]
}

@test "age: what has waited for --max-age becomes a dead letter, also while nothing comes" {
	numbers 1 3 | push q.db
	mkfifo pipe
	push --max-age 400ms q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	empty() { [ "$(stat_of main .pending)" = 0 ]; }
	soon empty
	echo '{"n":4}' >&4
	there_is() { [ "$(there)" = "$1" ] || [ "$(letters)" = 1,2,3,4 ]; }
	soon there_is 4
	exec 4>&-
	wait $pid
	[ "$(stat_of main '.dropped_age >= 3')" = true ]
	[ "$(sql "SELECT DISTINCT policy FROM gap")" = age ]
	balanced main
}

@test "presets: error and telemetry bound the lane and the refusals (R-35, R-39, R-46, R-49)" {
	numbers 1 3 | push --preset error q.db error
	numbers 1 1200 | push --preset telemetry q.db telemetry
	limits() { sql "SELECT max_records, max_bytes, max_attempts, policy FROM lane WHERE name = '$1'"; }
	[ "$(limits error)" = "5000|104857600|10|block" ]
	[ "$(limits telemetry)" = "1000|104857600|3|oldest" ]
	[ "$(sql 'SELECT count(*) FROM telemetry_queue')" = 1000 ]
	run -64 rx-spool push --preset errors q.db
	# An option has the last word.
	numbers 1 1 | push --preset error --max-records 7 --full random q.db error
	[ "$(limits error)" = "7|104857600|10|random" ]
}

@test "presets: the third refusal of a lane with three attempts is its last" {
	numbers 1 1 | push --preset telemetry q.db
	for i in 1 2 3; do
		[ "$(stat_of main .pending)" = 1 ]
		sql 'UPDATE retry SET not_before_ms = 0'
		emitted main | outcomes retry no | rx-spool ack q.db
	done
	[ "$(stat_of main '"\(.pending) \(.dead)"')" = "0 1" ]
}

@test "config: a lane's bounds come from the file, the names of R-40 too" {
	cat >rx.json <<-'J'
		{"messaging": {"rabbitmq": {"queue": "error_logs_queue", "retry_enabled": true,
		  "max_retries": 7, "queue_max_size": 4000}},
		 "other": {"tools": "are not looked at"},
		 "spool": {"lanes": {
		  "error": {"max_bytes": "2M", "full": "oldest"},
		  "telemetry": {"preset": "telemetry", "max_age": "2h", "priority": "severity"}}}}
	J
	limits() { sql "SELECT max_records, max_bytes, max_age_ms, max_attempts, policy FROM lane WHERE name = '$1'"; }
	numbers 1 1 | push -c rx.json q.db error
	[ "$(limits error)" = "4000|2097152|0|7|oldest" ]
	numbers 1 1 | push -c rx.json --max-records 9 q.db telemetry
	[ "$(limits telemetry)" = "9|104857600|7200000|3|oldest" ]
	numbers 1 1 | push -c rx.json q.db web
	[ "$(limits web)" = "0|104857600|0|10|block" ]
	echo '{"messaging":{"rabbitmq":{"retry_enabled":false}}}' >off.json
	numbers 1 1 | push -c off.json q.db error
	[ "$(limits error)" = "0|104857600|0|1|block" ]
}

@test "config: a mistake in it ends push with 78, at its place" {
	wrong() {
		echo "$1" >rx.json
		run -78 rx-spool push --unmarked -c rx.json q.db error </dev/null
		[[ "$output" == *"rx.json:1:"*"$2"* ]]
	}
	wrong '{"spool":{"lanes":{"error":{"max_record":1}}}}' '"max_record" is no member here'
	wrong '{"spool":{"lanes":{"error":{"max_bytes":"1 M"}}}}' 'max_bytes'
	wrong '{"spool":{"lanes":{"error":{"full":"never"}}}}' 'block, oldest, newest, random'
	wrong '{"spool":{"lanes":{"er ror":{}}}}' 'er ror is no lane'
	wrong '{"spool":{"lanes":{"web":{"preset":"x"}}}}' 'preset x'
	wrong '{"messaging":{"rabbitmq":{"max_retry":1}}}' '"max_retry" is no member here'
	echo '{"spool":' >rx.json
	run -78 rx-spool push --unmarked -c rx.json q.db error </dev/null
	[[ "$output" == *"rx.json:2:"* ]]
	run -78 rx-spool push --unmarked -c nowhere.json q.db error </dev/null
}

@test "config: the caps of all lanes together are at most max_queue_size (R-15)" {
	cap() { echo "{\"spool\":{$1\"lanes\":{\"error\":{\"preset\":\"error\"},\"telemetry\":{\"max_records\":$2}}}}" >rx.json; }
	cap '' 5001
	run -78 rx-spool push --unmarked -c rx.json q.db main </dev/null
	[[ "$output" == *"more than max_queue_size 10000"* ]]
	cap '' 5000
	run -0 rx-spool push --unmarked -c rx.json q.db main </dev/null
	cap '"max_queue_size":6000,' 1001
	run -78 rx-spool push --unmarked -c rx.json q.db main </dev/null
}

@test "full: on a full disk oldest goes on, and counts what had no room for a letter" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=6m,mode=700 none disk || skip "mount refused"
	python3 -c 'for i in range(40000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' >in
	for how in oldest newest random oldest,--keep=7d; do
		rm -f disk/*
		rc=0
		IFS=, read -ra policy <<<"$how"
		timeout 60 rx-spool push --unmarked --batch 64k --max-bytes 0 --full "${policy[@]}" disk/q.db <in 2>err || rc=$?
		ok=$(sqlite3 disk/q.db 'PRAGMA integrity_check')
		all=$(rx-spool stat --json disk/q.db | jq -c '.lanes[0] | [.stored, .stored == .pending + .dropped, .dropped_disk > 0]')
		gaps=$(sqlite3 disk/q.db 'SELECT sum(n) FROM gap')
		dropped=$(rx-spool stat --json disk/q.db | jq .lanes[0].dropped)
		[ "$rc/$ok/$all" = "0/ok/[40000,true,true]" ] && [ "$gaps" = "$dropped" ] || {
			umount disk
			echo "$how: $rc/$ok/$all $gaps $dropped"
			cat err
			false
		}
	done
	umount disk
}

@test "full: with kills between, stored is acked, dead, dropped and there (X-29)" {
	for policy in oldest newest random; do
		rm -f q.db*
		python3 -c 'for i in range(3000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 200))' >in
		for part in 1 2 3; do
			sed -n "$((part * 1000 - 999)),$((part * 1000))p" in |
				rx-spool push --unmarked --batch 8k --linger 0 --max-bytes 64k --full $policy q.db 3>&- &
			pid=$!
			emitted main | head -20 | outcomes ok | rx-spool ack q.db
			[ $part = 3 ] || kill -9 $pid 2>/dev/null || :
			wait $pid || :
			balanced main
		done
		[ "$(stat_of main '.bytes <= 80 * 1024')" = true ]
		[ "$(sql 'PRAGMA integrity_check')" = ok ]
		[ "$(sql 'SELECT sum(n) FROM gap')" = "$(stat_of main .dropped)" ]
	done
}

@test "age: in a lane that is full and blocks, what is too old goes all the same" {
	numbers 1 3 | push q.db
	sql 'UPDATE segment SET stored_ms = 1000'
	numbers 4 5 | push q.db
	numbers 6 10 | push --batch 64M --max-records 5 --max-age 1h q.db 2>err 3>&- &
	pid=$!
	soon grep -q "lane main of q.db is full" err
	[ "$(there)" = 4,5 ]
	[ "$(letters)" = 1,2,3 ]
	[ "$(stat_of main '"\(.dropped_age) \(.stored)"')" = "3 5" ]
	emitted main | outcomes ok | rx-spool ack q.db
	wait $pid
	[ "$(there)" = 6,7,8,9,10 ]
	balanced main
}
