"""What the rules share: the result, and whether a text is Python that gives the function's name a meaning.

Without `re` and `typing`: every grader process loads this before its first verdict (grading's startup_imports).
"""

from __future__ import annotations

from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast
    from collections.abc import Iterator
    from typing import Final, TypeGuard

MAX_PARSED: Final = 1 << 20


class Program(NamedTuple):
    """A program's source, `None` when there is none, and how it was found: the rule, then what was cut away."""

    source: str | None
    how: str


_ABSENT: Final = {
    "empty": "the answer is empty",
    "reasoning-only": "the answer ends inside of its reasoning",
    "no-code": "no program follows the reasoning",
}


def why_absent(how: str) -> str:
    """Why there is no program, in words."""
    return _ABSENT.get(how.partition(";")[0], how)


def is_code(prompt: str, entry_point: str) -> bool:
    """Whether the prompt is the beginning of a program and not a description of one."""
    return any(begins(line, entry_point) for line in prompt.split("\n"))


def begins(line: str, entry_point: str) -> bool:
    """Whether a line is the first of the function: def, perhaps async, and its name; or of the class, which ends the line."""
    words = line.replace("\t", " ").split(" ")
    words = [word for word in words if word]
    if words[:1] == ["async"]:
        words = words[1:]
    if len(words) < 2 or words[0] not in ("def", "class") or not words[1].startswith(entry_point):
        return False
    after = words[1][len(entry_point) : len(entry_point) + 1]
    if words[0] == "class":
        return after in ("(", ":") and line.rstrip()[-1:] == ":"
    return not (after.isalnum() or after == "_")


def gives(block: str, name: str) -> bool:
    """Whether some line of a block gives the name a meaning, as a function, a class or a value."""
    if name not in block:
        return False
    for line in block.split("\n"):
        after = (
            line.removeprefix("class ").removeprefix(name) if line.startswith((name, "class " + name)) else ""
        )
        after = after.lstrip(" \t")
        if line.startswith("class ") and after[:1] in ("(", ":"):
            return True
        if after[:1] in ("=", ":") and after[:2] != "==" and "=" in after:
            return True
    return is_code(block, name)


def does_nothing(block: str) -> bool:
    """Whether a block, taken for the body of a function, defines things or states a value, and leaves it at that."""
    tree = tree_of(block)
    if tree is None or not tree.body:
        return False
    import _ast as ast

    idle = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom
    values = ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Set, ast.Name
    return all(
        isinstance(node, idle) or (isinstance(node, ast.Expr) and isinstance(node.value, values))
        for node in tree.body
    )


def continues(prompt: str, entry_point: str, text: str) -> bool:
    """Whether a text goes on with the function that the prompt begins, or defines it anew.

    Behind a function that has its docstring already, any statement is Python, and says nothing of the function.
    """
    if not prompt.endswith("\n"):
        return True
    lines = [line for line in text.split("\n") if line.strip() and line[:1] != "#"]
    if not lines or lines[0][0] in " \t":
        return True
    return any(line[:1] not in " \t" and begins(line, entry_point) for line in lines) or defines_function(
        text, entry_point
    )


def preamble(prompt: str, entry_point: str) -> str:
    """The imports and helpers before the function in the prompt."""
    start = 0
    for line in prompt.split("\n"):
        if line[:1] not in " \t" and begins(line, entry_point):
            return prompt[:start]
        start += len(line) + 1
    return ""


def tree_of(source: str) -> _ast.Module | None:
    """The syntax tree, None where this is no Python that can be loaded.

    By the parser alone: the compiler writes the body of each `finally` twice, so that a kilobyte of them inside each other
    takes it minutes and gigabytes, and only a sample's own process has limits.
    """
    import _ast
    import warnings

    if len(source) > MAX_PARSED:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source, "", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, _ast.Module)
    # What the parser takes, and the compiler does not.
    if any(isinstance(node, _ast.Return) for node in tree.body):
        return None
    return tree if "__future__" not in source or _future_imports_are_first(tree) else None


def _future_imports_are_first(tree: _ast.Module) -> bool:
    """Whether such imports stand before everything but the docstring, and ask for what there is."""
    import __future__

    early = 0
    for at, node in enumerate(tree.body):
        if _is_future_import(node):
            early += 1
            if any(alias.name not in __future__.all_feature_names for alias in node.names):
                return False
        elif at or not _is_docstring(node):
            break
    return sum(map(_is_future_import, _nodes(tree))) == early


def _is_future_import(node: _ast.AST) -> TypeGuard[_ast.ImportFrom]:
    import _ast as ast

    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_docstring(node: _ast.AST) -> bool:
    import _ast as ast

    return isinstance(node, ast.Expr) and isinstance(getattr(node.value, "value", None), str)


def _nodes(tree: _ast.AST) -> Iterator[_ast.AST]:
    """All nodes of a tree: `ast.walk` without `ast`."""
    import _ast as ast

    left: list[_ast.AST] = [tree]
    while left:
        node = left.pop()
        yield node
        for field in node._fields:
            value = getattr(node, field, None)
            children = value if isinstance(value, list) else (value,)
            left += [child for child in children if isinstance(child, ast.AST)]


def defines_function(source: str, entry_point: str) -> bool:
    """Whether this is Python that gives the function's name a meaning; without a name, that does anything at all."""
    if entry_point not in source:
        return False
    tree = tree_of(source)
    if tree is None or not entry_point:
        return tree is not None and any(_does_something(node) for node in tree.body)
    return any(binds(node, entry_point) for node in tree.body)


def _does_something(node: _ast.stmt) -> bool:
    """Whether a statement is more than a word or a number, which output that an answer shows may be, too."""
    import _ast as ast  # without the Python part of `ast`

    return not isinstance(node, ast.Expr | ast.AnnAssign) or isinstance(
        getattr(node, "value", None), ast.Call
    )


def binds(node: _ast.stmt, name: str) -> bool:
    """Whether a statement gives `name` a meaning."""
    import _ast as ast  # without the Python part of `ast`

    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.Assign():
            return any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        case ast.AnnAssign():
            return node.value is not None and isinstance(node.target, ast.Name) and node.target.id == name
        case ast.Import() | ast.ImportFrom():
            return any((a.asname or a.name) == name for a in node.names)
        case ast.If() | ast.Try() | ast.With():
            return any(binds(child, name) for child in node.body)
    return False
