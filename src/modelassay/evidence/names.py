"""Model names taken apart: family, size, kind, version and the rest, each a typed token.

Two names are the same model only when every token agrees: 1.3B is never 13B, `-instruct` is never `-base`,
v1.5 is never v1, and a quantised copy is never its original. Nothing is matched by likeness.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

_SIZE = re.compile(r"(?<![\d.])(\d+x)?(\d+(?:\.\d+)?)[\s-]?(billion|million|b|m)(?![a-z0-9])")
_UNDERSCORE = re.compile(r"(?<=\d)_(?=\d)")  # phi-1_5 and Refact-1_6B write the point so
_VERSION = re.compile(r"(?<![a-z0-9])v(\d+(?:\.\d+)*)(?![a-z0-9])")
_CHUNK = re.compile(r"[a-z]+|\d+(?:\.\d+)*|\+")
_CONTEXT = re.compile(r"(?<![a-z0-9.])(\d{1,4}k)(?![a-z0-9])")
# Words for a form of the weights, in names and in sentences.
WEIGHT_FORMS = r"gguf|gptq|awq|exl[23]|bnb|fp8|int[48]|nvfp4|mxfp4|nf4|aqlm|hqq|w\d+a\d+"
_QUANT = re.compile(rf"(?<![a-z0-9])({WEIGHT_FORMS}|mlx|onnx|[2-8]-?bit|iq\d\w*|q\d(?:[._]\w+)*)(?![a-z0-9])")
# What stands around the form of the weights in a copy's name: "ggml-X", "X-unsloth-bnb-4bit", "X-i1-GGUF", "X-quantized.w4a16"
_BEFORE_COPY = re.compile(r"^(?:.*_-_|ggml-)", re.I)
_AROUND_FORM = re.compile(r"(?:[-_. ]+(?:unsloth|i1|imat(?:rix)?|quantized|quant|dynamic))*[-_. ]*$", re.I)
_KINDS = {
    "base": "base",
    "pretrained": "base",
    "pt": "base",
    "instruct": "instruct",
    "instruction": "instruct",
    "chat": "chat",
    "it": "it",
    "sft": "sft",
    "dpo": "dpo",
    "rl": "rl",
    "reasoning": "reasoning",
    "thinking": "thinking",
}
_STAGES = {"sft", "dpo", "rl"}  # of training: beside a kind they tell two tuned models apart
_IGNORED = {"hf", "bf16", "fp16", "model", "the", "tuned"}


@dataclass(frozen=True)
class ModelName:
    """A name's tokens. `family` is what is left, letters and numbers joined; `None` means not written.

    size: parameters; experts: the "8x" of a mixture; kind: the word used (`instruct`, `chat`, `it`, …);
    words: the family's words and numbers apart, to see how two families differ (no part of what makes a name).
    """

    family: str
    size: float | None = None
    experts: str = ""
    kind: str | None = None
    version: str | None = None
    extras: frozenset[str] = frozenset()
    words: tuple[str, ...] = field(default=(), compare=False)

    @property
    def tuned(self) -> bool | None:
        """True when the name says it is tuned, False when it says base, `None` when it does not say."""
        return None if self.kind is None else self.kind != "base"


@lru_cache(maxsize=16_384)
def parse_name(text: str) -> ModelName:
    """Take a model's name apart (without its org). Never fails: an odd name is all family."""
    rest = _UNDERSCORE.sub(".", text.lower().replace("β", "beta"))
    extras = set()
    for pattern in (_QUANT, _CONTEXT):
        extras |= {match[1].replace("-", "") for match in pattern.finditer(rest)}
        rest = pattern.sub(" ", rest)
    size, experts = None, ""
    match = _SIZE.search(rest)
    if match is not None:
        size = float(match[2]) * (1e9 if match[3].startswith("b") else 1e6)
        experts = match[1] or ""
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    version = None
    match = _VERSION.search(rest)
    if match is not None:
        version = match[1]
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    kind = None
    family = []
    for chunk in _CHUNK.findall(rest):
        if chunk in _KINDS:
            if kind is not None and chunk in _STAGES:  # "Chat (SFT)" and "Chat (RL)" are two models
                extras.add(chunk)
            kind = kind or _KINDS[chunk]
        elif chunk in _IGNORED:
            continue
        else:
            family.append(chunk)
    return ModelName("".join(family), size, experts, kind, version, frozenset(extras), tuple(family))


def without_form(name: str) -> str | None:
    """A quantised copy's name (without its org) without the form of its weights; `None` where it names none.

    "CodeLlama-7B-Instruct-GGUF" is CodeLlama-7B-Instruct, "x-7b-AWQ-4bit" is x-7b.
    """
    found = _QUANT.search(name.lower())
    if found is None:
        return None
    return _AROUND_FORM.sub("", _BEFORE_COPY.sub("", name[: found.start()])) or None


def split_org(hub_id: str) -> tuple[str, str]:
    """("deepseek-ai", "deepseek-coder-1.3b-base") from a hub id; the org is "" when there is none."""
    org, slash, name = hub_id.partition("/")
    return (org, name) if slash else ("", hub_id)
