"""A program of another language in a sample's process: a compiler, or what it has made, in a sandbox that shows its files.

Runs in sandboxes of toolchains only (server_start.py, `programs`). A job is a file in memory that this process reads: files to
write into /tmp, a command, its environment, and whether what it writes into a folder is wanted. A compiler is a child of this
process, which hands over what it made; any other command takes this process's place, and can start threads, but no processes.
"""

from __future__ import annotations

import marshal
import os
import resource

from modelassay.grading.boundary.wire import write_all

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, Final

ANSWERS: Final = 9  # the descriptor at which a program's answers go out; what it prints goes nowhere
MADE: Final = "made"  # the folder below /tmp into which a compiler writes
NO_PROGRAM: Final = 252  # exit status where the command could not be started
BEGUN: Final = b"."  # the first byte of the answers: everything up to the command itself went well


def run(job: int, descriptors: Sequence[int], take_away: Callable[[], None]) -> int:
    """Do a job; its exit status, where this process is still there to tell.

    job: the descriptor of its file. descriptors: answers, stdin, stderr. take_away: the right to start processes.
    """
    asked: dict[str, Any] = marshal.loads(os.pread(job, os.fstat(job).st_size, 0))
    os.close(job)
    answers, given, errors = descriptors
    os.dup2(given, 0)
    os.dup2(errors, 2)
    _write_files({**asked["files"], **(marshal.loads(asked["made"]) if asked["made"] else {})})
    os.makedirs(MADE, exist_ok=True)
    if not os.access(asked["command"][0], os.X_OK):
        return NO_PROGRAM
    os.write(answers, BEGUN)
    if asked["compile"]:
        return _compile(asked, answers)
    os.dup2(answers, ANSWERS)
    for number in range(3, 64):
        if number != ANSWERS:
            _close(number)
    take_away()
    _replace(asked)
    return NO_PROGRAM


def _write_files(files: dict[str, bytes]) -> None:
    for name, data in files.items():
        if "/" in name:
            os.makedirs(os.path.dirname(name), exist_ok=True)
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o755)
        write_all(file, data)
        os.close(file)


def _compile(asked: dict[str, Any], answers: int) -> int:
    """Run a compiler, and hand over what lies in its folder afterwards, as `made` of another job."""
    seconds = int(asked["cpu_seconds"]) + 1
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)
        os.close(answers)
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        _replace(asked)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        return status & 0xFF if status > 0 else 128 - status
    made = {}
    for folder, _, names in os.walk(MADE):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                made[os.path.join(folder, name)] = file.read()
    write_all(answers, marshal.dumps(made))
    return 0


def _replace(asked: dict[str, Any]) -> None:
    try:
        os.execve(asked["command"][0], asked["command"], asked["environment"])
    except OSError as error:
        os.write(2, f"{asked['command'][0]}: {error.strerror}".encode())
    os._exit(NO_PROGRAM)


def _close(number: int) -> None:
    try:
        os.close(number)
    except OSError:  # it was not open
        return
