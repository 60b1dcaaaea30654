# SPDX-License-Identifier: MIT
# rx-tail: the faults X-01 to X-10 at the size FAULTS.md gives them, into a real
# spool.  Minutes of work: RX_FULL=1 runs them; smaller ones are in the files
# whose tests bear these numbers.
setup() {
	load helper
	load tail
	[ -n "${RX_FULL:-}" ] || skip "RX_FULL=1 runs it"
	need sqlite3
	export RX_PATIENCE=120
}

# begin ARGS...: rx-tail into the lane of q.db; end [SIGNAL]: both are over
begin() {
	rx-spool claim q.db >claim
	rm -f pipe && mkfifo pipe
	rx-spool push --max-bytes 20G q.db <pipe 2>>push.err 3>&- &
	push=$!
	rx-tail -v --resume claim "$@" >pipe 2>>err 3>&- &
	tail=$!
}
end() {
	kill -"${1:-TERM}" "$tail"
	wait "$tail" 2>/dev/null || :
	wait "$push"
}
number() { sqlite3 q.db 'SELECT coalesce(sum(n), 0) FROM segment'; }
has_stored() { [ "$(number)" -ge "$1" ]; }
begun() { grep -q 'rx-tail: following' err; }
# in_db EXPRESSION: of each record r, in order
in_db() {
	python3 - "$1" <<-'PY'
	import json, sqlite3, sys
	for body, in sqlite3.connect("q.db").execute("SELECT body FROM segment ORDER BY seg"):
	    for r in json.loads(body):
	        print(eval(sys.argv[1]))
	PY
}

@test "full: X-01 twenty rotations under a writer that is late each time" {
	begin --from start --rotate-wait 5s "$PWD/app.log"
	python3 - <<-'PY'
	import os, threading, time
	n, lock, files = 0, threading.Lock(), []
	def line(f):
	    global n
	    with lock:
	        n += 1
	        f.write(b"line %d\n" % n)
	def late(f):
	    for _ in range(200):
	        line(f)
	        time.sleep(3 / 200)
	    f.close()
	threads = []
	f = open("app.log", "ab", buffering=0)
	for turn in range(20):
	    until = time.monotonic() + 2
	    while time.monotonic() < until:
	        for _ in range(50):
	            line(f)
	        time.sleep(.01)
	    for i in range(turn, 0, -1):
	        os.rename(f"app.log.{i}", f"app.log.{i + 1}")
	    os.rename("app.log", "app.log.1")
	    threads.append(threading.Thread(target=late, args=(f,)))
	    threads[-1].start()
	    f = open("app.log", "ab", buffering=0)
	for t in threads:
	    t.join()
	PY
	wanted=$(cat app.log* | wc -l)
	soon has_stored "$wanted"
	soon holds 1
	end
	in_db 'r["log_line"]' | sort | uniq -c | awk '$1 != 1' >twice
	[ ! -s twice ]
	[ "$(number)" = "$wanted" ]
	# within each file in order
	in_db '(r["_rx"]["s"], r["_rx"]["o"])' | python3 -c '
import ast, sys
last = {}
for line in sys.stdin:
    s, o = ast.literal_eval(line)
    assert last.get(s, -1) < o
    last[s] = o'
	echo "# X-01: $wanted lines, 20 rotations, each once" >&3
}

@test "full: X-03 fifty copytruncates at 2,000 lines a second, copies matched by the glob" {
	need logrotate
	mkdir d && chmod 755 d .
	: >d/app.log
	printf '%s {\n\tcopytruncate\n\trotate 60\n\tmissingok\n}\n' "$PWD/d/app.log" >conf
	begin --from start --rotate-wait 1s "$PWD/d/*"
	soon begun
	python3 -c '
import time
n = 0
f = open("d/app.log", "ab", buffering=0)
while n < 120000:
    for _ in range(20):
        n += 1
        f.write(b"line %d\n" % n)
    time.sleep(.01)' 3>&- &
	writer=$!
	for _ in $(seq 50); do
		logrotate -f -s state.lr conf
		sleep 1
	done
	wait $writer
	writer=
	cat d/* | sort -u >on-disk
	# More may be stored: what was read before it was truncated away.
	missing() { in_db 'r["log_line"]' | sort -u | comm -23 on-disk -; }
	none_missing() { [ -z "$(missing)" ]; }
	soon none_missing
	end
	in_db 'r["log_line"]' | sort | uniq -d >twice
	[ ! -s twice ]
	echo "# X-03: $(wc -l <on-disk) of 120000 lines were left on disk by copytruncate, each stored once" >&3
}

@test "full: X-04 a hundred files that got the inode of the one before" {
	reused=0
	printf 'first\nof 0 1\n' >app.log
	begin --from start app.log
	soon has_stored 2
	end KILL
	wanted=2
	for i in $(seq 100); do
		inode=$(stat -c %i app.log)
		rm app.log
		echo first >app.log
		[ "$(stat -c %i app.log)" != "$inode" ] || reused=$((reused + 1))
		case $((i % 3)) in
		0) n=1 ;; # shorter than what was read
		1) n=5 ;;
		2) n=200 ;;
		esac
		seq -f "of $i %g" $n >>app.log
		wanted=$((wanted + 1 + n))
		begin app.log
		soon has_stored $wanted
		end KILL
	done
	[ "$(number)" = $wanted ]
	[ "$(in_db 'r["log_line"]' | grep -c '^first$')" = 101 ]
	echo "# X-04: 100 files, $reused with the same inode number, $wanted lines once" >&3
}

@test "full: X-05 ten thousand lines, a byte at a time" {
	: >app.log
	begin --from start app.log
	soon begun
	python3 -c '
f = open("app.log", "ab", buffering=0)
for n in range(10000):
    for c in b"line %d\n" % n:
        f.write(bytes([c]))'
	soon has_stored 10000
	end
	in_db 'r["log_line"]' | cmp - <(seq -f 'line %g' 0 9999)
}

@test "full: X-06 a line of 100 MB in little memory, kill -9 half way" {
	can_limit_memory
	{ head -c 100M /dev/zero | tr '\0' x; echo; echo after; } >app.log
	ulimit -Sv 262144
	begin --from start app.log
	soon has_stored 80
	end KILL
	begin app.log
	peak=0
	# 200 fragments, and the line after them
	until has_stored 201; do
		for pid in $tail $push; do
			kib=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status")
			[ "${kib:-0}" -le $peak ] || peak=$kib
		done
	done
	end
	[ $peak -le 65536 ]
	ulimit -Sv unlimited
	in_db 'r["log_line"] if r["log_line"] != "after" else "\nafter"' | tr -d '\n' | sed 's/after$//' | sha256sum >got
	head -c 100M /dev/zero | tr '\0' x | sha256sum | cmp got -
	[ "$(in_db 'r["_rx"].get("f")' | tail -n1)" = None ]
	[ "$(in_db 'r["_rx"].get("fl")' | grep -c True)" = 1 ]
	echo "# X-06: $(number) records, peak $peak KiB" >&3
}

@test "full: X-07 a hundred thousand lines of random bytes" {
	head -c 13M /dev/urandom >app.log
	for _ in $(seq 50000); do echo; done >>app.log
	[ "$(wc -l <app.log)" -ge 100000 ]
	rx-tail --once --marks app.log >out
	python3 - <<-'PY'
	import json
	data, at = open("app.log", "rb").read(), 0
	for text in open("out", "rb"):
	    rx = json.loads(text.decode("utf-8", "strict"))["_rx"]
	    if "k" in rx:
	        continue
	    assert rx["o"] == at, rx
	    at = rx["e"]
	    assert data[rx["o"]:at].count(b"\n") == 1 or at == len(data)
	assert at == len(data)
	PY
	jq -es 'length > 100000' out >/dev/null
}

@test "full: X-08 twenty thousand changes of five hundred files in one stop" {
	mkdir d
	for i in $(seq 500); do : >d/$i.log; done
	begin --max-files 600 'd/*.log'
	soon begun
	kill -STOP "$tail"
	python3 -c '
for n in range(40):
    for i in range(1, 501):
        with open(f"d/{i}.log", "a") as f:
            f.write(f"{n}\n")
open("d/new.log", "w").write("new\n")'
	kill -CONT "$tail"
	soon has_stored 20001
	end
	[ "$(number)" = 20001 ]
}

@test "full: X-09 five thousand files, 64 descriptors, a thousand deleted" {
	mkdir d
	for i in $(seq 5000); do : >d/$i.log; done
	run -78 rx-tail 'd/*.log'
	[[ $output == *'Cannot monitor 5000 files. Maximum is 100.'* ]]
	ulimit -Sn 64
	begin --max-files 5000 --rotate-wait 1s 'd/*.log'
	soon begun
	before=$(find /proc/$tail/fd | wc -l)
	for round in 1 2; do
		seq 5000 | shuf --random-source=<(yes) | while read -r i; do echo "$round $i" >>d/$i.log; done
	done
	soon has_stored 10000
	for i in $(seq 1000); do rm d/$i.log; done
	none_deleted() { ! find /proc/$tail/fd -printf '%l\n' | grep -q '(deleted)'; }
	soon none_deleted
	after=$(find /proc/$tail/fd | wc -l)
	end
	[ "$(number)" = 10000 ]
	[ "$(in_db 'r["log_line"]' | sort -u | wc -l)" = 10000 ]
	[ "$after" -le $((before + 2)) ]
	echo "# X-09: descriptors $before, then $after" >&3
}

@test "full: X-10 a log of a gigabyte is not replayed, what comes is kept" {
	yes 'Jan  5 10:00:00 web app[1]: an old line of last year, and no news' | head -c 1000000000 >app.log
	echo >>app.log
	begin app.log
	has_source() { [ "$(sqlite3 q.db 'SELECT count(*) FROM source' 2>/dev/null)" -gt 0 ]; }
	soon has_source
	seq 1 10 >>app.log
	end KILL
	seq 11 20 >>app.log
	begin app.log
	soon has_stored 20
	end
	in_db 'r["log_line"]' | cmp - <(seq 1 20)
}
