# SPDX-License-Identifier: MIT
"""ndjson: records of a log filtered by seven words in one member.

jq and mlr get a part of it.  rx-match under PR_SET_MDWE, as a unit with
MemoryDenyWriteExecute has it, does without compiled patterns.
"""
from bench import PYTHON, QUICK, WORDS, compare, corpus, gb, part, records

NO_JIT = (f"{PYTHON} -c 'import ctypes, os; "
          "assert ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) == 0; "
          "os.execvp(\"rx-match\", [\"rx-match\", \"-k{0}\"])'")

text = records(corpus((16 if QUICK else 64) << 20))
few = part(text, (2 if QUICK else 10) << 20)
keys = WORDS.replace("|", ",")
compare([
    ("rx-match -kWORDS", None, f"rx-match -k{keys} <{text}"),
    ("rx-match -kWORDS, PR_SET_MDWE", "python3",
     NO_JIT.format(keys) + f" <{text}"),
    ("rx-match -k", None, f"rx-match -k <{text}"),
    ("rg -i", "rg", f"rg -i '\\b({WORDS})\\b' {text}"),
    ("jq", "jq", "jq -c 'select(.log_line | "
     f"test(\"\\\\b({WORDS})\\\\b\"; \"i\"))' {few}", gb(few)),
    ("mlr", "mlr", "mlr --ojsonl --ijsonl filter "
     f"'$log_line =~ \"\\b({WORDS})\\b\"i' {few}", gb(few)),
], gb(text), "GB")
