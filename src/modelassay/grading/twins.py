"""Programs that are the same program in other words: other names of local variables, comments, docstrings.

Two texts that compile to the same instructions over the same constants do the same. Only programs that are plain are
compared so, which cannot look at their own code or at the names of their variables.
"""

import hashlib
import marshal
import opcode
import sys
import types
import warnings
from typing import Any, Final

from modelassay.grading.candidate import arguments_of, plain

AGAIN: Final = (
    16  # one in so many programs that need not be run is run all the same, to see whether that is so
)
_LONGEST: Final = 1 << 16  # bytes
_LOOKING: Final = frozenset(("dir", "__doc__"))
_LOAD_CONST: Final = opcode.opmap["LOAD_CONST"]
_FUNCTION: Final = 3  # flags: optimised, with locals of its own
_HAS_DOCSTRING: Final = (
    1 << 26
)  # a flag of 3.13 on; before, a function's first constant is its docstring or None


def twin_of(program: bytes) -> bytes | None:
    """Equal for programs that do the same; None where that cannot be told. For the judge: it compiles the program."""
    if len(program) > _LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(program.decode("utf-8"), "", "exec", dont_inherit=True)
        if not plain(code) or _looks(code):
            return None
        return hashlib.sha256(marshal.dumps(_shape(code), 2)).digest()
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None


def _looks(code: types.CodeType) -> bool:
    return not _LOOKING.isdisjoint(code.co_names) or any(_looks(inner) for inner in _inner(code))


def _inner(code: types.CodeType) -> list[types.CodeType]:
    return [value for value in code.co_consts if isinstance(value, types.CodeType)]


def _shape(code: types.CodeType) -> tuple[Any, ...]:
    """All that decides what code does. Not where its lines are, nor what local variables are called."""
    consts = [
        _shape(value) if isinstance(value, types.CodeType) else (type(value).__name__, repr(value))
        for value in code.co_consts
    ]
    if _has_docstring(code) and 0 not in arguments_of(code.co_code, _LOAD_CONST):
        consts[0] = ()
    flags = code.co_flags
    parameters = code.co_argcount + code.co_kwonlyargcount + bool(flags & 4) + bool(flags & 8)
    return (
        code.co_name, code.co_code, consts, code.co_names, code.co_varnames[:parameters], code.co_nlocals,
        len(code.co_cellvars), len(code.co_freevars), code.co_argcount, code.co_posonlyargcount, flags,
        getattr(code, "co_exceptiontable", b""),
    )  # fmt: skip


def _has_docstring(code: types.CodeType) -> bool:
    if sys.version_info >= (3, 13):
        return bool(code.co_flags & _HAS_DOCSTRING)
    function = code.co_flags & _FUNCTION == _FUNCTION and not code.co_name.startswith("<")
    return function and isinstance(code.co_consts[0], str | None)
