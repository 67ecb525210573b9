"""Proof that a running program will never end, long before its time is up.

A `while` loop that comes back to a place with the same value in everything it uses will come back for ever, if nothing
else takes part in it. Which loops are such is decided narrowly: their statements and calls are of a few kinds, whose
effect depends on plain values alone. A counter that only counts (`n += 1`, used nowhere else in the loop) may change.
What cannot be proved goes on until its limit, as if nobody had looked.

That nothing else takes part, and that a value is all that its parts say, is checked where it is not plain:
- A dictionary's table, which its items do not show, matters where it changes while an iterator is in it. So a loop that
  can change dictionaries and can hold iterators has no dictionary among its values.
- The garbage collector may run finalizers of the program at any time. So the proof is made twice: before the second
  time, everything that no one refers to any more is collected, until nothing is left. A turn of the loop makes no new
  objects with finalizers.
- There is no other thread, no tracing or profiling function, no timer, no callback of the collector.
- A builtin is the one that it was when the sandbox was started; which one a name means is part of the values.

This runs in the sample's process, so a program can forge a proof, and be graded as one that did not end.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _thread
import builtins
import gc
import math
import sys
import time
import types

from modelassay.grading.sandbox.loop_syntax import (
    ENDS,
    UnknownError,
    changes,
    checked_parts,
    counting,
    iterates,
    of_name,
    place_of,
    walk,
)

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Final

SECONDS: Final = 0.03  # of CPU, for which a loop is watched
_SIZE: Final = 2_000  # values in what a loop uses
_LONG: Final = 10_000  # bits of an integer, characters of a text
_EACH: Final = 64  # lines between two looks at the clock

_CALLABLE: Final = (
    "abs", "all", "any", "bin", "bool", "chr", "dict", "divmod", "enumerate", "filter", "float", "frozenset", "hex",
    "int", "isinstance", "iter", "len", "list", "map", "max", "min", "next", "oct", "ord", "pow", "range",
    "reversed", "round", "set", "sorted", "str", "sum", "tuple", "zip",
)  # fmt: skip
_PURE: Final = [getattr(builtins, name) for name in _CALLABLE] + [
    value for value in vars(math).values() if type(value) is types.BuiltinFunctionType
]
_PURE_IDS: Final = frozenset(map(id, _PURE))
_NUMBERS: Final = (int, float)
_UNBOUND: Final = "unbound"
_ROOM: Final = 100  # calls within each other that looking takes at most
_CO_OPTIMIZED: Final = 1  # of a function
_COLLECTIONS: Final = 8  # after which what is left is made anew by what is collected


class Loop:
    """A `while` loop whose course depends on the values of `names` alone, seen from the beginning of one statement.

    counts: names that nothing depends on. line, last: where it begins and ends. at: the line of the statement. ends:
    first and last lines of statements that leave it.
    """

    def __init__(self, node: Any) -> None:
        uses, counted = dict[str, int](), dict[str, int]()
        parts = list(checked_parts(node))
        for part in parts:
            if type(part).__name__ == "Name":
                uses[part.id] = uses.get(part.id, 0) + 1
            elif (name_and_uses := counting(part)) is not None:
                name, count = name_and_uses
                counted[name] = counted.get(name, 0) + count
        self._dictionaries = not (any(map(iterates, parts)) and any(map(changes, parts)))
        self.ends = [(end.lineno, end.end_lineno) for end in walk(node) if type(end).__name__ in ENDS]
        self.attributes = [(p.value.id, p.attr) for p in parts if of_name(p)]
        self.counts = sorted(name for name, count in counted.items() if uses[name] == count)
        self.names = sorted(uses.keys() - set(self.counts))
        self.line: int = node.lineno
        self.last: int = node.end_lineno
        self.at = place_of(node)
        self._seen: list[Any] = []
        self._visits = 0
        self._instruction = -1

    def back(self, frame: types.FrameType) -> bool:
        """Whether the loop is where it was before. Called at the beginning of its statement. Raises UnknownError."""
        if self._instruction < 0:
            self._instruction = frame.f_lasti
        elif self._instruction != frame.f_lasti:
            return False
        state = self._state(frame)
        if state == self._seen:
            return True
        self._visits += 1
        # Brent's way of finding a cycle of any length: remember visits 1, 2, 4, 8, …
        if self._visits & (self._visits - 1) == 0:
            self._seen = state
        return False

    def left(self) -> None:
        """The loop has been left; what was seen says nothing about the next time."""
        self._seen, self._visits = [], 0

    def _state(self, frame: types.FrameType) -> list[Any]:
        mine, code = frame.f_locals, frame.f_code
        local = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
        state: list[Any] = []
        aliases: dict[int, int] = {}
        for name in self.names:
            if name in local:
                if name in mine:
                    self._write(mine[name], state, aliases)
                else:
                    state.append(_UNBOUND)
            else:
                self._write_global(name, frame, state, aliases)
        for name in self.counts:
            value = mine.get(name) if name in local else frame.f_globals.get(name)
            if type(value) not in _NUMBERS:
                raise UnknownError
            state.append(type(value))
        return state

    def _write_global(
        self, name: str, frame: types.FrameType, state: list[Any], aliases: dict[int, int]
    ) -> None:
        if name not in frame.f_globals:
            value = getattr(builtins, name, None)
            if value is None:  # of a comprehension, or else an exception ends the loop
                state.append(_UNBOUND)
            elif id(value) not in _PURE_IDS or frame.f_builtins is not vars(builtins):
                raise UnknownError
            return
        value = frame.f_globals[name]
        used = (getattr(math, attribute, None) for owner, attribute in self.attributes if owner == name)
        if id(value) in _PURE_IDS:
            state += ("builtin", id(value))
            return
        if value is not math or not all(type(each) is float or id(each) in _PURE_IDS for each in used):
            self._write(value, state, aliases)
        else:
            state.append("math")

    def _write(self, value: Any, state: list[Any], aliases: dict[int, int]) -> None:
        before = len(state)
        _write(value, state, aliases)
        if not self._dictionaries and dict in state[before:]:
            raise UnknownError


def watcher(
    source: str, file_name: str, found: Callable[[int], None], looks: memoryview
) -> Callable[[int, types.FrameType | None], None]:
    """A handler of a signal: watches the loops that the program is in for a moment.

    source: the program; file_name: of its code. found: told the line of the loop, if it will not end.
    """

    def handler(_: int, frame: types.FrameType | None) -> None:
        looks[0] += (
            1  # first of all: a program that has no room for this frame is run again without being looked at
        )
        try:
            found_frame = _function_of(frame, file_name)
            if found_frame is not None and _has_room(_ROOM):
                _Watch(source, found).begin(found_frame)
        except Exception:  # a fault of ours must not be the program's
            return

    return handler


def _function_of(frame: types.FrameType | None, file_name: str) -> types.FrameType | None:
    """The frame of the program's function that is at work, if it is one whose names can be looked at."""
    while frame is not None and frame.f_code.co_filename == file_name:
        name = frame.f_code.co_name
        if name[:1] != "<" or name == "<module>":
            break
        frame = frame.f_back  # a comprehension belongs to its function
    else:
        return None
    # In a class's body names are neither local nor global.
    return frame if frame.f_code.co_flags & _CO_OPTIMIZED or frame.f_locals is frame.f_globals else None


def _has_room(depth: int) -> bool:
    """Whether so many calls can be made within each other: near its limit, a program would fail for being looked at."""
    try:
        return depth == 0 or _has_room(depth - 1)
    except RecursionError:
        return False


class _Watch:
    """Looks at the lines that a function runs, for a moment. Whatever goes wrong here ends the watch, no more."""

    def __init__(self, source: str, found: Callable[[int], None]) -> None:
        self._source = source
        self._found = found
        self._loops: list[Loop] = []
        self._until = time.process_time() + SECONDS
        self._events = 0
        self._collected = False

    def begin(self, frame: types.FrameType) -> None:
        if not _alone():
            return
        self._loops = list(_loops_around(self._source, frame.f_lineno))
        if self._loops:
            frame.f_trace = self._trace
            sys.settrace(lambda *_: None)  # of functions that it calls there are none but finalizers

    def _trace(self, frame: types.FrameType, event: str, _: Any) -> Any:
        self._events += 1
        try:
            goes_on = event != "return" and self._line(frame, event)
        except Exception:  # a fault of ours must not be the program's
            goes_on = False
        if goes_on and (self._events % _EACH or time.process_time() < self._until):
            return self._trace
        frame.f_trace = None
        sys.settrace(None)
        return None

    def _line(self, frame: types.FrameType, event: str) -> bool:
        """Whether there is anything left to look at: not where the program leaves the loops, for it may call anything."""
        if event != "line":
            return True
        line, inside = frame.f_lineno, False
        for loop in list(self._loops):
            if not loop.line <= line <= loop.last:
                loop.left()
                continue
            if any(first <= line <= last for first, last in loop.ends):
                return False
            inside = True
            if line == loop.at:
                try:
                    again = loop.back(frame)
                except UnknownError:
                    self._loops.remove(loop)
                    continue
                if again and self._collected:
                    self._found(loop.line)
                elif again and not self._collect():
                    return False
        return inside and bool(self._loops)

    def _collect(self) -> bool:
        """Have everything finalized that no one refers to any more, and begin again; False: there is no end to it."""
        self._collected = any(gc.collect() == 0 for _ in range(_COLLECTIONS))
        for loop in self._loops:
            loop.left()
        self._until = time.process_time() + SECONDS
        return self._collected


def _alone() -> bool:
    """Whether nothing but the program's own statements and finalizers can run in this process."""
    followed = sys.gettrace() or sys.getprofile() or gc.callbacks or _thread._count()
    return not followed and not any(_signal.getitimer(number)[0] for number in range(3))


def _loops_around(source: str, line: int) -> Iterator[Loop]:
    """The `while` loops around a line of which something can be said, outer ones first."""
    from _ast import PyCF_ONLY_AST  # loaded when it is needed: see core/startup_imports.py

    tree = compile(source, "", "exec", PyCF_ONLY_AST, dont_inherit=True)
    for node in walk(tree):
        if type(node).__name__ == "While" and node.lineno <= line <= node.end_lineno:
            try:
                loop = Loop(node)
            except UnknownError:
                continue
            if loop.at:
                yield loop


def _write(value: Any, state: list[Any], aliases: dict[int, int]) -> None:
    """Append a plain value to a flat list, so that equal lists are the same values, shared in the same way."""
    if len(state) > _SIZE:
        raise UnknownError
    kind = type(value)
    if kind in (int, str, bytes):
        if (value.bit_length() if kind is int else len(value)) > _LONG:
            raise UnknownError
        state += (kind, value)
    elif kind in (bool, types.NoneType, float, complex, range):
        if value != value:  # nan: `in` asks which object it is  # noqa: PLR0124
            raise UnknownError
        state += (kind, repr(value))  # 0.0 is equal to -0.0
    elif kind is tuple:
        state += (kind, len(value))
        for each in value:
            _write(each, state, aliases)
    elif kind not in (list, dict):
        raise UnknownError
    elif id(value) in aliases:
        state += (kind, aliases[id(value)])
    else:
        aliases[id(value)] = len(aliases)
        state += (kind, -1, len(value))
        for each in value.items() if kind is dict else value:
            _write(each, state, aliases)
