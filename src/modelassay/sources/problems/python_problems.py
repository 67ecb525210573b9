"""The user's own problems as a Python file: functions with a docstring, and asserts that call them.

The file is parsed here and never run; its asserts and helpers are trusted and run where tests run.
"""

import ast
import hashlib
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from modelassay.core.errors import InputError, MissingError
from modelassay.core.problems import Asserts, Check, Problem, ProblemSet, Suite
from modelassay.sources.problems.conftest_files import conftest_beside, lent
from modelassay.sources.problems.docstring_tests import docstring_tests
from modelassay.sources.problems.unit_tests import check_body, is_fixture, is_test

_FORM = "write functions with a docstring, and below each `assert name(…) == …` or a function test_name with asserts"
_OF_TESTS = ("pytest", "unittest", "hypothesis")
_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_python_problems(path: Path) -> ProblemSet:
    """Each function or class with a docstring that asserts call is a problem; everything else is helpers and imports.

    The prompt is the head with its docstring, after the imports and the helpers that the body uses;
    a body that does something is the reference. Tests are top-level asserts and the functions test_* and classes of tests
    that call it (unit_tests.py says what of pytest they may use), or else the docstring's examples; `pytest.approx` and
    other imports work in them where they are installed. Ids are `file/function`.
    Raises MissingError, or InputError with file and line.
    """
    source = _read(path)
    tree = _parse(source, path)
    functions: dict[str, _Defined] = {
        n.name: n for n in tree.body if isinstance(n, _Defined) and not is_test(n) and not is_fixture(n)
    }
    described = {name: f for name, f in functions.items() if ast.get_docstring(f)}
    fixtures = _of_conftest(path, tree.body)
    tests = _tests(tree, described, path, fixtures)
    if not tests:
        raise InputError("no problem in this file", path=path, hint=_FORM)
    others = [n for n in tree.body if not is_test(n) and not _is_docstring(n)]
    text = source + ("\0" + _text(fixtures) if fixtures else "")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return ProblemSet(
        name=path.stem, version=sha256[:12], sha256=sha256, licence="unknown",
        problems=tuple(
            _problem(path.stem, functions[name], found, [n for n in others if n is not functions[name]], fixtures)
            for name, found in tests.items()
        ),
    )  # fmt: skip


def read_problem_folder(path: Path) -> ProblemSet:
    """The problems of a folder of Python files, file by file in the order of their names; files without any are left out.

    Raises MissingError, or InputError with file and line; InputError where no file holds a problem.
    """
    found: list[Problem] = []
    digest = hashlib.sha256()
    for file in sorted(path.glob("*.py")):
        if file.name.startswith(("conftest", "__init__")):
            continue
        tree = _parse(_read(file), file)
        if not any(is_test(n) for n in tree.body) and not any(
            ">>>" in (ast.get_docstring(n) or "") for n in tree.body if isinstance(n, _Function)
        ):
            continue
        problems = read_python_problems(file)
        digest.update(f"{file.name}\0{problems.sha256}\n".encode())
        found += problems.problems
    if not found:
        raise InputError(
            "no Python file with a problem in this folder, and no input 1.in",
            path=path,
            hint=f"{_FORM}; or 1.in and 1.out",
        )
    sha256 = digest.hexdigest()
    return ProblemSet(
        name=path.resolve().name, version=sha256[:12], sha256=sha256, licence="unknown", problems=tuple(found)
    )


def _of_conftest(path: Path, body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """What the conftest.py beside a file lends to its tests. Raises InputError where that is no Python."""
    conftest = conftest_beside(path, [n for n in body if is_test(n)])
    return [] if conftest is None else lent(_parse(_read(conftest), conftest).body, body)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError as error:
        raise MissingError("no such problem file", path=path, hint="give a .jsonl or a .py file") from error
    except (IsADirectoryError, UnicodeDecodeError) as error:
        raise InputError("not a UTF-8 text file", path=path, hint=_FORM) from error


def _parse(source: str, path: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        raise InputError(
            f"not Python: {error.msg}", path=path, line=error.lineno, hint="fix that line"
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"not Python: {error}", path=path, hint=_FORM) from error


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _tests(
    tree: ast.Module, described: dict[str, _Defined], path: Path, fixtures: Sequence[ast.stmt]
) -> dict[str, list[ast.stmt]]:
    """Problem → its asserts and test functions, problems in the file's order."""
    found: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        if not is_test(node):
            continue
        called = [name for name in _called(node) if name in described]
        # Objects are made to be passed on where a function is asked, too.
        called = [name for name in called if not isinstance(described[name], ast.ClassDef)] or called
        if not called and isinstance(node, _Function):  # through a fixture
            needed = {a.arg for a in node.args.args}
            made = [
                f
                for f in (*fixtures, *tree.body)
                if is_fixture(f) and isinstance(f, _Function) and f.name in needed
            ]
            called = [name for f in made for name in _called(f) if name in described]
        if not called and isinstance(node, ast.ClassDef):  # tests that it inherits
            bases = {ast.unparse(base) for base in node.bases}
            called = [name for name in found if any(_named(n) in bases for n in found[name])]
        if not called:
            raise InputError(
                "this test calls no function or class that has a docstring",
                path=path,
                line=node.lineno,
                hint=_FORM,
            )
        # test_area is about area, whatever else it calls; an assert is about its outermost call.
        own = [name for name in called if isinstance(node, _Function) and node.name == f"test_{name}"]
        found.setdefault((own or called)[0], []).append(node)
    for name, function in described.items():
        if name not in found:  # examples in the docstring are tests where there are no others
            examples = docstring_tests(ast.get_docstring(function) or "")
            if examples and not _is_called(name, found):
                found[name] = examples
    return {name: found[name] for name in described if name in found}


def _named(node: ast.stmt) -> str:
    return node.name if isinstance(node, ast.ClassDef) else ""


def _is_called(name: str, tests: dict[str, list[ast.stmt]]) -> bool:
    """Whether a function is a helper of others' tests, and no problem of its own."""
    return any(name in _called(node) for nodes in tests.values() for node in nodes)


def _called(node: ast.stmt) -> list[str]:
    """Plain names called in a statement, outermost first."""
    return [n.func.id for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]


def _problem(
    stem: str, function: _Defined, tests: list[ast.stmt], others: list[ast.stmt], fixtures: list[ast.stmt]
) -> Problem:
    """fixtures: what a conftest.py lends to the tests; asserts alone ask for none, and no prompt shows them."""
    imports = [
        kept for n in others if isinstance(n, ast.Import | ast.ImportFrom) for kept in _not_of_tests(n)
    ]
    used = _used(
        function, [n for n in others if not isinstance(n, ast.Import | ast.ImportFrom) and not is_fixture(n)]
    )
    head = _text([*imports, *used])
    shown = _text([_head(function)])
    if all(isinstance(test, ast.Assert) for test in tests):
        fixtures = []
    return Problem(
        id=f"{stem}/{function.name}",
        prompt=(head + "\n\n" if head else "") + shown,
        entry_point=function.name,
        suites=(Suite(name="base", oracle=_oracle(function.name, tests, [*fixtures, *others])),),
        reference=head + "\n" + _text([function]) if _does_something(function) else None,
        signature=shown.splitlines()[len(function.decorator_list)],
    )


def _not_of_tests(node: ast.Import | ast.ImportFrom) -> list[ast.Import | ast.ImportFrom]:
    """An import without the modules that only tests need: no prompt shows them, and samples do not have them."""
    if isinstance(node, ast.ImportFrom):
        return [] if (node.module or "").partition(".")[0] in _OF_TESTS else [node]
    kept = [a for a in node.names if a.name.partition(".")[0] not in _OF_TESTS]
    return [ast.Import(names=kept)] if kept else []


def _oracle(name: str, tests: list[ast.stmt], others: list[ast.stmt]) -> Asserts | Check:
    fixtures = [n for n in others if is_fixture(n)]
    rest = [n for n in others if n not in fixtures]
    if all(isinstance(t, ast.Assert) for t in tests):
        return Asserts(asserts=tuple(ast.unparse(t) for t in tests), setup=_text(rest))
    whole = ast.parse(f"def check({name}): pass")
    check = whole.body[0]
    assert isinstance(check, ast.FunctionDef)
    check.body = check_body(tests, fixtures, rest)
    source = ast.unparse(ast.fix_missing_locations(whole)) + "\n"
    return Check(source=source, setup=_text([n for n in rest if _needed(n, source, rest)]))


def oracle_of(source: str, entry_point: str) -> Asserts | Check | None:
    """The tests of a text that holds asserts, functions test_* or classes of tests, or is a script that asserts as it goes.

    None where none names the function.
    """
    body = ast.parse(source).body
    tests = [n for n in body if is_test(n)]
    if not any(isinstance(n, ast.Name) and n.id == entry_point for t in body for n in ast.walk(t)):
        return None
    if _is_script(body, entry_point):
        return _script(body, entry_point)
    if not tests and not re.search("assert|raise", source):  # every answer would pass that does not raise
        return Check(source="import unittest\nraise unittest.SkipTest('they assert nothing')\n")
    return _oracle(entry_point, tests, [n for n in body if not is_test(n)]) if tests else None


def _is_script(body: Sequence[ast.stmt], entry_point: str) -> bool:
    """Whether the order of statements matters: some ask the function, or stand between asserts, and no test is a function."""
    if any(is_test(n) and not isinstance(n, ast.Assert) for n in body):
        return False
    if not any(_asserts(n) for t in body if not _defines(t) for n in ast.walk(t)):
        return False
    asserted = False
    for node in body:
        asserted = asserted or isinstance(node, ast.Assert)
        if isinstance(node, ast.Assert) or _defines(node) or _is_docstring(node):
            continue
        if asserted or entry_point in _names(node):
            return True
    return False


def _asserts(node: ast.AST) -> bool:
    """Whether a node is an assert, a call of some assert_equal, or raises."""
    named = node.func if isinstance(node, ast.Call) else None
    name = named.attr if isinstance(named, ast.Attribute) else named.id if isinstance(named, ast.Name) else ""
    return isinstance(node, ast.Assert | ast.Raise) or name.startswith("assert")


def _defines(node: ast.stmt) -> bool:
    return isinstance(node, _Function | ast.ClassDef | ast.Import | ast.ImportFrom)


def _script(body: Sequence[ast.stmt], entry_point: str) -> Check:
    """The statements in their order; definitions and imports come before, where functions of the tests can see them."""
    check = ast.parse(f"def check({entry_point}): pass").body[0]
    assert isinstance(check, ast.FunctionDef)
    # Names that statements bind are global, as in the script: its functions may read them.
    bound = sorted({name for node in body if not _defines(node) for name in _binds(node)} - {entry_point})
    shared: list[ast.stmt] = [ast.Global(names=bound)] if bound else []
    check.body = [*shared, *(n for n in body if not _defines(n))]
    source = ast.unparse(ast.fix_missing_locations(ast.Module(body=[check], type_ignores=[]))) + "\n"
    return Check(source=source, setup=_text([n for n in body if _defines(n)]))


def _needed(node: ast.stmt, source: str, others: list[ast.stmt]) -> bool:
    """Whether a statement stays: all do but an import of pytest that nothing is left to use."""
    if not isinstance(node, ast.Import) or [a.name for a in node.names] != ["pytest"]:
        return True
    return "pytest." in source or any("pytest." in ast.unparse(n) for n in others if n is not node)


def _used(function: _Defined, others: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Those of the other statements that the function's body needs, directly or through each other."""
    wanted, kept = _names(function), set()
    grown = True
    while grown:
        grown = False
        for node in others:
            if id(node) not in kept and _binds(node) & wanted:
                kept.add(id(node))
                wanted |= _names(node)
                grown = True
    return [node for node in others if id(node) in kept]


def _names(node: ast.stmt) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _binds(node: ast.stmt) -> set[str]:
    if isinstance(node, _Function | ast.ClassDef):
        return {node.name}
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _head(function: _Defined) -> _Defined:
    """The function or class with its docstring alone."""
    kind = type(function)
    return kind(**{**vars(function), "body": function.body[:1]})


def _does_something(function: _Defined) -> bool:
    """Whether the body is more than `...`, `pass` or `raise NotImplementedError`; of a class, some method's."""
    rest = function.body[1:]
    if isinstance(function, ast.ClassDef):
        methods = [n for n in rest if isinstance(n, _Function)]
        return bool(rest) and (not methods or any(_acts(m) for m in methods))
    if len(rest) > 1:
        return True
    return bool(rest) and not (isinstance(rest[0], ast.Pass | ast.Raise) or _is_docstring(rest[0]))


def _acts(method: _Function) -> bool:
    body = method.body[1:] if ast.get_docstring(method) else method.body
    return not all(isinstance(n, ast.Pass | ast.Raise) or _is_docstring(n) for n in body)


def _text(nodes: Sequence[ast.stmt]) -> str:
    return ast.unparse(ast.Module(body=list(nodes), type_ignores=[])) + "\n" if nodes else ""
