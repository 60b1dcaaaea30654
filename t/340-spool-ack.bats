# SPDX-License-Identifier: MIT
# rx-spool ack: which outcome settles which record, and which nothing.
setup() {
	load helper
	load spool
	need sqlite3
}

fill() { # N [LANE]
	seq 1 "$1" | sed 's/.*/{"n":&}/' | rx-spool push --unmarked q.db "${2:-main}"
}

left() { sql "SELECT group_concat(json_extract(payload, '\$.n')) FROM main_queue"; }

# out TAG STATE [ID [EPOCH [TO]]]: one outcome of the records in `out`.
out() {
	local id
	id=${3:-$(jq -r "select(._rx.tag == $1)._rx.id" out)}
	jq -nc --argjson tag "$1" --arg st "$2" --arg id "$id" \
		--argjson ep "${4:-1}" --argjson to "${5:-null}" \
		'{_rx: ({k: "out", $id, $tag} + (if $to then {$to} else {} end)
			+ {$ep, $st, why: "no such queue"})}'
}

@test "ack: ok settles one record, all of them leave nothing behind" {
	fill 10
	emitted main >out
	sed -n 4p out | outcomes ok | rx-spool ack q.db
	[ "$(left)" = 1,2,3,5,6,7,8,9,10 ]
	balanced main
	outcomes ok <out | rx-spool ack q.db
	[ "$(left)" = "" ]
	[ "$(stat_of main '"\(.acked) \(.repeated) \(.bytes)"')" = "10 1 0" ]
	[ "$(sql 'SELECT (SELECT count(*) FROM segment) + (SELECT count(*) FROM settled)')" = 0 ]
}

@test "ack: settled ranges that touch are one range, in any order of arrival" {
	fill 100
	emitted main >out
	sed -n '1~2p' out | outcomes ok | rx-spool ack q.db
	[ "$(sql 'SELECT count(*) FROM settled')" = 50 ]
	sed -n '2~2p' out | head -40 | sort -R | outcomes ok | rx-spool ack q.db
	[ "$(sql 'SELECT a, b FROM settled' | head -1)" = '1|81' ]
	[ "$(sql 'SELECT count(*) FROM settled')" = 10 ]
	balanced main
}

@test "ack: a range speaks for what was emitted in this epoch and no more" {
	fill 100
	rx-spool emit --once --inflight 1000 q.db | tail -n +2 >out
	rx-spool emit --inflight 40 q.db >out2 3>&- &
	pid=$!
	soon has out2 41
	sed 1d out2 >out
	out 11 ok "" 2 1000000 | rx-spool ack q.db
	kill $pid
	wait $pid
	# 11 to 40 for sure; what the freed room let out may be among them.
	acked=$(stat_of main .acked)
	[ "$acked" -ge 30 ] && [ "$acked" -le 90 ]
	[ "$(sql 'SELECT min(a) FROM settled')" = 11 ]
	[ "$(sql 'SELECT count(*) FROM main_queue WHERE id <= 10')" = 10 ]
	balanced main
}

@test "ack: a range never passes what emit has reached" {
	fill 100
	rx-spool emit --inflight 40 q.db >out 3>&- &
	pid=$!
	soon has out 41
	kill -STOP $pid
	sed -i 1d out
	out 1 ok "" 1 1000000 | rx-spool ack q.db
	[ "$(stat_of main .acked)" = 40 ]
	[ "$(sql 'SELECT min(id) FROM main_queue')" = 41 ]
	kill -CONT $pid
	kill $pid
	wait $pid
}

@test "ack: a range of an older epoch or of another id does nothing" {
	fill 10
	emitted main >out
	emitted main >out
	out 1 ok "" 1 10 | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.stale)"')" = "0 1" ]
	out 1 ok wrong 2 10 | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.mismatched)"')" = "0 1" ]
	out 4 ok "" 2 10 | rx-spool ack q.db
	[ "$(left)" = 1,2,3 ]
}

@test "ack: a range whose first record is settled speaks for the others" {
	fill 100
	emitted main >out
	(out 1 ok; out 1 ok "" 1 100) | rx-spool ack q.db
	[ "$(left)" = "" ]
	[ "$(stat_of main '"\(.acked) \(.mismatched) \(.repeated)"')" = "100 0 0" ]
	fill 10
	emitted main >out
	(out 105 ok; out 105 ok wrong 2 110; out 105 ok "" 1 110) | rx-spool ack q.db
	[ "$(left)" = 1,2,3,4,6,7,8,9,10 ]
	[ "$(stat_of main '"\(.mismatched) \(.stale)"')" = "1 1" ]
	(out 105 ok "" 2 110; out 105 ok "" 2 110) | rx-spool ack q.db
	[ "$(left)" = 1,2,3,4 ]
	[ "$(stat_of main .repeated)" = 1 ]
	balanced main
}

@test "ack: a range whose first segment is gone speaks for the rest of its lane" {
	fill 5
	fill 5 a
	fill 5
	emitted a >/dev/null
	emitted main >out
	outcomes ok <out | head -5 | rx-spool ack q.db
	[ "$(sql 'SELECT min(seg) FROM segment')" = 6 ]
	# The epoch of no lane, of the other lane, then the right one.
	out 1 ok gone 9 15 | rx-spool ack q.db
	[ "$(rx-spool stat --json q.db | jq .unknown)" = 1 ]
	out 1 ok gone 2 13 | rx-spool ack q.db
	[ "$(left)" = 4,5 ]
	[ "$(sql "SELECT count(*) FROM queue WHERE lane = 'a'")" = 5 ]
	out 1 ok gone 1 15 | rx-spool ack q.db
	[ "$(sql "SELECT count(*) FROM queue")" = 2 ]
	balanced main
	balanced a
}

@test "ack: a range settles no other lane" {
	fill 5 a
	fill 5
	fill 5 a
	emitted a >out
	out 1 ok "" 1 15 | rx-spool ack q.db
	[ "$(sql "SELECT count(*) FROM queue WHERE lane = 'a'")" = 0 ]
	[ "$(left)" = 1,2,3,4,5 ]
}

@test "ack: tag and id have to agree, also after all is gone (X-31)" {
	fill 5
	emitted main >out
	outcomes ok <out >old
	out 2 ok "$(jq -r 'select(._rx.tag == 3)._rx.id' out)" | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.mismatched)"')" = "0 1" ]
	rx-spool ack q.db <old
	fill 5
	rx-spool ack q.db <old
	[ "$(left)" = 1,2,3,4,5 ]
	[ "$(rx-spool stat --json q.db | jq .unknown)" = 5 ]
	sed 's/"tag":\([0-9]\)/"tag":1\1/' old | rx-spool ack q.db
	[ "$(left)" = 1,2,3,4,5 ]
}

@test "ack: ok of an older epoch settles all the same" {
	fill 3
	emitted main >out
	emitted main >/dev/null
	outcomes ok <out | rx-spool ack q.db
	[ "$(stat_of main .acked)" = 3 ]
}

@test "ack: reject moves the record to the dead letters with its reason" {
	fill 3
	emitted main >out
	sed -n 2p out | outcomes reject 'no "queue"' | rx-spool ack q.db
	[ "$(left)" = 1,3 ]
	[ "$(sql 'SELECT id, lane, reason, attempts, payload FROM dead_letters')" = \
		'1|main|no "queue"|1|{"n":2}' ]
	[ "$(sql 'SELECT message_id FROM dead_letters')" = "$(jq -r ._rx.id out | sed -n 2p)" ]
	[ "$(stat_of main '"\(.dead) \(.dead_letters)"')" = "1 1" ]
	balanced main
}

@test "ack: retry brings the record again later, with its id and its attempts" {
	fill 3
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon has out 4
	sed -n 3p out | outcomes retry busy | rx-spool ack q.db
	[ "$(sql 'SELECT id, retry_count FROM main_queue WHERE retry_count > 0')" = '2|1' ]
	[ "$(sql "SELECT not_before_ms - CAST(1000 * (julianday('now') - 2440587.5) * 86400 AS INTEGER) BETWEEN -1000 AND 1150 FROM retry")" = 1 ]
	soon has out 5
	[ "$(sed -n 5p out | jq -c '[._rx.tag, ._rx.at, ._rx.ep, .n]')" = '[2,1,1,2]' ]
	[ "$(sed -n 5p out | jq -r ._rx.id)" = "$(sed -n 3p out | jq -r ._rx.id)" ]
	tail -n +2 out | head -4 | outcomes ok | rx-spool ack q.db
	[ "$(stat_of main '"\(.acked) \(.retried) \(.retrying)"')" = "3 1 0" ]
	kill $pid
	wait $pid
}

@test "ack: a clock stepped back by a day does not hold a retry for a day" {
	fill 2
	rx-spool emit q.db >out 3>&- &
	pid=$!
	soon has out 3
	tail -n +2 out >first
	outcomes retry busy <first | rx-spool ack q.db
	sql 'UPDATE retry SET not_before_ms = not_before_ms + 86400000 WHERE tag = 1'
	soon has out 5
	[ "$(sed 1,3d out | jq ._rx.tag | sort | paste -sd,)" = 1,2 ]
	kill $pid
	wait $pid
}

@test "ack: a record that waits for its retry is spared by a range" {
	fill 5
	rx-spool emit q.db >all 3>&- &
	pid=$!
	soon has all 6
	sed 1d all >out
	(out 3 retry; out 1 ok "" 1 5) >outs
	rx-spool ack q.db <outs
	[ "$(left)" = 3 ]
	soon has all 7
	out 3 ok | rx-spool ack q.db
	[ "$(left)" = "" ]
	kill $pid
	wait $pid
}

@test "ack: the last of --max-attempts makes a dead letter, 0 never does" {
	fill 2
	emitted main >out
	out 1 retry | rx-spool ack --max-attempts 1 q.db
	[ "$(sql 'SELECT id, reason, attempts FROM dead_letters')" = '1|no such queue|1' ]
	out 2 retry | rx-spool ack --max-attempts 0 q.db
	out 2 retry | rx-spool ack --max-attempts 0 q.db
	[ "$(stat_of main '"\(.retried) \(.repeated) \(.retrying) \(.dead)"')" = "2 1 1 1" ]
	[ "$(left)" = 2 ]
	balanced main
}

@test "ack: a retry of an older epoch is stale" {
	fill 1
	emitted main >out
	emitted main >/dev/null
	out 1 retry | rx-spool ack q.db
	[ "$(stat_of main '"\(.retried) \(.stale)"')" = "0 1" ]
}

@test "ack: what comes drop by drop is committed ten times a second at most" {
	fill 70
	emitted main >out
	outcomes ok <out >settle
	python3 - <<-'E'
	import subprocess, time
	lines = open("settle").readlines()
	p = subprocess.Popen(["rx-spool", "ack", "--stats", "stats", "q.db"], stdin=subprocess.PIPE, text=True)
	began = at = time.monotonic()
	idle = 0  # on a busy machine: then there is a commit
	for l in lines[:60]:
	    print(l, end="", file=p.stdin, flush=True)
	    time.sleep(.01)
	    idle += time.monotonic() - at > .02
	    at = time.monotonic()
	most = (at - began) * 10 + 2 + idle
	p.stdin.close()
	assert p.wait() == 0
	n = int(next(l for l in open("stats") if l.startswith("rx_spool_ack_commits_total ")).split()[1])
	assert 1 < n <= most, (n, most)
	E
	tail -n +61 settle | rx-spool ack q.db
	[ "$(left)" = "" ]
}

@test "ack: lines that are no outcomes are refused, torn ones dropped" {
	fill 1
	emitted main >out
	(echo oops; echo '{"a":1}'; out 1 ok; out 1 ok | head -c 20) >in
	run -1 rx-spool ack q.db <in
	[ "${lines[1]}" = "rx-spool: warning: 2 lines refused: no outcomes" ]
	[ "$(stat_of main .acked)" = 1 ]
	head -c 30 <<<"$(out 1 ok)" >torn
	run -0 rx-spool ack q.db <torn
}

@test "ack: random outcomes in random order do what a model of the rules does" {
	fill 700 a
	fill 900
	emitted main >out.main
	emitted a >out.a
	emitted main >out.main2
	python3 - <<-'P'
	import json, random
	random.seed(int(__import__("os").environ.get("RX_SEED", "11")))
	rec = {}
	for f, lane in (("out.main2", "main"), ("out.a", "a")):
	    for line in open(f):
	        d = json.loads(line)["_rx"]
	        rec[d["tag"]] = (d["id"], lane)
	# No two lanes share an epoch: main has had 1, a has 2.
	epoch = {"main": 3, "a": 2}
	state = {t: "in" for t in rec}
	c = {l: dict.fromkeys("acked dead repeated mismatched stale retried".split(), 0) for l in epoch}
	unknown = 0
	lines = []
	for _ in range(3000):
	    t = random.choice(sorted(rec)) if random.random() < .97 else random.randint(1, 3000)
	    st = random.choices(["ok", "retry", "reject"], [8, 1, 1])[0]
	    ident, lane = rec.get(t, ("x", None))
	    if random.random() < .05:
	        ident = "wrong"
	    ep = random.choice([1, 2, 3])
	    to = t + random.randint(1, 30) if st == "ok" and random.random() < .2 else t
	    o = {"k": "out", "id": ident, "tag": t}
	    if to > t:
	        o["to"] = to
	    o.update(ep=ep, st=st, why="w")
	    lines.append(json.dumps({"_rx": o}, separators=(",", ":")))
	    if lane is None:
	        unknown += 1
	        continue
	    k = c[lane]
	    done = state[t] in ("acked", "dead")
	    if done and to == t:
	        k["repeated"] += 1
	    elif ident == "wrong":
	        k["mismatched"] += 1
	    elif st == "reject":
	        state[t] = "dead"; k["dead"] += 1
	    elif st == "retry":
	        if ep != epoch[lane]:
	            k["stale"] += 1
	        elif state[t] == "wait":
	            k["repeated"] += 1
	        else:
	            state[t] = "wait"; k["retried"] += 1
	    elif to == t:
	        state[t] = "acked"; k["acked"] += 1
	    elif ep != epoch[lane]:
	        k["stale"] += 1
	    else:
	        n = 0
	        for u in range(t, to + 1):
	            if u in rec and rec[u][1] == lane and state[u] == "in":
	                state[u] = "acked"; n += 1
	        k["acked"] += n
	        k["repeated" if done else "mismatched"] += n == 0
	open("outs", "w").write("\n".join(lines) + "\n")
	open("model", "w").write(json.dumps({"unknown": unknown, "lanes": c}, sort_keys=True))
	open("left", "w").write("".join("%d\n" % t for t in sorted(rec) if state[t] in ("in", "wait")))
	open("waiting", "w").write("".join("%d\n" % t for t in sorted(rec) if state[t] == "wait"))
	P
	# In pieces, so that transactions end anywhere.
	split -l 97 outs piece.
	for p in piece.*; do rx-spool ack q.db <"$p"; done
	sql 'SELECT id FROM queue ORDER BY id' | cmp - left
	sql 'SELECT tag FROM retry ORDER BY tag' | cmp - waiting
	balanced main
	balanced a
	rx-spool stat --json q.db | jq -S '[.lanes[] | {key: .lane, value:
		{acked, dead, mismatched, stale, retried}}] | from_entries' >got
	# Mismatched and repeated are not told apart from unknown once the
	# segment is gone.
	jq -S '.lanes | map_values({acked, dead, stale, retried})' model |
		cmp - <(jq -S 'map_values(del(.mismatched))' got)
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}
