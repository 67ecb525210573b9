"""Before the first token is sampled: the reference of every custom problem goes through the grader.

A published set's references are known to pass. A custom problem whose reference fails, or whose tests cannot be set up
here, would be found out only when its samples are graded, after the time was spent.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading.pool import Tally, grade_many
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.run.concurrent_grading import pool_options
from modelassay.pipeline.run.progress import Progress

NAMED: Final = 3  # problems in the message
_NOTHING: Final = (
    "pass\n"  # graded where there is no reference: whether the tests can be set up shows even so
)


def check_custom_problems(jobs: Sequence[Job], grading: GradingEntry, progress: Progress) -> None:
    """Grade the references of the custom problems that are to be sampled and have no sample yet.

    Raises InputError for those that cannot be graded; with `skip_unjudgeable` they are named, and the study goes on.
    """
    sets: dict[str, dict[str, Problem]] = {}
    for job in jobs:
        if job.chosen.own and job.precomputed is None and not job.run.completions.exists():
            known = sets.setdefault(job.problems.sha256, {})
            known.update({problem.id: problem for problem in job.problems.problems})
    problems = [problem for known in sets.values() for problem in known.values()]
    if not problems:
        return
    progress.stage("grading references", len(problems))
    failed = _ungradable(problems, grading, progress)
    if not failed:
        return
    said = f"{len(failed)} of {len(problems)} custom problems cannot be graded here: {_shown(failed)}"
    if not grading.skip_unjudgeable:
        hint = "correct them, or leave them out with skip_unjudgeable = true under [grading]; nothing was sampled"
        raise InputError(said, hint=hint)
    progress.note(f"{said}; they are left out of every estimate")


def _ungradable(problems: Sequence[Problem], grading: GradingEntry, progress: Progress) -> Mapping[str, str]:
    """Problem → why no sample of it can be graded."""
    tally = Tally()
    work = (
        (p, [Completion(problem=p.id, index=0, text=p.reference or _NOTHING, form="program")])
        for p in problems
    )
    for _ in grade_many(work, pool_options(grading), tally):
        progress.advance()
    return {p.id: tally.unjudgeable[p.id] for p in problems if p.id in tally.unjudgeable}


def _shown(failed: Mapping[str, str]) -> str:
    """The first ones with their reasons, and how many more there are."""
    said = "; ".join(f"{problem}: {why}" for problem, why in list(failed.items())[:NAMED])
    return said + (f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else "")
