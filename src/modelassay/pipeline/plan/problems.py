"""The problems a study asks: a named set or the user's own file, whole, at random, or those named."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem, ProblemSet
from modelassay.pipeline.plan.study_file import BenchmarkEntry, Target

How = Literal["all", "at random", "by name"]
BANDS: Final = 3  # of equal size, by length of the reference, where a set states no difficulty


@dataclass(frozen=True)
class Source:
    """Where problem sets may come from: a folder looked at first, and whether the network may be used."""

    data: Path | None
    offline: bool


@dataclass(frozen=True)
class Chosen:
    """The problems to ask, the set they were taken from, and how. own: the set is a file of the user's.

    shuffle: a seed that orders the problems at random, for sampling in rounds; None for the set's own order.
    """

    problems: ProblemSet
    whole: ProblemSet
    how: How = "all"
    own: bool = False
    shuffle: int | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """The problems' ids in the order in which they are asked."""
        ids = [p.id for p in self.problems.problems]
        if self.shuffle is None:
            return tuple(ids)
        return tuple(
            ids[int(i)] for i in np.random.default_rng([self.shuffle, len(ids)]).permutation(len(ids))
        )


def load_problems(entry: BenchmarkEntry, folder: Path, source: Source, seed: int) -> Chosen:
    """What an entry asks for; `folder` is where a relative `file` starts. Raises AssayError."""
    whole = _whole(entry, folder, source)
    own = entry.file is not None
    if entry.ids:
        return Chosen(named(whole, entry.ids), whole, "by name", own)
    if entry.problems is not None and entry.problems < len(whole.problems):
        return Chosen(subset(whole, entry.problems, seed), whole, "at random", own)
    return Chosen(whole, whole, "all", own)


def _whole(entry: BenchmarkEntry, folder: Path, source: Source) -> ProblemSet:
    if entry.file is not None:
        from modelassay.sources.problems.custom_problems import read_problems

        return read_problems(folder / entry.file)
    from modelassay.sources.problems.catalogue import parse_benchmark
    from modelassay.sources.problems.problem_sets import load_problem_set

    name, version = parse_benchmark(entry.name)
    return load_problem_set(name, version, data=source.data, offline=source.offline)


def named(problems: ProblemSet, ids: tuple[str, ...]) -> ProblemSet:
    """The problems of these ids, in the set's own order. Raises InputError for an id it does not have."""
    known = {p.id for p in problems.problems}
    for wanted in ids:
        if wanted not in known:
            raise InputError(
                f"{problems.name} has no problem {wanted!r}",
                hint=f"ids look like {problems.problems[0].id!r}",
            )
    return _only(problems, set(ids))


def subset(problems: ProblemSet, number: int, seed: int) -> ProblemSet:
    """`number` problems, as many of each difficulty band as the whole has, in the set's own order.

    Nested: a larger number with the same seed holds every problem of a smaller one, because a problem's
    place depends only on the seed and its id. Where the set states no difficulty its bands are thirds by the
    length of the reference program, which goes with how many samples fail (docs/protocols.md, "Subsets and custom problems").
    """
    bands: dict[str, list[str]] = {}
    for name, band in difficulty_bands(problems.problems).items():
        bands.setdefault(band, []).append(name)
    # A problem's rank within its band, as a share of the band, spreads the choice evenly over the bands. Each band
    # starts at random, so that none of them gets the odd place more often than another (systematic sampling with a
    # random start; W. Cochran 1977, Sampling Techniques, chapter 8).
    place = {
        name: (rank + _start(seed, band)) / len(names)
        for band, names in bands.items()
        for rank, name in enumerate(
            sorted(names, key=lambda n: hashlib.sha256(f"{seed}/{n}".encode()).digest())
        )
    }
    return _only(problems, set(sorted(place, key=lambda name: (place[name], name))[:number]))


def _start(seed: int, band: str) -> float:
    """Where a band starts, in [0, 1): at random, by the seed."""
    return int.from_bytes(hashlib.sha256(f"{seed}/band {band}".encode()).digest()[:8]) / 2**64


def difficulty_bands(problems: tuple[Problem, ...]) -> dict[str, str]:
    """Problem → its band: as the set states it, else its third by length of the reference program."""
    if any(p.difficulty for p in problems):
        return {p.id: p.difficulty or "" for p in problems}
    ordered = sorted(problems, key=lambda p: (len(p.reference or p.prompt), p.id))
    return {p.id: str(i * BANDS // len(ordered)) for i, p in enumerate(ordered)}


def _only(problems: ProblemSet, ids: set[str]) -> ProblemSet:
    return msgspec.structs.replace(problems, problems=tuple(p for p in problems.problems if p.id in ids))


def population_of(target: Target, name: str, how: How, whole: int) -> int | None:
    """How many problems intervals speak about; None for the population of problems. Raises InputError."""
    if target in ("population of problems", "problems like these"):
        return None
    if how == "by name":
        raise InputError(
            f"problems of {name} chosen by name say nothing of the whole benchmark",
            hint='take the target "population of problems", or `problems = N` in the place of `ids`',
        )
    return whole
