# SPDX-License-Identifier: MIT
# rx-spool: signals, options and versions; what every tool meets.
setup() {
	load helper
	load spool
	need sqlite3
}

@test "push: TERM ends it with 0, what was read and marked is stored" {
	seq 1 100 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	mkfifo pipe
	rx-spool push --linger 60s q.db web <pipe 3>&- &
	pid=$!
	exec 4>pipe
	cat stream >&4
	first() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" -ge 1 ]; }
	soon first
	kill $pid
	wait $pid
	exec 4>&-
	rx-spool claim q.db web >claim
	off=$(jq '._rx.pos[0].o' claim)
	[ "$(sql 'SELECT count(*) FROM queue')" = "$(head -c "$off" a.log | wc -l)" ]
	# And the next run completes it.
	run -0 marked web a.log
	lines_stored web a.log
}

@test "push: TERM while busy ends it with 0 and stores no line twice or in part" {
	mkfifo pipe
	rx-spool push --unmarked --batch 64k q.db <pipe 3>&- &
	pid=$!
	# Without an end: it is busy for as long as it takes.
	awk 'BEGIN { for (;;) printf "{\"n\":%d}\n", i++ }' >pipe 2>/dev/null 3>&- &
	writer=$!
	some() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" -ge 1 ]; }
	soon some
	kill $pid
	wait $pid
	wait $writer || :
	n=$(sql 'SELECT count(*) FROM queue')
	sql "SELECT json_extract(payload, '\$.n') FROM queue ORDER BY id" |
		cmp - <(seq 0 $((n - 1)))
}

@test "ack and emit: TERM while idle ends them with 0" {
	mkfifo pipe
	rx-spool ack q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	soon test -e q.db.lock
	kill $pid
	wait $pid
	exec 4>&-
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon has out 1
	kill $pid
	wait $pid
}

@test "spool: USR1 tells the counters and changes nothing" {
	mkfifo pipe
	rx-spool push --unmarked q.db <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"n":1}' >&4
	some() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" = 1 ]; }
	soon some
	kill -USR1 $pid
	soon grep -q '1 records stored in 1 commits' err
	exec 4>&-
	wait $pid
}

@test "spool: help and version of every verb are on stdout, status 0" {
	for verb in push claim emit ack stat query dead purge salvage; do
		run -0 --separate-stderr rx-spool $verb --help
		[[ "${lines[0]}" == "usage: rx-spool $verb "* ]]
		[ -z "$stderr" ]
		run -0 rx-spool $verb --version
		[[ "${lines[1]}" == "sqlite "* ]]
	done
	run -0 rx-spool --help
	run -0 rx-spool --version
}

@test "spool: an I/O error of the disk ends push with 74, and no more is written (X-23)" {
	can_trace
	seq 1 200 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	for k in 1 2 3 4 5 6; do
		rx-spool claim q.db web >claim
		python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
		rc=0
		strace -y -f -qq -o trace -e trace=fdatasync,fsync,pwrite64 \
			-e inject=fdatasync,fsync:error=EIO:when=$k \
			rx-spool push --linger 0 --batch 1 q.db web <stream 2>err || rc=$?
		grep -q INJECTED trace || break
		# SQLite does not care about the sync of the directory.
		grep INJECTED trace | grep -q 'q[.]db' || continue
		[ "$rc" = 74 ]
		grep -q 'fatal: unable to .* q.db' err
		# After the failed sync nothing goes to the database.
		[ -z "$(sed '1,/INJECTED/d' trace | grep pwrite64)" ]
	done
	[ "$k" -gt 2 ]
	run -0 marked web a.log
	lines_stored web a.log
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "spool: once its file is open it may not start programs nor talk to networks" {
	! sanitized || skip "sanitizer builds are not confined"
	mkfifo pipe
	rx-spool push --unmarked q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	echo '{}' >&4
	some() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" = 1 ]; }
	soon some
	grep -q 'NoNewPrivs:.1' /proc/$pid/status
	grep -q 'Seccomp:.2' /proc/$pid/status
	exec 4>&-
	wait $pid
}

@test "spool: memory does not grow with what it stores" {
	limit=24576
	! sanitized || limit=$((16 * limit)) # their shadow and quarantine
	export limit
	python3 - <<-'P'
	import os, resource, subprocess
	rec = b'{"t":"%s"}\n' % (b"x" * 280)
	p = subprocess.Popen(["rx-spool", "push", "--unmarked", "--max-bytes", "0",
	    "--sync", "normal", "q.db"], stdin=subprocess.PIPE)
	for _ in range(300): p.stdin.write(rec * 1000)
	p.stdin.close()
	assert p.wait() == 0
	rss = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
	print(rss)
	assert rss < int(os.environ["limit"]), rss
	P
	[ "$(stat_of main .stored)" = 300000 ]
}

@test "push, ack: at rest they sleep, without a look at the clock" {
	mkfifo p a
	rx-spool push q.db <p 3>&- &
	push=$!
	rx-spool ack q.db <a 3>&- &
	ack=$!
	exec 4>p 5>a
	asleep() { grep -q '^State:.S' "/proc/$1/status" && [ -e q.db ]; }
	slept() { sed -n 's/^voluntary_ctxt_switches:.//p' "/proc/$1/status"; }
	for pid in "$push" "$ack"; do
		soon asleep "$pid"
		# At rest is who has not woken for a second.
		at_rest() {
			was=$(slept "$pid")
			sleep 1.2 # the pause that is looked at
			[ "$(slept "$pid")" = "$was" ]
		}
		soon at_rest
	done
	exec 4>&- 5>&-
	wait "$push" "$ack"
}
