# SPDX-License-Identifier: MIT
# settings -- where things are: the state, the pipelines, the tools.
#
# Sets  state owner claims stats etc pipelines config logs url shown port tokens bin
# Needs say, die
# shellcheck shell=sh
# shellcheck disable=SC2154 # self, by rx-agent
# shellcheck disable=SC2034 # what is set here is for the others

# quote WORD...: the words as shell, in quotes where they need them.
quote() {
	for word; do
		case $word in
		'' | *[!A-Za-z0-9_./:=@%+,-]*)
			printf " '"
			printf '%s' "$word" | sed "s/'/'\\\\''/g"
			printf "'"
			;;
		*) printf ' %s' "$word" ;;
		esac
	done
}

# A state directory, as nodeid.h has it, RX_STATE first.
find_state() {
	if [ -n "${RX_STATE:-}" ]; then
		state=$RX_STATE
	elif [ -n "${RX_STATE_DIR:-${STATE_DIRECTORY:-}}" ]; then
		state=${RX_STATE_DIR:-$STATE_DIRECTORY}
	elif [ "$(id -u)" -eq 0 ]; then
		state=/var/lib/rx
	elif [ -n "${XDG_STATE_HOME:-}" ]; then
		state=$XDG_STATE_HOME/rx
	elif [ -n "${HOME:-}" ]; then
		state=$HOME/.local/state/rx
	else
		die 78 "neither RX_STATE nor HOME names a place for the state"
	fi
	case $state in
	/*) ;;
	*) state=$PWD/$state ;;
	esac
	export RX_STATE_DIR="$state"
	owner=$(stat -c %u "$state" 2>/dev/null)
	owner_group=$(stat -c %g "$state" 2>/dev/null)
	claims=$state
	stats=$state/stats
	tokens=$state/tokens.json
}

# as_owner COMMAND...: in the state, as whose it is: there root would follow a link
# to anywhere, and leave files that the units cannot open.
as_owner() {
	if [ "$(id -u)" -ne 0 ] || [ "${owner:-0}" -eq 0 ]; then
		"$@"
	else
		setpriv --reuid="$owner" --regid="$owner_group" --clear-groups "$@"
	fi
}

# What the pipelines that are built in watch, and where they deliver.
find_logs() {
	logs=${RX_LOGS:-}
	if [ -z "$logs" ]; then
		for file in /var/log/syslog /var/log/messages; do
			[ ! -f "$file" ] || logs="$logs$file "
		done
		logs="$logs/var/log/**/*.log"
	fi
	url=${RX_URL:-file:$state/delivered.ndjson}
	# A password may hold anything: it ends at the last @.
	shown=$(printf '%s\n' "$url" | sed 's|\(://[^:/]*\):.*@|\1:***@|')
}

# feeds PATH: would what is written there be read back (T-10)?  Rather too
# careful: for case, * crosses a slash.
feeds() (
	set -f
	for p in $logs; do
		# shellcheck disable=SC2254 # patterns, the second without **/
		case $1 in
		$p | ${p%%\*\**}${p#*\*\*/}) exit 0 ;;
		esac
	done
	exit 1
)

# no_circle: of the pipelines that are built in.
no_circle() {
	for p in "$state/error.db" "$state/alerts.ndjson" "${url#file:}"; do
		! feeds "$p" || die 78 "$p would be read back:" \
			"choose other RX_LOGS or RX_STATE"
	done
}

# settings_of_run: of an agent that was started with arguments, for who asks it.
settings_of_run() {
	[ -z "${RX_PIPELINES:-}${RX_LOGS:-}${RX_URL:-}" ] &&
		[ -r "$state/agent.run/arguments" ] || return 0
	etc=$state/pipelines
	[ -n "${RX_DASHBOARD:-}" ] || read -r port <"$state/agent.run/arguments"
}

settings() {
	find_state
	find_logs
	etc=${RX_PIPELINES:-/etc/rx}
	pipelines=${real%/*}/pipelines
	[ -d "$pipelines" ] || pipelines=${real%/*/*}/share/rx/pipelines
	config=${RX_CONFIG:-}
	[ -n "$config" ] || [ ! -e /etc/rx/agent.json ] ||
		config=/etc/rx/agent.json
	port=${RX_DASHBOARD:-8754}
	case $port in
	off) ;;
	'' | *[!0-9]*) die 78 "RX_DASHBOARD is a port or off, not $port" ;;
	esac
	case $command in
	run | -n | check) ;;
	*) settings_of_run ;;
	esac
}

# The tools are in RX_BIN, beside this script, in the build of its tree, or on
# the PATH.
find_tools() {
	bin=
	for dir in "${RX_BIN:-}" "${self%/*}" "${real%/*/*}/build"; do
		[ -z "$bin" ] && [ -x "$dir/rx-spool" ] && bin=$dir
	done
	[ -z "$bin" ] || PATH=$bin:$PATH
	for tool in tail match spool ship metrics alert serve; do
		command -v "rx-$tool" >/dev/null ||
			die 78 "rx-$tool is not installed; RX_BIN=DIR tells where it is"
	done
}
