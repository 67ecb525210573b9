"""Scores that a person listed in a document, held against the claims that were read in it.

A label is [line, model as written, benchmark, percent …]; "||" parts names that are both right, "|" benchmarks. Names
are compared as sets of words and numbers: letter case, order, separators and packaging ("-hf", GGUF and its
quantisation) don't matter, everything else does.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelassay.audit.auditor import value_as_written
from modelassay.core.published import Claim

# Scores on these may stand in a document about code; the labels list code benchmarks only.
NOT_CODE = frozenset({"gsm8k", "math", "mmlu", "arc", "hellaswag"})
_PACKAGING = re.compile(r"-hf\b|\bmeta\b|\.?gguf\b|(?<![a-z0-9])i?q\d(?:[._]\w+)*|(?<=\d)_(?=\d)")


@dataclass(frozen=True)
class Label:
    """One score of a document; `optional` where the text leaves open what it is of."""

    line: int
    models: tuple[frozenset[str], ...]
    benchmarks: tuple[str, ...]
    percent: float
    written: str
    optional: bool

    def is_read_in(self, claim: Claim) -> bool:
        """Whether a claim is this number on this benchmark."""
        value = value_as_written(claim)
        near = value is not None and abs(value - self.percent) < 0.006
        return claim.line == self.line and near and _benchmark(claim) in self.benchmarks

    def is_of_model(self, claim: Claim) -> bool:
        """Whether the claim names the model so, or as a hub id that says the same."""
        names = [claim.model, (claim.hub_id or "").rpartition("/")[2]]
        return any(words_of(name) in self.models for name in names if name)


def words_of(name: str) -> frozenset[str]:
    """A model's name as its words and numbers."""
    text = _PACKAGING.sub(lambda found: "." if found[0] == "_" else " ", name.lower())
    text = text.rpartition("/")[2] if re.fullmatch(r"[\w.-]+/[\w.:+-]+", text) else text
    return frozenset(re.findall(r"\d+(?:\.\d+)?|[a-z]+|\+", re.sub(r"code[\s-](?=llama|qwen)", "code", text)))


def labels_of(entry: dict[str, Any]) -> list[Label]:
    """All labels of one document."""
    return [
        label for key in ("scores", "either") for row in entry.get(key, ()) for label in _labels(row, key)
    ]


def _labels(row: Sequence[Any], key: str) -> Iterator[Label]:
    line, model, benchmark, *values = row
    names = tuple(words_of(name.strip()) for name in model.split("||"))
    for value in values:
        yield Label(line, names, tuple(benchmark.split("|")), value, model, key == "either")


def compare(labels: Sequence[Label], claims: Sequence[Claim], total: Counter[str]) -> list[str]:
    """Count into `total` what is read, of the right model, and invented; a line on everything that is wrong."""
    left = [c for c in claims if c.subject == "score" and _benchmark(c) not in NOT_CODE]
    total["read"] += len(left)
    wrong = []
    for label in sorted(labels, key=lambda label: label.optional):
        same = [c for c in left if label.is_read_in(c)]
        named = [c for c in same if label.is_of_model(c)]
        total["labelled"] += not label.optional
        if same:
            claim = (named or same)[0]
            left.remove(claim)
            total["read and labelled"] += 1
            total["optional and read"] += label.optional
            total["labelled and read"] += not label.optional
            total["model right"] += bool(named) and not label.optional
            if not named:
                wrong.append(
                    f"{label.line}: {label.percent:g} is of {label.written}, read as of {claim.model}"
                )
        elif not label.optional:
            wrong.append(
                f"{label.line}: not read: {label.written}, {'|'.join(label.benchmarks)} {label.percent:g}"
            )
    wrong += [f"{c.line}: not listed: {c.model}, {_benchmark(c)} {value_as_written(c)}" for c in left]
    return wrong


def _benchmark(claim: Claim) -> str:
    return claim.protocol.benchmark if claim.protocol is not None else ""
