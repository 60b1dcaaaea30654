# SPDX-License-Identifier: MIT
# units -- the graph as units of systemd: what the templates of agent/systemd
# do not know, as drop-ins that rx-generator writes at each daemon-reload.
#
#	rx-in@NAME.target   upholds the stages of the run NAME.in, and its pipes
#	rx-out@NAME.target  those of NAME.out
#
# The stages of a run bind one another, so that they end together, and their
# target starts what has ended.  Each run begins with new pipes.
#
# Needs fan, graph, pipeline, settings
# shellcheck shell=sh
# shellcheck disable=SC2016 # what is in single quotes is for another shell
# shellcheck disable=SC2034,SC2154 # to and from settings and fan

pipes_in=/run/rx

# unit_of RUN STAGE, and of its target and its pipes
unit_of() { echo "rx-$2@${1%.*}.service"; }
target_of() { echo "rx-${1##*.}@${1%.*}.target"; }
pipes_of() { echo "rx-${1##*.}-pipes@${1%.*}.service"; }

# drop_in UNIT: from standard input
drop_in() {
	mkdir -p "$out/$1.d" && cat >"$out/$1.d/run.conf"
}

# others RUN STAGE: the units that go with it
others() {
	pipes_of "$1"
	for stage in $(run_stages "$1"); do
		[ "$stage" = "$2" ] || unit_of "$1" "$stage"
	done
}
words() { tr '\n' ' ' | sed 's/ $//'; }

# final TARGET: what no start mends stops the run for good.
final() {
	echo "ExecStopPost=+/bin/sh -c 'case \$\$EXIT_STATUS in 64|65|78) exec systemctl stop --no-block $1;; esac'"
}

# stage_unit RUN STAGE BEFORE AFTER: its neighbours, its pipes, its end.
stage_unit() {
	target=$(target_of "$1")
	cat <<-EOF
		[Unit]
		BindsTo=$(others "$1" "$2" | words)
		After=$(pipes_of "$1")
		PartOf=$target
		[Service]
	EOF
	final "$target"
	[ -z "$3" ] || echo "StandardInput=file:$pipes_in/$1/$3.$2"
	[ -z "$4" ] || echo "StandardOutput=file:$pipes_in/$1/$2.$4"
	fan_unit "${1%.*}" "$2"
	stages_of "${1%.*}"
	case $2 in
	push) has tail || echo 'Environment=UNMARKED=--unmarked' ;;
	metrics) ! has alert || echo "Environment=SELF=--self=$stats" ;;
	ship)
		secret URL url "${1%.*}"
		secret TOKEN token "${1%.*}"
		;;
	esac
}

# fan_unit NAME STAGE: what begins with rx-serve has lanes and neighbours that no
# template knows; what takes events stores them, and reads no logs.
fan_unit() {
	kind_of "$1"
	[ "$kind" != tap ] || return 0
	[ "$kind:$stages" != serve:serve ] || return 0
	line=$(fan_command "$1" "$2" | sed 's/[%$]/&&/g')
	[ -z "$line" ] || printf 'ExecStart=\nExecStart=%s\n' "$line"
	[ "$kind.$2" != serve.serve ] || cat <<-EOF
		SupplementaryGroups=
		TemporaryFileSystem=
		BindReadOnlyPaths=
		StateDirectory=rx
		StateDirectoryMode=0700
		InaccessiblePaths=-/var/log -/run/log
	EOF
}

# secret VARIABLE WORD NAME: what only this unit is given.
secret() {
	[ -e "$etc/$3.$2" ] || return 0
	echo "LoadCredential=$2:$etc/$3.$2"
	echo "Environment=$1=--$2-file=%d/$2"
}

# units DIRECTORY: as systemd.generator(7) wants them.
units() {
	out=$1
	[ -n "$etc" ] || return 0
	state=/var/lib/rx stats=/var/lib/rx/stats
	for run in $(runs); do
		[ "$run" != view.in ] || continue
		target=$(target_of "$run")
		mkdir -p "$out/rx.target.wants" &&
			ln -sf "../rx-${run##*.}@.target" "$out/rx.target.wants/$target" || exit 74
		printf '[Unit]\nUpholds=%s\n' "$(others "$run" '' | words)" |
			drop_in "$target" || exit 74
		{
			printf '[Unit]\nPartOf=%s\nBindsTo=%s\n' "$target" \
				"$(others "$run" '' | sed 1d | words)"
			printf '[Service]\n'
			final "$target"
		} | drop_in "$(pipes_of "$run")" || exit 74
		before=''
		# shellcheck disable=SC2046 # words
		set -- $(run_stages "$run")
		while [ $# -gt 0 ]; do
			stage_unit "$run" "$1" "$before" "${2:-}" |
				drop_in "$(unit_of "$run" "$1")" || exit 74
			before=$1
			shift
		done
	done
	return "$bad"
}

# pipes RUN: what its stages are joined by, new; and where rx-tail is to go on.
# The pause keeps a run that fails at once from being given up by systemd, which
# starts a unit sixteen times in ten seconds and never again.
pipes() {
	umask 077
	fold "$1"
	cd "$pipes_in/$1" || exit 74
	before=
	for stage in $(run_stages "$1"); do
		[ -z "$before" ] || mkfifo "$before.$stage" || exit 74
		before=$stage
	done
	sleep 1
	case $(run_stages "$1") in
	tail*) eval "exec $(claim "${1%.*}")" ;;
	esac
}
