"""The examples of a docstring as tests: asserts where each shows a value, else doctest itself, which runs them in their order."""

import ast
import builtins
import doctest
from collections.abc import Sequence
from typing import Final

from modelassay.sources.problems.public_tests import doctest_asserts
from modelassay.sources.problems.python_source import parse

_RUN: Final = """
def test_docstring():
    import doctest

    class Runner(doctest.DocTestRunner):
        def report_failure(self, out, test, example, got):
            if got.startswith("Traceback"):
                got = got.strip().rpartition("\\n")[2]
            out(f"{example.source.strip()} shows {got.strip()}, not {example.want.strip()}")

        def report_unexpected_exception(self, out, test, example, raised):
            out(f"{example.source.strip()} raises {raised[0].__name__}: {raised[1]}")

    said = []
    examples = doctest.DocTest(EXAMPLES, NAMES, "docstring", None, 0, None)
    result = Runner(verbose=False).run(examples, out=said.append, clear_globs=False)
    assert not result.failed, said[0][:400]
"""


def docstring_tests(docstring: str) -> list[ast.stmt]:
    """The tests, empty where there are none. What raises, prints, is elided or rests on the example before needs doctest."""
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
    except ValueError:  # half of an example
        return []
    asserts = [*doctest_asserts(docstring)]
    if len(asserts) == len(examples) and not any(e.options for e in examples):
        return [ast.parse(a).body[0] for a in asserts]
    if not any(e.want for e in examples):
        return []
    return [_run_by_doctest(examples)]


def _run_by_doctest(examples: Sequence[doctest.Example]) -> ast.stmt:
    """A test function that has doctest run the examples, with the names that they use."""
    made = ", ".join(
        f"doctest.Example({e.source!r}, {_wanted(e)!r}, {e.exc_msg!r}, {e.lineno}, 0, {e.options!r})"
        for e in examples
    )
    names = ", ".join(f"{name!r}: {name}" for name in _names(examples))
    return ast.parse(_RUN.replace("EXAMPLES", f"[{made}]").replace("NAMES", f"{{{names}}}")).body[0]


def _wanted(example: doctest.Example) -> str:
    """What is to be shown; of a comparison that shows nothing, that it is true."""
    tree = parse(example.source)
    first = tree.body[0] if tree and tree.body else None
    says_itself = isinstance(first, ast.Expr) and isinstance(first.value, ast.Compare)
    return "True\n" if says_itself and not example.want else example.want


def _names(examples: Sequence[doctest.Example]) -> list[str]:
    """The names that examples use before they bind them."""
    bound: set[str] = set()
    found: dict[str, None] = {}
    for tree in (parse(e.source) for e in examples):
        nodes = [*ast.walk(tree)] if tree else []
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
        stored |= {a.arg for a in nodes if isinstance(a, ast.arg)}
        stored |= {
            a.asname or a.name.partition(".")[0]
            for n in nodes
            if isinstance(n, ast.Import | ast.ImportFrom)
            for a in n.names
        }
        used = [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
        found.update(dict.fromkeys(n for n in used if n not in bound | stored and not hasattr(builtins, n)))
        bound |= stored
    return list(found)
