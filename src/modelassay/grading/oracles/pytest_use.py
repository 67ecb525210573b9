"""Which tests use of pytest only what sandbox/pytest_names.py has, and that module for them, on either side of the boundary.

Tests that use more of it get pytest itself, where it is installed in the environment that `assay` runs in.
"""

from __future__ import annotations

import _ast
import os
import sys

from modelassay.grading.oracles.test_names import walk

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType
    from typing import Any, Final

_FILE: Final = os.path.join(os.path.dirname(os.path.dirname(__file__)), "sandbox", "pytest_names.py")  # noqa: PTH118, PTH120
SOURCE_NAME: Final = "<pytest>"  # as faults.py knows it
_made: list[ModuleType] = []


def source() -> str:
    """The text of the module."""
    with open(_FILE, encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded at the start
        return file.read()


def module() -> ModuleType:
    """The module, made once."""
    if not _made:
        made = type(sys)("pytest")
        exec(compile(source(), SOURCE_NAME, "exec", dont_inherit=True), made.__dict__)
        _made.append(made)
    return _made[0]


class InPlace:
    """Within such a block tests that import pytest get the module, if `wanted`."""

    def __init__(self, *, wanted: bool) -> None:
        self._wanted = wanted
        self._before: ModuleType | None = None

    def __enter__(self) -> None:
        if self._wanted:
            self._before = sys.modules.get("pytest")
            sys.modules["pytest"] = module()

    def __exit__(self, *_: object) -> None:
        if self._wanted:
            del sys.modules["pytest"]
            if self._before is not None:
                sys.modules["pytest"] = self._before


def is_enough(sources: Sequence[str]) -> bool:
    """Whether the tests import pytest by its own name and use nothing but what the module has."""
    nodes = [node for text in sources for node in _nodes(text)]
    parts = {
        n.attr
        for n in nodes
        if isinstance(n, _ast.Attribute) and isinstance(n.value, _ast.Name) and n.value.id == "pytest"
    }
    imported = False
    for node in nodes:
        if isinstance(node, _ast.Import):
            of_pytest = [a for a in node.names if a.name.partition(".")[0] in ("pytest", "_pytest")]
            if any(a.name != "pytest" or a.asname not in (None, "pytest") for a in of_pytest):
                return False
            imported = imported or bool(of_pytest)
        elif isinstance(node, _ast.ImportFrom) and (node.module or "").partition(".")[0] in (
            "pytest",
            "_pytest",
        ):
            if node.module != "pytest":
                return False
            parts |= {a.name for a in node.names}
            imported = True
    return imported and parts <= module().PARTS


def calls_of_approx(trees: Sequence[Any]) -> frozenset[str]:
    """How the tests spell `approx`, as they would be unparsed."""
    names = {"pytest.approx"}
    for node in (n for tree in trees for n in walk(tree)):
        if isinstance(node, _ast.ImportFrom) and node.module == "pytest":
            names |= {a.asname or a.name for a in node.names if a.name == "approx"}
    return frozenset(names)


def _nodes(text: str) -> Iterator[Any]:
    yield from walk(compile(text, "<test>", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True))
