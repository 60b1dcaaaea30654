# control -- of the rx-agent run that works in this state: its end, and HUP to
# its tools.
#
# Needs check, graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

# running: is there an agent at work?
running() { [ -e "$state/agent.lock" ] && ! flock -n "$state/agent.lock" true 2>/dev/null; }

# at_work: its pid, in $pid; else the end.
at_work() {
	running || die 75 "no rx-agent works in $state"
	read -r pid 2>/dev/null <"$state/agent.run/pid" || die 75 "it is just starting or ending"
}

# stop: as Ctrl-C does, and wait for it.
stop() {
	at_work
	kill -TERM "$pid" || die 77 "unable to signal $pid"
	flock -w 60 "$state/agent.lock" true || die 75 "it goes on; its pid is $pid"
	say "it has ended"
}

# tools_of GROUP: the pids of its tools, the wrappers not among them.
tools_of() {
	for stat in /proc/[0-9]*/stat; do
		read -r line 2>/dev/null <"$stat" || continue
		case $line in
		*'(rx-'*) ;;
		*) continue ;;
		esac
		p=${line%% *} name=${line#*(}
		name=${name%)*}
		# shellcheck disable=SC2086 # fields, behind a name that may hold blanks
		set -- "$1" ${line##*) }
		[ "$4" != "$1" ] || [ "$name" = rx-agent ] || echo "$p"
	done
}

# reload: the configuration as it is now, if it is good; else nothing changes.
reload() {
	at_work
	(check) || {
		bad=$?
		say "all goes on as it was"
		exit "$bad"
	}
	for run in $(runs); do
		read -r group 2>/dev/null <"$state/agent.run/$run.group" || continue
		for p in $(tools_of "$group"); do
			kill -HUP "$p" 2>/dev/null
		done
	done
	say "every tool was told to read again"
}
