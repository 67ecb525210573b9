"""`assay estimate RUN --best-of`: problems solved by one answer picked from n samples, by who picks it."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from modelassay.core.best_of_n import BestOf, BestOfCurve, Gain
from modelassay.core.errors import InputError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import RunDir
from modelassay.estimates.best_of_n import Candidate, Selector, chances, enough, picked
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.grading.work import likeness
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.results.from_runs import grades_digest, load_run
from modelassay.pipeline.run.concurrent_grading import stamp, text_sha256
from modelassay.pipeline.run.job import RunResult
from modelassay.sources.problems.public_tests import shown_asserts
from modelassay.sources.problems.python_source import helpers

DEFAULT_NS: Final = (1, 2, 5, 10, 20, 50, 100, 200)
SHOWN: Final = "shown"  # the suite of the tests in the prompt


_PICKERS: dict[str, Selector] = {
    "oracle": "oracle", "shown": "shown tests", "agreement": "agreement", "anybody": "none",
}  # fmt: skip


def best_of_run(
    path: Path, source: Source, gain: float, options: PoolOptions, level: float = 0.95
) -> BestOfCurve:
    """The curve of a run in a folder; see `best_of`. Raises MissingError where there is no graded run."""
    return best_of(load_run(RunDir(path), source), options, level=level, gain=gain)


def best_of(
    run: RunResult,
    options: PoolOptions,
    *,
    level: float,
    gain: float = 0.1,
    ns: Sequence[int] = DEFAULT_NS,
) -> BestOfCurve:
    """The curve of a run, for those of `ns` that the samples allow, under its strictest suite; kept in its folder.

    Samples are run once on the tests that their prompts show; these grades stay in the run's folder, too.
    Raises InputError where a problem has no sample.
    """
    folder, suite = run.job.run, run.job.problems.problems[0].suites[-1].name
    tested = shown_problems(run.job.problems.problems, options)
    problems = _candidates(run, suite, tested, _passing(folder, tested, run.sampled.completions, options))
    if not problems:
        raise InputError(f"no grades under suite {suite}", path=folder.root, hint="grade the run again")
    asked = [n for n in ns if n <= min(map(len, problems.values()))]
    each = {name: chances(problems, asked, picker) for name, picker in _PICKERS.items()}
    points = []
    for n in asked:
        found = {name: picked(each[name][n], each["anybody"][n], level) for name in _PICKERS}
        points.append(
            BestOf(
                suite=suite, n=n, problems=len(problems), with_tests=len(tested.keys() & problems.keys()),
                **{name: float(each[name][n].sum()) for name in _PICKERS},
                intervals={name: it.interval for name, it in found.items()},
                gains={
                    name: Gain(value=it.gain, interval=it.gain_interval)
                    for name, it in found.items()
                    if name != "anybody"
                },
            )
        )  # fmt: skip
    curves = {name: {p.n: float(getattr(p, name)) for p in points} for name in _PICKERS}
    curve = BestOfCurve(
        points=tuple(points), gain=gain, rests_on=grades_digest(folder),
        enough={name: enough(values, gain) for name, values in curves.items()},
    )  # fmt: skip
    write_records(folder.best_of_n, [curve])
    return curve


def curves_of(results: Iterable[RunResult], options: PoolOptions, level: float) -> dict[str, BestOfCurve]:
    """Run → its curve, for the runs with grades and two or more samples of every problem."""
    found = {r.id: best_of(r, options, level=level) for r in results if r.estimates}
    return {name: curve for name, curve in found.items() if len(curve.points) > 1}


def _candidates(
    run: RunResult, suite: str, tested: Mapping[str, Problem], passing: set[tuple[str, int]]
) -> dict[str, list[Candidate]]:
    """Problem → what a selector can see of each of its samples."""
    texts = {(c.problem, c.index): c for c in run.sampled.completions}
    problems: dict[str, list[Candidate]] = {}
    for grade in (g for g in run.graded.grades if g.suite == suite):
        completion = texts.get((grade.problem, grade.index))
        behaviour = "" if completion is None or grade.outcome == "no-program" else repr(likeness(completion))
        shown = grade.problem not in tested or (grade.problem, grade.index) in passing
        problems.setdefault(grade.problem, []).append(
            Candidate(right=grade.outcome == "passed", shown=shown, behaviour=behaviour)
        )
    return problems


def shown_problems(problems: Iterable[Problem], options: PoolOptions) -> dict[str, Problem]:
    """Problem → the problem with the tests of its prompt in the place of its own.

    Prompts can be wrong about their own examples: of a problem with a reference only those stay that it passes.
    """
    asserts = {p.id: (p, shown_asserts(p)) for p in problems}
    single = {
        (name, number): _with_tests(p, (statement,))
        for name, (p, statements) in asserts.items()
        for number, statement in enumerate(statements)
        if p.reference
    }
    work = [
        (
            # Here the reference is the sample: what it fails is no fault of the problem.
            msgspec.structs.replace(one, id=f"{name}#{number}", reference=None),
            [Completion(problem=f"{name}#{number}", index=0, text=one.reference or "", form="program")],
        )
        for (name, number), one in single.items()
    ]
    wrong = {g.problem for batch in grade_many(work, options) for g in batch if g.outcome != "passed"}
    found = {}
    for name, (p, statements) in asserts.items():
        kept = tuple(s for number, s in enumerate(statements) if f"{name}#{number}" not in wrong)
        if kept:
            found[name] = _with_tests(p, kept)
    return found


def _with_tests(problem: Problem, asserts: tuple[str, ...]) -> Problem:
    setup = helpers(problem.prompt, problem.entry_point) if "def " in problem.prompt else ""
    suite = Suite(name=SHOWN, oracle=Asserts(asserts=asserts, setup=setup))
    return msgspec.structs.replace(problem, suites=(suite,))


def _passing(
    run: RunDir, tested: dict[str, Problem], completions: Sequence[Completion], options: PoolOptions
) -> set[tuple[str, int]]:
    """Which samples pass the tests of their prompt; from the run's folder where they stand there."""
    wanted = [c for c in completions if c.problem in tested]
    texts = {(c.problem, c.index): text_sha256(c) for c in wanted}
    known = {(g.problem, g.index): g for g in read_records(run.shown, Grade)}
    if any(key not in known or known[key].text_sha256 != text for key, text in texts.items()):
        by_problem: dict[str, list[Completion]] = {}
        for completion in wanted:
            by_problem.setdefault(completion.problem, []).append(completion)
        work = [(tested[name], given) for name, given in by_problem.items()]
        grades = [g for batch in grade_many(work, options) for g in stamp(batch, texts)]
        write_records(run.shown, grades)
        known = {(g.problem, g.index): g for g in grades}
    return {key for key in texts if key in known and known[key].outcome == "passed"}
