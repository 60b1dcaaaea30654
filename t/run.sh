#!/bin/bash
# run.sh [FILE ...] -- run the bats files of t/, or those named.
#
# Prints TAP as it comes, then what was skipped and why, and ends with the
# line "N passed, N failed".  A bats file that cannot be run counts as a
# failure.  Exit 0 only when at least one test passed and none failed.
# A file may take RX_FILE_TIMEOUT seconds (default: 900).
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

for file; do
	printf '# %s\n' "$file"
	# Not bats' own timeout: its sleep is a child that a bare wait awaits.
	timeout -k 10 "${RX_FILE_TIMEOUT:-900}" \
		bats --tap "$file" </dev/null 2>&1 | tee "$work/one"
	# 0 and 1 are bats' own verdicts, told test by test.
	status=${PIPESTATUS[0]}
	planned=$(sed -n 's/^1\.\.//p' "$work/one")
	told=$(grep -cE '^(not )?ok ' "$work/one")
	if [ "$status" -gt 1 ] || [ "$told" -eq 0 ] ||
		[ "$told" != "$planned" ]; then
		printf 'not ok - %s: status %d, %s tests planned, %d told\n' \
			"$file" "$status" "${planned:-no}" "$told" |
			tee -a "$work/one"
	fi
	cat "$work/one" >>"$work/tap"
done

reports=$(find "$work" -name 'report.*' | wc -l)
find "$work" -name 'report.*' -exec cat {} +
skipped='s/^ok [0-9]* \(.*\) # skip/# skipped: \1:/p'
sed -n "$skipped" "$work/tap"
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
