# SPDX-License-Identifier: MIT
"""agent: the whole agent of a host, idle and in ten scenarios.

Those are of the documents that rx was commissioned from (R-17 to R-25, R-211).
rx-agent runs the four pipelines of a host (logs to a file, telemetry, alerts and
heartbeats to a stub by HTTP) and the live view, in a control group of its own: its
CPU is what the kernel counted there, every short-lived process included; its memory
the sum of the PSS of what is in it.  Needs root and a version 2 hierarchy of control
groups.  One line in a hundred matters (R-211: every line), and all of those must
have been delivered in the end.  tail -F follows the files of scenario C as well.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from bench import QUICK, TOP, Spent, missing, tell, wait

SECONDS = 4 if QUICK else 20
SCENARIOS = [  # name, files, lines a second in all
    ("R-17 conservative, 10 files, 100/s", 10, 100),
    ("R-18 realistic, 50 files, 1000/s", 50, 1000),
    ("R-19 aggressive, 100 files, 5000/s", 100, 5000),
    ("R-20 A, 50 files, 500/s", 50, 500),
    ("R-21 B, 1 file, 5000/s", 1, 5000),
    ("R-22 C, 20 files, 10000/s", 20, 10000),
    ("R-23 app server, 20 files, 500/s", 20, 500),
    ("R-24 busy server, 50 files, 1500/s", 50, 1500),
    ("R-25 edge, 100 files, 3000/s", 100, 3000),
    ("R-211 100 files, 1000 errors/s", 100, 1000),
]
if QUICK:
    SCENARIOS = [SCENARIOS[5], SCENARIOS[9]]


class Agent:
    def __init__(self, work):
        self.work, self.bin = work, os.path.dirname(shutil.which("rx-tail"))
        self.etc = os.path.join(work, "etc")
        self.logs = os.path.join(work, "logs")
        self.group = os.path.join(mount(), f"rx-bench-{os.getpid()}")
        os.makedirs(self.etc)
        os.makedirs(self.logs)
        self.stub = None

    def __enter__(self):
        port = os.path.join(self.work, "port")
        answers = os.path.join(self.work, "answers")
        with open(answers, "w") as f:
            f.write("200\n")
        self.stub = subprocess.Popen(
            [sys.executable, os.path.join(TOP, "t/stub/web.py"), port,
             "/dev/null", answers])
        wait(lambda: os.path.exists(port) and os.path.getsize(port))
        with open(port) as f:
            url = f"http://127.0.0.1:{f.read().strip()}/api"
        for name in ("error", "telemetry", "alert", "heartbeat"):
            with open(os.path.join(TOP, f"agent/pipelines/host/{name}.json")) as f:
                c = json.load(f)
            if name == "error":
                c["rx-tail"]["log-file"] = [os.path.join(self.logs, "*.log")]
            with open(os.path.join(self.etc, f"{name}.json"), "w") as f:
                json.dump(c, f)
            where = f"file:{self.work}/errors.ndjson" if name == "error" else url
            with open(os.open(os.path.join(self.etc, f"{name}.url"),
                              os.O_CREAT | os.O_WRONLY, 0o600), "w") as f:
                f.write(where + "\n")
        os.mkdir(self.group)
        env = dict(os.environ, RX_BIN=self.bin, RX_PIPELINES=self.etc,
                   RX_STATE=os.path.join(self.work, "state"), RX_DASHBOARD="0")
        self.p = subprocess.Popen(
            ["sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$1" run',
             self.group, os.path.join(TOP, "agent/rx-agent")],
            env=env, stderr=open(os.path.join(self.work, "err"), "w"))
        wait(lambda: "rx-tail: loop started" in self.said())
        time.sleep(8)  # the start is not what is measured
        return self

    def __exit__(self, *_):
        self.p.send_signal(signal.SIGTERM)
        self.p.wait()
        self.stub.kill()
        self.stub.wait()
        wait(lambda: not self.pids())
        os.rmdir(self.group)

    def said(self):
        with open(os.path.join(self.work, "err")) as f:
            return f.read()

    def pids(self):
        with open(os.path.join(self.group, "cgroup.procs")) as f:
            return f.read().split()

    def cpu_s(self):
        with open(os.path.join(self.group, "cpu.stat")) as f:
            return int(f.readline().split()[1]) / 1e6

    def pss(self):
        """KiB in all, and of the tools alone; how many processes."""
        total = tools = n = 0
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as f:
                    kib = next(int(line.split()[1]) for line in f
                               if line.startswith("Pss:"))
                with open(f"/proc/{pid}/comm") as f:
                    comm = f.read()
            except OSError:
                continue
            total, n = total + kib, n + 1
            if comm.startswith("rx-") and not comm.startswith("rx-agent"):
                tools += kib
        return total, tools, n

    def delivered(self):
        try:
            with open(os.path.join(self.work, "errors.ndjson"), "rb") as f:
                return sum(1 for _ in f)
        except OSError:
            return 0

    def measure(self, name, seconds, feed=None):
        cpu, began = self.cpu_s(), time.monotonic()
        if feed is None:
            time.sleep(seconds)
        else:
            feed(began + seconds)
        took = time.monotonic() - began
        cpu = self.cpu_s() - cpu
        pss, tools, n = self.pss()
        tell(name, took, "second", cpu, took, pss / 1024,
             tools_mib=tools / 1024, processes=n)


def mount():
    with open("/proc/mounts") as f:
        for line in f:
            if line.split()[2] == "cgroup2":
                return line.split()[1]
    return None


class Feed:
    """Lines at a rate, to files by turns: every 20 ms what is due."""

    def __init__(self, logs, files, rate, all_matter):
        self.files = [open(os.path.join(logs, f"app-{i}.log"), "a", buffering=1 << 16)
                      for i in range(files)]
        self.rate, self.all = rate, all_matter
        self.written = self.matter = 0
        self.random = random.Random(1)

    def __call__(self, until):
        began = time.monotonic()
        while (now := time.monotonic()) < until:
            due = int((now - began) * self.rate)
            while self.written < due:
                bad = self.all or self.written % 100 == 0
                self.matter += bad
                self.files[self.random.randrange(len(self.files))].write(
                    f"2026-01-05T10:00:{self.written % 60:02d}Z "
                    f"{'ERROR' if bad else 'INFO '} request {self.written} of "
                    "web-1 took 12 ms, 200, 5120 bytes to 192.0.2.7\n")
                self.written += 1
            for f in self.files:
                f.flush()
            time.sleep(0.02)


def tail_alone(logs, name, files, rate):
    """coreutils' tail -F with the same to follow."""
    feed = Feed(logs, files, rate, False)
    p = Spent(["tail", "-n0", "-F", *(f.name for f in feed.files)],
              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    feed(time.monotonic() + SECONDS)
    cpu, wall, rss = p.end(stop=True)
    tell(name, wall, "second", cpu, wall, rss)


def main():
    if os.geteuid() != 0 or mount() is None:
        missing("rx-agent", "needs root and control groups of version 2")
        return
    work = os.getcwd()
    with Agent(work) as agent:
        agent.measure("R-26 idle", SECONDS if QUICK else 40)
        for name, files, rate in SCENARIOS:
            feed = Feed(agent.logs, files, rate, "R-211" in name)
            for f in feed.files:
                f.flush()
            time.sleep(2)
            before = agent.delivered()
            agent.measure(name, SECONDS, feed)
            wait(lambda: agent.delivered() - before >= feed.matter)
            if agent.delivered() - before > feed.matter:
                sys.exit(f"{name}: delivered twice")
    tail_alone(agent.logs, "tail -F alone, 20 files, 10000/s", 20, 10000)


main()
