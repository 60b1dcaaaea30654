# SPDX-License-Identifier: MIT
# rx-tail and bytes that are not lines of UTF-8

setup() {
	load helper
	load tail
}

wide() { python3 -c 'import sys; sys.stdout.buffer.write((b"\xff\xfe" if sys.argv[1] == "le" else b"\xfe\xff") + sys.stdin.read().encode("utf-16-" + sys.argv[1], "surrogatepass"))' "$1"; }

@test "encoding: UTF-16 of either order, by its mark" {
	need python3
	printf 'h\u00e9llo \U1f600\nsecond \u010a\u0a0a\u0a00 line\r\nlast' >text
	for order in le be; do
		wide $order <text >a.log
		rx-tail --once --marks a.log >out
		[ "$(jq -c 'select(._rx.o != null) | .log_line' out | paste -sd' ')" = "$(printf '"h\u00e9llo \U1f600" "second \u010a\u0a0a\u0a00 line\\r" "last"')" ]
		[ "$(jq -c 'select(._rx.o != null) | [._rx.o,._rx.e]' out | paste -sd' ')" = '[0,20] [20,54] [54,62]' ]
		[ "$(rx-tail - <a.log | jq -r .log_line | tr -d '\r')" = "$(tr -d '\r' <text)" ]
		[ "$(rx-tail --once -n 1 a.log | jq -c .log_line | paste -sd' ')" = "$(printf '"second \u010a\u0a0a\u0a00 line\\r" "last"')" ]
	done
}

@test "encoding: half a pair and half a unit are U+FFFD" {
	need python3
	python3 -c 'open("a.log", "wb").write(b"\xff\xfea\0\x00\xd8b\0\x00\xdc\n\0c\0d")'
	[ "$(rx-tail --once a.log | jq -c .log_line | paste -sd' ')" = "$(printf '"a\ufffdb\ufffd" "c\ufffd"')" ]
}

@test "encoding: UTF-16 that grows byte by byte, and goes on after kill -9" {
	need python3
	seq 300 | sed 's/$/ \U1f600 line/' >text
	wide le <text >whole
	: >a.log
	lane --from start a.log
	soon committed
	python3 3>&- - <<-'E'
		import time
		data = open("whole", "rb").read()
		with open("a.log", "ab", buffering=0) as f:
		    for at in range(0, len(data) // 2, 7):
		        f.write(data[at:at + 7])
	E
	soon stored_n 100
	lane_end KILL
	tail -c +$(($(stat -c %s a.log) + 1)) whole >>a.log
	lane a.log
	soon stored_n 300
	lane_end
	stored | cmp - text
}

@test "encoding: a long line of UTF-16 is cut between pairs" {
	need python3
	python3 -c 'print("x" + "\U0001f600" * 100000 + "\nend")' | wide le >a.log
	rx-tail --once --marks a.log >out
	[ "$(jq -je 'select(._rx.f != null) | .log_line' out)" = "$(python3 -c 'print("x" + "\U0001f600" * 100000)')" ]
	[ "$(jq -c 'select(._rx.o != null) | [._rx.f,._rx.fl]' out | paste -sd' ')" = '[0,null] [1,null] [2,null] [3,true] [null,null]' ]
}

@test "encoding: a mark of UTF-8 is no part of the first line" {
	printf '\357\273\2772026-01-05 10:00:00 one\ntwo\n' >a.log
	rx-tail --once --marks a.log >out
	[ "$(jq -c 'select(._rx.o != null) | [.log_line,._rx.o,._rx.e]' out | paste -sd' ')" = '["2026-01-05 10:00:00 one",0,27] ["two",27,31]' ]
	[ "$(jq -r 'select(._rx.o == 0) | .timestamp' out)" = 2026-01-05T10:00:00Z ]
	printf '\357\273\277' >b.log
	[ "$(rx-tail --once b.log | jq -c .log_line)" = '""' ]
}

@test "encoding: NUL bytes, CR and a last line without newline are kept" {
	printf 'a\0b\r\n\0\n\nend' >a.log
	[ "$(rx-tail --once a.log | jq -c .log_line | paste -sd' ')" = '"a\u0000b\r" "\u0000" "" "end"' ]
}
