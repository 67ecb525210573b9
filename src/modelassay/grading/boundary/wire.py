"""What passes between the grader and the sandbox besides values: frames, and faults of our own.

Sockets are `_socket`'s on this way: `socket` takes a twentieth of a test runner's start, and it loads `array`, with which
every answer of a sample would take the codec's slow writer.
"""

from __future__ import annotations

import _socket
import marshal
import os
import struct

from modelassay.grading.boundary.codec import decode, encode

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

FRAME: Final = struct.Struct("<I")
# Towards the server and back; supervisor.py says what each is for.
HEADER: Final = struct.Struct(
    "<c?ddd4s"
)  # kind, look for endless loops; seconds of CPU: in all, of one call; idle; which run it is about
HANDING_SECONDS: Final = 60.0  # of CPU that handing over arguments and answers may take a sample in all
# reason, wait status (of an endless loop its line), cpu seconds, peak bytes, clean, disturbed by a look
DONE: Final = struct.Struct("<cidQ??")
PLAIN: Final = b"m"  # the first byte of an operation: written by marshal
CODED: Final = b"x"  # … or by the codec, perhaps with opaque values, which are references to kept objects
LINKED: Final = b"y"  # … or by the codec with references: sample_calls.py
REPLY: Final = b"(\x03\x00\x00\x00u\x01\x00\x00\x00A"  # how the reply to a sample's question begins
DEFINING: Final = b"m(\x03\x00\x00\x00u\x01\x00\x00\x00D"  # … and what defines the tests' classes
VALUE, DIGEST, CHANGES = 0, 1, 2  # what a call is to answer: candidate.py
ENDED, STOPPED, OVER_CPU, IDLE, ENDLESS = b"E", b"S", b"C", b"I", b"L"
WATCHING: Final = b"W"  # not ended yet, since it waits for a CPU
UNFORKED: Final = b"U"  # the kernel refused a process; the status is its error number


class SandboxBrokeError(Exception):
    """The sandbox broke. Our own fault: retried, counted, never a grade."""


def payload_of(program: bytes, operations: Sequence[bytes]) -> bytes:
    """A program and its operations as one piece, which the sample's process takes apart."""
    return b"".join([FRAME.pack(len(program)), program, *[FRAME.pack(len(o)) + o for o in operations]])


def framed(value: Any) -> bytes:
    """A message between our own processes with its length before it; plain values by marshal, which is fast, others by the codec."""
    return b"".join(framed_parts(value))


def framed_parts(value: Any) -> list[bytes]:
    """As `framed`, in pieces to be sent one after the other: to join them would copy what may be large."""
    try:
        kind, raw = PLAIN, marshal.dumps(value, 2)
    except ValueError:
        kind, raw = CODED, encode(value, strict=True)
    return [FRAME.pack(len(kind) + len(raw)) + kind, raw]


def unpack(message: bytes) -> Any:
    """What stands in a frame of `framed`. For messages of our own processes only, never for a sample's."""
    if message[:1] == PLAIN:
        return marshal.loads(memoryview(message)[1:])  # no second copy of what may be large
    return decode(message[1:], max_nodes=1 << 40)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write to a descriptor that may take a part at a time. Raises OSError."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def receive(control: _socket.socket, size: int) -> bytes | None:
    """Exactly `size` bytes; None when the other side has gone."""
    parts = []
    while size:
        part = control.recv(min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
