# SPDX-License-Identifier: MIT
# The inputs of the fuzz targets, those that found something too, without libFuzzer
setup() { load helper; }

@test "SEC-46 SEC-47: each fuzz target takes its seeds, whole and cut off" {
	for target in "$RX_TOP"/t/fuzz/*.c; do
		target=$(basename "$target" .c)
		[ "$target" != replay ] || continue
		set -- "$RX_TOP/t/fuzz/seed/$target"/*
		[ -f "$1" ] || { echo "$target has no seed" && false; }
		[ "$("$RX_UNIT/fuzz-$target" "$@")" = $# ] || { echo "$target" && false; }
	done
}

@test "SEC-46: there is a target for each format that comes from outside" {
	for format in record rtime jstr mark jwt url conf alert-rules match-rules match-schema \
		tail-container ship-loki ship-amqp serve-browse serve-events serve-frame \
		serve-history serve-jwt serve-query serve-request; do
		[ -f "$RX_TOP/t/fuzz/$format.c" ] || { echo "$format" && false; }
	done
}
