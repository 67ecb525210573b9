"""An audited note line by line: claims marked where they stand, corrections beside."""

import msgspec

from modelassay.report.noteview import note_lines, notice
from support.invented import FACT, audit


def test_a_claim_is_marked_where_it_stands() -> None:
    """The quote is a piece of its own, with verdict, explanation and evidence."""
    line = note_lines(audit(), [FACT])[4]
    marked = [p for p in line.pieces if p.tips]

    assert line.number == 5
    assert [p.text for p in marked] == ["HumanEval pass@1**: ~30.5%"]
    assert marked[0].tips[0].verdict == "contradicted"
    assert "65.2%" in marked[0].tips[0].evidence
    assert "no whole number of problems gives it" in marked[0].tips[0].findings[0]
    assert "".join(p.text for p in line.pieces) == "- **HumanEval pass@1**: ~30.5% (base model ~28-32%)"


def test_what_changed_is_marked_word_by_word() -> None:
    """Beside a wrong line stands the corrected one; a line that stays has nothing beside it."""
    lines = note_lines(audit(), [FACT])

    assert [text for text, kind in lines[4].corrected if kind == "new"] == [" 65.2%"]
    assert lines[0].corrected == ()


def test_claims_that_share_a_quote_are_marked_at_their_values() -> None:
    """Two numbers of one quote get two marks, not one over both."""
    base = audit()
    quote = "78.9% MBPP / 79.9% HumanEval"
    claims = tuple(
        msgspec.structs.replace(c, line=1, quote=quote, written=w)
        for c, w in zip(base.claims[:2], ("78.9%", "79.9%"), strict=True)
    )
    it = msgspec.structs.replace(base, text=f"listed as {quote}.\n", corrected="", claims=claims)
    pieces = note_lines(it, [])[0].pieces

    assert [p.text for p in pieces if p.tips] == ["78.9%", "79.9%"]


def test_what_the_corrected_note_adds_of_its_own_is_not_shown_twice() -> None:
    """Notice and footnotes are left out of the lines; a footnote's mark is told from the text."""
    it = msgspec.structs.replace(
        audit(),
        text="a 1%\n",
        corrected="<!-- assay:begin 0a -->\n> notice\n<!-- assay:end -->\n\na 2%[^assay-b]\n"
        "<!-- assay:begin 0c -->\n[^assay-b]: why\n<!-- assay:end -->\n",
    )
    lines = note_lines(it, [])

    assert len(lines) == 1
    assert lines[0].corrected == (("a", "same"), (" 2%", "new"), ("b", "foot"))


def test_a_claim_outside_the_note_is_left_out() -> None:
    """A line number beyond the text cannot stop the page."""
    base = audit()
    it = msgspec.structs.replace(base, text="one line\n", corrected="one line\n")

    assert len(note_lines(it, [])) == 1


def test_a_notice_becomes_sentences_and_lists() -> None:
    """Quote marks, emphasis and bullets of the Markdown notice turn into structure."""
    text = "> **Correction notice.** Changed.\n>\n> What was wrong:\n>\n> - line 7: a\n> - line 9: b\n"

    assert notice(text) == [
        ("Correction notice. Changed.", []),
        ("What was wrong:", ["line 7: a", "line 9: b"]),
    ]
