"""A study whose model sits behind a server: its key, its prompts, and grades that come while it still answers."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running import COMMAND, Assay
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
    assert {body["model"] for body in server.sampling} == {"somebody/served-model"}
    assert len({body["seed"] for body in server.sampling}) == 8
    assert len(grades(tmp_path)) == 8
    assert "the server decides on the BOS" in done.stderr


def test_grading_begins_while_the_server_answers(assay: Assay, server: Server, tmp_path: Path) -> None:
    """The last problem is answered only once an earlier one has its grades on disk."""
    (tmp_path / "s.toml").write_text(STUDY.format(address=server.address, more=""))

    def wait_for_grades(_: Handler, number: int) -> bool:
        deadline = time.monotonic() + 60
        while number == 7 and not grades(tmp_path) and time.monotonic() < deadline:
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


def test_what_was_only_sampled_can_be_exported(assay: Assay, server: Server, tmp_path: Path) -> None:
    """A run of `assay sample` holds its plan, so that it can be handed on; its samples come in order."""
    sample = ("sample", "served", "--endpoint", server.address, "--limit", "2", "--workdir", "w", "--json")
    (run,) = {json.loads(assay(*sample, "--n", "3").stdout)["run"]}
    path = tmp_path / run / "completions.jsonl"
    path.write_text("".join(sorted(path.read_text().splitlines(keepends=True), reverse=True)))

    done = assay("export", run, "--out", "samples.jsonl")

    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "samples.jsonl").read_text().splitlines()]
    kept = {(c["problem"], c["index"]): c["text"] for c in map(json.loads, path.read_text().splitlines())}
    assert [r["solution"] for r in rows] == [kept[key] for key in sorted(kept)]


@pytest.mark.alone
def test_ctrl_c_does_not_wait_for_what_is_queued(server: Server, tmp_path: Path) -> None:
    """Half a minute of grading is queued when Ctrl-C comes: the study ends at once and what is graded is kept."""
    loop = "    while True: pass  # "

    def slow_programs(handler: Handler, number: int) -> bool:
        if number > 100:  # the last answers are long in coming
            time.sleep(2)
        handler.answer(200, {"choices": [{"text": f"{loop}{number}\n", "finish_reason": "stop"}]})
        return True

    server.trouble = slow_programs
    text = STUDY.format(address=server.address, more="").replace("problems = 4", "problems = 20")
    (tmp_path / "s.toml").write_text(
        text.replace("samples_per_problem = 2", "samples_per_problem = 6").replace(
            "workers = 1", "workers = 1\ntimeout = 0.3"
        )
    )
    study = subprocess.Popen(
        [*COMMAND, "study", "s.toml"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads yet
    )
    deadline = time.monotonic() + 60
    while len(grades_of_first_run(tmp_path)) < 6 and time.monotonic() < deadline:
        time.sleep(0.1)

    study.send_signal(signal.SIGINT)
    started = time.monotonic()
    study.wait(60)

    assert study.returncode == 130
    assert time.monotonic() - started < 10  # the queue alone would take four times that
    assert len(grades_of_first_run(tmp_path)) >= 6


def grades_of_first_run(folder: Path) -> list[dict[str, object]]:
    return grades(folder) if list((folder / "assay-work").glob("runs/*")) else []
