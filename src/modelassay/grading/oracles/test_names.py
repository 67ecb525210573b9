"""Where the names that tests use come from: the tests, this side's Python, or the sample.

Only what a problem asks for is the sample's: the entry point, and what the prompt or the reference defines. Modules and
what the prompt or the reference imports are ours, and so are functions that the prompt gives whole, for else a sample
could bring a `math` of its own whose `isclose` is always true. A name that nothing explains is the sample's.

Classes that the tests define are defined on the sample's side too, with what they need, because a function
that is given a node of a list has to know nodes.
"""

from __future__ import annotations

import _ast
import builtins
import sys

from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

# Names in tests that read or set what is in the sample's process: output, input, what is patched, files.
WORLD: Final = frozenset((
    "redirect_stdout", "redirect_stderr", "redirect_stdin", "stdin", "stdout", "stderr", "patch", "MagicMock", "Mock",
    "mock", "mock_open", "monkeypatch", "capsys", "tmp_path", "tmp_path_factory", "tmpdir", "environ", "putenv", "chdir", "open", "tempfile", "mkdtemp",
    "TemporaryDirectory", "NamedTemporaryFile", "write_text", "read_text", "makedirs", "mkdir", "seed",
))  # fmt: skip
READS: Final = frozenset(("open", "read_text"))
# Names in tests of what an object that stands for a sample's answers otherwise than the sample's own would.
LOOKED_AT: Final = frozenset((
    "asyncio", "inspect", "types", "warnings", "logging", "gc", "weakref", "threading", "__name__", "__qualname__", "__doc__",
    "__cause__", "__context__", "__class__", "__dict__", "__module__", "__mro__", "exceptions", "GeneratorType",
    "catch_warnings", "isgenerator", "signature", "getLogger", "cmp_to_key", "SystemExit", "KeyboardInterrupt",
    "warns", "deprecated_call", "type",
))  # fmt: skip
_ALIASES: Final = {"np": "numpy", "pd": "pandas"}
_MAKERS: Final = ("namedtuple", "NamedTuple", "Enum", "IntEnum", "make_dataclass", "NewType", "TypedDict")
_Definition: Final = (_ast.FunctionDef, _ast.AsyncFunctionDef, _ast.ClassDef)


class TestNames(NamedTuple):
    """What names mean. remote: of the sample. ours: values of this side. classes: of the sample, by name.

    exceptions: the sample's exceptions, by name, as classes of this side. definitions: statements, with NUL between them,
    that define the classes `defined` of the tests. lent: imports of the tests that the reference makes use of, likewise, as it
    can where tests stand below the program. packages: that samples may import, as limits.Limits has them.
    """

    remote: frozenset[str]
    ours: dict[str, Any]
    classes: frozenset[str]
    exceptions: dict[str, type[Exception]]
    definitions: str
    defined: tuple[str, ...]
    lent: str = ""
    packages: tuple[str, ...] = ()


def resolve(used: set[str], entry_point: str, given: Sequence[str], tests: Sequence[str]) -> TestNames:
    """Say where each used name comes from.

    given: the prompt where it is code, up to the function's head, and the reference; tests: setup and tests.
    """
    trees = [tree for source in given if (tree := _parsed(source)) is not None]
    bound = {name for tree in trees for node in tree.body for name in _bound(node)}
    own = bound | {entry_point}
    imported = {n: text for source in given for n, text in _imports(source)}
    wanted = {n for n in used if n[:2] != "__" and not hasattr(builtins, n)} | {entry_point}
    classes = {n.name for tree in trees for n in tree.body if isinstance(n, _ast.ClassDef)}
    # Without a reference, names say what is a class.
    if not trees:
        classes |= {n for n in wanted if n[:1].isupper() and not n.isupper()}
    if entry_point[:1].isupper() and entry_point not in bound:
        classes.add(entry_point)
    exceptions = {n: k for tree in trees for n, k in _exceptions(tree)}
    ours: dict[str, Any] = {n: exceptions[n] for n in wanted & exceptions.keys() if n != entry_point}
    for name in wanted - ours.keys() - {entry_point}:
        if name in imported:
            _take(ours, name, imported[name])
        elif (
            name not in own
            and (module := _ALIASES.get(name, name))
            and (module in sys.stdlib_module_names or name in _ALIASES)
        ):
            _take(ours, name, f"import {module} as {name}")
    helpers = wanted & (own - classes) - ours.keys() - {entry_point}
    if helpers and given:
        ours.update(_whole_functions(given[0], helpers))
    definitions, defined = _definitions(tests)
    return TestNames(
        frozenset(wanted - ours.keys()),
        ours,
        frozenset(classes - set(defined)),
        exceptions,
        definitions,
        defined,
        _lent(trees, tests),
    )


def _take(ours: dict[str, Any], name: str, statement: str) -> None:
    """Import something here, where it is installed."""
    space: dict[str, Any] = {}
    try:
        exec(statement, space)
    except Exception:  # not here: then it is the sample's, as far as it has it
        return
    if name in space:
        ours[name] = space[name]


def _whole_functions(source: str, names: set[str]) -> dict[str, Any]:
    """Functions that the prompt gives with their bodies."""
    tree = _parsed(source)
    whole = {
        n.name for n in (tree.body if tree else ())
        if isinstance(n, _ast.FunctionDef) and n.name in names and not _stub(n)
    }  # fmt: skip
    space: dict[str, Any] = {"__name__": "prompt"}
    if not whole:
        return {}
    try:
        exec(compile(source, "<prompt>", "exec", dont_inherit=True), space)
    except Exception:  # a prompt that does not run: what it defines is left to the sample
        return {}
    return {name: space[name] for name in whole if callable(space.get(name))}


def _stub(function: _ast.FunctionDef) -> bool:
    """Whether a function does nothing yet: a docstring, `...`, `pass`, or NotImplementedError."""
    rest = [n for n in function.body if not (isinstance(n, _ast.Expr) and isinstance(n.value, _ast.Constant))]
    return not rest or (len(rest) == 1 and isinstance(rest[0], _ast.Pass | _ast.Raise))


# --- reading sources ------------------------------------------------------------------------------------
def _parsed(source: str) -> _ast.Module | None:
    try:
        tree = compile(source, "", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    assert isinstance(tree, _ast.Module)
    return tree


def _bound(node: _ast.AST) -> Iterator[str]:
    """Names that a statement at the top gives a meaning, but for imports."""
    if isinstance(node, _Definition):
        yield node.name
    elif isinstance(node, _ast.Assign | _ast.AnnAssign):
        for target in node.targets if isinstance(node, _ast.Assign) else [node.target]:
            yield from (n.id for n in walk(target) if isinstance(n, _ast.Name))


def _imports(source: str) -> Iterator[tuple[str, str]]:
    """Names that a source imports at the top, with a statement that does it. Lines that are no Python are passed over."""
    tree = _parsed(source)
    lines = (
        [tree]
        if tree
        else [t for line in source.splitlines() if line[:1] not in " \t" and (t := _parsed(line))]
    )
    for node in (n for t in lines for n in t.body):
        if isinstance(node, _ast.Import):
            for a in node.names:
                text = f"import {a.name} as {a.asname}" if a.asname else f"import {a.name}"
                yield a.asname or a.name.partition(".")[0], text
        elif (
            isinstance(node, _ast.ImportFrom)
            and node.module
            and node.module != "__future__"
            and not node.level
        ):
            for a in node.names:
                yield a.asname or a.name, f"from {node.module} import {a.name} as {a.asname or a.name}"


def _exceptions(tree: _ast.Module) -> Iterator[tuple[str, type[Exception]]]:
    """Classes of exceptions that a source defines, as empty classes of this side."""
    known: dict[str, type[Exception]] = {}
    for node in tree.body:
        if not isinstance(node, _ast.ClassDef):
            continue
        bases = [
            known.get(b.id) or getattr(builtins, b.id, None) for b in node.bases if isinstance(b, _ast.Name)
        ]
        base = next((b for b in bases if isinstance(b, type) and issubclass(b, Exception)), None)
        if base is not None:
            known[node.name] = type(node.name, (base,), {"__module__": "problem"})
            yield node.name, known[node.name]


def walk(node: Any) -> Iterator[Any]:
    """A syntax tree's nodes, as `ast.walk` gives them; without the Python part of `ast`."""
    yield node
    for name in node._fields:
        value = getattr(node, name, None)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, _ast.AST):
                yield from walk(part)


# --- classes of the tests -------------------------------------------------------------------------------
def _definitions(tests: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The statements that define the tests' classes, in their order, and the classes' names."""
    statements = [
        (node, _text(source, node)) for source in tests if (t := _parsed(source)) for node in t.body
    ]
    classes = [node for node, _ in statements if _data_class(node)]
    if not classes:
        return "", ()
    names = tuple(dict.fromkeys(name for node in classes for name in _bound(node)))
    kept = {id(node) for node in classes}
    needed = {n.id for node in classes for n in walk(node) if isinstance(n, _ast.Name)}
    for node, _ in reversed(statements):
        if (
            id(node) not in kept
            and not _is_test(node)
            and needed.intersection([*_bound(node), *_imported(node)])
        ):
            kept.add(id(node))
            needed |= {n.id for n in walk(node) if isinstance(n, _ast.Name)}
    return "\0".join(text for node, text in statements if id(node) in kept), names


def _imported(node: _ast.AST) -> list[str]:
    if isinstance(node, _ast.Import | _ast.ImportFrom):
        return [a.asname or a.name.partition(".")[0] for a in node.names]
    return []


def _lent(trees: Sequence[_ast.Module], tests: Sequence[str]) -> str:
    """The tests' imports of names that the reference uses and nothing in it gives a meaning."""
    nodes = [node for tree in trees for node in walk(tree)]
    known = {n.name for n in nodes if isinstance(n, _Definition)} | {
        n.arg for n in nodes if isinstance(n, _ast.arg)
    }
    known |= {n.id for n in nodes if isinstance(n, _ast.Name) and not isinstance(n.ctx, _ast.Load)}
    known |= {name for n in nodes for name in _imported(n)}
    lacking = {
        n.id for n in nodes if isinstance(n, _ast.Name) and n.id not in known and not hasattr(builtins, n.id)
    }
    if not lacking:
        return ""
    statements = ((node, source) for source in tests if (t := _parsed(source)) for node in t.body)
    return "\0".join(
        _text(source, node) for node, source in statements if lacking.intersection(_imported(node))
    )


def _data_class(node: _ast.AST) -> bool:
    """Whether a statement defines a class whose objects may be passed to a sample, and not one of tests."""
    if isinstance(node, _ast.ClassDef):
        bases = {
            n.id if isinstance(n, _ast.Name) else n.attr
            for n in node.bases
            if isinstance(n, _ast.Name | _ast.Attribute)
        }
        methods = [n.name for n in node.body if isinstance(n, _Definition)]
        return not (
            node.name.startswith("Test") or "TestCase" in bases or any(m.startswith("test") for m in methods)
        )
    if isinstance(node, _ast.Assign) and isinstance(node.value, _ast.Call):
        maker = node.value.func
        return (maker.id if isinstance(maker, _ast.Name) else getattr(maker, "attr", "")) in _MAKERS
    return False


def _is_test(node: _ast.AST) -> bool:
    return isinstance(node, _Definition) and (node.name == "check" or node.name.startswith(("test", "Test")))


def _text(source: str, node: Any) -> str:
    """A statement's lines. Its decorators stand above it."""
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    return "\n".join(source.split("\n")[first - 1 : node.end_lineno])
