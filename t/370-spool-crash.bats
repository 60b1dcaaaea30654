# SPDX-License-Identifier: MIT
# rx-spool killed with -9 at every named point: stored once, settled once.
# make check-crash takes each n up to RX_UPTO.
setup() {
	load helper
	load spool
	need sqlite3
	[ -x "$RX_CRASH_BIN/rx-spool" ] || skip "no build with crash points"
	crashing="$RX_CRASH_BIN/rx-spool"
}

@test "push: killed at any point, at its n-th pass, the next runs store each line once" {
	seq 1 300 | sed 's/$/ line of a/' >a.log
	seq 1 200 | sed 's/$/ line of b/' >b.log
	export RX_CHECKPOINT=1 # after each commit
	for point in push.insert push.precommit push.postcommit push.checkpoint; do
		for n in $(seq "${RX_UPTO:-0}") 1 2 7 20; do
			rm -f q.db*
			rx-spool claim q.db web >claim
			python3 "$RX_TOP/t/data/spool-tail.py" claim a.log b.log >stream
			rc=0
			RX_CRASH=$point:$n "$crashing" push --linger 0 --batch 1 q.db web <stream || rc=$?
			[ "$rc" = 137 ]
			run -0 marked web a.log b.log
			lines_stored web a.log b.log
			balanced web
			[ "$(sql 'PRAGMA integrity_check')" = ok ]
		done
	done
}

@test "push: killed in the checkpoint of a large log, nothing is lost" {
	python3 -c 'for i in range(20000): print("%d " % i + "x" * 400)' >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" --every 500 claim a.log >stream
	for n in 1 2; do
		rx-spool claim q.db web >claim
		python3 "$RX_TOP/t/data/spool-tail.py" --every 500 claim a.log >stream
		rc=0
		RX_CRASH=push.checkpoint:$n "$crashing" push q.db web <stream || rc=$?
		[ "$rc" = 137 ]
	done
	EVERY=500 run -0 marked web a.log
	lines_stored web a.log
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "push: killed in the middle of a new lane's first commit, the lane is new again" {
	seq 1 10 >a.log
	rx-spool claim q.db web >claim
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	RX_CRASH=push.precommit "$crashing" push q.db web <stream || :
	rx-spool claim q.db web >claim
	[ "$(jq ._rx.new claim)" = true ]
	RX_CRASH=push.postcommit "$crashing" push q.db web <stream || :
	python3 "$RX_TOP/t/data/spool-tail.py" claim a.log >stream
	RX_CRASH=push.postcommit "$crashing" push q.db web <stream || :
	rx-spool claim q.db web >claim
	[ "$(jq ._rx.new claim)" = false ]
	lines_stored web a.log
}

@test "emit and ack: killed at any point, all is settled once, repeats keep their ids" {
	seq 1 300 | sed 's/.*/{"n":&}/' | rx-spool push --unmarked q.db
	: >got
	for point in emit.row ack.precommit ack.postcommit; do
		for n in 1 2 7 20; do
			RX_CRASH=$point:$n "$crashing" emit --once --inflight 25 q.db \
				2>/dev/null >out 3>&- &
			pid=$!
			soon eval "gone $pid || has out 26"
			kill $pid 2>/dev/null || :
			wait $pid || :
			grep '"tag"' out >good || :
			cat good >>got
			head -10 good | outcomes ok | split -l 2 - part.
			for p in part.*; do
				[ -e "$p" ] || continue
				RX_CRASH=$point:$n "$crashing" ack q.db <"$p" || :
			done
			rm -f part.*
			balanced main
		done
	done
	while [ "$(stat_of main .pending)" -gt 0 ]; do
		emitted main | tee -a got | outcomes ok | rx-spool ack q.db
	done
	jq .n got | sort -n -u | cmp - <(seq 1 300)
	[ "$(jq -r '"\(._rx.id) \(.n)"' got | sort -u | wc -l)" = 300 ]
	[ "$(stat_of main '"\(.stored) \(.acked)"')" = "300 300" ]
	[ "$(sql 'PRAGMA integrity_check')" = ok ]
}

@test "spool: push, emit and ack at once under kill -9 lose and double nothing (X-28)" {
	python3 - <<-'P'
	import json, os, random, signal, subprocess, threading, time, sqlite3
	random.seed(int(os.environ.get("RX_SEED", "3")))
	N = 20000
	acked = {}
	gen = os.environ["RX_TOP"] + "/t/data/spool-tail.py"
	with open("a.log", "w") as f:
	    for i in range(N): f.write("%d some text\n" % i)
	procs, lock, over = {}, threading.Lock(), threading.Event()
	def start(name, *args, **kw):
	    p = subprocess.Popen(args, stderr=subprocess.DEVNULL, **kw)
	    with lock: procs[name] = p
	    return p
	def pusher():
	    while not over.is_set():
	        with open("claim", "w") as c:
	            if subprocess.call(["rx-spool", "claim", "q.db", "web"], stdout=c): continue
	        g = subprocess.Popen(["python3", gen, "--every", "20", "claim", "a.log"], stdout=subprocess.PIPE)
	        p = start("push", "rx-spool", "push", "--batch", "8k", "--linger", "1ms", "q.db", "web", stdin=g.stdout)
	        g.stdout.close()
	        rc = p.wait(); g.wait()
	        if rc == 0 and g.returncode == 0: return
	def shipper():
	    while not over.is_set():
	        a = start("ack", "rx-spool", "ack", "q.db", stdin=subprocess.PIPE)
	        e = start("emit", "rx-spool", "emit", "--inflight", "500", "q.db", "web", stdout=subprocess.PIPE)
	        # Common fate: with all of --inflight written to an ack that was
	        # killed, nobody here would write, and find out, ever again.
	        fate = threading.Thread(target=lambda: (a.wait(), e.kill()))
	        fate.start()
	        try:
	            for line in e.stdout:
	                try: r = json.loads(line)
	                except ValueError: continue
	                d = r["_rx"]
	                if d.get("k"): continue
	                acked.setdefault(d["id"], set()).add((d["tag"], r["log_line"]))
	                o = {"_rx": {"k": "out", "id": d["id"], "tag": d["tag"], "ep": d["ep"], "st": "ok", "why": ""}}
	                a.stdin.write(json.dumps(o, separators=(",", ":")).encode() + b"\n"); a.stdin.flush()
	        except (BrokenPipeError, ValueError): pass
	        e.kill(); e.wait()
	        try: a.stdin.close()
	        except BrokenPipeError: pass
	        a.wait(); fate.join()
	t1, t2 = threading.Thread(target=pusher), threading.Thread(target=shipper)
	t1.start(); t2.start()
	kills = 0
	end = time.time() + 90
	while time.time() < end:
	    time.sleep(random.uniform(0.03, 0.2))
	    if kills < 25:
	        with lock: p = procs.get(random.choice(["push", "emit", "ack"]))
	        if p and p.poll() is None:
	            p.send_signal(signal.SIGKILL); kills += 1
	    elif not t1.is_alive():
	        s = json.loads(subprocess.check_output(["rx-spool", "stat", "--json", "q.db"]))["lanes"][0]
	        if s["pending"] == 0: break
	over.set()
	for p in list(procs.values()):
	    if p.poll() is None: p.terminate()
	t1.join(); t2.join()
	s = json.loads(subprocess.check_output(["rx-spool", "stat", "--json", "q.db"]))["lanes"][0]
	assert s["pending"] == 0 and s["stored"] == N and s["acked"] == N, s
	assert len(acked) == N, len(acked)
	assert all(len(v) == 1 for v in acked.values())
	assert sorted(int(next(iter(v))[1].split()[0]) for v in acked.values()) == list(range(N))
	assert kills == 25, kills
	assert sqlite3.connect("q.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)
	P
}
