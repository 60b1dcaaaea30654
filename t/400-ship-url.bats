# SPDX-License-Identifier: MIT
# rx-ship: which URL, from where, and who can see its secret
setup() { load helper; load ship; }
teardown() { stop_stub; }

url() { "$RX_UNIT/url" "$@" | paste -sd' '; }

@test "url: every part stands where RFC 3986 puts it" {
	[ "$(url 'amqp://u:p@h:1/v/q?x=1')" = "scheme=amqp user=u password=p host=h port=1 path=/v/q query=x=1 shown=amqp://u:***@h:1/v/q?x=1 blanked=amqp://u:***@h:1/v/q?x" ]
	[ "$(url 'amqp://h')" = "scheme=amqp host=h shown=amqp://h blanked=amqp://h" ]
	[ "$(url 'loki+http://[::1]:31/')" = "scheme=loki+http host=::1 port=31 path=/ shown=loki+http://[::1]:31/ blanked=loki+http://[::1]:31/" ]
	[ "$(url 'amqp://h?passive')" = "scheme=amqp host=h query=passive shown=amqp://h?passive blanked=amqp://h?passive" ]
}

@test "url: user and password are decoded, and a bare @ may stand in a password" {
	[ "$(url 'a://u%40x:p%2f%25@h')" = "scheme=a user=u@x password=p/% host=h shown=a://u%40x:***@h blanked=a://u%40x:***@h" ]
	[ "$(url 'a://u:p@ss@h')" = "scheme=a user=u password=p@ss host=h shown=a://u:***@h blanked=a://u:***@h" ]
	[ "$(url 'a://u:@h')" = "scheme=a user=u password= host=h shown=a://u:***@h blanked=a://u:**" ]
	[ "$(url 'a://u:a:b@h')" = "scheme=a user=u password=a:b host=h shown=a://u:***@h blanked=a://u:***@h" ]
}

@test "url: what is none is refused without quoting it" {
	local bad
	for bad in '' h '://h' 'a:/h' 'a://' 'a://:1' 'a://u:p@' 'a://h:0' 'a://h:65536' \
		'a://h:x' 'a://h:1x' 'a://[::1' 'a://[::1]x' 'a://h%zz' 'a://u%00:p@h' \
		'a://u:p%4@h' 'a://h/#f' 'a://h h' $'a://h\n' "a://$(printf 'x%.0s' {1..5000})"; do
		run "$RX_UNIT/url" "$bad"
		[ "$status" -eq 1 ] || { echo "taken: $bad"; return 1; }
		[[ $output == no:* ]]
	done
}

@test "url: the password is hidden wherever it stands in foreign text" {
	[ "$("$RX_UNIT/url" hide 'a://u:s3cret@h' 'no s3cret for s3crets')" = 'no *** for ***s' ]
	[ "$("$RX_UNIT/url" hide 'a://u@h' 'no s3cret')" = 'no s3cret' ]
}

@test "ship: --check says where records would go, and connects nowhere" {
	check() { rx-ship --check "$1" 2>&1; }
	[ "$(check amqp://h)" = "rx-ship: amqp://h: virtual host /, queue error_logs_queue" ]
	[ "$(check amqp://h/)" = "rx-ship: amqp://h/: virtual host /, queue error_logs_queue" ]
	[ "$(check amqp://h/q)" = "rx-ship: amqp://h/q: virtual host /, queue q" ]
	[ "$(check amqp://h//q)" = "rx-ship: amqp://h//q: virtual host /, queue q" ]
	[ "$(check amqp://h/%2f/q%2f1)" = "rx-ship: amqp://h/%2f/q%2f1: virtual host /, queue q/1" ]
	[ "$(check amqp://h/v/)" = "rx-ship: amqp://h/v/: virtual host v, queue error_logs_queue" ]
	[ "$(check amqp://h/v/q?passive)" = "rx-ship: amqp://h/v/q?passive: virtual host v, queue q, passive" ]
	check file:x
	[ ! -e x ]
}

@test "ship: a URL it cannot use is a configuration error, never quoted" {
	local bad
	for bad in canary amqp:canary amqp://u:canary@h/a/b/c 'amqp://u:canary@h?x' \
		gopher://u:canary@h file: file://host/canary file:/dev/null file:/ \
		amqp://u:canary@h:0; do
		run -78 --separate-stderr rx-ship "$bad" </dev/null
		[[ $stderr == *"fatal: the URL "* && $stderr != *canary* ]]
	done
	run -64 rx-ship </dev/null
	run -64 rx-ship file:{1..9} </dev/null
	run -64 rx-ship --url-file f file:b </dev/null
}

@test "ship: an option out of its range is refused" {
	local bad
	for bad in --window=0 --window=x --window=1000001 --timeout=1 --timeout=1ms \
		--heartbeat=500ms --backoff=1 --backoff=5s..1s --sync=never \
		--window-size=1 --no-such; do
		run -64 rx-ship $bad file:x </dev/null
	done
	[ ! -e x ]
}

@test "ship: a password on the command line is warned of and leaves the process list" {
	mkfifo pipe
	rx-ship amqp://u:canary-pw@127.0.0.1:1/q <pipe 2>err 3>&- &
	local pid=$!
	exec 4>pipe
	soon grep -q 'unable to reach' err
	# The arguments are the only public place: environ is for the owner.
	run -1 grep -c canary "/proc/$pid/cmdline"
	grep -q 'warning: a password on the command line' err
	run -1 grep canary err
	grep -q 'amqp://u:\*\*\*@127.0.0.1:1/q' err
	kill $pid
	wait $pid
}

@test "ship: the URL may come from a file that only its owner can read" {
	echo 'file:out' >url
	chmod 600 url
	echo '{}' | rx-ship --url-file url
	[ "$(cat out)" = '{}' ]
	chmod 640 url
	rx-ship --url-file url </dev/null
	local mode
	for mode in 644 604 660 620 666; do
		chmod $mode url
		run -77 rx-ship --url-file url </dev/null
		[[ $output == *"rx-ship: fatal: --url-file url can be"* ]]
	done
	chmod 600 url
	ln -s url link
	run -78 rx-ship --url-file link </dev/null
	run -77 rx-ship --url-file . </dev/null
	run -78 rx-ship --url-file none </dev/null
	: >empty
	chmod 600 empty
	run -77 rx-ship --url-file empty </dev/null
}

@test "ship: the URL may come from RX_URL, and an argument goes before it" {
	echo '{"a":1}' | RX_URL=file:env rx-ship
	echo '{"a":2}' | RX_URL=file:env rx-ship file:arg
	[ "$(cat env arg)" = $'{"a":1}\n{"a":2}' ]
}

@test "ship: a password that the broker repeats is not repeated by us" {
	stub forbid 'no entry for rx with canary-pw, sorry'
	echo '{}' >in
	RX_URL=$(stub_url) run -69 --separate-stderr rx-ship --once <in
	[[ $stderr == *"unable to reach amqp://rx:***@127.0.0.1:$STUB_PORT/q: connection closed: 403 no entry for rx with ***, sorry"* ]]
	[[ $stderr == *"not delivered to amqp://rx:***@127.0.0.1:$STUB_PORT/q: 1"* ]]
}
