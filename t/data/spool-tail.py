"""Plays rx-tail for the tests of rx-spool: claims in, a marked stream out.

usage: spool-tail.py [--every N] [--data-only-after N] [--fault KIND]
                     [--follow] CLAIM[,CLAIM...] LOG...

Written from PROTOCOL.md alone, so that it checks the product and shares no
code with it.  Each LOG is one source; lines of several logs are interleaved.
--fault: reorder, hole, back, twice, nobegin, foreign, invalid, uncoordinated
--follow: after the last mark, wait to be killed.
"""
import argparse
import base64
import hashlib
import json
import os
import sys
import time


def b32(text):
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:16]


def digest(data):
    return hashlib.sha256(data).hexdigest()[:32]


def out(obj):
    line = json.dumps(obj, separators=(",", ":"), ensure_ascii=False)
    sys.stdout.buffer.write(line.encode() + b"\n")


class Source:
    def __init__(self, path):
        self.path = path
        self.data = open(path, "rb").read()
        self.src = b32(os.path.basename(path))
        self.at = 0

    def entry(self, done=False):
        n = min(64, self.at)
        head = self.data[: self.data.find(b"\n") + 1][:256]
        return {
            "s": self.src, "o": self.at, "g": 0, "i": "12", "d": "1",
            "b": "0", "h": [len(head), digest(head)],
            "a": [n, digest(self.data[self.at - n:self.at])],
            "p": self.path, "fr": 0, "x": done,
        }

    def line(self):
        end = self.data.find(b"\n", self.at)
        if end < 0:
            return None
        start, self.at = self.at, end + 1
        return start, end + 1, self.data[start:end].decode()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--every", type=int, default=10)
    ap.add_argument("--fault", default="")
    ap.add_argument("--follow", action="store_true")
    ap.add_argument("claims")
    ap.add_argument("logs", nargs="+")
    args = ap.parse_args()

    claims = [json.loads(open(c).read())["_rx"] for c in args.claims.split(",")]
    sources = [Source(p) for p in args.logs]
    for s in sources:
        s.at = min(
            next((e["o"] for e in c["pos"] if e["s"] == s.src), 0)
            for c in claims
        )
    nonce = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
    begin = {"_rx": {
        "k": "begin", "v": 1, "n": nonce,
        "claims": [{k: c[k] for k in ("sp", "ln", "ep", "tk")} for c in claims],
        "pos": [s.entry() for s in sources],
    }}
    if args.fault != "nobegin":
        out(begin)
    q, held, n, moved = 0, None, 0, set()

    def mark():
        nonlocal q
        q += 1
        if args.fault == "hole" and q == 3:
            return
        pos = [s.entry() for s in sources if s.src in moved]
        if args.fault == "back" and q == 3:
            pos[0]["o"] = 0
            pos[0]["a"][0] = 0
        out({"_rx": {"k": "mark", "n": nonce, "q": q, "full": False, "pos": pos}})
        moved.clear()

    live = list(sources)
    while live:
        for s in list(live):
            got = s.line()
            if got is None:
                live.remove(s)
                continue
            o, e, text = got
            rec = {"_rx": {"s": s.src, "o": o, "e": e},
                   "timestamp": "2026-01-05T10:00:%02dZ" % (n % 60),
                   "log_path": s.path, "log_line": text}
            if args.fault == "uncoordinated" and n % 7 == 3:
                del rec["_rx"]
            n += 1
            moved.add(s.src)
            if args.fault == "reorder" and n == 25:
                held = rec
            else:
                out(rec)
            if n == 15 and args.fault == "twice":
                out(begin)
            if n == 15 and args.fault == "foreign":
                out({"_rx": {"k": "mark", "n": "somebody", "q": 1,
                             "full": True, "pos": []}})
            if n == 15 and args.fault == "invalid":
                sys.stdout.buffer.write(b'{"no record\n')
            if n % args.every == 0:
                mark()
                if held is not None and n > 30:
                    out(held)
                    held = None
    mark()
    sys.stdout.buffer.flush()
    if args.follow:
        time.sleep(3600)


try:
    main()
except BrokenPipeError:  # push has ended: so does the run
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
