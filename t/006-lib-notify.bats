# SPDX-License-Identifier: MIT
# lib/notify: what a service manager hears of each tool
# (not tested here: a real one, see 870)

setup() {
	load helper
	python3 "$RX_TOP/t/stub/notify.py" "$PWD/socket" >heard 3>&- &
	ear=$!
	soon has heard 1
}
teardown() { kill -CONT ${tool:+"$tool"} 2>/dev/null; kill "$ear" ${tool:+"$tool"} 2>/dev/null || :; }
heard() { grep -q -- "$1" heard; }
# managed COMMAND...: in a process that is for it, as by a manager who waits 300
# ms for a sign of life.
managed() {
	exec env NOTIFY_SOCKET="$PWD/socket" WATCHDOG_USEC=300000 "$@" 3>&-
}
beats() { [ "$(grep -c '^WATCHDOG=1' heard)" -ge "$1" ]; }

# one COMMAND...: ready when its loop turns, alive, reloaded, stopping.
one() {
	: >heard
	managed "$@" <in >out 2>err &
	tool=$!
	exec 4>in
	soon heard '^READY=1$'
	soon beats 2
	heard '^STATUS=.'
	case $1 in
	rx-match | rx-alert | rx-ship | rx-serve) # these have something to read again
		kill -HUP "$tool"
		soon heard '^RELOADING=1$'
		soon heard '^MONOTONIC_USEC=[0-9]'
		soon eval '[ "$(grep -c ^READY=1 heard)" = 2 ]'
		;;
	esac
	kill -TERM "$tool"
	soon heard '^STOPPING=1$'
	exec 4>&-
	soon gone "$tool"
	wait "$tool"
}

@test "notify: every tool tells that it is ready, lives, reads again and ends" {
	mkfifo in
	echo '{"old":"keep"}' >rules.json
	: >log
	one rx-tail log
	heard '^STATUS=loop started: 1 files, 1 open$'
	one rx-match
	heard '^STATUS=0 lines read.* 0.0 lines/s$'
	one rx-metrics -i 1s
	one rx-metrics --heartbeat 1s
	one rx-alert
	one rx-spool push --unmarked q.db
	grep -x 'rx-spool: queue opened: q.db, lane main' err
	one rx-spool emit q.db
	one rx-spool ack q.db
	one rx-spool q.db
	one rx-ship file:delivered
	grep -x 'rx-ship: sender ready: file:delivered' err
	one rx-serve --control-port 0 --ws-port 0
}

@test "notify: who waits for a reader that does not read is alive all the same, who hangs is not" {
	seq 400000 >log
	mkfifo pipe
	managed rx-tail --from start log >pipe 2>err &
	tool=$!
	exec 4<pipe
	soon heard '^READY=1$'
	soon beats 3
	# Nothing was read: its pipe is full, and the rest waits.
	kill -STOP "$tool"
	was=$(grep -c '^WATCHDOG=1' heard)
	sleep .3 # more than two beats are apart
	[ "$(grep -c '^WATCHDOG=1' heard)" = "$was" ]
	kill -CONT "$tool"
	soon beats $((was + 1))
	head -n 400000 <&4 | tail -n 1 | grep -F '"log_line":"400000"'
	exec 4<&-
}

@test "notify: the manager's variables are not the children's, and without it all is quiet" {
	echo error >log
	NOTIFY_SOCKET=@none-$$ run -0 rx-match --via 'env >environment; cat' <log
	[ "$(grep -c 'NOTIFY\|WATCHDOG' environment)" = 0 ]
	run -0 --separate-stderr rx-tail --once log
	[ "$stderr" = "" ]
	# Of another process, and in no form.
	NOTIFY_SOCKET=$PWD/socket WATCHDOG_PID=1 WATCHDOG_USEC=1000 run -0 rx-spool push --unmarked q.db </dev/null
	NOTIFY_SOCKET=relative run -0 rx-spool push --unmarked q.db </dev/null
	heard '^READY=1$'
	[ "$(grep -c '^WATCHDOG' heard)" = 0 ]
}

@test "notify: the status line tells of a second, and events are told where RX_EVENTS asks" {
	mkfifo in
	managed rx-spool push --unmarked q.db <in 2>err &
	tool=$!
	exec 4>in
	seq -f '{"a":%.0f}' 100 >&4
	soon heard 'STATUS=100 records stored in .* commits.* [0-9.]* records/s$'
	grep -x 'rx-spool: first record stored' err
	exec 4>&-
	soon gone "$tool"
	echo '{}' >record
	RX_EVENTS=1 run -0 rx-ship file:delivered <record
	[ "$output" = "rx-ship: sender ready: file:delivered
rx-ship: loop started
rx-ship: first record delivered" ]
}
