"""Sampling in rounds of candidates: a problem stops once it is decided whether k samples solve it.

The bound on one problem's pass rate holds after every sample (estimates/sequential.py), so each problem may stop by
itself. Easy and hopeless problems stop early; what is spared goes nowhere: no pass@k is stated of such a run.
"""

from collections import Counter

from modelassay.core.measured import Decided
from modelassay.estimates.estimate import counts
from modelassay.estimates.sequential import problem_decided
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import Study
from modelassay.pipeline.run.comparison_rounds import compared_quantity
from modelassay.pipeline.run.job import RunResult, advance_job, finish_job
from modelassay.pipeline.run.precomputed import Sampled, replay_job
from modelassay.pipeline.run.progress import Progress


def run_until_decided(job: Job, study: Study, progress: Progress) -> RunResult:
    """Sample and grade a job until every problem is decided or has all its samples."""
    assert study.sequential is not None
    suite, k = compared_quantity(job, study)
    size, level = study.sequential.candidates_per_round, study.estimates.level
    recorded = None if job.precomputed is None else replay_job(job, progress)
    most = job.plan.samples_per_problem or _most(recorded)
    limits, left = dict.fromkeys(job.plan.problems, 0), set(job.plan.problems)
    found: dict[str, Decided] = {}
    for limit in range(size, most + size, size):
        limits |= dict.fromkeys(left, min(limit, most))
        sampled, graded = advance_job(job, study, progress, limits, recorded)
        tallies = counts(graded.grades, suite)
        for problem in left & tallies.keys():
            n, c = tallies[problem]
            found[problem] = Decided(
                problem=problem, suite=suite, k=k, graded=n, passed=c, level=level,
                solved=problem_decided(n, c, k, level),
            )  # fmt: skip
        left = {p for p in left if p not in found or found[p].solved is None}
        if not left:
            break
    return finish_job(job, study, sampled, graded, [found[p] for p in job.plan.problems if p in found])


def _most(recorded: Sampled | None) -> int:
    """The largest number of samples that a file holds of a problem."""
    return max(Counter(c.problem for c in recorded.completions).values(), default=0) if recorded else 0
