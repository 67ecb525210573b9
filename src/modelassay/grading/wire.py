"""What passes between the grader and the sandbox besides values: frames, limits, faults of our own."""

import marshal
import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from modelassay.grading.codec import decode, encode

FRAME: Final = struct.Struct("<I")


class SandboxBrokeError(Exception):
    """The sandbox broke. Our own fault: retried, counted, never a grade."""


class Limit(NamedTuple):
    """Limits of one run in seconds of CPU: in all, and of one call; and seconds without any progress."""

    cpu_seconds: float
    call_seconds: float
    idle_seconds: float
    answer_bytes: int

    @property
    def wall_seconds(self) -> float:
        """When the grader stops believing that the sandbox still watches."""
        return 40 * self.cpu_seconds + 2 * self.idle_seconds + 60


def batch_of(operations: Sequence[bytes]) -> bytes:
    """Operations as one message."""
    return b"".join(FRAME.pack(len(o)) + o for o in operations)


def pack(value: Any) -> bytes:
    """A message between our own processes; plain values by marshal, which is fast, others by the codec."""
    try:
        return b"m" + marshal.dumps(value, 2)
    except ValueError:
        return b"x" + encode(value, strict=True)


def unpack(message: bytes) -> Any:
    """What `pack` wrote. For messages of our own processes only, never for a candidate's."""
    return marshal.loads(message[1:]) if message[:1] == b"m" else decode(message[1:], max_nodes=1 << 40)
