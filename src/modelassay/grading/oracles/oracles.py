"""What a right answer is: HumanEval's check, MBPP's asserts, EvalPlus's pairs, each run on this side.

An oracle is prepared once per problem (`prepare`) and asked about each sample (`verdict`). Test code runs
here, in the test runner's process; the sample's program never does. The sample's values are built-in
values or `RemoteObject` objects that are equal to nothing, so that no comparison runs code of the sample's.
"""

from __future__ import annotations

import os
from types import CodeType

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.wire import DIGEST, VALUE, SandboxBrokeError
from modelassay.grading.comparisons.comparison import Comparison, agrees
from modelassay.grading.oracles.conversation import (
    CandidateGoneError,
    Conversation,
    UncrossableError,
    short,
)
from modelassay.grading.oracles.faults import internal_error
from modelassay.grading.oracles.pytest_use import InPlace, is_enough
from modelassay.grading.oracles.remote import RemoteObject
from modelassay.grading.oracles.test_calls import TestCalls
from modelassay.grading.oracles.test_names import LOOKED_AT, READS, WORLD, resolve

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

    from modelassay.core.measured import Outcome
    from modelassay.grading.oracles.sealed import SealedCode

SETUP: Final = "the tests' setup"
_SEED: Final = 0  # tests that draw random inputs draw the same ones for every sample


class Verdict(NamedTuple):
    """One suite's verdict on one sample."""

    outcome: Outcome
    detail: str = ""


class TestsTimeoutError(BaseException):
    """The tests themselves took too long on the values the sample returned."""


class OracleError(Exception):
    """The problem cannot be graded: its reference fails, or its tests are broken. Never a sample's fault."""


def _names_a_file_of_ours(codes: Sequence[CodeType]) -> bool:
    """Whether tests name a file that no sample can have written: outside /tmp. They need it of this machine."""
    texts = (
        c for code in codes for part in _code_objects(code) for c in part.co_consts if isinstance(c, str)
    )
    return any(text.startswith("/") and not text.startswith(("/tmp", "/dev/")) for text in texts)


def faulted(conversation: Conversation) -> Verdict:
    assert conversation.fault is not None
    return Verdict(*conversation.fault)


class TestCode:
    """Tests as code: a prepared list of statements, run in order in a fresh namespace for each sample."""

    def __init__(
        self,
        entry_point: str,
        setup: str,
        statements: list[tuple[str, str]],
        given: Sequence[str] = (),
        packages: tuple[str, ...] = (),
    ) -> None:
        """given: the prompt up to the function's head, where it is code, and the reference. packages: that samples have."""
        self._entry_point = entry_point
        self._sources = (setup, statements)
        self._setup = compile(setup, "<setup>", "exec", dont_inherit=True)
        self._statements = [
            (compile(code, "<test>", "exec", dont_inherit=True), shown) for code, shown in statements
        ]
        self.sources = [setup, *(code for code, _ in statements)]  # what `verdict` runs one after the other
        codes = [self._setup, *(code for code, _ in self._statements)]
        # Too many do no harm: what the tests define themselves replaces them.
        named = {n for code in codes for part in _code_objects(code) for n in part.co_names}
        self.names = resolve(named, entry_point, given, [setup])._replace(packages=packages)
        self.acts_on_world = bool(named & (WORLD - READS if _names_a_file_of_ours(codes) else WORLD))
        self._own_pytest = "pytest" in named and is_enough(self.sources)
        self._looks_at = bool(named & LOOKED_AT) or bool(self.names.defined)
        self._own: bool | None = None
        self._used = named
        self._sealed: SealedCode | None = None
        self.special: bool | None = bool(self.names.classes & (named | {entry_point})) or None
        self.used_special = False
        # Each assert is a test; what happens within a `check` is not counted.
        self.tests = len(statements) if all(shown for _, shown in statements) else None
        self.asked_before = 0  # none of them belong to another suite, too
        self.tests_passed: int | None = None  # by the latest sample, before the first that it did not pass
        self.proven = False  # a right program has passed, so that what fails from now on is the sample's
        self._draws = "import" in setup + "".join(code for code, _ in statements)

    @property
    def sealed(self) -> SealedCode:
        """The same tests for the sealed mode."""
        if self._sealed is None:
            from modelassay.grading.oracles.sealed import SealedCode

            self._sealed = SealedCode(
                self._entry_point, *self._sources, self._used, self.names.lent, own_pytest=self._own_pytest
            )
        return self._sealed

    @property
    def before(self) -> list[bytes]:
        """What a sample's process is told before it loads the program."""
        names = self.names
        statements = "\0".join(filter(None, (names.definitions, names.lent)))
        return [Conversation.operation("D", statements, names.defined)] if statements else []

    def verdict(self, conversation: Conversation) -> Verdict:
        """Run the tests with the sample's names as objects that stand for them.

        Raises what says that there is no verdict: UncrossableError, OracleError, InternalError, SandboxBrokeError.
        """
        with InPlace(wanted=self._own_pytest):
            verdict = self._run(conversation)
        if conversation.broken is not None:
            raise conversation.broken
        if verdict.outcome == "passed" and not conversation.asked:  # then they would pass everything
            raise OracleError(f"its tests never ask for {self._entry_point}")
        return verdict

    def _run(self, conversation: Conversation) -> Verdict:
        here = os.getcwd()  # noqa: PTH109 - pathlib is not loaded at the start
        namespace: dict[str, Any] = {"__name__": "tests", "__file__": f"{here}/tests.py"}
        calls = TestCalls(conversation, self.names, namespace, special=self.special)
        self.begin(calls, namespace)
        shown = SETUP
        self.tests_passed = None if self.tests is None else 0
        try:
            conversation.load()
            exec(self._setup, namespace)
            self.after_setup(calls, namespace)
            for code, text in self._statements:
                shown = text
                exec(code, namespace)
                if self.tests_passed is not None and conversation.fault is None:
                    self.tests_passed += 1
        except CandidateGoneError:
            return faulted(conversation)
        except (TestsTimeoutError, UncrossableError, SandboxBrokeError):
            raise
        except BaseException as error:  # whatever test code raises says that the sample is wrong
            if conversation.broken is not None:
                raise conversation.broken from None
            if error is not conversation.raised and (ours := internal_error(error)) is not None:
                raise ours from None
            if not self.proven and error is not conversation.raised:
                self._check_tests(error, conversation, shown)
            return faulted(conversation) if conversation.fault else self._failure(error, conversation, shown)
        finally:
            self.used_special = self.used_special or calls.used_special
        return faulted(conversation) if conversation.fault else Verdict("passed")

    def begin(self, calls: TestCalls, namespace: dict[str, Any]) -> None:
        """Fill the names for one run of the tests."""
        namespace.update(self.names.ours)
        namespace.update({name: RemoteObject(calls, name, name) for name in self.names.remote})
        if self._draws:
            import random

            random.seed(_SEED)

    def after_setup(self, calls: TestCalls, namespace: dict[str, Any]) -> None:
        """Have the function be the sample's, whatever the setup calls by its name."""
        namespace[self._entry_point] = RemoteObject(calls, self._entry_point, self._entry_point)

    def settle(self) -> None:
        """The reference has been run, if there is one: only what it was asked for is asked of samples.

        Without one the tests say whether objects are to be asked: where they use attributes that no value has.
        """
        if self.special is None:
            self.special = self.used_special or (not self.proven and self._of_objects)

    @property
    def may_mislead(self) -> bool:
        """Whether an answer that is right may fail, since what stands for it is looked at, or a class of the tests' is changed."""
        return self._looks_at or self._entry_point in self.names.classes or self._of_objects

    @property
    def _of_objects(self) -> bool:
        """Whether the tests are about objects of a sample's own class."""
        if self._own is None:
            from modelassay.grading.oracles.attributes import uses_own_attributes, uses_values

            values = self.names.remote - self.names.classes - {self._entry_point}
            self._own = uses_own_attributes(self.sources, self.names.ours) or uses_values(
                self.sources, values
            )
        return self._own

    def _check_tests(self, error: BaseException, conversation: Conversation, shown: str) -> None:
        """Raises OracleError for what tests raise because of this machine, or before they ask a sample anything."""
        said = f"{type(error).__name__}: {short(str(error))}"
        if isinstance(error, ImportError):
            raise OracleError(f"its tests need what is not installed here: {said}") from None
        if isinstance(error, OSError):
            raise OracleError(f"its tests need a file or a service that is not here: {said}") from None
        if type(error).__name__ in ("Skipped", "SkipTest"):
            raise OracleError(f"its tests skip themselves here: {said}") from None
        if isinstance(error, SystemExit) and not conversation.asked and conversation.fault is None:
            raise OracleError(
                f"its tests end their own process (status {error.code}) before they ask anything"
            ) from None
        if shown == SETUP and not conversation.asked and conversation.fault is None:
            raise OracleError(f"its tests cannot be set up here: {said}") from None

    def _failure(self, error: BaseException, conversation: Conversation, shown: str) -> Verdict:
        if error is conversation.raised:
            return Verdict("error", conversation.raised_as)
        what = (
            str(error)
            if isinstance(error, AssertionError)
            else f"{type(error).__name__}: {short(str(error))}"
        )
        return Verdict("failed", "; ".join(p for p in (shown[:200], conversation.last, what[:200]) if p))


def check_code(source: str, setup: str, entry_point: str, *context: Any) -> TestCode:
    """HumanEval's form. context: `given` and `packages` of TestCode."""
    return TestCode(entry_point, f"{setup}\n\n{source}", [(f"check({entry_point})", "")], *context)


def assert_code(asserts: tuple[str, ...], setup: str, entry_point: str, *context: Any) -> TestCode:
    """MBPP's form. context: `given` and `packages` of TestCode."""
    return TestCode(entry_point, setup, [(a, a.strip()) for a in asserts], *context)


def _code_objects(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code_objects(constant)


class Expected:
    """What the reference returned for one input. by_bytes: equal frames are an equal value.

    A large value is known by its digest until somebody needs it whole.
    """

    def __init__(self, frame: bytes) -> None:
        self.frame = frame
        self.whole: bytes | None = None if frame[:1] == b"d" else frame
        self.by_bytes = self.whole is None or _surely(decode(frame[1:]), decode(frame[1:]))

    def read(self) -> Any:
        """The value, read anew each time so that nobody can change it. None where it is too large."""
        return None if self.whole is None else decode(self.whole[1:])


class PairCode:
    """Inputs and what the references return for them."""

    def __init__(self, entry_point: str, inputs: tuple[Any, ...], comparison: Comparison) -> None:
        self.inputs = inputs
        self.operations = [
            Conversation.operation("c", entry_point, tuple(args), {}, DIGEST) for args in inputs
        ]
        self._whole = [Conversation.operation("c", entry_point, tuple(args), {}, VALUE) for args in inputs]
        self._entry_point = entry_point
        self._comparison = comparison
        self._expected: list[list[Expected]] = [[] for _ in inputs]
        self.tests = len(inputs)
        self.asked_before = 0  # inputs that the suite before has asked
        self.tests_passed = 0  # by the latest sample, before the first that it did not pass

    def continue_from(self, before: PairCode) -> None:
        """Leave out the first inputs when they are those of the suite before, which has been passed by then."""
        size = len(before.operations)
        if self.operations[:size] == before.operations and self._comparison == before._comparison:
            self.inputs, self.operations = self.inputs[size:], self.operations[size:]
            self._expected, self._whole = self._expected[size:], self._whole[size:]
            self.asked_before = size

    def learn(self, conversation: Conversation) -> None:
        """Take what this conversation's program, a reference, answers as right. Raises OracleError when it cannot."""
        for number, operation in enumerate(self.operations):
            try:
                frame = conversation.ask(operation)
            except CandidateGoneError:
                raise OracleError(
                    f"the reference does not answer input {number}: {conversation.fault}"
                ) from None
            if frame[:1] not in (b"v", b"o", b"d"):
                raise OracleError(f"the reference fails on input {number}: {short(frame[:200])}")
            self._expected[number].append(Expected(frame))

    def learn_whole(self, conversation: Conversation) -> None:
        """Fetch the values that are known by their digests only, as far as they are not too large."""
        large = [n for n, known in enumerate(self._expected) if known[-1].whole is None]
        if large:
            conversation.once_more([self._whole[number] for number in large])
        for number in large:
            try:
                self._expected[number][-1].whole = conversation.ask(self._whole[number])
            except CandidateGoneError:
                return

    def verdict(self, conversation: Conversation) -> Verdict:
        """Ask every input and hold the answers against the references'."""
        doubts: list[int] = []
        for number, operation in enumerate(self.operations):
            self.tests_passed = self.asked_before + number - len(doubts)
            try:
                frame = conversation.ask(operation)
                right = self._right(number, frame, conversation)
            except CandidateGoneError:
                return faulted(conversation)
            if right is None:
                doubts.append(number)
            elif not right:
                return self._failure(number, frame, conversation)
        if doubts:
            return self._settle(conversation, doubts)
        self.tests_passed = self.tests
        return Verdict("passed")

    def _settle(self, conversation: Conversation, doubts: list[int]) -> Verdict:
        """Large values that are not the reference's to the byte: ask for them whole, in a fresh process."""
        conversation.once_more([self._whole[number] for number in doubts])
        for number in doubts:
            self.tests_passed = self.asked_before + number
            try:
                frame = conversation.ask(self._whole[number])
                right = self._right(number, frame, conversation)
            except CandidateGoneError:
                return faulted(conversation)
            if not right:
                return self._failure(number, frame, conversation)
        self.tests_passed = self.tests
        return Verdict("passed")

    def _right(self, number: int, frame: bytes, conversation: Conversation) -> bool | None:
        """Whether the answer is right; None: it is only a digest, and not the digest of what is right."""
        if frame[:1] == b"r":
            return False
        if self._comparison.kind == "any":
            return True
        if any(frame == e.frame and e.by_bytes for e in self._expected[number]):
            return True
        if frame[:1] == b"d":
            return None
        value = conversation.decoded(frame)
        return any(
            agrees(value, e.read(), self._comparison, self.inputs[number]) for e in self._expected[number]
        )

    def _failure(self, number: int, frame: bytes, conversation: Conversation) -> Verdict:
        call = f"call {number + 1}: {self._entry_point}({', '.join(map(short, self.inputs[number]))})"
        if frame[:1] == b"r":
            try:
                conversation.raise_answer(frame, call)
            except CandidateGoneError:
                return faulted(conversation)
            except Exception as error:
                return Verdict("error", str(error))
        expected = " or ".join(short(e.read()) for e in self._expected[number][:2])
        try:
            got = short(conversation.decoded(frame))
        except CandidateGoneError:
            return faulted(conversation)
        return Verdict("failed", f"{call} returned {got}, expected {expected}"[:500])


def _surely(value: Any, again: Any) -> bool:
    """Whether two readings of the same bytes are equal, which nan and opaque values are not."""
    try:
        return bool(value == again)
    except (ArithmeticError, RecursionError, TypeError, ValueError, CodecError):
        return False
