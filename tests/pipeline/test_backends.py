"""A study whose model sits behind a server: its key, its prompts, and grades that come while it still answers."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running import Assay
from support.server import Handler, Server, serving

STUDY = """
title = "served"
[sampling]
samples_per_problem = 2
[estimates]
k = [1, 2]
[grading]
workers = 1
[[benchmarks]]
name = "starter"
problems = 4
[[models]]
name = "somebody/served-model"
backend = "openai"
endpoint = "{address}"
protocol = "completion"
concurrency = 2
{more}
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def grades(folder: Path) -> list[dict[str, object]]:
    (run,) = (folder / "assay-work" / "runs").iterdir()
    path = run / "grades.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_study_of_a_served_model(assay: Assay, server: Server, tmp_path: Path) -> None:
    """Candidates are asked for by the model's name, graded, counted, and the report names what is unknown."""
    (tmp_path / "s.toml").write_text(STUDY.format(address=server.address, more=""))

    done = assay("study", "s.toml")

    assert done.returncode == 0, done.stderr
    assert {body["model"] for body in server.requests} == {"somebody/served-model"}
    assert len({body["seed"] for body in server.requests}) == 8
    assert len(grades(tmp_path)) == 8
    assert "the server decides on the BOS" in done.stderr


def test_grading_begins_while_the_server_answers(assay: Assay, server: Server, tmp_path: Path) -> None:
    """The last problem is answered only once an earlier one has its grades on disk."""
    (tmp_path / "s.toml").write_text(STUDY.format(address=server.address, more=""))

    def wait_for_grades(_: Handler, number: int) -> bool:
        deadline = time.monotonic() + 60
        while number == 1 + 7 and not grades(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.02)
        return False

    server.trouble = wait_for_grades

    done = assay("study", "s.toml")

    assert done.returncode == 0, done.stderr
    assert len(grades(tmp_path)) == 8


def test_key_comes_from_the_environment(assay: Assay, server: Server, tmp_path: Path) -> None:
    """A key that is not set is an error before anything is asked; a key is sent and stands in no file."""
    (tmp_path / "s.toml").write_text(STUDY.format(address=server.address, more='api_key_env = "SERVED_KEY"'))

    without = assay("study", "s.toml")
    done = assay("study", "s.toml", SERVED_KEY="secret-123")

    assert without.returncode == 1
    assert "SERVED_KEY is not set" in without.stderr
    assert done.returncode == 0, done.stderr
    assert set(server.keys) == {"Bearer secret-123"}
    written = (p.read_bytes() for p in (tmp_path / "assay-work").rglob("*") if p.is_file())
    assert not any(b"secret-123" in content for content in written)


def test_endpoint_is_needed(assay: Assay, tmp_path: Path) -> None:
    """A server without an address is one line that names the key to add."""
    (tmp_path / "s.toml").write_text(STUDY.format(address="", more="").replace('endpoint = ""\n', ""))

    done = assay("study", "s.toml")

    assert done.returncode == 1
    assert "lacks an endpoint or a protocol" in done.stderr


def test_sample_from_a_server(assay: Assay, server: Server) -> None:
    """`assay sample` takes a server's name and address instead of a folder."""
    done = assay("sample", "served", "--endpoint", server.address, "--n", "2", "--limit", "2", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["candidates"] == 4
