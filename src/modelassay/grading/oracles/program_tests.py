"""Tests of programs: an input, and the output that is right. Each test is a run of its own, in a fresh process.

The expected outputs stay here: a sample's process gets its program and one input. What a test leaves behind (memory, files,
processes) is gone before the next one starts, so a program that remembers the test before gains nothing.
"""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.oracles.oracles import OracleError, Verdict
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.program_runs import ProgramRun, run_program

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from modelassay.grading.sandbox.sandbox import Sandbox

CHECKER_SECONDS: Final = 10.0


class ProgramVerdict(NamedTuple):
    """What became of one program under all of its tests. killed: by SIGKILL, in one of them."""

    verdict: Verdict
    passed: int
    cpu_seconds: float
    killed: bool


class ProgramTests:
    """The tests of one problem. comparison: a rule of comparisons/output_rules, or `checker`."""

    def __init__(self, oracle: dict[str, Any], limits: dict[str, Any]) -> None:
        self._inputs: tuple[str, ...] = oracle["inputs"]
        self._outputs: tuple[str, ...] = oracle["outputs"]
        self._function: str = oracle["function"]
        self._comparison: str = oracle["comparison"]
        self._checker: str = oracle["checker"]
        if self._comparison == "checker" and not self._checker:
            raise ValueError("it has no checker")
        self._all: bool = oracle["all_tests"]
        self._memory_bytes: int = (oracle["memory_limit_mb"] or 0) << 20
        seconds = limits["cpu_seconds"] or oracle["time_limit_seconds"]
        self._limit = Limit(seconds, seconds, seconds, limits["answer_bytes"])
        self.tests = len(self._inputs)

    def verdict(
        self,
        sandbox: Callable[[], Sandbox],
        renew: Callable[[], None],
        program: bytes,
        checkers: Callable[[], Sandbox],
    ) -> ProgramVerdict:
        """Run the tests in their order, up to the first that fails unless all were asked for.

        sandbox: where samples run; renew: replaces one that is used up. checkers: a sandbox in which no sample ever runs.
        Raises OracleError where the checker fails, SandboxBrokeError.
        """
        first: Verdict | None = None
        passed, seconds, killed = 0, 0.0, False
        for number, given in enumerate(self._inputs):
            run = run_program(
                sandbox(), program, given.encode("utf-8", "surrogatepass"), self._limit,
                function=self._function, memory_bytes=self._memory_bytes,
            )  # fmt: skip
            seconds += run.cpu_seconds
            killed = killed or run.killed
            if not run.clean:
                renew()
            found = self._judged(number, run, checkers)
            passed += found.outcome == "passed"
            first = first or (None if found.outcome == "passed" else found)
            if first is not None and not self._all:
                break
        return ProgramVerdict(first or Verdict("passed"), passed, seconds, killed)

    def _judged(self, number: int, run: ProgramRun, checkers: Callable[[], Sandbox]) -> Verdict:
        """The verdict on one test."""
        where = f"test {number + 1} of {self.tests}"
        if run.outcome != "passed":
            return Verdict(run.outcome, f"{where}, input {shown(self._inputs[number])}: {run.detail}"[:500])
        if self._right(number, run.output, checkers):
            return Verdict("passed")
        got = shown(run.output.decode("utf-8", "backslashreplace"))
        expected = shown(self._outputs[number])
        return Verdict(
            "failed", f"{where}, input {shown(self._inputs[number])}: got {got}, expected {expected}"
        )

    def _right(self, number: int, output: bytes, checkers: Callable[[], Sandbox]) -> bool:
        from modelassay.grading.comparisons.output_rules.rules import output_agrees, value_agrees

        if self._comparison == "checker":
            return self._checked(number, output, checkers())
        agrees = value_agrees if self._function else output_agrees
        return agrees(self._comparison, output, self._outputs[number])

    def _checked(self, number: int, output: bytes, sandbox: Sandbox) -> bool:
        """What the problem's own checker says, run where no sample is."""
        import json

        text = output.decode("utf-8", "replace")
        given = json.dumps([self._inputs[number], self._outputs[number], text]).encode()
        limit = Limit(CHECKER_SECONDS, CHECKER_SECONDS, CHECKER_SECONDS, 1 << 20)
        run = run_program(sandbox, self._checker.encode(), given, limit, function="check")
        if run.outcome != "passed" or run.output not in (b"true", b"false"):
            said = run.detail or f"returned {shown(run.output.decode('utf-8', 'replace'))}, not True or False"
            raise OracleError(f"its checker fails on test {number + 1}: {said}")
        return run.output == b"true"


def shown(text: str) -> str:
    """A text for a message, on one line and shortened."""
    return repr(text) if len(text) <= 80 else f"{text[:60]!r} … ({len(text)} characters)"
