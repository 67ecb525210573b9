"""Joules that a machine says it used: the processor's counters (RAPL), and NVIDIA's (NVML).

RAPL: /sys/class/powercap/intel-rapl:N/energy_uj counts microjoules up to max_energy_range_uj and begins again (Linux,
Documentation/power/powercap); AMD's processors have the same files. Reading needs root on most systems since 2020.
NVML: nvmlDeviceGetTotalEnergyConsumption, millijoules since the driver was loaded (Volta and later).
A counter is of the whole package or device, whoever used it.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modelassay.core.speed_records import NOT_REPORTED, Energy
from modelassay.pipeline.run.nvml import opened_nvml

_POWERCAP: Final = Path("/sys/class/powercap")


class EnergyMeter:
    """Counters read at the start and at the end. A package's counter (262 kJ on most) must be read more often than it
    runs over; `tick` does that, after each pass. powercap, nvml: for tests.
    """

    def __init__(self, powercap: Path = _POWERCAP, nvml: Any = None) -> None:
        self._zones = _zones(powercap)
        self._nvml, self._devices = _nvml_devices(nvml)
        self._micro = 0
        self._last = self._read()
        self._milli = self._nvml_read()

    def tick(self) -> None:
        """Add what the packages' counters went on by since the last reading."""
        now = self._read()
        for zone, value in now.items():
            before = self._last.get(zone)
            if before is not None:
                self._micro += value - before if value >= before else value - before + self._zones[zone]
        self._last = now

    def energy(self) -> Energy:
        """Joules since the meter was made."""
        self.tick()
        parts, joules = [], 0.0
        if self._last:
            parts.append(f"RAPL, {len(self._last)} package{'s' if len(self._last) > 1 else ''}")
            joules += self._micro / 1e6
        now = self._nvml_read()
        if now and len(now) == len(self._milli):
            parts.append(f"NVML, {len(now)} GPU{'s' if len(now) > 1 else ''}")
            joules += sum(b - a for a, b in zip(self._milli, now, strict=True)) / 1e3
        if not parts:
            return Energy(joules=None, source=NOT_REPORTED)
        return Energy(joules=joules, source=" and ".join(parts) + ", of everything that ran there")

    def _read(self) -> Mapping[Path, int]:
        found = {}
        for zone in self._zones:
            with contextlib.suppress(OSError, ValueError):
                found[zone] = int((zone / "energy_uj").read_text())
        return found

    def _nvml_read(self) -> list[int]:
        found = []
        for device in self._devices:
            try:
                found.append(int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(device)))
            except self._nvml.NVMLError:  # older than Volta
                return []
        return found


def _zones(powercap: Path) -> dict[Path, int]:
    """The packages (not their parts, which are counted in them) whose counters may be read, with the counters' range."""
    found = {}
    for zone in sorted(powercap.glob("intel-rapl:*")):
        with contextlib.suppress(OSError, ValueError):
            if zone.name.count(":") == 1 and (zone / "name").read_text().startswith("package"):
                int((zone / "energy_uj").read_text())
                found[zone] = int((zone / "max_energy_range_uj").read_text()) + 1
    return found


def _nvml_devices(nvml: Any) -> tuple[Any, list[Any]]:
    nvml = opened_nvml(nvml)
    if nvml is None:
        return None, []
    try:
        return nvml, [nvml.nvmlDeviceGetHandleByIndex(i) for i in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return None, []
