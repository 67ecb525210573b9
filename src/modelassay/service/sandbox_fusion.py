"""Requests and answers in the shapes of SandboxFusion's /run_code and /submit, so that its clients need only another address.

What is not covered is refused by name, and never answered with a guess: other languages than Python, files to be put
in or fetched, code that extracts the program, data sets by name. Time is CPU time here, and a program that does nothing
for as long is ended, too; an exception shows as its name, message and line, without a traceback.
"""

from typing import Any, Final

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.problems import Problem
from modelassay.core.records import Record
from modelassay.grading.work import BareProgram, Finished
from modelassay.service.requests import read_problems

_PYTHON: Final = ("python", "python3")


class RunRequest(msgspec.Struct):
    """The body of POST /run_code. compile_timeout is taken and not needed."""

    code: str
    language: str
    stdin: str | None = None
    run_timeout: float = 10
    compile_timeout: float = 10
    memory_limit_MB: int = -1  # noqa: N815 - the protocol's name
    files: dict[str, str | None] = {}
    fetch_files: list[str] = []


class CommandResult(Record):
    """How the program ended. execution_time: seconds of CPU."""

    status: str
    execution_time: float | None = None
    return_code: int | None = None
    stdout: str | None = None
    stderr: str | None = None


class RunAnswer(Record):
    """What POST /run_code answers. status: Success, Failed, or SandboxError for a fault of ours."""

    status: str
    message: str = ""
    compile_result: CommandResult | None = None
    run_result: CommandResult | None = None
    executor_pod_name: str | None = None
    files: dict[str, str] = msgspec.field(default_factory=dict)


class SubmitConfig(msgspec.Struct):
    """The part of a submission's config that is looked at."""

    language: str | None = None
    run_timeout: float | None = None
    custom_extract_logic: str | None = None
    provided_data: dict[str, Any] | list[dict[str, Any]] | None = None


class SubmitRequest(msgspec.Struct):
    """The body of POST /submit."""

    dataset: str
    id: str | int
    completion: str
    config: SubmitConfig


class SubmitAnswer(Record):
    """What POST /submit answers. tests: one entry, for all tests; `extra` has how many passed before the first that failed."""

    id: str | int
    accepted: bool
    extracted_code: str
    full_code: str | None = None
    test_code: str | None = None
    tests: list[dict[str, Any]] = msgspec.field(default_factory=list)
    extracted_type: str | None = None
    extra: dict[str, Any] | None = None


def program_of(request: RunRequest) -> BareProgram:
    """What is to be run. Raises InputError for what is not covered."""
    if request.language not in _PYTHON:
        raise InputError(f"language {request.language!r} is not run here", hint="send Python")
    if request.files or request.fetch_files:
        raise InputError("files are neither put in nor fetched here", hint="leave out files and fetch_files")
    if not 0 < request.run_timeout <= 3600:
        raise InputError(f"run_timeout {request.run_timeout:g} is not usable", hint="give 0 to 3600 seconds")
    return BareProgram(
        stdin=request.stdin or "",
        seconds=request.run_timeout,
        memory_limit_mb=max(request.memory_limit_MB, 0),
    )


def run_answer(finished: Finished) -> RunAnswer:
    """The answer to /run_code."""
    if finished.faults:
        return RunAnswer(status="SandboxError", message=next(iter(finished.faults.values())))
    (grade,), output = finished.grades, finished.outputs[0]
    late = grade.outcome == "timed-out"
    stderr = output.stderr.decode("utf-8", "replace")
    if grade.outcome in ("out-of-memory", "output-flood"):
        stderr = f"{stderr}\n{grade.outcome}: {grade.detail}".lstrip()
    result = CommandResult(
        status="TimeLimitExceeded" if late else "Finished",
        execution_time=grade.run_seconds,
        return_code=None if late else output.status or int(grade.outcome != "passed"),
        stdout=output.stdout.decode("utf-8", "replace"),
        stderr=stderr,
    )
    return RunAnswer(status="Success" if grade.outcome == "passed" else "Failed", run_result=result)


def submitted_problem(request: SubmitRequest) -> Problem:
    """The problem that comes with a submission. Raises InputError for what is not covered."""
    config = request.config
    if config.language is not None and config.language not in _PYTHON:
        raise InputError(f"language {config.language!r} is not run here", hint="send Python")
    if config.custom_extract_logic:
        raise InputError("custom_extract_logic is code, and is not run here", hint="send the program itself")
    rows = config.provided_data if isinstance(config.provided_data, list) else [config.provided_data]
    row = next((r for r in rows if r is not None and (len(rows) == 1 or r.get("id") == request.id)), None)
    if row is None:
        raise InputError(
            f"data set {request.dataset!r} is not kept here",
            hint="send the problem's row as config.provided_data",
        )
    given = {**row, "task_id": str(request.id)}
    if config.run_timeout is not None:
        given.setdefault("time_limit_seconds", config.run_timeout)
    (problem,) = read_problems([given], None).values()
    return problem


def submit_answer(request: SubmitRequest, finished: Finished) -> SubmitAnswer:
    """The answer to /submit, for a sample that has a verdict."""
    grade = finished.grades[-1]
    passed = grade.outcome == "passed"
    result = CommandResult(
        status="TimeLimitExceeded" if grade.outcome == "timed-out" else "Finished",
        execution_time=grade.run_seconds, return_code=int(not passed), stdout="", stderr=grade.detail,
    )  # fmt: skip
    told = RunAnswer(status="Success" if passed else "Failed", run_result=result)
    return SubmitAnswer(
        id=request.id, accepted=passed, extracted_code=request.completion,
        tests=[{"passed": passed, "exec_info": msgspec.to_builtins(told), "test_info": None}],
        extra={"outcome": grade.outcome, "tests_passed": grade.tests_passed, "tests": grade.tests, "reward": grade.reward},
    )  # fmt: skip
