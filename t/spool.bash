# SPDX-License-Identifier: MIT
# What the tests of rx-spool share.  Load it after helper.

# marked LANE LOG...: one run of a marked lane, from claim to the end of LOGs.
# SPOOL is the push under test, FAULT what the stream does wrong.
marked() {
	local lane=$1
	shift
	rx-spool claim q.db "$lane" >"claim.$lane" || return
	python3 "$RX_TOP/t/data/spool-tail.py" --every "${EVERY:-10}" \
		--fault "${FAULT:-}" "claim.$lane" "$@" |
		${PUSH:-rx-spool push} q.db "$lane"
}

# sql TEXT: what the database says, by sqlite3(1).
sql() { sqlite3 q.db "$1"; }

# emitted LANE: every record once, without the open line.
emitted() { rx-spool emit --once --inflight 1000000 q.db "$1" | tail -n +2; }

# outcomes STATE [WHY]: records on stdin to outcomes on stdout.
outcomes() {
	jq -c --arg st "$1" --arg why "${2:-}" \
		'{_rx: ({k: "out"} + (._rx | {id, tag, ep}) + {$st, $why})}'
}

# stat LANE FILTER: of `rx-spool stat --json`.
stat_of() {
	rx-spool stat --json q.db "$1" | jq -r ".lanes[0] | $2"
}

# balanced LANE: stored = acked + dead + dropped + purged + lost + what
# sqlite3 counts.
balanced() {
	[ "$(stat_of "$1" '.stored - .acked - .dead - .dropped - .purged - .lost')" = \
		"$(sql "SELECT count(*) FROM queue WHERE lane = '$1'")" ] &&
		[ "$(stat_of "$1" .pending)" = \
			"$(sql "SELECT count(*) FROM queue WHERE lane = '$1'")" ]
}

# lines_stored LANE LOG...: each line of the LOGs once, in order within a log.
lines_stored() {
	local lane=$1 log
	shift
	for log in "$@"; do
		sql "SELECT json_extract(payload, '\$.log_line') FROM queue
			WHERE lane = '$lane' AND
			json_extract(payload, '\$.log_path') = '$log'
			ORDER BY id" | cmp - "$log" || return
	done
}
