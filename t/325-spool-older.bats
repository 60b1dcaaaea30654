# SPDX-License-Identifier: MIT
# Where a source stood before: what the spool keeps, what claim gives back, and
# rx-tail behind a power failure that took the end of a log (PROTOCOL.md 5).
# RX_ROUNDS: power failures of the storm [8].
setup() {
	load helper
	load spool
	need sqlite3
}

# reads LOG...: one run of rx-tail into the lane web, to the end of LOGs.
reads() {
	rx-spool claim q.db web >claim &&
		rx-tail -q --once --from start --resume claim "$@" | rx-spool push q.db web
}

# lines A B: numbered, of the same length, each unlike the others.
lines() { seq -f 'line %06.0f of a log that somebody writes' "$1" "$2"; }
texts() { sql "SELECT json_extract(payload, '\$.log_line') FROM web_queue ORDER BY id"; }
older() { sql "SELECT json_array_length(anchors) FROM source"; }

@test "older: a log that lost its end is read on from the newest position that holds" {
	lines 1 100 >a.log
	for upto in 200 300; do
		reads a.log
		lines $((upto - 99)) $upto >>a.log
	done
	reads a.log
	[ "$(texts)" = "$(lines 1 300)" ]
	# The last 50 lines never came to the disk, and others are written there.
	truncate -s $((250 * $(lines 1 1 | wc -c))) a.log
	lines 5001 5070 >>a.log
	reads a.log
	# From line 201 on: not from the first, and nothing taken for a replay.
	[ "$(texts)" = "$(lines 1 300; lines 201 250; lines 5001 5070)" ]
	[ "$(sql "SELECT from_offset, to_offset IS NULL, why FROM gap")" = \
		"$((300 * $(lines 1 1 | wc -c)))|1|truncated" ]
	[ "$(sql 'SELECT count(*) FROM source WHERE done')" = 1 ]
	# And on, as the life that began there.
	lines 6001 6010 >>a.log
	reads a.log
	[ "$(texts | tail -n 10)" = "$(lines 6001 6010)" ]
	[ "$(texts | wc -l)" = 430 ]
	[ "$(sql 'SELECT count(*) FROM gap')" = 1 ]
}

@test "older: a log that was written anew with the same first line is read from it" {
	for n in 1 2 3; do
		[ $n = 1 ] && echo time,level,text >a.csv || lines $n $n >>a.csv
		reads a.csv
	done
	echo time,level,text >a.csv
	lines 9 9 >>a.csv
	reads a.csv
	[ "$(texts)" = "$(echo time,level,text; lines 2 3; echo time,level,text; lines 9 9)" ]
}

@test "older: where a copy goes on with what was read, the log itself is read from 0" {
	lines 1 100 >a.log
	reads a.log
	lines 101 200 >>a.log
	reads a.log
	cp a.log a.log.1
	truncate -s $((150 * $(lines 1 1 | wc -c))) a.log
	reads a.log
	[ "$(texts)" = "$(lines 1 200; lines 1 150)" ]
}

@test "older: two spools go on behind what both of them had" {
	lines 1 100 >a.log
	for upto in 200 300 400; do
		rx-spool claim q.db web >cq
		rx-spool claim b.db web >cb
		rx-tail -q --once --from start --resume cq --resume cb a.log >stream
		rx-spool push q.db web <stream
		[ $upto = 400 ] || rx-spool push b.db web <stream
		lines $((upto - 99)) $upto >>a.log
	done
	# b.db stands at 200, q.db at 300: 150 lines are left, both had 100.
	truncate -s $((150 * $(lines 1 1 | wc -c))) a.log
	lines 5001 5010 >>a.log
	rx-spool claim q.db web >cq
	rx-spool claim b.db web >cb
	rx-tail -q --once --resume cq --resume cb a.log |
		tee >(rx-spool push b.db web) | rx-spool push q.db web
	[ "$(texts)" = "$(lines 1 300; lines 101 150; lines 5001 5010)" ]
	b_has() { [ "$(sqlite3 b.db 'SELECT count(*) FROM queue')" = 260 ]; }
	soon b_has
}

@test "older: four positions are the last, and further ones are twenty seconds apart" {
	: >a.log
	for n in 1 2 3 4 5 6; do
		lines $n $n >>a.log
		reads a.log
	done
	[ "$(older)" = 5 ]
	row=$(lines 1 1 | wc -c)
	[ "$(sql "SELECT group_concat(json_extract(value, '\$[0]') / $row) FROM source, json_each(anchors)")" = 6,5,4,3,1 ]
	# Half a minute passes.
	python3 - <<-'P'
	import json, sqlite3
	db = sqlite3.connect("q.db")
	pairs = json.loads(db.execute("SELECT anchors FROM source").fetchone()[0])
	for pair in pairs:
	    pair[2] -= 30000
	db.execute("UPDATE source SET anchors = ?", [json.dumps(pairs)])
	db.commit()
	P
	for n in 7 8 9 10 11; do
		lines $n $n >>a.log
		reads a.log
	done
	[ "$(sql "SELECT group_concat(json_extract(value, '\$[0]') / $row) FROM source, json_each(anchors)")" = 11,10,9,8,7,1 ]
	rx-spool claim q.db web >claim
	[ "$(jq -c "[._rx.pos[0].old[][0] / $row]" claim)" = '[10,9,8,7,1]' ]
	[ "$(jq -r '._rx.pos[0].old[0][1][1]' claim)" = \
		"$(head -n 10 a.log | tail -c 64 | sha256sum | cut -c 1-32)" ]
}

@test "older: what a database says of it is believed when it has the form" {
	lines 1 3 >a.log
	reads a.log
	for text in 'x' '[' '[[1]]' '[[1,[2,"zz"]]]' '[[9007199254740993,[64,"00112233445566778899aabbccddeeff"],1]]' \
		'[[1,[65,"00112233445566778899aabbccddeeff"],1]]' '[[1,[1,"00112233445566778899aabbccddee\"f"],1]]' \
		'[[1,[1,"00112233445566778899aabbccddeeff"],-1]]'; do
		sql "UPDATE source SET anchors = '$text'"
		rx-spool claim q.db web >claim
		[ "$(jq -c '._rx.pos[0] | has("old")' claim)" = false ]
	done
	# Of a pair without a time, as they were written first, the rest counts.
	sql "UPDATE source SET anchors = '[[2,[2,\"00112233445566778899aabbccddeeff\"]]]'"
	rx-spool claim q.db web >claim
	[ "$(jq -c '._rx.pos[0].old' claim)" = '[[2,[2,"00112233445566778899aabbccddeeff"],0]]' ]
}

@test "older: in a storm of power failures every line that is left is stored" {
	python3 - "${RX_ROUNDS:-8}" <<-'P'
	import json, os, random, subprocess, sys, time
	seed = int(os.environ.get("RX_SEED", 0)) or random.randrange(1 << 30)
	print("seed", seed)
	random.seed(seed)
	logs = ["a.log", "b.log"]
	written, twice, n = {l: [] for l in logs}, 0, 0
	def write(upto):
	    global n
	    for log in logs:
	        with open(log, "a") as f:
	            for _ in range(random.randint(1, upto)):
	                n += 1
	                line = f"{log} {n} " + "x" * random.randint(0, 200)
	                f.write(line + "\n")
	                written[log].append(line)
	def stored():
	    # No -wal: the pushes have closed.
	    out = subprocess.run(["sqlite3", "-readonly", "-cmd", ".timeout 3000", "q.db",
	        "SELECT json_extract(payload, '$.log_line') FROM web_queue"], capture_output=True, text=True)
	    return out.stdout.split("\n")[:-1]
	def run():
	    with open("claim", "w") as out:
	        subprocess.run(["rx-spool", "claim", "q.db", "web"], stdout=out, check=True)
	    tail = subprocess.Popen(["rx-tail", "-q", "--from", "start", "--resume", "claim", *logs], stdout=subprocess.PIPE)
	    push = subprocess.Popen(["rx-spool", "push", "--linger", "0", "--batch", "1", "q.db", "web"], stdin=tail.stdout)
	    tail.stdout.close()
	    return tail, push
	write(300)
	whole = 0  # lines that reading from 0 each time would bring again
	for round in range(int(sys.argv[1])):
	    tail, push = run()
	    for _ in range(random.randint(2, 6)):
	        write(100)
	        time.sleep(random.uniform(0.02, 0.1))
	    for p in random.sample([tail, push], 2):
	        p.kill()
	    tail.wait(), push.wait()
	    # The power fails: of each log the end is gone, at any byte.
	    for log in logs:
	        size = os.path.getsize(log)
	        cut = random.randint(max(0, size - 20000), size)
	        os.truncate(log, cut)
	        with open(log, "rb") as f:
	            kept = f.read().split(b"\n")
	        torn = kept.pop().decode()
	        written[log] = [k.decode() for k in kept]
	        if torn:  # whoever writes next goes on behind it
	            with open(log, "a") as f:
	                f.write("\n")
	            written[log].append(torn)
	        whole += len(written[log])
	tail, push = run()
	write(10)
	want = [line for log in logs for line in written[log]]
	until = time.monotonic() + 20
	while time.monotonic() < until and set(want) - set(stored()):
	    time.sleep(0.1)
	tail.terminate()
	assert tail.wait() == 0 and push.wait() == 0
	got = stored()
	lost = set(want) - set(got)
	assert not lost, sorted(lost)[:5]
	twice = len(got) - len(set(got))
	print(f"{len(want)} lines left of {n}, {twice} again, {whole} if read from 0")
	assert twice <= whole, twice
	P
}
