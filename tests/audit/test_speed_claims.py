"""Speeds against what memory and arithmetic allow: by hand, for one model on three devices."""

from collections.abc import Callable
from typing import Any

import pytest

from modelassay.core.published import Claim, Judgement

Judge = Callable[..., list[Judgement]]
MODEL = "Qwen/Qwen2.5-Coder-1.5B-Instruct"  # 1.54 B parameters: 3.1 GB at 16 bits, 0.8 GB at 4


def claim(metric: str, other: str, value: float | None = None, **more: Any) -> Claim:
    given = {"hub_id": MODEL, "model": MODEL, "quote": "as written"} | more
    return Claim(
        id="c", line=1, subject="speed", written="it", metric=metric, other=other, value=value, **given
    )


def rate(value: float, device: str, **more: Any) -> Claim:
    return claim("tokens per second", device, value, **more)


@pytest.mark.parametrize(
    ("claimed", "verdict", "said"),
    [
        # T4: 320 GB/s read 3.1 GB 104 times a second, 0.8 GB 399 times.
        (rate(40, "t4"), "unverified", "likely"),
        (rate(200, "t4"), "unverified", "possible: "),
        (rate(5_000, "t4"), "unverified", "possible with many sequences"),
        # 260 TOPS at 4 bits make 84,416 tokens of 1.54 B parameters each; a mixture of experts eight times as many.
        (rate(200_000, "t4"), "unverified", "impossible for a dense model"),
        (rate(1_000_000, "t4"), "contradicted", "impossible"),
        (rate(30, "laptop"), "unverified", "likely"),
        (claim("fits", "a100-40 a100-80"), "unverified", "likely"),
        (claim("fits", "t4", hub_id="x/Somebody-70B", model="Somebody-70B"), "contradicted", "36.4 GB"),
        (claim("fits", "t4", hub_id="x/Somebody-14B", model="Somebody-14B"), "unverified", "possible"),
        (
            claim("fits", "t4", hub_id="x/Somebody-14B", model="Somebody-14B", quote="in fp16 fits on a T4"),
            "contradicted",
            "28.0 GB at 16 bits",
        ),
    ],
)
def test_impossible_possible_likely(claimed: Claim, verdict: str, said: str, judge: Judge) -> None:
    (judgement,) = judge(claimed)

    assert judgement.verdict == verdict
    assert said in _message(claimed, judge)


def test_a_denied_impossibility_is_right(judge: Judge) -> None:
    """ "It is wrong that a 70B model fits on a T4"."""
    denied = claim("fits", "t4", hub_id="x/Somebody-70B", model="Somebody-70B", negated=True)

    assert judge(denied)[0].verdict == "confirmed"


def test_a_model_of_unknown_size_is_left_open(judge: Judge) -> None:
    assert judge(rate(1e9, "t4", hub_id=None, model="Somebody"))[0].verdict == "unverified"


def _message(claimed: Claim, judge: Judge) -> str:
    from modelassay.audit.context import Context
    from modelassay.audit.speed_claims import check_speed
    from modelassay.evidence.base import load_evidence

    return check_speed(claimed, Context([claimed], load_evidence()))[0].message
