"""A published predictor, aiconfigurator, on the measured rows that the speed model is validated with.

    PEER/bin/python benchmarks/speed_peer.py ../shared/data/speed [ROWS]    # PEER: an environment of its own with aiconfigurator

ROWS: at most so many of a group, evenly from its first to its last; a row takes it seconds.

Runs in an environment without this package. For each engine, device, dtype and dense model on one GPU, as in
speed_prediction.py: the median of |log(predicted / measured)| per output token and to the first token, in percent, of the
rows that it covers, and how many it does not. The rows are those that its own wheel brings, so that its authors have seen
them. It is asked for the engine's release of the row, and for its newest tables where it has none of that release.
"""

import csv
import gzip
import importlib.metadata
import logging
import math
import statistics
import sys
import warnings
from pathlib import Path
from typing import Any

SYSTEMS = ("h100_sxm", "h200_sxm", "a100_sxm", "l40s")
MODELS = {"llama-3.1-8b": "meta-llama/Meta-Llama-3.1-8B", "qwen3-32b": "Qwen/Qwen3-32B"}


def rows(folder: Path) -> dict[tuple[str, ...], list[dict[str, str]]]:
    """Dense models on one GPU that serves prompts and answers alike, by engine, device, dtype and model."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    with gzip.open(folder / "aiconfigurator" / "silicon_sample.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            model = next((m for m in MODELS if m in row["model_path"].lower()), None)
            if model and row["system"] in SYSTEMS and row["tp_size"] == "1" and row["mode"] == "agg":
                dtype = "fp8" if row["precision"] == "fp8" else "bf16"
                groups.setdefault((row["backend"], row["system"], dtype, model), []).append(row)
    return groups


def predicted(row: dict[str, str], model: str, dtype: str, estimate: Any) -> tuple[float, float] | None:
    """Milliseconds to the first token and per further one; None where it does not cover the row."""
    for version in (row["backend_version"] or None, None):
        try:
            found = estimate(
                MODELS[model], row["system"], mode="agg", backend_name=row["backend"], backend_version=version,
                isl=int(row["isl"]), osl=int(row["osl"]), batch_size=int(row["batch_size"]), tp_size=1,
                gemm_quant_mode=(row["gemm_quant_mode"] or "fp8") if dtype == "fp8" else "bfloat16",
            )  # fmt: skip
        except Exception as error:  # whatever it raises for what it does not cover
            last = error
            continue
        return float(found.ttft), float(found.tpot)
    print(f"not covered: {row['id']}: {str(last).splitlines()[0][:160]}", file=sys.stderr)
    return None


def percent(errors: list[float]) -> str:
    if not errors:
        return "-"
    ordered = sorted(errors)
    most = ordered[min(len(ordered), math.ceil(0.9 * (len(ordered) + 1))) - 1]
    return f"{100 * statistics.median(ordered):.1f} ({100 * most:.1f})"


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from aiconfigurator.cli.api import cli_estimate

    print(
        f"aiconfigurator {importlib.metadata.version('aiconfigurator')}; median |log error| in percent (bound of 90 %)"
    )
    print(
        "| engine | device | dtype | model | rows asked | covered | per output token | to the first token |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for (engine, system, dtype, model), every in rows(Path(sys.argv[1])).items():
        step = max(1, math.ceil(len(every) / int(sys.argv[2]))) if len(sys.argv) > 2 else 1
        found = every[::step]
        pairs = [(row, predicted(row, model, dtype, cli_estimate)) for row in found]
        seen = [(row, said) for row, said in pairs if said is not None and min(said) > 0]
        tpot = [abs(math.log(said[1] / float(row["silicon_tpot_ms"]))) for row, said in seen]
        ttft = [abs(math.log(said[0] / float(row["silicon_ttft_ms"]))) for row, said in seen]
        print(
            f"| {engine} | {system} | {dtype} | {model} | {len(found)} | {len(seen)} | {percent(tpot)} | {percent(ttft)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
