"""CRUXEval in both directions: what is asked, what answers are read, and the published verdicts."""

import json
import os
from pathlib import Path

import pytest

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.grading import Grader
from modelassay.sampling.precomputed.line_endings import rest_of_line
from modelassay.sampling.replay import read_samples
from modelassay.sources.problems import cruxeval
from modelassay.sources.problems.problem_sets import load_problem_set

ROW = {
    "id": "sample_0",
    "code": "def f(x, by=1):\n    return [x, by]",
    "input": "2, by=3",
    "output": "[2, 3]",
}
SHARED = Path(os.environ.get("ASSAY_DATA", "../shared/data/benchmarks")).parent


def outcomes(problem: Problem, answers: list[str]) -> list[str]:
    """Each answer as the rest of the prompt's line."""
    completions = [
        Completion(
            problem=problem.id, index=i, text=rest_of_line(problem.prompt, answer), form="continuation"
        )
        for i, answer in enumerate(answers)
    ]
    with Grader() as grader:
        return [grade.outcome for grade in grader.grade(problem, completions)]


def test_an_output_is_compared_as_a_value() -> None:
    """However it is written; the function under study cannot be called."""
    found = outcomes(cruxeval.output_problem(ROW), ["[2, 3]", "[1 + 1, 3]", "[2, 4]", "f(2, by=3)", "[2,"])
    assert found == ["passed", "passed", "failed", "error", "error"]


def test_an_input_is_given_to_the_function() -> None:
    """With or without the call's beginning; an answer that defines another `f` gains nothing."""
    answers = ["f(2, by=3)", "2, 3)", "f(2)", "f(3, 2)\nf = lambda *_: [2, 3]", "[2, 3]"]
    assert outcomes(cruxeval.input_problem(ROW), answers) == ["passed", "passed", "failed", "failed", "error"]


def test_a_row_of_another_set_is_told_with_its_line() -> None:
    """Not read as if it were one."""
    with pytest.raises(InputError, match=r"x\.jsonl:2"):
        cruxeval.outputs(json.dumps(ROW) + '\n{"id": "a"}\n', Path("x.jsonl"))


def test_stored_answers_get_the_published_verdicts() -> None:
    """CodeLlama-7B's, of the first eighty problems, one by one."""
    stored = SHARED / "samples" / "cruxeval-codellama-7b" / "output_scored.json"
    if not stored.is_file():
        pytest.skip(f"{stored} is not here")
    whole = load_problem_set("cruxeval-o", data=SHARED / "problems")
    recording = read_samples(stored, whole)
    published = json.loads(stored.read_text())["raw_scored_generations"]
    kept = {p.id: [c for c in recording.completions if c.problem == p.id] for p in whole.problems[:80]}
    with Grader(workers=2) as grader:
        for problem in whole.problems[:80]:
            grades = grader.grade(problem, kept[problem.id])
            assert [g.outcome == "passed" for g in grades] == published[problem.id]


@pytest.mark.parametrize("name", ["cruxeval-o", "cruxeval-i"])
def test_both_directions_are_whole(name: str) -> None:
    """800 problems, each with a right answer."""
    if not (SHARED / "problems" / "cruxeval").is_dir():
        pytest.skip("the set is not here")
    problems = load_problem_set(name, data=SHARED / "problems").problems
    assert len(problems) == 800
    assert all(p.reference for p in problems)
