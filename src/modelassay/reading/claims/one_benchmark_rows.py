"""Rows of one model on one benchmark, whose name is a value: {"model": …, "dataset": "mbpp", "pass@1": 0.72}."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from modelassay.reading.language.terms import Terms

_BENCHMARK_FIELD: Final = re.compile(
    r"(?:dataset|data[_ ]?set|benchmark|bench|task|test[_ ]?set|eval(?:uation)?[_ ]?(?:set|name|task)?|suite)(?:[_ ]?name)?",
    re.I,
)
_METRIC_FIELD: Final = re.compile(r"pass[_ ]?(?:@|at)[_ ]?(\d+|k)", re.I)
# "humaneval_rank": a place, a spread or a cost, not the score
_NO_SCORE: Final = re.compile(
    r"(?:^|[\W_])(?:rank(?:ing)?|position|place|counts?|num|std(?:dev|err)?|stderr|time|seconds?|tokens?|latency|costs?|samples?)(?:$|[\W_])",
    re.I,
)
_PACKED: Final = re.compile(r"[_/]+")


def benchmark_field(keys: Iterable[str]) -> str | None:
    """The field whose value names a row's benchmark; `None` where no field, or more than one, is called so."""
    found = [key for key in keys if _BENCHMARK_FIELD.fullmatch(key.strip())]
    return found[0] if len(found) == 1 else None


def scored_in(key: str, terms: Terms) -> str | None:
    """The benchmark whose score a field or column of this name holds; `None` for any other."""
    return None if _NO_SCORE.search(key) else terms.benchmark(key.strip())


def benchmark_called(value: str, terms: Terms) -> str | None:
    """The benchmark that a value names: "mbpp", "openai_humaneval", "mbpp_original"; `None` for any other text."""
    text = _PACKED.sub(" ", value.strip())
    term = terms.benchmark_term(value.strip()) or terms.benchmark_term(text)
    if term is None:
        return None
    rest = re.sub(r"[\W_]+", "", text.replace(_PACKED.sub(" ", term.text), " ", 1))
    return term.name if len(rest) <= 12 else None


def metric_called(key: str, row: Mapping[str, object]) -> str | None:
    """The metric that a field holds: "pass@1" for `pass_at_1`; for `pass_at_k` with the row's own `k`. `None` for any other."""
    found = _METRIC_FIELD.fullmatch(key.strip())
    if found is None:
        return None
    k = row.get("k", row.get("K")) if found[1].lower() == "k" else found[1]
    whole = isinstance(k, int | str) and not isinstance(k, bool) and re.fullmatch(r"\d{1,4}", str(k))
    return f"pass@{k}" if whole else None
