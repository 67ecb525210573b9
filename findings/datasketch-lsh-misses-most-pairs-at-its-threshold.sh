#!/usr/bin/env bash
# datasketch's MinHashLSH(threshold=0.8) finds about four of ten pairs whose similarity is 0.8.
# Expected: nearly all pairs from the threshold on, and few below it: what is not found is taken for new text, a benchmark's problem in training data, say.
# Happens: bands and rows are chosen to weigh pairs missed and pairs found needlessly alike (weights=(0.5, 0.5)), over all similarities; with 128 values
# these are 9 bands of 13, so that 1 - (1 - 0.8^13)^9 = 0.40 at 0.8 and 0.93 at 0.9. A lower threshold, or weights for the missed, finds more.
# Version: datasketch 2.0.0, numpy 2.4.6. Source: datasketch/lsh.py, _optimal_param.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasketch==2.0.0 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from datasketch import MinHash, MinHashLSH

print("datasketch", version("datasketch"))
PAIRS, WORDS = 200, 90


def hashed(words):
    values = MinHash(num_perm=128, seed=1)
    values.update_batch([word.encode() for word in words])
    return values


def share(similarity, **settings):
    """The share of pairs found, each of 2 x 90 words with that Jaccard similarity exactly."""
    common = round(2 * WORDS * similarity / (1 + similarity))
    assert common / (2 * WORDS - common) == similarity
    seen = 0
    for pair in range(PAIRS):
        both = [f"{pair} both {n}" for n in range(common)]
        one, other = ([*both, *(f"{pair} {side} {n}" for n in range(WORDS - common))] for side in ("one", "other"))
        index = MinHashLSH(num_perm=128, **settings)
        index.insert("one", hashed(one))
        seen += "one" in index.query(hashed(other))
    return seen / PAIRS


index = MinHashLSH(threshold=0.8, num_perm=128)
print(f"threshold 0.8: {index.b} bands of {index.r}")
found = share(0.8, threshold=0.8), share(0.8, threshold=0.8, weights=(0.1, 0.9))
print(f"of {PAIRS} pairs of similarity 0.8: found {found[0]:.2f}; with weights=(0.1, 0.9) {found[1]:.2f}")
expected = 1 - (1 - 0.8**index.r) ** index.b
print(f"1 - (1 - 0.8^r)^b = {expected:.2f}")
assert (index.b, index.r) == (9, 13) and 0.25 < found[0] < 0.55 and found[1] > 0.8, "changed"
PYTHON
