"""How a grading went, as its summary, its report and the JSON of both have it."""

from modelassay.core.records import Record


class CommonError(Record):
    """The error that most samples share, and how many do."""

    error: str
    samples: int


class Health(Record):
    """What a reader should know of a grading before its scores, counted over samples that have grades.

    with_program: a program was found, and it is Python. failed_at_load: it ended before the first call. extraction: by
    which rule it was found → samples. cut: what was cut away for that → samples. not_taken: rules on request that would
    have found one → samples. common_error: shared by most; None where no two share one. ungraded: problem → why samples
    of it have no grade. sealed: samples whose tests ran beside them, in one sandboxed process, which promises less
    (docs/security.md). alarms: what no healthy run shows, in words.
    """

    samples: int
    with_program: int
    failed_at_load: int
    extraction: dict[str, int]
    cut: dict[str, int]
    not_taken: dict[str, int]
    common_error: CommonError | None
    ungraded: dict[str, str]
    sealed: int
    alarms: tuple[str, ...]
