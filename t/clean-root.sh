#!/bin/bash
# SPDX-License-Identifier: MIT
# clean-root.sh DIR DEB -- install, configure, upgrade and purge a package in a
# new Debian made in DIR, and see that nothing of it stays.
set -eu

root=$1 deb=$2
# shellcheck source=t/newroot.bash
. "${0%/*}/newroot.bash"

# What there is, but for logs and what apt and dpkg remember of all they did.
files() {
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev \
		-o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt \
		-o -path ./var/lib/dpkg -o -path ./tmp -o -path ./root \) -prune \
		-o -printf '%y %m %u %p %l\n' | sort)
}
users() { sort "$root/etc/passwd" "$root/etc/group"; }

new_root systemd
cp "$deb" "$root/root/rx.deb"
# What it needs comes first, so that what is compared is the package alone.
needs=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' |
	sed 's/|.*//; s/(.*)//; s/ //g' | tr '\n' ' ')
# shellcheck disable=SC2086 # a list of names
in_root apt-get -qq -y --no-install-recommends install $needs >/dev/null
files >"$root.files" && users >"$root.users"

say "install"
in_root apt-get -qq -y --no-install-recommends install /root/rx.deb
in_root id rx
for tool in tail match spool ship metrics alert serve agent; do
	in_root "rx-$tool" --version
done
[ "$(stat -c %a "$root/var/lib/rx")" = 700 ]
[ -z "$(find "$root/etc/systemd" -name 'rx*')" ] # installed, and off
in_root rx-agent check

say "configure"
cat >"$root/etc/rx/error.json" <<X
{"rx-tail":{"persistent-id":true},"rx-match":{"keywords":true},
 "rx-spool push":{},"rx-ship":{}}
X
cp "$root/usr/share/rx/pipelines/host/error.json" "$root/etc/rx/error.json"
echo 'file:/var/lib/rx/errors.ndjson' >"$root/etc/rx/error.url"
chmod 600 "$root/etc/rx/error.url"
in_root rx-agent check error
in_root systemctl enable rx.target
echo 'Jan  5 10:00:07 web app[7]: connection failed: timeout' >"$root/root/app.log"
in_root sh -c 'rx-tail --once /root/app.log | rx-match --format raw' | grep -q failed

say "install again: what was configured stays, and nothing is opened"
chmod 600 "$root/etc/rx/error.json"
modes() { (cd "$root" && find etc/rx etc/systemd var/lib/rx -printf '%m %u %g %p %l\n' | sort); }
was=$(modes)
in_root dpkg -i /root/rx.deb
[ "$(modes)" = "$was" ]
[ -f "$root/etc/rx/error.url" ]
[ -L "$root/etc/systemd/system/multi-user.target.wants/rx.target" ]

say "purge"
in_root systemctl disable rx.target
in_root apt-get -qq -y purge rx-agent
files | diff "$root.files" -
users | diff "$root.users" -
say "nothing is left"
umount_all
rm -rf "$root" "$root.log" "$root.files" "$root.users"
