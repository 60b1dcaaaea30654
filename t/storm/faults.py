#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""faults.py TAP TSV T -- what the rows of FAULTS.md came to in one run.

TAP is the output of t/run.sh, TSV t/faults.tsv, T the directory of the tests.
Prints a line a row: its tests, how many passed, failed, were skipped; or why it
has none.  Exits 1 when a test of a row failed or a row was not run at all.
"""
import glob
import os
import re
import sys

tap, tsv, tests = sys.argv[1:]
ROW = re.compile(r"\b(?:X|SEC)-\d\d\b")

# What each test said: a file that failed beside others is told again alone.
said = {}
for line in open(tap, errors="replace"):
    if m := re.match(r"(not ok|ok) \d+ (.*)", line.rstrip("\n")):
        name, _, skipped = m[2].partition(" # skip")
        said[name] = "failed" if m[1] != "ok" else "skipped" if skipped else "passed"

rows, why = {}, {}
for path in sorted(glob.glob(os.path.join(tests, "*.bats"))):
    for name in re.findall(r'^@test "(.*)" \{', open(path).read(), re.M):
        for row in ROW.findall(name):
            rows.setdefault(row, set()).add(name.replace("\\", ""))
for line in open(tsv):
    row, path, words = line.rstrip("\n").split("\t")
    if path == "-":
        why[row] = words
        continue
    text = open(os.path.join(tests, "..", path)).read()
    for name in re.findall(r'^@test "(.*)" \{', text, re.M):
        if words in name:
            rows.setdefault(row, set()).add(name.replace("\\", ""))

bad = 0
print(f"{'row':7} {'tests':>5} {'passed':>6} {'failed':>6} {'skipped':>7}")
every = [f"X-{n:02}" for n in range(1, 66)] + [f"SEC-{n:02}" for n in range(1, 55)]
for row in every:
    if row in why:
        print(f"{row:7} {'-':>5} {why[row]}")
        continue
    told = [said.get(name, "not run") for name in rows.get(row, ())]
    n = {s: told.count(s) for s in ("passed", "failed", "skipped", "not run")}
    wrong = n["failed"] or n["not run"] or not told
    bad += bool(wrong)
    note = "WRONG" if wrong else "" if n["passed"] else "only skipped"
    print(f"{row:7} {len(told):5} {n['passed']:6} {n['failed']:6} {n['skipped']:7} {note}".rstrip())
print(f"{len(every)} rows, {bad} wrong, {len(why)} without a test")
sys.exit(bad > 0)
