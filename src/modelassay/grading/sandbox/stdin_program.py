"""A whole program in a sample's process: it reads stdin and writes stdout, and its exit ends the process.

Everything here is in the sample's reach; nothing here knows an expected output or a verdict. Its stdout is a pipe to the
test runner, its stdin and stderr are files in memory of this run alone. What the process answers is what comes out of
that pipe, and its exit status: there is nothing else to forge.

Of a problem that asks for a function, the arguments come as JSON on stdin, and what the function returned goes out
as JSON; what the program itself prints is not looked at.
"""

from __future__ import annotations

import builtins
import marshal
import os
import struct
import sys
import types

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import write_all
from modelassay.grading.sandbox import judge_names, many_inputs
from modelassay.grading.sandbox.main_module import made_main
from modelassay.grading.sandbox.program_endings import FILE_NAME, OUT_OF_MEMORY, described, status_of
from modelassay.grading.sandbox.stateless_programs import stateless

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from io import TextIOWrapper
    from typing import Any, Final

    Code = tuple[types.CodeType, judge_names.Names | None, bool]
    Streams = tuple[TextIOWrapper, TextIOWrapper, TextIOWrapper]  # stdin, stdout, stderr

_HEAD: Final = struct.Struct("<QQQ???")
# The streams and `__main__` of before: to end them would take each process longer than to keep them.
_replaced: Final[list[Any]] = []


class Head(NamedTuple):
    """What stands before everything in a program's file.

    Bytes of the function's name, the source and the code, 0 where it has not been compiled; whether it starts no process; whether it
    leaves nothing behind; whether judges' names are there.
    """

    name_bytes: int
    source_bytes: int
    code_bytes: int = 0
    harmless: bool = False
    stateless: bool = False
    with_imports: bool = False


class Rights:
    """What a program may do besides computing. harmless: whether code can be seen to start no process; take_away: the right to
    start any.
    """

    def __init__(self, harmless: Callable[[types.CodeType], bool], take_away: Callable[[], None]) -> None:
        self.harmless, self.take_away = harmless, take_away


def run(
    program: int,
    descriptors: Sequence[int],
    rights: Rights,
    streams: Streams,
    steps: memoryview | None = None,
) -> int:
    """Run a program to its end; its exit status.

    program: the descriptor of its file, as `program_file` makes it, which is closed before the program's first instruction.
    descriptors: stdout, stdin, stderr. streams: of `made_streams`, unused so far. steps: see many_inputs.py.
    """
    try:
        head = _head_of(program)
        function = os.pread(program, head.name_bytes, _HEAD.size).decode()
        found = None
        if steps is not None and many_inputs.holds(descriptors[1]):
            found = _code_for_many(program, rights, head)
            if found is not None and is_stateless(program):
                return _run_many(program, descriptors, rights, function, steps, found)
            descriptors = many_inputs.only_first(descriptors)
        output = _connect(descriptors, streams, spare=bool(function))
        module = made_main()
        status = 0
        try:
            code, names, harmless = found or _code_of(program, rights, head)
            os.close(program)
            if not harmless:
                rights.take_away()
            if names is not None:
                judge_names.give(names, module.__dict__)
            exec(code, module.__dict__)
            if function:
                _answer(module, function, output)
        except SystemExit as error:
            status = status_of(error.code)
    except MemoryError as error:
        error.__traceback__ = None  # the frames may hold all the memory there is
        status = OUT_OF_MEMORY
    except BaseException as error:  # whatever it raises is its own
        status = 1
        _say(error)
    return _end(status)


def program_file(program: bytes, function: str, *, with_imports: bool = False) -> bytes:
    """The content of a program's file. function: the name of the one that is asked for, "" for a whole program. with_imports:
    as judge_names.py says.
    """
    name = function.encode()
    return _HEAD.pack(*Head(len(name), len(program), with_imports=with_imports)) + name + program


def _head_of(file: int) -> Head:
    return Head(*_HEAD.unpack(os.pread(file, _HEAD.size, 0)))


def is_stateless(file: int) -> bool:
    """Whether the process that compiled a program has seen that it leaves nothing behind, and so has run all inputs it was given."""
    return _head_of(file).stateless


def _code_for_many(program: int, rights: Rights, head: Head) -> Code | None:
    """As `_code_of`; None for what cannot be compiled, which is told where one input is run."""
    try:
        return _code_of(program, rights, head, look=True)
    except BaseException:  # the compiler's, of any kind
        return None


def _run_many(
    program: int, descriptors: Sequence[int], rights: Rights, function: str, steps: memoryview, found: Code
) -> int:
    """Run a program with each of many inputs; the exit status."""
    code, names, harmless = found
    os.close(program)
    if not harmless:
        rights.take_away()
    returned = None
    if function:

        def returned(module: types.ModuleType, given: bytes) -> bytes:
            return _returned(module, function, given)

    return many_inputs.run(many_inputs.Program(code, names, returned), descriptors[1], descriptors[0], steps)


def _code_of(file: int, rights: Rights, head: Head, *, look: bool = False) -> Code:
    """The code of a program, what it needs that it does not import, and whether it needs no confining.

    look: whether it is to be found out if it leaves nothing behind.

    The first process finds this out and leaves it in the file for those after it. Nothing of the program has run by then,
    so what it leaves there is the compiler's alone; the head comes last, so that half a code is none. The test runner seals
    the file before the next process gets it.
    """
    start = _HEAD.size + head.name_bytes
    if b"/dev/std" in os.pread(file, head.source_bytes, start):
        _give_names_of_streams()
    if head.code_bytes:
        code, names = marshal.loads(os.pread(file, head.code_bytes, start + head.source_bytes))
        return code, names, head.harmless
    source = os.pread(file, head.source_bytes, start).decode("utf-8", "surrogatepass")
    code = compile(source, FILE_NAME, "exec", dont_inherit=True)
    harmless = rights.harmless(code)
    names = judge_names.needed(source) if head.with_imports else None
    try:
        raw = marshal.dumps((code, names))
        if os.pwrite(file, raw, start + head.source_bytes) == len(raw):
            found = Head(*head[:2], len(raw), harmless, look and stateless(code, names or ()), *head[5:])
            os.pwrite(file, _HEAD.pack(*found), 0)
    except (ValueError, OSError):  # nested too deeply to be written, or no room: it is compiled each time
        pass
    return code, names, harmless


def _give_names_of_streams() -> None:
    """Have `open` know the names of standard input and output, which lead nowhere where there is no /proc."""
    usual = builtins.open
    known: dict[Any, int] = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}

    def named(file: Any, *args: Any, **kwargs: Any) -> Any:
        return usual(known.get(file, file) if isinstance(file, str) else file, *args, **kwargs)

    builtins.open = named


def warm_up(rounds: int, rights: Rights, *, functions: bool) -> None:
    """Run a small program again and again in the fork server, so that its children find the code of this file specialised.

    What it replaces is put back; nothing stays open. rights: that takes nothing away. functions: whether half of the time a
    function of it is asked for.
    """
    kept = sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__
    modules, arguments = sys.modules["__main__"], sys.argv
    for number in range(rounds):
        function = "f" if functions and number % 2 else ""
        files = [os.memfd_create("warm") for _ in range(4)]
        os.write(files[0], program_file(b"print(input())\ndef f(x):\n    return x\n", function))
        os.write(files[2], b"[1]\n")
        os.lseek(files[2], 0, 0)
        if number > 3:  # as if another process had compiled it
            _code_of(files[0], rights, _head_of(files[0]), look=True)
        run(files[0], files[1:], rights, made_streams())
        _close_streams()
    sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__ = kept  # type: ignore[misc]
    sys.modules["__main__"], sys.argv = modules, arguments
    _replaced[:] = (*kept, modules, arguments)


def made_streams() -> Streams:
    """Standard input, output and errors for one program, before it is known and before its process is forked.

    To make them in its process would have it touch fifty more pages. They ask what they are connected to when they are made, so that
    is of the kinds that `_connect` puts there later: files in memory, and a pipe for the output. They have read and
    written nothing.
    """
    kinds = [os.memfd_create("stdin"), *os.pipe(), os.memfd_create("stderr")]
    for number, kind in enumerate((kinds[0], kinds[2], kinds[3])):
        os.dup2(kind, number)
    made = (
        open(0, encoding="utf-8", closefd=False),  # noqa: SIM115
        open(1, "w", encoding="utf-8", closefd=False),  # noqa: SIM115
        open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False),  # noqa: SIM115
    )
    for kind in kinds:
        os.close(kind)
    _close_streams()
    return made


def _close_streams() -> None:
    """Let descriptors 0 to 2 lead nowhere, as they do in a fork server."""
    os.closerange(0, 3)
    for _ in range(3):
        os.open("/dev/null", os.O_RDWR)


def _connect(descriptors: Sequence[int], streams: Streams, *, spare: bool) -> int:
    """Connect the three streams; where answers go. spare: what is printed goes nowhere."""
    answers, given, errors = descriptors
    os.dup2(given, 0)
    os.dup2(errors, 2)
    if not spare:
        os.dup2(answers, 1)
        os.close(answers)
    os.close(given)
    os.close(errors)
    sys.stdin, sys.stdout, sys.stderr = streams
    sys.__stdin__, sys.__stdout__, sys.__stderr__ = streams  # type: ignore[misc]
    return answers


def _answer(module: types.ModuleType, name: str, output: int) -> None:
    """Call the function with the arguments on stdin, and write what it returned."""
    write_all(output, _returned(module, name, os.pread(0, os.fstat(0).st_size, 0)))


def _returned(module: types.ModuleType, name: str, given: bytes) -> bytes:
    """What a program's function returns for arguments that are JSON, as JSON: a list of them, or an object, which is the only
    one and has whole numbers as its keys.
    """
    import json

    holder: Any = module
    solution = vars(module).get("Solution")
    if hasattr(solution, name) or (name not in vars(module) and solution is not None):
        holder = module.Solution()  # before a function of that name, which is the method's helper
    function = getattr(holder, name)
    arguments = json.loads(given)
    if isinstance(arguments, dict):
        arguments = [{int(key): value for key, value in arguments.items()}]
    return json.dumps(function(*arguments), default=_plain).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    """What JSON has no word for, as makers of such problems take it: sets and other iterables as lists, numpy's numbers."""
    item = getattr(value, "item", None)
    return item() if item is not None and not hasattr(value, "__len__") else list(value)


def _say(error: BaseException) -> None:
    os.write(2, described(error))


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
