"""A fork server: a small process in the sandbox from which samples' processes are forked.

There are two of them. A fork copies the tables of all of a process's memory, so programs that import nothing come from one that
has loaded no more than itself; all others from one that has loaded what programs like to import. Which one it is
depends on the program and its calls alone, so no sample can tell what others have imported.

Whatever this process has ever held, each sample can read, for a fork copies all of a process's memory. So it holds
nothing: no program, no test, no answer, no reference, and not how the sample before ended. It is told "fork" with
descriptors that only the child reads and writes, and tells the supervisor (supervisor.py) the number of the child.
The child belongs to the supervisor, is process 1 of a PID namespace of its own (no number tells how many there were
before), and gives up the one capability that this takes before it reads anything.

Messages: HEADER, one packet each, from the grader, or from the supervisor as long as the grader does not know that the server is
ready, with two or three descriptors (the payload: the program and the batch of operations; answers, write; further
calls, read); and to the supervisor NUMBER, of the child, or an error's, negative, with the HEADER after it: by its limits
the supervisor watches the child. They and a random mark are all that stays of it here.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import ctypes
import gc
import marshal
import os
import resource
import select
import struct
import sys

from modelassay.grading.boundary.wire import DIGEST, FRAME, HANDING_SECONDS, HEADER, PLAIN
from modelassay.grading.sandbox import candidate, command_job, namespaces, seccomp, stdin_program
from modelassay.grading.sandbox.plain_programs import plain
from modelassay.grading.sandbox.scheduling import stay_on

TYPE_CHECKING = False  # without `typing`: see startup_imports.py
if TYPE_CHECKING:
    import _socket
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

NUMBER: Final = struct.Struct("<i")
_RIGHTS_SPACE: Final = 16 + 16  # a header and four descriptors
IDLE_SECONDS: Final = 0.02  # of silence, after which a server goes on getting ready
UNPREPARED: Final = 3  # programs it runs before that: the attack, a reference and a sample
WARM_ROUNDS: Final = 16
PRELOADED: Final = (
    "math", "re", "collections", "typing", "itertools", "functools", "heapq", "string", "copy", "random",
    "bisect", "operator", "datetime", "signal", "contextlib", "_ast",
)  # fmt: skip
# Of CPython's allocator: sizes of blocks and of the pools that they come from; of an object of bytes, less what it holds.
_BLOCK, _LARGEST_BLOCK, _POOL, _BYTES_HEAD, _SMALLEST_BYTES = 16, 512, 1 << 14, 33, 48
_FOLLOWING: Final = 24  # blocks in a row that no used pool had free
_MOST_FILLERS: Final = 50_000  # of one size
_CHILD: Final = (_signal.SIGCHLD,)
_ENDING: Final = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 15, 16, 27, 29, 30, 31)  # but 26, for endless loops
_CLONE: Final = {"x86_64": 56, "aarch64": 220}
_CLONE_PARENT, _CLONE_CHILD_SETTID, _NEWPID = 0x8000, 0x01000000, 0x20000000
_PR_GET_TID_ADDRESS: Final = 40


class Cloner:
    """Makes child processes that are children of this process's parent.

    By the kernel's own call: os.fork would run hooks in the child that a process with one thread does not need, and
    with them seed `random` anew, so that a program's draws, and with them its verdict, would change from run to run.
    """

    def __init__(self, *, namespace: bool) -> None:
        """namespace: each child is process 1 of a PID namespace of its own."""
        self._call = ctypes.PyDLL(None, use_errno=True).syscall
        # The C library keeps its thread's number in memory: the kernel is to write the child's there.
        address = ctypes.c_void_p()
        found = ctypes.CDLL(None).prctl(_PR_GET_TID_ADDRESS, ctypes.byref(address), 0, 0, 0) == 0
        flags = _signal.SIGCHLD | _CLONE_PARENT | (_CLONE_CHILD_SETTID if found else 0)
        place = ctypes.c_void_p(address.value if found else None)
        number = ctypes.c_long(_CLONE[os.uname().machine])
        # The two last arguments are in the other order on some machines; the other one is not used.
        nothing = ctypes.c_void_p(None)
        self._arguments = (
            number, ctypes.c_ulong(flags | (_NEWPID if namespace else 0)), nothing, nothing, place, place,
        )  # fmt: skip

    def __call__(self) -> int:
        """0 in the child; in this process the child's number, or an error's, negative."""
        child: int = self._call(*self._arguments)
        return -ctypes.get_errno() if child < 0 else child


class ForkServer:
    """Forks for one sandbox. `page`: shared with the supervisor and every child; see candidate.py."""

    def __init__(
        self,
        control: _socket.socket,
        numbers: int,
        page: memoryview,
        modules: Sequence[str] | None,
        *,
        namespaced: bool,
        filtered: bool,
    ) -> None:
        """control: what is to be forked comes from there. numbers: the pipe to the supervisor, for the children's.

        modules: that programs are likely to import. They are loaded before anything is forked. None: its children run
        commands of other languages' tools (command_job.py), and no Python programs.
        """
        self._control = control
        self._numbers = numbers
        self._page = page
        self._namespaced = namespaced
        self._filtered = filtered
        self._clone = Cloner(namespace=namespaced)
        if namespaced:
            end_by_signals()
        self._commands = modules is None
        self._loads = bool(modules)
        self._preparation: Iterator[None] | None = None if modules is None else prepare(modules)
        self._streams: stdin_program.Streams | None = None  # once whole programs have been prepared for
        self._filler: list[Any] = []
        self._take_away = seccomp.ProcessRefuser() if filtered else _nothing
        self._answers = self._made_answers()

    def serve(self, *, eager: bool, cpu: int) -> None:
        """Fork when told so, until nobody is left who could say so. Never returns.

        eager: whether it gets ready while nobody does. cpu: that it stays on once it is ready.
        """
        news = select.poll()
        news.register(self._control, select.POLLIN)
        jobs = 0
        while True:
            while self._preparation is not None and (
                jobs >= UNPREPARED or (eager and not news.poll(IDLE_SECONDS * 1000))
            ):
                self._prepare(cpu)
            told, rights, _, _ = self._control.recvmsg(HEADER.size, _RIGHTS_SPACE)
            if not told:
                os._exit(0)
            seconds = HEADER.unpack(told)[2] + HANDING_SECONDS
            descriptors = struct.unpack(f"{len(rights[0][2]) // 4}i", rights[0][2])
            while self._preparation is not None and self._loads:
                self._prepare(cpu)
            if len(descriptors) > 3 and self._streams is None and not self._commands:
                self._streams = prepare_whole(functions=self._loads)
                self._make_ready()
            jobs += self._preparation is not None
            child = self._clone()
            if child == 0:
                self._become_candidate(descriptors, seconds)
            for descriptor in descriptors:
                os.close(descriptor)
            os.write(self._numbers, NUMBER.pack(child) + told)

    def _prepare(self, cpu: int) -> None:
        """Go on with the preparation a little; it is None once it is done."""
        assert self._preparation is not None
        if next(self._preparation, self) is self:
            self._preparation = None
            self._make_ready()
            stay_on(cpu)  # not sooner: the first processes start side by side

    def _make_ready(self) -> None:
        """Make what children start with anew, in the places that a warm-up has left, and fill the others."""
        self._answers = self._made_answers()
        self._filler = fill_gaps()
        gc.freeze()

    def _made_answers(self) -> candidate.Answers:
        """What each child starts with: made here once, used only there."""
        return candidate.Answers(self._take_away, self._page)

    def _become_candidate(self, descriptors: tuple[int, ...], cpu: float) -> None:
        """In the child: never returns."""
        try:
            self._control.detach()  # own_descriptors closes it
            os.setsid()  # a signal to its group reaches nobody else
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, _CHILD)
            whole = int(cpu) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
            if self._namespaced:
                namespaces.drop_capabilities()
                os.chdir("/tmp")
            elif self._filtered:
                seccomp.install(processes=False)
            own_descriptors(descriptors)
            if self._commands:
                os._exit(command_job.run(descriptors[0], descriptors[1:], self._take_away))
            candidate.main(self._page, self._answers, descriptors, self._streams)
        finally:
            os._exit(1)


def own_descriptors(kept: tuple[int, ...]) -> None:
    """Descriptors 0 to 2 opened anew, so that their flags and locks are nobody else's; beside them only `kept` stay.

    What a library has opened for itself goes, too: libffi 3.5 keeps its own file open, for `ctypes`.
    """
    os.closerange(0, 3)
    os.open("/dev/null", os.O_RDWR)
    os.dup(0)
    os.dup(0)
    first = 3
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def end_by_signals() -> None:
    """Have the signals that end a process by default end this one and its children, with the signal as the status.

    The kernel does not do that for process 1 of a namespace. The C library's _exit is the handler, which Python does
    not see: for a program these signals are as they always are. SIGKILL and SIGSEGV: see seccomp.py.
    """
    libc = ctypes.CDLL(None)
    libc.signal.argtypes = (ctypes.c_int, ctypes.c_void_p)
    handler = ctypes.cast(libc._exit, ctypes.c_void_p)
    for number in (*_ENDING, *range(_signal.SIGRTMIN, _signal.SIGRTMAX + 1)):
        libc.signal(number, handler)


def _nothing() -> None:
    """Where there is no seccomp there is nothing to put on."""


def prepare(modules: Sequence[str]) -> Iterator[None]:
    """Do here once what every sample's process would have to do again: half of a trivial one's time.

    A little at a time, so that it can wait while something is to be done: the first verdict needs little of it.
    """
    for name in modules:
        __import__(name)
        if name == "random":
            sys.modules[name].seed(0)
        yield
    yield from warm_up()
    settle()


def prepare_whole(*, functions: bool) -> stdin_program.Streams:
    """The same for whole programs, once the first one comes: where there are none, every other process would carry it.

    functions: whether functions of such programs are asked for here, too, whose arguments and answers are JSON.
    """
    if functions:
        __import__("json")
    stdin_program.warm_up(WARM_ROUNDS, stdin_program.Rights(plain, _nothing), functions=functions)
    streams = stdin_program.made_streams()
    settle()
    return streams


def settle() -> None:
    """Have the collector leave alone what is there."""
    gc.collect()
    gc.freeze()
    gc.disable()


def warm_up() -> Iterator[None]:
    """Run a small program again and again. Between two times nothing is open that a sample could inherit.

    Code that has run a few times is specialised, and no longer writes to its pages, each of which a child would
    have to copy: so it is called in all of the ways in which samples are.
    """
    calls = [
        PLAIN + marshal.dumps(("c", "warm", (1,), {}, DIGEST), 2),
        PLAIN + marshal.dumps(("C", "warm", (1,), {}), 2),
        PLAIN + marshal.dumps(("C", "warm", ([1, 2],), {}), 2),
        PLAIN + marshal.dumps(("C", "warm", ([[1]],), {}), 2),
    ]
    batch = b"".join(FRAME.pack(len(call)) + call for call in calls)
    for _ in range(WARM_ROUNDS):
        read, write = os.pipe()
        counter = memoryview(bytearray(candidate.PLACES * 8)).cast("Q")
        answers = candidate.Answers(_nothing, counter)
        answers.connect(write, None)
        answers.run(b"def warm(x):\n    return [y for y in (x, 2)]\n", 2 * batch)
        os.close(read)
        os.close(write)
        sys.modules.pop("candidate")
        _signal.signal(
            _signal.SIGVTALRM, _signal.SIG_DFL
        )  # which nothing in the sandbox sends to this process
        yield


def fill_gaps() -> list[Any]:
    """Objects that fill what is free between others, to be kept: what a sample makes lies side by side then.

    Python gives out blocks of one size from pools, and first those that have become free anywhere in one: each on another
    page, which a child would have to copy. Once blocks follow each other, the pool is a fresh one. Half a megabyte, which
    this process has had already.
    """
    kept: list[Any] = []
    for size in range(_BLOCK, _LARGEST_BLOCK + 1, _BLOCK):
        made: list[Any] = []
        following, before = 0, 0
        while following < min(_FOLLOWING, _POOL // size // 2) and len(made) < _MOST_FILLERS:
            made.append(_of_size(size))
            following = following + 1 if id(made[-1]) == before + size else 0
            before = id(made[-1])
        kept.append(made[: len(made) - following])
    return kept


def _of_size(size: int) -> Any:
    """A new object that takes a block of this size."""
    if size < _SMALLEST_BYTES:
        return object() if size == _BLOCK else float("1.5")
    return bytes(size - _BYTES_HEAD)
