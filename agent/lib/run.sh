# SPDX-License-Identifier: MIT
# run -- the graph in the foreground: keepers started, watched and ended.
#
#	main     tells what happens, and turns Ctrl-C into an orderly end
#	keeper   one for each run (pipeline.sh)
#	guard    outlives main, if that is killed, to stop the keepers
#
# main's death is noticed by the end of a FIFO, as that of a run is.
#
# Needs graph, pipeline, settings
# shellcheck shell=sh
# shellcheck disable=SC2094 # a FIFO is opened at both ends
# shellcheck disable=SC2154 # set in settings

# What a run is made of is written in the run directory as numbers of a fixed
# width, with room made at the start: on a disk that is full by now they can still
# be changed, and whoever is started there can still be ended.

# note FILE NUMBER
note() { printf '%-10s\n' "$2" 1<>"$run/$1"; }

# noted FILE: $number; 0 where there is none.
noted() {
	number=
	read -r number 2>/dev/null <"$run/$1"
	: "${number:=0}"
}

# born PID: when a process started, in ticks since boot; nothing: it is gone.
born() {
	read -r line 2>/dev/null <"/proc/$1/stat" || return 0
	# shellcheck disable=SC2086 # fields, behind a name that may hold blanks
	set -- ${line##*) }
	echo "${20}"
}

# lives PID: not one that only waits to be reaped.  Who was started by a killed main
# is for init to reap, which in a container may be long in coming, or never come.
# Only who lives has a program; where that cannot be seen the state is read, for
# which a shell needs some 300 system calls.
lives() {
	[ ! -e "/proc/$1/exe" ] || return 0
	read -r line 2>/dev/null <"/proc/$1/stat" || return 1
	case ${line##*) } in
	Z* | X*) return 1 ;;
	esac
}

# group_lives: the same of any process of $group.
group_lives() {
	cat /proc/[0-9]*/stat 2>/dev/null | awk -v group="$group" '
		{ sub(/.*\) /, "") }
		$3 == group && $1 !~ /[ZX]/ { found = 1 }
		END { exit !found }'
}

# ours RUN: is $group still the run?  Its leader may have ended: as long as the
# group has members, nobody else gets its number.
ours() {
	leader=$(born "$group")
	noted "$1.born"
	[ -z "$leader" ] || [ "$leader" = "$number" ]
}

# take_down RUN: the session that outlived its keeper.
take_down() {
	noted "$1.group"
	group=$number
	[ "$group" -gt 0 ] && ours "$1" || return 0
	left=50
	while kill -s KILL -- "-$group" 2>/dev/null && group_lives &&
		[ $((left -= 1)) -gt 0 ]; do
		sleep 0.1
	done
}

# sweep: what is left of a main, after it and whoever could have ended it were
# killed.  A number is another's now unless that is an rx-agent.
sweep() {
	run=$state/agent.run
	for file in "$run"/*.keeper; do
		noted "${file##*/}"
		! grep -qs rx-agent "/proc/$number/cmdline" ||
			kill -KILL "$number" 2>/dev/null
	done
	for file in "$run"/*.group; do
		name=${file##*/}
		take_down "${name%.group}"
	done
}

# tend RUN: see that it has a keeper, unless its end was final.  Where a keeper
# was killed, its session goes first.
tend() {
	noted "$1.keeper"
	if [ "$number" -gt 0 ]; then
		! lives "$number" || return 0
		[ ! -s "$run/$1.final" ] || return 0
		take_down "$1"
		say "the keeper of $1 was killed: it starts again"
	fi
	keep "$1" "$(head_of "$1")" &
	note "$1.keeper" $! || kill -TERM $! # one that nobody knows would stay
}

# end RUN...: TERM to the keepers until they have gone.  Again and again, since
# a shell misses a signal that comes just before it starts to read.
end() {
	left=100 more=1
	while [ "$more" -gt 0 ] && [ $((left -= 1)) -gt 0 ]; do
		more=0
		for name; do
			noted "$name.keeper"
			if lives "$number"; then
				kill -TERM "$number" 2>/dev/null
				more=1
			fi
		done
		[ "$more" -eq 0 ] || sleep 0.2
	done
}

# sort_runs: by the order in which they end; the view is told by itself.
sort_runs() {
	queues=$(queues) all=$(runs)
	ins='' outs=''
	for name in $all; do
		case $name in
		view.in) ;;
		*.in) ins="$ins$name " ;;
		*) outs="$outs$name " ;;
		esac
	done
}

guard() {
	exec 7>&-
	trap '' INT TERM HUP
	read -r _ <&6
	end_all
}
post_guard() {
	guard &
	guard=$!
}
end_all() {
	end view.in
	# shellcheck disable=SC2086 # names
	end $ins
	# shellcheck disable=SC2086
	end $outs
	for name in $all; do
		noted "$name.keeper"
		lives "$number" || take_down "$name"
	done
}

# look NAME: what does its queue say of itself?  It is asked only after a commit,
# each of which changes the lock file; where two times are equal, once more.  To
# see that nothing has happened costs no process.  "ACKED WAITING DEAD" in NAME.now.
look() {
	lock=$state/$1.db.lock
	# shellcheck disable=SC3013 # POSIX.1-2024 has -ot
	[ -s "$lock" ] && ! [ "$lock" -ot "$run/$1.looked" ] || return 0
	echo >"$run/$1.looked"
	rx-spool stat "$state/$1.db" "$1" 2>/dev/null | awk '
		$1 == "lane" { waiting = $0; sub(/.*: /, "", waiting) }
		$1 == "acked" { acked = $NF }
		$1 == "dead" { dead = $NF }
		END { print acked + 0, waiting + 0, dead + 0 }' >"$run/$1.now"
	[ -e "$run/$1.base" ] || cp "$run/$1.now" "$run/$1.base"
}

look_at_all() { for name in $queues; do look "$name"; done; }

count() { [ "$1" -eq 1 ] && echo "1 $2" || echo "$1 ${2}s"; }

# sum NAME...: what became of their records, in a few words.
sum() {
	delivered=0 waiting=0 dead=0
	for name; do
		read -r a w d <"$run/$name.now" || continue
		read -r base _ <"$run/$name.base" || base=0
		delivered=$((delivered + a - base))
		waiting=$((waiting + w)) dead=$((dead + d))
	done 2>/dev/null
	printf '%s' "delivered $(count "$delivered" record), $waiting waiting"
	[ "$dead" -eq 0 ] || printf ', %s given up' "$dead"
}

# tell: what moved since the last look, or that all is quiet.
tell() {
	moved=0
	for name in $queues; do
		was='' now=''
		read -r was 2>/dev/null <"$run/$name.now"
		look "$name"
		read -r now 2>/dev/null <"$run/$name.now"
		[ "$was" != "$now" ] || continue
		[ -n "$was" ] || [ "${now%% *}" != 0 ] || continue
		moved=1
		say "$name: $(sum "$name")"
	done
	if [ "$moved" -eq 1 ]; then
		quiet=-1
	elif [ "$quiet" -ge 0 ] && [ $((quiet += pause)) -ge "$quiet_s" ]; then
		quiet=-1
		suggest
	fi
	# Telemetry moves all the time: where nobody looks on, that is told seldom, too.
	[ $((pause *= 2)) -le "$longest" ] || pause=$longest
}

# suggest: a line to paste, where what is watched is known here.
suggest() {
	[ -z "$etc" ] || return 0
	file=$(example)
	if [ -z "$file" ]; then
		say "nothing has moved for $quiet_s s, and" \
			"none of these logs is yours to write: see RX_LOGS"
		return
	fi
	say "nothing has moved for $quiet_s s;" \
		"to see it work, paste this elsewhere:"
	say "    echo 'demo: an error, to try rx' >>$file"
}

# example: a watched file that may be appended to, or made, quoted; or nothing.
example() (
	set -f
	for p in $logs; do
		p=$(printf '%s\n' "$p" | sed 's|\*\*/||g; s|[*?]|demo|g')
		if [ -e "$p" ]; then
			[ -f "$p" ] && [ -w "$p" ]
		else
			[ -d "${p%/*}" ] && [ -w "${p%/*}" ]
		fi || continue
		quote "$p" | cut -c2-
		break
	done
)

# users NAME: the runs that have its queue open, those of its sinks too.
users() {
	for one in $all; do
		case $one in
		"$1".*) echo "$one" ;;
		esac
	done
}

# heal NAME: a queue that is damaged is salvaged, once, while nobody has it
# open.  What of 65 is not its fault, a broken stream, stays final.
heal() {
	[ -s "$run/$1.in.final" ] || [ -s "$run/$1.out.final" ] || return 0
	[ ! -e "$run/$1.healed" ] || return 0
	grep -qsx 65 "$run/$1".*final || return 0
	: >"$run/$1.healed"
	say "$1: the queue may be damaged: all stops, to look at it"
	users=$(users "$1")
	# shellcheck disable=SC2086 # names
	end $users
	set -- "$1" "$state/$1.db".damaged-*
	was=$*
	rx-spool salvage "$state/$1.db"
	case $? in
	0 | 1) ;;
	*)
		say "the queue cannot be mended here: rx-spool salvage $state/$1.db"
		return
		;;
	esac
	set -- "$1" "$state/$1.db".damaged-*
	for name in $users; do
		[ "$*" = "$was" ] || rm -f "$run/$name.final"
		[ -s "$run/$name.final" ] || note "$name.keeper" ''
	done
	say "all goes on"
}

heal_all() { for name in $queues; do heal "$name"; done; }

# alive: is there a run, beside the view, that works, or will?
alive() {
	for name in ${ins:-$all} $outs; do
		[ -s "$run/$name.final" ] || return 0
	done
	return 1
}

# credentials: the first start makes a token for the live view.  The view gets
# its hash; the token is for who may read its file.
credentials() {
	[ ! -s "$tokens" ] || return 0
	token=$(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')
	if ! { [ ${#token} -eq 64 ] && printf '%s\n' "$token" >"$state/token" &&
		hash=$(printf %s "$token" | sha256sum) &&
		printf '{"tokens":[{"name":"agent","sha256":"%s","scopes":%s}]}\n' \
			"${hash%% *}" '["read","control"]' >"$tokens.new" &&
		mv "$tokens.new" "$tokens"; }; then
		die 74 "unable to write in $state"
	fi
}

# orphans: is who works here without a main?
orphans() {
	read -r pid 2>/dev/null <"$state/agent.run/pid" &&
		! grep -qs rx-agent "/proc/$pid/cmdline"
}

# one_only: of rx-agent, in this state.
one_only() {
	[ -z "${locked:-}" ] || return 0
	[ "$(id -u)" -ne 0 ] || [ "$(stat -c %U "$state")" != rx ] ||
		die 77 "$state is that of the units, of the user rx: systemctl start rx.target, or choose another RX_STATE"
	locked=1
	# A failed exec would be the end of this shell, without a word of ours.
	(: >>"$state/agent.lock") 2>/dev/null || die 77 "unable to write in $state"
	exec 5>"$state/agent.lock"
	if ! flock -n 5; then
		say "another rx-agent works in $state; waiting for its end"
		flock -w 4 5 || { orphans && sweep; }
		flock -w 16 5 || die 75 "it goes on"
	fi
}

# tell_plan: what is going to be done.
tell_plan() {
	if [ -n "$etc" ]; then
		for one in $graphs; do
			[ "${one%%:*}" = view ] ||
				say "runs ${one%%:*}, as $etc/${one%%:*}.json says"
		done
	else
		say "watches $logs"
		say "delivers what matters there to $shown"
		say "writes what is wrong with this host to $state/alerts.ndjson"
	fi
	say "keeps its queue and positions in $state; Ctrl-C ends it"
}

run() {
	mkdir -p "$stats" "$state/archive" || die 77 "unable to make $stats"
	one_only
	[ -n "$etc" ] || no_circle
	run=$state/agent.run stop=0
	trap 'stop=$((stop + 1))' INT TERM HUP
	rm -rf "$run"
	mkdir "$run" || die 74 "unable to write in $state"
	[ "$port" = off ] || credentials
	echo $$ >"$run/pid" || die 74 "unable to write in $state"
	mkfifo "$run/life" || die 74 "unable to write in $state"
	exec 7<>"$run/life" 6<"$run/life"

	export RX_EVENTS=1 # the stages tell what is done of their start
	tell_plan
	note_start
	identify
	sort_runs
	for name in $all; do
		for what in keeper group born; do
			note "$name.$what" '' || die 74 "unable to write in $state"
		done
	done
	quiet=0 pause=$tick longest=$tick
	[ -t 2 ] || longest=$tick_alone
	# Whoever of us ends, a keeper or the guard, ends the wait, and comes again; who
	# ends after having been looked at, and before the wait, keeps it from beginning.
	trap 'woken=1' CHLD
	look_at_all
	post_guard
	exec 6<&-
	while [ "$stop" -eq 0 ] && heal_all && alive; do
		# It outlives a killed main, whose end is seen by that of these.
		sleep "$pause" 5>&- 7>&- &
		sleeper=$! woken=0
		for name in $all; do tend "$name"; done
		lives "$guard" || {
			exec 6<"$run/life"
			post_guard
			exec 6<&-
		}
		[ "$stop" -gt 0 ] || [ "$woken" -eq 1 ] || wait "$sleeper"
		kill "$sleeper" 2>/dev/null
		wait "$sleeper" # its end wakes nobody later
		tell
	done
	trap - CHLD
	finish
}

# finish: what reads first, then what waits, as long as it moves on.
finish() {
	say "ends: reading stops, what was read is delivered"
	end view.in
	# shellcheck disable=SC2086 # names
	end $ins
	left=$((settle_s * 5)) idle=0 before=-1 waiting=1
	while [ $((left -= 1)) -gt 0 ]; do
		look_at_all
		# shellcheck disable=SC2086
		sum $queues >/dev/null
		[ "$waiting" -gt 0 ] || break
		[ "$delivered" -ne "$before" ] || idle=$((idle + 1))
		[ "$idle" -lt 10 ] || break # the target takes nothing
		before=$delivered
		sleep 0.2
	done
	# shellcheck disable=SC2086
	end $outs
	exec 7>&-
	wait "$guard"
	end_all # the guard may have been killed, and a keeper before
	look_at_all
	# shellcheck disable=SC2086
	say "done: $(sum $queues)"
	status=0
	for name in $ins $outs; do
		! read -r status 2>/dev/null <"$run/$name.final" || break
	done
	rm -rf "$run"
	exit "${status:-0}"
}
