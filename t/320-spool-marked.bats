# SPDX-License-Identifier: MIT
# rx-spool claim and push on a marked lane: each line once, whatever comes.
# The stream is made by t/data/spool-tail.py, not by rx-tail.
setup() {
	load helper
	load spool
	need sqlite3
	seq 1 400 | sed 's/$/ a line of a.log/' >a.log
	seq 1 150 | sed 's/.*/& ä "quoted" \\ line of b.log/' >b.log
}

@test "claim: a new lane is new, and its next claim has the next epoch" {
	run -0 rx-spool claim q.db web
	[ "$(jq -c '._rx | [.k, .v, .ln, .ep, .new, .pos]' <<<"$output")" = \
		'["claim",1,"web",1,true,[]]' ]
	[ "$(jq -c '._rx | keys_unsorted' <<<"$output")" = \
		'["k","v","sp","ln","ep","tk","new","pos"]' ]
	first=$(jq -r ._rx.tk <<<"$output")
	run -0 rx-spool claim q.db web
	[ "$(jq -c '._rx | [.ep, .new]' <<<"$output")" = '[2,true]' ]
	[ "$(jq -r ._rx.tk <<<"$output")" != "$first" ]
}

# sources N FIRST DONE: so many that the lane web has known.
sources() {
	sql "INSERT INTO source (lane, src, off, hwm, entry, anchors, done, saved_ms)
		WITH RECURSIVE k(i) AS (VALUES ($2) UNION ALL
			SELECT i + 1 FROM k WHERE i < $2 + $1 - 1)
		SELECT 1, printf('%016d', i), 9, 9, json_set(entry, '\$.s',
			printf('%016d', i), '\$.x', json('$3')), '[]', $3, i
		FROM k, (SELECT entry FROM source WHERE lane = 1 LIMIT 1)"
}

@test "claim: the oldest finished sources are left out of what a record holds" {
	run -0 marked web a.log b.log
	sources 9000 1 true
	sources 20 9001 false
	rx-spool claim q.db web >claim
	[ "$(stat -c %s claim)" -lt $((960 * 1024)) ]
	[ "$(stat -c %s claim)" -gt $((900 * 1024)) ]
	jq -r '._rx.pos[] | select(.x) | .s' claim | sort >got
	[ "$(sed -n '$p' got)" = 0000000000009000 ]
	[ "$(seq -f %016.0f $((9001 - $(wc -l <got))) 9000 | cmp - got)" = "" ]
	[ "$(jq '[._rx.pos[] | select(.x | not)] | length' claim)" = 22 ]
	# They are known all the same: read again, nothing is stored twice.
	[ "$(sql 'SELECT count(*) FROM source')" = 9022 ]
	run -0 marked web a.log b.log
	sql 'UPDATE source SET done = 1, saved_ms = 0 WHERE saved_ms > 9020'
	run -0 marked web a.log b.log
	[ "$(stat_of web .replayed)" = 550 ]
	lines_stored web a.log b.log
}

@test "claim: more unfinished sources than a record holds end it with 78" {
	run -0 marked web a.log
	sources 9000 1 false
	run -78 rx-spool claim q.db web
	[[ "$output" == "rx-spool: fatal: lane web of q.db reads too many files at once: "* ]]
	[ "$(stat_of web .epoch)" = 1 ]
}

@test "push: a marked stream is stored once, and the claim goes on behind it" {
	run -0 marked web a.log b.log
	lines_stored web a.log b.log
	balanced web
	rx-spool claim q.db web >claim
	[ "$(jq '._rx.new' claim)" = false ]
	[ "$(jq '[._rx.pos[].o] | sort' -c claim)" = \
		"$(stat -c %s a.log b.log | sort -n | jq -sc .)" ]
	seq 401 500 | sed 's/$/ a line of a.log/' >>a.log
	run -0 marked web a.log b.log
	lines_stored web a.log b.log
	[ "$(stat_of web .replayed)" = 0 ]
}

@test "push: an entry comes back from claim as the mark had it" {
	sed 's/.*/"esc\\u0041ped"/' <<<x >'we"ird é.log'
	run -0 marked web 'we"ird é.log'
	rx-spool claim q.db web >claim
	[ "$(jq -r '._rx.pos[0].p' claim)" = 'we"ird é.log' ]
	[ "$(jq -c '._rx.pos[0] | keys_unsorted' claim)" = \
		'["s","o","g","i","d","b","h","a","p","fr","x"]' ]
	[ "$(jq -r '._rx.pos[0].a[1]' claim)" = \
		"$(tail -c 64 'we"ird é.log' | sha256sum | cut -c 1-32)" ]
}

@test "push: the last four offsets and anchors of a source are kept" {
	for n in 10 20 30 40 50 60; do
		seq 1 $n | sed 's/$/ line/' >a.log
		EVERY=1000 run -0 marked web a.log
	done
	[ "$(sql 'SELECT json_array_length(anchors) FROM source')" -ge 4 ]
	[ "$(sql "SELECT json_extract(anchors, '\$[0][0]') FROM source")" = \
		"$(stat -c %s a.log)" ]
	[ "$(sql "SELECT json_extract(anchors, '\$[1][1][1]') FROM source")" = \
		"$(seq 1 50 | sed 's/$/ line/' | tail -c 64 | sha256sum | cut -c 1-32)" ]
}

@test "push: a stream that drops or reorders ends with 65, nothing too far stored" {
	for fault in reorder hole back twice; do
		FAULT=$fault run -65 marked $fault a.log b.log
		[[ "$output" == "rx-spool: fatal: the stream on lane $fault of q.db is broken: "* ]]
		# Nothing stands behind a position that was not stored.
		run -0 marked $fault a.log b.log
		lines_stored $fault a.log b.log
		[ "$(stat_of $fault .replayed)" = 0 ]
	done
}

@test "push: a stream that does not begin, or not with our claim, ends with 65" {
	FAULT=nobegin run -65 marked web a.log
	[[ "$output" == *"does not start with begin"* ]]
	rx-spool claim other.db web >foreign
	python3 "$RX_TOP/t/data/spool-tail.py" foreign a.log >stream
	run -65 rx-spool push q.db web <stream
	[[ "$output" == *"begin holds no claim of this lane" ]]
	[ "$(sql 'SELECT count(*) FROM queue')" = 0 ]
}

@test "push: an older run is fenced at its begin and at its next commit (X-12)" {
	rx-spool claim q.db web >old
	python3 "$RX_TOP/t/data/spool-tail.py" old a.log >stream
	mkfifo pipe
	rx-spool push q.db web <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	head -100 stream >&4
	stored() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" -ge 80 ]; }
	soon stored
	kill -STOP $pid
	run -0 marked web a.log
	tail -n +101 stream >&4
	exec 4>&-
	kill -CONT $pid
	rc=0
	wait $pid || rc=$?
	[ "$rc" = 75 ]
	[ "$(cat err)" = "rx-spool: fatal: fenced: lane web of q.db was claimed with epoch 2, this run has epoch 1" ]
	lines_stored web a.log
	[ "$(sql 'SELECT count(*) FROM queue')" = 400 ]
	run -75 rx-spool push q.db web <stream
}

@test "push: an older run that wakes up before its first mark is fenced, not broken (X-12)" {
	rx-spool claim q.db web >old
	python3 "$RX_TOP/t/data/spool-tail.py" old a.log >stream
	mkfifo pipe
	rx-spool push q.db web <pipe 2>err 3>&- &
	pid=$!
	exec 4>pipe
	head -1 stream >&4
	begun() { [ "$(sql "SELECT nonce != '' FROM lane")" = 1 ]; }
	soon begun
	# The next run stores what the old one is about to read.
	run -0 marked web a.log
	tail -n +2 stream >&4 || : # it may have ended
	exec 4>&-
	rc=0
	wait $pid || rc=$?
	cat err
	[ "$rc" = 75 ]
	[ "$(cat err)" = "rx-spool: fatal: fenced: lane web of q.db was claimed with epoch 2, this run has epoch 1" ]
	lines_stored web a.log
}

@test "push: a claim serves one run: a second one that began with it is fenced" {
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >one
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >two
	mkfifo pipe
	rx-spool push q.db web <pipe 3>&- &
	pid=$!
	exec 4>pipe
	head -100 one >&4
	stored() { [ "$(sql 'SELECT count(*) FROM queue' 2>/dev/null)" -ge 80 ]; }
	soon stored
	run -75 rx-spool push q.db web <two
	[ "$output" = "rx-spool: fatal: fenced: the claim of lane web of q.db with epoch 1 served another run; each run needs a claim of its own" ]
	tail -n +101 one >&4
	exec 4>&-
	wait $pid
	lines_stored web a.log
	[ "$(sql 'SELECT count(*) FROM queue')" = 400 ]
	# The same stream again is the same run: a replay.
	run -0 rx-spool push q.db web <one
	[ "$(sql 'SELECT count(*) FROM queue')" = 400 ]
}

@test "push: a token that was not given out is no claim" {
	rx-spool claim q.db web >claim
	sed 's/"tk":"./"tk":"*/' claim >forged
	python3 "$RX_TOP/t/data/spool-tail.py" forged a.log >stream
	run -65 rx-spool push q.db web <stream
	[ "$(sql 'SELECT count(*) FROM queue')" = 0 ]
}

@test "push: a mark of another run is stored as text and not obeyed" {
	FAULT=foreign run -0 marked web a.log
	[ "$(stat_of web .forged)" = 1 ]
	[ "$(sql "SELECT json_extract(payload, '\$.forged') FROM web_queue
		WHERE payload LIKE '%forged%'")" = \
		'{"_rx":{"k":"mark","n":"somebody","q":1,"full":true,"pos":[]}}' ]
	[ "$(sql "SELECT count(*) FROM web_queue")" = 401 ]
}

@test "push: under tee the spool that is ahead drops the replay by coordinates" {
	rx-spool claim a.db web >ca
	rx-spool claim q.db web >cq
	python3 "$RX_TOP/t/data/spool-tail.py" ca,cq a.log >stream
	# a.db gets all of it, q.db the first part: it is behind.
	rx-spool push a.db web <stream
	head -200 stream | rx-spool push q.db web
	behind=$(sql 'SELECT count(*) FROM queue')
	[ "$behind" -gt 0 ] && [ "$behind" -lt 400 ]
	rx-spool claim a.db web >ca
	rx-spool claim q.db web >cq
	python3 "$RX_TOP/t/data/spool-tail.py" ca,cq a.log >stream
	tee >(rx-spool push a.db web) <stream | rx-spool push q.db web
	lines_stored web a.log
	[ "$(stat_of web .replayed)" = 0 ]
	replayed() { [ "$(rx-spool stat --json a.db web | jq .lanes[0].replayed)" = $((400 - behind)) ]; }
	soon replayed
	cp a.db q.db && rm -f q.db-* && lines_stored web a.log
}

@test "push: cut anywhere, what is stored is what the last whole mark says (X-15)" {
	head -40 a.log >short.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 7 claim short.log >stream
	python3 - stream >cuts <<-'P'
	import json, random, sys
	data = open(sys.argv[1], "rb").read()
	random.seed(5)
	ends = [i for i, c in enumerate(data) if c == 10]
	cuts = set(random.sample(range(len(data)), 30)) | {0, len(data)}
	for e in ends[:6]:
	    cuts |= {e - 1, e, e + 1}
	for cut in sorted(cuts):
	    n = marked = 0
	    for line in data[:cut].split(b"\n"):
	        try:
	            rec = json.loads(line)
	        except ValueError:
	            continue
	        k = rec["_rx"].get("k")
	        n += k is None
	        if k == "mark":
	            marked = n
	    print(cut, marked)
	P
	cp q.db fresh.db
	while read -r cut want; do
		rm -f q.db*
		cp fresh.db q.db
		head -c "$cut" stream | rx-spool push q.db web 2>err
		[ ! -s err ]
		[ "$(sql 'SELECT count(*) FROM web_queue')" = "$want" ] ||
			{ echo "cut $cut want $want"; false; }
	done <cuts
}

@test "push: more than --max-segment without a mark is stored early, once (P4)" {
	EVERY=100000 PUSH="rx-spool push --max-segment 64k" run -0 marked web a.log
	python3 -c 'for i in range(3000): print("%d " % i + "x" * 100)' >big.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 100000 claim big.log >stream
	# Cut before its mark: the early part is stored, and not read as marked.
	head -2500 stream | rx-spool push --max-segment 64k q.db web
	early=$(sql "SELECT count(*) FROM web_queue WHERE payload LIKE '%big.log%'")
	[ "$early" -gt 0 ] && [ "$early" -lt 2500 ]
	[ "$(sql "SELECT off FROM source WHERE hwm > off AND off = 0" | wc -l)" = 1 ]
	EVERY=100000 run -0 marked web big.log
	lines_stored web a.log big.log
	[ "$(stat_of web .replayed)" = "$early" ]
}

@test "push: what is stored early does not part the records of one line (P4)" {
	seq 1 30 >few.log
	cat >split.py <<-'P'
	import sys
	for line in sys.stdin:
	    if "log_line" not in line:
	        sys.stdout.write(line)
	        continue
	    rx, rest = line.rstrip("\n").split("}", 1)
	    for n in range(7):
	        print('%s,"n":%d},"x":"%s"%s' % (rx, n, "x" * 2900, rest))
	P
	split_stream() {
		rx-spool claim q.db web >claim
		python3 "$RX_TOP/t/data/spool-tail.py" --every 100000 claim few.log |
			python3 split.py
	}
	# 22 records outgrow it, and the 22nd is the first of its line.
	for cut in 22 25 29 30; do
		rm -f q.db*
		split_stream >stream
		head -$((1 + cut)) stream | rx-spool push --max-segment 64k q.db web
		[ "$(sql 'SELECT count(*) FROM queue')" = $((cut < 29 ? 0 : 28)) ]
		split_stream >stream
		rx-spool push --max-segment 64k q.db web <stream
		[ "$(sql 'SELECT count(*) FROM queue')" = 210 ]
	done
}

@test "push: one line without end ends the run with 65 (P4)" {
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 100000 claim a.log |
		awk 'NR == 3 { while (++n < 9000) print } { print }' >stream
	run -65 rx-spool push --max-segment 64k q.db web <stream
	[[ "$output" == *"became more than twice --max-segment 65536 bytes" ]]
}

@test "push: without coordinates an overgrown segment ends the run with 65 (P4)" {
	python3 -c 'for i in range(3000): print("%d " % i + "x" * 100)' >big.log
	FAULT=uncoordinated EVERY=100000 PUSH="rx-spool push --max-segment 64k" \
		run -65 marked web big.log
	[[ "$output" == *"without coordinates" ]]
	[ "$(sql 'SELECT count(*) FROM queue')" = 0 ]
}

# marks_missed: push takes the stream and nothing more, while the pipe is open.
marks_missed() {
	mkfifo pipe
	exec 4<>pipe
	cat stream >&4 &
	run -65 timeout 60 rx-spool push --mark-timeout 200ms q.db web <pipe
	exec 4>&-
	[[ "$output" == *"a stage drops marks" ]]
}

@test "push: data and no mark for --mark-timeout ends with 65" {
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 100000 claim a.log |
		head -50 >stream
	marks_missed
}

@test "push: a replay and no mark for --mark-timeout ends with 65, too" {
	rx-spool claim a.db web >ca
	rx-spool claim q.db web >cq
	python3 "$RX_TOP/t/data/spool-tail.py" ca,cq a.log | rx-spool push q.db web
	rx-spool claim q.db web >cq
	python3 "$RX_TOP/t/data/spool-tail.py" ca,cq a.log | grep -v '"k":"mark"' >stream
	marks_missed
	[ "$(sql 'SELECT count(*) FROM queue')" = 400 ]
}

@test "push: gaps are stored with their mark" {
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	n=$(jq -r 'select(._rx.k == "begin")._rx.n' stream)
	g='{"_rx":{"k":"gap","n":"'$n'","s":"abcdefghijklmnop","from":900,"to":null,"why":"truncated","p":"/x"}}'
	sed "5i $g" stream | rx-spool push q.db web
	[ "$(sql 'SELECT src, from_offset, to_offset IS NULL, why, path FROM gap')" = \
		'abcdefghijklmnop|900|1|truncated|/x' ]
	[ "$(stat_of web .gaps)" = 1 ]
}

@test "push: a lane is marked or unmarked for life" {
	run -0 marked web a.log
	run -65 rx-spool push --unmarked q.db web <<<'{"a":1}'
	rx-spool push --unmarked q.db plain <<<'{"a":1}'
	run -65 rx-spool claim q.db plain
	run -65 rx-spool push q.db plain <<<'{"a":1}'
	[ "$(sql 'SELECT count(*) FROM queue')" = 401 ]
}

@test "push: twenty runs that fight for a lane store each line once (X-26)" {
	for i in $(seq 20); do
		(
			rx-spool claim q.db web >"c$i" &&
				python3 "$RX_TOP/t/data/spool-tail.py" --every 5 "c$i" a.log |
				rx-spool push --linger 0 q.db web
			echo $? >"rc$i"
		) 2>>err 3>&- &
	done
	wait
	[ "$(cat rc* | sort -u | tr '\n' ' ')" = "0 " ] ||
		[ "$(cat rc* | sort -u | tr '\n' ' ')" = "0 75 " ]
	run -0 marked web a.log
	lines_stored web a.log
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}
