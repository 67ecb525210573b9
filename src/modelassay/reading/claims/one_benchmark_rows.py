"""Rows of one model on one benchmark, whose name is a value: {"model": …, "dataset": "mbpp", "pass@1": 0.72}."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from modelassay.reading.language.other_tasks import MEASURES
from modelassay.reading.language.terms import Terms

_BENCHMARK_FIELD: Final = re.compile(
    r"(?:dataset|data[_ ]?set|benchmark|bench|task|test[_ ]?set|eval(?:uation)?[_ ]?(?:set|name|task)?|suite)(?:[_ ]?(?:name|id|key|slug))?",
    re.I,
)
_METRIC_FIELD: Final = re.compile(r"pass[_ ]?(?:@|at)[_ ]?(\d+|k)", re.I)
# "humaneval_rank": a place, a spread or a cost, not the score
_NO_SCORE: Final = re.compile(
    r"(?:^|[\W_])(?:rank(?:ing)?|position|place|counts?|num|std(?:dev|err)?|stderr|time|seconds?|tokens?|latency|costs?|samples?)(?:$|[\W_])",
    re.I,
)
_PACKED: Final = re.compile(r"[_/]+")
_SCORE_FIELD: Final = re.compile(r"(?:score|acc(?:uracy)?|result|value)", re.I)
_KIND_FIELD: Final = re.compile(r"(?:metric|measure|analysis[_ ]?method|scorer)(?:[_ ]?(?:name|type))?", re.I)
_OTHER_MEASURE: Final = re.compile(
    rf"{MEASURES}|\belo\b|\brank|\bpass[_ ]?(?:@|at)[_ ]?(?!1\b)|time|latency|tokens?|similarity|reward|win",
    re.I,
)
_PROBLEM: Final = re.compile(r"/\s*\d+\s*$")  # "HumanEval/12" is one problem
# Words that say which edition of a benchmark a value means without making it another benchmark.
_EDITION: Final = re.compile(
    r"openai|google|research|evalplus|datasets?|original|full|base|test|sanitized|python|instruct|complete|code|eval|plus|hard|"
    r"pass@?1|greedy|v?\d[\d.]*|\d*shots?|gen|cot|0shot|codegeneration|release",
    re.I,
)


def benchmark_field(keys: Iterable[str]) -> str | None:
    """The field whose value names a row's benchmark, a name before an identifier; `None` where no field, or more than
    one kind of field, is called so."""
    found = [key for key in keys if _BENCHMARK_FIELD.fullmatch(key.strip())]
    stems = {re.sub(r"[_ ]?(?:name|id|key|slug)$", "", key.strip().lower()) for key in found}
    if len(stems) != 1:
        return None
    return next((key for key in found if not re.search(r"(?:id|key|slug)$", key, re.I)), found[0])


def scored_in(key: str, terms: Terms) -> str | None:
    """The benchmark whose score a field or column of this name holds; `None` for any other."""
    return None if _NO_SCORE.search(key) else terms.benchmark(key.strip())


def benchmark_called(value: str, terms: Terms) -> str | None:
    """The benchmark that a value names: "mbpp", "openai_humaneval", "mbpp_original"; `None` for any other text."""
    if _PROBLEM.search(value):
        return None
    text = _PACKED.sub(" ", value.strip())
    term = terms.benchmark_term(value.strip()) or terms.benchmark_term(text)
    if term is None:
        return None
    rest = re.split(r"[\W_]+", text.replace(_PACKED.sub(" ", term.text), " ", 1))
    if not all(_EDITION.fullmatch(word) for word in rest if word):
        return None
    base_tests = "base" in (word.lower() for word in rest)  # "MBPP EvalPlus (base)"
    return term.name.removesuffix("+") if base_tests else term.name


def scores_told(row: Mapping[str, object]) -> dict[str, str]:
    """Field → metric of every score in a row that names its benchmark in a field: pass@k under its own name, else one
    field called "score", unless another says that this is no share of problems solved ("metric": "bleu")."""
    named = {key: metric for key in row if (metric := metric_called(key, row)) is not None}
    if named:
        return named
    kinds = [str(value) for key, value in row.items() if _KIND_FIELD.fullmatch(key.strip()) and value]
    if any(_OTHER_MEASURE.search(kind) for kind in kinds):
        return {}
    found = [key for key in row if _SCORE_FIELD.fullmatch(key.strip())]
    return {found[0]: "pass@1"} if len(found) == 1 else {}


def metric_called(key: str, row: Mapping[str, object]) -> str | None:
    """The metric that a field holds: "pass@1" for `pass_at_1`; for `pass_at_k` with the row's own `k`. `None` for any other."""
    found = _METRIC_FIELD.fullmatch(key.strip())
    if found is None:
        return None
    k = row.get("k", row.get("K")) if found[1].lower() == "k" else found[1]
    whole = isinstance(k, int | str) and not isinstance(k, bool) and re.fullmatch(r"\d{1,4}", str(k))
    return f"pass@{k}" if whole else None
