"""Grade samples from a program or a notebook: the entry point of this package."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec

from modelassay.core.errors import InputError, SandboxError, UnjudgeableError
from modelassay.core.measured import Completion, Grade, Problem
from modelassay.grading.pool import Pool, PoolOptions, Tally
from modelassay.grading.sandbox.level import SandboxLevel
from modelassay.grading.sandbox.limits import Limits


class Grader:
    """Grades samples in sandboxed processes that stay open between calls.

        with Grader(workers=2) as grader:
            grades = grader.grade(problem, ["def add(a, b):\\n    return a + b\\n"])

    limits: what a sample may use. suites: only these suites of a problem, all by default.
    dedupe: equal samples are run once. allow_weak: go on where the machine has no strong sandbox.
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
        """One grade per sample and suite, in the samples' order.

        A sample is a completion or its text; how the program is found in it, the grade says.
        Raises InputError for a sample that is no text, UnjudgeableError for a problem whose reference fails or whose
        tests cannot be run here, SandboxError when a sandbox cannot be had or a sample was not graded by our fault.
        """
        _check_given(problem, candidates)
        completions = [
            c if isinstance(c, Completion) else Completion(problem=problem.id, index=i, text=_text(c, i))
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
            if problem.id in self.tally.unjudgeable:
                raise UnjudgeableError(
                    f"{problem.id} not graded: {self.tally.unjudgeable.pop(problem.id)}",
                    hint="correct the problem, or leave it out",
                )
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
        return msgspec.structs.replace(problem, suites=kept)

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


def _check_given(problem: object, candidates: object) -> None:
    """Raises InputError for what is no problem, or no list of samples."""
    if not isinstance(problem, Problem):
        raise InputError(
            f"not a problem but {type(problem).__name__}",
            hint="modelassay.problems has what makes problems of files and of rows",
        )
    if candidates is None or isinstance(candidates, str | bytes | dict | Completion):
        raise InputError(
            f"not a list of samples but {type(candidates).__name__}", hint="give a list, also of one: [text]"
        )


def _text(given: object, number: int) -> str:
    """A sample's text. Raises InputError for what is none, with what to give instead."""
    if isinstance(given, str):
        return given
    hints = {
        "NoneType": 'give "" for an answer without a program, or leave it out',
        "dict": 'of a chat message give the content: message["content"]',
        "list": "give each text by itself; of a conversation the content of its last message",
        "bytes": "decode it first",
    }
    kind = type(given).__name__
    raise InputError(
        f"sample {number} is not a text but {kind}", hint=hints.get(kind, "give texts or Completion objects")
    )


def _renumbered(completion: Completion, index: int) -> Completion:
    return msgspec.structs.replace(completion, index=index)


def _numbered_as(grade: Grade, index: int) -> Grade:
    return grade if grade.index == index else msgspec.structs.replace(grade, index=index)
