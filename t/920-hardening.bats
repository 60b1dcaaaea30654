# SPDX-License-Identifier: MIT
# The binaries: hardened (SEC-44), and linked to what each needs

setup() {
	load helper
	need readelf
	tools=("$RX_TOP"/cmd/rx-*)
	tools=("${tools[@]##*/}")
}

# each COMMAND...: fails, naming them, for tools of which it is false.
each() {
	local tool failed=0
	for tool in "${tools[@]}"; do
		"$@" "$RX_BIN/$tool" || { echo "not so: $tool" && failed=1; }
	done
	return "$failed"
}

pie() { readelf -hW "$1" | grep -qE 'Type: +DYN'; }
relro() { readelf -lW "$1" | grep -q GNU_RELRO; }
bind_now() { readelf -dW "$1" | grep -qE 'FLAGS.*(BIND_)?NOW'; }
stack_plain() { readelf -lW "$1" | grep -E 'GNU_STACK' | grep -qv ' RWE '; }
no_wx() { ! readelf -lW "$1" | grep -E '^ +LOAD' | grep -q ' RWE '; }
no_rpath() { ! readelf -dW "$1" | grep -qE 'R(UN)?PATH|TEXTREL'; }
guarded() { readelf -sW --dyn-syms "$1" | grep -q __stack_chk_fail; }
fortified() { readelf -sW --dyn-syms "$1" | grep -qE '__[a-z]+_chk(@|$)'; }

@test "hardening: position independent, and no part both writable and executable" {
	each pie
	each stack_plain
	each no_wx
}

@test "hardening: relocations are read-only and bound at the start" {
	each relro
	each bind_now
	each no_rpath
}

@test "hardening: the stack is guarded, and checked variants of libc are called" {
	! sanitized || skip "the sanitizers take the place of both"
	each guarded
	each fortified
}

@test "hardening: no tool links a library that it has no use for" {
	# Beside libc, libm, libmd and the sanitizers' own, and jansson: each
	# tool reads its part of a configuration file.
	allowed() {
		case ${1##*/} in
		rx-tail) echo 'pcre2-8|z' ;;
		rx-match) echo 'pcre2-8|hs|m|stdc\+\+|gcc_s' ;;
		rx-spool) echo 'sqlite3|z' ;;
		rx-ship) echo 'rabbitmq|curl|sqlite3|crypto|ssl|z|systemd' ;;
		rx-serve) echo '.*' ;;
		*) echo 'systemd|z' ;;
		esac
	}
	spare() {
		readelf -dW "$1" |
			sed -nE 's/.*NEEDED.*\[lib([^]]*)\.so.*/\1/p' |
			grep -vxE "c|m|md|jansson|asan|ubsan|gcc_s|$(allowed "$1")"
	}
	none_spare() { ! spare "$1"; }
	each none_spare
}

@test "hardening: a tool that falls over leaves no core, and no other process looks into it (SEC-27)" {
	! sanitized || skip "sanitizer builds are not confined"
	mkfifo in
	rx-ship file:out <in 2>err 3>&- &
	pid=$!
	exec 8>in
	echo '{"n":1}' >&8
	soon test -s out
	grep -qE '^Max core file size +0 +0 ' /proc/$pid/limits
	if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --clear-groups true; then
		mkdir -m 777 theirs
		setpriv --reuid 65534 --clear-groups rx-metrics --interval 1s >samples 2>/dev/null 3>&- 8>&- &
		theirs=$!
		soon test -s samples
		[ "$(stat -c %u /proc/$theirs/mem)" = 0 ]
		kill "$theirs"
	fi
	kill -SEGV $pid
	# Not by run: its subshell is not the parent, and may ask too early.
	status=0; wait $pid || status=$?
	[ "$status" -eq 139 ]
	[ -z "$(find . -name 'core*')" ]
	exec 8>&-
}

@test "hardening: no shell is asked, nothing is taken from the stack by length (SEC-34, SEC-40)" {
	run ! grep -rnE '\b(system|popen|wordexp|alloca|strdupa)[[:space:]]*\(' "$RX_TOP/lib" "$RX_TOP/cmd" --include='*.[ch]'
	# make lint builds with these as errors.
	grep -qE '^WARN :=' "$RX_TOP/Makefile"
	for flag in -Wvla -Walloca; do
		grep -q -- "$flag" "$RX_TOP/Makefile"
	done
}
