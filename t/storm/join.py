#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kill -9 around records that are joined from several lines.

usage: join.py FORM --bin DIR --dir DIR [--rounds N] [--seed N]

FORM is docker, cri or lines (of plain text, --multiline), or docker+lines.  A
writer appends pieces of numbered messages, of two streams in turn where there
are two, in bursts whose ends fall inside messages, and rotates its log as the
runtime does, also inside messages.  A pipeline rx-tail | rx-spool push is
killed and started again, a stage or the whole of it.  In the end each message
must be stored exactly once, as it was before it was cut; the spool is read
with python's sqlite3.  Nothing here is code of rx.
"""
import argparse
import collections
import datetime
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time

KEPT = 500  # rotated files: nothing is deleted unread


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%S.%f000Z")


class Writer(threading.Thread):
    def __init__(self, form, path, seed):
        super().__init__()
        self.form, self.path = form, path
        self.random = random.Random(seed)
        self.over = threading.Event()
        self.messages, self.rotations = [], 0
        self.numbers = {}

    def message(self, stream):
        n = self.numbers[stream] = self.numbers.get(stream, 0) + 1
        size = self.random.choice([0, 10, 10, 100, 3000, 40000])
        text = f"START {stream} {n} " + self.random.choice("xyé") * size
        if "lines" in self.form:
            text += "".join(f"\n\tat {stream}.{n}.{i}()"
                            for i in range(self.random.randrange(6)))
        self.messages.append(text)
        return text

    def line(self, stream, piece, ends):
        if "docker" in self.form:
            return json.dumps({"log": piece + ("\n" if ends else ""),
                               "stream": stream, "time": now()},
                              ensure_ascii=False) + "\n"
        if self.form == "cri":
            return f"{now()} {stream} {'F' if ends else 'P'} {piece}\n"
        return piece + "\n"

    def lines(self, stream):
        """The lines of a stream, one after the other, for ever."""
        while not self.over.is_set():
            for text in self.message(stream).split("\n"):
                limit = self.random.choice([9, 4000, 16384])
                if len(text) > 50 * limit or self.form == "lines":
                    limit = 1 << 20
                for at in range(0, len(text), limit):
                    yield self.line(stream, text[at:at + limit],
                                    at + limit >= len(text))

    def rotate(self):
        self.rotations += 1
        for i in range(min(self.rotations, KEPT), 1, -1):
            os.rename(f"{self.path}.{i - 1}", f"{self.path}.{i}")
        os.rename(self.path, f"{self.path}.1")

    def run(self):
        streams = ["stdout", "stderr"] if self.form != "lines" else ["plain"]
        sources = [self.lines(stream) for stream in streams]
        log = open(self.path, "ab", buffering=0)
        while sources:
            for _ in range(self.random.randrange(1, 40)):
                source = self.random.choice(sources)
                line = next(source, None)
                if line is None:
                    sources.remove(source)
                    break
                log.write(line.encode())
                if self.random.random() < 0.01:
                    log.close()
                    self.rotate()
                    log = open(self.path, "ab", buffering=0)
            time.sleep(self.random.uniform(0, 0.02))
        log.close()


class Storm:
    def __init__(self, args):
        self.args, self.random = args, random.Random(args.seed)
        self.db = os.path.join(args.dir, "q.db")
        self.err = open(os.path.join(args.dir, "stderr"), "ab")
        where = os.path.join(args.dir, "containers", "c1")
        os.makedirs(where, exist_ok=True)
        name = "c1-json.log" if "docker" in args.form else "0.log"
        path = os.path.join(where, name)
        self.first(path)
        self.options = {
            "docker": [f"--docker={args.dir}"],
            "docker+lines": [f"--docker={args.dir}"],
            "cri": ["--cri", path],
            "lines": [path],
        }[args.form]
        if "lines" in args.form:
            self.options += ["--multiline", "start=^START ",
                             "--join-wait", "4s"]
        self.writer = Writer(args.form, path, args.seed)

    def first(self, path):
        with open(path, "w") as log:
            log.write({"cri": f"{now()} stdout F first\n",
                       "lines": "first\n"}.get(
                self.args.form, json.dumps({"log": "first\n"}) + "\n"))

    def start(self):
        tool = lambda name: os.path.join(self.args.bin, name)
        claim = os.path.join(self.args.dir, "claim")
        with open(claim, "wb") as out:
            subprocess.run([tool("rx-spool"), "claim", self.db, "main"],
                           stdout=out, stderr=self.err, check=True)
        tail = subprocess.Popen(
            [tool("rx-tail"), "--from", "start", "--rotate-wait", "1s",
             "--resume", claim] + self.options,
            stdout=subprocess.PIPE, stderr=self.err)
        push = subprocess.Popen(
            [tool("rx-spool"), "push", "--max-bytes", "20G", self.db, "main"],
            stdin=tail.stdout, stderr=self.err)
        tail.stdout.close()
        return [tail, push]

    def stored_marks(self):
        """The lane is begun: what comes from now on must not be missed."""
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True)
        n, = db.execute("SELECT count(*) FROM source").fetchone()
        db.close()
        return n > 0

    def stored(self):
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True)
        rows = db.execute("SELECT body FROM segment ORDER BY seg").fetchall()
        db.close()
        return [record["log_line"] for (body,) in rows
                for record in json.loads(body)]

    def kill(self, run):
        victims = self.random.choice([run[:1], run[1:], run])
        for stage in victims:
            stage.kill()
        time.sleep(self.random.uniform(0, 0.01))
        for stage in run:
            if stage.poll() is None:
                stage.kill()
            stage.wait()

    def go(self):
        run = self.start()
        while not self.stored_marks():
            time.sleep(0.02)
        self.writer.start()
        for _ in range(self.args.rounds):
            time.sleep(self.random.uniform(0.02, 0.25))
            if any(stage.poll() is not None for stage in run):
                sys.exit("storm: FAILED: a run ended by itself: "
                         f"{[stage.poll() for stage in run]}")
            self.kill(run)
            run = self.start()
        self.writer.over.set()
        self.writer.join()
        wanted = ["first"] + self.writer.messages
        deadline = time.monotonic() + 60
        while len(self.stored()) < len(wanted) and \
                time.monotonic() < deadline:
            time.sleep(0.2)
        run[0].terminate()
        if [stage.wait(timeout=20) for stage in run] != [0, 0]:
            sys.exit("storm: FAILED: TERM did not end it well")
        self.compare(wanted, self.stored())

    def compare(self, wanted, got):
        want, have = collections.Counter(wanted), collections.Counter(got)
        print(f"storm: {self.args.form}, seed {self.args.seed}: "
              f"{len(wanted)} messages, {self.writer.rotations} rotations, "
              f"{self.args.rounds} kills")
        lost, strange = want - have, have - want
        for what, some in (("lost", lost), ("too many", strange)):
            if some:
                print(f"storm: FAILED: {sum(some.values())} {what}",
                      *[repr(text[:60]) + f" ({len(text)})"
                        for text in list(some)[:5]], sep="\n  ")
        sys.exit(1 if lost or strange else 0)


parser = argparse.ArgumentParser()
parser.add_argument("form")
parser.add_argument("--bin", required=True)
parser.add_argument("--dir", required=True)
parser.add_argument("--rounds", type=int, default=30)
parser.add_argument("--seed", type=int, default=1)
Storm(parser.parse_args()).go()
