"""Who else has a number: the scores of an evidence base by benchmark, sorted by value."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from modelassay.audit import rounding
from modelassay.core.published import Fact
from modelassay.evidence.base import Evidence
from modelassay.evidence.measurement_gaps import is_reliable


@dataclass(frozen=True)
class ScoreIndex:
    """Score facts of one benchmark and metric, sorted by value, to find who else has a number."""

    values: tuple[Decimal, ...]
    facts: tuple[Fact, ...]

    def between(self, low: Decimal, high: Decimal) -> tuple[Fact, ...]:
        """Facts with `low` ≤ value ≤ `high`, in percent."""
        return self.facts[bisect_left(self.values, low) : bisect_right(self.values, high)]


@lru_cache(maxsize=8)
def index_scores(evidence: Evidence) -> Mapping[tuple[str, str], ScoreIndex]:
    """(benchmark, metric) → its reliable facts, sorted by value; the same base is sorted once."""
    groups: dict[tuple[str, str], list[tuple[Decimal, str, Fact]]] = {}
    for fact in evidence.facts.values():
        number = rounding.of_fact(fact) if is_score(fact) else None
        if number is not None and fact.protocol is not None and is_reliable(fact):
            key = (fact.protocol.benchmark, fact.metric)
            groups.setdefault(key, []).append((number.low, fact.id, fact))
    found = {}
    for key, group in groups.items():
        group.sort(key=lambda item: item[:2])
        found[key] = ScoreIndex(
            values=tuple(item[0] for item in group), facts=tuple(item[2] for item in group)
        )
    return found


def is_score(fact: Fact) -> bool:
    """A number for a model on a benchmark."""
    return fact.subject == "score" and fact.value is not None and bool(fact.model)
