# SPDX-License-Identifier: MIT
# look -- what a stage would write now, whether rules do what their fixtures
# say, and the way into a live view.
#
# Needs graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2034,SC2154 # to and from the others

# tap NAME.STAGE: a second reading of the sources, up to this stage.  It has no
# positions and no queue, and disturbs nothing.
tap() {
	name=${1%.*} until=${1##*.}
	stages_of "$name" || die 64 "there is no pipeline $name"
	kind_of "$name"
	[ "$kind:$until" = "tap:$until" ] || [ "$until" = push ] ||
		die 64 "$name takes events: what they become is in its queue, rx-agent tap $name.push"
	case $until in
	tail | match | metrics | alert) has "$until" || die 64 "$name has no $until" ;;
	push)
		has push || die 64 "$name has no queue"
		as_owner rx-spool query "$state/$name.db" "$name"
		exit
		;;
	*) die 64 "tap NAME.STAGE: a stage is tail, match, metrics, alert or push" ;;
	esac
	bar='' line=
	for stage in $(run_stages "$name.in"); do
		line="$line$bar$(tapped "$name" "$stage")" bar=' | '
		[ "$stage" != "$until" ] || break
	done
	# Whoever ends this shell ends the last stage, and the others notice that
	# their reader left.
	eval "$line &"
	last=$!
	trap 'kill "$last" 2>/dev/null' INT TERM HUP
	wait "$last"
}

# tapped NAME STAGE: without what it keeps.
tapped() {
	case $2 in
	tail) printf '%s' "rx-tail$(own -c "$1") -n 10$([ -n "$etc" ] || echo " --max-files 1000$(patterns)")" ;;
	match) printf '%s' "rx-match$(own --config "$1")$([ -n "$etc" ] || echo ' --format classic')" ;;
	metrics) printf '%s' "rx-metrics$(own -c "$1")" ;;
	alert) printf '%s' "rx-alert$(own -c "$1")" ;;
	esac
}

# fixtures DIRECTORY: for each NAME.match and NAME.alert there, the stage of that
# pipeline against its NAME.in and NAME.out: rx-match(1), rx-alert(1), --test.
fixtures() {
	tried=0 bad=0
	for dir in "$1"/*.match "$1"/*.alert; do
		[ -d "$dir" ] || continue
		name=${dir##*/} stage=${dir##*.}
		name=${name%.*}
		stages_of "$name" || stages=
		has "$stage" || die 64 "$dir: there is no $name.$stage"
		tried=$((tried + 1))
		case $stage in
		match) eval "rx-match$(own --config "$name") --test$(quote "$dir")" ;;
		alert) eval "rx-alert$(own -c "$name") --test$(quote "$dir")" ;;
		esac || bad=1
	done
	[ "$tried" -gt 0 ] || die 64 "$1 has no directory NAME.match or NAME.alert"
	return "$bad"
}

# open_view [NAME]: a link.  Without a name to the view, and where that is off,
# to the one pipeline that has an rx-serve; where it is, and how its certificate
# is called, stands in the section of that.
open_view() {
	name=$1
	[ -n "$name" ] || [ "$port" = off ] || name=view
	if [ -z "$name" ]; then
		for one in $graphs; do
			case $one in
			*:serve | *:serve,*) name="$name${name:+ or }${one%%:*}" ;;
			esac
		done
		case $name in
		'') die 78 "RX_DASHBOARD is off: there is no view" ;;
		*' '*) die 64 "there are several to open: $name" ;;
		esac
	fi
	stages_of "$name" || :
	has serve || die 64 "there is no live view $name"
	[ "$name" = view ] || exec rx-serve -c "$etc/$name.json" --link
	exec rx-serve --link --control-port "$port"
}
