#!/bin/bash
# SPDX-License-Identifier: MIT
# mutants.sh DIR [NAME ...] -- builds of rx with one rule of PROTOCOL.md switched
# off, and the storm that has to see it (section 12).
#
#	fencing   P1  a push whose lane was claimed anew goes on committing
#	holding   R3  a stage lets a mark overtake the data it still holds
#	guard     P3  a replay is stored, by the spool that was ahead under tee
#	boundary  P3  what stands behind the last mark is committed at the end
#
# Works in DIR, which has room for a build.  Prints a line for each, with what
# saw it; exits 1 when one was not seen.  RX_ROUNDS: rounds of a storm [40]; 0
# only makes the changes, and sees that they change something.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1
shift
[ $# -gt 0 ] || set -- fencing holding guard boundary
rounds=${RX_ROUNDS:-40}

# change FILE SED: the change must change something.
change() {
	sed -i "$2" "$dir/src/$1"
	! cmp -s "$dir/src/$1" "$top/$1" || {
		echo "mutants: $1: nothing to change, the code has moved" >&2
		exit 1
	}
}

mutate() {
	case $1 in
	fencing) change cmd/rx-spool/stream.c '/^push_check_fence/,/^{/s/^{/{\
	if (p->epoch > 0)\
		return;/' ;;
	holding) change cmd/rx-match/via.c 's/if (!v->command.running) {/if (v->command.running || true) {/' ;;
	guard) change cmd/rx-spool/data.c 's/if (c->e <= source->guard)/if (c->e == 0)/' ;;
	boundary) change cmd/rx-spool/feed.c 's/p->over = true;/push_close(p); p->over = true;/' ;;
	esac
}

# storm NAME: how it is to be seen; the words for storm.py.
storm() {
	case $1 in
	fencing) echo "" ;;
	holding) echo "--filter via" ;;
	guard) echo "--spools 2" ;;
	boundary) echo "--filter bare" ;;
	esac
}

# seen NAME SEED: true when the storm, or the oracle behind it, fails.
seen() {
	local run="$dir/run" bare=''
	[ "$1" != boundary ] || bare=--bare
	rm -rf "$run"
	mkdir -p "$run"
	# shellcheck disable=SC2046 # words
	python3 "$top/t/storm/storm.py" --bin "$dir/build" --dir "$run" \
		--rounds "$rounds" --seed "$2" $(storm "$1") >"$run/told" 2>&1 ||
		return 0
	for db in "$run"/q*.db; do
		# shellcheck disable=SC2086 # a word or none
		python3 "$top/t/storm/oracle.py" $bare "$run/WRITTEN" "$db" \
			>"$run/told" 2>&1 || return 0
	done
	return 1
}

status=0
for name; do
	rm -rf "$dir/src"
	mkdir -p "$dir/src"
	cp -a "$top/Makefile" "$top/lib" "$top/cmd" "$top/agent" "$dir/src" || exit
	mutate "$name" || exit
	[ "$rounds" != 0 ] || continue
	make -s -C "$dir/src" -j2 B="$dir/build" "$dir/build/rx-spool" \
		"$dir/build/rx-match" "$dir/build/rx-tail" >"$dir/log" 2>&1 || {
		tail -n 20 "$dir/log"
		exit 1
	}
	found=''
	for seed in 1 2 3; do
		if seen "$name" "$seed"; then
			found=$(tr '\n' ' ' <"$dir/run/told" | cut -c1-150)
			break
		fi
	done
	if [ -n "$found" ]; then
		echo "$name: seen: $found"
	else
		echo "$name: NOT SEEN in 3 storms of $rounds rounds"
		status=1
	fi
done
exit $status
