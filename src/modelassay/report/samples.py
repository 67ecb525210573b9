"""What the viewer of samples shows. Handed to the HTML renderer beside the report; never part of study.json."""

from modelassay.core.measured import Grade, Outcome
from modelassay.core.records import Record


class Seen(Record):
    """What one suite said of one sample. `detail` names the test that failed, with input, expected and got."""

    suite: str
    outcome: Outcome
    detail: str = ""
    run_seconds: float = 0.0


def seen_of(grade: Grade) -> Seen:
    """A grade as the viewer shows it: how many tests were passed, where they are counted, stands before the first failure."""
    counted = grade.tests is not None and grade.tests > 1 and grade.outcome not in ("passed", "no-program")
    head = f"{grade.tests_passed} of {grade.tests} tests passed. " if counted else ""
    return Seen(
        suite=grade.suite, outcome=grade.outcome, detail=head + grade.detail, run_seconds=grade.run_seconds
    )


class SampleView(Record):
    """One sample. text: as the model wrote it. program: what was graded, `None` when none was found.

    extraction: how the program was found. seen: one per graded suite; empty when it is not graded (yet).
    """

    index: int
    text: str
    program: str | None = None
    extraction: str = ""
    seen: tuple[Seen, ...] = ()
    completion_tokens: int | None = None
    finish_reason: str | None = None


class ProblemSamples(Record):
    """All samples of one run for one problem: what the viewer opens at a click.

    run: `RunReport.id`. statement: the problem as the benchmark gives it. prompt: as sent to the model
    (for a chat model with its template), "" when it is not known (a replay).
    """

    run: str
    problem: str
    statement: str
    samples: tuple[SampleView, ...]
    prompt: str = ""
    reference: str = ""
