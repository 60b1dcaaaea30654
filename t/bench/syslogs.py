# SPDX-License-Identifier: MIT
"""rsyslogd and syslog-ng, in the foreground, with a configuration of ours.

Each takes (source, rest) in its own language; {d} in it is the working directory.
syslog-ng may be installed, or unpacked below BENCH_PEERS (peers.sh).
"""
import glob
import os
import shutil
import subprocess

from bench import PEERS, Spent

RSYSLOG = 'global(workDirectory="{d}")\n'
SYSLOG_NG = "@version: current\noptions {{ stats-freq(0); }};\n"
WORDS_NG = ('filter f {{ match("\\\\b({words})" value("MESSAGE") type("pcre") '
            'flags("ignore-case")); }};\n')


def have_rsyslog():
    return shutil.which("rsyslogd") is not None


def have_syslog_ng():
    return (shutil.which("syslog-ng") is not None or
            os.path.exists(f"{PEERS}/usr/sbin/syslog-ng"))


def rsyslog(text, **more):
    here = os.getcwd()
    with open("r.conf", "w", encoding="utf-8") as f:
        f.write((RSYSLOG + text).format(d=here, **more))
    return Spent(["rsyslogd", "-n", "-f", f"{here}/r.conf", "-i",
                  f"{here}/r.pid"], stderr=open("r.err", "wb"))


def syslog_ng_command():
    program = f"{PEERS}/usr/sbin/syslog-ng"
    if not PEERS or not os.path.exists(program):
        return ["syslog-ng"], None
    modules = glob.glob(f"{PEERS}/usr/lib/syslog-ng/[0-9]*")[0]
    places = glob.glob(f"{PEERS}/usr/lib/*-linux-gnu")
    places.append(f"{PEERS}/usr/lib/syslog-ng")
    return ([program, "--module-path", modules],
            dict(os.environ, LD_LIBRARY_PATH=":".join(places)))


def syslog_ng(text, **more):
    """It reads its files from their start, whatever one before it has read."""
    here = os.getcwd()
    if os.path.exists("s.persist"):
        os.unlink("s.persist")
    with open("s.conf", "w", encoding="utf-8") as f:
        f.write((SYSLOG_NG + text).format(d=here, **more))
    command, env = syslog_ng_command()
    return Spent([*command, "-F", "--no-caps", "-f", f"{here}/s.conf", "-R",
                  f"{here}/s.persist", "-c", f"{here}/s.ctl", "-p",
                  f"{here}/s.pid"], stderr=open("s.err", "wb"), env=env)


def version_of_syslog_ng():
    command, env = syslog_ng_command()
    done = subprocess.run([command[0], "--version"], env=env, text=True,
                          capture_output=True, check=False)
    return done.stdout.split("\n")[0]
