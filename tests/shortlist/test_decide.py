"""Keep or refuse, rule by rule, on the real evidence base."""

import pytest

from modelassay.core.published import Decision
from modelassay.evidence.base import Evidence, load_evidence
from modelassay.shortlist.decide import decide
from modelassay.shortlist.needs import Needs

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
QWEN = "Qwen/Qwen2.5-Coder-1.5B-Instruct"


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """The evidence base that ships with the package."""
    return load_evidence()


def rule(decision: Decision, name: str) -> bool | None:
    return next(result.held for result in decision.rules if result.rule == name)


def test_without_needs_every_existing_model_is_kept(evidence: Evidence) -> None:
    """A never-released model is refused, an unknown one is not."""
    kept = [d.kept for d in decide([QWEN, "google/codegemma-2b-instruct", "acme/unheard"], Needs(), evidence)]
    assert kept == [True, False, True]


def test_size_kind_and_licence(evidence: Evidence) -> None:
    """Each rule gives its answer and its reason."""
    needs = Needs(min_params=1e9, max_params=3.5e9, kind="instruct", licence_classes=("open",))
    qwen, base, seven, three = decide(
        [QWEN, "Qwen/Qwen2.5-Coder-1.5B", "Qwen/Qwen2.5-Coder-7B-Instruct", "Qwen/Qwen2.5-Coder-3B-Instruct"],
        needs,
        evidence,
    )
    assert qwen.kept
    assert (rule(base, "kind"), rule(seven, "size"), rule(three, "licence")) == (False, False, False)
    assert all(result.reason for result in three.rules)


def test_the_baseline_is_compared_under_comparable_protocols(evidence: Evidence) -> None:
    """Qwen's 1.5B is above DeepSeek's 1.3B on both benchmarks; StarCoder2-3B base is below."""
    better, worse = decide([QWEN, "bigcode/starcoder2-3b"], Needs(baseline=DEEPSEEK), evidence)
    assert better.kept
    assert rule(better, "baseline humaneval") is True
    assert rule(worse, "baseline humaneval") is False
    assert next(r for r in better.rules if r.rule == "baseline mbpp").evidence


def test_the_baseline_itself_is_not_compared(evidence: Evidence) -> None:
    """It has nothing to prove against itself."""
    (decision,) = decide([DEEPSEEK], Needs(), evidence, baseline=DEEPSEEK)
    assert [result.rule for result in decision.rules] == ["exists"]


def test_unknown_refuses_only_when_it_must_be_known(evidence: Evidence) -> None:
    """A model without a known size passes a size rule unless size must be known."""
    lax, strict = (
        decide(["acme/unheard"], Needs(max_params=3e9, must_know=known), evidence)[0]
        for known in ((), ("size",))
    )  # fmt: skip
    assert rule(lax, "size") is None
    assert (lax.kept, strict.kept) == (True, False)


def test_a_least_score_needs_a_reliable_source(evidence: Evidence) -> None:
    """65 % on HumanEval: the baseline has it, the base model hasn't, an unknown model is unknown."""
    needs = Needs(min_scores={"humaneval": 0.65})
    base = "deepseek-ai/deepseek-coder-1.3b-base"
    held = [rule(d, "score humaneval") for d in decide([DEEPSEEK, base, "acme/unheard"], needs, evidence)]
    assert held == [True, False, None]
