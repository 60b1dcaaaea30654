# SPDX-License-Identifier: MIT
# rx-tail: --zone, --time, --config and --check
# (not tested: that --check writes no node_id, which start-up then would)
setup() {
	load helper
	load tail
}

# utc ZONE TEXT...: the times that lines of that zone tell
utc() {
	printf '%s web app[1]: x\n' "${@:2}" >z.log
	rx-tail --once --zone "$1" z.log | jq -r .timestamp | paste -sd' '
}

@test "zone: times that name none are of this one, others keep theirs" {
	[ "$(utc +02:00 'Jan  5 10:00:00' '2026-01-05 10:00:00')" = '2026-01-05T08:00:00Z 2026-01-05T08:00:00Z' ]
	[ "$(utc -0530 '2026-01-05T10:00:00' '2026-01-05T10:00:00Z' '2026-01-05T10:00:00+01:00')" = '2026-01-05T15:30:00Z 2026-01-05T10:00:00Z 2026-01-05T09:00:00Z' ]
	[ "$(utc UTC '2026-07-05T10:00:00')" = '2026-07-05T10:00:00Z' ]
	# the option wins over the environment
	[ "$(TZ=EST5 utc +01:00 '2026-01-05T10:00:00')" = '2026-01-05T09:00:00Z' ]
	[ "$(TZ=EST5 utc Z '2026-01-05T10:00:00')" = '2026-01-05T10:00:00Z' ]
	[ "$(utc CET-1CEST '2026-01-05T10:00:00')" = '2026-01-05T09:00:00Z' ]
}

@test "zone: an hour that comes twice is the first, one that is left out is no time" {
	[ -e /usr/share/zoneinfo/Europe/Berlin ] || skip "no zone database here"
	[ "$(utc Europe/Berlin '2026-10-25T01:59:59' '2026-10-25T02:30:00' '2026-10-25T03:00:00')" = '2026-10-24T23:59:59Z 2026-10-25T00:30:00Z 2026-10-25T02:00:00Z' ]
	[ "$(utc Europe/Berlin '2026-03-29T01:59:59' '2026-03-29T03:00:00')" = '2026-03-29T00:59:59Z 2026-03-29T01:00:00Z' ]
	# no wrong time comes of it: it is the time of reading
	[[ $(utc Europe/Berlin '2026-03-29T02:30:00') != 2026-03-29* ]]
	# the tool as an independent witness
	for when in '2026-01-05 10:00:00' '2026-07-05 10:00:00' '2025-12-31 23:30:00'; do
		[ "$(utc Europe/Berlin "$when")" = "$(date -u -d "TZ=\"Europe/Berlin\" $when" +%FT%TZ)" ]
	done
}

@test "zone: the year of a date without one is that which is near, in that zone" {
	# 40 days ahead is last year's, 20 days ahead is to come
	printf '%s web app: x\n' "$(LC_ALL=C date -u -d 'now + 40 days' '+%b %e 12:00:00')" >z.log
	[[ $(rx-tail --once --zone +10:00 z.log | jq -r .timestamp) < $(date -u +%FT%TZ) ]]
	printf '%s web app: x\n' "$(LC_ALL=C date -u -d 'now + 20 days' '+%b %e 12:00:00')" >z.log
	[[ $(rx-tail --once --zone +10:00 z.log | jq -r .timestamp) > $(date -u +%FT%TZ) ]]
}

@test "zone: --since is of it, too" {
	printf '2026-01-05 %02d:00:00 x\n' 8 9 10 11 >z.log
	[ "$(rx-tail --once --zone +05:00 --since '2026-01-05 10:00:00' z.log | wc -l)" = 2 ]
	[ "$(rx-tail --once --since 2026-01-05T05:00:00Z --zone +05:00 z.log | wc -l)" = 2 ]
}

@test "zone: what is none is refused" {
	: >z.log
	for bad in Nowhere/City '' +25:00 +01:60 ../etc/passwd /etc/localtime 5; do
		run -64 --separate-stderr rx-tail --once --zone "$bad" z.log
		[[ $stderr == *"--zone $bad: is neither an offset"* ]]
	done
}

@test "time: read takes no time from lines, and no tag" {
	printf 'Jan  5 10:00:00 web sshd[7]: one\n2020-01-05T10:00:00Z two\n' >a.log
	run -0 rx-tail --once --time read a.log
	[ "$(jq -r .timestamp <<<"$output" | grep -c "^$(date -u +%Y)")" = 2 ]
	[ "$(jq -r .application <<<"$output" | sort -u)" = a.log ]
	[ "$(rx-tail --once --time line a.log | jq -r .application | head -n1)" = sshd ]
	# what a runtime says is kept
	echo '2020-01-05T10:00:00Z stdout F x' >0.log
	[ "$(rx-tail --once --time read --cri 0.log | jq -r .timestamp)" = 2020-01-05T10:00:00Z ]
	run -64 rx-tail --once --time never a.log
	# nor do its own messages come back
	printf '%s\n' 'Jan  5 10:00:00 web rx-ship[7]: warning: no' 'Jan  5 10:00:00 web rx-box[7]: yes' >b.log
	run -0 --separate-stderr rx-tail --once --time read b.log
	[ "$(lines <<<"$output")" = 'Jan  5 10:00:00 web rx-box[7]: yes' ]
}

@test "time: read hands on the same text, whatever is in it" {
	need python3
	python3 - <<-'PY'
		import random
		random.seed(7)
		kinds = [b"plain text ", "ä 日本 🙂".encode(), b'"\\/', b"\t\r\0\x1b", b"\xff\xc3", b"{", b"r"]
		with open("a.log", "wb") as f:
		    for n in range(20000):
		        most = random.choice(kinds)
		        f.write(b"".join(random.choice([most] * 9 + kinds)
		                for _ in range(random.choice([0, 1, 3, 9, 30]))) + b"\n")
		        if n % 4000 == 0:
		            f.write(random.randbytes(9000).replace(b"\n", b"") + b"\n")
		            f.write(b"x" * 700000 + b"\n")
		    f.write(b"no newline")
	PY
	for how in line read; do
		rx-tail --once --time $how a.log --stats $how.prom |
			jq -c '[.log_line, .truncated]' >$how
		grep -E '^rx_tail_(read|replaced)' $how.prom >>$how
	done
	cmp line read
	[ "$(grep -c '' read)" -gt 20010 ]
	# ours are left out, of many lines too
	{ cat a.log; echo; echo 'rx-ship: warning: no'; seq 2000; } >b.log
	rx-tail --once --time read b.log >out
	run -1 grep -q 'rx-ship' out
	[ "$(tail -n1 out | jq -r .log_line)" = 2000 ]
}

@test "config: options come from a file, those of the command line win" {
	echo one >a.log && printf 'two\nthree\n' >b.log
	cat >rx.json <<-'E'
	{"rx-match": {"nobody": "asks"},
	 "rx-tail": {"log-file": ["a.log", "b.log"], "once": true, "lines": 1, "label": ["a*=first", "b*=second"]}}
	E
	run -0 rx-tail --config rx.json
	[ "$(jq -r '.label + " " + .log_line' <<<"$output" | paste -sd,)" = 'first one,second three' ]
	run -0 rx-tail -c rx.json -n 5 b.log
	[ "$(lines <<<"$output" | paste -sd,)" = 'one,two,three' ]
	run -0 rx-tail -c rx.json --log-file=a.log
	[ "${#lines[@]}" = 2 ]
	echo '{}' >rx.json
	[ "$(rx-tail -c rx.json --once a.log | wc -l)" = 1 ]
}

@test "config: what is wrong is 78 with its place" {
	: >a.log
	while IFS='|' read -r text told; do
		printf '%s' "$text" >rx.json
		run -78 --separate-stderr rx-tail -c rx.json --once a.log
		[[ $stderr == "rx-tail: fatal: rx.json:$told"* ]] || { echo "$text: $stderr"; false; }
	done <<-'E'
	{"rx-tail":{"max-filez":3}}|1:25: rx-tail has no option --max-filez
	{"rx-tail":{"once":"yes"}}|1:20: "once" is true or not there
	{"rx-tail":{"once":true,"once":true}}|1:
	{"rx-tail":[]}|1:12: an object of options
	{"rx-tail":{"max-files":"x"}}|1:25: --max-files x: is not a whole number
	{"rx-tail":|
	E
	run -78 rx-tail -c nowhere.json --once a.log
}

@test "check: it tells what start-up would, and reads and writes nothing" {
	echo line >a.log
	run -0 --separate-stderr rx-tail --check a.log 'later/*.log' not-yet.log
	[ -z "$output" ] && [ -z "$stderr" ]
	run -1 --separate-stderr rx-tail --check --once a.log gone.log
	[ "$stderr" = 'rx-tail: warning: gone.log: unable to read: No such file or directory' ]
	run -74 rx-tail --check --once gone.log
	run -64 rx-tail --check --multiline 'start=(' a.log
	run -78 --separate-stderr rx-tail --check --max-files 1 a.log gone.log
	[[ $stderr == *'Cannot monitor 2 files. Maximum is 1.'* ]]
	run -74 --separate-stderr rx-tail --check --stats none/s.prom a.log
	[ "$stderr" = 'rx-tail: fatal: none/s.prom: unable to write: No such file or directory' ]
	run -74 rx-tail --check --checkpoint none/pos a.log
	echo garbage >pos
	run -65 rx-tail --check --checkpoint pos a.log
	[ "$(cat pos)" = garbage ]
	run -78 rx-tail --check --node-id 'a b' a.log
	run -0 rx-tail --check --stats s.prom --checkpoint new a.log
	[ ! -e s.prom ] && [ ! -e new ] && [ ! -e new.lock ]
}

@test "check: a claim is not taken, a pipe not drained, a run not disturbed" {
	echo line >a.log && mkfifo pipe
	run -0 timeout 10 rx-tail --check --resume nowhere a.log
	echo kept >pipe 3>&- &
	writer=$!
	run -0 timeout 10 rx-tail --check pipe
	kill -0 $writer # nobody has opened it
	[ "$(cat pipe)" = kept ]
	follow --checkpoint pos a.log
	settled
	run -0 rx-tail --check --checkpoint pos a.log
	stop
}

# asks FILE...: the configuration asks for these now
asks() { jq -n '{"rx-tail": {"log-file": $ARGS.positional, "label": "c.log=third"}}' --args "$@" >rx.json; }

@test "config: HUP asks for other files, those of the command line stay" {
	for f in a b c d; do echo "old $f" >$f.log; done
	asks a.log b.log
	follow --config rx.json d.log
	settled
	echo 1 >>a.log
	soon out_n 1
	asks b.log './c*.log'
	kill -HUP "$tail"
	soon grep -qF 'rx.json was read again: following 3 files' err
	for f in a b c d; do echo "new $f" >>$f.log; done
	soon out_n 4
	# What went may come again, and its label is the one of then.
	jq '.["rx-tail"] = {"log-file": "a.log", "label": "a.log=first"}' rx.json >new && mv new rx.json
	kill -HUP "$tail"
	soon grep -qF 'following 2 files' err
	echo 'newer c' >>c.log
	echo 'newer a' >>a.log
	soon out_n 5
	stop
	[ "$(jq -r '.label + ":" + .log_line' out | sort | paste -sd,)" = 'a.log:1,b.log:new b,d.log:new d,first:newer a,third:new c' ]
	[ "$(complaints | grep -c warning || :)" = 0 ]
}

@test "config: HUP with a wrong file changes nothing and says where it is wrong" {
	echo old >a.log
	asks a.log
	follow --config rx.json
	settled
	hup() {
		printf '%s\n' "$1" >rx.json
		kill -HUP "$tail"
		soon grep -qF "$2" err
	}
	hup '{"rx-tail":' "; the options stay as they were"
	hup '{"rx-tail": {"log-files": "b.log"}}' 'rx.json:1:27: rx-tail has no option --log-files; the options stay as they were'
	hup '{"rx-tail": {"log-file": "b.log", "label": "x"}}' 'rx.json: a label is not GLOB=NAME; what is followed stays as it was'
	hup '{}' 'rx.json: it names no file; what is followed stays as it was'
	hup '{"rx-tail": {"log-file": "a.log", "max-files": 3}}' 'rx.json: --max-files differs from before, which counts from the next start'
	soon grep -qF 'following 1 files' err
	echo new >>a.log
	soon out_n 1
	stop
}

@test "config: a file that HUP takes back and asks for again is read once, marked" {
	seq 100 >a.log && seq 101 200 >b.log
	asks a.log b.log
	lane --from start --config rx.json
	soon stored_n 200
	asks b.log
	kill -HUP "$tail"
	soon grep -qF 'following 1 files' err
	[ "$(jq -c '[.pos[] | .o] | sort' st)" = '[292,400]' ]
	seq 201 300 >>a.log
	echo end >>b.log
	soon stored_n 201
	asks a.log c.log
	seq 301 310 >c.log # as a start of the lane would take it: whole
	kill -HUP "$tail"
	soon grep -qF 'following 2 files' err
	soon stored_n 311
	lane_end
	[ "$(stored | sort -n | paste -sd,)" = "$( (echo end; seq 310) | sort -n | paste -sd,)" ]
	[ ! -s st.gaps ]
}

@test "tail: --format raw writes lines as they are" {
	printf 'Jan  5 10:00:00 web app: "q" \\ \xff\n\n\0nul\tx\r\nlast' >a.log
	run -0 --separate-stderr rx-tail --once --format raw --stats stats a.log
	[ -z "$stderr" ]
	rx-tail --once --format raw a.log >out
	cmp out <(printf 'Jan  5 10:00:00 web app: "q" \\ \xff\n\n\0nul\tx\r\nlast\n')
	grep -qx 'rx_tail_written_records_total 4' stats
	# With a record of several lines, a container's, UTF-16, and what rx says.
	printf 'one\n\ttwo\nthree\n' >m.log
	run -0 rx-tail --once --format raw --multiline indent m.log
	[ "$output" = $'one\n\ttwo\nthree' ]
	echo '2026-01-05T10:00:00.5Z stdout F {"a":"b"}' >0.log
	run -0 rx-tail --once --format raw --cri 0.log
	[ "$output" = '{"a":"b"}' ]
	printf '\xff\xfeo\0k\0\n\0' >wide.log
	printf 'rx-ship: warning: no\nJan  5 10:00:00 web rx-ship[1]: warning: no\nyes\n' >own.log
	run -0 --separate-stderr rx-tail --once --format raw wide.log own.log
	[ "$output" = $'ok\nyes' ]
	run -64 rx-tail --once --format raw --marks a.log
	run -64 rx-tail --once --format text a.log
}
