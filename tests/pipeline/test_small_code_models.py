"""The example study of small code models: from ids to report, with random-weight models of a local Hub."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.forecast import plan
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_reader import read_study
from support.hub import Hub, serving_hub
from support.running import Assay
from support.small_code_models import EXAMPLES, MODELS, TOKEN, serve_small_models

STUDY = EXAMPLES / "small-code-models.toml"
DATA = Path(os.environ.get("ASSAY_DATA", "nowhere"))
SETS = pytest.mark.skipif(not DATA.is_dir(), reason="needs the problem sets: set ASSAY_DATA")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A Hub with every model of the example."""
    pytest.importorskip("torch")
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with serving_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        serve_small_models(running, tmp_path / "made")
        yield running


def test_the_hub_has_every_model_of_the_example() -> None:
    """Ids of the example and of the models that the tests make are the same."""
    assert {m.hub_id for m in read_study(STUDY).models} == set(MODELS)


@SETS
def test_a_plan_needs_neither_weights_nor_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes come from what is published, and every comparison with the baseline is planned."""
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    made = plan(STUDY, WorkDir(tmp_path / "work"), Source(DATA, offline=True))
    assert len(made.runs) == 22
    assert all(r.weight_bytes and r.note for r in made.runs)
    assert len(made.comparisons) == 20


@SETS
@pytest.mark.slow
def test_the_example_runs_from_ids_to_report(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """Every model is fetched, sampled, graded and compared; the report says that the weights are random."""
    work = WorkDir(tmp_path / "work")
    options = [
        "--n",
        "2",
        "--limit",
        "2",
        "--max-tokens",
        "16",
        "--no-preflight",
        "--workdir",
        str(work.root),
    ]
    done = assay("study", str(STUDY), "--data", str(DATA), *options, timeout=600)
    assert done.returncode == 0, done.stderr
    study = json.loads(work.study_json.read_text())
    assert {r["hub_id"]: r["revision"] for r in study["runs"]} == {
        name: repo.refs["main"] for name, repo in hub.repos.items()
    }
    assert len(study["comparisons"]) >= 20
    said = work.report_markdown.read_text()
    assert said.count("the weights are random") >= 20  # OLMo's norms have no weights to know it by

    asked = len(hub.requests)
    again = assay("study", str(STUDY), "--data", str(DATA), *options, "--offline", timeout=600)
    assert again.returncode == 0, again.stderr
    assert len(hub.requests) == asked
