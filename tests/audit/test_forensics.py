"""Arithmetic of one number: attainable counts, which MBPP, intervals, size class."""

from collections.abc import Callable

import pytest

from modelassay.audit.context import Context
from modelassay.audit.forensics import (
    attainable_sizes,
    check_attainable,
    check_range,
    check_scale,
    check_size_class,
    sampled_sizes,
)
from modelassay.audit.rounding import print_share
from modelassay.core.published import Claim
from modelassay.evidence.base import Evidence

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
MBPP = (974, 500, 427, 399, 378)


@pytest.mark.parametrize(
    ("percent", "sizes"),
    [("65.3", (974, 427, 378)), ("60.2", (974, 500, 427, 399)), ("45.1", (974, 427, 399)), ("44.6", (974, 500, 399)), ("69.2", (974, 500, 399))],
)  # fmt: skip
def test_digits_tell_which_mbpp(percent: str, sizes: tuple[int, ...]) -> None:
    """A one-decimal score fits only some of the problem sets called MBPP."""
    assert attainable_sizes(print_share(float(percent) / 100, percent), MBPP) == sizes


def test_41_1_is_no_count_of_164_but_a_sampled_score() -> None:
    """41.1 lies between 67/164 and 68/164; with 10 samples per problem it is attainable."""
    number = print_share(0.411, "41.1%")
    assert attainable_sizes(number, (164,)) == ()
    assert 10 in sampled_sizes(number, 164, None)


def test_truncated_prints_are_attainable() -> None:
    """78.6 is 129 of 164 truncated; 78.9 is no count at all."""
    assert attainable_sizes(print_share(0.786, "78.6"), (164,)) == (164,)
    assert attainable_sizes(print_share(0.789, "78.9"), (164,)) == ()


def test_a_greedy_score_off_the_grid_is_refuted_and_an_unknown_one_doubted(
    evidence: Evidence, score: Callable[..., Claim]
) -> None:
    """Only a stated greedy run makes arithmetic a refutation."""
    context = Context((), evidence)
    unknown = check_attainable(score(DEEPSEEK, "humaneval", 41.1), context)
    greedy = check_attainable(score(DEEPSEEK, "humaneval", 41.1, temperature=0.0), context)
    assert [r.severity for r in unknown] == ["doubts"]
    assert [r.severity for r in greedy] == ["refutes"]


def test_about_and_whole_numbers_are_left_alone(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """Arithmetic says nothing about "~41.1" or "41"."""
    context = Context((), evidence)
    assert check_attainable(score(DEEPSEEK, "humaneval", 41.1, "~41.1%"), context) == []
    assert check_attainable(score(DEEPSEEK, "humaneval", 41, "41%"), context) == []


def test_an_attainable_score_gets_its_interval(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """65.2 of 164 problems is 107 solved, and 58 to 72 % with 95 % confidence."""
    (remark,) = check_attainable(score(DEEPSEEK, "humaneval", 65.2), Context((), evidence))
    assert remark.message == "107 of 164 problems: 95% interval 57.7 to 72.1%"


def test_a_share_above_one_is_refuted(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """A pass rate of 120 % is a slip."""
    (remark,) = check_range(score(DEEPSEEK, "humaneval", 120.0), Context((), evidence))
    assert remark.verdict == "contradicted"


def test_a_fraction_with_a_percent_sign_is_named(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """0.652 % where the source has 65.2 % is a scale error."""
    (remark,) = check_scale(score(DEEPSEEK, "humaneval", 0.652, "0.652%"), Context((), evidence))
    assert "fraction" in remark.message


def test_a_score_above_its_size_class_is_doubted(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """No model near 1.35B has 95 % on HumanEval."""
    context = Context((), evidence)
    assert [r.severity for r in check_size_class(score(DEEPSEEK, "humaneval", 95.1), context)] == ["doubts"]
    assert check_size_class(score(DEEPSEEK, "humaneval", 65.2), context) == []
