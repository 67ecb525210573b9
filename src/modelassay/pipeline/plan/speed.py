"""`assay plan --model`: how fast a model will be on a device, from its configuration and measured rows."""

from pathlib import Path
from typing import Any

import msgspec

from modelassay.core.devices import Device, device
from modelassay.core.errors import InputError, MissingError
from modelassay.core.records import Record
from modelassay.pipeline.plan.speed_files import speeds_in
from modelassay.sources.hub_config import model_config
from modelassay.speed.calibration import Measured
from modelassay.speed.costs import Load, costs
from modelassay.speed.files.claims import Assumed, as_row
from modelassay.speed.measured_rows import SpeedRow, read_rows
from modelassay.speed.prediction import SpeedForecast, engine_name, is_static, predict
from modelassay.speed.shapes import ModelShape, shape_of


class SpeedQuestion(Record):
    """What is asked of `assay plan --model`. calibrate: rows measured elsewhere, as CSV or as a
    benchmark tool wrote them."""

    model: str
    device: str
    engine: str
    batch: int
    input_tokens: int
    output_tokens: int
    dtype: str
    samples_per_prompt: int
    calibrate: Path | None = None
    offline: bool = False


def forecast_speed(question: SpeedQuestion) -> tuple[SpeedForecast, list[str]]:
    """The prediction, and what a reader must know of it in sentences.

    Raises InputError and MissingError for a model, device, dtype or file that is not known.
    """
    config = model_config(question.model, offline=question.offline)
    shape, chosen, engine = shape_of(config), device(question.device), engine_name(question.engine)
    load = Load(
        batch=question.batch, input_tokens=question.input_tokens, output_tokens=question.output_tokens,
        samples_per_prompt=question.samples_per_prompt, static=is_static(engine),
    )  # fmt: skip
    notes: list[str] = []
    if question.dtype != (dtype := chosen.computed(question.dtype)):
        notes.append(f"{chosen.name} computes no {question.dtype}: predicted for {dtype}")
        question = msgspec.structs.replace(question, dtype=dtype)
    rows: list[Measured] = []
    if question.calibrate is not None:
        rows = _calibration(question, engine, (shape, config), chosen, notes)
    found = predict(shape, load, question.dtype, chosen, engine, rows, question.device)
    limit = config.get("max_position_embeddings")
    if isinstance(limit, int) and load.input_tokens + load.output_tokens > limit:
        notes.append(f"prompt and answer are longer than the model's context of {limit} tokens")
    if not found.fits:
        notes.append(f"does not fit into the device's memory; the largest batch is {found.largest_batch}")
    return found, notes


def _calibration(
    question: SpeedQuestion, engine: str, asked: tuple[ModelShape, dict[str, Any]], chosen: Device, notes: list[str]
) -> list[Measured]:  # fmt: skip
    """The rows of the file that were measured on this device with this engine, of this dtype if there are any."""
    path = question.calibrate
    assert path is not None
    if not path.is_file():
        raise MissingError(
            "no such file", path=path, hint="give measured rows as CSV, or a benchmark's result file"
        )
    rows = _rows_of(path, question, engine, notes)
    fitting = [r for r in rows if r.device == question.device and engine_name(r.engine) == engine]
    alike = [r for r in fitting if r.dtype == question.dtype]
    used = alike or fitting
    if not used:
        seen = sorted({f"{r.engine} on {r.device}" for r in rows})
        raise InputError(
            f"no row of {engine} on {question.device}", path=path, hint=f"its rows are of {', '.join(seen)}"
        )
    if len(used) < len(rows):
        notes.append(f"{len(rows) - len(used)} rows of other devices, engines or dtypes are left out")
    shapes = _shapes(used, question, asked, path)
    return [_measured(row, shapes[row.model], chosen) for row in used]


def _rows_of(path: Path, question: SpeedQuestion, engine: str, notes: list[str]) -> list[SpeedRow]:
    """A CSV file's rows, or what a benchmark tool's file says; where that names no device or engine, those asked about."""
    if path.suffix.lower() not in (".json", ".jsonl"):
        return read_rows(path.read_text("utf-8-sig"), path)
    claims = speeds_in(path)
    notes.append(
        f"{claims[0].tool}'s file: taken as measured on {question.device}"
        + ("" if claims[0].device is None else f" (it says {claims[0].device})")
    )
    assumed = Assumed(model=question.model, device=question.device, engine=engine, dtype=question.dtype)
    return [as_row(claim, assumed) for claim in claims]


def _shapes(
    rows: list[SpeedRow], question: SpeedQuestion, asked: tuple[ModelShape, dict[str, Any]], path: Path
) -> dict[str, ModelShape]:
    """The shape of each row's model: the one that is asked about, or one that can be looked up."""
    shape, config = asked
    names = {question.model, Path(question.model).name, str(config.get("_name_or_path", ""))}
    names |= {name.rsplit("/", 1)[-1] for name in names}
    found: dict[str, ModelShape] = {}
    for row in rows:
        if row.model in found:
            continue
        if row.model in names or row.model.rsplit("/", 1)[-1] in names or len({r.model for r in rows}) == 1:
            found[row.model] = shape
            continue
        beside = path.parent / row.model
        try:
            config = model_config(str(beside if beside.exists() else row.model), offline=question.offline)
        except (MissingError, InputError) as error:
            raise InputError(
                f"the shape of {row.model!r} is not known: {error.message}", path=path, line=row.line,
                hint="give the folder of its config.json as its name",
            ) from error  # fmt: skip
        found[row.model] = shape_of(config)
    return found


def _measured(row: SpeedRow, shape: ModelShape, chosen: Device) -> Measured:
    static = is_static(engine_name(row.engine)) or row.total_seconds is not None
    load = Load(
        batch=row.batch, input_tokens=row.input_tokens, output_tokens=row.output_tokens, static=static
    )
    ideal = costs(shape, load, row.dtype, chosen)
    return Measured(load, ideal, row.ttft_seconds, row.tpot_seconds, row.total_seconds)
