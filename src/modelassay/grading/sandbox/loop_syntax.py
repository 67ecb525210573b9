"""What a `while` loop is made of, as far as nontermination.py can say what its parts do."""

from __future__ import annotations

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

_STATEMENTS: Final = frozenset(
    ("Assign", "AugAssign", "AnnAssign", "Expr", "If", "While", "For", "Pass", "Break", "Continue", "Return",
     "Raise", "Assert")
)  # fmt: skip
_EXPRESSIONS: Final = frozenset(
    ("BoolOp", "BinOp", "UnaryOp", "IfExp", "Dict", "Set", "ListComp", "SetComp", "DictComp", "GeneratorExp",
     "Compare", "Call", "FormattedValue", "JoinedStr", "Constant", "Attribute", "Subscript", "Starred", "Name",
     "List", "Tuple", "Slice", "comprehension", "keyword")
)  # fmt: skip
_COMPREHENSIONS: Final = ("ListComp", "SetComp", "DictComp", "GeneratorExp")
ENDS: Final = ("Return", "Raise")  # a loop that comes back has not been here
_LAZY: Final = frozenset(("iter", "next", "map", "filter", "zip", "enumerate", "reversed"))
_CHANGING: Final = frozenset(("pop", "popitem", "clear", "update", "setdefault"))  # methods of dictionaries


class UnknownError(Exception):
    """Something of which nothing can be said."""


def walk(node: Any) -> Iterator[Any]:
    yield node
    for below in children_of(node):
        yield from walk(below)


def children_of(node: Any) -> Iterator[Any]:
    for name in node._fields:
        value = getattr(node, name, None)
        for each in value if isinstance(value, list) else (value,):
            if hasattr(each, "_fields"):
                yield each


def checked_parts(node: Any) -> Iterator[Any]:
    """Statements and expressions of a loop, less what ends it. Raises UnknownError at the first of another kind."""
    kind = type(node).__name__
    if kind in ENDS:
        return
    if kind == "Attribute" and (node.attr.startswith("_") or type(node.ctx).__name__ != "Load"):
        raise UnknownError
    if kind == "Name" and node.id.startswith("__"):  # in a class it means another name
        raise UnknownError
    if (
        kind == "UnaryOp" and type(node.op).__name__ == "Invert"
    ):  # of a bool, it warns: by a function that can be replaced
        raise UnknownError
    if kind == "Compare" and not all(map(_by_value, node.ops, node.comparators)):
        raise UnknownError
    if kind in _STATEMENTS or kind in _EXPRESSIONS:
        yield node
    elif hasattr(node, "lineno"):
        raise UnknownError
    for below in children_of(node):
        yield from checked_parts(below)


def iterates(node: Any) -> bool:
    """Whether an iterator can be held, while other statements are done, by a part of a loop."""
    kind = type(node).__name__
    return kind in ("For", "comprehension") or (kind == "Name" and node.id in _LAZY)


def changes(node: Any) -> bool:
    """Whether a part of a loop can change a dictionary: d[k] = …, d |= …, d.pop."""
    kind = type(node).__name__
    if kind == "Subscript":
        return type(node.ctx).__name__ != "Load"
    if kind == "AugAssign":
        return type(node.op).__name__ == "BitOr" or type(node.target).__name__ == "Subscript"
    return kind == "Attribute" and node.attr in _CHANGING


def _by_value(operator: Any, right: Any) -> bool:
    """Whether a comparison is of values: equal values may be one object now and two the next time."""
    if type(operator).__name__ not in ("Is", "IsNot"):
        return True
    return type(right).__name__ == "Constant" and right.value in (None, True, False)


def of_name(node: Any) -> bool:
    return type(node).__name__ == "Attribute" and type(node.value).__name__ == "Name"


def counting(node: Any) -> tuple[str, int] | None:
    """The name that a statement counts in, and how often the statement names it: n += …, n = n + …"""
    kind = type(node).__name__
    if kind == "AugAssign" and _adds(node.op) and type(node.target).__name__ == "Name":
        return node.target.id, 1
    if kind == "Assign" and len(node.targets) == 1 and type(node.value).__name__ == "BinOp":
        target, left = node.targets[0], node.value.left
        both = type(target).__name__ == type(left).__name__ == "Name"
        if both and target.id == left.id and _adds(node.value.op):
            return target.id, 2
    return None


def _adds(operator: Any) -> bool:
    return type(operator).__name__ in ("Add", "Sub")


def place_of(loop: Any) -> int:
    """The line of a statement at whose beginning the interpreter holds nothing but names: alone in its line; 0: none."""
    if (
        loop.lineno == loop.end_lineno
    ):  # in one line: all that is seen there are beginnings of its test or body
        return 0 if _comprehends(loop) else int(loop.lineno)
    before = loop.test.end_lineno
    for number, statement in enumerate(loop.body):
        kind = type(statement).__name__
        last = statement.test.end_lineno if kind in ("If", "While") else statement.end_lineno
        following = loop.body[number + 1].lineno if number + 1 < len(loop.body) else last + 1
        inner = statement.body[0].lineno if kind in ("If", "While") else last + 1
        alone = before < statement.lineno == last < min(following, inner)
        looks = statement.test if kind in ("If", "While") else statement
        if alone and kind not in ("For", "Return", "Raise") and not _comprehends(looks):
            return int(statement.lineno)
        before = statement.end_lineno
    return 0


def _comprehends(node: Any) -> bool:
    return any(type(part).__name__ in _COMPREHENSIONS for part in walk(node))
