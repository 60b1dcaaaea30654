# SPDX-License-Identifier: MIT
# bundle -- what one sends to who is to find out what is wrong, without secrets.
#
# Needs check, control, doctor, graph, settings, status
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

last=20 # records of each queue

# hidden: values that may be secret, by their names and by their look.
hidden() {
	sed -E 's/("(telemetry-jwt-token|header|token-cmd|refresh-url)"[[:blank:]]*:[[:blank:]]*)(\[[^]]*\]|"([^"\\]|\\.)*")/\1"***"/g
		s#(://[^:@/"[:blank:]]*):[^@"[:blank:]]*@#\1:***@#g
		s/([Bb]earer[[:blank:]]+)[^"[:blank:]]+/\1***/g'
}

# bundle FILE: a tar of it, gzipped.
bundle() {
	case $1 in
	/*) file=$1 ;;
	*) file=$PWD/$1 ;;
	esac
	[ ! -e "$file" ] || die 64 "$1 is there already"
	dir=$(mktemp -d) || die 75 "unable to make a directory"
	trap 'rm -rf "$dir"' EXIT
	all=$dir/rx-bundle
	mkdir "$all" "$all/stats" "$all/pipelines" "$all/queues" || exit 74
	{ uname -a && date -u && rx-tail --version && rx-ship --version; } >"$all/host" 2>&1
	print_graph | hidden >"$all/graph"
	(doctor) 2>&1 | hidden >"$all/doctor"
	cp "$stats"/*.prom "$stats"/*.past "$all/stats" 2>/dev/null
	for one in $graphs; do
		name=${one%%:*}
		[ -z "$etc" ] || [ "$name" = view ] || hidden <"$etc/$name.json" >"$all/pipelines/$name.json"
		[ -e "$state/$name.db" ] || continue
		rx-spool stat "$state/$name.db" >"$all/queues/$name" 2>&1
		rx-spool query "$state/$name.db" "$name" 2>/dev/null | tail -n "$last" |
			rx-match -v -e '(?!)' --redact all | hidden >"$all/queues/$name.ndjson"
	done
	tar -C "$dir" -czf "$file" rx-bundle || die 74 "unable to write $1"
	say "$1 holds what is needed, secrets hidden; look before you send it"
}
