#!/usr/bin/env bash
# ragas' BLEU gives 1.0 to an answer whose first sentence is any sentence of the reference, whatever follows.
# Expected: BLEU of a text of several sentences counts all of them; the second sentence made up, or in the wrong place, costs.
# Happens: both texts are cut at ". ", and each sentence of the reference is given to sacrebleu as a whole set of references. So the first
# sentence of the answer is compared with all sentences of the reference, and no other sentence with anything.
# Version: ragas 0.4.3, sacrebleu 2.6.0. Source: ragas/metrics/collections/_bleu_score.py and metrics/_bleu_score.py.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
# of all that ragas asks for, what this metric needs
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps ragas==0.4.3
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sacrebleu==2.6.0 pydantic
cd "$folder"
venv/bin/python - <<'PYTHON'
import asyncio
import importlib.util
import sys
import sysconfig
import types
from importlib.metadata import version

import sacrebleu

# imported past the package's own __init__, which asks for a dozen clients: the metric uses the base class and the result's value alone
for name in ("ragas", "ragas.metrics", "ragas.metrics.collections", "ragas.metrics.collections.base", "ragas.metrics.result"):
    sys.modules[name] = types.ModuleType(name)


class BaseMetric:
    def __init__(self, name: str, **others: object) -> None:
        self.name = name


sys.modules["ragas.metrics.collections.base"].BaseMetric = BaseMetric
sys.modules["ragas.metrics.result"].MetricResult = types.SimpleNamespace
path = f"{sysconfig.get_path('purelib')}/ragas/metrics/collections/_bleu_score.py"
spec = importlib.util.spec_from_file_location("bleu_score", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

REFERENCE = "The function sorts the list by length. It returns the first element of it."
print(*(f"{name} {version(name)}" for name in ("ragas", "sacrebleu")))
found = {}
for name, answer in {
    "itself": REFERENCE,
    "second sentence made up": "The function sorts the list by length. Bananas are yellow and grow in warm countries.",
    "second sentence alone": "It returns the first element of it.",
    "first sentence wrong": "Bananas are yellow and grow in warm countries. It returns the first element of it.",
}.items():
    told = asyncio.run(module.BleuScore().ascore(REFERENCE, answer)).value
    found[name] = (round(told, 2), round(sacrebleu.sentence_bleu(answer, [REFERENCE]).score / 100, 2))
    print(f"{name}: ragas {found[name][0]}, sacrebleu {found[name][1]}")
assert [found[name][0] for name in found][:3] == [1.0, 1.0, 1.0] and found["first sentence wrong"][0] < 0.1, f"changed: {found}"
assert found["second sentence made up"][1] < 0.6 and found["first sentence wrong"][1] > 0.4, f"changed: {found}"
PYTHON
