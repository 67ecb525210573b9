"""The process a judge lives in, from its first line to its end.

Started by workers.py as a bare interpreter. It ends with its socket, and at once (SIGKILL by the kernel) when the
caller's end of the lifeline pipe is closed, whatever it is doing.
"""

import _socket
import contextlib
import fcntl
import json
import os
import resource
import signal
import sys
from typing import Final

from modelassay.grading.sandbox import Sandbox, attack
from modelassay.grading.starting import ServerProcess, room_for
from modelassay.grading.wire import SandboxBrokeError

_F_SETSIG: Final = 10
_MEMORY_BYTES: Final = 8 << 30


def hold_lifeline(descriptor: int) -> None:
    """Have the kernel kill this process when the other end of this pipe is closed."""
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    try:
        if os.read(descriptor, 1) == b"":  # it was closed before we held it
            os._exit(0)
    except BlockingIOError:
        return


def main() -> None:
    """Arguments: descriptors of the socket and the lifeline, options as JSON, with those of the server to adopt."""
    hold_lifeline(int(sys.argv[2]))
    options = json.loads(sys.argv[3])
    sys.path[:] = options["path"]
    limits = options["limits"]
    sandbox = Sandbox(room_for(limits), ServerProcess.adopt(*options["server"]))
    begun = None
    with contextlib.suppress(SandboxBrokeError):  # `serve` will meet the reason again, and say it
        begun = attack(sandbox)  # the server gets there while the rest is imported
    from modelassay.grading.judge import Judge, too_long

    signal.signal(signal.SIGVTALRM, too_long)
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    judge = Judge(_socket.socket(fileno=int(sys.argv[1])), limits, sandbox)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        judge.serve(begun)
