# SPDX-License-Identifier: MIT
# rx-tail --docker: the directory as Docker keeps it, with compressed rotations
# (what is in the lines: 190-tail-container)
setup() {
	load helper
	load tail
}

# says FILE HOUR TEXT: a piece of that hour
says() {
	jq -cn --arg log "$3" --arg hour "$2" '{log: $log, stream: "stdout", time: "2026-01-05T\($hour):00:00.5Z"}' >>"$1"
}

# config DIR NAME [MEMBERS]
config() {
	printf '{"Name":"/%s"%s}' "$2" "${3:-}" >"$1/config.v2.json"
}

# chain ROOT: a container with max-file=4 and compress; lines 1 to 8, the fifth
# cut by a rotation
chain() {
	local c=$1/containers/web n
	mkdir -p "$c"
	config "$c" web
	says "$c/web-json.log.3" 01 $'1\n'
	says "$c/web-json.log.3" 02 $'2\n'
	says "$c/web-json.log.2" 03 $'3\n'
	says "$c/web-json.log.2" 04 $'4\n'
	says "$c/web-json.log.2" 05 5
	says "$c/web-json.log.1" 05 $' five\n'
	says "$c/web-json.log.1" 06 $'6\n'
	says "$c/web-json.log" 07 $'7\n'
	says "$c/web-json.log" 08 $'8\n'
	for n in 3 2; do touch -d "2026-01-05 0$((7 - n)):00Z" "$c/web-json.log.$n"; done
	gzip "$c"/web-json.log.[32]
}

@test "docker: compressed files of max-file are read, oldest first, a line that was cut too" {
	chain d
	run -0 --separate-stderr rx-tail --once --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = '1,2,3,4,5 five,6,7,8' ]
	[ -z "$stderr" ]
	[ "$(jq -r .container_name <<<"$output" | sort -u)" = web ]
	# one that is being compressed lies there twice
	gunzip -k d/containers/web/web-json.log.2.gz
	[ "$(rx-tail --once --docker=d | lines | paste -sd,)" = '1,2,3,4,5 five,6,7,8' ]
}

@test "docker: a position is kept of what is not compressed, and the rest comes once" {
	chain d
	run -0 rx-tail --once --checkpoint pos --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = '1,2,3,4,5 five,6,7,8' ]
	says d/containers/web/web-json.log 09 $'9\n'
	run -0 rx-tail --once --checkpoint pos --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = 9 ]
}

@test "docker: --since does not begin inside a line that was cut" {
	mkdir -p d/containers/web
	at() { # TIME STREAM TEXT
		jq -cn --arg t "2026-01-05T$1Z" --arg s "$2" --arg l "$3" '{log: $l, stream: $s, time: $t}'
	}
	{
		at 07:00:00 stdout 'left open'
		at 07:30:00 stdout $'old\n'
		at 07:59:58 stderr $'older\n'
		at 07:59:59 stdout 'one '
		at 07:59:59 stderr 'other '
		at 08:00:00 stdout 'and '
		at 08:00:00 stderr $'end\n'
		at 08:00:01 stdout $'the same\n'
		at 08:00:02 stdout $'last\n'
	} >d/containers/web/web-json.log
	run -0 rx-tail --once --since 2026-01-05T08:00:00Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = 'other end,one and the same,last' ]
	run -0 rx-tail --once --since 2026-01-05T08:00:01Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = 'other end,one and the same,last' ]
	run -0 rx-tail --once --since 2026-01-05T08:00:02Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = last ]
	jq -r '.time + " " + .stream + " " + (if .log | endswith("\n") then "F " + .log[:-1] else "P " + .log end)' \
		d/containers/web/web-json.log >0.log
	run -0 rx-tail --once --since 2026-01-05T08:00:00Z --cri 0.log
	[ "$(lines <<<"$output" | paste -sd,)" = 'other end,one and the same,last' ]
}

@test "docker: --since does not begin inside a line that a rotation cut, or a compressed file" {
	local c=d/containers/web
	mkdir -p $c
	says $c/web-json.log.2 01 $'1\n'
	says $c/web-json.log.2 02 2
	says $c/web-json.log.1 02 ' two '
	says $c/web-json.log 02 ' too'
	says $c/web-json.log 02 $'!\n'
	says $c/web-json.log 03 $'3\n'
	says $c/web-json.log 04 4
	# A piece or a line that is asked for brings the record it is in, whole.
	sed -i 's/02:00:00.5Z/01:59:59.5Z/' $c/web-json.log.[12]
	for from in 01:30 02; do
		run -0 rx-tail --once --since 2026-01-05T$from:00:00Z --docker=d
		[ "$(lines <<<"$output" | paste -sd,)" = '2 two  too!,3,4' ]
	done
	run -0 rx-tail --once --since 2026-01-05T02:30:00Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = '3,4' ]
	# What nobody went on with is as old as it is.
	sed -i '1,2d' $c/web-json.log
	run -0 rx-tail --once --since 2026-01-05T02:30:00Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = '3,4' ]
	# In a compressed file.
	says $c/web-json.log.1 02 $'end\n'
	says $c/web-json.log.1 03 $'before\n'
	touch -d "2026-01-05 03:00Z" $c/web-json.log.1
	gzip $c/web-json.log.1
	run -0 rx-tail --once --since 2026-01-05T02:00:00Z --docker=d
	[ "$(lines <<<"$output" | paste -sd,)" = ' two end,before,3,4' ]
}

@test "docker: --since goes by the time of the runtime, over the whole chain" {
	chain d
	for from in 01 02 04 06 07 08; do
		rx-tail --once --since 2026-01-05T$from:00:00Z --docker=d >out
		[ "$(lines out | cut -c1 | paste -sd,)" = "$(seq -s, "${from#0}" 8)" ]
	done
	[ -z "$(rx-tail --once --since 2026-01-05T09:00:00Z --docker=d 2>&1)" ]
	# following goes on from there
	rm -f out
	follow --since 2026-01-05T07:30:00Z --docker=d
	soon out_n 1
	says d/containers/web/web-json.log 09 $'9\n'
	soon out_n 2
	stop
	[ "$(lines out | paste -sd,)" = 8,9 ]
}

@test "docker: a container that rotates and compresses while it is followed is read once" {
	mkdir -p d/containers/web
	c=d/containers/web/web-json.log
	config d/containers/web web
	: >$c
	follow --docker=d --rotate-wait 100ms
	settled
	for n in 1 2 3 4; do
		says $c 01 "$n"$'\n'
		soon out_n $((2 * n - 1))
		[ ! -e $c.1.gz ] || mv $c.1.gz $c.2.gz
		mv $c $c.1
		says $c 01 "$n again"$'\n'
		soon out_n $((2 * n))
		soon holds 1
		gzip $c.1
	done
	stop
	[ "$(lines out | paste -sd,)" = '1,1 again,2,2 again,3,3 again,4,4 again' ]
}

@test "docker: its root or the directory in it, as the shell completes them; none is said" {
	mkdir -p d/containers/web e
	says d/containers/web/web-json.log 01 $'one\n'
	for dir in d d/ d/containers d/containers//; do
		[ "$(rx-tail --once --docker=$dir | lines)" = one ]
	done
	run -74 rx-tail --once --docker=e/
	[ "$output" = 'rx-tail: warning: e/containers: no logs of containers' ]
}

@test "docker: a directory with signs of patterns in its name is that directory" {
	for dir in 'd*' 'd[1]' 'd?' 'd\x' 'a=d' './d'; do
		mkdir -p "$dir/containers/web" dx/containers/other d1/containers/other
		says "$dir/containers/web/web-json.log" 01 "$dir"$'\n'
		says dx/containers/other/other-json.log 01 $'no\n'
		says d1/containers/other/other-json.log 01 $'no\n'
		run -0 --separate-stderr rx-tail --once --docker="$dir"
		[ "$(jq -r '.label + " " + .log_line' <<<"$output")" = "web $dir" ]
		[ -z "$stderr" ]
	done
	: >out
	follow --docker='d*'
	settled
	mkdir 'd*/containers/new'
	says 'd*/containers/new/new-json.log' 01 $'came\n'
	soon out_n 1
	stop
	[ "$(jq -r .log_path out)" = 'd*/containers/new/new-json.log' ]
}

# LogPath is <root>/containers/<id>/<id>-json.log as the daemon sees it: where the
# root is mounted elsewhere, it leads nowhere or to another file.
@test "docker: T-29 the log is beside its config, whatever LogPath says there" {
	mkdir -p d/containers/web d/containers/journald
	says elsewhere.log 01 $'no\n'
	for path in /var/lib/docker/containers/web/web-json.log "$PWD/elsewhere.log" ''; do
		config d/containers/web web ",\"LogPath\":\"$path\""
		config d/containers/journald silent ",\"LogPath\":\"\""
		: >d/containers/web/web-json.log
		says d/containers/web/web-json.log 01 $'yes\n'
		[ "$(rx-tail --once --docker=d | jq -r '.label + " " + .log_line')" = 'web yes' ]
	done
}

@test "docker: R-202 what is known of a container is read again after five minutes" {
	need cc
	cc -shared -fPIC -o ahead.so -xc - <<-'E'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <time.h>
		#include <unistd.h>
		int
		clock_gettime(clockid_t id, struct timespec *ts)
		{
			int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
			int r = real(id, ts);
			if (id == CLOCK_REALTIME && access("ahead", F_OK) == 0)
				ts->tv_sec += 301;
			return r;
		}
	E
	mkdir -p d/containers/web
	c=d/containers/web
	config $c old
	touch -d '2026-01-01' $c/config.v2.json
	: >$c/web-json.log
	: >err
	ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0 LD_PRELOAD=$PWD/ahead.so \
		rx-tail -v --docker=d >>out 2>>err 3>&- &
	tail=$!
	settled
	says $c/web-json.log 01 $'1\n'
	soon out_n 1
	# another name of the same length, in the same file, with the same time
	printf '{"Name":"/new"}' 1<>$c/config.v2.json
	touch -d '2026-01-01' $c/config.v2.json
	says $c/web-json.log 01 $'2\n'
	soon out_n 2
	: >ahead
	says $c/web-json.log 01 $'3\n'
	soon out_n 3
	stop
	[ "$(jq -r '.log_line + .container_name' out | paste -sd,)" = 1old,2old,3new ]
}

@test "docker: R-202 what is known of a container goes with it" {
	! sanitized || skip "the sanitizers keep what is freed"
	mkdir -p d/containers
	follow --docker=d --rotate-wait 100ms
	settled
	labels=$(printf '"%03000d":"x",' 1 2 3 4)
	kib() { awk '/^VmRSS/ { print $2 }' /proc/$tail/status; }
	for turn in 1 2 3 4; do
		for n in $(seq 40); do
			c=d/containers/$turn-$n
			mkdir $c
			config $c $turn-$n ",\"Config\":{\"Labels\":{${labels%,}}}"
			echo '{"log":"x\n","stream":"stdout","time":"2026-01-05T10:00:00Z"}' >$c/$turn-$n-json.log
		done
		soon has out $((40 * turn))
		rm -r d/containers/*
		soon holds 0
		[ $turn -gt 1 ] || first=$(kib)
	done
	# 40 containers hold 2 MiB of labels
	[ "$(kib)" -le $((first + 1000)) ]
	[[ $(tail -n1 err) == *"status: 0 files followed"* ]]
	stop
	[ "$(wc -l <out)" = 160 ]
}
