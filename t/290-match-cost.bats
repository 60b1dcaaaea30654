# SPDX-License-Identifier: MIT
# rx-match: no allocation per record, little memory, and what JIT is worth
setup() { load helper; load alloc; }

# records N: of many kinds; all that have a keyword match, some have a level,
# an escape, a severity, bytes past ASCII.
records() {
	python3 - "$1" <<-'E'
	import sys
	kinds = ["all is well", "an interrupt came", "it failed", "ERROR no route", "fail \\u0041", "tab\\terror", "é error é", "<11>error",
	         "level=warn msg=\\\"fail\\\"", "non-fatal", "IOException at x", "out of memory", "x\\\\error"]
	end = ["", ',"severity":"warn"', ',"severity":"x"', ',"a":[1,{"b":null}]']
	out = []
	for i in range(int(sys.argv[1])):
	    out.append('{"timestamp":"2026-01-05T10:00:00Z","label":"l","log_path":"/var/log/l","log_line":"%s %d"%s}\n' % (kinds[i % 13], i, end[i % 4]))
	sys.stdout.write("".join(out))
	E
}

@test "cost: a million records ask for no more memory than two thousand do" {
	count_allocations
	records 2000 >few
	records 1000000 >many
	for options in -k '-k -v' '-e fail -i' '-k --format classic' '-k --format view --color always' \
	    '--severity-at-least warn' '-k=error,fail* -c'; do
		few=$(asked rx-match $options <few)
		many=$(asked rx-match $options <many)
		[ "$few" -gt 0 ]
		[ "$many" -le $((few + 8)) ] || { echo "$options: $few, $many"; false; }
	done
	few=$(asked rx-match -k few)
	many=$(asked rx-match -k many)
	[ "$many" -le $((few + 8)) ]
}

@test "cost: no step asks for memory for a record" {
	count_allocations
	echo '{"properties":{"log_line":{"type":"string","pattern":"[a-z]"},"a":{"type":"array"}},"required":["timestamp"]}' >s.json
	# What each step has to do work for, and values that come again.
	kinds() { records "$1" | sed 's/"label":"l"/"label":"l","user":"ann@example.org","ip":"192.0.2.7","token":"x"/'; }
	kinds 4000 >few
	kinds 100000 >many
	while read -r options; do
		few=$(asked rx-match -q $options <few)
		[ -s out ] && [ "$few" -gt 0 ]
		many=$(asked rx-match -q $options <many)
		[ "$many" -le $((few + 8)) ] || { echo "$options: $few, $many"; false; }
	done <<-E
	--parse kv,logfmt,json,access,syslog
	--redact all --redact x=[0-9]+
	--sample 0.1 --over 10/s
	--rate 50/s --by label,user
	--dedupe 60s
	--classify $RX_TOP/agent/rules/sentiment.json
	--schema s.json
	--max-age 1h --old clamp --max-future 5m
	--explain -k --max-age 1h --old keep
	-C 1 -e x --redact ip
	E
}

@test "cost: a million records pass in less than 8 MiB" {
	! sanitized || skip "a sanitizer needs more memory than the limit"
	records 1000000 >many
	echo '{"log_line":"fail at last"}' >>many
	mkfifo pipe
	for options in -k '-e fail' '-k --format view --color always'; do
		rx-match $options <pipe >out 3>&- &
		exec 4>pipe
		cat many >&4
		soon ends_in "at last" out
		peak=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$!/status")
		exec 4>&-
		wait $!
		[ "$peak" -lt 8192 ] || { echo "$options: $peak KiB"; false; }
	done
}
ends_in() { tail -n 1 "$2" | grep -q "$1"; }
