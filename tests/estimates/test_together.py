"""Several models against one baseline: one level for all, and who is first."""

from dataclasses import replace

import pytest

from modelassay.core.measured import Grade
from modelassay.estimates.together import Question, compare_together

QUESTION = Question(benchmark="starter", suite="base", k=1, margin=0.05, level=0.95)


def grades(passed: int, *, problems: int = 40, n: int = 4) -> list[Grade]:
    """`passed` of the problems are always solved, the others never."""
    return [
        Grade(problem=str(p), index=i, suite="base", outcome="passed" if p < passed else "failed")
        for p in range(problems)
        for i in range(n)
    ]


def test_one_other_keeps_the_level() -> None:
    """With a single comparison only later looks are allowed for, and there is no third to be first."""
    (found,) = compare_together(("a", grades(10)), [("b", grades(20))], QUESTION)

    assert found.interval.level == pytest.approx(0.96)
    assert found.probability_first is None


def test_two_others_share_the_level() -> None:
    """Both intervals hold together, so each is wider, and the better one is first with the higher probability."""
    alone = compare_together(("a", grades(10)), [("b", grades(20))], QUESTION)[0]

    first, second = compare_together(("a", grades(10)), [("b", grades(20)), ("c", grades(12))], QUESTION)

    assert first.interval.level == pytest.approx(0.98)
    assert first.interval.low < alone.interval.low < alone.interval.high < first.interval.high
    assert first.probability_first is not None
    assert second.probability_first is not None
    assert 0.9 < first.probability_first <= 1 - second.probability_first


def test_a_further_look_is_stricter_and_only_stated_comparisons_carry_verdicts() -> None:
    """The second look at a pair has a tenth of the error; a difference beside the headline has no verdict."""
    sides = ("a", grades(10)), [("b", grades(20))]

    (again,) = compare_together(*sides, QUESTION, looks=[2])
    (beside,) = compare_together(*sides, replace(QUESTION, stated=False))

    assert again.interval.level == pytest.approx(0.995)
    assert again.look == 2
    assert (beside.verdict, beside.advice) == (None, "")
    assert beside.interval.level == pytest.approx(0.96)


def test_runs_of_the_same_name_are_told_apart() -> None:
    """Two settings of one model may be compared with a third."""
    found = compare_together(("a", grades(10)), [("b", grades(20)), ("b", grades(5))], QUESTION)

    assert [c.probability_first is not None and c.probability_first > 0.5 for c in found] == [True, False]


def test_nobody_to_compare() -> None:
    """A baseline alone is no comparison."""
    assert compare_together(("a", grades(1)), [], QUESTION) == []
