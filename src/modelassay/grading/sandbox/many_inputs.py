"""Several tests of a program that leaves nothing behind, one after the other in one process: see stateless_programs.py.

Each test finds what a process of its own would find: a fresh `__main__`, fresh streams, the interpreter's limits as they were. What
the test before it made has been let go and collected by then, so that no code of a test runs during the next one.

The inputs are in the file that would be stdin, each after its length, and its position is FIRST or LATER; a program that may be run here
cannot reach that file, and for any other one only the first input is left. Each answer is a frame: RESULT, then what the
test wrote to stdout and stderr. What may end otherwise in a process of its own ends this one, and that test is run again there.
"""

from __future__ import annotations

import gc
import io
import os
import struct
import sys
import time

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import write_all
from modelassay.grading.sandbox import judge_names
from modelassay.grading.sandbox.descriptors import memory_file
from modelassay.grading.sandbox.main_module import made_main
from modelassay.grading.sandbox.program_endings import OUT_OF_MEMORY, described, status_of

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, Final

RESULT: Final = struct.Struct("<IIId")  # bytes to stdout, bytes to stderr, exit status, seconds of CPU
LENGTH: Final = struct.Struct("<I")
FIRST, LATER = 1, 2  # whether tests of the program have been passed before
ALONE: Final = 3  # exit status: the next test is one for a process of its own
MOST_BYTES: Final = 1 << 20  # of output
MOST_SECONDS: Final = 0.25  # after which a process more is no cost
# … for the first process of a program, whose first test may fail: what it does after that is in vain, so it is no more than a
# process more would cost.
_FIRST_SECONDS: Final = 0.005
_FRAMES: Final = 3  # of this module below a program, more than in a process of its own


class Ending(NamedTuple):
    """What a test wrote, and the exit status."""

    output: bytes
    errors: bytes
    status: int


class Program:
    """A compiled program and what one test of it needs. returned: what a function of it answers; None for a whole program."""

    def __init__(
        self,
        code: types.CodeType,
        names: judge_names.Names | None,
        returned: Callable[[types.ModuleType, bytes], bytes] | None,
    ) -> None:
        """names: see judge_names.py; None where a program has to import what it needs."""
        self._code = code
        self._names = names
        self._returned = returned
        self._output, self._errors = os.memfd_create("stdout"), os.memfd_create("stderr")

    def empty(self) -> None:
        """Let go of the streams, which write out what is left in them, and of what was written: nobody reads behind the position."""
        sys.stdin = sys.stdout = sys.stderr = None
        for file in (self._output, self._errors):
            os.lseek(file, 0, os.SEEK_SET)

    def run(self, given: bytes) -> Ending | None:
        """Run it with an input; None where a process of its own may have ended otherwise: recursion starts less deep there, and memory is empty."""
        module = made_main()
        # Files, for which the sandbox has a limit: in an object's memory there would be room for gigabytes.
        sys.stdin = io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
        sys.stdout = stdout = open(self._output, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = stderr = open(  # noqa: SIM115
            self._errors, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False
        )
        answer, status, said = None, 0, b""
        try:
            if self._names is not None:
                judge_names.give(self._names, module.__dict__)
            exec(self._code, module.__dict__)
            if self._returned is not None:
                answer = self._returned(module, given)
        except SystemExit as error:
            status = status_of(error.code)
        except (RecursionError, MemoryError):
            return None
        except BaseException as error:  # whatever it raises is its own
            status, said = 1, described(error)
        try:
            stdout.flush()
            stderr.flush()
        except BaseException:  # what cannot be encoded
            return None
        output, errors = _taken(self._output), _taken(self._errors)
        if status == OUT_OF_MEMORY or output is None or errors is None:
            return None
        return Ending(output if self._returned is None else answer or b"", errors + said, status)


def _taken(file: int) -> bytes | None:
    """What was written to a file; None where that was very much."""
    size = os.lseek(file, 0, os.SEEK_CUR)
    return os.pread(file, size, 0) if size <= MOST_BYTES else None


def holds(stdin: int) -> bool:
    """Whether a file that would be stdin holds many inputs."""
    return os.lseek(stdin, 0, os.SEEK_CUR) > 0


def only_first(descriptors: Sequence[int]) -> tuple[int, int, int]:
    """stdout, stdin with the first of many inputs, stderr. The others are out of this process's reach."""
    answers, many, errors = descriptors
    (size,) = LENGTH.unpack(os.pread(many, LENGTH.size, 0))
    first = memory_file("stdin", os.pread(many, size, LENGTH.size))
    os.close(many)
    return answers, first, errors


def run(program: Program, inputs: int, answers: int, steps: memoryview) -> int:
    """Run the tests until one is not as usual, or enough has been done; the exit status.

    inputs, answers: descriptors. steps: the place of the shared page in which the supervisor counts (candidate.py), by
    which each test has the limit of one call.
    """
    limits = sys.getrecursionlimit() + _FRAMES, sys.get_int_max_str_digits()
    data = os.pread(inputs, os.fstat(inputs).st_size, 0)
    most = _FIRST_SECONDS if os.lseek(inputs, 0, os.SEEK_CUR) == FIRST else MOST_SECONDS
    whole, began = 0, time.monotonic()
    for number, given in enumerate(_parts(data)):
        _forget(*limits)
        program.empty()
        steps[0] = number + 1
        started = time.process_time()
        ending = program.run(given)
        if ending is None or len(ending.output) + len(ending.errors) > MOST_BYTES:
            return ALONE
        output, errors, status = ending
        used = time.process_time() - started
        write_all(answers, RESULT.pack(len(output), len(errors), status, used) + output + errors)
        whole += len(output)
        if time.monotonic() - began > most or whole > MOST_BYTES:
            break
    return 0


def _parts(data: bytes) -> Iterator[bytes]:
    """The inputs one by one."""
    at = 0
    while at < len(data):
        start = at + LENGTH.size
        at = start + LENGTH.unpack_from(data, at)[0]
        yield data[start:at]


def _forget(recursion: int, digits: int) -> None:
    """Let go of all that a test made. What still runs then, such as a suspended generator's `finally`, writes to its own streams."""
    sys.modules.pop("__main__", None)
    typing: Any = sys.modules.get("typing")
    if typing is not None:
        for forget in typing._cleanups:
            forget()
    gc.collect()
    sys.setrecursionlimit(recursion)
    sys.set_int_max_str_digits(digits)
