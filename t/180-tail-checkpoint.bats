# SPDX-License-Identifier: MIT
# rx-tail: positions in a file, for pipes without a spool
# (not tested: power failure; that the file is synced is, by strace)
setup() {
	load helper
	load tail
}

once() { rx-tail --once --checkpoint pos "$@"; }
# kept FILE: the offset that the checkpoint tells of it, or nothing.
kept() { jq -r --arg p "$1" 'select(.path == $p).offset' pos; }
kept_is() { [ "$(kept "$1")" = "$2" ]; }

@test "checkpoint: what was read is not read again, what came is" {
	printf 'one\ntwo\n' >a.log
	run -0 once a.log
	[ "$(lines <<<"$output")" = "$(printf 'one\ntwo')" ]
	run -0 once a.log
	[ -z "$output" ]
	echo three >>a.log
	echo new >b.log
	run -0 once '*.log'
	[ "$(lines <<<"$output")" = "$(printf 'three\nnew')" ]
}

@test "checkpoint: people can read it, and it is theirs alone" {
	printf 'one\nhalf' >a.log
	follow --from start --checkpoint pos a.log
	soon kept_is a.log 4
	[ "$(stat -c %a pos)" = 600 ]
	jq -es '.[0].checkpoint == 1 and .[0].node_id == "test-node"
		and (.[0].written | fromdateiso8601 > 1700000000)
		and .[1].path == "a.log" and .[1].offset == 4 and .[1].size == 8
		and (.[1].seen | fromdateiso8601 > 1700000000)
		and .[1].entry.o == 4 and (.[1].entry.i | type) == "string"' pos
	stop
	[ "$(tail -n1 pos)" = '{"end":2}' ]
}

@test "checkpoint: a first start begins at the end, and that is kept" {
	echo old >a.log
	follow --checkpoint pos a.log
	settled
	soon kept_is a.log 4
	stop KILL || :
	echo new >>a.log
	follow --checkpoint pos a.log
	soon out_n 1
	stop
	[ "$(lines out)" = new ]
}

@test "checkpoint: kill -9 again and again loses no line, and keeps their order" {
	: >a.log
	seq 3000 >all
	follow --from start --checkpoint pos a.log
	for part in 1 2 3 4 5 6; do
		sed -n "$((part * 500 - 499)),$((part * 500))p" all | while read -r n; do
			echo "$n" >>a.log
		done
		[ $part != 3 ] || { mv a.log a.log.1; : >a.log; }
		soon out_n $((part * 300))
		stop KILL || :
		follow --from start --checkpoint pos a.log
	done
	last() { lines out | grep -qx 3000; }
	soon last
	stop
	lines out | awk '!seen[$0]++' | cmp - all
}

@test "checkpoint: rotations while it was down are read, oldest first" {
	seq 1 10 >a.log
	once a.log >/dev/null
	seq 11 20 >>a.log && mv a.log a.log.1
	seq 21 30 >a.log && mv a.log.1 a.log.2 && mv a.log a.log.1
	seq 31 40 >a.log
	run -0 once a.log
	[ "$(lines <<<"$output")" = "$(seq 11 40)" ]
	run -0 once a.log
	[ -z "$output" ]
}

@test "checkpoint: copytruncate and replacement while it was down" {
	seq 1 10 >a.log && seq 1 10 >b.log
	once a.log b.log >/dev/null
	seq 11 20 >>a.log && cp a.log a.log.1 && : >a.log && seq 21 30 >>a.log
	rm b.log && seq 101 112 >b.log
	run -0 --separate-stderr once a.log b.log
	[ "$(jq -r 'select(.label == "a.log").log_line' <<<"$output")" = "$(seq 11 30)" ]
	[ "$(jq -r 'select(.label == "b.log").log_line' <<<"$output")" = "$(seq 101 112)" ]
	[[ $stderr == *"b.log: what followed offset 21 is lost, if there was more"* ]]
	run -0 --separate-stderr once a.log b.log
	[ -z "$output$stderr" ]
}

@test "checkpoint: a file that goes and comes back goes on, for a week" {
	seq 1 10 >a.log && echo x >b.log
	once a.log b.log >/dev/null
	mkdir -p d && mv a.log d/elsewhere
	run -1 --separate-stderr once a.log b.log
	[ -z "$output" ]
	[[ $stderr == *"a.log: what followed offset 21 is lost, if there was more"* ]]
	run -1 --separate-stderr once a.log b.log
	[[ $stderr != *"is lost"* ]]
	kept_is a.log 21
	mv d/elsewhere a.log && echo 11 >>a.log
	run -0 --separate-stderr once a.log b.log
	[ "$(lines <<<"$output")" = 11 ]
	rm a.log
	once a.log b.log >/dev/null 2>&1 || :
	kept_is a.log 24
	sed -i "/a.log/s/\"seen\":\"[^\"]*\"/\"seen\":\"$(date -u -d '-8 days' +%FT%TZ)\"/" pos
	once a.log b.log >/dev/null 2>&1 || :
	[ -z "$(kept a.log)" ]
	kept_is b.log 2
}

@test "checkpoint: one that is damaged stops it, and is left as it is" {
	echo one >a.log
	once a.log >/dev/null
	cp pos good
	for damage in 'head -n1 good' 'head -c 60 good' 'head -c 200 good' 'tr 0-9 x <good' 'head -n1 good | tr c C' \
		'head -c 500 /dev/zero' 'printf ""' 'sed s/entry/other/ good'; do
		eval "$damage" >pos
		cp pos before
		run -65 --separate-stderr once a.log
		[[ $stderr == "rx-tail: fatal: pos: is no checkpoint of rx-tail: it is left as it is; move it away to begin anew" ]]
		[ -z "$output" ]
		cmp pos before
	done
}

@test "checkpoint: two runs do not share one" {
	echo one >a.log
	follow --checkpoint pos a.log
	settled
	run -75 --separate-stderr once a.log
	[ "$stderr" = "rx-tail: fatal: pos: another run keeps it" ]
	stop
	run -0 once a.log
}

@test "checkpoint: it is written as a whole, synced, behind the output" {
	can_trace
	echo one >a.log
	strace -f -e trace=fsync,rename,write,openat -o trace rx-tail --once --checkpoint pos a.log >out
	# The output is written before the last position is, the directory after.
	awk '/write\(1,/ { out = NR } /fsync/ { sync = NR } /rename\("pos\.[A-Za-z0-9]*", "pos"/ { if (sync > out && out) good = NR; n = NR } /fsync/ && n { dir = NR } END { exit !(good && dir > n) }' trace
}

@test "checkpoint: with marks it is refused; where it cannot be written, too" {
	echo one >a.log
	run -64 --separate-stderr rx-tail --marks --checkpoint pos a.log
	[[ $stderr == *"--checkpoint and --marks"* ]]
	run -74 --separate-stderr rx-tail --checkpoint none/pos a.log
	[ "$stderr" = "rx-tail: fatal: none/pos.lock: unable to open: No such file or directory" ]
	[ ! -e pos ]
}

@test "checkpoint: a thousand files are kept in little time" {
	for ((i = 0; i < 1000; i++)); do echo "$i" >"f$i.log"; done
	once --max-files 1000 './f*.log' >/dev/null
	[ "$(wc -l <pos)" -eq 1002 ]
	for ((i = 0; i < 1000; i += 2)); do echo more >>"f$i.log"; done
	run -0 once './f*.log'
	[ "$(lines <<<"$output" | uniq -c | tr -s ' ')" = " 500 more" ]
}

@test "checkpoint: T-32 a known offset 0 is a position, what came behind it is read" {
	: >empty.log
	printf half >half.log
	follow --checkpoint pos empty.log half.log
	settled
	soon test -s pos
	stop
	echo first >>empty.log
	printf ' line\nmore\n' >>half.log
	follow --checkpoint pos empty.log half.log
	soon out_n 3
	stop
	[ "$(lines out | sort | paste -sd,)" = 'first,half line,more' ]
}
