"""llama-bench's JSON (-o json, or a row a line with -o jsonl): reading prompts (pp) and writing answers (tg), one sequence."""

from collections.abc import Iterator
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.speed_records import SpeedMeasurement
from modelassay.speed.files.claims import FileSource, SpeedClaim, number, text


def recognises(data: object) -> bool:
    """Whether it is a list of its rows."""
    return isinstance(data, list) and bool(data) and all(
        isinstance(row, dict) and {"n_prompt", "n_gen", "avg_ts"} <= row.keys() for row in data
    )  # fmt: skip


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """A row with n_prompt alone times prompts, one with n_gen alone answers; one with both is a mixture of the two."""
    for place, row in enumerate(data):
        prompt, answer, depth = (number(row.get(name)) for name in ("n_prompt", "n_gen", "n_depth"))
        rate = number(row.get("avg_ts"))
        if rate is None or (prompt is None) == (answer is None):
            continue
        yield SpeedClaim(
            **about._asdict(), locator=f"row {place + 1}", engine="llamacpp", version=text(row.get("build_commit")) or "",
            model=text(row.get("model_type")) or text(row.get("model_filename")), statistic="mean", batch=1,
            device=text(row.get("gpu_info")) or text(row.get("cpu_info")),
            input_tokens=prompt or depth or 1, output_tokens=answer or 1,
            ttft_seconds=None if prompt is None else prompt / rate,
            tpot_seconds=None if answer is None else 1 / rate,
            tokens_per_second=None if answer is None else rate,
        )  # fmt: skip


def write(row: SpeedMeasurement) -> list[dict[str, Any]]:
    """Two rows. Raises InputError for more than one sequence at once, for which the format has no place."""
    if row.n != 1 or (row.concurrency or 1) != 1:
        raise InputError(
            f"llama-bench's rows are of one sequence, this one has {row.n} samples", hint="measure with --n 1"
        )
    about: dict[str, Any] = {
        "build_commit": row.packages.get("modelassay", ""), "backends": row.backend, "model_type": row.model,
        "cpu_info": row.machine.get("processor", ""), "gpu_info": "" if row.device == "cpu" else row.device,
        "model_n_params": row.shape.get("parameters", 0), "test_time": row.when,
    }  # fmt: skip
    prompt, answer = round(row.prompt_tokens.mean), round(row.completion_tokens.mean)
    rows = [{**about, "n_prompt": prompt, "n_gen": 0, "avg_ts": prompt / row.ttft_seconds.mean}]
    if row.tpot_seconds is not None:
        rows.append(
            {
                **about,
                "n_prompt": 0,
                "n_gen": answer,
                "n_depth": prompt,
                "avg_ts": 1 / row.tpot_seconds.mean,
            }
        )
    return rows
