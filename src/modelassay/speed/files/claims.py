"""A speed that a file states, with where it stands there; and the row of a calibration that it makes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from modelassay.core.errors import InputError
from modelassay.core.records import Record
from modelassay.speed.measured_rows import SpeedRow


class SpeedClaim(Record):
    """What a file says of one workload. What it does not say is `None`.

    locator: the part of the file. batch: sequences or requests at once. input_tokens, output_tokens: means. statistic: which
    one of ttft_seconds and tpot_seconds is given. tpot_seconds: per token after the first. total_seconds: of all of a batch.
    tokens_per_second: output tokens.
    """

    tool: str
    file: str
    sha256: str
    locator: str
    engine: str | None = None
    version: str = ""
    model: str | None = None
    device: str | None = None
    dtype: str | None = None
    batch: float | None = None
    requests: int | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    statistic: str = "median"
    ttft_seconds: float | None = None
    tpot_seconds: float | None = None
    total_seconds: float | None = None
    tokens_per_second: float | None = None
    samples_per_second: float | None = None


class FileSource(NamedTuple):
    """Which tool wrote a file, which file, and the hash of its bytes."""

    tool: str
    file: str
    sha256: str


class Assumed(Record):
    """What is taken where a file is silent: the workload that is asked about."""

    model: str
    device: str
    engine: str
    dtype: str


def as_row(claim: SpeedClaim, assumed: Assumed) -> SpeedRow:
    """The claim as a row of a calibration. Raises InputError where it lacks lengths, a batch or any time."""
    lacking = [n for n in ("batch", "input_tokens", "output_tokens") if not getattr(claim, n)]
    if all(v is None for v in (claim.ttft_seconds, claim.tpot_seconds, claim.total_seconds)):
        lacking.append("a time (to the first token, per token, or in all)")
    if lacking:
        raise InputError(
            f"{claim.tool}'s file says nothing of {', '.join(lacking)} at {claim.locator}",
            path=claim.file,
            hint="give a file that says it, or a CSV file whose rows have these columns",
        )
    batch, inputs, outputs = (
        max(1, round(v or 1)) for v in (claim.batch, claim.input_tokens, claim.output_tokens)
    )
    return SpeedRow(
        line=1, model=claim.model or assumed.model, device=assumed.device, engine=claim.engine or assumed.engine,
        dtype=claim.dtype or assumed.dtype, batch=batch, input_tokens=inputs, output_tokens=outputs,
        ttft_seconds=claim.ttft_seconds, tpot_seconds=claim.tpot_seconds, total_seconds=claim.total_seconds,
    )  # fmt: skip


# --- reading JSON that others wrote ---------------------------------------------------------------------
def number(value: object, scale: float = 1.0) -> float | None:
    """A finite number above 0, times `scale`; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value * scale if 0 < value < float("inf") else None


def inside(data: Any, *keys: str | int) -> Any:
    """What stands there; None where anything on the way is missing."""
    for key in keys:
        there = (isinstance(data, Mapping) and key in data) or (
            isinstance(data, list) and isinstance(key, int) and -len(data) <= key < len(data)
        )
        if not there:
            return None
        data = data[key]
    return data


def text(value: object) -> str | None:
    """A text that says something, else None."""
    return value.strip() or None if isinstance(value, str) else None


DTYPES = {"bfloat16": "bf16", "float16": "fp16", "float32": "fp32", "half": "fp16"}


def dtype(value: object) -> str | None:
    """As `assay plan --dtype` takes it."""
    name = text(value)
    return None if name is None else DTYPES.get(name.removeprefix("torch."), name)
