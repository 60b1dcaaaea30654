# SPDX-License-Identifier: MIT
"""Bytes to a port as they are, for tests; the standard library only.

  rawhttp.py PORT            standard input to it, its answer to standard output
  rawhttp.py --corpus PORT   requests that mean two things, or nothing
"""
import socket
import sys


def ask(port, data, shut=False):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(data)
        if shut:
            s.shutdown(socket.SHUT_WR)
        answer = b""
        try:
            while got := s.recv(65536):
                answer += got
        except ConnectionResetError:
            pass
        return answer


def corpus(port):
    host = b"Host: localhost:%d\r\n" % port
    get = b"GET /health HTTP/1.1\r\n"
    many = b"".join(b"X-%d: y\r\n" % i for i in range(63))
    cases = [
        # What stands there must be understood, first of all.
        (200, get + host + b"\r\n"),
        (200, b"GET /health?a=b HTTP/1.0\r\n" + host + b"\r\n"),
        (200, get + host + b"Content-Length: 0\r\n\r\n"),
        (200, get + b"hOsT:\tlocalhost:%d \r\n\r\n" % port),
        (200, get + host + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
        (200, get + host + many + b"\r\n"),
        (431, get + host + many + b"X-64: z\r\n\r\n"),
        (200, get + host + b"X: " + b"a" * 8000 + b"\r\n\r\n"),
        (431, get + host + b"X: " + b"a" * 8192 + b"\r\n\r\n"),
        (431, get + host + b"X: " + b"a" * 100000),
        # Framing.
        (400, get + host + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n"),
        (400, get + host + b"Content-Length: 0, 0\r\n\r\n"),
        (400, get + host + b"Content-Length: -1\r\n\r\n"),
        (400, get + host + b"Content-Length: +0\r\n\r\n"),
        (400, get + host + b"Content-Length: 0x0\r\n\r\n"),
        (400, get + host + b"Content-Length:\r\n\r\n"),
        (400, get + host +
         b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (413, get + host + b"Content-Length: 5\r\n\r\nhello"),
        (413, get + host + b"Content-Length: 99999999999999999999\r\n\r\n"),
        (501, get + host + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        # Lines.
        (400, get + host + b"X: a\r\n b\r\n\r\n"),
        (400, get + host + b"X: a\r\n\tb\r\n\r\n"),
        (400, get + host + b"X: a\rb\r\n\r\n"),
        (400, get + host + b"X: a\nY: b\r\n\r\n"),
        (400, b"GET /health HTTP/1.1\n" + host + b"\n"),
        (400, get + host + b"X: a\0b\r\n\r\n"),
        (400, get + host + b"X : a\r\n\r\n"),
        (400, get + host + b": a\r\n\r\n"),
        (400, get + host + b"no colon\r\n\r\n"),
        (400, get + host + b"X\x80: a\r\n\r\n"),
        # Whose it is.
        (400, get + b"\r\n"),
        (400, get + host + host + b"\r\n"),
        (400, get + host + b"Origin: http://a\r\nOrigin: http://b\r\n\r\n"),
        (421, get + b"Host:\r\n\r\n"),
        (400, b"GET http://localhost:%d/health HTTP/1.1\r\n" % port + host +
         b"\r\n"),
        # The request line.
        (400, b"GET  /health HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"GET /hea lth HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"GET /health\r\n" + host + b"\r\n"),
        (400, b" GET /health HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"\r\nGET /health HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"GE(T /health HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"GET /h\x80 HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"GET /health HTTP/1.1 \r\n" + host + b"\r\n"),
        (505, b"GET /health HTTP/2.0\r\n" + host + b"\r\n"),
        (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        (400, b"CONNECT localhost:1 HTTP/1.1\r\n" + host + b"\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        # A second request on the same connection is never looked at.
        (200, get + host + b"\r\n" + b"GET /nothing HTTP/1.1\r\n" + host +
         b"\r\n"),
    ]
    wrong = 0
    for want, data in cases:
        answer = ask(port, data)
        status = answer.split(b" ")[1] if answer else b"nothing"
        if status != b"%d" % want or answer.count(b"HTTP/1.1 ") != 1:
            print("wanted", want, "got", status, "for", data[:120])
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    if sys.argv[1] == "--corpus":
        sys.exit(corpus(int(sys.argv[2])))
    sys.stdout.buffer.write(ask(int(sys.argv[1]), sys.stdin.buffer.read()))
