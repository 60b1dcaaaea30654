# SPDX-License-Identifier: MIT
# rx-tail following: what is seen, when, and how it ends

setup() {
	load helper
	load tail
}

@test "tail: lines that are appended come out at once, old ones do not" {
	echo old >a.log
	follow a.log
	settled
	echo new >>a.log
	soon out_n 1
	stop
	[ "$(lines out)" = new ]
}

@test "tail: half a line waits for its other half" {
	echo old >a.log
	follow a.log
	settled
	printf half >>a.log
	echo sync >b.log
	printf -- '-line\nnext\n' >>a.log
	soon out_n 2
	stop
	[ "$(lines out | paste -sd' ')" = "half-line next" ]
}

@test "tail: a line that is written right after a tick comes out at once" {
	local call ticks=0 rests=0
	mkdir d
	printf half >d/half.log # looked at four times a second
	: >d/a.log
	follow --from start 'd/*.log'
	settled
	mkfifo calls
	strace -qq -p "$tail" -o calls -e trace=poll 2>/dev/null 3>&- &
	tracer=$!
	while [ $ticks -lt 6 ] && read -r -t 10 call; do
		case $call in
		# Of three descriptors: it waits for what follows an event.
		*'], 3, '*) rests=$((rests + 1)) ;;
		*Timeout*) ticks=$((ticks + 1)) && echo line >>d/a.log ;;
		esac
	done <calls
	let_go
	soon has out 6
	stop
	[ $ticks = 6 ]
	[ $rests -lt 2 ] # a busy machine may be late with an event itself
}

@test "tail: a line written byte by byte is one record" {
	: >a.log
	follow a.log
	settled
	python3 - <<-'PY'
		f = open("a.log", "ab", buffering=0)
		for n in range(200):
		    for c in b"line %d\n" % n:
		        f.write(bytes([c]))
	PY
	soon out_n 200
	stop
	[ "$(lines out)" = "$(seq -f 'line %g' 0 199)" ]
}

@test "tail: files that appear later are read from their first line" {
	mkdir d
	follow 'd/**/*.log' named.log
	settled
	echo one >d/a.log
	mkdir -p d/x/y
	echo two >d/x/y/b.log
	echo three >named.log
	soon out_n 3
	echo ignored >d/c.txt
	mv d/c.txt d/c.log
	soon out_n 4
	stop
	[ "$(lines out | sort | paste -sd' ')" = "ignored one three two" ]
}

@test "tail: a directory that is not there yet is waited for" {
	follow deep/er/a.log 'other/*.log'
	settled
	mkdir -p deep/er other
	echo one >deep/er/a.log
	echo two >other/b.log
	soon out_n 2
	rm -r deep
	mkdir -p deep/er
	echo three >deep/er/a.log
	soon out_n 3
	stop
	[ "$(lines out | sort | paste -sd' ')" = "one three two" ]
}

@test "tail: a symbolic link is followed, also to another file" {
	mkdir real
	: >real/1.log
	ln -s real/1.log live.log
	follow live.log
	settled
	echo one >>real/1.log
	soon out_n 1
	echo two >real/2.log
	ln -sfn real/2.log live.log
	soon out_n 2
	echo three >>real/2.log
	soon out_n 3
	stop
	[ "$(lines out | paste -sd' ')" = "one two three" ]
}

@test "tail: TERM ends it with 0, idle and busy" {
	: >a.log
	follow a.log
	settled
	stop TERM
	seq 1 3000000 >a.log
	rx-tail --from start a.log 2>err 3>&- | (head -1 && read -r _ && sleep 0.1 && cat) >/dev/null &
	soon pgrep -P $$ -x rx-tail
	pid=$(pgrep -P $$ -x rx-tail)
	kill -TERM "$pid"
	soon gone "$pid"
	[ ! -s err ]
}

@test "tail: when its reader leaves it dies, also when nothing happens" {
	: >a.log
	mkfifo pipe
	rx-tail -v a.log >pipe 2>err 3>&- &
	tail=$!
	exec 4<pipe
	settled
	exec 4<&-
	soon gone "$tail"
	status=0; wait "$tail" || status=$?
	[ "$status" -eq 141 ]
	[ -z "$(complaints)" ]
}

@test "tail: USR1 prints one line of status" {
	echo x >a.log
	follow --from start a.log
	soon out_n 1
	kill -USR1 "$tail"
	soon grep -q 'status: 1 files followed, 1 open' err
	stop
}

@test "tail: --max-files refuses more at start, and leaves out later ones" {
	mkdir d
	for i in 1 2 3; do : >d/$i.log; done
	run -78 rx-tail --max-files 2 'd/*.log'
	[[ $output == *"Cannot monitor 3 files. Maximum is 2. Consider log aggregation or sampling."* ]]
	follow --max-files 3 'd/*.log'
	settled
	echo four >d/4.log
	soon grep -q 'd/4.log: not followed: the maximum is 3 files' err
	echo one >>d/1.log
	soon out_n 1
	stop
	[ "$(lines out)" = one ]
}

@test "tail: X-09 more files than descriptors lose no line" {
	mkdir d
	for i in {1..200}; do : >d/$i.log; done
	prlimit --nofile=40 rx-tail -v --max-files 200 'd/*.log' >out 2>err 3>&- &
	tail=$!
	settled
	for round in 1 2; do
		for i in {1..200}; do echo "$round $i" >>d/$i.log; done
	done
	soon out_n 400
	rm d/1*.log
	stop
	run -1 grep warning err
	[ "$(lines out | sort -u | wc -l)" = 400 ]
}

@test "tail: X-08 without inotify it looks by itself, and says so once" {
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_instances' 2>/dev/null ||
		skip "no user namespace to limit inotify in"
	: >a.log
	unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_inotify_instances
		exec rx-tail -v a.log "*.txt"' >out 2>err 3>&- &
	tail=$!
	soon grep -q 'no more watches' err
	settled
	echo one >>a.log
	echo two >b.txt
	soon out_n 2
	stop
	[ "$(grep -c warning err)" = 1 ]
}

@test "tail: X-08 a queue of events that overflows loses no line" {
	mkdir d
	for i in {1..100}; do : >d/$i.log; done
	follow --max-files 200 --stats s.prom 'd/*.log'
	settled
	kill -STOP "$tail"
	python3 - <<-'PY'
		files = [open(f"d/{i}.log", "a", buffering=1) for i in range(1, 101)]
		for n in range(200):
		    for f in files:
		        f.write(f"{n}\n")
		open("d/new.log", "w").write("new\n")
	PY
	kill -CONT "$tail"
	soon out_n 20001
	stop
	[ "$(lines out | wc -l)" = 20001 ]
	grep -q 'inotify: too many events at once' err
	grep -q '^rx_tail_event_overflows_total [1-9]' s.prom
}

@test "follow: a file whose disk fails is said, and not asked again at once" {
	can_trace
	echo x >a.log
	: >err
	strace -D -o trace -P a.log -e trace=pread64 -e inject=pread64:error=EIO \
		"$RX_BIN/rx-tail" --from start a.log >out 2>err 3>&- &
	tail=$!
	soon grep -q 'a.log: unable to read: Input/output error' err
	stop || :
	[ "$(grep -c EIO trace)" -lt 20 ]
}
