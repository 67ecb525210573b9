"""Tests that act on the sample's world: run beside the sample, in one sandboxed process, and graded here.

For what cannot be asked across the trust boundary: captured output, given input, patched functions, files. The tests go
into the sandbox as code, but the values they expect stay here: `assert f(x) == 5` becomes a call that tells what `f(x)`
was. Comparisons whose other side is computed in there are made again here, where both sides are values. What is left is the
word of a process in which the sample is too, and the grade says so (`mode` sealed).
"""

from __future__ import annotations

import marshal
import operator
import os

from modelassay.grading.boundary.boundary_values import CodecError, Opaque
from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.reconstruction import ARRAY_BUILDERS
from modelassay.grading.boundary.wire import PLAIN, SandboxBrokeError
from modelassay.grading.oracles.conversation import CandidateGoneError, UncrossableError, describe, short
from modelassay.grading.oracles.pytest_use import source
from modelassay.grading.oracles.sealed_tests import Prepared, prepared_tests

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from modelassay.core.measured import Outcome
    from modelassay.grading.oracles.conversation import Conversation

RUNNER: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "sandbox", "sealed_runner.py")  # noqa: PTH118, PTH120
_OPERATORS: Final[dict[str, Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.is_, "is not": operator.is_not, "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
}  # fmt: skip
APPROX: Final = "pytest.approx"  # as sealed_runner.py calls it
_HIDDEN: Final = object()  # a value that did not come out


def runner_program() -> bytes:
    """The program that runs in the sandbox in place of the sample's."""
    with open(RUNNER, "rb") as file:  # noqa: PTH123 - pathlib is not loaded at the start
        return file.read()


class _Values:
    """Values only: arrays are arrays, references mean nothing."""

    builders = ARRAY_BUILDERS

    def __getattr__(self, name: str) -> Any:
        raise CodecError("a reference where there is none to be")


_VALUES: Final[Any] = _Values()


class SealedCode:
    """The tests of one problem as they go into the sandbox."""

    def __init__(
        self,
        entry_point: str,
        setup: str,
        statements: Sequence[tuple[str, str]],
        used: set[str],
        lent: str = "",
        *,
        own_pytest: bool = False,
    ) -> None:
        """lent: imports that the sample has too, with NUL between them. own_pytest: `pytest` is our module (pytest_use.py)."""
        self._entry_point = entry_point
        self._lent = lent
        self._tests: Prepared = prepared_tests(
            setup, [code for code, _ in statements], used, own_pytest=own_pytest
        )
        self._given = {"pytest": source()} if own_pytest else {}
        self._shown = ["the tests' setup", *(shown for _, shown in statements)]
        self._open: set[int] = set()  # checks in which the reference had something that does not come out
        self.at_load = False  # whether the last program ended while it was loaded
        self.steps_passed = (
            0  # statements of the tests, without their setup, that the last program has passed
        )
        self._seen: list[bool] | None = None  # steps of the reference in which something was checked

    @property
    def changes_modules(self) -> bool:
        """Whether the tests replace something in a module, which a sample may look for there."""
        return bool(self._tests.changed)

    def verdict(
        self, conversation: Conversation, program: bytes, *, learn: bool = False
    ) -> tuple[Outcome, str]:
        """Run the tests beside a program. learn: the program is the reference. Raises UncrossableError."""
        seen: list[bool] = []
        self.at_load = False
        self.steps_passed = 0
        try:
            self._prepare(conversation)
            raised = self._ask(conversation, "load", program, self._entry_point, self._lent)
            if raised is not None:
                self.at_load = True
                return self._raised(raised, "while loading", loading=True)
            for number, code in enumerate(self._tests.codes):
                self._ask(conversation, "step", code)
                word = os.urandom(16)
                told = self._ask(conversation, "tell", word)
                failed = self._judged(told, word, number, learn, seen)
                if failed is not None:
                    return failed
                self.steps_passed = number  # the first is the setup
        except CandidateGoneError:
            assert conversation.fault is not None
            return conversation.fault
        if learn:
            self._seen = seen
        elif self._seen is not None and any(
            was and not now for was, now in zip(self._seen, seen, strict=True)
        ):
            self.steps_passed = 0
            return "failed", "the tests ended before they had checked anything"
        return "passed", ""

    def _prepare(self, conversation: Conversation) -> None:
        """Have our runner and what the tests import loaded. Nothing of the sample's is there yet, so nothing is its fault."""
        try:
            conversation.load()
            frame = self._frame(conversation, "prepare", self._tests.wanted, self._tests.imports, self._given)
            said = conversation.decoded(frame)
        except CandidateGoneError:
            raise SandboxBrokeError(f"the tests' process ended early: {conversation.fault}") from None
        if frame[:1] != b"v":
            raise UncrossableError(f"what its tests import fails in the sandbox: {said[0][0]}: {said[1]}")
        if said:
            raise UncrossableError(
                f"its tests need what is not installed in the sandbox: No module named '{said[0]}'"
            )

    def _frame(self, conversation: Conversation, name: str, *args: Any) -> bytes:
        return conversation.ask(PLAIN + marshal.dumps(("C", name, args, {}), 2))

    def _ask(self, conversation: Conversation, name: str, *args: Any) -> Any:
        frame = self._frame(conversation, name, *args)
        if frame[:1] != b"v":
            raise conversation.gone("crashed", "sent an invalid response")
        return conversation.decoded(frame)

    def _judged(
        self, told: Any, word: bytes, number: int, learn: bool, seen: list[bool]
    ) -> tuple[Outcome, str] | None:
        """How a step has failed; None: it has not."""
        match told:
            case (bytes() as said, status, tuple() as events, str(tampered)) if said == word:
                pass
            case _:
                return "refused", "it wrote where the tests write"
        changed = [name for name in tampered.split(", ") if name and name not in self._tests.changed]
        if changed:
            return "refused", f"it changed {changed[0][:100]}, which the tests rest on"
        shown = self._shown[number][:200]
        for event in events:
            if not self._holds(event, learn):
                return "failed", "; ".join(p for p in (shown, self._failure_text(event)) if p)
        seen.append(bool(events))
        return None if status is None else self._raised(status, shown)

    def _holds(self, event: Any, learn: bool) -> bool:
        match event:
            case (int(site), str(how), bytes() as left, bytes() as right, True):
                mine = self._tests.sites.get(site)
            case _:
                return False
        if mine is None or how != mine.how or (mine.withheld and right):
            return False
        if how in ("is", "is not") and not mine.withheld:
            return True  # said in there: identity does not come out, and no method of an object decides it
        values = [_value(left), mine.value if mine.withheld else _value(right) if right else None]
        if any(value is _HIDDEN for value in values):
            if learn and not mine.withheld:
                self._open.add(site)
            return site in self._open or (self._seen is None and not learn and _is_said(how, values, event))
        first, second = values if mine.side == 1 else values[::-1]
        compare = _truth if how == "true" else _OPERATORS[how]
        try:
            return bool(compare(first, second))
        except Exception:  # values that cannot be compared
            return False

    def _failure_text(self, event: Any) -> str:
        try:
            mine = self._tests.sites[event[0]]
            left = _value(event[2])
            what = "something that is no value" if left is _HIDDEN else short(left)
            return (
                f"{what} {mine.how} {short(mine.value)} does not hold"
                if mine.withheld
                else f"{what} does not hold"
            )
        except (KeyError, IndexError, TypeError):
            return ""

    def _raised(self, parts: Any, shown: str, *, loading: bool = False) -> tuple[Outcome, str]:
        match parts:
            case ((str(), *_) as names, str(message), int(line)):
                if names[0] == "MemoryError":
                    return "out-of-memory", shown
                text = f"{describe(names[0], message, line)}, {shown}"
                return ("error" if loading or (line and names[0] != "AssertionError") else "failed"), text[
                    :500
                ]
        return "crashed", "sent an invalid response"


def _is_said(how: str, values: Sequence[Any], event: tuple[Any, ...]) -> bool:
    """Whether the sandbox's word counts for a check that holds objects which do not come out, where no reference was seen.

    As in plain Python an object may say what is true of it; but not that it is equal to a value.
    """
    return (
        how in ("true", "in", "not in", "!=")
        or all(value is _HIDDEN for value in values)
        or any(_is_near(data) for data in event[2:4])
    )


def _is_near(data: bytes) -> bool:
    """Whether it is one of the numbers that pytest compares within a tolerance."""
    try:
        value = decode(data, links=_VALUES) if data else None
    except CodecError:
        return False
    return type(value) is Opaque and value.type_name == APPROX


def _truth(value: Any, _: Any) -> bool:
    return bool(value)


def _value(data: bytes) -> Any:
    """What came out, whole; _HIDDEN where some of it did not. Raises nothing."""
    try:
        value = decode(data, links=_VALUES)
    except CodecError:
        return _HIDDEN
    left, count = [value], 0
    while left:
        found = left.pop()
        count += 1
        if type(found) is Opaque:
            return _HIDDEN
        if type(found) is dict:
            left += [*found.keys(), *found.values()]
        elif type(found) in (list, tuple, set, frozenset):
            left += found
    return value
