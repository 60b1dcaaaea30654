# SPDX-License-Identifier: MIT
"""As many rules of a word each as wanted, the first seven those of bench.WORDS."""
import json

from bench import WORDS


def words(n):
    have = WORDS.split("|")
    return (have + [f"word{i:05d}" for i in range(n - len(have))])[:n]


def write_rules(path, n):
    with open(path, "w", encoding="ascii") as out:
        json.dump({"rules": [{"name": word, "when": {"words": [word]}}
                             for word in words(n)]}, out)


def write_patterns(path, n):
    with open(path, "w", encoding="ascii") as out:
        out.write("\n".join(words(n)) + "\n")
