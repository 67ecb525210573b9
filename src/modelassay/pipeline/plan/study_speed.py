"""What the runs of a study take on a device, predicted from the models' shapes before anything is sampled."""

import math

import msgspec

from modelassay.core.devices import device
from modelassay.core.errors import InputError, MissingError, OfflineError
from modelassay.core.records import Record
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.speed import SpeedQuestion, forecast_speed
from modelassay.speed.costs import bytes_per_weight
from modelassay.speed.prediction import Quantity, SpeedForecast, engine_name, is_static


class DeviceQuestion(Record):
    """Where a study is to be run, and what its prompts and answers are taken to be.

    batch: sequences decoded together; `None`: all samples of one problem, or as many as fit. price_per_hour: of the device,
    in any currency.
    """

    device: str
    engine: str
    dtype: str
    batch: int | None
    input_tokens: int
    output_tokens: int
    price_per_hour: float | None = None
    offline: bool = False


class PlannedSpeed(Record):
    """One run on a device. seconds, cost: for the samples that are not there yet; cost in the price's currency.

    batch: sequences decoded together. peak_bytes: memory at most, with `batch`. kind, source, dtype: as in SpeedForecast.
    """

    seconds: Quantity
    cost: Quantity | None
    batch: int
    kind: str
    source: str
    dtype: str
    fits: bool
    peak_bytes: int
    largest_batch: int


def check(asked: DeviceQuestion) -> None:
    """Raises InputError for a device or a data type that is not known."""
    device(asked.device)
    bytes_per_weight(asked.dtype)


def planned_speed(job: Job, left: int, asked: DeviceQuestion) -> PlannedSpeed | str:
    """The prediction for `left` samples of a run, or why there is none. asked: as `check` lets it pass."""
    if job.precomputed is not None:
        return "its samples are there"
    model = job.model.hub_id if job.path is None else str(job.path)  # where the plan's revision lies
    if model is None or job.model.backend == "openai":
        return "its server's machine is not this device"
    if job.place.trouble:  # the Hub has been asked in vain, so what is here has to do
        asked = msgspec.structs.replace(asked, offline=True)
    each = job.plan.samples_per_problem or 1
    batch = asked.batch or each
    try:
        found = _forecast(model, batch, each, asked)
        if not found.fits and asked.batch is None and found.largest_batch:
            batch = min(found.largest_batch, batch)
            found = _forecast(model, batch, each, asked)
    except (MissingError, OfflineError, InputError) as error:  # of this model: the question has been checked
        return str(error)
    rounds = left / batch
    seconds = _times(found.seconds, math.ceil(rounds) if is_static(engine_name(asked.engine)) else rounds)
    price = asked.price_per_hour
    return PlannedSpeed(
        seconds=seconds, cost=None if price is None else _times(seconds, price / 3600), batch=batch,
        kind=found.kind, source=found.source, dtype=found.dtype, fits=found.fits, peak_bytes=found.peak_bytes,
        largest_batch=found.largest_batch,
    )  # fmt: skip


def _forecast(model: str, batch: int, each: int, asked: DeviceQuestion) -> SpeedForecast:
    question = SpeedQuestion(
        model=model, device=asked.device, engine=asked.engine, batch=batch, input_tokens=asked.input_tokens,
        output_tokens=asked.output_tokens, dtype=asked.dtype, samples_per_prompt=min(each, batch), offline=asked.offline,
    )  # fmt: skip
    return forecast_speed(question)[0]


def _times(one: Quantity, factor: float) -> Quantity:
    return Quantity(value=one.value * factor, low=one.low * factor, high=one.high * factor)
