"""What the sandbox of this machine keeps out, found by attacking each of its layers from inside."""

from __future__ import annotations

from modelassay.core.errors import SandboxError
from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.boundary.boundary_values import CodecError
from modelassay.grading.boundary.codec import decode, encode
from modelassay.grading.boundary.wire import SandboxBrokeError
from modelassay.grading.sandbox.process_start import Limit, SandboxSettings
from modelassay.grading.sandbox.sample_run import Run
from modelassay.grading.sandbox.sandbox import Sandbox

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

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
    got["signals"] = os.getppid() != 0
    got["descriptors"] = any(attempt(lambda n=n: os.fstat(n)) for n in range(16, 64))
    got["environment"] = any(variable != ("HOME", "/tmp") for variable in os.environ.items())
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
        with Sandbox(SandboxSettings()) as sandbox:
            return measure_level(sandbox)
    except SandboxBrokeError as fault:
        raise SandboxError(str(fault), hint="samples cannot be graded on this machine") from fault
