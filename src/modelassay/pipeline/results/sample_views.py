"""A run's samples as the viewer shows them: text, program, what each suite said."""

from collections.abc import Iterable, Iterator, Sequence

from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Problem
from modelassay.grading.extraction.extract import extract
from modelassay.pipeline.run.files import spans
from modelassay.pipeline.run.job import RunResult
from modelassay.report.samples import ProblemSamples, SampleView, seen_of


def problem_samples(results: Iterable[RunResult]) -> Iterator[ProblemSamples]:
    """One record per run and problem that has samples."""
    for result in results:
        completions, grades = result.sampled.completions, result.graded.grades
        there, graded = spans(completions), spans(grades)
        for problem in result.job.problems.problems:
            if problem.id in there:
                said: dict[int, list[Grade]] = {}
                for grade in grades[graded[problem.id]] if problem.id in graded else []:
                    said.setdefault(grade.index, []).append(grade)
                views = [_view(problem, c, said.get(c.index, [])) for c in completions[there[problem.id]]]
                yield ProblemSamples(
                    run=result.job.run.root.name, problem=problem.id, statement=problem.prompt,
                    prompt=result.sampled.prompts.get(problem.id, ""), reference=problem.reference or "",
                    samples=tuple(views),
                )  # fmt: skip


def _view(problem: Problem, completion: Completion, grades: Sequence[Grade]) -> SampleView:
    found = extract(problem.prompt, problem.entry_point, completion.text, completion.form)
    return SampleView(
        index=completion.index, text=completion.text, program=found.source, extraction=found.how,
        completion_tokens=completion.completion_tokens, finish_reason=completion.finish_reason,
        seen=tuple(map(seen_of, grades)),
    )  # fmt: skip
