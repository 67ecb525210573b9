"""`assay estimate` and `assay compare`: from run folders to intervals and paired verdicts."""

import shlex
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from modelassay.core.errors import MissingError
from modelassay.core.measured import Comparison, Completion, Estimate, Grade, LeftOut, Manifest
from modelassay.core.store import iter_records, read_records, write_records
from modelassay.core.workdir import RunDir
from modelassay.pipeline.plan.problems import population_of
from modelassay.pipeline.plan.study_file import Target
from modelassay.pipeline.run.sample_counts import check_ks

DEFAULT_KS = (1, 10, 50, 100)


def read_run(path: Path) -> tuple[Manifest, list[Grade]]:
    """A graded run's manifest and grades. Raises MissingError when it is none."""
    return read_manifest(path), read_records(RunDir(path).grades, Grade)


def read_manifest(path: Path) -> Manifest:
    """A graded run's manifest. Raises MissingError when it is none."""
    run = RunDir(path)
    manifests = read_records(run.manifest, Manifest)
    if not manifests or next(iter_records(run.grades, Grade), None) is None:
        raise _no_run(path)
    return manifests[-1]


def _no_run(path: Path) -> MissingError:
    """What stands there instead of a graded run, and what makes one of it."""
    command = f"assay grade {shlex.quote(str(path))}"
    if not path.exists():
        return MissingError("no such folder", path=path, hint="give the folder of a graded run")
    if RunDir(path).completions.is_file():
        return MissingError("this run is not graded yet", path=path, hint=f"first: {command}")
    if (path / "runs").is_dir():
        runs = f"{shlex.quote(str(path / 'runs'))}/*"
        return MissingError("a folder of runs, not a run", path=path, hint=f"give the runs in it: {runs}")
    hint = "give a folder with manifest.jsonl and grades.jsonl, as `assay study` and `assay grade` make them"
    return MissingError("no graded run", path=path, hint=hint)


def estimate_run(path: Path, ks: Sequence[int] | None, level: float, target: Target) -> list[Estimate]:
    """pass@k of a run; without `ks`, those of 1, 10, 50, 100 that the samples allow. Written to the run.

    target: what the intervals speak about. Raises InputError where the run says nothing of it.
    """
    from modelassay.estimates.estimate import counts, estimate

    manifest, grades = read_run(path)
    whole = manifest.benchmark_problems or len(manifest.plan.problems)
    population = population_of(target, manifest.plan.benchmark, manifest.problems_chosen, whole)
    graded: dict[str, int] = {}
    for suite in {g.suite for g in grades}:
        for problem, (n, _) in counts(grades, suite).items():
            graded[problem] = min(n, graded.get(problem, n))
    chosen = [k for k in DEFAULT_KS if k <= min(graded.values())] if ks is None else sorted(set(ks))
    check_ks(chosen, graded, path)
    lost = len(left_out_of(RunDir(path), grades))
    given = estimate(
        grades, ks=chosen, level=level, population=population, expected=_expected(RunDir(path), grades),
        greedy=manifest.plan.greedy,
    )  # fmt: skip
    found = [msgspec.structs.replace(e, left_out=lost) for e in given]
    write_records(RunDir(path).estimates, found, keep=True)
    return found


def left_out_of(run: RunDir, grades: Sequence[Grade]) -> dict[str, str]:
    """Problems whose samples have no grades, so that no estimate speaks of them, and why as far as it is known."""
    reasons = {entry.problem: entry.reason for entry in read_records(run.left_out, LeftOut)}
    asked = dict.fromkeys(c.problem for c in iter_records(run.completions, Completion))
    graded = {g.problem for g in grades}
    return {p: reasons.get(p, "its samples have no grades") for p in (*asked, *reasons) if p not in graded}


def _expected(run: RunDir, grades: Sequence[Grade]) -> Counter[str] | None:
    """Problem → samples that should have grades; None where as many have them as there are lines."""
    if not run.completions.exists():
        return None
    with run.completions.open("rb") as file:
        lines = sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))
    if lines == len({(g.problem, g.index) for g in grades}):
        return None
    texts = {(c.problem, c.index) for c in iter_records(run.completions, Completion)}
    graded = {g.problem for g in grades}  # a problem without any is left out, and told elsewhere
    return Counter(problem for problem, _ in texts if problem in graded)


def compare_runs(
    baseline: Path, runs: Sequence[Path], *, k: int, margin: float, level: float
) -> list[Comparison]:
    """The runs against the baseline, suite by suite, on the problems both have; all intervals hold together.

    The strictest suite comes first and alone carries verdicts: those of two suites would err twice as often.
    """
    from modelassay.estimates.together import Question, compare_together
    from modelassay.pipeline.run.looks import Pair, look_number

    base_manifest, base_grades = read_run(baseline)
    others = [(RunDir(path), *read_run(path)) for path in runs]
    suites = list(dict.fromkeys(g.suite for g in base_grades))[::-1]
    found = []
    for suite in suites:
        able = [o for o in others if any(g.suite == suite for g in o[2])]
        stated = suite == suites[0]
        question = Question(base_manifest.plan.benchmark, suite, k, margin, level, stated=stated)
        looks = [
            look_number(run, Pair(base_manifest.plan, m.plan, suite, k), base_grades, grades) if stated else 1
            for run, m, grades in able
        ]
        sides = [(m.plan.model, grades) for _, m, grades in able]
        found += compare_together((base_manifest.plan.model, base_grades), sides, question, looks)
    return found


def what_to_know(baseline: Path, runs: Sequence[Path], found: Sequence[Comparison]) -> list[str]:
    """What a reader of comparisons could take for something else: fewer problems, a run against itself, another k than
    the report's.
    """
    notes = [
        f"{c.candidate} against {c.baseline}, suite {c.suite}: rests on {c.problems} problems that both have; left "
        f"out are {c.only_baseline} of the baseline's and {c.only_candidate} of the other's"
        for c in found
        if c.only_baseline or c.only_candidate
    ]
    notes += [
        f"{path} is compared with itself: the difference is 0 whatever the model is worth"
        for path in runs
        if path.resolve() == baseline.resolve()
    ]
    for suite, k in [(c.suite, c.k) for c in found[:1]]:  # the strictest suite's, which a report puts first
        given = [read_records(RunDir(path).estimates, Estimate) for path in (baseline, *runs)]
        shared = set.intersection(*({e.k for e in estimates if e.suite == suite} for estimates in given))
        if shared and max(shared) != k:
            notes.append(
                f"pass@{k} is compared here; `assay report` of these runs answers at pass@{max(shared)}, the largest "
                f"that all of them have: --k {max(shared)} compares it"
            )
    return notes
