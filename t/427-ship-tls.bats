# SPDX-License-Identifier: MIT
# rx-ship and TLS servers that must not be trusted: none gets a byte of us
setup() {
	load helper
	load web
	need openssl
	need_python ssl
}
teardown() { [ -z "${PEER:-}" ] || kill "$PEER" 2>/dev/null || :; }

# peers: a server for each line of the file peers, "NAME CERTIFICATE VERSION";
# its port goes to NAME.port, what it hears inside TLS to NAME.heard.  VERSION
# plain: no TLS at all, and all it hears but what opens a handshake.
peers() {
	python3 - <<-'PY' 3>&- 2>peers.err &
		import os, socket, ssl, threading, warnings
		warnings.simplefilter("ignore")
		def serve(name, cert, version, s):
		    if version != "plain":
		        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		        c.set_ciphers("ALL:@SECLEVEL=0")
		        c.minimum_version = ssl.TLSVersion.TLSv1
		        c.maximum_version = getattr(ssl.TLSVersion, version)
		        c.load_cert_chain(cert + ".pem", cert + ".key")
		    while True:
		        k, _ = s.accept()
		        try:
		            k.settimeout(5)
		            if version != "plain":
		                k = c.wrap_socket(k, server_side=True)
		            heard = k.recv(4096)
		            if heard and heard[:1] != b"\x16":
		                open(name + ".heard", "ab").write(heard)
		        except OSError:
		            pass
		        k.close()
		for line in open("peers"):
		    name, cert, version = line.split()
		    s = socket.socket()
		    s.bind(("127.0.0.1", 0))
		    s.listen(8)
		    threading.Thread(target=serve, args=(name, cert, version, s), daemon=True).start()
		    open(name + ".port", "w").write(str(s.getsockname()[1]))
		os.rename("peers", "ready")
		threading.Event().wait()
	PY
	PEER=$!
	soon test -e ready
}

@test "X-37, SEC-20: six servers that cannot be trusted get not a byte of data or credentials" {
	certificate good localhost
	certificate other localhost
	certificate name example.net
	FAKE=$(dpkg -L libfaketime 2>/dev/null | grep 'libfaketime.so.1$') || skip "not installed: libfaketime"
	(export LD_PRELOAD=$FAKE FAKETIME=-30d && certificate old localhost)
	cat >peers <<-'PEERS'
		good good TLSv1_3
		stranger other TLSv1_3
		name name TLSv1_3
		expired old TLSv1_3
		ancient good TLSv1
		older good TLSv1_1
		plain good plain
	PEERS
	peers
	cat good.pem name.pem old.pem >ca.pem
	echo '{"a":"canary-data"}' >in
	(umask 077 && echo canary-token >token)
	for scheme in https amqps; do
		more=()
		[ $scheme = amqps ] || more=(--token-file token)
		for peer in stranger name expired ancient older plain; do
			run -69 --separate-stderr rx-ship --once --timeout 2s --answer-timeout 2s \
				--ca ca.pem "${more[@]}" "$scheme://u:canary-pw@localhost:$(cat $peer.port)/q" <in
			echo "$scheme $peer: $stderr" | tee -a told
			[[ $stderr == *"unable to "* ]]
			[[ $stderr != *canary* ]]
			[ ! -e $peer.heard ]
		done
		# The same client, and a server that can be trusted.
		rm -f good.heard
		run -69 rx-ship --once --timeout 2s --answer-timeout 2s --ca ca.pem \
			"${more[@]}" "$scheme://u:canary-pw@localhost:$(cat good.port)/q" <in
		[ -s good.heard ]
	done
	[ "$(grep -c 'certificate has expired' told)" = 2 ]
}
