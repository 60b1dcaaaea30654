#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What JSON is, according to somebody else: checks lib/record and lib/jstr.

  json_oracle.py vectors DRIVER         our own table of texts
  json_oracle.py suite DRIVER DIR       y_*, n_* and i_* files
  json_oracle.py fuzz DRIVER SEED N     generated and mutated texts, against json
  json_oracle.py splice DRIVER SEED N   members set, then read by json
  json_oracle.py coord DRIVER SEED N    coordinates of records, against json
  json_oracle.py jstr DRIVER SEED N     strings escaped and unescaped, against json

DRIVER is the program of t/unit.  Verdicts: o an object, y other JSON, n none.
"""
import glob
import json
import os
import random
import re
import struct
import subprocess
import sys

DEPTH = 64


def run(argv, data):
    p = subprocess.run(argv, input=data, capture_output=True)
    if p.returncode != 0 or p.stderr:
        sys.exit("%s: %d %s" % (argv, p.returncode, p.stderr.decode()[:2000]))
    return p.stdout


def verdicts(driver, texts):
    data = b"".join(struct.pack("=I", len(t)) + t for t in texts)
    return run([driver, "frames"], data).decode()


def compare(driver, pairs):
    got = verdicts(driver, [t for t, _ in pairs])
    wrong = 0
    for (text, want), have in zip(pairs, got):
        if have not in want:
            wrong += 1
            if wrong <= 10:
                print("%r: %s, expected %s" % (text[:120], have, want))
    print("%d texts, %d wrong" % (len(pairs), wrong))
    return wrong or len(got) != len(pairs)


def nested(value):
    """How deep; objects are lists of pairs here, marked by a leading None."""
    deepest, todo = 0, [(value, 1)]
    while todo:
        v, level = todo.pop()
        if isinstance(v, tuple):
            deepest = max(deepest, level)
            todo += [(x, level + 1) for _, x in v]
        elif isinstance(v, list):
            deepest = max(deepest, level)
            todo += [(x, level + 1) for x in v]
    return deepest


def no_constant(name):
    raise ValueError(name)


def judge(text):
    """json is laxer: NaN, any depth, a repeated name forgotten."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=no_constant,
                           parse_int=str, parse_float=str,
                           object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return "n"
    if nested(value) > DEPTH:
        return "n"
    return "o" if isinstance(value, tuple) else "y"


VECTORS = [
    ("o", [
        b'{}', b' \t\r\n{ }\n', b'{"a":1}', b'{"a":{"b":[{}]}}', b'{"":""}',
        b'{"a":1,"a":2}', b'{"a":-0}', b'{"a":1e999}', b'{"a":1E-400}',
        b'{"a":' + b'9' * 400 + b'}', b'{"a":18446744073709551616}',
        b'{"a":0.' + b'0' * 400 + b'1}', b'{"\\u0061":"\\ud834\\udd1e"}',
        b'{"a":"\\ud800"}', b'{"a":"\\udc00\\ud800"}', b'{"a":"\x7f"}',
        '{"ä":"\u20ac\U0001d11e\U0010ffff\uffff"}'.encode(),
        b'{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t"}', b'{"a":"\\u0000"}',
        b'{"a":' + b'[' * 63 + b']' * 63 + b'}',
        b'{"' + b'k' * 100000 + b'":0}',
        b'{' + b','.join(b'"%d":0' % i for i in range(10000)) + b'}',
        b'{"a":"' + b'x' * (1048576 - 8) + b'"}',
    ]),
    ("y", [
        b'0', b'-1.5e+3', b'""', b'[]', b'[1,2]', b'true', b'false', b'null',
        b'[' * 64 + b']' * 64, b' [1] ', b'"\\u20ac"',
        # JSON, and an object, but no record
        b'{"a":"' + b'x' * (1048576 - 7) + b'"}',
        b'{' + b','.join(b'"%d":0' % i for i in range(10001)) + b'}',
    ]),
    ("n", [
        b'', b' ', b'{', b'}', b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,',
        b'{"a":1,}', b'{,}', b'{"a"}', b'{"a":}', b'{a:1}', b"{'a':1}",
        b'{"a":1 "b":2}', b'{"a":1}{"b":2}', b'{"a":1} x', b'{"a":1}]',
        b'[1,]', b'[,1]', b'[1 2]', b'[1}', b'{"a":1]', b'[', b']',
        b'01', b'-', b'+1', b'.5', b'1.', b'1.e1', b'1e', b'1e+', b'--1',
        b'0x10', b'1_000', b'NaN', b'Infinity', b'-Infinity', b'-NaN',
        b'nul', b'nulll', b'True', b'truefalse', b'"', b'"\\', b'"a',
        b'"\\x41"', b'"\\u12"', b'"\\u12g4"', b'"\\U00000041"', b'"\\\n"',
        b'"a\nb"', b'"\x00"', b'"\x1f"', b'{"a":\x00}', b'{}\x00',
        b'\xef\xbb\xbf{}', b'\xff\xfe{\x00}\x00', b'/**/{}', b'{}//',
        b'{"a":"\x80"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xc1\xbf"}',
        b'{"a":"\xe0\x9f\xbf"}', b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xf0\x8f\xbf\xbf"}', b'{"a":"\xf4\x90\x80\x80"}',
        b'{"a":"\xf5\x80\x80\x80"}', b'{"a":"\xe2\x82"}', b'{"\xff":1}',
        b'{"a":"\xe2\x82', b'{"a":"\xf0\x9d\x84"}', b'\xc3\xa4',
        b'[' * 65 + b']' * 65, b'{"a":' + b'[' * 64 + b']' * 64 + b'}',
        b'[' * 100000, b'{"a":' * 100000, b'[' * 65, b'[[' + b'{"a":[' * 60,
        b'{\xc2\xa0}', b'{\x0b}', b'{\x0c}', b'\xe2\x80\xa8{}',
    ]),
]


def vectors(driver):
    return compare(driver, [(t, want) for want, ts in VECTORS for t in ts])


def suite(driver, folder):
    pairs = []
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        with open(path, "rb") as f:
            kind = os.path.basename(path)[0]
            pairs.append((f.read(), {"y": "oy", "n": "n", "i": "oyn"}[kind]))
    if len(pairs) < 300:
        sys.exit("no suite in " + folder)
    return compare(driver, pairs)


WORDS = [b'{', b'}', b'[', b']', b',', b':', b'"', b'\\', b'\\u', b'\\ud834',
         b'\\udd1e', b'0', b'-', b'1e5', b'.', b'E', b'+', b'null', b'true',
         b'NaN', b'\x00', b'\x1f', b'\x7f', b'\x80', b'\xc3\xa4', b'\xed\xa0',
         b'\xf4\x8f\xbf\xbf', b'\xef\xbb\xbf', b' ', b'\t', b'\n', b'"a":1',
         b'[]', b'{}', b'""', b'//', b'[' * 40, b']' * 40]


def text_of(rnd):
    n = rnd.choice([0, 1, 3, 7, 8, 9, 15, 16, 17, 40])
    return "".join(rnd.choice('abc "\\/\n\x01\x7fä€\U0001d11e' + chr(
        rnd.randrange(0x20, 0xd800))) for _ in range(n))


def value_of(rnd, depth=0):
    kind = rnd.randrange(8 if depth < 5 else 6)
    if kind == 0:
        return rnd.choice([None, True, False])
    if kind < 3:
        return rnd.choice([0, -1, 2**63, 1.5, -2e300, rnd.random()])
    if kind < 6:
        return text_of(rnd)
    if kind == 6:
        return [value_of(rnd, depth + 1) for _ in range(rnd.randrange(4))]
    return object_of(rnd, depth + 1)


def object_of(rnd, depth=0):
    return {text_of(rnd): value_of(rnd, depth) for _ in range(rnd.randrange(5))}


def dump(rnd, value):
    return json.dumps(value, ensure_ascii=rnd.random() < 0.5,
                      separators=rnd.choice([(",", ":"), (" , ", " : ")])
                      ).encode()


def mutate(rnd, text):
    t = bytearray(text)
    for _ in range(rnd.choice([0, 1, 1, 1, 2, 3])):
        at = rnd.randrange(len(t) + 1)
        kind = rnd.randrange(5)
        if kind == 0:
            t[at:at] = rnd.choice(WORDS)
        elif kind == 1:
            del t[at:at + rnd.choice([1, 1, 2, 5])]
        elif kind == 2 and at < len(t):
            t[at] = rnd.randrange(256)
        elif kind == 3:
            t[at:at + 1] = rnd.choice(WORDS)
        else:
            end = rnd.randrange(len(t) + 1)
            t[at:at] = t[min(at, end):max(at, end)]
    return bytes(t)


def fuzz(driver, seed, n):
    rnd = random.Random(seed)
    base = [t for _, ts in VECTORS for t in ts if len(t) < 300]
    pairs = []
    for _ in range(n):
        text = (rnd.choice(base) if rnd.random() < 0.3 else
                dump(rnd, value_of(rnd) if rnd.random() < 0.3
                     else object_of(rnd)))
        text = mutate(rnd, text)
        pairs.append((text, judge(text)))
    print({v: sum(w == v for _, w in pairs) for v in "oyn"})
    return compare(driver, pairs)


def splice(driver, seed, n):
    rnd = random.Random(seed)
    names = ["a", "bb", "severity", "new"]
    lines, want = [], []
    for _ in range(n):
        o = object_of(rnd)
        text = dump(rnd, o).replace(b"\n", b"")
        if rnd.random() < 0.5:
            more = [(rnd.choice(names), value_of(rnd)) for _ in range(3)]
            inner = b",".join(dump(rnd, k) + b":" + dump(rnd, v)
                              for k, v in more)
            text = b"{" + inner + (b"," if o else b"") + text[1:]
            o = {**dict(more), **o}
        lines.append(text + b" " * rnd.randrange(2))
        o.update({"severity": "error", "a": [1, {"b": None}], "new": 0})
        want.append(o)
    got = run([driver, "splice", 'severity="error"', 'a=[1,{"b":null}]',
               "new=0"], b"\n".join(lines) + b"\n").split(b"\n")
    wrong = [(x, y) for x, y, w in zip(lines, got, want) if json.loads(y) != w]
    for x, y in wrong[:5]:
        print("%r became %r" % (x, y))
    print("%d records, %d wrong" % (n, len(wrong)))
    return wrong


def coordinates(text):
    """What the coord verb of the driver should say; None: not our question."""
    if judge(text) != "o":
        return None
    pairs = json.loads(text, object_pairs_hook=tuple, parse_int=str)
    if not pairs or pairs[0][0] != "_rx" or not isinstance(pairs[0][1], tuple):
        return "refused"
    rx = dict(pairs[0][1])

    def fits(name, v):
        if name == "s":
            return isinstance(v, str) and re.fullmatch("[0-9a-z]{16}", v)
        return (isinstance(v, str) and re.fullmatch("0|[1-9][0-9]*", v)
                and int(v) < 2**53)

    # The last of a name counts, and each must be of its form.
    if (not all(fits(*p) for p in pairs[0][1] if p[0] in ("s", *"oenf"))
            or not all(x in rx for x in "soe")):
        return "refused"
    source, o, e = rx["s"], int(rx["o"]), int(rx["e"])
    if o >= e:
        return "refused"
    return "%s:%x%s %d%s" % (source, o, ".%s" % rx["n"] if "n" in rx else "",
                             e, " f%s" % rx["f"] if "f" in rx else "")


def coord(driver, seed, n):
    rnd = random.Random(seed)
    words = [b'"o":1', b'"e":', b',"n":3', b',"f":0', b'"s":', b'0', b'9', b'"',
             b'.', b' ', b',', b'}', b'{', b'-', b'e', b'k', b'Z',
             b'9007199254740991', b'9007199254740992', b',"z":[{}]']
    lines = []
    for _ in range(n):
        o = rnd.choice([0, 9, 512, 2**53 - 2, rnd.randrange(2**53)])
        e = o + rnd.choice([0, 1, 1, 65])
        t = bytearray(b'{"_rx":{"s":"k3f9q2m4x7d0a1bc","o":%d,"e":%d%s},"a":1}'
                      % (o, e, rnd.choice([b"", b"", b',"n":7', b',"f":2'])))
        for _ in range(rnd.choice([0, 0, 1, 1, 2])):
            at = rnd.randrange(7, len(t))
            t[at:at + rnd.randrange(3)] = rnd.choice(words)
        lines.append(bytes(t))
    got = run([driver, "coord"], b"\n".join(lines) + b"\n").split(b"\n")
    asked = [(x, y.decode(), coordinates(x)) for x, y in zip(lines, got)]
    wrong = [a for a in asked if a[2] is not None and a[1] != a[2]]
    for w in wrong[:5]:
        print(*w)
    print("%d lines, %d asked, %d taken, %d wrong" % (
        n, sum(a[2] is not None for a in asked),
        sum(a[1] != "refused" for a in asked), len(wrong)))
    return wrong


def jstr(driver, seed, n):
    """Any bytes: what is UTF-8 comes back, each byte that is not is U+FFFD."""
    rnd = random.Random(seed)
    texts = [b"".join(rnd.choice(
        [bytes([rnd.randrange(256)]), b"plain text ", text_of(rnd).encode(),
         b"\xed\xa0\x80", b"\xf0\x9f", b"\xc0\x80", b"\xf4\x90\x80\x80"])
        for _ in range(rnd.randrange(8))) for _ in range(n)]
    data = b"".join(struct.pack("=I", len(t)) + t for t in texts)
    got = run([driver, "frames"], data).split(b"\n")
    wrong = 0
    for t, line in zip(texts, got):
        escaped, count, same = line.rsplit(b" ", 2)
        # Python replaces by maximal subpart; ours is byte by byte.
        want, bad, i = "", 0, 0
        while i < len(t):
            for size in (1, 2, 3, 4):
                try:
                    want += t[i:i + size].decode()
                    i += size
                    break
                except UnicodeDecodeError:
                    pass
            else:
                want += "\ufffd"
                bad += 1
                i += 1
        if json.loads(escaped) != want or int(count) != bad or same != b"same":
            wrong += 1
            if wrong <= 5:
                print("%r: %r" % (t, line))
    print("%d strings, %d wrong" % (n, wrong))
    return wrong or len(got) != n + 1


def main():
    verb, driver, *rest = sys.argv[1:]
    rest = [int(a) if a.isdigit() else a for a in rest]
    if {"vectors": vectors, "suite": suite, "fuzz": fuzz, "splice": splice,
            "coord": coord, "jstr": jstr}[verb](driver, *rest):
        sys.exit(1)


main()
