# SPDX-License-Identifier: MIT
# The tree: nothing in it belongs to one machine or to somebody

setup() {
	load helper
	cd "$RX_TOP" || return
	git rev-parse --git-dir >/dev/null 2>&1 || skip "not a git checkout"
}

@test "tree: no file names the directory it is developed in" {
	run -1 git grep -IlF -e "$RX_TOP/"
}

@test "tree: no private key and no token in it" {
	run -1 git grep -IlE -e '-----BEGIN ([A-Z]+ )?PRIVATE KEY' -- ':!t/data'
	run -1 git grep -IlE -e '\b(ghp|gho|glpat|xox[bp])[-_][A-Za-z0-9]{20}'
}

@test "tree: no build product in it" {
	run -0 git ls-files '*.o' '*.a' '*.d' 'build/*' '*.db' '*.orig' '*.rej'
	[ -z "$output" ]
}

@test "tree: every source says its licence (SPDX)" {
	sources=$(git ls-files '*.c' '*.h' '*.py' '*.sh' '*.bash' '*.bats' '*.service' '*.target' 'man/*' Makefile .ci/run .ci/deps ':!t/data')
	[ "$(wc -l <<<"$sources")" -gt 500 ]
	[ -z "$(grep -L 'SPDX-License-Identifier: MIT' $sources)" ]
}
