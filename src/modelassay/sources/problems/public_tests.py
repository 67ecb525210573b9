"""The tests that a problem's prompt shows: what a selector may use, since the model's user has them, too."""

import ast
import doctest
import re
import warnings
from collections.abc import Iterator

from modelassay.core.problems import Problem
from modelassay.sources.problems.python_source import parse

# `f(1) == 2`, `f(1) ➞ 2`, `f(1) => 2`, `f(1) returns 2`: how HumanEval's prompts state examples besides doctest's way.
_EXAMPLE = re.compile(
    r"^\W*(?P<call>\w+\(.*\))\s*(?:==>|=>|==|=|->|➞|→|(?:#\s*)?(?:should )?returns?)\s*(?P<value>.+?)\.?\s*$"
)
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}


def shown_asserts(problem: Problem) -> tuple[str, ...]:
    """Assert statements on the entry point, each once, in the prompt's order; empty where it shows none.

    Doctest's examples, lines that are assert statements, and lines that state what a call gives. What does not
    parse, or whose expected value is not a literal (but for an assert), is left out; whether the reference
    passes them is not looked at here.
    """
    text = described(problem.prompt, problem.entry_point)
    lines = text.splitlines()
    found = [*doctest_asserts(text), *(a for line in lines for a in _stated(line.strip()))]
    return tuple(dict.fromkeys(a for a in found if _is_about(a, problem.entry_point)))


def described(prompt: str, entry_point: str) -> str:
    """The docstring of the function to be written; the whole prompt where it is no code."""
    tree = parse(prompt) or parse(prompt.rstrip() + "\n    pass\n")
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == entry_point:
            return ast.get_docstring(node) or ""
    return prompt


def doctest_asserts(prompt: str) -> Iterator[str]:
    """The examples of a docstring as assert statements, where what they show is a literal."""
    try:
        examples = doctest.DocTestParser().get_examples(prompt)
    except ValueError:  # half of an example
        return
    for example in examples:
        call, value = example.source.strip(), example.want.strip()
        if not value and isinstance(_expression(call), ast.Compare):  # `>>> f(1) == 2`, without its True
            yield f"assert {call}"
        elif _expression(call) and _is_literal(value):
            yield f"assert {call} == {value}"


def _stated(line: str) -> Iterator[str]:
    if line.startswith("assert ") and _expression(line.removeprefix("assert ")):
        yield line
    elif not line.startswith((">>>", "def ", "return")) and (found := _EXAMPLE.match(line)):
        call, value = found["call"], _CONSTANTS.get(found["value"], found["value"])
        if _expression(call) and _is_literal(value):
            yield f"assert {call} == {value}"


def _expression(text: str) -> ast.expr | None:
    """The text as an expression; None when it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_literal(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return False
    return True


def _is_about(statement: str, entry_point: str) -> bool:
    """Whether the statement calls the entry point."""
    names = (n.func for n in ast.walk(ast.parse(statement)) if isinstance(n, ast.Call))
    return any(isinstance(name, ast.Name) and name.id == entry_point for name in names)
