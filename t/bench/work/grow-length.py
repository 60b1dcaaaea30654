# SPDX-License-Identifier: MIT
"""grow-length: the pipe with lines of 32 bytes to 64 KiB, beside a raw search."""
import os

from bench import QUICK, WORDS, compare, corpus, gb

LENGTHS = (32, 512, 65536) if QUICK else (32, 128, 512, 2048, 8192, 65536)

for length in LENGTHS:
    text = corpus((8 if QUICK else 64) << 20, "--length", str(length))
    compare([("rx-tail | rx-match", None, f"rx-tail --once {text} | rx-match -k"),
             ("rg -i", "rg", f"rg -i '\\b({WORDS})' {text}")],
            gb(text), "GB", x=length)
    os.unlink(text)
