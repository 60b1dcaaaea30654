# SPDX-License-Identifier: MIT
# identity -- whether the state is of this machine: one that was cloned with it
# has the node id of the other, and would be one host with it to who receives.
#
# The state remembers its machine by a hash of the machine id, never the value.
#
# Needs control, graph, settings
# shellcheck shell=sh
# shellcheck disable=SC2154 # set in settings

# machine: this one; nothing where there is no machine id, as in an image.
machine() {
	read -r id 2>/dev/null </etc/machine-id || return 0
	[ ${#id} -ne 32 ] ||
		printf 'rx machine 1\n%s\n' "$id" | sha256sum | cut -c1-32
}

# keep_line NAME TEXT: in the state, whole or not at all, for every stage to read.
keep_line() {
	printf '%s\n' "$2" >"$state/$1.new" && chmod 644 "$state/$1.new" &&
		mv "$state/$1.new" "$state/$1"
}
remember() { keep_line machine "$1"; }

# pinned: the node id, where it is not derived from this machine's.
pinned() {
	if [ -n "${RX_NODE_ID:-}" ]; then
		printf '%s\n' "$RX_NODE_ID"
	elif [ -s "$state/node_id" ]; then
		head -n 1 "$state/node_id"
	else
		return 1
	fi
}

# own_id: is it not that of another?
own_id() {
	this=$(machine) was=
	read -r was 2>/dev/null <"$state/machine"
	[ -z "$this" ] || [ -z "$was" ] || [ "$this" = "$was" ] || ! pinned >/dev/null
}

# identify: at each start.
identify() {
	this=$(machine) was=
	read -r was 2>/dev/null <"$state/machine"
	if [ -z "$this" ] || [ "$this" = "$was" ]; then
		return 0
	elif [ -z "$was" ]; then
		remember "$this"
	elif id=$(pinned); then
		say "warning: the node id $id was another machine's: if this one was cloned," \
			"both are one to who receives; rx-agent rekey gives it an id of its own"
	else
		say "this state was another machine's; the node id is now that of this one"
		remember "$this"
	fi
}

# rekey [--keep]: an id of its own, and a beginning of its own: the queues and the
# positions are of the other, which delivers them.
rekey() {
	# All of it is in the state.
	if [ "$(id -u)" -eq 0 ] && [ "${owner:-0}" -ne 0 ]; then
		as_owner "$self" rekey "$@"
		exit
	fi
	if running || by_units; then
		die 75 "it works: stop it first"
	fi
	[ -w "$state/." ] || die 77 "unable to write in $state"
	if [ -n "${1:-}" ]; then
		remember "$(machine)" || die 74 "unable to write in $state"
		say "this is the machine of this state: its node id stays"
		return
	fi
	[ -z "${RX_NODE_ID:-}" ] || die 78 "RX_NODE_ID says who this is: give it another there"
	read -r id </proc/sys/kernel/random/uuid || die 75 "no random number to be had"
	past=$state/before-$(date -u +%Y%m%dT%H%M%SZ)-$$
	mkdir "$past" || die 74 "unable to write in $state"
	for file in "$state"/*.db "$state"/*.db[-.]* "$state"/*.claim "$state"/*.state* \
		"$state/node_id" "$state/system_info.json" "$state/profile.sent"; do
		[ ! -f "$file" ] || mv "$file" "$past" || die 74 "unable to move $file"
	done
	rm -f "$stats"/*.prom "$stats"/*.past
	keep_line node_id "$id" || die 74 "unable to write in $state"
	remember "$(machine)" || die 74 "unable to write in $state"
	say "the node id is $id; queues and positions of the other are in $past"
}
