"""Whether a claim of speed can be: held against what the device's memory and arithmetic allow at most.

One sequence reads every weight once per token, so it writes at most bandwidth / weights tokens per second. With so many
sequences at once that the weights' reading is shared, at most operations / (2 · parameters) remain (the roofline: Williams,
Waterman and Patterson, Communications of the ACM 52(4), 2009). Both are ceilings: an engine reaches a part of them. The
fewest bits that are usual (4) are granted, unless the claim or the model's name says more. Attention and the cache
of keys and values only lower them. More than one device is not thought of, since the claim names one.
"""

import re
from dataclasses import dataclass
from typing import Final

from modelassay.audit.context import Context
from modelassay.audit.remarks import Remark
from modelassay.core.devices import WEIGHT_BYTES, devices
from modelassay.core.published import Claim
from modelassay.evidence.names import parse_name, split_org

_USUAL: Final = 0.5  # of a ceiling: what engines reach without effort, so below it a claim is likely
# The evidence does not say whether a model is a mixture of experts, of which a part is active. The sparsest that were
# published: up to 20B an eighth or more (DeepSeek-V2-Lite 2.4 of 15.7B, OLMoE 1.3 of 6.9B), beyond it 1 in 32 (Kimi K2).
_SPARSEST: Final = ((20e9, 1 / 8), (float("inf"), 1 / 32))
_DTYPE: Final = re.compile(
    r"\b(?:(?P<b16>bf16|fp16|bfloat16|float16|half[- ]precision|16[- ]bit)|(?P<b8>fp8|int8|8[- ]bit|q8(?:_0)?)|(?P<b32>fp32|float32|full[- ]precision))\b",
    re.I,
)


@dataclass(frozen=True)
class Limits:
    """Of a device, or the best of a class of them: bytes of memory, bytes per second, operations per second."""

    name: str
    bytes: float
    bytes_per_second: float
    flops: float


# A laptop's most: Apple's M4 Max has 128 GB and 546 GB/s (Apple's specifications, 2024); NVIDIA's RTX 5090 Laptop GPU has 24 GB
# at 896 GB/s and 1,824 TOPS at 4 bits with sparsity, half of it without (NVIDIA's specifications, 2025). The larger of each.
LAPTOP: Final = Limits("any laptop (128 GB, 896 GB/s, 912 TOPS)", 128e9, 896e9, 912e12)


def check_speed(claim: Claim, context: Context) -> list[Remark]:
    """impossible: contradicted, with the arithmetic. possible, likely: no verdict, with the range."""
    params = _parameters(claim, context)
    if claim.subject != "speed" or params is None or not claim.other:
        return []
    places = [_limits(name) for name in claim.other.split()]
    width = _width(claim)
    if claim.metric == "fits":
        return [_fits(claim, params, places, width)]
    return [_rate(claim, params, places, width)] if claim.value is not None else []


def _fits(claim: Claim, params: float, places: list[Limits], width: float) -> Remark:
    """Weights alone against memory: at the granted bits, at 16 bits, on the least and the greatest device that is meant."""
    need, usual = params * width, params * max(width, WEIGHT_BYTES["bf16"])
    least, most = (pick(p.bytes for p in places) for pick in (min, max))
    names = " or ".join(p.name for p in places)
    sums = f"{params / 1e9:.2f}B parameters are {need / 1e9:.1f} GB at {8 * width:.3g} bits and {usual / 1e9:.1f} GB at 16"
    if need > most:
        return _impossible(claim, f"{sums}; {names} has {most / 1e9:.0f} GB")
    word = "likely" if usual < 0.8 * least else "possible"
    return _open(
        f"{word}: {sums}; {names} has {least / 1e9:.0f} GB; the cache of keys and values comes on top"
    )


def _rate(claim: Claim, params: float, places: list[Limits], width: float) -> Remark:
    """Against the ceilings of the greatest device that is meant, and of one sequence there."""
    assert claim.value is not None  # the caller looks first
    best = max(places, key=lambda p: p.bytes_per_second)
    one, usual = best.bytes_per_second / (params * width), best.bytes_per_second / (params * 2)
    many = best.flops / (2 * params)
    sums = (
        f"{params / 1e9:.2f}B parameters on {best.name}: one sequence at most {one:,.0f} tokens/s at {8 * width:.3g} bits "
        f"({usual:,.0f} at 16), many at once at most {many:,.0f}"
    )
    share = next(share for most, share in _SPARSEST if params <= most)
    if claim.value > many / share:
        granted = f"even were only 1 in {1 / share:.0f} parameters active, as in a mixture of experts"
        return _impossible(claim, f"{sums}; claimed are {claim.value:,.0f}, {granted}")
    if claim.value > many:
        return _open(f"impossible for a dense model, possible for a mixture of experts: {sums}")
    if claim.value > one:
        return _open(f"possible with many sequences at once, impossible for one: {sums}")
    word = "likely" if claim.value <= _USUAL * usual else "possible"
    return _open(f"{word}: {sums}")


def _impossible(claim: Claim, why: str) -> Remark:
    if claim.negated:
        return Remark(
            check="speed", severity="supports", message=f"impossible, as it says: {why}", verdict="confirmed"
        )
    return Remark(
        check="speed", severity="refutes", message=f"impossible: {why}", verdict="contradicted",
        probability_wrong=0.99,
    )  # fmt: skip


def _open(message: str) -> Remark:
    return Remark(check="speed", severity="info", message=message)


def _limits(name: str) -> Limits:
    if name == "laptop":
        return LAPTOP
    found = devices()[name]
    flops = max(found.flops_16, found.flops_fp8 or 0, found.flops_int8 or 0)
    # Four bits are computed at twice the rate of eight at most.
    return Limits(found.name, found.bytes, found.bytes_per_second, 2 * flops)


def _width(claim: Claim) -> float:
    """Bytes per weight: what the claim or the model's name says, else the fewest that are usual."""
    found = _DTYPE.search(f"{claim.quote} {claim.model}")
    if found is None:
        return WEIGHT_BYTES["int4"]
    return 4.0 if found["b32"] else 2.0 if found["b16"] else 1.0


def _parameters(claim: Claim, context: Context) -> float | None:
    """As the evidence has them, else as the model's name says."""
    model = context.evidence.model(claim.hub_id) if claim.hub_id else None
    if model is not None and model.params is not None:
        return model.params
    return parse_name(split_org(claim.hub_id or claim.model)[1]).size
