"""`assay collect` as a user runs it."""

import json
from pathlib import Path

from support.running import Assay
from support.web import Answer, web


def test_collect_prints_what_it_kept(assay: Assay, tmp_path: Path) -> None:
    """The contract's fields for each document; a second run finds nothing new."""
    with web() as server:
        server.pages["/a.md"] = Answer(b"# A", headers={"ETag": '"1"'})
        first = assay("collect", f"{server.address}/a.md", "--json")
        second = assay("collect", f"{server.address}/a.md", "--json")

    (row,) = json.loads(first.stdout)
    assert {"url": row["url"], "bytes": row["bytes"], "kept": row["kept"], "new": row["new"]} == {
        "url": f"{server.address}/a.md", "bytes": 3, "kept": True, "new": True,
    }  # fmt: skip
    assert json.loads(second.stdout)[0] | {"retrieved": "", "new": True} == row | {"retrieved": ""}
    assert json.loads(second.stdout)[0]["new"] is False


def test_what_cannot_be_kept_is_one_line_and_exit_1(assay: Assay, tmp_path: Path) -> None:
    """The good source is kept all the same."""
    with web() as server:
        server.pages["/a.md"] = b"# A"
        done = assay("collect", f"{server.address}/a.md", f"{server.address}/b.md", "--json")

    assert done.returncode == 1
    assert [row["kept"] for row in json.loads(done.stdout)] == [True, False]
    assert len(done.stderr.strip().splitlines()) == 1
    assert "is not there (404)" in done.stderr
