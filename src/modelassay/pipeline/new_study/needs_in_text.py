"""What a text asks of a model: sizes and kind, as far as plain words say it. The study file shows them, to be corrected."""

import re
from typing import Final

from modelassay.shortlist.needs import Needs

_RANGE: Final = re.compile(r"\b(\d+(?:\.\d+)?)\s*B?\s*(?:[-–—]|to)\s*(\d+(?:\.\d+)?)\s*B\b")
_MOST: Final = re.compile(
    r"(?:at most|up to|no more than|under|below|≤|<=?)\s*(?:about|roughly|~)?\s*(\d+(?:\.\d+)?)\s*B\b", re.I
)
_INSTRUCT: Final = re.compile(
    r"\binstruct\w*(?:\s*(?:/|or|and)\s*chat)?(?:\s+\w+){0,2}\s+(?:variants?|models?)|\bnot base\b|\binstruct(?:ion)?[- ]tuned\b",
    re.I,
)


def needs_of(text: str) -> Needs:
    """The size rule and the kind that the text asks for; empty where it says nothing of them.

    A size that is written as a whole number takes in what makers call by it: 3B is up to 3.5 billion.
    """
    between, most = _RANGE.search(text), _MOST.search(text)
    least = float(between[1]) * 1e9 if between else None
    largest = _as_called(between[2]) if between else _as_called(most[1]) if most else None
    return Needs(min_params=least, max_params=largest, kind="instruct" if _INSTRUCT.search(text) else None)


def words_of(query: str) -> list[str]:
    """The words of a search that a model's name may hold: without sizes, kinds and benchmarks."""
    left = _MOST.sub(" ", _RANGE.sub(" ", query))
    words = re.findall(r"[A-Za-z][\w.-]+", left)
    return [word for word in words if word.lower() not in _NOT_IN_NAMES]


def _as_called(written: str) -> float:
    return (float(written) + (0 if "." in written else 0.5)) * 1e9


_NOT_IN_NAMES: Final = frozenset(
    [
        "llm",
        "llms",
        "model",
        "models",
        "with",
        "and",
        "or",
        "for",
        "open",
        "weights",
        "instruct",
        "instruction",
        "chat",
        "base",
        "tuned",
        "variant",
        "variants",
        "small",
        "parameters",
        "params",
        "humaneval",
        "mbpp",
        "evalplus",
        "livecodebench",
        "benchmark",
        "benchmarks",
        "python",
        "on",
        "the",
        "of",
        "at",
        "most",
    ]
)
