"""Whole programs in the sandbox: one run with one input, in a process forked for it alone, and what came out.

The program gets its file, its input and three ends of channels, and nothing else; the test runner reads its stdout and,
after its death, the end of its stderr. Each run starts from the same state: memory, /tmp and descriptors are new. Where the program can be seen to leave nothing behind, several
runs share a process (`run_many`).
"""

from __future__ import annotations

import fcntl
import os

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import ENDED, IDLE, OVER_CPU, SandboxBrokeError
from modelassay.grading.sandbox.descriptors import memory_file
from modelassay.grading.sandbox.many_inputs import (
    ALONE,
    FIRST,
    LATER,
    LENGTH,
    MOST_SECONDS,
    RESULT,
)
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.program_endings import OUT_OF_MEMORY
from modelassay.grading.sandbox.sample_run import Run
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.stdin_program import is_stateless, program_file

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final, Self

    from modelassay.core.measured import Outcome
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

    @property
    def stateless(self) -> bool:
        """Whether its first process has seen that it leaves nothing behind, so that its tests may share a process."""
        return is_stateless(self._file)

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
    run, done, errors = _run(sandbox, program, given, limit)
    try:
        return _told(run, done, errors, limit, memory_bytes, keep_errors=keep_errors)
    finally:
        os.close(errors)


class ManyRuns(NamedTuple):
    """The runs of a program's tests that shared a process, from the first on.

    ending: "stopped" where the next ones can share one, too; "alone" where the next one needs its own; "broken" where
    this program's tests should share none.
    """

    runs: list[ProgramRun]
    ending: str
    clean: bool


def run_many(
    sandbox: Sandbox,
    program: ProgramFile,
    inputs: Sequence[str],
    limit: Limit,
    *,
    memory_bytes: int = 0,
    first: bool = False,
) -> ManyRuns:
    """Run a program with each of these inputs in one process, as many as that goes well for.

    first: whether this is its first process, which finds out whether that may be: else there is the first input's run alone. What does
    not end there as it would in a process of its own is missing. Raises SandboxBrokeError for a fault of our own.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in inputs]
    given = b"".join([LENGTH.pack(len(one)) + one for one in encoded])
    whole = Limit(limit.cpu_seconds + 2 * MOST_SECONDS, *limit[1:])
    run, done, errors = _run(sandbox, program, given, whole, FIRST if first else LATER)
    try:
        if first and not program.stateless:
            one = _told(run, done, errors, limit, memory_bytes, keep_errors=False)
            return ManyRuns([one], "broken", done.clean)
    finally:
        os.close(errors)
    if run.flooded or (memory_bytes and done.peak_bytes > memory_bytes):
        return ManyRuns([], "broken", done.clean)
    runs = list(_results(run.output, len(inputs)))
    endings = {0: "stopped" if runs else "broken", ALONE << 8: "alone"} if done.reason == ENDED else {}
    return ManyRuns(runs, endings.get(done.status, "broken"), done.clean)


def _run(
    sandbox: Sandbox, program: ProgramFile, given: bytes | str, limit: Limit, position: int = 0
) -> tuple[_Output, Done, int]:
    """Run a program to its end; the descriptor of its stderr. position: of its stdin, which says whether it holds many inputs."""
    files: list[int] = []
    try:
        files.append(program.handed())
        for name, data in (("stdin", given), ("stderr", "")):
            files.append(memory_file(name, data))
        os.lseek(files[1], position, os.SEEK_SET)
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
    except BaseException:
        os.close(errors)
        raise
    return run, done, errors


def _told(
    run: _Output, done: Done, errors: int, limit: Limit, memory_bytes: int, *, keep_errors: bool
) -> ProgramRun:
    """A run of one input, as it ended."""
    outcome, detail = _ending(run, done, errors, limit, memory_bytes)
    said = _tail(errors, _KEPT_BYTES) if keep_errors else b""
    killed = done.status & 0x7F == 9 and done.reason == ENDED
    status = -(done.status & 0x7F) or done.status >> 8
    return ProgramRun(outcome, detail, run.output, done.cpu_seconds, killed, done.clean, said, status)


def _results(frames: bytes, most: int) -> Iterator[ProgramRun]:
    """What became of each test, up to the first of which not everything has come."""
    at = 0
    for _ in range(most):
        if len(frames) - at < RESULT.size:
            return
        written, complained, status, seconds = RESULT.unpack_from(frames, at)
        start = at + RESULT.size
        at = start + written + complained
        if at > len(frames):
            return
        errors = frames[max(start + written, at - _SHOWN_BYTES) : at]
        outcome: Outcome = "error" if status else "passed"
        detail = (_last_line(errors) or f"exited with status {status}") if status else ""
        output = frames[start : start + written]
        yield ProgramRun(outcome, detail, output, seconds, False, True, status=status)


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
        said = _last_line(_tail(errors, _SHOWN_BYTES))
        return "error", said or f"exited with status {status}"
    return "passed", ""


def _last_line(errors: bytes) -> str:
    """Of what stands at the end of a stderr the last line, shortened."""
    lines = [line for line in errors.decode("utf-8", "replace").split("\n") if line.strip()]
    return lines[-1].strip()[:200] if lines else ""


def _tail(descriptor: int, size: int) -> bytes:
    """The last bytes of a file."""
    return os.pread(descriptor, size, max(os.fstat(descriptor).st_size - size, 0))
