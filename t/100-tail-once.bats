# SPDX-License-Identifier: MIT
# rx-tail --once: what a line becomes, what is read, how it ends

setup() {
	load helper
	load tail
}

@test "tail: a line becomes a record with its members in order" {
	printf 'Jan  5 10:00:00 web sshd[7]: ready\n' >auth.log
	run -0 rx-tail --once auth.log
	[ "$(jq -c keys_unsorted <<<"$output")" = '["timestamp","node_id","system_ip","log_path","label","application","log_line"]' ]
	[ "$(jq -c '[.node_id,.log_path,.label,.application,.log_line]' <<<"$output")" = '["test-node","auth.log","auth.log","sshd","Jan  5 10:00:00 web sshd[7]: ready"]' ]
	[[ $(jq -r .timestamp <<<"$output") =~ ^20[0-9]{2}-01-05T10:00:00Z$ ]]
	[ "$(jq -r .system_ip <<<"$output")" != 127.0.0.1 ]
}

@test "tail: a time the line does not tell is the time of reading" {
	echo 'no time here' >a.log
	before=$(date -u +%FT%T)
	run -0 rx-tail --once a.log
	after=$(date -u +%FT%T)
	read_at=$(jq -r .timestamp <<<"$output")
	[[ $read_at =~ \.[0-9]{3}Z$ ]]
	[[ ! ${read_at%.*} < $before && ! ${read_at%.*} > $after ]]
}

@test "tail: the application is the tag of syslog, else the label" {
	cat >a.log <<-'IN'
		Jan  5 10:00:00 web CRON[12]: run
		Jan  5 10:00:00 web kernel: oops
		2026-01-05T10:00:00.123456+01:00 web systemd[1]: started
		<34>1 2026-01-05T10:00:00Z web su 77 ID47 - failed
		<34>1 2026-01-05T10:00:00Z web - - - - nobody
		2026-01-05T10:00:00Z ERROR main: no syslog
		2026-01-05 10:00:00 web main: no syslog either
		Jan  5 10:00:00 web just words
		sshd[7]: no time
	IN
	run -0 rx-tail --once --label '*.log=lab' a.log
	[ "$(jq -r .application <<<"$output" | paste -sd' ')" = "CRON kernel systemd su lab lab lab lab lab" ]
}

@test "tail: --label goes by path or base name, the first match counts" {
	mkdir -p web
	echo x >web/a.log
	echo y >b.log
	run -0 rx-tail --once --label 'web/*=site' --label 'a.log=never' --label 'b.*=be' web/a.log b.log
	[ "$(jq -r .label <<<"$output" | paste -sd' ')" = "site be" ]
	run -64 rx-tail --once --label nonsense a.log
}

@test "tail: a last line without newline is a line, also with --marks" {
	printf 'one\ntwo' >a.log
	run -0 rx-tail --once a.log
	[ "$(lines <<<"$output")" = $'one\ntwo' ]
	run -0 rx-tail --once --marks a.log
	[ "$(jq -c 'select(._rx.o) | [._rx.o,._rx.e,._rx.nl]' <<<"$output" | paste -sd' ')" = '[0,4,null] [4,7,false]' ]
}

@test "tail: X-07 every byte comes back, or is U+FFFD and counted" {
	python3 - <<-'PY'
		import random
		random.seed(7)
		rows = [bytes(random.choices([b for b in range(256) if b != 10],
		        k=random.randrange(120))) for _ in range(5000)]
		rows += [b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbf\xbe",
		         b"\xf4\x90\x80\x80", b"\xc3", b"nul\0nul", b"\x1b[31mred",
		         b"crlf\r", b"   ", b"", "grüße €😀".encode(), b'"\\/\x7f']
		open("a.log", "wb").write(b"\n".join(rows) + b"\n")
	PY
	rx-tail --once --marks a.log >out
	python3 - <<-'PY'
		import json
		data = open("a.log", "rb").read()
		at = 0
		for text in open("out", "rb"):
		    r = json.loads(text.decode("utf-8", "strict"))
		    if "k" in r["_rx"]:
		        continue
		    rx = r["_rx"]
		    assert rx["o"] == at, (rx, at)
		    raw = data[rx["o"]:rx["e"]]
		    assert raw.endswith(b"\n") and raw.count(b"\n") == 1
		    want, i, raw = "", 0, raw[:-1]
		    while i < len(raw):
		        for n in (1, 2, 3, 4):
		            try:
		                want += raw[i:i + n].decode("utf-8")
		                i += n
		                break
		            except UnicodeDecodeError:
		                pass
		        else:
		            want += "\ufffd"
		            i += 1
		    assert r["log_line"] == want, (raw, r["log_line"])
		    at = rx["e"]
		assert at == len(data)
	PY
}

@test "tail: -n begins with the last lines, --from end behind the last newline" {
	seq 1 50000 >a.log
	run -0 rx-tail --once -n 3 a.log
	[ "$(lines <<<"$output" | paste -sd' ')" = "49998 49999 50000" ]
	run -0 rx-tail --once -n 99999 a.log
	[ "${#lines[@]}" = 50000 ]
	printf 'half' >>a.log
	run -0 rx-tail --once --from end a.log
	[ "$(lines <<<"$output")" = half ]
}

@test "tail: patterns, also ** , name files in order, each once" {
	mkdir -p d/x/y d/.hidden
	for f in d/b.log d/a.log d/x/c.log d/x/y/d.log d/.hidden/e.log; do echo "$f" >$f; done
	ln -s ../d d/x/loop
	run -0 rx-tail --once 'd/**/*.log' d/a.log
	[ "$(lines <<<"$output" | sort | paste -sd' ')" = "d/a.log d/b.log d/x/c.log d/x/y/d.log" ]
	echo odd >'d/[1].log'
	run -0 rx-tail --once 'd/[1].log'
	[ "$(lines <<<"$output")" = odd ]
}

@test "tail: two paths to one file are one source" {
	echo once >a.log
	ln a.log b.log
	ln -s a.log c.log
	run -0 rx-tail --once a.log b.log c.log
	[ "$(lines <<<"$output")" = once ]
}

@test "tail: a glob over rotated names reads them oldest first" {
	for i in 3 2 1; do
		seq $((30 - 10 * i)) $((39 - 10 * i)) >a.log
		mv a.log a.log.$i
	done
	seq 30 39 >a.log
	gzip -k a.log.3 && mv a.log.3.gz a.log.4.gz
	run -0 rx-tail --once 'a.log' 'a.log.[0-9]'
	[ "$(lines <<<"$output" | paste -sd' ')" = "$(seq -s' ' 0 39)" ]
}

@test "tail: missing and forbidden files are said; 1 when others were read" {
	echo x >a.log
	run -1 --separate-stderr rx-tail --once nope.log a.log
	[ "$(lines <<<"$output")" = x ]
	[[ $stderr == *"nope.log: unable to read: No such file or directory"* ]]
	run -74 rx-tail --once nope.log
	run -74 rx-tail --once 'nope*.log'
}

@test "tail: without permission it is 77, and while following it waits for it" {
	nobody=()
	if [ "$(id -u)" = 0 ]; then
		nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
		chmod o+rx "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
		"${nobody[@]}" test -x "$RX_BIN/rx-tail" -a -r "$PWD/." ||
			skip "another user cannot get here"
	fi
	echo secret >a.log
	echo x >b.log
	chmod 0 a.log
	run -77 "${nobody[@]}" rx-tail --once a.log
	run -1 "${nobody[@]}" rx-tail --once a.log b.log
	"${nobody[@]}" rx-tail -v --from start a.log b.log >out 2>err 3>&- &
	tail=$!
	soon out_n 1
	chmod 644 a.log
	soon out_n 2
	stop
	[ "$(grep -c 'a.log: unable to read: Permission denied' err)" -le 2 ]
}

@test "tail: what is neither a regular file nor a FIFO is not read" {
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket.log")'
	mkdir dir.log
	run -74 --separate-stderr rx-tail --once socket.log
	[[ $stderr == *"socket.log: "* ]]
	run -74 --separate-stderr rx-tail --once dir.log
	[[ $stderr == *"dir.log: is not a regular file"* ]]
	run -74 rx-tail --once /dev/zero
}

@test "tail: its own output is never read" {
	echo x >a.log
	rx-tail --once 'a*.log' >a2.log 2>err || :
	[ "$(lines a2.log)" = x ]
	rx-tail --once -v 'a.log' err >out 2>>err || :
	grep -q "err: is an output of rx-tail itself" err
}

@test "tail: standard input is plain lines, and has no marks" {
	printf 'a\n\nb\0c\nlast' | rx-tail - >out
	[ "$(jq -c '[.log_path,.label,.log_line]' out | paste -sd' ')" = '["-","stdin","a"] ["-","stdin",""] ["-","stdin","b\u0000c"] ["-","stdin","last"]' ]
	run -64 rx-tail --marks -
}

@test "tail: an empty file is no line" {
	: >a.log
	run -0 rx-tail --once a.log
	[ -z "$output" ]
}

@test "tail: a full disk under stdout is 74" {
	seq 1 100000 >a.log
	run -74 bash -c 'rx-tail --once a.log >/dev/full'
	[[ $output == *"unable to write stdout: No space left on device"* ]]
}

@test "tail: a reader that leaves ends it in silence" {
	seq 1 200000 >a.log
	run -141 --separate-stderr bash -c 'set -o pipefail; rx-tail --once a.log | head -1 >/dev/null'
	[ -z "$stderr" ]
}

@test "tail: identities that are none are refused" {
	echo x >a.log
	run -78 rx-tail --once --node-id unknown-host a.log
	run -0 rx-tail --once --persistent-id --node-id me a.log
	[ "$(jq -r .node_id <<<"$output")" = me ]
}

@test "tail: without a file it reads the logs of this host" {
	can_unshare -m
	mkdir -p log/app
	echo one >log/syslog
	echo two >log/a.log
	echo three >log/app/b.log
	echo four >log/other
	unshare -m sh -c 'mount --bind log /var/log && exec rx-tail --once' >out
	[ "$(jq -r '.log_path + " " + .log_line' out | sort)" = "$(printf '%s\n' \
		'/var/log/a.log two' '/var/log/app/b.log three' '/var/log/syslog one')" ]
}
