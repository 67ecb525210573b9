"""`assay speed` as a user runs it."""

import json
from pathlib import Path

import pytest

from modelassay.core.speed_records import SpeedMeasurement
from modelassay.core.store import read_records
from support.running import Assay
from support.server import serving, stream

DEMO = Path(__file__).parents[2] / "examples" / "models" / "demo-base-0.5m"
OPTIONS = ["--limit", "2", "--max-tokens", "6", "--budget-seconds", "0"]


def test_rows_are_shown_and_kept(assay: Assay, tmp_path: Path) -> None:
    """A row per n; the old fields are of the last one; what is kept has machine, versions, shape, lengths and spread."""
    pytest.importorskip("torch")
    done = assay("speed", str(DEMO), "--n", "1,3", *OPTIONS, "--json")

    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["problems"], said["candidates"], said["n"]) == (2, 6, 3)
    assert said["tokens_per_second"] > 0
    assert said["device"] == "cpu"
    one, three = read_records(tmp_path / "assay-work" / "speed.jsonl", SpeedMeasurement)
    assert (one.n, three.n) == (1, 3)
    assert three.shape["parameters"] > 100_000
    assert three.pass_seconds.passes == 2
    assert not three.settled
    assert three.peak_bytes
    assert "torch" in three.packages
    assert any("not settled" in warning for warning in three.warnings)


def test_numbers_are_checked(assay: Assay) -> None:
    done = assay("speed", str(DEMO), "--n", "1,zero")

    assert done.returncode == 2
    assert "--n takes whole numbers" in done.stderr


def test_random_weights_are_marked_everywhere(assay: Assay, tmp_path: Path) -> None:
    """From a config.json alone; the name, the row and the table say that the weights are random and whence the lengths."""
    pytest.importorskip("torch")
    (tmp_path / "shape").mkdir()
    (tmp_path / "shape" / "config.json").write_text((DEMO / "config.json").read_text())
    done = assay("speed", "shape", "--dummy-weights", "--n", "2", *OPTIONS)

    assert done.returncode == 0, done.stderr
    assert "random weights, not the model's" in done.stdout
    (row,) = read_records(tmp_path / "assay-work" / "speed.jsonl", SpeedMeasurement)
    assert row.model == "shape (random weights)"
    assert row.dummy_weights is not None
    assert "CodeGen-16B-mono" in row.dummy_weights


def test_a_load_sweep_of_a_server(assay: Assay, tmp_path: Path) -> None:
    """A row per number of requests at once; a model whose shape is not known is shown and not kept."""
    with serving() as server:
        server.trouble = stream(wait=0.01)
        done = assay(
            "speed", "served", "--endpoint", server.address, "--n", "2", "--concurrency", "1,2", *OPTIONS, "--json"
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert server.most_under_way == 2
    said = json.loads(done.stdout)
    assert [(row["n"], row["concurrency"]) for row in said["rows"]] == [(2, 1), (2, 2)]
    assert {row["timed_from"] for row in said["rows"]} == {"at the client, over HTTP"}
    assert said["kept"] is None
    assert "the shape of served is not known" in done.stderr


def test_a_row_in_another_tools_form(assay: Assay, tmp_path: Path) -> None:
    """What is written is read again, as a claim with its file's hash."""
    pytest.importorskip("torch")
    done = assay("speed", str(DEMO), "--n", "1", *OPTIONS, "--write", "vllm-serve=out.json", "--json")
    assert done.returncode == 0, done.stderr

    again = assay("speed", "out.json", "--json")

    assert again.returncode == 0, again.stderr
    (claim,) = json.loads(again.stdout)["claims"]
    assert claim["model"] == "demo-base-0.5m"
    assert claim["ttft_seconds"] == pytest.approx(json.loads(done.stdout)["rows"][0]["ttft_seconds"]["p50"])
