"""Plans and problem subsets: nested, spread over the difficulty bands, independent of everything else."""

from collections import Counter
from pathlib import Path

import pytest

from modelassay.pipeline.plans import Source, load_problems, subset
from modelassay.pipeline.study_file import BenchmarkEntry
from modelassay.sources.problem_sets import load_problem_set

STARTER = load_problem_set("starter")


def ids(limit: int, seed: int = 0) -> list[str]:
    return [p.id for p in subset(STARTER, limit, seed).problems]


@pytest.mark.parametrize("limit", [1, 5, 10, 25])
def test_a_larger_subset_holds_every_smaller_one(limit: int) -> None:
    """More problems later never throw earlier work away."""
    assert set(ids(limit)) < set(ids(limit + 10))
    assert len(ids(limit)) == limit


def test_bands_are_represented_as_in_the_whole() -> None:
    """Half of the problems is half of each band, to within one."""
    whole = Counter(p.difficulty for p in STARTER.problems)
    half = Counter(p.difficulty for p in subset(STARTER, 20, 3).problems)

    assert all(abs(half[band] - whole[band] / 2) <= 1 for band in whole)


def test_the_set_keeps_its_order() -> None:
    """A subset lists problems as the set does."""
    order = [p.id for p in STARTER.problems]

    assert ids(12) == sorted(ids(12), key=order.index)


def test_another_seed_chooses_others() -> None:
    """The seed decides which problems."""
    assert ids(10, 0) != ids(10, 1)


def test_limit_beyond_the_set_is_the_set(tmp_path: Path) -> None:
    """Asking for more problems than there are gives all of them."""
    entry = BenchmarkEntry(name="starter", limit=999)

    assert load_problems(entry, Source(None, True), 0).problems == STARTER.problems
