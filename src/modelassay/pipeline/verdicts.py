"""`assay estimate` and `assay compare`: from run folders to intervals and paired verdicts."""

from collections.abc import Sequence
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Comparison, Completion, Estimate, Grade, Manifest
from modelassay.core.records import Record
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import RunDir
from modelassay.pipeline.problems import population_of
from modelassay.pipeline.study_file import Target

DEFAULT_KS = (1, 10, 50, 100)
DEFAULT_NS = (1, 2, 5, 10, 20, 50, 100, 200)


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


def estimate_run(path: Path, ks: Sequence[int] | None, level: float, target: Target) -> list[Estimate]:
    """pass@k of a run; without `ks`, those of 1, 10, 50, 100 that the candidates allow. Written to the run.

    target: what the intervals speak about. Raises InputError where the run says nothing of it.
    """
    from modelassay.estimates.estimate import counts, estimate

    manifest, grades = read_run(path)
    whole = manifest.benchmark_problems or len(manifest.plan.problems)
    population = population_of(target, manifest.plan.benchmark, manifest.problems_chosen, whole)
    smallest = min(n for suite in {g.suite for g in grades} for n, _ in counts(grades, suite).values())
    chosen = [k for k in DEFAULT_KS if k <= smallest] if ks is None else sorted(set(ks))
    for k in chosen:
        if k > smallest:
            raise InputError(
                f"pass@{k} needs {k} candidates for every problem; the fewest here are {smallest}",
                path=path, hint=f"sample more, or ask for k up to {smallest}",
            )  # fmt: skip
    found = estimate(grades, ks=chosen, level=level, population=population)
    write_records(RunDir(path).estimates, found)
    return found


def compare_runs(
    baseline: Path, runs: Sequence[Path], *, k: int, margin: float, level: float
) -> list[Comparison]:
    """The runs against the baseline, suite by suite, on the problems both have; all intervals hold together."""
    from modelassay.estimates.together import Question, compare_together

    base_manifest, base_grades = read_run(baseline)
    others = [read_run(path) for path in runs]
    found = []
    for suite in sorted({g.suite for g in base_grades}):
        able = [(m, grades) for m, grades in others if any(g.suite == suite for g in grades)]
        question = Question(base_manifest.plan.benchmark, suite, k, margin, level)
        sides = [(m.plan.model, grades) for m, grades in able]
        found += compare_together((base_manifest.plan.model, base_grades), sides, question)
    return found


class BestOf(Record):
    """Expected number of problems solved by one answer picked from n candidates, by who picks.

    oracle: always a right one if there is one. agreement: one of the largest group of equal programs. anybody: any.
    """

    suite: str
    n: int
    problems: int
    oracle: float
    agreement: float
    anybody: float


def best_of_run(path: Path, ns_wanted: Sequence[int] = DEFAULT_NS) -> list[BestOf]:
    """The curve of a run, for those of `ns_wanted` that the candidates allow, under its strictest suite."""
    from modelassay.estimates.best_of_n import Candidate, solved
    from modelassay.grading.pool import likeness

    _, grades = read_run(path)
    texts = {(c.problem, c.index): c for c in read_records(RunDir(path).completions, Completion)}
    suite = grades[-1].suite
    problems: dict[str, list[Candidate]] = {}
    for grade in (g for g in grades if g.suite == suite):
        completion = texts.get((grade.problem, grade.index))
        behaviour = "" if completion is None or grade.outcome == "no-program" else repr(likeness(completion))
        problems.setdefault(grade.problem, []).append(
            Candidate(right=grade.outcome == "passed", behaviour=behaviour)
        )
    smallest = min(map(len, problems.values()))
    ns = [n for n in ns_wanted if n <= smallest]
    curves = {who: solved(problems, ns, who) for who in ("oracle", "agreement", "none")}
    return [
        BestOf(
            suite=suite, n=n, problems=len(problems), oracle=curves["oracle"][n],
            agreement=curves["agreement"][n], anybody=curves["none"][n],
        )
        for n in ns
    ]  # fmt: skip
