"""The other words of the trade, found in text: benchmarks, harnesses, sources, metrics, protocol words.

Spellings are data in vocabulary.toml. The longest spelling wins ("MBPP+" before "MBPP"), separators and letter
case do not matter, except for names that are also plain words (MATH, APPS).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from modelassay.core.published import Protocol

_CASE_MATTERS = {"MATH", "APPS", "BIRD", "Spider", "Aider", "BCB", "LCB", "ARC-C", "ARC-E", "HE", "HE+"}
_SHOTS = re.compile(r"(?<![\w.])(zero|one|two|three|four|five|\d{1,2})[\s-]?shots?\b", re.I)
_EXAMPLES = re.compile(
    r"\b(?:with|given|using|after)\s+(one|two|three|four|five|\d{1,2})\s+(?:in-context\s+)?examples?\b", re.I
)
_NO_EXAMPLES = re.compile(
    r"\b(?:without|no)\s+(?:(?:a single|any|in-context|worked)\s+)*(?:examples?|demonstrations?)\b", re.I
)
_NUMBER_WORDS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_TEMPERATURE = re.compile(r"(?<!\w)(?:T|temp(?:erature)?)\s*(?:=|of|:)?\s*(\d(?:\.\d+)?)(?![\d%])", re.I)
_SAMPLES = re.compile(r"(?<!\w)n\s*=\s*(\d+)|(?<![\w.])(\d+)\s+samples\b", re.I)
_METRIC = re.compile(r"(?<!\w)pass\s?@\s?(\d+|k)\b|(?<!\w)@(\d+)(?![\w.])", re.I)
_ANYTHING = re.compile(
    r"shot|example|demonstration|greedy|\bT\s*=|temp|\bn\s*=|samples|v0|chat|problem|task|eval|harness|scripts|OpenCompass|python|average|avg",
    re.I,
)
_PROBLEMS = re.compile(r"(?<![\w.,])(164|161|974|500|427|399|397|378)\s+(?:problems?|tasks?)\b", re.I)
_LANGUAGE = re.compile(r"\b(python|average|avg)d?\b", re.I)
_SET_VERSION = re.compile(r"(?<![\w.])v(0\.[12]\.\d+)\b")


@dataclass(frozen=True)
class Term:
    """A word of the trade in a text. `name` is canonical; `start` and `end` are offsets in that text."""

    start: int
    end: int
    name: str
    text: str


class Terms:
    """Finds the vocabulary's terms in text."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._patterns = {kind: _pattern(data[kind]) for kind in ("benchmarks", "harnesses", "sources")}
        stems = {_plain(s)[:3] for row in data["benchmarks"].values() for s in row if s not in _CASE_MATTERS}
        self._hints = {stem for stem in stems if not any(o != stem and stem.startswith(o) for o in stems)}
        self._names = {
            kind: {_plain(s): name for name, spellings in data[kind].items() for s in spellings}
            for kind in ("benchmarks", "harnesses", "sources")
        }

    def find(self, kind: Literal["benchmarks", "harnesses", "sources"], text: str) -> list[Term]:
        """All terms of a kind, in order."""
        if kind == "benchmarks":
            low = text.lower()
            if not any(hint in low for hint in self._hints) and not any(
                name in text for name in _CASE_MATTERS
            ):
                return []
        names = self._names[kind]
        return [
            Term(match.start(), match.end(), names[_plain(match[0])], match[0])
            for match in self._patterns[kind].finditer(text)
        ]

    def benchmark(self, text: str) -> str | None:
        """The one benchmark a short text names ("MBPP Plus" → "mbpp+"), or `None`."""
        found = {term.name for term in self.find("benchmarks", text)}
        return found.pop() if len(found) == 1 else None

    def metrics(self, text: str) -> list[Term]:
        """pass@k and "@k", as `pass@1`, `pass@10`, …"""
        return [
            Term(m.start(), m.end(), f"pass@{m[1] or m[2]}".lower(), m[0]) for m in _METRIC.finditer(text)
        ]

    def protocol(self, benchmark: str, text: str, harness_text: str = "") -> Protocol:
        """A benchmark with what the words around it say of the protocol; what they do not say stays unknown."""
        if _ANYTHING.search(text) is None and _ANYTHING.search(harness_text) is None:
            return Protocol(benchmark=benchmark)
        harnesses = self.find("harnesses", harness_text or text)
        shots = _SHOTS.search(text) or _EXAMPLES.search(text)
        temperature = _TEMPERATURE.search(text)
        samples = _SAMPLES.search(text)
        problems = _PROBLEMS.search(text)
        version = _SET_VERSION.search(text) or (_LANGUAGE.search(text) if benchmark == "multipl-e" else None)
        greedy = re.search(r"\bgreedy\b", text, re.I) is not None
        chat = re.search(r"\bchat (?:template|prompt|format)|\bchat-formatted", text, re.I) is not None
        return Protocol(
            benchmark=benchmark,
            version=version[1].lower().replace("avg", "average") if version else None,
            problems=int(problems[1]) if problems else None,
            shots=_count(shots[1]) if shots else (0 if _NO_EXAMPLES.search(text) else None),
            samples_per_problem=int(samples[1] or samples[2]) if samples else (1 if greedy else None),
            temperature=float(temperature[1]) if temperature else (0.0 if greedy else None),
            prompt_style="chat" if chat else None,
            harness=harnesses[0].name if harnesses else None,
        )


def _count(word: str) -> int:
    known = _NUMBER_WORDS.get(word.lower())
    return int(word) if known is None else known


def _plain(text: str) -> str:
    return re.sub(r"[\s._-]+", "", text.lower())


def _pattern(rows: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """One pattern for all spellings, longest first; separators are optional where a spelling has one."""
    spellings = sorted({spelling for row in rows.values() for spelling in row}, key=len, reverse=True)
    branches = []
    for spelling in spellings:
        parts = [re.escape(part) for part in re.split(r"[\s._-]+", spelling) if part]
        body = r"[\s._-]?".join(parts)
        # "HumanEval" is not found in "HumanEval+", but is in "HumanEval (+5pp)"; "HumanEval +35pp" has no plus set.
        tail = r"(?![A-Za-z0-9])(?!\+(?!\d)|\(\+\))" if spelling[-1].isalnum() else r"(?![A-Za-z0-9])"
        branches.append((body if spelling in _CASE_MATTERS else f"(?i:{body})") + tail)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(branches)})")
