# SPDX-License-Identifier: MIT
# rx-ship: options from a file, and --check, which looks at all but the peer
setup() { load helper; load ship; load web; }
teardown() { stop_web; }

@test "config: options come from the section rx-ship, the command line goes before it" {
	web
	cat >c.json <<-'E'
		{"rx-tail":{"nonsense":1},
		 "rx-ship":{"body":"ndjson","batch":2,"gzip":true,"header":["X-A: 1","X-B: {n}"],"backoff":"1s..2s"}}
	E
	printf '{"n":%s}\n' 1 2 3 4 >in
	rx-ship -c c.json --header 'X-C: 3' "$(web_url)" <in
	[ "$(jq -r '.headers | [."x-a", ."x-c", ."content-encoding"] | join(" ")' web.log | sort -u)" = "1 3 gzip" ]
	: >web.log
	rx-ship --config=c.json --body json "$(web_url)" <in
	[ "$(wc -l <web.log)" = 4 ]
}

@test "config: what is wrong in it is told with file, line and column" {
	echo '{"rx-ship":{"body":"xml"}}' >c.json
	run -78 rx-ship -c c.json --check http://x/
	[[ $output == "rx-ship: fatal: c.json:1:20: --body xml"* ]]
	printf '{"rx-ship":{"batch":5,\n"nonsense":1}}' >c.json
	run -78 rx-ship -c c.json --check http://x/
	[[ $output == "rx-ship: fatal: c.json:2:"*"has no option --nonsense" ]]
	printf '{"rx-ship":{"batch":5,"batch":6}}' >c.json
	run -78 rx-ship -c c.json --check http://x/
	run -78 rx-ship -c absent.json --check http://x/
	printf '{"rx-ship":{"config":"c.json"}}' >c.json
	run -78 rx-ship -c c.json --check http://x/
}

@test "check: certificates and keys are loaded, whatever the target" {
	certificate us localhost
	certificate them other
	for url in amqps://x/q https://x/ loki+https://x/; do
		run -78 rx-ship --check --ca absent.pem "$url"
		[[ $output == *"TLS: the authorities cannot be read"* ]]
		run -78 rx-ship --check --cert us.pem --key them.key "$url"
		[[ $output == *"TLS: our key cannot be read, or is another's"* ]]
		run -78 rx-ship --check --cert us.key --key us.key "$url"
		[[ $output == *"TLS: our certificate cannot be read"* ]]
		rx-ship --check --ca them.pem --cert us.pem --key us.key "$url"
	done
	run -78 rx-ship --check --ca absent.pem http://127.0.0.1:1/ https://x/
}

@test "check: an archive must be a file that can be written, or be made, and is not made" {
	rx-ship --check file:out
	[ ! -e out ]
	run -74 rx-ship --check file:none/out
	[[ $output == *"unable to make file:none/out: No such file or directory"* ]]
	mkdir dir
	run -78 rx-ship --check file:dir
	mkfifo fifo
	run -78 rx-ship --check file:fifo
	run -74 rx-ship --check file:out --stats none/stats
	[[ $output == *"unable to write none/stats"* ]]
	printf half >torn
	rx-ship --check file:torn
	[ "$(cat torn)" = half ]
}

@test "check: tokens, spools and the URL of the renewal are looked at, nothing is sent" {
	web
	run -78 rx-ship --check --token-file absent "$(web_url)"
	(umask 077; echo abc >token)
	run -78 rx-ship --check --token-file token --refresh-url ftp://x/ "$(web_url)"
	rx-ship --check --token-file token --refresh-url "$(web_url /r)" "$(web_url)"
	echo 'no database' >bad.db
	run -65 rx-ship --check --ack bad.db "$(web_url)"
	rx-ship --check --ack none.db "$(web_url)"
	[ ! -e none.db ]
	[ ! -s web.log ]
}

# It takes signals: what it catches stands in its state.
up() { [ $((0x$(awk '/^SigCgt/ { print $2 }' /proc/$pid/status) & 1)) = 1 ]; }

@test "config: HUP takes over its durations, tells what waits for the next start, keeps all on an error" {
	web
	echo '{"rx-ship":{"linger":"1m","body":"ndjson","answer-timeout":"9s"}}' >c.json
	mkfifo pipe
	rx-ship -c c.json --answer-timeout 8s "$(web_url)" <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 3 >&4
	soon up
	for wrong in '{' '{"rx-ship":{"linger":"1x"}}' '{"rx-ship":{"linger":"1s","timeout":"2d"}}' '{"rx-ship":{"nonsense":1}}'; do
		: >err
		echo "$wrong" >c.json
		kill -HUP $pid
		soon grep -q 'warning: c.json.*; the options stay as they were' err
	done
	[ ! -s web.log ]
	echo '{"rx-ship":{"linger":"1m","body":"array","header":"X-Secret: canary"}}' >c.json
	: >err
	kill -HUP $pid
	soon grep -q 'c.json: --body differs from before, which counts from the next start' err
	! grep canary err || false
	[ ! -s web.log ]
	echo '{"rx-ship":{"linger":0,"body":"ndjson"}}' >c.json
	kill -HUP $pid
	soon accounted outcomes "ok=3 retry=0 reject=0"
	exec 4>&-
	wait $pid
	# Of the two the command line is the stronger, then too.
	echo '{"rx-ship":{"body":"ndjson"}}' >c.json
	: >err
	rx-ship -v -c c.json --linger 1m "$(web_url)" <pipe >outcomes 2>err 3>&- &
	pid=$!
	exec 4>pipe
	soon up
	echo '{"rx-ship":{"body":"ndjson","linger":0}}' >c.json
	kill -HUP $pid
	soon grep -q 'c.json was read again' err
	emit 3 >&4
	held() { kill -USR1 $pid; grep -q ' 3 held, 0 in flight' err; }
	soon held
	[ ! -s outcomes ]
	exec 4>&-
	wait $pid
	[ "$(accounts outcomes)" = "ok=3 retry=0 reject=0" ]
}

@test "config: HUP finds the file again when nothing else may be read; the command line stays" {
	mkdir etc
	echo '{"rx-ship":{"sync":"batch"}}' >etc/c.json
	mkfifo pipe
	rx-ship -c etc/c.json --timeout 9s file:out <pipe >outcomes 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	emit 3 >&4
	soon accounted outcomes "ok=3 retry=0 reject=0"
	echo '{"rx-ship":{"sync":"batch","timeout":"1m"}}' >etc/new
	mv etc/new etc/c.json
	kill -HUP $pid
	soon grep -q 'etc/c.json was read again' err
	exec 4>&-
	wait $pid
}

@test "config: its schema knows the options of --help, and says of each form what rx-ship says" {
	need_python jsonschema
	python3 - "$RX_TOP/agent/schemas/ship-config.json" "$(every 5)" <<-'E'
	import json, re, subprocess, sys, jsonschema
	schema = json.load(open(sys.argv[1]))
	cls = jsonschema.validators.validator_for(schema)
	cls.check_schema(schema)
	valid = cls(schema).is_valid
	known = schema["properties"]["rx-ship"]["properties"]
	table = subprocess.run(["rx-ship", "--help=all"], capture_output=True, text=True).stdout
	assert set(re.findall(r"^ .*?--([a-z-]+)", table, re.M)) == set(known) | {"config", "sections"}
	# Whether these are good is not for their form to say: files, URLs, peers, or options that need another.
	meaning = set("""ack backoff ca cert exchange header help key label metadata net refresh-url routing-key
	    stats sync telemetry-jwt-token tenant token-cmd token-file url-file version""".split())
	values = ["", 7, True, {}, [7, "7"], "1h30m", "30m1h", "64k", ["clamp", "json"]]
	seen = {True: 0, False: 0}
	every = int(sys.argv[2])
	cases = [(name, value) for name in list(known) + ["config", "none"] for value in values]
	for name, value in cases[::every]:
	    conf = {"rx-ship": {name: value}, "rx-tail": [1]}
	    json.dump(conf, open("rx.json", "w"))
	    got = subprocess.run(["rx-ship", "--check", "-c", "rx.json", "http://127.0.0.1:1/"], capture_output=True,
	                         text=True, stdin=subprocess.DEVNULL)
	    if "out of range" in got.stderr:
	        continue
	    if name in meaning:
	        good = not re.search(r'rx.json:1:[0-9]+: (".*" is (a text or a number|true or not there)|.* has no option --|an object)', got.stderr)
	    else:
	        good = got.returncode == 0
	    assert valid(conf) == good, (conf, got.returncode, got.stderr)
	    seen[valid(conf)] += 1
	for wrong in ([], {"rx-ship": []}, {"rx-ship": "x"}):
	    assert not valid(wrong)
	assert valid({}) and min(seen.values()) > 80 // every, seen
	E
}
