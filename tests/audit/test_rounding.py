"""Numbers as printed: digits, rounding, truncation, agreement."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.audit.rounding import agree, counts, print_share


@pytest.mark.parametrize(
    ("written", "value", "decimals"),
    [("65.2%", 0.652, 1), ("65", 0.65, 0), ("0.652", 0.652, 1), ("0.65", 0.65, 0), ("65.24 %", 0.6524, 2), ("~36%", 0.36, 0), ("66.70", 0.667, 2), ("65,2 %", 0.652, 1)],
)  # fmt: skip
def test_digits_come_from_the_text(written: str, value: float, decimals: int) -> None:
    """Percent and fraction of the same precision have the same number of decimals in percent."""
    assert print_share(value, written).decimals == decimals


@pytest.mark.parametrize(
    ("claim", "fact", "problems", "same"),
    [
        ("65.2", "65.2", 164, True),
        ("65", "65.2", 164, True),
        ("65", "65.9", 164, False),
        ("65.24", "65.2", 164, True),
        ("65.21", "65.2", 164, False),  # no k/164 is printed so
        ("78.7", "78.6", 164, True),  # 129 of 164, rounded and truncated
        ("78.8", "78.6", 164, False),
        ("31.4", "31.44", None, True),
        ("35.9", "35.93", None, True),
        ("36.0", "35.93", None, False),
        ("66.70", "66.7", None, True),
        ("66.73", "66.7", None, True),
        ("66.76", "66.7", None, True),  # 66.7 may be truncated
        ("66.81", "66.7", None, False),
    ],
)
def test_agreement_allows_for_digits_and_rounding(
    claim: str, fact: str, problems: int | None, same: bool
) -> None:
    """Two printed numbers agree when one measurement can be printed as both."""
    one, two = (print_share(float(text) / 100, text) for text in (claim, fact))
    assert agree(one, two, problems) is same


def test_about_reaches_one_unit_and_round_numbers_further() -> None:
    """ "~65" covers 65.9, "~30.5" doesn't cover 30.9, "~80" covers 78.9."""
    for written, fact, same in (
        ("65", 65.9, True),
        ("30.5", 30.9, False),
        ("80", 78.9, True),
        ("80", 74.4, False),
    ):
        claim = print_share(float(written) / 100, f"~{written}", approximate=True)
        assert agree(claim, print_share(fact / 100, str(fact)), 164) is same


def test_a_range_covers_what_lies_in_it() -> None:
    """ "28-32%" agrees with 28.7 and not with 34.8."""
    claim = print_share(0.28, "28-32%", high=0.32)
    assert agree(claim, print_share(0.287, "28.7"), 164)
    assert not agree(claim, print_share(0.348, "34.8"), 164)


@settings(deadline=None)  # a busy machine is no error
@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 3))
def test_every_rounded_share_is_attainable(solved: int, problems: int, decimals: int) -> None:
    """Printing k/N rounded gives a number for which k is found again."""
    solved = min(solved, problems)
    share = (Decimal(100) * solved / problems).quantize(Decimal(1).scaleb(-decimals))
    number = print_share(float(share) / 100, f"{share}%")
    assert solved in counts(number, problems)


@settings(deadline=None)  # a busy machine is no error
@given(st.integers(0, 164), st.integers(0, 164))
def test_different_counts_never_agree_at_two_decimals(one: int, two: int) -> None:
    """On 164 problems two different counts differ by 0.6 points and are never one measurement."""
    a, b = (print_share(round(k / 164, 4), f"{100 * k / 164:.2f}") for k in (one, two))
    assert agree(a, b, 164) is (one == two)
