# SPDX-License-Identifier: MIT
# rx-spool push: what is stored, refused, and how it looks to sqlite3.
setup() {
	load helper
	load spool
	need sqlite3
}

@test "push: records are stored byte for byte and sqlite3 reads them" {
	printf '%s\n' '{"b":1.50,"a":"é\u0041","c":[1, 2]}' '{}' \
		'{"timestamp":"2026-01-05T10:00:00Z"}' >in
	run -0 rx-spool push --unmarked q.db <in
	sql 'SELECT body FROM segment' >body
	[ "$(head -1 body)" = '[{"b":1.50,"a":"é\u0041","c":[1, 2]},' ]
	[ "$(sed -n 2p body)" = '{},' ]
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 3 ]
	[ "$(sql 'SELECT timestamp FROM main_queue WHERE id = 3')" = \
		2026-01-05T10:00:00Z ]
	[ "$(sql "SELECT first_time FROM segment")" = 2026-01-05T10:00:00 ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "push: the queue views have the columns of R-36, and all lanes theirs" {
	echo '{"timestamp":"2026-01-05T10:00:00Z","m":1}' |
		rx-spool push --unmarked q.db error
	echo '{"m":2}' | rx-spool push --unmarked q.db odd-lane.1
	[ "$(sql 'SELECT COUNT(*) FROM error_queue')" = 1 ]
	[ "$(sql 'SELECT COUNT(*) FROM telemetry_queue')" = 0 ]
	[ "$(sql 'SELECT COUNT(*) FROM "odd-lane.1_queue"')" = 1 ]
	sqlite3 -header q.db 'SELECT * FROM error_queue' >out
	[ "$(head -1 out)" = "id|timestamp|payload|retry_count|created_at|priority" ]
	[[ "$(sed -n 2p out)" = '1|2026-01-05T10:00:00Z|{"timestamp":"2026-01-05T10:00:00Z","m":1}|0|20'*'|high' ]]
}

@test "push: lines that are no records are refused, told once, and exit 1" {
	printf '%s\n' oops '{"a":1}' '[1]' '{"a":1}{}' >in
	run -1 --separate-stderr rx-spool push --unmarked q.db <in
	[ "${stderr_lines[0]}" = "rx-spool: warning: line 1 is no record: not a value at byte 0" ]
	[ "${stderr_lines[1]}" = "rx-spool: warning: 3 lines refused: no records" ]
	[ "$(stat_of main .stored)" = 1 ]
	[ "$(stat_of main .refused)" = 3 ]
}

@test "push: NUL bytes, bad UTF-8, depth and length are refused, not stored" {
	python3 - >in <<-'P'
	import sys
	w = sys.stdout.buffer.write
	w(b'{"a":"\0"}\n')
	w(b'{"a":"\xff"}\n')
	w(b'{"a":' + b'[' * 70 + b']' * 70 + b'}\n')
	w(b'{"a":"' + b'x' * 1048576 + b'"}\n')
	w(b'{"a":"' + b'y' * 1000000 + b'"}\n')
	P
	run -1 rx-spool push --unmarked q.db <in
	[ "$(sql 'SELECT count(*), max(length(payload)) FROM main_queue')" = \
		"1|1000008" ]
}

@test "push: a record too long to be delivered is refused, the longest is emitted" {
	python3 - >in <<-'P'
	for size in (1 << 20, (1 << 20) - 511, (1 << 20) - 512):
	    print('{"a":"%s"}' % ("x" * (size - 8)))
	P
	run -1 --separate-stderr rx-spool push --unmarked q.db <in
	[ "${stderr_lines[0]}" = "rx-spool: warning: line 1 is too long to be delivered: 1048576 bytes, at most 1048064" ]
	[ "$(stat_of main '"\(.stored) \(.refused)"')" = "1 2" ]
	emitted main >out
	[ "$(wc -l <out)" = 1 ]
	[ "$(stat -c %s out)" -le $((1 << 20)) ]
}

@test "push: a torn last line is dropped in silence, a whole one is stored" {
	printf '{"a":1}\n{"a":2' >torn
	printf '{"a":1}\n{"a":2}' >whole
	run -0 --separate-stderr rx-spool push --unmarked q.db torn_lane <torn
	[ -z "$stderr" ]
	run -0 rx-spool push --unmarked q.db whole_lane <whole
	[ "$(stat_of torn_lane .stored)" = 1 ]
	[ "$(stat_of whole_lane .stored)" = 2 ]
}

@test "push: no input at all is done at once" {
	run -0 rx-spool push --unmarked q.db </dev/null
	run -0 rx-spool push q.db other </dev/null
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "push: a control record on an unmarked lane is stored as text" {
	c='{"_rx":{"k":"mark","n":"x","q":1,"full":true,"pos":[]}}'
	run -0 rx-spool push --unmarked q.db <<<"$c"
	[ "$(sql "SELECT json_extract(payload, '\$.forged') FROM main_queue")" = "$c" ]
	[ "$(stat_of main .forged)" = 1 ]
}

@test "push: a stream that begins with begin is not --unmarked" {
	rx-spool claim q.db web >claim
	seq 1 20 >a.log
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	run -64 rx-spool push --unmarked q.db <stream
	[ "$output" = "rx-spool: fatal: the stream begins with begin, it carries marks: without --unmarked, please" ]
	[ "$(sql 'SELECT count(*) FROM queue')" = 0 ]
	[ "$(sql "SELECT count(*) FROM lane WHERE name = 'main'")" = 0 ]
}

@test "push: _rx that a filter moved is put first again, a foreign one renamed" {
	printf '%s\n' '{"y":1,"_rx":{"id":"me"}}' '{"_rx":7,"z":"q\"z"}' \
		'{"_rx":{"id":"a"},"_rx":{"id":"b"}}' \
		'{"\u005frx":{"id":"forged"},"_rx":{"x":1}}' |
		rx-spool push --unmarked q.db
	emitted main >out
	[ "$(jq -r ._rx.id out | sed -n '1p;3p' | paste -sd,)" = me,b ]
	[ "$(sed -n 2p out | jq -c 'del(._rx)')" = '{"rx_":7,"z":"q\"z"}' ]
	[ "$(jq -r '._rx.id | length' out | sed -n 2p)" -ge 24 ]
	[ "$(grep -o '_rx"' out | wc -l)" = 4 ]
	run -1 grep u005f out
}

@test "push: a line is durable at once while the input idles" {
	mkfifo pipe
	rx-spool push --unmarked q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	echo '{"a":1}' >&4
	stored() { [ "$(sql 'SELECT count(*) FROM main_queue' 2>/dev/null)" = 1 ]; }
	soon stored
	exec 4>&-
	wait $pid
}

@test "push: many records make segments of 64 KiB and few commits" {
	python3 -c 'for i in range(20000): print("{\"n\":%d,\"t\":\"%s\"}" % (i, "x" * 250))' >in
	run -0 rx-spool push --unmarked q.db <in
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 20000 ]
	[ "$(sql 'SELECT count(*) < 120 FROM segment')" = 1 ]
	[ "$(sql 'SELECT max(bytes) <= 65538 FROM segment')" = 1 ]
	sql "SELECT json_extract(payload, '\$.n') FROM main_queue ORDER BY id" |
		cmp - <(seq 0 19999)
}

@test "push: two unmarked streams share a lane, and lanes share a spool" {
	for i in 1 2 3 4; do
		seq 1 500 | sed "s/.*/{\"w\":$i,\"n\":&}/" |
			rx-spool push --unmarked --batch 1k --linger 0 q.db \
				"lane$((i % 2))" 3>&- &
	done
	wait
	for i in 1 2 3 4; do
		sql "SELECT json_extract(payload, '\$.n') FROM queue WHERE
			json_extract(payload, '\$.w') = $i ORDER BY id" |
			cmp - <(seq 1 500)
	done
	balanced lane0
	balanced lane1
	[ "$(sql 'SELECT count(DISTINCT id) FROM queue')" = 2000 ]
}

@test "push: a tag is never used twice, also when its record is gone" {
	echo '{"n":1}' | rx-spool push --unmarked q.db
	emitted main | outcomes ok | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM segment')" = 0 ]
	echo '{"n":2}' | rx-spool push --unmarked q.db other
	echo '{"n":3}' | rx-spool push --unmarked q.db
	[ "$(sql 'SELECT min(id), max(id) FROM queue')" = '2|3' ]
}

@test "push: wrong options and lanes are told, status 64" {
	run -64 rx-spool push --full never q.db
	run -64 rx-spool push --batch 0 q.db
	run -64 rx-spool push --sync maybe q.db
	run -64 rx-spool push
	run -64 rx-spool push q.db a/b
	run -64 rx-spool push q.db a b
	run -64 rx-spool shove q.db
	run -64 rx-spool
	[ ! -e q.db ]
}
