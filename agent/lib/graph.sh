# SPDX-License-Identifier: MIT
# graph -- the pipelines of this host, as their tools and as shell.
#
# A pipeline NAME is a file NAME.json with a section for each of its tools, or
# built in.  It is one run or two, joined by the queue NAME.db:
#
#	NAME.in    rx-tail | rx-match | rx-spool push      source to queue
#	NAME.out   rx-spool emit | rx-ship | rx-spool ack  queue to target
#
# The sections say which tools there are; their order is always
#
#	serve, tail or metrics, match, alert, push, ship
#
# (what begins with rx-serve, and its sinks: fan.sh).  Samples may go without
# "rx-spool push": there is no queue then, rx-ship ends the first run.  Logs may
# not: their positions are in the queue.
#
# Sets  graphs: NAME:STAGE,STAGE,... for each pipeline
#       all_graphs: those that only leaves out, too
#       bad: 78 where there is a file that is none
# Takes lenient: not empty, where that is no reason to be without the others
# Needs fan, settings
# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2154 # set in settings

# What make run has: the lines that matter, and what is wrong with the host.
built_in="error:tail,match,push,ship alert:metrics,alert,push,ship"

# sections NAME: the stages that a file has, in order; nothing: no pipeline.
sections() {
	found=$(rx-metrics -c "$etc/$1.json" --sections) || return
	list=
	order='serve tail metrics match alert spool_push ship'
	case $1 in
	*.*) order='alert match spool_push ship' ;; # what it found, and which
	esac
	for section in $order; do
		section=$(echo "$section" | tr _ ' ')
		! printf '%s\n' "$found" | grep -qx "rx-$section" ||
			list="$list${list:+,}${section#spool }"
	done
	other=$(printf '%s\n' "$found" | grep -vxE \
		'rx-(serve|tail|metrics|match|alert|spool push|ship)|spool|messaging')
	[ -z "$other" ] || [ -z "$list" ] || {
		say "$etc/$1.json: no tool reads \"$(printf '%s\n' "$other" | head -n 1)\""
		return 78
	}
	case $1:$list in
	*: | *:tail,*push,ship | *:metrics,*ship)
		case $1:$list in
		*.*:?*) ;;
		*) echo "$list" && return ;;
		esac
		;;
	esac
	fan_sections "$1" "$list" && echo "$list" && return
	case $1:$list in
	*.*) say "$etc/$1.json: a sink of ${1%%.*} goes, by rx-match, or by rx-alert and rx-spool push, to rx-ship" ;;
	*:tail,*ship) say "$etc/$1.json: what rx-tail reads goes by rx-spool push to rx-ship: without a queue what is written meanwhile would be lost" ;;
	*:serve*) say "$etc/$1.json: what takes events goes from rx-serve to rx-spool push" ;;
	*) say "$etc/$1.json: a pipeline goes from rx-tail or rx-metrics to rx-ship" ;;
	esac
	return 78
}

# spoil NAME: it cannot go, nor what it fans out to: a sink without its lane would be
# left out of what is stored meanwhile.
spoil() {
	bad=78
	spoilt="$spoilt${1%%.*} "
}

# find_graphs: all there are.  Those of $etc, unless RX_LOGS or RX_URL say what
# those built in are to do.
find_graphs() {
	graphs='' bad=0 spoilt=' '
	if [ -z "${RX_LOGS:-}${RX_URL:-}" ]; then
		for file in "$etc"/*.json; do
			[ -e "$file" ] || continue
			name=${file##*/} name=${name%.json}
			list=$(sections "$name") || spoil "$name"
			[ -n "$list" ] || continue
			case $name in
			*[!a-z0-9_.-]* | [.-]* | *. | view)
				say "$file: a pipeline cannot be called $name"
				spoil "$name"
				;;
			esac
			graphs="$graphs$name:$list "
		done
	fi
	# shellcheck disable=SC2034 # for fan
	all_graphs=$graphs
	for each in $graphs; do
		name=${each%%:*}
		case $each in
		*.*:*)
			stages_of "${name%%.*}" && ! has ship && has serve && has push && continue
			say "$etc/$name.json: there is no ${name%%.*} with rx-serve that it could be a sink of"
			spoil "$name"
			;;
		*:serve,push | *:serve,match,push)
			[ -z "$(sinks "$name")" ] || continue
			say "$etc/$name.json: it has neither rx-ship nor a sink, $name.SINK.json"
			spoil "$name"
			;;
		esac
	done
	[ "$bad" -eq 0 ] || sound_ones
	if [ -z "$graphs" ]; then
		etc=
		graphs="$built_in "
	fi
	[ "$port" = off ] || graphs="${graphs}view:serve"
}

# sound_ones: who can go on with them does.
sound_ones() {
	[ -n "${lenient:-}" ] || exit "$bad"
	sound=
	for each in $graphs; do
		name=${each%%:*}
		case $spoilt in
		*" ${name%%.*} "*) ;;
		*) sound="$sound$each " ;;
		esac
	done
	graphs=$sound
	[ -n "$graphs" ] || exit "$bad"
}

# only NAME...: these of them.
only() {
	[ $# -gt 0 ] || return 0
	some=
	for name; do
		stages_of "$name" || die 64 "there is no pipeline $name"
		some="$some$name:$stages "
	done
	graphs=$some
}

# stages_of NAME: sets stages, separated by commas.
stages_of() {
	for one in $graphs; do
		stages=${one#*:}
		[ "${one%%:*}" != "$1" ] || return 0
	done
	stages=
	return 1
}
has() {
	case ,$stages, in
	*,$1,*) return 0 ;;
	esac
	return 1
}

# queues: the pipelines that have one.  runs: all, the ends last.
queues() {
	for one in $graphs; do
		case $one in
		*,push | *,push,*) echo "${one%%:*}" ;;
		esac
	done
}
runs() {
	for one in $graphs; do
		case $one in
		*.*:alert,*) echo "${one%%:*}.in" ;;
		*.*:*) echo "${one%%:*}.out" ;;
		*) echo "${one%%:*}.in" ;;
		esac
	done
	for one in $(queues); do echo "$one.out"; done
}

# run_stages RUN: what it consists of.
run_stages() {
	kind_of "${1%.*}"
	if [ "$kind" != tap ]; then
		match=
		! has match || match=match
		fan_stages "$1"
		return
	fi
	case $1 in
	*.out) echo emit ship ack ;;
	*)
		case $stages in
		*,push,*) stages=${stages%,ship} ;;
		esac
		printf '%s\n' "$stages" | tr , ' '
		;;
	esac
}
# tool_of STAGE: as its wrapper and its messages call it.
tool_of() {
	case $1 in
	push | emit | ack) echo "rx-spool $1" ;;
	copy) echo 'rx-spool push' ;;
	feed) echo 'rx-spool emit' ;;
	pass) echo rx-ship ;;
	*) echo "rx-$1" ;;
	esac
}
head_of() {
	for stage in $(run_stages "$1"); do
		tool_of "$stage"
		return
	done
}

# own OPTION NAME: its configuration, where it has one.
own() { [ -z "$etc" ] || quote "$1" "$etc/$2.json"; }

# The patterns that are built in, as operands.
patterns() (
	set -f
	# shellcheck disable=SC2086 # patterns, split at blanks
	quote $logs
)

# command_of NAME STAGE: one stage as shell.
command_of() {
	kind_of "$1"
	line=$([ "$kind" = tap ] || fan_command "$1" "$2")
	if [ -n "$line" ]; then
		printf '%s' "$line"
		return
	fi
	count=$(quote --stats "$stats/$1.$2.prom")
	queue=$(quote "$state/$1.db" "$1")
	case $2 in
	tail)
		printf '%s' "rx-tail$(own -c "$1")$count" \
			" --resume$(quote "$claims/$1.claim")"
		[ -n "$etc" ] || printf '%s' " --max-files 1000$(patterns)"
		;;
	match)
		printf '%s' "rx-match$(own --config "$1")$count"
		[ -n "$etc" ] || printf ' --format classic'
		;;
	metrics)
		printf '%s' "rx-metrics$(own -c "$1")$count"
		! has alert || quote --self "$stats"
		;;
	alert)
		printf '%s' "rx-alert$(own -c "$1")$count" \
			"$(quote --state "$state/$1.state")"
		;;
	push)
		bounds=$(own -c "$1")
		[ -n "$bounds" ] || [ -z "$config" ] || bounds=$(quote -c "$config")
		printf '%s' "rx-spool push$bounds$count"
		has tail || printf ' --unmarked'
		[ -n "$etc" ] || ! has match || printf ' --priority severity'
		printf '%s' "$queue"
		;;
	emit) printf '%s' "rx-spool emit$count$queue" ;;
	ship)
		printf '%s' "rx-ship$(own -c "$1")$count"
		target "$1"
		;;
	ack) printf '%s' "rx-spool ack$count$(quote "$state/$1.db")" ;;
	serve) view ;;
	esac
}

# target NAME: what holds a password stays in a file, or in the environment,
# out of ps.
target() {
	if [ -n "$etc" ]; then
		[ ! -e "$etc/$1.url" ] || quote --url-file "$etc/$1.url"
		[ ! -e "$etc/$1.token" ] || quote --token-file "$etc/$1.token"
	elif [ "$1" = alert ]; then
		quote "file:$state/alerts.ndjson"
	elif [ "$shown" = "$url" ]; then
		quote "$url"
	fi
}

# view: the lines that matter, live, of the first pipeline that follows logs.
view() {
	# 8754 has 8755 and 8756 for WebSockets beside it; another, any.
	ws='8755 --telemetry-ws-port 8756'
	[ "$port" = 8754 ] || ws='0 --telemetry-ws-port 0'
	[ -z "${RX_WS_PORTS:-}" ] ||
		ws="${RX_WS_PORTS% *} --telemetry-ws-port ${RX_WS_PORTS#* }"
	a=
	[ ! -s "$tokens" ] || a=" --auth$(quote "$tokens")"
	watched="rx-tail --max-files 1000 -n 10$(patterns)"
	match='rx-match -k'
	for one in ${etc:+$graphs}; do
		case $one in
		*:tail,*)
			watched="rx-tail$(own -c "${one%%:*}") -n 10"
			break
			;;
		esac
	done
	if [ -z "$etc" ]; then
		watched="$watched$(quote "alert=$state/alerts.ndjson")"
		match="$match -e '\"alert_type\"'"
	fi
	printf '%s' "rx-serve --control-port $port --ws-port $ws$a" \
		" --stages$(quote "$stats") --telemetry rx-metrics" \
		" --logs$(quote "$watched | $match")"
}

# graph RUN [WRAPPER]: a run as shell, WRAPPER before each stage.
graph() {
	bar=
	for stage in $(run_stages "$1"); do
		printf '%s%s%s' "$bar" "${2:+$2 }" "$(command_of "${1%.*}" "$stage")"
		bar=' |
	'
	done
}

# claim NAME: how its positions come to rx-tail.
claim() {
	printf '%s' "rx-spool claim$(quote "$state/$1.db" "$1")" \
		" >$(quote "$claims/$1.claim")"
}

print_graph() {
	[ -z "$bin" ] || printf 'PATH=%s:$PATH\n' "$(quote "$bin" | cut -c2-)"
	printf 'export RX_STATE_DIR=%s\n' "$(quote "$state" | cut -c2-)"
	printf 'mkdir -p%s\n' "$(quote "$stats")"
	[ -n "$etc" ] || [ "$shown" = "$url" ] ||
		printf ': "${RX_URL:?}" && export RX_URL\n'
	end=
	for run in $(runs); do
		printf '%s' "$end"
		case $(run_stages "$run") in
		tail*) printf '%s\n' "$(claim "${run%.*}")" ;;
		esac
		graph "$run"
		end=' &
'
	done
	echo
}
