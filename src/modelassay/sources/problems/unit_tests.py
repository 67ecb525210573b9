"""Test functions and classes of a Python file → the body of one `check`, which runs them without pytest.

What pytest gives tests is written out: the cases of `parametrize`, fixtures of the same file (those that yield, too),
classes with their setup, and the fixtures capsys, tmp_path and monkeypatch. `unittest` runs its own. What is pytest's alone
(its other fixtures, indirect parameters) makes the tests skip themselves, with the reason, so that the problem counts as one that cannot be graded here.
"""

import ast
import re
from collections.abc import Sequence
from typing import Final

from modelassay.sources.problems.pytest_fixtures import SOURCES
from modelassay.sources.problems.skipped_tests import skip_conditions, unless, without_skips

Function = ast.FunctionDef | ast.AsyncFunctionDef
# pytest takes every function that begins with `test`; words like `testify` may be the function that is asked for.
_TEST_NAME: Final = re.compile(r"test(_|\d|[A-Z]|\Z)")
_RUN: Final = """
_cases, _skips = [], []

def _run_class(case):
    import unittest
    case.setUpClass()
    for name in unittest.TestLoader().getTestCaseNames(case):
        marked = [m for m in (case, getattr(case, name)) if getattr(m, "__unittest_skip__", False)]
        _cases.append(name)
        if marked:
            _skips.append(marked[0].__unittest_skip_why__)
        else:
            case(name).debug()
    case.tearDownClass()
    case.doClassCleanups()

def _run_test(test, wanted, given, fixtures, waits=False):
    values, opened = {}, []

    def value(name):
        if name not in values:
            make, needs, yields, is_async = fixtures[name]
            made = make(**{need: value(need) for need in needs})
            if yields:
                opened.append((made, is_async))
                made = made.__anext__() if is_async else next(made)
            values[name] = _waited(made) if is_async else made
        return values[name]

    def run(rest, arguments):
        if not rest:
            _cases.append(test)
            return _waited(test(**arguments)) if waits else test(**arguments)
        (names, cases), *others = rest
        for one in cases:
            row = one.values if type(one).__name__ == "ParameterSet" else [one] if len(names) == 1 else one
            run(others, {**arguments, **dict(zip(names, row))})

    try:
        run(given, {name: value(name) for name in wanted})
    finally:
        for made, is_async in reversed(opened):
            _waited(anext(made, None)) if is_async else next(made, None)
"""
# What is asynchronous runs on one loop, as pytest-asyncio has it.
_WAITED: Final = """
import asyncio as _asyncio
_loop = _asyncio.new_event_loop()

def _waited(made):
    async def wait():
        return await made
    return _loop.run_until_complete(wait())
"""
# Tests that all skip themselves say nothing of a program. What a program raises does not count: `_skips` is the tests' own.
_END: Final = """
if len(_skips) >= len(_cases):
    raise __import__("unittest").SkipTest(_skips[0] if _skips else "none of them is to be run here")
"""


class NotOursError(Exception):
    """Tests need what only pytest has."""


def is_test(node: ast.stmt) -> bool:
    """Whether a statement is a test: an assert, a function test_*, test1 or testThat, a class Test* or of unittest's."""
    if isinstance(node, ast.ClassDef):
        return node.name.startswith("Test") or _is_unittest(node)
    return isinstance(node, ast.Assert) or (isinstance(node, Function) and bool(_TEST_NAME.match(node.name)))


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
    known = {f.name for f in functions}
    _check_fixtures(functions, known)
    waits = any(isinstance(n, ast.AsyncFunctionDef) for t in [*tests, *functions] for n in ast.walk(t))
    body: list[ast.stmt] = [*ast.parse(_RUN + _WAITED * waits).body, *(_bare(f) for f in functions)]
    body += ast.parse(f"_fixtures = {{{', '.join(_entry(f, f.name, f.args.args) for f in functions)}}}").body
    used = [f.name for f in functions if _keyword(f, "autouse")]
    cases: set[str] = set()  # classes of unittest, and those that are made from them
    for node in tests:
        if isinstance(node, ast.ClassDef):
            if _is_unittest(node) or {ast.unparse(base) for base in node.bases} & cases:
                cases.add(node.name)
                body += [_bare_class(node), *ast.parse(f"_run_class({node.name})").body]
            else:
                body += _class(node, known, used)
        elif isinstance(node, Function):
            body += [_bare(node), *_calls(node, node.name, known, used, method=False)]
        else:
            body += [*ast.parse("_cases.append(None)").body, node]
    return [*body, *ast.parse(_END).body]


def _entry(fixture: Function, called: str, arguments: Sequence[ast.arg]) -> str:
    """A fixture's line in the table that `_run_test` looks into."""
    waits = isinstance(fixture, ast.AsyncFunctionDef)
    return f"{fixture.name!r}: ({called}, {[a.arg for a in arguments]!r}, {_yields(fixture)}, {waits})"


def _check_fixtures(functions: Sequence[Function], known: set[str], *, method: bool = False) -> None:
    """Raises NotOursError for a fixture that only pytest can make."""
    for function in functions:
        if _keyword(function, "params"):
            raise NotOursError(f"the fixture {function.name} has parameters, which only pytest gives it")
        for argument in function.args.args[method:]:
            if argument.arg not in known:
                raise NotOursError(
                    f"the fixture {function.name} needs {argument.arg}, which is no fixture of this file"
                )


def _bare_class(node: ast.ClassDef) -> ast.ClassDef:
    """A class without the marks of pytest."""
    return ast.ClassDef(
        name=node.name, bases=node.bases, keywords=node.keywords,
        decorator_list=[d for d in node.decorator_list if not _is_pytest_mark(_name(d))],
        body=[_bare(f) if isinstance(f, Function) else f for f in node.body],
    )  # fmt: skip


def _class(node: ast.ClassDef, known: set[str], used: list[str]) -> list[ast.stmt]:
    """A class as pytest runs it: a new object for each test, and fixtures that are its methods."""
    methods = [f for f in node.body if isinstance(f, Function)]
    own = [f for f in methods if is_fixture(f)]
    tests = [f for f in methods if f.name.startswith("test") and f not in own]
    known = known | {f.name for f in own}
    _check_fixtures(own, known, method=True)
    made = [_entry(f, f"lambda **given: _case.{f.name}(**given)", f.args.args[1:]) for f in own]
    used = [*used, *(f.name for f in own if _keyword(f, "autouse"))]
    names = {f.name for f in methods}
    body: list[ast.stmt] = [_bare_class(node)]
    body += ast.parse(f"{node.name}.setup_class()" if "setup_class" in names else "").body
    for test in tests:
        marked = type(test)(**{**vars(test), "decorator_list": [*test.decorator_list, *node.decorator_list]})
        calls = _calls(marked, f"_case.{test.name}", known, used, method=True, more=made)
        if not calls:
            continue
        before = [
            f"_case.{name}({'None' if name.endswith('_method') and _takes(node, name) else ''})"
            for name in ("setup_method", "setUp", "setup") if name in names and name not in known
        ]  # fmt: skip
        after = [
            f"_case.{name}({'None' if name.endswith('_method') and _takes(node, name) else ''})"
            for name in ("teardown_method", "tearDown", "teardown") if name in names and name not in known
        ]  # fmt: skip
        body += [
            *ast.parse("\n".join([f"_case = {node.name}()", *before])).body, *calls,
            *ast.parse("\n".join(after)).body,
        ]  # fmt: skip
    return [*body, *ast.parse(f"{node.name}.teardown_class()" if "teardown_class" in names else "").body]


def _takes(node: ast.ClassDef, name: str) -> bool:
    """Whether a method takes more than its object."""
    return any(isinstance(f, Function) and f.name == name and len(f.args.args) > 1 for f in node.body)


def _calls(
    test: Function, called: str, known: set[str], used: list[str], *, method: bool, more: Sequence[str] = ()
) -> list[ast.stmt]:
    """The call of one test with its cases and fixtures, unless it is marked to be skipped. Raises NotOursError."""
    cases: list[str] = []
    parameters: set[str] = set()
    for mark in test.decorator_list:
        name = _name(mark)
        if name.endswith("mark.usefixtures") and isinstance(mark, ast.Call):
            used = [*used, *(str(a.value) for a in mark.args if isinstance(a, ast.Constant))]
        if name.endswith("mark.xfail"):
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
    fixtures = f"{{**_fixtures, {', '.join(more)}}}" if more else "_fixtures"
    waits = ", waits=True" if isinstance(test, ast.AsyncFunctionDef) else ""
    call = f"_run_test({called}, {[*extra, *wanted]!r}, [{', '.join(reversed(cases))}], {fixtures}{waits})"
    return ast.parse("\n".join(unless(call, skip_conditions(test.decorator_list)))).body


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
    kept = [d for d in function.decorator_list if not _is_pytest_mark(_name(d))]
    return without_skips(type(function)(**{**vars(function), "decorator_list": kept}))


def _is_pytest_mark(name: str) -> bool:
    return name.startswith(("pytest.", "fixture", "mark."))


def _name(mark: ast.expr) -> str:
    return ast.unparse(mark.func if isinstance(mark, ast.Call) else mark)


def _keyword(function: Function, name: str) -> bool:
    return any(
        isinstance(d, ast.Call) and any(k.arg == name for k in d.keywords) for d in function.decorator_list
    )


def _yields(function: Function) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function))
