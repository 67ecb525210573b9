"""What `whichllm --json` estimates of each model on a machine: figures of a formula, not measurements."""

from collections.abc import Iterator
from typing import Any

from modelassay.speed.files.claims import FileSource, SpeedClaim, inside, number, text


def recognises(data: object) -> bool:
    """Whether it is its ranking: a machine, and models with estimated tokens per second."""
    models = inside(data, "models")
    return (
        isinstance(inside(data, "hardware"), dict)
        and isinstance(models, list)
        and bool(models)
        and all(isinstance(row, dict) and "estimated_tok_per_sec" in row for row in models)
    )


def read(data: Any, about: FileSource) -> Iterator[SpeedClaim]:
    """One claim per model, of one sequence. `statistic` says that it is an estimate, with the range it gives."""
    device = text(inside(data, "hardware", "gpus", 0, "name")) or text(inside(data, "hardware", "cpu"))
    for place, row in enumerate(data["models"]):
        rate = number(row["estimated_tok_per_sec"])
        if rate is None:
            continue
        low, high = (number(inside(row, "speed_range_tok_per_sec", side)) for side in (0, 1))
        yield SpeedClaim(
            **about._asdict(), locator=f"models[{place}]", device=device, batch=1, dtype=text(row.get("quant_type")),
            model=text(row.get("artifact_repo_id")) or text(row.get("model_id")), tokens_per_second=rate,
            statistic="estimate" if low is None or high is None else f"estimate, {low:g} to {high:g} tokens/s",
        )  # fmt: skip
