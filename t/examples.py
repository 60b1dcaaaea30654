#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the EXAMPLES of a manual page and compares.

usage: examples.py PAGE

In the literal blocks of EXAMPLES a line that starts with "$ " is a command, to
the end of its continued lines (a trailing backslash or pipe, or an open quote
that sh would ask about), and what follows up to the next one is its output.
Blocks without "$ " are not run.  All blocks of a page share one directory, the
current one, as a reader would type them.  Prints each command that went wrong;
the exit status is 1 then, and 2 when the page has no example that runs.
"""
import re
import subprocess
import sys


def unescape(line):
    """mdoc's text of a literal line."""
    line = re.sub(r"^\\&", "", line)
    for escape, char in ((r"\(aq", "'"), (r"\(dq", '"'), (r"\-", "-"),
                         (r"\(en", "-"), (r"\&", ""), (r"\(rs", "\\"),
                         (r"\e", "\\")):
        line = line.replace(escape, char)
    return line


def blocks(page):
    inside, block = False, None
    for line in open(page, encoding="utf-8").read().split("\n"):
        if line.startswith(".Sh "):
            inside = line == ".Sh EXAMPLES"
        elif inside and line.startswith(".Bd "):
            block = []
        elif inside and line == ".Ed":
            yield block
            block = None
        elif block is not None:
            block.append(unescape(line))


def complete(command):
    if command.rstrip().endswith(("\\", "|")):
        return False
    return subprocess.run(["sh", "-n", "-c", command],
                          capture_output=True).returncode == 0


def steps(block):
    command, output = None, []
    for line in block:
        if line.startswith("$ "):
            if command:
                yield command, output
            command, output = line[2:], []
        elif command and not output and not complete(command):
            command += "\n" + line
        elif command:
            output.append(line)
    if command:
        yield command, output


ran = wrong = 0
for block in blocks(sys.argv[1]):
    script, expected = [], []
    for command, output in steps(block):
        script.append(command)
        expected += output
    if not script:
        continue
    # One shell a block: an export, or a function, holds on to its end.
    ran += len(script)
    done = subprocess.run(["sh", "-c", "\n".join(script)], text=True,
                          capture_output=True, timeout=60)
    if done.stdout.split("\n")[:-1] != expected:
        wrong += 1
        print("--- commands", *script, "--- expected", *expected,
              "--- got", done.stdout + done.stderr, sep="\n")
print(f"{sys.argv[1]}: {ran} commands ran, {wrong} blocks went wrong")
sys.exit(2 if ran == 0 else wrong > 0)
