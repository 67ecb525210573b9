"""Tests that skip themselves: marks of pytest and unittest, and calls of `skip` in a test's own body.

A test that is skipped is left out and the others count, as both runners have it. That is decided by what the tests' text says
and never by an exception: a program could raise one of that name.
"""

import ast
from collections.abc import Sequence
from typing import Final

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SKIPS: Final = ("pytest.skip", "self.skipTest")
_RAISED: Final = ("unittest.SkipTest", "SkipTest", "pytest.skip.Exception")


def skip_conditions(marks: Sequence[ast.expr]) -> list[str]:
    """When a test with these marks of pytest is skipped, as Python; "True" for always."""
    found = []
    for mark in marks:
        call = mark if isinstance(mark, ast.Call) else None
        name = ast.unparse(call.func if call else mark)
        if name in ("pytest.mark.skip", "mark.skip"):
            found.append("True")
        elif name in ("pytest.mark.xfail", "mark.xfail"):  # whatever comes of it is right
            condition = call.args[0] if call is not None and call.args else ast.Constant(True)
            found.append(ast.unparse(condition))
        elif call is None or not call.args:
            continue
        elif name in ("pytest.mark.skipif", "mark.skipif"):
            first = call.args[0]
            text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
            found.append(text if text is not None else ast.unparse(first))
    return found


def unless(call: str, conditions: Sequence[str]) -> list[str]:
    """The lines of a call that is not made where one of the conditions holds."""
    if "True" in conditions:
        return []
    return [f"if not ({' or '.join(f'({c})' for c in conditions)}): {call}"] if conditions else [call]


def without_skips(test: Function) -> Function:
    """The test with each skip in its own body as a return that is noted in `_skips`."""
    body = [_Returns().visit(statement) for statement in test.body]
    return type(test)(**{**vars(test), "body": body})


class _Returns(ast.NodeTransformer):
    """`pytest.skip("slow")` → note it and return; functions within are left alone, since their return is another."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return _noted(node, node.value, _SKIPS)

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return _noted(node, node.exc, _RAISED)


def _noted(node: ast.stmt, value: ast.expr | None, names: Sequence[str]) -> ast.stmt:
    if not isinstance(value, ast.Call) or ast.unparse(value.func) not in names:
        return node
    said = next((ast.unparse(v) for v in [*value.args, *(k.value for k in value.keywords)]), "'it says so'")
    # An `if` keeps it one statement, wherever that has to be.
    function = ast.parse(f"def f():\n    if True:\n        _skips.append({said})\n        return").body[0]
    assert isinstance(function, ast.FunctionDef)
    return function.body[0]
