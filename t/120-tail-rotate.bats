# SPDX-License-Identifier: MIT
# rx-tail and files that are renamed, truncated, deleted, replaced

setup() {
	load helper
	load tail
}

@test "tail: X-01 a renamed file is read to its end, also what comes late" {
	: >app.log
	follow --rotate-wait 1s app.log
	settled
	exec 4>>app.log
	echo one >&4
	mv app.log app.log.1
	echo two >&4
	echo four >app.log
	soon out_n 3
	echo late >&4
	soon out_n 4
	exec 4>&-
	soon holds 1
	stop
	[ "$(lines out | paste -sd' ')" = "one two four late" ]
	[ "$(jq -r .log_path out | sort -u)" = app.log ]
}

@test "tail: a rotation without a new file is waited out" {
	: >app.log
	follow --rotate-wait 100ms app.log
	settled
	echo one >>app.log
	mv app.log app.log.1
	soon out_n 1
	echo two >>app.log.1
	soon out_n 2
	echo three >app.log
	soon out_n 3
	soon holds 1
	stop
	[ "$(lines out | paste -sd' ')" = "one two three" ]
}

@test "tail: generations born and renamed between two looks are not lost" {
	: >app.log
	follow app.log
	settled
	kill -STOP "$tail"
	for i in {1..5}; do
		echo "line $i" >>app.log
		for k in 5 4 3 2 1; do
			[ ! -e app.log.$k ] || mv app.log.$k app.log.$((k + 1))
		done
		mv app.log app.log.1
	done
	echo "line 6" >app.log
	kill -CONT "$tail"
	soon out_n 6
	stop
	[ "$(lines out)" = "$(seq -f 'line %g' 6)" ]
}

@test "tail: X-01 what was found behind a long file is held until its turn" {
	echo 0 >app.log
	mkfifo pipe
	exec 5<>pipe # nobody reads yet
	: >err
	rx-tail -v --from start app.log >pipe 2>err 3>&- 5>&- &
	tail=$!
	settled
	grep -q '"0"' <&5
	kill -STOP "$tail"
	seq -f %01000.0f 3000 >>app.log
	mv app.log app.log.1
	echo last >app.log
	kill -CONT "$tail"
	soon grep -q 'app.log: a new file' err
	rm app.log
	cat <pipe >out 3>&- 5>&- &
	exec 5>&-
	soon grep -q '"last"' out
	stop
	[ "$(lines out | sed 's/^0*//')" = "$(seq 3000; echo last)" ]
}

@test "tail: X-01 names are shifted faster than files can be opened" {
	can_trace
	: >app.log
	: >err
	strace -D -qq -o /dev/null -e trace=openat --inject=openat:delay_enter=3000 \
		rx-tail -v --marks --from start --rotate-wait 1s app.log \
		>out 2>err 3>&- &
	tail=$!
	settled
	python3 - 3>&- <<-'PY'
		import os, time
		for turn in range(30):
		    with open("app.log", "a") as f:
		        f.write("".join(f"line {turn * 300 + n}\n" for n in range(300)))
		    for k in range(turn, 0, -1):
		        os.rename(f"app.log.{k}", f"app.log.{k + 1}")
		    os.rename("app.log", "app.log.1")
		    open("app.log", "a").close()
		    time.sleep(turn % 4 * .002)
		with open("app.log", "a") as f:
		    f.write("end\n")
	PY
	soon grep -q '"end"' out
	stop
	[ "$(lines out)" = "$(seq -f 'line %g' 0 8999; echo end)" ]
	run -1 grep -e 'is lost' -e 'came and went' err
}

@test "tail: X-01 names are shifted while a large directory is listed" {
	can_trace
	# On tmpfs, whose listing begins with the youngest name: one that is
	# shifted between two calls goes where the listing has been.
	[ "$(stat -fc %T /dev/shm 2>/dev/null)" = tmpfs ] || skip "no tmpfs on /dev/shm"
	elsewhere=$(mktemp -d /dev/shm/rx-XXXXXX)
	echo 1 >"$elsewhere/app.log"
	follow --from start "$elsewhere/app.log"
	soon out_n 1
	kill -STOP "$tail"
	mv "$elsewhere/app.log" "$elsewhere/app.log.2"
	echo 2 >"$elsewhere/app.log.1"
	echo 3 >"$elsewhere/app.log"
	(cd "$elsewhere" && seq -f 'a name of which there are many %g' 2000 | xargs -d '\n' touch)
	# The signal cuts the second call short, too.
	strace -qq -p "$tail" -o trace -e trace=getdents64 \
		-e inject=getdents64:signal=SIGSTOP:when=2 2>/dev/null 3>&- &
	tracer=$!
	soon grep -q '^TracerPid:.[1-9]' "/proc/$tail/status"
	kill -CONT "$tail"
	soon grep -q 'SIGSTOP.*si_code=SI_KERNEL' trace
	mv "$elsewhere/app.log.2" "$elsewhere/app.log.3"
	mv "$elsewhere/app.log.1" "$elsewhere/app.log.2"
	kill -INT $tracer
	wait $tracer || :
	kill -CONT "$tail"
	soon out_n 3
	stop
	[ "$(lines out | paste -sd' ')" = "1 2 3" ]
}

@test "tail: X-03 copytruncate while stopped: the copy is read on, then the rest" {
	echo one >app.log
	follow --from start app.log
	soon out_n 1
	kill -STOP "$tail"
	echo two >>app.log
	cp app.log app.log.1
	: >app.log
	echo three >>app.log
	kill -CONT "$tail"
	soon out_n 3
	stop
	[ "$(lines out | paste -sd' ')" = "one two three" ]
	run -1 grep 'is lost' err
}

@test "tail: X-03 a copy that a glob matches is not read again" {
	seq 100 >app.log
	follow --from start 'app.log*'
	soon out_n 100
	cp app.log app.log.1
	soon grep -q 'app.log.1: a copy of app.log, not read' err
	: >app.log
	echo next >>app.log
	soon out_n 101
	stop
	[ "$(lines out)" = "$(seq 100; echo next)" ]
}

@test "tail: X-03 bytes that only a deleted copy had are a gap, said once" {
	seq 100 >app.log
	lane --from start app.log
	soon stored_n 100
	: >app.log
	echo again >>app.log
	soon stored_n 101
	lane_end
	[ "$(jq -c '[.from,.to,.why,.p]' st.gaps)" = '[292,null,"truncated","app.log"]' ]
	[ "$(jq -c '[.pos[] | [.g,.x]] | sort' st)" = '[[0,true],[1,false]]' ]
	[ "$(grep -c 'what followed offset 292 is lost' err)" = 1 ]
}

@test "tail: a file rewritten in place to a greater size begins anew" {
	seq 1 50 >app.log
	follow --from start app.log
	soon out_n 50
	python3 -c 'open("app.log", "r+").write("".join(f"new {i}\n" for i in range(60)))'
	soon out_n 110
	stop
	[ "$(lines out | tail -60)" = "$(seq -f 'new %g' 0 59)" ]
}

@test "tail: X-04 a file deleted and made again, with the same inode, is new" {
	mkdir d
	echo one >d/app.log
	follow --from start --rotate-wait 100ms d/app.log
	soon out_n 1
	for i in {1..5}; do
		rm d/app.log
		printf 'one\nagain %s\n' "$i" >d/app.log
		soon out_n $((1 + 2 * i))
	done
	stop
	[ "$(lines out | grep -c again)" = 5 ]
}

@test "tail: X-09 a deleted file is let go, though no event comes" {
	echo one >app.log
	follow --from start --rotate-wait 200ms app.log
	soon out_n 1
	exec 4>>app.log
	rm app.log
	printf half >&4
	soon holds 0
	exec 4>&-
	stop
	[ "$(lines out | paste -sd' ')" = "one half" ]
}

@test "tail: X-05 the half line of a rotated file comes once, with nl false" {
	printf 'one\nhal' >app.log
	lane --from start --rotate-wait 300ms app.log
	soon stored_n 1
	printf 'f' >>app.log
	mv app.log app.log.1
	echo new >app.log
	soon stored_n 3
	lane_end
	[ "$(stored | paste -sd' ')" = "one new half" ]
	lane --rotate-wait 300ms app.log
	settled
	echo newer >>app.log
	soon stored_n 4
	lane_end
	[ "$(stored | paste -sd' ')" = "one new half newer" ]
}

@test "tail: many rotations leave no descriptor and no memory behind" {
	: >app.log
	follow --rotate-wait 10ms 'app.log*'
	settled
	for i in {1..30}; do
		echo "line $i" >>app.log
		[ ! -e app.log.2 ] || rm app.log.2
		[ ! -e app.log.1 ] || mv app.log.1 app.log.2
		mv app.log app.log.1
		: >app.log
		soon out_n "$i" # what is deleted unread is lost
	done
	soon holds 1
	stop
	[ "$(lines out)" = "$(seq -f 'line %g' 30)" ]
}

# rotated KIND: a writer at full speed under the real logrotate
rotated() {
	need logrotate
	mkdir d
	chmod 755 d .
	cat >conf <<-EOF
		$PWD/d/app.log {
			rotate 30
			missingok
			$1
		}
	EOF
	: >d/app.log
	lane --from start --rotate-wait 1s "$PWD/${2:-d/app.log}"
	soon committed
	python3 - "$1" 3>&- <<-'PY'
		import subprocess, sys
		f = open("d/app.log", "a", buffering=1)
		for turn in range(12):
		    for n in range(300):
		        f.write(f"line {turn * 300 + n}\n")
		    subprocess.run(["logrotate", "-f", "-s", "state.lr", "conf"],
		                   check=True)
		    if sys.argv[1].split()[0] != "copytruncate":
		        f.write(f"late {turn}\n")
		        f = open("d/app.log", "a", buffering=1)
		f.write("end\n")
	PY
	soon grep -q '"end"' st.lines
	soon stored_n $((3601 + $3))
	lane_end
	[ ! -s st.gaps ] || [[ $1 = copytruncate* ]]
	[ "$(stored | grep -c '')" = $((3601 + $3)) ]
	[ "$(stored | grep line)" = "$(seq -f 'line %g' 0 3599)" ]
}

@test "tail: X-01 under logrotate with create every line comes once, in order" {
	rotated "create" "" 12
}

@test "tail: X-01 under logrotate with nocreate every line comes once" {
	rotated "nocreate" "" 12
}

@test "tail: rotated names that are dates are read oldest first" {
	: >app.log
	follow app.log
	settled
	kill -STOP "$tail"
	for day in 08 09 10; do
		echo "day $day" >>app.log
		mv app.log app.log-202601$day
	done
	echo "day 11" >app.log
	kill -CONT "$tail"
	soon out_n 4
	stop
	[ "$(lines out | paste -sd,)" = "day 08,day 09,day 10,day 11" ]
}

@test "tail: X-03 under logrotate with copytruncate every line comes once" {
	rotated "copytruncate" "d/app.log*" 0
	[ ! -s st.gaps ] || [ "$(jq -r .why st.gaps | sort -u)" = truncated ]
}

@test "tail: a rotated file without a whole line holds nothing up" {
	printf half >app.log
	follow --from start --rotate-wait 1s app.log
	settled
	mv app.log app.log.1
	echo one >app.log
	soon out_n 2
	stop
	[ "$(lines out)" = "$(printf '%s\n' one half)" ]
}
