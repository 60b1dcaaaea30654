#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which lines no test has run.

usage: coverage.py BUILD

BUILD was compiled with --coverage, and the tests were run with it.  Prints the
lines of cmd/ and lib/ that were never run, as FILE:FIRST[-LAST] and the text of the
first, and last a line for each folder: how many of its lines were run.  What is
run only in a process that is killed, or that may not write here, is not counted as
run: it looks worse than it is.
"""
import collections
import glob
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def lines_of(build):
    """file -> line -> whether it was run, of all objects it is in"""
    found = collections.defaultdict(dict)
    notes = [n for n in glob.glob(f"{build}/**/*.gcno", recursive=True) if "/t/" not in n[len(build):]]
    for at in range(0, len(notes), 50):
        out = subprocess.run(["gcov", "-t", "-j", *notes[at:at + 50]], cwd=TOP, check=True,
                             capture_output=True, text=True).stdout
        for text in out.splitlines():
            for file in json.loads(text)["files"]:
                name = os.path.relpath(os.path.join(TOP, file["file"]), TOP)
                if not name.startswith(("cmd/", "lib/")):
                    continue
                for line in file["lines"]:
                    n = line["line_number"]
                    found[name][n] = found[name].get(n, False) or line["count"] > 0
    return found


def tell(name, lines):
    with open(os.path.join(TOP, name)) as f:
        source = f.read().splitlines()
    ordered, first = sorted(lines), None
    for i, n in enumerate(ordered):
        if lines[n]:
            continue
        first = first or n
        if i + 1 == len(ordered) or lines[ordered[i + 1]]:
            print(f"{name}:{first}{'' if first == n else '-%d' % n}\t{source[first - 1].strip()}")
            first = None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folders = collections.defaultdict(lambda: [0, 0])
    for name, lines in sorted(lines_of(os.path.abspath(sys.argv[1])).items()):
        tell(name, lines)
        folder = folders["/".join(name.split("/")[:-1])]
        folder[0] += len(lines)
        folder[1] += sum(lines.values())
    for name, (n, run) in sorted(folders.items()):
        print(f"{name}: {run} of {n} lines, {100 * run / n:.1f} %")


main()
