"""How near the speed model comes to public measurements, and the fits of them that come with the package.

    python benchmarks/speed_prediction.py ../shared/data/speed [--write]

Reads aiconfigurator's measured serving rows (silicon_sample.csv.gz, one GPU, dense models) and optimum-benchmark's
A100 rows (full reports, 16-bit weights). Prints for each engine, device and model the errors of the bare bandwidth
roofline, of the textbook's factors, of factors from the engine's rows of another model or device ("transferred"), and
of calibration, each on rows that the fit had not seen. --write makes src/modelassay/speed/published.json.
"""

import argparse
import csv
import gzip
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from modelassay.core.devices import devices
from modelassay.speed.calibration import STATIC_TEXTBOOK, TEXTBOOK, Factors, Measured, errors, fit
from modelassay.speed.costs import Load, costs
from modelassay.speed.shapes import ModelShape, shape_of

TABLE = Path(__file__).parents[1] / "src" / "modelassay" / "speed" / "published.json"
LLAMA = {"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32}
SHAPES = {
    "Llama-3.1-8B": shape_of({**LLAMA, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256}),
    "Qwen3-32B": shape_of(
        {
            "model_type": "qwen3", "hidden_size": 5120, "num_hidden_layers": 64, "num_attention_heads": 64,
            "num_key_value_heads": 8, "head_dim": 128, "intermediate_size": 25600, "vocab_size": 151936,
        }
    ),
    "Llama-2-7b": shape_of({**LLAMA, "intermediate_size": 11008, "vocab_size": 32000}),
    "vicuna-7b": shape_of({**LLAMA, "intermediate_size": 11008, "vocab_size": 32000}),
    "Mistral-7B": shape_of({**LLAMA, "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 32000}),
}  # fmt: skip
SYSTEMS = {"h100_sxm": "h100-sxm", "h200_sxm": "h200", "a100_sxm": "a100-80", "l40s": "l40s"}
SILICON = "aiconfigurator silicon_sample.csv (ai-dynamo/aiconfigurator@095f58a)"
LEAST = 5  # rows of an engine and device that make a fit
OPTIMUM = "optimum-benchmark A100-80GB full reports (transformers 4.3x, eager)"


class Group(NamedTuple):
    """Rows of one engine, device, dtype and model."""

    engine: str
    device: str
    dtype: str
    model: str


def shape_named(name: str) -> tuple[str, ModelShape] | None:
    return next(((known, shape) for known, shape in SHAPES.items() if known.lower() in name.lower()), None)


def silicon(path: Path) -> Iterator[tuple[Group, Measured]]:
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            found, device = shape_named(row["model_path"]), SYSTEMS.get(row["system"])
            if found is None or device is None or row["tp_size"] != "1" or row["mode"] != "agg":
                continue
            dtype = "fp8" if row["precision"] == "fp8" else "bf16"
            load = Load(
                batch=int(row["batch_size"]), input_tokens=int(row["isl"]), output_tokens=int(row["osl"])
            )
            ideal = costs(found[1], load, dtype, devices()[device])
            ttft, tpot = float(row["silicon_ttft_ms"]) / 1e3, float(row["silicon_tpot_ms"]) / 1e3
            yield Group(row["backend"], device, dtype, found[0]), Measured(load, ideal, ttft, tpot, None)


def optimum(folder: Path) -> Iterator[tuple[Group, Measured]]:
    for path in sorted(folder.rglob("full_report_*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                scheme, found = row["experiment_name"].split("-batch")[0], shape_named(row["model"])
                if found is None or scheme not in ("fp16", "llama_baseline"):
                    continue
                new = row.get("benchmark.new_tokens") or row["benchmark.generate_kwargs.max_new_tokens"]
                load = Load(
                    batch=int(float(row["benchmark.input_shapes.batch_size"])),
                    input_tokens=int(float(row["benchmark.input_shapes.sequence_length"])),
                    output_tokens=int(float(new)), static=True,
                )  # fmt: skip
                ideal = costs(found[1], load, "fp16", devices()["a100-80"])
                measured = Measured(load, ideal, None, None, float(row["generate.latency(s)"]))
                yield Group("transformers", "a100-80", "fp16", found[0]), measured


def roofline(rows: Sequence[Measured]) -> list[float]:
    """Errors of weights and keys over peak bandwidth, alone."""
    bare = Factors(
        weights=1, context=1, interrupts=0, compute=1e-9, host=0, host_per_sequence=0,
        prompt=1, all_prompts=0, step=0, first=0, power=1,
    )  # fmt: skip
    return errors(rows, bare)[0]


def percent(found: Sequence[float] | None) -> str:
    return "-" if not found else f"{100 * float(np.median(found)):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="write the package's table of fits")
    given = parser.parse_args()
    groups: dict[Group, list[Measured]] = {}
    for group, row in [
        *silicon(given.folder / "aiconfigurator" / "silicon_sample.csv.gz"),
        *optimum(given.folder / "optimum_benchmark_A100"),
    ]:
        groups.setdefault(group, []).append(row)
    print("median |log error| per output token in percent, of rows that the fit had not seen")
    print(
        "| engine | device | dtype | model | rows | roofline | textbook | transferred | calibrated (bound of 90 %) |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    moved: list[float] = []
    for group, rows in groups.items():
        prior = STATIC_TEXTBOOK if rows[0].load.static else TEXTBOOK
        others = [r for g, more in groups.items() if g.engine == group.engine and g != group for r in more]
        across = errors(rows, fit(others, prior).factors)[0] if others else None
        moved += across or []
        own = fit(rows, prior)
        print(
            f"| {group.engine} | {group.device} | {group.dtype} | {group.model} | {len(rows)} | {percent(roofline(rows))} | "
            f"{percent(errors(rows, prior)[0])} | {percent(across)} | "
            f"{100 * (own.tpot_median or 0):.1f} ({100 * (own.tpot_bound or 0):.1f}) |"
        )
    if given.write:
        write(groups, moved)


def bound(found: Sequence[float]) -> float:
    ordered = sorted(found)
    return ordered[min(len(ordered), math.ceil(0.9 * (len(ordered) + 1))) - 1]


def write(groups: dict[Group, list[Measured]], moved: Sequence[float]) -> None:
    """The package's table: one fit per engine and device, and the errors of answers without a fit."""
    pooled: dict[tuple[str, str], list[Measured]] = {}
    for group, rows in groups.items():
        pooled.setdefault((group.engine, group.device), []).extend(rows)
    fits, usual = [], {}
    for static, prior in ((False, TEXTBOOK), (True, STATIC_TEXTBOOK)):
        rows = [r for more in pooled.values() for r in more if r.load.static == static]
        tpot, ttft = errors(rows, prior)
        usual[static] = {
            "tpot_median": float(np.median(tpot)), "tpot_bound": bound(tpot), "ttft_bound": bound(ttft or tpot),
        }  # fmt: skip
    for (engine, device), rows in sorted(pooled.items()):
        if len(rows) < LEAST:
            continue
        prior = STATIC_TEXTBOOK if rows[0].load.static else TEXTBOOK
        source = OPTIMUM if rows[0].load.static else SILICON
        fits.append(
            {
                "engine": engine,
                "device": device,
                "source": f"{len(rows)} rows of {source}",
                "fit": fit(rows, prior),
            }
        )
    table = {
        "made_by": "benchmarks/speed_prediction.py, from published rows; errors are |log(predicted / measured)|",
        "textbook": usual[False], "static_textbook": usual[True], "transfer_bound": bound(moved), "fits": fits,
    }  # fmt: skip
    TABLE.write_bytes(msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n")


if __name__ == "__main__":
    main()
