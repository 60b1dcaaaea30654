# SPDX-License-Identifier: MIT
# ledger -- what went in is what went out, waits, or was left out, and why.
#
# Needs control, graph, settings, status
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk
# shellcheck disable=SC2154 # set in settings

# ledger NAME: what went in is what went out, waits, or was left out and why: for each
# stage as it counts, with what those before it counted that were started again,
# and for each lane of the queue, in one view; what waits there is counted, not
# derived.  Between two stages the difference is on its way: while things
# move it is something, at rest it is nothing.
ledger() {
	db=$state/$1.db
	figures=$(as_owner rx-spool stat --prometheus "$db") || exit
	now=$(look_at_stages "$1")
	if { running || by_units; } && [ "$(printf '%s\n' "$now" | astray)" != 0 ]; then
		before=$now
		await_counts "$1"
		figures=$(as_owner rx-spool stat --prometheus "$db") || exit
		# What has moved meanwhile is no loss.
		now=$(printf '%s\n' "$before" | sed -n 's/^now/was/p' && look_at_stages "$1")
	fi
	printf '%s\n%s\n' "$now" "$figures" | balance && return
	say "the ledger of $db does not balance"
	return 1
}

# ledgers: of each queue that was ever used; 1 if one of them does not balance.
ledgers() {
	list=$(used_queues) || exit
	bad=0
	for name in $list; do
		ledger "$name" || bad=1
	done
	return "$bad"
}

# await_counts NAME: each stage writes its file every 10 s.
await_counts() {
	left=14
	asked=$(mktemp) || exit 75
	while [ $((left -= 1)) -gt 0 ] &&
		[ -n "$(find "$stats" -name "$1.*.prom" ! -newer "$asked")" ]; do
		sleep 1
	done
	rm -f "$asked"
}

# look_at_stages NAME: "now NAME VALUE" and "past NAME VALUE" of all stages; a life
# whose agent was killed is past.
look_at_stages() {
	life=past
	! { running || by_units; } || life=now
	for stage in $(run_stages "$1.in") $(run_stages "$1.out"); do
		past=$stats/$1.$stage.past now=$stats/$1.$stage.prom
		[ ! -s "$past" ] || sed -n 's/^rx_/past rx_/p' "$past"
		[ ! -s "$now" ] ||
			sed -n '/^rx_build_info/d; s/^rx_/'"$life"' rx_/p' "$now"
	done
}

# The words of the ledger: what of a stage, in one life or in all, and the
# links between two, by what the one has written and the other read.
book='
	$1 == "now" || $1 == "was" || $1 == "past" {
		key = $2
		sub(/[{].*/, "", key)
		count[$1, key] += $3
		seen = seen || $1 == "now"
	}
	function life(when, what) { return count[when, "rx_" what] + 0 }
	function all(what) { return life("now", what) + life("past", what) }
	function link(from, to, less) {
		moves[to] = life("was", from) != life("now", from) ||
			life("was", to) != life("now", to)
		return life("now", from) - life("now", to) + less
	}
	function links() {
		read = link("tail_written_records_total", "match_read_lines_total",
			life("now", "match_control_records_total"))
		kept = link("match_kept_records_total",
			"spool_push_taken_records_total", 0)
		if (kept > 0 && kept <= life("now", "match_refused_total")) kept = 0
		sent = link("spool_emit_written_records_total",
			"ship_taken_total", 0)
		# Who has no room, or is waited for, does not read.
		if (life("now", "spool_push_waiting")) read = kept = 0
		if (life("now", "ship_held") && sent > 0) sent = 0
	}'
astray() { awk "$book"' END { links(); print seen ? read != 0 || kept != 0 || sent != 0 : 0 }'; }

balance() {
	awk "$book"'
	/^rx_spool_.*[{]lane=/ {
		split($1, part, /["{]/)
		sub(/^rx_spool_/, "", part[1])
		sub(/_total$/, "", part[1])
		value[part[3], part[1]] = $2
		lanes[part[3]]
	}
	function of(what) { return value[lane, what] + 0 }
	function tell(name, n) { printf "  %-18s %14.0f\n", name, n }
	function less(name, n) {
		if (n != 0) tell("- " name, n)
		left -= n
	}
	function more(name, n) {
		if (n != 0) tell("+ " name, n)
		left += n
	}
	function begin(name, n) {
		print name
		tell("in", left = n)
	}
	function close_book(n) {
		tell("out", n)
		left -= n
		if (left != 0) {
			tell("unaccounted for", left)
			bad = 1
		}
	}
	function way(n, to) {
		if (n == 0) return
		if (moves[to]) tell("on the way", n)
		else {
			tell("astray", n)
			bad = 1
		}
	}
	function stages() {
		begin("rx-tail", all("tail_read_lines_total"))
		less("of rx itself", all("tail_own_lines_total"))
		less("joined to others", all("tail_joined_lines_total"))
		less("held", life("now", "tail_held_records"))
		less("to be read again", life("past", "tail_held_records"))
		close_book(all("tail_written_records_total"))
		way(read, "match_read_lines_total")
		begin("rx-match", all("match_read_lines_total") - \
			all("match_control_records_total"))
		more("made of them", all("match_made_records_total"))
		less("held", life("now", "match_held_records"))
		less("to be read again", life("past", "match_held_records"))
		if (left >= all("match_kept_records_total"))
			less("not selected", left - all("match_kept_records_total"))
		close_book(all("match_kept_records_total"))
		way(kept, "spool_push_taken_records_total")
		begin("rx-spool push", all("spool_push_taken_records_total"))
		less("refused", all("spool_push_refused_lines_total"))
		less("stored before", all("spool_push_replayed_records_total"))
		less("held", life("now", "spool_push_held_records"))
		less("to be read again", life("past", "spool_push_held_records"))
		close_book(all("spool_push_stored_records_total"))
	}
	function ship() {
		begin("rx-ship", all("ship_taken_total"))
		less("rejected", all("ship_rejected_total"))
		less("given back", all("ship_retried_total"))
		less("dropped", all("ship_dropped_total"))
		less("held", life("now", "ship_held"))
		less("to be sent again", life("past", "ship_held"))
		close_book(all("ship_delivered_total"))
	}
	END {
		links()
		if (all("tail_read_lines_total") > 0) stages()
		for (lane in lanes) {
			begin("lane " lane, of("stored"))
			less("delivered", of("acked"))
			less("waiting", of("pending_records"))
			less("dead letters", of("dead"))
			less("dropped", of("dropped"))
			less("purged", of("purged"))
			less("lost by damage", of("lost"))
			tell("unaccounted for", left)
			letters = of("dead") + of("dropped") - of("restored")
			letters -= of("dead_dropped") + of("dead_purged")
			letters -= of("dead_letters")
			if (letters != 0) tell("letters astray", letters)
			if (left != 0 || letters != 0) bad = 1
		}
		way(sent, "ship_taken_total")
		if (all("ship_taken_total") > 0) ship()
		exit bad
	}'
}

