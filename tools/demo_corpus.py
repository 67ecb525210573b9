"""The training text of the demo models: tasks from the grammar, without anything that solves a starter problem."""

import ast
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from demo_tasks.draft import Task
from demo_tasks.grammar import draw_task

STARTER = Path(__file__).resolve().parents[1] / "src" / "modelassay" / "sources" / "data" / "starter.jsonl"
ROUNDS = 10_000  # of a `while` loop in the check; no starter test needs more


@dataclass(frozen=True)
class Held:
    """One starter problem as the check needs it."""

    name: str
    text: str
    shape: str
    arity: int
    asserts: tuple[CodeType, ...]


class _EndlessError(Exception):
    """A loop went on for more than ROUNDS rounds or is not about a number, so this is no solution."""


def _spend(fuel: list[int], number: object) -> bool:
    fuel[0] -= 1
    if fuel[0] < 0 or not isinstance(number, int):  # a list that doubles each round would fill the memory
        raise _EndlessError
    return True


def words_of(text: str) -> str:
    """The text in lower case, words only: what is left is compared."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


class _Anonymous(ast.NodeTransformer):
    """Names become numbers in order of appearance, so that renaming does not make a program new."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def _number(self, name: str) -> str:
        return self.names.setdefault(name, f"v{len(self.names)}")

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._number(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._number(node.arg)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = "f"
        self.generic_visit(node)
        return node


def shape_of(program: str) -> str:
    """The program's syntax tree without its names. Builtins become numbers too: a wide net, on purpose."""
    return ast.dump(_Anonymous().visit(ast.parse(program)))


def held_out() -> list[Held]:
    """The starter problems."""
    held = []
    for line in STARTER.read_text(encoding="utf-8").splitlines():
        problem = json.loads(line)
        function = ast.parse(problem["signature"] + " pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        held.append(
            Held(
                function.name,
                words_of(problem["text"]),
                shape_of(problem["reference"]),
                len(function.args.args),
                tuple(compile(test, problem["task_id"], "exec") for test in problem["test_list"]),
            )
        )
    return held


def solves(task: Task, problem: Held, scope: dict[str, Any] | None = None) -> bool:
    """Whether the task's program, under the problem's name, passes all of the problem's tests.

    scope: where the program has been run already; saves running it again for each problem.
    """
    if scope is None:
        scope = run(task)
    scope[problem.name] = scope[task.name]
    scope["fuel"][0] = ROUNDS
    try:
        for test in problem.asserts:
            exec(test, scope)
    except Exception:  # any failure means: not a solution
        return False
    return True


def run(task: Task) -> dict[str, Any]:
    """The names that the task's program defines; its `while` loops end with an error after ROUNDS rounds."""
    scope: dict[str, Any] = {"spend": _spend, "fuel": [ROUNDS]}
    exec(task.program.replace("while ", f"while spend(fuel, {task.params[0]}) and "), scope)
    return scope


class Holdout:
    """Refuses tasks that would show a model a starter problem: its words, its name, its program, or its behaviour."""

    def __init__(self) -> None:
        self.problems = held_out()
        self.names = {problem.name for problem in self.problems}
        self.texts = {problem.text for problem in self.problems}
        self.shapes = {problem.shape for problem in self.problems}
        self.seen: dict[str, bool] = {}
        self.refused = {"name": 0, "text": 0, "program": 0, "behaviour": 0}

    def why_refused(self, task: Task) -> str | None:
        """`name`, `text`, `program` or `behaviour`; None for a task that may be trained on."""
        if task.name in self.names:
            return "name"
        if words_of(task.text) in self.texts:
            return "text"
        if shape_of(task.program) in self.shapes:
            return "program"
        return "behaviour" if self._behaves(task) else None

    def _behaves(self, task: Task) -> bool:
        key = re.sub(r"^def \w+", "def f", task.program)
        for number, name in enumerate(task.params):
            key = re.sub(rf"\b{name}\b", f"p{number}", key)
        if key not in self.seen:
            scope = run(task)
            self.seen[key] = any(
                solves(task, problem, scope) for problem in self.problems if problem.arity == len(task.params)
            )
        return self.seen[key]


def draw_corpus(seed: int, size: int) -> tuple[list[Task], Holdout]:
    """`size` tasks, each allowed by the holdout, and the holdout with its counts."""
    holdout = Holdout()
    return list(_allowed(random.Random(seed), size, holdout)), holdout


def _allowed(rng: random.Random, size: int, holdout: Holdout) -> Iterator[Task]:
    made = 0
    while made < size:
        task = draw_task(rng)
        reason = holdout.why_refused(task)
        if reason is not None:
            holdout.refused[reason] += 1
            continue
        made += 1
        yield task


def assert_held_out(tasks: list[Task], holdout: Holdout | None = None) -> None:
    """Raise AssertionError if a starter problem's text, name, reference or behaviour is in the corpus.

    holdout: one that knows the verdicts on these programs already, to save time.
    """
    holdout = holdout or Holdout()
    for task in tasks:
        reason = holdout.why_refused(task)
        assert reason is None, f"the corpus shows a starter problem ({reason}): {task.program}"
