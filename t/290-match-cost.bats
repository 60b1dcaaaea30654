# rx-match: no allocation per record, little memory, and what JIT is worth
setup() { load helper; }

# count_allocations: makes counted.so, which says at exit how often memory was
# asked for.
count_allocations() {
	need cc
	! grep -qa __asan_init "$RX_BIN/rx-match" || skip "ASan has its own malloc"
	cat >counted.c <<-'E'
	#include <stddef.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t);
	extern void *__libc_realloc(void *, size_t);
	static unsigned long asked;
	void *malloc(size_t n) { asked++; return __libc_malloc(n); }
	void *calloc(size_t n, size_t m) { asked++; return __libc_calloc(n, m); }
	void *realloc(void *p, size_t n) { asked++; return __libc_realloc(p, n); }
	__attribute__((destructor)) static void tell(void)
	{
		char text[32];
		int n = snprintf(text, sizeof(text), "asked %lu\n", asked);
		if (write(2, text, (size_t)n) != n)
			_exit(99);
	}
	E
	cc -shared -fPIC -o counted.so counted.c || skip "no shared objects here"
}

# records N: of many kinds; all that have a keyword match, some have a level,
# an escape, a severity, bytes past ASCII.
records() {
	python3 - "$1" <<-'E'
	import sys
	kinds = ["all is well", "an interrupt came", "it failed", "ERROR no route", "fail \\u0041", "tab\\terror", "é error é", "<11>error",
	         "level=warn msg=\\\"fail\\\"", "non-fatal", "IOException at x", "out of memory", "x\\\\error"]
	end = ["", ',"severity":"warn"', ',"severity":"x"', ',"a":[1,{"b":null}]']
	out = []
	for i in range(int(sys.argv[1])):
	    out.append('{"timestamp":"2026-01-05T10:00:00Z","label":"l","log_path":"/var/log/l","log_line":"%s %d"%s}\n' % (kinds[i % 13], i, end[i % 4]))
	sys.stdout.write("".join(out))
	E
}

# asked COMMAND...: its allocations.
asked() { LD_PRELOAD=./counted.so "$@" 2>&1 >out | sed -n 's/^asked //p'; }

@test "cost: a million records ask for no more memory than two thousand do" {
	count_allocations
	records 2000 >few
	records 1000000 >many
	for options in -k '-k -v' '-e fail -i' '-k --format classic' '-k --format view --color always' \
	    '--severity-at-least warn' '-k=error,fail* -c'; do
		few=$(asked rx-match $options <few)
		many=$(asked rx-match $options <many)
		[ "$few" -gt 0 ]
		[ "$many" -le $((few + 8)) ] || { echo "$options: $few, $many"; false; }
	done
	few=$(asked rx-match -k few)
	many=$(asked rx-match -k many)
	[ "$many" -le $((few + 8)) ]
}

@test "cost: a million records pass in less than 8 MiB" {
	! grep -qa __asan_init "$RX_BIN/rx-match" || skip "a sanitizer needs more memory than the limit"
	records 1000000 >many
	echo '{"log_line":"fail at last"}' >>many
	mkfifo pipe
	for options in -k '-e fail' '-k --format view --color always'; do
		rx-match $options <pipe >out 3>&- &
		exec 4>pipe
		cat many >&4
		soon ends_in "at last" out
		peak=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$!/status")
		exec 4>&-
		wait $!
		[ "$peak" -lt 8192 ] || { echo "$options: $peak KiB"; false; }
	done
}
ends_in() { tail -n 1 "$2" | grep -q "$1"; }
