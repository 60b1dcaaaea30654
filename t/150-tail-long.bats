# SPDX-License-Identifier: MIT
# rx-tail and lines that are longer than a record may be

setup() {
	load helper
	load tail
}

# joined FILE: the fragments in FILE, checked and joined, must be ./a.log
joined() {
	python3 - "$1" <<-'PY'
		import json, sys
		data = open("a.log", "rb").read()
		at, number, text = 0, 0, b""
		for line in open(sys.argv[1], "rb"):
		    r = json.loads(line)
		    rx = r["_rx"]
		    if "k" in rx:
		        continue
		    assert len(line) < 1024 * 1024, len(line)
		    assert rx["o"] == at, (rx, at)
		    if "f" in rx:
		        assert rx["f"] == number, (rx, number)
		        number = 0 if rx.get("fl") else number + 1
		    else:
		        assert number == 0, rx
		    escaped = json.dumps(r["log_line"], ensure_ascii=False)
		    assert len(escaped.encode()) - 2 <= 512 * 1024
		    text += r["log_line"].encode()
		    if "f" not in rx or rx.get("fl"):
		        text += b"\n" if rx.get("nl", True) else b""
		    at = rx["e"]
		assert number == 0 and text == data, (len(text), len(data))
	PY
}

@test "long: X-06 a line of 10 MiB comes in fragments, in little memory" {
	{ head -c 10M /dev/zero | tr '\0' x; echo; echo after; } >a.log
	can_limit_memory
	prlimit --as=33554432 rx-tail --once --marks a.log >out
	joined out
	[ "$(jq -c 'select(._rx.fl) | ._rx.f' out)" = 19 ]
	[ "$(lines out | tail -n1)" = after ]
}

@test "long: lines are whole up to 512 KiB of escaped text" {
	python3 - <<-'PY'
		n = 512 * 1024
		with open("a.log", "w") as f:
		    for line in ("x" * n, "x" * (n + 1), "\1" * (n // 6),
		                 "\1" * (n // 6 + 1), "\"" * (n // 2), "y"):
		        f.write(line + "\n")
	PY
	rx-tail --once --marks a.log >out
	joined out
	[ "$(jq -c 'select(._rx.o != null) | ._rx.f' out | paste -sd' ')" = "null 0 1 null 0 1 null null" ]
}

@test "long: no cut is inside a character, wherever the line begins" {
	for lead in '' x xx xxx; do
		python3 -c 'import sys; open("a.log", "w").write(sys.argv[1] + "€😀é" * 200000 + "\n")' "$lead"
		rx-tail --once --marks a.log >out
		joined out
	done
}

@test "long: a line that grows is cut at the same places" {
	python3 -c 'import random; random.seed(1); open("whole", "w").write("".join(random.choices("ab\t\"é€", k=2000000)) + "\nend\n")'
	cp whole a.log
	rx-tail --once --marks a.log >out
	joined out
	jq -c 'select(._rx.o != null) | [._rx.o,._rx.e,._rx.f]' out >once
	: >a.log
	rx-tail -v --marks a.log >out 2>err 3>&- &
	tail=$!
	settled
	python3 3>&- - <<-'PY'
		import random, time
		data, at = open("whole", "rb").read(), 0
		f = open("a.log", "ab", buffering=0)
		while at < len(data):
		    n = random.randrange(1, 200000)
		    f.write(data[at:at + n])
		    at += n
		    time.sleep(0.005)
	PY
	soon grep -q '"log_line":"end"' out
	stop
	jq -c 'select(._rx.o != null) | [._rx.o,._rx.e,._rx.f]' out | cmp - once
}

@test "long: X-06 after kill -9 no fragment is repeated or missing" {
	{ head -c 30M /dev/zero | tr '\0' x; echo; echo after; } >a.log
	for n in 3 10 20; do
		lane --from start a.log
		soon stored_n $n
		lane_end KILL
	done
	lane a.log
	soon grep -q after st.lines
	lane_end
	stored | tr -d '\n' | cmp - <(tr -d '\n' <a.log)
	jq -e '[.pos[].fr] == [0]' st
}

@test "long: fragments without --marks join to the line, too" {
	{ head -c 2M /dev/zero | tr '\0' x; echo; } >a.log
	rx-tail --once a.log >out
	[ "$(wc -l <out)" = 4 ]
	lines out | tr -d '\n' | cmp - <(tr -d '\n' <a.log)
	rx-tail - <a.log >out
	lines out | tr -d '\n' | cmp - <(tr -d '\n' <a.log)
}
