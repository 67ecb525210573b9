"""Numbers and names as a reader sees them."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.report.scales import log_scale, share_scale, spread
from modelassay.report.terminal import fit, width
from modelassay.report.wording import (
    anchor,
    duration,
    percent,
    probability,
    quantity,
    rule_in_words,
    signed,
    visible,
    web,
)


def test_percent_keeps_one_decimal_and_unknown_is_a_dash() -> None:
    """A share becomes percent here and nowhere else."""
    assert [percent(0.43902), percent(1.0), percent(None)] == ["43.9%", "100.0%", "–"]


def test_a_difference_carries_its_sign_except_zero() -> None:
    """No `-0.0` and a real minus sign."""
    assert [signed(0.073), signed(-0.01), signed(-0.0001)] == ["+7.3", "−1.0", "0.0"]


def test_no_probability_is_certain() -> None:
    """A finite study never shows 1.00 or 0.00."""
    assert [probability(0.9999), probability(0.98), probability(0.0)] == [">0.99", "0.98", "<0.01"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.03124, "0.0312"), (4.567, "4.57"), (128.4, "128"), (12400.0, "12,400"), (0.0, "0"), (None, "–")],
)
def test_rates_have_three_meaningful_digits(value: float | None, shown: str) -> None:
    """Neither false precision nor exponents."""
    assert quantity(value) == shown


def test_durations_are_read_aloud() -> None:
    """Seconds, minutes or hours, whichever a person would say."""
    assert [duration(s) for s in (0.84, 45, 185, 7800)] == ["0.84 s", "45 s", "3 min 5 s", "2 h 10 min"]


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_visible_text_holds_no_control_surrogate_or_direction_mark(text: str) -> None:
    """Whatever a model wrote, what is shown can be encoded and cannot steer a terminal or the reading order."""
    shown = visible(text)

    shown.encode("utf-8")
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not set(shown) & set("\x7f\x9b\u202e\u2066\u200f")


def test_anchors_of_different_names_differ() -> None:
    """`a/b` and `a-b` are two things."""
    assert anchor("run", "a/b") != anchor("run", "a-b")
    assert anchor("run", "a-b") == "run-a-b"


def test_only_web_addresses_become_links() -> None:
    """A source's address cannot run a script."""
    assert web("javascript:alert(1)") == ""
    assert web("https://arxiv.org/abs/2401.14196") != ""


def test_wide_characters_take_two_columns() -> None:
    """The summary stays inside its columns for names in any script."""
    assert width("模型") == 4
    assert width(fit("模型模型模型", 7)) <= 7


@given(st.lists(st.floats(0, 1), min_size=1))
def test_an_axis_of_percent_holds_all_its_values(values: list[float]) -> None:
    """Nothing is drawn outside, and the axis is never so short that noise looks like a difference."""
    scale, ticks = share_scale(values, 300, 10)

    assert scale.low <= min(values)
    assert scale.high >= max(values)
    assert scale.high - scale.low >= 0.19
    assert 2 <= len(ticks) <= 7


@given(st.lists(st.floats(1e-6, 1e12), min_size=1, max_size=5))
def test_a_logarithmic_axis_holds_ticks(values: list[float]) -> None:
    """A single value, close ones and ones that lie far apart give an axis that can be read."""
    scale, ticks = log_scale(values, 0, 100)

    assert 2 <= len(ticks) <= 7
    assert all(scale.low <= tick <= scale.high for tick in ticks)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([626.0, 791.0], [600.0, 800.0]),
        ([21.0], [20.0, 25.0]),
        ([3.0, 40.0], [5.0, 10.0, 20.0, 50.0]),
        ([1.0, 1000.0], [1.0, 10.0, 100.0, 1000.0]),
    ],
)
def test_ticks_are_round_numbers(values: list[float], expected: list[float]) -> None:
    """1, 2, 5 times a power of ten where they are enough, multiples of such a step where values lie close."""
    assert log_scale(values, 0, 100)[1] == expected


@given(st.lists(st.floats(0, 300), min_size=1, max_size=12))
def test_labels_do_not_cover_each_other(places: list[float]) -> None:
    """They are pushed apart, keep their order and stay inside."""
    put = spread(places, 19, 0, 300)
    ordered = sorted(put)

    assert all(b - a > 18.9 for a, b in itertools.pairwise(ordered))
    assert ordered[0] >= -0.01
    assert ordered[-1] <= 300.01


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ("none", "as it stands"),
        ("none-found; not taken: fence", "nothing found; not taken: fence"),
        ("fence", "fence"),
    ],
)
def test_a_rule_of_extraction_is_said_in_words(rule: str, shown: str) -> None:
    """`none` is a rule that takes an answer as it is, not the absence of a program."""
    assert rule_in_words(rule) == shown
