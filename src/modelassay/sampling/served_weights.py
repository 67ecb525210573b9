"""Which weights a server really serves: file, hash and quantisation, as far as it says so itself.

Read from each server's own facts, never from a model's name: llama.cpp (`/props`, `meta` in `/v1/models`), Ollama
(`/api/tags`), LM Studio (`/api/v0/models`), SGLang (`/get_server_info`), vLLM (`root` in `/v1/models`, which says nothing of
precision).
"""

from collections.abc import Mapping
from typing import Any, Final

from modelassay.core.decoding import ServedWeights

# What is asked beside the facts that tell which server it is.
FURTHER: Final[Mapping[str, str]] = {
    "ollama": "/api/tags",
    "lm studio": "/api/v0/models",
    "sglang": "/get_server_info",
}
_FULL: Final = (
    15.0  # bits per weight: 16-bit formats have a little more or less, by what is counted as weights
)
_FULL_NAMES: Final = frozenset({"f16", "f32", "bf16", "fp16", "fp32", "float16", "bfloat16", "float32"})


def served_weights(kind: str, model: str, answers: Mapping[str, Any]) -> ServedWeights:
    """What the server says of the weights behind `model`. answers: to GET by path; None where there was none."""
    match kind:
        case "llama.cpp":
            return _llama(_listed(answers.get("/v1/models"), "data", model), answers.get("/props") or {})
        case "ollama":
            found = _listed(answers.get("/api/tags"), "models", model)
            details = found.get("details")
            said = details.get("quantization_level") if isinstance(details, dict) else None
            return ServedWeights(digest=_text(found.get("digest")), quantisation=_text(said) or None)
        case "lm studio":
            found = _listed(answers.get("/api/v0/models"), "data", model)
            return ServedWeights(quantisation=_text(found.get("quantization")) or None)
        case "sglang":
            told = answers.get("/get_server_info") or {}
            if "quantization" not in told:
                return ServedWeights()
            said = told["quantization"] or told.get("dtype") or "none"
            return ServedWeights(file=_text(told.get("model_path")), quantisation=_text(said) or None)
        case "vllm":
            return ServedWeights(file=_text(_listed(answers.get("/v1/models"), "data", model).get("root")))
    return ServedWeights()


def limits_of_weights(kind: str, found: ServedWeights) -> list[str]:
    """What a reader of any score measured through the server must know of its weights."""
    bits = found.bits_per_weight
    what = ", ".join(
        filter(None, (found.quantisation, None if bits is None else f"{bits:.2g} bits per weight"))
    )
    name = f" ({found.file})" if found.file else ""
    if is_quantised(found):
        return [
            f"the server's weights are quantised: {what}{name}: what is measured is no result of the model in full "
            "precision, and published scores beside it are of other weights unless they say so"
        ]
    if not what and kind != "transformers":
        return [
            f"the server does not say in which precision its weights are{name}: nothing measured here is a result of the "
            "model in full precision unless you know that they are"
        ]
    return []


def is_quantised(found: ServedWeights) -> bool:
    """Whether the server says that its weights have fewer bits than those of full precision."""
    if found.bits_per_weight is not None:
        return found.bits_per_weight < _FULL
    said = found.quantisation
    return said is not None and said.lower() not in {*_FULL_NAMES, "none", "auto"}


def _llama(listed: Mapping[str, Any], props: Mapping[str, Any]) -> ServedWeights:
    meta = listed.get("meta")
    size, count = (meta.get("size"), meta.get("n_params")) if isinstance(meta, dict) else (None, None)
    bits = None
    if isinstance(size, int) and isinstance(count, int) and count > 0:
        bits = 8 * size / count
    path = _text(props.get("model_path")).replace("\\", "/")
    ftype = _text(meta.get("ftype")) if isinstance(meta, dict) else ""
    return ServedWeights(
        file=path.rpartition("/")[2], bits_per_weight=bits, quantisation=ftype or _text(props.get("model_ftype")) or None
    )  # fmt: skip


def _listed(answer: Any, key: str, model: str) -> Mapping[str, Any]:
    """The entry of a model in a server's list; of the only one where there is one; {} where it is not there."""
    entries = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        return {}
    known = [e for e in entries if isinstance(e, dict)]
    for entry in known:
        if model in (entry.get("id"), entry.get("name"), entry.get("model")):
            return entry
    return known[0] if len(known) == 1 else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
