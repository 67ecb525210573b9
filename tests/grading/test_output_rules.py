"""When the output of a program is right, rule by rule."""

import pytest

from modelassay.grading.comparisons.output_rules.differences import difference
from modelassay.grading.comparisons.output_rules.rules import RULES, output_agrees, value_agrees

CASES = [  # got, expected, the rules by which it is right
    ("3\n", "3\n", {*RULES}),
    ("3", "3\n", {*RULES} - {"exact"}),
    ("3 \n\n", "3\n", {*RULES} - {"exact"}),
    ("1.0\n", "1\n", {"livecodebench", "codecontests", "apps", "float"}),
    ("0.3000001\n", "0.3\n", {"codecontests", "apps", "float"}),
    ("YES\n", "yes\n", {"codecontests"}),
    ("b\na\n", "a\nb\n", {"unordered", "apps"}),
    ("a b\n", "a\nb\n", {"codecontests", "float"}),
    ("2 1.00011\n", "1.00012 2\n", {"apps"}),  # rounded to three decimals, in any order
    ("a\n\nb\n", "a\nb\n", {"codecontests", "float", "apps", "unordered"}),
    (" 3\n", "3\n", {"livecodebench", "codecontests", "apps", "float"}),
    ("nan\n", "0\n", set()),
    ("1_0\n", "11\n", set()),
    ("", "3\n", set()),
]


@pytest.mark.parametrize(("got", "expected", "right"), CASES)
def test_a_rule_says_what_is_right(got: str, expected: str, right: set[str]) -> None:
    """What differs between two rules is written down."""
    assert {rule for rule in RULES if output_agrees(rule, got.encode(), expected)} == right


@pytest.mark.parametrize(
    ("got", "expected", "right"),
    [
        ("  3\n 4\n", "3\n4", True),  # blanks around lines
        ("3\n\n4\n", "3\n4\n", True),  # empty lines
        ("3 \n\n4\n", "3\n4\n", True),  # as sets of words
        ("0.300001\n1", "0.3\n1", True),  # one number a line, 1e-5 of the expected one
        ("0.30004 1\n", "0.3 1\n", True),  # three decimals
        ("0.3006 1\n", "0.3 1\n", False),
        ("a\na\nb", "b\na", True),  # lines in any order and number
        ("a b a\n", "b a\n", True),  # words of a line, too
        ("nan\n", "nan x\n", False),
        ("inf\n", "inf\n", True),
        ("inf\n", "1\n", False),
        ("", "", True),
        ("", " \n", True),
    ],
)
def test_the_cascade_of_apps(got: str, expected: str, right: bool) -> None:
    """Step by step, as its maker's judge decides it."""
    assert output_agrees("apps", got.encode(), expected) is right


def test_what_is_no_text_is_never_right() -> None:
    """Half a character is not a replacement character."""
    assert not output_agrees("lines", b"\xc3", "\ufffd")


def test_values_are_compared_as_values() -> None:
    """Not as the texts of JSON."""
    assert value_agrees("livecodebench", b"[1,2]", "[1, 2]")
    assert not value_agrees("livecodebench", b"[2, 1]", "[1, 2]")
    assert value_agrees("unordered", b"[2, 1]", "[1, 2]")
    assert value_agrees("apps", b"3", "[3]")
    assert not value_agrees("livecodebench", b"nonsense", "[3]")


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        ("3 \n\n4", "3\n4\n", "blanks or empty lines"),
        ("3 4", "3\n4\n", "line breaks"),
        ("Yes", "YES", "letter case"),
        ("1.50", "1.5", "how numbers are written"),
        ("0.33333333", "0.3333334", "numbers within 1e-6"),
        ("0.33333", "0.333334", "numbers within 1e-5"),
        ("b\na", "a\nb", "order"),
        ("a\na", "a", "repeated lines"),
        ("a", "b", "something else"),
    ],
)
def test_the_kind_of_a_difference_is_named(got: str, expected: str, said: str) -> None:
    """The first kind that covers all of it."""
    assert difference(got.encode(), expected) == said


@pytest.mark.parametrize(
    ("got", "expected", "said"),
    [
        ("3", "[3]", "a value alone in a list"),
        ("[0.1000000001]", "[0.1]", "numbers within 1e-6"),
        ("[2, 1]", "[1, 2]", "order"),
        ("1", "2", "something else"),
    ],
)
def test_the_kind_of_a_difference_of_values_is_named(got: str, expected: str, said: str) -> None:
    """As of texts."""
    assert difference(got.encode(), expected, value=True) == said
