"""The start of a sandbox: build it around this process, put every layer on, then serve.

Started by process_start.py as a plain interpreter with nothing of ours loaded but this file and those it names. Four
processes come of it, and the first stays outside of the PID namespace: all it does is to mount a fresh /tmp when the
supervisor asks for one, for which nothing inside has the right. Inside are the supervisor and two fork servers.

Before that it may leave a spare behind, a copy of itself that waits to be told something over a socket of its own and
then builds another sandbox, with processes of its own: in a few milliseconds, since its modules are loaded.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import ctypes
import gc
import marshal
import mmap
import os
import resource
import select
import struct
import sys

from modelassay.grading.boundary import codec
from modelassay.grading.sandbox import namespaces, seccomp
from modelassay.grading.sandbox.fork_server import PRELOADED, ForkServer
from modelassay.grading.sandbox.scheduling import open_proc
from modelassay.grading.sandbox.supervisor import Forks, Supervisor

TYPE_CHECKING = False  # without `typing`: see startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final, NoReturn

_CHILD: Final = (_signal.SIGCHLD,)
_FRESH, _DONE, _FAILED = b"f", b"d", b"x"


def main() -> None:
    """Arguments: the control socket's descriptor, the options in hexadecimal digits of their bytes, a spare's socket."""
    for number in (_signal.SIGCHLD, _signal.SIGINT, _signal.SIGVTALRM):
        _signal.signal(number, _signal.SIG_DFL)  # whoever started all this may have ignored it
    _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
    control = _socket.socket(fileno=int(sys.argv[1]))
    options = marshal.loads(bytes.fromhex(sys.argv[2]))
    first = control
    if len(sys.argv) > 3:
        control = leave_spare(control, _socket.socket(fileno=int(sys.argv[3])))
    # A spare becomes the place of references, which may be one: what it is not asked for is not worth getting ready.
    start(control, options, eager=control is first)
    ctypes.CDLL(None)._exit(0)


def leave_spare(control: _socket.socket, waiting: _socket.socket) -> _socket.socket:
    """Fork. Returns with the control socket here at once, and in the copy once its own socket has something to read."""
    if os.fork():
        waiting.close()
        return control
    control.close()
    os.dup2(1, 2)  # who reads what the other one says last waits for the end of all that could say something
    told = select.poll()
    told.register(waiting, select.POLLIN)
    told.poll()
    if not waiting.recv(1, _socket.MSG_PEEK):  # nobody will ever need it
        ctypes.CDLL(None)._exit(0)
    return waiting


def start(control: _socket.socket, options: dict[str, Any], *, eager: bool) -> None:
    """Build the sandbox, check it, serve. Every layer that could not be had is missing in the report.

    eager: whether the fork server gets ready while nothing is to be done.
    """
    layers: dict[str, str] = {}
    inside = False
    if "namespaces" not in options["without"]:
        try:
            inside = namespaces.enter()
            layers["namespaces"] = "user" if inside else "root"
        except OSError as error:
            layers["no namespaces"] = str(error)
    mounter = go_inside(control, options["tmp_bytes"]) if "namespaces" in layers else None
    proc = open_proc()  # which the sandbox does not have
    os.environ.clear()
    if options["python"]:  # libraries of an environment of its own may look for a home, as matplotlib does
        os.environ["HOME"] = "/tmp"
    sys.argv[:], sys.orig_argv[:] = ["candidate"], []
    if mounter is not None:
        namespaces.build_root(options["packages"], options["tmp_bytes"], options["programs"])
        sys.path.append(namespaces.PACKAGES)
        namespaces.give_up_rights(in_user_namespace=inside)
    namespaces.die_with_parent()
    limit_resources(options)
    layers["rlimits"] = "yes"
    if "seccomp" not in options["without"] and seccomp.supported():
        try:
            seccomp.install(
                processes=True, programs=bool(options["programs"]), capset_header=namespaces.capset_header()
            )
            layers["seccomp"] = "yes"
        except OSError as error:
            layers["no seccomp"] = str(error)
    os.dup2(1, 2)  # the samples' messages go nowhere
    _signal.pthread_sigmask(_signal.SIG_BLOCK, _CHILD)  # to be waited for
    page = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("Q")
    forks = start_fork_servers(control, mounter, page, layers, proc, eager=eager, options=options)
    ready = codec.encode(layers)
    # With it the grader gets the fork servers' sockets, so that it need not wake this process for them.
    right = (
        _socket.SOL_SOCKET,
        _socket.SCM_RIGHTS,
        struct.pack("2i", *(one.fileno() for one in forks.sockets)),
    )
    control.sendmsg([struct.pack("<I", len(ready))], [right])
    control.sendall(ready)
    gc.freeze()
    gc.disable()
    remount = None if mounter is None else lambda: ask_for_tmp(mounter)
    Supervisor(control, forks, page, remount, proc).serve(options["cpu"])


def start_fork_servers(
    control: _socket.socket,
    mounter: _socket.socket | None,
    page: memoryview,
    layers: dict[str, str],
    proc: int,
    *,
    eager: bool,
    options: dict[str, Any],
) -> Forks:
    """Leave two fork servers behind, before this process has heard of any sample: for programs that import nothing, and for the others.

    proc: the descriptor of scheduling.py, which is the supervisor's alone. options: see SandboxSettings; with `programs`, both are for commands of other languages' tools.
    """
    numbers, told = os.pipe2(os.O_CLOEXEC)
    sockets: list[_socket.socket] = []
    children: list[int] = []
    for modules in (None, None) if options["programs"] else ((), PRELOADED):
        ours, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
        child = os.fork()
        if child == 0:
            try:
                os.close(numbers)
                for socket in (control, ours, mounter, *sockets):
                    if socket is not None:
                        socket.close()
                if proc >= 0:
                    os.close(proc)
                compile("", "", "exec")  # the first compilation in a process makes a hundred types
                gc.freeze()
                gc.disable()
                namespaced, filtered = "namespaces" in layers, "seccomp" in layers
                server = ForkServer(theirs, told, page, modules, namespaced=namespaced, filtered=filtered)
                server.serve(eager=eager, cpu=options["cpu"])
            finally:
                os._exit(1)
        theirs.close()
        sockets.append(ours)
        children.append(child)
    os.close(told)
    os.set_blocking(numbers, False)
    if "namespaces" in layers:
        namespaces.drop_capabilities()
    return Forks(sockets, numbers, [os.pidfd_open(child) for child in children])


def go_inside(control: _socket.socket, tmp_bytes: int) -> _socket.socket:
    """Go on as process 1 of the new PID namespace. The socket leads to the process outside, which can mount."""
    outer, inner = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    child = os.fork()
    if child:
        control.close()
        inner.close()
        stay_outside(outer, child, tmp_bytes)
    outer.close()
    return inner


def stay_outside(asked: _socket.socket, child: int, tmp_bytes: int) -> NoReturn:
    """Mount a fresh /tmp for each message, then end as the sandbox does."""
    while asked.recv(1):
        try:
            namespaces.renew_tmp(tmp_bytes)
            asked.send(_DONE)
        except OSError:
            asked.send(_FAILED)
    _, status = os.waitpid(child, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def ask_for_tmp(mounter: _socket.socket) -> bool:
    """Have /tmp replaced by a fresh one."""
    mounter.send(_FRESH)
    return mounter.recv(1) == _DONE


def limit_resources(options: dict[str, Any]) -> None:
    """Limits that the server and every sample share; CPU time is set for each sample."""
    hard = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_FSIZE: options["tmp_bytes"],
        resource.RLIMIT_AS: options["memory_bytes"],
        resource.RLIMIT_MEMLOCK: 1 << 16,
        resource.RLIMIT_MSGQUEUE: 0,
        resource.RLIMIT_NPROC: options["processes"],
        resource.RLIMIT_SIGPENDING: 64,
    }
    for limit, value in hard.items():
        _, most = resource.getrlimit(limit)
        allowed = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (allowed, allowed))
