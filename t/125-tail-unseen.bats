# SPDX-License-Identifier: MIT
# rx-tail: files that began at the path of a log and were out of sight before
# anybody could look are counted and told (not tested: network file systems)

setup() {
	load helper
	load tail
}

# value NAME{LABELS}: what the counters' file s.prom tells of it.
value() { awk -v name="$1" 'index($0, name " ") == 1 { print substr($0, length(name) + 2) }' s.prom; }

# halted CMD...: run it while rx-tail is stopped.
halted() {
	kill -STOP "$tail"
	soon grep -q '^State:.*stopped' "/proc/$tail/status"
	"$@"
	kill -CONT "$tail"
}

# generation LINE HOW: a file of the log, filled, and what becomes of it.
generation() {
	echo "$1" >>app.log
	case $2 in
	gzip) mv app.log app.log.1 && gzip -f app.log.1 ;;
	delete) rm app.log ;;
	replace) echo new >new && mv new app.log ;;
	away) mv app.log away/ ;;
	rename) mv app.log "app.log.$1" ;;
	stay) ;;
	esac
}
generations() {
	while [ $# -gt 0 ]; do
		generation "$1" "$2"
		shift 2
	done
}

# gaps_are N: so many are told in each way.
gaps_are() {
	stop
	[ "$(value 'rx_tail_gaps_total{why="deleted"}')" = "$1" ]
	[ "$(jq -c 'select(._rx.k == "gap")' out | wc -l)" = "$1" ]
	[ "$(jq -r 'select(._rx.k == "gap") | ._rx.s' out | sort -u | wc -l)" = "$1" ]
	[ "$(jq -c 'select(._rx.k == "gap") | ._rx | [.from,.to,.why,.p]' out | sort -u)" = "${2-[0,null,\"deleted\",\"app.log\"]}" ]
}

begin() {
	echo 0 >app.log
	follow --marks --from start --stats s.prom "$@"
	settled
	soon out_n 1
}

@test "unseen: each generation is read, or counted and told" {
	mkdir away
	begin app.log
	# 0 is open, and read to its end wherever it is.
	halted generations 0b gzip 1 gzip 2 delete 3 rename 4 away 5 gzip 6 stay
	soon out_n 4
	soon grep -q 'app.log: files that came and went before they could be read: 4' err
	[ "$(lines out | paste -sd' ')" = '0 0b 3 6' ]
	gaps_are 4
}

@test "unseen: where the path leads nowhere, what is beside it is read at once" {
	begin app.log
	halted generations 0b delete 1 delete 2 rename 3 delete
	soon out_n 3
	soon grep -q 'could be read: 2' err
	[ "$(lines out | paste -sd' ')" = '0 0b 2' ]
	gaps_are 2
}

@test "unseen: a log that was not there yet, and one that a glob names" {
	follow --marks --from start --stats s.prom app.log
	settled
	halted generations 1 gzip 2 rename 3 delete 4 stay
	soon out_n 2
	soon grep -q 'could be read: 2' err
	[ "$(lines out | paste -sd' ')" = '2 4' ]
	gaps_are 2
}

@test "unseen: a glob that names the rotated files, too" {
	begin './app.log*'
	halted generations 0b gzip 1 gzip 2 rename 3 gzip 4 stay
	soon out_n 4
	soon grep -q 'could be read: 2' err
	[ "$(lines out | paste -sd' ')" = '0 0b 2 4' ]
	gaps_are 2
}

@test "unseen: one that another took the place of is counted" {
	begin app.log
	halted generations 0b delete 1 replace
	soon out_n 3
	soon grep -q 'could be read: 1' err
	[ "$(lines out | paste -sd' ')" = '0 0b new' ]
	gaps_are 1
}

# In these nothing is lost, so nothing is told.
hide_and_return() {
	mv app.log x && mv x app.log
	echo 1 >>app.log
}
@test "unseen: a file that was away and is back is no loss" {
	begin app.log
	halted hide_and_return
	soon out_n 2
	gaps_are 0 ''
}

empties() {
	mv app.log app.log.1
	: >app.log
	rm app.log
	: >app.log
	rm app.log
	echo 1 >app.log
}
@test "unseen: empty files that were deleted are no loss" {
	begin app.log
	halted empties
	soon out_n 2
	gaps_are 0 ''
}

to_other_logs() {
	mv app.log app-0.log
	echo 1 >app.log
	mv app.log app-1.log
	echo 2 >app.log
}
@test "unseen: one that goes on as another log is no loss" {
	begin './app*.log'
	halted to_other_logs
	soon out_n 3
	[ "$(lines out | sort | paste -sd' ')" = '0 1 2' ]
	gaps_are 0 ''
}

other_kinds() {
	rm app.log
	mkdir app.log
	rmdir app.log
	ln -s nowhere app.log
}
@test "unseen: a directory and a link that leads nowhere are no loss" {
	begin app.log
	halted other_kinds
	echo 1 >nowhere
	RX_PATIENCE=20 soon out_n 2
	gaps_are 0 ''
}

@test "unseen: rotation under the eyes of rx-tail is no loss" {
	begin --rotate-wait 100ms app.log
	for i in {101..200}; do
		mv app.log app.log-20260105$i
		echo $i >app.log
	done
	soon out_n 101
	[ "$(lines out)" = "$(seq 0 0; seq 101 200)" ]
	gaps_are 0 ''
}
