"""The research note of the study: every number in it is a claim or listed as unread, and the claims are right."""

import re
from pathlib import Path

import pytest

from modelassay.core.published import Claim
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.claims_draft import Reading
from modelassay.reading.notes import read_note

BASELINE = "deepseek-ai/deepseek-coder-1.3b-instruct"
QWEN = "Qwen/Qwen2.5-Coder-1.5B-Instruct"


@pytest.fixture(scope="module")
def text(shared: Path) -> str:
    """The note."""
    return (shared / "notes" / "small-code-model-research.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def reading(text: str) -> Reading:
    """The note, read."""
    evidence = load_evidence()
    return read_note(text, Vocabulary.load(evidence), evidence)


def scores(reading: Reading, hub_id: str, benchmark: str) -> set[tuple[int, float | None, bool]]:
    """(line, percent, negated) of one model's scores on one benchmark."""
    return {
        (claim.line, None if claim.value is None else round(claim.value * 100, 2), claim.negated)
        for claim in reading.claims
        if claim.subject == "score"
        and claim.hub_id == hub_id
        and claim.protocol is not None
        and claim.protocol.benchmark == benchmark
    }


def of(reading: Reading, line: int, subject: str) -> list[Claim]:
    """Claims of one subject on one line."""
    return [claim for claim in reading.claims if claim.line == line and claim.subject == subject]


def test_quotes_are_verbatim_text_of_their_line(reading: Reading, text: str) -> None:
    """A reader finds every claim and unread item where it says."""
    lines = text.split("\n")
    for claim in reading.claims:
        assert claim.quote
        assert claim.quote in lines[claim.line - 1]
    for item in reading.unread:
        assert item.quote
        assert item.quote in lines[item.line - 1]


def test_every_number_is_accounted_for(reading: Reading, text: str) -> None:
    """Each percentage, difference and size stands in the quote of a claim or of an unread item on its line."""
    quoted: dict[int, str] = {}
    for claim in reading.claims:
        quoted[claim.line] = quoted.get(claim.line, "") + " " + claim.quote
    for item in reading.unread:
        quoted[item.line] = quoted.get(item.line, "") + " " + item.quote
    for number, line in enumerate(text.split("\n"), start=1):
        for match in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?(?=\s?%|pp\b)", re.sub(r"https?://\S+", "", line)):
            assert match[0] in quoted.get(number, ""), (number, match[0])


def test_the_baseline_is_read_everywhere(reading: Reading) -> None:
    """30.5 and 44.6 wherever the note repeats them, 79.9 and 78.9 as errors where it calls them so."""
    humaneval = scores(reading, BASELINE, "humaneval")
    mbpp = scores(reading, BASELINE, "mbpp")
    assert {
        (7, 30.5, False),
        (21, 30.5, False),
        (26, 30.5, False),
        (151, 30.5, False),
        (217, 30.5, False),
    } <= humaneval
    assert {(7, 44.6, False), (27, 44.6, False), (151, 44.6, False), (217, 44.6, False)} <= mbpp
    assert {(7, 79.9, True), (30, 79.9, True), (176, 79.9, True), (217, 79.9, True)} <= humaneval
    assert {(7, 78.9, True), (30, 78.9, True), (176, 78.9, True), (217, 78.9, True)} <= mbpp
    assert (172, 30.0, False) in humaneval
    assert (172, 45.0, False) in mbpp


def test_the_contracts_example_reads_as_it_says(reading: Reading) -> None:
    """Line 26: quote, model and value."""
    claim = next(c for c in of(reading, 26, "score") if c.hub_id == BASELINE)
    assert claim.quote == "HumanEval pass@1**: ~30.5%"
    assert (claim.value, claim.approximate, claim.metric) == (0.305, True, "pass@1")


def test_the_base_model_in_parentheses_is_the_base_model(reading: Reading) -> None:
    """ "(base model ~28-32%" is a range, of the sibling."""
    claim = next(c for c in of(reading, 26, "score") if c.hub_id != BASELINE)
    assert claim.hub_id == "deepseek-ai/deepseek-coder-1.3b-base"
    assert (claim.value, claim.high) == (0.28, 0.32)


def test_elliptical_names_are_completed(reading: Reading) -> None:
    """ "or -33B-Instruct (~78-82%)" is DeepSeek-Coder-33B-Instruct."""
    assert (30, 78.0, False) in scores(reading, "deepseek-ai/deepseek-coder-33b-instruct", "humaneval")


def test_pairs_without_benchmarks_are_read_from_the_document(reading: Reading) -> None:
    """ "(41.1%/59.2%)" is HumanEval and MBPP, because the note says so elsewhere."""
    assert {line for line, value, _ in scores(reading, QWEN, "humaneval") if value == 41.1} == {
        9,
        72,
        156,
        187,
    }
    assert {line for line, value, _ in scores(reading, QWEN, "mbpp") if value == 59.2} == {9, 73, 156, 187}


def test_a_fine_tune_is_the_fine_tune(reading: Reading) -> None:
    """ "Fine-tuned StarCoder2-3B" keeps meaning TechxGenus' model, and its parent is a claim."""
    found = scores(reading, "TechxGenus/starcoder2-3b-instruct", "humaneval")
    assert {(45, 65.9, False), (161, 65.9, False), (189, 65.9, False)} <= found
    lineage = of(reading, 56, "lineage")[0]
    assert (lineage.hub_id, lineage.other) == ("TechxGenus/CodeGemma-2b", "google/codegemma-2b")


def test_comparisons_know_both_sides(reading: Reading) -> None:
    """ "+35pp HumanEval" is against the baseline; "-6pp" is below it; both metrics are two claims."""
    up = of(reading, 46, "comparison")[0]
    assert (up.value, up.relation, up.other, up.protocol and up.protocol.benchmark) == (
        0.35,
        "above",
        BASELINE,
        "humaneval",
    )
    down = next(c for c in of(reading, 66, "comparison") if c.value == 0.06)
    assert (down.relation, down.hub_id) == ("below", "codellama/CodeLlama-7b-Instruct-hf")
    both = [c for c in of(reading, 74, "comparison") if c.relation == "above"]
    assert [(c.value, c.high) for c in both] == [(0.10, 0.15), (0.10, 0.15)]


def test_rankings_and_none_above(reading: Reading) -> None:
    """ "TOP CONTENDER", and "no small model hits 70%+"."""
    assert any(c.relation == "top" and c.hub_id == QWEN for c in of(reading, 74, "comparison"))
    none = of(reading, 175, "comparison")[0]
    assert (none.relation, none.value, none.hub_id) == ("none-above", 0.7, None)


def test_particulars(reading: Reading) -> None:
    """Sizes, kinds, release, existence and sources."""
    assert of(reading, 82, "params")[0].value == 1.5e9
    assert of(reading, 92, "kind")[0].written.lower() == "base model"
    assert of(reading, 75, "release")[0].written == "Nov 2024"
    assert of(reading, 55, "existence")[0].hub_id == "google/codegemma-2b-instruct"
    assert of(reading, 25, "provenance")[0].other == "DeepSeek GitHub repo and arXiv paper"
    assert of(reading, 83, "provenance")[0].negated
    assert of(reading, 37, "score")[0].attribution == "BigCode leaderboard"


def test_one_claim_per_model_subject_benchmark_and_line(reading: Reading) -> None:
    """No claim is filed twice; a line that says both a wrong and a right value has one claim for each."""
    keys = [
        (
            c.line,
            c.hub_id or c.model,
            c.subject,
            c.protocol.benchmark if c.protocol else None,
            c.relation,
            c.value,
        )
        for c in reading.claims
    ]
    assert len(keys) == len(set(keys))
    assert len({c.id for c in reading.claims}) == len(reading.claims)
