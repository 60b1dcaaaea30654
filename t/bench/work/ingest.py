# SPDX-License-Identifier: MIT
"""ingest: POST /log of rx-serve, each answer behind a commit of the spool.

Batches of 100 events, then single ones, on kept connections, one request at a time
on each.  Who waits for an answer waits for a commit, and those are 20 ms apart
(--linger): 64 connections cannot have more than 3,200 answers a second.
"""
import os
import select
import socket
import time

import streams
from bench import QUICK, cpu_s, field, quantiles, tell

SECONDS = 1 if QUICK else 8
EVENT = b'{"user_id":"u%06d","signal_type":"interaction","text":"the page took long"}'


class Poster:
    """Requests on kept connections, one at a time on each."""

    def __init__(self, port, n, body, kind):
        self.request = (f"POST /log HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                        f"Content-Type: {kind}\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        self.socks, self.poll = {}, select.epoll()
        for _ in range(n):
            s = socket.create_connection(("127.0.0.1", port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socks[s.fileno()] = s
            self.poll.register(s.fileno(), select.EPOLLIN)

    def run(self, seconds):
        """Answers, and how long each took."""
        began, done, took = {}, 0, []
        for fd, s in self.socks.items():
            began[fd] = time.monotonic()
            s.sendall(self.request)
        end_at = time.monotonic() + seconds
        while time.monotonic() < end_at:
            for fd, _ in self.poll.poll(0.1):
                s = self.socks[fd]
                got = s.recv(4096)
                assert got.startswith(b"HTTP/1.1 202 "), got
                now = time.monotonic()
                took.append(now - began[fd])
                done += 1
                began[fd] = now
                s.sendall(self.request)
        return done, took


def events(batch, connections):
    body = b"\n".join(EVENT % i for i in range(batch))
    # Nothing is taken out of the spool: its bound would end in answers 503.
    p, port, _ = streams.serve(
        ["--durable", "exec rx-spool push --unmarked --outcomes "
         "--max-bytes 8G q.db"], "err")
    try:
        Poster(port, connections, body, "application/x-ndjson").run(0.5)
        # What was under way is answered before it counts.
        poster = Poster(port, connections, body, "application/x-ndjson")
        time.sleep(0.5)
        cpu, began = cpu_s(p.pid), time.monotonic()
        done, took = poster.run(SECONDS)
        wall, p99 = time.monotonic() - began, quantiles(took)[1]
        tell(f"{batch} a request, {connections} connections", done * batch,
             "event", cpu_s(p.pid) - cpu, wall, field(p.pid, "VmHWM") / 1024,
             rate=done * batch / wall, p99_ms=p99 * 1e3)
    finally:
        streams.end(p)
        for f in os.listdir("."):
            if f.startswith("q.db"):
                os.remove(f)


for batch, connections in ((100, 64), (1, 64), (1, 256)):
    events(batch, connections)
