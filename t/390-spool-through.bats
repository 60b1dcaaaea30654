# SPDX-License-Identifier: MIT
# rx-spool without a verb: stores standard input, writes what is stored, and
# learns from the database what others have settled.
setup() {
	load helper
	load spool
	need sqlite3
}

numbers() { seq 1 "$1" | sed 's/.*/{"n":&}/'; }

# out FILE N: has N records behind the open line.
out() { [ -f "$1" ] && [ "$(tail -n +2 "$1" | wc -l)" = "$2" ]; }

# stored N: so many are in the spool, and not settled.
stored() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" = "$1" ]; }

# settle: outcomes ok for all that comes, as it comes.
settle() {
	jq -c --unbuffered 'select(._rx.k == null) |
		{_rx: ({k: "out"} + (._rx | {id, tag, ep}) + {st: "ok", why: ""})}' |
		rx-spool ack q.db
}

@test "through: records are stored and come out, open first, in order, with their delivery" {
	numbers 3 >in
	run -0 --separate-stderr rx-spool q.db <in
	[ -z "$stderr" ]
	[ "${#lines[@]}" = 4 ]
	[ "${lines[0]}" = "{\"_rx\":{\"k\":\"open\",\"v\":1,\"sp\":\"$(sql 'SELECT uuid FROM spool')\",\"ep\":1}}" ]
	ids=$(sql 'SELECT ids FROM segment')
	[ "${lines[3]}" = "{\"_rx\":{\"id\":\"$ids.3\",\"tag\":3,\"ep\":1,\"at\":0},\"n\":3}" ]
	stored 3
	[ "$(stat_of main .kind)" = unmarked ]
}

@test "through: what nobody acknowledged comes again at the next start, before the new" {
	numbers 3 | rx-spool q.db web >one
	head -2 one | tail -1 | outcomes ok | rx-spool ack q.db
	echo '{"n":4}' | rx-spool q.db web >two
	[ "$(jq -r 'select(.n).n' two | paste -sd,)" = 2,3,4 ]
	[ "$(jq -r 'select(.n == 2)._rx.id' one two | sort -u | wc -l)" = 1 ]
	run -0 rx-spool q.db web </dev/null
	[ "${#lines[@]}" = 4 ]
}

@test "through: rx-spool ack behind it settles all, and each came out once" {
	numbers 20000 | rx-spool --inflight 100 q.db | tee out | settle
	jq -r 'select(.n).n' out | cmp - <(seq 1 20000)
	stored 0
	[ "$(stat_of main .acked)" = 20000 ]
	balanced main
}

@test "through: no more than --inflight are ever out, whoever settles and when" {
	python3 - <<-'P'
	import json, random, subprocess
	random.seed(3)
	INFLIGHT, N = 50, 3000
	spool = subprocess.Popen(["rx-spool", "--inflight", str(INFLIGHT), "q.db"],
	    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	ack = subprocess.Popen(["rx-spool", "ack", "q.db"], stdin=subprocess.PIPE)
	spool.stdin.write(b"".join(b'{"n":%d}\n' % i for i in range(N)))
	spool.stdin.close()
	out, told, seen = [], 0, []
	for line in spool.stdout:
	    r = json.loads(line)
	    if r["_rx"].get("k"):
	        continue
	    out.append(r["_rx"])
	    seen.append(r["n"])
	    # What was not even told to ack cannot be settled.
	    assert len(seen) - told <= INFLIGHT, (len(seen), told)
	    while len(seen) - told >= INFLIGHT - random.randrange(INFLIGHT):
	        rx = out.pop(random.randrange(len(out)))
	        told += 1
	        ack.stdin.write(json.dumps({"_rx": {"k": "out", "id": rx["id"],
	            "tag": rx["tag"], "ep": rx["ep"], "st": "ok", "why": ""}},
	            separators=(",", ":")).encode() + b"\n")
	        ack.stdin.flush()
	        if not out:
	            break
	assert spool.wait() == 0
	assert seen == list(range(N)), len(seen)
	ack.stdin.close()
	assert ack.wait() == 0
	left = int(subprocess.check_output(["sqlite3", "q.db",
	    "SELECT count(*) FROM queue"]))
	assert left == len(out), (left, len(out))
	P
}

@test "through: with nobody to acknowledge it ends as long as --inflight suffices" {
	numbers 7 | rx-spool --inflight 7 q.db >out
	out out 7
	run -0 rx-spool emit --once --inflight 7 q.db
	[ "${#lines[@]}" = 8 ]
}

@test "through: with --inflight full it waits at the end for somebody to settle" {
	numbers 5 >in
	rx-spool --inflight 3 q.db <in >out 3>&- &
	pid=$!
	soon out out 3
	soon stored 5
	kill -0 $pid
	tail -n +2 out | head -2 | outcomes ok | rx-spool ack q.db
	wait $pid
	[ "$(jq -r 'select(.n).n' out | paste -sd,)" = 1,2,3,4,5 ]
	stored 3
}

@test "through: a record comes out as soon as it is stored, while the input pauses" {
	mkfifo pipe
	rx-spool q.db <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	for n in 1 2 3; do
		echo "{\"n\":$n}" >&4
		soon out out $n
		stored $n
	done
	exec 4>&-
	wait $pid
}

@test "through: a reader that does not read holds up no storing" {
	mkfifo pipe
	# Of several lengths: the output fills up in the middle of each part.
	for len in 0 50 100 150; do
		python3 - $len >in <<-'P'
		import sys
		for i in range(10000):
		    print('{"n":%d,"t":"%s"}' % (i, "x" * int(sys.argv[1])))
		P
		rm -f q.db*
		rx-spool --inflight 100000 q.db <in >pipe 3>&- &
		pid=$!
		exec 4<pipe
		soon stored 10000
		kill -0 $pid
		# And when it reads, all of it comes.
		cat <&4 >out
		wait $pid
		exec 4<&-
		tail -n +2 out | jq .n | cmp - <(seq 0 9999)
	done
}

@test "through: a full lane goes on emitting, and reads on as others settle" {
	numbers 2000 | rx-spool --max-records 100 --batch 1 --inflight 30 q.db 2>err |
		tee out | settle
	jq -r 'select(.n).n' out | cmp - <(seq 1 2000)
	grep -q 'lane main of q.db is full: waiting for room' err
	stored 0
}

@test "through: a retry comes again in the same run, a reject does not" {
	mkfifo pipe
	rx-spool q.db <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	numbers 3 >&4
	soon out out 3
	tail -n +2 out | sed -n 1p | outcomes retry busy | rx-spool ack q.db
	tail -n +2 out | sed -n 2p | outcomes reject bad | rx-spool ack q.db
	soon out out 4
	exec 4>&-
	wait $pid
	[ "$(tail -1 out | jq -c '[.n, ._rx.tag, ._rx.at]')" = '[1,1,1]' ]
	[ "$(sql 'SELECT count(*) FROM dead_letters')" = 1 ]
}

@test "through: a stream beginning with begin is a marked lane, stored exactly once" {
	seq 1 300 | sed 's/$/ line/' >a.log
	PUSH=rx-spool run -0 marked web a.log
	[ "$(stat_of web .kind)" = marked ]
	[ "${#lines[@]}" = 301 ]
	lines_stored web a.log
	seq 301 400 | sed 's/$/ line/' >>a.log
	PUSH=rx-spool run -0 marked web a.log
	[ "${#lines[@]}" = 401 ]
	lines_stored web a.log
}

@test "through: a marked stream without its begin is broken, not unmarked" {
	echo line >a.log
	rx-spool claim q.db >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log | tail -n +2 >stream
	grep -q '"k":"mark"' stream
	grep '"k":"mark"' stream >marks
	run -65 rx-spool q.db <marks
	[[ "$output" == *"does not start with begin"* ]]
	stored 0
	# An unmarked lane stays one.
	numbers 1 | rx-spool q.db plain >out
	numbers 1 >in
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	rx-spool q.db web <stream >out
	run -65 rx-spool q.db web <in
	[[ "$output" == *"lane web of q.db is marked"* ]]
}

@test "through: a first line that is no record is refused, and what follows is unmarked" {
	printf '%s\n' oops '{"n":1}' >in
	run -1 --separate-stderr rx-spool q.db <in
	[ "${stderr_lines[0]}" = "rx-spool: warning: line 1 is no record: not a value at byte 0" ]
	[ "${#lines[@]}" = 2 ]
	[ "$(stat_of main .kind)" = unmarked ]
}

@test "through: no input leaves a lane that may become either" {
	run -0 rx-spool q.db </dev/null
	[ "${#lines[@]}" = 1 ]
	printf '{"n":1' | rx-spool q.db >out
	out out 0
	seq 1 5 >a.log
	PUSH=rx-spool run -0 marked main a.log
	lines_stored main a.log
}

@test "through: an older run is fenced with 75, a second one on the lane too" {
	seq 1 5 >a.log
	rx-spool claim q.db >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	rx-spool claim q.db >newer
	run -75 rx-spool q.db <stream
	[[ "$output" == *"fenced: "* ]]
	mkfifo pipe
	rx-spool q.db other <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	soon has out 1
	run -75 rx-spool q.db other </dev/null
	[ "$output" = "rx-spool: fatal: lane other of q.db is being emitted by another process" ]
	exec 4>&-
	wait $pid
}

@test "through: TERM ends it with 0, what was read is stored, half a line is not" {
	mkfifo pipe
	rx-spool --linger 60s --inflight 1 q.db <pipe >out 3>&- &
	pid=$!
	exec 4>pipe
	numbers 1 >&4
	soon out out 1
	{
		numbers 9
		printf '{"n":10'
	} >&4
	# Held back by --linger, not by the pipe.
	empty() { python3 -c 'import fcntl, struct, sys, termios
sys.exit(any(struct.unpack("i", fcntl.ioctl(4, termios.FIONREAD, b"\0" * 4))))'; }
	soon empty
	stored 1
	kill $pid
	wait $pid
	exec 4>&-
	stored 10
	out out 1
}

@test "through: a reader that leaves ends it by SIGPIPE, in silence" {
	mkfifo in outp
	rx-spool q.db <in >outp 2>err 3>&- &
	pid=$!
	exec 4>in 5<outp
	read -r line <&5
	exec 5<&-
	rc=0
	wait $pid || rc=$?
	exec 4>&-
	[ "$rc" = 141 ]
	[ ! -s err ]
	run -74 bash -c 'rx-spool q.db </dev/null >/dev/full'
}

@test "through: the output is left as it was given: a file's offset, a pipe's flags" {
	{
		echo first
		numbers 1 | rx-spool q.db
		echo last
	} >out
	[ "$(wc -l <out)" = 4 ]
	[ "$(sed -n '1p;$p' out | paste -sd,)" = first,last ]
	python3 - <<-'P'
	import fcntl, os, subprocess
	r, w = os.pipe()
	subprocess.run(["rx-spool", "q.db"], stdin=subprocess.DEVNULL, stdout=w, check=True)
	assert not fcntl.fcntl(w, fcntl.F_GETFL) & os.O_NONBLOCK
	P
}

@test "through: killed at any point, the next run stores each line once and emits it" {
	[ -x "$RX_CRASH_BIN/rx-spool" ] || skip "no build with crash points"
	seq 1 200 | sed 's/$/ line of a/' >a.log
	for point in push.insert push.precommit push.postcommit emit.row; do
		for n in 1 2 7 20; do
			rm -f q.db*
			rx-spool claim q.db web >claim
			python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
			rc=0
			RX_CRASH=$point:$n "$RX_CRASH_BIN/rx-spool" --linger 0 \
				--batch 1 q.db web <stream >one || rc=$?
			[ "$rc" = 137 ]
			PUSH=rx-spool marked web a.log >two
			lines_stored web a.log
			tail -n +2 two | jq -r .log_line | cmp - a.log
		done
	done
}

@test "through: a mistyped verb is no file, options stand where verbs have them" {
	run -64 rx-spool psuh q.db
	[[ "${lines[1]}" == "rx-spool: fatal: no verb psuh; if it is a file, say ./psuh" ]]
	[ ! -e psuh ]
	run -64 rx-spool
	run -64 rx-spool --once q.db
	run -64 rx-spool --full never q.db
	numbers 1 | rx-spool --sync normal ./spool >out
	[ -e spool ]
}

@test "through: USR1 tells the counters of both" {
	mkfifo pipe
	rx-spool q.db <pipe >out 2>err 3>&- &
	pid=$!
	exec 4>pipe
	numbers 2 >&4
	soon out out 2
	kill -USR1 $pid
	soon grep -q '2 records emitted, 2 in flight' err
	grep -q '2 records stored in 1 commits' err
	exec 4>&-
	wait $pid
}
