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

# about A B: within five in a hundred.
about() { awk "BEGIN { exit !($1 > $2 * .95 && $1 < $2 * 1.05) }"; }

@test "stat: rates of the last minute and the last day, by samples of the counters" {
	fill 6000 --max-records 60000 --max-bytes 0
	sql 'DELETE FROM sample'
	bytes=$(stat_of main .stored_bytes)
	sampled 86000 0 0 0
	sampled 120 5400 0 0
	sampled 60 5700 0 0
	about "$(stat_of main .in_rate)" 5
	about "$(stat_of main .out_rate)" 0.0001 || [ "$(stat_of main .out_rate)" = 0 ]
	about "$(stat_of main .day_rate)" "6000 / 86000"
	about "$(stat_of main .day_bytes_rate)" "$bytes / 86000"
	# 54,000 are free: at 5 a second now, at 6000 in 86000 s all day.
	about "$(stat_of main .full_seconds)" 10800
	about "$(stat_of main .outage_seconds)" "54000 / (6000 / 86000)"
	rx-spool stat q.db >text
	grep -x '  full in        [23] h [0-9]* min' text
	grep -x '  outage lasts   8 d 2[23] h' text
	grep -x '  rate           [45]\.[0-9]/s in, 0.0/s out; the last day 0.1/s in' text
}

@test "stat: a lane that empties, and one without bounds, never gets full" {
	fill 100 --max-records 1000 --max-bytes 0
	emitted main | outcomes ok | rx-spool ack q.db
	sql 'DELETE FROM sample'
	sampled 60 50 0 0
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

@test "stat: samples are one a minute, of a day, and none of a clock that was ahead" {
	fill 10
	fill 10
	[ "$(sql 'SELECT count(*) FROM sample')" = 1 ]
	sampled 90000 1 1 1
	sampled -7200 1 1 1
	sql 'UPDATE lane SET sampled_ms = sampled_ms - 61000'
	fill 10
	[ "$(sql 'SELECT count(*), max(stored) FROM sample')" = '2|30' ]
	sql 'UPDATE lane SET sampled_ms = sampled_ms + 7200000'
	fill 10
	[ "$(sql 'SELECT max(stored) FROM sample')" = 40 ]
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
