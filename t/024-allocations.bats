# SPDX-License-Identifier: MIT
# No record costs a call of malloc: as many for a thousand as for a million
setup() { load helper; }

# lines FILE N: log lines as programs write them, none like the last one.
lines() {
	awk -v n="$2" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "2026-01-05 10:%02d:%02d,%03d %s job[%d]: \"%s\" took %d ms\n",
			    i / 60000 % 60, i / 1000 % 60, i % 1000,
			    i % 50 == 0 ? "ERROR" : "INFO", i, substr("abcdefghijklm", 1 + i % 13), i % 777
	}' >"$1"
}

# allocs COMMAND: how often it asked for memory, as valgrind counts it.
allocs() {
	valgrind --log-file=grind "$@" >out
	awk '/total heap usage/ { print $5 }' grind
}

can_count() {
	need valgrind
	! sanitized || skip "sanitizers count for themselves"
	valgrind -q rx-tail --version >/dev/null || skip "valgrind cannot read what this compiler wrote"
}

@test "allocations: lines, records, escapes and output need none for a record" {
	few=$("$RX_UNIT/allocs" 1000) || skip "malloc cannot be counted here"
	[ "$few" -gt 0 ]
	[ "$("$RX_UNIT/allocs" 1000000)" = "$few" ]
}

@test "allocations: rx-tail needs none for a line" {
	can_count
	lines a.log 3000
	few=$(allocs rx-tail --once a.log)
	[ "$few" -gt 0 ]
	lines a.log 60000
	[ "$(allocs rx-tail --once a.log)" = "$few" ]
	[ "$(wc -l <out)" -eq 60000 ]
}

@test "allocations: rx-match -k needs none for a record" {
	can_count
	lines a.log 3000
	rx-tail --once a.log >in
	few=$(allocs rx-match -k <in)
	[ "$few" -gt 0 ]
	lines a.log 60000
	rx-tail --once a.log >in
	[ "$(allocs rx-match -k <in)" = "$few" ]
	[ "$(wc -l <out)" -eq 1200 ]
}

@test "allocations: rx-alert needs none for an event of a key it knows, nor for a sample" {
	can_count
	some() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++)
		printf "{\"timestamp\":\"2026-01-05T%02d:%02d:%02dZ\",\"node_id\":\"n\",\"u\":\"u%d\",\"cpu_percent\":%d,\"metrics\":{\"uptime_seconds\":%d}}\n",
		    i / 3600 % 24, i / 60 % 60, i % 60, i % 50, i % 70, i }' >in; }
	for way in "--window 5s --by u" ""; do
		some 3000
		# shellcheck disable=SC2086
		few=$(allocs rx-alert --replay $way <in)
		[ "$few" -gt 0 ]
		some 20000
		# shellcheck disable=SC2086
		[ "$(allocs rx-alert --replay $way <in)" = "$few" ]
		[ ! -s out ]
	done
}
