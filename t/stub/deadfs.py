#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file system that is mounted and never answers, as a lost server leaves one.

deadfs.py DIR READYFILE -- mounts a FUSE file system on DIR, in this mount
namespace, and asks the kernel for none of what is wanted of it.  Ends when killed;
what waited is then told that it is not connected.
"""
import ctypes, os, signal, sys

libc = ctypes.CDLL(None, use_errno=True)
fd = os.open("/dev/fuse", os.O_RDWR)
options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % fd
if libc.mount(b"dead", os.fsencode(sys.argv[1]), b"fuse", 0, options) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
open(sys.argv[2], "w").close()
signal.pause()
