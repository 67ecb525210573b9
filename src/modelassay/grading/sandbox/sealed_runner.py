"""Tests and a sample in one sandboxed process: the program of ours that does it there, asked as a sample is asked.

Its text is sent in place of a sample's program, and the sample's comes as an argument. The order keeps apart what can be
kept apart: what tests import is loaded and remembered first, then the sample is loaded, then the tests come, a statement at a
time, without the values they expect, and after each statement what was seen is told with a word that is sent only then. A
sample that reaches into this process can forge all of it; docs/security.md says how much that is worth.
"""

from __future__ import annotations

import builtins
import marshal
import operator
import sys
import types
from typing import Any

from modelassay.grading.boundary.writer import Writer, exception_names, message_of

_VALUES = (int, float, complex, str, bytes, list, tuple, dict, set, frozenset)
_FREE = ("displayhook", "excepthook", "unraisablehook", "breakpointhook", "showwarning", "formatwarning")
_OPERATORS: dict[str, Any] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.is_, "is not": operator.is_not, "in": lambda a, b: a in b, "not in": lambda a, b: a not in b,
}  # fmt: skip
_CALLABLE = (types.FunctionType, types.BuiltinFunctionType, type)


class _Seen:
    """Values that go out: what is no value goes as the name of its type, and nothing of it is run."""

    def admits(self, package: str) -> bool:
        """Whether what comes of such a package goes out as a value."""
        return package in sys.modules

    def refer(self, writer: Writer, value: Any, kind: type, depth: int) -> bool:
        if isinstance(value, _VALUES) and kind.__module__ != "unittest.mock":
            return False
        # What pytest compares within a tolerance is told by a name that no class can have given itself.
        near = kind.__module__ == "pytest" and kind in vars(sys.modules["pytest"]).values()
        name = str(kind.__qualname__)
        writer.opaque("pytest.approx" if near else name.replace("pytest.approx", "approx"))
        return True


class _Runner:
    """Does what is asked, and keeps what was seen until it is asked for."""

    def __init__(self) -> None:
        self._space: dict[str, Any] = {
            "__name__": "tests",
            "__file__": "/tmp/tests.py",
            "__builtins__": dict(vars(builtins)),
        }
        self._sample = types.ModuleType("candidate")
        self._events: list[tuple[Any, ...]] = []
        self._status: tuple[Any, ...] | None = None
        self._known: list[tuple[str, Any, dict[str, Any]]] = []

    # --- what the tests call
    def held(self, site: int, how: str, left: Any, *right: Any) -> None:
        """A comparison; what is not given stays outside."""
        if not right:
            self._events.append((site, how, _crossing(left), b"", True))
            return
        found = bool(_OPERATORS[how](left, right[0]))
        self._events.append((site, how, _crossing(left), _crossing(right[0]), found))
        if not found:
            raise AssertionError(f"{how} does not hold")

    def true(self, site: int, value: Any) -> None:
        """Any other assertion."""
        found = bool(value)
        self._events.append((site, "true", _crossing(value), b"", found))
        if not found:
            raise AssertionError("does not hold")

    def equal(self, method: Any, site: int, left: Any, right: Any, *rest: Any, **named: Any) -> None:
        """unittest's assertEqual."""
        self._events.append((site, "==", _crossing(left), _crossing(right), True))
        method(left, right, *rest, **named)

    # --- what is asked
    def prepare(self, wanted: tuple[str, ...], statements: bytes, given: dict[str, str]) -> tuple[str, ...]:
        """Load what the tests need, and remember it as it is now. given: modules by their text. What cannot be loaded."""
        missing = []
        for name, text in given.items():
            sys.modules[name] = types.ModuleType(name)
            exec(compile(text, f"<{name}>", "exec", dont_inherit=True), vars(sys.modules[name]))
        for name in wanted:
            try:
                __import__(name)
            except Exception:  # a package that is not here
                missing.append(name)
        exec(marshal.loads(statements), self._space)
        for name, module in [*sys.modules.items()]:
            parts = vars(module)
            self._remember(name, parts)
            for kind in [v for v in parts.values() if isinstance(v, type) and v.__module__ == name]:
                self._remember(f"{name}.{kind.__name__}", vars(kind))
        return tuple(missing)

    def _remember(self, name: str, parts: Any) -> None:
        self._known.append(
            (name, parts, {n: v for n, v in parts.items() if isinstance(v, _CALLABLE) and n not in _FREE})
        )

    def _tampered(self) -> str:
        return ", ".join(
            f"{name}.{key}"
            for name, parts, before in self._known
            for key, value in before.items()
            if parts.get(key) is not value
        )

    def load(self, source: bytes, name: str, lent: str) -> Any:
        """Load the sample, below imports of the tests that it is lent. None, or how that ended."""
        names = vars(self._sample)
        for statement in filter(None, lent.split("\0")):
            exec(compile(statement, "<setup>", "exec", dont_inherit=True), names)
        sys.modules["candidate"] = self._sample
        try:
            exec(
                compile(source.decode("utf-8", "surrogatepass"), "<candidate>", "exec", dont_inherit=True),
                names,
            )
        except BaseException as error:  # whatever it raises is told
            return _failure(error, names)
        if name not in names:
            return (("NameError",), f"name {name!r} is not defined", 0)
        for key, value in names.items():
            if key[:2] != "__":
                self._space.setdefault(key, value)
        self._space.update(
            {name: names[name], "__held__": self.held, "__true__": self.true, "__equal__": self.equal}
        )
        return None

    def step(self, code: bytes) -> None:
        """Run a statement of the tests."""
        before = dict(self._space)
        self._status = None
        try:
            exec(marshal.loads(code), self._space)
        except BaseException as error:  # whatever it raises is told
            self._status = _failure(error, vars(self._sample))
        for key, value in self._space.items():
            if isinstance(value, type) and before.get(key) is not value and value.__module__ == "tests":
                vars(self._sample)[key] = value  # as where the tests stand below the program

    def tell(self, word: bytes) -> tuple[Any, ...]:
        """What was seen since the last time."""
        said = (word, self._status, tuple(self._events), self._tampered())
        self._events.clear()
        return said


def _crossing(value: Any) -> bytes:
    try:
        return Writer(links=_Seen()).whole(value)
    except Exception:  # what cannot be written stays here, whatever keeps it from that
        return b""


def _failure(error: BaseException, names: dict[str, Any]) -> tuple[Any, ...]:
    """What was raised, and the line of the sample where it was, 0 where it is the tests' own. names: of the sample; this
    program has the same file's name.
    """
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals is names:
            line = trace.tb_lineno
        trace = trace.tb_next
    error.__traceback__ = None  # its frames may hold all the memory there is
    if isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        line = error.lineno
    return (exception_names(type(error)), message_of(error), line)


_runner = _Runner()
prepare, load, step, tell = _runner.prepare, _runner.load, _runner.step, _runner.tell
