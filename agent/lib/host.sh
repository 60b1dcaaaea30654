# SPDX-License-Identifier: MIT
# host -- writes the pipelines of a host, as the arguments of rx's predecessors
# describe it: for the installer, and for rx-agent run with those arguments.
#
# Takes  log_files, one a line; api_url, info_url, token, amqp_url (may be empty),
#        telemetry_s, heartbeat_s; group: who may read what is no secret, or nothing
# Needs  say, die; pipelines: the directory of those that come with rx
# shellcheck shell=sh
# shellcheck disable=SC2154 # taken

# as_json TEXT: a JSON string.
as_json() {
	printf '"'
	printf '%s' "$1" | sed 's/[\\"]/\\&/g; s/	/\\t/g'
	printf '"'
}

# seconds NAME VALUE LEAST MOST: a number of them, or 78.
seconds() {
	case $2 in
	'' | *[!0-9]* | ??????*) die 78 "$1 is a number of seconds, not $2" ;;
	esac
	if [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
		die 78 "$1 is a number of seconds from $3 to $4, not $2"
	fi
}

# bearer TEXT: the token alone; who had it with its scheme is understood (T-7).
bearer() {
	printf '%s\n' "$1" | sed 's/^[Bb][Ee][Aa][Rr][Ee][Rr][[:blank:]]*//; s/[[:blank:]]*$//'
}

# refreshing: a pipeline, from standard input, that renews its token at the backend,
# where there is one to renew (R-70).
refreshing() {
	base=${api_url%/}
	case $base in
	*/api) base=${base%/api} ;;
	*/api/*) base=${base%/api/*} ;;
	esac
	[ -n "$token" ] || {
		cat
		return
	}
	# as JSON, and as sed takes it
	place=$(as_json "$base/api/auth/refresh" | sed 's/[&|\\]/\\&/g')
	sed '/"rx-ship"/,$ s|^\( *\)"preset": .*|&,\
\1"refresh-url": '"$place"'|'
}

# put FILE MODE: from standard input, whole or not at all; what is there already
# stays: it may have been edited.  At the end of a pipe its end is of a subshell
# only: || exit.
put() {
	if [ -e "$1" ]; then
		say "$1 is there already: it stays"
		cat >/dev/null
		return 0
	fi
	(
		umask 077
		cat >"$1.new" && [ -s "$1.new" ] && chmod "$2" "$1.new" || exit
		[ "$2" != 640 ] || [ -z "${group:-}" ] || chgrp "$group" "$1.new" || exit
		mv "$1.new" "$1"
	) || die 74 "unable to write $1"
}

# host_files DIRECTORY: the pipelines and their secrets, there.
host_files() {
	seconds --telemetry-interval "$telemetry_s" 1 3600
	seconds --heartbeat-interval "$heartbeat_s" 1 3600
	printf '{\n  "rx-tail": {\n    "log-file": [%s],\n    "max-files": 100\n  },\n%s\n' \
		"$(printf '%s\n' "$log_files" | {
			comma=
			while IFS= read -r file; do
				printf '%s' "$comma"
				as_json "$file"
				comma=', '
			done
		})" \
		"$(sed '1,/^  },/d' "$pipelines/host/error.json")" |
		put "$1/error.json" 640 || exit
	[ -z "$amqp_url" ] || printf '%s\n' "$amqp_url" | put "$1/error.url" 600 || exit
	[ -n "$api_url" ] || return 0
	sed 's/"60s"/"'"$telemetry_s"'s"/' "$pipelines/host/telemetry.json" | refreshing |
		put "$1/telemetry.json" 640 || exit
	sed 's/"30s"/"'"$heartbeat_s"'s"/' "$pipelines/host/heartbeat.json" | refreshing |
		put "$1/heartbeat.json" 640 || exit
	refreshing <"$pipelines/host/alert.json" | put "$1/alert.json" 640 || exit
	for name in telemetry heartbeat alert; do
		printf '%s\n' "$api_url" | put "$1/$name.url" 600 || exit
		[ -z "$token" ] || bearer "$token" | put "$1/$name.token" 600 || exit
	done
}
