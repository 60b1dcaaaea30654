# SPDX-License-Identifier: MIT
# What rx-security(7) says is in the sources, and the rules that only they show

setup() {
	load helper
	page="$RX_TOP/man/rx-security.7"
}

@test "security: each event of the page is in the sources with its counter, and none lacks there (SEC-50)" {
	sed -n 's/^\.It Ql \(.*\) Ta \(Ql \)\?\(.*\) Ta .*/\1\t\3/p' "$page" >told
	[ "$(wc -l <told)" -ge 9 ]
	# A message may be parted where its line is full.
	cat "$RX_TOP"/cmd/*/*.c "$RX_TOP"/lib/*.[ch] | tr -d '\n\t' | sed 's/"  *"//g' >sources
	while IFS=$'\t' read -r words counter; do
		grep -qF -- "$words" sources || { echo "nobody says: $words"; false; }
		case $counter in
		rx_* | forged) grep -qF "\"$counter\"" sources || { echo "no counter: $counter"; false; } ;;
		esac
	done <told
	grep -ohE '\bwarn[a-z_]*\((&[a-z_.]+,)? *"[a-z]+_[a-z]+:' sources |
		grep -oE '[a-z]+_[a-z]+:$' | tr -d : | sort -u >said
	[ "$(wc -l <said)" -ge 4 ]
	cut -f 1 told | sort | comm -23 said - >missing
	[ ! -s missing ] || { cat missing; false; }
}

@test "security: nothing switches the verification of a peer off (SEC-21)" {
	for tool in "$RX_TOP"/cmd/rx-*; do
		"$RX_BIN/${tool##*/}" --help=all >help
		grep -oiE -e '--[a-z-]*(insecure|verify|unsafe|trust)[a-z-]*' help || :
	done | sort -u >options
	# Of rx-serve, and about who may reach it; t/740 hears what it says.
	[ "$(grep -vx -e --insecure -e --verify options)" = "" ]
	run -1 grep -rnE 'VERIFY(PEER|HOST|STATUS), *0|SSL_VERIFY_NONE|verify_(peer|hostname)\([^)]*(0|false)\)' \
		"$RX_TOP/cmd" "$RX_TOP/lib"
	grep -qE 'VERIFYPEER, *1|SSL_VERIFY_PEER' "$RX_TOP"/cmd/rx-ship/tls.c
}

@test "security: a secret is compared by what takes the same time for each (SEC-12)" {
	need nm
	[ -z "$(grep -nE '\b(memcmp|strcmp|strncmp|bcmp)\(' "$RX_TOP/cmd/rx-serve/token_hash.c")" ]
	nm -D --undefined-only "$RX_BIN/rx-serve" | grep -q CRYPTO_memcmp
}

@test "security: valgrind finds nothing in a short pipeline and in what reads hostile input (SEC-45)" {
	[ -n "${RX_FULL:-}" ] || skip "minutes of it; RX_FULL=1"
	! sanitized || skip "valgrind and the sanitizers do not go together"
	need valgrind
	grind=(valgrind -q --error-exitcode=88 --leak-check=full --errors-for-leak-kinds=definite)
	"${grind[@]}" rx-tail --version >/dev/null || skip "valgrind cannot read what this compiler wrote"
	for n in $(seq 2000); do echo "2026-01-05T10:00:0$((n % 10))Z ERROR db: no $n"; done >a.log
	rx-spool claim q.db a >claim
	"${grind[@]}" rx-tail --resume claim --once a.log >tailed
	"${grind[@]}" rx-match -k <tailed >matched
	"${grind[@]}" rx-spool push q.db a <matched
	"${grind[@]}" rx-spool emit --once q.db a >emitted
	"${grind[@]}" rx-ship file:out.ndjson <emitted >outcomes
	"${grind[@]}" rx-spool ack q.db <outcomes
	[ "$(wc -l <out.ndjson)" = 2000 ]
	"${grind[@]}" rx-metrics --once | "${grind[@]}" rx-alert --replay >alerts
	for source in "$RX_TOP"/t/fuzz/*.c; do
		name=$(basename "$source" .c)
		[ "$name" != replay ] || continue
		find "$RX_TOP/t/fuzz/seed/$name" -type f -exec "${grind[@]}" "$RX_UNIT/fuzz-$name" {} + >/dev/null 2>found && continue
		cat found
		# Code that PCRE2 makes as it runs, which has no name, reads whole vectors,
		# also behind a text; nothing else may.
		awk '/   at 0x/ && before !~ / Address / && !/: [?][?][?]$/ { bad = 1 } { before = $0 } END { exit bad }' found
	done
}
