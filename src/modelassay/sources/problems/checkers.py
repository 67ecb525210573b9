"""A row's `checker` → Python that defines `check(given, expected, output)`, as its judge asks it.

A checker may be that function, a function whose parameters say in their names what they want, in any order and without what it
does not need, or a program that is given three files on its command line and says so in the names of its variables. A function
that returns nothing anywhere and asserts says with an AssertionError that the output is wrong.
"""

import ast
from typing import Final

from modelassay.sources.problems.python_source import parse

_ROLES: Final = {
    "given": ("given", "input", "inp", "stdin", "test", "case", "query", "question", "in"),
    "expected": (
        "expected", "correct", "answer", "ans", "jury", "judge", "reference", "ref", "want", "wanted", "gold", "true", "truth", "exp",
    ),
    "output": (
        "output", "out", "got", "actual", "stdout", "user", "participant", "contestant", "candidate", "solution", "submission",
        "result", "predicted", "prediction", "pred", "process", "sol", "printed",
    ),
}  # fmt: skip
_FORM: Final = "def check(given, expected, output), or parameters or files that are named so"
_FUNCTION: Final = """

_asked = {name}


def check(given, expected, output):
    return _asked({arguments})
"""
_ASSERTS: Final = """

_asserts = {name}


def {name}(*values, **named):
    try:
        _asserts(*values, **named)
    except AssertionError:
        return False
    return True
"""
_PROGRAM: Final = """
def check(given, expected, output):
    import contextlib, io, os, sys, tempfile
    said, status = io.StringIO(), 0
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(({order})):
            paths.append(os.path.join(folder, f"{{number}}.txt"))
            with open(paths[-1], "w", encoding="utf-8") as file:
                file.write(text)
        sys.argv = ["checker.py", *paths]
        try:
            with contextlib.redirect_stdout(said):
                exec(compile({source!r}, "checker.py", "exec"), {{"__name__": "__main__"}})
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    first = said.getvalue().split()[:1]
    try:
        points = float(first[0]) if first else 1.0
    except ValueError:
        points = 1.0
    return status == 0 and points >= 1  # less than one point is a part of it
"""


def checker_source(text: str) -> str:
    """Raises ValueError where it is no checker, or does not say which of its arguments is which."""
    tree = parse(text)
    if tree is None:
        raise ValueError("`checker` is not Python")
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    function = functions.get("check") or functions.get("checker")
    if function is not None:
        return _of_function(text, function)
    if "argv" not in text:
        raise ValueError(
            f"`checker` is neither a function nor a program that reads its arguments: give {_FORM}"
        )
    files = _files(tree)
    roles = {_role(name): place for place, name in files.items()}
    if set(files) != {1, 2, 3} or set(roles) != set(_ROLES):
        raise ValueError(
            f"`checker` does not say which of its files is which (they are called {[*files.values()]}): give {_FORM}"
        )
    order = sorted(_ROLES, key=lambda role: roles[role])
    return _PROGRAM.format(order=", ".join(order), source=text)


def _of_function(text: str, function: ast.FunctionDef) -> str:
    if _only_asserts(function):
        text += _ASSERTS.format(name=function.name)
    names = [a.arg for a in function.args.args]
    roles = [_role(name) for name in names]
    if names == [*_ROLES]:
        return text
    if names and None not in roles and len(set(roles)) == len(roles):
        arguments = ", ".join(f"{name}={role}" for name, role in zip(names, roles, strict=True))
        return text + _FUNCTION.format(name=function.name, arguments=arguments)
    if len(names) == len(_ROLES) and function.name == "check" and set(roles) == {None}:
        return text  # names that say nothing: in the order that the form has
    raise ValueError(
        f"`checker` takes {', '.join(names) or 'nothing'}, which does not say what is what: give {_FORM}"
    )


def _only_asserts(function: ast.FunctionDef) -> bool:
    """Whether a function says what it says by asserts alone."""
    nodes = [*ast.walk(function)]
    returns = any(isinstance(node, ast.Return | ast.Yield) and node.value is not None for node in nodes)
    return not returns and any(isinstance(node, ast.Assert) for node in nodes)


def _files(tree: ast.Module) -> dict[int, str]:
    """The names that a program gives to its arguments, by their places."""
    found: dict[int, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        if (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Subscript)
            and "argv" in ast.unparse(value)
        ):
            names = [e.id for e in target.elts if isinstance(e, ast.Name)]
            first = 1 if isinstance(value.slice, ast.Slice) and value.slice.lower is not None else 0
            found.update(enumerate(names, start=first))
            continue
        for part in ast.walk(value):
            place = _place(part)
            if isinstance(target, ast.Name) and place is not None:
                found[place] = target.id
    return {place: name for place, name in found.items() if place > 0}


def _place(node: ast.AST) -> int | None:
    """The place of an argument, where a node takes one by its number."""
    if not isinstance(node, ast.Subscript) or not ast.unparse(node.value).endswith("argv"):
        return None
    place = node.slice.value if isinstance(node.slice, ast.Constant) else None
    return place if isinstance(place, int) else None


def _role(name: str) -> str | None:
    """What a name says that it stands for: by its words, of which `expected` weighs more than `output`, and that more than `input`."""
    words = name.lower().strip("_").split("_")
    for role in ("expected", "output", "given"):
        if any(word in _ROLES[role] for word in words):
            return role
    return None
