# SPDX-License-Identifier: MIT
# top -- each stage and each queue, a line, again and again.
#
# Needs control, graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2016 # awk
# shellcheck disable=SC2154 # set in settings

every=2 # seconds; stages write their counters every ten

# What a stage hands on, and what went wrong there.
counts='
	BEGIN {
		split("tail_written_records_total match_kept_records_total metrics_records_total alert_tickets_total spool_push_stored_records_total spool_emit_written_records_total ship_delivered_total", l, " ")
		for (i in l) is_out["rx_" l[i]]
		split("match_refused_total metrics_refused_total spool_push_refused_lines_total ship_rejected_total ship_dropped_total ship_failures_total", m, " ")
		for (i in m) is_bad["rx_" m[i]]
	}
	{ key = $1; sub(/[{].*/, "", key) }
	key in is_out { out += $2 }
	key in is_bad { bad += $2 }
	key == "process_start_time_seconds" { born = $2 }
	key == "rx_input_pipe_held_bytes" { held = $2 }
	key == "rx_input_pipe_size_bytes" && $2 > 0 { fill = sprintf("%.0f%%", 100 * held / $2) }
	key == "rx_output_blocked_seconds_total" { blocked = $2 * 1000 }
	key == "rx_spool_push_waiting" && $2 > 0 { note = "waits for room" }
	key == "rx_ship_held" && $2 > 0 { note = $2 " held" }
	key == "rx_ship_failures_in_row" && $2 > 0 { note = $2 " failures in a row" }
	END { printf "%.0f %.0f %.0f %.0f %s %s\n", out, bad, born, blocked, fill == "" ? "-" : fill, note }'

# row NAME STAGE: since the last look at other figures, or since its start.  IN is
# how full the pipe is that it reads, BLOCKED the share of the time for which what
# it writes to was full: a stage is slow where its IN is full and it is not blocked.
row() {
	file=$stats/$1.$2.prom
	[ -s "$file" ] || {
		printf '%-14s %-8s %12s\n' "$1" "$2" -
		return
	}
	at=$(stat -c %Y "$file")
	awk "$counts" "$file" | {
		read -r out bad born blocked fill note
		read -r at0 out0 blocked0 2>/dev/null <"$seen/$1.$2" || at0=$born out0=0 blocked0=0
		rate=$(awk -v n="$((out - out0))" -v s="$((at - at0))" -v b="$((blocked - blocked0))" '
			BEGIN { printf("%.1f %.0f%%", (s > 0 ? n / s : 0), (s > 0 ? b / s / 10 : 0)) }')
		if [ "$at" = "$at0" ]; then
			read -r rate 2>/dev/null <"$seen/$1.$2.rate"
		else
			echo "$at $out $blocked" >"$seen/$1.$2"
			echo "$rate" >"$seen/$1.$2.rate"
		fi
		printf '%-14s %-8s %12s %10s %8s %5s %8s  %s\n' "$1" "$2" "$out" "${rate% *}" "$bad" \
			"$fill" "${rate#* }" "$note"
	}
}

queue_row() {
	[ -e "$state/$1.db" ] || return 0
	as_owner rx-spool stat --prometheus "$state/$1.db" 2>/dev/null | awk -v n="$1" '
		/^rx_spool_pending_records/ { waits += $2 }
		/^rx_spool_oldest_seconds/ && $2 > old { old = $2 }
		/^rx_spool_utilisation_ratio/ && $2 > used { used = $2 }
		/^rx_spool_dead_letters/ { dead += $2 }
		END { printf "%-14s %-8s %12d %10s %8d %5s %8s  oldest %d s, %d %% used\n", n, "queue", waits, "", dead, "", "", old, 100 * used }'
}

table() {
	printf '%-14s %-8s %12s %10s %8s %5s %8s  %s\n' PIPELINE STAGE RECORDS A-SECOND WRONG \
		IN BLOCKED NOTE
	for one in $graphs; do
		name=${one%%:*}
		[ "$name" != view ] || continue
		for stage in $(run_stages "$name.in"); do row "$name" "$stage"; done
		stages_of "$name"
		has push || continue
		queue_row "$name"
		row "$name" emit
		row "$name" ship
	done
}

# top: on a terminal until Ctrl-C; elsewhere once.
top() {
	seen=$(mktemp -d) || die 75 "unable to make a directory"
	trap 'rm -rf "$seen"; exit' EXIT INT TERM
	table >"$seen/table"
	while [ -t 1 ]; do
		printf '\033[H\033[J'
		cat "$seen/table"
		sleep "$every"
		table >"$seen/table"
	done
	cat "$seen/table"
}
