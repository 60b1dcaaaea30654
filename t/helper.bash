# SPDX-License-Identifier: MIT
# What every test file loads: where things are, and how to wait for them.
#
# RX_TOP    the checkout            RX_BIN        the tools under test
# RX_UNIT   drivers of t/unit       RX_CRASH_BIN  tools with crash points, and
#                                   without SIMD
# RX_SHARED test material from outside; see need_shared
#
# Each test runs in its own temporary directory, with its own state directory
# and node id, so nothing of the host leaks in.

RX_TOP=$(cd "$BATS_TEST_DIRNAME" && while [ ! -f Makefile ]; do cd ..; done; pwd)
: "${RX_BIN:=$RX_TOP/build}"
: "${RX_UNIT:=$RX_BIN/t}"
: "${RX_CRASH_BIN:=$RX_BIN/crash}"
: "${RX_SHARED:=$RX_TOP/../shared}"
export RX_TOP RX_BIN RX_UNIT RX_CRASH_BIN RX_SHARED
# Debian's programs before others of that name: its python3 has the modules
# that deps-check brings.
export PATH="$RX_BIN:/usr/bin:$PATH"
export RX_STATE_DIR="$BATS_TEST_TMPDIR/state" RX_NODE_ID=test-node
export TZ=UTC LC_ALL=C.UTF-8
unset RX_LOGS RX_URL RX_STATE RX_CRASH NO_COLOR
export RX_DASHBOARD=off # its port may be taken; the tests of it choose one
cd "$BATS_TEST_TMPDIR" || exit 1
bats_require_minimum_version 1.5.0

# soon CMD [ARG ...]: true as soon as CMD is, false after RX_PATIENCE seconds.
soon() {
	local until=$((SECONDS + ${RX_PATIENCE:-10}))
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$until" ] || {
			"$@" || :
			printf 'never came true: %s\n' "$*" >&2
			return 1
		}
		sleep .02 # between two looks
	done
}

# gone PID: the process has ended.  has FILE N: it has at least N lines.
gone() { ! kill -0 "$1" 2>/dev/null; }
has() { [ -f "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]; }

# jq: its -e of Debian 12 is content where there is no input at all, as from a
# server that is not there yet; here that is a failure.
jq() {
	case $1 in
	-e | -er) ;;
	*)
		command jq "$@"
		return
		;;
	esac
	local out status=0
	out=$(command jq "$@") || status=$?
	[ -n "$out" ] || return $((status ? status : 4))
	printf '%s\n' "$out"
	return "$status"
}

# need_shared PATH: skip, saying so, where the outside material is absent.
need_shared() {
	[ -e "$RX_SHARED/$1" ] || skip "no shared material here: $1"
}

# need COMMAND: skip, saying so, where a test server or checker is absent.
need() {
	command -v "$1" >/dev/null || skip "not installed: $1"
}

need_python() { # MODULE
	python3 -W ignore -c "import $1" 2>/dev/null || skip "not installed: python3 $1"
}

# sanitized: the tools under test carry the sanitizers.  They are not confined, take
# more time and memory, and keep what is freed.
sanitized() { grep -qa __asan_init "$RX_BIN/rx-spool"; }
# every N: 1, or N where the tools are sanitized: of a long list of cases, that part.
every() { if sanitized; then echo "$1"; else echo 1; fi; }

# can_…: skip where the kernel or sandbox does not let a test do it.
can_trace() {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	# The leak checker traces too, and there can be only one.
	export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
}
can_unshare() { # with the options of unshare(1)
	unshare "$@" true 2>/dev/null || skip "no unshare $* here"
}
can_limit_memory() { # address space; the sanitizers reserve terabytes of it
	! sanitized || skip "no address space limit under ASan"
}
