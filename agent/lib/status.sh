# SPDX-License-Identifier: MIT
# status -- what the queues hold, and for how long there is room.
#
# Needs graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

# used_queues: those that were ever written to.
used_queues() {
	used=
	for name in $(queues); do
		[ ! -e "$state/$name.db" ] || used="$used$name "
	done
	[ -n "$used" ] ||
		die 74 "nothing was stored yet: there is no queue in $state"
	echo "$used"
}

status() {
	list=$(used_queues) || exit
	bad=0
	for name in $list; do
		as_owner rx-spool stat "$state/$name.db" || bad=$?
	done
	exit "$bad"
}

# plan: each pipeline, where it goes, and how long its target may be away.
plan() {
	for one in $graphs; do
		name=${one%%:*}
		[ "$name" != view ] || continue
		printf '%s: %s\n' "$name" "$(echo "${one#*:}" | sed 's/,/ | /g')"
		stages_of "$name"
		if ! has push; then
			echo '  no queue: what cannot be delivered at once is lost'
		elif [ ! -e "$state/$name.db" ]; then
			echo '  nothing was stored yet'
		else
			as_owner rx-spool stat "$state/$name.db" "$name" | sed -n 's/^lane [^:]*: /  waiting        /p
				/^  used /p; /^  rate /p; /^  full in/p; /^  outage lasts/p'
		fi
	done
}
