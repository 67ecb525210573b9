"""pass@k before a date and from it on, as it is kept and shown."""

from datetime import date

from modelassay.core.measured import Interval
from modelassay.core.records import Record


class DatedPart(Record):
    """pass@k over the `problems` on one side of the date, in [0, 1], with its interval."""

    value: float
    interval: Interval
    problems: int


class DateSplit(Record):
    """pass@k of one model under one suite on problems dated before `cutoff`, and on those dated from it on.

    difference: after minus before, in [−1, 1], with the interval of two independent sets of problems. undated:
    problems without a date, which take no part. baseline, against: that difference less the same of the baseline, over
    the problems that both have, where there is one: what is left when later problems are as much harder for both.
    """

    model: str
    benchmark: str
    suite: str
    k: int
    cutoff: date
    before: DatedPart
    after: DatedPart
    difference: float
    interval: Interval
    undated: int = 0
    baseline: str | None = None
    against: float | None = None
    against_interval: Interval | None = None
