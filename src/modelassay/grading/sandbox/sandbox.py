"""The place a candidate runs in, from the grader's side: start it, run a program in it, read its answers.

What is covered: see docs/security.md. The only file through which untrusted code is run.
"""

from __future__ import annotations

import _socket
import fcntl
import os
import select
import struct
import time

from modelassay.core.errors import SandboxError
from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.codec import decode, encode
from modelassay.grading.boundary.wire import DONE, FRAME, HEADER, SandboxBrokeError, batch_of, receive
from modelassay.grading.sandbox.process_start import Limit, Room, ServerProcess

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final, Self

START_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.005  # how long answers may wait in the pipe before they are read while they come
PIPE_BYTES: Final = 1 << 20


class Layer(NamedTuple):
    """One layer of protection: whether it held when it was attacked, and how."""

    name: str
    held: bool
    detail: str


class SandboxLevel(NamedTuple):
    """What the sandbox of this machine keeps out. `strong`: enough to run strangers' code."""

    name: str
    strong: bool
    layers: tuple[Layer, ...]


class Done(NamedTuple):
    """How a candidate's process ended, after every process of it was gone."""

    reason: bytes
    status: int
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int
    clean: bool


class Run:
    """One candidate running: its answers in order, and how it ended."""

    def __init__(self, sandbox: Sandbox, answers: int, calls: int | None, limit: Limit) -> None:
        self._sandbox = sandbox
        self._answers = answers
        self._calls = calls
        self._limit = limit
        self._started = time.monotonic()
        self._buffer = bytearray()
        self._frames: list[bytes] = []
        self._total = 0
        self.flooded = False
        self.done: Done | None = None

    @property
    def descriptor(self) -> int:
        """Where its answers come from; for another process, which takes the run over with `Sandbox.adopt`."""
        return self._answers

    def answer(self, number: int) -> bytes | None:
        """Frame `number` (0: how loading went); `None` when the run has ended without it."""
        while len(self._frames) <= number:
            if self.done is not None or self.flooded:
                return None
            self._wait()
        return self._frames[number]

    def ask(self, operation: bytes) -> None:
        """Send one more operation; when the candidate has gone, its end will say so."""
        assert self._calls is not None
        data = memoryview(FRAME.pack(len(operation)) + operation)
        try:
            while data and self.done is None:
                ready = self._sandbox.poll([(self._calls, select.POLLOUT)], 0.1)
                if self._calls in ready:
                    data = data[os.write(self._calls, data[:65536]) :]
                elif self._sandbox.control_fd in ready:
                    self._ended()
        except BrokenPipeError:
            return

    def finish(self) -> Done:
        """Stop what still runs and wait until all of it is gone. Its answers so far can still be read."""
        if self._calls is not None:
            os.close(self._calls)
            self._calls = None
        if self.done is None:
            if not self._sandbox.poll([], LOOK_SECONDS if self._frames else 0.0):
                self._sandbox.stop_candidate()
            while self.done is None:
                self._wait(reading=False)
        self.close()
        return self.done

    def _wait(self, *, reading: bool = True) -> None:
        """Until there is news: an end, or answers once the run has lasted long enough to look at them."""
        lasted = time.monotonic() - self._started
        if lasted > self._limit.wall_seconds:
            raise SandboxBrokeError("the sandbox did not end a sample in time")
        look = reading and (self._calls is not None or lasted > LOOK_SECONDS)
        ready = self._sandbox.poll(
            [(self._answers, select.POLLIN)] if look else [], 1.0 if look or not reading else LOOK_SECONDS
        )
        if self._answers in ready:
            self._read()
        if self._sandbox.control_fd in ready:
            self._ended()

    def _ended(self) -> None:
        self.done = self._sandbox.read_done()
        while not self.flooded and self._read():
            pass

    def _read(self) -> bool:
        """Take what is in the pipe; False when there is nothing more for now, or for ever."""
        try:
            part = os.read(self._answers, PIPE_BYTES)
        except BlockingIOError:
            return False
        self._buffer += part
        self._total += len(part)
        self._split()
        return bool(part)

    def _split(self) -> None:
        at = 0
        while len(self._buffer) - at >= FRAME.size:
            (size,) = FRAME.unpack_from(self._buffer, at)
            if size > self._limit.answer_bytes or self._total > 4 * self._limit.answer_bytes:
                self.flooded = True
                self._buffer.clear()
                return
            if len(self._buffer) - at - FRAME.size < size:
                break
            start = at + FRAME.size
            self._frames.append(bytes(self._buffer[start : start + size]))
            at = start + size
        del self._buffer[:at]

    def close(self) -> None:
        """Hear no more of it."""
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1


class Sandbox:
    """One fork server in its namespaces. Not for several threads. Raises SandboxBrokeError when it breaks."""

    def __init__(self, room: Room, born: ServerProcess | None = None) -> None:
        """born: a server for this room that has been started already."""
        self.room = room
        self._poller = select.poll
        self._batch: bytes | None = None
        self._run: Run | None = None
        self._server = born or ServerProcess.start(room)
        self._control = self._server.control
        self._layers: dict[str, str] | None = None

    @property
    def control_fd(self) -> int:
        return self._control.fileno()

    def layers(self) -> dict[str, str]:
        """What the server says it could set up. Waits for it to be ready."""
        if self._layers is None:
            self._control.settimeout(START_SECONDS)
            try:
                head = receive(self._control, FRAME.size)
                body = head and receive(self._control, FRAME.unpack(head)[0])
            except OSError:  # too late, or gone with the attack unread
                body = None
            self._control.settimeout(None)
            if not body:
                raise SandboxBrokeError(f"the sandbox did not start: {self._server.last_words()}")
            self._layers = decode(body)
        return self._layers

    def run(
        self,
        program: bytes,
        operations: Sequence[bytes],
        limit: Limit,
        *,
        lockstep: bool,
        early: bool = False,
    ) -> Run:
        """Start a program. Its operations are done at once; with `lockstep` more can be asked after them.

        early: do not wait for the server to be ready; it will take this up when it is. Ask for `layers` before
        the answers.
        """
        if not early:
            self.layers()
        if self._run is not None and self._run.done is None:
            self._run.finish()
        self._send_batch(batch_of(operations))
        answers, theirs = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(answers, False)
        try:
            fcntl.fcntl(answers, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:  # more than this user may have: it stays smaller
            pass
        given, calls = [theirs], None
        if lockstep:
            their_calls, calls = os.pipe2(os.O_CLOEXEC)
            os.set_blocking(calls, False)
            given.append(their_calls)
        head = HEADER.pack(b"A" if early else b"J", len(program), *limit[:3])
        try:
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(given)}i", *given))]
            self._control.sendmsg([head], rights)
            self._control.sendall(program)
        except OSError as error:
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        finally:
            for descriptor in given:
                os.close(descriptor)
        self._run = Run(self, answers, calls, limit)
        return self._run

    def adopt(self, answers: int, limit: Limit) -> Run:
        """The run that another process has started here, by the descriptor of its answers."""
        self._run = Run(self, answers, None, limit)
        return self._run

    def _send_batch(self, batch: bytes) -> None:
        if batch == self._batch:
            return
        try:
            self._control.sendall(HEADER.pack(b"B", len(batch), 0.0, 0.0, 0.0) + batch)
        except OSError as error:
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        self._batch = batch

    def poll(self, also: list[tuple[int, int]], seconds: float) -> set[int]:
        """Which of the control socket and these descriptors have news."""
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        for descriptor, events in also:
            poller.register(descriptor, events)
        return {descriptor for descriptor, _ in poller.poll(seconds * 1000)}

    def stop_candidate(self) -> None:
        try:
            self._control.sendall(HEADER.pack(b"K", 0, 0.0, 0.0, 0.0))
        except OSError:  # the server has gone, and the candidate with it
            return

    def read_done(self) -> Done:
        try:
            raw = receive(self._control, DONE.size)
        except OSError as error:
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        if raw is None:
            raise SandboxBrokeError("the sandbox has gone")
        return Done(*DONE.unpack(raw))

    def close(self) -> None:
        """End the server and with it everything in the sandbox."""
        if self._run is not None:
            self._run.close()
        self._server.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# --- the level: every layer attacked ----------------------------------------------------------------------
_ATTACK: Final = b"""
import os, _socket
def attempt(action):
    try:
        action()
        return True
    except Exception:
        return False
def attack():
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    got = {}
    got["files"] = any(os.path.exists(p) for p in ("/etc", "/proc/self", "/sys/kernel", "/bin", "/var"))
    got["write"] = attempt(lambda: os.mkdir("/sandbox-probe"))
    got["network"] = attempt(lambda: _socket.socket().connect(("127.0.0.1", 9)))
    got["privileges"] = os.getuid() == 0 or attempt(lambda: os.setuid(0)) or attempt(lambda: os.chroot("/tmp"))
    got["signals"] = os.getppid() != 1
    got["descriptors"] = any(attempt(lambda n=n: os.fstat(n)) for n in range(16, 64))
    got["environment"] = bool(os.environ)
    got["calls"] = libc.unshare(0x10000000) == 0 or libc.syscall(101, 0, 0, 0, 0) == 0 or attempt(_socket.socket)
    got["programs"] = attempt(lambda: os.execv("/bin/true", ["true"]))
    return got
"""
_MEANING: Final = {
    "files": "files of this machine out of sight",
    "write": "nothing outside /tmp writable",
    "network": "no network",
    "privileges": "no privileges, and no way to them",
    "signals": "no process outside in reach",
    "descriptors": "no inherited descriptor",
    "environment": "no environment",
    "calls": "dangerous system calls refused",
    "programs": "no other program can be run",
}


ATTACK_LIMIT: Final = Limit(10.0, 10.0, 10.0, 16 << 20)


def attack(sandbox: Sandbox) -> Run:
    """Have each layer attacked from inside as soon as the server is ready; for `measure_level`."""
    operation = b"x" + encode(("c", "attack", (), {}, False))
    return sandbox.run(_ATTACK, [operation], ATTACK_LIMIT, lockstep=False, early=True)


def measure_level(sandbox: Sandbox, begun: Run | None = None) -> SandboxLevel:
    """Say what held when each layer was attacked. begun: an attack that is going on, else this begins one."""
    if begun is None:
        sandbox.layers()  # so that what keeps it from starting is said
    run = begun or attack(sandbox)
    layers = sandbox.layers()
    raw = run.answer(1)
    run.finish()
    try:
        got: Any = decode(raw[1:]) if raw and raw[:1] == b"v" else None
    except CodecError:
        got = None
    if not isinstance(got, dict):
        raise SandboxBrokeError("the sandbox could not be checked")
    held = tuple(Layer(n, not got.get(n, True), meaning) for n, meaning in _MEANING.items())
    walls = {n: not got.get(n, True) for n in _MEANING}
    spaces = "namespaces" in layers and walls["files"] and walls["signals"] and walls["network"]
    filtered = "seccomp" in layers and walls["calls"]
    parts = [name for name, there in (("namespaces", spaces), ("seccomp", filtered)) if there]
    built = tuple(
        Layer(name, name in layers and there, layers.get(name) or layers.get(f"no {name}", "not available"))
        for name, there in (("namespaces", spaces), ("seccomp", filtered), ("rlimits", True))
    )
    strong = spaces and filtered and all(walls.values())
    return SandboxLevel("+".join([*parts, "rlimits"]), strong, built + held)


def sandbox_level() -> SandboxLevel:
    """What the sandbox of this machine keeps out, found by attacking it. Raises SandboxError without one."""
    try:
        with Sandbox(Room()) as sandbox:
            return measure_level(sandbox)
    except SandboxBrokeError as fault:
        raise SandboxError(str(fault), hint="samples cannot be graded on this machine") from fault
