"""The process a test runner lives in, from its first line to its end.

Started by workers.py as a bare interpreter. It ends with its socket, and at once (SIGKILL by the kernel) when the
caller's end of the lifeline pipe is closed, whatever it is doing.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import _thread
import fcntl
import marshal
import os
import resource
import sys

from modelassay.grading.oracles.faults import for_tests
from modelassay.grading.patience import Patience
from modelassay.grading.prepared import too_long
from modelassay.grading.sandbox.level import ATTACK_LIMIT
from modelassay.grading.sandbox.process_start import ServerProcess, sandbox_settings
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.test_runner import SuiteRunner
from modelassay.grading.tests_folder import FOLDER

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, NoReturn

_F_SETSIG: Final = 10
_MEMORY_BYTES: Final = 8 << 30
_ENDING: Final = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    11,
    12,
    14,
    15,
    16,
    24,
    26,
    27,
    29,
    30,
    31,
)  # where nobody handles them


def hold_lifeline(descriptor: int) -> None:
    """Have the kernel kill this process when the other end of this pipe is closed."""
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, _F_SETSIG, _signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    try:
        if os.read(descriptor, 1) == b"":  # it was closed before we held it
            os._exit(0)
    except BlockingIOError:
        return


def keep_from_exits() -> None:
    """Make an exception of tests' ways to end this process at once, as `sys.exit` is one: a verdict, and no restart.

    Processes that tests fork end as ever, and so do those that tests kill. Signals for which there is a handler go to it.
    """
    runner, leave = os.getpid(), os._exit

    @for_tests
    def end(status: int) -> NoReturn:
        if os.getpid() != runner:
            leave(status)
        raise SystemExit(status)

    @for_tests
    def abort() -> NoReturn:
        end(128 + _signal.SIGABRT)

    for module in (os, sys.modules["posix"]):
        setattr(module, "_exit", end)  # noqa: B010 - for which the checker has no such type
        setattr(module, "abort", abort)  # noqa: B010
    _keep_from_signals(runner, end)


def _keep_from_signals(runner: int, end: Callable[[int], NoReturn]) -> None:
    """Have signals that tests send to their own process, and that would end it, end the tests instead."""

    def ends(number: int) -> bool:
        default = number in _ENDING and _signal.getsignal(number) == _signal.SIG_DFL
        return bool(default or number == _signal.SIGKILL)

    def kept(send: Callable[..., None]) -> Callable[..., None]:
        @for_tests
        def checked(*where_and_number: int) -> None:
            *where, number = where_and_number
            own = not where or where[0] in (
                runner,
                0,
                _thread.get_ident(),
            )  # a group, too, of which it is the first
            if own and os.getpid() == runner and ends(number):
                end(128 + number)
            send(*where_and_number)

        return checked

    for module in (os, sys.modules["posix"], _signal, sys.modules.get("signal")):
        for name in ("kill", "killpg", "raise_signal", "pthread_kill"):
            if hasattr(module, name):
                setattr(module, name, kept(getattr(module, name)))


def main() -> None:
    """Arguments: descriptors of the socket and the lifeline; options, in hexadecimal digits of their bytes.

    Among these are the descriptors of the server to adopt, and of the attack on it that has been started.
    """
    hold_lifeline(int(sys.argv[2]))
    options = marshal.loads(bytes.fromhex(sys.argv[3]))
    sys.path[:] = options["path"]
    limits = options["limits"]
    settings = sandbox_settings(limits)._replace(cpu=options["cpu"])
    sandbox = Sandbox(settings, ServerProcess.adopt(*options["server"]))
    _signal.signal(_signal.SIGVTALRM, too_long)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    runner = SuiteRunner(
        _socket.socket(fileno=int(sys.argv[1])),
        limits,
        sandbox,
        allow_weak=options["allow_weak"],
        patience=Patience(*options["patience"]),
    )
    keep_from_exits()
    try:
        runner.serve(sandbox.adopt(options["attack"], ATTACK_LIMIT) if options["attack"] >= 0 else None)
    except (BrokenPipeError, ConnectionResetError):  # the caller has gone
        return
    finally:
        FOLDER.close()
