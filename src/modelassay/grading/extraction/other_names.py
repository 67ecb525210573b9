"""Rules `solution-class`, `other-name` and `bare-body`: the function stands where the tests do not look for it, or its body alone.

Told in the grade (`extraction`), so that a summary can say how many answers are like this; taken only where a
protocol or the user asks for it (`--extraction`), since the task named the function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from modelassay.grading.extraction.bare_body import bodies
from modelassay.grading.extraction.bare_code import programs
from modelassay.grading.extraction.fences import blocks, loose_blocks
from modelassay.grading.extraction.programs import Program, defines_function, preamble, tree_of

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def found_elsewhere(prompt: str, entry_point: str, answer: str) -> Program | None:
    """The program with the function under the name asked for, and the rule that finds it; None where there is none."""
    head = preamble(prompt, entry_point)
    for source in _sources(answer):
        if (found := _in_class(source, entry_point)) is not None:
            return Program(head + found, "solution-class")
    for source in _sources(answer):
        if (found := _under_other_name(source, entry_point, prompt)) is not None:
            return Program(head + found, "other-name")
    for source in bodies(prompt, entry_point, answer):
        if defines_function(source, entry_point):
            return Program(source, "bare-body")
    return None


def _sources(answer: str) -> Iterator[str]:
    if "```" in answer or "~~~" in answer:
        yield from reversed(blocks(answer))
        yield from loose_blocks(answer)
    yield answer
    yield from programs(answer, "def ")


def _in_class(source: str, entry_point: str) -> str | None:
    """The program with the method as a function of the module; None where no class has such a method."""
    if entry_point not in source:
        return None
    tree = tree_of(source)
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.ClassDef) and any(
            isinstance(n, _Function) and n.name == entry_point for n in node.body
        ):
            return f"{source.rstrip()}\n\n\n{entry_point} = {node.name}().{entry_point}\n"
    return None


def _under_other_name(source: str, entry_point: str, prompt: str) -> str | None:
    """The program with its only function of as many arguments under the name asked for; None where there is none such."""
    wanted = _arguments(_functions(tree_of(prompt) or tree_of(prompt.rstrip() + "\n    pass\n")), entry_point)
    rivals = [f for f in _functions(tree_of(source)) if wanted is None or len(f.args.args) == wanted]
    if len(rivals) != 1 or rivals[0].name == entry_point:
        return None
    return f"{source.rstrip()}\n\n\n{entry_point} = {rivals[0].name}\n"


def _arguments(functions: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], name: str) -> int | None:
    """How many arguments the function of that name takes; None where it is not there."""
    return next((len(f.args.args) for f in functions if f.name == name), None)


def _functions(tree: ast.Module | None) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [n for n in tree.body if isinstance(n, _Function)] if tree is not None else []
