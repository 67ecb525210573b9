"""Grade candidates from a program or a notebook: the entry point of this package."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from modelassay.core.errors import InputError, SandboxError
from modelassay.core.measured import Completion, Grade, Problem
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.sandbox import SandboxLevel


class Grader:
    """Grades candidates in sandboxed processes that stay open between calls.

        with Grader(workers=2) as grader:
            grades = grader.grade(problem, ["def add(a, b):\\n    return a + b\\n"])

    limits: what a candidate may use. suites: only these suites of a problem, all by default.
    dedupe: equal candidates are run once. allow_weak: go on where the machine has no strong sandbox.
    Works without the `with` too; then `close()` it, or leave that to the end of the program. Not for
    several threads at once.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 1,
        suites: Sequence[str] | None = None,
        allow_weak: bool = False,
        dedupe: bool = True,
    ) -> None:
        self._suites = suites
        self._pool = Pool(
            PoolOptions(workers=workers, dedupe=dedupe, allow_weak=allow_weak, limits=limits or Limits())
        )
        self.tally = Tally()

    def grade(self, problem: Problem, candidates: Sequence[str | Completion]) -> list[Grade]:
        """One grade per candidate and suite, in the candidates' order.

        A candidate is a completion or its text; how the program is found in it, the grade says.
        Raises SandboxError when a sandbox cannot be had or a candidate could not be graded by our fault.
        """
        completions = [
            c if isinstance(c, Completion) else Completion(problem=problem.id, index=i, text=c)
            for i, c in enumerate(candidates)
        ]
        for number, completion in enumerate(completions):
            if completion.problem != problem.id:
                raise InputError(f"sample {number} is of {completion.problem}, not of {problem.id}")
        numbered = [_renumbered(c, i) for i, c in enumerate(completions)]
        before = self.tally.ungraded
        grades = [
            g for batch in self._pool.grade([(self._chosen(problem), numbered)], self.tally) for g in batch
        ]
        if self.tally.ungraded > before:
            why = self.tally.troubles.get(problem.id, "unknown")
            raise SandboxError(f"{self.tally.ungraded - before} samples of {problem.id} not graded: {why}")
        return [_numbered_as(grade, completions[grade.index].index) for grade in grades]

    def _chosen(self, problem: Problem) -> Problem:
        if self._suites is None:
            return problem
        kept = tuple(s for s in problem.suites if s.name in self._suites)
        if not kept:
            names = ", ".join(s.name for s in problem.suites)
            raise InputError(f"{problem.id} has no such suite", hint=f"its suites are {names}")
        return Problem(
            id=problem.id, prompt=problem.prompt, entry_point=problem.entry_point, suites=kept,
            reference=problem.reference, signature=problem.signature, difficulty=problem.difficulty,
        )  # fmt: skip

    @property
    def level(self) -> SandboxLevel | None:
        """What the sandbox keeps out; known after the first grade."""
        return self._pool.level

    def close(self) -> None:
        """End the test runners and their sandboxes. The next `grade` opens new ones."""
        self._pool.close()

    def __enter__(self) -> Self:
        self._pool.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _renumbered(completion: Completion, index: int) -> Completion:
    return Completion(problem=completion.problem, index=index, text=completion.text, form=completion.form)


def _numbered_as(grade: Grade, index: int) -> Grade:
    if grade.index == index:
        return grade
    return Grade(
        problem=grade.problem, index=index, suite=grade.suite, outcome=grade.outcome, detail=grade.detail,
        run_seconds=grade.run_seconds, mode=grade.mode, extraction=grade.extraction,
    )  # fmt: skip
