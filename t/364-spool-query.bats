# SPDX-License-Identifier: MIT
# rx-spool query, purge and --keep: what waits, what was delivered, and how it
# goes.
setup() {
	load helper
	load spool
	need sqlite3
}

timed() { # FROM TO: records a second apart
	seq "$1" "$2" | awk '{ printf "{\"timestamp\":\"2026-01-05T10:%02d:%02dZ\",\"sev\":\"%s\",\"n\":%d}\n",
		$1 / 60, $1 % 60, $1 % 5 ? "info" : "error", $1 }'
}
ns() { jq -c .n | paste -sd, -; }
deliver() { # LANE N: the first N
	emitted "$1" | head -"$2" | outcomes ok | rx-spool ack q.db
}

@test "query: what waits, as it was stored, told where it is" {
	timed 1 3 | rx-spool push --unmarked q.db
	run -0 rx-spool query q.db
	[ "${#lines[@]}" = 3 ]
	[ "$(jq -c 'del(._rx)' <<<"${lines[1]}")" = "$(timed 2 2)" ]
	[ "$(jq -c '._rx | [.tag, .lane, .st, .at]' <<<"${lines[1]}")" = '[2,"main","pending",0]' ]
	[ "$(jq -r ._rx.id <<<"${lines[1]}")" = "$(emitted main | sed -n 2p | jq -r ._rx.id)" ]
	[[ "$(jq -r ._rx.stored <<<"${lines[1]}")" == 20*Z ]]
	# It changes nothing, and what it writes can be stored again.
	[ "$(sql 'SELECT count(*) FROM queue')" = 3 ]
	printf '%s\n' "${lines[@]}" | rx-spool push --unmarked again.db
	[ "$(rx-spool query again.db | jq -r ._rx.id | paste -sd,)" = \
		"$(printf '%s\n' "${lines[@]}" | jq -r ._rx.id | paste -sd,)" ]
}

@test "query: what is settled is not there, what waits for another try is" {
	timed 1 10 | rx-spool push --unmarked q.db
	emitted main >out
	sed -n '2p;4,6p' out | outcomes ok | rx-spool ack q.db
	sed -n 3p out | outcomes retry busy | rx-spool ack q.db
	[ "$(rx-spool query q.db | ns)" = 1,3,7,8,9,10 ]
	[ "$(rx-spool query q.db | jq -c 'select(.n == 3)._rx.at')" = 1 ]
}

@test "query: --since and --until go by the record's own time, both included" {
	timed 1 300 | rx-spool push --unmarked q.db
	run -0 rx-spool query --since 2026-01-05T10:01:40Z --until 2026-01-05T10:01:42.5Z q.db
	[ "$(ns <<<"$output")" = 100,101,102 ]
	# The same instant in another zone.
	run -0 rx-spool query --since 2026-01-05T23:01:40+13:00 --until 2026-01-05T10:01:41Z q.db
	[ "$(ns <<<"$output")" = 100,101 ]
	run -1 rx-spool query --since 1h q.db
	[ -z "$output" ]
}

@test "query: a timestamp with an offset, none, and one that is none" {
	printf '%s\n' '{"timestamp":"2026-01-06T11:00:00+13:30","n":1}' '{"n":2}' \
		'{"timestamp":"yesterday","n":3}' | rx-spool push --unmarked q.db
	[ "$(rx-spool query --since 2026-01-05T21:30:00Z --until 2026-01-05T21:30:00Z q.db | ns)" = 1 ]
	[ "$(rx-spool query --since 1m q.db | ns)" = 2,3 ]
}

@test "query: --where compares text, numbers as spelled, and all have to hold" {
	printf '%s\n' '{"n":1,"a":"x","b":1.0}' '{"n":2,"a":"x\u0041","b":1}' \
		'{"n":3,"a":"xA","b":true}' '{"n":4,"b":null}' '{"n":5,"a":"x=y"}' |
		rx-spool push --unmarked q.db
	[ "$(rx-spool query --where a=x q.db | ns)" = 1 ]
	[ "$(rx-spool query --where a=xA q.db | ns)" = 2,3 ]
	[ "$(rx-spool query --where a=xA --where b=true q.db | ns)" = 3 ]
	[ "$(rx-spool query --where b=1 q.db | ns)" = 2 ]
	[ "$(rx-spool query --where b=null q.db | ns)" = 4 ]
	[ "$(rx-spool query --where a=x=y q.db | ns)" = 5 ]
	run -1 rx-spool query --where c=1 q.db
	run -64 rx-spool query --where c q.db
	[ "$output" = "rx-spool: fatal: --where c: MEMBER=VALUE" ]
	run -64 rx-spool query --since soon q.db
	[ "$output" = "rx-spool: fatal: --since soon: neither RFC 3339 nor a duration" ]
}

@test "query: --limit gives the oldest, over segments, and a random selection is that of jq" {
	for i in 0 1 2 3; do
		timed $((i * 500 + 1)) $((i * 500 + 500)) | rx-spool push --unmarked q.db
	done
	[ "$(rx-spool query --limit 3 q.db | ns)" = 1,2,3 ]
	[ "$(rx-spool query --since 2026-01-05T10:08:19Z --limit 3 q.db | ns)" = 499,500,501 ]
	timed 1 2000 >all
	for i in $(seq 20); do
		a=$((RANDOM % 2000)) b=$((RANDOM % 2000))
		since=$(date -u -d "2026-01-05 10:00:00Z + $a sec" +%FT%TZ)
		until=$(date -u -d "2026-01-05 10:00:00Z + $b sec" +%FT%TZ)
		jq -c "select(.timestamp >= \"$since\" and .timestamp <= \"$until\" and .sev == \"error\")" all >want
		rx-spool query --since "$since" --until "$until" --where sev=error q.db |
			jq -c 'del(._rx)' | cmp - want
	done
}

@test "keep: what was delivered stays for history, and waits no more" {
	timed 1 100 | rx-spool push --unmarked --keep 7d q.db
	emitted main >out
	sed -n 5p out | outcomes reject 'no such queue' | rx-spool ack q.db
	outcomes ok <out | rx-spool ack q.db
	balanced main
	run -1 rx-spool query q.db
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 0 ]
	[ "$(stat_of main '"\(.bytes) \(.acked) \(.dead)"')" = "0 99 1" ]
	rx-spool query --history q.db >history
	[ "$(jq -c 'del(._rx)' history)" = "$(timed 1 100)" ]
	[ "$(jq -r 'select(._rx.st == "delivered").n' history | wc -l)" = 99 ]
	[ "$(jq -r 'select(._rx.st == "dead").n' history)" = 5 ]
	[ "$(rx-spool query --history --where sev=error --since 2026-01-05T10:01:00Z q.db | ns)" = 60,65,70,75,80,85,90,95,100 ]
	# An outcome that comes again finds nothing; a new record has a new tag.
	outcomes ok <out | rx-spool ack q.db
	[ "$(rx-spool stat --json q.db | jq .unknown)" = 100 ]
	timed 101 101 | rx-spool push --unmarked --keep 7d q.db
	[ "$(rx-spool query q.db | jq ._rx.tag)" = 101 ]
}

@test "keep: the history is bounded by bytes, the oldest goes" {
	for i in 1 2 3 4; do
		timed $i $i | rx-spool push --unmarked --keep 7d --keep-bytes 150 q.db
		deliver main 1
	done
	[ "$(rx-spool query --history q.db | ns)" = 3,4 ]
	[ "$(sql 'SELECT kept_bytes = (SELECT sum(bytes) FROM segment) FROM lane')" = 1 ]
}

@test "keep: the history is bounded by age, and gone when keeping is" {
	for i in 1 2 3; do
		timed $i $i | rx-spool push --unmarked --keep 7d q.db
		deliver main 1
	done
	sql 'UPDATE segment SET stored_ms = stored_ms - 8 * 86400000 WHERE seg = 1'
	timed 4 4 | rx-spool push --unmarked --keep 7d q.db
	deliver main 1
	[ "$(rx-spool query --history q.db | ns)" = 2,3,4 ]
	timed 5 5 | rx-spool push --unmarked q.db
	deliver main 1
	[ "$(sql 'SELECT (SELECT count(*) FROM segment) + (SELECT count(*) FROM buried), kept_bytes FROM lane')" = '0|0' ]
}

@test "keep: the history is found by its index, not by reading it" {
	timed 1 2000 | rx-spool push --unmarked --keep 7d q.db
	sqlite3 q.db "EXPLAIN QUERY PLAN SELECT seg FROM segment INDEXED BY segment_time
		WHERE lane = 1 AND class IN (0, 1) AND done = 1 AND last_time >= '2026'" |
		grep 'INDEX segment_time (lane=? AND class=? AND last_time>?)'
}

@test "purge: only --yes throws away, counted and noted as a gap (T-37)" {
	timed 1 50 | rx-spool push --unmarked q.db
	timed 1 5 | rx-spool push --unmarked q.db other
	emitted main >out
	sed -n 1,10p out | outcomes ok | rx-spool ack q.db
	sed -n 11p out | outcomes retry busy | rx-spool ack q.db
	run -64 rx-spool purge q.db
	[ "$output" = "rx-spool: fatal: 40 records wait in lane main of q.db: --yes throws them away" ]
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 40 ]
	run -0 rx-spool purge --yes q.db
	[ "$(sql 'SELECT count(*) FROM main_queue')" = 0 ]
	[ "$(sql 'SELECT count(*) FROM other_queue')" = 5 ]
	[ "$(sql 'SELECT why, n, bytes FROM gap')" = "purged|40|$(($(timed 1 50 | wc -c) + 50))" ]
	[ "$(stat_of main '"\(.stored) \(.acked) \(.purged) \(.bytes) \(.retrying)"')" = "50 10 40 0 0" ]
	balanced main
	balanced other
	run -74 rx-spool purge --yes q.db nolane
}

@test "error_queue answers with the columns of its document (R-36, R-210)" {
	timed 1 100 | rx-spool push --unmarked q.db error
	[ "$(sql 'SELECT COUNT(*) FROM error_queue')" = 100 ]
	[ "$(sql 'SELECT COUNT(*) FROM telemetry_queue')" = 0 ]
	[ "$(sql "SELECT group_concat(name) FROM pragma_table_info('error_queue')")" = \
		id,timestamp,payload,retry_count,created_at,priority ]
	sql 'SELECT payload FROM error_queue ORDER BY id' | cmp - <(timed 1 100)
}

@test "keep: what is dropped and kept is bounded too, with nobody there to settle" {
	for i in 1 2 3 4 5 6 7 8 9; do
		timed $((i * 100)) $((i * 100 + 99)) |
			rx-spool push --unmarked --keep 7d --keep-bytes 20k --full oldest --max-records 50 q.db
	done
	[ "$(sql 'SELECT kept_bytes FROM lane')" -gt 0 ]
	[ "$(sql 'SELECT kept_bytes FROM lane')" -le 20480 ]
	[ "$(sql 'SELECT sum(bytes) FROM segment WHERE done = 1')" = "$(sql 'SELECT kept_bytes FROM lane')" ]
	[ "$(rx-spool query --history q.db | jq -r ._rx.st | sort -u)" = dead ]
	balanced main
}

@test "keep: a record that was sent twice is delivered once, in the history too" {
	printf '{"k":"a"}\n' | rx-spool push --unmarked --keep 7d --id k q.db
	printf '{"k":"a"}\n{"k":"b"}\n' | rx-spool push --unmarked --keep 7d --id k q.db
	emitted main | outcomes ok | rx-spool ack q.db
	[ "$(rx-spool query --history q.db | jq -r 'select(._rx.st == "delivered").k' | paste -sd,)" = a,b ]
}
