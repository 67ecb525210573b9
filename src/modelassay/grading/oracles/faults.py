"""Whose fault an exception is that ends a run of tests: the sample's, as tests mean it, or ours, which is no verdict.

Tests call objects that stand for the sample's, so our own code runs below theirs. What it raises on purpose (what the
sample raised; that an object has no such method) is for the tests to see. Anything else that comes out of it is a bug, or
a sandbox that has gone: nobody's failure, and tests that catch every exception must not hide it either.
"""

from __future__ import annotations

import os
from types import FunctionType

from modelassay.grading.boundary.boundary_values import ArrayValue, Bounded
from modelassay.grading.oracles import remote

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any, Final, TypeVar

    _Function = TypeVar("_Function", bound=Any)

_FOLDER: Final = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) + os.sep  # noqa: PTH100, PTH120
_TESTS: Final = (
    "<setup>",
    "<test>",
    "<prompt>",
    "<pytest>",
)  # the names that oracles.py, test_names.py and pytest_use.py give to code of the problem
# What these raise themselves is Python's answer to the tests: an object without a length has no length.
_MEANT: Final[set[CodeType]] = {remote.next_of_items.__code__}
for _kind in (remote.RemoteObject, remote.RemoteIterator, ArrayValue, Bounded):
    _MEANT.update(part.__code__ for part in vars(_kind).values() if isinstance(part, FunctionType))


def for_tests(function: _Function) -> _Function:
    """Marks a function whose own exceptions are meant for tests to see."""
    _MEANT.add(function.__code__)
    return function


class InternalError(Exception):
    """A fault of our own while tests were run. No grade; the sample is tried again."""


def place_of_fault(error: BaseException) -> str:
    """Where in our own code an exception comes from that is not meant for tests; "" for any other.

    Only what happened below the last line of the problem's own code counts. Values that are too deep or too large are
    nobody's bug.
    """
    if isinstance(error, RecursionError | MemoryError):
        return ""
    place, meant, trace = "", False, error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename in _TESTS:
            place = ""
        elif code.co_filename.startswith(_FOLDER):
            place, meant = f"{code.co_filename[len(_FOLDER) :]} line {trace.tb_lineno}", code in _MEANT
        else:
            meant = False
        trace = trace.tb_next
    return "" if meant else place


def internal_error(error: BaseException) -> InternalError | None:
    """The fault of ours that an exception is, if it is one."""
    place = place_of_fault(error)
    said = f"an internal error: {type(error).__name__}: {str(error)[:200]} ({place})"
    return InternalError(said) if place else None
