#!/usr/bin/env bash
# SentencePiece with normalization_rule_name="identity" still turns four spaces into none, and two into one.
# Expected: identity means no normalization (so its table of rules); text comes back from encode and decode as it was, with byte_fallback for the rest.
# Happens: removing extra spaces is a flag of its own, remove_extra_whitespaces, on by default and not part of the rule. A model trained so on
# code cannot write an indented line. Tabs and newlines come back through byte_fallback, spaces do not.
# Version: sentencepiece 0.2.3. Source: doc/normalization.md, src/sentencepiece_model.proto, NormalizerSpec.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sentencepiece==0.2.3
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import sentencepiece

CODE = "def f(x):\n    if x:\n\treturn x  +  1\n"
print("sentencepiece", version("sentencepiece"))
found = {}
for name, more in {"identity": {}, "identity, remove_extra_whitespaces=False": {"remove_extra_whitespaces": False}}.items():
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CODE.splitlines() * 50), model_writer=model, vocab_size=300, hard_vocab_limit=False, byte_fallback=True,
        normalization_rule_name="identity", minloglevel=3, **more,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    found[name] = processor.decode(processor.encode(CODE))
    print(f"{name}: {found[name]!r}")
assert found["identity"] == "def f(x):\n if x:\n\treturn x + 1\n", f"changed: {found['identity']!r}"
assert found["identity, remove_extra_whitespaces=False"] == CODE, "changed: with the flag"
PYTHON
