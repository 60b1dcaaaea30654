# SPDX-License-Identifier: MIT
# fan -- pipelines that begin with rx-serve, and the sinks they fan out to.
#
# A file NAME.json with a section for rx-serve takes events by POST /log.  A file
# NAME.SINK.json beside it is a sink, with a lane SINK of its own in NAME.db:
#
#	NAME.in        rx-serve, with rx-spool push as its --durable: lane NAME
#	NAME.out       emit | match | push --also | ack     lane NAME to all lanes
#	NAME.SINK.out  emit | match | ship | ack            lane SINK to its target
#
# A sink that judges, with rx-alert, has a queue for what it finds:
#
#	NAME.SINK.in   emit | ship to the pipe | alert | match | push
#	NAME.SINK.out  emit | ship | ack
#
# What is stored in one lane is stored in all of them, in one transaction, before
# it leaves the lane NAME.  The sink "archive" is the first lane: what was
# delivered there is kept, for /v1/signals.
#
# Needs graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

# kind_of NAME: sets kind, tap (tail or metrics first), serve, sink or judge.
kind_of() {
	stages_of "$1" || :
	case $1:,$stages, in
	view:*) kind=tap ;; # graph.sh has it
	*.*:*,alert,*) kind=judge ;;
	*.*:*) kind=sink ;;
	*:,serve,*) kind=serve ;;
	*) kind=tap ;;
	esac
}

# sinks NAME: their names, the archive first.
sinks() {
	found=
	for one in $all_graphs; do
		case $one in
		"$1.archive":*) found="archive $found" ;;
		"$1".*) one=${one%%:*} && found="$found${one#*.} " ;;
		esac
	done
	echo "$found"
}

# feed_of NAME: the queue that a sink reads, and its lane, quoted.
feed_of() { quote "$state/${1%%.*}.db" "${1#*.}"; }

# fan_sections NAME LIST: whether such a pipeline has the stages it needs.
fan_sections() {
	case $1:$2 in
	*.*.*) ;;
	*.*:ship | *.*:match,ship | *.*:alert,push,ship | *.*:alert,match,push,ship) return 0 ;;
	*.*) ;;
	*:serve | *:serve,push | *:serve,match,push | *:serve,push,ship | *:serve,match,push,ship) return 0 ;;
	esac
	return 1
}

# fan_stages RUN: as run_stages, of serve, sink and judge.
fan_stages() {
	case $kind.${1##*.}:$stages in
	serve.in:*) echo serve ;;
	serve.out:*ship) echo "emit${match:+ match} ship ack" ;;
	serve.out:*) echo "emit${match:+ match} copy ack" ;;
	sink.*) echo "emit${match:+ match} ship ack" ;;
	judge.in:*) echo "feed pass alert${match:+ match} push" ;;
	judge.out:*) echo 'emit ship ack' ;;
	esac
}

# durable NAME: what stores the events that rx-serve takes.
durable() {
	printf '%s' "rx-spool push$(own -c "$1")$(quote --stats "$stats/$1.push.prom")" \
		" --unmarked --outcomes --id id --keep 0$(quote "$state/$1.db" "$1")"
}

# history NAME: what rx-serve answers of this pipeline.
history() {
	set -- "$1" "$(sinks "$1")"
	lane=$1
	case " $2" in
	*' archive '*) lane=archive ;;
	esac
	quote --history "signals=$state/$1.db,$lane"
	case " $2" in
	*' anomaly '*) quote --history "anomalies=$state/$1.anomaly.db,$1.anomaly" ;;
	esac
}

# fan_command NAME STAGE: one stage of serve, sink or judge as shell, or nothing
# if it is as of any other pipeline.
fan_command() {
	case $kind.$2 in
	serve.serve)
		printf '%s' "rx-serve$(own -c "$1")$(quote --stages "$stats")"
		! has push || printf '%s' "$(history "$1") --durable$(quote "$(durable "$1")")"
		;;
	serve.copy)
		# shellcheck disable=SC2046 # lanes, as words
		set -- "$1" $(sinks "$1")
		[ $# -gt 1 ] || set -- "$1" archive
		printf '%s' "rx-spool push$(own -c "$1")$(quote --stats "$stats/$1.copy.prom")" \
			' --unmarked --outcomes --id id'
		db=$state/$1.db first=$2
		shift 2
		for lane; do quote --also "$lane"; done
		quote "$db" "$first"
		;;
	judge.feed) printf '%s' "rx-spool emit$(quote --stats "$stats/$1.feed.prom")$(feed_of "$1")" ;;
	judge.pass) printf '%s' "rx-ship$(quote --stats "$stats/$1.pass.prom" --ack "$state/${1%%.*}.db") file:-" ;;
	judge.push)
		printf '%s' "rx-spool push$(own -c "$1")$(quote --stats "$stats/$1.push.prom")" \
			" --unmarked --id id$(quote "$state/$1.db" "$1")"
		;;
	sink.emit) printf '%s' "rx-spool emit$(quote --stats "$stats/$1.emit.prom")$(feed_of "$1")" ;;
	sink.ack) printf '%s' "rx-spool ack$(quote --stats "$stats/$1.ack.prom" "$state/${1%%.*}.db")" ;;
	esac
}
