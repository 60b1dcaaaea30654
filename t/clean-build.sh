#!/bin/bash
# SPDX-License-Identifier: MIT
# clean-build.sh DIR -- build in a new Debian made in DIR that has make and what
# "make deps" brings, and nothing else (R-176): without the network, twice in
# two places with the same bytes (SEC-49), with each package of the list used
# and none used that is not on it, and once more without those that are optional.
set -eu -o pipefail

root=$1 top=$(cd "${0%/*}/.." && pwd)
# shellcheck source=t/newroot.bash
. "${0%/*}/newroot.bash"
# shellcheck disable=SC2016 # what dpkg-query fills in
packages() { in_root dpkg-query -W -f '${Package}\n' | sort; }
offline() { DEBIAN_FRONTEND=noninteractive LC_ALL=C unshare -n chroot "$root" "$@"; }
tools='tail match spool ship metrics alert serve'

new_root make
for place in src a/second/place; do
	mkdir -p "$root/$place"
	tar -C "$top" --exclude='./build*' --exclude=./.git -cf - . |
		tar -C "$root/$place" -xf -
done
packages >"$root.before"

say "make deps"
in_root make -C /src deps >>"$root.log" 2>&1 || { tail -n 20 "$root.log" && exit 1; }
packages | comm -13 "$root.before" - >"$root.came"
in_root make -C /src deps # there is nothing left to do
# shellcheck disable=SC2016 # as above
printf '%s packages came, %s MB\n' "$(wc -l <"$root.came")" \
	"$(in_root sh -c 'xargs dpkg-query -W -f "\${Installed-Size}\n"' <"$root.came" |
		awk '{ kb += $1 } END { printf "%d", kb / 1024 }')"

say "make install, without a network"
began=$SECONDS
offline make -C /src -j"$(nproc)" install >>"$root.log" 2>&1 ||
	{ tail -n 20 "$root.log" && exit 1; }
printf '%s s\n' $((SECONDS - began))
for tool in $tools agent; do
	offline "rx-$tool" --version | head -n 1
done
printf '%s\n' '2026-01-05T10:00:00Z INFO fine' '2026-01-05T10:00:07Z ERROR refused' >"$root/app.log"
offline sh -c 'rx-tail --once app.log | rx-match | rx-spool q.db |
    rx-ship -q --ack q.db file:out && rx-spool stat q.db && cat out' >"$root.out"
grep -q '"log_line":"2026-01-05T10:00:07Z ERROR refused"' "$root.out"

say "the list is what is used"
# A header that the compiler reads is of a package; a package of the list has one.
in_root sh -c "cd /src && find cmd lib -name '*.c' | xargs gcc -M -I. -D_GNU_SOURCE \
    -DHAVE_LIBHS -DHAVE_LIBJOSE -DHAVE_LIBSYSTEMD | tr -s ' ' '\n' |
    grep '^/usr' | sort -u | xargs readlink -f | sort -u |
    xargs dpkg-query -S | sed 's/:.*//' | sort -u" >"$root.used"
# What make itself runs, or a linker, or rx-serve carries, has no header;
# linux-libc-dev, libgcc and libcap-dev are what gcc, libc6-dev and libwebsockets-dev bring.
{
	grep -vE '^(linux-libc-dev|libgcc-[0-9]+-dev|libc6-dev|libcap-dev)$' "$root.used"
	printf '%s\n' gcc libc6-dev pkg-config libjs-chart.js
} | sort -u >"$root.needed"
# shellcheck disable=SC2016 # make's
make -s -C "$top" --eval='print: ; @echo $(DEPS)' print | tr ' ' '\n' | sort >"$root.listed"
diff "$root.listed" "$root.needed"

say "the same bytes in another place"
offline make -C /a/second/place -j"$(nproc)" all >>"$root.log" 2>&1
for tool in $tools; do
	cmp "$root/src/build/rx-$tool" "$root/a/second/place/build/rx-$tool"
done
(cd "$root/src/build" && sha256sum rx-*)

say "without what is optional"
in_root apt-get -qq -y remove libsystemd-dev libjose-dev libhyperscan-dev libjs-chart.js >/dev/null
offline make -C /src -j"$(nproc)" B=/bare all >>"$root.log" 2>&1 ||
	{ tail -n 20 "$root.log" && exit 1; }
offline /bare/rx-match --version | grep -F 'not built in'
offline sh -c '/bare/rx-tail --once app.log | /bare/rx-match | grep -c refused'
say "built with what is declared"
umount_all
rm -rf --one-file-system "$root" "$root".*
