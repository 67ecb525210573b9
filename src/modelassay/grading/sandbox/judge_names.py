"""Names that LiveCodeBench's and APPS's judges have ready for a program: all of the standard library's usual modules.

Models that were trained for these judges leave imports out (`List`, `deque`, `inf`), and pass there. Only what a program uses and
does not bind itself is imported for it: the judges' own way, all names of eighteen modules, would cost each test more than
most programs do.
"""

from __future__ import annotations

import builtins
import sys

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Any, Final

    Names = tuple[tuple[str, str], ...]  # name → module it is of

RECURSION_LIMIT: Final = 50_000  # which they set
DIGITS: Final = (
    50_000  # of an integer that may become a text, which LiveCodeBench's sets; Python's own limit is 4,300
)
# In the judges' order: of two modules with a name the later one has it. The modules' own names go before all.
MODULES: Final = (
    "string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics", "itertools",
    "functools", "operator", "io", "sys", "json", "typing",
)  # fmt: skip
_ONLY_AST: Final = 0x400  # flag of `compile`, as the `ast` module has it
_NAMED: Final = ("FunctionDef", "AsyncFunctionDef", "ClassDef")


def needed(source: str) -> Names:
    """The names that a program loads and nowhere binds, each with the module in which a judge would find it."""
    loaded, bound = set[str](), set[str]()
    left: list[Any] = [compile(source, "<names>", "exec", _ONLY_AST, dont_inherit=True)]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
            continue
        kind = type(node).__name__
        if kind == "Name":
            (loaded if type(node.ctx).__name__ == "Load" else bound).add(node.id)
        elif kind == "alias":
            bound.add(node.asname or node.name.partition(".")[0])
        elif kind in _NAMED:
            bound.add(node.name)
        left += [getattr(node, field, None) for field in getattr(node, "_fields", ())]
    found = ((name, _module_of(name)) for name in sorted(loaded - bound) if not hasattr(builtins, name))
    return tuple((name, module) for name, module in found if module)


def give(names: Names, space: dict[str, Any]) -> None:
    """Bind these names for a program, and raise the limits of recursion and of digits as the judges do."""
    for name, module in names:
        whole = __import__(module)
        space[name] = whole if name == module else getattr(whole, name)
    sys.setrecursionlimit(RECURSION_LIMIT)
    sys.set_int_max_str_digits(DIGITS)


def _module_of(name: str) -> str:
    """The module in which a judge finds the name; "" for none."""
    if name in MODULES:
        return name
    for module in reversed(MODULES):
        whole = __import__(module)
        public = getattr(whole, "__all__", None)
        if name in public if public is not None else name[0] != "_" and hasattr(whole, name):
            return module
    return ""
