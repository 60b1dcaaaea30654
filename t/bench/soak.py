#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The whole agent of a host for as long as is wished, and what has grown in it.

usage: soak.py [--bin DIR] [--out NAME] [MINUTES]

What install.sh writes, under rx-agent run, with the live view: lines of which one
in ten matters, a rotation every half a minute, tokens of a minute, clients of the
streams that come and go, and every three minutes (a tenth of the time, if that is
shorter) a RabbitMQ that is away for a quarter of them, and then a backend.  At the
start (behind the first of these rounds), in the middle and at the end all of it
rests, and each process is looked at: descriptors, threads, watches, memory; the
ledger, too.

Fails when a process ended, when one has gained descriptors, threads or watches
since the start, when all together have gained more than a hundredth of their memory
since the middle (until then they meet their largest batch and their most clients),
when the ledger does not balance, or when a line that matters is not in the queue of
RabbitMQ once by its id.  With --out the table is added to
t/bench/results/NAME.md.
"""
import argparse
import glob
import json
import os
import platform
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

import broker
from bench import PYTHON, TOP
from containers import status

sys.path.insert(0, f"{TOP}/t")
import wsclient  # noqa: E402

QUEUE = "errors"
LINES_S, KEPT = 200, 6
LANES = ["error", "telemetry", "alert"]


def free_ports(n):
    held = [socket.socket() for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    return [s.getsockname()[1] for s in held]


class Backend:
    """t/stub/api.py; its tokens live for a minute."""

    def __init__(self):
        self.p, self.port = None, 0

    def up(self):
        if os.path.exists("api.port"):
            os.unlink("api.port")
        self.p = subprocess.Popen([sys.executable, f"{TOP}/t/stub/api.py", "60", "api.port", "api.db",
                                   *([str(self.port)] if self.port else [])])
        while not os.path.exists("api.port"):
            time.sleep(.05)
        port, self.token = open("api.port").read().split()
        self.port = int(port)

    def down(self):
        self.p.terminate()
        self.p.wait()
        self.p = None

    def got(self, path):
        url = f"http://127.0.0.1:{self.port}/got?path=/api/{path}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)


class Part(threading.Thread):
    """Calls turn() again and again; at rest it is between two of them."""

    def __init__(self):
        super().__init__(daemon=True)
        self.may, self.ended, self.error = threading.Lock(), False, None

    def run(self):
        try:
            while not self.ended:
                with self.may:
                    self.turn()
                time.sleep(.05)
        except BaseException as e:  # told by whoever looks next
            self.error = e
            raise


class Writer(Part):
    """A log, by lines and rotations."""

    def __init__(self):
        super().__init__()
        self.n = self.matter = self.rotations = 0
        self.log, self.began = open("logs/app.log", "a"), time.monotonic()

    def turn(self):
        for _ in range(LINES_S // 20):
            self.n += 1
            what = "all is well"
            if self.n % 10 == 0:
                self.matter += 1
                what = "error: it is broken"
            self.log.write(f"Jan  5 10:00:00 web app[1]: {what}, line {self.n} {'x' * random.randrange(80)}\n")
        self.log.flush()
        if time.monotonic() - self.began > 30:
            self.began = time.monotonic()
            self.rotations += 1
            self.log.close()
            for i in range(KEPT, 0, -1):
                old = "logs/app.log" + (f".{i - 1}" if i > 1 else "")
                if os.path.exists(old):
                    os.rename(old, f"logs/app.log.{i}")
            self.log = open("logs/app.log", "a")


class Clients(Part):
    """They come, look at a stream and the state, and go, some without a word."""

    def __init__(self, ports, token):
        super().__init__()
        self.ports, self.n = ports, 0
        self.head = f"Authorization: Bearer {token}"

    def turn(self):
        self.n += 1
        for port, path in (self.ports[1], "/livelogs"), (self.ports[2], "/telemetry"):
            client = wsclient.connect(port, path, [self.head])
            next(client.messages())
            if self.n % 3:
                client.send(wsclient.CLOSE)
                client.close_code()
            client.sock.close()
        path = ["/status", "/metrics", "/"][self.n % 3]
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports[0]}{path}",
                                         headers=dict([self.head.split(": ")]))
        with urllib.request.urlopen(request) as answer:
            answer.read()


class Agent:
    def __init__(self):
        self.at = os.getcwd()
        self.ports = free_ports(3)
        self.env = {**os.environ, "RX_STATE": self.at + "/state", "RX_PIPELINES": self.at + "/dest/etc/rx",
                    "RX_DASHBOARD": str(self.ports[0]), "RX_WS_PORTS": "%d %d" % tuple(self.ports[1:]),
                    "RX_NODE_ID": "soak"}
        self.mark = f"RX_STATE_DIR={self.at}/state\0".encode()

    def command(self, *words):
        return subprocess.run([f"{TOP}/agent/rx-agent", *words], env=self.env, capture_output=True, text=True)

    def start(self):
        self.p = subprocess.Popen([f"{TOP}/agent/rx-agent", "run"], env=self.env, start_new_session=True,
                                  stderr=open("err", "w"))

    def stop(self):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()

    def stages(self):
        """Name to pids, a helper of the stage among them; the name is that of its counters."""
        found = {}
        for path in glob.glob("/proc/[0-9]*/environ"):
            pid = path.split("/")[2]
            try:
                with open(path, "rb") as f:
                    if self.mark not in f.read():
                        continue
                with open(f"/proc/{pid}/cmdline") as f:
                    words = f.read()
            except OSError:
                continue
            tool = re.match(r"(?:[^\0]*/)?rx-(?!agent)[a-z]*\0", words)
            counters = re.search(r"--stats\0[^\0]*/([^\0/]*)\.prom\0", words)
            if tool and counters:
                found.setdefault(counters[1], set()).add(int(pid))
            elif tool and tool[0].endswith("rx-serve\0"):
                found.setdefault("view", set()).add(int(pid))
        return found

    def pending(self):
        return sum(json.loads(subprocess.run(["rx-spool", "stat", "--json", f"state/{lane}.db", lane],
                                             capture_output=True, text=True).stdout)["lanes"][0]["pending"]
                   for lane in LANES)


def until(seconds, true):
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(true.__name__)
        time.sleep(.2)


def install(node, backend):
    """The pipelines, as the installer writes them; by the second what is by the minute."""
    os.makedirs("bin")
    with open("bin/make", "w") as f:  # the tools are built
        f.write("#!/bin/sh\n")
    os.chmod("bin/make", 0o755)
    os.makedirs("dest")
    os.makedirs("logs")
    open("logs/app.log", "w").close()
    node.queue = QUEUE
    node.ask("make")
    for name, text in ("url", node.url()), ("token", backend.token):
        with open(name, "w") as f:
            f.write(text + "\n")
        os.chmod(name, 0o600)
    base, at = f"http://127.0.0.1:{backend.port}/api", os.getcwd()
    subprocess.run([f"{TOP}/agent/install.sh", "--amqp-file", "url", f"{at}/logs/app.log", base, base, "@token", ""],
                   env={**os.environ, "DESTDIR": at + "/dest", "PATH": f"{at}/bin:{os.environ['PATH']}"},
                   check=True, stderr=subprocess.DEVNULL)
    with open("rules.json", "w") as f:
        json.dump({"rules": [{"name": "is_up", "metric": "Processes", "operator": ">=", "threshold": 1,
                              "value": "/metrics/processes/process_count", "duration": 0, "cooldown": "10s",
                              "priority": "high", "remediation": ["none"]}]}, f)
    for name, section, values in (("telemetry", "rx-metrics", {"interval": "3s"}),
                                  ("heartbeat", "rx-metrics", {"heartbeat": "3s"}),
                                  ("alert", "rx-alert", {"rules": at + "/rules.json"})):
        path = f"dest/etc/rx/{name}.json"
        with open(path) as f:
            pipeline = json.load(f)
        pipeline[section].update(values)
        with open(path, "w") as f:
            json.dump(pipeline, f)


class Soak:
    def __init__(self, minutes, node):
        self.rounds = max(10, round(minutes / 3))
        self.round_s, self.node = minutes * 60 / self.rounds, node
        self.backend, self.agent, self.rows = Backend(), Agent(), []

    def run(self):
        self.backend.up()
        install(self.node, self.backend)
        self.agent.start()
        until(30, self.sees)
        until(30, self.complete)
        self.pids = self.agent.stages()
        with open("state/token") as f:
            token = f.read().strip()
        self.parts = [Writer(), Clients(self.agent.ports, token)]
        for part in self.parts:
            part.start()
        self.began = time.monotonic()
        rests = {1: "start", self.rounds // 2: "middle", self.rounds: "end"}
        for n in range(1, self.rounds + 1):
            self.round()
            if n in rests:
                self.rest(rests[n])

    def sees(self):
        """It has begun at the end of the log, so it must not be written before."""
        with open("err") as f:
            said = f.read()
        assert "fatal" not in said, said
        return "rx-tail: loop started" in said and os.path.exists("state/token")

    def complete(self):
        """error: 6 stages, alert as many, telemetry 5, heartbeat 2; and the view."""
        return len(self.agent.stages()) == 20

    def round(self):
        """One after the other is away; in between all work."""
        began = time.monotonic()
        for quarter, act in enumerate([None, lambda: self.node.do("down"), lambda: self.node.do("up"),
                                       self.backend.down]):
            if act:
                act()
            while time.monotonic() - began < (quarter + 1) * self.round_s / 4:
                for part in self.parts:
                    if part.error:
                        raise part.error
                time.sleep(.2)
        self.backend.up()

    def rest(self, what):
        for part in self.parts:
            part.may.acquire()
        until(180, self.drained)
        until(60, self.still)
        stages = self.agent.stages()
        ledger = self.agent.command("ledger")
        self.rows.append((what, (time.monotonic() - self.began) / 60,
                          {s: tuple(map(sum, zip(*map(status, pids)))) for s, pids in stages.items()},
                          ledger.returncode == 0))
        assert stages == self.pids, f"processes ended: {stages}, before {self.pids}"
        assert ledger.returncode == 0, ledger.stdout + ledger.stderr
        for part in self.parts:
            part.may.release()

    def drained(self):
        return self.agent.pending() <= 2  # the newest sample

    def still(self):
        """No client, nothing started for one, no outcome on its way."""
        children = set()
        for pid in self.pids["view"]:
            with open(f"/proc/{pid}/task/{pid}/children") as f:
                children.update(map(int, f.read().split()))
        return children <= self.pids["view"]

    def end(self):
        writer, clients = self.parts
        for part in clients, writer:  # they wait for what it writes
            part.ended = True
            part.join()
        self.agent.stop()
        taken = subprocess.run(["bash", "-c", '. "$1/t/rabbit.bash"; RABBIT_PORT=$2; rabbit_get "$3"', "bash", TOP,
                                str(self.node.port), QUEUE], capture_output=True, text=True, check=True).stdout
        messages = [json.loads(line) for line in taken.splitlines()]
        by_id = {m["id"]: json.loads(m["body"])["log_line"] for m in messages}
        with open("err") as f:
            assert self.backend.token not in f.read()
        return {"lines": writer.n, "that matter": writer.matter, "rotations": writer.rotations,
                "clients": 2 * clients.n, "messages": len(messages), "ids": len(by_id),
                "lines in RabbitMQ": len(set(by_id.values())),
                "samples at the backend": len(self.backend.got("telemetry/snapshot")),
                "heartbeats": len(self.backend.got("heartbeat")),
                "alerts": len(self.backend.got("alerts/create")),
                "tokens renewed": len(self.backend.got("auth/refresh"))}


def check(rows, sums):
    first, last = rows[0][2], rows[-1][2]
    for name, a in first.items():
        b = last[name]
        assert b[0] <= a[0] and b[1] <= a[1] and b[2] <= a[2], (name, a, b)
    memory = [sum(s[3] for s in row[2].values()) for row in rows]
    assert memory[2] <= memory[1] * 1.01, f"memory grew: {memory} KiB"
    assert sums["ids"] == sums["lines in RabbitMQ"] == sums["that matter"], sums


def table(rows, sums):
    text = "Descriptors / threads / watches / RSS in KiB, all at rest.\n\n"
    text += "| |" + "".join(f" {what}, {m:.1f} min |" for what, m, _, _ in rows) + "\n"
    text += "|---|" + "---|" * len(rows) + "\n"
    for name in sorted(rows[0][2]):
        text += f"| {name} |" + "".join(" %d / %d / %d / %d |" % of[name][:4] for _, _, of, _ in rows) + "\n"
    text += "| all |" + "".join(" %d / %d / %d / %d |" % tuple(sum(s[i] for s in of.values()) for i in range(4))
                                for _, _, of, _ in rows) + "\n"
    text += "| ledger |" + "".join(" balances |" if good else " **does not balance** |" for *_, good in rows) + "\n"
    return text + "\n" + ", ".join(f"{k}: {v}" for k, v in sums.items()) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{TOP}/build")
    parser.add_argument("--out")
    parser.add_argument("minutes", nargs="?", type=float, default=30)
    args = parser.parse_args()
    os.environ["RX_BIN"] = os.path.abspath(args.bin)
    os.environ["PATH"] = os.path.abspath(args.bin) + ":" + os.environ["PATH"]
    home, at = os.getcwd(), tempfile.mkdtemp(prefix="rx-soak.")
    os.chdir(at)
    with broker.Node() as node:
        soak = Soak(args.minutes, node)
        try:
            soak.run()
            sums = soak.end()
        finally:
            if soak.agent.p.poll() is None:
                soak.agent.stop()
            if soak.backend.p:
                soak.backend.down()
            os.chdir(home)
    text = table(soak.rows, sums)
    print(text, end="")
    if args.out:
        commit = subprocess.run(["git", "-C", TOP, "rev-parse", "--short", "HEAD"],
                                capture_output=True, text=True).stdout.strip()
        with open(f"{TOP}/t/bench/results/{args.out}.md", "a") as f:
            f.write(f"\n## {args.minutes:.0f} minutes, rx at {commit}, Linux {platform.release()},"
                    f" {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n\n{text}")
    check(soak.rows, sums)
    shutil.rmtree(at)


if __name__ == "__main__":
    main()
