"""The grammar of tasks: valid programs, the same for the same seed, and nothing of the starter problems."""

import ast
import json
import random
from pathlib import Path

import pytest
from demo_corpus import Holdout, assert_held_out, draw_corpus
from demo_tasks.draft import Task
from demo_tasks.grammar import draw_task

STARTER = Path(__file__).resolve().parents[2] / "src" / "modelassay" / "sources" / "data" / "starter.jsonl"


def starter_tasks() -> list[Task]:
    """The starter problems in the form of tasks."""
    tasks = []
    for line in STARTER.read_text(encoding="utf-8").splitlines():
        problem = json.loads(line)
        function = ast.parse(problem["reference"]).body[0]
        assert isinstance(function, ast.FunctionDef)
        params = tuple(argument.arg for argument in function.args.args)
        body = problem["reference"].split("\n", 1)[1].rstrip("\n")
        tasks.append(Task(problem["text"], function.name, params, body))
    return tasks


def test_every_draw_is_a_valid_program() -> None:
    """2,000 draws parse, define the function named, and say something."""
    rng = random.Random(3)
    for _ in range(2_000):
        task = draw_task(rng)
        function = ast.parse(task.program).body[0]
        assert isinstance(function, ast.FunctionDef)
        assert function.name == task.name
        assert len(set(task.params)) == len(task.params)
        assert len(task.text.split()) > 3


def test_same_seed_same_tasks() -> None:
    """The corpus depends on the seed alone."""
    assert draw_corpus(5, 200)[0] == draw_corpus(5, 200)[0] != draw_corpus(6, 200)[0]


def test_corpus_has_variety() -> None:
    """Of 1,000 tasks nine in ten are different."""
    tasks, _ = draw_corpus(7, 1_000)
    assert len({task.program for task in tasks}) > 900


@pytest.mark.parametrize("task", starter_tasks(), ids=lambda task: task.name)
def test_starter_problem_is_refused_under_any_disguise(task: Task) -> None:
    """Text, name, program and behaviour: each alone gives a starter problem away."""
    holdout = Holdout()
    assert holdout.why_refused(task) == "name"
    renamed = Task(task.text, "other_name", task.params, task.body)
    assert holdout.why_refused(renamed) == "text"
    reworded = Task("Do something else.", "other_name", task.params, task.body)
    assert holdout.why_refused(reworded) == "program"
    rewritten = Task("Do something else.", "other_name", task.params, "    extra = 0\n" + task.body)
    assert holdout.why_refused(rewritten) == "behaviour"


def test_assertion_finds_one_starter_problem_among_many() -> None:
    """The check that training runs fails on a corpus with a single starter problem in it."""
    tasks, _ = draw_corpus(8, 50)
    assert_held_out(tasks)
    with pytest.raises(AssertionError, match="the corpus shows a starter problem"):
        assert_held_out([*tasks, starter_tasks()[4]])


def test_endless_loop_is_no_solution() -> None:
    """A task that would not end on a starter test is let through, quickly."""
    task = Task("Count forever.", "count_forever", ("n",), "    while n == n:\n        n *= 2\n    return n")
    assert Holdout().why_refused(task) is None
