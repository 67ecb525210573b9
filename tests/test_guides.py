"""The guides run as they are written: every command, every piece of Python, in order, in an empty folder.

Blocks marked `console` need a network, a GPU or a file of the reader's, and are held against the program's options by
test_docs.py instead. A guide's servers stand at addresses of their own here.
"""

import re
from pathlib import Path

import pytest
from error_messages import AREAS, messages

from support.documents import GUIDES, ROOT, steps
from support.reader import reading
from support.server import addresses_of_guides


def needs_torch(page: Path) -> bool:
    """Whether a guide samples a model in process."""
    return any(word in page.read_text("utf-8") for word in ("assay sample", "assay study"))


@pytest.mark.parametrize("page", GUIDES, ids=lambda p: p.stem)
def test_a_guide_runs_as_written(page: Path, tmp_path: Path) -> None:
    """Each step ends with 0, and a server says its address."""
    wanted = list(steps(page))
    if not wanted:
        pytest.skip("a page to look things up in, without steps")
    if needs_torch(page):
        pytest.importorskip("transformers")
    with addresses_of_guides() as addresses, reading(tmp_path, addresses) as reader:
        for step in wanted:
            done = reader.do(step)
            assert done.returncode == 0, f"{step.text}\n{done.stdout[-3000:]}"


def test_there_are_guides_with_steps() -> None:
    """The rule of the blocks still finds what is to be run."""
    counts = {page.stem: sum(step.kind == "run" for step in steps(page)) for page in GUIDES}

    assert counts["quickstart"] >= 3
    assert counts["custom-problems"] >= 8
    assert counts["check-a-model-card"] >= 4
    assert counts["choose-a-sampler"] >= 5


def test_troubleshooting_quotes_the_program() -> None:
    """Each message in its tables is one that the source holds."""
    page = (ROOT / "docs" / "guides" / "troubleshooting.md").read_text("utf-8")
    quoted = [q for q in re.findall(r"^\| (.+?) \| .+ \|$", page, re.M) if q != "message"]
    known = {message.text for folders in AREAS.values() for folder in folders for message in messages(folder)}

    assert len(quoted) > 20
    assert [quote for quote in quoted if quote not in known] == []
