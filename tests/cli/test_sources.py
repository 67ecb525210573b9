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


def test_a_source_is_collected_read_accepted_and_used(assay: Assay, tmp_path: Path) -> None:
    """The whole way of a figure, from an address to a verdict."""
    with web() as server:
        server.pages["/scores.csv"] = b"model,humaneval,mbpp\nacme/tiny-1b,61.0,55.3\n"
        (kept,) = json.loads(assay("collect", f"{server.address}/scores.csv", "--json").stdout)
    claims = json.loads(assay("read", kept["sha256"][:12], "--json").stdout)
    done = assay("read", "--accept")
    note = tmp_path / "note.md"
    note.write_text("acme/tiny-1b reaches 61.0% on HumanEval.\n")
    audit = json.loads(assay("audit", str(note), "--json").stdout)

    assert [(c["hub_id"], c["benchmark"], c["value"], c["locator"]) for c in claims] == [
        ("acme/tiny-1b", "humaneval", 61.0, "row 1, column 2 (humaneval), line 2"),
        ("acme/tiny-1b", "mbpp", 55.3, "row 1, column 3 (mbpp), line 2"),
    ]
    assert "verdict" not in claims[0]
    assert done.stdout.startswith("2 facts added")
    assert audit["counts"] == {"confirmed": 1}
    assert audit["claims"][0]["closest"]["base"] == "own"
    assert "(2 of your own" in assay("evidence", "--check").stdout


def test_nothing_kept_is_one_line(assay: Assay) -> None:
    """With what to do."""
    done = assay("read")
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "assay collect" in done.stderr
