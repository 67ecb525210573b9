"""`assay plan`: what a study will take and what it could show, before anything is run.

Published scores serve as a prior for planning only; no estimate or verdict ever takes them in.
"""

from dataclasses import replace
from pathlib import Path

from modelassay.core.measured import Completion, SpeedPoint
from modelassay.core.records import Record
from modelassay.core.store import read_records
from modelassay.core.workdir import WorkDir
from modelassay.estimates.planning import (
    ASSUMED,
    Assumed,
    Design,
    candidates_needed,
    detectable,
    problems_needed,
)
from modelassay.estimates.together import level_of
from modelassay.evidence.base import Evidence
from modelassay.pipeline.plan.evidence_bases import evidence_of
from modelassay.pipeline.plan.jobs import Job, plan_study
from modelassay.pipeline.plan.models import Fetching
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.plan.study_reader import read_study
from modelassay.pipeline.plan.study_speed import DeviceQuestion, PlannedSpeed, check, planned_speed

UNKNOWN_PASS_AT_1 = 0.5  # where nothing is published: the value that asks for the most problems


class PlannedRun(Record):
    """One run to come. predicted_seconds: from this model's measured rate in the work directory, if any.

    assumed_pass_at_1 and its source are the prior; weight_bytes is `None` for precomputed samples and where nothing says
    how large the model is. revision: the Hub's commit, "" for a folder; note: what could not be looked up, and why.
    on_device: the prediction for the device that was asked about; not_predicted: why there is none.
    """

    model: str
    benchmark: str
    problems: int
    candidates: int
    done: int
    predicted_seconds: float | None
    weight_bytes: int | None
    assumed_pass_at_1: float
    assumed_from: str
    hub_id: str = ""
    revision: str = ""
    note: str = ""
    on_device: PlannedSpeed | None = None
    not_predicted: str = ""


class PlannedComparison(Record):
    """What a comparison could show with 80% power at `level`, in shares of 1.

    level: at which it will be taken, stricter than the study's where several rivals meet the baseline.
    problems_needed, candidates_needed: to show a difference as large as the study's margin; `None`: no number
    of samples does on these problems. The ranges: over how far models agreed on problems and how their pass rates
    spread wherever it was measured (estimates/planning.py, ASSUMED).
    """

    model: str
    baseline: str
    benchmark: str
    k: int
    detectable_difference: float
    margin: float
    problems_needed: int | None
    candidates_needed: int | None
    level: float
    detectable_range: tuple[float, float]
    problems_range: tuple[int, int] | None


class StudyPlan(Record):
    """The plan of a study."""

    runs: tuple[PlannedRun, ...]
    comparisons: tuple[PlannedComparison, ...]


def plan(path: Path, workdir: WorkDir, source: Source, asked: DeviceQuestion | None = None) -> StudyPlan:
    """Read a study, check that its inputs are there, and say what it takes. Nothing is sampled, and no weights are fetched.

    asked: the device on which the time of each run is predicted, if any.
    """
    if asked is not None:
        check(asked)
    study = read_study(path)
    fetching = Fetching(weights=False, unresolved=True)
    jobs = plan_study(study, path.parent, workdir, source, fetching)
    evidence = evidence_of(workdir)
    runs = {id(job): _run(job, workdir, evidence, asked) for job in jobs}
    comparisons = []
    pairs = []
    for job in jobs:
        base = next(
            (
                j for j in jobs
                if j.model.name == study.baseline and j.plan.problems == job.plan.problems and j is not job
            ),
            None,
        )  # fmt: skip
        if base is not None:
            pairs.append((job, runs[id(job)], runs[id(base)]))
    sequential = study.sequential is not None
    for job, run, held in pairs:
        rivals = len(pairs) if sequential else sum(other.benchmark == run.benchmark for _, other, _ in pairs)
        comparisons.append(_comparison(study, job, run, held, level_of(study.estimates.level, rivals)))
    return StudyPlan(runs=tuple(runs.values()), comparisons=tuple(comparisons))


def _run(job: Job, workdir: WorkDir, evidence: Evidence, asked: DeviceQuestion | None) -> PlannedRun:
    plan_ = job.plan
    wanted = len(plan_.problems) * (plan_.samples_per_problem or 1)
    done = len({(c.problem, c.index) for c in read_records(job.run.completions, Completion)})
    rate = _measured_rate(job, workdir)
    assumed, source = _prior(job, evidence)
    left = max(wanted - done, 0)
    speed = "" if asked is None else planned_speed(job, left, asked)
    return PlannedRun(
        model=job.model.name, benchmark=plan_.benchmark, problems=len(plan_.problems), candidates=wanted,
        done=min(done, wanted), weight_bytes=_weight_bytes(job, evidence), assumed_pass_at_1=assumed, assumed_from=source,
        predicted_seconds=left / rate if rate and job.precomputed is None else None,
        hub_id=plan_.hub_id or job.model.hub_id or "", revision=plan_.revision, note=job.place.trouble,
        on_device=None if isinstance(speed, str) else speed, not_predicted=speed if isinstance(speed, str) else "",
    )  # fmt: skip


def _weight_bytes(job: Job, evidence: Evidence) -> int | None:
    """Of the model's files; where they could not be looked up, from the published number of parameters in 16 bits."""
    if job.precomputed is not None or job.model.backend == "openai":
        return None
    if job.place.hub is not None:
        return job.place.hub.weight_bytes
    if job.path is not None:
        return sum(f.stat().st_size for p in ("*.safetensors", "*.bin") for f in job.folder.glob(p))
    known = evidence.model(job.model.hub_id) if job.model.hub_id else None
    return None if known is None or known.params is None else int(2 * known.params)


def _measured_rate(job: Job, workdir: WorkDir) -> float | None:
    """Samples per second of this model in an earlier run here, the latest if there are several."""
    name = job.run.root.name.split("--", maxsplit=1)[0]
    found = sorted(workdir.runs.glob(f"{name}--*/speed.jsonl"), key=lambda p: p.stat().st_mtime)
    points = read_records(found[-1], SpeedPoint) if found else []
    return points[-1].candidates_per_second if points else None


def _prior(job: Job, evidence: Evidence) -> tuple[float, str]:
    """A published pass@1 of this model on this benchmark, for planning."""
    hub_id = job.model.hub_id
    for fact in evidence.scores(hub_id, job.plan.benchmark) if hub_id else ():
        if fact.value is not None and 0 < fact.value < 1:
            return fact.value, f"{fact.citation.title}, {fact.citation.locator}"
    return UNKNOWN_PASS_AT_1, "nothing published; the value that asks for the most problems"


def _comparison(study: Study, job: Job, run: PlannedRun, base: PlannedRun, level: float) -> PlannedComparison:
    settings, n = study.estimates, job.plan.samples_per_problem or 1
    k = max((k for k in settings.k if k <= n), default=1)
    design = Design(k=k, level=level)
    claims = base.assumed_pass_at_1, run.assumed_pass_at_1
    sides = Assumed(claims[0]), Assumed(claims[1])
    margin = settings.margin
    shown, needed = [], []
    for spread, correlation in ASSUMED:  # the kindest and the harshest of what was measured
        models = Assumed(claims[0], spread), Assumed(claims[1], spread)
        assumed = replace(design, correlation=correlation)
        shown.append(detectable(*models, run.problems, n, assumed))
        needed.append(problems_needed(*models, margin, n, assumed) if margin else 0)
    return PlannedComparison(
        model=run.model, baseline=base.model, benchmark=run.benchmark, k=k, margin=margin,
        detectable_difference=detectable(*sides, run.problems, n, design),
        problems_needed=problems_needed(*sides, margin, n, design) if margin else None,
        candidates_needed=candidates_needed(*sides, margin, run.problems, design) if margin else None,
        level=level, detectable_range=(shown[0], shown[1]),
        problems_range=(needed[0], needed[1]) if margin else None,
    )  # fmt: skip
