#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Play the spool for the tests of rx-tail: PROTOCOL.md 7, without a database.

    tail-spool.py claim STATE          one claim line; the epoch goes up
    tail-spool.py push STATE < stream  check the stream, commit at each mark

STATE.lines then holds the committed log lines, one JSON string each, STATE.gaps
the gaps; STATE itself the cut.  Any breach of the protocol exits 65, telling
which.  Nothing here is shared with the product.
"""
import json
import os
import sys

CONTROL = b'{"_rx":{"k":"'


def breach(why):
    sys.exit(f"breach: {why}")


def load(path):
    try:
        with open(path) as f:
            return json.load(f)
    except FileNotFoundError:
        return {"ep": 0, "new": True, "pos": {}}


def save(path, state):
    with open(path + ".new", "w") as f:
        json.dump(state, f)
    os.replace(path + ".new", path)


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def claim(path):
    state = load(path)
    state["ep"] += 1
    save(path, state)
    print(compact({"_rx": {
        "k": "claim", "v": 1, "sp": "test-spool", "ln": "main",
        "ep": state["ep"], "tk": f"t{state['ep']}", "new": state["new"],
        "pos": list(state["pos"].values())}}))


class Push:
    def __init__(self, path):
        self.path, self.state = path, None
        self.nonce, self.q, self.seen, self.open = None, 0, {}, []
        self.since = [0, 0]
        self.lines = open(path + ".lines", "a")
        self.gaps = open(path + ".gaps", "a")

    def begin(self, rx):
        if self.nonce is not None:
            breach("a second begin")
        self.state = load(self.path)  # not before: claim may still run
        if rx["claims"] and rx["claims"][0]["ep"] != self.state["ep"]:
            breach("begin of another epoch")
        self.nonce = rx["n"]
        self.resume = {e["s"]: e["o"] for e in rx["pos"]}

    def data(self, record, size):
        rx = record["_rx"]
        src, o, e = rx["s"], rx["o"], rx["e"]
        if o >= e:
            breach(f"an empty record at {src}:{o}")
        off = self.state["pos"].get(src, {}).get("o", 0)
        if e <= off:
            breach(f"{src}:{o} was committed, up to {off}")
        if o < self.seen.get(src, off):
            breach(f"{src}:{o} comes after {self.seen[src]}")
        if o > self.seen.get(src, off):
            breach(f"{src}: {self.seen.get(src, off)} to {o} left out")
        self.seen[src] = e
        self.open.append(("data", record))
        self.since[0] += 1
        self.since[1] += size
        if self.since[0] > 1000 or self.since[1] > 256 * 1024 + 1100000:
            breach("no mark in time")

    def mark(self, rx):
        self.q += 1
        if rx["q"] != self.q:
            breach(f"mark {rx['q']} where {self.q} was due")
        pos = {e["s"]: e for e in rx["pos"]}
        if len(pos) != len(rx["pos"]):
            breach("a source twice in a mark")
        for src in {r["_rx"]["s"] for k, r in self.open if k == "data"}:
            if src not in pos or pos[src]["o"] != self.seen[src]:
                breach(f"mark {self.q} does not cover {src}")
        for src, e in pos.items():
            old = self.state["pos"].get(src)
            if old and e["o"] < old["o"]:
                breach(f"{src} goes back from {old['o']} to {e['o']}")
            if e["a"][0] != min(64, e["o"]):
                breach(f"{src}: an anchor of {e['a'][0]} at {e['o']}")
        for kind, r in self.open:
            if kind == "data":
                self.lines.write(json.dumps(r["log_line"]) + "\n")
            else:
                self.gaps.write(json.dumps(r) + "\n")
        self.state["pos"].update(pos)
        self.state["new"] = False
        self.lines.flush()
        self.gaps.flush()
        save(self.path, self.state)
        self.open, self.since = [], [0, 0]

    def line(self, text):
        try:
            record = json.loads(text)
        except ValueError as e:
            breach(f"not JSON: {e}: {text[:200]!r}")
        rx = record["_rx"]
        if not text.startswith(CONTROL):
            if self.nonce is None:
                breach("data before begin")
            return self.data(record, len(text))
        if rx["k"] == "begin":
            return self.begin(rx)
        if rx["n"] != self.nonce:
            breach("a strange nonce")
        if rx["k"] == "gap":
            self.open.append(("gap", rx))
        elif rx["k"] == "mark":
            self.mark(rx)
        else:
            breach(f"a control record {rx['k']}")


def push(path):
    p = Push(path)
    for text in sys.stdin.buffer:
        if not text.endswith(b"\n"):
            return  # torn: the writer was killed
        p.line(text)


if __name__ == "__main__":
    {"claim": claim, "push": push}[sys.argv[1]](sys.argv[2])
