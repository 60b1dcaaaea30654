# SPDX-License-Identifier: MIT
# rx-ship --ack: what rx-ship and rx-spool ack do between them, in one process
setup() {
	load helper
	load spool
	load ship
	need sqlite3
}
teardown() { stop_stub; }

fill() { # N [DB]
	seq 1 "$1" | sed 's/.*/{"n":&,"log_line":"line & error"}/' |
		rx-spool push --unmarked "${2:-q.db}"
}

drained() { [ "$(stat_of main .pending)" = 0 ]; }
sent() { sed -n 's/^publish [0-9]* \([^ ]*\) .*"n":\([0-9]*\),.*/\1 \2/p' stub.log; }

# what DB: all that its tables say of outcomes, times apart.
what() {
	sqlite3 "$1" 'SELECT id, retry_count FROM queue ORDER BY id' \
		'SELECT id, lane, reason, attempts, payload FROM dead_letters'
	rx-spool stat --json "$1" | jq -c '[.unknown, (.lanes[] |
		[.stored, .acked, .dead, .retried, .repeated, .mismatched, .stale])]'
}

@test "ship --ack: a spool into a file, each record once, stdout says nothing" {
	fill 20000
	mkdir elsewhere
	rx-spool emit --once q.db | rx-ship --ack q.db file:elsewhere/out >said
	[ ! -s said ]
	jq .n elsewhere/out | cmp - <(seq 1 20000)
	[ "$(stat_of main '"\(.acked) \(.pending) \(.repeated)"')" = "20000 0 0" ]
	balanced main
}

@test "ship --ack: a log through the short form, no verb and one process less" {
	seq -f 'error %g' 1 5000 >app.log
	rx-tail --once app.log | rx-match -k | rx-spool q.db |
		rx-ship --ack q.db file:out
	jq -r .log_line out | cmp - app.log
	[ "$(stat_of main '"\(.stored) \(.acked) \(.pending)"')" = "5000 5000 0" ]
}

@test "ship --ack: a record is settled while the input is idle" {
	mkfifo pipe
	rx-spool emit q.db >pipe 3>&- &
	emit=$!
	rx-ship --ack q.db file:out <pipe 2>err 3>&- &
	ship=$!
	soon test -s q.db
	fill 1
	fill 2
	one() { [ "$(stat_of main .acked 2>/dev/null)" = 3 ]; }
	soon one
	kill -USR1 $ship
	soon grep -Eq '^rx-ship: [1-3] outcomes settled in [1-3] commits$' err
	kill $emit
	wait $emit
	wait $ship
	[ "$(stat_of main '"\(.acked) \(.pending)"')" = "3 0" ]
}

@test "ship --ack: retry, reject and the last attempt end as with rx-spool ack" {
	local behaviour attempts
	for behaviour in nack return; do
		for attempts in 1 2; do
			stub $behaviour 'line 7 error'
			RX_URL=$(stub_url)
			export RX_URL
			rm -f q.db*
			fill 20
			rx-spool emit --once q.db |
				rx-ship -q --ack q.db --max-attempts $attempts
			what q.db >one
			rm -f q.db*
			fill 20
			rx-spool emit --once q.db | rx-ship -q |
				rx-spool ack --max-attempts $attempts q.db
			what q.db | diff one -
			mv one $behaviour.$attempts
			stop_stub
		done
	done
	dead='1|main|%s|1|{"n":7,"log_line":"line 7 error"}\n[0,[20,19,1,%d,0,0,0]]\n'
	# shellcheck disable=SC2059
	{
		diff nack.1 <(printf "$dead" nack 1)
		diff nack.2 <(printf '7|1\n[0,[20,19,0,1,0,0,0]]\n')
		diff return.1 <(printf "$dead" 'unroutable: 312 NO_ROUTE' 0)
		diff return.2 return.1
	}
}

# locked OPTION ...: rx-ship has settled the first of three records, and two
# more are in the file; but somebody holds the lock of the spool, by fd 5.
locked() {
	fill 3
	rx-spool emit --once q.db >in
	mkfifo pipe
	rx-ship --ack q.db "$@" file:out <pipe 2>err 3>&- &
	SHIP=$!
	exec 4>pipe
	head -n 2 in >&4
	one() { [ "$(stat_of main .acked)" = 1 ]; }
	soon one
	exec 5<q.db.lock
	flock 5
	tail -n 2 in >&4
	exec 4>&-
	soon has out 3
}

@test "ship --ack: an outcome that cannot be settled yet is held, and settled at last" {
	locked
	soon grep -q 'unable to settle outcomes, holding on: q.db.lock is held' err
	[ "$(stat_of main .pending)" = 2 ]
	flock -u 5
	wait $SHIP
	drained
}

@test "ship --ack: TERM while the spool is locked ends it within --drain, with 75" {
	locked --drain 300ms
	kill $SHIP
	status=0; wait $SHIP || status=$?
	flock -u 5
	[ $status -eq 75 ]
	[ "$(stat_of main .pending)" = 2 ]
	rx-spool emit --once q.db | rx-ship -q --ack q.db file:out
	drained
}

@test "ship --ack: what another spool emitted is not delivered, and ends it with 65" {
	fill 1
	fill 2 other.db
	rx-spool emit --once other.db >in
	run -65 rx-ship --ack q.db file:out <in
	[[ $output == *"line 1: comes from another spool than --ack names"* ]]
	[ ! -e out ]
	[ "$(stat_of main '"\(.acked) \(.pending)"')" = "0 1" ]
}

@test "ship --ack: a file that is no spool is refused, by --check too; none is made" {
	echo text >text
	run -65 rx-ship --ack text file:out </dev/null
	run -65 rx-ship --check --ack text file:out
	run -0 rx-ship --check --ack none.db file:out
	[ ! -e none.db ]
	[ "$(cat text)" = text ]
}

@test "ship --ack: killed at any point, all is settled once, repeats keep their ids" {
	[ -x "$RX_CRASH_BIN/rx-ship" ] || skip "no tools with crash points"
	fill 400
	stub ack
	RX_URL=$(stub_url)
	export RX_URL
	local point n
	for point in ship.sent ship.confirmed ack.precommit ack.postcommit; do
		for n in 1 2 7; do
			rx-spool emit --inflight 20 --once q.db 3>&- |
				RX_CRASH=$point:$n "$RX_CRASH_BIN/rx-ship" -q --ack q.db ||
				[ "${PIPESTATUS[1]}" -eq 137 ]
		done
	done
	[ "$(stat_of main .pending)" -gt 0 ]
	rx-spool emit --once q.db | rx-ship -q --ack q.db
	drained
	[ "$(stat_of main '"\(.acked) \(.mismatched)"')" = "400 0" ]
	balanced main
	# Each of the 400 arrived, under one id; a kill costs at most what was in flight.
	sent >got
	[ "$(sort -u got | wc -l)" -eq 400 ]
	cut -d' ' -f2 got | sort -nu | cmp - <(seq 1 400)
	[ "$(wc -l <got)" -gt 400 ]
	[ "$(wc -l <got)" -le $((400 + 12 * 20)) ]
}

@test "ship --ack: kill -9 in mid-stream, again and again, loses nothing" {
	fill 20000
	local round want=0
	touch out
	grown() { [ "$(wc -l <out)" -ge $want ]; }
	for round in 1 2 3 4 5; do
		want=$(($(wc -l <out) + 1500))
		mkfifo pipe.$round
		rx-spool emit --once --inflight 500 q.db >pipe.$round 3>&- &
		emit=$!
		rx-ship --ack q.db --window 200 file:out <pipe.$round 3>&- 2>>err &
		ship=$!
		soon grown
		kill -9 $ship
		wait $ship || [ $? -eq 137 ]
		wait $emit || :
	done
	[ "$(stat_of main .pending)" -gt 0 ]
	rx-spool emit --once q.db | rx-ship -q --ack q.db file:out
	drained
	balanced main
	jq .n out | sort -nu | cmp - <(seq 1 20000)
	[ "$(wc -l <out)" -le $((20000 + 5 * 500)) ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}
