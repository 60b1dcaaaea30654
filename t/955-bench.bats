# SPDX-License-Identifier: MIT
# The benches' own bookkeeping: what a work told, goals, guards   (not tested: how fast anything is)
setup() {
	load helper
	bench=$RX_TOP/t/bench
	mkdir told
	echo 0.5 >told/words.load
	export BENCH_RUNS=3 PYTHONPATH=$bench PYTHONDONTWRITEBYTECODE=1
}

# told PROGRAM CPU_S ...: three repetitions of work words, one GB each.
told() {
	local program=$1 cpu
	shift
	for cpu; do
		echo "{\"program\": \"$program\", \"amount\": 1, \"unit\": \"GB\", \"cpu_s\": $cpu, \"wall_s\": 9}"
	done >>told/words
}

report() { python3 "$bench/report.py" "$PWD/told" "" words; }

@test "bench: each goal and each guard names a work that is there, and a bound that can be read" {
	while IFS=$'\t' read -r work ours theirs figure bound; do
		[ -f "$bench/work/$work.py" ]
		[ -n "$ours" ] && [ -n "$theirs" ] && [ -n "$figure" ]
		[[ $bound =~ ^([<>]=\ [0-9.]+(/[0-9]+)?)?$ ]]
	done < <(grep -hv '^#' "$bench/goals.tsv" "$bench/guards.tsv")
	run -0 "$bench/run.sh" --list
	[ "${#lines[@]}" -eq "$(ls "$bench"/work/*.py | wc -l)" ]
	run -64 "$bench/run.sh" --bin "$RX_BIN" nowork
	[ "$output" = "run.sh: no work nowork; --list tells them" ]
}

@test "bench: the ratio is that of the medians, and a goal is met, missed or not measured" {
	told "rx-match -kWORDS" 9 1 0.9
	told "rg -iw" 2 2.1 1
	told "grep -Pi" 1.9 1.8 7
	run -0 report
	[[ $output == *"1 goals met, 1 missed, 1 not measured."* ]]
	[[ $output == *"| words | rg -iw | 2 s/GB | 55% of 3 | 9.00 |  |  | cpu 1/2 | cpu <= 1/2 | met |"* ]]
	[[ $output == *"| words | grep -Pi | 1.9 s/GB |"*" | cpu 1/1.9 | cpu <= 1/2 | **missed** |"* ]]
	echo '{"program": "ugrep -Pi", "missing": "not installed"}' >>told/words
	run -0 report
	[[ $output == *"| words | ugrep -Pi | not installed |"*"| cpu <= 1/2 | not measured |"* ]]
	[[ $output == *"1 goals met, 1 missed, 1 not measured."* ]]
}

@test "bench: a broken guard and a work that failed end with 1, guards that hold with 0" {
	printf 'words\trx-match -kWORDS\trg -iw\tcpu\t<= 1/2\n' >guards
	export BENCH_GOALS=$PWD/guards
	told "rx-match -kWORDS" 1
	told "rg -iw" 2.5
	run -0 report
	[[ $output == *"1 guards hold, 0 broken, 0 not measured" ]]
	told "rg -iw" 1.2 1.1
	run -1 report
	[ "${lines[0]}" = "words: rg -iw: cpu 1/1.2, guard: cpu <= 1/2: missed" ]
	echo "it does not come" >told/words.failed
	unset BENCH_GOALS
	run -1 report
	[[ $output == *"**words failed**: it does not come"* ]]
}
