# SPDX-License-Identifier: MIT
# rx-tail and what is no file: FIFOs, commands, standard input

setup() {
	load helper
	load tail
}

@test "pipes: a FIFO, whose writers come and go" {
	mkfifo fifo
	follow web=fifo
	settled
	echo one >fifo
	soon out_n 1
	printf 'two\nhalf' >fifo
	soon out_n 3 # its writer is gone
	echo four >fifo
	soon out_n 4
	stop
	[ "$(jq -c '[.label,.log_path,.log_line]' out | paste -sd' ')" = '["web","fifo","one"] ["web","fifo","two"] ["web","fifo","half"] ["web","fifo","four"]' ]
}

@test "pipes: the output of commands beside a file, to its end" {
	echo file >a.log
	run -0 timeout 20 bash -c "rx-tail --once a.log <(printf 'one\ntwo') <(echo three)"
	[ "$(jq -r .log_line <<<"$output" | sort | paste -sd' ')" = 'file one three two' ]
	run -0 timeout 20 bash -c "rx-tail <(echo one)"
	[ "$(jq -r .log_line <<<"$output")" = one ]
}

@test "pipes: --once waits for the first writer of a FIFO" {
	mkfifo fifo
	rx-tail --once fifo >out 3>&- &
	tail=$!
	sleep .2 # nobody writes
	kill -0 $tail
	echo one >fifo
	wait $tail
	[ "$(lines out)" = one ]
}

@test "pipes: F-22 a half line goes out after five seconds of quiet, once" {
	mkfifo fifo
	rx-tail - <fifo >out 3>&- &
	tail=$!
	exec 4>fifo
	printf 'one\nha' >&4
	soon out_n 1
	[ "$(lines out)" = one ]
	soon out_n 2
	printf 'lf\n' >&4
	soon out_n 3
	exec 4>&-
	wait $tail
	[ "$(lines out | paste -sd,)" = one,ha,lf ]
}

@test "pipes: lines of standard input are joined too" {
	mkfifo fifo
	rx-tail --multiline indent --join-wait 200ms - <fifo >out 3>&- &
	tail=$!
	exec 4>fifo
	printf 'one\n\tmore\n' >&4
	soon out_n 1
	printf 'two\n' >&4
	exec 4>&-
	wait $tail
	[ "$(jq -c .log_line out | paste -sd' ')" = '"one\n\tmore" "two"' ]
}

@test "pipes: they have no position, so no marks" {
	mkfifo fifo
	for name in - fifo; do
		run -64 --separate-stderr rx-tail --marks $name
		[[ $stderr == *"has no position"* ]]
		[ -z "$output" ]
	done
}

@test "pipes: what cannot be opened is said" {
	[ "$(id -u)" -ne 0 ] || skip "root may read everything"
	mkfifo -m 0 fifo
	run -77 --separate-stderr rx-tail --once fifo
	[[ $stderr == *"fifo: unable to read: Permission denied"* ]]
}
