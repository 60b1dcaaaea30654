# SPDX-License-Identifier: MIT
# rx-spool dead: dead letters listed, edited, put back, thrown away, bounded.
setup() {
	load helper
	load spool
	need sqlite3
}

letters() { # N [LANE]: so many records, all rejected
	seq 1 "$1" | sed 's/.*/{"n":&,"queue":"old"}/' |
		rx-spool push --unmarked q.db "${2:-main}"
	emitted "${2:-main}" >out
	outcomes reject 'no "queue"' <out | rx-spool ack q.db
}
ns() { jq -c .n | paste -sd, -; }

@test "dead: a letter is the record, with reason, attempts and times" {
	letters 3
	rx-spool dead q.db >list
	[ "$(jq -c 'del(._rx)' list)" = "$(seq 1 3 | sed 's/.*/{"n":&,"queue":"old"}/')" ]
	[ "$(jq -c '._rx | [.letter, .lane, .why, .at]' list | sed -n 2p)" = '[2,"main","no \"queue\"",1]' ]
	[ "$(jq -r ._rx.id list)" = "$(jq -r ._rx.id out)" ]
	[ "$(jq -r '._rx | select(.stored <= .died) | .died[:2]' list | sort -u)" = 20 ]
	[ "$(rx-spool dead --letter 2 q.db | ns)" = 2 ]
	[ "$(rx-spool dead --where n=3 q.db | ns)" = 3 ]
	[ "$(rx-spool dead --limit 2 q.db | ns)" = 1,2 ]
	run -1 rx-spool dead --letter 9 q.db
	run -1 rx-spool dead --since 2020-01-01T00:00:00Z --until 2021-01-01T00:00:00Z q.db
}

@test "dead: edited by jq and put back, each comes again once, with its id" {
	letters 3
	rx-spool dead q.db | jq -c '.queue = "new"' >edited
	run -0 rx-spool dead --put-back q.db <edited
	[ "$output" = "rx-spool: 3 dead letters put back" ]
	emitted main >again
	[ "$(jq -c '[.n, .queue]' again)" = "$(printf '[%d,"new"]\n' 1 2 3)" ]
	[ "$(jq -r ._rx.id again)" = "$(jq -r ._rx.id out)" ]
	run -1 rx-spool dead q.db
	# A second time they are not there.
	run -1 rx-spool dead --put-back q.db <edited
	[ "${lines[1]}" = "rx-spool: warning: 3 dead letters are no longer there" ]
	[ "$(emitted main | wc -l)" = 3 ]
	[ "$(stat_of main '"\(.stored) \(.dead) \(.restored) \(.dead_letters)"')" = "6 3 3 0" ]
	balanced main
	outcomes ok <again | rx-spool ack q.db
	balanced main
}

@test "dead: one pipe puts all back, also what has coordinates, also in several lanes" {
	seq 1 5 | sed 's/$/ line/' >a.log
	marked web a.log
	emitted web >web.out
	outcomes reject no <web.out | rx-spool ack q.db
	letters 4 other
	rx-spool dead q.db | rx-spool dead --put-back q.db
	[ "$(emitted other | ns)" = 1,2,3,4 ]
	emitted web >again
	[ "$(jq -r '._rx.id + .log_line' again)" = "$(jq -r '._rx.id + .log_line' web.out)" ]
	# The run of a marked lane goes on as if nothing had been.
	seq 6 7 | sed 's/$/ line/' >>a.log
	marked web a.log
	lines_stored web a.log
}

@test "dead: put back by jq -S, whose members are sorted, _rx among them" {
	letters 2
	rx-spool dead q.db | jq -cS '.A = 1' | rx-spool dead --put-back q.db
	emitted main >again
	[ "$(jq -c 'keys_unsorted' again | sort -u)" = '["_rx","A","n","queue"]' ]
	[ "$(jq -r ._rx.id again)" = "$(jq -r ._rx.id out)" ]
}

@test "dead: lines that are no letters are refused, others are put back" {
	letters 3
	rx-spool dead q.db >list
	{
		echo '{"n":9}'
		echo nonsense
		jq -c 'select(.n == 1) | ._rx.id = "wrong"' list
		sed -n 2p list
		sed -n 3p list | head -c 20
	} >lines
	run -1 --separate-stderr rx-spool dead --put-back q.db <lines
	[ "${stderr_lines[0]}" = "rx-spool: warning: line 1 is no dead letter" ]
	[[ "$stderr" == *"warning: "[34]" lines refused"* ]]
	[ "$(emitted main | ns)" = 2 ]
	[ "$(rx-spool dead q.db | ns)" = 1,3 ]
	sed -n 1p list >lines
	run -1 rx-spool dead --put-back q.db other <lines
	[[ "$output" == *"line 1 is of another lane"* ]]
	[ "$(rx-spool dead q.db | ns)" = 1,3 ]
}

@test "dead: --purge throws away what is selected, and only with --yes" {
	letters 5
	letters 3 other
	run -64 rx-spool dead --purge q.db
	[ "$output" = "rx-spool: fatal: 8 dead letters: --yes throws them away" ]
	run -0 rx-spool dead --purge --yes --where n=2 q.db
	[ "$output" = "rx-spool: 2 dead letters thrown away" ]
	run -0 rx-spool dead --purge --yes q.db other
	[ "$(rx-spool dead q.db | ns)" = 1,3,4,5 ]
	[ "$(stat_of main '"\(.dead) \(.dead_purged) \(.dead_letters)"')" = "5 1 4" ]
	[ "$(stat_of other '"\(.dead) \(.dead_purged) \(.dead_letters)"')" = "3 3 0" ]
	[ "$(sql 'SELECT (SELECT sum(bytes) FROM dead) = sum(dead_bytes) FROM lane')" = 1 ]
}

@test "dead: bounds of a lane are set and hold at once" {
	letters 10
	run -0 rx-spool dead --max-records 4 q.db main
	[ "$(rx-spool dead q.db | ns)" = 7,8,9,10 ]
	letters 3
	[ "$(rx-spool dead q.db | ns)" = 10,1,2,3 ]
	run -0 rx-spool dead --max-bytes 0 q.db main
	run -1 rx-spool dead q.db
	[ "$(stat_of main '"\(.dead) \(.dead_dropped)"')" = "13 13" ]
	run -64 rx-spool dead --purge --put-back q.db
	run -74 rx-spool dead q.db nolane
}

@test "dead: put back while others store, deliver and reject, nothing is lost or doubled" {
	letters 200
	seq 1001 3000 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked --linger 0s --batch 1k q.db 3>&- &
	pusher=$!
	rx-spool dead q.db | rx-spool dead --put-back q.db
	wait $pusher
	emitted main | jq .n | sort -n | cmp - <(seq 1 200; seq 1001 3000)
	balanced main
}

@test "dead: kill -9 in the middle of putting back leaves each letter in one place" {
	letters 3000
	rx-spool dead q.db >list
	for ms in 5 10 15 20 30; do
		# --foreground: it is waited for, it may hang in a last write.
		timeout --foreground -s KILL "0.0$(printf %02d $ms)" \
			rx-spool dead --put-back q.db <list >/dev/null 2>&1 || :
		{ rx-spool dead q.db || :; rx-spool query q.db || :; } | jq .n | sort -n | cmp - <(seq 1 3000)
		balanced main
	done
}

@test "dead: what was put back is found by its own time" {
	echo '{"timestamp":"2026-01-05T10:00:00Z","n":1}' | rx-spool push --unmarked q.db
	emitted main | outcomes reject no | rx-spool ack q.db
	rx-spool dead q.db | rx-spool dead --put-back q.db
	[ "$(rx-spool query --since 2026-01-05T00:00:00Z --until 2026-01-06T00:00:00Z q.db | jq .n)" = 1 ]
}

@test "dead: a letter that is not what was stored is damage, salvaged and named" {
	printf '{"n":%d}\n' 1 2 3 | rx-spool push --unmarked q.db
	emitted main | outcomes reject no | rx-spool ack q.db
	sql "UPDATE dead SET record = '{\"n\":7}' WHERE letter = 2"
	run -65 rx-spool dead q.db
	[[ "${lines[-1]}" == "rx-spool: fatal: q.db is damaged: dead letter 2 is not what was stored" ]]
	run -1 rx-spool salvage q.db
	[[ "$output" == *"warning: 1 dead letters are not what was stored: look at them"* ]]
	rx-spool dead q.db | jq -c .n | paste -sd, | grep -qx 1,7,3
	run -0 rx-spool salvage q.db
}

@test "dead: what is noted for a history goes when none is kept after all" {
	printf '{"n":%d}\n' 1 2 3 4 | rx-spool push --unmarked --keep 1h q.db
	emitted main >out
	head -2 out | outcomes reject no | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM buried')" = 2 ]
	rx-spool push --unmarked q.db <<<'{"n":5}' # --keep 0
	tail -2 out | outcomes ok | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM buried')" = 0 ]
	printf '{"n":%d}\n' 6 7 | rx-spool push --unmarked --keep 1h q.db
	emitted main | tail -1 | outcomes reject no | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM buried')" = 1 ]
	rx-spool purge -q --yes q.db
	[ "$(sql 'SELECT count(*) FROM buried')" = 0 ]
}

@test "gap: a lane keeps its newest ones, the older are summed up by reason" {
	rx-spool push --unmarked q.db <<<'{"n":1}'
	sql "INSERT INTO gap (lane, src, from_offset, to_offset, why, path, at_ms)
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 8000)
		SELECT 1, 's', 10, 15, 'truncated', '/log', i FROM c;
		INSERT INTO gap (lane, why, n, bytes, policy, at_ms)
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c LIMIT 4000)
		SELECT 1, 'dropped', 2, 20, 'oldest', i FROM c;
		INSERT INTO gap (lane, why, n, at_ms) VALUES (7, 'purged', 1, 1)"
	rx-spool purge -q --yes q.db
	[ "$(sql 'SELECT count(*) FROM gap WHERE lane = 1')" -le 10002 ]
	[ "$(sql 'SELECT count(*) FROM gap WHERE lane = 7')" = 1 ]
	[ "$(sql 'SELECT why, sum(times), sum(n), sum(coalesce(bytes, to_offset - from_offset))
		FROM gap WHERE lane = 1 GROUP BY why')" = "$(printf '%s\n' \
		'dropped|4000|8000|80000' 'purged|1|1|9' 'truncated|8000||40000')" ]
	[ "$(stat_of main .gaps)" = 12001 ]
	# The newest are as they were.
	[ "$(sql "SELECT count(*) FROM gap WHERE why = 'truncated' AND times = 1 AND path = '/log'")" -ge 5990 ]
}
