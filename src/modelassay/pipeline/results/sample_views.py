"""A run's samples as the viewer shows them: text, program, what each suite said."""

from collections.abc import Iterable, Iterator, Sequence

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Problem
from modelassay.grading.extraction.found_again import FoundAgain
from modelassay.grading.extraction.rules import rules_of_run
from modelassay.pipeline.run.files import spans
from modelassay.pipeline.run.job import RunResult
from modelassay.pipeline.run.progress import Progress
from modelassay.report.samples import ProblemSamples, SampleView, seen_of


def problem_samples(
    results: Iterable[RunResult], progress: Progress | None = None
) -> Iterator[ProblemSamples]:
    """One record per run and problem that has samples; those of one problem come one after the other."""
    runs = [_Samples(result) for result in results]
    problems: dict[tuple[str, str], list[tuple[_Samples, Problem]]] = {}
    for run in runs:
        for problem in run.problems:
            problems.setdefault((run.benchmark, problem.id), []).append((run, problem))
    if progress is not None:
        progress.stage("writing the report: samples", sum(run.number for run in runs))
    for of_one in problems.values():
        for run, problem in of_one:
            found = run.of_problem(problem)
            yield found
            if progress is not None:
                progress.advance(len(found.samples))


class _Samples:
    """Where one run's samples and grades lie."""

    def __init__(self, result: RunResult) -> None:
        self.benchmark = result.job.plan.benchmark
        self.number = len(result.sampled.completions)
        self._result = result
        self._rules = rules_of_run(result.manifest.grading_settings)
        self._there, self._graded = spans(result.sampled.completions), spans(result.graded.grades)
        self.problems = [p for p in result.job.problems.problems if p.id in self._there]

    def of_problem(self, problem: Problem) -> ProblemSamples:
        """Read from disk now."""
        sampled, graded = self._result.sampled, self._graded.get(problem.id)
        said: dict[int, list[Grade]] = {}
        for grade in self._result.graded.grades[graded] if graded else []:
            said.setdefault(grade.index, []).append(grade)
        again = FoundAgain(problem.prompt, problem.entry_point, self._rules)
        completions = sampled.completions[self._there[problem.id]]
        return ProblemSamples(
            run=self._result.job.run.root.name, problem=problem.id, statement=problem.prompt,
            prompt=sampled.prompts.get(problem.id, ""), reference=problem.reference or "",
            samples=tuple(_view(again, c, said.get(c.index, [])) for c in completions),
        )  # fmt: skip


def _view(again: FoundAgain, completion: Completion, grades: Sequence[Grade]) -> SampleView:
    how = grades[0].extraction if grades else ""
    found = again.program(completion.text, completion.form, how)
    return SampleView(
        index=completion.index, text=completion.text, program=found.source, extraction=found.how,
        completion_tokens=completion.completion_tokens, finish_reason=completion.finish_reason,
        seen=tuple(map(seen_of, grades)),
    )  # fmt: skip
