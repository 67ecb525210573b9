"""What a device can do at most: memory, bandwidth, operations per second, each with its source."""

import functools
import os
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.records import Record

_TABLE: Final = Path(__file__).with_name("devices.toml")
# Bytes of one weight. int4: 4 bits, and 16 bits of scale and 4 of zero point per group of 128, as GPTQ and AWQ have it.
WEIGHT_BYTES: Final = {
    "fp32": 4.0,
    "bf16": 2.0,
    "fp16": 2.0,
    "fp8": 1.0,
    "int8": 1.0,
    "int4": 0.5 + 20 / 8 / 128,
}


class Device(Record):
    """Peak rates of a device, dense. flops_fp8, flops_int8: `None` where it computes them at the 16-bit rate.

    computes_bf16: whether its units do; before compute capability 8.0 NVIDIA's do not, and engines take fp16 there.
    """

    name: str
    bytes: int
    bytes_per_second: float
    flops_16: float
    source: str
    flops_fp8: float | None = None
    flops_int8: float | None = None
    computes_bf16: bool = True

    def computed(self, dtype: str) -> str:
        """The data type that engines take here for weights of this one."""
        return "fp16" if dtype == "bf16" and not self.computes_bf16 else dtype

    def flops(self, dtype: str) -> float:
        """Operations per second for weights of this dtype."""
        match dtype:
            case "fp8":
                return self.flops_fp8 or self.flops_16
            case "int8":
                return self.flops_int8 or self.flops_16
            case "fp32":
                return self.flops_16 / 2
            case _:
                return self.flops_16


def devices() -> dict[str, Device]:
    """The devices of the table by their names on the command line."""
    return msgspec.convert(tomllib.loads(_TABLE.read_text("utf-8")), dict[str, Device])


def device(name: str) -> Device:
    """A device of the table, or `cpu`: this machine, measured for two seconds. Raises InputError."""
    if name == "cpu":
        return this_cpu()
    known = devices()
    if name not in known:
        raise InputError(f"no such device: {name!r}", hint=f"known: {', '.join(known)}, cpu")
    return known[name]


@functools.cache
def this_cpu(seconds: float = 2.0) -> Device:
    """This machine's memory bandwidth (sums over an array larger than caches) and rate of multiplications.

    In 32 bits, the format that torch computes in on most CPUs; `flops_16` is that rate, too.
    """
    import numpy as np

    array = np.ones(1 << 26, np.float32)  # 256 MiB
    square = np.ones((1024, 1024), np.float32)
    bandwidth = _best_rate(seconds / 2, array.nbytes, array.sum)
    flops = _best_rate(seconds / 2, 2 * 1024**3, lambda: square @ square)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Device(
        name=f"this CPU, {os.cpu_count()} cores", bytes=memory, bytes_per_second=bandwidth, flops_16=flops,
        source=f"measured with numpy {np.__version__} for {seconds:g} s: the best of repeated runs",
    )  # fmt: skip


def _best_rate(seconds: float, work: float, action: Callable[[], object]) -> float:
    end, best = time.monotonic() + seconds, 0.0
    while time.monotonic() < end or not best:
        start = time.perf_counter()
        action()
        best = max(best, work / (time.perf_counter() - start))
    return best
