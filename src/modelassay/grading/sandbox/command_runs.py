"""Commands of other languages' tools in a sandbox that shows their files: compiled once, then run."""

from __future__ import annotations

import marshal

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.wire import SandboxBrokeError
from modelassay.grading.sandbox.command_job import BEGUN
from modelassay.grading.sandbox.process_start import Limit
from modelassay.grading.sandbox.program_runs import ProgramFile, run_program

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

    from modelassay.grading.sandbox.process_start import SandboxSettings
    from modelassay.grading.sandbox.program_runs import ProgramRun
    from modelassay.grading.sandbox.sandbox import Sandbox
    from modelassay.grading.sandbox.toolchains import Toolchain

COMPILE_SECONDS: Final = 30.0  # of CPU
COMPILED_BYTES: Final = 16 << 20
# A compiler is a child of the process that the supervisor watches, so its CPU time is limited by the kernel; this much wall
# time ends one that waits for nothing that comes, on any machine that gives it a twentieth of a core.
_STILL_SECONDS: Final = 20 * COMPILE_SECONDS
_TMP_BYTES: Final = 64 << 20
_ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TMPDIR": "/tmp", "HOME": "/tmp"}


class Command(NamedTuple):
    """What is started. files: to be written first, by their names in /tmp. made: what a compiler has handed over.

    environment: variables beside those that every command has.
    """

    words: tuple[str, ...]
    files: dict[str, bytes]
    made: bytes = b""
    environment: dict[str, str] | None = None


class _JobFile(ProgramFile):
    """A job in memory, as command_job.py reads it."""

    def __init__(self, command: Command, *, compiling: bool) -> None:
        job = {
            "command": list(command.words), "files": command.files, "made": command.made, "compile": compiling,
            "environment": {**_ENVIRONMENT, **(command.environment or {})}, "cpu_seconds": COMPILE_SECONDS,
        }  # fmt: skip
        self._keep(marshal.dumps(job))


def settings_for(tools: Toolchain, settings: SandboxSettings) -> SandboxSettings:
    """The settings of a sandbox for a language, from those of samples in Python."""
    return settings._replace(programs=tools.files, tmp_bytes=max(settings.tmp_bytes, _TMP_BYTES), packages=())


def compiled(sandbox: Sandbox, command: Command) -> ProgramRun:
    """Run a compiler. The output is what it made, as `made` of a command. Raises SandboxBrokeError."""
    limit = Limit(COMPILE_SECONDS, COMPILE_SECONDS, _STILL_SECONDS, COMPILED_BYTES)
    with _JobFile(command, compiling=True) as job:
        return _begun(run_program(sandbox, job, b"", limit, keep_errors=True))


def run_command(sandbox: Sandbox, command: Command, given: bytes, limit: Limit) -> ProgramRun:
    """Run a command with an input. Raises SandboxBrokeError."""
    with _JobFile(command, compiling=False) as job:
        return _begun(run_program(sandbox, job, given, limit, keep_errors=True))


def _begun(run: ProgramRun) -> ProgramRun:
    """The run, of which everything is the command's own. Raises SandboxBrokeError where it was never started."""
    if run.output[:1] != BEGUN and not run.killed:
        raise SandboxBrokeError(f"a command could not be started: {run.detail or 'no reason given'}")
    return run._replace(output=run.output[1:])
