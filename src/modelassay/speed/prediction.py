"""How fast a model will be on a device, as one of three kinds of answer that are never mixed.

- calibrated: fitted on rows that the user measured on this device with this engine;
- transferred: fitted on published rows of this engine, on this device or (with a larger error) on another;
- textbook: nothing but peak rates and usual shares of them.

Each has the error that its kind showed on rows it had not seen, as an interval that held 90% of them.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from modelassay.core.devices import Device
from modelassay.core.records import Record
from modelassay.speed.calibration import (
    STATIC_TEXTBOOK,
    TEXTBOOK,
    Factors,
    Fit,
    Measured,
    fit,
    outside,
    predict_rows,
)
from modelassay.speed.costs import Load, costs, memory
from modelassay.speed.shapes import ModelShape

_PUBLISHED: Final = Path(__file__).with_name("published.json")
Kind = Literal["calibrated", "transferred", "textbook"]
STATIC_ENGINES: Final = frozenset({"transformers"})
_OTHER_NAMES: Final = {
    "hf": "transformers",
    "tensorrt-llm": "trtllm",
    "llama.cpp": "llamacpp",
    "pytorch": "transformers",
}


CPU: Final = "cpu"


class Quantity(Record):
    """A value with the interval that should hold it nine times in ten."""

    value: float
    low: float
    high: float


class Published(Record):
    """A fit of published rows."""

    engine: str
    device: str
    fit: Fit
    source: str


class Bounds(Record):
    """Errors of the textbook's factors on all published rows, in logarithms."""

    tpot_median: float
    tpot_bound: float
    ttft_bound: float


class PublishedFits(Record):
    """published.json. made_by: how. textbook, static_textbook: errors without any fit; transfer_bound: to another device."""

    made_by: str
    textbook: Bounds
    static_textbook: Bounds
    transfer_bound: float
    fits: tuple[Published, ...]


class SpeedForecast(Record):
    """What to expect, with weights of `dtype`. Times in seconds; memory in bytes; tokens_per_second: output tokens of the whole batch.

    seconds: until all of the batch have their last token. validated_error: the median relative error per output token
    of this kind of answer on rows that it had not seen. bandwidth_share: the ideal step's share of the predicted one.
    """

    kind: Kind
    source: str
    dtype: str
    validated_error: float | None
    ttft_seconds: Quantity
    tpot_seconds: Quantity
    tokens_per_second: Quantity
    seconds: Quantity
    bandwidth_share: float
    fits: bool
    weight_bytes: int
    kv_bytes_per_token: float
    peak_bytes: int
    largest_batch: int


def engine_name(name: str) -> str:
    """The one name of an engine that goes by several."""
    low = name.strip().lower()
    return _OTHER_NAMES.get(low, low)


def is_static(engine: str) -> bool:
    """Whether an engine starts the next batch only when all of this one have ended."""
    return engine in STATIC_ENGINES


def published_fits() -> PublishedFits:
    """The fits that come with the package; benchmarks/speed_prediction.py makes them from published rows."""
    return msgspec.json.decode(_PUBLISHED.read_bytes(), type=PublishedFits)


def predict(
    shape: ModelShape, load: Load, dtype: str, device: Device, engine: str, rows: Sequence[Measured] = (),
    device_key: str = "",
) -> SpeedForecast:  # fmt: skip
    """Predict a workload. rows: measured on this device with this engine; device_key: its name in the table."""
    known = published_fits()
    kind, source, found, wider = _factors(known, engine, device_key, rows, load)
    if found is None:
        bounds = known.static_textbook if load.static else known.textbook
        factors = STATIC_TEXTBOOK if load.static else TEXTBOOK
        median: float | None = bounds.tpot_median
        tpot_bound, ttft_bound = bounds.tpot_bound, bounds.ttft_bound
    else:
        factors, median = found.factors, found.tpot_median
        tpot_bound, ttft_bound = _bounds(found, known, wider, load)
    return _forecast(shape, load, dtype, device, (kind, source, factors, median, tpot_bound, ttft_bound))


def _factors(
    known: PublishedFits, engine: str, device_key: str, rows: Sequence[Measured], load: Load
) -> tuple[Kind, str, Fit | None, float]:
    """The kind of answer, where it comes from, the fit (`None`: the textbook), and what another device adds."""
    if rows:
        prior = _prior(known, engine, device_key, load)
        return "calibrated", f"{len(rows)} measured rows of {engine} on this device", fit(rows, prior), 0.0
    same = _fits(known, engine, device_key)
    here = [p for p in same if p.device == device_key]
    if here:
        return "transferred", here[0].source, here[0].fit, 0.0
    if same:
        best = max(same, key=lambda p: p.fit.rows)
        return "transferred", f"{best.source}, measured on {best.device}", best.fit, known.transfer_bound
    return "textbook", "peak rates of the device and usual shares of them", None, 0.0


def _fits(known: PublishedFits, engine: str, device_key: str) -> list[Published]:
    """The published fits of an engine that say something of a device.

    None of a GPU's says anything of a CPU: what an engine loses on a GPU are launches of kernels, a small part of a CPU's step.
    """
    return [p for p in known.fits if p.engine == engine and (p.device == CPU) == (device_key == CPU)]


def _prior(known: PublishedFits, engine: str, device_key: str, load: Load) -> Factors:
    """What a calibration starts from: published factors of the engine, where there are any."""
    same = _fits(known, engine, device_key)
    best = max(same, key=lambda p: (p.device == device_key, p.fit.rows), default=None)
    return best.fit.factors if best else STATIC_TEXTBOOK if load.static else TEXTBOOK


def _bounds(found: Fit, known: PublishedFits, wider: float, load: Load) -> tuple[float, float]:
    """Errors in logarithms; outside of what was measured they grow with the distance."""
    usual = known.static_textbook if load.static else known.textbook
    tpot = max(found.tpot_bound if found.tpot_bound is not None else usual.tpot_bound, wider)
    ttft = max(found.ttft_bound if found.ttft_bound is not None else max(tpot, usual.ttft_bound), wider)
    far = 1 + outside(found, load) / 2
    return tpot * far, ttft * far


def _forecast(
    shape: ModelShape, load: Load, dtype: str, device: Device,
    chosen: tuple[Kind, str, Factors, float | None, float, float],
) -> SpeedForecast:  # fmt: skip
    kind, source, factors, median, tpot_bound, ttft_bound = chosen
    ideal = costs(shape, load, dtype, device)
    ttft, tpot, total = (float(x[0]) for x in predict_rows(factors, [(load, ideal)]))
    share = ttft / total
    total_bound = share * ttft_bound + (1 - share) * tpot_bound
    tokens = load.batch * load.output_tokens / total
    room = memory(shape, load, dtype, device)
    return SpeedForecast(
        kind=kind, source=source, dtype=dtype, validated_error=median,
        ttft_seconds=_quantity(ttft, ttft_bound), tpot_seconds=_quantity(tpot, tpot_bound),
        tokens_per_second=_quantity(tokens, total_bound), seconds=_quantity(total, total_bound),
        bandwidth_share=min(1.0, (ideal.weights + ideal.context) / tpot),
        fits=room.fits, weight_bytes=room.weight_bytes, kv_bytes_per_token=room.kv_bytes_per_token,
        peak_bytes=room.peak_bytes, largest_batch=room.largest_batch,
    )  # fmt: skip


def _quantity(value: float, bound: float) -> Quantity:
    return Quantity(value=value, low=value * math.exp(-bound), high=value * math.exp(bound))
