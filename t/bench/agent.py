#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the whole agent of a host costs: idle, and in the scenarios of the
documents that rx was commissioned from (R-17 to R-25, R-211).

usage: agent.py [--bin DIR] [--out NAME] [--seconds N]

rx-agent runs the four pipelines of a host (logs to a file, telemetry, alerts and
heartbeats to a stub by HTTP) and the live view, in a control group of its own:
its CPU is what the kernel counted there, every short-lived process included, in
percent of one core; its memory the sum of the PSS of what is in it.  Needs root
and a version 2 hierarchy of control groups.

One line in a hundred matters and is delivered; the row says how many of those
that were written had come when the seconds were over.
"""
import argparse
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "../..")
SCENARIOS = [  # name, files, lines a second in all, what the documents say
    ("conservative (R-17)", 10, 100, "2-5 %, 100 MB"),
    ("realistic (R-18)", 50, 1000, "10-20 %, 200 MB"),
    ("aggressive (R-19)", 100, 5000, "50 % and more, 500 MB"),
    ("A (R-20)", 50, 500, "~15 %, ~250 MB"),
    ("B (R-21)", 1, 5000, "~40 %, ~150 MB"),
    ("C (R-22)", 20, 10000, "80 % and more, ~400 MB"),
    ("100 files, every line an error (R-211)", 100, 1000, "< 60 %, < 600 MB"),
]


class Agent:
    def __init__(self, work, bin_dir):
        self.work, self.bin = work, bin_dir
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

    def measure(self, seconds, feed=None):
        cpu, began = self.cpu_s(), time.monotonic()
        if feed is None:
            time.sleep(seconds)
        else:
            feed(began + seconds)
        took = time.monotonic() - began
        return (self.cpu_s() - cpu) / took * 100, self.pss()


def mount():
    with open("/proc/mounts") as f:
        for line in f:
            if line.split()[2] == "cgroup2":
                return line.split()[1]
    sys.exit("no version 2 hierarchy of control groups here")


def wait(ready, seconds=60):
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            sys.exit("it does not come")
        time.sleep(0.05)


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


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--bin", default=os.path.join(TOP, "build"))
    a.add_argument("--out")
    a.add_argument("--seconds", type=int, default=20)
    a = a.parse_args()
    rows = []
    work = tempfile.mkdtemp(prefix="rx-bench-")
    try:
        with Agent(work, os.path.abspath(a.bin)) as agent:
            cpu, (pss, tools, n) = agent.measure(3 * a.seconds)
            rows.append(("idle, telemetry each 3 s", "", f"{cpu:.2f} %",
                         f"{pss / 1024:.1f} MiB, {tools / 1024:.1f} of them the tools, "
                         f"{n} processes", "", "<= 0.2 %, <= 40 MiB"))
            for name, files, rate, said in SCENARIOS:
                feed = Feed(agent.logs, files, rate, "every line" in name)
                for f in feed.files:
                    f.flush()
                time.sleep(2)
                before = agent.delivered()
                cpu, (pss, _, n) = agent.measure(a.seconds, feed)
                wait(lambda: agent.delivered() - before >= feed.matter)
                rows.append((name, f"{files} files, {feed.written / a.seconds:.0f} lines/s",
                             f"{cpu:.1f} %", f"{pss / 1024:.1f} MiB",
                             f"{agent.delivered() - before} of {feed.matter}", said))
                print(rows[-1], flush=True)
    finally:
        shutil.rmtree(work)
    load = os.getloadavg()[0]
    commit = subprocess.run(["git", "-C", TOP, "rev-parse", "--short", "HEAD"],
                            capture_output=True, text=True).stdout.strip()
    text = ("# The whole agent of a host (t/bench/agent.py)\n\n"
            f"{os.cpu_count()} cores, {platform.machine()}, load {load:.1f}, commit {commit}, "
            f"{a.seconds} s each; CPU in percent of one core\n\n"
            "| what | input | CPU | memory (PSS) | delivered | the documents say |\n"
            "|---|---|---|---|---|---|\n")
    text += "".join("| " + " | ".join(r) + " |\n" for r in rows)
    print(text)
    if a.out:
        with open(os.path.join(HERE, "results", f"{a.out}.md"), "w") as f:
            f.write(text)


if __name__ == "__main__":
    main()
