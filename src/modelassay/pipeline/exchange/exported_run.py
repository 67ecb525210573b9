"""A run as the writers see it: its samples a problem at a time, each with its program and its grades."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion, Device, Estimate, Grade, Manifest, SentPrompt
from modelassay.core.problems import Problem, ProblemSet
from modelassay.core.store import read_records
from modelassay.core.workdir import RunDir
from modelassay.grading.extraction.extract import extract
from modelassay.grading.extraction.rules import rules_of_run
from modelassay.pipeline.plan.problems import Source
from modelassay.pipeline.results.from_runs import chosen_of
from modelassay.pipeline.run.files import spans, stored_completions, stored_grades


@dataclass(frozen=True)
class Sample:
    """One sample: its text, the program found in it ("" for none), and its grade under each suite that has one."""

    completion: Completion
    program: str
    grades: dict[str, Grade]

    @property
    def suites(self) -> dict[str, bool]:
        """Suite → whether it passed."""
        return {name: grade.outcome == "passed" for name, grade in self.grades.items()}


@dataclass(frozen=True)
class ExportedRun:
    """What a run's folder holds. hub_id: the model's name of the Hub, "" where it is not known."""

    folder: RunDir
    manifest: Manifest
    problems: ProblemSet
    hub_id: str = ""
    estimates: list[Estimate] = field(default_factory=list)
    prompts: dict[str, str] = field(default_factory=dict)
    device: Device | None = None
    whole: ProblemSet | None = None

    @property
    def model(self) -> str:
        """The Hub's name where it is known, else the user's."""
        return self.hub_id or self.manifest.plan.model

    @property
    def suite_names(self) -> list[str]:
        """Of the estimates, in their order, else of the problems."""
        of_problems = dict.fromkeys(s.name for p in self.problems.problems for s in p.suites)
        return list(dict.fromkeys(e.suite for e in self.estimates)) or list(of_problems)

    def by_problem(self) -> Iterator[tuple[Problem, list[Sample]]]:
        """Each problem that has samples, in the set's order; samples by index."""
        problems = self.problems.problems
        completions, grades = (
            stored_completions(self.folder, problems),
            stored_grades(self.folder, problems),
        )
        there, graded = spans(completions), spans(grades)
        rules = rules_of_run(self.manifest.grading_settings)
        for problem in problems:
            if problem.id not in there:
                continue
            of_sample: dict[int, dict[str, Grade]] = {}
            for grade in grades[graded[problem.id]] if problem.id in graded else []:
                of_sample.setdefault(grade.index, {})[grade.suite] = grade
            yield (
                problem,
                [
                    Sample(c, _program(problem, c, rules), of_sample.get(c.index, {}))
                    for c in completions[there[problem.id]]
                ],
            )

    def count(self) -> int:
        """How many samples the run holds."""
        return len(stored_completions(self.folder, self.problems.problems))


def _program(problem: Problem, completion: Completion, rules: frozenset[str]) -> str:
    found = extract(problem.prompt, problem.entry_point, completion.text, completion.form, rules)
    return found.source or ""


def open_run(path: Path, source: Source, model: str = "") -> ExportedRun:
    """The run in a folder. model: its name of the Hub, where the user says it.

    Raises MissingError where there is no run, InputError where it has no sample.
    """
    run = RunDir(path)
    manifests = read_records(run.manifest, Manifest)
    if not manifests:
        hint = "give a run's folder, as `assay study`, `assay sample` and `assay grade` make them"
        raise MissingError("no run", path=path, hint=hint)
    manifest = manifests[-1]
    chosen = chosen_of(manifest, run, source)
    devices = read_records(run.device, Device)
    found = ExportedRun(
        folder=run, manifest=manifest, problems=chosen.problems,
        hub_id=model or manifest.plan.hub_id,
        estimates=read_records(run.estimates, Estimate),
        prompts={p.problem: p.text for p in read_records(run.prompts, SentPrompt)},
        device=devices[-1] if devices else None, whole=chosen.whole,
    )  # fmt: skip
    if not found.count():
        raise InputError("this run has no sample", path=run.completions, hint="run the same study again")
    return found


def need_grades(run: ExportedRun, what: str) -> None:
    """Raises InputError where a format that carries verdicts is asked of a run without any."""
    if not run.folder.grades.exists() or not run.folder.grades.stat().st_size:
        raise InputError(
            f"this run has no grades, which {what} holds",
            path=run.folder.root,
            hint=f"assay grade {run.folder.root}",
        )


def need_estimates(run: ExportedRun, what: str) -> None:
    """Raises InputError where a format that carries scores is asked of a run without estimates."""
    need_grades(run, what)
    if not run.estimates:
        raise InputError(
            f"this run has no estimates, which {what} holds",
            path=run.folder.root,
            hint=f"assay estimate {run.folder.root}",
        )
