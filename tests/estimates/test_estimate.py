"""Grades → estimates and comparisons, end to end on small hand-made grades."""

import math
import random
from collections.abc import Mapping

import numpy as np
import pytest

from modelassay.core.errors import InputError
from modelassay.core.measured import Grade, Interval
from modelassay.estimates.compare import SamplingShare, advice, compare, fewest_for_equivalence
from modelassay.estimates.estimate import counts, estimate


def grades(passes: Mapping[str, str], suite: str = "base") -> list[Grade]:
    """One grade per character: `1` passed, `0` failed."""
    return [
        Grade(problem=problem, index=i, suite=suite, outcome="passed" if mark == "1" else "failed")
        for problem, marks in passes.items()
        for i, mark in enumerate(marks)
    ]


def test_counts_are_per_problem_and_suite() -> None:
    """Only the suite asked for; outcomes other than passed count as tried."""
    mixed = grades({"a": "110", "b": "00"}) + grades({"a": "100"}, "plus")

    assert counts(mixed, "base") == {"a": (3, 2), "b": (2, 0)}
    assert counts(mixed, "plus") == {"a": (3, 1)}


def test_two_grades_for_one_sample_are_refused() -> None:
    """A duplicate would weigh twice, or hide the other."""
    with pytest.raises(InputError, match="two grades for sample 0 of a"):
        counts(grades({"a": "1"}) + grades({"a": "0"}), "base")


def test_estimates_come_per_suite_and_k_whatever_the_order() -> None:
    """Mean over problems, not over candidates; shuffled grades give the same numbers."""
    given = grades({"a": "1100", "b": "0000", "c": "111100"}) + grades({"a": "1000"}, "plus")

    found = estimate(given, ks=[2, 1])
    shuffled = random.Random(1).sample(given, len(given))

    assert [(e.suite, e.k) for e in found] == [("base", 1), ("base", 2), ("plus", 1), ("plus", 2)]
    assert found[0].value == pytest.approx((1 / 2 + 0 + 2 / 3) / 3)
    assert found[0].problems == 3
    assert found[0].samples_per_problem == 4
    again = {(e.suite, e.k): e for e in estimate(shuffled, ks=[1, 2])}
    for e in found:
        assert again[e.suite, e.k].value == pytest.approx(e.value, abs=1e-15)
        assert again[e.suite, e.k].interval.low == pytest.approx(e.interval.low, abs=1e-12)


def test_too_few_samples_name_the_problem() -> None:
    """pass@3 of a problem with two graded samples does not exist."""
    with pytest.raises(InputError, match="b has 2 graded samples, pass@3 needs 3"):
        estimate(grades({"a": "111", "b": "11"}), ks=[3])


def test_missing_grades_are_counted_not_guessed() -> None:
    """A grade we failed to give is neither a pass nor a fail; a problem without any refuses the mean."""
    found = estimate(grades({"a": "11", "b": "10"}), ks=[1], expected={"a": 2, "b": 5})

    assert found[0].ungraded == 3
    assert found[0].value == pytest.approx(0.75)
    with pytest.raises(InputError, match="c has 0 graded"):
        estimate(grades({"a": "11"}), ks=[1], expected={"a": 2, "c": 2})


def test_the_whole_benchmark_is_known_better_than_problems_like_these() -> None:
    """With every problem measured only sampling variance is left, and the target says so."""
    given = grades({str(i): "1" * (i % 11) + "0" * (10 - i % 11) for i in range(40)})

    like, whole = (estimate(given, ks=[1], population=p)[0].interval for p in (None, 40))

    assert (like.target, whole.target) == ("problems like these", "this benchmark")
    assert whole.high - whole.low < 0.6 * (like.high - like.low)
    assert like.low < whole.low < whole.high < like.high


@pytest.mark.parametrize("population", [None, 10, 164])
@pytest.mark.parametrize("mark", ["0", "1"])
def test_unanimous_data_reach_the_end_and_stay_uncertain(mark: str, population: int | None) -> None:
    """All failed: from exactly 0 up; all passed: from below up to exactly 1."""
    given = grades({str(i): mark * 3 for i in range(10)})

    interval = estimate(given, ks=[1], population=population)[0].interval

    assert (interval.low == 0.0) == (mark == "0")
    assert (interval.high == 1.0) == (mark == "1")
    assert 0.1 < interval.high - interval.low < 0.4


def test_comparison_swaps_its_sign_with_its_sides() -> None:
    """Candidate minus baseline; the other way round everything is mirrored."""
    old = grades({str(i): "1000" if i % 3 else "0000" for i in range(60)})
    new = grades({str(i): "1110" if i % 4 else "0000" for i in range(60)})

    def one(a: list[Grade], b: list[Grade]) -> tuple[float, float, float, float, str | None]:
        c = compare(a, b, baseline="a", candidate="b", benchmark="x", suite="base", k=1, margin=0.02)
        return c.difference, c.interval.low, c.interval.high, c.probability_better, c.verdict

    d, low, high, chance, said = one(old, new)
    back = one(new, old)

    assert d > 0.3
    assert low > 0
    assert said == "better"
    assert back[:4] == pytest.approx((-d, -high, -low, 1 - chance), abs=1e-9)
    assert back[4] == "worse"


def test_equal_models_tie_only_with_enough_problems() -> None:
    """Ten problems cannot show that two models are within 3 points; and the advice says how many could."""
    few, many = ({str(i): "10" if i % 2 else "00" for i in range(n)} for n in (10, 2000))

    said = [
        compare(
            grades(marks),
            grades(marks),
            baseline="a",
            candidate="b",
            benchmark="x",
            suite="base",
            k=1,
            margin=0.03,
        )
        for marks in (few, many)
    ]

    assert [c.verdict for c in said] == ["not enough data", "tie"]
    assert "a plan of about" in said[0].advice
    assert said[1].advice == ""


def test_runs_without_a_shared_problem_cannot_be_compared() -> None:
    """An error that names both, not a difference of zero."""
    with pytest.raises(InputError, match="share no problem"):
        compare(
            grades({"a": "1"}),
            grades({"b": "1"}),
            baseline="x",
            candidate="y",
            benchmark="z",
            suite="base",
            k=1,
            margin=0.0,
        )


def test_greedy_runs_bring_mcnemars_p_value() -> None:
    """One candidate each: 8 problems solved by the candidate alone and 1 by the baseline alone."""
    old = grades({str(i): "1" if i < 11 else "0" for i in range(40)})
    new = grades({str(i): "1" if 1 <= i < 19 else "0" for i in range(40)})

    found = compare(old, new, baseline="a", candidate="b", benchmark="x", suite="base", k=1, margin=0.0)

    assert found.p_value == pytest.approx(2 * (1 + 9) / 2**9)
    assert found.difference == pytest.approx(7 / 40)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    """95 is not 0.95."""
    with pytest.raises(InputError, match="level"):
        estimate(grades({"a": "10"}), ks=[1], level=level)


def test_a_single_problem_says_almost_nothing() -> None:
    """One problem has an estimate and an interval that admits it knows nearly nothing."""
    interval = estimate(grades({"a": "10"}), ks=[1])[0].interval

    assert interval.high - interval.low > 0.7


def test_more_problems_than_the_benchmark_has_are_refused() -> None:
    """A population smaller than the sample is a mistake somewhere."""
    with pytest.raises(InputError, match="2 problems measured of a benchmark of 1"):
        estimate(grades({"a": "10", "b": "10"}), ks=[1], population=1)


def test_advice_names_samples_only_where_they_could_do_it() -> None:
    """±10 points around 5, wider at a second look: eight times the problems, or samples that take away enough variance."""
    interval = Interval(low=-0.05, high=0.15, level=0.95, method="", target="")

    def said(share: float) -> str:
        return advice(interval, 0.05, 0.0, 100, SamplingShare(share=share, samples=10))

    assert said(0.0).startswith("a plan of about 821 problems")
    assert "fixed before it is run, would settle which is better" in said(0.0)
    assert "about 83 samples for each of these" in said(1.0)
    assert "about 412 samples for each of these" in said(0.9)
    assert "samples" not in said(0.7)


def broken(problems: int, share: float, seed: int) -> tuple[list[Grade], list[Grade]]:
    """A model that nearly always passes, and the same one but that a share of the problems it fails altogether."""
    rng = np.random.default_rng(seed)
    sides: list[dict[str, str]] = [{}, {}]
    for i in range(problems):
        hurt = rng.random() < share
        for side, marks in enumerate(sides):
            marks[str(i)] = "".join("0" if (side and hurt) or rng.random() < 0.03 else "1" for _ in range(20))
    return grades(sides[0]), grades(sides[1])


@pytest.mark.parametrize(
    ("problems", "share", "most"), [(10, 0.06, 0), (40, 0.06, 0), (70, 0.06, 4), (164, 0.06, 4)]
)
def test_a_rival_that_is_broken_on_a_few_problems_is_no_tie(problems: int, share: float, most: int) -> None:
    """Failing 6 % of the problems is more than 5 points: seldom called a tie, and never from a few problems."""
    ties = 0
    for seed in range(40):
        old, new = broken(problems, share, seed)
        found = compare(old, new, baseline="a", candidate="b", benchmark="x", suite="base", k=1, margin=0.05)
        ties += found.verdict == "tie"

    assert ties <= most


@pytest.mark.parametrize(("margin", "level", "fewest"), [(0.05, 0.95, 59), (0.1, 0.95, 29), (0.05, 0.99, 90)])
def test_equivalence_needs_what_the_rule_of_three_asks_for(margin: float, level: float, fewest: int) -> None:
    """(1 − margin)^P is at most 1 − level from exactly so many problems on."""
    assert fewest_for_equivalence(margin, level) == fewest
    assert (1 - margin) ** fewest <= 1 - level < (1 - margin) ** (fewest - 1)


@pytest.mark.parametrize("problems", [5, 10, 20, 50])
@pytest.mark.parametrize("mark", ["0", "1"])
def test_all_failed_is_as_strict_as_the_rule_of_three(problems: int, mark: str) -> None:
    """The interval reaches at least to the rate at which all alike has probability 5 %."""
    interval = estimate(grades({str(i): mark for i in range(problems)}), ks=[1])[0].interval

    assert interval.high - interval.low >= 1 - 0.05 ** (1 / problems)


@pytest.mark.parametrize("problems", [10, 20, 40])
@pytest.mark.parametrize("rate", [0.03, 0.1, 0.5, 0.9, 0.97])
def test_coverage_of_single_answers(problems: int, rate: float) -> None:
    """Exactly, by summing over every outcome: at least 92 % wherever the truth lies."""
    held = 0.0
    for passed in range(problems + 1):
        marks = {str(i): "1" if i < passed else "0" for i in range(problems)}
        interval = estimate(grades(marks), ks=[1])[0].interval
        if interval.low <= rate <= interval.high:
            held += math.comb(problems, passed) * rate**passed * (1 - rate) ** (problems - passed)

    assert held >= 0.92


def test_greedy_answers_have_no_sampling_variance() -> None:
    """Of this very benchmark, decoded greedily, nothing is left to know; of recordings it is."""
    given = grades({str(i): "1" if i % 3 else "0" for i in range(60)})

    greedy, unknown = (estimate(given, ks=[1], population=60, greedy=g)[0].interval for g in (True, False))

    assert greedy.low == greedy.high == pytest.approx(40 / 60)
    assert unknown.high - unknown.low > 0.2


def test_ungraded_samples_bound_the_value() -> None:
    """Three that lack a grade may all have failed or all have passed."""
    (found,) = estimate(grades({"a": "11", "b": "10"}), ks=[1], expected={"a": 2, "b": 5})

    assert found.if_failed == pytest.approx((1 + 1 / 5) / 2)
    assert found.if_passed == pytest.approx((1 + 4 / 5) / 2)
    assert estimate(grades({"a": "11"}), ks=[1], expected={"a": 2})[0].if_failed is None
