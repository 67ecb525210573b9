"""What is said of a run while it samples."""

from pathlib import Path

import pytest

from modelassay.core.decoding import ServerFinding, ServerProbe
from modelassay.core.measured import BackendName, Completion
from modelassay.core.workdir import WorkDir
from modelassay.pipeline.plan.jobs import jobs_for_path
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import BenchmarkEntry, ModelEntry, SamplingEntry
from modelassay.pipeline.run.notes import PROBLEMS, RunNotes


def notes_of(
    backend: BackendName,
    texts: list[str],
    models: Path,
    folder: Path,
    tokens: int | None = None,
    probe: ServerProbe | None = None,
) -> list[str]:
    """What is said after the first problems of a run, each with samples of these texts. tokens: of each, cut then.

    probe: what was found of the server before.
    """
    entry = ModelEntry(
        name="m",
        backend=backend,
        path=str(models / "demo-base-0.5m"),
        endpoint="http://127.0.0.1:1/v1" if backend == "openai" else None,
        protocol="completion",
    )
    source = Source(data=None, offline=True)
    (job,) = jobs_for_path(entry, BenchmarkEntry(name="starter"), SamplingEntry(), WorkDir(folder), source)
    job.run.root.mkdir(parents=True)
    said: list[str] = []
    notes = RunNotes(job, said.append)
    notes.keep(probe)
    for problem in range(PROBLEMS):
        notes.sampled(
            [
                Completion(
                    problem=f"p{problem}",
                    index=i,
                    text=text,
                    form="continuation",
                    completion_tokens=tokens,
                    finish_reason=None if tokens is None else "length",
                )
                for i, text in enumerate(texts)
            ]
        )
    return said


def test_a_server_whose_samples_are_all_alike_is_named(root: Path, tmp_path: Path) -> None:
    """At a temperature above 0."""
    (said,) = notes_of("openai", ["pass"] * 4, root / "examples" / "models", tmp_path)
    assert said.startswith(
        f"all samples of each of the first {PROBLEMS} problems are the same at temperature 0.8"
    )


def test_nothing_is_said_of_a_server_that_was_seen_to_sample(root: Path, tmp_path: Path) -> None:
    """The model is certain of these problems."""
    probe = ServerProbe(kind="vllm", findings=(ServerFinding(asked="samples at all", obeyed="yes"),))
    assert notes_of("openai", ["pass"] * 4, root / "examples" / "models", tmp_path, probe=probe) == []


@pytest.mark.parametrize(
    ("backend", "texts"), [("transformers", ["pass"] * 4), ("openai", ["pass"] * 3 + ["return 1"])]
)
def test_nothing_is_said_of(backend: BackendName, texts: list[str], root: Path, tmp_path: Path) -> None:
    """An engine of ours, which samples whatever comes of it; a server with one other sample."""
    assert notes_of(backend, texts, root / "examples" / "models", tmp_path) == []


@pytest.mark.parametrize("backend", ["transformers", "openai"])
def test_answers_cut_before_the_limit_of_the_plan_are_named(
    backend: BackendName, root: Path, tmp_path: Path
) -> None:
    """Once: by the model's context, or by a limit that a server has of its own."""
    texts = ["pass", "return 1", "return 2", "return 3"]
    (said,) = notes_of(backend, texts, root / "examples" / "models", tmp_path, tokens=16)
    assert said.startswith("answers are cut before max_tokens = 512: one to p0 at 16 tokens")


def test_answers_cut_at_the_limit_of_the_plan_are_not(root: Path, tmp_path: Path) -> None:
    """That is what the limit is for."""
    texts = ["pass", "return 1", "return 2", "return 3"]
    assert notes_of("openai", texts, root / "examples" / "models", tmp_path, tokens=512) == []
