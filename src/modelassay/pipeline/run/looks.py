"""How often a pair of models was compared before, with other data: what is known of it lies in the runs' folders.

Whoever looks at ten problems, then at twenty, then at forty, and stops at the first verdict, is wrong far more often
than one look is. So every comparison that carries a verdict leaves a line in its run's `looks.jsonl`, and a comparison
of the same pair with more or other data is known as a further look, which is taken at a stricter level
(estimates/several.py, look_level). The same data looked at again are the same look.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import StorageError
from modelassay.core.measured import Grade, SamplingPlan
from modelassay.core.records import Record
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import RunDir


class Look(Record):
    """One look at a pair. data: a hash of all grades it rested on. shared: one short hash for each problem."""

    pair: str
    benchmark: str
    suite: str
    k: int
    data: str
    shared: tuple[str, ...]
    number: int


@dataclass(frozen=True)
class Pair:
    """Who is compared with whom, and in what."""

    baseline: SamplingPlan
    candidate: SamplingPlan
    suite: str
    k: int

    @property
    def names(self) -> str:
        """Both models with their protocol and temperature; seeds and problems are what grows."""
        return " against ".join(map(_name, (self.candidate, self.baseline)))


def look_number(run: RunDir, pair: Pair, old: Iterable[Grade], new: Iterable[Grade]) -> int:
    """Which look this is, from 1; it is written to the run's folder."""
    sides = [_answers(grades, pair.suite) for grades in (old, new)]
    lines = sorted(f"{p} {sides[0][p]} {sides[1][p]}" for p in sides[0].keys() & sides[1].keys())
    shared = tuple(
        sorted(filter(None, (_same(sides[0][p], sides[1][p], p) for p in sides[0].keys() & sides[1])))
    )
    return _numbered(run, pair, _digest("\n".join(lines)), shared)


def comparison_number(run: RunDir, pair: Pair) -> int:
    """Which look a sequential comparison is: the plans decide it, not what came out, so a kill changes nothing."""
    return _numbered(run, pair, _digest(f"race {pair.baseline.hash} {pair.candidate.hash}"), ())


def _numbered(run: RunDir, pair: Pair, data: str, shared: tuple[str, ...]) -> int:
    about = pair.candidate.benchmark, pair.suite, pair.k
    known = [
        look
        for path in _histories(run.root)
        for look in read_records(path, Look)
        if (look.benchmark, look.suite, look.k) == about
        and (look.pair == pair.names or _overlap(look.shared, shared))
    ]
    for look in known:
        if look.data == data:
            return look.number
    number = 1 + max((look.number for look in known), default=0)
    mine = read_records(run.looks, Look)
    # A folder that may only be read can be compared all the same; it then has no history.
    with contextlib.suppress(StorageError):
        write_records(run.looks, [*mine, Look(pair.names, *about, data, shared, number)])
    return number


def _histories(root: Path) -> list[Path]:
    """The histories of this run and of those beside it."""
    return sorted(root.resolve().parent.glob("*/looks.jsonl"))


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether half of the smaller one's problems have the very same first answers in the other, whatever its name."""
    return bool(one and other) and 2 * len(set(one) & set(other)) >= min(len(one), len(other))


def _answers(grades: Iterable[Grade], suite: str) -> dict[str, tuple[int, int, str]]:
    """Problem → samples graded, samples passed, hash of the first sample's text."""
    found: dict[str, tuple[int, int, str]] = {}
    lowest: dict[str, int] = {}
    for g in grades:
        if g.suite != suite:
            continue
        n, c, text = found.get(g.problem, (0, 0, ""))
        if g.index <= lowest.get(g.problem, g.index):
            lowest[g.problem], text = g.index, g.text_sha256
        found[g.problem] = n + 1, c + (g.outcome == "passed"), text
    return found


def _same(old: tuple[int, int, str], new: tuple[int, int, str], problem: str) -> str:
    """A short hash of a problem's first answers on both sides; "" where their texts are unknown."""
    return _digest(f"{problem} {old[2]} {new[2]}")[:8] if old[2] and new[2] else ""


def _name(plan: SamplingPlan) -> str:
    heat = "" if plan.decoding is None else f" T {plan.decoding.temperature:g}"
    return f"{plan.model} {plan.protocol}{heat}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
