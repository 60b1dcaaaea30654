# SPDX-License-Identifier: MIT
# rx-tail: who it says it is, labels, its own counters
# (not tested: that a scrape by a real Prometheus likes them)
setup() {
	load helper
	load tail
}

# value NAME{LABELS}: what the counters' file s.prom tells of it.
value() { awk -v name="$1" 'index($0, name " ") == 1 { print substr($0, length(name) + 2) }' "${2:-s.prom}"; }
value_is() { [ "$(value "$1")" = "$2" ]; }

# Every family is told once, before its values, and every value is a number.
well_formed() {
	python3 - "$1" <<-'EOF'
	import re, sys
	family, seen, values = None, set(), set()
	sample = re.compile(r'([a-z_]+)(\{([a-z]+="(\\[\\"n]|[^"\\\n])*",?)+\})? (\d+(\.\d+)?)\n')
	for line in open(sys.argv[1], encoding='utf-8', newline='\n'):
	    if line.startswith('# HELP '):
	        family = line.split(' ')[2]
	        assert family not in seen, line
	        seen.add(family)
	    elif line.startswith('# TYPE '):
	        name, kind = line.split()[2:]
	        assert name == family and kind == ('counter' if name.endswith('_total') else 'gauge'), line
	    else:
	        m = sample.fullmatch(line)
	        assert m and m[1] == family, line
	        key = line.rsplit(' ', 1)[0]
	        assert key not in values, line
	        values.add(key)
	assert 'rx_tail_read_bytes_total' in seen
	EOF
}

@test "stats: what was read, of all files and of each, is told at the end" {
	printf 'one\ntwo\n' >a.log
	printf 'three\n\377\n' >b.log
	run -0 --separate-stderr rx-tail --once --stats s.prom a.log b.log
	well_formed s.prom
	[ "$(value rx_tail_read_bytes_total)" = 16 ]
	[ "$(value rx_tail_read_lines_total)" = 4 ]
	[ "$(value rx_tail_replaced_bytes_total)" = 1 ]
	[ "$(value rx_tail_files)" = 2 ]
	[ "$(value 'rx_tail_file_read_bytes_total{path="a.log",label="a.log"}')" = 8 ]
	[ "$(value 'rx_tail_file_read_lines_total{path="b.log",label="b.log"}')" = 2 ]
	[ "$(value 'rx_tail_file_lag_bytes{path="b.log",label="b.log"}')" = 0 ]
	[ "$(value 'rx_build_info{tool="rx-tail",version="'"$(rx-tail --version | sed -n '1s/.* //p')"'"}')" = 1 ]
}

@test "stats: any file name is told in a form that can be read" {
	name=$(printf 'q" b\\ n\nx \377.log')
	echo one >"$name"
	run -0 --separate-stderr rx-tail --once --stats s.prom ./*.log
	well_formed s.prom
	grep -qF 'path="q\" b\\ n\nx �.log"' s.prom
}

@test "stats: half a line is lag, and the file is kept while it follows" {
	printf 'one\n' >a.log
	follow --marks --from start --stats s.prom a.log
	soon out_n 1
	printf 'half' >>a.log
	RX_PATIENCE=25 soon value_is 'rx_tail_file_lag_bytes{path="a.log",label="a.log"}' 4
	[ "$(value 'rx_tail_file_read_lines_total{path="a.log",label="a.log"}')" = 1 ]
	[ "$(value rx_tail_open_files)" = 1 ]
	stop
	well_formed s.prom
	[ "$(find . -name 's.prom*' | wc -l)" -eq 1 ]
}

@test "stats: rotations are counted by kind, and what was lost with them" {
	for name in renamed deleted copied cut; do echo one >$name.log; done
	follow --from start --rotate-wait 100ms --stats s.prom ./*.log
	soon out_n 4
	mv renamed.log renamed.log.1 && echo two >renamed.log
	rm deleted.log && echo two >deleted.log
	cp copied.log copied.log.1 && : >copied.log && echo two >>copied.log
	: >cut.log && echo two >>cut.log
	soon out_n 8
	stop
	[ "$(value 'rx_tail_rotations_total{kind="renamed"}')" = 1 ]
	[ "$(value 'rx_tail_rotations_total{kind="deleted"}')" = 1 ]
	[ "$(value 'rx_tail_rotations_total{kind="copytruncate"}')" = 1 ]
	[ "$(value 'rx_tail_rotations_total{kind="truncated"}')" = 1 ]
	[ "$(value 'rx_tail_gaps_total{why="truncated"}')" = 1 ]
	[ "$(value 'rx_tail_gaps_total{why="deleted"}')" = 0 ]
}

@test "stats: a place that cannot be written is an error at the start" {
	echo one >a.log
	run -74 --separate-stderr rx-tail --once --stats none/s.prom a.log
	[ "$stderr" = "rx-tail: fatal: none/s.prom: unable to write: No such file or directory" ]
	[ -z "$output" ]
}

@test "stats: nothing else may be written" {
	! sanitized || skip "confinement is off in sanitizer builds"
	mkdir own && echo one >a.log
	follow --from start --stats own/s.prom a.log
	settled
	soon out_n 1
	grep -q '^Seccomp:[[:space:]]*2$' /proc/$tail/status
	grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/$tail/status
	stop
}

@test "label: each file or pattern may have its own" {
	mkdir d
	echo one >a.log && echo two >d/b.log && echo three >d/c.log
	run -0 rx-tail --once --label '*=other' web=a.log 'db-1=d/b*' d/c.log
	[ "$(jq -r '.log_line + " " + .label + " " + .application' <<<"$output")" = "$(printf '%s\n' 'one web web' 'two db-1 db-1' 'three other other')" ]
}

@test "label: it is in the counters, and in the status" {
	echo one >a.log
	follow --marks --from start --stats s.prom web=a.log
	soon out_n 1
	printf half >>a.log
	behind() {
		kill -USR1 "$tail"
		grep -qE '^rx-tail: status: web \(a.log\) is the farthest behind: 4 bytes, [0-9]+ ms$' err
	}
	soon behind
	stop
	[ "$(value 'rx_tail_file_read_lines_total{path="a.log",label="web"}')" = 1 ]
}

@test "label: a file whose name has a = is meant where it exists, or by ./" {
	echo one >'x=a.log'
	echo two >a.log
	mkdir 'y=d' && echo three >'y=d/b.log'
	run -0 rx-tail --once 'x=a.log'
	[ "$(jq -r '.log_line + " " + .label' <<<"$output")" = "one x=a.log" ]
	run -0 rx-tail --once 'w=a.log' './y=d/*.log'
	[ "$(jq -r '.log_line + " " + .label' <<<"$output")" = "$(printf '%s\n' 'two w' 'three b.log')" ]
	run -0 rx-tail --once 'v=x=a.log'
	[ "$(jq -r '.log_line + " " + .label' <<<"$output")" = "one v" ]
}

@test "identity: --node-id-file names it, and nothing else is asked" {
	echo one >a.log
	printf 'from-file\nmore\n' >id
	export RX_NODE_ID=from-environment
	run -0 rx-tail --once --node-id-file id a.log
	[ "$(jq -r .node_id <<<"$output")" = from-file ]
	run -78 --separate-stderr rx-tail --once --node-id-file none a.log
	[ "$stderr" = "rx-tail: fatal: unable to read none: No such file or directory" ]
	: >empty
	run -78 --separate-stderr rx-tail --once --node-id-file empty a.log
	[ "$stderr" = "rx-tail: fatal: the node id of empty is empty" ]
	run -64 --separate-stderr rx-tail --once --node-id a --node-id-file id a.log
	[ -z "$output" ]
}

@test "stats: each counter is told of in the man page" {
	rx-tail --once --stats s.prom /dev/null || :
	for name in $(grep -o '^rx_tail_[a-z_]*' s.prom | sort -u); do
		grep -q "$name" "$RX_TOP/man/rx-tail.1" || echo "$name"
	done >missing
	[ -s s.prom ] && [ ! -s missing ]
}
