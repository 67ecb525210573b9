"""The research note that started the project: every verdict that must hold on it."""

from pathlib import Path

import pytest

from modelassay.audit.auditor import Audit, audit_note
from modelassay.core.published import Claim, Judgement
from modelassay.evidence.base import Evidence

DEEPSEEK = "deepseek-ai/deepseek-coder-1.3b-instruct"
QWEN = "Qwen/Qwen2.5-Coder-1.5B-Instruct"
YULAN = "yulan-team/YuLan-Mini-Instruct"
WIZARD = "WizardLM/WizardCoder-33B-V1.1"


@pytest.fixture(scope="module")
def note(shared: Path) -> Path:
    """The note itself, read where it lies."""
    return shared / "notes" / "small-code-model-research.md"


@pytest.fixture(scope="module")
def audit(note: Path, evidence: Evidence) -> Audit:
    """The note, audited."""
    return audit_note(note, evidence=evidence)


def scores(audit: Audit, hub_id: str, benchmark: str, percent: float) -> list[Judgement]:
    """Judgements of every claim of this number."""
    return [
        judgement
        for claim, judgement in zip(audit.claims, audit.judgements, strict=True)
        if claim.subject == "score"
        and (claim.hub_id, claim.protocol and claim.protocol.benchmark) == (hub_id, benchmark)
        and claim.value is not None
        and abs(100 * claim.value - percent) < 1e-6
    ]


def on_line(audit: Audit, part: str, subject: str, text: list[str]) -> list[tuple[Claim, Judgement]]:
    """Claims on one subject on the lines that contain `part`."""
    pairs = zip(audit.claims, audit.judgements, strict=True)
    return [(c, j) for c, j in pairs if c.subject == subject and part in text[c.line - 1]]


@pytest.fixture(scope="module")
def text(note: Path) -> list[str]:
    """The note's lines."""
    return note.read_text("utf-8").splitlines()


@pytest.mark.parametrize(
    ("benchmark", "percent", "right"), [("humaneval", 30.5, 0.652), ("mbpp", 44.6, 0.494)]
)
def test_the_baseline_is_contradicted(
    benchmark: str, percent: float, right: float, audit: Audit, evidence: Evidence
) -> None:
    """30.5 / 44.6 wherever they stand: the maker prints 65.2 / 49.4, EvalPlus 65.9 / 65.3."""
    found = scores(audit, DEEPSEEK, benchmark, percent)
    assert len(found) >= 6
    assert {judgement.verdict for judgement in found} == {"contradicted"}
    assert {evidence.facts[j.closest or ""].value for j in found} == {right}
    cited = {evidence.facts[key].value for key in found[0].evidence}
    assert {0.659 if benchmark == "humaneval" else 0.653} <= cited


@pytest.mark.parametrize(("benchmark", "percent"), [("humaneval", 79.9), ("mbpp", 78.9)])
def test_the_inflated_baseline_is_wizardcoders(benchmark: str, percent: float, audit: Audit) -> None:
    """79.9 and 78.9 belong, jointly, to WizardCoder-33B-V1.1."""
    found = scores(audit, DEEPSEEK, benchmark, percent)
    assert len(found) >= 4
    assert {(j.verdict, j.owner) for j in found} == {("misattributed", WIZARD)}
    assert all("79.9" in j.explanation and "78.9" in j.explanation for j in found)


def test_qwens_numbers_are_its_base_models(audit: Audit) -> None:
    """41.1 is the base model's MultiPL-E average, and no k/164; 59.2 is its 3-shot MBPP."""
    for judgement in scores(audit, QWEN, "humaneval", 41.1):
        assert judgement.verdict == "misattributed"
        assert judgement.owner is not None
        assert judgement.owner.startswith("Qwen/Qwen2.5-Coder-1.5B (multipl-e")
    claim = next(c for c in audit.claims if c.hub_id == QWEN and c.written.startswith("41.1"))
    assert any(f.claim == claim.id and f.check == "attainable" and "164" in f.message for f in audit.findings)
    found = scores(audit, QWEN, "mbpp", 59.2)
    assert {(j.verdict, j.owner) for j in found} == {("misattributed", "Qwen/Qwen2.5-Coder-1.5B")}
    assert all("3-shot" in j.explanation for j in found)


@pytest.mark.parametrize("hub_id", ["google/codegemma-2b-instruct", "bigcode/starcoder2-3b-instruct-v0.1"])
def test_two_models_were_never_released(hub_id: str, audit: Audit) -> None:
    """Every claim about them is no-such-model."""
    found = [j.verdict for c, j in zip(audit.claims, audit.judgements, strict=True) if c.hub_id == hub_id]
    assert len(found) >= 8
    assert set(found) == {"no-such-model"}


def test_yulan_is_right_and_called_unverifiable_wrongly(audit: Audit, text: list[str]) -> None:
    """67.7 / 66.7 stand on its card; its size is 2.42B, and "unverifiable" is wrong."""
    for benchmark, percent in (("humaneval", 67.7), ("mbpp", 66.7)):
        assert [j.verdict for j in scores(audit, YULAN, benchmark, percent)] == ["confirmed"]
    sizes = [
        j
        for c, j in zip(audit.claims, audit.judgements, strict=True)
        if (c.hub_id, c.subject) == (YULAN, "params")
    ]
    assert [(j.verdict, j.replacement) for j in sizes] == [("contradicted", "2.42B")]
    doubts = on_line(audit, "UNVERIFIABLE", "provenance", text)
    assert doubts
    assert {j.verdict for _, j in doubts} == {"contradicted"}


def test_techxgenus_codegemma_comes_from_gemma(audit: Audit) -> None:
    """Its name says CodeGemma, its card Gemma-2b."""
    pairs = zip(audit.claims, audit.judgements, strict=True)
    (found,) = [j for c, j in pairs if (c.hub_id, c.subject) == ("TechxGenus/CodeGemma-2b", "lineage")]
    assert found.verdict == "contradicted"
    assert "google/gemma-2b" in found.explanation


def test_thirty_five_points_are_a_tie_and_seventy_is_reached(audit: Audit, text: list[str]) -> None:
    """ "+35pp" is a tie; several small models reach 70 %."""
    ties = [(c, j) for c, j in on_line(audit, "+35pp", "comparison", text) if "35" in c.written]
    assert ties
    assert all(j.verdict == "contradicted" and "about equal" in j.explanation for _, j in ties)
    seventy = [j for c, j in on_line(audit, "No small model hits 70%+", "comparison", text) if c.value == 0.7]
    assert [j.verdict for j in seventy] == ["contradicted"]


def test_true_numbers_stay_true(audit: Audit) -> None:
    """Granite's, TechxGenus's and TinyCodeLM's numbers are confirmed."""
    for hub_id, benchmark, percent in (
        ("ibm-granite/granite-3b-code-base-2k", "mbpp", 36),
        ("ibm-granite/granite-3b-code-base-2k", "mbpp+", 45.1),
        ("TechxGenus/starcoder2-3b-instruct", "humaneval", 65.9),
        ("TechxGenus/CodeGemma-2b", "humaneval", 54.9),
        ("upiter/TinyCodeLM-400M-LintSeqInstruct", "humaneval", 13.4),
    ):
        assert {j.verdict for j in scores(audit, hub_id, benchmark, percent)} == {"confirmed"}, hub_id


def test_every_quote_stands_on_its_line(audit: Audit, text: list[str]) -> None:
    """Quotes are verbatim, lines 1-based."""
    assert all(claim.quote in text[claim.line - 1] for claim in audit.claims)


def test_the_corrected_note_has_nothing_wrong_left(audit: Audit, evidence: Evidence) -> None:
    """Auditing the corrected copy finds nothing contradicted, misattributed or non-existent."""
    again = audit_note(audit.corrected, evidence=evidence)
    assert set(again.counts) <= {"confirmed", "different-protocol", "unverified"}
    assert len(again.claims) > 80


def test_the_corrected_note_keeps_what_was_right(audit: Audit, text: list[str]) -> None:
    """Lines without wrong claims are untouched; true numbers are still there."""
    wrong = {c.line for c, j in zip(audit.claims, audit.judgements, strict=True) if j.verdict in ("contradicted", "misattributed", "no-such-model")}  # fmt: skip
    corrected = set(audit.corrected.splitlines())
    kept = [line for number, line in enumerate(text, 1) if number not in wrong]
    assert (
        sum(line in corrected for line in kept) >= len(kept) - 3
    )  # a mend may lay bare another wrong phrase
    assert "**HumanEval pass@1**: 54.9%" in audit.corrected
    assert "**MBPP pass@1**: 36% (IBM model card - verified)" in audit.corrected
