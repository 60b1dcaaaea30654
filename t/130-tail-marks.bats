# SPDX-License-Identifier: MIT
# rx-tail --marks: the stream that PROTOCOL.md promises.  tail-spool.py checks
# what holds for every stream: begin first, no hole in q, all covered.

setup() {
	load helper
	load tail
}

@test "marks: begin is first, the first mark is full and says where we start" {
	printf 'one\ntwo\n' >a.log
	echo x >b.log
	rx-tail --marks a.log b.log >out 2>err 3>&- &
	tail=$!
	soon has out 2
	echo three >>a.log
	soon has out 4
	stop
	[ "$(jq -c '[._rx.k,._rx.q,._rx.full]' out | paste -sd' ')" = '["begin",null,null] ["mark",1,true] [null,null,null] ["mark",2,false]' ]
	[ "$(sed -n 2p out | jq -c '[._rx.pos[] | [.p,.o,.fr,.x]] | sort')" = '[["a.log",8,0,false],["b.log",2,0,false]]' ]
	[ "$(sed -n 4p out | jq -c '[._rx.pos[] | [.p,.o]]')" = '[["a.log",14]]' ]
	[ "$(jq -r ._rx.n out | sort -u | grep -vc null)" = 1 ]
	[[ $(head -c 13 out) = '{"_rx":{"k":"' ]]
}

@test "marks: an entry says which file it is, in the way the man page tells" {
	printf 'the first line\nmore\n' >a.log
	RX_NODE_ID=me rx-tail --once --marks a.log >out
	python3 - <<-'PY'
		import base64, hashlib, json, os
		e = [json.loads(l) for l in open("out")][-1]["_rx"]["pos"][0]
		st = os.stat("a.log")
		data = open("a.log", "rb").read()
		sha = lambda b: hashlib.sha256(b)
		head = data[:15]
		assert e["i"] == str(st.st_ino) and e["d"] == str(st.st_dev)
		assert e["h"] == [15, sha(head).hexdigest()[:32]]
		assert e["a"] == [20, sha(data).hexdigest()[:32]]
		key = b"rx1\0me\0%s\0%s\0%d\0%s0" % (
		    e["i"].encode(), e["b"].encode(), len(head), head)
		src = base64.b32encode(sha(key).digest()).decode().lower()[:16]
		assert e["s"] == src, (e, src)
		assert int(e["b"]) // 10**9 - int(st.st_ctime) in (-1, 0)
	PY
}

@test "marks: at most 1000 records or 256 KiB go without a mark" {
	seq 1 30000 >a.log
	python3 -c 'open("b.log", "w").write(("x" * 9000 + "\n") * 300)'
	rx-tail --once --marks a.log b.log >out
	"$spool" push st <out
	[ "$(wc -l <st.lines)" = 30300 ]
	[ "$(jq -c 'select(._rx.k == "mark" and ._rx.full) | ._rx.q' out | wc -l)" -ge 2 ]
	[ "$(tail -n1 out | jq -c '[._rx.k,._rx.full,([._rx.pos[].o] | add)]')" = '["mark",true,2869194]' ]
}

@test "marks: half a line is not covered by any mark" {
	printf 'one\nhalf' >a.log
	rx-tail --marks --from start a.log >out 2>err 3>&- &
	tail=$!
	soon has out 4
	stop
	[ "$(lines out)" = one ]
	[ "$(tail -n1 out | jq -c '[._rx.pos[].o]')" = '[4]' ]
}

@test "marks: nothing is told of a file before its first line is complete" {
	printf 'no newline yet' >a.log
	rx-tail --marks --from start a.log >out 2>err 3>&- &
	tail=$!
	soon has out 2
	[ "$(tail -n1 out | jq -c ._rx.pos)" = '[]' ]
	echo ' but now' >>a.log
	soon has out 4
	stop
	[ "$(lines out)" = 'no newline yet but now' ]
}

@test "marks: a first line that is still written when it is asked for is waited for" {
	can_trace
	follow --marks --from start '*.log'
	settled
	hold pread64
	printf 'half-' >a.log
	held '^pread64.*half-.*= 5' # and it does not know how it goes on
	printf 'line\nnext\n' >>a.log
	let_go
	soon out_n 2
	stop
	records() { jq -c 'select(._rx.k | not) | [._rx.s, ._rx.o, ._rx.e, .log_line]' "$@"; }
	[ "$(records out)" = "$(rx-tail --once --marks a.log | records)" ]
	[ "$(lines out | paste -sd' ')" = 'half-line next' ]
}

@test "marks: a file that is another before its first line is read is told, and read as that" {
	can_trace
	lane --from start '*.log'
	soon committed
	hold pread64
	seq -f 'old %g' 5 >a.log
	held '^pread64.*"old 1.*, 256, 0)'
	seq -f 'new %g' 4 >a.log # in place
	let_go
	soon stored_n 4
	lane_end
	[ "$(stored)" = "$(seq -f 'new %g' 4)" ]
	[ "$(jq -c '[.from,.to,.why]' st.gaps)" = '[0,null,"truncated"]' ]
}

@test "marks: TERM writes a last mark that covers everything" {
	: >a.log
	rx-tail -v --marks a.log >out 2>err 3>&- &
	tail=$!
	settled
	seq 20000 >>a.log
	soon has out 50
	stop
	"$spool" push st <out
	[ "$(wc -l <st.lines)" = "$(lines out | wc -l)" ]
	[ "$(tail -n1 out | jq -r ._rx.k)" = mark ]
}

@test "marks: the message id of a line stays when it is read again" {
	seq 100 >a.log
	rx-tail --once --marks a.log | jq -c 'select(._rx.o) | [._rx.s,._rx.o]' >first
	rx-tail --once --marks a.log | jq -c 'select(._rx.o) | [._rx.s,._rx.o]' >second
	cmp first second
	cp a.log b.log
	rx-tail --once --marks b.log | jq -c 'select(._rx.o) | [._rx.s,._rx.o]' >third
	run -1 cmp -s first third
}

@test "marks: one a minute is full, though nothing is read" {
	need cc
	# A minute of ours is a second there.
	cat >fast.c <<-'C'
		#include <dlfcn.h>
		#include <time.h>
		int
		clock_gettime(clockid_t id, struct timespec *ts)
		{
			int (*real)(clockid_t, struct timespec *) =
			    (int (*)(clockid_t, struct timespec *))dlsym(
				RTLD_NEXT, "clock_gettime");
			int r = real(id, ts);

			if (id == CLOCK_MONOTONIC)
				ts->tv_sec = ts->tv_sec * 60 + ts->tv_nsec / 16666667;
			return r;
		}
	C
	cc -D_GNU_SOURCE -shared -fPIC -o fast.so fast.c
	echo x >a.log
	ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD=./fast.so \
		"$RX_BIN/rx-tail" --marks a.log >out 2>err 3>&- &
	tail=$!
	soon has out 3 # begin, what was read, and a minute later
	stop
	[ "$(jq -c 'select(._rx.k == "mark") | [._rx.full, ._rx.pos[].o]' out | sort -u)" = '[true,2]' ]
}
