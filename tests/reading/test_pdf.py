"""Documents in PDF: prose, tables, columns, pages, and files that cannot be read."""

import builtins
from pathlib import Path
from typing import Any

import pytest

from modelassay.audit.auditor import audit_note
from modelassay.core.errors import InputError
from modelassay.reading.layout.pdf_pages import read_pdf
from support.pdf import Page, pdf
from support.reading import told

PHI, GEMMA = "microsoft/phi-2", "google/codegemma-2b"
COLUMNS = (60, 240, 330, 420)


def test_a_table_is_read_by_where_its_cells_stand() -> None:
    """Columns without rules between them, a section's head across them, a caption below."""
    page = Page().table(
        [
            ["Model", "HumanEval", "MBPP"],
            ["", "Open models"],
            ["phi-2", "47.6", "55.5"],
            ["codegemma-2b", "31.1", "-"],
        ],
        top=700,
        columns=COLUMNS,
    )
    page.lines("Table 3: Pass@1 (%) of open models.", top=630)
    assert told(read_pdf(pdf(page)).text) == [
        (PHI, "humaneval", 47.6), (PHI, "mbpp", 55.5), (GEMMA, "humaneval", 31.1)
    ]  # fmt: skip


def test_a_name_in_the_middle_of_its_rows_is_that_of_all_between_two_rules() -> None:
    """A name set at the height of the second of three sizes."""
    page = Page().table([["Model", "Size", "HumanEval"]], top=700, columns=COLUMNS)
    page.rule(694).table([["phi-2", "2.7B", "47.6"]], top=682, columns=COLUMNS).rule(676)
    page.table(
        [["", "7B", "33.5"], ["Code Llama", "13B", "36.0"], ["", "34B", "48.8"]], top=664, columns=COLUMNS
    )
    rows = [line for line in read_pdf(pdf(page.rule(630))).text.splitlines() if line.startswith("| Code")]
    assert rows == [
        "| Code Llama | 7B | 33.5 |", "| Code Llama | 13B | 36.0 |", "| Code Llama | 34B | 48.8 |"
    ]  # fmt: skip


def test_rows_whose_name_the_page_does_not_tell_are_nobodys() -> None:
    """Two names and two nameless rows without a rule between them: no model is given their numbers."""
    rows = [["Model", "Size", "HumanEval"], ["phi-2", "2.7B", "47.6"], ["", "7B", "33.5"]]
    rows += [["codegemma-2b", "2B", "31.1"], ["", "9B", "40.2"]]
    page = Page().table(rows, top=700, columns=COLUMNS)
    assert [(name, value) for name, _, value in told(read_pdf(pdf(page)).text)] == [
        (PHI, 47.6),
        (GEMMA, 31.1),
    ]


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    """The left one's sentence goes on below itself, not in the right one."""
    left = [
        "Our small model phi-2 reaches on the",
        "HumanEval benchmark a score of 47.6%",
        "without any tricks at all here now.",
    ]
    right = ["We thank the people who wrote codegemma-2b", "for their help with all of the machines", "and the data that we used meanwhile."]  # fmt: skip
    page = Page().lines(*left, left=40).lines(*right, left=330)
    text = read_pdf(pdf(page)).text
    assert text.index("tricks") < text.index("We thank")
    assert told(text) == [(PHI, "humaneval", 47.6)]


def test_a_name_broken_at_a_line_s_end_is_whole() -> None:
    """ "codegemma-" over "2b" is one name; "bench-" over "mark" one word."""
    page = Page().lines("On this bench-", "mark of old, HumanEval, codegemma-", "2b has 31.1% today.")
    text = read_pdf(pdf(page)).text
    assert "this benchmark\nof old" in text
    assert told(text) == [(GEMMA, "humaneval", 31.1)]


def test_the_scale_of_a_plot_is_no_score() -> None:
    """Rows of nothing but numbers beside a figure's labels."""
    page = Page().lines("100", "90.2", "47.6 31.0", "20", "HumanEval MBPP", "Figure 1: phi-2 on HumanEval.")
    assert told(read_pdf(pdf(page)).text) == []


def test_claims_of_a_pdf_have_pages(tmp_path: Path) -> None:
    """The page stands where a text has its line; there is no copy, and the reason is said."""
    path = tmp_path / "report.pdf"
    path.write_bytes(
        pdf(Page().lines("A report."), Page().lines("phi-2 reaches 47.6% on HumanEval (phi-2 card)."))
    )
    found = audit_note(path)
    data: Any = found.to_json()
    assert {claim["page"] for claim in data["claims"]} == {2}
    assert "line" not in data["claims"][0]
    assert data["no_copy"] == "a PDF can't be rewritten; correct its source"
    assert found.corrected == found.text


def test_an_encrypted_pdf_says_so() -> None:
    """One line with the remedy."""
    with pytest.raises(InputError, match="the PDF is encrypted") as caught:
        read_pdf(pdf(Page().lines("phi-2"), encrypted=True))
    assert caught.value.hint == "save a copy without a password, e.g. qpdf --decrypt"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.4\n%%EOF\n", b"%PDF-1.7 and then anything else", b"%PDF-1.4\ntrailer <<"]
)
def test_a_damaged_pdf_says_so(data: bytes) -> None:
    """Never a traceback."""
    with pytest.raises(InputError, match=r"the PDF (?:is damaged|holds no text)"):
        read_pdf(data)


def test_every_cut_of_a_pdf_is_read_or_refused() -> None:
    """A file that broke off while it was fetched."""
    whole = pdf(Page().lines("phi-2 reaches 47.6% on HumanEval."))
    for end in range(8, len(whole), 61):
        try:
            read_pdf(whole[:end])
        except InputError:
            continue


def test_a_pdf_of_pictures_names_the_remedy() -> None:
    """Pages without a character."""
    with pytest.raises(InputError, match="holds no text") as caught:
        read_pdf(pdf(Page().rule(400)))
    assert "ocrmypdf" in str(caught.value.hint)


def test_without_the_extra_its_name_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that installs it."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.startswith("pdfminer"):
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"a PDF needs pdfminer\.six") as caught:
        read_pdf(pdf(Page().lines("phi-2")))
    assert "modelassay[pdf]" in str(caught.value.hint)
