"""`assay collect` as a user runs it."""

import hashlib
import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from modelassay.core.workdir import WorkDir
from support.running import COMMAND, Assay
from support.web import Answer, resumable, web


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


def test_a_killed_collect_goes_on_with_the_same_bytes_and_one_copy(assay: Assay, tmp_path: Path) -> None:
    """kill -9 in the middle of a body; the same command asks for the rest alone, and nothing is kept twice."""
    body, released = bytes(range(256)) * 16384, threading.Event()
    whole = resumable(body, '"v1"', [])
    asked: list[str] = []

    def page(headers: Mapping[str, str]) -> Answer:
        asked.append(headers.get("range", ""))
        answer = whole(headers)
        return replace(answer, cut=len(body) // 2, hold=released) if len(asked) == 1 else answer

    with web() as server:
        server.pages["/table.csv"] = page
        command = [*COMMAND, "collect", f"{server.address}/table.csv"]
        child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sources = WorkDir(tmp_path / "assay-work").sources
        parts = sources.partial("x").parent
        until(lambda: sum(p.stat().st_size for p in parts.glob("*.part")) > len(body) // 4)
        child.kill()
        child.wait()
        released.set()
        done = assay("collect", f"{server.address}/table.csv", "--json")

    assert done.returncode == 0, done.stderr
    (kept,) = json.loads(done.stdout)
    assert kept["sha256"] == hashlib.sha256(body).hexdigest()
    assert asked[0] == ""
    assert int(asked[1].removeprefix("bytes=").rstrip("-")) > len(body) // 4
    held = [p for p in sources.root.rglob("*") if p.is_file() and p.stat().st_size > 4096]
    assert held == [sources.body(kept["sha256"])]


def until(held: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something, at most so long."""
    end = time.monotonic() + seconds
    while not held():
        assert time.monotonic() < end
        time.sleep(0.02)
