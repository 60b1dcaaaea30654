#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Containers that come and go, their logs to Loki, and what it costs to watch.

usage: containers.py [--bin DIR] [--out NAME] [SECONDS]

The pipeline agent/pipelines/containers under rx-agent run, and a Docker of up to
20 containers, each of which lives some seconds.  Of their lines one in twenty is
old, by up to three hours, and one in fifty from the future.  A third of the time
Loki is well, then it is down (nothing listens), then it comes back and refuses what
is older than five minutes.  Fails when a process ended, when one has gained
descriptors, threads, watches or memory at the end, or when a line is not in Loki
once or among the dead letters.  With --out the tables are added to
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
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime, timedelta, timezone

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
STAGES = ["rx-tail", "rx-match", "rx-spool push", "rx-spool emit", "rx-ship",
          "rx-spool ack"]


def descriptors(pid):
    """But for those of processes, which rx-metrics has as many of as there are."""
    found = 0
    for path in glob.glob(f"/proc/{pid}/fd/*"):
        try:
            found += re.match(r"/proc/\d+/", os.readlink(path)) is None
        except FileNotFoundError:
            pass
    return found


def status(pid):
    """descriptors, threads, watches, RSS and what of it is anonymous, in KiB"""
    with open(f"/proc/{pid}/status") as f:
        threads = next(int(x.split()[1]) for x in f if x.startswith("Threads:"))
    with open(f"/proc/{pid}/smaps_rollup") as f:
        memory = {x.split()[0]: int(x.split()[1]) for x in f if x.endswith("kB\n")}
    watches = 0
    for path in glob.glob(f"/proc/{pid}/fdinfo/*"):
        try:
            with open(path) as f:
                watches += sum(x.startswith("inotify ") for x in f)
        except FileNotFoundError:
            pass
    return (descriptors(pid), threads, watches,
            memory["Rss:"], memory["Anonymous:"])


class Loki:
    """The stub; what was stored in all of its lives: an entry that comes again with
    its labels and its time is the same one."""

    def __init__(self):
        self.p, self.port, self.lines = None, 0, {}

    def start(self, *options):
        if os.path.exists("loki.port"):
            os.unlink("loki.port")
        self.p = subprocess.Popen([sys.executable, f"{TOP}/t/stub/loki.py", "--port", str(self.port),
                                   *options, "loki.port", "loki.log"])
        while not os.path.exists("loki.port"):
            time.sleep(.05)
        self.port = int(open("loki.port").read())

    def stop(self):
        # What it took behind its last answer would be nowhere.
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/entries?last") as answer:
            for labels, ns, line, _ in json.load(answer):
                self.lines.setdefault(line, set()).add(json.dumps([labels, ns]))
        self.p.terminate()
        self.p.wait()
        self.p = None


class Docker:
    """Containers below docker/containers, each with its config and its log."""

    def __init__(self):
        self.alive, self.ended, self.n, self.made = [], [], 0, 0
        os.makedirs("docker/containers")

    def make(self):
        self.made += 1
        name = "%064x" % random.getrandbits(256)
        os.mkdir(f"docker/containers/{name}")
        with open(f"docker/containers/{name}/config.v2.json", "w") as f:
            json.dump({"ID": name, "Name": f"/web-{self.made % 7}",
                       "Config": {"Image": "web:1", "Labels": {}}}, f)
        log = open(f"docker/containers/{name}/{name}-json.log", "ab", buffering=0)
        self.alive.append((name, log, time.monotonic() + random.uniform(5, 30)))

    def say(self, log):
        self.n += 1
        at = datetime.now(timezone.utc)
        if self.n % 20 == 0:
            at -= timedelta(seconds=random.uniform(3700, 3 * 3600))
        elif self.n % 50 == 1:
            at += timedelta(seconds=random.uniform(700, 3600))
        log.write(json.dumps({"log": f"request {self.n} done\n", "stream": "stdout",
                              "time": at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")}).encode() + b"\n")

    def turn(self):
        """A line of each; who is too old ends, and is removed a little later."""
        now = time.monotonic()
        if len(self.alive) < 20 and random.random() < .3:
            self.make()
        for one in list(self.alive):
            if one[2] < now:
                one[1].close()
                self.alive.remove(one)
                self.ended.append((one[0], now + 3))
            else:
                self.say(one[1])
        while self.ended and self.ended[0][1] < now:
            shutil.rmtree("docker/containers/" + self.ended.pop(0)[0])

    def empty(self):
        """All containers end."""
        for _, log, _ in self.alive:
            log.close()
        time.sleep(4)
        shutil.rmtree("docker/containers")
        os.mkdir("docker/containers")
        time.sleep(8)  # --rotate-wait, and the look that finds them gone
        self.alive, self.ended = [], []


def stat():
    out = subprocess.run(["rx-spool", "stat", "--json", "state/container.db", "container"],
                         capture_output=True).stdout
    return json.loads(out)["lanes"][0] if out else {"pending": 0, "stored": 0}


def stages(session):
    """The pid of each stage of the agent."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/environ"):
        pid = path.split("/")[2]
        try:
            with open(path, "rb") as f:
                if session not in f.read():
                    continue
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                words = [os.path.basename(w) for w in f.read().decode().split("\0")]
        except OSError:
            continue
        for name in STAGES:
            if words[:name.count(" ") + 1] == name.split(" "):
                found[name] = int(pid)
    return found


def configure(loki):
    os.mkdir("etc")
    with open(f"{TOP}/agent/pipelines/containers/container.json") as f:
        pipeline = json.load(f)
    pipeline["rx-tail"]["docker"] = os.getcwd() + "/docker"
    with open("etc/container.json", "w") as f:
        json.dump(pipeline, f)
    with open("etc/container.url", "w") as f:
        f.write(f"loki+http://127.0.0.1:{loki.port}\n")
    os.chmod("etc/container.url", 0o600)


def soak(seconds):
    loki, docker = Loki(), Docker()
    loki.start()
    configure(loki)
    at = os.getcwd()
    env = {**os.environ, "RX_STATE": at + "/state", "RX_PIPELINES": at + "/etc",
           "RX_DASHBOARD": "off", "RX_NODE_ID": "soak"}
    agent = subprocess.Popen([f"{TOP}/agent/rx-agent", "run"], env=env,
                             start_new_session=True, stderr=open("err", "w"))
    session = f"RX_STATE_DIR={at}/state\0".encode()
    try:
        return watch(seconds, loki, docker, session, env)
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait()
        if loki.p is not None:
            loki.p.terminate()


def watch(seconds, loki, docker, session, env):
    while len(pids := stages(session)) < len(STAGES):
        time.sleep(.2)
    while stat()["stored"] == 0:  # what was there before it began is history
        if not docker.alive:
            docker.make()
        docker.say(docker.alive[0][1])
        time.sleep(.3)
    missed, docker.n = docker.n - stat()["stored"], docker.n
    rows, began = [], time.monotonic()

    def run(until):
        while time.monotonic() - began < until:
            docker.turn()
            time.sleep(.2)

    def row(what):
        minute = (time.monotonic() - began) / 60
        rows.append((f"{minute:.1f} min, {what}", {name: status(pid) for name, pid in pids.items()},
                     docker.n, docker.made, stat()["pending"]))

    run(seconds * .08)
    docker.empty()
    row("start, no container")
    run(seconds * .33)
    row("Loki is well")
    loki.stop()
    run(seconds * .6)
    row("Loki has been down")
    loki.start("--max-age", "300")
    run(seconds * .64)
    row("back; it refuses what is old")
    run(seconds * .97)
    row("before the end")
    docker.empty()
    until = time.monotonic() + 180
    while stat()["pending"] > 0 and time.monotonic() < until:
        time.sleep(.5)
    time.sleep(2)
    row("end, no container")
    loki.stop()
    assert stages(session) == pids, "a process ended"
    letters = subprocess.run(["rx-spool", "dead", "state/container.db"], capture_output=True,
                             text=True).stdout.splitlines()
    ledger = subprocess.run([f"{TOP}/agent/rx-agent", "status", "--ledger"], env=env,
                            capture_output=True, text=True)
    assert ledger.returncode == 0, ledger.stdout + ledger.stderr
    return rows, account(loki, docker, letters, missed)


def account(loki, docker, letters, missed):
    """Each line once, in Loki or among the dead letters with a reason."""
    dead = {}
    for text in letters:
        record = json.loads(text)
        dead[record["log_line"]] = record["_rx"]["why"].split(":")[0]
    lacking = twice = 0
    for n in range(1, docker.n + 1):
        line = f"request {n} done"
        times = len(loki.lines.get(line, ())) + (line in dead)
        lacking += times == 0
        twice += times > 1
    why = {w: list(dead.values()).count(w) for w in set(dead.values())}
    return {"lines written": docker.n, "containers": docker.made, "before the first position": missed,
            "in Loki": len(loki.lines), "dead letters": why or 0, "in neither": lacking - missed,
            "in both or twice": twice}


def check(rows, sums):
    # Batches are largest while what waited for Loki is sent: memory is compared
    # with what it was then.
    first, full, last = rows[0][1], rows[3][1], rows[-1][1]
    for name in STAGES:
        a, b = first[name], last[name]
        assert b[0] <= a[0] and b[1] <= a[1] and b[2] <= a[2], (name, a, b)
        assert b[4] <= full[name][4] * 1.1 + 1024, (name, full[name], b)
    # Twice: the one batch whose answer was lost with Loki, and which is moved to
    # another time because Loki refuses its own when it is back.
    assert sums["in neither"] == 0 and sums["in both or twice"] <= 1000, sums


def tables(rows, sums):
    head = ["when", *STAGES, "all", "lines", "containers so far", "waiting"]
    text = "Descriptors / threads / watches / RSS in MiB.\n\n"
    text += f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n"
    for what, of, n, made, waiting in rows:
        cells = ["%d / %d / %d / %.1f" % (*of[s][:3], of[s][3] / 1024) for s in STAGES]
        total = [sum(of[s][i] for s in STAGES) for i in range(4)]
        cells.append("%d / %d / %d / %.1f" % (*total[:3], total[3] / 1024))
        text += f"| {' | '.join([what, *cells, str(n), str(made), str(waiting)])} |\n"
    return text + "\n" + ", ".join(f"{k}: {v}" for k, v in sums.items()) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default=f"{TOP}/build")
    parser.add_argument("--out")
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    args = parser.parse_args()
    os.environ["RX_BIN"] = os.path.abspath(args.bin)
    os.environ["PATH"] = os.path.abspath(args.bin) + ":" + os.environ["PATH"]
    random.seed(1)
    home, at = os.getcwd(), tempfile.mkdtemp(prefix="rx-containers.")
    os.chdir(at)
    try:
        rows, sums = soak(args.seconds)
    finally:
        os.chdir(home)
        shutil.rmtree(at, ignore_errors=True)
    text = tables(rows, sums)
    print(text, end="")
    if args.out:
        commit = subprocess.run(["git", "-C", TOP, "rev-parse", "--short", "HEAD"],
                                capture_output=True, text=True).stdout.strip()
        with open(f"{TOP}/t/bench/results/{args.out}.md", "a") as f:
            f.write(f"\n## {args.seconds / 60:.0f} minutes, rx at {commit}, Linux {platform.release()},"
                    f" {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n\n{text}")
    check(rows, sums)


if __name__ == "__main__":
    main()
