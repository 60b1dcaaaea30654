# SPDX-License-Identifier: MIT
# rx-ship and time that passes faster than here: tokens, old lines, outages
# The clock is libfaketime's: all that run in a test read it from one file.
setup() {
	load helper
	load ship
	load web
	FAKE=$(dpkg -L libfaketime 2>/dev/null | grep 'libfaketime.so.1$') || skip "not installed: libfaketime"
	# A clock that is read from a file follows when the file is written.
	export FAKETIME_TIMESTAMP_FILE=$PWD/clock FAKETIME_NO_CACHE=1
	# The sanitizers want to be loaded first.
	export ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
	ships=()
	clock 0
}
teardown() {
	# Who was killed, or gave up its rights, cannot take these away at its end.
	ships+=("${WEB:-}")
	stop_web
	for pid in "${ships[@]}"; do
		rm -f "/dev/shm/faketime_shm_$pid" "/dev/shm/sem.faketime_sem_$pid"
	done
}

# clock S: it is S seconds later than when the test began, for who is in fake.
clock() {
	echo "+$1" >clock.new
	mv clock.new clock
}
# In the background only: $! is then the pid of what runs.
fake() { exec env LD_PRELOAD="$FAKE" "$@"; }

token_file() { (umask 077; printf '%s\n' "$1" >token); }

# posted PATH N: so many records of that path were taken.
posted() { [ "$(grep -c "\"path\": \"$1\".*\"status\": 200" web.log)" -ge "$2" ]; }
refreshes() { grep -c '"path": "/api/auth/refresh"' web.log; }

# old N AGE: what rx-spool emits of N records that are AGE seconds old.
old() {
	emit "$1" | jq -c --argjson age "$2" \
		'if .timestamp then .timestamp = (now - $age | todate) else . end'
}

@test "R-209: with tokens of five minutes it posts for six, no gap, one refresh" {
	fake_web --tokens 300
	token_file dead
	mkfifo pipe
	fake rx-ship --timeout 1h --answer-timeout 1h --token-file token \
		--refresh-url "$(web_url /api/auth/refresh)" "$(web_url /in)" <pipe 2>err 3>&- &
	ships=($!)
	local n=0 second
	exec 9>pipe
	for second in $(seq 0 10 360); do
		clock "$second"
		echo "{\"at\":$second}" >&9
		soon posted /in $((n += 1))
		soon flock -n token.lock true # no jump while it is renewed
	done
	exec 9>&-
	wait "${ships[@]}"
	# The first was for the dead token; the other came a minute before the end of the next,
	# or some seconds more, by chance.
	[ "$(refreshes)" = 2 ]
	[ "$(grep -c '"path": "/in".*"status": 401' web.log)" = 1 ]
	[ "$(grep -c '"path": "/in".*"status": 200' web.log)" = 37 ]
	jq -s -e '[.[] | select(.path == "/api/auth/refresh") | .at] | .[1] - .[0] | . >= 225 and . < 300' web.log
}

@test "R-209: four targets that share a token refresh it once for each end" {
	fake_web --tokens 300
	token_file dead
	local i n=0 second
	for i in 1 2 3 4; do
		mkfifo pipe.$i
		fake rx-ship --timeout 1h --answer-timeout 1h --token-file token \
			--refresh-url "$(web_url /api/auth/refresh)" "$(web_url /$i)" <pipe.$i 2>err.$i 3>&- &
		ships+=($!)
	done
	exec 4>pipe.1 5>pipe.2 6>pipe.3 7>pipe.4
	for second in $(seq 0 60 900); do
		clock "$second"
		echo '{}' | tee /dev/fd/4 /dev/fd/5 /dev/fd/6 >&7
		n=$((n + 1))
		for i in 1 2 3 4; do soon posted /$i $n; done
		# Who renews it holds the lock: a clock that jumps must not meet him.
		soon flock -n token.lock true
	done
	exec 4>&- 5>&- 6>&- 7>&-
	wait "${ships[@]}"
	# At 0 for the dead one, then every 240 s: 240, 480, 720.
	[ "$(refreshes)" = 4 ]
	# Who found it dead: each process once at most, and never again.
	jq -s -e '[.[] | select(.status == 401)] | length <= 4 and all(.[]; .n < 10)' web.log
}

@test "loki: what was moved above the bound and waited through an outage is moved again" {
	fake_loki --max-age 3600
	printf '%s\n' 204 503 >loki.answers
	mkfifo pipe
	fake rx-ship --old clamp --backoff 3s --linger 0 "$(loki_url)" <pipe >outcomes 2>err 3>&- &
	ships=($!)
	exec 9>pipe
	# The bound is learned from the first; the second waits as the clock jumps.
	: >loki.answers
	old 2 7200 >in
	head -2 in >&9
	soon accounted outcomes "ok=1 retry=0 reject=0"
	echo 503 >loki.answers
	tail -1 in >&9
	soon grep -q 'status 503' err
	clock 3700
	soon accounted outcomes "ok=2 retry=0 reject=0"
	exec 9>&-
	wait "${ships[@]}"
	[ "$(jq -s 'map(select(.status == 400)) | length' web.log)" = 1 ]
}

@test "loki: the bound is forgotten after ten minutes, for it may have been raised" {
	fake_loki
	mkfifo pipe
	fake rx-ship --linger 0 "$(loki_url)" <pipe >outcomes 2>err 3>&- &
	ships=($!)
	exec 9>pipe
	old 3 7200 >in
	at=$(jq -r 'select(.timestamp).timestamp' in | head -1)
	echo "400 | entry for stream '{job=\"rx\"}' has timestamp too old: $at, oldest acceptable timestamp is: ${at%%T*}T23:59:59Z" >loki.answers
	head -2 in >&9
	soon accounted outcomes "ok=0 retry=0 reject=1"
	sed -n 3p in >&9
	soon accounted outcomes "ok=0 retry=0 reject=2"
	[ "$(wc -l <web.log)" = 1 ]
	clock 700
	sed -n 4p in >&9
	soon accounted outcomes "ok=1 retry=0 reject=2"
	exec 9>&-
	wait "${ships[@]}"
}

@test "X-32: a broker that is away for half an hour is tried 60 times at most" {
	local port
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	unset FAKETIME_TIMESTAMP_FILE
	mkfifo pipe
	# Half an hour is three seconds here.
	FAKETIME='+0 x600' fake rx-ship -v "amqp://127.0.0.1:$port/q" <pipe 2>err 3>&- &
	ships=($!)
	exec 9>pipe
	records 50 >&9
	soon grep -q 'unable to reach' err
	tries() { grep -c 'unable to reach' err; }
	sleep 3 # the span that is measured
	kill -USR1 "${ships[0]}"
	soon grep -q 'down for' err
	[ "$(tries)" -ge 10 ]
	[ "$(tries)" -le $((10 + $(sed -n 's/.*down for \([0-9]*\) s.*/\1/p' err) / 50)) ]
	grep -q ' 50 held, 0 in flight' err
	kill "${ships[0]}"
	exec 9>&-
	wait "${ships[@]}" || [ $? = 69 ]
}
