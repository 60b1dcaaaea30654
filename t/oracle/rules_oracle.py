#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Rules of rx-rules(5), made and applied a second time, in Python.

usage: rules_oracle.py SEED FILES

Makes FILES files of rules with records for each, asks rx-match -f about them,
with and without libhs, and compares what is kept and which members were added,
in their order.  Records are spelled as different writers of JSON do it.  Prints
the first file that differs, and exits 1.
"""
import json
import os
import random
import re
import subprocess
import sys

WORDS = ["error", "failed", "user", "root", "timeout", "GET", "POST", "disk7",
         "x", "a.b", "(c)", "é", 'say"', "back\\slash", "tab\there", "k", "S"]
PATTERNS = ["error", "fail(ed)?", "user (?P<who>\\w+)", "^GET", "x$", "\\bk\\b",
            "t.m", "a\\.b", "\\(c\\)", "[dD]isk(?P<n>[0-9])", "é", "zzz", "S",
            "(?P<who>root)|(?P<n>x)", "tab\\t", "\\\\s", '"', "POST.*error"]
VALUES = ["root", "bob", "a.b", 7, 500, 404.5, -1, True, False, None, "500", "",
          "1e3", "x y", 'q"', [1], {"z": 1}]
POINTERS = ["/user", "/status", "/http/status", "/list/1", "/who", "/tag", "/n",
            "/a~1b", "/log_line"]
OPERATORS = {">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
             "<": lambda a, b: a < b, "<=": lambda a, b: a <= b}
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z")
CONTRACT = {"_rx", "timestamp", "node_id", "system_ip", "log_path", "label",
            "application", "log_line", "severity", "match_error"}
ABSENT = object()


def condition(pick, depth=0):
    kind = pick.random()
    if depth < 3 and kind < 0.3:
        which = pick.choice(["any", "all", "not"])
        if which == "not":
            return {"not": condition(pick, depth + 1)}
        return {which: [condition(pick, depth + 1)
                        for _ in range(pick.randint(1, 3))]}
    if kind < 0.6:
        return pick.choice(PATTERNS)
    asked = {}
    if pick.random() < 0.8:
        asked["member"] = pick.choice(POINTERS)
    for _ in range(pick.choice([1, 1, 2])):
        which = pick.choice(["matches", "words", "==", "!=", ">", ">=", "<",
                             "<=", "in", "exists"])
        if which == "matches":
            asked[which] = pick.choice(PATTERNS)
            asked["ignore_case"] = pick.random() < 0.5
        elif which == "words":
            asked[which] = [pick.choice(["error", "fail*", "USER", "a.b", "k"])]
        elif "member" not in asked:
            continue
        elif which in ("==", "!="):
            asked[which] = pick.choice(VALUES[:15])
        elif which == "in":
            asked[which] = [pick.choice(VALUES[:15])
                            for _ in range(pick.randint(1, 4))]
        elif which == "exists":
            asked[which] = pick.random() < 0.6
        else:
            asked[which] = pick.choice([0, 7, 404.5, 500, 1000])
    if set(asked) <= {"member", "ignore_case"}:
        return pick.choice(PATTERNS)
    return asked


def has_group(c):
    if isinstance(c, str):
        return "(?P<" in c
    if "not" in c:
        return False
    for which in ("any", "all"):
        if which in c:
            return any(has_group(k) for k in c[which])
    return "(?P<" in c.get("matches", "")


def rule(pick, n):
    r = {"name": "r%d" % n}
    if pick.random() < 0.95:
        r["when"] = condition(pick)
    if "when" in r and has_group(r["when"]) and pick.random() < 0.8:
        r["extract"] = True
        if pick.random() < 0.3:
            r["prefix"] = "p_"
    if pick.random() < 0.3:
        r["set"] = {pick.choice(["tag", "user", "n", "status"]):
                    pick.choice(VALUES)}
    if pick.random() < 0.3:
        r["severity"] = pick.choice(["info", "warn", "critical"])
    r["then"] = pick.choice(["keep", "keep", "keep", "drop", "next"])
    if r["then"] == "keep" and pick.random() < 0.3:
        r["stop"] = True
    return r


def rules(pick):
    n = pick.choice([1, 2, 4, 12, 40])
    f = {"mode": pick.choice(["first", "all"]),
         "others": pick.choice(["drop", "keep"]),
         "rules": [rule(pick, i) for i in range(n)]}
    f["rules"].append({"name": "last", "when": "zzz|timeout"})
    return f


def record(pick, n):
    r = {"i": n}
    if pick.random() < 0.9:
        r["log_line"] = " ".join(pick.choices(WORDS, k=pick.randint(0, 6)))
    for name in ("user", "status", "who", "a/b"):
        if pick.random() < 0.4:
            r[name] = pick.choice(VALUES)
    if pick.random() < 0.4:
        r["http"] = {"status": pick.choice(VALUES)}
    if pick.random() < 0.3:
        r["list"] = [pick.choice(VALUES) for _ in range(pick.randint(0, 3))]
    return r


def spelled(pick, r):
    text = json.dumps(r, ensure_ascii=pick.random() < 0.5,
                      separators=pick.choice([(",", ":"), (", ", ": ")]))
    if "\\" not in text and pick.random() < 0.3:
        text = re.sub("[a-zA-Z](?=[^\"]*\"[,}])", lambda m: "\\u%04x" % ord(
            m.group()) if pick.random() < 0.2 else m.group(), text)
        try:
            assert json.loads(text) == r
        except (ValueError, AssertionError):
            return json.dumps(r)
    return text


class Asked:
    """One record, and what rules have made of it."""

    def __init__(self, line):
        self.line, self.had = line, json.loads(line)
        self.now, self.severity = dict(self.had), None

    def find(self, pointer):
        value = self.now
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and token in value:
                value = value[token]
            elif (isinstance(value, list) and token.isdigit() and
                  int(token) < len(value)):
                value = value[int(token)]
            else:
                return ABSENT
        return value

    def text(self, pointer):
        value = self.find(pointer or "/log_line")
        if value is ABSENT:
            return self.line if pointer is None else None
        if isinstance(value, str):
            return value
        return SPELLED(self.line, value)

    def add(self, name, text):
        if name not in CONTRACT and name not in self.now:
            self.now[name] = text


def SPELLED(line, value):
    """As the line spells it: both separators are tried."""
    for separators in ((",", ":"), (", ", ": ")):
        text = json.dumps(value, separators=separators)
        if text in line:
            return text
    return json.dumps(value, separators=(",", ":"))


def compiled(pattern, flags=0):
    return re.compile(pattern, flags | re.ASCII if not re.search(
        "[^\x00-\x7f]", pattern) else flags)


def number(value):
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return float(value) if NUMBER.match(value) else None
    return float(value) if isinstance(value, (int, float)) else None


def equal(value, wanted):
    if value is ABSENT:
        return False
    if isinstance(wanted, str):
        return isinstance(value, str) and value == wanted
    if wanted is None or isinstance(wanted, bool):
        return value is wanted
    return number(value) is not None and number(value) == wanted


def word(w):
    end = "" if w.endswith("*") else r"(?!\w)"
    return r"(?<!\w)" + re.escape(w.rstrip("*")) + end


def true(c, a):
    if isinstance(c, str):
        return bool(compiled(c).search(a.text(None)))
    if "any" in c:
        return any(true(k, a) for k in c["any"])
    if "all" in c:
        return all(true(k, a) for k in c["all"])
    if "not" in c:
        return not true(c["not"], a)
    pointer = c.get("member")
    value = a.find(pointer) if pointer else None
    text = a.text(pointer)
    for which, wanted in c.items():
        if which == "matches":
            flags = re.I if c.get("ignore_case") else 0
            yes = text is not None and compiled(wanted, flags).search(text)
        elif which == "words":
            yes = text is not None and any(
                re.search(word(w), text, re.I | re.ASCII) for w in wanted)
        elif which in ("==", "!="):
            yes = equal(value, wanted) == (which == "==")
        elif which == "in":
            yes = any(equal(value, w) for w in wanted)
        elif which == "exists":
            yes = (value is not ABSENT) == wanted
        elif which in OPERATORS:
            yes = (value is not ABSENT and number(value) is not None and
                   OPERATORS[which](number(value), wanted))
        else:
            continue
        if not yes:
            return False
    return True


def extract(c, a, prefix):
    if isinstance(c, str):
        c = {"matches": c}
    for which in ("any", "all"):
        for k in c.get(which, []):
            extract(k, a, prefix)
    if "(?P<" in c.get("matches", ""):
        text = a.text(c.get("member"))
        flags = re.I if c.get("ignore_case") else 0
        found = text is not None and compiled(c["matches"], flags).search(text)
        if found:
            for name, caught in sorted(found.groupdict().items()):
                if caught is not None:
                    a.add(prefix + name, caught)


def apply(f, line):
    a, fate = Asked(line), None
    for r in f["rules"]:
        if "when" in r and not true(r["when"], a):
            continue
        if r.get("extract"):
            extract(r["when"], a, r.get("prefix", ""))
        a.now.update(r.get("set", {}))
        a.severity = r.get("severity", a.severity)
        then = r.get("then", "keep")
        if then == "next":
            continue
        fate = "drop" if then == "drop" else "keep"
        if then == "drop" or r.get("stop") or f["mode"] == "first":
            break
    if (fate or f["others"]) == "drop":
        return None
    return a


def same(a, got):
    severity = got.pop("severity", None)
    if a.severity is not None and severity != a.severity:
        return False
    return list(got.items()) == list(a.now.items())


def main():
    pick = random.Random(int(sys.argv[1]))
    kept = 0
    for n in range(int(sys.argv[2])):
        f = rules(pick)
        with open("oracle.json", "w", encoding="utf-8") as out:
            json.dump(f, out, ensure_ascii=False, indent=pick.choice([None, 1]))
        lines = [spelled(pick, record(pick, i)) for i in range(60)]
        want = [a for a in (apply(f, line) for line in lines) if a is not None]
        kept += len(want)
        for env in ({}, {"RX_NO_LIBHS": "1"}):
            done = subprocess.run(
                ["rx-match", "-q", "-f", "oracle.json"],
                input="".join(line + "\n" for line in lines).encode(),
                capture_output=True, env=dict(os.environ, **env))
            got = [json.loads(line) for line in done.stdout.splitlines()]
            by = {g["i"]: g for g in got}
            wrong = [a for a in want if a.had["i"] not in by or
                     not same(a, dict(by[a.had["i"]]))]
            if done.stderr or wrong or len(got) != len(want):
                print(json.dumps(f, ensure_ascii=False), env, done.stderr)
                for a in wrong:
                    print(a.line, a.now, a.severity, by.get(a.had["i"]))
                extra = set(by) - {a.had["i"] for a in want}
                print("kept, but should not:", [lines[i] for i in extra])
                sys.exit(1)
    print(kept, "records kept")
    assert kept > 60


if __name__ == "__main__":
    main()
