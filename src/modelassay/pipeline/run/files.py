"""A run's samples and grades as they lie on disk, in order of problem, index and suite."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Problem
from modelassay.core.stored_records import Stored
from modelassay.core.workdir import RunDir

R = TypeVar("R", Completion, Grade)


def stored_completions(
    run: RunDir, problems: Sequence[Problem], keep: Callable[[Completion], bool] = lambda _: True
) -> Stored[Completion]:
    """The samples of these problems that a run holds, each once."""
    place = {p.id: i for i, p in enumerate(problems)}
    return Stored(
        run.completions, Completion,
        key=lambda c: place[c.problem] << 32 | c.index,
        keep=lambda c: c.problem in place and keep(c),
        shift=32,
    )  # fmt: skip


def stored_grades(
    run: RunDir, problems: Sequence[Problem], keep: Callable[[Grade], bool] = lambda _: True
) -> Stored[Grade]:
    """The grades of these problems' samples that a run holds, one per sample and suite."""
    place = {p.id: i for i, p in enumerate(problems)}
    suites = {(p.id, name): i for p in problems for i, name in enumerate(sorted(s.name for s in p.suites))}
    return Stored(
        run.grades, Grade,
        key=lambda g: (place[g.problem] << 32 | g.index) << 8 | suites[g.problem, g.suite],
        keep=lambda g: (g.problem, g.suite) in suites and keep(g),
        shift=40, item=8,
    )  # fmt: skip


def graded_candidates(grades: Stored[Grade]) -> int:
    """How many samples these grades are of."""
    return grades.number_of_items


def spans(records: Sequence[Any]) -> dict[str, slice]:
    """Problem → where its records stand among these completions or grades, which lie together."""
    if isinstance(records, Stored):
        return {records[group.start].problem: group for group in records.groups()}
    found: dict[str, slice] = {}
    for place, record in enumerate(records):
        begin = found[record.problem].start if record.problem in found else place
        found[record.problem] = slice(begin, place + 1)
    return found


def part(records: Sequence[R], places: slice | None) -> Iterator[R]:
    """The records at these places, one after another; None for none. Those on disk are not held together in memory."""
    if places is None:
        return iter(())
    return records.within(places) if isinstance(records, Stored) else iter(records[places])
