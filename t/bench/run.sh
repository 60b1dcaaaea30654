#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh -- rx beside everything a user would use instead, in one run.
#
# usage: run.sh [--quick] [--list] [--runs N] [--bin DIR] [--peers DIR]
#               [--out NAME] [WORK...]
#        run.sh --check [--bin DIR] [--peers DIR]
#
# A WORK is a file of work/: its first words say what is compared with what, and
# bench.py what each of them prints.  Without a name all are run, one after the
# other, alone on a quiet machine: half an hour.  What is written then stands in
# results/: bench.json, bench.md (report.py, with the goals of goals.tsv) and a
# plot of each curve.  A work that fails is told, and the status is 1 in the end.
#
# --quick   small sizes, once: under 3 minutes, for a look
# --runs    repetitions (5; quick: 1)
# --bin     where the tools were built (build)
# --peers   where what cannot be installed is unpacked (BIN/peers)
# --check   the ratios of guards.tsv, by instructions where that can be and by CPU
#           elsewhere, so that they hold on a busy machine: status 1 when one is broken
# --out     NAME for the files in results/; with --quick or with names nothing is
#           written unless this is given
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit
bin=$here/../../build peers='' out='' runs='' quick=0 list=0 check=0
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=1 ;;
	--list) list=1 ;;
	--check) check=1 quick=1 ;;
	--runs | --bin | --peers | --out)
		[ $# -gt 1 ] || { echo "run.sh: $1 needs a value" >&2; exit 64; }
		case $1 in
		--runs) runs=$2 ;;
		--bin) bin=$2 ;;
		--peers) peers=$2 ;;
		--out) out=$2 ;;
		esac
		shift
		;;
	-h | --help) sed -n '3,/^set/{/^set/d;s/^# \{0,1\}//;p}' "$0"; exit ;;
	-*) echo "run.sh: unknown option $1" >&2; exit 64 ;;
	*) break ;;
	esac
	shift
done
if [ $list -eq 1 ]; then
	sed -n 's/^"""\([a-z-]*: \)/\1/p' "$here"/work/*.py | sed 's/"""$//'
	exit
fi
for work; do
	[ -e "$here/work/$work.py" ] ||
		{ echo "run.sh: no work $work; --list tells them" >&2; exit 64; }
done
bin=$(cd "$bin" && pwd) || exit
[ -x "$bin/rx-tail" ] || { echo "run.sh: no tools in $bin: make" >&2; exit 1; }
if [ $check -eq 1 ]; then
	set -- instructions durable amqp sample fanout
	export BENCH_GOALS=guards.tsv
elif [ $# -eq 0 ]; then
	[ $quick -eq 1 ] || out=${out:-bench}
	set -- pipe words rules ndjson durable amqp http-sink archive sample \
		fanout ingest follow endtoend agent grow-files grow-rules \
		grow-clients grow-depth grow-length grow-rate
fi

"$here/peers.sh" "${peers:=$bin/peers}" || echo "run.sh: going on" >&2
peers=$(cd "$peers" && pwd)
room=$(mktemp -d) || exit
trap 'rm -rf "$room"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$room/data" "$room/told"
PATH=$bin:$PATH
BENCH_DATA=$room/data BENCH_PEERS=$peers BENCH_QUICK=$quick
BENCH_RUNS=${runs:-$((quick ? 1 : 5))} PYTHONPATH=$here
PYTHONDONTWRITEBYTECODE=1 TZ=UTC LC_ALL=C.UTF-8 RX_NODE_ID=bench
export PATH BENCH_DATA BENCH_PEERS BENCH_QUICK BENCH_RUNS PYTHONPATH \
	PYTHONDONTWRITEBYTECODE TZ LC_ALL RX_NODE_ID

# Its standard output in told/WORK; the load at its start beside it.
failed=0
for work; do
	began=$(date +%s)
	mkdir "$room/$work"
	cut -d' ' -f1 /proc/loadavg >"$room/told/$work.load"
	(
		cd "$room/$work" || exit
		export RX_STATE_DIR="$room/$work"
		exec timeout -k 10 1200 /usr/bin/python3 "$here/work/$work.py"
	) >"$room/told/$work" 2>"$room/err"
	status=$?
	rm -rf "${room:?}/$work"
	if [ $status -ne 0 ]; then
		failed=1
		echo "run.sh: $work failed: status $status" >&2
		tail -n 5 "$room/err" >&2
		tail -n 1 "$room/err" >"$room/told/$work.failed"
	fi
	echo "$work: $(($(date +%s) - began)) s" >&2
done
/usr/bin/python3 "$here/report.py" "$room/told" "$out" "$@" || failed=1
exit $failed
