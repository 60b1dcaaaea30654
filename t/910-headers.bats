# SPDX-License-Identifier: MIT
# Every header is a contract that compiles alone

setup() { load helper; }

@test "headers: each compiles alone, without a warning" {
	need "${CC:-cc}"
	cd "$RX_TOP" || return
	for header in lib/*.h cmd/*/*.h; do
		printf '#include "%s"\ntypedef int unused;\n' "$header" |
			"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. -Wall -Wextra \
				-Wpedantic -Werror -fsyntax-only -x c - ||
			echo "$header"
	done >"$BATS_TEST_TMPDIR/bad" 2>&1
	cat "$BATS_TEST_TMPDIR/bad"
	[ ! -s "$BATS_TEST_TMPDIR/bad" ]
}

@test "headers: a library has one door" {
	cd "$RX_TOP" || return
	door() { # HEADER PATTERN-OF-FILES: only these include it
		grep -lE "^#[ \t]*include <($1)" lib/*.[ch] cmd/*/*.[ch] |
			grep -vE "^($2)$" || :
	}
	{
		door 'sqlite3\.h' 'lib/store[a-z_]*\.[ch]'
		door 'pcre2\.h' 'lib/rex[a-z_]*\.[ch]'
		door 'hs/hs[a-z_]*\.h|hs\.h' 'lib/rex[a-z_]*\.[ch]'
		# What libjose takes and gives is jansson's.
		door 'jansson\.h' 'lib/conf[a-z_]*\.[ch]|cmd/rx-serve/jws\.c'
		door 'jose/' 'cmd/rx-serve/jws\.c'
		door 'curl/' 'cmd/rx-ship/[a-z_]*\.[ch]'
		door '(rabbitmq-c/)?amqp' 'cmd/rx-ship/[a-z_]*\.[ch]'
		door 'libwebsockets\.h' 'cmd/rx-serve/[a-z_]*\.[ch]'
	} >"$BATS_TEST_TMPDIR/found"
	cat "$BATS_TEST_TMPDIR/found"
	[ ! -s "$BATS_TEST_TMPDIR/found" ]
}
