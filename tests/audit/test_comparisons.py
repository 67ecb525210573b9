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


def test_both_metrics_must_hold(judge: Judge, score: Callable[..., Claim]) -> None:
    """Without a benchmark a comparison is about those that the document has the model's scores on."""
    words = {"benchmark": None, "quote": "performs"}
    qwen = [score(QWEN, "humaneval", 70.7), score(QWEN, "mbpp", 69.2, line=2)]
    assert judge(compare(QWEN, "above", **words), *qwen)[0].verdict == "confirmed"
    starcoder = [score("bigcode/starcoder2-3b", "humaneval", 31.7)]
    assert judge(compare("bigcode/starcoder2-3b", "equal", **words), *starcoder)[0].verdict == "contradicted"


def test_praise_without_a_benchmark_is_not_judged(judge: Judge, score: Callable[..., Claim]) -> None:
    """ "Best for builds at night", and "the best" in a document without a score of the model."""
    claim = compare(QWEN, "top", other=None, benchmark=None, quote="Best for builds at night")
    assert judge(claim, score(QWEN, "humaneval", 70.7))[0].verdict == "unverified"
    alone = compare(QWEN, "top", other=None, benchmark=None, quote="the best score")
    assert judge(alone, text="2025-01-15")[0].verdict == "unverified"


def test_no_model_is_compared_with_itself(judge: Judge) -> None:
    """Nor with a packaged copy of it."""
    assert judge(compare(QWEN, "above", other=QWEN))[0].verdict == "unverified"


def test_a_rival_of_later_date_refutes_nothing(judge: Judge) -> None:
    """The best of March 2024 is not refuted by a model of September 2024 that the document does not name."""
    claim = compare(DEEPSEEK, "top", other=None, quote="Best performing 1-3B model")
    (judgement,) = judge(claim, text="Written on 2024-03-01.")
    assert judgement.verdict == "unverified"


def test_a_difference_of_the_documents_own_scores_is_as_right_as_they_are(
    judge: Judge, score: Callable[..., Claim]
) -> None:
    """+6.0 follows from 71.9 and 65.9, of which none is known to be wrong."""
    claims = [
        compare(QWEN, "above", written="+6.0", value=0.06),
        score(QWEN, "humaneval", 71.9, line=2),
        score(DEEPSEEK, "humaneval", 65.9, line=3),
    ]
    assert judge(*claims)[0].verdict == "unverified"
    assert judge(claims[0])[0].verdict == "contradicted"


def test_a_model_that_does_not_exist_beats_nobody(judge: Judge) -> None:
    """Comparisons with a never-released model fall."""
    assert judge(compare("google/codegemma-2b-instruct", "above", value=0.05))[0].verdict == "no-such-model"
    assert (
        judge(compare(DEEPSEEK, "below", other="google/codegemma-2b-instruct"))[0].verdict == "no-such-model"
    )


def test_the_best_is_beaten_by_one_better_model(judge: Judge) -> None:
    """Qwen2.5-Coder-3B-Instruct has 84.1 where the 1.5B has 70.7, so the 1.5B is not the best of 1-3B."""
    claim = compare(QWEN, "top", other=None, quote="Best performing 1-3B model found")
    (judgement,) = judge(claim, text="January 2025")
    assert judgement.verdict == "contradicted"
    assert "3B-Instruct" in judgement.explanation


def test_no_small_model_reaches_seventy_is_false(judge: Judge) -> None:
    """Several models up to 3.5B do; none reaches 95 %."""
    seventy = compare(None, "none-above", other=None, value=0.70, quote="No small model hits 70%+")
    most = compare(None, "none-above", other=None, value=0.95, quote="No 1-3B model reaches 95%")
    (false,), (true,) = judge(seventy, text="2025-01"), judge(most, text="2025-01")
    assert (false.verdict, true.verdict) == ("contradicted", "confirmed")


def test_a_comparison_names_the_numbers_that_fell(evidence: Evidence, score: Callable[..., Claim]) -> None:
    """A difference taken from a wrong baseline says so."""
    claims = [
        score(DEEPSEEK, "humaneval", 30.5, "~30.5%", line=3, attribution="DeepSeek arXiv paper"),
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
