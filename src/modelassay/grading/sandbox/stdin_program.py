"""A whole program in a sample's process: it reads stdin and writes stdout, and its exit ends the process.

Everything here is in the sample's reach; nothing here knows an expected output or a verdict. Its stdout is a pipe to the
test runner, its stdin and stderr are files in memory of this run alone. What the process answers is what comes out of
that pipe, and its exit status: there is nothing else to forge.

Of a problem that asks for a function, the arguments come as a JSON list on stdin, and what the function returned goes out
as JSON; what the program itself prints is not looked at.
"""

from __future__ import annotations

import builtins
import os
import sys
import types

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

FILE_NAME: Final = "<candidate>"
OUT_OF_MEMORY: Final = 251  # exit status of a program that raised MemoryError


def run(
    program: bytes, function: str, descriptors: Sequence[int], confine: Callable[[types.CodeType], None]
) -> int:
    """Run a program to its end; its exit status.

    function: its name, "" for a program. descriptors: stdout, stdin, stderr. confine: takes rights away from the code.
    """
    output = _connect(descriptors, spare=bool(function))
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __file__="/tmp/solution.py")
    sys.modules["__main__"] = module
    sys.argv = ["solution.py"]
    for name in ("exit", "quit"):  # which the `site` module makes
        vars(builtins).setdefault(name, sys.exit)
    status = 0
    try:
        code = compile(program.decode("utf-8", "surrogatepass"), FILE_NAME, "exec", dont_inherit=True)
        confine(code)
        exec(code, module.__dict__)
        if function:
            _answer(module, function, output)
    except SystemExit as error:
        status = _status_of(error.code)
    except MemoryError as error:
        error.__traceback__ = None  # the frames may hold all the memory there is
        status = OUT_OF_MEMORY
    except BaseException as error:  # whatever it raises is its own
        status = 1
        _say(error)
    return _end(status)


def _connect(descriptors: Sequence[int], *, spare: bool) -> int:
    """Make stdin, stdout and stderr of three descriptors; where answers go. spare: what is printed goes nowhere."""
    answers, given, errors = descriptors
    os.dup2(given, 0)
    os.dup2(errors, 2)
    if not spare:
        os.dup2(answers, 1)
        os.close(answers)
    os.close(given)
    os.close(errors)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc] # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc] # noqa: SIM115
        2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
    )
    return answers


def _answer(module: types.ModuleType, name: str, output: int) -> None:
    """Call the function with the arguments on stdin, and write what it returned."""
    import json

    holder: Any = module
    if name not in vars(module) and "Solution" in vars(module):
        holder = module.Solution()
    function = getattr(holder, name)
    arguments = json.loads(os.pread(0, os.fstat(0).st_size, 0))
    data = memoryview(json.dumps(function(*arguments), default=_plain).encode("utf-8", "surrogatepass"))
    while data:
        data = data[os.write(output, data) :]


def _plain(value: Any) -> Any:
    """What JSON has no word for, as makers of such problems take it: sets and other iterables as lists, numpy's numbers."""
    item = getattr(value, "item", None)
    return item() if item is not None and not hasattr(value, "__len__") else list(value)


def _status_of(code: Any) -> int:
    """The exit status that Python gives to `sys.exit(code)`."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _say(error: BaseException) -> None:
    """Write the exception to stderr, with the line of the program."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    error.__traceback__ = None
    if isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        line = error.lineno
    try:
        text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"[:300]
    except BaseException:  # the message is the sample's code too
        text = type(error).__name__
    where = f" (line {line})" if line else ""
    os.write(2, f"\n{text}{where}".encode("utf-8", "backslashreplace"))


def _end(status: int) -> int:
    """Wait for threads, run what was registered for the exit, write out what is left in buffers."""
    try:
        threading: Any = sys.modules.get("threading")
        if threading is not None:
            threading._shutdown()
        registered: Any = sys.modules.get("atexit")
        if registered is not None:
            registered._run_exitfuncs()
        for stream in (sys.stdout, sys.__stdout__):
            if stream is not None and not stream.closed:
                stream.flush()
    except BaseException as error:  # output that cannot be written is lost, as everywhere
        _say(error)
        return status or 1
    return status
