"""Provenance checked against the source that is named."""

from collections.abc import Callable

from modelassay.core.published import Claim, Judgement

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
YULAN = "yulan-team/YuLan-Mini-Instruct"
Judge = Callable[..., list[Judgement]]


def vouch(hub_id: str, source: str, *, negated: bool = False) -> Claim:
    return Claim(
        id="p", line=1, quote=source, subject="provenance", hub_id=hub_id, other=source, negated=negated
    )  # fmt: skip


def test_a_source_that_prints_something_else_is_named(score: Callable[..., Claim], judge: Judge) -> None:
    """ "Verified from DeepSeek's repo and paper": both print 65.2, the document says 30.5."""
    claims = (
        vouch(DEEPSEEK, "DeepSeek GitHub repo and arXiv paper"),
        score(DEEPSEEK, "humaneval", 30.5, line=2),
    )
    assert judge(*claims)[0].verdict == "contradicted"
    claims = (
        vouch(DEEPSEEK, "DeepSeek GitHub repo and arXiv paper"),
        score(DEEPSEEK, "humaneval", 65.2, line=2),
    )
    assert judge(*claims)[0].verdict == "confirmed"


def test_unverifiable_is_refuted_by_the_card_that_prints_it(
    score: Callable[..., Claim], judge: Judge
) -> None:
    """YuLan's own card prints 67.7 and 66.7."""
    claims = vouch(YULAN, "no source confirms", negated=True), score(YULAN, "humaneval", 67.7, line=2)
    assert judge(*claims)[0].verdict == "contradicted"


def test_a_source_outside_the_evidence_is_unverified(score: Callable[..., Claim], judge: Judge) -> None:
    """Nothing of this model is on the BigCode board's part of the evidence."""
    claims = vouch(YULAN, "BigCode leaderboard"), score(YULAN, "humaneval", 67.7, line=2)
    assert judge(*claims)[0].verdict == "unverified"
