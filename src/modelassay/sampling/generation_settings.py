"""The model's own generation settings, from its generation_config.json: shown, and used only when asked for."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from modelassay.core.decoding import Decoding
from modelassay.core.errors import BackendError

FILE: Final = "generation_config.json"
# Names of the file → ours. What else can change a distribution and is not here is named by `not_applied`.
_KNOWN: Final = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty")
# What `generate()` applies where a file is silent (`_get_default_generation_params` of transformers 5.23; version 4 had the
# same, written down), and what of it matters to a greedy answer.
_DEFAULTS: Final[dict[str, float]] = {
    "temperature": 1.0, "top_p": 1.0, "top_k": 50, "min_p": 0.0, "repetition_penalty": 1.0,
}  # fmt: skip
_GREEDY: Final[dict[str, float]] = {"temperature": 0.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
# What each may be, as `generate()` has it; a repetition penalty of 0 would make of logits what no model means.
_RANGES: Final[dict[str, tuple[float, float]]] = {
    "temperature": (0.0, 1e6), "top_p": (0.0, 1.0), "top_k": (0, 2**31), "min_p": (0.0, 1.0),
    "repetition_penalty": (1e-6, 1e6),
}  # fmt: skip
# Settings of transformers that change what is drawn, each with its neutral values.
_OTHERS: Final[dict[str, tuple[object, ...]]] = {
    "num_beams": (1,), "typical_p": (1, 1.0), "epsilon_cutoff": (0, 0.0), "eta_cutoff": (0, 0.0),
    "no_repeat_ngram_size": (0,), "encoder_repetition_penalty": (1, 1.0), "penalty_alpha": (), "guidance_scale": (1, 1.0),
    "diversity_penalty": (0, 0.0), "bad_words_ids": (), "suppress_tokens": (), "begin_suppress_tokens": (),
    "forced_bos_token_id": (), "forced_eos_token_id": (), "sequence_bias": (), "top_h": (), "min_new_tokens": (0,),
    "min_length": (0,), "exponential_decay_length_penalty": (), "watermarking_config": (), "dola_layers": (),
    "encoder_no_repeat_ngram_size": (0,), "stop_strings": (), "max_time": (), "prompt_lookup_num_tokens": (),
    # Of its caches all but the quantized one hold keys and values as the model makes them.
    "cache_implementation": (
        "dynamic", "dynamic_full", "static", "hybrid", "hybrid_chunked", "sliding_window", "offloaded", "offloaded_static",
        "offloaded_hybrid", "offloaded_hybrid_chunked",
    ),
}  # fmt: skip


def stated_settings(path: Path) -> dict[str, Any]:
    """What the file says of how tokens are chosen; {} without a file. Raises BackendError for one that is no JSON object."""
    file = path / FILE
    if not file.is_file():
        return {}
    try:
        written = json.loads(file.read_bytes())
        if not isinstance(written, dict):
            raise ValueError("a JSON object is wanted")
    except ValueError as error:
        raise BackendError(
            f"not a JSON object: {error}", path=file, hint="download the model again"
        ) from error
    names = ("do_sample", *_KNOWN, *_OTHERS, "max_new_tokens")
    return {name: written[name] for name in names if written.get(name) is not None}


def as_model_says(asked: Decoding, path: Path) -> Decoding:
    """A plan's decoding with the model's settings in the place of its own: what `generate()` of transformers does with
    the file, so that what the file leaves out is that library's default (`top_k` 50, hidden in version 5) and not the plan's.

    do_sample false or absent is greedy, whatever else is stated; so is temperature 0, which `generate()` refuses. Of the plan stay max_tokens, stop texts, special tokens,
    and the two penalties that transformers does not have. Raises BackendError for values that are no numbers or out of range.
    """
    stated = stated_settings(path)
    changed: dict[str, Any] = dict(_DEFAULTS)
    for name in _KNOWN:
        value = stated.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BackendError(
                f"{name} is not a number: {value!r}", path=path / FILE, hint="fix that setting"
            )
        low, high = _RANGES[name]
        if not low <= value <= high or (name == "top_k" and value != int(value)):
            raise BackendError(
                f"{name} = {value!r} is out of range: {low:g} to {high:g}",
                path=path / FILE,
                hint="fix that setting, or leave decoding to the plan",
            )
        changed[name] = int(value) if name == "top_k" else float(value)
    if not stated.get("do_sample", False) or not changed["temperature"]:
        changed |= _GREEDY
    return msgspec.structs.replace(asked, **changed, source="model")


def left_out(path: Path) -> list[str]:
    """Defaults of transformers that cut the distribution where the file samples and says nothing, as `name = value`."""
    stated = stated_settings(path)
    return ["top_k = 50"] if stated.get("do_sample", False) and "top_k" not in stated else []


def not_applied(path: Path) -> list[str]:
    """Settings of the file that change what is drawn and are applied by no backend here, as `name = value`."""
    stated = stated_settings(path)
    return [
        f"{name} = {stated[name]!r}"
        for name, neutral in _OTHERS.items()
        if name in stated and stated[name] not in neutral and stated[name] != []
    ]
