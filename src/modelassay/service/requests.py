"""Requests to grade, as JSON: what may stand in them, and the answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.measured import Grade
from modelassay.core.problems import OutputRule, Problem, Programs
from modelassay.core.records import Record
from modelassay.grading.work import Finished
from modelassay.sources.problems.custom_problems import problems_of_rows

T = TypeVar("T")
WHERE: Final = Path("problems")  # how errors name the list of problems of a request


class SampleRow(msgspec.Struct):
    """One sample of a request. id: the caller's own name for it, given back with the result; its place by default."""

    task_id: str | int
    completion: str
    id: str | int | None = None


class GradeRequest(msgspec.Struct):
    """The body of POST /v1/grade. problems: rows as `assay grade --problems` takes them."""

    problems: list[dict[str, Any]]
    samples: list[SampleRow]
    comparison: str | None = None
    deadline_seconds: float | None = None


class Result(Record):
    """One verdict. reward: in [0, 1]; see `Grade.reward`. test_results: see `Grade.test_results`. seconds: of CPU."""

    id: str | int
    task_id: str | int
    outcome: str
    passed: bool
    reward: float
    tests_passed: int | None
    tests: int | None
    test_results: tuple[bool | None, ...] | None
    detail: str
    seconds: float


class Ungraded(Record):
    """A sample without a verdict, through no fault of its own, and why. It has no reward; 0 would be a lie."""

    id: str | int
    reason: str


class GradeAnswer(Record):
    """What POST /v1/grade answers: every sample is in one of the two lists."""

    results: list[Result]
    ungraded: list[Ungraded]


def decoded(body: bytes, kind: type[T]) -> T:
    """A body of that kind. Raises InputError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"the body is not such a request: {error}", hint='send {"problems": […], "samples": […]}'
        ) from error


def read_problems(rows: Sequence[dict[str, Any]], comparison: str | None) -> dict[str, Problem]:
    """The problems by id, under the rule that the request names. Raises InputError with the number of the row."""
    if comparison is not None and comparison not in get_args(OutputRule):
        raise InputError(
            f"comparison {comparison!r} is unknown", hint=f"give one of {', '.join(get_args(OutputRule))}"
        )
    problems = problems_of_rows(enumerate(rows, 1), WHERE)
    return {p.id: p if comparison is None else _compared(p, comparison) for p in problems}


def _compared(problem: Problem, rule: str) -> Problem:
    """The problem with another rule for programs' outputs."""
    suites = []
    for suite in problem.suites:
        oracle = suite.oracle
        if isinstance(oracle, Programs):
            if rule == "checker" and not oracle.checker:
                raise InputError(f"{problem.id} has no checker", hint="name another comparison")
            oracle = msgspec.structs.replace(oracle, comparison=rule)
        suites.append(msgspec.structs.replace(suite, oracle=oracle))
    return msgspec.structs.replace(problem, suites=tuple(suites))


def grouped(
    samples: Sequence[SampleRow], problems: dict[str, Problem]
) -> tuple[list[tuple[Problem, list[str]]], list[list[int]]]:
    """The samples by problem, as a grader takes them, and the places of each group's samples in the request.

    Raises InputError for a sample of a problem that is not among them.
    """
    places: dict[str, list[int]] = {}
    for place, sample in enumerate(samples):
        if str(sample.task_id) not in problems:
            raise InputError(
                f"sample {place} is of {str(sample.task_id)!r}, which is not among the problems",
                hint="send the row of every problem with its samples",
            )
        places.setdefault(str(sample.task_id), []).append(place)
    batch = [(problems[name], [samples[i].completion for i in listed]) for name, listed in places.items()]
    return batch, list(places.values())


def answer(
    samples: Sequence[SampleRow], places: Sequence[Sequence[int]], found: Sequence[Finished]
) -> GradeAnswer:
    """The answer to a request, in the order of its samples. Of several suites the last one counts."""
    grades: dict[int, Grade] = {}
    faults: dict[int, str] = {}
    for listed, finished in zip(places, found, strict=True):
        grades.update({listed[grade.index]: grade for grade in finished.grades})
        faults.update({listed[index]: why for index, why in finished.faults.items()})
    results = [
        _result(sample, place, grades[place]) for place, sample in enumerate(samples) if place in grades
    ]
    ungraded = [
        Ungraded(id=_id(sample, place), reason=faults.get(place, "unknown"))
        for place, sample in enumerate(samples)
        if place not in grades
    ]
    return GradeAnswer(results=results, ungraded=ungraded)


def _result(sample: SampleRow, place: int, grade: Grade) -> Result:
    return Result(
        id=_id(sample, place), task_id=sample.task_id, outcome=grade.outcome, passed=grade.outcome == "passed",
        reward=grade.reward, tests_passed=grade.tests_passed, tests=grade.tests, test_results=grade.test_results,
        detail=grade.detail, seconds=grade.run_seconds,
    )  # fmt: skip


def _id(sample: SampleRow, place: int) -> str | int:
    return place if sample.id is None else sample.id
