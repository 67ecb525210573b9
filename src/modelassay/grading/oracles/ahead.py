"""Which calls of some tests rest on no answer: only those are sent ahead, all at once, with a program.

What is sent ahead lies in the memory of the sample's process before it has answered anything. Where a test feeds an
answer back (`f(f(x)) == x`), or decides by one what it asks next, a call that was learnt from a right program would
tell its answers. So nothing is learnt from answers: the tests are rehearsed on stand-ins, which go along with whatever
a test does with an answer, and hold nothing. Asserts are evaluated and not obeyed. A call that has a stand-in among its
arguments ends the rehearsal, and so does everything that differs between two rehearsals, whose stand-ins are of other
sizes, numbers, texts and truth. What is left are the calls that any answers lead to. All others are asked one by one.
"""

from __future__ import annotations

import _ast
import _signal  # type: ignore[import-not-found]
import time

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.oracles.conversation import UncrossableError
from modelassay.grading.oracles.oracles import PairCode, TestCode
from modelassay.grading.oracles.remote import RemoteIterator, RemoteObject
from modelassay.grading.oracles.test_calls import TestCalls

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Final, NoReturn

    from modelassay.grading.oracles.test_names import TestNames

SECONDS: Final = 1.0  # of CPU for one rehearsal
STILL_SECONDS: Final = 1.0  # in which the tests use no CPU, or hardly any: a rehearsal waits for nobody
STILL_SHARE: Final = 0.02  # of a core
MOST: Final = 10_000  # calls


class _OverError(BaseException):
    """The rehearsal is over. Not an Exception, so tests let it pass."""


class Choice(NamedTuple):
    """What stand-ins say where a test needs a value of Python's own."""

    truth: bool
    size: int
    number: int


CHOICES: Final = (Choice(True, 3, 7919), Choice(False, 2, 104729))


class StandIn:
    """In place of an answer. Whatever is done with it gives another one, or what the choice says."""

    __slots__ = ("_choice",)

    def __init__(self, choice: Choice) -> None:
        object.__setattr__(self, "_choice", choice)

    def __getattr__(self, name: str) -> StandIn:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        return

    def _same(self, *_: Any, **__: Any) -> StandIn:
        return self

    def _truth(self, *_: Any) -> bool:
        return _choice_of(self).truth

    def _number(self, *_: Any) -> int:
        return _choice_of(self).number

    def __len__(self) -> int:
        return _choice_of(self).size

    def __iter__(self) -> Iterator[StandIn]:
        return iter([self] * _choice_of(self).size)

    def __float__(self) -> float:
        return _choice_of(self).number + 0.5

    def __complex__(self) -> complex:
        return complex(_choice_of(self).number)

    def __repr__(self) -> str:
        return f"<stand-in {_choice_of(self).number}>"

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _truth
    __int__ = __index__ = __hash__ = _number
    __call__ = __getitem__ = __setitem__ = __delitem__ = __enter__ = __reversed__ = __round__ = _same


for _name in (
    "add",
    "sub",
    "mul",
    "matmul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "lshift",
    "rshift",
    "and",
    "xor",
    "or",
):
    for _form in ("", "r", "i"):
        setattr(StandIn, f"__{_form}{_name}__", StandIn._same)
for _name in ("abs", "neg", "pos", "invert", "trunc", "floor", "ceil", "divmod", "rdivmod"):
    setattr(StandIn, f"__{_name}__", StandIn._same)
setattr(StandIn, "__exit__", lambda self, *_: False)  # noqa: B010 - beside the others


def _choice_of(one: StandIn) -> Choice:
    choice: Choice = object.__getattribute__(one, "_choice")
    return choice


class Rehearsal:
    """Takes the place of a conversation. `asked`: the calls so far; `over`: they are not all.

    before: how many calls suites before this one have made. kept: a right program's answers that stay with it, by the
    numbers of the calls: no values, so that they tell nothing.
    """

    def __init__(self, choice: Choice, before: int, kept: Mapping[int, RemoteObject], most: int) -> None:
        self.choice = choice
        self._before = before
        self._kept = kept
        self._most = most
        self.asked: list[bytes] = []
        self.over = False
        self.last = ""
        self._used = 0.0  # seconds of CPU at the last look
        self._rehearsing = False

    def take(self, operation: bytes) -> RemoteObject | None:
        """Note a call; what stays with the sample as its answer, if it does."""
        if self.over or len(self.asked) >= self._most:
            self.stop()
        self.asked.append(operation)
        return self._kept.get(self._before + len(self.asked) - 1)

    def stop(self) -> NoReturn:
        self.over = True
        raise _OverError

    def be_asked(self) -> None:
        """A function of the tests would be called by the sample, or a stand-in was taken for one."""
        self.stop()

    def run(self, oracle: TestCode) -> None:
        """Rehearse some tests. Whatever they raise ends the rehearsal."""
        namespace: dict[str, Any] = {"__name__": "tests"}
        calls = RehearsedCalls(self, oracle.names, namespace, special=oracle.special)
        _signal.setitimer(_signal.ITIMER_VIRTUAL, SECONDS, 0.5)
        before = _signal.signal(_signal.SIGALRM, self._look)
        _signal.setitimer(_signal.ITIMER_REAL, STILL_SECONDS, STILL_SECONDS)
        self._used = time.process_time()
        self._rehearsing = True
        try:
            oracle.begin(calls, namespace)
            for number, source in enumerate(oracle.sources):
                exec(compile(softened(source), "<rehearsal>", "exec", dont_inherit=True), namespace)
                if number == 0:
                    oracle.after_setup(calls, namespace)
        except BaseException:  # time is up, it is over, or a test could not go on
            self.over = True
        finally:
            self._rehearsing = False
            _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)
            _signal.setitimer(_signal.ITIMER_REAL, 0)
            _signal.signal(_signal.SIGALRM, before)

    def _look(self, *_: object) -> None:
        """The handler of an alarm: tests that wait, as when they sleep, are rehearsed no further."""
        used = time.process_time()
        if self._rehearsing and used - self._used < STILL_SHARE * STILL_SECONDS:
            self.stop()
        self._used = used


class RehearsedCalls(TestCalls):
    """What test code asks in a rehearsal."""

    def __init__(
        self, rehearsal: Rehearsal, names: TestNames, namespace: dict[str, Any], *, special: bool | None
    ):
        super().__init__(rehearsal, names, namespace, special=special)  # type: ignore[arg-type]
        self._rehearsal = rehearsal

    def _operation_answer(
        self,
        operation: tuple[Any, ...],
        said: str,
        written: tuple[bytes, list[Any]] | None = None,
        *,
        made: bool = False,
    ) -> Any:
        try:
            raw, _ = written or self._written(operation)
        except UncrossableError:  # a stand-in, or what the sample will never be asked
            self._rehearsal.stop()
        stayed = self._rehearsal.take(raw)
        if stayed is None:
            return StandIn(self._rehearsal.choice)
        form = RemoteIterator if isinstance(stayed, RemoteIterator) else RemoteObject
        return form(self, stayed._remote_target, stayed._remote_label, made=stayed._remote_made)


def softened(source: str) -> _ast.Module:
    """A module in which no assert and no other expression's exception ends anything."""
    tree: Any = compile(source, "<rehearsal>", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    left: list[Any] = [tree]
    while left:
        node = left.pop()
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                left += [item for item in value if isinstance(item, _ast.AST)]
                value[:] = [_soft(item) for item in value]
            elif isinstance(value, _ast.AST):
                left.append(value)
    module: _ast.Module = tree
    return module


def _soft(node: Any) -> Any:
    """A statement that evaluates the same, and catches what that raises."""
    if not isinstance(node, _ast.Assert | _ast.Expr):
        return node
    place = {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
    value = node.test if isinstance(node, _ast.Assert) else node.value
    if isinstance(value, _ast.Constant):
        return node
    kind = _ast.Name(id="Exception", ctx=_ast.Load(), **place)
    handler = _ast.ExceptHandler(type=kind, name=None, body=[_ast.Pass(**place)], **place)
    statement = _ast.Expr(value=value, **place)
    return _ast.Try(body=[statement], handlers=[handler], orelse=[], finalbody=[], **place)


class Ahead(NamedTuple):
    """Operations to send ahead. whole: whether the tests ask nothing after them."""

    operations: list[bytes]
    whole: bool


def sent_ahead(
    oracles: Sequence[TestCode | PairCode], asked: Sequence[bytes] | None, kept: Mapping[int, RemoteObject]
) -> Ahead:
    """What may be sent ahead of these tests, which are run one after the other.

    asked, kept: what a right program was asked, and its answers that stay with it; `None`: there is none.
    """
    found: list[bytes] = []
    whole = True
    for oracle in oracles:
        if isinstance(oracle, PairCode):
            found += oracle.operations
            continue
        most = MOST if asked is None else len(asked)
        both = [Rehearsal(choice, len(found), kept, most - len(found)) for choice in CHOICES]
        for rehearsal in both:
            rehearsal.run(oracle)
        first, second = (rehearsal.asked for rehearsal in both)
        size = same_beginning(first, second)
        found += first[:size]
        whole = size == len(first) == len(second) and not any(rehearsal.over for rehearsal in both)
        if not whole:
            break
    if asked is None:
        return Ahead(found, whole)
    size = same_beginning(found, asked)
    return Ahead(found[:size], whole and size == len(found) == len(asked))


def same_beginning(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """How many items two lists share from their beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))
