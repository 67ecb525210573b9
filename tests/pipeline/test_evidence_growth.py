"""Kept sources read into claims, and accepted ones as facts of the user's own base, laid over the shipped one."""

from pathlib import Path

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.core.errors import InputError
from modelassay.core.workdir import WorkDir
from modelassay.evidence.base import load_evidence
from modelassay.evidence.upkeep import check_evidence, number_history
from modelassay.pipeline.collecting import collect_sources
from modelassay.pipeline.evidence_growth import Outcome, accept_all, enter_review, write_review
from modelassay.pipeline.plan.evidence_bases import evidence_of
from modelassay.pipeline.source_reading import Reading, read_sources

KNOWN = "deepseek-ai/deepseek-coder-1.3b-instruct"
TABLE = f"""# Scores

| Model | HumanEval | MBPP |
|---|---|---|
| acme/tiny-1b | {{tiny}} | 55.3 |
| {KNOWN} | 30.5 | 49.4 |
"""


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WorkDir:
    monkeypatch.delenv("ASSAY_EVIDENCE", raising=False)
    return WorkDir(tmp_path / "work")


def readings(workdir: WorkDir, tmp_path: Path, tiny: str = "61.0") -> list[Reading]:
    """One table, kept and read."""
    note = tmp_path / "table.md"
    note.write_text(TABLE.format(tiny=tiny))
    (row,) = collect_sources([str(note)], workdir)
    found = [reading for _, reading, _ in read_sources(workdir, [row.sha256], evidence_of(workdir))]
    assert all(found)
    return [reading for reading in found if reading is not None]


def accepted(workdir: WorkDir, tmp_path: Path, tiny: str = "61.0") -> Outcome:
    return accept_all(readings(workdir, tmp_path, tiny), workdir.evidence)


def test_what_is_known_stands_beside_a_claim(workdir: WorkDir, tmp_path: Path) -> None:
    """Agreeing, disagreeing, and nothing known."""
    (reading,) = readings(workdir, tmp_path)
    agrees = {
        (c["hub_id"], c["benchmark"]): c["agrees"] for c in reading.to_json() if c["subject"] == "score"
    }

    assert agrees == {
        ("acme/tiny-1b", "humaneval"): None, ("acme/tiny-1b", "mbpp"): None,
        (KNOWN, "humaneval"): False, (KNOWN, "mbpp"): True,
    }  # fmt: skip


def test_what_disagrees_does_not_enter(workdir: WorkDir, tmp_path: Path) -> None:
    """It is listed with the facts it disagrees with; the others become facts with place and quote."""
    outcome = accepted(workdir, tmp_path)
    evidence = evidence_of(workdir)
    (fact,) = evidence.scores("acme/tiny-1b", "humaneval")

    assert len(outcome.added) == 3
    assert [reason for _, claim, reason in outcome.left_out if claim == f"{KNOWN} score humaneval 30.5"] == [
        "disagrees with what is known: 65.2 (DeepSeek-Coder paper (arXiv 2401.14196v2)), "
        "65.2 (DeepSeek-Coder repo), 65.9 (EvalPlus leaderboard results.json)"
    ]
    assert (fact.written, fact.citation.locator, fact.citation.quote) == (
        "61.0", "table 1, row 1, column 2 (HumanEval), line 5", "61.0",
    )  # fmt: skip
    assert evidence.origin(fact) == "own"
    assert check_evidence(evidence) == []


def test_a_second_reading_adds_nothing(workdir: WorkDir, tmp_path: Path) -> None:
    """The same document again is the same facts."""
    first, second = accepted(workdir, tmp_path), accepted(workdir, tmp_path)

    assert (second.added, second.changed) == ([], [])
    assert second.unchanged == first.added


def test_a_figure_that_changed_leaves_its_history(workdir: WorkDir, tmp_path: Path) -> None:
    """The same cell with another number is a changed fact with a revision, not a second fact."""
    accepted(workdir, tmp_path)
    outcome = accepted(workdir, tmp_path, tiny="62.5")
    (changed,) = outcome.changed
    history = number_history(evidence_of(workdir), changed)

    assert "was 61.0" in history[0]
    assert history[1].startswith("now: 62.5")


def test_the_audit_uses_own_facts_and_says_so(workdir: WorkDir, tmp_path: Path) -> None:
    """A claim about a model that the shipped base does not know is judged; the verdict names the own fact."""
    accepted(workdir, tmp_path)
    note = "# N\n\nacme/tiny-1b reaches 61.0% on HumanEval.\n"
    claims = audit_note(note, evidence=evidence_of(workdir)).to_json()["claims"]
    assert isinstance(claims, list)
    (claim,) = [c for c in claims if c["subject"] == "score"]

    assert claim["verdict"] == "confirmed"
    assert (claim["closest"]["base"], claim["closest"]["value"]) == ("own", 61.0)
    assert "(own evidence)" in claim["explanation"]
    assert audit_note(note, evidence=load_evidence()).counts == {"unverified": 1}


def test_a_review_is_written_edited_and_entered(workdir: WorkDir, tmp_path: Path) -> None:
    """What a person accepts there enters, also where it disagrees; what is not accepted does not."""
    review = tmp_path / "review.yaml"
    assert write_review(readings(workdir, tmp_path), review) == 4
    text = review.read_text()
    before, row, after = text.partition(f"says: {KNOWN} score humaneval 30.5")
    head, _, tail = before.rpartition("accept: false")
    review.write_text(f"{head}accept: true{tail}{row}{after}")
    outcome = enter_review(review, workdir, evidence_of(workdir), workdir.evidence)

    assert (len(outcome.added), len(outcome.left_out)) == (1, 3)
    own = [f for f in evidence_of(workdir).scores(KNOWN, "humaneval") if f.written == "30.5"]
    assert len(own) == 1


def test_a_review_is_never_overwritten(workdir: WorkDir, tmp_path: Path) -> None:
    """A file that is there may hold somebody's work."""
    review = tmp_path / "review.yaml"
    review.write_text("mine")
    with pytest.raises(InputError, match="a review already"):
        write_review([], review)


def test_a_broken_review_names_the_line(workdir: WorkDir, tmp_path: Path) -> None:
    """A claim that its source does not hold."""
    review = tmp_path / "review.yaml"
    write_review(readings(workdir, tmp_path), review)
    lines = review.read_text().splitlines()
    at = next(n for n, raw in enumerate(lines) if raw.startswith("  - id:"))
    lines[at] = "  - id: nothing"
    review.write_text("\n".join(lines))
    with pytest.raises(InputError, match=f"{review}:{at + 1}: claim nothing"):
        enter_review(review, workdir, evidence_of(workdir), workdir.evidence)


def test_own_models_are_laid_over_field_by_field(workdir: WorkDir) -> None:
    """A row states some fields; the others stay those of the shipped base."""
    folder = workdir.evidence
    folder.mkdir(parents=True)
    (folder / "models.yaml").write_text(
        "models:\n  microsoft/PHI-2:\n    context_tokens: 2048\n    note: mine\n"
    )
    shipped, own = load_evidence().model("microsoft/phi-2"), evidence_of(workdir).model("microsoft/phi-2")

    assert shipped is not None
    assert own is not None
    assert (own.context_tokens, own.note, own.params) == (2048, "mine", shipped.params)


def test_two_facts_of_one_id_are_an_error(workdir: WorkDir, tmp_path: Path) -> None:
    """An own fact may not take a shipped one's place in silence."""
    accepted(workdir, tmp_path)
    (path,) = (workdir.evidence / "facts").glob("*.yaml")
    text = path.read_text()
    first = text.split("- id: ")[1].splitlines()[0]
    path.write_text(text.replace(f"- id: {first}", "- id: sc23_he_card"))
    with pytest.raises(InputError, match="used twice"):
        evidence_of(workdir)
