#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""rx-serve under load: live streams beside Python websockets, and events.

usage: serve.py [--bin DIR] [--only streams,memory,stalled,events] [--seconds S]
                [--write]

streams  500 WebSocket clients, records of 120 bytes, 100 and 2,000 a second:
         rx-serve --logs, and broadcast() of Python websockets that reads the
         same lines, one behind the other.  Figures: processor time of the
         server alone (what feeds it and the clients are others), for each
         delivered record; and how long a record takes from its writer to three
         clients that look at each, as median and p99.
memory   1,000 clients, all that has been sent them, and what is resident then.
stalled  the first again with 100 clients more that read nothing.
events   POST /log with --durable 'rx-spool push': batches of 100 events, then
         single ones, on kept connections, one request at a time on each.  Who
         waits for an answer waits for a commit, and those are 20 ms apart
         (--linger): 64 connections cannot have more than 3,200 answers/s.

The clients are one process that counts bytes; every client must have got every
byte.  What is not installed is left out, and said.  --write puts the table into
results/serve.md.
"""
import argparse
import json
import os
import platform
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
PYTHON = "/usr/bin/python3"  # where the distribution puts websockets
BODY = 120  # bytes of a record
EVENT = b'{"user_id":"u%06d","signal_type":"interaction","text":"the page took long"}'

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


def cpu_s(pid):
    """Processor time of a process, in seconds."""
    with open(f"/proc/{pid}/schedstat") as f:
        ns = int(f.read().split()[0])
    for task in os.listdir(f"/proc/{pid}/task"):
        if int(task) != pid:
            with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                ns += int(f.read().split()[0])
    return ns / 1e9


def resident(pid, field="VmRSS"):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(rf"{field}:\s+(\d+)", f.read())[1]) / 1024


def children(pid, name):
    """The process of that name below pid."""
    found = []
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat") as f:
                stat = f.read()
            if name in stat.split(")")[0]:
                found.append((int(p), int(stat.rsplit(")", 1)[1].split()[1])))
        except OSError:
            pass
    for p, parent in found:
        while parent > 1:
            if parent == pid:
                return p
            try:
                with open(f"/proc/{parent}/stat") as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                break
    return None


class Clients:
    """WebSocket clients in one poll loop; the probes look at each record."""

    def __init__(self, port, n, probes=3, path="/livelogs"):
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
            if i < probes:
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


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * q))]


def measure(pid, clients, rate, seconds):
    """One load: a row of figures."""
    n, total = len(clients.socks), int(rate * seconds) * (BODY + 2)
    before, began = cpu_s(pid), time.monotonic()
    with open("go", "w"):
        pass
    whole = clients.until(total, seconds * 4 + 20)
    took = time.monotonic() - began
    cpu = cpu_s(pid) - before
    os.remove("go")
    delivered = sum(clients.got.values()) / (BODY + 2)
    return {"clients": n, "rate": rate, "whole": whole, "cpu_s": cpu,
            "us": cpu * 1e6 / delivered, "share": cpu / took,
            "p50_ms": percentile(clients.late_ns, 0.5) / 1e6,
            "p99_ms": percentile(clients.late_ns, 0.99) / 1e6,
            "rss": resident(pid)}


def rx_stream(n, rate, seconds, stalled=0):
    feed = f"exec python3 feed.py {rate} {BODY} {seconds}"
    p, _, port = serve(["--logs", feed, "--max-connections", "2000",
                         "--ring", "20000"], "err")
    held = []
    try:
        for _ in range(stalled):
            c = Clients(port, 1, probes=0)
            held.append(c)
        clients = Clients(port, n)
        row = measure(p.pid, clients, rate, seconds)
        clients.close()
    finally:
        end(p)
        for c in held:
            c.close()
    return row


def python_stream(n, rate, seconds):
    p = subprocess.Popen([PYTHON, "peer.py"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
    port = int(p.stdout.readline())
    clients = Clients(port, n, path="/")
    feed = subprocess.Popen([sys.executable, "feed.py", str(rate), str(BODY),
                             str(seconds)], stdout=p.stdin)
    try:
        row = measure(p.pid, clients, rate, seconds)
    finally:
        feed.kill()
        feed.wait()
        p.kill()
        p.wait()
        clients.close()
    return row


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


def events(batch, connections, seconds):
    body = b"\n".join(EVENT % i for i in range(batch))
    p, port, _ = serve(
        ["--durable", "exec rx-spool push --unmarked --outcomes q.db"], "err")
    try:
        poster = Poster(port, connections, body, "application/x-ndjson")
        poster.run(0.5)
        spool = children(p.pid, "rx-spool")
        # What was under way is answered before it counts.
        poster = Poster(port, connections, body, "application/x-ndjson")
        time.sleep(0.5)
        cpu = cpu_s(p.pid), cpu_s(spool), time.monotonic()
        done, took = poster.run(seconds)
        wall = time.monotonic() - cpu[2]
        serve_s, spool_s = cpu_s(p.pid) - cpu[0], cpu_s(spool) - cpu[1]
    finally:
        end(p)
        for f in os.listdir("."):
            if f.startswith("q.db"):
                os.remove(f)
    return {"batch": batch, "requests_s": done / wall,
            "events_s": done * batch / wall,
            "p99_ms": percentile(took, 0.99) * 1e3,
            "serve_us": serve_s * 1e6 / done,
            "spool_us": spool_s * 1e6 / done}


def streams_rows(a, rows):
    peer = subprocess.run([PYTHON, "-c", "import websockets as w; print(w.__version__)"],
                          capture_output=True, text=True)
    for rate in (100, 2000):
        ours = rx_stream(500, rate, a.seconds)
        rows.append((f"500 clients, {rate} records/s: all got all",
                     "yes" if ours["whole"] else "NO", "yes"))
        bar = "<= 0.6 us" if rate == 2000 else ""
        rows.append((f"500 clients, {rate} records/s: processor time a record delivered",
                     f"{ours['us']:.2f} us ({100 * ours['share']:.0f} % of one)", bar))
        rows.append((f"500 clients, {rate} records/s: writer to client, median and p99",
                     f"{ours['p50_ms']:.1f} and {ours['p99_ms']:.1f} ms",
                     "p99 <= 30 ms" if rate == 100 else ""))
        if peer.returncode != 0:
            rows.append(("Python websockets", "not installed", ""))
            continue
        theirs = python_stream(500, rate, a.seconds)
        rows.append((f"the same, Python websockets {peer.stdout.strip()}, broadcast()",
                     f"{theirs['us']:.2f} us ({100 * theirs['share']:.0f} % of one), "
                     f"p99 {theirs['p99_ms']:.1f} ms, "
                     f"{'all got all' if theirs['whole'] else 'not all in time'}",
                     ""))
        rows.append((f"500 clients, {rate} records/s: their part of it",
                     f"1/{theirs['us'] / ours['us']:.1f}",
                     "<= 1/3" if rate == 100 else ""))


def memory_rows(a, rows):
    row = rx_stream(1000, 100, a.seconds)
    rows.append(("1,000 clients, 100 records/s: resident",
                 f"{row['rss']:.1f} MiB", "<= 64 MiB"))


def stalled_rows(a, rows):
    row = rx_stream(500, 100, a.seconds, stalled=100)
    rows.append(("500 clients and 100 that read nothing: all got all, p99",
                 f"{'yes' if row['whole'] else 'NO'}, {row['p99_ms']:.1f} ms", "as without them"))


def events_rows(a, rows):
    for batch, n, bar in ((100, 64, "30000 events/s"), (1, 64, ""),
                          (1, 256, "5000 requests/s")):
        row = events(batch, n, a.seconds)
        what = f"durable, {batch} event{'s' * (batch > 1)} a request, {n} connections"
        cost = (row["serve_us"] + row["spool_us"]) / batch
        rows.append((what, f"{row['events_s']:.0f} events/s, p99 {row['p99_ms']:.0f} ms", bar))
        rows.append((f"{what}: processor time",
                     f"{cost:.1f} us an event: a request costs rx-serve "
                     f"{row['serve_us']:.0f} us, rx-spool {row['spool_us']:.0f} us", ""))


def main():
    kinds = {"streams": streams_rows, "memory": memory_rows,
             "stalled": stalled_rows, "events": events_rows}
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--bin", default=os.path.join(TOP, "build"))
    p.add_argument("--only", default=",".join(kinds))
    p.add_argument("--seconds", type=float, default=10)
    p.add_argument("--write", action="store_true")
    a = p.parse_args()
    os.environ["PATH"] = os.path.abspath(a.bin) + ":" + os.environ["PATH"]
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    load = os.getloadavg()[0]
    rows, work = [], tempfile.mkdtemp(prefix="rx-bench-")
    os.chdir(work)
    os.environ["RX_STATE_DIR"] = work
    for name, text in (("feed.py", FEED), ("peer.py", PEER)):
        with open(name, "w") as f:
            f.write(text)
    try:
        for name in a.only.split(","):
            kinds[name](a, rows)
    finally:
        os.chdir("/")
        shutil.rmtree(work)
    commit = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"],
                            capture_output=True, text=True).stdout.strip()
    lines = ["# Live streams and events", "",
             f"rx at {commit}; {platform.machine()}, {os.cpu_count()} processors, "
             f"Linux {platform.release()}; load {load:.1f} at the start; "
             f"{a.seconds:.0f} s each.", "",
             "| what | figure | required |", "|---|---|---|",
             *(f"| {w} | {f} | {r} |" for w, f, r in rows), ""]
    print("\n".join(lines))
    if a.write:
        with open(os.path.join(HERE, "results", "serve.md"), "w") as f:
            f.write("\n".join(lines))


if __name__ == "__main__":
    main()
