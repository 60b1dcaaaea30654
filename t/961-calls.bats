# SPDX-License-Identifier: MIT
# System calls that do a part, are interrupted, or find no descriptor left.
# RX_FULL=1 lets every single descriptor be refused; else every seventh, five of a
# tool at least.

setup() { load helper; }

@test "calls: a part of what was asked, or a signal, makes no difference; no descriptor is the end with a word of it" {
	! sanitized || skip "the sanitizers have to be loaded first"
	every=7
	[ -z "${RX_FULL:-}" ] || every=1
	run -0 python3 "$RX_TOP/t/fault/sweep.py" --every $every "$RX_UNIT/calls.so"
	[ "$(grep -c '^[a-z-]*: [1-9][0-9]* descriptors, [1-9][0-9]* faults tried, 0 wrong$' <<<"$output")" -ge 17 ]
}
