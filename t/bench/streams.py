# SPDX-License-Identifier: MIT
"""rx-serve, Python websockets, and many WebSocket clients of either.

The clients are one process that counts bytes, and looks at each record of three of
them; each client must get every byte.  CPU is of the server alone: what feeds it and
the clients are other processes.
"""
import os
import re
import resource
import select
import signal
import socket
import subprocess
import sys
import time

from bench import PYTHON, cpu_of, field, quantiles, tell

BODY = 120  # bytes of a record

# Writes RATE records a second, each with the time it was written, once there is
# a file "go".
FEED = """
import os, sys, time
rate, size, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
while not os.path.exists("go"):
    time.sleep(0.05)
begin = time.monotonic()
n = 0
while True:
    now = time.monotonic()
    due = min(int((now - begin) * rate), int(seconds * rate))
    lines = []
    while n < due:
        head = '{"timestamp":"%020d","log":"' % time.monotonic_ns()
        lines.append(head + "x" * (size - len(head) - 2) + '"}')
        n += 1
    if lines:
        sys.stdout.write("\\n".join(lines) + "\\n")
        sys.stdout.flush()
    if n == int(seconds * rate):
        break
    time.sleep(max(0.0005, begin + (n + 1) / rate - time.monotonic()))
time.sleep(60)
"""

PEER = """
import asyncio, sys, websockets
clients = set()
async def handler(ws):
    clients.add(ws)
    try:
        await ws.wait_closed()
    finally:
        clients.discard(ws)
async def main():
    loop = asyncio.get_running_loop()
    server = await websockets.serve(handler, "127.0.0.1", 0, compression=None)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        websockets.broadcast(clients, line[:-1].decode())
asyncio.run(main())
"""


def raise_limit():
    """Descriptors for thousands of clients, here and in the server."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65536), most))


class Clients:
    """WebSocket clients in one poll loop; the probes look at each record.

    They are the first client, the last, and one between: a server has an order.
    """

    def __init__(self, port, n, probes=3, path="/livelogs"):
        probe = {round(i * (n - 1) / max(probes - 1, 1)) for i in range(probes)}
        self.socks = {}
        self.got = {}
        self.late_ns = []
        self.poll = select.epoll()
        self.rest = {}
        for i in range(n):
            s = socket.socket()
            s.connect(("127.0.0.1", port))
            s.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                       "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                       "Sec-WebSocket-Version: 13\r\n\r\n").encode())
            head = s.recv(4096)
            assert head.startswith(b"HTTP/1.1 101") and head.endswith(b"\r\n\r\n"), head
            s.setblocking(False)
            self.socks[s.fileno()] = s
            self.got[s.fileno()] = 0
            if i in probe:
                self.rest[s.fileno()] = b""
            self.poll.register(s.fileno(), select.EPOLLIN)
        self.space = bytearray(1 << 20)

    def look(self, fd, part):
        rest = self.rest[fd] + part
        now = time.monotonic_ns()
        size = BODY + 2
        while len(rest) >= size:
            at = rest.index(b'"timestamp":"') + 13
            self.late_ns.append(now - int(rest[at:at + 20]))
            rest = rest[size:]
        self.rest[fd] = rest

    def turn(self, wait_s):
        for fd, _ in self.poll.poll(wait_s):
            n = self.socks[fd].recv_into(self.space)
            assert n > 0, "closed"
            self.got[fd] += n
            if fd in self.rest:
                self.look(fd, bytes(self.space[:n]))

    def until(self, total, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end and min(self.got.values()) < total:
            self.turn(0.05)
        return min(self.got.values()) >= total

    def close(self):
        for s in self.socks.values():
            s.close()
        self.poll.close()


def serve(arguments, stderr, **more):
    """rx-serve on free ports: (process, control port, port of the stream)."""
    p = subprocess.Popen(
        ["rx-serve", "--control-port", "0", "--ws-port", "0",
         "--telemetry-ws-port", "0", *arguments],
        stderr=open(stderr, "wb"), **more)
    for _ in range(400):
        time.sleep(0.02)
        with open(stderr) as f:
            said = f.read()
        ports = re.findall(r"(?:http|ws)://127\.0\.0\.1:(\d+)/", said)
        if len(ports) >= 2:
            return p, int(ports[0]), int(ports[1])
    raise SystemExit("rx-serve does not start: " + said)


def end(p):
    p.send_signal(signal.SIGTERM)
    p.wait(20)


def measure(name, pid, clients, rate, seconds, **more):
    """One load, told.  Who is behind gets some time more."""
    n, total = len(clients.socks), int(rate * seconds) * (BODY + 2)
    before, began = cpu_of(pid), time.monotonic()
    with open("go", "wb"):
        pass
    whole = clients.until(total, seconds * 4 + 20)
    took = time.monotonic() - began
    cpu = cpu_of(pid) - before
    os.remove("go")
    delivered = round(sum(clients.got.values()) / (BODY + 2))
    p50, p99 = quantiles(clients.late_ns)
    tell(name, delivered, "record", cpu, took, field(pid, "VmHWM") / 1024,
         p50_ms=p50 / 1e6, p99_ms=p99 / 1e6,
         complete=delivered / (n * int(rate * seconds)), **more)
    return whole


def rx(name, n, rate, seconds, stalled=0, **more):
    with open("feed.py", "w", encoding="utf-8") as f:
        f.write(FEED)
    p, _, port = serve(
        ["--logs", f"exec {sys.executable} feed.py {rate} {BODY} {seconds}",
         "--max-connections", str(n + stalled + 100), "--ring", "20000"], "err")
    try:
        held = [Clients(port, 1, probes=0) for _ in range(stalled)]
        clients = Clients(port, n)
        if not measure(name, p.pid, clients, rate, seconds, **more):
            sys.exit("rx-serve: not every client got all")
        for c in held + [clients]:
            c.close()
    finally:
        end(p)


def websockets(name, n, rate, seconds, **more):
    p = subprocess.Popen([PYTHON, "-c", PEER], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    port = int(p.stdout.readline())
    clients = Clients(port, n, path="/")
    feed = subprocess.Popen([sys.executable, "-c", FEED, str(rate), str(BODY),
                             str(seconds)], stdout=p.stdin)
    try:
        measure(name, p.pid, clients, rate, seconds, **more)
    finally:
        for one in feed, p:
            one.kill()
            one.wait()
        clients.close()
