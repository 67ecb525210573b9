"""What running text says of a model's speed on a device: "40 tok/s on a laptop", "fits on an A100".

Only what names its device is a claim: a rate on no device can be neither right nor wrong.
"""

import re
from typing import Final

from modelassay.reading.claims.claims_draft import ClaimsDraft
from modelassay.reading.language.passages import Passage
from modelassay.reading.language.subjects import find_subject

SPEED_WORDS: Final = frozenset(["tok", "toks", "token", "tokens", "tps", "fits", "fit"])
# As written → the name in the table of devices; several where the words leave it open, and "laptop" for any of these.
_DEVICES: Final = (
    ("a100-40 a100-80", r"A100(?!\s*[-(]?\s*\d)"),
    ("a100-40", r"A100[\s(-]*(?:SXM\d?[\s-]*|PCIe[\s-]*)?40\s?GB?"),
    ("a100-80", r"A100[\s(-]*(?:SXM\d?[\s-]*|PCIe[\s-]*)?80\s?GB?"),
    ("h100-sxm", r"H100"),
    ("h200", r"H200"),
    ("l40s", r"L40S"),
    ("l4", r"L4"),
    ("rtx-3090", r"(?:RTX|GeForce)?\s*3090"),
    ("rtx-4090", r"(?:RTX|GeForce)?\s*4090"),
    ("rtx-5090", r"(?:RTX|GeForce)?\s*5090"),
    ("t4", r"(?:Tesla\s+)?T4"),
    ("laptop", r"(?:laptop|notebook computer|MacBook(?:\s+(?:Air|Pro))?)s?"),
)
_DEVICE: Final = "|".join(f"(?P<d{place}>{pattern})(?![\\w-])" for place, (_, pattern) in enumerate(_DEVICES))
_ON: Final = r"(?:\s*(?:on|with|using)\s+(?:an?|one|the|my|our|any|a single|1x?)?\s*(?:single\s+)?(?:NVIDIA\s+|Nvidia\s+)?)"
_BITS: Final = r"(?:\b(?:in|at|with|using)\s+(?:bf16|fp16|fp32|fp8|int8|int4|\d{1,2}[- ]bit)\s+(?:\w+\s+)?)?"
_RATE: Final = re.compile(
    rf"{_BITS}"
    r"(?P<number>\d[\d,]*(?:\.\d+)?)\s?(?P<thousand>k)?\s*(?:output\s+|generated\s+)?(?:tok(?:en)?s?\s*(?:/|per)\s*s(?:ec(?:ond)?)?|tps|t/s)\b"
    rf"(?:[^.;\n]{{0,60}}?){_ON}(?:{_DEVICE})",
    re.I,
)
_FITS: Final = re.compile(
    rf"{_BITS}\bfits?\s+(?:easily\s+|comfortably\s+|well\s+)?(?:in(?:to)?|on(?:to)?)\s+(?:an?|one|the|my|our|any|a single)?\s*(?:single\s+)?(?:NVIDIA\s+)?(?:{_DEVICE})",
    re.I,
)


def read_speeds(passage: Passage, draft: ClaimsDraft) -> None:
    """File every rate and every fit that names a model and a device.

    metric: "tokens per second" or "fits"; value: tokens per second; other: the device's names in the table.
    """
    for pattern, metric in ((_RATE, "tokens per second"), (_FITS, "fits")):
        for found in pattern.finditer(passage.text):
            subject = find_subject(passage, found.start())
            if subject is None or (subject.hub_id is None and subject.resolution.how == "ambiguous"):
                continue
            value = None
            if metric != "fits":
                value = float(found["number"].replace(",", "")) * (1000 if found["thousand"] else 1)
                for number in passage.numbers:
                    if found.start() <= number.start < found.end():
                        draft.mark_read(passage, number)
            draft.add(
                passage, [found.span()], "speed", model=subject, metric=metric, written=found[0].strip(), value=value,
                other=_device(found), negated=passage.is_wrong_at(found.start()),
            )  # fmt: skip


def _device(found: re.Match[str]) -> str:
    """The device's names in the table."""
    return next(names for place, (names, _) in enumerate(_DEVICES) if found[f"d{place}"])
