# SPDX-License-Identifier: MIT
# lib/rtime: local times, and RFC 3339 in and out
setup() {
	load helper
	rtime="$RX_UNIT/rtime"
	oracle="$RX_TOP/t/oracle/time_oracle.py"
}

@test "zones: local times of ten zones, through every change of clocks" {
	need python3
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no zone database here"
	python3 "$oracle" zones "$rtime" 21 1000
}

@test "zones: TZ is the zone of lines that name none" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no zone database here"
	TZ=Europe/Berlin run "$rtime" scan 2026-11-22T08:00:00Z <<<'2026-11-22 07:45:41 up'
	[ "$output" = $'2026-11-22T06:45:41Z\t0\t19' ]
	TZ=Europe/Berlin run "$rtime" scan 2026-11-22T08:00:00Z -0530 <<<'2026-11-22 07:45:41 up'
	[ "$output" = $'2026-11-22T13:15:41Z\t0\t19' ]
}

@test "zones: an unknown zone is refused" {
	for zone in Nowhere/Land ../../../etc/passwd /etc/passwd +25:00 +1 +01:00x; do
		run "$rtime" scan 2026-11-22T08:00:00Z "$zone" <<<x
		[ "$status" -eq 2 ]
		[[ $output = *"no such zone"* ]]
	done
}

@test "rfc3339: in and out, as another calendar has it" {
	need python3
	python3 "$oracle" rfc3339 "$rtime" 22 5000
}
