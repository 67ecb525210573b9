"""`assay init`: from a note, names, a search or a server to a study that runs."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay.pipeline.new_study.needs_in_text import needs_of, words_of
from modelassay.pipeline.new_study.study_text import _quoted
from modelassay.pipeline.plan.study_reader import read_study
from support.hub import Hub, serving_hub
from support.running import Assay
from support.server import serving
from support.small_code_models import EXAMPLES, MODELS, make_small_model

PHANTOMS = ("bigcode/starcoder2-3b-instruct-v0.1", "google/codegemma-2b-instruct")
KEPT = [
    "deepseek-ai/deepseek-coder-1.3b-instruct",
    "Qwen/Qwen2.5-Coder-1.5B-Instruct",
    "TechxGenus/starcoder2-3b-instruct",
    "yulan-team/YuLan-Mini-Instruct",
]
NOTE = EXAMPLES.parent.parent / "shared" / "notes" / "small-code-model-research.md"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """An empty Hub, and a cache of its own."""
    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serving_hub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        yield running


def stand_ins(hub: Hub, names: list[str], **facts: Any) -> None:
    """Repositories that can be looked up; nothing of them is ever loaded."""
    for name in names:
        template = {"chat_template": "{{ messages }}"} if "nstruct" in name else {}
        files = {"config.json": {"model_type": "llama"}, "tokenizer.json": {}, "model.safetensors": b"x" * 9}
        hub.add(name, {**files, "tokenizer_config.json": template}, facts=facts)


def test_what_a_text_asks_for_is_read_from_plain_words() -> None:
    """Sizes as makers call them, and the kind; nothing where nothing is said."""
    research = needs_of(
        "# Models (1-3B Parameters)\n- **Type**: Instruction/chat code variants (not base models)"
    )
    assert (research.min_params, research.max_params, research.kind) == (1e9, 3.5e9, "instruct")
    most = needs_of("an instruct or chat variant, at most 3.5B parameters")
    assert (most.min_params, most.max_params, most.kind) == (None, 3.5e9, "instruct")
    assert needs_of("Scores of Qwen2.5-Coder-1.5B in 2024-11.").max_params is None
    assert words_of("coder LLM, 1–3B, instruct, with HumanEval") == ["coder"]


@pytest.mark.skipif(not NOTE.is_file(), reason="needs the folder `shared` beside the checkout")
def test_the_research_note_becomes_a_study(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """Phantom models are named as such, what breaks a rule is a comment with the reason, the rest are entries."""
    stand_ins(hub, [*MODELS, "Qwen/Qwen2.5-Coder-1.5B"])
    out = tmp_path / "study.toml"
    done = assay("init", str(NOTE), "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    left = {c["hub_id"]: c for c in told["left_out"]}
    for phantom in PHANTOMS:
        assert left[phantom]["exists"] is False
        assert left[phantom]["reason"].startswith("no such model")
    assert left["codellama/CodeLlama-7b-Instruct-hf"]["reason"].startswith("size: 6.74B")
    study = read_study(out)
    assert [m.hub_id for m in study.models] == KEPT
    assert study.baseline == KEPT[0]
    assert [m.revision for m in study.models] == [hub.repos[name].refs["main"] for name in KEPT]
    assert {m.protocol for m in study.models} == {"evalplus-chat"}
    text = out.read_text()
    assert '# hub_id = "codellama/CodeLlama-7b-Instruct-hf"' in text
    assert f'# hub_id = "{PHANTOMS[0]}"' not in text
    # Without its comment signs the part that was left out is TOML, too.
    left_out = text[text.index("# --- left out") :].splitlines()
    tomllib.loads(
        "\n".join(line[2:] for line in left_out if line.startswith(("# [[", "# name", "# hub_id", "# rev")))
    )


@pytest.mark.skipif(not NOTE.is_file(), reason="needs the folder `shared` beside the checkout")
@pytest.mark.skipif("ASSAY_DATA" not in os.environ, reason="needs the problem sets: set ASSAY_DATA")
@pytest.mark.slow
def test_the_study_of_the_research_note_runs(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """`assay study` is the next command, and it is the one that is named."""
    pytest.importorskip("torch")
    stand_ins(hub, [*MODELS])
    for name in KEPT:
        made = make_small_model(tmp_path / name.replace("/", "--"), MODELS[name][0], chat=True)
        hub.add_folder(name, made)
    out, work = tmp_path / "study.toml", tmp_path / "work"
    made_it = assay("init", str(NOTE), "--out", str(out))
    assert made_it.stderr.strip().endswith(f"next: assay study {out}")
    less = ["--n", "2", "--limit", "1", "--max-tokens", "8", "--no-preflight"]
    done = assay(
        "study", str(out), "--workdir", str(work), "--data", os.environ["ASSAY_DATA"], *less, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert "starcoder2-3b-instruct-v0.1" in (work / "report.md").read_text()


def test_without_the_hub_what_is_known_decides(
    assay: Assay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example's note, offline: entries without a revision, and a remark that they were not looked up."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    out = tmp_path / "study.toml"
    done = assay("init", str(EXAMPLES / "note.md"), "--out", str(out), "--offline")
    assert done.returncode == 0, done.stderr
    study = read_study(out)
    assert study.baseline == "deepseek-ai/deepseek-coder-1.3b-instruct"
    assert len(study.models) > 1
    assert all(m.revision is None for m in study.models)
    assert "not looked up" in out.read_text()


def test_an_unreachable_hub_is_asked_once(
    assay: Assay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The models that follow are taken as they are known."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    done = assay("init", str(EXAMPLES / "note.md"), "--out", str(tmp_path / "study.toml"))
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("cannot be asked for") == 1


def test_names_are_looked_up_and_the_first_is_the_baseline(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """What has only pickled weights is a comment that can be taken in."""
    stand_ins(hub, ["acme/base", "acme/coder-instruct"])
    hub.add("acme/old", {"config.json": {}, "pytorch_model.bin": b"x"})
    out = tmp_path / "study.toml"
    names = [f"--hub={name}" for name in ("acme/base", "acme/coder-instruct", "acme/old", "acme/none")]
    done = assay("init", *names, "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    study = read_study(out)
    assert [(m.hub_id, m.protocol) for m in study.models] == [
        ("acme/base", "evalplus-base"), ("acme/coder-instruct", "evalplus-chat"),
    ]  # fmt: skip
    assert study.baseline == "acme/base"
    assert "# pickled_weights = true" in out.read_text()
    assert {c["hub_id"]: c["exists"] for c in json.loads(done.stdout)["left_out"]} == {
        "acme/old": True, "acme/none": False,
    }  # fmt: skip


def test_a_search_keeps_sizes_and_kind(assay: Assay, hub: Hub, tmp_path: Path) -> None:
    """The Hub is asked for the sizes; base models are left out where chat models are wanted."""
    stand_ins(hub, ["acme/coder-instruct", "acme/coder-base"], pipeline_tag="text-generation",
              safetensors={"parameters": {"BF16": 2_000_000_000}, "total": 2_000_000_000})  # fmt: skip
    stand_ins(hub, ["acme/large-coder-instruct"], pipeline_tag="text-generation",
              safetensors={"parameters": {"BF16": 7_000_000_000}, "total": 7_000_000_000})  # fmt: skip
    out = tmp_path / "study.toml"
    done = assay("init", "--query", "coder LLM, 1-3B, instruct", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert [m.hub_id for m in read_study(out).models] == ["acme/coder-instruct"]
    assert "no chat template" in out.read_text()


def test_a_servers_models_are_entries(assay: Assay, tmp_path: Path) -> None:
    """With its address, asked as chat models."""
    with serving() as server:
        server.facts = lambda path: {"data": [{"id": "one"}, {"id": "two"}]} if path == "/v1/models" else None
        out = tmp_path / "study.toml"
        done = assay("init", "--endpoint", server.address, "--out", str(out))
        assert done.returncode == 0, done.stderr
    study = read_study(out)
    assert [(m.name, m.backend, m.endpoint) for m in study.models] == [
        ("one", "openai", server.address), ("two", "openai", server.address),
    ]  # fmt: skip


def test_the_demo_runs_at_once(assay: Assay, tmp_path: Path) -> None:
    """`assay init --demo`, then `assay study`."""
    pytest.importorskip("torch")
    out = tmp_path / "study.toml"
    assert assay("init", "--demo", "--out", str(out)).returncode == 0
    less = [
        "--n",
        "2",
        "--limit",
        "1",
        "--max-tokens",
        "8",
        "--no-preflight",
        "--workdir",
        str(tmp_path / "w"),
    ]
    done = assay("study", str(out), *less)
    assert done.returncode == 0, done.stderr


def test_your_own_problems_take_the_place_of_the_benchmarks(assay: Assay, tmp_path: Path) -> None:
    """With a path relative to the study."""
    problems = tmp_path / "mine.jsonl"
    problems.write_text(json.dumps({
        "task_id": "own/1", "prompt": 'def add(a, b):\n    """Add."""\n', "entry_point": "add",
        "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n",
    }) + "\n")  # fmt: skip
    out = tmp_path / "study.toml"
    assert assay("init", "--problems", str(problems), "--out", str(out)).returncode == 0
    assert [b.file for b in read_study(out).benchmarks] == ["mine.jsonl"]


def test_problems_are_read_before_a_study_of_them_is_written(assay: Assay, tmp_path: Path) -> None:
    """A file without one is an error of `init`, and nothing is written."""
    (tmp_path / "mine.py").write_text("def f(x):\n    return x\n")
    done = assay("init", "--problems", str(tmp_path / "mine.py"), "--out", str(tmp_path / "s.toml"))
    assert done.returncode == 1
    assert "no problem in this file" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.py"]


def test_the_examples_come_with_the_demo(assay: Assay, tmp_path: Path) -> None:
    """What README works on is written beside the study; what is there already stays."""
    note = tmp_path / "examples" / "note.md"
    note.parent.mkdir()
    note.write_text("# Mine\n\nOur models are at most 2B in size.\n")
    done = assay("init", "--demo", "--out", str(tmp_path / "study.toml"))
    assert done.returncode == 0, done.stderr
    assert note.read_text().startswith("# Mine")
    assert (tmp_path / "examples" / "study.toml").is_file()
    study = read_study(tmp_path / "study.toml")
    assert [(tmp_path / str(m.path)).is_dir() for m in study.models] == [True, True]
    assert [*study.notes] == ["examples/note.md"]


def test_the_wheel_holds_the_examples(root: Path) -> None:
    """All but the study that needs data from elsewhere."""
    table = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    taken = table["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    there = {f"examples/{path.name}" for path in (root / "examples").iterdir()} - {"examples/recorded.toml"}
    assert taken == {name: f"modelassay/{name}" for name in there}


def test_a_study_is_never_overwritten(assay: Assay, tmp_path: Path) -> None:
    """One line, and the file stays."""
    out = tmp_path / "study.toml"
    out.write_text("mine")
    done = assay("init", "--demo", "--out", str(out))
    assert done.returncode == 1
    assert "there is a file already" in done.stderr
    assert out.read_text() == "mine"


@pytest.mark.parametrize("arguments", [[], ["--demo", "--hub", "a/b"]])
def test_one_source_is_asked_for(assay: Assay, arguments: list[str], tmp_path: Path) -> None:
    """None or two is a usage error."""
    assert assay("init", *arguments, "--out", str(tmp_path / "s.toml")).returncode == 2


@pytest.mark.parametrize("text", ['a "b" \\ c', "tab\tline\nend", "\u00fc \x7f \x01", "plain"])
def test_any_text_is_a_toml_string(text: str) -> None:
    """What is written is read back."""
    assert tomllib.loads(f"x = {_quoted(text)}")["x"] == text
