"""How far apart honest measurements of one model on one benchmark lie, learnt from the evidence base.

Two sources that measured the same model on the same benchmark seldom print the same number: another harness, prompt
or number of shots moves it, and so does nothing that anybody states. Every pair of different numbers in the evidence
is one observation, sorted by what is known to differ between the two; what people measured themselves and set beside
a published score (`remeasured.yaml`) is sorted as `own` and `quantised`. Pairs of one model and benchmark share one
vote, so that a model with twenty sources counts as much as one with two.

The shape is a Pareto tail of the second kind (Lomax): P(gap > x) = (1 + x / scale) ** -TAIL, with the scale set by
the weighted median of the observations. Nothing is stored: a larger evidence base makes another distribution.
docs/checks.md has today's numbers, and benchmarks/measurement_gaps.py prints them with their coverage.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

from modelassay.core.published import Fact, Protocol
from modelassay.core.records import Record
from modelassay.evidence.base import Evidence
from modelassay.evidence.fact_files import load_yaml

Circumstance = Literal[
    "same-harness", "other-harness", "prompt", "shots", "other-set", "quantised", "own", "unknown"
]
# Heavier than what the pairs of the evidence show (their likelihood grows up to an exponential tail), and about what
# people's own measurements show: a band from a small base must not be too narrow.
TAIL = 6.0
_ENOUGH = 6  # models: a circumstance with fewer has the shape of all of them together
# A window of dates, or a split that asks in another way: scores of two of them are no two measurements of one thing.
_BY_VERSION = ("livecodebench", "bigcodebench", "bigcodebench-hard")
_BY_LANGUAGE = ("multipl-e", "humaneval-x", "mceval")
_SAME = 0.06  # points: printed alike, one copied from the other


class MeasurementGap(Record):
    """Two different numbers for one model on one benchmark: how far apart, in points, and what is known to differ."""

    model: str
    benchmark: str
    circumstance: Circumstance
    points: float
    sources: tuple[str, ...]


class GapShape(Record):
    """One fitted distribution of gaps in points, and what it rests on."""

    scale: float
    gaps: int
    models: int

    def exceeds(self, points: float) -> float:
        """The share of honest pairs that lie farther apart than this."""
        return float((1.0 + max(points, 0.0) / self.scale) ** -TAIL)

    def density(self, points: float) -> float:
        """Per point of distance, on one side: how likely an honest number lies just there."""
        return float(0.5 * TAIL / self.scale * (1.0 + max(points, 0.0) / self.scale) ** (-TAIL - 1.0))

    def reach(self, share: float) -> float:
        """The distance in points that this share of honest pairs does not exceed."""
        return float(self.scale * ((1.0 - share) ** (-1.0 / TAIL) - 1.0))


class GapModel(Record):
    """Shapes by family of benchmarks and circumstance. `None` as the circumstance: whatever differs."""

    shapes: Mapping[tuple[str, str | None], GapShape]

    def shape(self, benchmark: str, circumstance: Circumstance | None = None) -> GapShape:
        """The narrowest group with enough models: this family's, every family's, whatever differs."""
        family = family_of(benchmark)
        for key in ((family, circumstance), ("", circumstance), (family, None)):
            found = self.shapes.get(key)
            if found is not None and found.models >= _ENOUGH:
                return found
        return self.shapes["", None]


class _Remeasured(Record):
    model: str
    benchmark: str
    published: float
    measured: float
    gap: Literal["prompt", "harness", "decoding", "quantised", "unknown"]
    source: str


def family_of(benchmark: str) -> str:
    """The benchmarks whose gaps are pooled: HumanEval's, MBPP's, all others."""
    for family in ("humaneval", "mbpp"):
        if benchmark.startswith(family):
            return family
    return "other"


def series_of(protocol: Protocol) -> tuple[str, str]:
    """What is compared only with itself: a benchmark, and its language or window where it has several.

    Without a language MultiPL-E means the average; a window of LiveCodeBench, or a split of BigCodeBench, that nobody
    states stays "".
    """
    version = (protocol.version or "").lower()
    if protocol.benchmark in _BY_LANGUAGE:
        return protocol.benchmark, version or "average"
    return protocol.benchmark, version if protocol.benchmark in _BY_VERSION else ""


def circumstance_of(one: Protocol, two: Protocol) -> Circumstance:
    """What is known to differ between two protocols of one benchmark; what moves a score most is named."""
    if one.shots is not None and two.shots is not None and one.shots != two.shots:
        return "shots"
    if one.problems is not None and two.problems is not None and one.problems != two.problems:
        return "other-set"
    if one.prompt_style and two.prompt_style and one.prompt_style != two.prompt_style:
        return "prompt"
    if one.harness and two.harness:
        return "same-harness" if one.harness.lower() == two.harness.lower() else "other-harness"
    return "unknown"


def is_reliable(fact: Fact) -> bool:
    """Whether its label can be believed. A mislabelled or inherited number explains; it never decides."""
    written = fact.protocol.written if fact.protocol is not None else ""
    words = f"{written} {fact.note}".lower()
    return not ("mislabelled" in words or "inherited metadata" in words)


def collect_gaps(evidence: Evidence, *, without: str | None = None) -> tuple[MeasurementGap, ...]:
    """Every pair of different numbers of one model on one benchmark; `without`: leave out one document's."""
    groups: dict[tuple[str, tuple[str, str], str], list[Fact]] = defaultdict(list)
    for fact in evidence.facts.values():
        if fact.subject != "score" or fact.value is None or fact.protocol is None or not is_reliable(fact):
            continue
        series = series_of(fact.protocol)
        if fact.model and fact.citation.document != without:
            groups[fact.model, series, fact.metric].append(fact)
    found = []
    for (model, series, _), facts in groups.items():
        for one, two in itertools.combinations(facts, 2):
            gap = _gap(model, series[0], one, two)
            if gap is not None:
                found.append(gap)
    return (*found, *_read_remeasured(evidence.folder, without))


def _gap(model: str, benchmark: str, one: Fact, two: Fact) -> MeasurementGap | None:
    if one.protocol is None or two.protocol is None or one.value is None or two.value is None:
        return None
    points = 100 * abs(one.value - two.value)
    circumstance = circumstance_of(one.protocol, two.protocol)
    one_document = one.citation.document == two.citation.document
    if points < _SAME or (one_document and circumstance in ("same-harness", "unknown")):
        return None  # copied, or two rows of one table that its words do not tell apart
    return MeasurementGap(
        model=model, benchmark=benchmark, circumstance=circumstance, points=round(points, 3),
        sources=(one.citation.document, two.citation.document),
    )  # fmt: skip


def _read_remeasured(folder: Path, without: str | None) -> list[MeasurementGap]:
    """What people measured themselves; a folder without the file has none."""
    path = folder / "remeasured.yaml"
    rows = load_yaml(path, list[_Remeasured]) if path.is_file() else []
    return [
        MeasurementGap(
            model=row.model, benchmark=row.benchmark,
            circumstance="quantised" if row.gap == "quantised" else "own",
            points=round(abs(row.published - row.measured), 3), sources=(row.source,),
        )
        for row in rows
        if row.source != without
    ]  # fmt: skip


@lru_cache(maxsize=8)
def gap_model(evidence: Evidence) -> GapModel:
    """The shapes that an evidence base makes; the same base is fitted once."""
    return fit_gaps(collect_gaps(evidence))


def fit_gaps(gaps: Sequence[MeasurementGap]) -> GapModel:
    """The shapes of all groups that have an observation. Own and quantised runs stay out of `None`, whatever differs:
    it says how far apart published scores lie."""
    groups: dict[tuple[str, str | None], list[MeasurementGap]] = defaultdict(list)
    for gap in gaps:
        family = family_of(gap.benchmark)
        kinds: tuple[str | None, ...] = (gap.circumstance, None)
        if gap.circumstance in ("own", "quantised"):
            kinds = ("own",) if gap.circumstance == "own" else ("own", "quantised")
        for kind in kinds:
            groups[family, kind].append(gap)
            groups["", kind].append(gap)
    shapes = {key: _fit(group) for key, group in groups.items()}
    if ("", None) not in shapes:  # an evidence base with one source for each number
        shapes["", None] = GapShape(scale=20.0, gaps=0, models=0)
    return GapModel(shapes=shapes)


def _fit(gaps: Sequence[MeasurementGap]) -> GapShape:
    votes: dict[tuple[str, str], int] = defaultdict(int)
    for gap in gaps:
        votes[gap.model, gap.benchmark] += 1
    weighted = [(gap.points, 1.0 / votes[gap.model, gap.benchmark]) for gap in gaps]
    scale = _weighted_median(weighted) / (2.0 ** (1.0 / TAIL) - 1.0)
    return GapShape(scale=max(scale, 1.0), gaps=len(gaps), models=len({gap.model for gap in gaps}))


def _weighted_median(values: Iterable[tuple[float, float]]) -> float:
    ordered = sorted(values)
    half = sum(weight for _, weight in ordered) / 2
    seen = 0.0
    for value, weight in ordered:
        seen += weight
        if seen >= half:
            return value
    return 0.0
