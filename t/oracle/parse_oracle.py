#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What rx-match --parse finds in texts, checked from outside.

usage: parse_oracle.py made SEED N      texts made of known members, read back
       parse_oracle.py syslog TSV       the table of ../shared/data/syslog
       parse_oracle.py logs FILE...     syslog and pairs of real logs, by re

Prints what differs and exits 1.
"""
import json
import random
import re
import subprocess
import sys
from datetime import datetime, timezone

CONTRACT = {"_rx", "timestamp", "node_id", "system_ip", "log_path", "label",
            "application", "log_line", "severity", "match_error"}
wrong = 0


def parse(names, texts, tz="UTC"):
    """What was added to a record of each text."""
    lines = "".join(json.dumps({"log_line": t}) + "\n" for t in texts)
    done = subprocess.run(["rx-match", "-q", "--parse", names], input=lines,
                          capture_output=True, text=True,
                          env={"TZ": tz, **{k: v for k, v in
                                            __import__("os").environ.items()
                                            if k != "TZ"}})
    assert not done.stderr and done.returncode == 0, done.stderr
    out = [json.loads(line) for line in done.stdout.splitlines()]
    for o, t in zip(out, texts, strict=True):
        assert o.pop("log_line") == t
    return out


def differ(text, want, got):
    global wrong
    if list(want.items()) != list(got.items()):
        wrong += 1
        print(repr(text), "want", want, "got", got, sep="\n  ")


# Members are chosen, a text is written of them, and they must come back.

VALUES = ["", "a", "root", "a b", 'say "x"', "back\\slash", "x=y", "é", "500",
          "a,b", "[x]", "tab\there", "it's", "-", "0x1f", "{}", "line\nnext"]
KEYS = ["user", "a.b", "level", "x_1", "@t", "log_line", "node_id", "timestamp",
        "id-2", "severity", "status", "msg", "k"]


def add(found, name, value):
    if name not in CONTRACT and name not in found:
        found[name] = value


def quoted(value):
    for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"),
                         ("\t", "\\t")):
        value = value.replace(char, escape)
    return '"%s"' % value


def made_logfmt(pick):
    text, want = [], {}
    for n in range(pick.randint(1, 8)):
        key, value = pick.choice(KEYS), pick.choice(VALUES)
        if n > 0 and pick.random() < 0.2:
            text.append(key)
            add(want, key, True)
            continue
        bare = not re.search(r'[\s"]', value) and pick.random() < 0.7
        text.append("%s=%s" % (key, value if bare else quoted(value)))
        add(want, key, value)
    if pick.random() < 0.2:  # prose in front: all of it is no logfmt
        return "prose is " + " ".join(text), {}
    return pick.choice([" ", "  "]).join(text), want


def made_pairs(pick):
    text, want = [], {}
    for _ in range(pick.randint(0, 6)):
        if pick.random() < 0.4:
            text.append(pick.choice(["Failed", "for", "a==b", "1=2", "=", "x:",
                                     "http://h/p?q=1&r=2;"]))
            if text[-1].startswith("http"):
                add(want, "q", "1")
                add(want, "r", "2")
            elif text[-1] == "a==b":
                add(want, "a", "=b")
            continue
        key, value = pick.choice(KEYS), pick.choice(VALUES)
        style = pick.random()
        if style < 0.3:
            text.append("%s=%s," % (key, quoted(value)))
        elif style < 0.5 and "'" not in value:
            text.append("(%s='%s')" % (key, value))
        else:
            value = re.sub(r"[\s,;)\]}|&\"']", "", value)
            text.append("%s=%s%s" % (key, value, pick.choice(["", ",", ";"])))
        add(want, key, value)
    return " ".join(text), want


def made_json(pick):
    members = [(pick.choice(KEYS), pick.choice(VALUES + [
        7, -1.5, True, None, [1, {"a": "\u00e9"}], {"b": [], "c": {}}]))
        for _ in range(pick.randint(0, 6))]
    text = "{%s}" % pick.choice([",", ", ", ",\n "]).join(
        json.dumps(k) + pick.choice([":", ": "]) +
        json.dumps(v, indent=pick.choice([None, 1])) for k, v in members)
    want = {}
    for i, (k, v) in enumerate(members):
        if k not in CONTRACT and k not in [n for n, _ in members[i + 1:]]:
            want[k] = v
    head = pick.choice(["", "2026-01-05 INFO ", "{not json} ", "x{"])
    if pick.random() < 0.1:
        return head + text + " trailing", {}
    return head + text, want


def made_access(pick):
    client = pick.choice(["192.0.2.9", "::1", "host.example"])
    user = pick.choice(["-", "frank"])
    when = datetime(2026, 1, pick.randint(1, 28), 10, 0, 0, tzinfo=timezone.utc)
    request, parts = pick.choice([
        ("GET /a?b=c HTTP/1.1", ("GET", "/a?b=c", "HTTP/1.1")),
        ('POST /q\\"x HTTP/2.0', ("POST", '/q"x', "HTTP/2.0")),
        ("\\x16\\x03", "\\x16\\x03"), ("a b", "a b"), ("-", None), ("", None)])
    status, size = pick.choice([200, 404, 503]), pick.choice(["-", "0", "512"])
    text = '%s - %s [%s] "%s" %d %s' % (
        client, user, when.strftime("%d/%b/%Y:%H:%M:%S +0000"), request, status,
        size)
    want = {"client": client}
    if user != "-":
        want["user"] = user
    want["time"] = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(parts, tuple):
        want.update(zip(("method", "path", "protocol"), parts))
    elif parts:
        want["request"] = parts
    want["status"] = status
    if size != "-":
        want["bytes"] = int(size)
    if pick.random() < 0.6:
        text += ' "%s" "%s"' % ("-", 'Moz \\"x\\" (y)')
        want["agent"] = 'Moz "x" (y)'
        if pick.random() < 0.3:
            text += ' "more" 0.123'
    if pick.random() < 0.15:
        return text.replace("[", "(", 1), {}
    return text, want


def made(seed, n):
    pick = random.Random(seed)
    for name, make in (("logfmt", made_logfmt), ("kv", made_pairs),
                       ("json", made_json), ("access", made_access)):
        pairs = [make(pick) for _ in range(n)]
        for (text, want), got in zip(pairs, parse(name, [t for t, _ in pairs])):
            differ((name, text), want, got)


# Tables and logs of others.

def plain(text):
    return re.sub(r"\\(n|t|r|\\|x..)", lambda m: {
        "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}.get(m[1]) or
        bytes.fromhex(m[1][1:]).decode("latin-1"), text)


def same_time(want, got):
    for one in want.split("|"):
        if one == "NOW" and got == "" or one[4:] == got[4:19] and one[0] == "X":
            return True
        if one[0] in "XN" or not got:
            continue
        a, b = (datetime.fromisoformat(t.replace("Z", "+00:00"))
                for t in (one, got))
        if abs((a.replace(tzinfo=a.tzinfo or timezone.utc) -
                b).total_seconds()) < 0.001:
            return True
    return False


def syslog(table):
    global wrong
    rows = [line.rstrip("\n").split("\t") for line in open(table)]
    for row in rows[1:]:
        d = {k: plain(v) for k, v in zip(
            rows[0], row + [""] * (len(rows[0]) - len(row)))}
        tz = d["tz"] if d["tz"] not in ("", "any") else "UTC"
        got = parse("syslog", [d["input"]], tz)[0]
        for key, name in (("pri", "priority"), ("ts", "time"), ("host", "host"),
                          ("app", "app"), ("pid", "pid"), ("msgid", "msgid"),
                          ("msg", "message")):
            want, have = d[key], str(got.get(name, ""))
            if (want in ("ANY", have) or want == "LOCALHOST" and not have or
                    key == "ts" and same_time(want, have) or
                    key == "msg" and want == " " + have or
                    # The table has no such column for these rows.
                    key == "msgid" and d["id"].startswith("rs") or
                    key == "pri" and want == "13" and not have):
                continue
            wrong += 1
            print(d["id"], key, "want", repr(want), "got", repr(have))


HEAD = re.compile(r"(?P<t>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S+) "
                  r"(?P<app>[^\s:\[]+)(?:\[(?P<pid>[^\]\s]*)\])?:? ?"
                  r"(?P<message>.*)", re.S)
PAIR = re.compile(r"(?:^|(?<=[ \t,;(\[{|&?\"']))([A-Za-z_.@-][\w.@-]*)="
                  r"([^\s,;)\]}|&\"']*)", re.A)


def logs(files):
    seen = 0
    for name in files:
        data = open(name, encoding="utf-8", errors="replace", newline="").read()
        texts = [t.rstrip("\r") for t in data.split("\n") if t.rstrip("\r")]
        for text, got in zip(texts, parse("syslog", texts)):
            m = HEAD.fullmatch(text)
            if not m:
                continue
            want = {k: v for k, v in m.groupdict().items() if v and k != "t"}
            time = got.pop("time")
            seen += time[8:10] == "%02d" % int(m["t"][4:6]) and \
                time[11:19] == m["t"][7:]
            differ(text, want, got)
        for text, got in zip(texts, parse("kv", texts)):
            if '="' in text or "='" in text:
                continue
            want = {}
            for key, value in PAIR.findall(text):
                add(want, key, value)
            differ(text, want, got)
    assert seen > 1000, seen


if sys.argv[1] == "made":
    made(int(sys.argv[2]), int(sys.argv[3]))
elif sys.argv[1] == "syslog":
    syslog(sys.argv[2])
else:
    logs(sys.argv[2:])
sys.exit(wrong > 0)
