# SPDX-License-Identifier: MIT
# rx-match: its own counters, and what a person is told of them
setup() { load helper; }

# value NAME{LABELS} of s.prom
value() { awk -v name="$1" 'index($0, name " ") == 1 { print $2 }' s.prom; }

@test "stats: what was read, kept and refused is told at the end, a family once" {
	printf '%s\n' '{"log_line":"error"}' oops '{"log_line":"ok"}' '[]' '{"log_line":"fail"}' >in
	{ cat in; head -c 2M /dev/zero | tr '\0' x; } >all
	run -1 rx-match -q -k --stats s.prom <all
	[ "$(value rx_match_read_lines_total)" = 5 ]
	[ "$(value rx_match_kept_records_total)" = 2 ]
	[ "$(value 'rx_match_refused_total{reason="no_record"}')" = 2 ]
	[ "$(value 'rx_match_refused_total{reason="too_long"}')" = 1 ]
	[ "$(value 'rx_build_info{tool="rx-match",version="'"$(rx-match --version | sed -n '1s/.* //p')"'"}')" = 1 ]
	python3 - <<-'E'
	import re
	family, seen = None, set()
	for line in open("s.prom"):
	    if line.startswith("# HELP "):
	        family = line.split()[2]
	        assert family not in seen, line
	        seen.add(family)
	    elif not line.startswith("#"):
	        assert re.fullmatch(re.escape(family) + r'(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? [0-9.]+\n', line), line
	E
}

@test "stats: an overlong line is counted once, with several files too" {
	head -c 2M /dev/zero | tr '\0' x >long
	echo error >short
	run -1 rx-match -q -k --stats s.prom long short missing
	[ "$(value 'rx_match_refused_total{reason="too_long"}')" = 1 ]
	[ "$(value 'rx_match_refused_total{reason="unreadable_input"}')" = 1 ]
	[ "$(value rx_match_kept_records_total)" = 1 ]
}

@test "stats: what a step takes out is told by its name" {
	printf '{"log_line":"error"}\n' >in
	run -0 rx-match -q -k --redact all --stats s.prom <in
	[ "$(value 'rx_match_dropped_records_total{step="redact",fate="dropped"}')" = 0 ]
	run -0 rx-match -k --stats s.prom <in
	run -1 grep dropped_records s.prom
}

@test "stats: a place where nothing can be written is exit 74, before any input" {
	run -74 --separate-stderr rx-match -k --stats none/s.prom <<<error
	[ -z "$output" ]
	[[ $stderr == *none/s.prom* ]]
}

@test "stats: what is out of the window of --max-age and --max-future is counted by side, kept or not" {
	printf '%s\n' '{"timestamp":"1999-01-01T00:00:00Z"}' '{"timestamp":"1999-01-02T00:00:00Z"}' '{"timestamp":"2200-01-01T00:00:00Z"}' '{"a":1}' >in
	for old in keep drop clamp; do
		run -0 rx-match -q --max-age 1h --max-future 5m --old $old --stats s.prom <in
		[ "$(grep '^rx_match_out_of_window' s.prom | sed 's/.*side=//' | paste -sd' ')" = '"old"} 2 "future"} 1 "untimed"} 1' ]
	done
}
