"""The place a sample runs in, from the grader's side: start it, run a program in it, read its answers.

What is covered: see docs/security.md. The only file through which untrusted code is run.
"""

from __future__ import annotations

import _socket
import os
import select
import struct

from modelassay.grading.boundary.codec import decode
from modelassay.grading.boundary.wire import (
    DONE,
    FRAME,
    HEADER,
    UNFORKED,
    WATCHING,
    SandboxBrokeError,
    payload_of,
    receive,
)
from modelassay.grading.sandbox.descriptors import sample_descriptors
from modelassay.grading.sandbox.process_start import Limit, SandboxSettings, ServerProcess
from modelassay.grading.sandbox.sample_run import NO_MARK, Done, Run

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Final, Self

START_SECONDS: Final = 30.0
_FORK_SERVERS: Final = 2


def _nothing() -> None:
    """Where nobody has to be told that this process is alive."""


class Sandbox:
    """One fork server in its namespaces. Not for several threads. Raises SandboxBrokeError when it breaks."""

    def __init__(self, settings: SandboxSettings, born: ServerProcess | None = None) -> None:
        """born: a server with these settings that has been started already."""
        self.settings = settings
        self._poller = select.poll
        self._run: Run | None = None
        self._server = born or ServerProcess.start(settings)
        self._control = self._server.control
        self._forks: list[_socket.socket] = []  # of the fork servers, once they are ready
        self._layers: dict[str, str] | None = None
        self.waiting = False  # for a sample
        self.alive: Callable[[], None] = _nothing  # called every second or so while it waits

    @property
    def latest(self) -> Run | None:
        """The run that was started here last, or adopted."""
        return self._run

    @property
    def control_fd(self) -> int:
        return self._control.fileno()

    def layers(self) -> dict[str, str]:
        """What the server says it could set up. Waits for it to be ready."""
        if self._layers is None:
            self._control.settimeout(START_SECONDS)
            try:
                head, rights, _, _ = self._control.recvmsg(
                    FRAME.size, _socket.CMSG_SPACE(8), _socket.MSG_CMSG_CLOEXEC
                )
                got = [n for _, _, raw in rights for (n,) in struct.iter_unpack("i", raw)]
                self._forks = [_socket.socket(fileno=n) for n in got]
                if head and len(got) < _FORK_SERVERS:
                    raise SandboxBrokeError("the sandbox could not be reached: no descriptor is left for it")
                head += receive(self._control, FRAME.size - len(head)) or b""
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
        look: bool = True,
    ) -> Run:
        """Start a program. Its operations are done at once; with `lockstep` more can be asked after them.

        early: do not wait for the server to be ready; it will take this up when it is. Ask for `layers` before
        the answers. look: have loops looked at that may be endless.
        """
        if not early:
            self.layers()
        if self._run is not None and self._run.done is None:
            self._run.finish()
        payload = payload_of(program, operations)
        given, ours = sample_descriptors(payload, lockstep=lockstep)
        kind = b"A" if early else b"L" if lockstep else b"J"
        # Known before it is sent: what ends tests that are at this point, an alarm, may not leave a run that nobody waits for.
        run = self._run = Run(self, ours[0], ours[1] if lockstep else None, limit)
        self._send(kind, run, limit, given, ours, look=look, imports=b"import" in payload)
        return run

    def start(self, given: list[int], limit: Limit, run: Run, ours: int, *, imports: bool) -> None:
        """Start a whole program (program_runs.py). given: its descriptors, which are closed here. ours: where its output is read.

        imports: whether it may need modules, of which the other fork server has loaded none.
        """
        try:
            self.layers()
            if self._run is not None and self._run.done is None:
                self._run.finish()
        except SandboxBrokeError:
            for descriptor in (*given, ours):
                os.close(descriptor)
            raise
        self._run = run
        self._send(b"J", run, limit, given, [ours], look=False, imports=imports)

    def _send(
        self,
        kind: bytes,
        run: Run,
        limit: Limit,
        given: Sequence[int],
        ours: Sequence[int],
        *,
        look: bool,
        imports: bool,
    ) -> None:
        """Hand a sample's descriptors over; those that are ours are closed where that fails."""
        try:
            rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(given)}i", *given))]
            if kind == b"A":
                self._control.sendmsg([HEADER.pack(kind, look, *limit[:3], NO_MARK)], rights)
            else:
                run.mark = os.urandom(len(NO_MARK))
                self._forks[imports].sendmsg([HEADER.pack(kind, look, *limit[:3], run.mark)], rights)
        except OSError as error:
            self._run = None
            for descriptor in ours:
                os.close(descriptor)
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        finally:
            for descriptor in given:
                os.close(descriptor)

    def adopt(self, answers: int, limit: Limit) -> Run:
        """The run that another process has started here, by the descriptor of its answers."""
        self._run = Run(self, answers, None, limit)
        return self._run

    def poll(self, also: list[tuple[int, int]], seconds: float) -> set[int]:
        """Which of the control socket and these descriptors have news."""
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        for descriptor, events in also:
            poller.register(descriptor, events)
        self.waiting = True
        try:
            return {descriptor for descriptor, _ in poller.poll(seconds * 1000)}
        finally:
            self.waiting = False

    def second(self) -> Sandbox:
        """Another sandbox of the same kind, whose processes are others; quickly where this one has a spare beside it."""
        other = Sandbox(self.settings, self._server.take_spare())
        other._send_command(b"W", NO_MARK)
        return other

    def stop_candidate(self, run: Run) -> None:
        self._send_command(b"K", run.mark)

    def announce_question(self, run: Run, *, asked: bool) -> None:
        """Say that the sample has been asked something, whatever it says about waiting for that; or no more."""
        self._send_command(b"Q" if asked else b"N", run.mark)

    def _send_command(self, kind: bytes, mark: bytes) -> None:
        try:
            self._control.sendall(HEADER.pack(kind, False, 0.0, 0.0, 0.0, mark))
        except OSError:  # the server has gone, and the sample with it
            return

    def read_done(self) -> Done | None:
        """How the sample ended; None: it has not yet, since it waits for a CPU."""
        try:
            raw = receive(self._control, DONE.size)
        except OSError as error:
            raise SandboxBrokeError(f"the sandbox has gone: {error}") from error
        if raw is None:
            raise SandboxBrokeError("the sandbox has gone")
        done = Done(*DONE.unpack(raw))
        if done.reason == WATCHING:
            return None
        if done.reason == UNFORKED:
            raise SandboxBrokeError(f"a process for the sample was refused: {os.strerror(done.status)}")
        return done

    def close(self) -> None:
        """End the server and with it everything in the sandbox."""
        if self._run is not None:
            self._run.close()
        while self._forks:
            self._forks.pop().close()
        self._server.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
