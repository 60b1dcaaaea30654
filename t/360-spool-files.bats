# SPDX-License-Identifier: MIT
# rx-spool and its files: whose, which, where; what it refuses to touch.
setup() {
	load helper
	load spool
	need sqlite3
}

@test "spool: files are 0600 whatever the umask (SEC-29)" {
	umask 000
	rx-spool push --unmarked q.db <<<'{}'
	rx-spool emit --once q.db >/dev/null
	python3 - <<-'P'
	import sqlite3, subprocess, os
	p = subprocess.Popen(["rx-spool", "push", "--unmarked", "q.db"], stdin=subprocess.PIPE)
	p.stdin.write(b"{}\n"); p.stdin.flush()
	import time
	while not all(os.path.exists("q.db" + end) for end in ("-wal", "-shm")): time.sleep(0.01)
	modes = {f: os.stat(f).st_mode & 0o777 for f in os.listdir(".") if f.startswith("q.db")}
	assert len(modes) >= 5 and set(modes.values()) == {0o600}, modes
	p.stdin.close(); p.wait()
	P
}

@test "spool: a directory that everybody can write is refused unless sticky (SEC-32)" {
	mkdir open sticky
	chmod 777 open
	chmod 1777 sticky
	run -77 rx-spool push --unmarked open/q.db <<<'{}'
	[[ "$output" == *"directory open can be written by everybody"* ]]
	[ -z "$(ls open)" ]
	run -0 rx-spool push --unmarked sticky/q.db <<<'{}'
}

@test "spool: a missing directory is 74, one without permission 77 (X-24)" {
	run -74 rx-spool push --unmarked nowhere/q.db <<<'{}'
	[ "$output" = "rx-spool: fatal: unable to use directory nowhere: No such file or directory" ]
	[ "$(id -u)" = 0 ] || skip "the rest needs to become another user"
	need setpriv
	mkdir closed
	chmod 755 closed "$BATS_TEST_TMPDIR"
	tool=$(command -v rx-spool)
	as() { setpriv --reuid=65534 --clear-groups "$tool" "$@"; }
	as --version >/dev/null 2>&1 || skip "another user cannot run $tool"
	run -77 as push --unmarked closed/q.db <<<'{}'
	[[ "$output" == *"unable to open closed/q.db.lock: Permission denied" ]]
}

@test "spool: what is no spool is refused with 65 and left as it is (G7)" {
	echo "a text file of some length, longer than a header: $(seq 100)" >text
	sqlite3 foreign.db 'CREATE TABLE t (a); INSERT INTO t VALUES (1)'
	sqlite3 named.db 'PRAGMA application_id = 7; CREATE TABLE t (a)'
	for f in text foreign.db named.db; do
		cp $f before
		for verb in push emit ack claim stat query dead purge; do
			run -65 rx-spool $verb $f </dev/null
			[[ "$output" == "rx-spool: fatal: "*"$f"* ]]
		done
		cmp $f before
		[ ! -e $f-wal ]
	done
}

@test "spool: an empty file becomes a spool" {
	: >q.db
	run -0 rx-spool push --unmarked q.db <<<'{}'
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 1 ]
	[ "$(sql 'PRAGMA application_id')" = $((0x72787370)) ]
	[ "$(sql 'PRAGMA user_version')" = 3 ]
}

@test "spool: a newer layout is refused with 78, untouched" {
	rx-spool push --unmarked q.db <<<'{}'
	sql 'PRAGMA user_version = 4'
	for verb in push emit ack claim stat query dead purge; do
		run -78 rx-spool $verb q.db </dev/null
		[[ "$output" == *"layout 4, newer than this program's 3"* ]]
	done
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 1 ]
}

@test "spool: a symbolic link and a second name are refused: one spool, one lock" {
	rx-spool push --unmarked q.db <<<'{}'
	ln -s q.db link.db
	run -77 rx-spool stat link.db
	ln q.db second.db
	run -77 rx-spool push --unmarked q.db <<<'{}'
	rm second.db
	run -0 rx-spool push --unmarked q.db <<<'{}'
}

@test "spool: a damaged file ends every verb with 65 and is not repaired by itself" {
	python3 -c 'for i in range(5000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' |
		rx-spool push --unmarked q.db
	rx-spool claim q.db web >/dev/null
	python3 - <<-'P'
	with open("q.db", "r+b") as f:
	    f.seek(4096 * 2); f.write(b"\xa5" * 4096 * 30)
	P
	cp q.db before
	run -65 rx-spool push --unmarked q.db <<<'{}'
	run -65 rx-spool emit --once q.db
	run -65 rx-spool stat q.db
	cmp q.db before
}

@test "spool: stat of what is not there is 74 and makes nothing" {
	run -74 rx-spool stat q.db
	[ "$output" = "rx-spool: fatal: there is no q.db" ]
	[ -z "$(ls)" ] || [ "$(ls)" = state ]
	rx-spool push --unmarked q.db <<<'{}'
	run -74 rx-spool stat q.db nolane
}

@test "spool: many processes that make one spool make one" {
	for i in $(seq 12); do
		rx-spool push --unmarked q.db "l$((i % 3))" <<<"{\"i\":$i}" 3>&- &
	done
	wait
	[ "$(sql 'SELECT count(*) FROM queue')" = 12 ]
	[ "$(sql 'SELECT count(*) FROM spool')" = 1 ]
}

@test "spool: kill -9 while it is being made leaves what the next start completes" {
	for n in 1 2 3 4 5 6; do
		for ms in 1 2 3 4 5; do
			rm -f q.db*
			timeout --foreground -s KILL 0.00$ms rx-spool push --unmarked q.db <<<'{}' 2>/dev/null || :
			run -0 rx-spool push --unmarked q.db <<<'{"a":1}'
			[ "$(sql 'PRAGMA integrity_check')" = ok ]
		done
	done
}

@test "spool: the lock being held, claim says so after its wait, push waits" {
	rx-spool push --unmarked q.db <<<'{}'
	exec 5<>q.db.lock
	flock 5
	rx-spool push --unmarked q.db <<<'{"late":1}' 5>&- 3>&- &
	pid=$!
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 1 ]
	exec 5>&-
	wait $pid
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 2 ]
}

@test "stat: text and JSON tell the same, in one view" {
	seq 1 10 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked --max-records 100 q.db
	run -0 rx-spool stat q.db
	[[ "${lines[0]}" == "q.db: spool $(sql 'SELECT uuid FROM spool') since 20"* ]]
	[[ "${lines[2]}" == "lane main, unmarked: 10 records, "* ]]
	[[ "${lines[3]}" == "  used "*"10.0 %" ]]
	[ "$(stat_of main '.utilisation')" = 0.1 ]
	[ "$(stat_of main '.pending')" = 10 ]
	run -0 rx-spool stat --json q.db
	[ "$(jq -r '.lanes | length' <<<"$output")" = 1 ]
}
