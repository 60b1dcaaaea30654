# SPDX-License-Identifier: MIT
# rx-spool: layouts of the file, and what becomes of an older one.
# (not tested: a disk that fills while the file is brought up to date)
setup() {
	load helper
	load spool
	need sqlite3
}

old() { sqlite3 q.db <"$RX_TOP/t/data/spool-layout-1.sql" >/dev/null; }

# What is to survive, whatever the layout.
content() {
	sql 'SELECT * FROM queue ORDER BY id'
	sql 'SELECT lane, message_id, reason, attempts, died_at, payload FROM dead_letters'
	sql 'SELECT name, kind, epoch, emit_epoch, next_tag, bytes, stored, acked, dead, retried FROM lane'
	sql 'SELECT count(*) FROM error_queue'
	sql 'SELECT payload FROM "other.lane_queue"'
	sql 'SELECT * FROM retry'
	sql 'SELECT uuid, created FROM spool'
}

@test "layout: an older file is brought up to date by who writes, and loses nothing" {
	old
	content >before
	[ "$(wc -l <before)" = 15 ]
	run -0 --separate-stderr rx-spool claim q.db new
	[ "$stderr" = "rx-spool: q.db was of layout 1 and is of layout 3 now" ]
	[ "$(sql 'PRAGMA user_version')" = 3 ]
	sql "DELETE FROM lane WHERE name = 'new'"
	content | diff before -
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
	sql "SELECT nonce || dead_bytes FROM lane WHERE name = 'error'" | grep -qx 76
	# It works on: the rest is delivered, and what comes is stored.
	echo '{"n":10}' | rx-spool push --unmarked q.db error
	emitted error >out
	[ "$(jq -c .n out | sort -n | paste -sd,)" = 1,4,5,6,7,8,9,10 ]
	outcomes ok <out | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM error_queue')" = 0 ]
	balanced error
}

@test "layout: kill -9 while it is brought up to date leaves the old one or the new" {
	for ms in 1 2 3 4 5 6 8 10 12 15; do
		rm -f q.db*
		old
		sql 'SELECT * FROM queue' | sort >before
		timeout --foreground -s KILL "0.0$(printf %02d $ms)" rx-spool claim q.db web 2>/dev/null || :
		[[ "$(sql 'PRAGMA user_version')" =~ ^[13]$ ]]
		sql 'SELECT * FROM queue' | sort | cmp - before
		run -0 rx-spool claim q.db web
		[ "$(sql 'PRAGMA user_version')" = 3 ]
		sql 'SELECT * FROM queue' | sort | cmp - before
		[ "$(sql 'PRAGMA integrity_check')" = ok ]
	done
}

@test "layout: stat does not write, so it says who brings the file up to date" {
	old
	cp q.db before
	run -75 rx-spool stat q.db
	[ "$output" = "rx-spool: fatal: q.db has the older layout 1: the next push, emit or ack brings it up to date" ]
	cmp q.db before
}

@test "dead letters: a lane keeps its newest, bounded by records" {
	seq 1 20 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked q.db
	sql 'UPDATE lane SET dead_max_records = 5'
	emitted main | outcomes reject 'no such queue' | rx-spool ack q.db
	[ "$(sql "SELECT group_concat(json_extract(payload, '\$.n')) FROM (SELECT * FROM dead_letters ORDER BY id)")" = 16,17,18,19,20 ]
	[ "$(stat_of main '"\(.dead) \(.dead_letters) \(.dead_dropped)"')" = "20 5 15" ]
	balanced main
}

@test "dead letters: a lane keeps its newest, bounded by bytes" {
	seq 1 20 | sed 's/.*/{"n":&,"text":"0123456789012345678901234567890123456789"}/' |
		rx-spool push --unmarked q.db
	sql 'UPDATE lane SET dead_max_bytes = 400'
	emitted main | outcomes reject 'no such queue' | rx-spool ack q.db
	[ "$(stat_of main .dead)" = 20 ]
	[ "$(sql 'SELECT sum(bytes) <= 400 AND sum(bytes) > 250 FROM dead')" = 1 ]
	[ "$(sql 'SELECT (SELECT sum(bytes) FROM dead) = dead_bytes FROM lane')" = 1 ]
	[ "$(stat_of main '.dead - .dead_dropped - .dead_letters')" = 0 ]
	balanced main
}

@test "layout: one of layout 2 keeps its letters, their numbers, and its history" {
	sqlite3 q.db <"$RX_TOP/t/data/spool-layout-2.sql" >/dev/null
	content() {
		sql 'SELECT * FROM queue ORDER BY id; SELECT * FROM dead_letters;
			SELECT lane, why, n, bytes, policy, first_id, last_id FROM gap;
			SELECT * FROM lane; SELECT * FROM buried; SELECT * FROM retry'
	}
	content >before
	run -75 rx-spool stat q.db
	rx-spool query --history q.db error 2>/dev/null || :
	run -0 --separate-stderr rx-spool dead --max-records 10 q.db error
	[ "$stderr" = "rx-spool: q.db was of layout 2 and is of layout 3 now" ]
	sql 'UPDATE lane SET dead_max_records = 10000'
	content | diff before -
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
	rx-spool dead q.db | jq -c '[._rx.letter, .n]' | grep -qxF '[1,2]'
	emitted error | head -1 | outcomes reject no | rx-spool ack q.db
	# 2 and 3 were thrown away.
	[ "$(sql 'SELECT max(letter) FROM dead')" = 4 ]
	rx-spool dead q.db >/dev/null
	sql "UPDATE dead SET record = replace(record, ':2}', ':3}') WHERE letter = 1"
	run -0 rx-spool dead --letter 1 q.db # it has no sum
	balanced error
}
