"""Every setting of a plan in the words of each kind of server: what it is sent, and what it cannot be told.

A server that says which it is gets its own words; one that does not gets those of vLLM and of llama.cpp together, less
what it refuses. What a server is not told is its own affair, and a sentence says so.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modelassay.core.decoding import Decoding

UNKNOWN: Final = "unknown"
# Setting → the names that any server has for it. A setting is told where one of its names is sent.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "top_k": ("top_k",),
    "min_p": ("min_p",),
    "repetition_penalty": ("repetition_penalty", "repeat_penalty"),
    "presence_penalty": ("presence_penalty",),
    "frequency_penalty": ("frequency_penalty",),
}
# What is often in force where a server is not told otherwise, for the sentence that says so.
_DEFAULTS: Final[Mapping[str, str]] = {
    "top_k": "top_k may be 40 (llama.cpp, Ollama, LM Studio) or the model's own, often 20 or 50",
    "min_p": "min_p may be 0.05 (llama.cpp, LM Studio) or the model's own",
    "repetition_penalty": "repetition penalty may be 1.1 (older Ollama, LM Studio) or the model's own",
    "presence_penalty": "presence penalty may be its own",
    "frequency_penalty": "frequency penalty may be its own",
}
# Kinds whose documents name fewer settings than they are sent and do not refuse the others: they are lost on the way.
_IGNORES: Final[Mapping[str, frozenset[str]]] = {
    "ollama": frozenset({"top_k", "min_p", "repetition_penalty"}),
    "lm studio": frozenset({"min_p"}),
    "transformers": frozenset({"presence_penalty", "frequency_penalty"}),
}
# Settings of a model's file that `transformers serve` cannot be told away: each of its values does something.
NO_NEUTRAL: Final = ("forced_eos_token_id", "stop_strings", "prompt_lookup_num_tokens")
# Tokens that llama.cpp's penalties look back on: all. The build of xllamacpp 2026.10 refuses the -1 that meant so; a request
# that is penalised takes half a MiB for it.
_ALL_TOKENS: Final = 1 << 17
_SAMPLERS: Final = ["penalties", "temperature", "min_p", "top_k", "top_p"]  # ORDER, in llama.cpp's words


@dataclass(frozen=True)
class Identity:
    """Which server it says it is. context: tokens of prompt and answer together, where it says so."""

    kind: str = UNKNOWN
    version: str = ""
    context: int | None = None


def fields_for(
    kind: str, decoding: Decoding, stop_ids: Sequence[int], *, ids: bool, seen: Sequence[str] = ()
) -> dict[str, Any]:
    """What a server of that kind is sent beside temperature, top_p, max_tokens and stop texts.

    stop_ids: the model's end tokens, where they are known; ids: token ids are sent, so the answer's end is ours to say.
    seen: special tokens whose text must be in the answer, for a server that is told which.
    """
    if kind == "transformers":
        return {"generation_config": json.dumps(generation_config(decoding, stop_ids))}
    openai = {
        "presence_penalty": decoding.presence_penalty,
        "frequency_penalty": decoding.frequency_penalty,
    }
    vllm: dict[str, Any] = {
        "top_k": decoding.top_k,
        "min_p": decoding.min_p,
        "repetition_penalty": decoding.repetition_penalty,
        "skip_special_tokens": not decoding.keep_special_tokens,
    }
    if ids and stop_ids:
        vllm["stop_token_ids"] = list(stop_ids)
    match kind:
        case "vllm":
            return {**openai, **vllm}
        case "sglang":  # whose top_k of "all" is -1
            return {**openai, **vllm, "top_k": decoding.top_k or -1}
        case "llama.cpp":
            return {**openai, **_llama(decoding), **({"preserved_tokens": list(seen)} if seen else {})}
        case "ollama":
            return openai
        case "lm studio":
            return {**openai, "top_k": decoding.top_k, "repeat_penalty": decoding.repetition_penalty}
    return {**openai, **vllm, **_llama(decoding)}


def _llama(decoding: Decoding) -> dict[str, Any]:
    """llama.cpp's server: its own samplers, in our order, and all others out of the way."""
    return {
        "samplers": _SAMPLERS,
        "top_k": decoding.top_k,
        "min_p": decoding.min_p,
        "repeat_penalty": decoding.repetition_penalty,
        "repeat_last_n": _ALL_TOKENS if decoding.penalises else 0,
        "typical_p": 1.0,
        "top_n_sigma": -1.0,
        "mirostat": 0,
        "dynatemp_range": 0.0,
        "dry_multiplier": 0.0,
        "xtc_probability": 0.0,
    }


def generation_config(decoding: Decoding, stop_ids: Sequence[int] = ()) -> dict[str, Any]:
    """What `transformers serve` needs in full: whatever is left out, or null, comes from the model's own settings.

    stop_ids: the model's end tokens, where they are known. What has no neutral value is in `NO_NEUTRAL`.
    """
    sampled = decoding.temperature > 0
    config: dict[str, Any] = {
        "do_sample": sampled,
        "num_beams": 1,
        "repetition_penalty": decoding.repetition_penalty,
        "no_repeat_ngram_size": 0, "encoder_no_repeat_ngram_size": 0, "encoder_repetition_penalty": 1.0,
        "min_length": 0, "min_new_tokens": 0, "suppress_tokens": [], "begin_suppress_tokens": [],
        "guidance_scale": 1.0, "penalty_alpha": 0.0, "cache_implementation": "dynamic", "max_time": 1e9,
        "sequence_bias": [[[0], 0.0]],
        "exponential_decay_length_penalty": [1 << 30, 1.0],
        "watermarking_config": {"bias": 0.0},
        # An empty list is refused. An end token is dropped from it, and what nobody writes is as good as none.
        "bad_words_ids": [list(stop_ids[:1])] if stop_ids else [[0] * 64],
        **({"eos_token_id": list(stop_ids)} if stop_ids else {}),
    }  # fmt: skip
    if sampled:
        config |= {
            "temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": decoding.top_k,
            "min_p": decoding.min_p, "typical_p": 1.0, "epsilon_cutoff": 0.0, "eta_cutoff": 0.0, "top_h": 1.0,
        }  # fmt: skip
    return config


def fewer(fields: Mapping[str, Any], refusal: str) -> dict[str, Any]:
    """The fields less those that a refusal names; all of them where it names none."""
    named = {name for name in fields if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", refusal)}
    return {name: value for name, value in fields.items() if name not in named}


def parts_of(fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Smaller sets to try where a server refuses them together without saying which: each name alone."""
    yield from ({name: value} for name, value in fields.items())


def settings_sent(kind: str, sent: Iterable[str]) -> dict[str, bool]:
    """Setting → whether the server is told, by the names that it takes."""
    names = set(sent)
    if "generation_config" in names:
        names |= {"top_k", "min_p", "repetition_penalty"}
    ignored = _IGNORES.get(kind, frozenset())
    return {
        setting: setting not in ignored and any(name in names for name in known)
        for setting, known in NAMES.items()
    }


def limits_of(
    kind: str, sent: Iterable[str], decoding: Decoding, refused: Iterable[str] = ()
) -> Iterator[str]:
    """What a reader of scores measured through a server must know: settings that it cannot be told. refused: the names
    among its own kind's that this one does not take.
    """
    names = set(sent)
    settings = {name for known in NAMES.values() for name in known}
    if kind != UNKNOWN and (others := sorted({*refused} - settings)):
        yield f"this server refuses {', '.join(others)}: its own values may be in force"
    for setting, known in settings_sent(kind, names).items():
        if known:
            continue
        wanted = getattr(decoding, setting)
        if decoding.temperature == 0 and setting in ("top_k", "min_p"):
            continue  # they leave out no likeliest token
        neutral = wanted == (1.0 if setting == "repetition_penalty" else 0)
        asked = "" if neutral else f" and the plan's {wanted:g} is not applied"
        if kind == "transformers" and neutral:
            continue  # it has no such setting of its own
        yield f"this server cannot be told {setting}: its {_DEFAULTS[setting]}{asked}"
    if kind == UNKNOWN and names:
        yield (
            "this server does not say what it is and may pass over settings in silence: its own top_k, min_p and "
            "penalties may be in force"
        )
    if kind == "llama.cpp" and (decoding.presence_penalty or decoding.frequency_penalty):
        yield "llama.cpp counts the prompt's tokens, too, for presence and frequency penalties"
    if kind == "transformers" and decoding.min_p and decoding.top_p < 1 and decoding.temperature:
        yield "transformers applies min_p after top_p, other backends before: where both cut, tokens differ"
    if decoding.keep_special_tokens and not names & {"skip_special_tokens", "preserved_tokens"}:
        yield "this server leaves special tokens out of the text: the plan keeps them"


def identify(answers: Mapping[str, Any]) -> Identity:
    """Which server it is, from what it answered to GET, by path; an answer that is no JSON object is None."""
    models, props = answers.get("/v1/models") or {}, answers.get("/props") or {}
    listed = models.get("data")
    first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    owner = str(first.get("owned_by", "")).lower()
    version = (answers.get("/version") or {}).get("version", "")
    ollama = (answers.get("/api/version") or {}).get("version", "")
    settings = props.get("default_generation_settings")
    if owner == "llamacpp" or isinstance(settings, dict):
        context = settings.get("n_ctx") if isinstance(settings, dict) else None
        return Identity("llama.cpp", str(props.get("build_info", "")), _number(context))
    if owner == "sglang":
        return Identity("sglang", str(version), _number(first.get("max_model_len")))
    if owner == "vllm":
        return Identity("vllm", str(version), _number(first.get("max_model_len")))
    if ollama or owner == "library":
        return Identity("ollama", str(ollama))
    if owner == "organization_owner":
        return Identity("lm studio")
    return Identity(UNKNOWN, str(version), _number(first.get("max_model_len")))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
