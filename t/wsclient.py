# SPDX-License-Identifier: MIT
"""A small WebSocket client (RFC 6455) for tests; the standard library only.

  wsclient.py PORT [PATH] [--count N] [--header 'Name: value']...
      prints each text message on a line; ends after N, or when closed, and
      then says on standard error with which code.

As a module: connect() gives a Client, whose frames may be as wrong as a test
wants them.
"""
import argparse
import base64
import hashlib
import os
import signal
import socket
import ssl
import struct
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    def __init__(self, status, head):
        super().__init__(status)
        self.status, self.head = status, head


class Client:
    def __init__(self, port, path="/livelogs", headers=(), host=None,
                 rcvbuf=None, timeout=10, ca=None):
        self.sock = socket.socket()
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        self.sock.settimeout(timeout)
        self.sock.connect(("127.0.0.1", port))
        if ca:
            self.sock = ssl.create_default_context(cafile=ca).wrap_socket(
                self.sock, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16))
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}",
                 "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key.decode()}",
                 "Sec-WebSocket-Version: 13", *headers, "", ""]
        self.sock.sendall("\r\n".join(lines).encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            got = self.sock.recv(4096)
            if not got:
                raise Refused(0, self.rest)
            self.rest += got
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status != 101:
            raise Refused(status, head)
        want = base64.b64encode(hashlib.sha1(key + GUID).digest())
        assert b"sec-websocket-accept: " + want.lower() in head.lower(), head
        assert b"extensions" not in head.lower(), head
        self.head = head

    def take(self, n):
        while len(self.rest) < n:
            got = self.sock.recv(1 << 16)
            if not got:
                raise EOFError
            self.rest += got
        part, self.rest = self.rest[:n], self.rest[n:]
        return part

    def frame(self):
        """The next frame as (opcode, payload), checked as a client must."""
        b0, b1 = self.take(2)
        assert b0 & 0x70 == 0, "reserved bits"
        assert b0 & 0x80, "a server of whole messages sent a fragment"
        assert b1 & 0x80 == 0, "a server must not mask"
        n = b1
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
            assert n >= 126, "not the shortest length"
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
            assert n >= 65536, "not the shortest length"
        return b0 & 15, self.take(n)

    def messages(self):
        """Text messages until the server closes; then self.code is set."""
        self.code = None
        while True:
            try:
                opcode, payload = self.frame()
            except (EOFError, ConnectionResetError):
                return
            if opcode == TEXT:
                yield payload.decode("utf-8")
            elif opcode == PING:
                self.send(PONG, payload)
            elif opcode == CLOSE:
                self.code = (struct.unpack(">H", payload[:2])[0]
                             if payload else 1005)
                return

    def send(self, opcode, payload=b"", final=True, rsv=0, mask=True,
             length=None):
        n = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | rsv << 4 | opcode])
        bit = 0x80 if mask else 0
        if n < 126:
            head += bytes([bit | n])
        elif n < 65536:
            head += bytes([bit | 126]) + struct.pack(">H", n)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", n)
        if mask:
            key = os.urandom(4)
            payload = bytes(c ^ key[i & 3] for i, c in enumerate(payload))
            head += key
        self.sock.sendall(head + payload)

    def close_code(self):
        """What the server closes with, messages in between ignored."""
        for _ in self.messages():
            pass
        return self.code


def connect(*args, **kwargs):
    return Client(*args, **kwargs)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("port", type=int)
    p.add_argument("path", nargs="?", default="/livelogs")
    p.add_argument("--count", type=int, default=-1)
    p.add_argument("--header", action="append", default=[])
    p.add_argument("--host")
    p.add_argument("--ca", help="TLS, with this certificate")
    a = p.parse_args()
    try:
        signal.alarm(120)  # pings keep the socket's own timeout from coming
        c = connect(a.port, a.path, a.header, a.host, timeout=60,
                    ca=a.ca)
    except Refused as e:
        print(e.status)
        sys.exit(1)
    left = a.count
    for text in c.messages():
        print(text, flush=True)
        left -= 1
        if left == 0:
            return
    print("closed", c.code, file=sys.stderr)


if __name__ == "__main__":
    main()
