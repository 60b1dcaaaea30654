#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writers, rotation, kill -9 and SIGSTOP around rx-tail | rx-match | rx-spool.

usage: storm.py --bin DIR --dir DIR [--rounds N] [--seed N] [--rate N]
                [--filter NAME] [--spools 2]

Writers append numbered lines to logs that are rotated by rename.  A supervisor
keeps one pipeline per lane alive as PROTOCOL.md R9 asks: the stages of a run
end together.  Each round something dies: one stage, all stages, or an old run
is stopped with SIGSTOP, replaced, and woken again.  Prints what happened;
leaves WRITTEN and q.db in DIR for oracle.py.  The same seed makes the same
choices, not the same timing.

--filter: who drops the noise: match (rx-match, the default), grep, jq, via (a
grep that knows nothing of marks, in rx-match --via), bare (a jq that also takes
the coordinates away).  --spools 2: tee into q.db and q2.db.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import threading
import time

DATA = 'if ._rx.k then . else select(.log_line | test("noise") | not)'
FILTERS = {
    "match": ["rx-match", "-v", "-e", "noise"],
    "grep": ["grep", "--line-buffered", "-v", "-e", "noise"],
    "jq": ["jq", "-c", "--unbuffered", DATA + " end"],
    "via": ["rx-match", "--via", "grep -v noise", "--via-accept", "0,1"],
    "bare": ["jq", "-c", "--unbuffered", DATA + " | del(._rx) end"],
}
ROTATIONS_KEPT = 400  # nothing may be deleted unread: that loss is not rx's
# Rounds.  On a slow machine a run is killed before it has read on, and so is
# the next: then the logs are deleted before anybody could read them.
BREATH = 10
ROTATE_WAIT = 5  # seconds; who writes to a renamed log later than that is lost


class Writer(threading.Thread):
    """One program that logs, and its logrotate in create mode."""

    def __init__(self, storm, name, path):
        super().__init__(daemon=True)
        self.storm, self.name_, self.path = storm, name, path
        self.rotations = 0
        self.slowest = 0  # the longest a renamed log of its waited for more
        self.random = random.Random(f"{storm.args.seed}-{name}")

    def rotate(self):
        self.rotations += 1
        for n in range(min(self.rotations, ROTATIONS_KEPT) - 1, 0, -1):
            os.rename(f"{self.path}.{n}", f"{self.path}.{n + 1}")
        os.rename(self.path, f"{self.path}.1")

    def run(self):
        storm, seq, late = self.storm, 0, 0
        log = open(self.path, "ab", buffering=0)
        wrote_at = time.monotonic()
        rotate_at = wrote_at + self.random.uniform(0.3, 1.5)
        while not storm.over.is_set():
            for _ in range(self.random.randint(1, 2 * storm.args.rate // 100)):
                seq += 1
                text = self.random.choice(
                    ["ERROR disk é failed", "noise", "request took 3 ms",
                     "x" * self.random.randint(1, 2000)])
                line = f"{self.name_} {seq} {text}\n"
                data = line.encode()
                if self.random.random() < 0.05:  # two writes, one line
                    cut = self.random.randrange(len(data))
                    log.write(data[:cut])
                    time.sleep(0.001)
                    log.write(data[cut:])
                else:
                    log.write(data)
                storm.wrote(line)
                before, wrote_at = wrote_at, time.monotonic()
                if late:
                    self.slowest = max(self.slowest, wrote_at - before)
            if late and seq >= late:  # the program reopens its log
                log.close()
                log = open(self.path, "ab", buffering=0)
                late = 0
            if not late and time.monotonic() > rotate_at:
                self.rotate()
                late = seq + self.random.randint(0, 60)
                rotate_at = time.monotonic() + self.random.uniform(0.3, 1.5)
            time.sleep(0.01)
        log.close()


class Run:
    """One life of one pipeline."""

    def __init__(self, storm, stopped=None):
        self.storm, self.stages, self.names = storm, [], []
        claims = [self.claim(db, stopped) for db in storm.dbs]
        resume = [word for claim in claims for word in ("--resume", claim)]
        out = self.start("tail", [
            "rx-tail", "--from", "start", "--rotate-wait", f"{ROTATE_WAIT}s",
            *resume,
            *storm.patterns], None, subprocess.PIPE)
        out = self.start("filter", FILTERS[storm.args.filter], out,
                         subprocess.PIPE)
        self.pushes = []
        for db in storm.dbs[1:]:
            ours, theirs = os.pipe()
            out = self.start("tee", ["tee", f"/dev/fd/{theirs}"], out,
                             subprocess.PIPE, pass_fds=[theirs])
            os.close(theirs)
            self.push(db, ours)
            os.close(ours)
        self.push(storm.db, out)
        out.close()

    def start(self, name, command, stdin, stdout=None, **more):
        tool = os.path.join(self.storm.args.bin, command[0])
        if os.path.exists(tool):
            command = [tool] + command[1:]
        stage = subprocess.Popen(command, stdin=stdin, stdout=stdout,
                                 stderr=self.storm.log, **more)
        if stdin is not None and not isinstance(stdin, int):
            stdin.close()
        self.stages.append(stage)
        self.names.append(name)
        self.storm.started.append(stage)
        return stage.stdout

    def push(self, db, stdin):
        stage = len(self.stages)
        self.start("push", ["rx-spool", "push", "--max-bytes", "20G", db,
                            "main"],
                   stdin if isinstance(stdin, int) else os.dup(stdin.fileno()))
        self.pushes.append(self.stages[stage])

    def claim(self, db, stopped):
        storm, claim = self.storm, db + ".claim"
        for attempt in range(2):
            with open(claim, "wb") as out:
                code = subprocess.run(
                    [os.path.join(storm.args.bin, "rx-spool"), "claim", db,
                     "main"], stdout=out, stderr=storm.log).returncode
            if code == 0:
                return claim
            if code != 75 or stopped is None or attempt > 0:
                sys.exit(f"storm: FAILED: claim ended with {code}")
            # It was stopped inside a commit and holds the lock: nobody can
            # take over from it before it wakes or dies.
            storm.did["inside"] += 1
            stopped.send_signal(signal.SIGCONT)

    def ended(self):
        return any(stage.poll() is not None for stage in self.stages)

    def take_down(self):
        for stage in self.stages:
            if stage.poll() is None:
                stage.kill()
        return [stage.wait() for stage in self.stages]


class Storm:
    def __init__(self, args):
        self.args = args
        self.random = random.Random(args.seed)
        self.db = os.path.join(args.dir, "q.db")
        self.dbs = [self.db] + [os.path.join(args.dir, "q2.db")] * (
            args.spools - 1)
        self.log = open(os.path.join(args.dir, "stderr"), "ab")
        self.written = open(os.path.join(args.dir, "WRITTEN"), "w",
                            encoding="utf-8")
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.lines = 0
        self.started = []
        logs = os.path.join(args.dir, "logs")
        os.makedirs(logs, exist_ok=True)
        # One by name, two by glob: their chains are found in different ways.
        self.patterns = [os.path.join(logs, "named.log"),
                         os.path.join(logs, "g*.log")]
        self.writers = [Writer(self, name, os.path.join(logs, name + ".log"))
                        for name in ("named", "g1", "g2")]
        self.did = {"stage": 0, "pipeline": 0, "stopped": 0, "inside": 0}
        self.codes = {}

    def wrote(self, line):
        with self.lock:
            self.written.write(line)
            self.lines += "noise" not in line

    def count_end(self, run, codes):
        for name, code in zip(run.names, codes):
            self.codes.setdefault((name, code), 0)
            self.codes[(name, code)] += 1

    def round(self, run):
        time.sleep(self.random.uniform(0.03, 0.3))
        what = self.random.choice(["stage", "stage", "pipeline", "stopped"])
        self.did[what] += 1
        if what == "stage":
            self.random.choice(run.stages).kill()
            while not run.ended():
                time.sleep(0.001)
            self.count_end(run, run.take_down())
            return Run(self)
        if what == "pipeline":
            self.count_end(run, run.take_down())
            return Run(self)
        # An old run stops, is replaced, and wakes up with data in its pipe.
        old = self.random.choice(run.pushes)
        old.send_signal(signal.SIGSTOP)
        run.stages[0].kill()
        new = Run(self, old)
        time.sleep(self.random.uniform(0.05, 0.2))
        old.send_signal(signal.SIGCONT)
        try:
            code = old.wait(timeout=10)
        except subprocess.TimeoutExpired:
            sys.exit("storm: FAILED: a fenced push went on")
        # 0: it had nothing of its own to commit.  1: grep ends the line that a
        # killed rx-tail left torn, and push refuses what is then no record.
        if code not in (0, 75, 1 if self.args.filter == "grep" else 0):
            sys.exit(f"storm: FAILED: a fenced push ended with {code}")
        self.count_end(run, run.take_down())
        return new

    def stored(self):
        return min(self.stored_in(db) for db in self.dbs)

    def stored_in(self, db):
        out = subprocess.run(
            ["sqlite3", "-readonly", "-cmd", ".timeout 3000", db,
             "SELECT coalesce(sum(n), 0) FROM segment"],
            capture_output=True, text=True).stdout.strip()
        return int(out or 0)

    def breathe(self, run, lines):
        """Awaits that what was written by the last time is stored."""
        deadline = time.monotonic() + 120
        while self.stored() < lines and not run.ended():
            if time.monotonic() > deadline:
                sys.exit("storm: FAILED: nothing gets on in 120 s")
            time.sleep(0.01)

    def go(self):
        for writer in self.writers:
            writer.start()
        run = Run(self)
        # The promise begins with the first mark that is stored (PROTOCOL T4).
        while self.stored() == 0 and not run.ended():
            time.sleep(0.01)
        lines = 0
        for n in range(self.args.rounds):
            if run.ended():
                codes = run.take_down()
                sys.exit(f"storm: FAILED: a run ended by itself: {codes}")
            if n % BREATH == BREATH - 1:
                self.breathe(run, lines)
                lines = self.lines
            run = self.round(run)
        self.over.set()
        for writer in self.writers:
            writer.join()
        self.written.close()
        stored, moved_at = -1, 0
        while (now := self.stored()) < self.lines:
            if run.ended():
                codes = run.take_down()
                sys.exit(f"storm: FAILED: the last run ended: {codes}")
            if now > stored:
                stored, moved_at = now, time.monotonic()
            if time.monotonic() > moved_at + 60:
                break  # the oracle tells what is missing
            time.sleep(0.1)
        run.stages[0].terminate()
        ends = [stage.wait(timeout=20) for stage in run.stages]
        if any(ends):
            sys.exit(f"storm: FAILED: TERM ended the last run with {ends}")
        slowest = max(writer.slowest for writer in self.writers)
        if slowest > ROTATE_WAIT - 1:
            sys.exit(f"storm: FAILED: a writer was kept from its renamed log"
                     f" for {slowest:.1f} s: too slow a machine says nothing")
        rotations = sum(writer.rotations for writer in self.writers)
        print(f"storm: seed {self.args.seed}: {self.lines} lines,"
              f" {rotations} rotations, killed {self.did['stage']} stages and"
              f" {self.did['pipeline']} pipelines, stopped and woke"
              f" {self.did['stopped']} old runs ({self.did['inside']} inside a"
              f" commit); slowest writer {slowest:.2f} s; ends {self.codes}")


parser = argparse.ArgumentParser()
parser.add_argument("--bin", required=True)
parser.add_argument("--dir", required=True)
parser.add_argument("--rounds", type=int, default=50)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--filter", choices=FILTERS, default="match")
parser.add_argument("--spools", type=int, choices=(1, 2), default=1)
parser.add_argument("--rate", type=int, default=1000, help="lines a second")
storm = Storm(parser.parse_args())
try:
    storm.go()
finally:  # a storm that failed leaves nobody behind
    for left in storm.started:
        if left.poll() is None:
            left.kill()
