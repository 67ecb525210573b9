"""Comparisons, rankings and set statements, recomputed from the evidence."""

from collections.abc import Callable
from typing import Any

import pytest

from modelassay.audit.context import Context
from modelassay.audit.verdicts import judge_claims
from modelassay.core.published import Claim, Judgement, Protocol
from modelassay.evidence.base import Evidence

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
TECHX = "TechxGenus/starcoder2-3b-instruct"
QWEN = "Qwen/Qwen2.5-Coder-1.5B-Instruct"
Judge = Callable[..., list[Judgement]]


def compare(hub_id: str | None, relation: Any, other: str | None = DEEPSEEK, **more: Any) -> Claim:
    benchmark = more.pop("benchmark", "humaneval")
    protocol = Protocol(benchmark=benchmark) if benchmark else None
    more = {"quote": "q", **more}
    return Claim(id="c", line=9, subject="comparison", hub_id=hub_id, other=other, relation=relation, protocol=protocol, **more)  # fmt: skip


def test_thirty_five_points_are_a_tie(judge: Judge) -> None:
    """65.9 against 65.2 or 65.9 is no +35pp."""
    (judgement,) = judge(compare(TECHX, "above", written="+35pp", value=0.35))
    assert judgement.verdict == "contradicted"
    assert "about equal" in judgement.explanation


@pytest.mark.parametrize(
    ("relation", "value", "written", "verdict"),
    [
        ("above", None, "exceeds", "confirmed"),
        ("above", 0.048, "+4.8pp", "confirmed"),  # EvalPlus: 70.7 against 65.9
        ("above", 0.05, "+5pp", "confirmed"),
        ("above", 0.12, "+12pp", "contradicted"),
        ("below", None, "worse than", "contradicted"),
        ("equal", None, "comparable to", "confirmed"),  # 4.8 points on 164 problems
    ],
)
def test_differences_are_recomputed_under_one_harness(
    relation: str, value: float | None, written: str, verdict: str, judge: Judge
) -> None:
    """Qwen2.5-Coder-1.5B-Instruct against the baseline."""
    assert judge(compare(QWEN, relation, value=value, written=written))[0].verdict == verdict


def test_both_metrics_must_hold(judge: Judge) -> None:
    """Without a benchmark a comparison is about HumanEval and MBPP."""
    assert judge(compare(QWEN, "above", benchmark=None))[0].verdict == "confirmed"
    assert judge(compare("bigcode/starcoder2-3b", "equal", benchmark=None))[0].verdict == "contradicted"


def test_a_model_that_does_not_exist_beats_nobody(judge: Judge) -> None:
    """Comparisons with a never-released model fall."""
    assert judge(compare("google/codegemma-2b-instruct", "above", value=0.05))[0].verdict == "no-such-model"
    assert (
        judge(compare(DEEPSEEK, "below", other="google/codegemma-2b-instruct"))[0].verdict == "no-such-model"
    )


def test_the_best_is_beaten_by_one_better_model(judge: Judge) -> None:
    """Qwen2.5-Coder-3B-Instruct has 84.1 where the 1.5B has 70.7, so the 1.5B is not the best of 1-3B."""
    (judgement,) = judge(compare(QWEN, "top", other=None, quote="Best performing 1-3B model found"))
    assert judgement.verdict == "contradicted"
    assert "3B-Instruct" in judgement.explanation


def test_no_small_model_reaches_seventy_is_false(judge: Judge) -> None:
    """Several models up to 3.5B do; none reaches 95 %."""
    (false,) = judge(compare(None, "none-above", other=None, value=0.70, quote="No small model hits 70%+"))
    (true,) = judge(compare(None, "none-above", other=None, value=0.95, quote="No 1-3B model reaches 95%"))
    assert (false.verdict, true.verdict) == ("contradicted", "confirmed")


def test_a_comparison_names_the_numbers_that_fell(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """A difference taken from a wrong baseline says so."""
    claims = [
        score(DEEPSEEK, "humaneval", 30.5, "~30.5%", line=3),
        compare(TECHX, "above", written="+35pp", value=0.35),
    ]
    findings, _ = judge_claims(Context(claims, evidence))
    (fallen,) = [f for f in findings if f.check == "rests-on"]
    assert "~30.5% (line 3)" in fallen.message


def test_without_scores_a_comparison_is_unverified(judge: Judge) -> None:
    """An unknown opponent can't be compared with."""
    assert judge(compare(QWEN, "above", other="acme/none"))[0].verdict == "unverified"


def test_a_comparison_with_a_never_released_model_has_nothing_to_compare(judge: Judge) -> None:
    """Whichever side it stands on."""
    listed = {"other": "infly/OpenCoder-3B-Instruct", "release_list": "oc_sizes"}
    (judgement,) = judge(compare(QWEN, "above", written="beats", **listed))
    assert judgement.verdict == "no-such-model"
    assert "infly/OpenCoder-3B-Instruct" in judgement.explanation
