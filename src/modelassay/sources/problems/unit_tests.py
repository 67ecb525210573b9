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
from modelassay.sources.problems.run_texts import CLOSE, END, HYPOTHESIS, RUN, WAITED
from modelassay.sources.problems.skipped_tests import skip_conditions, unless, without_skips

Function = ast.FunctionDef | ast.AsyncFunctionDef
# pytest takes every function that begins with `test`; words like `testify` may be the function that is asked for.
_HOOKS: Final = ("setup_function", "teardown_function", "setup_module", "teardown_module")
_ARGUMENTS: Final = ("argnames", "argvalues")
_TEST_NAME: Final = re.compile(r"test(_|\d|[A-Z]|\Z)")


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


def is_for_all(fixture: Function) -> bool:
    """Whether a fixture is made for every test, asked for or not."""
    return _keyword(fixture, "autouse") is not None


def check_body(
    tests: Sequence[ast.stmt], fixtures: Sequence[ast.stmt], others: Sequence[ast.stmt] = ()
) -> list[ast.stmt]:
    """The statements of a `check` that run these tests in their order. others: what else stands at the top of their file, of
    which functions like `setup_function` are called around them.
    """
    hooks = {f.name: f for f in others if isinstance(f, Function) and f.name in _HOOKS}
    bases = {c.name: c for c in (*others, *tests) if isinstance(c, ast.ClassDef)}
    try:
        return _body(tests, fixtures, hooks, bases)
    except NotOursError as reason:
        said = f"import unittest\nraise unittest.SkipTest({str(reason)!r})"
        return ast.parse(said).body


def _called_hook(hooks: dict[str, Function], name: str) -> list[ast.stmt]:
    """The call of a function around tests, if there is one."""
    given = "None" if name in hooks and hooks[name].args.args else ""
    return ast.parse(f"{name}({given})" if name in hooks else "").body


def _around(hooks: dict[str, Function]) -> list[ast.stmt]:
    """What is called before and after each case of a test function."""
    made = ast.parse("def _enter(): pass\ndef _leave(): pass").body
    for function, name in zip(made, _HOOKS, strict=False):
        assert isinstance(function, ast.FunctionDef)
        function.body += _called_hook(hooks, name)
    return made


def _body(
    tests: Sequence[ast.stmt],
    fixtures: Sequence[ast.stmt],
    hooks: dict[str, Function],
    bases: dict[str, ast.ClassDef],
) -> list[ast.stmt]:
    functions = [f for f in fixtures if isinstance(f, Function)]
    names = {fixture_name(f) for f in functions}
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
    known = {fixture_name(f) for f in functions}
    _check_fixtures(functions, known)
    waits = any(isinstance(n, ast.AsyncFunctionDef) for t in [*tests, *functions] for n in ast.walk(t))
    body: list[ast.stmt] = [*ast.parse(RUN + WAITED * waits).body, *(_bare(f) for f in functions)]
    if any(
        _name(d).rpartition(".")[2] == "given"
        for t in tests
        for n in ast.walk(t)
        if isinstance(n, Function)
        for d in n.decorator_list
    ):
        body += ast.parse(HYPOTHESIS).body
    body += ast.parse(f"_fixtures = {{{', '.join(_entry(f, f.name, f.args.args) for f in functions)}}}").body
    used = [fixture_name(f) for f in functions if _keyword(f, "autouse")]
    body += _called_hook(hooks, "setup_module")
    cases: set[str] = set()  # classes of unittest, and those that are made from them
    for node in tests:
        if isinstance(node, ast.ClassDef):
            if _is_unittest(node) or {ast.unparse(base) for base in node.bases} & cases:
                cases.add(node.name)
                body += [_bare_class(node), *ast.parse(f"_run_class({node.name})").body]
            else:
                body += _class(node, known, used, bases)
        elif isinstance(node, Function):
            body += [_bare(node), *_around(hooks), *_calls(node, node.name, known, used)]
        else:
            body += [*ast.parse("_cases.append(None)").body, node]
    return [*body, *_called_hook(hooks, "teardown_module"), *ast.parse(CLOSE + END).body]


def _entry(fixture: Function, called: str, arguments: Sequence[ast.arg]) -> str:
    """A fixture's line in the table that `_run_test` looks into."""
    waits = isinstance(fixture, ast.AsyncFunctionDef)
    params, scope = _keyword(fixture, "params"), _keyword(fixture, "scope")
    return (
        f"{fixture_name(fixture)!r}: ({called}, {[a.arg for a in arguments]!r}, {_yields(fixture)}, {waits}, "
        f"{_cases(params) if params else None}, {ast.unparse(scope) if scope else repr('function')})"
    )


def _check_fixtures(functions: Sequence[Function], known: set[str], *, method: bool = False) -> None:
    """Raises NotOursError for a fixture that only pytest can make."""
    for function in functions:
        for argument in function.args.args[method:]:
            if argument.arg not in (*known, "request"):
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


def _class(
    node: ast.ClassDef, known: set[str], used: list[str], bases: dict[str, ast.ClassDef]
) -> list[ast.stmt]:
    """A class as pytest runs it: a new object for each case of a test, and fixtures that are its methods."""
    methods = [*_methods(node, bases).values()]
    own = [f for f in methods if is_fixture(f)]
    tests = [f for f in methods if f.name.startswith("test") and f not in own]
    known = known | {fixture_name(f) for f in own}
    _check_fixtures(own, known, method=True)
    made = [_entry(f, f"lambda **given: _case.{f.name}(**given)", f.args.args[1:]) for f in own]
    used = [*used, *(fixture_name(f) for f in own if _keyword(f, "autouse"))]
    named = {f.name: f for f in methods}
    body: list[ast.stmt] = [_bare_class(node)]
    body += ast.parse(f"{node.name}.setup_class()" if "setup_class" in named else "").body
    around = [
        [
            f"    _case.{name}({'None' if name.endswith('_method') and len(named[name].args.args) > 1 else ''})"
            for name in names
            if name in named and name not in known
        ]
        for names in (("setup_method", "setUp", "setup"), ("teardown_method", "tearDown", "teardown"))
    ]
    head = ["def _enter():", "    nonlocal _case", f"    _case = {node.name}()", *around[0]]
    body += ast.parse("\n".join([*head, "def _leave():", "    pass", *around[1]])).body
    for test in tests:
        marked = type(test)(**{**vars(test), "decorator_list": [*test.decorator_list, *node.decorator_list]})
        called = f"lambda **given: _case.{test.name}(**given)"
        body += _calls(marked, called, known, used, more=made, owner=node.name)
    body += ast.parse(f"{node.name}.teardown_class()" if "teardown_class" in named else "").body
    inner = [c for c in node.body if isinstance(c, ast.ClassDef) and is_test(c)]
    return [*body, *(statement for c in inner for statement in _class(c, known, used, bases))]


def _methods(node: ast.ClassDef, bases: dict[str, ast.ClassDef]) -> dict[str, Function]:
    """The methods of a class by name, those of its bases in the same file included."""
    found: dict[str, Function] = {}
    for base in reversed([ast.unparse(b) for b in node.bases]):
        if base in bases and bases[base] is not node:
            found.update(_methods(bases[base], bases))
    return found | {f.name: f for f in node.body if isinstance(f, Function)}


def _calls(
    test: Function,
    called: str,
    known: set[str],
    used: list[str],
    *,
    more: Sequence[str] = (),
    owner: str = "",
) -> list[ast.stmt]:
    """The call of one test with its cases and fixtures, unless it is marked to be skipped. Raises NotOursError."""
    cases: list[str] = []
    parameters: set[str] = set()
    for mark in test.decorator_list:
        name = _name(mark)
        if name.endswith("mark.usefixtures") and isinstance(mark, ast.Call):
            used = [*used, *(str(a.value) for a in mark.args if isinstance(a, ast.Constant))]
        if name.endswith("mark.xfail") and _keyword(test, "strict"):
            raise NotOursError(f"{test.name} is marked {name}(strict=True), which only pytest knows")
        if name.endswith("mark.parametrize"):
            names, values, indirect = _parametrized(mark, test.name)
            parameters |= set(names) - set(indirect)
            cases.append(f"({names!r}, {values}, {indirect!r})")
    bound = bool(owner) and not any(_name(d) == "staticmethod" for d in test.decorator_list)
    given = test.args.args[bound + sum(map(_puts_a_mock, test.decorator_list)) :]
    wanted = [a.arg for a in [*given, *test.args.kwonlyargs] if a.arg not in parameters]
    if any(_name(d).rpartition(".")[2] == "given" for d in test.decorator_list):
        wanted = []  # which hypothesis gives
    for name in [*wanted, *used]:
        if name not in (*known, "request"):
            raise NotOursError(
                f"{test.name} needs {name}, which is no fixture of this file: pytest's own are not here"
            )
    extra = [name for name in used if name not in wanted]
    if extra:
        called = f"lambda {', '.join([*[f'{n}=None' for n in extra], '**more'])}: ({called})(**more)"
    fixtures = f"{{**_fixtures, {', '.join(more)}}}" if more else "_fixtures"
    waits = ", waits=True" if isinstance(test, ast.AsyncFunctionDef) else ""
    waits += f", owner={owner!r}" if owner else ""
    waits += ", around=(_enter, _leave)"
    call = f"_run_test({called}, {[*extra, *wanted]!r}, [{', '.join(reversed(cases))}], {fixtures}{waits})"
    return ast.parse("\n".join(unless(call, skip_conditions(test.decorator_list)))).body


def _puts_a_mock(mark: ast.expr) -> bool:
    """Whether a decorator is `unittest.mock.patch` or `patch.object` without a value, which puts an argument first."""
    if not isinstance(mark, ast.Call) or any(k.arg == "new" for k in mark.keywords):
        return False
    parts = _name(mark).split(".")
    return (parts[-1] == "patch" and len(mark.args) < 2) or (
        parts[-2:] == ["patch", "object"] and len(mark.args) < 3
    )


def _parametrized(mark: ast.expr, test: str) -> tuple[list[str], str, list[str]]:
    """Names, cases as Python, and the names that are given to the fixtures of those names."""
    given = {k.arg: k.value for k in mark.keywords} if isinstance(mark, ast.Call) else {}
    parts = [
        *(mark.args if isinstance(mark, ast.Call) else []),
        *(given[n] for n in _ARGUMENTS if n in given),
    ]
    names = _texts(parts[0]) if len(parts) > 1 else None
    indirect = given.get("indirect", ast.Constant(False))
    whole = (names if indirect.value else []) if isinstance(indirect, ast.Constant) else None
    chosen = whole if isinstance(indirect, ast.Constant) else _texts(indirect)
    if not names or chosen is None:
        raise NotOursError(f"the parameters of {test} cannot be read without pytest")
    return names, _cases(parts[1]), chosen


def _texts(node: ast.expr) -> list[str] | None:
    """The names in a text or a list of texts; None where they are computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [n.strip() for n in node.value.split(",") if n.strip()]
    if isinstance(node, ast.Tuple | ast.List):
        return [str(e.value) for e in node.elts if isinstance(e, ast.Constant)]
    return None


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
    """The cases of `parametrize` or of a fixture, without those that are marked to be skipped or to fail."""
    if isinstance(values, ast.List | ast.Tuple):
        values.elts = [e for e in values.elts if not _is_left_out(e)]
    return ast.unparse(_Params().visit(values))


def _is_left_out(case: ast.expr) -> bool:
    marks = [k.value for k in case.keywords if k.arg == "marks"] if isinstance(case, ast.Call) else []
    return any(re.search(r"mark\.(skip\b|xfail)", ast.unparse(m)) for m in marks)


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


def _keyword(function: Function, name: str) -> ast.expr | None:
    """What a keyword of one of the decorators is given, if it is there and no None."""
    given = [
        k.value
        for d in function.decorator_list
        if isinstance(d, ast.Call)
        for k in d.keywords
        if k.arg == name and not (isinstance(k.value, ast.Constant) and k.value.value in (None, False))
    ]
    return given[0] if given else None


def fixture_name(function: Function) -> str:
    """The name by which tests ask for a fixture."""
    name = _keyword(function, "name")
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else function.name


def _yields(function: Function) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function))
