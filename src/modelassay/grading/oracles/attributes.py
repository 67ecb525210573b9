"""Whether tests treat what a sample returns as an object of a class of the sample's own: they use attributes that no value has.

Only the source of the tests is read. Attributes of modules, of what the tests define themselves and of exceptions that they
catch are no sign.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final


def _example() -> Iterator[int]:
    yield 0


_MODULES: Final = (
    "collections", "datetime", "decimal", "fractions", "io", "pathlib", "array", "re", "random", "numpy", "pandas",
    "unittest", "contextlib", "asyncio", "uuid", "ipaddress",
)  # fmt: skip
_MORE: Final = ("numpy.ma", "pandas.core.groupby", "pandas.core.indexing", "unittest.mock", "sqlite3")
_KINDS: Final[tuple[type, ...]] = (
    list, tuple, dict, set, frozenset, str, bytes, bytearray, memoryview, int, float, complex, range, slice, type, object,
    type(_example()), type(_example), type(len), property, type({}.keys()), OSError, UnicodeDecodeError, StopIteration,
    SyntaxError, ExceptionGroup, ImportError, AttributeError, NameError, SystemExit,
)  # fmt: skip


def uses_own_attributes(sources: Sequence[str], ours: Iterable[str]) -> bool:
    """Whether these tests read, set or call an attribute that no value has. ours: names that are not the sample's."""
    trees = []
    for source in sources:
        try:
            trees.append(ast.parse(source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    nodes = [node for tree in trees for node in ast.walk(tree)]
    known = _known_names(nodes, ours)
    own = _own_attributes(nodes)
    wanted = {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr[:2] != "__" and _root(node) not in known
    }
    return bool(wanted - own) and bool(wanted - own - _attributes_of_values())


def uses_values(sources: Sequence[str], names: Iterable[str]) -> bool:
    """Whether these tests use one of the names as a value, as a table or a constant is, and do not only call it."""
    wanted = set(names)
    nodes = [node for source in sources for node in ast.walk(ast.parse(source))]
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    bound = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    bound |= {a.arg for a in nodes if isinstance(a, ast.arg)}
    return any(
        isinstance(n, ast.Name)
        and n.id in wanted - bound
        and id(n) not in called
        and isinstance(n.ctx, ast.Load)
        for n in nodes
    )


def _known_names(nodes: list[Any], ours: Iterable[str]) -> set[str]:
    """Names whose attributes say nothing of a sample: modules, classes of the tests, `self`, exceptions that are caught."""
    found = {"self", "cls", *ours}
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update((a.asname or a.name).partition(".")[0] for a in node.names)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef) or (
            isinstance(node, ast.ExceptHandler) and node.name
        ):
            found.add(node.name or "")
    return found


def _own_attributes(nodes: list[Any]) -> set[str]:
    """What classes of the tests have."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            for part in ast.walk(node):
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.add(part.name)
                elif isinstance(part, ast.Attribute) and _root(part) in ("self", "cls"):
                    found.add(part.attr)
                elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    found.add(part.id)
    return found


def _root(node: Any) -> str:
    """The name at the beginning of an expression such as `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _attributes_of_values() -> set[str]:
    """The attributes of built-in values, and of those of modules that are loaded."""
    found = {name for kind in _KINDS for name in dir(kind)}
    for name in (*_MODULES, *_MORE):
        for part in vars(sys.modules[name]).values() if name in sys.modules else ():
            if isinstance(part, type):
                found.update(dir(part))
    return found
