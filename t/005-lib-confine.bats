# SPDX-License-Identifier: MIT
# lib/confine: what a tool can no longer do       (not tested: kernels without seccomp or Landlock)
setup() {
	load helper
	! sanitized || skip "confinement is off in sanitizer builds"
	# What the kernel has, asked by python: prctl(PR_GET_SECCOMP), Landlock's ABI.
	python3 -c 'import ctypes
libc = ctypes.CDLL(None)
raise SystemExit(libc.prctl(21, 0, 0, 0, 0) < 0 or libc.syscall(444, None, 0, 1) < 1)' ||
		skip "this kernel has no seccomp or no Landlock"
}

@test "confine: stdio alone opens nothing, forks nothing, runs nothing, talks to nobody" {
	run -0 "$RX_UNIT/confine" stdio /etc/passwd '>new' socket fork exec
	[ "$output" = "$(printf '%s\n' '/etc/passwd EACCES' '>new EACCES' 'socket EPERM' 'fork EPERM' 'exec EPERM')" ]
	[ ! -e new ]
}

@test "confine: named paths open, as far as was allowed, others do not" {
	mkdir ro rw
	touch ro/f rw/f outside
	run -0 "$RX_UNIT/confine" r:ro rwc:rw "stdio rpath wpath cpath" ro/f '>ro/new' rw/f '>rw/new' outside
	[ "$output" = "$(printf '%s\n' 'ro/f yes' '>ro/new EACCES' 'rw/f yes' '>rw/new yes' 'outside EACCES')" ]
}

@test "confine: inet gives sockets, proc gives forks" {
	run -0 "$RX_UNIT/confine" "stdio inet proc" socket fork exec
	[ "$output" = "$(printf '%s\n' 'socket yes' 'fork yes' 'exec EPERM')" ]
}

@test "confine: an unknown word is an error" {
	run -1 "$RX_UNIT/confine" "stdio coffee"
	[[ $output == *"Invalid argument"* ]]
}
