# SPDX-License-Identifier: MIT
# lib/num: what is a number, a duration, a size, a rate, and what is not
setup() { load helper; }

# table KIND: lines of "TEXT|EXPECTED" on stdin
table() {
	local text want got failed=0
	while IFS='|' read -r text want; do
		got=$("$RX_UNIT/num" "$1" "$text")
		# shellcheck disable=SC2053 # what is wanted may be a pattern
		[[ $got == $want ]] || {
			printf '%s "%s": %s, expected %s\n' "$1" "$text" "$got" "$want"
			failed=1
		}
	done
	return $failed
}

@test "num: whole numbers are digits and nothing else" {
	table u64 <<-'E'
		0|0
		7|7
		18446744073709551615|18446744073709551615
		18446744073709551616|no: *
		|no: *
		-1|no: *
		+1|no: *
		01|no: *
		1 |no: *
		 1|no: *
		1e3|no: *
		0x10|no: *
	E
}

@test "num: durations need a unit, join from large to small, and do not overflow" {
	table duration <<-'E'
		0|0
		500ms|500000000
		5s|5000000000
		1m|60000000000
		2h|7200000000000
		7d|604800000000000
		1h30m|5400000000000
		1.5s|1500000000
		0.25h|900000000000
		10us|10000
		3ns|3
		5|no: *
		5 s|no: *
		s|no: *
		5S|no: *
		5sx|no: *
		30m1h|no: *
		1s1s|no: *
		1.s|no: *
		-5s|no: *
		106751d|9223286400000000000
		106752d|no: is too long
		99999999999999999999s|no: *
	E
}

@test "num: sizes are powers of 1024" {
	table size <<-'E'
		0|0
		100|100
		64k|65536
		10M|10485760
		1G|1073741824
		2T|2199023255552
		1kb|no: *
		k|no: *
		1.5M|no: *
		16777216T|no: is too large
	E
}

@test "num: rates are events in a window" {
	table rate <<-'E'
		100/s|100 1000000000
		1/60s|1 60000000000
		10/m|10 60000000000
		5/1h30m|5 5400000000000
		100|no: *
		/s|no: *
		1/0|no: *
		1/|no: *
	E
}

@test "num: shares run from 0 to 1" {
	table ratio <<-'E'
		0|0.000000
		1|1.000000
		0.1|0.100000
		1.0|1.000000
		1.1|no: *
		.5|no: *
		0.|no: *
		2|no: *
		0.5x|no: *
	E
}
