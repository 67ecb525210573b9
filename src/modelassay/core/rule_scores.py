"""Scores of the same outputs under several rules of comparison."""

from modelassay.core.records import Record


class PassAtK(Record):
    """One pass@k in [0, 1] with its interval."""

    value: float
    low: float
    high: float
    level: float


class RuleScore(Record):
    """pass@k of the same outputs under one rule, keyed by k."""

    comparison: str
    passed: int
    pass_at_k: dict[str, PassAtK]


class Disagreement(Record):
    """Samples on which the rules disagree. reasons: in what their outputs differ from the expected ones → samples."""

    samples: int
    reasons: dict[str, int]
    examples: tuple[str, ...]  # problem and index of the first ones
