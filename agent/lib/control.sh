# SPDX-License-Identifier: MIT
# control -- of the rx-agent run that works in this state: its end, and HUP to
# its tools.
#
# Needs check, graph, settings, units
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

# running: is there an agent at work?
running() { [ -e "$state/agent.lock" ] && ! flock -n "$state/agent.lock" true 2>/dev/null; }

# by_units: is it systemd that runs pipelines?
by_units() { ! running && systemctl -q is-active rx.target 'rx-*@*.service' 2>/dev/null; }

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

# sum_of NAME: of what its stages were started with.
sum_of() { cat "$etc/$1.json" "$etc/$1.url" 2>/dev/null | cksum; }

# note_start: for reload, what the run that starts is made of.
note_start() {
	[ -n "$etc" ] || return 0
	[ "$etc" != "$state/pipelines" ] || echo "$port" >"$run/arguments"
	for one in $graphs; do
		echo "${one#*:}" >"$run/${one%%:*}.stages"
		sum_of "${one%%:*}" >"$run/${one%%:*}.sum"
	done
}

# to_tools SIGNAL RUN [HEAD]: to all of them, or to the one that reads first.
to_tools() {
	read -r group 2>/dev/null <"$state/agent.run/$2.group" && [ -n "$group" ] || return 0
	for p in $(tools_of "$group"); do
		case $(tr '\0' ' ' 2>/dev/null <"/proc/$p/cmdline") in
		"${3:-}"*) kill -s "$1" "$p" 2>/dev/null ;;
		esac
	done
}

# renew NAME: read again what can be, or start anew what was changed.
renew() {
	past=$state/agent.run/$1
	stages_of "$1"
	if [ -n "$etc" ] && [ ! -e "$past.stages" ]; then
		say "$1 was not started: it counts from the next start"
	elif [ -n "$etc" ] && [ "$stages" != "$(cat "$past.stages" 2>/dev/null)" ]; then
		say "$1 has other stages now: they count from the next start"
	elif [ -n "$etc" ] && [ "$(sum_of "$1")" != "$(cat "$past.sum" 2>/dev/null)" ]; then
		sum_of "$1" >"$past.sum"
		for half in in out; do to_tools TERM "$1.$half" "$(head_of "$1.$half")"; done
		say "$1 was changed: it starts anew"
	else
		for half in in out; do to_tools HUP "$1.$half"; done
	fi
}

# stage_units: of all stages; their pipes have nothing to read again.
stage_units() {
	for run in $(runs); do
		[ "$run" = view.in ] || for stage in $(run_stages "$run"); do
			unit_of "$run" "$stage"
		done
	done
}

# reload: the configuration as it is now, if it is good; else nothing changes.  A
# pipeline that was changed starts anew, what is at work of others goes on, and
# reads its rules, tokens and certificates again.
reload() {
	units=
	! by_units || units=1
	[ -n "$units" ] || at_work
	(check) || {
		bad=$?
		say "all goes on as it was"
		exit "$bad"
	}
	if [ -n "$units" ]; then
		# shellcheck disable=SC2046 # units
		systemctl try-reload-or-restart $(stage_units) || die 75 "systemd did not"
	else
		for one in $graphs; do renew "${one%%:*}"; done
	fi
	say "every tool was told to read again"
}
