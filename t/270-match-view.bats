# SPDX-License-Identifier: MIT
# rx-match: what a person at a terminal sees
setup() { load helper; }

record='{"timestamp":"2026-01-05T10:00:00Z","label":"web","application":"nginx","log_path":"/l","log_line":"job failed"}'

# on_terminal COMMAND: runs it with a terminal as its standard output, which is
# copied to `seen` as it came, and its status to `code`.
on_terminal() {
	TERM=${TERM_HERE-xterm} python3 - "$1" <<-'E'
	import os, pty, subprocess, sys
	master, slave = pty.openpty()
	p = subprocess.Popen(["bash", "-c", sys.argv[1]], stdout=slave, stdin=subprocess.DEVNULL)
	os.close(slave)
	seen = b""
	try:
	    while part := os.read(master, 65536):
	        seen += part
	except OSError:  # Linux says EIO when the last writer has left
	    pass
	open("seen", "wb").write(seen.replace(b"\r\n", b"\n"))
	open("code", "w").write(str(p.wait()))
	E
}

@test "view: a terminal gets time, coloured severity, label and line; a pipe gets bare records" {
	echo "$record" >in
	on_terminal 'rx-match <in'
	printf '2026-01-05T10:00:00Z \033[35mfailure \033[0m web: job \033[1;31mfailed\033[0m\n' | diff - seen
	[ "$(cat code)" -eq 0 ]
	run -0 rx-match <in
	[ "$output" = "${record%\}},\"severity\":\"failure\"}" ]
	on_terminal 'rx-match --format json <in'
	[ "$(cat seen)" = "$output" ]
}

@test "view: each severity has its own colour and the same width" {
	printf '{"log_line":"[%s] x"}\n' crit failed error warn info >in
	rx-match --severity-at-least info --format view --color always <in >out
	[ "$(cut -d m -f 1 out | sort -u | wc -l)" -eq 5 ]
	[ "$(sed 's/\x1b\[[0-9;]*m//g' out | cut -c 9-11 | sort -u)" = ' [c
 [e
 [f
 [i
 [w' ]
}

@test "view: what matched has a colour, and no byte of it steers the terminal" {
	view() { rx-match --format view --color always "$@" <in | sed 's/\x1b\[1;31m/</g; s/\x1b\[0m/>/g; s/\x1b\[[0-9;]*m//g' | sed 's/^[^>]*> //'; }
	printf '%s\n' '{"log_line":"a fail, a \u0066ail\u001b and failover"}' '{"log_line":"x\u001b[2Jy fail\r"}' '{"other":"fail"}' >in
	[ "$(view -k)" = $'a <fail>, a <fail>\\x1b and failover\nx\\x1b[2Jy <fail>\n{"other":"<fail>"}' ]
	[ "$(view -e '.\[' -e 'z*' -e 'é')" = $'a fail, a fail\\x1b and failover\nx<\\x1b[>2Jy fail\n{"other":"fail"}' ]
	# As grep does: what does not match has nothing to show, the lines around have.
	[ "$(view -v -e x -C 1)" = $'a fail, a fail\\x1b and failover\n<x>\\x1b[2Jy fail\n{"other":"fail"}' ]
	printf 'it failed\r\nok\n' >log
	[ "$(rx-match --format view --color always -e 'failed' log | grep -c $'it \e\[1;31mfailed\e\[0m$')" -eq 1 ]
}

@test "view: --color, NO_COLOR and a dumb terminal decide about colours" {
	echo "$record" >in
	bare='2026-01-05T10:00:00Z failure  web: job failed'
	on_terminal 'NO_COLOR=1 rx-match <in'
	[ "$(cat seen)" = "$bare" ]
	on_terminal 'NO_COLOR= rx-match <in'
	[ "$(cat seen)" != "$bare" ]
	on_terminal 'rx-match --color never <in'
	[ "$(cat seen)" = "$bare" ]
	TERM_HERE=dumb on_terminal 'rx-match <in'
	[ "$(cat seen)" = "$bare" ]
	on_terminal 'NO_COLOR=1 rx-match --color always <in'
	[ "$(cat seen)" != "$bare" ]
	run -0 rx-match --format view <in
	[ "$output" = "$bare" ]
	run -0 rx-match --color always <in # no view, no colours
	[ "$output" = "${record%\}},\"severity\":\"failure\"}" ]
}

@test "view: no byte of a record steers the terminal, in text, name or time" {
	python3 - <<-'E'
	import json
	evil = "".join(map(chr, range(1, 32))) + "\x7f\x85\x9b31m\u202e\u2066\u2028\u200f ok é 漢 🐞\t."
	with open("in", "w") as f:
	    for member in "log_line", "label", "application", "log_path", "timestamp":
	        print(json.dumps({"log_line": "error", member: evil + " error"}, ensure_ascii=member < "b"), file=f)
	        print(json.dumps({"log_line": "error", member: evil + " error"}, ensure_ascii=member > "b"), file=f)
	open("text", "wb").write(b"error \xff\xc2 " + evil.replace("\n", "").encode() + b"\n")
	E
	on_terminal 'rx-match --color never <in; rx-match --color never text'
	[ "$(wc -l <seen)" -eq 11 ]
	python3 - <<-'E'
	import unicodedata
	seen = open("seen", encoding="utf-8").read()
	bad = {c for c in seen if c not in "\n\t" and (unicodedata.category(c) == "Cc" or unicodedata.bidirectional(c) in ("RLE", "LRE", "RLO", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI", "B") or c in "\u200e\u200f\u2028")}
	assert not bad, bad
	assert seen.count(" ok é 漢 🐞\t.") == 9, seen
	assert "\\x1b" in seen and "\\u{9b}31m" in seen and "\\u{202e}" in seen and "error \\xff\\xc2 " in seen
	E
}

@test "view: the name is the label, else the application, else the path; what lacks is left out" {
	printf '%s\n' '{"application":"a","log_path":"p","log_line":"fail"}' \
	    '{"label":"","log_path":"p\u002fq","log_line":"fail"}' '{"label":7,"log_line":"fail"}' \
	    '{"timestamp":1,"log_line":"fail"}' >in
	run -0 rx-match --format view <in
	[ "$output" = 'failure  a: fail
failure  p/q: fail
failure  fail
failure  fail' ]
}

@test "view: plain text shows its own time and file, whole, without the CR of CR LF" {
	long=$(printf '%03000d' 0)
	printf '2026-01-05T10:00:00Z error %s\r\n' "$long" >app.log
	run -0 rx-match --format view app.log
	[ "$output" = "2026-01-05T10:00:00Z error    app.log: 2026-01-05T10:00:00Z error $long" ]
	run -0 rx-match --format view <app.log
	[ "$output" = "2026-01-05T10:00:00Z error    2026-01-05T10:00:00Z error $long" ]
}

@test "view: marks are not shown on a terminal, and a pipe that would lose them is a usage error" {
	printf '%s\n' '{"_rx":{"k":"begin","v":1,"n":"N","claims":[],"pos":[]}}' "$record" \
	    '{"_rx":{"k":"mark","n":"N","q":1,"full":false,"pos":[]}}' >in
	on_terminal 'NO_COLOR=1 rx-match <in'
	[ "$(cat seen)" = '2026-01-05T10:00:00Z failure  web: job failed' ]
	run -64 --separate-stderr rx-match --format view <in
	[[ $stderr == *'--format view has no place for marks'* ]]
}

@test "view: rx-tail | rx-match as typed shows the lines that say something went wrong" {
	[ -x "$RX_BIN/rx-tail" ] || skip "no rx-tail here"
	printf '%s\n' '2026-01-05T10:00:00Z ERROR no route' 'all is well' >app.log
	on_terminal 'export NO_COLOR=1; rx-tail --once app.log | rx-match'
	[ "$(cat seen)" = '2026-01-05T10:00:00Z error    app.log: 2026-01-05T10:00:00Z ERROR no route' ]
}
