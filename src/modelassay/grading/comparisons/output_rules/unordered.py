"""Rule `unordered`: as `lines`, but the lines may come in any order; empty lines do not count."""

from modelassay.grading.comparisons.output_rules.lines import rows


def agrees(got: str, expected: str) -> bool:
    """Whether an output is right."""
    return sorted(filter(None, rows(got))) == sorted(filter(None, rows(expected)))
