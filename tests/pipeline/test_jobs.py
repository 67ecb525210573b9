"""Plans and problem subsets: nested, spread over the difficulty bands, independent of everything else."""

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem, ProblemSet
from modelassay.pipeline.plan.problems import (
    How,
    Source,
    difficulty_bands,
    load_problems,
    population_of,
    subset,
)
from modelassay.pipeline.plan.study_file import BenchmarkEntry
from modelassay.sources.problems.problem_sets import load_problem_set

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
    entry = BenchmarkEntry(name="starter", problems=999)

    assert load_problems(entry, tmp_path, Source(None, True), 0).problems == STARTER


def test_named_problems_are_those_in_the_sets_order(tmp_path: Path) -> None:
    """`ids` asks exactly these."""
    wanted = (STARTER.problems[7].id, STARTER.problems[2].id)

    chosen = load_problems(BenchmarkEntry(name="starter", ids=wanted), tmp_path, Source(None, True), 0)

    assert [p.id for p in chosen.problems.problems] == list(reversed(wanted))
    assert chosen.how == "by name"


def test_an_unknown_id_is_named(tmp_path: Path) -> None:
    """A typing mistake is no smaller set."""
    with pytest.raises(InputError, match="starter has no problem 'nope'"):
        load_problems(BenchmarkEntry(name="starter", ids=("nope",)), tmp_path, Source(None, True), 0)


def test_without_stated_difficulty_thirds_by_length_are_represented() -> None:
    """HumanEval states none: short, middling and long references come in equal parts."""
    plain = tuple(msgspec.structs.replace(p, difficulty=None) for p in STARTER.problems)
    bands = difficulty_bands(plain)
    chosen = subset(msgspec.structs.replace(STARTER, problems=plain), 12, 5)

    assert Counter(bands[p.id] for p in chosen.problems) == {"0": 4, "1": 4, "2": 4}


@pytest.mark.parametrize(("how", "expected"), [("all", 40), ("at random", 40)])
def test_this_benchmark_counts_all_its_problems(how: How, expected: int) -> None:
    """A random part speaks of the whole."""
    assert population_of("this benchmark", "starter", how, 40) == expected


def test_problems_by_name_do_not_speak_of_the_benchmark() -> None:
    """Whoever picks problems knows something about them."""
    with pytest.raises(InputError, match="chosen by name"):
        population_of("this benchmark", "starter", "by name", 40)


def test_no_band_gets_the_odd_problem_more_often_than_another() -> None:
    """Five of sixty: over many seeds each third of the set, easy to hard, has a third of the problems."""
    whole = ProblemSet(
        name="x", version="1", sha256="", licence="",
        problems=tuple(
            Problem(id=f"p{i}", prompt="", entry_point="f", suites=(), reference="#" * i) for i in range(60)
        ),
    )  # fmt: skip
    found = [0, 0, 0]
    for seed in range(600):
        for problem in subset(whole, 5, seed).problems:
            found[int(problem.id[1:]) // 20] += 1

    assert max(abs(count / 3000 - 1 / 3) for count in found) < 0.02
    assert {p.id for p in subset(whole, 5, 3).problems} < {p.id for p in subset(whole, 9, 3).problems}
