"""Leaderboards of BigCodeBench: two splits, each a series of its own; the hard set is told by its file."""

import json

import pytest

from modelassay.core.published import Protocol
from modelassay.evidence.base import load_evidence
from modelassay.evidence.measurement_gaps import series_of
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.leaderboards import parse_json
from modelassay.reading.notes import read_note


@pytest.mark.parametrize(
    ("title", "benchmark"), [("results.json", "bigcodebench"), ("results-hard.json", "bigcodebench-hard")]
)
def test_the_splits_of_bigcodebench_are_read(title: str, benchmark: str) -> None:
    """Complete is a completion, instruct a chat; a split without a score is none."""
    row = {
        "link": "https://huggingface.co/microsoft/phi-2", "open-data": "NONE",
        "pass@1": {"instruct": 30.1, "complete": None}, "prompted": True, "size": 2.7,
    }  # fmt: skip
    evidence = load_evidence()
    text = json.dumps({"Phi-2": row}, indent=1)
    claims = read_note(text, Vocabulary.load(evidence), evidence, title=title).claims
    (claim,) = [c for c in claims if c.subject == "score"]
    protocol = claim.protocol

    assert protocol is not None
    assert (claim.hub_id, claim.value) == ("microsoft/phi-2", 0.301)
    assert (protocol.benchmark, protocol.version, protocol.prompt_style) == (benchmark, "instruct", "chat")


def test_two_splits_are_no_two_measurements() -> None:
    """A score of one split is never held against one of the other."""
    one, two = (Protocol(benchmark="bigcodebench", version=v) for v in ("complete", "instruct"))
    assert series_of(one) != series_of(two)


def test_a_line_separator_inside_a_text_does_not_end_a_json_line() -> None:
    """JSON leaves U+2028 as it is: rows of JSON lines end at newlines alone."""
    rows = [{"model": "a", "note": "one\u2028two"}, {"model": "b"}]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)

    assert parse_json(text) == rows
