#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each named crash point of PROTOCOL.md 12, at its n-th pass.

usage: points.py --bin CRASHBIN --dir DIR --upto N [POINT ...]

For each point and n: two logs, one of them rotated meanwhile, go through
rx-tail | rx-match | rx-spool push and rx-spool emit | rx-ship file: | rx-spool
ack, with RX_CRASH=point:n in the environment.  When a stage dies the run is
taken down and started again without it.  Leaves DIR/POINT-N with WRITTEN, q.db
as it was before delivery (stored.db), and delivered.ndjson, for oracle.py, and
prints one line a case: the point, n, and whether it was reached.
"""
import argparse
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

STORE = ["tail.read", "tail.line", "tail.mark", "filter.data", "filter.mark",
         "push.insert", "push.precommit", "push.postcommit", "push.checkpoint"]
SHIP = ["emit.row", "ship.sent", "ship.confirmed", "ack.precommit",
        "ack.postcommit"]
LINES = 400
STEP = 8


def append(path, written, name, numbers):
    with open(path, "a", encoding="utf-8") as log:
        for seq in numbers:
            text = "noise" if seq % 5 == 0 else f"ERROR number {seq}"
            line = f"{name} {seq} {text}\n"
            log.write(line)
            written.write(line)


def start(commands, crash, err):
    env = dict(os.environ)
    env.pop("RX_CRASH", None)
    # After each commit, so that its point is passed as often as the others.
    env["RX_CHECKPOINT"] = "1"
    if crash:
        env["RX_CRASH"] = crash
    stages, before = [], None
    for n, command in enumerate(commands):
        last = n == len(commands) - 1
        stage = subprocess.Popen(command, stdin=before, env=env, stderr=err,
                                 stdout=None if last else subprocess.PIPE)
        if before:
            before.close()
        before = stage.stdout
        stages.append(stage)
    return stages


def take_down(stages):
    for stage in stages:
        if stage.poll() is None:
            stage.kill()
    return [stage.wait() for stage in stages]


def listens(stage):
    """It has set up its signals: a TERM before that just kills it."""
    try:
        with open(f"/proc/{stage.pid}/status") as status:
            caught = [line.split()[1] for line in status
                      if line.startswith("SigCgt")]
    except OSError:
        return True
    return not caught or int(caught[0], 16) >> (signal.SIGTERM - 1) & 1


def ask(db, sql):
    try:
        connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql).fetchone()[0] or 0
        finally:
            connection.close()
    except sqlite3.OperationalError:
        return -1


class Case:
    def __init__(self, args, point, n):
        self.tool = lambda name: os.path.join(args.bin, name)
        self.dir = os.path.join(args.dir, f"{point}-{n}")
        self.crash = f"{point}:{n}"
        self.kills = 0
        os.makedirs(os.path.join(self.dir, "logs"))
        self.db = os.path.join(self.dir, "q.db")
        self.err = open(os.path.join(self.dir, "stderr"), "ab")

    def store_run(self, crash):
        claim = os.path.join(self.dir, "claim")
        with open(claim, "wb") as out:
            subprocess.run([self.tool("rx-spool"), "claim", self.db, "main"],
                           stdout=out, stderr=self.err, check=True)
        logs = os.path.join(self.dir, "logs")
        return start([
            [self.tool("rx-tail"), "--from", "start", "--resume", claim,
             os.path.join(logs, "a.log"), os.path.join(logs, "b*.log")],
            [self.tool("rx-match"), "-v", "-e", "noise"],
            [self.tool("rx-spool"), "push", "--batch", "1", "--linger", "0",
             self.db, "main"]],
            crash, self.err)

    def ship_run(self, crash):
        out = os.path.join(self.dir, "delivered.ndjson")
        return start([
            [self.tool("rx-spool"), "emit", "--inflight", "20", self.db,
             "main"],
            [self.tool("rx-ship"), "file:" + out],
            [self.tool("rx-spool"), "ack", self.db]], crash, self.err)

    def drive(self, launch, done, step=None):
        """Until done(): one run, restarted without the crash when it dies.

        The steps are taken once a mark was committed: the promise starts
        there.  A little at a time, so that every point is passed often.
        """
        stages = launch(self.crash)
        deadline = time.monotonic() + 30
        while step or not done():
            if step and ask(self.db, "SELECT max(marks) FROM lane") > 0:
                step = step if step() else None
            if any(stage.poll() is not None for stage in stages):
                codes = take_down(stages)
                if -signal.SIGKILL not in codes or self.kills:
                    sys.exit(f"{self.crash}: FAILED: a run ended: {codes}")
                self.kills += 1
                stages = launch(None)
            if time.monotonic() > deadline:
                sys.exit(f"{self.crash}: FAILED: not done in 30 s")
            time.sleep(0.01)
        # Reached only now: the last mark, the last commit.
        while not listens(stages[0]):
            time.sleep(0.01)
        stages[0].terminate()
        codes = [stage.wait(timeout=20) for stage in stages]
        if -signal.SIGKILL in codes and not self.kills:
            self.kills += 1
            self.drive(lambda crash: launch(None), done)
        elif codes != [0] * len(codes):
            sys.exit(f"{self.crash}: FAILED: TERM ended a run with {codes}")

    def go(self, ship):
        a, b = (os.path.join(self.dir, "logs", name)
                for name in ("a.log", "b1.log"))
        crash = self.crash
        with open(os.path.join(self.dir, "WRITTEN"), "w") as written:
            half = LINES // 2
            append(a, written, "a", range(1, half))
            append(b, written, "b", range(1, half))

            at = half

            def more():
                nonlocal at
                if at == half:
                    os.rename(a, a + ".1")
                upto = min(at + STEP, LINES)
                append(a, written, "a", range(at, upto))
                append(b, written, "b", range(at, upto))
                written.flush()
                at = upto
                return at < LINES
            if ship:
                self.crash = None
            want = 2 * (LINES - 1 - (LINES - 1) // 5)
            self.drive(self.store_run, lambda: ask(
                self.db, "SELECT sum(n) FROM segment") >= want, more)
        self.crash = crash
        copy = sqlite3.connect(os.path.join(self.dir, "stored.db"))
        sqlite3.connect(self.db).backup(copy)
        copy.close()
        reached = self.kills
        if not ship:
            self.crash = None
        self.kills = 0
        self.drive(self.ship_run, lambda: ask(
            self.db, "SELECT count(*) FROM queue") == 0)
        return reached or (ship and self.kills)


parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True)
parser.add_argument("--dir", required=True)
parser.add_argument("--upto", type=int, default=1)
parser.add_argument("points", nargs="*")
args = parser.parse_args()
oracle = os.path.join(os.path.dirname(os.path.abspath(__file__)), "oracle.py")
for point in args.points or STORE + SHIP:
    for n in range(1, args.upto + 1):
        case = Case(args, point, n)
        reached = case.go(point in SHIP)
        at = lambda name: os.path.join(case.dir, name)
        subprocess.run([sys.executable, oracle, at("WRITTEN"),
                        at("stored.db")], check=True,
                       stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, oracle, "--delivered", at("WRITTEN"),
                        at("delivered.ndjson"), "5000"], check=True,
                       stdout=subprocess.DEVNULL)
        print(f"{point}:{n} {'reached' if reached else 'not reached'}",
              flush=True)
        shutil.rmtree(case.dir)
