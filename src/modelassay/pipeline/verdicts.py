"""`assay estimate` and `assay compare`: from run folders to intervals and paired verdicts."""

from collections.abc import Sequence
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Comparison, Estimate, Grade, Manifest
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import RunDir

DEFAULT_KS = (1, 10, 50, 100)


def read_run(path: Path) -> tuple[Manifest, list[Grade]]:
    """A graded run's manifest and grades. Raises MissingError when it is none."""
    run = RunDir(path)
    manifests, grades = read_records(run.manifest, Manifest), read_records(run.grades, Grade)
    if not manifests or not grades:
        hint = (
            "give a folder with manifest.jsonl and grades.jsonl, as `assay study` and `assay grade` make them"
        )
        raise MissingError("no graded run", path=path, hint=hint)
    return manifests[-1], grades


def estimate_run(path: Path, ks: Sequence[int] | None, level: float) -> list[Estimate]:
    """pass@k of a run; without `ks`, those of 1, 10, 50, 100 that the candidates allow. Written to the run."""
    from modelassay.estimates.estimate import counts, estimate

    _, grades = read_run(path)
    smallest = min(n for suite in {g.suite for g in grades} for n, _ in counts(grades, suite).values())
    chosen = [k for k in DEFAULT_KS if k <= smallest] if ks is None else sorted(set(ks))
    for k in chosen:
        if k > smallest:
            raise InputError(
                f"pass@{k} needs {k} candidates for every problem; the fewest here are {smallest}",
                path=path, hint=f"sample more, or ask for k up to {smallest}",
            )  # fmt: skip
    found = estimate(grades, ks=chosen, level=level)
    write_records(RunDir(path).estimates, found)
    return found


def compare_runs(
    baseline: Path, runs: Sequence[Path], *, k: int, margin: float, level: float
) -> list[Comparison]:
    """Each run against the baseline, suite by suite, on the problems both have."""
    from modelassay.estimates.compare import compare

    base_manifest, base_grades = read_run(baseline)
    found = []
    for path in runs:
        manifest, grades = read_run(path)
        for suite in sorted({g.suite for g in base_grades} & {g.suite for g in grades}):
            found.append(
                compare(
                    base_grades,
                    grades,
                    baseline=base_manifest.plan.model,
                    candidate=manifest.plan.model,
                    benchmark=manifest.plan.benchmark,
                    suite=suite,
                    k=k,
                    margin=margin,
                    level=level,
                )
            )
    return found
