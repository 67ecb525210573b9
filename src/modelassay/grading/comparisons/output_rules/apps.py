"""Rule `apps`: a cascade, of which one step has to hold.

The same lines without blanks around them; the same without empty lines; all numbers near each other (1e-8 and 1e-5 of the
expected number); the same lines in any order and number; the same sets of words, line by line in any order.
"""

from modelassay.grading.comparisons.output_rules.float_tolerance import Tolerance, words_agree

TOLERANCE = Tolerance(1e-8, 1e-5)


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    mine, right = _rows(got), _rows(expected)
    if mine == right or words_agree(got.split(), expected.split(), TOLERANCE):
        return True
    return set(mine) == set(right) or _words(mine) == _words(right)


def _rows(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _words(rows: list[str]) -> set[frozenset[str]]:
    return {frozenset(row.split()) for row in rows}
