"""How tokens are chosen, in full: every setting that changes the distribution of an answer, neutral unless said otherwise."""

from typing import Any, Final, Literal

import msgspec

from modelassay.core.records import Record

# The order in which settings act, on every backend that can be told: penalties on the logits, then temperature, then
# what is left out: by min-p, by top-k, and last by top-p of what remains. It is the one order that vLLM has, and
# llama.cpp's server and this project's own engine can be given.
ORDER: Final = ("penalties", "temperature", "min-p", "top-k", "top-p")


class NeutralSettings(Record, kw_only=True):
    """The settings that change nothing unless they are given; in a study's [sampling] as in a plan.

    top_k: the likeliest k tokens, 0 for all. min_p: tokens at least that times as likely as the likeliest, 0 for all.
    repetition_penalty: logits of tokens in prompt or answer are divided by it where positive and multiplied where
    negative (CTRL, arXiv 1909.05858), 1 for none. presence_penalty, frequency_penalty: taken from the logits of tokens
    in the answer, once, and once per occurrence (OpenAI's definition), 0 for none.
    stop: texts that end an answer beside the protocol's. keep_special_tokens: whether their text stays in the answer.
    """

    top_k: int = 0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    stop: tuple[str, ...] = ()
    keep_special_tokens: bool = False


class Decoding(NeutralSettings, kw_only=True):
    """How tokens are chosen; a setting acts in its place in `ORDER`.

    temperature: 0 is greedy.
    source: `model` where the model's own generation settings were asked for; the values are what they say.
    """

    temperature: float
    top_p: float
    max_tokens: int
    source: Literal["plan", "model"] = "plan"

    @property
    def penalises(self) -> bool:
        """Whether logits depend on which tokens came before, beyond what the model makes of them."""
        return (self.repetition_penalty, self.presence_penalty, self.frequency_penalty) != (1.0, 0.0, 0.0)


def hashed_decoding(decoding: Decoding) -> dict[str, Any]:
    """What of it goes into a plan's hash: a neutral setting counts for nothing, so that runs from before it was named
    have the same hash.
    """
    written: dict[str, Any] = msgspec.to_builtins(decoding)
    neutral = {f.name: f.default for f in msgspec.structs.fields(Decoding) if not f.required}
    return {
        name: value
        for name, value in written.items()
        if name not in neutral or getattr(decoding, name) != neutral[name]
    }


Obeyed = Literal["yes", "no", "unknown"]


class ServerFinding(Record):
    """One thing that was tried on a server: whether it held, and what was seen."""

    asked: str
    obeyed: Obeyed
    seen: str = ""


class ServedWeights(Record):
    """What a server says of the weights it serves. Unknown is "" and `None`.

    file: of the weights, or the folder or Hub id they were loaded from. digest: Ollama's hash of the model. quantisation: as
    the server calls it (`Q4_K_M`, `fp8`, `bfloat16`). bits_per_weight: size of all tensors over the number of parameters.
    """

    file: str = ""
    digest: str = ""
    quantisation: str | None = None
    bits_per_weight: float | None = None


class ServerProbe(Record):
    """What a server does with what it is sent, found by asking it before the run.

    kind: which server it seems to be (`vllm`, `llama.cpp`, …), "unknown" where it does not say. sent: the names of the
    settings that it is sent and takes. refused: those it refuses or is not known to take, so that its own are in
    force. limits: what a reader of any score measured through it must know, in sentences. findings: what was tried.
    seconds: how long that took. weights: what is really served, as the server says; `None` in older manifests.
    samples_per_request: at most so many samples of a problem were asked for at once, each still from its own seed.
    """

    kind: str
    version: str = ""
    sent: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    findings: tuple[ServerFinding, ...] = ()
    seconds: float = 0.0
    weights: ServedWeights | None = None
    samples_per_request: int = 1
