# SPDX-License-Identifier: MIT
# make: what install puts where, what a changed flag rebuilds, what deps says

setup() { load helper; }

# The build under test is what is installed, as it is.
make_() { make -s -C "$RX_TOP" B="$RX_BIN" -o all -o deps "$@"; }

@test "install: DESTDIR and PREFIX are honoured, the modes are right" {
	make_ DESTDIR="$PWD/root" PREFIX=/usr install
	cd root
	for tool in "$RX_TOP"/cmd/rx-* rx-agent; do
		[ "$(stat -c %a "usr/bin/${tool##*/}")" = 755 ]
	done
	for page in "$RX_TOP"/man/*.[1-8]; do
		page=${page##*/}
		[ "$(stat -c %a "usr/share/man/man${page##*.}/$page")" = 644 ]
	done
	for data in "$RX_TOP"/agent/rules/*.json "$RX_TOP"/agent/schemas/*; do
		cmp "$data" "usr/share/rx/${data#"$RX_TOP/agent/"}"
		[ "$(stat -c %a "usr/share/rx/${data#"$RX_TOP/agent/"}")" = 644 ]
	done
	[ "$(find . -type f | wc -l)" -eq "$(find usr -type f | wc -l)" ]
}

@test "install: an installed agent finds the tools beside it" {
	make_ DESTDIR="$PWD/root" PREFIX=/opt/rx install
	run -0 env -u RX_BIN PATH=/usr/bin:/bin "$PWD/root/opt/rx/bin/rx-agent" -n
	[ "${lines[0]}" = "PATH=$PWD/root/opt/rx/bin:\$PATH" ]
}

@test "install: no file tells where it was built" {
	make_ DESTDIR="$PWD/root" PREFIX=/usr install
	run -1 grep -rlaF -e "$RX_TOP/" root
}

@test "install: uninstall takes all of it back" {
	make_ DESTDIR="$PWD/root" PREFIX=/usr install
	make_ DESTDIR="$PWD/root" PREFIX=/usr uninstall
	run -0 find root -type f
	[ -z "$output" ]
}

@test "make: an object is built again when a flag or a header changes, else not" {
	object=$(find "$RX_TOP/lib" -name '*.c' -printf 'lib/%f\n' -quit)
	object=$PWD/b/${object%.c}.o
	# shellcheck disable=SC2120 # run passes them
	build() { make -C "$RX_TOP" B="$PWD/b" "$object" "$@"; }
	build
	run -0 build
	[[ "$output" != *"  CC "* ]]
	run -0 build CPPFLAGS=-DANY
	[[ "$output" == *"  CC "* ]]
	run -0 build VERSION=9
	[[ "$output" == *"  CC "* ]]
}

@test "deps: without root the exact command is printed, and nothing is done" {
	mkdir bin
	printf '#!/bin/sh\necho 1000\n' >bin/id
	printf '#!/bin/sh\necho "installed gcc"\n' >bin/dpkg-query
	printf '#!/bin/sh\necho "$@" >>%s\n' "$PWD/called" >bin/apt-get
	chmod +x bin/*
	PATH="$PWD/bin:$PATH" run -1 --separate-stderr "$RX_TOP/.ci/deps" gcc rx-a rx-b
	[[ "$stderr" == *"apt-get install --no-install-recommends rx-a rx-b"* ]]
	PATH="$PWD/bin:$PATH" run -0 "$RX_TOP/.ci/deps" gcc
	[ -z "$output" ]
	[ ! -e called ]
}
