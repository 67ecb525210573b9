"""The reference pages are the program's: keys of a study file, files of a run, Python, messages. ASSAY_EXPECT=write writes them."""

import os
from dataclasses import fields as fields_of_class
from pathlib import Path

import pytest
from field_docs import fields_of
from references import PAGES, RUN_FILES, TABLES, WORK_FILES

from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.study_reader import _TABLES
from support.documents import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_program_says(name: str) -> None:
    """docs/<name>, made from records, signatures and messages."""
    page, text = ROOT / "docs" / name, PAGES[name]()
    if os.environ.get("ASSAY_EXPECT") == "write":
        page.write_text(text, encoding="utf-8")

    assert page.read_text("utf-8") == text


def test_every_table_of_a_study_file_is_described() -> None:
    """Those that the reader knows, and no others."""
    assert {record for _, record in TABLES} == set(_TABLES.values())


def test_every_file_of_a_run_is_described() -> None:
    """Those that a run's folder may hold."""
    run = RunDir(Path("run"))

    assert [f.name for f in fields_of_class(RunDir)] == ["root"]
    assert {getattr(run, name) for name, *_ in RUN_FILES} >= set(run.files)


@pytest.mark.parametrize(
    "record", [r for _, r, *_ in (*TABLES, *RUN_FILES, *WORK_FILES)], ids=lambda r: r.__name__
)
def test_every_field_has_a_meaning(record: type) -> None:
    """In its record's docstring or comments, or in tools/field_meanings.toml."""
    assert [name for name, _, _, said in fields_of(record) if not said] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_meaning_is_empty(name: str) -> None:
    """Of records inside others, too."""
    assert [
        line for line in (ROOT / "docs" / name).read_text("utf-8").splitlines() if line.endswith("|  |")
    ] == []
