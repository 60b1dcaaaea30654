# SPDX-License-Identifier: MIT
# A new Debian in a directory, for t/clean-root.sh and t/clean-build.sh.
#
# RX_MIRROR  where Debian comes from [what apt uses here]
# root       the directory; its log is root.log

say() { printf '== %s\n' "$*"; }
in_root() { DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$root" "$@"; }
umount_all() { umount "$root/proc" 2>/dev/null || :; }

# new_root PACKAGE,...: with these, /proc, apt's sources, and no service starts.
# It ends with the shell that made it.
new_root() {
	local suite mirror
	suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	mirror=${RX_MIRROR:-$(cat /etc/apt/sources.list \
		/etc/apt/sources.list.d/debian.sources 2>/dev/null |
		sed -n 's/^URIs: *//p; s/^deb [^h]*\(http[^ ]*\).*/\1/p' |
		sed -n 1p || :)}
	say "a $suite in $root"
	debootstrap --variant=minbase --include="$1" "$suite" "$root" "$mirror" \
		>"$root.log" 2>&1 || { tail -n 20 "$root.log" && exit 1; }
	mount -t proc proc "$root/proc"
	trap umount_all EXIT
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	if [ -f /etc/apt/sources.list.d/debian.sources ]; then
		cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
		rm -f "$root/etc/apt/sources.list"
	fi
	in_root apt-get -qq update
}
