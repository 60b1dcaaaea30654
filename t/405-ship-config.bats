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
	run -64 rx-ship -c c.json --check http://x/
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
	run -74 rx-ship --check file:dir
	mkfifo fifo
	run -74 rx-ship --check file:fifo
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
