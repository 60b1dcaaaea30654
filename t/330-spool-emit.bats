# SPDX-License-Identifier: MIT
# rx-spool emit: what goes out, when, how much at a time.
setup() {
	load helper
	load spool
	need sqlite3
}

fill() { # N [LANE]
	seq 1 "$1" | sed 's/.*/{"n":&}/' | rx-spool push --unmarked q.db "${2:-main}"
}

# out FILE N: has N records behind the open line.
out() { [ -f "$1" ] && [ "$(tail -n +2 "$1" | wc -l)" = "$2" ]; }

@test "emit: open first, then each record with its delivery in place of _rx" {
	echo '{"_rx":{"s":"abcdefghijklmnop","o":512,"e":577},"log_line":"x"}' |
		rx-spool push --unmarked q.db
	run -0 rx-spool emit --once q.db
	[ "${lines[0]}" = "{\"_rx\":{\"k\":\"open\",\"v\":1,\"sp\":\"$(sql 'SELECT uuid FROM spool')\",\"ep\":1}}" ]
	[ "${lines[1]}" = '{"_rx":{"id":"abcdefghijklmnop:200","tag":1,"ep":1,"at":0},"log_line":"x"}' ]
	run -0 rx-spool emit --once q.db
	[ "$(jq ._rx.ep <<<"${lines[1]}")" = 2 ]
}

@test "emit: a stored record too long to be delivered becomes a dead letter" {
	printf '%s\n' '{"n":1}' | rx-spool push --unmarked q.db
	printf '%s\n' '{"n":2}' | rx-spool push --unmarked q.db
	printf '%s\n' '{"n":3}' | rx-spool push --unmarked q.db
	sql "UPDATE segment SET body = '[{\"a\":\"' ||
		replace(hex(zeroblob(524284)), '00', 'xx') || '\"}]', sum = NULL WHERE seg = 2"
	emitted main >out 2>err
	[ "$(jq -c .n out | paste -sd,)" = 1,3 ]
	[[ "$(cat err)" == "rx-spool: warning: record "*" is too long to be delivered: to the dead letters" ]]
	[ "$(sql 'SELECT id, reason FROM dead_letters')" = '1|too long to be delivered' ]
	[ "$(stat_of main .dead)" = 1 ]
	balanced main
	emitted main >out 2>err
	[ ! -s err ]
	[ "$(wc -l <out)" = 2 ]
}

@test "emit: naming the oldest, it finds the segment at hand settled" {
	sanitized && skip "the clock is preloaded"
	need cc
	# A minute passes in half a second.
	cat >clock.c <<-'C'
	#define _GNU_SOURCE
	#include <sys/syscall.h>
	#include <time.h>
	#include <unistd.h>
	int clock_gettime(clockid_t id, struct timespec *t) {
		long r = syscall(SYS_clock_gettime, id, t);
		if (id == CLOCK_MONOTONIC) {
			long long ns = (t->tv_sec * 1000000000LL + t->tv_nsec) % 100000000000000LL * 40;
			t->tv_sec = ns / 1000000000;
			t->tv_nsec = ns % 1000000000;
		}
		return (int)r;
	}
	C
	cc -shared -fPIC -o clock.so clock.c
	echo '{"n":1}' | rx-spool push --unmarked q.db
	echo '{"n":2}' | rx-spool push --unmarked q.db
	emitted main >old
	LD_PRELOAD=./clock.so rx-spool emit --inflight 1 q.db >out 2>err 3>&- &
	pid=$!
	soon has out 2
	sed -n 2p old | outcomes ok | rx-spool ack q.db
	soon has err 1
	[[ "$(cat err)" == *"none was settled for a minute; the oldest is "* ]]
	sed -n 1p old | outcomes ok | rx-spool ack q.db
	echo '{"n":3}' | rx-spool push --unmarked q.db
	soon has out 3
	[ "$(tail -n +2 out | jq -c .n | paste -sd,)" = 1,3 ]
	kill $pid
	wait $pid
}

@test "emit: records come oldest first, the id of each is the same every time" {
	fill 5000
	emitted main >one
	emitted main >two
	jq .n one | cmp - <(seq 1 5000)
	cmp <(jq -r ._rx.id one) <(jq -r ._rx.id two)
	[ "$(jq -r ._rx.id one | sort -u | wc -l)" = 5000 ]
}

@test "emit: no more than --inflight are out, an ack lets the next go" {
	fill 100
	rx-spool emit --inflight 7 q.db >out 3>&- &
	pid=$!
	soon out out 7
	tail -n +2 out | head -2 | outcomes ok | rx-spool ack q.db
	soon out out 9
	tail -n +6 out | outcomes ok | rx-spool ack q.db
	soon out out 14
	jq -r 'select(.n).n' out | cmp - <(seq 1 14)
	# The four that go out now are in flight; nothing more may come.
	[ "$(stat_of main .pending)" = 93 ]
	kill $pid
	wait $pid
}

@test "emit: a retry that is due while --inflight is full costs no processor time" {
	fill 3
	rx-spool emit --inflight 2 q.db >out 3>&- &
	pid=$!
	soon out out 2
	sed -n 2p out | outcomes retry busy | rx-spool ack q.db
	soon out out 3
	sql 'UPDATE retry SET not_before_ms = 1'
	rx-spool claim q.db other >claim # of which emit has word at once
	ticks() { awk '{ print $14 + $15 }' /proc/$pid/stat; }
	before=$(ticks)
	sleep 1 # what is measured is what a second of waiting costs
	[ $(($(ticks) - before)) -lt 10 ]
	sed -n 3p out | outcomes ok | rx-spool ack q.db
	soon out out 4
	[ "$(sed -n 5p out | jq -c '[._rx.at, .n]')" = '[1,1]' ]
	kill $pid
	wait $pid
}

@test "emit: a record goes out as soon as it is stored" {
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon out out 0
	fill 1
	soon out out 1
	fill 2
	soon out out 3
	kill $pid
	wait $pid
}

@test "emit: an emit that was killed lets the next begin with all that is unsettled" {
	fill 50
	rx-spool emit --inflight 20 q.db >one 3>&- &
	pid=$!
	soon out one 20
	tail -n +2 one | head -5 | outcomes ok | rx-spool ack q.db
	kill -9 $pid
	wait $pid || :
	emitted main >two
	jq .n two | cmp - <(seq 6 50)
}

@test "emit: a second emit of a lane ends with 75, of another lane it runs" {
	fill 1 a
	fill 1 b
	rx-spool emit q.db a >out 3>&- &
	pid=$!
	soon out out 1
	run -75 rx-spool emit --once q.db a
	[ "$output" = "rx-spool: fatal: lane a of q.db is being emitted by another process" ]
	run -0 rx-spool emit --once q.db b
	kill $pid
	wait $pid
}

@test "emit: lanes do not mix" {
	fill 3 a
	fill 2 b
	fill 3 a
	emitted a | jq .n | paste -sd, >a
	emitted b | jq .n | paste -sd, >b
	[ "$(cat a b)" = $'1,2,3,1,2,3\n1,2' ]
}

@test "emit: a reader that leaves ends it by SIGPIPE, idle or busy, in silence" {
	fill 20000
	set +e
	rx-spool emit --inflight 100000 q.db 2>err | head -1 >out
	rc=("${PIPESTATUS[@]}")
	set -e
	[ "${rc[0]}" = 141 ]
	[ ! -s err ]
	mkfifo pipe
	rx-spool emit q.db other >pipe 2>err 3>&- &
	pid=$!
	exec 4<pipe
	read -r line <&4
	exec 4<&-
	soon gone $pid
	status_=0
	wait $pid || status_=$?
	[ "$status_" = 141 ]
	[ ! -s err ]
}

@test "emit: full and closed standard output end it with 74" {
	fill 1
	run -74 bash -c 'rx-spool emit --once q.db >/dev/full'
	[[ "$output" == "rx-spool: fatal: unable to write stdout: No space left on device" ]]
	run -74 bash -c 'rx-spool emit --once q.db >&-'
	run -74 bash -c 'rx-spool stat q.db >/dev/full'
	run -74 bash -c 'rx-spool claim c.db >/dev/full'
}

@test "emit: TERM ends it, idle and with a reader that does not read" {
	fill 20000
	mkfifo pipe
	rx-spool emit q.db idle >/dev/null 3>&- &
	pid=$!
	soon test -e q.db.emit-idle
	kill $pid
	wait $pid
	rx-spool emit --inflight 100000 --drain 200ms q.db >pipe 2>err 3>&- &
	pid=$!
	exec 4<pipe
	read -r line <&4
	kill $pid
	rc=0
	wait $pid || rc=$?
	exec 4<&-
	# 0: it was told between two writes; 75: in one, which --drain ended.
	[ "$rc" = 0 ] || [ "$rc" = 75 ]
}

@test "emit: --once with nothing in the lane says open and ends" {
	run -0 rx-spool emit --once q.db
	[ "${#lines[@]}" = 1 ]
}

@test "emit: a backlog larger than its memory is streamed" {
	limit=16384
	! sanitized || limit=$((16 * limit)) # their shadow and quarantine
	export limit
	python3 -c 'for i in range(300000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' |
		rx-spool push --unmarked --max-bytes 0 --sync normal q.db
	python3 - <<-'P'
	import os, resource, subprocess
	p = subprocess.Popen(["rx-spool", "emit", "--once", "--inflight", "1000000",
	    "q.db"], stdout=subprocess.PIPE)
	n = sum(1 for line in p.stdout) - 1
	assert p.wait() == 0 and n == 300000, n
	rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	print(rss)
	assert rss < int(os.environ["limit"]), rss
	P
}
