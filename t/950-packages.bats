# SPDX-License-Identifier: MIT
# Packages: completion, the static tools, the Debian package; a fleet of them   (not tested: other
# architectures)
setup() { load helper; }

# completed WORD...: what bash offers for the last one.
completed() {
	bash -c '. "./$1"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
	"_${1//-/_}" "$1" "${@: -1}"; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$@" | sort -u
}

@test "completions: bash offers what --help=all has, of each tool and verb; zsh can read its own" {
	"$RX_TOP/agent/completions.sh" bash "$RX_BIN" .
	"$RX_TOP/agent/completions.sh" zsh "$RX_BIN" .
	for tool in "$RX_TOP"/cmd/rx-*; do
		tool=${tool##*/}
		"$RX_BIN/$tool" --help=all | grep -oE '^  (-.,|   ) --[a-z-]+' |
			sed 's/.* //' | sort -u >told
		[ "$(wc -l <told)" -gt 8 ]
		completed "$tool" -- | diff told -
		while read -r option; do
			grep -qF -e "*$option" _rx || echo "$tool $option"
		done <told >missing
		[ ! -s missing ]
	done
	[ "$(completed rx-spool qu)" = query ]
	completed rx-spool query -- | grep -qx -e --since
	[ "$(completed rx-agent doc)" = doctor ]
	completed rx-agent run -- | grep -qx -e --api-url
	need zsh
	zsh -n _rx
	zsh -fc 'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D
	    [[ $_comps[rx-tail] == _rx && $_comps[rx-agent] == _rx ]]'
}

@test "static: rx-tail and rx-match find what went wrong in a root that holds nothing else" {
	[ "$(id -u)" = 0 ] || skip "chroot is for root"
	! sanitized || skip "a build of its own, seen without sanitizers"
	# Without optimising it is built in a third of the time.
	make -s -C "$RX_TOP" -o deps B="$PWD/b" CFLAGS=-O0 static >built 2>&1 ||
		{ cat built && false; }
	mkdir root
	tar -xzf b/static/rx-*-static.tar.gz -C root --strip-components 1
	[ "$(find root -type f -printf '%f\n' | sort | tr '\n' ' ')" = 'rx-match rx-tail ' ]
	run -1 readelf -dW root/rx-tail root/rx-match --needed-libs
	readelf -lW root/rx-tail >program
	run -1 grep INTERP program
	[ "$(stat -c %s b/static/rx-*.tar.gz)" -lt 3000000 ]
	{
		date -ud '-3 hours' '+%Y-%m-%dT%H:%M:%SZ ERROR long ago'
		date -ud '-1 minute' '+%Y-%m-%dT%H:%M:%SZ ERROR db: connection refused'
		date -ud '-1 minute' '+%Y-%m-%dT%H:%M:%SZ INFO fine'
	} >root/app.log
	chroot root /rx-tail --once --since 1h /app.log |
		chroot root /rx-match -k --format raw >out
	[ "$(sed 's/^[^ ]* //' out)" = 'ERROR db: connection refused' ]
}

# A package in a new Debian: minutes, and a mirror.
@test "deb: installed, configured and purged in a clean Debian, it leaves nothing behind" {
	[ -n "${RX_FULL:-}" ] || skip "builds a package and a Debian; RX_FULL=1"
	[ "$(id -u)" = 0 ] || skip "debootstrap is for root"
	need debootstrap
	TMPDIR=$PWD make -C "$RX_TOP" -o deps B="$PWD/b" deb >built 2>&1 ||
		{ tail -n 40 built && false; }
	bash "$RX_TOP/t/clean-root.sh" "$PWD/root" b/deb/rx-agent_*.deb
}

@test "R-176: what make deps brings is what the build needs, and what a package declares" {
	# Debian's list leaves out what every build there has.
	sed -n '/^Build-Depends:/,/^[A-Z][a-z]*-.*:/p' "$RX_TOP/agent/debian/control" |
		grep -oE '[a-z0-9.-]+-dev\b|pkg-config|libjs-[a-z.]+' | sort >declared
	# shellcheck disable=SC2016 # make's
	make -s -C "$RX_TOP" --eval='print: ; @echo $(DEPS)' print | tr ' ' '\n' |
		grep -vxE 'gcc|libc6-dev' | sort >listed
	[ "$(uname -m)" = x86_64 ] || sed -i /hyperscan/d declared
	diff listed declared
}

@test "R-176: in a new Debian the build needs what make deps brings and nothing else" {
	[ -n "${RX_FULL:-}" ] || skip "builds in a new Debian; RX_FULL=1"
	[ "$(id -u)" = 0 ] || skip "debootstrap is for root"
	need debootstrap
	can_unshare -n
	bash "$RX_TOP/t/clean-build.sh" "$PWD/root"
}

@test "fleet: 10,000 nodes come back from ten minutes with a peak of at most 3 times the mean" {
	python3 "$RX_TOP/t/bench/fleet.py" --bin "$RX_BIN" --check
}
