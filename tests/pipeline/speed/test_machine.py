"""The state of a machine and its energy, read from trees that look like a kernel's."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from modelassay.core.speed_records import NOT_REPORTED, MachineState
from modelassay.pipeline.run.energy import EnergyMeter
from modelassay.pipeline.speed.machine_state import Ticks, gpu_state, look, warnings_of


def package(root: Path, number: int, micro: int, name: str = "package-0", most: int = 999_999) -> Path:
    zone = root / f"intel-rapl:{number}"
    zone.mkdir(parents=True, exist_ok=True)
    (zone / "name").write_text(f"{name}\n")
    (zone / "energy_uj").write_text(f"{micro}\n")
    (zone / "max_energy_range_uj").write_text(f"{most}\n")
    return zone


def test_joules_of_packages_add_up_and_counters_run_over(tmp_path: Path) -> None:
    """One goes from 0.1 to 0.4 J; the other from 0.9 over its end at 1 J to 0.2 J."""
    package(tmp_path, 0, 100_000)
    package(tmp_path, 1, 900_000, "package-1")
    meter = EnergyMeter(tmp_path)

    package(tmp_path, 0, 400_000)
    package(tmp_path, 1, 200_000, "package-1")
    found = meter.energy()

    assert found.joules == pytest.approx(0.3 + 0.3)
    assert found.source.startswith("RAPL, 2 packages")


def test_parts_of_a_package_are_not_counted_twice(tmp_path: Path) -> None:
    package(tmp_path, 0, 0)
    core = package(tmp_path, 9, 0, "core")
    core.rename(tmp_path / "intel-rapl:0:0")
    meter = EnergyMeter(tmp_path)
    package(tmp_path, 0, 500_000)
    (tmp_path / "intel-rapl:0:0" / "energy_uj").write_text("400000")

    assert meter.energy().joules == pytest.approx(0.5)


def test_no_counter_is_not_zero_joules(tmp_path: Path) -> None:
    found = EnergyMeter(tmp_path / "nothing").energy()

    assert found.joules is None
    assert found.source == NOT_REPORTED


class Nvml:
    """NVML's Python side, of one GPU."""

    class NVMLError(Exception):
        """As theirs."""

    NVML_CLOCK_SM = 1

    def __init__(self) -> None:
        self.milli = 1000

    def __getattr__(self, name: str) -> Any:
        answers: dict[str, Any] = {
            "nvmlInit": None, "nvmlDeviceGetCount": 1, "nvmlDeviceGetHandleByIndex": "gpu",
            "nvmlDeviceGetTotalEnergyConsumption": self.milli, "nvmlDeviceGetClockInfo": 1410,
            "nvmlDeviceGetCurrentClocksThrottleReasons": 0x24, "nvmlDeviceGetComputeRunningProcesses": [],
        }  # fmt: skip
        return lambda *_: answers[name]


def test_joules_of_a_gpu(tmp_path: Path) -> None:
    nvml = Nvml()
    meter = EnergyMeter(tmp_path, nvml)
    nvml.milli = 4500

    found = meter.energy()

    assert found.joules == pytest.approx(3.5)
    assert found.source.startswith("NVML, 1 GPU")


def test_reasons_that_hold_a_gpu_back_are_named() -> None:
    assert gpu_state(Nvml())["gpu_throttled_by"] == ("software power cap", "software thermal slowdown")


def kernel(root: Path, *, load: str = "0.10", throttled: int = 0, governor: str = "performance") -> Path:
    cpu = root / "sys/devices/system/cpu"
    for number in range(2):
        (cpu / f"cpu{number}/cpufreq").mkdir(parents=True)
        (cpu / f"cpu{number}/thermal_throttle").mkdir()
        (cpu / f"cpu{number}/cpufreq/scaling_cur_freq").write_text(f"{2_400_000 + number}")
        (cpu / f"cpu{number}/cpufreq/scaling_governor").write_text(governor)
        (cpu / f"cpu{number}/thermal_throttle/core_throttle_count").write_text(str(throttled))
    (cpu / "intel_pstate").mkdir()
    (cpu / "intel_pstate/no_turbo").write_text("1")
    (root / "proc").mkdir()
    (root / "proc/loadavg").write_text(f"{load} 0.2 0.3 1/100 1")
    (root / "proc/stat").write_text("cpu  100 0 100 700 0 0 0 100 0 0\n")
    return root


def test_the_state_is_read(tmp_path: Path) -> None:
    """Of 1,000 ticks 700 are idle and 100 stolen, so 20 % are busy."""
    state = look(Ticks(0, 0, 0, 0), kernel(tmp_path, throttled=3))

    assert (state.load_average, state.clock_mhz, state.governor, state.turbo) == (
        0.1,
        2400.001,
        "performance",
        False,
    )
    assert state.throttled == 6
    assert state.busy_share == pytest.approx(0.2)
    assert state.stolen_share == pytest.approx(0.1)


def test_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    state = look(None, tmp_path)

    assert (state.load_average, state.clock_mhz, state.governor, state.turbo, state.throttled) == (None,) * 5


QUIET = MachineState(
    load_average=0.1, cores=2, governor="performance", throttled=1, busy_share=0.52, own_share=0.5, stolen_share=0.0
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"load_average": 3.0}, {}, "load average 3.0"),
        ({}, {"busy_share": 0.9}, "other processes took 40 %"),
        ({}, {"throttled": 4}, "throttled for heat 3 times"),
        ({}, {"stolen_share": 0.2}, "hypervisor took 20 %"),
        ({"governor": "powersave"}, {}, "powersave"),
        ({}, {"gpu_throttled_by": ("software power cap",)}, "software power cap"),
    ],
)
def test_a_machine_that_is_not_quiet_is_warned_of(
    before: dict[str, Any], after: dict[str, Any], said: str
) -> None:
    (warning,) = warnings_of(
        msgspec.structs.replace(QUIET, **before), msgspec.structs.replace(QUIET, **after)
    )

    assert said in warning


def test_a_quiet_machine_is_not() -> None:
    assert warnings_of(QUIET, QUIET) == []
