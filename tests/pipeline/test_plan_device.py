"""`assay plan STUDY --device`: what each run takes on a device, or why that cannot be said."""

import json
from pathlib import Path
from typing import Any

import pytest

from support.documents import ROOT
from support.running import Assay

MODEL = ROOT / "examples" / "models" / "demo-base-0.5m"
FOREIGN = '\n[[models]]\nname = "elsewhere"\nhub_id = "nobody/nothing"\nprotocol = "completion"\n'


@pytest.fixture
def study(root: Path, tmp_path: Path) -> Path:
    text = (root / "examples" / "study.toml").read_text("utf-8")
    path = tmp_path / "study.toml"
    path.write_text(text.replace('path = "models', f'path = "{root}/examples/models'), "utf-8")
    return path


def planned(assay: Assay, study: Path, *options: str) -> list[dict[str, Any]]:
    done = assay("plan", str(study), "--offline", "--json", *options, cwd=study.parent)
    assert done.returncode == 0, done.stderr
    runs: list[dict[str, Any]] = json.loads(done.stdout)["runs"]
    return runs


def test_each_run_is_predicted(assay: Assay, study: Path) -> None:
    """With an interval, the kind of answer, and the batch that fits."""
    for run in planned(assay, study, "--device", "a100-80"):
        found = run["on_device"]
        assert 0 < found["seconds"]["low"] < found["seconds"]["value"] < found["seconds"]["high"]
        assert (found["kind"], found["batch"], found["fits"]) == ("transferred", 50, True)


def test_longer_answers_take_longer(assay: Assay, study: Path) -> None:
    short, long = (
        planned(assay, study, "--device", "h100-sxm", "--output-tokens", tokens)[0]["on_device"]
        for tokens in ("64", "512")
    )
    assert long["seconds"]["value"] > 2 * short["seconds"]["value"]


def test_the_price_is_that_of_the_time(assay: Assay, study: Path) -> None:
    found = planned(assay, study, "--device", "a100-80", "--price-per-hour", "3.6")[0]["on_device"]
    assert found["cost"]["high"] == pytest.approx(found["seconds"]["high"] / 1000)


def test_without_a_device_nothing_is_predicted(assay: Assay, study: Path) -> None:
    assert planned(assay, study)[0]["on_device"] is None


def test_a_model_whose_shape_cannot_be_had_says_why(assay: Assay, study: Path) -> None:
    """The others are predicted."""
    study.write_text(study.read_text("utf-8") + FOREIGN, "utf-8")
    *there, last = planned(assay, study, "--device", "a100-80")
    assert all(run["on_device"] for run in there)
    assert last["on_device"] is None
    assert "nobody/nothing" in last["not_predicted"]


def test_an_unknown_device_is_named(assay: Assay, study: Path) -> None:
    done = assay("plan", str(study), "--device", "a100", cwd=study.parent)
    assert done.returncode == 1
    assert "no such device: 'a100'" in done.stderr
    assert "a100-80" in done.stderr


def test_a_device_without_bf16_is_predicted_in_fp16(assay: Assay, study: Path) -> None:
    """Which is said, and stands in the answer."""
    asked = ("--model", study.parent, "--device", "t4", "--json")
    (study.parent / "config.json").write_text((MODEL / "config.json").read_text())
    done = assay("plan", *asked)

    assert "NVIDIA T4 computes no bf16: predicted for fp16" in done.stderr
    assert json.loads(done.stdout)["dtype"] == "fp16"
    assert planned(assay, study, "--device", "t4")[0]["on_device"]["dtype"] == "fp16"
    assert planned(assay, study, "--device", "l4")[0]["on_device"]["dtype"] == "bf16"
