"""How long 100 samples for each of 164 problems take: the small models of examples/small-code-models.toml whose shape is public.

    python benchmarks/note_speed.py SHAPES [--samples 100] [--problems 164] [--input-tokens 200] [--output-tokens 150]

SHAPES: a folder with model_shapes.json (configurations as transformers has them, by Hub id) and
litgpt_selected_configs.json (in litgpt's terms). Every figure is a prediction of `modelassay.speed`: nothing is measured but
this machine's bandwidth and operations, for two seconds. Models whose shape is in neither file are named and left out.
"""

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

from modelassay.core.devices import device
from modelassay.speed.costs import Load
from modelassay.speed.prediction import Quantity, is_static, predict
from modelassay.speed.shapes import shape_of

STUDY = Path(__file__).parent.parent / "examples" / "small-code-models.toml"
# Tunes have the shapes of the models that they were made from.
SAME = {
    "Qwen/Qwen2.5-Coder-1.5B-Instruct": "Qwen2.5-Coder-1.5B-Instruct",
    "TechxGenus/starcoder2-3b-instruct": "bigcode/starcoder2-3b",
    "google/codegemma-2b": "Gemma-2b",
    "TechxGenus/CodeGemma-2b": "Gemma-2b",
}
LITGPT = {
    "Qwen2.5-Coder-1.5B-Instruct": "qwen2",
    "Gemma-2b": "gemma",
}  # their families' names in transformers
TIED = ("starcoder2", "qwen2", "gemma")  # in these sizes the output matrix is the table of embeddings
WAYS = (("a100-80", "vllm"), ("a100-80", "transformers"), ("h100-sxm", "vllm"), ("cpu", "transformers"))


def shapes(folder: Path) -> dict[str, dict[str, Any]]:
    """Configurations by Hub id or litgpt's name."""
    found: dict[str, dict[str, Any]] = {}
    for name, config in json.loads((folder / "model_shapes.json").read_text("utf-8")).items():
        if isinstance(config, dict) and config.get("model_type"):
            found[name] = config
    listed = json.loads((folder / "litgpt_selected_configs.json").read_text("utf-8"))
    for row in listed if isinstance(listed, list) else listed.values():
        if isinstance(row, dict) and row.get("name") in LITGPT:
            found[row["name"]] = {
                "model_type": LITGPT[row["name"]], "hidden_size": row["n_embd"], "num_hidden_layers": row["n_layer"],
                "num_attention_heads": row["n_head"], "num_key_value_heads": row["n_query_groups"], "head_dim": row["head_size"],
                "intermediate_size": row["intermediate_size"], "vocab_size": row["padded_vocab_size"],
            }  # fmt: skip
    for config in found.values():
        config.setdefault("tie_word_embeddings", config["model_type"] in TIED)
    return found


def shown(time: Quantity, factor: float) -> str:
    """Minutes with their interval; hours where they are many."""
    size, unit = (3600, "h") if factor * time.value > 7200 else (60, "min")
    times = (factor * x / size for x in (time.value, time.low, time.high))
    value, low, high = (f"{x:.0f}" if x >= 10 else f"{x:.2g}" for x in times)
    return f"{value} {unit} [{low}, {high}]"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shapes", type=Path)
    parser.add_argument("--samples", type=int, default=100)
    parser.add_argument("--problems", type=int, default=164)
    parser.add_argument("--input-tokens", type=int, default=200)
    parser.add_argument("--output-tokens", type=int, default=150)
    options = parser.parse_args()
    known = shapes(options.shapes)
    print(
        "| model | "
        + " | ".join(f"{where}, {engine}" for where, engine in WAYS)
        + " | largest batch, A100-80 |"
    )
    print("|---" * (len(WAYS) + 2) + "|")
    left_out = []
    for model in tomllib.loads(STUDY.read_text("utf-8"))["models"]:
        config = known.get(model["hub_id"]) or known.get(SAME.get(model["hub_id"], ""))
        if config is None:
            left_out.append(model["name"])
            continue
        cells, room = [], 0
        for where, engine in WAYS:
            load = Load(
                batch=options.samples, input_tokens=options.input_tokens, output_tokens=options.output_tokens,
                samples_per_prompt=options.samples, static=is_static(engine),
            )  # fmt: skip
            dtype = "fp32" if where == "cpu" else "bf16"
            found = predict(shape_of(config), load, dtype, device(where), engine, device_key=where)
            room = room or found.largest_batch
            cells.append(f"{shown(found.seconds, options.problems)} {found.kind}")
        print(f"| {model['name']} | {' | '.join(cells)} | {room} |")
    print("No public shape here:", ", ".join(left_out))


if __name__ == "__main__":
    main()
