"""Models of a local Hub wherever a model folder is accepted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import BackendError, MissingError
from modelassay.core.measured import Manifest
from modelassay.core.store import read_records
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.forecast import plan
from modelassay.pipeline.plan.models import Fetching, locate
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import ModelEntry
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.pipeline.run.progress import Silent
from modelassay.pipeline.study import run_study
from support.hub import Hub, serving_hub
from support.running import Assay

DEMO = Path(__file__).parents[2] / "examples" / "models" / "demo-base-0.5m"
STUDY = """
format_version = 1
title = "By name"
baseline = "first"
[sampling]
samples_per_problem = 2
max_tokens = 8
preflight = false
[estimates]
k = [1]
[[benchmarks]]
name = "starter"
problems = 2
[[models]]
name = "first"
hub_id = "acme/demo"
protocol = "completion"
[[models]]
name = "second"
path = "acme/other@v2"
protocol = "completion"
"""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A Hub with the demo model under two names, and a cache of its own."""
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    with serving_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        running.add_folder("acme/demo", DEMO)
        running.add_folder("acme/other", DEMO).commit_folder(DEMO, "v2")
        yield running


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of both."""
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def test_a_study_names_models_and_the_commit_is_kept(hub: Hub, study: Path, tmp_path: Path) -> None:
    """Plan hash, manifest and report have the commit; a moved branch is another run."""
    pytest.importorskip("torch")
    work = WorkDir(tmp_path / "work")
    report = run_study(study, work, Source(None, offline=False), Silent())
    commit = hub.repos["acme/demo"].refs["main"]
    assert [r.revision for r in report.runs] == [commit, hub.repos["acme/other"].refs["v2"]]
    assert [r.hub_id for r in report.runs] == ["acme/demo", "acme/other"]
    assert f"Hub commit {commit[:12]}" in work.report_markdown.read_text()
    manifests = [read_records(p, Manifest)[-1] for p in sorted(work.runs.glob("first--*/manifest.jsonl"))]
    assert [(m.plan.hub_id, m.plan.revision) for m in manifests] == [("acme/demo", commit)]

    hub.repos["acme/demo"].commit_folder(DEMO)
    run_study(study, work, Source(None, offline=False), Silent())
    assert len(list(work.runs.glob("first--*"))) == 2


def test_offline_after_one_run_it_is_the_same_study(hub: Hub, study: Path, tmp_path: Path) -> None:
    """No request, the same runs, nothing sampled again."""
    pytest.importorskip("torch")
    work = WorkDir(tmp_path / "work")
    first = run_study(study, work, Source(None, offline=False), Silent())
    asked = len(hub.requests)
    again = run_study(study, work, Source(None, offline=True), Silent())
    assert len(hub.requests) == asked
    assert [(r.id, r.estimates) for r in again.runs] == [(r.id, r.estimates) for r in first.runs]


def test_a_plan_fetches_no_weights(hub: Hub, study: Path, tmp_path: Path) -> None:
    """It knows their size and the commit."""
    made = plan(study, WorkDir(tmp_path / "work"), Source(None, offline=False))
    assert [r.weight_bytes for r in made.runs] == [(DEMO / "model.safetensors").stat().st_size] * 2
    assert made.runs[0].revision == hub.repos["acme/demo"].refs["main"]
    assert not hub.asked("/storage/")


def test_a_plan_answers_without_the_hub(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be looked up is said; known models have the size that is published."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    text = study.read_text().replace("acme/demo", "Qwen/Qwen2.5-Coder-1.5B-Instruct")
    study.write_text(text)
    made = plan(study, WorkDir(tmp_path / "work"), Source(None, offline=True))
    assert "not in the Hub's cache" in made.runs[0].note
    assert 2.5e9 < (made.runs[0].weight_bytes or 0) < 3.5e9
    assert made.runs[1].weight_bytes is None


def test_every_model_is_looked_up_before_one_is_fetched(hub: Hub, study: Path, tmp_path: Path) -> None:
    """A wrong name costs no download."""
    study.write_text(study.read_text().replace("acme/other@v2", "acme/none"))
    with pytest.raises(MissingError, match="acme/none"):
        run_study(study, WorkDir(tmp_path / "work"), Source(None, offline=False), Silent())
    assert not hub.asked("/storage/")


def test_code_of_the_repository_is_refused_unless_trusted(hub: Hub) -> None:
    """An architecture that transformers has itself runs none; any other needs the user's word."""
    pytest.importorskip("transformers")
    own = {"AutoModelForCausalLM": "modeling_own.Own"}
    hub.add("acme/own", {"config.json": {"model_type": "own", "auto_map": own}, "model.safetensors": b""})
    hub.add("acme/known", {"config.json": {"model_type": "llama", "auto_map": own}, "model.safetensors": b""})
    hub.add("acme/words", {
        "config.json": {"model_type": "llama"}, "model.safetensors": b"",
        "tokenizer_config.json": {"auto_map": {"AutoTokenizer": ["tokens.Words", None]}},
    })  # fmt: skip
    for name in ("acme/own", "acme/words"):
        entry = ModelEntry(name="m", hub_id=name, protocol="chat")
        with pytest.raises(BackendError, match=r"Python code of its own.*trust_remote_code = true"):
            locate([entry], Path(), False, Fetching(weights=False))
    trusted = ModelEntry(name="m", hub_id="acme/own", protocol="chat", trust_remote_code=True)
    assert locate([trusted], Path(), False, Fetching(weights=False))["m"].hub is not None
    known = ModelEntry(name="m", hub_id="acme/known", protocol="chat")
    assert locate([known], Path(), False, Fetching(weights=False))["m"].hub is not None


def test_a_path_in_a_study_may_be_a_folder_or_a_name(hub: Hub, study: Path, tmp_path: Path) -> None:
    """A folder of that name goes before."""
    models = read_study(study).models
    assert [(m.path, m.hub_id, m.revision) for m in models] == [
        (None, "acme/demo", None),
        (None, "acme/other", "v2"),
    ]
    (tmp_path / "acme").mkdir()
    assert read_study(study).models[1].path == "acme/other@v2"


def test_progress_counts_bytes(hub: Hub) -> None:
    """The bar of a download has a total in bytes and reaches it."""
    told: list[tuple[str, int, int, str]] = []
    count = 0

    class Watch(Silent):
        def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
            told.append((name, total, done, unit))

        def advance(self, units: int = 1) -> None:
            nonlocal count
            count += units

    locate(
        [ModelEntry(name="m", hub_id="acme/demo", protocol="completion")],
        Path(),
        False,
        Fetching(watch=Watch()),
    )
    ((name, total, done, unit),) = told
    assert "acme/demo" in name
    assert unit == "bytes"
    assert done + count == total


def test_quantised_weights_are_said(hub: Hub, tmp_path: Path) -> None:
    """The method that its own configuration names."""
    config = json.loads((DEMO / "config.json").read_text()) | {
        "quantization_config": {"quant_method": "gptq"}
    }
    hub.add("acme/q", {"config.json": config, "model.safetensors": b"x"})
    place = locate([ModelEntry(name="m", hub_id="acme/q", protocol="completion")], Path(), False)["m"]
    assert place.hub is not None
    assert place.hub.quantised == "gptq"


def test_commands_take_a_name(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """`assay sample`, then `assay speed --offline`: stdout is data, the download is said on stderr."""
    pytest.importorskip("torch")
    work = str(tmp_path / "work")
    options = ["--n", "2", "--limit", "2", "--max-tokens", "8", "--workdir", work]
    sampled = assay("sample", "acme/demo", *options, "--no-preflight", "--json")
    assert sampled.returncode == 0, sampled.stderr
    assert json.loads(sampled.stdout)["candidates"] == 4
    assert "fetching acme/demo (2.1 MB): 2.1 MB to fetch" in sampled.stderr
    measured = assay("speed", "acme/demo", *options, "--budget-seconds", "0", "--offline", "--json")
    assert measured.returncode == 0, measured.stderr
    gone = assay("sample", "acme/none", *options)
    assert gone.returncode == 1
    assert gone.stderr.strip().endswith("if it is private, set HF_TOKEN to a token that may read it")
    assert len(gone.stderr.strip().splitlines()) == 1
