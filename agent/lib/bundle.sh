# SPDX-License-Identifier: MIT
# bundle -- what one sends to who is to find out what is wrong, without secrets.
#
# Needs check, control, doctor, graph, settings, status
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

last=20 # records of each queue

# hidden: values that may be secret, by their names and by their look.
hidden() {
	sed -zE 's/("([a-z-]*(token|password|secret|cmd)|header|refresh-url)"[[:space:]]*:[[:space:]]*)(\[([^]"]|"([^"\\]|\\.)*")*\]|"([^"\\]|\\.)*")/\1"***"/g
		s#://[^"[:space:]]*@#://***@#g
		s/([?&][a-z_-]*(key|token|password|secret|sig|signature|auth)=)[^&"[:space:]]*/\1***/Ig
		s/(bearer[[:blank:]]+)[^"[:space:]]+/\1***/Ig'
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
	for each in "$stats"/*.prom "$stats"/*.past; do
		[ ! -f "$each" ] || as_owner cat "$each" >"$all/stats/${each##*/}"
	done
	for one in $graphs; do
		name=${one%%:*}
		[ -z "$etc" ] || [ "$name" = view ] || hidden <"$etc/$name.json" >"$all/pipelines/$name.json"
		[ -e "$state/$name.db" ] || continue
		as_owner rx-spool stat "$state/$name.db" >"$all/queues/$name" 2>&1
		as_owner rx-spool query "$state/$name.db" "$name" 2>/dev/null | tail -n "$last" |
			rx-match -v -e '(?!)' --redact all | hidden >"$all/queues/$name.ndjson"
	done
	tar -C "$dir" -czf "$file" rx-bundle || die 74 "unable to write $1"
	say "$1 holds what is needed, secrets hidden; look before you send it"
}
