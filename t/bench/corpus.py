#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A seeded log of about SIZE bytes, the same bytes for the same seed.

usage: corpus.py [--rate SHARE] [--length BYTES] SIZE [SEED] >FILE

Lines of five programs with times that move on, a bad one in twelve (or SHARE of
them); with --length all are as long as that, cut or filled up.  The words
that make a line bad are those that rx-match -k looks for, in the cases and
endings that real logs have; "interrupt" and "terror" are in it to be passed by.
"""
import argparse
import random
import sys

GOOD = ["session opened for user {u}", "GET /api/v1/items/{n} 200 {n}b {n}us",
        "Accepted publickey for {u} from 10.0.{b}.{b} port {n} ssh2",
        "block blk_{n} received from 10.1.{b}.{b} size 67108864",
        "interrupt {b} moved, mirrors of {u} are up", "cache hit {n} of {n}"]
BAD = ["ERROR db: connection to 10.0.{b}.{b} refused", "Failed password for {u}",
       "worker {n} failed: timeout after {n} ms", "FATAL: out of memory",
       "kernel: panic - not syncing", "critical temperature on cpu {b}"]
APPS = ["sshd[{n}]", "app[{n}]", "kernel", "db[{b}]", "web"]


FILL = " and so it went on for some more words of no importance to anybody"


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--rate", type=float, default=1 / 12)
    args.add_argument("--length", type=int, default=0)
    args.add_argument("size", type=int)
    args.add_argument("seed", type=int, nargs="?", default=1)
    a = args.parse_args()
    pick = random.Random(a.seed)
    lines, made, clock = [], 0, 0
    while made < a.size:
        clock += pick.random() < 0.3
        text = pick.choice(BAD if pick.random() < a.rate else GOOD)
        line = "Jan %2d %02d:%02d:%02d host %s: %s\n" % (
            clock // 86400 % 28 + 1, clock // 3600 % 24, clock // 60 % 60,
            clock % 60, pick.choice(APPS), text)
        line = line.format(u=pick.choice(["root", "anna", "svc"]),
                           n=pick.randrange(100000), b=pick.randrange(256))
        if a.length:
            lack = max(0, a.length - len(line))
            line = (line[:-1] + FILL * (lack // len(FILL) + 1))[:a.length - 1]
            line += "\n"
        lines.append(line)
        made += len(line)
        if len(lines) == 10000:
            sys.stdout.write("".join(lines))
            lines = []
    sys.stdout.write("".join(lines))


main()
