"""A work directory of a study that is under way, written as the pipeline writes it, step by step."""

from pathlib import Path
from typing import Literal

from modelassay.core.decoding import Decoding
from modelassay.core.measured import Completion, Grade, Manifest, Outcome, SamplingPlan
from modelassay.core.store import Journal, write_records
from modelassay.core.workdir import RunDir, WorkDir
from modelassay.sources.problems.problem_sets import load_problem_set

PER_PROBLEM = 10


class Growing:
    """One run of the starter set with ten candidates per problem."""

    def __init__(self, root: Path, model: str = "tiny-model") -> None:
        self.workdir = WorkDir(root)
        self.problems = load_problem_set("starter", offline=True)
        self.names = [p.id for p in self.problems.problems][:4]
        self.plan = SamplingPlan(
            model=model, model_sha256="0" * 64, backend="transformers", benchmark="starter",
            benchmark_version=self.problems.version, benchmark_sha256=self.problems.sha256,
            problems=tuple(self.names), protocol="completion", protocol_sha256="0" * 64,
            samples_per_problem=PER_PROBLEM, decoding=Decoding(temperature=0.8, top_p=0.95, max_tokens=256), seed=0,
        )  # fmt: skip
        self.run: RunDir = self.workdir.run(self.plan)

    def begin(self, **grading_settings: str) -> None:
        """The plan is on disk, nothing is sampled."""
        manifest = Manifest(
            format_version=1, plan=self.plan, plan_hash=self.plan.hash, started="2026-11-23T21:00:00Z",
            command=("assay", "study"), machine={"cores": "2"}, packages={"modelassay": "0.1.0"},
            sandbox_level="namespaces", grading_settings=grading_settings,
        )  # fmt: skip
        write_records(self.run.manifest, [manifest])

    def sample(
        self,
        problem: int,
        text: str = "def f():\n    return {i}\n",
        form: Literal["program", "unknown"] = "program",
    ) -> None:
        """All candidates of one problem."""
        with Journal(self.run.completions, Completion) as journal:
            journal.append(
                Completion(problem=self.names[problem], index=i, text=text.replace("{i}", str(i)), form=form)
                for i in range(PER_PROBLEM)
            )

    def grade(self, problem: int, passed: int, detail: str = "test 1: expected 3, got 4") -> None:
        """All grades of one problem; the first `passed` candidates passed."""
        outcomes: list[Outcome] = ["passed" if i < passed else "failed" for i in range(PER_PROBLEM)]
        with Journal(self.run.grades, Grade) as journal:
            journal.append(
                Grade(problem=self.names[problem], index=i, suite="base", outcome=outcome,
                      detail="" if outcome == "passed" else detail, run_seconds=0.002)
                for i, outcome in enumerate(outcomes)
            )  # fmt: skip
