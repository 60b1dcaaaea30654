# SPDX-License-Identifier: MIT
# Each fault scenario (X-01 to X-65) and security requirement (SEC-01 to SEC-54)
# has a test that names it, or a line in t/faults.tsv: row, file and words of the
# test's name; or row, -, and why there is none.

setup() { load helper; }

rows() { printf 'X-%02d\n' $(seq 65); printf 'SEC-%02d\n' $(seq 54); }
named() { grep -ohE '^@test.*' "$RX_TOP"/t/*.bats | grep -oE '\b(X|SEC)-[0-9]{2}\b' | sort -u; }

@test "rows: none is without a test or a reason, and none without a test has one" {
	cut -f 1 "$RX_TOP/t/faults.tsv" | sort -u >told
	comm -23 <(rows | sort -u) <(sort -u told <(named)) >missing
	[ ! -s missing ] || { cat missing; false; }
	awk -F '\t' '$2 == "-" { print $1 }' "$RX_TOP/t/faults.tsv" | sort >open
	[ -z "$(comm -12 open <(named))" ]
	[ -z "$(comm -23 told <(rows | sort))" ]
	printf '# without a test, t/faults.tsv says why: %s\n' "$(paste -sd ' ' open)" >&3
}

@test "rows: each test that the table names is there" {
	while IFS=$'\t' read -r row file words rest; do
		[ -n "$words" ] && [ -z "$rest" ]
		[ "$file" != - ] || continue
		grep '^@test' "$RX_TOP/$file" | grep -qF -- "$words" || { echo "$row: $file: $words"; false; }
	done <"$RX_TOP/t/faults.tsv"
}
