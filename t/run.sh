#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [FILE ...] -- run the bats files of t/, or those named.
#
# Prints TAP, a file at a time with the seconds it took, then what was skipped
# and why, then each failure once more, and ends with the line "N passed, N
# failed".  A bats file that cannot be run counts as a failure.  Exit 0 only
# when at least one test passed and none failed.
# A file may take RX_FILE_TIMEOUT seconds (default: 900); RX_JOBS of them run at
# once (default: one more than there are processors).  A file that failed so runs
# once more alone, and only what it says then counts: before, its "not ok" reads
# "once more", so that the first "not ok" of the output is one that counts.
# RX_BIN names the build (default: build); with a sanitizer build its reports
# are gathered, and each process that made one counts as a failure too.
set -u
cd "$(dirname "$0")/.." || exit
export RX_BIN="${RX_BIN:-$PWD/build}"
[ $# -gt 0 ] || set -- t/*.bats

work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT

# An exit status of their own, so that no test takes a report for an answer.
options="exitcode=99:log_path=$work/report:detect_leaks=1"
export ASAN_OPTIONS="$options:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="$options:print_stacktrace=1:${UBSAN_OPTIONS:-}"

# run_one FILE N FAILED: its TAP into work, and out in one piece when it is
# done, FAILED in the place of "not ok".
run_one() {
	local status planned told began=$SECONDS
	# Not bats' own timeout: its sleep is a child that a bare wait awaits.
	timeout -k 10 "${RX_FILE_TIMEOUT:-900}" \
		bats --tap "$1" </dev/null >"$work/$2" 2>&1
	# 0 and 1 are bats' own verdicts, told test by test.
	status=$?
	planned=$(sed -n 's/^1\.\.//p' "$work/$2")
	told=$(grep -cE '^(not )?ok ' "$work/$2")
	if [ "$status" -gt 1 ] || [ "$told" -eq 0 ] ||
		[ "$told" != "$planned" ]; then
		printf 'not ok - %s: status %d, %s tests planned, %d told\n' \
			"$1" "$status" "${planned:-no}" "$told" >>"$work/$2"
	fi
	(
		flock 9
		printf '# %s: %d s\n' "$1" $((SECONDS - began))
		sed "s/^not ok/$3/" "$work/$2"
	) 9>"$work/lock"
}

# Tests wait about half of their time.
jobs=${RX_JOBS:-$(($(nproc) + 1))} n=0 failed='not ok'
[ "$jobs" -eq 1 ] || failed='# once more:'
for file; do
	while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do wait -n; done
	run_one "$file" "tap.$n" "$failed" &
	n=$((n + 1))
done
wait

# What failed beside another file is run once more, alone: a test that is only
# short of processor time is told, not counted.
n=0 again=''
for file; do
	if [ "$jobs" -gt 1 ] && grep -q '^not ok' "$work/tap.$n"; then
		again="$again# failed beside others, run again alone: $file"$'\n'
		run_one "$file" "tap.$n" 'not ok'
	fi
	n=$((n + 1))
done
cat "$work"/tap.* >"$work/tap"

# A process that is killed while it looks for leaks leaves a note, no report.
note='^==[0-9]+==Unable to get registers from thread [0-9]+\.$'
for report in "$work"/report.*; do
	[ ! -e "$report" ] || grep -qvE "$note" "$report" || rm "$report"
done
reports=$(find "$work" -name 'report.*' | wc -l)
find "$work" -name 'report.*' -exec cat {} +
skipped='s/^ok [0-9]* \(.*\) # skip/# skipped: \1:/p'
sed -n "$skipped" "$work/tap"
printf '%s' "$again"
awk '/^(not )?ok / { failed = /^not/ } failed && !/^1\.\./' "$work/tap"
awk -v reports="$reports" '
	/^ok / && !/ # skip/ { passed++ }
	/^not ok / { failed++ }
	END {
		if (reports > 0)
			printf "# %d sanitizer reports above\n", reports
		failed += reports
		printf "%d passed, %d failed\n", passed, failed
		exit !(passed > 0 && failed == 0)
	}' "$work/tap"
