"""Whatever the text, the reader does not fail, quotes verbatim, and names lines that exist."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.claims_draft import Reading
from modelassay.reading.notes import read_note

EVIDENCE = load_evidence()
VOCABULARY = Vocabulary.load(EVIDENCE)
WORDS = st.sampled_from(
    [
        "#",
        "##",
        "-",
        "*",
        "|",
        "|---|",
        "**",
        "`",
        "_",
        "~",
        "~~",
        "[x](https://huggingface.co/a/b-1b)",
        "<td>",
        "</td>",
        "<table>",
        "<tr>",
        "&amp;",
        "\\|",
        "65.2",
        "65.2%",
        "41.1%/59.2%",
        "~30",
        "+35pp",
        "-6pp",
        "1-3B",
        "7B",
        "100/164",
        "pass@1",
        "pass@10",
        "HumanEval",
        "HumanEval+",
        "MBPP(+)",
        "MultiPL-E",
        "StarCoder2-3B",
        "-33B-Instruct",
        "baseline",
        "DeepSeek-Coder-1.3B-Instruct",
        "Qwen2.5-Coder-1.5B",
        "(Base)",
        "beats",
        "exceeds",
        "best",
        "no",
        "model",
        "hits",
        "released",
        "Nov",
        "2024",
        "license:",
        "MIT",
        "fine-tuned",
        "from",
        "TechxGenus/CodeGemma-2b",
        "incorrectly",
        "listed",
        "Parameters:",
        "value:",
        "---",
        "model-index:",
        "name:",
        "é",
        "中文",
        "😀",
        ".",
        ";",
        ":",
        ",",
        "(",
        ")",
    ]
)
LINE = st.lists(WORDS | st.text(max_size=8), max_size=14).map(" ".join)
DOCUMENT = st.lists(LINE, min_size=1, max_size=14).map("\n".join)


def read(text: str) -> Reading:
    """Read with the package's own vocabulary."""
    return read_note(text, VOCABULARY, EVIDENCE)


def places(reading: Reading) -> list[tuple[int, str]]:
    """(line, quote) of everything that was read or listed."""
    return [(c.line, c.quote) for c in reading.claims] + [(u.line, u.quote) for u in reading.unread]


def lines_of(text: str) -> list[str]:
    """Lines as an editor counts them."""
    return re.split(r"\r\n|\n|\r", text)


@settings(max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENT.filter(lambda text: bool(text.strip())))
def test_any_text_is_read_and_quoted_verbatim(text: str) -> None:
    """No document makes the reader fail; every quote is text of its line; shares are shares."""
    lines = lines_of(text)
    reading = read(text)
    for line, quote in places(reading):
        assert 1 <= line <= len(lines)
        assert quote in lines[line - 1]
    for claim in reading.claims:
        if claim.subject == "score":
            assert claim.value is None or 0 <= claim.value <= 1
            assert claim.high is None or claim.value is None or claim.value <= claim.high <= 1


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400).filter(lambda text: bool(text.strip())))
def test_any_characters_are_read(text: str) -> None:
    """Control characters, odd line ends and half-open markup are text like any other."""
    lines = lines_of(text)
    for line, quote in places(read(text)):
        assert quote in lines[line - 1]


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.1, 99.9).map(lambda value: round(value, 1)),
    st.sampled_from(["HumanEval", "MBPP", "HumanEval+", "MBPP+"]),
)
def test_the_same_statement_reads_the_same_in_any_form(value: float, benchmark: str) -> None:
    """Bullet, table, prose and parenthesis say one thing."""
    model = "Qwen2.5-Coder-1.5B-Instruct"
    forms = (
        f"## {model}\n\n- **{benchmark} pass@1**: {value}%\n",
        f"| Model | {benchmark} |\n|---|---|\n| {model} | {value} |\n",
        f"| | {model} |\n|---|---|\n| {benchmark} | {value} |\n",
        f"On {benchmark}, {model} scores {value}%.\n",
        f"{model} ({value}% {benchmark}) is small.\n",
        f"<table><tr><th>Model</th><th>{benchmark}</th></tr><tr><td>{model}</td><td>{value}</td></tr></table>\n",
    )
    for form in forms:
        scores = [c for c in read(form).claims if c.subject == "score"]
        assert [
            (c.hub_id, c.protocol and c.protocol.benchmark, round((c.value or 0) * 100, 1)) for c in scores
        ] == [("Qwen/Qwen2.5-Coder-1.5B-Instruct", benchmark.lower(), value)], form
