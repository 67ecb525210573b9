"""No command destroys what another one wrote: every command over the folder of every other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from modelassay.core.errors import AssayError
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.grading.pool import PoolOptions
from modelassay.pipeline.audits import audit_notes, shortlist_study
from modelassay.pipeline.export import export_runs
from modelassay.pipeline.grade_file import GradeRequest, grade_samples
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.results.best_of_n import best_of_run
from modelassay.pipeline.results.from_runs import report_runs
from modelassay.pipeline.results.run_estimates import compare_runs, estimate_run
from modelassay.pipeline.run.progress import Silent
from modelassay.pipeline.study import run_study
from support.growing import Growing

SOURCE = Source(None, offline=True)
RIGHT = "def add(a, b):\n    return a + b\n"
WRONG = "def add(a, b):\n    return a - b\n"
NOTE = "# Models\n\nPhi-2 gets HumanEval pass@1 of 47.6 %.\n"
STUDY = """
title = "one recording"
notes = ["note.md"]
[estimates]
k = [1]
[[benchmarks]]
file = "p.jsonl"
[[models]]
name = "recorded"
backend = "replay"
[[models.recordings]]
benchmark = "p.jsonl"
samples = "s.jsonl"
"""
Command = Callable[[Path, Path], object]  # where the inputs are, and the folder of the other command


class Quiet:
    """Progress that nobody watches."""

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None: ...
    def advance(self, units: int = 1) -> None: ...
    def note(self, text: str) -> None: ...


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One custom problem, samples of it, a note and a study."""
    folder = tmp_path_factory.mktemp("inputs")
    row = {"task_id": "own/1", "prompt": "def add(a, b):\n", "entry_point": "add",
           "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n"}  # fmt: skip
    (folder / "p.jsonl").write_text(json.dumps(row) + "\n")
    for name, texts in {"s": [RIGHT, WRONG], "other": [WRONG]}.items():
        rows = [json.dumps({"task_id": "own/1", "solution": t}) + "\n" for t in texts]
        (folder / f"{name}.jsonl").write_text("".join(rows))
    (folder / "note.md").write_text(NOTE)
    (folder / "other.md").write_text(NOTE.replace("47.6", "30.1"))
    (folder / "study.toml").write_text(STUDY)
    return folder


def grade(inputs: Path, samples: Path, out: Path | None, *, named: bool = True) -> object:
    """`assay grade SAMPLES --problems p.jsonl --out OUT`."""
    problems = inputs / "p.jsonl" if named else None
    request = GradeRequest(samples, None, problems, out, None, (1,))
    return grade_samples(request, GradingEntry(workers=1), SOURCE, inputs, Quiet())


def study(inputs: Path, folder: Path) -> object:
    """`assay study study.toml --workdir FOLDER`."""
    return run_study(inputs / "study.toml", WorkDir(folder), SOURCE, Quiet())


def run_in(folder: Path) -> Path:
    """A run to work on: the folder itself, or the first run of a work directory."""
    return next(iter(sorted(folder.glob("runs/*"))), folder)


def sampled(inputs: Path, folder: Path) -> None:
    """A run that was sampled and has no grades, in a work directory."""
    run = Growing(folder)
    run.begin()
    run.sample(0)


def graded(inputs: Path, folder: Path) -> None:
    """What `assay grade --out` leaves."""
    grade(inputs, inputs / "s.jsonl", folder)


def audited(inputs: Path, folder: Path) -> None:
    """What `assay audit --workdir` leaves."""
    audit_notes([inputs / "note.md"], WorkDir(folder))


def reported(inputs: Path, folder: Path) -> None:
    """What `assay report RUN --workdir` leaves, with the run inside."""
    graded(inputs, folder / "runs" / "mine")
    report_runs([folder / "runs" / "mine"], WorkDir(folder), SOURCE, Silent())


def own_files(inputs: Path, folder: Path) -> None:
    """Files of a user's, under the names that a run's files have."""
    for path in RunDir(folder).files:
        if path.name not in ("manifest.jsonl", "problems.jsonl"):
            shutil.copy(inputs / "s.jsonl", path)


MADE: dict[str, Command] = {
    "sampled": sampled, "graded": graded, "audited": audited, "reported": reported, "studied": study,
    "own files": own_files,
}  # fmt: skip

COMMANDS: dict[str, Command] = {
    "grade other samples": lambda i, f: grade(i, i / "other.jsonl", f),
    "grade other samples into a run": lambda i, f: grade(i, i / "other.jsonl", run_in(f)),
    "grade the folder's completions": lambda i, f: grade(
        i, run_in(f) / "completions.jsonl", run_in(f), named=False
    ),
    "grade them against other problems": lambda i, f: grade(i, run_in(f) / "completions.jsonl", run_in(f)),
    "grade the folder": lambda i, f: grade(i, f, f),
    "grade the folder into one inside": lambda i, f: grade(i, f, f / "new"),
    "audit": lambda i, f: audit_notes([i / "other.md"], WorkDir(f)),
    "audit what lies there": lambda i, f: audit_notes(
        sorted(p for p in f.rglob("*") if p.suffix in (".md", ".jsonl")), WorkDir(f)
    ),
    "shortlist": lambda i, f: shortlist_study(i / "study.toml", WorkDir(f)),
    "study": study,
    "estimate": lambda i, f: estimate_run(run_in(f), [1], 0.9, "population of problems"),
    "best of": lambda i, f: best_of_run(run_in(f), SOURCE, 0.1, PoolOptions(workers=1)),
    "compare": lambda i, f: compare_runs(run_in(f), [run_in(f)], k=1, margin=0.05, level=0.9),
    "report": lambda i, f: report_runs([run_in(f)], WorkDir(f), SOURCE, Silent()),
}

OWN = (("studied", "study"), ("reported", "report"))  # a command may write its own files anew


@pytest.fixture(scope="module")
def folders(inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each command's folder, made once."""
    root = tmp_path_factory.mktemp("folders")
    for name, make in MADE.items():
        (root / name).mkdir()
        make(inputs, root / name)
    return {name: root / name for name in MADE}


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("made", MADE)
def test_what_another_command_wrote_is_still_there(
    made: str, inputs: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    """As it was, with more behind it, or as `.bak`; a command that cannot promise that refuses in one line."""
    refusals = []
    for name, command in COMMANDS.items():
        if (made, name) in OWN:
            continue
        folder = tmp_path / name / "folder"
        shutil.copytree(folders[made], folder)
        before = contents(folder)
        try:
            command(inputs, folder)
        except AssayError as error:
            refusals.append(str(error))
        after = contents(folder)
        for path, data in before.items():
            kept = after.get(path.with_name(f"{path.name}.bak"))
            assert kept == data or after.get(path, b"").startswith(data), f"{name} lost {path} of {made}"
    assert len(refusals) < len(COMMANDS)
    assert not any("\n" in refusal for refusal in refusals)


def test_export_replaces_no_file_of_a_run(inputs: Path, folders: dict[str, Path], tmp_path: Path) -> None:
    """Under none of a run's names; anything else that stood there is kept."""
    run = tmp_path / "run"
    shutil.copytree(folders["graded"], run)
    before = contents(run)
    for path in RunDir(run).files:
        with pytest.raises(AssayError, match="a file of the run itself"):
            export_runs([run], "evalplus", path, SOURCE)
    (tmp_path / "e.jsonl").write_text("mine\n")

    export_runs([run], "evalplus", tmp_path / "e.jsonl", SOURCE)

    assert contents(run) == before
    assert (tmp_path / "e.jsonl.bak").read_text() == "mine\n"


def test_other_grading_settings_keep_the_grades_and_what_made_the_run(
    inputs: Path, folders: dict[str, Path], tmp_path: Path
) -> None:
    """Grading anew with another limit of time: the earlier grades stay as `.bak`, the manifest still says who sampled."""
    run = RunDir(tmp_path / "run")
    shutil.copytree(folders["graded"], run.root)
    before, manifest = run.grades.read_bytes(), json.loads(run.manifest.read_bytes())
    request = GradeRequest(run.root, None, None, None, None, (1,))

    grade_samples(request, GradingEntry(workers=1, timeout=5.0), SOURCE, tmp_path, Quiet())

    after = json.loads(run.manifest.read_bytes())
    assert run.grades.with_name("grades.jsonl.bak").read_bytes() == before
    assert after.pop("grading_settings") != manifest.pop("grading_settings")
    assert after == manifest


def test_two_notes_of_one_name_have_two_corrected_copies(inputs: Path, tmp_path: Path) -> None:
    """README.md of two folders, audited together."""
    notes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        notes.append(tmp_path / name / "README.md")
        notes[-1].write_text(NOTE.replace("Models", name))

    audit_notes(notes, WorkDir(tmp_path / "work"))

    copies = sorted(path.name for path in (tmp_path / "work" / "corrected").iterdir())
    assert copies == ["one--README.md", "two--README.md"]
