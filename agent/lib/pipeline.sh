# SPDX-License-Identifier: MIT
# pipeline -- a run in its session, and the keeper that starts it again.
#
# The rule is common fate (PROTOCOL.md R9): when a stage ends, its whole run is
# taken down, and started again when no process of it is left.
#
#	keeper   one for each run, a subshell of main: starts it in a session
#	         of its own, out of reach of the terminal's signals
#	stage    a wrapper of each tool: reports its pid, and how it ended
#
# The stages report on a FIFO of which only the keeper has the read end, and
# every process of the session the write end.  So its end of file means: they
# are all gone.
#
# Needs graph, settings; run: the directory of this rx-agent
# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2094 # a FIFO is opened at both ends
# shellcheck disable=SC2154 # set in settings, and by rx-agent itself

# stage COMMAND...: run it; say on descriptor 8 its pid and how it ended.  The
# wrapper itself outlives a TERM to the session, to tell that end, and is mute:
# "Killed" is said better by the keeper.
stage() {
	trap : TERM
	exec 4>&2 2>/dev/null
	case $1 in
	rx-spool) stage="$1 $2" ;;
	*) stage=$1 ;;
	esac
	sh -c 'echo "pid $$ $0" >&8; exec "$@" 2>&4 4>&-' "$stage" "$@"
	echo "end $? $stage" >&8
}

pipeline() {
	trap : TERM
	eval "$(graph "$1" stage)"
}

# --- the keeper of a run -------------------------------------------------

# down GRACE: TERM to the session after GRACE seconds, and KILL after that.
down() {
	call_off
	setsid sh -c 'sleep "$1"; kill -s TERM -- "-$3"
		sleep "$2"; kill -s KILL -- "-$3"' \
		rx-agent "$1" "$kill_s" "$group" 2>/dev/null 9<&- &
	reaper=$!
}
call_off() {
	while [ -n "$reaper" ] && kill "$reaper" 2>/dev/null; do
		kill -- "-$reaper" 2>/dev/null
		sleep 0.1 # it may not have been a session yet
	done
	reaper=
}

# ended STATUS STAGE: remember why the pipeline ends.  A stage that asks not to
# be started again says most, then one that somebody killed, then the first
# that failed; 0, SIGPIPE and our own TERM follow from another's end.
ended() {
	case $1 in
	64 | 65 | 78) rank=4 final=$1 ;;
	137) rank=3 ;;
	0 | 141 | 143) rank=1 ;;
	*) rank=2 ;;
	esac
	[ "$rank" -gt "$known" ] || return 0
	known=$rank
	if [ "$1" -gt 128 ]; then
		cause="$2 was killed by signal $(($1 - 128))"
	else
		cause="$2 ended with status $1"
	fi
}

# fold RUN: what the stages of a life counted is added to what those before
# did, each once: its start names a life.
fold() {
	for name in $(run_stages "$1"); do
		name=${1%.*}.$name
		[ -s "$stats/$name.prom" ] || continue
		[ -e "$stats/$name.past" ] || : >"$stats/$name.past"
		awk '
		FILENAME == ARGV[1] && $1 == "folded" { folded = $2; next }
		FILENAME == ARGV[1] { sum[$1] += $2; next }
		$1 == "process_start_time_seconds" { life = $2 }
		/^rx_/ && !/^rx_(build_info|tail_file_|.*_bucket)/ { now[$1] = $2 }
		END {
			for (key in now) if (life != folded) sum[key] += now[key]
			print "folded", life
			for (key in sum) printf "%s %.0f\n", key, sum[key]
		}' "$stats/$name.past" "$stats/$name.prom" \
			>"$stats/$name.past.new" &&
			mv "$stats/$name.past.new" "$stats/$name.past" &&
			rm "$stats/$name.prom"
	done
}

# once RUN HEAD: one life of it, to its last process.
once() {
	cause='it did not start' known=0 final=
	head='' group='' reaper='' told=0 failed=0 unheard=0
	if [ "$2" = rx-tail ]; then
		eval "$(claim "${1%.*}")" || {
			ended $? "rx-spool claim"
			return
		}
	fi
	[ "$stop" -eq 0 ] || return
	fold "$1"
	mkfifo "$run/$1.fifo" || return
	exec 8<>"$run/$1.fifo" 9<"$run/$1.fifo"
	rm "$run/$1.fifo"
	setsid "$self" --pipeline "$1" 9<&- </dev/null &
	group=$!
	exec 8>&-
	if ! { note "$1.born" "$(born "$group")" && note "$1.group" "$group"; }; then
		down 0 # nobody could find it
	fi

	while :; do
		before=$stop
		if read -r what value stage <&9; then
			case $what in
			pid)
				unheard=$((unheard + 1))
				[ "$stage" != "$2" ] || head=$value
				;;
			end)
				unheard=$((unheard - 1))
				ended "$value" "$stage"
				[ "$told$value" != 10 ] || continue
				[ $((failed += 1)) -ne 1 ] || down 0
				;;
			esac
		elif [ "$before" -eq "$stop" ]; then
			break # not a signal: end of file
		fi
		if [ "$stop" -gt 0 ] && [ "$told" -eq 0 ] && [ -n "$head" ]; then
			told=1
			kill -TERM "$head" 2>/dev/null
			down "$drain_s"
		fi
	done
	exec 9<&-
	# No tool failed, and one ended without a word: its wrapper was killed.
	[ "$known" -gt 1 ] || [ "$unheard" -eq 0 ] || ended 137 "the shell of a stage"
	call_off
	wait "$group"
	fold "$1"
}

# keep RUN HEAD: a run, again and again until TERM or a final status.
keep() {
	exec 6<&- 7>&-
	stop=0 delay=0
	trap 'stop=$((stop + 1))' TERM
	trap '' INT HUP
	while [ "$stop" -eq 0 ] && [ -d "$run" ]; do
		began=$(date +%s)
		once "$1" "$2"
		[ "$stop" -eq 0 ] || break
		if [ -n "$final" ]; then
			echo "$final" >"$run/$1.final"
			say "${1%.*}: $cause: its pipeline is stopped for good"
			exit
		fi
		if [ $(($(date +%s) - began)) -gt 2 ]; then
			delay=0
		elif [ "$delay" -eq 0 ] || [ "$known" -eq 3 ]; then
			delay=1
		elif [ $((delay *= 2)) -gt "$delay_max" ]; then
			delay=$delay_max
		fi
		say "${1%.*}: $cause: its pipeline starts again in $delay s"
		[ "$delay" -gt 0 ] || continue
		sleep "$delay" 5>&- &
		wait $!
		kill $! 2>/dev/null
	done
	exit 0
}

