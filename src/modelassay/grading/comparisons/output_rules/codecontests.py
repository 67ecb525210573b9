"""Rule `codecontests`: word by word without regard to case; numbers within 1e-5."""

from modelassay.grading.comparisons.output_rules.float_tolerance import Tolerance, words_agree

TOLERANCE = Tolerance(1e-5, 0.0)


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    return words_agree(got.casefold().split(), expected.casefold().split(), TOLERANCE)
