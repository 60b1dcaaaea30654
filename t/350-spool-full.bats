# SPDX-License-Identifier: MIT
# rx-spool with no room: a full lane, a full disk, a pinned log.
# (not tested: quotas, where they would have to be set up by root)
setup() {
	load helper
	load spool
	need sqlite3
}

count_is() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" = "$1" ]; }
said() { grep -q "$1" err; }

@test "push: a lane with --max-records full stops reading, and goes on after an ack" {
	mkfifo pipe
	rx-spool push --unmarked --max-records 5 --linger 0 q.db <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	for i in 1 2 3 4 5; do
		echo "{\"n\":$i}" >&4
		soon count_is $i
	done
	echo '{"n":6}' >&4
	soon said "lane main of q.db is full: waiting for room"
	count_is 5
	emitted main | head -2 | outcomes ok | rx-spool ack q.db
	soon count_is 4
	exec 4>&-
	wait $pid
	[ "$(sql "SELECT group_concat(json_extract(payload, '\$.n')) FROM main_queue")" = 3,4,5,6 ]
	balanced main
}

@test "push: --max-bytes bounds the lane; what is larger goes alone into an empty one" {
	python3 -c 'print("{\"t\":\"%s\"}" % ("x" * 30000))' >in
	rx-spool push --unmarked --max-bytes 10k q.db <in
	count_is 1
	rx-spool push --unmarked --max-bytes 10k q.db <in 2>err 3>&- &
	pid=$!
	soon said "is full"
	count_is 1
	emitted main | outcomes ok | rx-spool ack q.db
	wait $pid
	count_is 1
	[ "$(stat_of main '"\(.stored) \(.acked) \(.utilisation > 2)"')" = "2 1 true" ]
}

@test "push: TERM while the lane is full ends it with 75 and says what is lost" {
	rx-spool push --unmarked --max-records 1 q.db <<<'{"n":1}'
	(echo '{"n":2}'; exec sleep 60) 3>&- |
		rx-spool push --unmarked --max-records 1 q.db 2>err 3>&- &
	soon said "is full"
	pid=$(pgrep -P $$ -f "^rx-spool push" | head -1)
	pid=${pid:-$(pgrep -f "^rx-spool push --unmarked --max-records 1 q.db" | head -1)}
	kill "$pid"
	soon said "stopped while q.db is full: 1 records lost"
	count_is 1
}

@test "push: a marked lane that is full stores a mark's data whole or not at all" {
	seq 1 100 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 10 claim a.log >stream
	rx-spool push --max-records 35 --batch 1 q.db web <stream 2>err 3>&- &
	pid=$!
	soon said "lane web of q.db is full"
	count_is 30
	[ "$(sql 'SELECT off FROM source')" = "$(head -30 a.log | wc -c)" ]
	while ! gone $pid; do
		emitted web | tee -a got | outcomes ok | rx-spool ack q.db
	done
	wait $pid
	emitted web >>got
	jq -r .log_line got | cmp - a.log
}

@test "push: a full disk is waited out, ack and emit work on it (X-22)" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=4m,mode=700 none disk || skip "mount refused"
	python3 -c 'for i in range(20000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' >in
	rx-spool push --unmarked --max-bytes 0 disk/q.db <in 2>err 3>&- &
	pid=$!
	soon said "disk" || { umount disk; false; }
	# Emit and ack work while it is full, and make the room push needs.
	while ! gone $pid; do
		rx-spool emit --once --inflight 100000 disk/q.db | tail -n +2 >out
		cat out >>got
		outcomes ok <out | rx-spool ack disk/q.db || break
	done
	rx-spool emit --once --inflight 100000 disk/q.db | tail -n +2 >>got
	wait $pid
	ok=$(sqlite3 disk/q.db 'PRAGMA integrity_check')
	stored=$(rx-spool stat --json disk/q.db | jq .lanes[0].stored)
	umount disk
	[ "$ok" = ok ]
	[ "$stored" = 20000 ]
	jq .n got | sort -n -u | cmp - <(seq 0 19999)
}

@test "emit: on a full disk a retry waits until it can be noted" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=4m,mode=700 none disk || skip "mount refused"
	printf '{"n":%d}\n' 1 2 3 | rx-spool push --unmarked disk/q.db
	rx-spool emit disk/q.db >out 2>err 3>&- &
	pid=$!
	soon has out 4
	sed -n 2p out | outcomes retry busy | rx-spool ack disk/q.db
	cat /dev/zero >disk/filler 2>/dev/null || : # it is due in a second
	rc=0
	soon grep -q "full: waiting for room" err || rc=1
	rm disk/filler
	soon has out 5 || rc=2
	kill $pid
	wait $pid || rc=3
	umount disk
	[ $rc = 0 ] || {
		echo "$rc"
		cat err
		false
	}
	[ "$(sed -n 5p out | jq -c '[._rx.at, .n]')" = '[1,1]' ]
}

@test "push: a reader that pins the log stops push at its bound, and lets it go on (X-27)" {
	rx-spool push --unmarked q.db <<<'{"n":0}'
	python3 - <<-'P'
	import os, sqlite3, subprocess, time
	db = sqlite3.connect("q.db", isolation_level=None)
	db.execute("BEGIN"); db.execute("SELECT count(*) FROM segment").fetchall()
	data = b'{"t":"%s"}\n' % (b"x" * 1000)
	err = open("err", "wb")
	p = subprocess.Popen(["rx-spool", "push", "--unmarked", "--max-bytes", "0",
	    "--sync", "normal", "q.db"], stdin=subprocess.PIPE, stderr=err)
	os.set_blocking(p.stdin.fileno(), False)
	sent = 0
	end = time.time() + 60
	held = False
	while time.time() < end and not held:
	    try:
	        os.write(p.stdin.fileno(), data * 60)
	        sent += 60
	    except BlockingIOError:
	        time.sleep(0.05)
	        held = b"a reader pins it" in open("err", "rb").read()
	wal = os.path.getsize("q.db-wal")
	assert held and wal < 70 << 20, (held, wal, sent)
	db.execute("COMMIT"); db.close()
	os.set_blocking(p.stdin.fileno(), True)
	p.stdin.write(b'\n'); p.stdin.close()
	assert p.wait(30) in (0, 1)
	# The last to leave takes it along.
	assert not os.path.exists("q.db-wal") or os.path.getsize("q.db-wal") < 8 << 20
	P
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "push: a file size limit ends it with 74, not by a signal (X-24)" {
	python3 -c 'for i in range(30000): print("{\"t\":\"%s\"}" % ("x" * 250))' >in
	run -74 bash -c 'ulimit -f 2048; rx-spool push --unmarked q.db <in'
	[[ "$output" == *"unable to"*"q.db"* ]]
	rx-spool push --unmarked q.db <<<'{}'
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "ack: a full disk is no refusal: what was refused once has one attempt" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=4m,mode=700 none disk || skip "mount refused"
	printf '{"n":%d}\n' 1 2 3 | rx-spool push --unmarked disk/q.db
	rx-spool emit disk/q.db >out 2>err 3>&- &
	emit=$!
	soon eval '[ "$(wc -l <out)" = 4 ]' || { umount disk; false; }
	sed -n 2p out | outcomes retry busy >refusal
	cat /dev/zero >disk/filler 2>/dev/null || :
	# The first transaction is rolled back.
	rx-spool ack --max-attempts 2 disk/q.db <refusal 2>told 3>&- &
	ack=$!
	soon grep -q 'waiting for room' told || { umount disk; false; }
	rm disk/filler
	wait $ack
	attempts=$(sqlite3 disk/q.db 'SELECT attempts FROM retry')
	dead=$(rx-spool stat --json disk/q.db | jq .lanes[0].dead)
	kill $emit
	wait $emit
	umount disk
	echo "attempts $attempts, dead $dead"
	[ "$attempts $dead" = "1 0" ]
}

@test "push: beside other lanes too it leaves emit and ack the room they need" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=24m,mode=700 none disk || skip "mount refused"
	python3 -c 'for i in range(40000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' >in
	rx-spool push --unmarked --max-bytes 0 --also b --also c --also d --also e --also f --also g --also h disk/q.db <in 2>err 3>&- &
	pid=$!
	soon said "disk" || { umount disk; false; }
	rx-spool emit --once --inflight 100000 disk/q.db | tail -n +2 >out
	rc=0
	outcomes ok <out | timeout 20 rx-spool ack disk/q.db || rc=$?
	acked=$(rx-spool stat --json disk/q.db main | jq .lanes[0].acked)
	kill $pid
	wait $pid || stopped=$?
	umount disk
	echo "$rc, $stopped, $acked of $(wc -l <out)"
	[ "$rc $stopped" = "0 75" ]
	[ "$acked" -gt 0 ]
	[ "$acked" = "$(wc -l <out)" ]
}
