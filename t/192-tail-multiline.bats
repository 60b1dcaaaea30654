# SPDX-License-Identifier: MIT
# rx-tail --multiline: several lines that are one record (kill -9 in the middle
# of one: 190-tail-container)

setup() {
	load helper
	load tail
}

# firsts FILE: the first line of each record, and how many it has
firsts() { jq -r 'select(._rx.k | not) | .log_line | split("\n") | "\(.[0]) \(length)"' "$1"; }

traces() {
	cat <<-'E'
		INFO before
		Exception in thread "main" java.lang.IllegalStateException: boom
		        at com.example.App.run(App.java:10)
		        at com.example.App.main(App.java:3)
		Caused by: java.io.IOException: disk
		        at com.example.Disk.read(Disk.java:7)
		        ... 2 more
		INFO between
		Traceback (most recent call last):
		  File "a.py", line 1, in <module>
		    f()
		KeyError: 'x'

		During handling of the above exception, another exception occurred:

		Traceback (most recent call last):
		  File "a.py", line 3, in <module>
		    raise ValueError("y")
		ValueError: y
		INFO more
		panic: runtime error: index out of range [1]

		goroutine 1 [running]:
		main.(*T).run(0xc000, {0x1, 0x2})
		        /src/main.go:9 +0x1d
		created by main.start
		        /src/main.go:5 +0x2f
		exit status 2
		INFO after
	E
}

@test "multiline: traces of Java, Python and Go are one record each" {
	traces >a.log
	rx-tail --once --multiline indent a.log >out
	[ "$(firsts out)" = 'INFO before 1
Exception in thread "main" java.lang.IllegalStateException: boom 6
INFO between 1
Traceback (most recent call last): 11
INFO more 1
panic: runtime error: index out of range [1] 8
INFO after 1' ]
	lines out | cmp - a.log
	# the same where each entry begins with a date, and lines end in CR
	traces | sed 's/^\(INFO\|Exc\|Trace\|panic\)/2026-01-05 10:00:00 \1/; 16s/^2026-01-05 10:00:00 //' >b.log
	rx-tail --once --multiline 'start=^\d{4}-\d\d-\d\d ' b.log >out
	[ "$(firsts out | awk '{ print $NF }' | paste -sd' ')" = '1 6 1 11 1 8 1' ]
	[ "$(jq -r .timestamp out | sort -u)" = 2026-01-05T10:00:00Z ]
	sed 's/$/\r/' a.log >c.log
	rx-tail --once --multiline indent c.log >out
	[ "$(firsts out | awk '{ print $NF }' | paste -sd' ')" = '1 6 1 11 1 8 1' ]
}

@test "multiline: start, continue and indent" {
	printf 'lone\nA 1\n x\ny\nA 2\n' >a.log
	[ "$(rx-tail --once --multiline 'start=^A ' a.log | jq -c .log_line | paste -sd' ')" = '"lone" "A 1\n x\ny" "A 2"' ]
	[ "$(rx-tail --once --multiline 'continue=^[^A]' a.log | jq -c .log_line | paste -sd' ')" = '"lone" "A 1\n x\ny" "A 2"' ]
	[ "$(rx-tail --once --multiline indent a.log | jq -c .log_line | paste -sd' ')" = '"lone" "A 1\n x" "y" "A 2"' ]
	printf 'A\n\nb' >b.log
	[ "$(rx-tail --once --multiline 'start=^A' b.log | jq -c .log_line)" = '"A\n\nb"' ]
}

@test "multiline: a wrong pattern is refused, with its place" {
	touch a.log
	run -64 --separate-stderr rx-tail --multiline 'start=(' a.log
	[[ $stderr == *'--multiline start=(: '*offset* ]]
	run -64 --separate-stderr rx-tail --multiline never a.log
	[[ $stderr == *'is not start=REGEX, continue=REGEX or indent'* ]]
	run -64 rx-tail --multiline indent --multiline indent a.log
	run -64 rx-tail --join-wait 1 --join-wait never a.log
}

@test "multiline: the last record goes out when nothing more comes, once" {
	: >a.log
	follow --multiline indent --join-wait 300ms a.log
	settled
	printf 'one\n\tmore\n' >>a.log
	soon out_n 1
	printf '\tlate\n' >>a.log
	soon out_n 2
	stop
	[ "$(jq -c .log_line out | paste -sd' ')" = '"one\n\tmore" "\tlate"' ]
}

@test "multiline: positions cover the lines, marks only what was written" {
	printf 'one\n\tmore\ntwo\n' >a.log
	follow --marks --from start --multiline indent --join-wait 1h a.log
	soon out_n 1
	soon grep -q '"o":10,' out
	[ "$(jq -c 'select(._rx.o != null) | ._rx | [.o,.e]' out)" = '[0,10]' ]
	[ "$(tail -n1 out | jq -c '[._rx.pos[].o]')" = '[10]' ]
	stop
	# TERM leaves what is open to the next run
	[ "$(tail -n1 out | jq -c '[._rx.pos[].o]')" = '[10]' ]
	[ "$(rx-tail --once --marks --multiline indent a.log | jq -c 'select(._rx.o != null) | ._rx | [.o,.e]' | paste -sd' ')" = '[0,10] [10,14]' ]
}

@test "multiline: TERM without marks writes what is open" {
	: >a.log
	follow --multiline indent --join-wait 1h a.log
	settled
	printf 'one\n\tmore\n' >>a.log
	has_read() {
		kill -USR1 "$tail"
		grep -q ' and 2 lines read' err
	}
	soon has_read
	stop
	[ "$(jq -c .log_line out)" = '"one\n\tmore"' ]
}

@test "multiline: a record that never ends is cut, and needs no more memory" {
	need python3
	can_limit_memory
	{ echo begin; yes $'\tthe same line again and again' | head -n 300000; } >a.log
	prlimit --as=50331648 rx-tail --once --marks --multiline indent a.log >out
	[ "$(jq -c 'select(._rx.o != null) | [._rx.f, ._rx.fl]' out | sort -u | wc -l)" -gt 15 ]
	[ "$(jq 'select(._rx.fl) | ._rx.f' out)" = "$(($(jq 'select(._rx.o != null) | ._rx.f' out | wc -l) - 1))" ]
	jq -je 'select(._rx.o != null) | .log_line' out | cmp - <(head -c -1 a.log)
	rx-tail --once --multiline indent a.log >out
	[ "$(jq -c 'select(.truncated | not)' out | wc -l)" = 1 ]
	jq -je .log_line out | cmp - <(head -c -1 a.log)
}

@test "multiline: a long line among others comes whole, and order is kept" {
	need python3
	python3 -c 'open("a.log", "w").write("one\n\tmore\n" + "x" * 2000000 + "\n\tend\n")'
	rx-tail --once --marks --multiline indent a.log >out
	jq -je 'select(._rx.o != null) | if ._rx.f == null or ._rx.fl then .log_line + "\n" else .log_line end' out | cmp - a.log
	[ "$(jq -c 'select(._rx.o != null) | ._rx | [.o,.e]' out | head -n1)" = '[0,10]' ]
}

# halted N: rx-tail, which strace stops behind every look, was stopped that often.
halted() { [ "$(grep -c 'stopped by SIGSTOP' trace)" -ge "$1" ]; }

# halt_at_look: it stands behind a look at the open file, in which it saw nothing
# but what it had read.
halt_at_look() {
	local n=1
	until soon halted $n && grep -E '^(statx|pread)' trace | tail -n2 | paste -sd' ' |
		grep -q '^statx(AT_FDCWD.*statx(.*AT_EMPTY_PATH.*stx_size=10,'; do
		[ $n -lt 20 ] || return 1
		n=$((n + 1))
		kill -CONT "$tail"
	done
}

@test "multiline: one that was kept from the processor reads what came before it gives a record up" {
	can_trace
	: >a.log
	follow --multiline start=^START --join-wait 1s a.log
	settled
	strace -qq -p "$tail" -s 64 -o trace -e trace=statx,pread64 -e inject=statx:signal=SIGSTOP 2>/dev/null 3>&- &
	tracer=$!
	soon grep -q '^TracerPid:.[1-9]' "/proc/$tail/status"
	echo 'START one' >>a.log
	halt_at_look
	echo 'goes on' >>a.log
	sleep 1.5 # longer than it waits
	kill -INT $tracer
	wait $tracer || :
	kill -CONT "$tail"
	echo 'START two' >>a.log
	soon out_n 2
	stop
	[ "$(jq -c .log_line out | paste -sd' ')" = '"START one\ngoes on" "START two"' ]
}
