"""Damage a spool in many ways; each time salvage has to tell what is lost.

usage: spool-damage.py SEED ROUNDS, where q.db is a spool that nobody has open
and `want` the records that wait, one a line, as `rx-spool query` writes them.
"""
import json, os, random, re, shutil, sqlite3, subprocess, sys

random.seed(int(sys.argv[1]))
PAGE = 8192
want = {}
for line in open("want"):
    r = json.loads(line)
    want[r["_rx"]["lane"], r["_rx"]["tag"]] = r

def damage(path):
    size = os.path.getsize(path)
    pages = size // PAGE
    with open(path, "r+b") as f:
        for _ in range(random.choice([1, 1, 2, 5, pages // 4])):
            page, how = random.randrange(pages), random.randrange(6)
            f.seek(page * PAGE)
            if how == 0:
                f.write(bytes(PAGE))
            elif how == 1:
                f.write(random.randbytes(PAGE))
            elif how == 2:  # another page of the file, as a misdirected write
                f.seek(random.randrange(pages) * PAGE)
                other = f.read(PAGE)
                f.seek(page * PAGE)
                f.write(other)
            elif how == 3:
                at = page * PAGE + random.randrange(PAGE)
                f.seek(at)
                b = f.read(1) or b"\0"  # behind a truncated end
                f.seek(at)
                f.write(bytes([b[0] ^ 1 << random.randrange(8)]))
            elif how == 4:  # torn
                f.seek(page * PAGE + random.randrange(16) * 512)
                f.write(random.randbytes(512))
            else:
                f.truncate(size - random.randrange(size // 8))

def run(*args, **kw):
    p = subprocess.run(args, capture_output=True, timeout=60, **kw)
    assert p.returncode >= 0 and p.returncode < 128, (args, p)
    return p

outcomes = {}
for n in range(int(sys.argv[2])):
    for f in os.listdir("."):
        if f.startswith("d.db"):
            os.unlink(f)
    shutil.copy("q.db", "d.db")
    damage("d.db")
    before = open("d.db", "rb").read()
    # No tool dies of it, and none writes to what it found damaged.
    for verb in (["stat"], ["query"], ["dead"], ["emit", "--once", "--inflight", "100000"]):
        p = run("rx-spool", verb[0], *verb[1:], "d.db", *(["error"] if verb[0] == "emit" else []))
        assert p.returncode in (0, 1, 65, 74, 78), (verb, p)
        if p.returncode == 65 and verb[0] != "emit":
            assert open("d.db", "rb").read() == before, verb
    before = open("d.db", "rb").read()
    p = run("rx-spool", "salvage", "d.db")
    told = p.stderr.decode()
    outcomes[p.returncode] = outcomes.get(p.returncode, 0) + 1
    kept = [f for f in os.listdir(".") if f.startswith("d.db.damaged-") and not f.endswith("-wal")]
    assert not [f for f in os.listdir(".") if "salvage" in f], os.listdir(".")
    if p.returncode == 65:
        assert open("d.db", "rb").read() == before and not kept, told
        continue
    assert p.returncode in (0, 1), p
    if "is whole" in told:
        assert not kept
    else:
        assert len(kept) == 1 and open(kept[0], "rb").read() == before, kept
    db = sqlite3.connect("d.db")
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    there, doubtful = {}, int((re.search(r"warning: (\d+) records were kept", told) or [0, 0])[1])
    for lane, tag, payload in db.execute("SELECT lane, id, payload FROM queue"):
        there[lane, tag] = json.loads(payload)
    lost = int((re.search(r"warning: (\d+) records are lost", told) or [0, 0])[1])
    nameless = "have lost their names" in told
    wrong = 0
    for key, payload in there.items():
        w = dict(want.get(key, {}))
        w.pop("_rx", None)
        wrong += w != payload
    if not nameless:
        # Settled ones may come again, no other; what is not there was told.
        missing = len(want.keys() - there.keys())
        extra = len(there.keys() - want.keys())
        assert wrong - extra <= doubtful, (n, wrong, extra, doubtful, told)
        assert missing <= lost + extra, (n, missing, lost, extra, told)
    for row in db.execute("SELECT name, stored - acked - dead - dropped - purged - lost, "
                          "(SELECT count(*) FROM queue q WHERE q.lane = lane.name) FROM lane"):
        assert row[1] == row[2], (n, row)
    db.execute("UPDATE retry SET not_before_ms = 0")  # all are due
    db.commit()
    db.close()
    # And it works.
    p = run("rx-spool", "push", "--unmarked", "d.db", "fresh", input=b'{"n":1}\n')
    assert p.returncode == 0, p
    for lane in {l for l, _ in there} | {"fresh"}:
        p = run("rx-spool", "emit", "--once", "--inflight", "1000000", "d.db", lane)
        got = len(p.stdout.splitlines()) - 1
        assert p.returncode == 0 and got >= sum(l == lane for l, _ in there), (n, lane, got, p.stderr)
print(outcomes)
