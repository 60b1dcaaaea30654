# SPDX-License-Identifier: MIT
# rx-spool salvage: damage is told, left alone by all, and mended by one.
# RX_DAMAGE=N: so many random damages instead of a few, RX_SEED other ones.
setup() {
	load helper
	load spool
	need sqlite3
}

records() { # FROM TO
	seq "$1" "$2" | awk '{ printf "{\"timestamp\":\"2026-01-05T10:00:00Z\",\"n\":%d,\"text\":\"%s\"}\n",
		$1, substr("the quick brown fox jumps over the lazy dog, again and again", 1, $1 % 60) }'
}

# zero N...: pages of the file, from 1, become zeros.
zero() {
	for page; do
		dd if=/dev/zero of=q.db bs=8192 seek=$((page - 1)) count=1 conv=notrunc status=none
	done
}

# page_of TABLE: where its root is.
page_of() { sql "SELECT rootpage FROM sqlite_master WHERE name = '$1'"; }

@test "salvage: a spool that is whole is left alone" {
	records 1 100 | rx-spool push --unmarked q.db
	cp q.db before
	run -0 rx-spool salvage q.db
	[ "$output" = "rx-spool: q.db is whole: nothing to do" ]
	cmp q.db before
	[ "$(ls q.db*)" = "$(printf 'q.db\nq.db.lock')" ]
}

@test "salvage: done by root, all is its owner's as before" {
	[ "$(id -u)" = 0 ] || skip "only root can be another"
	own=$(mktemp -d) # the test's own may be seen by root alone
	records 1 100 | rx-spool push --unmarked "$own/q.db"
	head() { dd if=/dev/zero of="$own/q.db" bs=8192 count=1 conv=notrunc status=none; }
	head
	rm "$own/q.db.lock"
	chown -R nobody:nogroup "$own"
	run rx-spool salvage "$own/q.db"
	owners=$(stat -c %U:%G "$own"/* | sort -u)
	# What root may, its owner need not: no link leads out of there.
	head
	ln -sf "$PWD/victim" "$own/q.db.lock"
	(run -77 rx-spool salvage "$own/q.db") || owners="$owners, a link is followed"
	rm -r "$own"
	[[ "$status:$output" == 0:*"100 records"* ]]
	[ "$owners" = nobody:nogroup ]
	[ ! -e victim ]
}

@test "salvage: with the file's head gone all records are read, none is told lost" {
	for k in 0 1 2; do
		records $((k * 1000 + 1)) $((k * 1000 + 1000)) | rx-spool push --unmarked q.db error
	done
	emitted error >out
	sed -n 5p out | outcomes ok | rx-spool ack q.db
	sed -n 6p out | outcomes reject no | rx-spool ack q.db
	sed -n 7p out | outcomes retry no | rx-spool ack q.db
	rx-spool query q.db error >want
	uuid=$(sql 'SELECT uuid FROM spool')
	zero 1
	cp q.db before
	run -65 rx-spool stat q.db
	run -65 rx-spool push --unmarked q.db <<<'{}'
	cmp q.db before
	run -0 rx-spool salvage q.db
	[[ "${lines[1]}" == "rx-spool: q.db is replaced: 2998 records, 1 dead letters and the positions of 0 sources were read; the damaged file is q.db.damaged-20"*Z ]]
	cmp q.db.damaged-* before
	rx-spool query q.db error | cmp - want
	[ "$(sql 'SELECT uuid FROM spool')" = "$uuid" ]
	[ "$(stat_of error '"\(.stored) \(.acked) \(.dead) \(.lost) \(.retrying)"')" = "3000 1 1 0 1" ]
	balanced error
	# Tags go on above; an outcome of before finds its record.
	sed -n 8p out | outcomes ok | rx-spool ack q.db
	echo '{"n":1}' | rx-spool push --unmarked q.db error
	[ "$(rx-spool query q.db error | tail -1 | jq ._rx.tag)" = 3001 ]
	[ "$(stat_of error .acked)" = 2 ]
}

@test "salvage: the lane of a log goes on where it was, each line once" {
	seq 1 3000 | sed 's/$/ a line that is as long as this one/' >a.log
	marked web a.log
	zero "$(page_of segment)" "$(page_of spool)"
	run -0 rx-spool salvage q.db
	[[ "$output" == *"positions of 1 sources"* ]]
	seq 3001 3100 | sed 's/$/ more/' >>a.log
	run -0 marked web a.log
	lines_stored web a.log
	balanced web
}

@test "salvage: what is lost is counted, noted as a gap, and the rest keeps its tags" {
	for k in 0 1 2 3; do
		records $((k * 600 + 1)) $((k * 600 + 600)) | rx-spool push --unmarked q.db
	done
	rx-spool query q.db >want
	# In the middle of the bodies: the chain of one segment breaks.
	zero 30
	run -1 rx-spool salvage q.db
	lost=$(sed -n 's/.*warning: \([0-9]*\) records are lost/\1/p' <<<"$output")
	[ "$lost" -gt 0 ] && [ "$lost" -lt 601 ]
	[ "$(sql 'SELECT count(*) FROM queue')" = $((2400 - lost)) ]
	[ "$(sql 'SELECT why, n FROM gap')" = "damaged|$lost" ]
	[ "$(stat_of main .lost)" = "$lost" ]
	balanced main
	rx-spool query q.db >got
	grep -vxFf want got >strange || :
	[ ! -s strange ]
}

@test "salvage: a byte that rotted in a record is told by the sum, and the record is named doubtful" {
	records 1 500 >in # of a file they are one segment
	rx-spool push --unmarked q.db <in
	python3 - <<-'P'
	data = bytearray(open("q.db", "rb").read())
	at = data.index(b'"n":250,')
	data[at + 6] ^= 1
	open("q.db", "wb").write(data)
	P
	[ "$(sqlite3 q.db 'PRAGMA integrity_check')" = ok ]
	run -65 rx-spool emit --once q.db
	[[ "$output" == *"q.db is damaged: a segment is not what was stored" ]]
	run -65 rx-spool query q.db
	run -1 rx-spool salvage q.db
	[[ "$output" == *"warning: 500 records were kept of 1 segments that are not what was stored: look at them" ]]
	[ "$(emitted main | wc -l)" = 500 ]
	run -0 rx-spool salvage q.db
}

@test "salvage: a file that SQLite finds whole, but not its own counters" {
	records 1 500 | rx-spool push --unmarked q.db
	records 501 600 | rx-spool push --unmarked q.db
	sql 'DELETE FROM segment WHERE seg > 500'
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
	run -1 rx-spool salvage q.db
	[ "${lines[0]}" = "rx-spool: q.db is damaged: the counters of 1 lanes are not those of what is there" ]
	[ "${lines[2]}" = "rx-spool: warning: 100 records are lost" ] || { echo "$output"; false; }
	balanced main
}

@test "salvage: what a crash left in the log is read too" {
	mkfifo pipe
	rx-spool push --unmarked q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	records 1 500 >&4
	there() { [ "$(sql 'SELECT count(*) FROM queue')" = 500 ]; }
	soon there
	kill -9 $pid
	wait $pid || :
	exec 4>&-
	zero 1
	rm -f q.db-shm
	[ -s q.db-wal ]
	run rx-spool salvage q.db
	[ "$status" -le 1 ]
	[ "$(sql 'SELECT count(*) FROM queue')" = 500 ]
	[ ! -e q.db-wal ]
}

@test "salvage: a disk that is full at any moment changes nothing, or all is there" {
	sanitized && skip "the sanitizers have to be loaded first"
	records 1 200 | rx-spool push --unmarked q.db
	rx-spool query q.db >want
	zero "$(page_of spool)"
	cp q.db before
	failed=0
	for at in 5 10 40 66 68 70 72 75 80; do
		rc=0
		RX_DISK=q.db.salvage RX_FAULT=write:ENOSPC:$at- LD_PRELOAD="$RX_UNIT/disk.so" \
			rx-spool salvage q.db 2>err || rc=$?
		if [ $rc = 75 ] || [ $rc = 74 ]; then
			failed=$((failed + 1))
			cmp q.db before
			[ "$(ls q.db.damaged-* 2>/dev/null)" = "" ]
			continue
		fi
		[ $rc -le 1 ]
		rx-spool query q.db | cmp - want
		rm q.db*
		cp before q.db
	done
	[ $failed -gt 3 ]
	run rx-spool salvage q.db
	rx-spool query q.db | cmp - want
}

@test "salvage: lanes whose names differ in case alone are salvaged" {
	for lane in error Error MAIN; do
		records 1 5 | rx-spool push --unmarked q.db $lane
	done
	zero "$(page_of spool)"
	run timeout 20 rx-spool salvage q.db
	[ "$status" -le 1 ]
	[ "$(rx-spool query q.db MAIN | wc -l)" = 5 ]
}

@test "salvage: what was settled and comes again is told" {
	records 1 20 | rx-spool push --unmarked q.db
	emitted main | sed -n '1~2p' | outcomes ok | rx-spool ack q.db
	zero "$(page_of settled)"
	run -1 rx-spool salvage q.db
	[[ "$output" == *"warning: 10 records were settled, as their lanes count, and come again"* ]]
	[ "$(rx-spool query q.db | wc -l)" = 20 ]
	balanced main
}

@test "salvage: a dead letter that is no record any more is lost, and the others are read" {
	records 1 3 | rx-spool push --unmarked q.db
	emitted main | outcomes reject no | rx-spool ack q.db
	zero "$(page_of spool)"
	python3 - <<-'END'
		text = open("q.db", "rb").read()
		at = text.rindex(b'{"timestamp":"2026-01-05T10:00:00Z","n":2')
		open("q.db", "wb").write(text[:at] + b"[" + text[at + 1:])
	END
	run -1 rx-spool salvage q.db
	[[ "$output" == *"warning: 1 dead letters are lost"* ]]
	[ "$(rx-spool dead q.db | jq .n | sort | paste -sd,)" = 1,3 ]
}

@test "salvage: what is no spool stays what it is, 65" {
	seq 100 >text
	cp text before
	run -65 rx-spool salvage text
	[[ "$output" == *"text holds nothing of a spool" ]]
	cmp text before
	[ "$(ls text*)" = "$(printf 'text\ntext.lock')" ] || [ "$(ls text*)" = text ]
	run -74 rx-spool salvage nothing.db
}

@test "salvage: nobody else may have the file open" {
	records 1 5 | rx-spool push --unmarked q.db
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon has out 6
	python3 - <<-'P'
	data = bytearray(open("q.db", "rb").read())
	data[data.index(b'"n":2,') + 4] ^= 1
	open("q.db", "r+b").write(data)
	P
	run -75 rx-spool salvage q.db
	[[ "$output" == *"q.db is in use by another process: stop it first" ]]
	kill $pid
	wait $pid
	run -1 rx-spool salvage q.db
}

@test "salvage: kill -9 at any moment leaves what the next one completes" {
	for k in 0 1 2 3 4 5; do
		records $((k * 600 + 1)) $((k * 600 + 600)) | rx-spool push --unmarked q.db
	done
	cp q.db whole
	for ms in 2 4 6 8 10 13 16 20 25 30 40; do
		rm -f q.db*
		cp whole q.db
		zero 1
		timeout --foreground -s KILL "0.0$(printf %02d $ms)" rx-spool salvage q.db 2>/dev/null || :
		# It may be dying still when timeout has ended.
		[ ! -e q.db.lock ] || soon flock -n q.db.lock true
		# The old one under its name, or the new one.
		run -0 rx-spool salvage q.db
		[ "$(sql 'SELECT count(*) FROM queue')" = 3600 ]
		[ "$(find . -name 'q.db.damaged-*' | wc -l)" = 1 ]
		balanced main
	done
}

@test "salvage: a crash between its last steps leaves two names, nobody opens them, it is completed" {
	records 1 50 | rx-spool push --unmarked q.db
	zero 1
	ln q.db q.db.damaged-20260101T000000Z
	: >q.db.salvage
	run -77 rx-spool push --unmarked q.db <<<'{}'
	run -0 rx-spool salvage q.db
	[[ "$output" == *"the damaged file is q.db.damaged-20260101T000000Z" ]]
	[ "$(sql 'SELECT count(*) FROM queue')" = 50 ]
	ln q.db other
	run -77 rx-spool salvage q.db
}

@test "salvage: random damage never crashes a tool, and no loss is silent" {
	for lane in error main; do
		for k in 0 1 2 3 4; do
			records $((k * 600 + 1)) $((k * 600 + 600)) |
				rx-spool push --unmarked q.db $lane
		done
	done
	emitted error >out
	sed -n '1~3p' out | head -500 | outcomes ok | rx-spool ack q.db
	sed -n '2~50p' out | outcomes reject bad | rx-spool ack q.db
	sed -n '3~50p' out | outcomes retry bad | rx-spool ack q.db
	(rx-spool query q.db error; rx-spool query q.db main) >want
	python3 "$RX_TOP/t/data/spool-damage.py" "${RX_SEED:-1}" "${RX_DAMAGE:-12}"
}

@test "salvage: an older copy of a row does not stand for the newer one" {
	records 1 10 | rx-spool push --unmarked q.db
	seq 1 10 >a.log
	marked web a.log
	cp q.db old.db
	records 11 20 | rx-spool push --unmarked q.db
	seq 11 20 >>a.log
	marked web a.log
	content() {
		sql 'SELECT name, epoch, marks, stored, acked FROM lane;
			SELECT * FROM source; SELECT count(*) FROM segment'
	}
	content >want
	# Pages that were given back, as it were, and found again behind the others.
	for table in lane source segment; do
		dd if=old.db of=q.db bs=8192 skip=$(($(page_of $table) - 1)) \
			seek=$(($(stat -c %s q.db) / 8192)) count=1 conv=notrunc status=none
	done
	zero 1
	run -0 rx-spool salvage q.db
	content | diff want -
	balanced main
}

@test "salvage: gaps keep all they tell" {
	records 1 10 | rx-spool push -q --unmarked --max-records 4 --full oldest q.db
	sql "INSERT INTO gap (lane, src, from_offset, to_offset, why, path, at_ms, times)
		VALUES (1, 's', 1, 2, 'truncated', '/log', 5, 1), (1, NULL, NULL, 7, 'deleted', NULL, 6, 9)"
	sql 'SELECT * FROM gap' >want
	[ "$(wc -l <want)" = 3 ]
	zero 1
	rx-spool salvage q.db
	sql 'SELECT * FROM gap' | diff want -
}

@test "query, dead, emit, claim: what a table says is told as JSON or as damage, line by line" {
	python3 -c 'for i in range(3000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 90))' | rx-spool push --unmarked q.db
	rx-spool claim q.db web >claim
	rx-spool emit --once q.db | sed -n 2,4p | outcomes reject no | rx-spool ack q.db
	cp q.db sound.db
	# spoil SQL COMMAND: 65, and whole lines before.
	spoil() {
		rm -f q.db*
		cp sound.db q.db
		sql "$1"
		rc=0
		"${@:2}" >out 2>err || rc=$?
		[ "$rc" = 65 ]
		grep -q 'q.db is damaged: ' err
		[ ! -s out ] || [ "$(tail -c 1 out | xxd -p)" = 0a ]
		jq -c . out >/dev/null
	}
	for bad in '"' 'a","x":"' ''; do
		spoil "UPDATE spool SET uuid = '$bad'" rx-spool stat --json q.db
		spoil "UPDATE spool SET uuid = '$bad'" rx-spool claim q.db web
		spoil "UPDATE spool SET created = '$bad'" rx-spool stat --json q.db
		spoil "UPDATE lane SET name = '$bad' WHERE name = 'main'" rx-spool stat --json q.db
		spoil "UPDATE lane SET name = '$bad' WHERE name = 'main'" rx-spool dead q.db
	done
	spoil "UPDATE segment SET ids = '\"'" rx-spool query q.db
	spoil "UPDATE segment SET ids = '\"'" rx-spool emit --once q.db
	for bad in 0 1000000000000; do
		spoil "UPDATE segment SET n = $bad" rx-spool query q.db
		spoil "UPDATE segment SET n = $bad" rx-spool emit --once q.db
	done
	# What stands before the damage is told all the same.
	spoil "UPDATE segment SET sum = 1 WHERE seg = (SELECT max(seg) FROM segment)" rx-spool query q.db
	[ "$(wc -l <out)" -gt 1000 ]
	spoil "UPDATE dead SET sum = 1 WHERE letter = 3" rx-spool dead q.db
	[ "$(wc -l <out)" = 2 ]
}
