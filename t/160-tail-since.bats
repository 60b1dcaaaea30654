# SPDX-License-Identifier: MIT
# rx-tail: where reading begins by time, and compressed files
# (not tested: lines whose times are not in order)
setup() {
	load helper
	load tail
}

# hours FROM TO: a line for each hour of a day, with one that tells no time.
hours() {
	local h
	for ((h = $1; h < $2; h++)); do
		printf '2026-01-05T%02d:00:00Z hour %d\n\tand more of %d\n' "$h" "$h" "$h"
	done
}
# said FROM TO: what the records of these hours hold.
said() { hours "$@"; }
aged() { touch -d "$1" "${@:2}"; }

@test "since: reading begins with the first line that is not older" {
	hours 0 24 >a.log
	run -0 rx-tail --once --since 2026-01-05T20:00:00Z a.log
	[ "$(lines <<<"$output")" = "$(said 20 24)" ]
	run -0 rx-tail --once --since '2026-01-05 20:30:00' a.log
	[ "$(lines <<<"$output")" = "$(said 21 24)" ]
	run -0 rx-tail --once --since 2026-01-05 a.log
	[ "$(lines <<<"$output")" = "$(said 0 24)" ]
	TZ=EST5 run -0 rx-tail --once --since 2026-01-05 a.log
	[ "$(lines <<<"$output")" = "$(said 5 24)" ]
	run -0 rx-tail --once --since 2026-01-06 a.log
	[ -z "$output" ]
}

@test "since: a duration counts back from now, and following goes on" {
	for ago in 180 120 59 1; do date -u -d "-$ago min" +"%FT%TZ $ago min ago"; done >a.log
	follow --since 1h a.log
	soon out_n 2
	echo new >>a.log
	soon out_n 3
	stop
	[ "$(lines out | sed 's/^20[^ ]* //')" = "$(printf '%s\n' '59 min ago' '1 min ago' new)" ]
}

@test "since: what is no time, and two ways to begin, are refused" {
	: >a.log
	for bad in yesterday 1 '' 2026-13-01 '1h ago' 99:00; do
		run -64 --separate-stderr rx-tail --once --since "$bad" a.log
		[[ $stderr == *"--since $bad: is neither"* ]]
	done
	run -64 --separate-stderr rx-tail --since 1h -n 5 a.log
	[[ $stderr == *"one is enough"* ]]
}

@test "since: whatever the size and the time, it is the line a scan finds" {
	python3 - <<-'EOF'
	import random, datetime
	random.seed(7)
	at = datetime.datetime(2026, 1, 5)
	with open('a.log', 'w') as f:
	    for i in range(8000):
	        at += datetime.timedelta(seconds=random.choice([0, 0, 1, 3, 60]))
	        f.write('%s line %d %s\n' % (at.strftime('%Y-%m-%d %H:%M:%S'), i, 'x' * random.choice([0, 5, 300])))
	        for j in range(random.choice([0, 0, 0, 1, 30])):
	            f.write('    at frame %d\n' % j)
	        if random.random() < .001:
	            f.write('y' * 200000 + '\n')
	EOF
	for n in 1 2 77 2000 5000 7999; do
		first=$(grep -m1 " line $n " a.log)
		time=${first:0:19}
		want=$(awk -v t="$time" '/^2026/ && substr($0, 1, 19) >= t { on = 1 } on' a.log | sha256sum)
		got=$(rx-tail --once --since "$time" a.log | lines | sha256sum)
		[ "$got" = "$want" ]
	done
}

@test "since: a file of 10 GiB takes a hundred reads, holes none" {
	can_trace
	python3 - <<-'EOF' || skip "no room for a sparse file"
	import datetime
	at, n = datetime.datetime(2026, 1, 5), 0
	with open('a.log', 'wb') as f:
	    for part in range(160):
	        f.seek(part << 26)
	        f.write(b'\n')
	        for j in range(50):
	            f.write(b'%s line %d\n\tmore\n' % ((at + datetime.timedelta(seconds=10 * n)).strftime('%FT%TZ').encode(), n))
	            n += 1
	EOF
	[ "$(stat -c %s a.log)" -gt 10000000000 ]
	strace -e trace=pread64,lseek -o trace rx-tail --once --since 2026-01-05T22:13:00Z a.log >out
	[ "$(lines out)" = "$(printf '2026-01-05T22:13:00Z line 7998\n\tmore\n2026-01-05T22:13:10Z line 7999\n\tmore')" ]
	[ "$(grep -c . trace)" -le 200 ]
}

@test "since: the rotated files of a log are read too, oldest first, each once" {
	hours 0 6 >a.log.3 && aged '2026-01-05 05:00Z' a.log.3
	hours 6 12 >a.log.2 && aged '2026-01-05 11:00Z' a.log.2
	hours 12 18 >a.log.1 && aged '2026-01-05 17:00Z' a.log.1
	hours 18 24 >a.log
	run -0 rx-tail --once --since 2026-01-05T10:00:00Z a.log
	[ "$(lines <<<"$output")" = "$(said 10 24)" ]
	run -0 rx-tail --once --since 2026-01-05T10:00:00Z './a.log*' a.log.2
	[ "$(lines <<<"$output")" = "$(said 10 24)" ]
	follow --since 2026-01-05T20:00:00Z a.log
	soon out_n 8
	hours 24 25 >>a.log
	soon out_n 10
	stop
	[ "$(lines out)" = "$(said 20 25)" ]
}

@test "since: on a new lane it is where the promise starts, on another it is not asked" {
	hours 0 6 >a.log.1
	hours 6 12 >a.log
	lane --since 2026-01-05T04:00:00Z a.log
	soon stored_n 16
	lane_end KILL
	hours 12 13 >>a.log
	lane --since 2026-01-05T00:00:00Z a.log
	soon stored_n 18
	lane_end
	[ "$(stored)" = "$(said 4 13)" ]
}

@test "since: a file whose lines tell no time is read whole if it changed since" {
	printf 'one\ntwo\n' >a.log
	printf 'three\n' >b.log && aged '2026-01-04' b.log
	run -0 --separate-stderr rx-tail --once --since 2026-01-05 a.log b.log
	[ "$(lines <<<"$output")" = "$(printf 'one\ntwo')" ]
	[ "$stderr" = "rx-tail: warning: a.log: no line tells its time: all are read" ]
}

@test "since: compressed rotations come before the others, oldest first" {
	hours 0 3 >a.log.4 && hours 3 6 >a.log.3 && hours 6 9 >a.log.2
	aged '2026-01-05 02:30Z' a.log.4 && aged '2026-01-05 05:30Z' a.log.3 && aged '2026-01-05 08:30Z' a.log.2
	gzip a.log.4 a.log.3 a.log.2
	hours 9 12 >a.log.1
	hours 12 15 >a.log
	run -0 --separate-stderr rx-tail --once --since 2026-01-05T04:00:00Z a.log
	[ "$(lines <<<"$output")" = "$(said 4 15)" ]
	[ -z "$stderr" ]
	rm -f out
	follow --since 2026-01-05T07:00:00Z a.log
	soon out_n 16
	hours 15 16 >>a.log
	soon out_n 18
	stop
	[ "$(lines out)" = "$(said 7 16)" ]
}

@test "since: compressed rotations with dates as names, too" {
	hours 0 6 | gzip >a.log-20260103.gz
	hours 6 12 | gzip >a.log-20260104.gz
	hours 12 18 >a.log
	run -0 rx-tail --once --since 2026-01-05T01:00:00Z a.log
	[ "$(lines <<<"$output")" = "$(said 1 18)" ]
}

@test "gz: a file that is named is read once, with all its members" {
	(hours 0 2 | gzip; hours 2 4 | gzip) >a.log.1.gz
	run -0 --separate-stderr rx-tail --once a.log.1.gz
	[ "$(lines <<<"$output")" = "$(said 0 4)" ]
	[ "$(jq -r .log_path <<<"$output" | uniq)" = a.log.1.gz ]
	run -0 --separate-stderr rx-tail --once --since 2026-01-05T03:00:00Z ./*.gz
	[ "$(lines <<<"$output")" = "$(said 3 4)" ]
}

@test "gz: a pattern reads the whole chain once, whatever is there twice" {
	hours 0 6 >a.log.2 && gzip -k a.log.2
	hours 6 12 | gzip >a.log.3.gz
	hours 12 18 >a.log.1
	hours 18 24 >a.log && gzip -k a.log
	ln a.log.3.gz b.log.3.gz
	run -0 rx-tail --once './*.log*'
	[ "$(lines <<<"$output" | sort)" = "$(said 0 24 | sort)" ]
	[ "$(jq -r .log_path <<<"$output" | uniq)" = a.log ]
}

@test "gz: what is compressed while it is followed is not read again" {
	hours 0 2 >a.log
	follow --from start --rotate-wait 100ms './a.log*'
	soon out_n 4
	mv a.log a.log.1 && hours 2 4 >a.log
	soon out_n 8
	gzip a.log.1
	hours 4 5 >>a.log
	soon out_n 10
	soon holds 1
	stop
	[ "$(lines out)" = "$(said 0 5)" ]
}

@test "gz: one that is damaged or cut short is told, and read as far as it goes" {
	seq 20000 >a.log && gzip -k a.log && mv a.log.gz whole
	head -c 25000 whole >cut.gz
	run -1 --separate-stderr rx-tail --once cut.gz a.log
	[[ $stderr == "rx-tail: warning: cut.gz: ends early: "* ]]
	jq -r 'select(.label == "cut.gz").log_line' <<<"$output" | sed '$d' >got
	[ "$(wc -l <got)" -gt 1000 ]
	cmp got <(head -n "$(wc -l <got)" a.log)
	printf '\037\213\010garbage' >bad.gz
	run -1 --separate-stderr rx-tail --once bad.gz a.log
	[[ $stderr == "rx-tail: warning: bad.gz: ends early: "* ]]
}

@test "gz: with --marks and while following it is refused, and said" {
	hours 0 1 | gzip >a.log.1.gz
	run -74 --separate-stderr rx-tail --once --marks a.log.1.gz
	[[ $stderr == *"a.log.1.gz: is compressed, read with --once or --since only, not with --marks" ]]
	follow a.log.1.gz
	settled
	grep -q 'a.log.1.gz: is compressed' err
	stop
	[ "$(wc -l <out)" -eq 0 ]
}

@test "gz: a long line and a last one without newline come whole" {
	(head -c 2000000 /dev/zero | tr '\0' x; printf '\nlast') | gzip >a.gz
	run -0 rx-tail --once a.gz
	[ "$(lines <<<"$output" | tr -d '\n' | wc -c)" -eq 2000004 ]
	[ "$(jq -r .log_line <<<"$output" | tail -n1)" = last ]
}

@test "gz: little memory, whatever it unpacks to" {
	can_limit_memory
	(head -c 1000000 /dev/zero | tr '\0' '\n'
	yes "$(printf '%01000d' 0)" | head -c 200000000
	printf '\n\n') | gzip -1 >bomb.gz
	(ulimit -v 40000 && rx-tail --once bomb.gz) | tail -n1 >out
	[ "$(lines out)" = "" ]
	[ -s out ]
}
