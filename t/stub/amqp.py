#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An AMQP 0-9-1 broker that misbehaves on request.

usage: amqp.py PORTFILE LOG BEHAVIOUR [ARG]

Speaks enough of the protocol for a publisher with confirms.  Writes its port
to PORTFILE, and to LOG a line for each thing that happens:

  connect · login USER · declare QUEUE PASSIVE · publish TAG ID BODY ·
  confirm TAG · refuse TAG · heartbeat · close · lost

Behaviours:
  ack          confirms each message
  silent       accepts connections and says nothing
  garbage      answers in another protocol
  deaf         after login reads nothing more, but sends heartbeats
  mute         after login reads all, but says nothing, no heartbeat either
  hush N       drops its first N connections at a message, is mute on the
               next, then confirms
  forbid TEXT  refuses the login with TEXT
  poison TEXT  drops the connection at a message that holds TEXT
  break N      ends its first N connections in each way in turn: unheard, in
               mid-frame, in the login, before and after a message; then confirms
  cut N        drops the connection after N messages, unconfirmed, for its
               first two connections; then confirms
  nack TEXT    refuses messages that hold TEXT, a tenth of a second late
  return TEXT  gives messages that hold TEXT back, as no queue takes them
  quote TEXT   says that it is blocked by TEXT, and is not any more; gives each
               message back with TEXT
  full N       refuses the first N messages, then confirms
  backwards N  confirms N messages at a time, one by one, the last first
  bogus        confirms what was not sent
  stray        says a method nobody asked for
  noqueue      has no such queue, and lets nobody declare one
  small        wants frames of 4096 bytes
"""
import os, select, socket, struct, sys, threading, time

BEHAVIOUR = sys.argv[3]
ARG = sys.argv[4] if len(sys.argv) > 4 else ""
log = open(sys.argv[2], "w", buffering=1)
connections = 0
refused = 0


def short(s):
    return bytes([len(s)]) + s.encode()


def long(s):
    return struct.pack(">I", len(s)) + s


def frame(kind, channel, payload):
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"


def method(channel, klass, number, args=b""):
    return frame(1, channel, struct.pack(">HH", klass, number) + args)


class Lost(Exception):
    pass


class Peer:
    def __init__(self, sock, number):
        self.sock, self.number, self.buf = sock, number, b""
        self.mute = BEHAVIOUR == "mute" or (
            BEHAVIOUR == "hush" and number == int(ARG) + 1)
        self.tag, self.pending, self.said = 0, [], time.monotonic()

    def say(self, data):
        self.said = time.monotonic()
        self.sock.sendall(data)

    def need(self, n):
        while len(self.buf) < n:
            # Half of the heartbeat that was agreed.
            quiet = time.monotonic() - self.said > 0.5
            if quiet and not self.mute:
                self.say(frame(8, 0, b""))
            if not select.select([self.sock], [], [], 0.1)[0]:
                continue
            more = self.sock.recv(65536)
            if not more:
                raise Lost
            self.buf += more
        data, self.buf = self.buf[:n], self.buf[n:]
        return data

    def frame(self):
        while True:
            kind, channel, size = struct.unpack(">BHI", self.need(7))
            payload = self.need(size + 1)
            assert payload[-1] == 0xCE
            if kind != 8:
                return kind, channel, payload[:-1]
            log.write("heartbeat\n")

    def expect(self, klass, number):
        kind, _, payload = self.frame()
        got = struct.unpack(">HH", payload[:4])
        assert kind == 1 and got == (klass, number), got
        return payload[4:]

    def close(self, code, text):
        self.say(method(0, 10, 50, struct.pack(">H", code) + short(text) +
                        struct.pack(">HH", 0, 0)))
        self.expect(10, 51)
        raise Lost

    def login(self):
        assert self.need(8) == b"AMQP\0\0\x09\x01"
        if BEHAVIOUR == "garbage":
            self.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            raise Lost
        self.say(method(0, 10, 10, b"\0\x09" + long(b"") +
                        long(b"AMQPLAIN PLAIN") + long(b"en_US")))
        ok = self.expect(10, 11)
        at = 4 + struct.unpack(">I", ok[:4])[0]
        at += 1 + ok[at]
        size = struct.unpack(">I", ok[at:at + 4])[0]
        _, user, _ = ok[at + 4:at + 4 + size].split(b"\0")
        log.write("login %s\n" % user.decode())
        if self.way == "login":
            raise Lost
        if BEHAVIOUR == "forbid":
            self.close(403, ARG)
        most = 4096 if BEHAVIOUR == "small" else 131072
        self.say(method(0, 10, 30, struct.pack(">HIH", 2047, most, 1)))
        self.expect(10, 31)
        self.expect(10, 40)
        self.say(method(0, 10, 41, short("")))
        self.expect(20, 10)
        self.say(method(1, 20, 11, long(b"")))
        self.declare()
        self.expect(85, 10)
        self.say(method(1, 85, 11))

    def declare(self):
        while True:
            args = self.expect(50, 10)
            name = args[3:3 + args[2]].decode()
            passive = args[3 + args[2]] & 1
            log.write("declare %s %d\n" % (name, passive))
            if BEHAVIOUR != "noqueue":
                self.say(method(1, 50, 11, short(name) +
                                struct.pack(">II", 0, 0)))
                return
            self.say(method(1, 20, 40, struct.pack(
                ">H", 404 if passive else 403) +
                short("NO" if passive else "DENIED") +
                struct.pack(">HH", 50, 10)))
            self.expect(20, 41)
            self.expect(20, 10)
            self.say(method(1, 20, 11, long(b"")))

    def message(self):
        kind, channel, payload = self.frame()
        klass, number = struct.unpack(">HH", payload[:4])
        if (klass, number) == (10, 50):
            log.write("close\n")
            self.say(method(0, 10, 51))
            raise Lost
        assert (klass, number) == (60, 40), (klass, number)
        kind, _, head = self.frame()
        assert kind == 2
        size, flags = struct.unpack(">QH", head[4:14])
        at, ident = 14, ""
        if flags & 0x8000:  # content type
            at += 1 + head[at]
        if flags & 0x1000:  # delivery mode
            at += 1
        if flags & 0x0800:  # priority
            at += 1
        if flags & 0x0080:
            ident = head[at + 1:at + 1 + head[at]].decode()
        body = b""
        while len(body) < size:
            kind, _, piece = self.frame()
            assert kind == 3
            body += piece
        self.tag, self.ident = self.tag + 1, ident
        log.write("publish %d %s %s\n" % (self.tag, ident,
                                          body[:200].decode()))
        return body

    def answer(self, tag, good=True):
        log.write("%s %d\n" % ("confirm" if good else "refuse", tag))
        self.say(method(1, 60, 80 if good else 120,
                        struct.pack(">QB", tag, 0)))

    def give_back(self, body, why="NO_ROUTE"):
        self.say(method(1, 60, 50, struct.pack(">H", 312) + short(why) +
                        short("") + short("q")) +
                 frame(2, 1, struct.pack(">HHQH", 60, 0, len(body), 0x0080) +
                       short(self.ident)) + frame(3, 1, body))

    def serve(self):
        global refused
        way = "after"
        if BEHAVIOUR == "break" and self.number <= int(ARG):
            way = ("unheard", "frame", "login", "before", "after")[
                self.number % 5]
        if way == "unheard":
            raise Lost
        if way == "frame":
            self.say(frame(1, 0, b"x" * 100)[:50])
            raise Lost
        if BEHAVIOUR == "silent":
            self.sock.recv(8)
            time.sleep(3600)
        self.way = way
        self.login()
        if way == "before":
            raise Lost
        if BEHAVIOUR == "deaf":
            while True:
                self.say(frame(8, 0, b""))
                time.sleep(0.3)
        if BEHAVIOUR == "quote":
            self.say(method(0, 10, 60, short(ARG)) + method(0, 10, 61))
        if BEHAVIOUR == "stray":
            self.say(method(1, 60, 72, long(b"")))
        while True:
            body = self.message().decode()
            if self.mute:
                continue
            if BEHAVIOUR == "break" and self.number <= int(ARG):
                raise Lost
            if BEHAVIOUR == "poison" and ARG in body:
                raise Lost
            if BEHAVIOUR == "hush" and self.number <= int(ARG):
                raise Lost
            if BEHAVIOUR == "cut" and self.number <= 2:
                if self.tag == int(ARG):
                    raise Lost
                continue
            if BEHAVIOUR == "nack" and ARG in body:
                threading.Timer(0.1, self.answer, (self.tag, False)).start()
                continue
            if BEHAVIOUR == "return" and ARG in body:
                self.give_back(body.encode())
            if BEHAVIOUR == "quote":
                self.give_back(body.encode(), ARG)
            if BEHAVIOUR == "full" and refused < int(ARG):
                refused += 1
                self.answer(self.tag, False)
                continue
            if BEHAVIOUR == "bogus":
                self.answer(self.tag + 1000)
                continue
            if BEHAVIOUR == "backwards":
                self.pending.append(self.tag)
                if len(self.pending) == int(ARG):
                    for tag in reversed(self.pending):
                        self.answer(tag)
                    self.pending = []
                continue
            self.answer(self.tag)


def handle(sock, number):
    log.write("connect\n")
    try:
        Peer(sock, number).serve()
    except (Lost, OSError):
        pass
    log.write("lost\n")
    sock.close()


server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
# Little room, so that a reader that stops is felt soon.
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
server.bind((os.environ.get("STUB_HOST", "127.0.0.1"), 0))
server.listen(8)
with open(sys.argv[1] + ".new", "w") as f:
    f.write("%d\n" % server.getsockname()[1])
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True:
    sock, _ = server.accept()
    connections += 1
    threading.Thread(target=handle, args=(sock, connections),
                     daemon=True).start()
