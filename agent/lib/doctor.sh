# SPDX-License-Identifier: MIT
# doctor -- what one looks at after an installation, or when something is wrong:
# each point, and what to do where it is not as it should be.
#
# Needs check, control, graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

stale_min=1   # counters that have not been written for so long are of the past
first_s=12    # a stage has told its first counters so long after the start
old_s=600     # records that wait for so long are not on their way
used_most=80  # percent of a queue

# point GOOD WHAT FIX: GOOD is a command's status.
point() {
	if [ "$1" -eq 0 ]; then
		printf 'ok   %s\n' "$2"
	else
		printf 'BAD  %s\n     %s\n' "$2" "$3"
		sick=1
	fi
}

# figure FILE FAMILY: its value, all labels added up; nothing: it is not there.
figure() {
	awk -v f="$2" '{ k = $1; sub(/[{].*/, "", k) } k == f { n += $2; seen = 1 }
		END { if (seen) printf "%.0f\n", n }' "$1" 2>/dev/null
}
fresh() { [ -n "$(find "$1" -mmin -"$stale_min" 2>/dev/null)" ]; }
# is FIGURE OP NUMBER: whole numbers; what is not there is not so.
is() { [ -n "$1" ] && test "$1" "$2" "$3"; }

# writable: by the one who runs it, whoever asks.
writable() {
	[ -w "$state" ] && [ -w "$stats" ] || return
	[ -z "$units" ] || [ -z "$(find "$state" ! -user rx -print -quit)" ]
}

# goes_on RUN
goes_on() {
	[ ! -s "$state/agent.run/$1.final" ] || return
	[ -z "$units" ] || [ "$1" = view.in ] || systemctl -q is-active "rx-${1##*.}@${1%.*}.target"
}

# listens PORT: does anybody here?
listens() {
	awk -v p=":$(printf %04X "$1")" '$4 == "0A" && substr($2, length($2) - 4) == p { there = 1 }
		END { exit !there }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# await_first: of who was just started nothing can be told.
await_first() {
	while [ -n "$(find "$state/agent.run/pid" -newermt "-$first_s seconds" 2>/dev/null)" ]; do
		sleep 1
	done
}

doctor() {
	sick=0 units=
	await_first
	! by_units || units=1
	told=$( (check) 2>&1)
	point $? "it would start" "$(printf '%s\n' "$told" | head -n 3 | tr '\n' ' ')"
	running || [ -n "$units" ]
	point $? "it works" "start it: rx-agent run, or systemctl start rx.target"
	writable
	point $? "its state can be written" "who runs it needs $state for itself, mode 0700: chown -R rx:rx where units run it"
	own_id
	point $? "the node id is this machine's" "if it was cloned: rx-agent rekey, else rx-agent rekey --keep"
	for run in $(runs); do
		goes_on "$run"
		point $? "$run goes on" "it was stopped for good by what it said last: mend that, then start anew"
	done
	for name in $(queues); do queue_points "$name"; done
	for one in $graphs; do
		case $one in
		*:tail,*) tail_points "${one%%:*}" ;;
		esac
		case $one in
		*:ship | *,ship) ship_points "${one%%:*}" ;;
		esac
	done
	# With units there is no such view, but where a pipeline is one.
	[ "$port" = off ] || [ -n "$units" ] || view_points
	exit "$sick"
}

view_points() {
	rx-serve --link --control-port "$port" >/dev/null 2>&1
	point $? "the live view answers" "see whether port $port is another's: RX_DASHBOARD chooses one"
	[ "$port" = 8754 ] || [ -n "${RX_WS_PORTS:-}" ] || return 0
	for ws in ${RX_WS_PORTS:-8755 8756}; do
		[ "$ws" != 0 ] || continue
		listens "$ws"
		point $? "its WebSocket on port $ws is there" "it is silent until somebody watches; here the port is another's, or the view does not run"
	done
}

tail_points() {
	counts=$stats/$1.tail.prom
	[ -e "$counts" ] || return 0
	is "$(figure "$counts" rx_tail_files)" -gt 0
	point $? "$1: there are logs to follow" "no file has the names in log-file, or who runs it may not see them"
	is "$(figure "$counts" rx_tail_unreadable_total)" -eq 0
	point $? "$1: each log could be read" "who runs it needs to read them, as the group adm does; rx-tail said which"
	is "$(figure "$counts" rx_tail_files_refused)" -eq 0
	point $? "$1: no log is left out" "there are more than max-files of rx-tail: raise it, or name fewer"
}

# refused NAME: what its stages would not take, in all.
refused() {
	cat "$stats/$1".*.prom 2>/dev/null | awk '
		/^rx_(match_refused|metrics_refused|spool_push_refused_lines|ship_rejected|ship_dropped)_total/ { n += $NF }
		END { printf "%.0f\n", n }'
}

queue_points() {
	[ -e "$state/$1.db" ]
	point $? "$1: there is a queue" "it is made at the start: see whether $state can be written"
	[ -e "$state/$1.db" ] || return 0
	now=$(mktemp) || die 75 "unable to make a file"
	as_owner rx-spool stat --prometheus "$state/$1.db" >"$now"
	point $? "$1: the queue can be read" "look at it: rx-spool salvage $state/$1.db, while nothing runs"
	waits=$(figure "$now" rx_spool_pending_records) oldest=$(figure "$now" rx_spool_oldest_seconds)
	is "${waits:-0}" -eq 0 || is "$oldest" -lt "$old_s"
	point $? "$1: ${waits:-0} records wait, none for long" \
		"the target takes nothing or too little; nothing is lost until the queue is full: rx-agent plan"
	used=$(awk '/^rx_spool_utilisation_ratio/ && $2 > m { m = $2 } END { printf "%d", 100 * m }' "$now")
	is "$used" -lt "$used_most"
	point $? "$1: $used % of the queue is used" "give it room, max-bytes of rx-spool push, or see why it does not drain"
	is "$(figure "$now" rx_spool_dead_letters)" -eq 0
	point $? "$1: nothing was given up" "see why: rx-spool dead $state/$1.db"
	rm -f "$now"
}

ship_points() {
	counts=$stats/$1.ship.prom
	fresh "$counts"
	point $? "$1: delivery is at work" "see what it said last: rx-agent run, or journalctl -u rx-ship@$1"
	[ -e "$counts" ] || return 0
	is "$(figure "$counts" rx_ship_failures_in_row)" -eq 0
	point $? "$1: the target answers" "the queue grows meanwhile; see the address, the token and the target"
	is "$(figure "$counts" rx_ship_taken_total)" -eq 0 || is "$(figure "$counts" rx_ship_delivered_total)" -gt 0
	point $? "$1: the target has received" "what it answers is in the messages of rx-ship"
	lost=$(refused "$1")
	is "$lost" -eq 0
	point $? "$1: $lost records were refused" "rx-agent top tells by which stage; it said the first, and why"
}
