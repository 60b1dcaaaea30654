# SPDX-License-Identifier: MIT
"""Full cycles of a queue on disk: stored, delivered, forgotten.

Each function moves count records of 300 bytes and gives (CPU s, wall s, MiB); it
fails when one is missing or came twice.  With log, strace writes what was synced
into files of that name, which count_syncs() counts and removes.
"""
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import syslogs
from bench import (Spent, family, free_port, lines_in, record, wait,
                   write_records)

PUSH = ["rx-spool", "push", "--unmarked", "--max-bytes", "20G", "q.db"]


def traced(command, log):
    if log is None:
        return command
    return ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", log,
            *command]


def count_syncs(log):
    syncs = 0
    for name in [n for n in os.listdir(".") if n.startswith(log)]:
        with open(name, encoding="utf-8", errors="replace") as f:
            syncs += sum("sync(" in line for line in f)
        os.unlink(name)
    return syncs


def clean():
    for name in os.listdir("."):
        if not name.startswith("syncs"):
            os.unlink(name)


def stop(spent):
    """The program itself, also when strace stands before it."""
    os.kill(family(spent.pid)[-1], signal.SIGTERM)


def together(spents, wall):
    ends = [s.end() for s in spents]
    return sum(e[0] for e in ends), wall, sum(e[2] for e in ends)


def push_alone(count, log=None):
    """Stored, every commit synced, and nothing else."""
    write_records("records", count)
    with open("records", "rb") as records:
        told = Spent(traced(PUSH, log), records).end()
    clean()
    return told


def rx(count, log=None, deep=False):
    """deep: all of it is stored before the first is delivered."""
    write_records("records", count)
    with open("records", "rb") as records:
        push = Spent(traced(PUSH, log and log + ".push"), records)
    if deep:
        os.waitid(os.P_PID, push.pid, os.WEXITED | os.WNOWAIT)
    stages, before = [push], subprocess.DEVNULL
    for name, argv in (("emit", ["rx-spool", "emit", "q.db"]),
                       ("ship", ["rx-ship", "-q", "file:gone"]),
                       ("ack", ["rx-spool", "ack", "q.db"])):
        stage = Spent(traced(argv, log and f"{log}.{name}"), before,
                      None if name == "ack" else subprocess.PIPE)
        if stages[1:]:
            before.close()
        before = stage.p.stdout
        stages.append(stage)
    wait(lambda: os.path.exists("gone") and
         os.path.getsize("gone") >= 300 * count, 1100)
    wall = time.monotonic() - push.began
    stop(stages[1])  # the rest of its pipe ends behind it
    told = together(stages, wall)
    if lines_in("gone") != count:
        sys.exit("rx lost or doubled records")
    clean()
    return told


PYTHON = """
import sqlite3, sys
db = sqlite3.connect("p.db")
db.execute("PRAGMA journal_mode = WAL")
db.execute("PRAGMA synchronous = FULL")
db.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, payload TEXT)")
for line in sys.stdin:
    db.execute("INSERT INTO queue (payload) VALUES (?)", (line,))
    db.commit()
for n, in db.execute("SELECT id FROM queue ORDER BY id").fetchall():
    db.execute("DELETE FROM queue WHERE id = ?", (n,))
    db.commit()
"""


def python(count, log=None):
    write_records("records", count)
    with open("records", "rb") as records:
        told = Spent(traced([sys.executable, "-c", PYTHON], log),
                     records).end()
    clean()
    return told


def send(port, count):
    sock = []

    def connected():
        try:
            sock.append(socket.create_connection(("127.0.0.1", port)))
        except OSError:
            pass
        return sock
    wait(connected, 10)
    with sock[0] as s:
        for n in range(0, count, 1000):
            s.sendall(b"".join(b"<11>Jan  5 10:00:00 host app: " + record(i)
                               for i in range(n, min(n + 1000, count))))


def fed(daemon, port, count):
    """Over a socket, until all is delivered."""
    send(port, count)
    wait(lambda: lines_in("gone") >= count, 120, 0.05)
    told = daemon.end(stop=True)
    clean()
    return told


RSYSLOG = """
module(load="imptcp")
main_queue(queue.type="Disk" queue.filename="main" queue.maxDiskSpace="4g")
input(type="imptcp" address="127.0.0.1" port="{port}")
*.* action(type="omfile" file="{d}/gone")
"""


def rsyslog(count):
    """Its disk queue, as the manual has it: nothing is synced."""
    port = free_port()
    return fed(syslogs.rsyslog(RSYSLOG, port=port), port, count)


SYSLOG_NG = """
source s {{ network(ip("127.0.0.1") port({port}) transport("tcp")); }};
destination d {{ network("127.0.0.1" port({to}) disk-buffer(reliable(yes)
  disk-buf-size(4294967296) mem-buf-size(16777216) dir("{d}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
"""


def receive(server):
    peer, _ = server.accept()
    with peer, open("gone", "wb", buffering=0) as out:
        for data in iter(lambda: peer.recv(1 << 18), b""):
            out.write(data)


def syslog_ng(count):
    """Its reliable disk-buffer."""
    port, server = free_port(), socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=receive, args=(server,), daemon=True).start()
    told = fed(syslogs.syslog_ng(SYSLOG_NG, port=port,
                                 to=server.getsockname()[1]), port, count)
    server.close()
    return told
