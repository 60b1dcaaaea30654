# SPDX-License-Identifier: MIT
# A lane through which many files go: what push knows of those that are finished.
# RX_FULL: a hundred thousand of them.
setup() {
	load helper
	load spool
	need sqlite3
	cat >files.py <<-'P'
	import json
	class Stream:
	    """A run of rx-tail as push reads it: one record a file, then its end."""
	    def __init__(self, claim, out):
	        c = json.load(open(claim))["_rx"]
	        self.out, self.q, self.pos = out, 0, c["pos"]
	        self.write({"k": "begin", "v": 1, "n": "N", "claims": [{m: c[m] for m in ("sp", "ln", "ep", "tk")}], "pos": c["pos"]})
	    def write(self, rx, **more):
	        self.out.write((json.dumps({"_rx": rx, **more}, separators=(",", ":")) + "\n").encode())
	    def data(self, file, o, e):
	        self.write({"s": f"{file:016d}", "o": o, "e": e}, log_line=f"{file} {o}")
	    def mark(self, file, o, over):
	        self.q += 1
	        self.write({"k": "mark", "n": "N", "q": self.q, "full": False, "pos": [
	            {"s": f"{file:016d}", "o": o, "g": 0, "i": str(file), "d": "1", "b": "1", "h": [9, "0" * 32],
	             "a": [min(o, 64), "0" * 32], "p": f"/var/log/{file}.log", "fr": 0, "x": over}]})
	    def file(self, file, upto=100):
	        self.data(file, 0, upto)
	        self.mark(file, upto, True)
	P
}

@test "sources: memory and table are the same behind thousands of finished files" {
	! sanitized || skip "the sanitizers keep what is freed"
	python3 - "${RX_FULL:+100000}" <<-'P'
	import sqlite3, subprocess, sys, time
	sys.path.insert(0, ".")
	from files import Stream
	files = int(sys.argv[1] or 16000)
	subprocess.run("rx-spool claim q.db web >claim", shell=True, check=True)
	push = subprocess.Popen(["rx-spool", "push", "--max-bytes", "1G", "q.db", "web"], stdin=subprocess.PIPE)
	stream = Stream("claim", push.stdin)
	def rss(upto):
	    push.stdin.flush()
	    db = sqlite3.connect("q.db")
	    until = time.monotonic() + 60
	    while (db.execute("SELECT sum(n) FROM segment").fetchone()[0] or 0) < upto:
	        assert time.monotonic() < until and push.poll() is None
	        time.sleep(0.02)
	    with open(f"/proc/{push.pid}/status") as f:
	        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
	first = rss(0)
	for file in range(files):
	    stream.file(file)
	    if file == files // 2:
	        first = rss(file + 1)
	last = rss(files)
	push.stdin.close()
	assert push.wait() == 0
	print(f"{files} files: {first} KiB behind half of them, {last} KiB at the end")
	assert last < first + 1024, (first, last)
	known = sqlite3.connect("q.db").execute("SELECT count(*) FROM source").fetchone()[0]
	assert 10000 <= known <= 12000, known
	P
}

# play COMMANDS: what python says of the Stream s goes through push.
play() {
	rx-spool claim q.db web >claim
	python3 -c "
import sys
sys.path.insert(0, '.')
from files import Stream
s = Stream('claim', sys.stdout.buffer)
$1" | rx-spool push --batch 1 --linger 0 q.db web
}
many='for file in range(1000, 1300): s.file(file)'

@test "sources: a finished file that grows is read on, also when it was forgotten" {
	play "
s.file(1)
$many
s.data(1, 100, 150)
s.mark(1, 150, False)"
	play "
s.data(1, 150, 190)
s.mark(1, 190, True)"
	sql "SELECT json_extract(payload, '\$.log_line') FROM web_queue WHERE payload LIKE '%\"1 %' ORDER BY id" >got
	[ "$(paste -sd, got)" = "1 0,1 100,1 150" ]
	[ "$(sql "SELECT off || ' ' || done FROM source WHERE src = '0000000000000001'")" = "190 1" ]
}

@test "sources: a stage that reorders is told, also behind a file that was forgotten" {
	run -65 play "
s.file(1)
$many
s.data(1, 50, 100)
s.mark(1, 100, True)"
	[[ "$output" == *"a record of source 0000000000000001 comes behind its mark, a stage reorders" ]]
	run -65 play "
s.file(2, 300)
for file in range(3000, 3300): s.file(file)
s.mark(2, 200, True)"
	[[ "$output" == *"moves source 0000000000000002 back"* ]]
}

@test "sources: a finished file that the claim no longer names is a replay, not a fault" {
	play "s.file(1)"
	sql "UPDATE source SET entry = ''"
	play "s.file(1)"
	[ "$(stat_of web '"\(.stored) \(.replayed)"')" = "1 1" ]
}
