"""Grade samples from a program, a notebook or a training loop: the entry point of this package."""

import asyncio
import os
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final, Literal, Self, get_args, overload

import msgspec

from modelassay.core.errors import DeadlineError, InputError, SandboxError, UnjudgeableError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import OutputRule, Problem
from modelassay.core.records import Record
from modelassay.grading.dispatcher import Dispatcher
from modelassay.grading.pool import PoolOptions, Tally
from modelassay.grading.sandbox.level import SandboxLevel
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.work import LATE, BareProgram, Finished, Order

Sample = str | Completion
Batch = Iterable[tuple[Problem, Sequence[Sample]]]
OnFault = Literal["raise", "none"]


class GraderStatistics(Record):
    """What a grader has done since it was made, in this process.

    samples: taken on; waiting: of these, without a verdict as yet; executed: programs run, equal ones of one problem once;
    retried: runs repeated through a fault of ours; ungraded: samples without a verdict, through no fault of theirs.
    outcomes: of the last suite, by sample.
    """

    batches: int
    samples: int
    waiting: int
    executed: int
    retried: int
    ungraded: int
    outcomes: dict[str, int]


class Grader:
    """Grades samples in sandboxed processes that stay open between calls.

        with Grader(workers=2) as grader:
            grades = grader.grade(problem, ["def add(a, b):\\n    return a + b\\n"])

    limits: what a sample may use. suites: only these suites of a problem, all by default.
    dedupe: equal samples are run once. allow_weak: go on where the machine has no strong sandbox.
    comparison: the rule for programs' outputs instead of each problem's own. all_tests: such a program's tests go on after
    a failure.

    May be used from several threads and event loops at once: their batches share the workers. It can be pickled (its
    settings, not its processes), and in a forked child it starts processes of its own. Works without the `with` too;
    then `close()` it, or leave that to the end of the program.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        workers: int = 1,
        suites: Sequence[str] | None = None,
        allow_weak: bool = False,
        dedupe: bool = True,
        comparison: str | None = None,
        all_tests: bool = False,
    ) -> None:
        _check_settings(limits, workers, suites, comparison)
        self._suites = None if suites is None else tuple(suites)
        self._options = PoolOptions(
            workers=workers, dedupe=dedupe, allow_weak=allow_weak, limits=limits or Limits(),
            comparison=comparison, all_tests=all_tests,
        )  # fmt: skip
        self._begin()

    def _begin(self) -> None:
        self._dispatcher = Dispatcher(self._options)
        self._end = weakref.finalize(self, self._dispatcher.close)
        _GRADERS.add(self)

    def _leave_to_parent(self) -> None:
        """After a fork: the parent's processes and threads are not ours, and its locks may be held for ever."""
        self._end.detach()
        self._dispatcher.abandon()
        self._begin()

    # --- grading --------------------------------------------------------------------------------------
    def grade(
        self, problem: Problem, candidates: Sequence[Sample], *, deadline_seconds: float | None = None
    ) -> list[Grade]:
        """One grade per sample and suite, in the samples' order.

        A sample is a completion or its text; how the program is found in it, the grade says.
        Raises InputError for a sample that is no text, UnjudgeableError for a problem whose reference fails or whose
        tests cannot be run here, SandboxError when a sandbox cannot be had or a sample was not graded by our fault,
        DeadlineError when that took longer than `deadline_seconds`.
        """
        (grades,) = self.grade_many([(problem, candidates)], deadline_seconds=deadline_seconds)
        return grades

    @overload
    def grade_many(
        self, batch: Batch, *, on_fault: Literal["raise"] = "raise", deadline_seconds: float | None = None
    ) -> list[list[Grade]]: ...
    @overload
    def grade_many(
        self, batch: Batch, *, on_fault: Literal["none"], deadline_seconds: float | None = None
    ) -> list[list[Grade | None]]: ...
    def grade_many(
        self, batch: Batch, *, on_fault: OnFault = "raise", deadline_seconds: float | None = None
    ) -> list[Any]:
        """The grades of each problem's samples: one list per entry of the batch, in it one per sample and suite, in order.

        on_fault: what becomes of a sample without a verdict, which is never the sample's fault: "raise" raises as `grade`
        does, "none" puts None in the place of its grades. deadline_seconds: for the whole batch, from now; what is not
        graded by then is stopped, and has no verdict.
        """
        prepared = self._prepared(batch, on_fault, deadline_seconds)
        future = self._dispatcher.submit([order for order, _ in prepared])
        try:
            return self._grades_of(prepared, future.result(), on_fault)
        except BaseException:  # Ctrl-C while it waits, too: nobody would want the verdicts any more
            future.cancel()
            raise

    @overload
    async def grade_async(
        self, batch: Batch, *, on_fault: Literal["raise"] = "raise", deadline_seconds: float | None = None
    ) -> list[list[Grade]]: ...
    @overload
    async def grade_async(
        self, batch: Batch, *, on_fault: Literal["none"], deadline_seconds: float | None = None
    ) -> list[list[Grade | None]]: ...
    async def grade_async(
        self, batch: Batch, *, on_fault: OnFault = "raise", deadline_seconds: float | None = None
    ) -> list[Any]:
        """As `grade_many`, while the event loop goes on. A task that is cancelled stops the grading of its batch."""
        prepared = self._prepared(batch, on_fault, deadline_seconds)
        future = self._dispatcher.submit([order for order, _ in prepared])
        found = await asyncio.wrap_future(future)
        return self._grades_of(prepared, found, on_fault)

    def submit(self, batch: Batch, *, deadline_seconds: float | None = None) -> "Future[list[Finished]]":
        """As `grade_many`, at once and for later: each entry's grades by the place of its samples, and the faults by theirs.

        Cancelling the future stops the grading. It raises SandboxError where a sandbox cannot be had.
        """
        return self._dispatcher.submit(
            [order for order, _ in self._prepared(batch, "none", deadline_seconds)]
        )

    def submit_run(
        self, program: str, asked: BareProgram, *, deadline_seconds: float | None = None
    ) -> "Future[list[Finished]]":
        """Run a whole program in the sandbox, without any test; what it wrote is the output at place 0.

        Its grade says how it ended. Cancelling, and what is raised: as `submit`.
        """
        end = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        completion = Completion(problem=_RUN.id, index=0, text=program, form="program")
        return self._dispatcher.submit([Order(_RUN, [completion], end, run=asked)])

    def _prepared(
        self, batch: Batch, on_fault: str, deadline_seconds: float | None
    ) -> list[tuple[Order, list[Completion]]]:
        if on_fault not in ("raise", "none"):
            raise InputError(f"on_fault is {on_fault!r}", hint='give "raise" or "none"')
        if isinstance(deadline_seconds, bool) or not isinstance(deadline_seconds, int | float | None):
            raise InputError(
                f"deadline_seconds is {deadline_seconds!r}", hint="give seconds, or None for no deadline"
            )
        end = None if deadline_seconds is None else time.monotonic() + deadline_seconds
        prepared = []
        for problem, candidates in _pairs(batch):
            given = _completions(problem, candidates)
            # Each gets its place as index: the caller's own may stand there twice.
            placed = [msgspec.structs.replace(c, index=place) for place, c in enumerate(given)]
            prepared.append((Order(self._chosen(problem), placed, end), given))
        return prepared

    def _grades_of(
        self, prepared: Sequence[tuple[Order, list[Completion]]], found: Sequence[Finished], on_fault: str
    ) -> list[list[Grade | None]]:
        if on_fault == "raise":
            for finished in found:
                _raise_fault(finished)
        return [
            _in_places(order, given, finished)
            for (order, given), finished in zip(prepared, found, strict=True)
        ]

    def _chosen(self, problem: Problem) -> Problem:
        if self._suites is None:
            return problem
        kept = tuple(s for s in problem.suites if s.name in self._suites)
        if not kept:
            names = ", ".join(s.name for s in problem.suites)
            raise InputError(f"{problem.id} has no such suite", hint=f"its suites are {names}")
        return msgspec.structs.replace(problem, suites=kept)

    # --- what is known of it --------------------------------------------------------------------------
    @property
    def tally(self) -> Tally:
        """Counts so far, and the problems that made trouble lately."""
        return self._dispatcher.tally

    @property
    def statistics(self) -> GraderStatistics:
        """Counts so far."""
        tally = self._dispatcher.tally
        return GraderStatistics(
            batches=self._dispatcher.batches, samples=tally.candidates, waiting=self._dispatcher.waiting,
            executed=tally.executed, retried=tally.retried, ungraded=tally.ungraded,
            outcomes=dict(self._dispatcher.outcomes),
        )  # fmt: skip

    @property
    def level(self) -> SandboxLevel | None:
        """What the sandbox keeps out; known after the first grade."""
        return self._dispatcher.level

    # --- its life -------------------------------------------------------------------------------------
    def close(self) -> None:
        """End the test runners and their sandboxes; batches of other threads fail. The next `grade` opens new ones."""
        self._dispatcher.close()

    def __enter__(self) -> Self:
        self._dispatcher.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        """Its settings: what is open stays with this process."""
        return {"_options": self._options, "_suites": self._suites}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()


_RUN: Final = Problem(id="run", prompt="", entry_point="", suites=())
_GRADERS: Final[weakref.WeakSet[Grader]] = weakref.WeakSet()


def _begin_anew() -> None:
    for grader in list(_GRADERS):
        grader._leave_to_parent()


os.register_at_fork(after_in_child=_begin_anew)


def _check_settings(limits: object, workers: object, suites: object, comparison: object) -> None:
    """Raises InputError for settings that no grader can have."""
    if not isinstance(limits, Limits | None):
        raise InputError(
            f"limits are not Limits but {type(limits).__name__}", hint="give Limits(call_seconds=2.0)"
        )
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers is {workers!r}", hint="give a number from 1 on")
    if isinstance(suites, str):
        raise InputError("suites is a text", hint=f"give a list, also of one: [{suites!r}]")
    rules = get_args(OutputRule)
    if comparison is not None and comparison not in rules:
        raise InputError(f"no comparison is called {comparison!r}", hint=f"choose one of {', '.join(rules)}")


def _pairs(batch: object) -> Iterator[tuple[Any, Any]]:
    """The entries of a batch. Raises InputError for what is no list of (problem, samples)."""
    hint = "give a list of pairs, also of one: [(problem, samples)]"
    if isinstance(batch, Problem | str | bytes | dict) or not isinstance(batch, Iterable):
        raise InputError(f"not a batch but {type(batch).__name__}", hint=hint)
    for number, entry in enumerate(batch):
        if not isinstance(entry, tuple | list) or len(entry) != 2:
            raise InputError(f"entry {number} of the batch is no pair but {type(entry).__name__}", hint=hint)
        yield entry[0], entry[1]


def _completions(problem: Problem, candidates: Sequence[Sample]) -> list[Completion]:
    """The samples as completions. Raises InputError for one that is no text, or of another problem."""
    _check_given(problem, candidates)
    given = [
        c if isinstance(c, Completion) else Completion(problem=problem.id, index=i, text=_text(c, i))
        for i, c in enumerate(candidates)
    ]
    for number, completion in enumerate(given):
        if completion.problem != problem.id:
            raise InputError(f"sample {number} is of {completion.problem}, not of {problem.id}")
    return given


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


def _raise_fault(finished: Finished) -> None:
    """Raise what kept samples from being graded, if anything did."""
    if not finished.faults:
        return
    problem, number = finished.order.problem.id, len(finished.faults)
    why = next(iter(finished.faults.values()))
    if finished.unjudgeable:
        raise UnjudgeableError(f"{problem} not graded: {why}", hint="correct the problem, or leave it out")
    if why == LATE:
        raise DeadlineError(f"{number} samples of {problem} not graded: {why}", hint="give it more time")
    raise SandboxError(f"{number} samples of {problem} not graded: {why}")


def _in_places(order: Order, given: Sequence[Completion], finished: Finished) -> list[Grade | None]:
    """One entry per sample and suite, under the caller's own indices; None where there is no verdict."""
    suites = len(order.problem.suites)
    places: list[Grade | None] = [None] * (len(given) * suites)
    seen = [0] * len(given)
    for grade in finished.grades:
        index = given[grade.index].index
        kept = grade if index == grade.index else msgspec.structs.replace(grade, index=index)
        places[grade.index * suites + seen[grade.index]] = kept
        seen[grade.index] += 1
    return places
