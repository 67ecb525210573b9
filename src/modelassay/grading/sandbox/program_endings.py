"""How a sample's code ended, as its process tells it: the line, the exit status, and what stands at the end of its stderr."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

FILE_NAME: Final = "<candidate>"
OUT_OF_MEMORY: Final = 251  # exit status of a program that raised MemoryError


def status_of(code: Any) -> int:
    """The exit status that Python gives to `sys.exit(code)`."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def line_of(error: BaseException) -> int:
    """The line of the program at which an exception was raised, 0 if unknown. Its frames, which may hold all the memory there is, are let go."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    error.__traceback__ = None
    if isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        line = error.lineno
    return line


def described(error: BaseException) -> bytes:
    """An exception that ended a program, with the line of the program, for its stderr."""
    line = line_of(error)
    try:
        text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"[:300]
    except BaseException:  # the message is the sample's code too
        text = type(error).__name__
    where = f" (line {line})" if line else ""
    return f"\n{text}{where}".encode("utf-8", "backslashreplace")
