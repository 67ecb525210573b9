"""The most memory that this process used: on its GPU as torch counts it, else as the kernel does."""

import contextlib
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")


def forget_peak(device: str) -> None:
    """Begin anew; where the kernel does not let us (no Linux), the peak is that of the process's whole life."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats()
        return
    with contextlib.suppress(OSError):
        (_PROC / "self" / "clear_refs").write_text("5")  # proc(5): resets the peak resident set size


def peak_bytes(device: str, process: str = "self") -> int | None:
    """Allocated on the GPU, or resident in memory, at most; None where it cannot be seen. process: its number."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.max_memory_allocated())
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in (_PROC / process / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def peak_of(device: str) -> str:
    """What `peak_bytes` is of."""
    if device.startswith("cuda"):
        return "allocated by torch on the GPU"
    return "resident memory of this process, Python and libraries included"
