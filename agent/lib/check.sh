# SPDX-License-Identifier: MIT
# check -- whether the graph would start, as far as its tools can tell.
#
# Needs graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # to and from settings and graph

# probe TOOL...: whether this stage would start, as who would start it; its place in
# a pipeline is kept, so that graph tells what there is to be asked.  Logs and
# secrets are what a unit is given beside.
probe() {
	as=as_owner
	case $1 in
	rx-tail | rx-ship | rx-serve) as= ;;
	esac
	case $1 in
	rx-spool)
		verb=$2
		shift 2
		set -- rx-spool "$verb" --check "$@"
		;;
	*)
		tool=$1
		[ "$tool$net" != rx-ship--net ] || set -- "$@" --net
		shift
		set -- "$tool" --check "$@"
		;;
	esac
	$as "$@" </dev/null >/dev/null || echo $? >&8
}

# check [--net]: what run would meet, as far as its tools can tell, all of it at once;
# and the bounds of the configuration, which hold together or not (R-15).  The
# first that would not start gives the status.  With --net, the targets are asked, too.
check() {
	net=${1:-}
	place=$state
	while [ -n "$place" ] && [ ! -e "$place" ]; do place=${place%/*}; done
	[ -w "${place:-/}" ] || die 77 "unable to write in ${place:-/}"
	# What run makes is not there yet; a queue is asked if it is.
	scratch=$(mktemp -d) || die 75 "unable to make a directory"
	trap 'rm -rf "$scratch"' EXIT
	mkdir "$scratch/stats" || exit 75
	[ "$(id -u)" -ne 0 ] || chown -R "${owner:-0}" "$scratch"
	stats=$scratch/stats claims=$scratch was=$state worst=0
	[ -n "$etc" ] || (no_circle) || worst=$?
	for one in ${etc:+$graphs}; do
		file=$etc/${one%%:*}.json
		[ ! -e "$file" ] || as_owner test -r "$file" || {
			say "$file: who runs it may not read it: chgrp rx, chmod 640"
			worst=77
		}
	done
	for run in $(runs); do
		: >"$scratch/${run%.*}.claim"
		stand_in "${run%.*}"
		for status in $({ eval "$(graph "$run" probe)"; } 8>&1 >/dev/null); do
			[ "$worst" -ne 0 ] || worst=$status
		done
	done
	[ "$worst" -eq 0 ] || exit "$worst"
	say "it would start${etc:+; $etc is good}${config:+; $config is good}"
}

# stand_in NAME: the state in which its queue is to be asked for.
stand_in() {
	state=$scratch
	[ ! -e "$was/$1.db" ] || state=$was
	[ -n "${RX_URL:-}" ] || url=file:$scratch/delivered.ndjson shown=$url
}
