# SPDX-License-Identifier: MIT
# rx-ship to RabbitMQ by TLS: nothing is said before it is known who is there
setup_file() {
	load helper
	load rabbit
	load web
	cd "$BATS_FILE_TMPDIR" || return
	certificate localhost localhost
	certificate other other
	# RabbitMQ takes no client that signed for itself.
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=client -keyout client.key -out client.csr 2>/dev/null
	openssl x509 -req -days 2 -in client.csr -CA localhost.pem \
		-CAkey localhost.key -out client.pem 2>/dev/null
	read -r TLS_PORT < <(rabbit_ports 1)
	export TLS_PORT
	RABBIT_CONF="listeners.ssl.1 = 127.0.0.1:$TLS_PORT
ssl_options.cacertfile = $PWD/localhost.pem
ssl_options.certfile = $PWD/localhost.pem
ssl_options.keyfile = $PWD/localhost.key
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true"
	rabbit_start
}
setup() {
	load helper
	load rabbit
	load ship
	load web
	cp "$BATS_FILE_TMPDIR"/*.pem "$BATS_FILE_TMPDIR"/*.key .
}
teardown() { stop_stub; }
teardown_file() {
	load rabbit
	rabbit_stop
}

# ship CA ..: with our certificate
ship() { rx-ship --cert client.pem --key client.key --ca "$@"; }
amqps() { printf 'amqps://guest:guest@%s:%s/%s\n' "${2:-localhost}" "$TLS_PORT" "$1"; }

@test "amqps: records arrive, confirmed" {
	emit 2000 | ship localhost.pem "$(amqps tls-a)" >outcomes
	[ "$(accounts outcomes)" = "ok=2000 retry=0 reject=0" ]
	[ "$(rabbit_depth tls-a)" = 2000 ]
}

@test "amqps: a large record goes through, and one that comes back too" {
	python3 -c 'print("{\"a\":\"" + "x" * 900000 + "\"}")' >in
	ship localhost.pem "$(amqps tls-b)" <in
	rabbit_get tls-b | jq -r .body | cmp - in
}

@test "amqps: our certificate is asked for, and must have its own key" {
	emit 1 >in
	run -69 --separate-stderr rx-ship --once --ca localhost.pem "$(amqps q)" <in
	[[ "$stderr" == *"unable to reach"* ]]
	run -69 --separate-stderr rx-ship --once --ca localhost.pem --cert client.pem \
		--key localhost.key "$(amqps q)" <in
	[[ "$stderr" == *"our key cannot be read, or is another's"* ]]
}

@test "amqps: a chain that ends elsewhere, and a name that does not fit, get no word of us" {
	emit 1 >in
	run -69 --separate-stderr rx-ship --once "$(amqps q)" <in
	[[ "$stderr" == *"TLS: self-signed certificate"* ]]
	run -69 --separate-stderr rx-ship --once --ca other.pem "$(amqps q)" <in
	[[ "$stderr" == *"TLS: "* ]]
	run -69 --separate-stderr rx-ship --once --ca localhost.pem "$(amqps q 127.0.0.1)" <in
	[[ "$stderr" == *"TLS: IP address mismatch"* ]]
	run -69 --separate-stderr rx-ship --once --ca absent.pem "$(amqps q)" <in
	[[ "$stderr" == *"the authorities cannot be read"* ]]
}

@test "amqps: a peer without TLS hears no password" {
	# It would take the login of a client that fell back to plain text.
	stub ack
	emit 1 >in
	run -69 --separate-stderr rx-ship --once --timeout 500ms \
		"amqps://rx:canary-pw@127.0.0.1:$STUB_PORT/q" <in
	run -1 grep login stub.log
	rx-ship "$(stub_url)" <in >outcomes
	grep -q '^login rx' stub.log
	run -69 --separate-stderr rx-ship --once --ca localhost.pem \
		"amqps://guest:guest@localhost:$RABBIT_PORT/q" <in
	[[ "$stderr" == *"TLS: "* ]]
}

@test "amqps: certificates that were replaced are read for the next connection" {
	cp other.pem ca.pem
	emit 1 >in
	ship ca.pem --backoff 50ms "$(amqps tls-d)" <in >outcomes 2>err &
	ship=$!
	soon grep -q 'unable to reach' err
	cp localhost.pem ca.new
	mv ca.new ca.pem
	wait "$ship"
	[ "$(accounts outcomes)" = "ok=1 retry=0 reject=0" ]
}

@test "amqps: connections that are closed from outside are made anew, nothing is lost" {
	mkfifo pipe
	ship localhost.pem --backoff 50ms "$(amqps tls-e)" <pipe >outcomes &
	ship=$!
	exec 9>pipe
	for i in 0 1 2 3; do
		emit 200 $((i * 200 + 1)) | if [ "$i" = 0 ]; then cat; else sed 1d; fi >&9
		soon accounted outcomes "ok=$((i * 200 + 200)) retry=0 reject=0"
		rabbit_eval 'rabbit_networking:close_all_connections("test").' >/dev/null
	done
	exec 9>&-
	wait "$ship"
	[ "$(accounts outcomes)" = "ok=800 retry=0 reject=0" ]
}
