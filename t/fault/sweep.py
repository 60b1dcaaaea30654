#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""sweep.py SO [--every K] [--jobs J] [CASE ...]: each allocation of each case
fails once, alone, and then with all after it (X-64); or, where SO is calls.so,
each call that makes a descriptor.

SO is alloc.so or calls.so; the tools are those of PATH.  A case is a command on
fixed input.  Held against its run without a fault: never ended by a signal, never
longer than PATIENCE; with status 0 the same output; else the status that fits (75
for memory) and one line on standard error that says what lacked.  With calls.so a
case is also run where calls do half of what they were asked, and where they are
interrupted: that makes no difference.

--every K tries only each K-th allocation, five of a case at least, from a start
that differs by case.  rx-serve, which ends when it is told to, is not among
them.
Prints a line for each case, and what was wrong; exits 1 when anything was.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

LINES = "".join(
    f"2026-01-05T10:00:{n % 60:02d}Z {'ERROR' if n % 3 else 'INFO'} app[{n}]: "
    f"connection {n} refused user=u{n % 7} password=hunter{n}\n" for n in range(400))
RULES = r"""{"mode": "all", "rules": [
 {"name": "refused", "when": "refused user=(?<who>\\w+)", "extract": true, "set": {"team": "net"}},
 {"name": "odd", "when": {"any": ["[13579]\\]:", {"not": "INFO"}]}, "severity": "critical"}]}
"""
PATIENCE = 10
# What fails: the variable that says when, what is counted, what is said then, with
# which status, and what must make no difference.
ALLOC = ("RX_ALLOC", "allocation", "memory|ENOMEM", {75}, [])
# SQLite tries once more in another way, and tells of that.
CALLS = ("RX_CALLS", "descriptor", "open files|EMFILE|unable to open database file|readonly database",
         {66, 71, 74, 75, 77, 78}, ["short", "eintr"])
SAMPLE = ('{"timestamp":"2026-01-05T10:%02d:%02dZ","uptime_seconds":%d,'
          '"cpu_usage":%d,"memory_usage":91,"disk_usage":95}\n')


def make_input(at):
    """Files every case finds in its directory, and the spools some begin with."""
    def put(name, text):
        with open(os.path.join(at, name), "w", encoding="utf-8") as f:
            f.write(text)
    put("a.log", LINES)
    put("rules.json", RULES)
    put("samples", "".join(SAMPLE % (n // 20, n % 20 * 3, 1000 + 3 * n, 95)
                           for n in range(200)))
    for line in ("rx-tail --once a.log | rx-match -k >records",
                 "rx-spool push --unmarked full.db <records",
                 "rx-spool claim claimed.db web >claim",
                 "rx-tail --once --resume claim a.log >marked",
                 "rx-spool emit --once full.db >emitted"):
        subprocess.run(line, shell=True, cwd=at, check=True)


# name: (command, standard input, may the output be compared)
CASES = {
    "tail": ("rx-tail --once a.log", None, True),
    "tail-since": ("rx-tail --once --since 2026-01-05T10:00:30Z --multiline indent a.log", None, True),
    "tail-checkpoint": ("rx-tail --once --checkpoint ck a.log", None, True),
    "match": ("rx-match -k", "records", True),
    "match-rules": ("rx-match -f rules.json", "records", True),
    "match-text": ("rx-match --format raw -C 2 -e 'refused.*user=u3' a.log", None, True),
    "match-parse": ("rx-match -v -e zzz --parse logfmt --redact password --dedupe 60s", "records", True),
    "push": ("rx-spool push --unmarked new.db", "records", False),
    "push-marked": ("rx-spool push claimed.db web", "marked", False),
    "emit": ("rx-spool emit --once full.db", None, False),
    "stat": ("rx-spool stat --json full.db", None, False),
    "query": ("rx-spool query full.db --where severity=error --limit 20", None, True),
    "ship-file": ("rx-ship --once file:out.jsonl", "records", False),
    "ship-spool": ("rx-ship --once --ack full.db file:out.jsonl", "emitted", False),
    "metrics": ("rx-metrics --once", None, False),
    "metrics-prometheus": ("rx-metrics --once --prometheus", None, False),
    "alert": ("rx-alert --replay", "samples", True),
}


class Case:
    def __init__(self, so, name, base):
        self.so, self.name, self.base = so, name, base
        self.kind = CALLS if os.path.basename(so) == "calls.so" else ALLOC
        self.command, self.stdin, self.compared = CASES[name]
        # A target that did not take all is no peer, at the end of --once.
        self.other = 69 if name.startswith("ship") else 75

    def run(self, **env):
        """(status, output, errors) in a directory of its own."""
        with tempfile.TemporaryDirectory(prefix="sweep") as at:
            work = os.path.join(at, "w")
            shutil.copytree(self.base, work)
            stdin = os.path.join(work, self.stdin) if self.stdin else os.devnull
            env = dict(os.environ, RX_NODE_ID="sweep", RX_STATE_DIR=os.path.join(at, "state"), **env)
            try:
                with open(stdin, "rb") as given:
                    # exec: the shell is not what is tried.
                    done = subprocess.run(
                        ["sh", "-c", f'LD_PRELOAD="$1" exec {self.command}', "sh", self.so],
                        stdin=given, capture_output=True, cwd=work, env=env,
                        timeout=PATIENCE, check=False)
            except subprocess.TimeoutExpired:
                return "hangs", b"", b""
            count = b""
            if self.kind[0] + "_COUNT" in env:
                with open(env[self.kind[0] + "_COUNT"], "rb") as f:
                    count = f.read()
            return done.returncode, done.stdout, done.stderr, count

    def wrong(self, fault, reference):
        variable, _, word, good, _ = self.kind
        got = self.run(**{variable: fault})
        if got[0] == "hangs":
            return "hangs"
        status, out, err = got[:3]
        said = err.decode(errors="replace").strip()
        if status < 0 or status >= 128:
            number = -status if status < 0 else status - 128
            return f"ended by {signal.Signals(number).name}: {said[:200]}"
        if status == 0:
            if self.compared and out != reference:
                return f"status 0, but other output; said: {said[:200]!r}"
            return None
        if status not in good | {self.other} or not fault[0].isdigit():
            return f"status {status}: {said[:200]}"
        if not re.search(word, said):
            return f"status {status}, and no word of it: {said[:200]!r}"
        if len(re.findall(": fatal: ", said)) > 1:
            return f"more than one end: {said[:200]!r}"
        return None


def sweep(case, every, pool):
    with tempfile.NamedTemporaryFile() as count:
        status, reference, err, n = case.run(**{case.kind[0] + "_COUNT": count.name})
    if status != 0:
        return [f"{case.name}: without a fault: status {status}: {err.decode()[:300]}"], 0, 0
    total = int(n)
    every = max(1, min(every, total // 5))
    begin = 1 + sum(case.name.encode()) % every
    faults = case.kind[4] + [f"{n}{rest}" for n in range(begin, total + 1, every) for rest in ("", "-")]
    bad = []
    for fault, why in zip(faults, pool.map(lambda f: case.wrong(f, reference), faults)):
        if why:
            bad.append(f"{case.name}: {case.kind[1]} {fault}: {why}")
    return bad, total, len(faults)


def main():
    args = argparse.ArgumentParser()
    args.add_argument("so")
    args.add_argument("--every", type=int, default=1)
    args.add_argument("--jobs", type=int, default=os.cpu_count())
    args.add_argument("cases", nargs="*")
    args = args.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="sweep") as base, \
            concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        make_input(base)
        for name in args.cases or CASES:
            case = Case(os.path.abspath(args.so), name, base)
            bad, total, tried = sweep(case, args.every, pool)
            print(f"{name}: {total} {case.kind[1]}s, {tried} faults tried, {len(bad)} wrong", flush=True)
            for line in bad:
                print("  " + line)
            failed = failed or bool(bad) or tried == 0
    sys.exit(failed)


main()
