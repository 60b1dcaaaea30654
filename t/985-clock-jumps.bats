# SPDX-License-Identifier: MIT
# The whole chain under a clock that jumps, which all its tools share

setup() {
	load helper
	FAKE=$(dpkg -L libfaketime 2>/dev/null | grep 'libfaketime.so.1$') || skip "not installed: libfaketime"
	export FAKETIME_TIMESTAMP_FILE=$PWD/clock FAKETIME_NO_CACHE=1
	# The sanitizers want to be loaded first.
	export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	chain=()
	clock +0
}
teardown() {
	[ ${#chain[@]} = 0 ] || kill "${chain[@]}" 2>/dev/null || :
	[ ${#chain[@]} = 0 ] || wait "${chain[@]}" || :
	# What libfaketime leaves behind of who was killed.
	for pid in "${chain[@]}"; do
		rm -f "/dev/shm/faketime_shm_$pid" "/dev/shm/sem.faketime_sem_$pid"
	done
}

clock() { echo "$1" >clock.new && mv clock.new clock; }
fake() { exec env LD_PRELOAD="$FAKE" "$@"; }
delivered() { [ -f out.ndjson ] && [ "$(wc -l <out.ndjson)" -ge "$1" ]; }

# settled N: all of them, and none in another way.
settled() {
	[ "$(rx-spool stat --json q.db l | jq -c '.lanes[0] | [.stored, .acked, .pending, .dead, .dropped, .lost]')" = "[$1,$1,0,0,0,0]" ]
}

# jumps TIME ...: lines are written in each of the times, and each is awaited.
jumps() {
	local n=0 at
	: >app.log
	mkfifo a b c d
	rx-spool claim q.db l >claim
	fake rx-tail --resume claim --from start app.log >a 2>err.tail 3>&- & chain+=($!)
	fake rx-match -k <a >b 2>err.match 3>&- & chain+=($!)
	fake rx-spool push q.db l <b 2>err.push 3>&- & chain+=($!)
	fake rx-spool emit q.db l >c 2>err.emit 3>&- & chain+=($!)
	fake rx-ship file:out.ndjson <c >d 2>err.ship 3>&- & chain+=($!)
	fake rx-spool ack q.db <d 2>err.ack 3>&- & chain+=($!)
	for at in "$@"; do
		clock "$at"
		for _ in 1 2 3 4 5; do echo "ERROR number $((n += 1))"; done >>app.log
		soon delivered "$n" || { echo "not there under $at"; tail err.*; false; }
	done
	# Each once, in order, whatever the clock said; nothing expired or died.
	jq -r .log_line out.ndjson | diff - <(seq "$n" | sed 's/^/ERROR number /')
	soon settled "$n"
	for pid in "${chain[@]}"; do kill -0 "$pid"; done
	# It is the jumping clock that they read.
	jq -r '.timestamp[:10]' out.ndjson | uniq >days
}

@test "X-65: a wall clock that jumps by a day, a year, to 2038 and 1970 holds nothing up" {
	export DONT_FAKE_MONOTONIC=1
	jumps +0 -86400 +31536000 '@2038-01-19 03:14:06' '@1970-01-01 00:00:10' +0
	grep -x 2038-01-19 days
	grep -x 1970-01-01 days
}

@test "X-65: a wall clock that stands still, repeats a second or runs a hundred times as fast holds nothing up" {
	export DONT_FAKE_MONOTONIC=1
	jumps +0 '2026-06-30 23:59:60' '@2026-06-30 23:59:59' '@2026-06-30 23:59:59' '+0 x100' +0
	grep -x 2026-06-30 days
}
