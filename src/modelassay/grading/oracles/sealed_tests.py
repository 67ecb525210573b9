"""Tests rewritten so that they can be run where their expected values are not.

`assert L == R`: where one side is written out, it stays here, and the code tells the other; else both are told. Any other
assertion tells its value. In unittest's `self.assertEqual(L, R)` and `assertAlmostEqual` likewise. Inside `try`, and
in `with` blocks that expect an exception, nothing is held back, since what follows depends on the outcome there.
"""

from __future__ import annotations

import ast
import marshal

from modelassay.core.startup_imports import NamedTuple
from modelassay.grading.oracles.pytest_use import calls_of_approx, module

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

_SIGNS: Final[dict[type, str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ALIASES: Final = {"np": "numpy", "pd": "pandas"}


class Site(NamedTuple):
    """One check. how: its operator, or `true`. withheld: whether a side stays here: `value`, the 0 left or 1 right one."""

    how: str
    withheld: bool
    value: Any
    side: int


class Prepared(NamedTuple):
    """wanted: modules to load before the sample. imports, codes: marshalled code: imports of the tests; setup and tests.

    changed: what the tests themselves replace in modules, as `subprocess.call`.
    """

    wanted: tuple[str, ...]
    imports: bytes
    codes: tuple[bytes, ...]
    sites: dict[int, Site]
    changed: frozenset[str]


def prepared_tests(
    setup: str, statements: Sequence[str], used: set[str], *, own_pytest: bool = False
) -> Prepared:
    """used: names that the tests use; those of modules that nothing imports are imported. own_pytest: see pytest_use.py."""
    import sys

    trees = [ast.parse(source) for source in (setup, *statements)]
    rewriter = _Rewriter(calls_of_approx(trees) if own_pytest else frozenset())
    imports = [n for n in trees[0].body if isinstance(n, ast.Import | ast.ImportFrom) and not _future(n)]
    bound = {a.asname or a.name.partition(".")[0] for n in imports for a in n.names}
    for name in sorted(used - bound):
        module = _ALIASES.get(name, name)
        if (module in sys.stdlib_module_names or name in _ALIASES) and not _defines(trees, name):
            imports.append(
                ast.Import(names=[ast.alias(name=module, asname=name if module != name else None)])
            )
    wanted = [n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in imports]
    head: list[ast.stmt] = [ast.Try(
        body=[n], handlers=[ast.ExceptHandler(type=ast.Name("ImportError", ast.Load()), name=None, body=[ast.Pass()])],
        orelse=[], finalbody=[],
    ) for n in imports]  # fmt: skip
    changed = _changed(trees, imports)  # before the trees are rewritten
    codes = [_code(rewriter.visit(tree), f"<tests {n}>") for n, tree in enumerate(trees)]
    return Prepared(
        tuple(w for w in wanted if w), _code(ast.Module(body=head, type_ignores=[]), "<imports>"),
        tuple(codes), rewriter.sites, changed,
    )  # fmt: skip


def _future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _changed(trees: Sequence[ast.Module], imports: Sequence[ast.stmt]) -> frozenset[str]:
    """Attributes of modules that the tests assign to, by the names of the modules."""
    nodes = [n for tree in trees for n in ast.walk(tree)]
    modules: dict[str, str] = {}
    for node in (*imports, *nodes):
        if isinstance(node, ast.Import):
            modules.update(
                (a.asname, a.name) if a.asname else (a.name.partition(".")[0],) * 2 for a in node.names
            )
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.update((a.asname or a.name, f"{node.module}.{a.name}") for a in node.names)
    found = set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            root, _, rest = ast.unparse(node).partition(".")
            if root in modules:
                found.add(f"{modules[root]}.{rest}")
    return frozenset(found)


def _defines(trees: Sequence[ast.Module], name: str) -> bool:
    """Whether some statement gives the name a meaning, anywhere."""
    return any(
        (isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name == name)
        or (isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store))
        or (isinstance(n, ast.arg) and n.arg == name)
        or (isinstance(n, ast.alias) and (n.asname or n.name) == name)
        for tree in trees
        for n in ast.walk(tree)
    )


def _code(tree: ast.Module, name: str) -> bytes:
    return marshal.dumps(compile(ast.fix_missing_locations(tree), name, "exec", dont_inherit=True))


def _literal(node: ast.expr) -> tuple[bool, Any]:
    """Whether an expression is written out, and its value."""
    try:
        return True, ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False, None


class _Rewriter(ast.NodeTransformer):
    def __init__(self, approx: frozenset[str]) -> None:
        self.sites: dict[int, Site] = {}
        self._guarded = 0
        self._approx = approx

    def _written(self, node: ast.expr) -> tuple[bool, Any]:
        """Whether an expression is written out, pytest's `approx` of such included, and its value."""
        if isinstance(node, ast.Call) and ast.unparse(node.func) in self._approx:
            found = [_literal(part) for part in (*node.args, *(k.value for k in node.keywords))]
            names = [k.arg for k in node.keywords]
            if all(written for written, _ in found) and None not in names:
                values = [value for _, value in found]
                more = dict(zip(map(str, names), values[len(node.args) :], strict=True))
                try:
                    return True, module().approx(*values[: len(node.args)], **more)
                except TypeError:  # which it says in the sandbox
                    return False, None
        return _literal(node)

    def _site(self, how: str, withheld: bool = False, value: Any = None, side: int = 1) -> ast.Constant:
        self.sites[len(self.sites)] = Site(how, withheld, value, side)
        return ast.Constant(len(self.sites) - 1)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        return self._inside(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        raising = any(
            "aises" in ast.dump(item.context_expr) or "suppress" in ast.dump(item.context_expr)
            for item in node.items
        )
        return self._inside(node) if raising else self.generic_visit(node)

    def _inside(self, node: ast.AST) -> ast.AST:
        self._guarded += 1
        node = self.generic_visit(node)
        self._guarded -= 1
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        test = node.test
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            call = self._compared(_SIGNS[type(test.ops[0])], test.left, test.comparators[0])
        else:
            call = _call("__true__", [self._site("true"), test])
        return ast.copy_location(ast.Expr(call), node)

    def _compared(self, how: str, left: ast.expr, right: ast.expr) -> ast.Call:
        if not self._guarded:
            for side, node, other in ((1, right, left), (0, left, right)):
                written, value = self._written(node)
                if written and not (how in ("is", "is not") and value not in (None, True, False)):
                    return _call("__held__", [self._site(how, True, value, side), ast.Constant(how), other])
        return _call("__held__", [self._site(how), ast.Constant(how), left, right])

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if (
            isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            and call.func.attr in ("assertEqual", "assertEquals") and len(call.args) >= 2
            and not any(isinstance(a, ast.Starred) for a in call.args)
        ):  # fmt: skip
            left, right, *rest = call.args
            if not self._guarded and (self._written(left)[0] or self._written(right)[0]):
                return ast.copy_location(ast.Expr(self._compared("==", left, right)), node)
            asked = _call("__equal__", [call.func, self._site("=="), left, right, *rest])
            asked.keywords = call.keywords
            return ast.copy_location(ast.Expr(asked), node)
        return self.generic_visit(node)


def _call(name: str, args: list[ast.expr]) -> ast.Call:
    return ast.Call(func=ast.Name(name, ast.Load()), args=args, keywords=[])
