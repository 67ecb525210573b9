"""Rule `fences joined`: a program that is spread over several blocks, imports, helpers, then the function.

Only blocks that give a meaning to a name that the others lack are put before it: an example of its use stays out.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from collections.abc import Iterable, Sequence


def completed(head: str, block: str, others: Sequence[str]) -> str | None:
    """The block that defines the function, behind those of the others that it needs; None where it needs none.

    head: what comes before in any case, the imports and helpers of the prompt.
    """
    tree, given = _tree(block), _tree(head)
    if tree is None:
        return None
    known = set(dir(builtins)) | (_bound(given.body) if given else set())
    lacking = _used(tree) - _bound(tree.body) - known
    trees = {i: t for i, other in enumerate(others) if (t := _tree(other)) is not None}
    chosen: set[int] = set()
    while lacking:
        helping = [i for i, t in trees.items() if i not in chosen and _bound(t.body) & lacking]
        if not helping:
            break
        chosen.update(helping)
        for i in helping:
            lacking = (lacking | _used(trees[i])) - _bound(trees[i].body) - known
    if not chosen:
        return None
    return "\n".join([*(others[i] for i in sorted(chosen)), block])


def _tree(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _used(tree: ast.Module) -> set[str]:
    """Names that are read and that nothing inside of functions gives a meaning to; roughly, scopes are not kept apart."""
    nodes = list(ast.walk(tree))
    loaded = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    inner = {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    imported = {
        (a.asname or a.name).split(".")[0]
        for n in nodes
        if isinstance(n, ast.Import | ast.ImportFrom)
        for a in n.names
    }
    return loaded - stored - inner - imported - {n.arg for n in nodes if isinstance(n, ast.arg)}


def _bound(body: Iterable[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((a.asname or a.name).split(".")[0] for a in node.names)
        else:
            names.update(
                n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            )
    return names
