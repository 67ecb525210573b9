"""From samples to a report: each command takes the folders of the one before, several at once, and names the next."""

import json
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from modelassay.core.workdir import RunDir
from support.growing import Growing
from support.running import Assay


def sampled(folder: Path, model: str) -> RunDir:
    """A run of two problems, sampled and not graded."""
    run = Growing(folder, model=model)
    run.begin()
    for problem in range(2):
        run.sample(problem)
    return run.run


def next_of(done: subprocess.CompletedProcess[str]) -> Sequence[str]:
    """The arguments of the command that the last line names."""
    assert done.returncode == 0, done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("next: assay "), done.stderr
    return shlex.split(line)[2:]


def test_each_command_names_one_that_works(assay: Assay, tmp_path: Path) -> None:
    """grade → estimate → compare → report over two runs, typing nothing but what the last line says."""
    runs = [sampled(tmp_path / "assay-work", name) for name in ("one", "two")]

    graded = assay("grade", *(run.root for run in runs))
    estimated = assay(*next_of(graded))
    compared = assay(*next_of(estimated))
    reported = assay(*next_of(compared))

    assert [*next_of(graded)] == ["estimate", *(str(run.root) for run in runs)]
    assert next_of(estimated)[0] == "compare"
    assert next_of(compared)[0] == "report"
    assert next_of(reported)[0] == "serve"
    report = json.loads((tmp_path / "assay-work" / "study.json").read_text())
    assert {run["model"] for run in report["runs"]} == {"one", "two"}
    for run in runs:
        assert len(run.grades.read_text().splitlines()) == 20
        assert len(run.completions.read_text().splitlines()) == 20


def test_what_is_no_graded_run_is_named_with_the_next_command(assay: Assay, tmp_path: Path) -> None:
    """A run that is only sampled, a folder of runs, a folder that is not there."""
    run = sampled(tmp_path / "my work", "one")

    ungraded, above, nothing = (
        assay("estimate", str(path)) for path in (run.root, tmp_path / "my work", tmp_path / "none")
    )

    assert f"this run is not graded yet — first: assay grade {shlex.quote(str(run.root))}" in ungraded.stderr
    assert (
        f"a folder of runs, not a run — give the runs in it: {shlex.quote(str(tmp_path / 'my work' / 'runs'))}/*"
        in above.stderr
    )
    assert "none: no such folder — give the folder of a graded run" in nothing.stderr


def test_a_run_is_graded_where_it_is_by_any_of_its_names(assay: Assay, tmp_path: Path) -> None:
    """By its folder, or by the completions in it with --out on the folder; the samples and their manifest stay."""
    run = sampled(tmp_path / "work", "one")
    before = run.completions.read_bytes()

    first = assay("grade", run.completions, "--benchmark", "starter", "--out", run.root, "--json")
    again = assay("grade", run.root, "--json")

    assert first.returncode == again.returncode == 0, first.stderr + again.stderr
    one, two = json.loads(first.stdout), json.loads(again.stdout)
    assert one["suites"] == two["suites"]
    assert one["missing_problems"] == ["starter/3", "starter/4"]
    assert (one["executed"] > 0, two["executed"]) == (True, 0)
    assert run.completions.read_bytes() == before
    assert json.loads(run.manifest.read_text())["plan"]["model"] == "one"


def test_a_run_is_graded_beside_itself_under_its_model_s_name(assay: Assay, tmp_path: Path) -> None:
    """With another --out; its own folder gets no grades."""
    run = sampled(tmp_path / "work", "one")

    done = assay("grade", run.root, "--out", "beside")

    assert next_of(done) == ["estimate", "beside"]
    assert not run.grades.exists()
    assert json.loads((tmp_path / "beside" / "manifest.jsonl").read_text())["plan"]["model"] == "one"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{run}", "--benchmark", "starter", "--stop", "x", "--out", "{run}"], "--stop truncates answers"),
        (["samples.jsonl", "--benchmark", "starter", "--out", "{run}"], "a run of one, with its samples"),
        (["folder", "--benchmark", "starter", "--out", "folder/graded"], "would lie among the samples"),
    ],
)
def test_what_would_mix_two_things_is_refused(
    assay: Assay, tmp_path: Path, arguments: list[str], said: str
) -> None:
    """In one line, and nothing is written."""
    run = sampled(tmp_path / "work", "one")
    row = json.dumps({"task_id": "starter/1", "solution": "x = 1"})
    (tmp_path / "samples.jsonl").write_text(row)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "samples.jsonl").write_text(row)

    done = assay("grade", *(a.format(run=run.root) for a in arguments))

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"assay: .*{re.escape(said)}.* — .*\n", done.stderr), done.stderr
    assert sorted(p.name for p in run.root.iterdir()) == ["completions.jsonl", "manifest.jsonl"]
    assert not (tmp_path / "folder" / "graded").exists()
