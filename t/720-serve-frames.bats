# SPDX-License-Identifier: MIT
# rx-serve: what RFC 6455 has a server check, on a real connection  (not tested
# here: an hour of noise; a rule for each line of ws.c's contract is)
setup() { load helper; load serve; need python3; }

# frames PYTHON: with c, a client of a quiet stream, and other, which must be
# served as before when all is over.
frames() {
	serving --ring 10 --logs 'cat pipe'
	mkfifo pipe
	{
		cat <<-'X'
		import os, struct, sys, time
		sys.path.insert(0, sys.argv[1])
		from wsclient import *
		port, pid = int(sys.argv[2]), int(sys.argv[3])
		other = connect(port)
		feed = open("pipe", "w", buffering=1)
		def closes(want, *sends):
		    c = connect(port)
		    for send in sends:
		        try:
		            send(c)
		        except (BrokenPipeError, ConnectionResetError):
		            pass
		    got = c.close_code()
		    assert got == want, (want, got)
		X
		cat
		cat <<-'X'
		feed.write("still\n")
		assert '"log":"still"' in next(other.messages())
		X
	} >frames.py
	python3 frames.py "$RX_TOP/t" "$ws" "$server"
	end_serving
}

@test "frames: an unmasked frame, a reserved bit or opcode is closed with 1002 (X-56)" {
	frames <<-'X'
	closes(1002, lambda c: c.send(TEXT, b"x", mask=False))
	closes(1002, lambda c: c.send(PING, b"", mask=False))
	for rsv in 1, 2, 4:
	    closes(1002, lambda c: c.send(TEXT, b"x", rsv=rsv))
	for opcode in 3, 4, 5, 6, 7, 11, 12, 13, 14, 15:
	    closes(1002, lambda c: c.send(opcode, b"x"))
	X
}

@test "frames: a control frame in pieces or of more than 125 bytes is closed with 1002 (X-56)" {
	frames <<-'X'
	for opcode in PING, PONG, CLOSE:
	    closes(1002, lambda c: c.send(opcode, b"", final=False))
	    closes(1002, lambda c: c.send(opcode, b"x" * 126))
	    closes(1002, lambda c: c.send(opcode, b"x" * 70000))
	X
}

@test "frames: a length in more bytes than it needs is closed with 1002 (X-56)" {
	frames <<-'X'
	closes(1002, lambda c: c.sock.sendall(b"\x82\xfe\0\x05\0\0\0\0hello"))
	closes(1002, lambda c: c.sock.sendall(b"\x82\xfe\0\0\0\0\0\0"))
	closes(1002, lambda c: c.sock.sendall(b"\x82\xff" + struct.pack(">Q", 300) + b"\0\0\0\0"))
	closes(1002, lambda c: c.sock.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 63) + b"\0\0\0\0"))
	X
}

@test "frames: a message of more than 64 KiB is closed with 1009, by its length alone (X-56)" {
	frames <<-'X'
	big = b"x" * 65536
	closes(1000, lambda c: c.send(BINARY, big), lambda c: c.send(CLOSE, b"\x03\xe8"))
	closes(1009, lambda c: c.send(BINARY, b"", length=65537))
	closes(1009, lambda c: c.send(TEXT, b"", length=100 << 20))
	closes(1009, lambda c: c.send(BINARY, b"", length=(1 << 63) - 1))
	closes(1009, lambda c: c.send(BINARY, big, final=False),
	       lambda c: c.send(0, b"x", final=True))
	X
}

@test "frames: pieces that do not fit together are closed with 1002, those that do are taken" {
	frames <<-'X'
	closes(1002, lambda c: c.send(0, b"x"))
	closes(1002, lambda c: c.send(TEXT, b"x", final=False), lambda c: c.send(TEXT, b"y"))
	closes(1002, lambda c: c.send(TEXT, b"x"), lambda c: c.send(0, b"y"))
	c = connect(port)
	c.send(TEXT, b"a", final=False)
	c.send(PING, b"between")
	c.send(0, b"b", final=False)
	c.send(0, b"")
	assert c.frame() == (PONG, b"between")
	c.send(CLOSE, struct.pack(">H", 1000) + b"bye")
	assert c.close_code() == 1000
	X
}

@test "frames: text that is not UTF-8 is closed with 1007, wherever it is cut (X-56)" {
	frames <<-'X'
	for bad in (b"\xff", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf0\x80\x80\x80",
	            b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80", b"a\x80", b"\xe2\x82", b"\xc3("):
	    closes(1007, lambda c: c.send(TEXT, bad))
	    for cut in range(1, len(bad)):
	        closes(1007, lambda c: c.send(TEXT, bad[:cut], final=False),
	               lambda c: c.send(0, bad[cut:]))
	good = "aé€𝄞\U0010ffff\0".encode()
	for cut in range(len(good)):
	    closes(1000, lambda c: c.send(TEXT, good[:cut], final=False),
	           lambda c: c.send(0, good[cut:]),
	           lambda c: c.send(CLOSE, b"\x03\xe8"))
	closes(1000, lambda c: c.send(BINARY, b"\xff"), lambda c: c.send(CLOSE, b"\x03\xe8"))
	X
}

@test "frames: a close is answered with its code, a wrong one with 1002 or 1007 (X-56)" {
	frames <<-'X'
	code = lambda n, why=b"": struct.pack(">H", n) + why
	closes(1005, lambda c: c.send(CLOSE))
	for n in 1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999:
	    closes(n, lambda c: c.send(CLOSE, code(n, b"why")))
	for n in 0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535:
	    closes(1002, lambda c: c.send(CLOSE, code(n)))
	closes(1002, lambda c: c.send(CLOSE, b"\x03"))
	closes(1007, lambda c: c.send(CLOSE, code(1000, b"\xff")))
	closes(1007, lambda c: c.send(CLOSE, code(1000, b"\xe2\x82")))
	X
}

@test "frames: a ping is answered with its bytes; the last of many is enough" {
	frames <<-'X'
	c = connect(port)
	for payload in b"", b"x" * 125, b"\0\xff":
	    c.send(PING, payload)
	    assert c.frame() == (PONG, payload)
	c.sock.sendall(b"".join(b"\x89\x81\0\0\0\0%c" % i for i in range(100)))
	while c.frame() != (PONG, b"c"):
	    pass
	X
}

@test "frames: a flood of pings or of one-byte pieces is closed with 1008 (X-56)" {
	frames <<-'X'
	closes(1008, lambda c: c.sock.sendall(b"\x89\x80\0\0\0\0" * 20000))
	closes(1008, lambda c: c.sock.sendall(b"\x01\x81\0\0\0\0x" + b"\0\x81\0\0\0\0x" * 20000))
	rss = [l for l in open(f"/proc/{pid}/status") if l.startswith("VmRSS")][0]
	assert int(rss.split()[1]) < 64 * 1024 or os.environ.get("ASAN_OPTIONS"), rss
	X
}

@test "frames: what comes right behind the handshake, and byte for byte, is understood" {
	frames <<-'X'
	ask = (b"GET /livelogs HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: WebSocket\r\n"
	       b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	       b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % port)
	both = ask + b"\x89\x85\0\0\0\0early" + b"\x88\x82\0\0\0\0\x03\xe8"
	for step in len(both), 1:
	    s = socket.create_connection(("127.0.0.1", port), timeout=10)
	    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
	    for i in range(0, len(both), step):
	        s.sendall(both[i:i + step])
	    got = b""
	    while more := s.recv(4096):
	        got += more
	    assert got.startswith(b"HTTP/1.1 101 "), got
	    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in got, got
	    assert got.endswith(b"\x88\x02\x03\xe8"), got
	X
}

@test "frames: a handshake that lacks something is 426 or 400" {
	frames <<-'X'
	def ask(upgrade="websocket", connection="Upgrade", version="13",
	        key="dGhlIHNhbXBsZSBub25jZQ=="):
	    s = socket.create_connection(("127.0.0.1", port), timeout=10)
	    s.sendall(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: {upgrade}\r\n"
	              f"Connection: {connection}\r\nSec-WebSocket-Version: {version}\r\n"
	              f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
	    return int(s.recv(4096).split()[1])
	assert ask() == 101
	assert ask(upgrade="h2c") == 426
	assert ask(connection="close") == 426
	assert ask(version="8") == 426
	for key in "", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=a", "dGhlIHNhbXBsZSBub25!ZQ==", "=" * 24, "A" * 24, "A" * 40:
	    assert ask(key=key) == 400, key
	X
}

@test "frames: noise never ends the server, and leaves no connection behind" {
	frames <<-'X'
	import random
	random.seed(6455)
	for _ in range(300):
	    c = connect(port)
	    try:
	        for _ in range(random.randrange(1, 8)):
	            c.sock.sendall(random.randbytes(random.choice((1, 2, 6, 14, 100, 3000))))
	    except (BrokenPipeError, ConnectionResetError):
	        pass
	    c.sock.close()
	import signal
	until = time.monotonic() + 10
	while "rx-serve: 1 connections," not in open("err").read():
	    assert time.monotonic() < until, open("err").read()
	    os.kill(pid, signal.SIGUSR1)
	    time.sleep(0.1)
	X
}
