"""`assay grade`: a file of samples from any tool → grades on disk and a summary with pass@k."""

import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.core.measured import LeftOut, Manifest
from modelassay.core.records import Record
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.jobs import Job, job_for_samples
from modelassay.pipeline.plan.problems import Source, load_problems
from modelassay.pipeline.plan.study_file import BenchmarkEntry, EstimatesEntry, GradingEntry
from modelassay.pipeline.results.health import Health, health_of
from modelassay.pipeline.run.grades import Graded, grade_job
from modelassay.pipeline.run.job import estimate_job, replay_job
from modelassay.pipeline.run.manifest import ensure_manifest
from modelassay.pipeline.run.progress import Progress


@dataclass(frozen=True)
class GradeRequest:
    """What to grade against what. One of `benchmark` and `problems` is given. ks_asked: the user named the ks."""

    samples: Path
    benchmark: str | None
    problems: Path | None
    out: Path | None
    format: str | None
    ks: tuple[int, ...]
    stop: tuple[str, ...] = ()
    ks_asked: bool = False


class PassAtK(Record):
    """One pass@k in [0, 1] with its interval."""

    value: float
    low: float
    high: float
    level: float


class SuiteSummary(Record):
    """pass@k of one suite, keyed by k."""

    pass_at_k: dict[str, PassAtK]


class GradeSummary(Record):
    """What `assay grade --json` prints; docs/architecture.md's contract fixes the first ten fields.

    outcomes: of the strictest suite, one per sample. executed: programs run; equal ones run once.
    missing_problems have no sample and take no part in pass@k; unknown_problems are not in the set. left_out: problems
    that cannot be judged. comparison: the rule by which printed output is compared. estimate_refused: why there is no
    pass@k.
    """

    benchmark: str
    version: str
    problems: int
    candidates: int
    executed: int
    suites: dict[str, SuiteSummary]
    outcomes: dict[str, int]
    ungraded: int
    seconds: float
    candidates_per_second: float
    sandbox_level: str
    missing_problems: tuple[str, ...]
    unknown_problems: tuple[str, ...]
    grades: str
    health: Health
    left_out: tuple[LeftOut, ...]
    comparison: str | None = None
    estimate_refused: str | None = None


def grade_samples(
    request: GradeRequest, grading: GradingEntry, source: Source, workdir: Path, progress: Progress
) -> GradeSummary:
    """Grade a file, resuming what the same file's earlier grading did in the same folder."""
    file = None if request.problems is None else str(request.problems)
    chosen = load_problems(BenchmarkEntry(name=request.benchmark or "", file=file), Path(), source, 0)
    problems = chosen.problems
    out = request.out or workdir / "graded" / f"{request.samples.name}--{problems.name}"
    job = job_for_samples(request.samples, request.format, request.stop, chosen, RunDir(out))
    _make_way(job, progress)
    recording = replay_job(job, progress)
    if request.ks_asked:
        check_ks(request.ks, Counter(c.problem for c in recording.completions), request.samples)
    manifest = ensure_manifest(job, grading)
    started = time.perf_counter()
    result = grade_job(job, recording.completions, grading, progress)
    seconds = time.perf_counter() - started
    estimates = estimate_job(job, result, recording.completions, EstimatesEntry(k=request.ks), grading)
    strictest = problems.problems[0].suites[-1].name
    suites: dict[str, dict[str, PassAtK]] = {s.name: {} for s in problems.problems[0].suites}
    for e in estimates:
        i = e.interval
        suites[e.suite][str(e.k)] = PassAtK(value=e.value, low=i.low, high=i.high, level=i.level)
    return GradeSummary(
        benchmark=problems.name, version=problems.version, problems=len(problems.problems),
        candidates=len(recording.completions), executed=result.executed,
        suites={name: SuiteSummary(pass_at_k=block) for name, block in suites.items()},
        outcomes=dict(Counter(g.outcome for g in result.grades if g.suite == strictest)),
        ungraded=result.ungraded, seconds=seconds,
        candidates_per_second=len(recording.completions) / seconds if seconds else 0.0,
        sandbox_level=manifest.sandbox_level,
        missing_problems=recording.missing, unknown_problems=recording.unknown,
        grades=str(job.run.grades),
        health=health_of(result.grades, strictest, {**result.troubles, **result.left_out}, recording.alarms),
        left_out=tuple(LeftOut(problem=p, reason=why) for p, why in result.left_out.items()),
        estimate_refused=None if estimates or not result.left_out else refusal(result, len(problems.problems)),
    )  # fmt: skip


def check_ks(ks: Sequence[int], samples: Mapping[str, int], path: Path) -> None:
    """Raises InputError, in one line, for a k that some problem has too few samples for."""
    if not samples:
        return
    problem, fewest = min(samples.items(), key=lambda item: item[1])
    for k in ks:
        if k > fewest:
            raise InputError(
                f"pass@{k} needs {k} samples for every problem; the fewest here are {fewest}, of {problem}",
                path=path, hint=f"sample more, or ask for k up to {fewest}",
            )  # fmt: skip


def refusal(graded: Graded, problems: int) -> str:
    """Why there is no estimate, in a line."""
    first = "; ".join(f"{problem}: {why}" for problem, why in list(graded.left_out.items())[:2])
    more = f"; and {len(graded.left_out) - 2} more" if len(graded.left_out) > 2 else ""
    count = len(graded.left_out)
    return f"{count} of {problems} problems cannot be graded here, so there is no estimate: {first}{more}"


def _make_way(job: Job, progress: Progress) -> None:
    """A folder that holds the grading of other samples is emptied of it; anything foreign is left alone."""
    run = job.run
    if run.root.exists() and not run.root.is_dir():
        raise InputError("--out is a file", path=run.root, hint="name a folder")
    known = read_records(run.manifest, Manifest)
    if known and known[-1].plan != job.plan:
        progress.note(f"{run.root}: held the grades of other samples; they are replaced")
        for path in (run.manifest, run.completions, run.grades, run.estimates, run.timings, run.left_out):
            path.unlink(missing_ok=True)
    elif run.root.exists() and not known and run.completions.exists():
        shutil.move(run.completions, run.completions.with_suffix(".jsonl.old"))
