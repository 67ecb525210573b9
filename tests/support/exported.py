"""A graded run of two problems of HumanEval+, three samples each, with all that a run's folder can hold; and peers."""

import os
from pathlib import Path

import pytest

from modelassay.core.decoding import Decoding
from modelassay.core.measured import (
    Completion,
    Device,
    Estimate,
    Grade,
    Manifest,
    Outcome,
    SamplingPlan,
    SentPrompt,
)
from modelassay.core.problems import Check, Problem, Suite
from modelassay.core.store import write_records
from modelassay.core.workdir import RunDir
from modelassay.estimates.estimate import estimate
from modelassay.pipeline.plan.problems import Source

SOURCE = Source(None, offline=True)
MODEL = "acme/tiny-coder-1b"
PROMPT = 'def {name}(a, b):\n    """What {name} says, “in words”."""\n'
# What follows each prompt; the second sample of a problem is empty, the third has no grade.
BODY = "    return a + b\n"
ANSWERS = (BODY, "", "    return b + a\n")
PASSED: dict[str, tuple[Outcome, Outcome]] = {
    "add": ("passed", "failed"),
    "total": ("timed-out", "timed-out"),
}  # of the first sample: base, plus


def problem(name: str) -> Problem:
    test = Check(source=f"def check(candidate):\n    assert candidate(1, 2) == 3  # {name}\n")
    return Problem(
        id=f"HumanEval/{name}", prompt=PROMPT.format(name=name), entry_point=name, reference=PROMPT.format(name=name) + BODY,
        suites=(Suite(name="base", oracle=test), Suite(name="plus", oracle=test)),
    )  # fmt: skip


def make_run(root: Path, *, benchmark: str = "humaneval+", graded: bool = True) -> RunDir:
    """The folder. The last sample of each problem has no grade."""
    run, problems = RunDir(root), [problem(name) for name in PASSED]
    plan = SamplingPlan(
        model="tiny", model_sha256="0" * 64, backend="transformers", benchmark=benchmark, benchmark_version="0.1.10",
        benchmark_sha256="1" * 64, problems=tuple(p.id for p in problems), protocol="completion",
        protocol_sha256="2" * 64, samples_per_problem=3, seed=7, hub_id=MODEL, revision="3" * 40,
        decoding=Decoding(temperature=0.2, top_p=0.95, max_tokens=256),
    )  # fmt: skip
    manifest = Manifest(
        format_version=1, plan=plan, plan_hash=plan.hash, started="2026-11-23T21:00:00+00:00", command=("assay",),
        machine={"cores": "2"}, packages={"transformers": "5.1.0"}, sandbox_level="namespaces+seccomp+rlimits",
        grading_settings={"cpu_limit": "per problem", "grader": "6"}, benchmark_problems=164, problems_chosen="by name",
    )  # fmt: skip
    completions = [
        Completion(
            problem=p.id, index=i, text=text, form="continuation" if text else "unknown",
            finish_reason="stop" if i else "length", prompt_tokens=20, completion_tokens=5 + i,
        )
        for p in problems for i, text in enumerate(ANSWERS)
    ]  # fmt: skip
    write_records(run.manifest, [manifest])
    write_records(run.problems, problems)
    write_records(run.completions, completions)
    write_records(run.prompts, [SentPrompt(problem=p.id, text=p.prompt, token_ids=(1, 2)) for p in problems])
    write_records(run.device, [Device(name="cpu", dtype="float32")])
    if graded:
        grades = list(grades_of(problems))
        write_records(run.grades, grades)
        found: list[Estimate] = estimate(grades, ks=(1, 2), expected={p.id: 3 for p in problems})
        write_records(run.estimates, found)
    return run


def grades_of(problems: list[Problem]) -> list[Grade]:
    found = []
    for p in problems:
        for place, suite in enumerate(("base", "plus")):
            first = PASSED[p.entry_point][place]
            found += [
                Grade(
                    problem=p.id,
                    index=0,
                    suite=suite,
                    outcome=first,
                    detail="" if first == "passed" else "test 1",
                ),
                Grade(problem=p.id, index=1, suite=suite, outcome="no-program"),
            ]
    return found


def peer(variable: str) -> Path:
    """The interpreter with another tool in it that a variable names; without one the test is skipped."""
    named = os.environ.get(variable)
    if not named:
        pytest.skip(f"set {variable} to an interpreter that has the tool (docs/formats.md)")
    return Path(named)
