"""What else a machine does while something is timed, and how fast it may run; what of it makes a timing doubtful.

After pyperf's `system` command (Stinner): load, clock, governor, turbo. Whatever is not readable is `None`.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from modelassay.core.speed_records import MachineState
from modelassay.pipeline.run.nvml import opened_nvml

QUIET_LOAD: Final = 0.2  # of a core per core, before anything is timed
OTHERS: Final = 0.05  # share of all cores that other processes may take


@dataclass(frozen=True)
class Ticks:
    """Clock ticks since the machine started: all of all cores, idle ones, stolen ones, and ours with our children."""

    total: int
    idle: int
    stolen: int
    own: int


def look(since: Ticks | None = None, root: Path = Path("/")) -> MachineState:
    """The state now. since: of an earlier `ticks`, for what was busy in between. root: of the file system, for tests."""
    clocks = _clocks(root)
    shares = _shares(since, ticks(root))
    gpu = gpu_state()
    return MachineState(
        load_average=_load(root), cores=_cores(), clock_mhz=max(clocks) if clocks else None,
        slowest_clock_mhz=min(clocks) if clocks else None,
        governor=_text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        turbo=_turbo(root), throttled=_throttled(root),
        busy_share=shares[0], own_share=shares[1], stolen_share=shares[2], **gpu,
    )  # fmt: skip


def warnings_of(before: MachineState, after: MachineState) -> list[str]:
    """What makes the timings between two moments doubtful, a sentence each; [] for a quiet machine."""
    found = []
    if before.load_average is not None and before.load_average > QUIET_LOAD * before.cores:
        found.append(
            f"the machine was not idle before: load average {before.load_average:.1f} on {before.cores} cores"
        )
    if after.busy_share is not None and after.own_share is not None:
        others = after.busy_share - after.own_share
        if others > OTHERS:
            found.append(f"other processes took {100 * others:.0f} % of all cores")
    if after.stolen_share is not None and after.stolen_share > 0.01:
        found.append(f"the hypervisor took {100 * after.stolen_share:.0f} % of all cores")
    if before.throttled is not None and after.throttled is not None and after.throttled > before.throttled:
        found.append(f"the processor was throttled for heat {after.throttled - before.throttled} times")
    if before.governor not in (None, "performance"):
        found.append(f"the clock is governed by {before.governor!r}: set the governor performance")
    if after.gpu_throttled_by:
        found.append(f"the GPU is held back: {', '.join(after.gpu_throttled_by)}")
    if after.gpu_other_processes:
        found.append(f"{after.gpu_other_processes} other processes use the GPU")
    return found


def ticks(root: Path = Path("/")) -> Ticks | None:
    """Read /proc/stat (proc(5)); None where there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = [int(n) for n in (root / "proc/stat").read_text().splitlines()[0].split()[1:]]
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        # guest time is in user time already; idle is idle and waiting for the disk
        return Ticks(sum(fields[:8]), fields[3] + fields[4], fields[7], round(own * os.sysconf("SC_CLK_TCK")))
    return None


def _shares(since: Ticks | None, now: Ticks | None) -> tuple[float | None, float | None, float | None]:
    """busy, own, stolen; of the cores that /proc/stat counts, which in a container may be the host's."""
    if since is None or now is None or now.total <= since.total:
        return None, None, None
    total = now.total - since.total
    stolen = (now.stolen - since.stolen) / total
    busy = 1 - (now.idle - since.idle) / total - stolen
    return busy, min(busy, (now.own - since.own) / total), stolen


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _load(root: Path) -> float | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return float((root / "proc/loadavg").read_text().split()[0])
    return None


def _clocks(root: Path) -> list[float]:
    """MHz of each core: as the governor says, else as the processor does."""
    files = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_cur_freq")
    found = [int(text) / 1000 for file in files if (text := _text(file)) and text.isdigit()]
    if not found:
        with contextlib.suppress(OSError, ValueError):
            lines = (root / "proc/cpuinfo").read_text().splitlines()
            found = [float(line.split(":")[1]) for line in lines if line.startswith("cpu MHz")]
    return found


def _turbo(root: Path) -> bool | None:
    off, boost = (
        _text(root / "sys/devices/system/cpu" / name) for name in ("intel_pstate/no_turbo", "cpufreq/boost")
    )
    if off is not None:
        return off == "0"
    return None if boost is None else boost == "1"


def _throttled(root: Path) -> int | None:
    files = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/thermal_throttle/core_throttle_count")
    counts = [int(text) for file in files if (text := _text(file)) and text.isdigit()]
    return sum(counts) if counts else None


def _text(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return None


# Bits of nvmlDeviceGetCurrentClocksEventReasons (NVML API reference) that slow a device down against its owner's wish.
_REASONS: Final = {
    0x04: "software power cap",
    0x08: "hardware slowdown",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "hardware power brake",
}


def gpu_state(nvml: Any = None) -> dict[str, Any]:
    """Of the first GPU that NVML sees; {} where there is none, or nvidia-ml-py is not installed. nvml: for tests."""
    nvml = opened_nvml(nvml)
    if nvml is None:
        return {}
    try:
        device = nvml.nvmlDeviceGetHandleByIndex(0)
        bits = int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device))
        running = {p.pid for p in nvml.nvmlDeviceGetComputeRunningProcesses(device)}
        return {
            "gpu_clock_mhz": float(nvml.nvmlDeviceGetClockInfo(device, nvml.NVML_CLOCK_SM)),
            "gpu_throttled_by": tuple(name for bit, name in _REASONS.items() if bits & bit),
            "gpu_other_processes": len(running - {os.getpid()}),
        }
    except nvml.NVMLError:
        return {}
