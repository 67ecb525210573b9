"""The descriptors that are handed over with a sample: its program and calls in memory of their own, and the pipes to it and from it."""

from __future__ import annotations

import fcntl
import os

from modelassay.grading.boundary.wire import SandboxBrokeError, write_all

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

PIPE_BYTES: Final = 1 << 20
_PIECE: Final = 1 << 20  # characters or bytes


def memory_file(name: str, data: bytes | str, flags: int = os.MFD_CLOEXEC) -> int:
    """The descriptor of a file in memory that holds `data`, a text as UTF-8, at its beginning. Raises OSError.

    A long text is encoded a piece at a time, so that it is in memory once beside the file.
    """
    made = os.memfd_create(name, flags)
    try:
        for start in range(0, len(data), _PIECE):
            piece = data if len(data) <= _PIECE else data[start : start + _PIECE]
            write_all(made, piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece)
        os.lseek(made, 0, os.SEEK_SET)
    except OSError:
        os.close(made)
        raise
    return made


def sample_descriptors(payload: bytes, *, lockstep: bool) -> tuple[list[int], list[int]]:
    """What the sample's process gets, and the other ends: where answers come from, where calls go."""
    given: list[int] = []
    ours: list[int] = []
    try:
        # Memory of its own for each, which nobody but the sample's process ever reads.
        given.append(memory_file("program", payload))
        for number in range(1 + lockstep):
            ends = os.pipe2(os.O_CLOEXEC)
            given.append(ends[1 - number % 2])
            ours.append(ends[number % 2])
            os.set_blocking(ours[-1], False)
    except OSError as error:
        for descriptor in (*given, *ours):
            os.close(descriptor)
        raise SandboxBrokeError(f"a program could not be handed over: {error.strerror}") from error
    try:
        fcntl.fcntl(ours[0], fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    except OSError:  # more than this user may have: it stays smaller
        pass
    return given, ours
