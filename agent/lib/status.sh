# status -- what the queues hold.
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
		rx-spool stat "$state/$name.db" || bad=$?
	done
	exit "$bad"
}
