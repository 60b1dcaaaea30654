# SPDX-License-Identifier: MIT
"""words: lines with one of seven words, out of plain text, as they were."""
from bench import QUICK, WORDS, compare, corpus, gb

text = corpus((16 if QUICK else 256) << 20)
compare([
    ("rx-match -kWORDS", None,
     f"rx-match -k{WORDS.replace('|', ',')} --format raw {text}"),
    ("rg -iw", "rg", f"rg -iw '({WORDS})' {text}"),
    ("grep -Pi", "grep", f"grep -Pi '\\b({WORDS})\\b' {text}"),
    ("ugrep -Pi", "ugrep", f"ugrep -Pi '\\b({WORDS})\\b' {text}"),
], gb(text), "GB")
