# SPDX-License-Identifier: MIT
# rx-tail: rate, polling, many files, one thread
# (not tested: a real network file system)
setup() {
	load helper
	load tail
}

@test "rate: lines wait, none is dropped" {
	seq 60 >a.log && seq 61 120 >b.log
	start=${EPOCHREALTIME/./}
	run -0 rx-tail --once --max-rate 100 a.log b.log
	took=$((${EPOCHREALTIME/./} - start))
	[ "$(lines <<<"$output" | sort -n)" = "$(seq 120)" ]
	[ "$took" -ge 1000000 ]
}

@test "rate: what waits is lag, marks come in time, and the end is at once" {
	seq 1000 >a.log
	follow --marks --from start --max-rate 20 --stats s.prom a.log
	soon out_n 10
	soon grep -q '"k":"mark"' out
	stop
	[ "$(lines out | wc -l)" -lt 500 ]
	[ "$(lines out)" = "$(seq "$(lines out | wc -l)")" ]
	grep -qE '^rx_tail_file_lag_bytes\{.*\} [1-9]' s.prom
	grep -qE '^rx_tail_file_lag_seconds\{.*\} ([1-9]|0\.[0-9]*[1-9])' s.prom
	marked=$(jq -s '[.[] | select(._rx.k == "mark") | ._rx.pos[].o] | max' out)
	[ "$marked" = "$(lines out | wc -c)" ]
}

@test "rate: standard input and compressed files wait, too" {
	seq 1 500 | gzip >a.log.1.gz && seq 501 600 >a.log
	start=${EPOCHREALTIME/./}
	run -0 rx-tail --once --max-rate 400 './a.log*'
	[ $((${EPOCHREALTIME/./} - start)) -ge 1000000 ]
	[ "$(lines <<<"$output")" = "$(seq 600)" ]
	start=${EPOCHREALTIME/./}
	seq 3000 | rx-tail --max-rate 2000 - >out
	[ $((${EPOCHREALTIME/./} - start)) -ge 800000 ]
	[ "$(lines out)" = "$(seq 3000)" ]
}

@test "poll: without inotify lines, new files and rotations are seen" {
	can_trace
	: >a.log
	strace -f -e trace=inotify_init1,inotify_add_watch -o trace rx-tail -v --poll --rotate-wait 1s '*.log' >>out 2>err 3>&- &
	tail=$!
	settled
	echo one >>a.log
	soon out_n 1
	echo two >b.log
	soon out_n 2
	mv a.log a.log.1 && echo three >a.log
	soon out_n 3
	pid=$(pgrep -P "$tail")
	kill "$pid"
	wait "$tail"
	[ "$(lines out)" = "$(printf '%s\n' one two three)" ]
	grep -q exited trace
	[ "$(grep -c inotify trace)" -eq 0 ]
	[ "$(grep -c 'no more watches' err)" -eq 0 ]
}

# remote MAGIC: follow *.log where statfs(2) tells MAGIC and no event comes.
remote() {
	: >err
	strace -f -e trace=statfs,inotify_add_watch -e inject=inotify_add_watch:retval=1 \
		-e inject=statfs:poke_exit=@arg2="$1" -o trace \
		rx-tail -v '*.log' >>out 2>>err 3>&- &
	tail=$!
	settled
}

@test "poll: files on a network file system are looked at often" {
	can_trace
	strace -e inject=statfs:poke_exit=@arg2=00 -o /dev/null true 2>/dev/null || skip "this strace cannot change answers"
	: >a.log
	remote 6969000000000000
	grep -q 'on a network file system' err
	SECONDS=0
	echo one >>a.log
	RX_PATIENCE=4 soon out_n 1
	echo two >b.log
	RX_PATIENCE=4 soon out_n 2
	kill "$(pgrep -P "$tail")" && wait "$tail"
	# Another file system does without: the slow look finds the line.
	rm out && : >out
	remote 53ef000000000000
	refute_said() { ! grep -q 'on a network file system' err; }
	refute_said
	echo three >>a.log
	soon out_n 1
	kill "$(pgrep -P "$tail")" && wait "$tail"
}

@test "many: thousands of files, one thread, and room for a few of them" {
	many=2000
	[ -z "${RX_FULL:-}" ] || many=10000
	mkdir d
	seq 0 $((many - 1)) | split -l 1 -a 5 -d --additional-suffix=.log - d/
	run -78 --separate-stderr rx-tail 'd/*.log'
	[ "$stderr" = "rx-tail: fatal: Cannot monitor $many files. Maximum is 100. Consider log aggregation or sampling." ]
	prlimit --nofile=128 rx-tail -v --max-files $many 'd/*.log' >>out 2>err 3>&- &
	tail=$!
	settled
	for i in 0 17 1711 $((many - 1)); do printf -v n %05d "$i" && echo "more $i" >>d/$n.log; done
	soon out_n 4
	[ "$(lines out | sort)" = "$(printf 'more %d\n' 0 17 1711 $((many - 1)) | sort)" ]
	grep -qx $'Threads:\t1' /proc/$tail/status
	[ "$(find /proc/$tail/fd -type l | wc -l)" -le 128 ]
	stop
}

@test "many: one look at a directory serves all logs that were rotated in it" {
	can_trace
	mkdir d
	for i in {1..60}; do echo "old $i" >d/$i.log; done
	prlimit --nofile=40 rx-tail -v --max-files 60 'd/*.log' >>out 2>err 3>&- &
	tail=$!
	settled
	kill -STOP "$tail"
	for i in {1..60}; do
		echo "one $i" >>d/$i.log
		mv d/$i.log d/$i.log.1
		echo "two $i" >d/$i.log
	done
	strace -qq -c -p "$tail" -o calls -e trace=getdents64 3>&- &
	tracer=$!
	soon grep -q '^TracerPid:.[1-9]' "/proc/$tail/status"
	kill -CONT "$tail"
	soon out_n 120
	kill -INT $tracer
	wait $tracer || :
	stop
	[ "$(lines out | sort -u | wc -l)" = 120 ]
	# a few turns, and walks of the pattern
	awk '$NF == "getdents64" && $4 > 0 { n = $4 } END { exit !(n > 0 && n < 60) }' calls
}

@test "many: a file that was left out is taken when room is made" {
	mkdir d
	for i in 1 2; do echo "old $i" >d/$i.log; done
	follow --max-files 2 --rotate-wait 100ms --stats s.prom 'd/*.log'
	settled
	echo three >d/3.log
	soon grep -q 'd/3.log: not followed: the maximum is 2 files' err
	rm d/1.log
	soon out_n 1
	[ "$(lines out)" = three ]
	echo four >d/4.log
	soon grep -q 'd/4.log: not followed' err
	stop
	grep -qx 'rx_tail_files_refused 1' s.prom
	[ "$(grep -c 'not followed' err)" -eq 2 ]
}

@test "many: with fewer watches than directories it looks by itself, and says so once" {
	unshare -Ur sh -c 'echo 3 >/proc/sys/user/max_inotify_watches' 2>/dev/null ||
		skip "no user namespace to limit inotify in"
	mkdir 1 2 3 4 5 6
	unshare -Ur sh -c 'echo 3 >/proc/sys/user/max_inotify_watches
		exec rx-tail -v "?/*.log"' >out 2>err 3>&- &
	tail=$!
	settled
	for i in 1 2 3 4 5 6; do echo $i >$i/a.log; done
	soon out_n 6
	for i in 1 2 3 4 5 6; do echo $i >>$i/a.log; done
	soon out_n 12
	stop
	[ "$(grep -c warning err)" = 1 ]
	[ "$(lines out | sort | uniq -c | tr -s ' ' | paste -sd,)" = " 2 1, 2 2, 2 3, 2 4, 2 5, 2 6" ]
}

@test "wake: the first line after a pause goes out at once, further ones together" {
	can_trace
	: >a.log
	strace -ttt -T -f -e trace=poll -o trace rx-tail -v a.log >out 2>err 3>&- &
	tail=$!
	settled
	for ((i = 0; i < 400; i++)); do echo "$i" >>a.log; done
	soon out_n 400
	kill "$(pgrep -P "$tail")" && wait "$tail"
	# Of the 400 appends few are an event of their own: it rests 10 ms.
	python3 - <<-'EOF'
	import re
	woken = []
	for line in open('trace'):
	    m = re.match(r'\d+ +(\d+\.\d+) poll\(.*\) = ([1-9]\d*) .*<(\d+\.\d+)>', line)
	    if m:
	        woken.append(float(m[1]) + float(m[3]))
	most = (woken[-1] - woken[0]) / .009 + 4
	assert 2 <= len(woken) <= most, (len(woken), most)
	EOF
}
