"""Best of n as it is kept on disk and shown: problems solved by one answer picked from n samples."""

from modelassay.core.measured import Interval
from modelassay.core.records import Record


class Gain(Record):
    """What a selector solves more than a random choice does, as a share of the problems, paired by problem."""

    value: float
    interval: Interval


class BestOf(Record):
    """Expected number of problems solved by one answer picked from n samples, by who picks.

    oracle: always a right one if there is one. shown: one that passes the tests in the prompt, where there are any
    (`with_tests` of the problems) and any passes. agreement: one of the largest group of equal programs. anybody: any.
    intervals: the same names → interval of the share of problems solved. gains: those but `anybody` → gain over it.
    Every interval is for the population of problems and holds by itself, for an n and a selector named before.
    """

    suite: str
    n: int
    problems: int
    with_tests: int
    oracle: float
    shown: float
    agreement: float
    anybody: float
    intervals: dict[str, Interval]
    gains: dict[str, Gain]


class BestOfCurve(Record):
    """The curve of a run; enough: selector → n beyond which a further sample adds less than `gain` problems.

    rests_on: a hash of the run's grades that it was made of.
    """

    points: tuple[BestOf, ...]
    gain: float
    enough: dict[str, int | None]
    rests_on: str = ""
