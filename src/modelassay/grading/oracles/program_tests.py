"""Tests of programs: an input, and the output that is right. Each test is a run of its own, in a fresh process.

The expected outputs stay here: a sample's process gets its program and one input. What a test leaves behind (memory, files,
processes) is gone before the next one starts, so a program that remembers the test before gains nothing. The tests of a program that can be
seen to leave nothing behind share a process, which gets their inputs; whatever does not end as usual there is run again in a
process of its own, and judged by that.
"""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.oracles.oracles import OracleError, Verdict
from modelassay.grading.oracles.stored_texts import StoredTexts
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.program_runs import ProgramFile, ProgramRun, run_many, run_program

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Final

    from modelassay.core.measured import Outcome
    from modelassay.grading.sandbox.sandbox import Sandbox

CHECKER_SECONDS: Final = 10.0
_TOGETHER: Final = 1 << 20  # characters or bytes of inputs that one process gets
_FAILURES: Final = 3  # of runs that share a process, after which each test of the program has its own


class ProgramVerdict(NamedTuple):
    """What became of one program under all of its tests. killed: by SIGKILL, in one of them.

    under: the outcome under each further rule. differs: where the rules disagree, in what the output differs.
    by_test: of each test that was run, in order, 1 where it was passed and 0 where not.
    """

    verdict: Verdict
    passed: int
    cpu_seconds: float
    killed: bool
    under: dict[str, Outcome]
    differs: str
    by_test: str


class ProgramTests:
    """The tests of one problem. comparison: a rule of comparisons/output_rules, or `checker`.

    also: further rules, under which the same outputs are judged beside it.
    """

    def __init__(self, oracle: dict[str, Any], limits: dict[str, Any], also: Sequence[str] = ()) -> None:
        self._inputs: tuple[str, ...] | StoredTexts = oracle["inputs"]
        self._outputs: tuple[str, ...] | StoredTexts = oracle["outputs"]
        self._function: str = oracle["function"]
        self._comparison: str = oracle["comparison"]
        self._checker: str = oracle["checker"]
        self._also = tuple(rule for rule in also if rule != self._comparison)
        if "checker" in (self._comparison, *self._also) and not self._checker:
            raise ValueError("it has no checker")
        self._checker_works = False  # it has said something of some output
        self._with_imports: bool = oracle["with_imports"]
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
        """Run the tests in their order, up to the first that fails under every rule unless all were asked for.

        sandbox: where samples run; renew: replaces one that is used up. checkers: a sandbox in which no sample ever runs.
        Raises OracleError where the checker fails, SandboxBrokeError.
        """
        tally = _Tally((self._comparison, *self._also))
        with ProgramFile(program, self._function, with_imports=self._with_imports) as file:
            for number, run in enumerate(self._runs(sandbox, renew, file)):
                found = {rule: self._judged(rule, number, run, checkers) for rule in tally.rules}
                tally.add(run, found)
                if not tally.differs and len({verdict.outcome for verdict in found.values()}) > 1:
                    tally.differs = self._difference(number, run.output)
                if tally.all_failed and not self._all:
                    break
        return tally.verdict()

    def _runs(
        self, sandbox: Callable[[], Sandbox], renew: Callable[[], None], file: ProgramFile
    ) -> Iterator[ProgramRun]:
        """A run for each test: those of a program that leaves nothing behind in one process together, while that goes well."""
        number, failures = 0, 0
        while number < self.tests:
            together = self._following(number) if failures < _FAILURES else ()
            if len(together) > 1:
                many = run_many(
                    sandbox(),
                    file,
                    together,
                    self._limit,
                    memory_bytes=self._memory_bytes,
                    first=not number,
                )
                if not many.clean:
                    renew()
                yield from many.runs
                number += len(many.runs)
                failures += {"stopped": 0, "alone": 1}.get(many.ending, _FAILURES)
                if many.ending == "stopped" or number == self.tests:
                    continue
            run = run_program(
                sandbox(), file, self._inputs[number], self._limit, memory_bytes=self._memory_bytes
            )
            if not run.clean:
                renew()
            number += 1
            yield run

    def _following(self, number: int) -> tuple[str, ...]:
        """The inputs from this test on that go to one process."""
        size, end = 0, number
        while end < self.tests and (size := size + self._size(end)) <= _TOGETHER:
            end += 1
        return self._inputs[number:end]

    def _size(self, number: int) -> int:
        """Of an input, in characters or bytes."""
        if isinstance(self._inputs, StoredTexts):
            return self._inputs.bytes_of(number)
        return len(self._inputs[number])

    def _difference(self, number: int, output: bytes) -> str:
        from modelassay.grading.comparisons.output_rules.differences import difference

        return difference(output, self._outputs[number], value=bool(self._function))

    def _judged(self, rule: str, number: int, run: ProgramRun, checkers: Callable[[], Sandbox]) -> Verdict:
        """The verdict on one test under one rule."""
        where = f"test {number + 1} of {self.tests}"
        if run.outcome != "passed":
            return Verdict(run.outcome, f"{where}, input {shown(self._inputs[number])}: {run.detail}"[:500])
        if self._right(rule, number, run.output, checkers):
            return Verdict("passed")
        got = shown(run.output.decode("utf-8", "backslashreplace"))
        expected = shown(self._outputs[number])
        return Verdict(
            "failed", f"{where}, input {shown(self._inputs[number])}: got {got}, expected {expected}"
        )

    def _right(self, rule: str, number: int, output: bytes, checkers: Callable[[], Sandbox]) -> bool:
        from modelassay.grading.comparisons.output_rules.rules import output_agrees, value_agrees

        if rule == "checker":
            return self._checked(number, output, checkers())
        agrees = value_agrees if self._function else output_agrees
        return agrees(rule, output, self._outputs[number])

    def _checked(self, number: int, output: bytes, sandbox: Sandbox) -> bool:
        """What the problem's own checker says, run where no sample is.

        Many checkers raise on an output that is no number: that output is wrong, if the checker works on a right one. Raises
        OracleError where it does not.
        """
        said = self._ask_checker(number, output.decode("utf-8", "replace"), sandbox)
        if not isinstance(said, bool) and not self._checker_works:
            on_expected = self._ask_checker(number, self._outputs[number], sandbox)
            if not isinstance(on_expected, bool):
                raise OracleError(f"its checker fails on test {number + 1}: {said}")
        self._checker_works = True
        return said is True

    def _ask_checker(self, number: int, output: str, sandbox: Sandbox) -> bool | str:
        """What it returns; a text where it fails."""
        import json

        given = json.dumps([self._inputs[number], self._outputs[number], output]).encode()
        limit = Limit(CHECKER_SECONDS, CHECKER_SECONDS, CHECKER_SECONDS, 1 << 20)
        with ProgramFile(self._checker.encode(), "check") as file:
            run = run_program(sandbox, file, given, limit)
        said = _checkers_word(run.output) if run.outcome == "passed" else None
        if said is not None:
            return said
        return run.detail or f"returned {shown(run.output.decode('utf-8', 'replace'))}, not True or False"


def _checkers_word(returned: bytes) -> bool | None:
    """What a checker returned as JSON: True or False, points, or one of them before a remark; None for anything else.

    Less than one point is a part of what was asked for.
    """
    import json

    try:
        said = json.loads(returned)
    except (ValueError, RecursionError):
        return None
    if isinstance(said, list) and said:
        said = said[0]
    return said >= 1 if isinstance(said, bool | int | float) else None


class _Tally:
    """What the tests of one program have come to so far, under each rule."""

    def __init__(self, rules: tuple[str, ...]) -> None:
        self.rules = rules
        self.differs = ""
        self._first: dict[str, Verdict] = {}  # of each rule, the first test that is not passed
        self._seconds, self._killed, self._by_test = 0.0, False, ""

    def add(self, run: ProgramRun, found: dict[str, Verdict]) -> None:
        """One more test, and its verdict under each rule."""
        self._seconds += run.cpu_seconds
        self._killed = self._killed or run.killed
        self._by_test += "1" if found[self.rules[0]].outcome == "passed" else "0"
        for rule, verdict in found.items():
            if verdict.outcome != "passed":
                self._first.setdefault(rule, verdict)

    @property
    def all_failed(self) -> bool:
        """Whether no rule is left under which the program may pass."""
        return len(self._first) == len(self.rules)

    def verdict(self) -> ProgramVerdict:
        """The first rule's verdict, and the others' outcomes."""
        right = Verdict("passed")
        under = {rule: self._first.get(rule, right).outcome for rule in self.rules[1:]}
        first = self._first.get(self.rules[0], right)
        passed = self._by_test.count("1")
        return ProgramVerdict(first, passed, self._seconds, self._killed, under, self.differs, self._by_test)


def shown(text: str) -> str:
    """A text for a message, on one line and shortened."""
    return repr(text) if len(text) <= 80 else f"{text[:60]!r} … ({len(text)} characters)"
