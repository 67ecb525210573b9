"""Whole programs in the sandbox: one run with one input, in a process forked for it alone, and what came out.

The program gets its file, its input and three ends of channels, and nothing else; the test runner reads its stdout and,
after its death, the end of its stderr. Each run starts from the same state: memory, /tmp and descriptors are new.
"""

from __future__ import annotations

import fcntl
import os

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import IDLE, OVER_CPU, SandboxBrokeError
from modelassay.grading.sandbox.descriptors import memory_file
from modelassay.grading.sandbox.sample_run import Run
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.stdin_program import OUT_OF_MEMORY, program_file

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final, Self

    from modelassay.core.measured import Outcome
    from modelassay.grading.sandbox.process_start import Limit
    from modelassay.grading.sandbox.sample_run import Done

_SHOWN_BYTES: Final = 600  # of stderr
_KEPT_BYTES: Final = 1 << 16  # of stderr, where it is asked for
_SEALS: Final = 0xF  # no more seals, no shrinking, growing or writing


class ProgramRun(NamedTuple):
    """How a program ended: `outcome` is "passed" where it came to its own end with status 0.

    output: what it wrote to stdout. killed: by SIGKILL, and not by our server. clean: the sandbox can be used again.
    errors: the end of its stderr, where it was asked for. status: its exit status, negative for a signal.
    """

    outcome: Outcome
    detail: str
    output: bytes
    cpu_seconds: float
    killed: bool
    clean: bool
    errors: bytes = b""
    status: int = 0


class ProgramFile:
    """A program in memory, handed to the process of every test, of which the first leaves its compiled code in it.

    A context manager. function: the name of the one that is asked for, "" for a whole program. with_imports: see
    judge_names.py. Raises SandboxBrokeError.
    """

    imports = True

    def __init__(self, program: bytes, function: str = "", *, with_imports: bool = False) -> None:
        self.imports = bool(function) or with_imports or imports_modules(program)
        self._keep(program_file(program, function, with_imports=with_imports))

    def _keep(self, content: bytes) -> None:
        try:
            self._file = memory_file("program", content, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError as error:
            raise SandboxBrokeError(f"a program could not be handed over: {error.strerror}") from error
        self._sealed = False

    def handed(self) -> int:
        """A descriptor for one process. From the second one on nobody can write there any more."""
        return os.dup(self._file)

    def seal(self) -> None:
        """Let nobody change it any more, now that the process that compiled it has gone."""
        if not self._sealed:
            fcntl.fcntl(self._file, fcntl.F_ADD_SEALS, _SEALS)
            self._sealed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def imports_modules(program: bytes) -> bool:
    """Whether a whole program may import more than `sys`, which every process has: by its text alone, so that others' have no part in it."""
    if b"import" not in program:
        return False
    return any(line.strip() != b"import sys" for line in program.splitlines() if b"import" in line)


class _Output(Run):
    """A run whose answer is a stream of bytes."""

    def _split(self) -> None:
        """Nothing to take apart; too much ends it."""
        if self._total > self._limit.answer_bytes:
            self.flooded = True

    @property
    def output(self) -> bytes:
        """What has come so far."""
        return bytes(self._buffer)


def run_program(
    sandbox: Sandbox,
    program: ProgramFile,
    given: bytes | str,
    limit: Limit,
    *,
    memory_bytes: int = 0,
    keep_errors: bool = False,
) -> ProgramRun:
    """Run a program, or a function of it, with an input, of which a text is given as UTF-8. memory_bytes: that may be resident at most; 0 for no such limit.
    keep_errors: whether the end of its stderr is wanted.

    Raises SandboxBrokeError for a fault of our own.
    """
    files: list[int] = []
    try:
        files.append(program.handed())
        for name, data in (("stdin", given), ("stderr", "")):
            files.append(memory_file(name, data))
        read, write = os.pipe2(os.O_CLOEXEC)
    except OSError as error:
        for descriptor in files:
            os.close(descriptor)
        raise SandboxBrokeError(f"a program could not be handed over: {error.strerror}") from error
    os.set_blocking(read, False)
    errors = os.dup(files[2])
    try:
        run = _Output(sandbox, read, None, limit)
        sandbox.start([files[0], write, files[1], files[2]], limit, run, read, imports=program.imports)
        while run.answer(0) is not None:  # it never has a frame: this returns at the end
            pass
        done = run.finish()
        program.seal()
        outcome, detail = _ending(run, done, errors, limit, memory_bytes)
        said = _tail(errors, _KEPT_BYTES) if keep_errors else b""
    finally:
        os.close(errors)
    killed = done.status & 0x7F == 9 and done.reason == b"E"
    status = -(done.status & 0x7F) or done.status >> 8
    return ProgramRun(outcome, detail, run.output, done.cpu_seconds, killed, done.clean, said, status)


def _ending(run: Run, done: Done, errors: int, limit: Limit, memory_bytes: int) -> tuple[Outcome, str]:
    if run.flooded:
        return "output-flood", f"wrote more than {limit.answer_bytes >> 20} MiB"
    if done.reason == OVER_CPU:
        return "timed-out", f"more than {limit.cpu_seconds:.3g} s of CPU time"
    if done.reason == IDLE:
        return "timed-out", f"idle for {limit.idle_seconds:.3g} s"
    if memory_bytes and done.peak_bytes > memory_bytes:
        return "out-of-memory", f"more than {memory_bytes >> 20} MiB"
    signal_number, status = done.status & 0x7F, done.status >> 8
    if signal_number:
        return "crashed", f"killed by signal {signal_number}"
    if status == OUT_OF_MEMORY:
        return "out-of-memory", "MemoryError"
    if status:
        said = _end_of(errors)
        return "error", said or f"exited with status {status}"
    return "passed", ""


def _end_of(errors: int) -> str:
    """The last line of stderr, shortened."""
    text = _tail(errors, _SHOWN_BYTES).decode("utf-8", "replace")
    lines = [line for line in text.split("\n") if line.strip()]
    return lines[-1].strip()[:200] if lines else ""


def _tail(descriptor: int, size: int) -> bytes:
    """The last bytes of a file."""
    return os.pread(descriptor, size, max(os.fstat(descriptor).st_size - size, 0))
