# SPDX-License-Identifier: MIT
# rx-tail: files made, rotated and deleted all the time; what it costs to watch
# RX_SOAK=SECONDS makes the churn and the idling longer (an hour: 3600)
setup() {
	load helper
}

@test "soak: churn leaves no descriptor, no watch and no memory behind" {
	! sanitized || skip "the sanitizers keep what is freed"
	run -0 python3 "$RX_TOP/t/bench/tail.py" --bin "$RX_BIN" churn "${RX_SOAK:-8}"
	echo "$output" >&3
	[[ $output == *"| watches |"* ]]
}

@test "soak: a hundred idle files cost next to nothing" {
	! sanitized || skip "the sanitizers take memory of their own"
	run -0 python3 "$RX_TOP/t/bench/tail.py" --bin "$RX_BIN" idle "${RX_SOAK:-6}"
	echo "$output" >&3
	read -r _ _ _ cpu _ rss _ < <(grep rx-tail <<<"$output")
	awk -v cpu="$cpu" -v rss="$rss" 'BEGIN { exit !(cpu < .1 && rss <= 5) }'
}

@test "soak: a line of a trickle costs little" {
	! sanitized || skip "the sanitizers take time of their own"
	run -0 python3 "$RX_TOP/t/bench/tail.py" --bin "$RX_BIN" trickle 2
	echo "$output" >&3
	read -r _ _ _ us _ < <(grep rx-tail <<<"$output")
	awk -v us="$us" 'BEGIN { exit !(us < 300) }' # the bar is 70 on a quiet machine
}
