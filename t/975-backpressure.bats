# SPDX-License-Identifier: MIT
# X-17: the last stage stands still and everything waits, in little memory.
# RX_FULL=1 lets five million lines wait for a minute.

setup() { load helper; }
teardown() { jobs -p | xargs -r kill -CONT 2>/dev/null; jobs -p | xargs -r kill 2>/dev/null || :; }

resident() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; } # of a hundredth of a second
# still PID: it took no processor time for a fifth of a second.
still() {
	local before
	before=$(ticks "$1")
	sleep .2 # is what is measured
	[ "$(ticks "$1")" = "$before" ]
}

@test "backpressure: behind a stage that stands still all wait, in little memory, and TERM ends one that waits (X-17)" {
	can_limit_memory # the sanitizers take memory of their own
	lines=300000 seconds=2
	[ -z "${RX_FULL:-}" ] || lines=5000000 seconds=60
	seq $lines | sed 's/.*/2026-01-05T10:00:00Z ERROR line & of many/' >a.log
	rx-spool claim q.db main >claim
	mkfifo one two
	rx-tail --resume claim --from start a.log >one 2>tail.err 3>&- &
	tail=$!
	rx-match --drain 2s -q -k <one >two 2>match.err 3>&- &
	match=$!
	rx-spool push q.db main <two 2>push.err 3>&- &
	push=$!
	some() { [ "$(sqlite3 -readonly q.db 'SELECT COUNT(*) > 0 FROM queue')" = 1 ]; }
	soon some
	kill -STOP $push
	RX_PATIENCE=30 soon still $tail
	RX_PATIENCE=30 soon still $match
	for pid in $tail $match $push; do
		before[pid]=$(resident $pid) cpu[pid]=$(ticks $pid)
	done
	sleep $seconds # is what is measured
	for pid in $tail $match $push; do
		[ $(($(resident $pid) - before[pid])) -lt 8192 ]
		[ $(($(ticks $pid) - cpu[pid])) -le $((seconds + 1)) ] # 1 % and one
	done
	kill $match
	began=$SECONDS
	soon gone $match
	[ $((SECONDS - began)) -le 4 ]
	kill -CONT $push
	# Where it was ended the next run goes on: each line once.
	wait $push || :
	RX_PATIENCE=20 soon gone $tail
	rx-spool claim q.db main >claim
	rx-tail --once --resume claim --from start a.log 2>>tail.err | rx-match -q -k | rx-spool push q.db main 2>>push.err
	[ "$(sqlite3 -readonly q.db 'SELECT COUNT(*), COUNT(DISTINCT json_extract(payload, "$.log_line")) FROM queue')" = "$lines|$lines" ]
}
