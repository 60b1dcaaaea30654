#!/bin/sh
# SPDX-License-Identifier: MIT
# peers.sh DIR -- what rx is measured beside, from Debian: installed when absent,
# none of it started (.ci/deps).  syslog-ng, which rsyslog excludes, is unpacked
# into DIR with the libraries that it lacks, and nothing of it is installed.
#
# A peer that cannot be had is no error: a work says what it leaves out.
set -u
cd "$(dirname "$0")/../.." || exit
dir=$1

.ci/deps ripgrep ugrep grep jq miller rsyslog collectd-core \
	prometheus-node-exporter python3 python3-pika python3-psutil \
	python3-websockets rabbitmq-server amqp-tools nginx-light sqlite3 \
	gnuplot-nox valgrind strace procps || echo "peers.sh: going on without" >&2

[ ! -x "$dir/usr/sbin/syslog-ng" ] || exit 0
command -v apt-get >/dev/null || exit 0
mkdir -p "$dir/deb" || exit
cd "$dir/deb" || exit
wanted=$(apt-get install -s --no-install-recommends syslog-ng-core \
	syslog-ng-mod-amqp 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p')
# shellcheck disable=SC2086 # a list of names
if [ -n "$wanted" ] && apt-get -qq download $wanted 2>/dev/null; then
	for deb in *.deb; do
		dpkg-deb -x "$deb" "$dir" || exit
	done
else
	echo "peers.sh: syslog-ng cannot be had" >&2
fi
rm -rf "$dir/deb"
