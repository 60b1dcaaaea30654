# SPDX-License-Identifier: MIT
# rx-spool --stats: what a process counted; and HUP, which reads -c again.
setup() {
	load helper
	load spool
	need sqlite3
}

# value NAME: of the family in s.prom, all labels summed.
value() { awk -v name="$1" '{ sub(/[{].*[}]/, "", $1) } $1 == name { n += $2 } END { print n + 0 }' s.prom; }
push_value() { value "rx_spool_push_$1"; }
# in_balance: taken = stored + replayed + refused + held.
in_balance() {
	[ "$(push_value taken_records_total)" = $(($(push_value stored_records_total) + \
		$(push_value replayed_records_total) + $(push_value refused_lines_total) + \
		$(push_value held_records))) ]
}

@test "stats: push tells what it took, and that it is stored, known, refused or held" {
	{
		printf '{"i":"%s"}\n' a b a c
		echo oops
		head -c 1100000 /dev/zero | tr '\0' x
		printf '\n{"i":"d"}\n{"torn'
	} >in
	run -1 rx-spool push --unmarked --id i --stats s.prom q.db <in
	in_balance
	[ "$(push_value taken_records_total)/$(push_value stored_records_total)/$(push_value replayed_records_total)/$(push_value refused_lines_total)" = 7/4/1/2 ]
	[ "$(stat_of main .stored)" = 4 ]
}

@test "stats: of a marked lane what has no mark is held, what was stored is known" {
	seq 1 25 >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 10 claim a.log >stream
	grep -n '"k":"mark"' stream | tail -1 | cut -d: -f1 >last
	head -$(($(cat last) - 1)) stream | rx-spool push --stats s.prom q.db web
	in_balance
	[ "$(push_value held_records)" -gt 0 ]
	[ "$(push_value stored_records_total)" = "$(stat_of web .stored)" ]
	# A run that reads from the start again is known by its positions.
	rx-spool claim q.db web >claim
	jq -c '._rx.pos = []' claim >claim.0
	python3 "$RX_TOP/t/data/spool-tail.py" --every 10 claim.0 a.log | rx-spool push --stats s.prom q.db web
	in_balance
	[ "$(push_value replayed_records_total)" -gt 0 ]
	[ "$(stat_of web .stored)" = 25 ]
}

@test "stats: emit, ack and the form without a verb tell theirs" {
	printf '{"n":%d}\n' 1 2 3 | rx-spool push --unmarked q.db
	rx-spool emit --once --stats s.prom q.db >out
	[ "$(value rx_spool_emit_written_records_total) $(value rx_spool_emit_outstanding_records)" = "3 3" ]
	{
		tail -n +2 out | outcomes ok
		echo oops
	} >outcomes
	run -1 rx-spool ack --stats s.prom q.db <outcomes
	[ "$(value rx_spool_ack_taken_outcomes_total) $(value rx_spool_ack_settled_outcomes_total) $(value rx_spool_ack_refused_lines_total)" = "3 3 1" ]
	printf '{"n":%d}\n' 4 5 | rx-spool --stats s.prom q.db >out
	[ "$(push_value stored_records_total) $(value rx_spool_emit_written_records_total)" = "2 2" ]
	in_balance
	[ "$(grep -c '^# TYPE' s.prom)" = "$(grep '^# TYPE' s.prom | sort -u | wc -l)" ]
}

@test "stats: a file that cannot be written ends each with 74" {
	for verb in push emit ack; do
		run -74 rx-spool $verb --stats no/s.prom q.db </dev/null
		[[ "${lines[-1]}" == "rx-spool: fatal: no/s.prom: unable to write: No such file or directory" ]]
	done
}

@test "config: HUP reads it again, a lane that is full then has room" {
	bounds() { echo "{\"spool\":{\"lanes\":{\"error\":{\"max_records\":$1}}}}" >new && mv new c.json; }
	bounds 2
	mkfifo pipe
	rx-spool push --unmarked -c c.json --linger 0 q.db error <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	printf '{"n":%d}\n' 1 2 >&4
	there() { [ "$(stat_of error .pending 2>/dev/null)" = "$1" ]; }
	soon there 2
	printf '{"n":%d}\n' 3 >&4
	soon grep -q 'is full' err
	# What is wrong changes nothing, and is told.
	echo '{"spool":{"lanes":{"error":{"max_records":-1}}}}' >c.json
	kill -HUP $pid
	soon grep -q 'c.json:1:.*: the bounds stay as they were' err
	there 2
	bounds 3
	kill -HUP $pid
	soon there 3
	grep -q 'rx-spool: c.json is read again' err
	[ "$(stat_of error .max_records)" = 3 ]
	exec 4>&-
	wait $pid
}

@test "config: all caps count, those of the names of R-40 and of the command line too (R-15, R-46)" {
	check() { rx-spool push --check -c c.json "$@"; }
	echo '{"spool":{"lanes":{"telemetry":{"preset":"telemetry"}}},"messaging":{"rabbitmq":{"queue":"error_logs_queue","retry_enabled":true,"max_retries":10,"queue_max_size":5000}}}' >c.json
	run -0 check q.db error
	run -0 check q.db telemetry
	sed -i 's/5000/9001/' c.json
	run -78 check q.db telemetry
	[[ "$output" == *"max_records of all lanes is more than max_queue_size 10000" ]]
	run -78 check q.db error
	sed -i 's/9001/5000/' c.json
	run -0 check --max-records 4000 q.db third
	run -78 check --max-records 4001 q.db third
	# An option stands for what the file has.
	run -78 check --max-records 9001 q.db error
	run -0 check --max-records 9000 q.db error
	run -0 check --preset error q.db error
}

@test "stats: promtool finds nothing to say of them, nor of stat" {
	need promtool
	printf '{"n":%d}\n' 1 2 | rx-spool --stats s.prom q.db >out
	grep -v '^process_\|_info' s.prom | promtool check metrics
	rx-spool stat --prometheus q.db | promtool check metrics
	echo "rx_bad" >bad
	run ! promtool check metrics <bad
}
