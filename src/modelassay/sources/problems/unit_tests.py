"""Test functions and classes of a Python file → the body of one `check`, which runs them without pytest.

What pytest gives tests is written out: the cases of `parametrize`, fixtures of the same file (those that yield, too),
classes with their setup, and the fixtures capsys, tmp_path and monkeypatch. `unittest` runs its own. What is pytest's alone
(its other fixtures, indirect parameters) makes the tests skip themselves, with the reason, so that the problem counts as one that cannot be graded here.
"""

import ast
from collections.abc import Sequence
from typing import Final

from modelassay.sources.problems.pytest_fixtures import SOURCES

Function = ast.FunctionDef | ast.AsyncFunctionDef
_RUN: Final = """
def _run_test(test, wanted, given, fixtures):
    values, opened = {}, []

    def value(name):
        if name not in values:
            make, needs, yields = fixtures[name]
            made = make(**{need: value(need) for need in needs})
            if yields:
                opened.append(made)
                made = next(made)
            values[name] = made
        return values[name]

    def run(rest, arguments):
        if not rest:
            return test(**arguments)
        (names, cases), *others = rest
        for one in cases:
            row = one.values if type(one).__name__ == "ParameterSet" else [one] if len(names) == 1 else one
            run(others, {**arguments, **dict(zip(names, row))})

    try:
        run(given, {name: value(name) for name in wanted})
    finally:
        for made in reversed(opened):
            next(made, None)
"""


class NotOursError(Exception):
    """Tests need what only pytest has."""


def is_test(node: ast.stmt) -> bool:
    """Whether a statement is a test: an assert, a function test_*, a class Test* or of unittest's."""
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or _is_unittest(node)
    return isinstance(node, ast.Assert) or (isinstance(node, Function) and node.name.startswith("test_"))


def is_fixture(node: ast.stmt) -> bool:
    """Whether a function is one of pytest's fixtures."""
    return isinstance(node, Function) and any(_name(d).endswith("fixture") for d in node.decorator_list)


def check_body(tests: Sequence[ast.stmt], fixtures: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The statements of a `check` that run these tests in their order."""
    try:
        return _body(tests, fixtures)
    except NotOursError as reason:
        said = f"import unittest\nraise unittest.SkipTest({str(reason)!r})"
        return ast.parse(said).body


def _body(tests: Sequence[ast.stmt], fixtures: Sequence[ast.stmt]) -> list[ast.stmt]:
    functions = [f for f in fixtures if isinstance(f, Function)]
    names = {f.name for f in functions}
    asked = {
        a.arg
        for t in [*tests, *functions]
        for n in ast.walk(t)
        if isinstance(n, Function)
        for a in n.args.args
    }
    for name in [n for n in SOURCES if n in asked and n not in names]:
        made = ast.parse(SOURCES[name]).body[0]
        assert isinstance(made, Function)
        functions.insert(0, made)
    _check_fixtures(functions)
    known = {f.name for f in functions}
    body: list[ast.stmt] = [*ast.parse(_RUN).body, *(_bare(f) for f in functions)]
    entries = [f"{f.name!r}: ({f.name}, {[a.arg for a in f.args.args]!r}, {_yields(f)})" for f in functions]
    body += ast.parse(f"_fixtures = {{{', '.join(entries)}}}").body
    used = [f.name for f in functions if _keyword(f, "autouse")]
    for node in tests:
        if isinstance(node, ast.ClassDef):
            body += _class(node, known, used)
        elif isinstance(node, Function):
            body += [_bare(node), *_calls(node, node.name, known, used, method=False)]
        else:
            body.append(node)
    return body


def _check_fixtures(functions: Sequence[Function]) -> None:
    """Raises NotOursError for a fixture that only pytest can make."""
    known = {f.name for f in functions}
    for function in functions:
        if _keyword(function, "params"):
            raise NotOursError(f"the fixture {function.name} has parameters, which only pytest gives it")
        for argument in function.args.args:
            if argument.arg not in known:
                raise NotOursError(
                    f"the fixture {function.name} needs {argument.arg}, which is no fixture of this file"
                )


def _class(node: ast.ClassDef, known: set[str], used: list[str]) -> list[ast.stmt]:
    tests = [f for f in node.body if isinstance(f, Function) and f.name.startswith("test")]
    marks = node.decorator_list
    bare = ast.ClassDef(
        name=node.name, bases=node.bases, keywords=node.keywords, decorator_list=[],
        body=[_bare(f) if isinstance(f, Function) else f for f in node.body],
    )  # fmt: skip
    body: list[ast.stmt] = [bare]
    if _is_unittest(node):
        lines = [
            f"{node.name}.setUpClass()",
            *(f"{node.name}({f.name!r}).debug()" for f in tests),
            f"{node.name}.tearDownClass()",
        ]
        return [*body, *ast.parse("\n".join(lines)).body]
    names = {f.name for f in node.body if isinstance(f, Function)}
    for test in tests:
        marked = type(test)(**{**vars(test), "decorator_list": [*test.decorator_list, *marks]})
        calls = _calls(marked, f"_case.{test.name}", known, used, method=True)
        if not calls:
            continue
        before = f"_case = {node.name}()\n" + "".join(
            f"_case.{name}({'None' if name.endswith('_method') and _takes(node, name) else ''})\n"
            for name in ("setup_method", "setUp") if name in names
        )  # fmt: skip
        after = "".join(
            f"_case.{name}({'None' if _takes(node, name) else ''})\n"
            for name in ("teardown_method",)
            if name in names
        )
        body += [*ast.parse(before).body, *calls, *ast.parse(after).body]
    return body


def _takes(node: ast.ClassDef, name: str) -> bool:
    """Whether a method takes more than its object."""
    return any(isinstance(f, Function) and f.name == name and len(f.args.args) > 1 for f in node.body)


def _calls(test: Function, called: str, known: set[str], used: list[str], *, method: bool) -> list[ast.stmt]:
    """The call of one test with its cases and fixtures; [] for one that is marked to be skipped. Raises NotOursError."""
    cases: list[str] = []
    parameters: set[str] = set()
    for mark in test.decorator_list:
        name = _name(mark)
        if name.endswith("mark.skip"):
            return []
        if name.endswith("mark.usefixtures") and isinstance(mark, ast.Call):
            used = [*used, *(str(a.value) for a in mark.args if isinstance(a, ast.Constant))]
        if name.endswith(("mark.skipif", "mark.xfail")):
            raise NotOursError(f"{test.name} is marked {name}, which only pytest knows")
        if name.endswith("mark.parametrize"):
            names, values = _parametrized(mark, test.name)
            parameters |= set(names)
            cases.append(f"({names!r}, {values})")
    wanted = [a.arg for a in test.args.args[method:] if a.arg not in parameters]
    wanted += [a.arg for a in test.args.kwonlyargs if a.arg not in parameters]
    for name in [*wanted, *used]:
        if name not in known:
            raise NotOursError(
                f"{test.name} needs {name}, which is no fixture of this file: pytest's own are not here"
            )
    extra = [name for name in used if name not in wanted]
    if extra:
        called = f"lambda {', '.join([*[f'{n}=None' for n in extra], '**more'])}: {called}(**more)"
    return ast.parse(
        f"_run_test({called}, {[*wanted, *extra]!r}, [{', '.join(reversed(cases))}], _fixtures)"
    ).body


def _parametrized(mark: ast.expr, test: str) -> tuple[list[str], str]:
    if (
        not isinstance(mark, ast.Call)
        or len(mark.args) < 2
        or any(k.arg == "indirect" for k in mark.keywords)
    ):
        raise NotOursError(f"the parameters of {test} cannot be read without pytest")
    names, values = mark.args[:2]
    if isinstance(names, ast.Constant) and isinstance(names.value, str):
        return [n.strip() for n in names.value.split(",") if n.strip()], _cases(values)
    if isinstance(names, ast.Tuple | ast.List) and all(isinstance(e, ast.Constant) for e in names.elts):
        return [str(e.value) for e in names.elts if isinstance(e, ast.Constant)], _cases(values)
    raise NotOursError(f"the parameters of {test} cannot be read without pytest")


class _Params(ast.NodeTransformer):
    """`pytest.param(1, 2, id="x")` → an object of the kind that the runner unpacks."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not _name(node).endswith("param"):
            return node
        values = ast.Tuple(elts=node.args, ctx=ast.Load())
        made = ast.parse("type('ParameterSet', (), {'values': None})()", mode="eval").body
        assert isinstance(made, ast.Call)
        assert isinstance(made.func, ast.Call)
        assert isinstance(made.func.args[2], ast.Dict)
        made.func.args[2].values = [values]
        return made


def _cases(values: ast.expr) -> str:
    return ast.unparse(_Params().visit(values))


def _is_unittest(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2].endswith("TestCase") for base in node.bases)


def _bare(function: Function) -> Function:
    """Without the marks of pytest; other decorators stay."""
    kept = [d for d in function.decorator_list if not _name(d).startswith(("pytest.", "fixture", "mark."))]
    return type(function)(**{**vars(function), "decorator_list": kept})


def _name(mark: ast.expr) -> str:
    return ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)


def _keyword(function: Function, name: str) -> bool:
    return any(
        isinstance(d, ast.Call) and any(k.arg == name for k in d.keywords) for d in function.decorator_list
    )


def _yields(function: Function) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function))
