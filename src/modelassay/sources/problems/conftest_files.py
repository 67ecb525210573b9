"""What the `conftest.py` beside a file of tests lends to it: the fixtures that its tests ask for, and what these use."""

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from modelassay.sources.problems.unit_tests import Function, fixture_name, is_fixture, is_for_all

NAME: Final = "conftest.py"


def conftest_beside(path: Path, body: Sequence[ast.stmt]) -> Path | None:
    """The conftest.py of the file's folder; None where there is none, or the file has no test that could ask for a fixture."""
    beside = path.parent / NAME
    return beside if any(isinstance(n, Function | ast.ClassDef) for n in body) and beside.is_file() else None


def lent(conftest: Sequence[ast.stmt], body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Those statements of a conftest.py that a file's tests need, in their order.

    A fixture of the file's own takes the place of one with the same name. Hooks (`pytest_configure`) are pytest's alone.
    """
    own = {fixture_name(n) for n in body if isinstance(n, Function) and is_fixture(n)}
    fixtures = [
        n for n in conftest if isinstance(n, Function) and is_fixture(n) and fixture_name(n) not in own
    ]
    asked = _asked(body)
    chosen: list[ast.stmt] = []
    while more := [n for n in fixtures if n not in chosen and (is_for_all(n) or fixture_name(n) in asked)]:
        chosen += more
        asked |= _asked(more)
    others = [n for n in conftest if not (isinstance(n, Function) and is_fixture(n))]
    used = {n.id for node in chosen for n in ast.walk(node) if isinstance(n, ast.Name)}
    while more_used := [n for n in others if n not in chosen and _binds(n) & used]:
        chosen += more_used
        used |= {n.id for node in more_used for n in ast.walk(node) if isinstance(n, ast.Name)}
    return [n for n in conftest if n in chosen]


def _asked(nodes: Iterable[ast.stmt]) -> set[str]:
    """Names of arguments, and texts in decorators such as `usefixtures("name")`."""
    found: set[str] = set()
    for function in (n for node in nodes for n in ast.walk(node)):
        if isinstance(function, Function):
            found |= {a.arg for a in (*function.args.args, *function.args.kwonlyargs)}
        if isinstance(function, Function | ast.ClassDef):
            within = (n for d in function.decorator_list for n in ast.walk(d) if isinstance(n, ast.Constant))
            found |= {n.value for n in within if isinstance(n.value, str)}
    return found


def _binds(node: ast.stmt) -> set[str]:
    if isinstance(node, Function | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {a.asname or a.name.partition(".")[0] for a in node.names}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
