#!/usr/bin/env bash
# Simhash's distance of `x < 1` and `x > 1` is 0, as is that of `a + b` and `a - b`.
# Expected: the distance grows with what differs; a deduplication by it keeps one of two equal texts, not one of two different programs.
# Happens: a text is first reduced to its letters, digits and underscores, in lower case and joined; all operators, brackets, quotes and blanks are gone
# before anything is hashed. `not`, names and numbers are seen. A list of tokens in place of the text is taken as it is.
# Version: simhash 2.1.2. Source: simhash/__init__.py, Simhash.build_by_text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check simhash==2.1.2 numpy==2.4.6
cd "$folder"
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

from simhash import Simhash

PAIRS = [("return x < 1", "return x > 1"), ("return a + b", "return a - b"), ("return [x]", "return {x}"), ("return x * y", "return x ** y")]
print("simhash", version("simhash"))
texts = [Simhash(one).distance(Simhash(other)) for one, other in PAIRS]
tokens = [Simhash(one.split()).distance(Simhash(other.split())) for one, other in PAIRS]
for (one, other), text, token in zip(PAIRS, texts, tokens):
    print(f"{one!r} and {other!r}: distance of the texts {text}, of their tokens {token}")
assert texts == [0, 0, 0, 0] and all(tokens), f"changed: {texts}, {tokens}"
PYTHON
