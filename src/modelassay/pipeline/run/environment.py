"""What machine and which versions made a result; stored in every manifest."""

import contextlib
import importlib.metadata
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

# Packages whose version can change a result; those not installed are left out.
_RELEVANT = ("modelassay", "msgspec", "numpy", "torch", "transformers", "tokenizers", "safetensors", "vllm")


def machine() -> dict[str, str]:
    """Processor, cores this process may use, memory, system and Python. Unreadable facts are left out."""
    facts = {
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
    }
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), None)
        if model:
            facts["processor"] = model
    with contextlib.suppress(OSError, ValueError):
        facts["memory_gib"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f}"
    return facts


def packages() -> dict[str, str]:
    """Installed versions of the packages that can change a result."""
    found = {}
    for name in _RELEVANT:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def now() -> str:
    """The time in ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
