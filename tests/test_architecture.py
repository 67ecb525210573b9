"""The rules of docs/architecture.md that a machine can check."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "modelassay"
PACKAGES = [
    "core", "sources", "evidence", "reading", "audit", "shortlist", "sampling", "grading", "estimates", "speed", "report",
    "pipeline", "service", "cluster", "cli",
]  # fmt: skip
# Inside a package: its parts from the lowest to the highest. A file that is named nowhere is above all of them.
PARTS = {
    "sources": ["json_lines", "problems"],
    "reading": ["layout", "language", "claims", "document"],
    "grading": ["boundary", "sandbox", "extraction", "languages", "comparisons", "oracles"],
    "pipeline": ["plan", "run", "results", "exchange"],
}
# The contract's three public names; everything else is imported from the file that defines it.
REEXPORTS = {"audit", "estimates", "grading"}
NETWORK = {"httpx", "socket", "_socket", "urllib", "http", "requests", "huggingface_hub"}


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            folder = SOURCE.parent.joinpath(*module.split("."))
            # `from modelassay.sources import readers` imports a file, not a name of the package.
            yield from (
                f"{module}.{a.name}" if (folder / f"{a.name}.py").exists() else module for a in node.names
            )


def package(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_one_way(path: Path) -> None:
    """No file imports a later package, and none goes through a package's `__init__`."""
    if path.parent == SOURCE:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "modelassay" or len(parts) == 1:
            continue
        assert PACKAGES.index(parts[1]) <= PACKAGES.index(package(path)), f"{path} imports {name}"
        assert len(parts) > 2, f"{path} imports the package {name}, not the file that defines the name"


def floor(package: str, part: str) -> int:
    """How high a part stands in its package."""
    parts = PARTS.get(package, [])
    return parts.index(part) if part in parts else len(parts)


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_inside_a_package_go_one_way(path: Path) -> None:
    """No part of a package imports a part above it."""
    package, *rest = path.relative_to(SOURCE).with_suffix("").parts
    for name in imports(path):
        parts = name.split(".")
        if parts[:2] == ["modelassay", package] and len(parts) > 2:
            assert floor(package, parts[2]) <= floor(package, rest[0]), f"{path} imports {name}"


def test_no_module_imports_itself_by_a_detour() -> None:
    """The imports of all files, at any depth, form no cycle."""
    modules = {".".join(p.relative_to(SOURCE.parent).with_suffix("").parts): p for p in files()}
    order = TopologicalSorter({name: set(imports(path)) & modules.keys() for name, path in modules.items()})
    order.prepare()


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_init_files_hold_no_code(path: Path) -> None:
    """`__init__.py` is a docstring; three packages re-export the contract's public name, the outermost has the version."""
    if path.name != "__init__.py":
        return
    body = ast.parse(path.read_text("utf-8")).body
    rest = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    if path.parent == SOURCE:
        rest = [
            n for n in rest if not (isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__version__")
        ]
    if package(path) in REEXPORTS and path.parent.parent == SOURCE:
        rest = [n for n in rest if not isinstance(n, ast.ImportFrom | ast.Assign)]
    assert not rest


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_dangers_have_one_door(path: Path) -> None:
    """`print` only in cli; the network only in sources, and the page server on loopback."""
    tree = ast.parse(path.read_text("utf-8"))
    if path.parent == SOURCE:
        return
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert "print" not in calls or package(path) == "cli"
    # urllib.parse takes addresses apart and connects to nothing.
    network = {name.split(".")[0] for name in imports(path) if name != "urllib.parse"} & NETWORK
    doors = {"report/serve.py", "service/server.py"}
    # A socket pair is how the grader talks to its own child; the sandbox has no network to reach.
    inside = {"socket", "_socket"} if package(path) == "grading" else set()
    assert not network - inside or package(path) == "sources" or str(path.relative_to(SOURCE)) in doors


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_short(path: Path) -> None:
    """What makes code unreadable is the tail: no file over 400 lines, no function over 60."""
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 60, node.name


def test_help_is_light() -> None:
    """`assay --help` loads neither torch nor numpy, which is what keeps it quick."""
    command = [sys.executable, "-X", "importtime", "-m", "modelassay.cli.main", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}

    assert not loaded & {"torch", "numpy", "transformers", "scipy", "yaml", "jinja2", "httpx"}
