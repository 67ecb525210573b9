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
    ("a b\n", "a\nb\n", {"codecontests", "float", "apps"}),
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
