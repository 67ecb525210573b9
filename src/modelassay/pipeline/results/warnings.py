"""What a reader must know of a study before believing its numbers, in sentences; and how healthy each grading was."""

from collections.abc import Iterable, Sequence

from modelassay.core.health import Health
from modelassay.pipeline.results.health import health_of
from modelassay.pipeline.run.job import RunResult
from modelassay.sources.problems.errata import errata


def health_of_run(result: RunResult) -> Health | None:
    """How the grading went; `None` where no sample has a grade."""
    graded = result.graded
    if not graded.grades:
        return None
    strictest = result.job.problems.problems[0].suites[-1].name
    return health_of(graded.grades, strictest, {**graded.troubles, **graded.left_out}, result.sampled.alarms)


def _run_notes(results: Sequence[RunResult]) -> Iterable[str]:
    """What a reader must know of how each model was run, and which comparisons rest on it."""
    for result in results:
        notes = dict.fromkeys(
            [*(result.manifest.server.limits if result.manifest.server else ()), *result.manifest.notes]
        )
        name = result.job.model.name
        beside = " It holds for every comparison with it." if len(results) > 1 else ""
        for note in notes:
            yield f"{name} on {result.job.plan.benchmark}: {note}.{beside}"


def _makers_errors(results: Sequence[RunResult]) -> Iterable[str]:
    """Which problems their own makers list among their errors, once for each set."""
    listed = dict.fromkeys(
        (result.job.plan.benchmark, entry.says, entry.problem)
        for result in results
        for entry in errata(result.job.problems.name, result.job.plan.problems)
    )
    for benchmark, says in dict.fromkeys((benchmark, says) for benchmark, says, _ in listed):
        names = ", ".join(problem for *of, problem in listed if of == [benchmark, says])
        yield f"{benchmark}: listed by its makers as an error: {names}: {says}."


def warnings_of(
    results: Sequence[RunResult], healths: Sequence[Health | None], notes: Sequence[str], *, sequential: bool
) -> Iterable[str]:
    """The sentences, run by run. healths: of the runs, in their order. notes: those of the study itself."""
    for result, health in zip(results, healths, strict=True):
        name = f"{result.job.model.name} on {result.job.plan.benchmark}"
        planned = len(result.job.plan.problems) - len(result.sampled.missing)
        asked = len({c.problem for c in result.sampled.completions})
        if asked < planned:
            yield f"{name}: " + (
                f"sampling stopped after {asked} of {planned} problems, as soon as its comparison was decided. The "
                "comparison holds whenever one stops; pass@k is of the problems asked, and its interval does not "
                "account for the stopping."
                if sequential
                else f"{asked} of the {planned} problems of its plan have samples; if sampling was stopped because "
                "of what came out, no interval here accounts for that."
            )
        if lost := result.graded.left_out:
            first, why = next(iter(lost.items()))
            yield (
                f"{name}: {len(lost)} of {len(result.job.plan.problems)} problems cannot be graded and are left out"
                f"{'' if result.estimates else ', so there is no estimate (skip_unjudgeable goes on without them)'}; "
                f"{first}: {why}"
            )
        yield from (f"{name}: {alarm}." for alarm in (health.alarms if health else result.sampled.alarms))
        if result.graded.ungraded:
            yield (
                f"{name}: {result.graded.ungraded} samples have no grade because of internal errors; "
                "the same command tries them again."
            )
        if result.sampled.missing:
            yield f"{name}: {len(result.sampled.missing)} problems have no precomputed sample."
        if result.sampled.unknown:
            yield f"{name}: {len(result.sampled.unknown)} problems of the precomputed samples are not in this problem set."
    yield from notes
    yield from _makers_errors(results)
    yield from _run_notes(results)
    if any(r.job.model.demo for r in results):
        yield "Demo models are tiny; their scores say nothing about real models."
