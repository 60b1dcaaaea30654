# SPDX-License-Identifier: MIT
# X-63: signals that nobody should send, to every stage, under load.
# RX_SECONDS=60 storms for a minute.

setup() { load helper; }
teardown() { jobs -p | xargs -r kill 2>/dev/null || :; }

# storm SECONDS PID...: each of them gets about a thousand signals a second.
storm() {
	python3 - "$@" <<-'X'
		import os, random, signal, sys, time
		kinds = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD,
		         signal.SIGALRM, signal.SIGWINCH, signal.SIGCONT, signal.SIGPIPE]
		pids, end, sent = [int(p) for p in sys.argv[2:]], time.monotonic() + float(sys.argv[1]), 0
		while time.monotonic() < end:
		    for pid in pids:
		        os.kill(pid, random.choice(kinds))
		        sent += 1
		    time.sleep(.001)
		print(sent)
	X
}

@test "signals: a storm of them to every stage under load loses nothing, and TERM ends it (X-63)" {
	: >a.log
	rx-spool claim q.db main >claim
	mkfifo one two
	rx-tail --resume claim a.log >one 2>tail.err 3>&- &
	tail=$!
	rx-match -q -v -e 'never there' <one >two 2>match.err 3>&- &
	match=$!
	rx-spool push q.db main <two 2>push.err 3>&- &
	push=$!
	soon grep -q claimed push.err || soon test -s q.db
	(for n in $(seq 1 400); do seq $((n * 50 - 49)) $((n * 50)) | sed 's/.*/line & of many/' >>a.log; done) 3>&- &
	writer=$!
	[ "$(storm "${RX_SECONDS:-2}" $tail $match $push)" -gt 500 ]
	wait $writer
	all() { [ "$(sqlite3 -readonly q.db "SELECT COUNT(*) FROM queue")" -ge 20000 ]; }
	RX_PATIENCE=30 soon all
	kill $tail $match $push
	wait $tail && wait $match && wait $push
	sqlite3 -readonly q.db "SELECT json_extract(payload, '$.log_line') FROM queue" | sort >stored
	cmp stored <(seq 1 20000 | sed 's/.*/line & of many/' | sort)
}

@test "signals: the other stages outlive them too (X-63)" {
	rx-metrics --interval 1s >samples 2>err1 3>&- &
	one=$!
	mkfifo in
	rx-alert <in >alerts 2>err2 3>&- &
	two=$!
	exec 8>in
	rx-serve --control-port 0 --ws-port 0 --telemetry-ws-port 0 --logs 'sleep 60' 2>err3 3>&- 8>&- &
	three=$!
	mkfifo given
	rx-ship file:out <given 2>err4 3>&- 8>&- &
	four=$!
	exec 9>given
	echo '{"n":1}' >&9
	soon test -s out
	soon test -s samples
	soon grep -q 127.0.0.1 err3
	[ "$(storm 1 $one $two $three $four)" -gt 100 ]
	kill -0 $one && kill -0 $two && kill -0 $three && kill -0 $four
	exec 8>&- 9>&-
	kill $one $three
	wait $one
	wait $two
	wait $three
	wait $four
	[ "$(cat out)" = '{"n":1}' ]
}

@test "signals: a write without a reader still ends a filter in silence (X-16)" {
	yes 'ERROR x' | head -100000 >a.log
	set +o pipefail
	rx-tail --once a.log 2>err | head -1 >first
	[ "${PIPESTATUS[0]}" = 141 ]
	[ ! -s err ]
}
