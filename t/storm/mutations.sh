#!/bin/bash
# SPDX-License-Identifier: MIT
# mutations.sh DIR [NAME ...] -- breaks one line of the heart at a time, and runs
# the test file that has to fail.  What takes a storm to see is in mutants.sh.
#
# Works in DIR, which has room for a copy of the tree and a build.  Prints a line
# for each with the first test that saw it; exits 1 when one was not seen.
# RX_ROUNDS=0 only makes the changes, and sees that they change something.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$1
shift

# name, file of the tree, change, test file that has to see it
table() {
	cat <<'TABLE'
fence|cmd/rx-spool/stream.c|s/if (p->epoch < lane->epoch)/if (p->epoch + 1000 < lane->epoch)/|320
run|cmd/rx-spool/stream.c|s/if (lane->nonce\[0\] != '.0' && !is_of_run/if (lane->nonce[0] == 1 \&\& !is_of_run/|320
replay|cmd/rx-spool/data.c|s/if (c->e <= source->guard)/if (c->e == 0)/|320
boundary|cmd/rx-spool/feed.c|s/p->over = true;/push_close(p); p->over = true;/|320
commit-sync|lib/store_open.c|s/PRAGMA synchronous = FULL/PRAGMA synchronous = OFF/|375
file-sync|lib/newfile.c|s/(durable && fsync(fd) < 0)/(false \&\& durable)/|004
early-outcome|cmd/rx-ship/archive.c|s/a->in_doubt = fdatasync(a->fd) < 0;/a->in_doubt = false;/|415
rotated|cmd/rx-tail/chain_end.c|s/if (hand_on_rest(t, s) != FOLLOW_IDLE)/if (false)/|120
compare|cmd/rx-serve/token_hash.c|s/return CRYPTO_memcmp(/return memcmp(/|905
expiry|cmd/rx-serve/jwt_check.c|s/return now_s < .until_s && /return /|746
off-host|cmd/rx-serve/exposure.c|s/if (lack == NULL .. e->insecure)/if (e->n > 0)/|740
secret-mode|lib/secret.c|s/(st->st_mode & 07) != 0/(st->st_mode \& 07) == 07/|470
jitter|lib/backoff.c|s/spread = step . 10;/spread = step \/ 1000;/|004
TABLE
}

build() { make -s -C "$dir/src" -j2 B="$dir/build" all units >"$dir/log" 2>&1; }

rm -rf "$dir/src"
mkdir -p "$dir/src"
tar -C "$top" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$dir/src" -xf -
[ "${RX_ROUNDS:-1}" = 0 ] || build || { tail -n 20 "$dir/log" && exit 1; }

status=0
while IFS='|' read -r name file change number <&3; do
	[ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
	sed -i -e "$change" "$dir/src/$file"
	if cmp -s "$dir/src/$file" "$top/$file"; then
		echo "mutations: $name: $file: nothing to change, the code has moved" >&2
		exit 1
	fi
	if [ "${RX_ROUNDS:-1}" != 0 ]; then
		if ! build; then
			echo "$name: does not build" && tail -n 5 "$dir/log"
			status=1
		elif (cd "$dir/src" && RX_BIN="$dir/build" t/run.sh t/"$number"-*.bats) >"$dir/told" 2>&1; then
			echo "$name: NOT SEEN by t/$number"
			status=1
		else
			echo "$name: seen by t/$number: $(sed -n 's/^not ok [0-9]* //p' "$dir/told" | head -n 1)"
		fi
	fi
	cp "$top/$file" "$dir/src/$file"
done 3< <(table)
exit $status
