# SPDX-License-Identifier: MIT
# X-64: memory that is short, and allocations that fail.
# RX_FULL=1 lets every single one fail, half an hour of it; else every 151st.

setup() { load helper; }

@test "memory: a failed allocation is the end with 75 and a word of it, or makes no difference (X-64)" {
	can_limit_memory # nor can another allocator stand before theirs
	every=151
	[ -z "${RX_FULL:-}" ] || every=1
	run -0 python3 "$RX_TOP/t/fault/sweep.py" --every $every "$RX_UNIT/alloc.so"
	[ "$(grep -c '^[a-z-]*: [1-9][0-9]* allocations, [1-9][0-9]* faults tried, 0 wrong$' <<<"$output")" -ge 17 ]
}

@test "memory: 48 MiB of address space are enough, or it is said (X-64)" {
	can_limit_memory
	need prlimit
	seq 1 20000 | sed 's/.*/ERROR line & of many/' >a.log
	small() { prlimit --as=$((48 << 20)) "$@"; }
	small rx-tail --once a.log >records
	small rx-match -k <records >matched
	cmp <(wc -l <matched) <(echo 20000)
	small rx-spool push --unmarked q.db <matched
	small rx-spool emit --inflight 30000 --once q.db >emitted
	[ "$(wc -l <emitted)" -ge 20000 ]
	small rx-metrics --once >sample
	[ -s sample ]
	small rx-alert --replay <sample
	# curl, OpenSSL and what they bring need more only to be loaded.
	for tool in rx-ship rx-serve; do
		rc=0
		small $tool --version >version 2>err || rc=$?
		[ $rc = 0 ] || [ -s err ]
		[ $rc -lt 128 ]
	done
}
