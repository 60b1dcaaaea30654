# SPDX-License-Identifier: MIT
# rx-ship and bearer tokens: renewed before they end, after a 401, and never told
setup() { load helper; load ship; load web; }
teardown() { stop_web; }

# A compact JWS with these claims; nobody checks its signature here.
jwt() {
	python3 - "$1" <<-'PY'
		import base64, sys
		b = lambda s: base64.urlsafe_b64encode(s.encode()).rstrip(b"=").decode()
		print(b('{"alg":"HS256"}') + "." + b(sys.argv[1]) + ".c2ln")
	PY
}

token_file() { (umask 077; printf '%s\n' "$1" >"${2:-token}"); }

@test "token: goes as Bearer, whether it was given with that word or without" {
	web
	for text in abc 'Bearer abc' 'bearer  abc '; do
		token_file "$text"
		echo '{}' | rx-ship --token-file token "$(web_url)"
	done
	[ "$(jq -r .headers.authorization web.log | sort -u)" = "Bearer abc" ]
	[ "$(wc -l <web.log)" = 3 ]
}

@test "token: a file that others can read, or that holds none, does not start" {
	token_file abc
	chmod 644 token
	echo '{}' >in
	run -78 timeout 10 rx-ship --token-file token http://127.0.0.1:1/ <in
	token_file ''
	run -78 timeout 10 rx-ship --token-file token http://127.0.0.1:1/ <in
	token_file $'a\x01b'
	run -78 timeout 10 rx-ship --token-file token http://127.0.0.1:1/ <in
	run -78 timeout 10 rx-ship --token-file absent http://127.0.0.1:1/ <in
}

@test "token: a file that was replaced is read again, at a 401 too" {
	web 401 # until the file was replaced, however slow that is
	token_file canary-one
	mkfifo pipe
	rx-ship --backoff 100ms --token-file token "$(web_url)" <pipe 2>err &
	ship=$!
	exec 9>pipe
	echo '{"a":1}' >&9
	soon grep -q auth err
	token_file canary-two token.new
	mv token.new token
	soon grep -q 'Bearer canary-two' web.log
	echo 200 >web.answers
	exec 9>&-
	wait "$ship"
	[ "$(jq -r .headers.authorization web.log | uniq)" = $'Bearer canary-one\nBearer canary-two' ]
	[ "$(jq -r .status web.log | tail -1)" = 200 ]
	run -1 grep canary err
}

@test "token: a 401 renews it once and sends the same request again, no attempt counted" {
	web --tokens 3600
	token_file dead
	batch 3 | rx-ship --token-file token --refresh-url "$(web_url /api/auth/refresh)" \
		--body ndjson "$(web_url /in)" >outcomes 2>err
	[ "$(accounts outcomes)" = "ok=3 retry=0 reject=0" ]
	jq -r '.path + " " + (.status | tostring)' web.log
	[ "$(jq -r '.path + " " + (.status | tostring)' web.log | paste -sd,)" = \
		"/in 401,/api/auth/refresh 200,/in 200" ]
	[ "$(jq -r 'select(.path == "/api/auth/refresh") | .headers.authorization' web.log)" = "Bearer dead" ]
	[ "$(stat -c %a token)" = 600 ]
	[ "Bearer $(cat token)" = "$(jq -r .headers.authorization web.log | tail -1)" ]
	grep -q 'token renewed, good for 3[56]' err
	run -1 grep -F "$(cat token)" err outcomes
}

@test "token: short ones are renewed before they end, not once for each request" {
	web --tokens 2
	token_file "$(jwt '{"exp":1}')"
	mkfifo pipe
	rx-ship --token-file token --refresh-url "$(web_url /api/auth/refresh)" \
		"$(web_url /in)" <pipe 2>err &
	ship=$!
	exec 9>pipe
	end=$((SECONDS + 5)) n=0
	while [ "$SECONDS" -lt "$end" ]; do
		n=$((n + 1))
		echo "{\"n\":$n}" >&9
		soon grep -qF "\"{\\\"n\\\":$n}\", \"status\": 200" web.log
	done
	exec 9>&-
	wait "$ship"
	[ "$(jq -r 'select(.path == "/in" and .status == 401) | .n' web.log | wc -l)" -le 1 ]
	renewals=$(jq -r 'select(.path == "/api/auth/refresh") | .n' web.log | wc -l)
	[ "$renewals" -ge 3 ]
	[ "$renewals" -le 6 ] # a second apart, at least
	[ "$n" -gt 12 ]
}

@test "token: while it cannot be renewed messages wait, refreshes back off, and all recovers" {
	web --tokens 3600 500 '200 | not json' 500 200
	token_file dead
	emit 5 | rx-ship --backoff 50ms --token-file token --refresh-url \
		"$(web_url /api/auth/refresh)" "$(web_url /in)" >outcomes 2>err
	[ "$(accounts outcomes)" = "ok=5 retry=0 reject=0" ]
	grep -q 'unable to renew the token: the answer has status 500' err
	[ "$(jq -r 'select(.path == "/api/auth/refresh") | .n' web.log | wc -l)" = 4 ]
}

@test "token: four processes that share a file renew it once" {
	web --tokens 3600
	token_file dead
	for i in 1 2 3 4; do
		emit 5 "$i" | rx-ship --token-file token --refresh-url \
			"$(web_url /api/auth/refresh)" "$(web_url "/$i")" >"out.$i" 2>"err.$i" &
	done
	wait -n; wait -n; wait -n; wait -n
	for i in 1 2 3 4; do
		[ "$(accounts "out.$i")" = "ok=5 retry=0 reject=0" ]
	done
	[ "$(jq -r 'select(.path == "/api/auth/refresh") | .n' web.log | wc -l)" = 1 ]
}

@test "token: a command gives one, again after a 401" {
	web 401 200
	echo '{}' | rx-ship --backoff 10ms \
		--token-cmd 'n=$(cat n 2>/dev/null || echo 0); echo $((n + 1)) >n; echo "tok$n"' \
		"$(web_url)"
	[ "$(jq -r .headers.authorization web.log | paste -sd,)" = "Bearer tok0,Bearer tok1" ]
}

@test "token: a command that fails, hangs or prints too much is told, and tried again" {
	web
	for command in 'exit 3' 'sleep 100' 'head -c 100000 /dev/zero | tr "\0" a'; do
		rm -f went
		echo '{}' | rx-ship --timeout 300ms --backoff 10ms \
			--token-cmd "test -e went && { echo good; exit; }; : >went; $command" \
			"$(web_url)" 2>err
		grep -q 'unable to renew the token: the command' err
		[ "$(jq -r .headers.authorization web.log | tail -1)" = "Bearer good" ]
		: >web.log
	done
}

@test "token: --no-refresh renews nothing by itself" {
	web 401 401 200
	token_file "$(jwt '{"exp":1}')"
	echo '{}' | rx-ship --no-refresh --backoff 10ms --token-file token \
		--refresh-url "$(web_url /api/auth/refresh)" "$(web_url /in)"
	[ "$(jq -r .path web.log | sort -u)" = /in ]
}

@test "token: a --refresh-url that cannot be one, or holds a password, does not start" {
	token_file abc
	echo '{}' >in
	for url in nowhere ftp://x/ http:///x 'http://u:canary-pw@x/' 'http://u:canary-pw@x:y/'; do
		run -78 rx-ship --token-file token --refresh-url "$url" http://127.0.0.1:1/ <in
		[[ $output == *"--refresh-url "* ]]
		[[ $output != *canary* ]]
	done
}

@test "token: in an argument it works, with a warning, and leaves the process list" {
	web
	mkfifo pipe
	rx-ship --telemetry-jwt-token canary-token "$(web_url)" <pipe 2>err &
	ship=$!
	exec 9>pipe
	echo '{}' >&9
	soon test -s web.log
	run -1 grep -ao canary "/proc/$ship/cmdline"
	exec 9>&-
	wait "$ship"
	grep -q 'can be read by others' err
	run -1 grep canary err
	[ "$(jq -r .headers.authorization web.log)" = "Bearer canary-token" ]
}

@test "token: the end it names is read right, or is not known: the vectors of data/jwt" {
	need_shared data/jwt/cases.ndjson
	jq -c '{id, token, expect}' "$RX_SHARED/data/jwt/cases.ndjson" >cases
	python3 - cases >want <<-'PY'
		import base64, json, sys
		def life(token):
		    parts = token.split(".")
		    if len(parts) != 3:
		        return "unknown"
		    try:
		        text = base64.b64decode(parts[1] + "=" * (-len(parts[1]) % 4), "-_", True)
		        claims = json.loads(text)
		        exp = claims["exp"]
		    except Exception:
		        return "unknown"
		    if isinstance(exp, bool) or not isinstance(exp, (int, float)) or exp <= 0:
		        return "unknown"
		    return str(int(exp))
		for line in open(sys.argv[1]):
		    case = json.loads(line)
		    print(case["id"], life(case["token"]) if case["expect"] == "valid" else "-")
	PY
	# A file each: what a token holds is not to be split at its newlines.
	python3 -c '
import json, sys
for n, line in enumerate(open("cases")):
    case = json.loads(line)
    open("token.%d" % n, "w", newline="").write(case["token"])
    print(n, case["id"], case["expect"])' >list
	while read -r n id expect; do
		exp=$("$RX_UNIT/jwt" <token.$n)
		[ "$expect" = valid ] || exp=-
		echo "$id $exp"
	done <list >got
	diff want got
}

@test "token: no text makes the reader of its end fall over" {
	python3 - >cases <<-'PY'
		import base64, random
		random.seed(7)
		base = "eyJhbGciOiJIUzI1NiJ9." + base64.urlsafe_b64encode(
		    b'{"exp":1795346714,"iat":1795346000}').rstrip(b"=").decode() + ".c2ln"
		for _ in range(3000):
		    t = list(base)
		    for _ in range(random.randrange(1, 6)):
		        t[random.randrange(len(t))] = chr(random.randrange(33, 127))
		    print("".join(t))
	PY
	"$RX_UNIT/jwt" lines <cases >got
	[ "$(wc -l <got)" = 3000 ]
	grep -q unknown got
}

@test "token: the same one with a new end is renewed by that end, and at most once a second" {
	webs=() ships=()
	for life in 100 1.2; do # side by side
		mkdir $life
		cd $life
		web --tokens 9 --same $life
		webs+=("$WEB")
		token_file same
		mkfifo pipe
		rx-ship --token-file token --refresh-url "$(web_url /api/auth/refresh)" \
			"$(web_url /in)" <pipe 2>err &
		ships+=($!)
		exec {fd}>pipe
		echo '{}' >&$fd
		cd ..
	done
	soon grep -q '"path": "/in".*"status": 200' 100/web.log
	soon grep -q '"path": "/in".*"status": 200' 1.2/web.log
	first=$(grep -c auth/refresh 1.2/web.log)
	sleep 3 # the span in which renewals are counted
	kill "${ships[@]}"
	wait "${ships[@]}" || :
	kill "${webs[@]}"
	grep -q 'token renewed, good for' 100/err
	[ "$(grep -c auth/refresh 100/web.log)" = 1 ]
	more=$(($(grep -c auth/refresh 1.2/web.log) - first))
	[ "$more" -ge 1 ]
	[ "$more" -le 3 ]
}

@test "token: an answer that quotes it is told without it, however long it is" {
	long=$(printf 'canary%.0s' {1..60})
	web "400 | your token is $long"
	token_file "$long"
	emit 1 | rx-ship --token-file token "$(web_url)" >outcomes 2>err
	[ "$(accounts outcomes)" = "ok=0 retry=0 reject=1" ]
	grep -q 'your token is \*' err
	run -1 grep canary err outcomes
}

@test "token: one that ends in the year 285 million is one whose end is not known" {
	web
	token_file "$(jwt '{"exp":9007199254740991}')"
	echo '{}' | rx-ship --token-file token --stats stats "$(web_url)"
	run -1 grep token_expires stats
}
