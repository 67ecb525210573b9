"""What a pool of test runners is given to do, and what it gives back: samples of one problem, and their verdicts."""

import hashlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Check, LanguageTests, Pairs, Problem, Programs
from modelassay.core.records import Record
from modelassay.grading.sandbox.packages import advice

CANCELLED, LATE = "cancelled", "the deadline of its batch has passed"


class BareProgram(Record):
    """The input of a program that is only run, and its limits in seconds of CPU and MiB of memory (0: the sandbox's own)."""

    stdin: str = ""
    seconds: float = 10.0
    memory_limit_mb: int = 0


class Output(Record):
    """What came of such a run. status: its exit status, negative for a signal. stderr: its end."""

    stdout: bytes
    stderr: bytes
    status: int


@dataclass(eq=False)
class Order:
    """Samples of one problem to be graded, each with an index of its own.

    deadline: as time.monotonic() counts; what has no verdict by then gets none. cancelled: nobody waits for it any more.
    run: the samples are only to be run, with this input, and not judged.
    """

    problem: Problem
    completions: Sequence[Completion]
    deadline: float | None = None
    cancelled: bool = False
    run: BareProgram | None = None

    def given_up(self) -> str:
        """Why no more verdicts are wanted; "" while they are."""
        if self.cancelled:
            return CANCELLED
        return LATE if self.deadline is not None and time.monotonic() >= self.deadline else ""


@dataclass(frozen=True)
class Finished:
    """What became of an order: grades by index and suite, and why the other indices have none, through no fault of theirs.

    executed: programs run. outputs: of samples that were only run. unjudgeable: no other try would grade them, for the problem itself cannot be graded here.
    """

    order: Order
    grades: list[Grade]
    faults: dict[int, str]
    executed: int = 0
    unjudgeable: bool = False
    outputs: dict[int, Output] = field(default_factory=dict)


@dataclass(slots=True)
class Unit:
    """One program to run, for all completions that hold it."""

    text: str
    form: str
    completions: list[Completion]
    tries: int = 0
    said: dict[str, Any] | None = None


@dataclass
class Job:
    """An order at work. `open`: units without a verdict; `waiting`: the numbers of those that no test runner is at."""

    key: int
    order: Order
    units: list[Unit]
    open: int
    waiting: deque[int]
    singly: bool = (
        False  # a test runner died at it: one program at a time, so that it is known which one it was
    )
    executed: int = 0
    unjudgeable: bool = False
    _description: dict[str, Any] | None = None  # made when it is first sent

    @property
    def problem(self) -> Problem:
        return self.order.problem

    @property
    def description(self) -> dict[str, Any]:
        """The problem, or what is to be run, as a test runner takes it."""
        if self._description is None:
            run = self.order.run
            self._description = describe(self.problem) if run is None else {"run": msgspec.to_builtins(run)}
        return self._description

    @classmethod
    def of(cls, key: int, order: Order, *, dedupe: bool) -> "Job":
        """The programs of an order. dedupe: equal ones are run once."""
        units: dict[object, Unit] = {}
        for number, completion in enumerate(order.completions):
            same = likeness(completion) if dedupe else number
            if same in units:
                units[same].completions.append(completion)
            else:
                units[same] = Unit(completion.text, completion.form, [completion])
        listed = list(units.values())
        return cls(key, order, listed, len(listed), deque(range(len(listed))))

    def finished(self) -> Finished:
        """What is known of it now."""
        grades: list[Grade] = []
        faults: dict[int, str] = {}
        outputs: dict[int, Output] = {}
        for unit in self.units:
            said = unit.said
            if said is None or "fault" in said:
                why = "grading was stopped" if said is None else said["fault"]
                faults.update((completion.index, why) for completion in unit.completions)
                continue
            for completion in unit.completions:
                if "output" in said:
                    stdout, stderr, status = said["output"]
                    outputs[completion.index] = Output(stdout=stdout, stderr=stderr, status=status)
                grades += [
                    Grade(
                        problem=self.problem.id, index=completion.index, suite=suite, outcome=outcome,
                        detail=detail + advice(detail), run_seconds=seconds, extraction=said["how"],
                        at_load=said.get("at_load", False),
                        mode=said.get("mode", "border"), tests_passed=passed, tests=tests,
                        under=said.get("under"), differs=said.get("differs", ""), by_test=said.get("by_test", ""),
                    )
                    for suite, outcome, detail, seconds, passed, tests in said["grades"]
                ]  # fmt: skip
        grades.sort(key=lambda g: g.index)
        return Finished(self.order, grades, faults, self.executed, self.unjudgeable, outputs)


def likeness(completion: Completion) -> tuple[str, bytes]:
    """Equal for completions of one problem that are the same program: the same form, and the same text to the byte.

    Nothing less will do: a blank, a comment or a line's end can make another program of a text, or none.
    """
    return completion.form, hashlib.sha256(completion.text.encode("utf-8", "surrogatepass")).digest()


def describe(problem: Problem) -> dict[str, Any]:
    """A problem as the plain values that go to a test runner."""
    return {
        "prompt": problem.prompt,
        "entry_point": problem.entry_point,
        "reference": problem.reference,
        "suites": [(s.name, _oracle(s.oracle)) for s in problem.suites],
    }


def _tools(oracle: LanguageTests) -> dict[str, Any]:
    """The tools of a language, looked for in this process: test runners have no PATH. `lacking`: why there are none."""
    from modelassay.grading.sandbox.toolchains import NoToolchainError, toolchain

    try:
        return {"tools": tuple(toolchain(oracle.language))}
    except NoToolchainError as error:
        return {"lacking": str(error)}


def _oracle(oracle: Any) -> dict[str, Any]:
    match oracle:
        case Check():
            return {"kind": "check", "source": oracle.source, "setup": oracle.setup}
        case Pairs():
            return {
                "kind": "pairs", "inputs": oracle.inputs, "reference": oracle.reference,
                "alternatives": oracle.alternatives, "tolerance": oracle.tolerance,
                "comparison": oracle.comparison, "hash_seed": oracle.hash_seed,
            }  # fmt: skip
        case LanguageTests():
            return {
                "kind": "language",
                "tests": oracle.tests,
                "stop_texts": oracle.stop_texts,
                **_tools(oracle),
            }
        case Programs():
            return {"kind": "programs", **{name: getattr(oracle, name) for name in oracle.__struct_fields__}}
        case _:
            return {"kind": "asserts", "asserts": oracle.asserts, "setup": oracle.setup}
