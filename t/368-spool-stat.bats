# SPDX-License-Identifier: MIT
# rx-spool stat: rates, forecasts, its three forms, and nothing left behind.
setup() {
	load helper
	load spool
	need sqlite3
}

fill() { seq 1 "$1" | sed 's/.*/{"n":&}/' | rx-spool push --unmarked "${@:2}" q.db; }

# sampled SECONDS STORED BYTES SETTLED: the counters, so long ago.
sampled() {
	sql "INSERT OR REPLACE INTO sample VALUES (1,
		(SELECT cast((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - $1 * 1000, $2, $3, $4)"
}

# about A B: within fifteen in a hundred, of a minute nine seconds.
about() { awk "BEGIN { exit !($1 > $2 * .85 && $1 < $2 * 1.15) }"; }

@test "stat: rates of the last minute and the last day, by samples of the counters" {
	fill 6000 --max-records 60000 --max-bytes 0
	sql 'DELETE FROM sample'
	bytes=$(stat_of main .stored_bytes)
	sampled 86400 0 0 0
	sampled 120 5400 0 0
	sampled 60 5700 0 0
	rx-spool stat --json q.db >json # at once: time goes on
	of() { jq ".lanes[0].$1" json; }
	about "$(of in_rate)" 5
	[ "$(of out_rate)" = 0 ]
	about "$(of day_rate)" "6000 / 86400"
	about "$(of day_bytes_rate)" "$bytes / 86400"
	# 54,000 are free: at 5 a second now, at 6000 in a day.
	about "$(of full_seconds)" 10800
	about "$(of outage_seconds)" "54000 / (6000 / 86400)"
	rx-spool stat q.db >text
	grep -x '  full in        [23] h [0-9]* min' text
	grep -x '  outage lasts   [89] d [0-9]* h' text
	grep -x '  rate           [45]\.[0-9]/s in, 0.0/s out; the last day 0.1/s in' text
}

@test "stat: a lane that empties, and one without bounds, never gets full" {
	fill 100 --max-records 1000 --max-bytes 0
	emitted main | outcomes ok | rx-spool ack q.db
	sql 'DELETE FROM sample'
	sampled 3600 50 0 0
	[ "$(stat_of main '.full_seconds, .outage_seconds == null' | paste -sd,)" = null,false ]
	sql 'UPDATE lane SET max_records = 0'
	[ "$(stat_of main '.full_seconds, .outage_seconds, .utilisation' | sort -u)" = null ]
}

@test "stat: the nearer bound counts, and what is over it is full" {
	fill 100 --max-records 1000 --max-bytes 0
	sql 'UPDATE lane SET max_bytes = bytes * 2'
	[ "$(stat_of main .utilisation)" = 0.5 ]
	sql 'UPDATE lane SET max_bytes = bytes / 2'
	[ "$(stat_of main '"\(.utilisation) \(.outage_seconds)"')" = "$(stat_of main '"\(.utilisation) 0"')" ]
	[ "$(stat_of main '.utilisation > 1')" = true ]
}

@test "stat: from the first minute of a lane nothing is foretold, and what the rates are over is told" {
	fill 1000 --max-records 100000
	[ "$(stat_of main '"\(.rate_seconds < 30) \(.rate_seconds == .day_seconds) \(.full_seconds) \(.outage_seconds)"')" = "true true null null" ]
	rx-spool stat q.db >text
	grep -xE '  rate           [0-9.]+/s in, 0\.0/s out for [0-9]+ s; the last [0-9]+ s [0-9.]+/s in' text
	run -1 grep 'full in' text
	grep -x '  outage lasts   not known before an hour of rates' text
	# A minute is enough for the one, an hour for the other.
	sql 'DELETE FROM sample'
	sampled 600 0 0 0
	sampled 61 500 0 0
	[ "$(stat_of main '"\(.rate_seconds) \(.full_seconds > 0) \(.outage_seconds)"')" = "60 true null" ]
	rx-spool stat q.db | grep -E '/s out; the last 10 min [0-9] s '
	sampled 3601 0 0 0
	[ "$(stat_of main '.outage_seconds > 0')" = true ]
}

@test "stat: what came after hours of nothing is not spread over them, what came before is over" {
	fill 6000 --max-records 60000
	sql 'DELETE FROM sample'
	sampled 300000 1000 0 0
	sampled 20000 2000 0 0
	sampled 10 2500 0 0
	about "$(stat_of main .in_rate)" "3500 / 60"
	about "$(stat_of main .day_rate)" "4000 / 86400"
	sql 'DELETE FROM sample'
	sampled 20000 5000 0 0
	[ "$(stat_of main '"\(.in_rate) \(.day_seconds > 19000)"')" = "0 true" ]
}

@test "stat: samples are one a minute, of a day and the one before, and none of a clock that was ahead" {
	fill 10
	fill 10
	[ "$(sql 'SELECT count(*) FROM sample')" = 1 ]
	sampled 98000 1 1 1
	sampled 90000 1 1 1
	sampled -7200 1 1 1
	sql 'UPDATE lane SET sampled_ms = sampled_ms - 61000'
	fill 10
	[ "$(sql 'SELECT count(*), max(stored) FROM sample')" = '3|20' ] # before the commit
	sql 'UPDATE lane SET sampled_ms = sampled_ms + 7200000'
	fill 10
	[ "$(sql 'SELECT max(stored) FROM sample')" = 30 ]
}

@test "stat --prometheus: each family told once, its values behind it, as JSON has them" {
	fill 10 --max-records 40
	seq 1 3 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked q.db other.lane
	rx-spool stat --prometheus q.db >prom
	python3 - <<-'P'
	import json, re, subprocess
	stat = json.loads(subprocess.run(["rx-spool", "stat", "--json", "q.db"], capture_output=True, check=True).stdout)
	seen, current, values = set(), None, {}
	for line in open("prom").read().splitlines():
	    if m := re.fullmatch(r"# HELP (\S+) .+", line):
	        assert m[1] not in seen, line
	        current = m[1]; seen.add(current)
	    elif m := re.fullmatch(r"# TYPE (\S+) (counter|gauge)", line):
	        assert m[1] == current and m[1].endswith("_total") == (m[2] == "counter"), line
	    else:
	        m = re.fullmatch(r'(\w+)(?:\{lane="([^"]+)"\})? (\S+)', line)
	        assert m and m[1] == current, line
	        values[m[1], m[2]] = float(m[3])
	for lane in stat["lanes"]:
	    n = lane["lane"]
	    assert values["rx_spool_pending_records", n] == lane["pending"]
	    assert values["rx_spool_stored_total", n] == lane["stored"]
	    assert values["rx_spool_utilisation_ratio", n] == lane["utilisation"]
	assert values["rx_spool_file_bytes", None] == stat["db_bytes"]
	P
	rx-spool stat --prometheus q.db other.lane >prom
	! grep 'lane="main"' prom || false
}

@test "stat, query, dead: no log and no index is left where there was none" {
	fill 10
	ls q.db* >before
	[ "$(cat before)" = "$(printf 'q.db\nq.db.lock\n')" ]
	rx-spool stat q.db >/dev/null
	rx-spool query q.db >/dev/null
	run -1 rx-spool dead q.db
	ls q.db* | cmp - before
	# Nor by who alone has it open, not even without the lock file.
	mkdir alone
	cp q.db alone
	rx-spool stat alone/q.db >/dev/null
	[ "$(ls alone)" = q.db ]
	# An emit that is there keeps its own.
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon has out 11
	rx-spool stat q.db >/dev/null
	[ -e q.db-wal ] && [ -e q.db-shm ]
	rx-spool push --unmarked q.db <<<'{"n":11}'
	soon has out 12
	kill $pid
	wait $pid
	ls q.db* | cmp - <(printf '%s\n' q.db q.db.emit-main q.db.lock)
}

@test "stat: what a crash left in the log is told, and stays for the next writer" {
	mkfifo pipe
	rx-spool push --unmarked q.db <pipe 3>&- &
	pid=$!
	exec 4>pipe
	seq 1 5 | sed 's/.*/{"n":&}/' >&4
	there() { [ "$(sql 'SELECT count(*) FROM queue')" = 5 ]; }
	soon there
	kill -9 $pid
	wait $pid || :
	exec 4>&-
	cp q.db before
	[ "$(stat_of main .pending)" = 5 ]
	cmp q.db before
	rx-spool claim q.db other >/dev/null
	[ "$(stat_of main .pending)" = 5 ]
	[ ! -e q.db-wal ]
}
