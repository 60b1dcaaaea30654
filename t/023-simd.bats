# SPDX-License-Identifier: MIT
# lib/plain: what each kind of machine runs gives the same bytes
#
# Not tested: NEON, where this runs on x86-64, and AVX2 on a machine without.
setup() {
	load helper
	plain="$RX_UNIT/plain"
}

@test "simd: every twin agrees on random text that ends where memory does" {
	run -0 "$plain" pages 1 200
	[[ $output = "single swar "* ]]
	run -0 "$plain" pages 2 200
}

@test "simd: every twin agrees on all short sequences at the borders of UTF-8" {
	run -0 "$plain" every
}

@test "simd: a machine with AVX2 has that twin compared too" {
	grep -qw avx2 /proc/cpuinfo 2>/dev/null || skip "no AVX2 here"
	run -0 "$plain" pages 3 1
	[[ $output = *" avx2" ]]
}

@test "simd: nothing but the machine chooses the twin" {
	run -1 grep -n getenv "$RX_TOP"/lib/plain*.[ch] "$RX_TOP"/lib/jstr.c
}
