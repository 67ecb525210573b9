"""The grading of a run: a sample whose text has its grades keeps them, any other gets them, problem by problem."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from modelassay.core.index_ranges import IndexRanges
from modelassay.core.measured import Completion, Grade, LeftOut
from modelassay.core.problems import Problem
from modelassay.core.store import Journal, write_records
from modelassay.pipeline.plan.jobs import Job
from modelassay.pipeline.plan.study_file import GradingEntry
from modelassay.pipeline.run.concurrent_grading import pool_options, stamp, text_sha256
from modelassay.pipeline.run.files import graded_candidates, part, spans, stored_grades
from modelassay.pipeline.run.progress import Progress

NAMED = 10  # problems that are named one by one
# Samples of a problem that are graded together where each is run for itself: their texts and outcomes are in memory.
TOGETHER: Final = 1_000
SampleLimits = Mapping[str, int]  # problem → how many of its samples are asked, from index 0 on


@dataclass(frozen=True)
class Graded:
    """The grades of a job, how many samples have none, and how many programs were run for it.

    left_out: problem → why it cannot be graded; none of the grades is of such a problem. troubles: other problems some of
    whose samples have no grade, and why.
    """

    grades: Sequence[Grade]
    ungraded: int
    executed: int
    left_out: Mapping[str, str] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _State:
    """What a run's grades lack. asked: samples; lacking: problem → indices of those without all their grades;
    stale: (problem, index, suite, hash of the text) of grades whose text is gone.
    """

    asked: int = 0
    lacking: dict[str, IndexRanges] = field(default_factory=dict)
    stale: set[tuple[str, int, str, str]] = field(default_factory=set)


def within(completion: Completion | Grade, limits: SampleLimits | None) -> bool:
    """Whether a sample is among those asked."""
    return limits is None or completion.index < limits.get(completion.problem, 0)


def grade_job(
    job: Job,
    completions: Sequence[Completion],
    grading: GradingEntry,
    progress: Progress,
    limits: SampleLimits | None = None,
) -> Graded:
    """Every grade of the completions, those on disk kept, and how many samples could not be graded.

    completions: in order of problem and index. limits: grade, and return, only these; grades beyond stay on disk.
    """
    from modelassay.grading.pool import Tally, grade_many

    problems = job.problems.problems
    with Journal(job.run.grades, Grade, read_next=True) as journal:
        state = _state(job, completions, limits)
        label = f"grading {job.model.name} on {job.plan.benchmark}"
        progress.stage(label, state.asked, state.asked - sum(map(len, state.lacking.values())))
        tally = Tally()
        texts: dict[tuple[str, int], str] = {}
        work = _work(job, completions, state, texts, most=None if grading.dedupe else TOGETHER)
        for batch in grade_many(work, pool_options(grading), tally):
            journal.append(stamp(batch, texts))
            graded = {(g.problem, g.index) for g in batch}
            for candidate in graded:
                del texts[candidate]
            progress.advance(len(graded))
        appended = journal.lines
    if tally.unstable:
        progress.note(
            f"programs that got another verdict when run again, of {', '.join(sorted(set(tally.unstable)))}: "
            "--no-dedupe runs every sample"
        )
    left_out = {p.id: tally.unjudgeable[p.id] for p in problems if p.id in tally.unjudgeable}
    valid = stored_grades(
        job.run,
        problems,
        lambda g: (
            g.problem not in left_out and (g.problem, g.index, g.suite, g.text_sha256) not in state.stale
        ),
    )
    if appended != len(valid):  # grades of texts that are gone, or given twice around a kill
        write_records(job.run.grades, valid)
    held = stored_grades(job.run, problems, lambda g: within(g, limits))
    _announce_ungraded(job, left_out, tally.troubles, progress)
    return Graded(held, state.asked - graded_candidates(held), tally.executed, left_out, tally.troubles)


def without_grades(
    job: Job, completions: Sequence[Completion]
) -> tuple[int, Iterator[tuple[Problem, list[Completion]]]]:
    """How many samples lack a grade, and these, problem by problem, each read when its turn comes."""
    state = _state(job, completions, None)
    return sum(map(len, state.lacking.values())), _work(job, completions, state, {})


def _announce_ungraded(
    job: Job, left_out: Mapping[str, str], troubles: Mapping[str, str], progress: Progress
) -> None:
    """Keep and say which problems cannot be graded, and why samples of others have no grade."""
    if left_out or job.run.left_out.exists():
        write_records(job.run.left_out, [LeftOut(problem=p, reason=why) for p, why in left_out.items()])
    for problem, why in list(left_out.items())[:NAMED]:
        progress.note(f"{problem} cannot be graded: {why}")
    if len(left_out) > NAMED:
        progress.note(f"{len(left_out) - NAMED} more problems cannot be graded; {job.run.left_out} names all")
    others = {problem: why for problem, why in troubles.items() if problem not in left_out}
    for problem, why in list(others.items())[:NAMED]:
        progress.note(f"{problem}: samples without a grade: {why}")


def _state(job: Job, completions: Sequence[Completion], limits: SampleLimits | None) -> _State:
    grades = stored_grades(job.run, job.problems.problems)
    there, graded = spans(completions), spans(grades)
    state = _State()
    for problem in job.problems.problems:
        lacking = IndexRanges()
        suites = len({s.name for s in problem.suites})
        given = part(grades, graded.get(problem.id))
        for sample, have in _counted(part(completions, there.get(problem.id)), given, state):
            if within(sample, limits):
                state.asked += 1
                if have < suites:
                    lacking.add(sample.index)
        if lacking:
            state.lacking[problem.id] = lacking
    return state


def _counted(
    samples: Iterator[Completion], grades: Iterator[Grade], state: _State
) -> Iterator[tuple[Completion, int]]:
    """Each of a problem's samples with the number of its suites that have a grade for its text; other grades are stale.
    Both come in order of index.
    """
    grade = next(grades, None)
    for sample in samples:
        have, text = 0, text_sha256(sample)
        while grade is not None and grade.index <= sample.index:
            if grade.index == sample.index and grade.text_sha256 == text:
                have += 1
            else:
                state.stale.add(_named(grade))
            grade = next(grades, None)
        yield sample, have
    if grade is not None:
        state.stale.update(map(_named, itertools.chain([grade], grades)))


def _named(grade: Grade) -> tuple[str, int, str, str]:
    return grade.problem, grade.index, grade.suite, grade.text_sha256


def _work(
    job: Job,
    completions: Sequence[Completion],
    state: _State,
    texts: dict[tuple[str, int], str],
    most: int | None = None,
) -> Iterator[tuple[Problem, list[Completion]]]:
    """What is to be graded, read when its turn comes; texts gets the hashes of what is under way.

    most: a problem with more samples comes in parts of so many.
    """
    there = spans(completions)
    for problem in job.problems.problems:
        if problem.id in state.lacking:
            lacking = state.lacking[problem.id]
            wanted = (c for c in part(completions, there[problem.id]) if c.index in lacking)
            while given := list(itertools.islice(wanted, most)):
                texts.update({(c.problem, c.index): text_sha256(c) for c in given})
                yield problem, given
