#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Ask rx-tail about the cases of data/container: container-cases.py CASES.

Each case is written as a file of its runtime and read with --once; where the
case is about single lines, each line is a file.  Prints the cases that differ,
and ends with how many there were.
"""
import base64
import json
import os
import subprocess
import sys

ID = "c" * 64
DOCKER = f"d/containers/{ID}/{ID}-json.log"
START = r"start=^\d{4}-\d{2}-\d{2}"


def raw(text):
    return base64.b64decode(text["b64"]) if isinstance(text, dict) \
        else text.encode()


def read(case, lines):
    path = DOCKER if case["format"] == "docker" else "0.log"
    with open(path, "wb") as f:
        f.write(b"".join(line + b"\n" for line in lines))
    command = ["rx-tail", "--once"]
    command += ["--docker=d"] if case["format"] == "docker" else ["--cri", path]
    if case["mode"] == "join+multiline":
        command += ["--multiline", START]
    r = subprocess.run(command, capture_output=True)
    return [json.loads(line) for line in r.stdout.splitlines()], \
        b"is not of its container format" in r.stderr


def same_time(got, want):
    return got.rstrip("Z").ljust(29, "0") == \
        want.replace("+00:00", "Z").rstrip("Z").ljust(29, "0")


def differs(record, want):
    text = raw(want["msg"]).decode("utf-8", "replace").removesuffix("\n")
    if record["log_line"] != text:
        return "text"
    if "stream" in want and record.get("stream") != want["stream"]:
        return "stream"
    if "ts" in want and not same_time(record["timestamp"], want["ts"]):
        return "time"
    return None


def check(case):
    lines = [raw(line) for line in case["in"]]
    records = []
    if case["mode"] != "line":
        records, _ = read(case, lines)
    else:
        for i, line in enumerate(lines):
            got, refused = read(case, [line])
            if refused != (i in case.get("reject", [])):
                return f"line {i} refused: {refused}"
            if refused and [r["log_line"] for r in got] != [line.decode()]:
                return f"line {i} was not passed on"
            records += [] if refused else got
    if len(records) != len(case["out"]):
        return f"{len(records)} records, not {len(case['out'])}"
    for i, (record, want) in enumerate(zip(records, case["out"])):
        if (why := differs(record, want)) is not None:
            return f"record {i}: {why}: {record} {want}"
    return None


def main():
    os.makedirs(os.path.dirname(DOCKER))
    bad = 0
    with open(sys.argv[1]) as f:
        cases = [json.loads(line) for line in f]
    for case in cases:
        if (why := check(case)) is not None:
            print(f"{case['id']}: {why}"[:300])
            bad += 1
    print(f"{len(cases)} cases, {bad} differ")
    sys.exit(bad > 0 or not cases)


main()
