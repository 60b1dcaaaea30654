# SPDX-License-Identifier: MIT
# rx-spool on a disk that fails, is read-only, or loses its power.
# make check-crash runs the power failures at full length: RX_POWER.
setup() {
	load helper
	load spool
	need sqlite3
	! sanitized || skip "the sanitizers have to be loaded first"
}

# disk FAULT COMMAND...: with the disk of t/fault/disk.c.
disk() { RX_DISK=q.db RX_FAULT=$1 LD_PRELOAD="$RX_UNIT/disk.so" "${@:2}"; }
recorded() { RX_DISK=q.db RX_RECORD=record LD_PRELOAD="$RX_UNIT/disk.so" "$@"; }
power() { python3 "$RX_TOP/t/fault/power.py" "$1" base record "${RX_POWER:-40}" "${RX_SEED:-$RANDOM}" "${@:2}"; }
numbers() { seq 1 "$1" | sed 's/.*/{"n":&}/'; }
sound() { [ "$(sql 'PRAGMA integrity_check')" = ok ]; }

@test "faults: no space and no quota in the middle are waited out, all is stored once" {
	for error in ENOSPC EDQUOT; do
		for at in 12 20 30; do # behind those of opening it
			rm -f q.db*
			rx-spool push --unmarked q.db </dev/null
			echo '{"n":0}' | rx-spool push --unmarked q.db
			numbers 300 | disk write:$error:$at-$((at + 1)) timeout 30 rx-spool push --unmarked --batch 1k --linger 0 q.db 2>err
			grep -q "waiting for room" err
			sql "SELECT json_extract(payload, '\$.n') FROM queue ORDER BY id" | cmp - <(seq 0 300)
			balanced main
			sound
		done
	done
}

@test "faults: a disk that has room once the log is in the file costs a lane that drops nothing" {
	numbers 100 | rx-spool push --unmarked q.db
	cp q.db made.db
	for at in 12 20 30; do
		rm -f q.db*
		cp made.db q.db
		numbers 300 | disk write:ENOSPC:$at rx-spool push --unmarked --full oldest --batch 1k --linger 0 q.db
		[ "$(stat_of main '"\(.stored) \(.pending) \(.dropped)"')" = "400 400 0" ]
	done
}

@test "faults: on a full disk what was delivered and kept goes before what waits" {
	numbers 3000 | rx-spool push --unmarked --keep 7d q.db
	emitted main | outcomes ok | rx-spool ack q.db
	cp q.db made.db
	gone=0
	for at in 10 12 14 16 18; do
		rm -f q.db*
		cp made.db q.db
		[ "$(stat_of main '.kept_bytes > 0')" = true ]
		numbers 300 | disk write:ENOSPC:$at-$((at + 1)) rx-spool push --unmarked --keep 7d --full oldest --batch 1k --linger 0 q.db
		[ "$(stat_of main '"\(.pending) \(.dropped)"')" = "300 0" ]
		[ "$(stat_of main .kept_bytes)" != 0 ] || gone=$((gone + 1))
	done
	[ $gone -gt 0 ] # where making room fails, too, it is waited for
}

@test "faults: an I/O error of the disk ends push with 74, the next run stores each line once (X-23)" {
	seq 1 200 | sed 's/$/ line/' >a.log
	rx-spool claim q.db web >claim
	cp q.db made.db
	failed=0
	for fault in write:EIO sync:EIO write:EROFS; do
		for at in 1 2 3 5 8 13 21 30; do
			rm -f q.db*
			cp made.db q.db
			rx-spool claim q.db web >claim
			python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
			rc=0
			disk $fault:$at timeout 30 rx-spool push --batch 1 --linger 0 q.db web <stream 2>err || rc=$?
			# It has ended before the call that fails, or at it.
			[ $rc = 0 ] || [ $rc = 74 ]
			[ $rc = 0 ] || grep -q "unable to .*q.db" err
			failed=$((failed + (rc == 74)))
			run -0 marked web a.log
			lines_stored web a.log
			balanced web
			sound
		done
	done
	[ $failed -gt 15 ]
}

@test "faults: an I/O error ends ack, claim and emit with 74, nothing is settled by half" {
	numbers 100 | rx-spool push --unmarked q.db
	emitted main | outcomes ok >outcomes
	cp q.db made.db
	for verb in "ack q.db" "claim q.db web" "emit --once q.db"; do
		for fault in write:EIO:1 sync:EIO:1 sync:EIO:2; do
			rm -f q.db*
			cp made.db q.db
			rc=0
			# shellcheck disable=SC2086 # words
			disk $fault rx-spool $verb <outcomes >out 2>err || rc=$?
			[ $rc = 74 ]
			pending=$(stat_of main .pending)
			[ "$pending" = 100 ] || [ "$pending" = 0 ]
			balanced main
			sound
		done
	done
}

@test "faults: a read-only file system ends push with 74 and takes nothing away (X-24)" {
	[ "$(id -u)" = 0 ] || skip "needs to mount a tmpfs"
	mkdir disk
	mount -t tmpfs -o size=8m,mode=700 none disk || skip "mount refused"
	echo '{"n":1}' | rx-spool push --unmarked disk/q.db
	mount -o remount,ro disk
	rc=0
	echo '{"n":3}' | rx-spool push --unmarked disk/q.db 2>err || rc=$?
	mount -o remount,rw disk
	echo '{"n":4}' | rx-spool push --unmarked disk/q.db
	there=$(sqlite3 disk/q.db "SELECT group_concat(payload, ' ') FROM queue")
	umount disk
	[ $rc = 74 ]
	grep -q "Read-only file system" err
	[ "$there" = '{"n":1} {"n":4}' ]
}

@test "faults: an outside writer is waited for, about three seconds, then told with 75 (R-169)" {
	echo '{"n":1}' | rx-spool push --unmarked q.db
	python3 - <<-'P'
	import sqlite3, subprocess, time
	db = sqlite3.connect("q.db", isolation_level=None)
	def push():
	    p = subprocess.Popen(["rx-spool", "push", "--unmarked", "q.db"],
	        stdin=subprocess.PIPE, stderr=subprocess.PIPE)
	    p.stdin.write(b'{"n":2}\n'); p.stdin.close()
	    return p
	db.execute("BEGIN IMMEDIATE")
	p = push(); time.sleep(1); db.execute("COMMIT")
	assert p.wait(10) == 0
	db.execute("BEGIN IMMEDIATE")
	since = time.monotonic()
	p = push()
	assert p.wait(20) == 75
	assert 2.5 < time.monotonic() - since < 12, time.monotonic() - since
	assert b"locked" in p.stderr.read()
	db.execute("COMMIT")
	P
	[ "$(sql 'SELECT count(*) FROM queue')" = 2 ]
}

@test "power: what was acknowledged survives every failure, torn at any sector (X-25)" {
	echo '{"k":"first"}' | rx-spool push --unmarked --id k q.db
	cp q.db base
	python3 -c 'for i in range(2500): print("{\"k\":\"n%d\",\"t\":\"%s\"}" % (i, "x" * 2000))' >in
	recorded rx-spool push --unmarked --id k --outcomes --batch 16k --linger 0 q.db <in >out
	[ "$(wc -l <out)" = 2500 ]
	run -0 power ids
	echo "$output"
	# With --sync normal the same check has something to find.
	rm -f q.db* record
	cp base q.db
	recorded rx-spool push --sync normal --unmarked --id k --outcomes --batch 16k --linger 0 q.db <in >out
	run -1 power ids
}

@test "power: data and position come back together, with --sync normal too (X-25)" {
	python3 -c 'for i in range(3000): print("line %d %s" % (i, "y" * 1500))' >a.log
	for sync in full normal; do
		rm -f q.db* record
		rx-spool claim q.db web >claim
		cp q.db base
		python3 "$RX_TOP/t/data/spool-tail.py" --every 7 claim a.log >stream
		recorded rx-spool push --sync $sync --batch 16k --linger 0 q.db web <stream
		run -0 power marks a.log
		echo "$output"
	done
}
