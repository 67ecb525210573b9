"""What a problem's own Python says about it: signatures, helpers, and the function its asserts call.

Only trusted text (problem sets) comes through here, and it is parsed, never run.
"""

import ast
import builtins
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

_BUILTINS = frozenset(dir(builtins))
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def parse(source: str) -> ast.Module | None:
    """The syntax tree, or None when `source` is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old sets hold "\d" in plain strings
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def signature(source: str, entry_point: str) -> str | None:
    """`def name(args):` of the last top-level function of that name, as written; None when there is none.

    A prompt that ends after its docstring is completed first.
    """
    tree = parse(source) or parse(source.rstrip() + "\n    pass\n")
    found = [node for node in _top_level(tree) if isinstance(node, _Function) and node.name == entry_point]
    if not found:
        return None
    node = found[-1]
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{word} {node.name}({ast.unparse(node.args)}){returns}:"


def helpers(prompt: str, entry_point: str, reference: str | None = None) -> str:
    """The prompt's imports and helper functions: all of it but what is asked for, the entry point, every other head
    without a body, and what the reference defines in another way than the prompt, all of which the sample has to give."""
    last = {
        n.name: ast.dump(n)
        for n in _top_level(parse(reference or ""))
        if isinstance(n, _Function | ast.ClassDef)
    }
    tree = parse(prompt) or parse(prompt.rstrip() + "\n    pass\n")
    kept = [
        node
        for node in _top_level(tree)
        if not isinstance(node, _Function | ast.ClassDef)
        or not (
            node.name == entry_point
            or _is_stub(node)
            or last.get(node.name, ast.dump(node)) != ast.dump(node)
        )
    ]
    return ast.unparse(ast.Module(body=kept, type_ignores=[])) if kept else ""


def _is_stub(node: ast.stmt) -> bool:
    """Whether a function, or a class with functions, does nothing yet: docstrings, `pass`, `...`, NotImplementedError."""
    if isinstance(node, ast.ClassDef):
        methods = [n for n in node.body if isinstance(n, _Function)]
        return bool(methods) and all(_is_stub(n) for n in node.body) and not node.decorator_list
    if isinstance(node, _Function):
        return all(_is_stub(n) for n in node.body)
    if isinstance(node, ast.Raise):
        return node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def imports(source: str) -> str:
    """The top-level import statements of `source`, one per line."""
    tree = parse(source) or parse(source.rstrip() + "\n    pass\n")
    found = [node for node in _top_level(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return "".join(ast.unparse(node) + "\n" for node in found)


def called_function(asserts: Sequence[str], setup: str = "", reference: str = "") -> str | None:
    """The function the asserts are about: what a sample must define. None when they call nothing.

    What the reference defines comes first. Names that Python or `setup` define come last: a problem may
    ask for a `sum` of its own. Then what most asserts call, functions before classes, and the outermost
    call of the first assert.
    """
    known, own = _BUILTINS | defined(setup), defined(reference)
    order: dict[str, int] = {}
    asserts_with: Counter[str] = Counter()
    for statement in asserts:
        names = list(_called(statement))
        asserts_with.update(set(names))
        for name in names:
            order.setdefault(name, len(order))
    if not order:
        return None
    return min(
        order,
        key=lambda n: (n not in own, n in known, -asserts_with[n], n[0].isupper(), order[n]),
    )


def _top_level(tree: ast.Module | None) -> list[ast.stmt]:
    return [] if tree is None else tree.body


def _called(statement: str) -> Iterator[str]:
    """Plain names called in a statement, outermost first."""
    tree = parse(statement)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def defined(source: str) -> frozenset[str]:
    """Names that top-level statements of `source` bind by def, class, import or assignment."""
    names: set[str] = set()
    for node in _top_level(parse(source)):
        if isinstance(node, _Function | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign):
            names.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return frozenset(names)
