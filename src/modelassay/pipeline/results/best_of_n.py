"""`assay estimate RUN --best-of`: problems solved by one answer picked from n samples, by who picks it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from modelassay.core.errors import InputError
from modelassay.core.measured import Asserts, Completion, Grade, Problem, Suite
from modelassay.core.records import Record
from modelassay.core.store import read_records, write_records
from modelassay.core.workdir import RunDir
from modelassay.estimates.best_of_n import Candidate, Selector, enough, solved
from modelassay.grading.pool import PoolOptions, grade_many, likeness
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.results.from_runs import load_run
from modelassay.pipeline.run.concurrent_grading import stamp, text_sha256
from modelassay.sources.problems.public_tests import shown_asserts
from modelassay.sources.problems.python_source import helpers

DEFAULT_NS: Final = (1, 2, 5, 10, 20, 50, 100, 200)
SHOWN: Final = "shown"  # the suite of the tests in the prompt


class BestOf(Record):
    """Expected number of problems solved by one answer picked from n samples, by who picks.

    oracle: always a right one if there is one. shown: one that passes the tests in the prompt, where there are any
    (`with_tests` of the problems) and any passes. agreement: one of the largest group of equal programs. anybody: any.
    """

    suite: str
    n: int
    problems: int
    with_tests: int
    oracle: float
    shown: float
    agreement: float
    anybody: float


class BestOfCurve(Record):
    """The curve of a run; enough: picker → n beyond which a further sample adds less than `gain` problems."""

    points: tuple[BestOf, ...]
    gain: float
    enough: dict[str, int | None]


_PICKERS: dict[str, Selector] = {
    "oracle": "oracle", "shown": "shown tests", "agreement": "agreement", "anybody": "none",
}  # fmt: skip


def best_of_run(
    path: Path, source: Source, gain: float, options: PoolOptions, ns_wanted: Sequence[int] = DEFAULT_NS
) -> BestOfCurve:
    """The curve of a run, for those of `ns_wanted` that the samples allow, under its strictest suite.

    Samples are run once on the tests that their prompts show; these grades stay in the run's folder.
    Raises InputError where a problem has no sample, MissingError where there is no graded run.
    """
    run = load_run(RunDir(path), source)
    suite = run.job.problems.problems[0].suites[-1].name
    texts = {(c.problem, c.index): c for c in run.sampled.completions}
    tested = shown_problems(run.job.problems.problems, options)
    passing = _passing(RunDir(path), tested, run.sampled.completions, options)
    problems: dict[str, list[Candidate]] = {}
    for grade in (g for g in run.graded.grades if g.suite == suite):
        completion = texts.get((grade.problem, grade.index))
        behaviour = "" if completion is None or grade.outcome == "no-program" else repr(likeness(completion))
        shown = grade.problem not in tested or (grade.problem, grade.index) in passing
        problems.setdefault(grade.problem, []).append(
            Candidate(right=grade.outcome == "passed", shown=shown, behaviour=behaviour)
        )
    if not problems:
        raise InputError(f"no grades under suite {suite}", path=path, hint="grade the run again")
    ns = [n for n in ns_wanted if n <= min(map(len, problems.values()))]
    curves = {name: solved(problems, ns, picker) for name, picker in _PICKERS.items()}
    points = tuple(
        BestOf(
            suite=suite, n=n, problems=len(problems), with_tests=len(tested.keys() & problems.keys()),
            **{name: curve[n] for name, curve in curves.items()},
        )
        for n in ns
    )  # fmt: skip
    return BestOfCurve(
        points=points, gain=gain, enough={name: enough(curve, gain) for name, curve in curves.items()}
    )


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
