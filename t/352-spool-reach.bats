# SPDX-License-Identifier: MIT
# rx-spool: what an emit has written is dropped by no policy, whoever emits now.
setup() {
	load helper
	load spool
	need sqlite3
}

numbers() { seq "$1" "$2" | sed "s/.*/{\"n\":&}/"; }
there() { sql "SELECT group_concat(json_extract(payload, '\$.n')) FROM (SELECT payload FROM queue ORDER BY id)"; }
push() { rx-spool push -q --unmarked "$@"; }

# emit_some N INFLIGHT: an emit that writes N records and is killed.
emit_some() {
	rx-spool emit --inflight "$2" q.db >out 3>&- &
	pid=$!
	soon has out $(($1 + 1))
	kill -9 $pid
	wait $pid || :
}

# held: keeps q.db.emit-main as an emit that was stopped does, until EOF.
held() {
	python3 -c '
import fcntl, struct, sys
f = open("q.db.emit-main", "r+b")
F_OFD_SETLK = 37
fcntl.fcntl(f, F_OFD_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0))
open("is-held", "w")
sys.stdin.read()'
}

@test "reach: what a former emit wrote is not dropped while the next has not come so far" {
	numbers 1 10 | push q.db
	emit_some 10 10
	tail -n +2 out | head -10 >former
	emit_some 2 2
	numbers 11 20 | push --max-records 5 --full oldest q.db
	[ "$(there)" = 1,2,3,4,5,6,7,8,9,10 ]
	# Its sink may still speak for them: none has become a letter.
	outcomes ok <former | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.pending) \(.dropped)"')" = "10 0 10" ]
	[ "$(sql "SELECT group_concat(json_extract(record, '\$.n')) FROM (SELECT record FROM dead ORDER BY tag)")" = \
		11,12,13,14,15,16,17,18,19,20 ]
	[ "$(rx-spool stat --json q.db | jq .unknown)" = 0 ]
}

@test "reach: a retry that was out when its emit was killed is not dropped either" {
	numbers 1 2 | push q.db
	emit_some 2 5
	tail -n +2 out | outcomes retry busy | rx-spool ack q.db
	sql 'UPDATE retry SET not_before_ms = 1'
	emit_some 2 5 # both again
	[ "$(sql 'SELECT sum(out) FROM retry')" = 2 ]
	tail -n +2 out | head -2 >former
	emit_some 1 1
	[ "$(sql 'SELECT count(*), sum(out) FROM retry')" = "2|1" ]
	sql 'UPDATE segment SET stored_ms = 1000'
	push --max-age 1h q.db <<<'{"n":3}'
	[ "$(there)" = 1,2,3 ]
	outcomes ok <former | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.dropped)"')" = "2 0" ]
}

@test "reach: a refused record that waits may be too old" {
	numbers 1 2 | push q.db
	emit_some 2 5
	tail -n +2 out | head -1 | outcomes retry busy | rx-spool ack q.db
	sql 'UPDATE segment SET stored_ms = 1000'
	push --max-age 1h q.db <<<'{"n":3}'
	[ "$(there)" = 2,3 ]
	[ "$(sql 'SELECT why, attempts FROM dead')" = "dropped_age|1" ]
	balanced main
}

@test "reach: an emit file that outlived its database says nothing" {
	numbers 1 10 | push q.db
	emit_some 10 10
	rm q.db
	numbers 1 10 | push --max-records 5 --full oldest q.db
	[ "$(there)" = 6,7,8,9,10 ]
	emit_some 5 5
	numbers 11 12 | push --max-records 5 --full oldest q.db
	[ "$(there)" = 6,7,8,9,10 ]
}

@test "reach: an emit stopped while it looks holds up who drops, and nobody else" {
	numbers 1 5 | push q.db
	emit_some 3 3
	mkfifo hold
	held <hold 3>&- &
	holder=$!
	exec 4>hold
	soon test -e is-held
	numbers 6 9 | rx-spool push --unmarked --max-records 5 --full oldest q.db 2>err 3>&- 4>&- &
	pid=$!
	soon grep -q "rx-spool: warning: an emit of q.db does not go on: is it stopped?: waiting for room" err
	# The lock of the database is free between two looks.
	tail -n +2 out | head -1 | outcomes ok | timeout 5 rx-spool ack q.db
	[ "$(there)" = 2,3,4,5 ]
	exec 4>&-
	wait $holder
	wait $pid
	[ "$(there)" = 2,3,7,8,9 ]
	balanced main
}

@test "reach: tags that were rolled back and given to others bury the right records" {
	# Three of them are a segment, an eighth of --max-bytes.
	for n in {1..10}; do printf '{"n":%d,"pad":"%0300d"}\n' "$n" 0; done >in
	push q.db <<<'{"n":0}'
	emit_some 1 1
	mkfifo hold
	held <hold 3>&- &
	holder=$!
	exec 4>hold
	soon test -e is-held
	# Lane two has dropped already when main cannot, and all is taken back.
	rx-spool push --unmarked --max-bytes 8k --max-records 5 --full oldest --also two q.db <in 2>err 3>&- 4>&- &
	pid=$!
	soon grep -q "does not go on" err
	numbers 11 13 | push q.db three
	exec 4>&-
	wait $holder
	wait $pid
	left="SELECT group_concat(n) FROM (SELECT json_extract(payload, '\$.n') AS n FROM"
	[ "$(sql "$left dead_letters WHERE lane = 'two' ORDER BY n)")" = 1,2,3,4,5 ]
	[ "$(sql "$left two_queue ORDER BY id)")" = 6,7,8,9,10 ]
	balanced two
	balanced main
}
