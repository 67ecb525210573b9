"""The documentation is true: its paths exist, its links lead somewhere, its commands run, its help is the program's."""

import ast
import importlib
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from modelassay import __version__
from modelassay.cli.main import app
from modelassay.sampling.precomputed.formats import FORMATS
from modelassay.sampling.protocols import PROTOCOLS
from support.documents import (
    GUIDES,
    PAGES,
    ROOT,
    Command,
    anchors,
    commands,
    exists,
    help_blocks,
    links,
    paths,
)
from support.running import Assay

SOURCE = ROOT / "src" / "modelassay"
ARCHITECTURE = ROOT / "docs" / "architecture.md"
PROTOCOLS_PAGE = ROOT / "docs" / "protocols.md"
COMMANDS_PAGE = ROOT / "docs" / "commands.md"
COMMANDS_HEAD = """# The commands

What `assay --help` and the help of each command print. A test holds this page against the program;
`ASSAY_EXPECT=write .venv/bin/pytest tests/test_docs.py` writes it anew.

"""
# The changelog and the lab book speak of what was; their paths and commands were right on their day.
LASTING = [page for page in PAGES if page.name not in {"CHANGELOG.md", "LAB.md"}]
SHOWN = [command for page in LASTING for command in commands(page)]
# Commands that take a second or two; the others are held against the program's own options.
QUICK = {"audit", "plan", "benchmarks", "doctor", "evidence", "shortlist", "--version", "--help"}
# Those of the guides are run by test_guides.py, one after the other.
RUN = [c for c in SHOWN if c.page not in GUIDES and c.whole and c.words[0] == "assay" and c.words[1] in QUICK]


def pages(chosen: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("page", chosen, ids=lambda p: p.name)


@pages(PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file of the project, and its anchor a heading there."""
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


@pages(LASTING)
def test_paths_exist(page: Path) -> None:
    """Every file and folder that a page names is there."""
    assert [name for name in paths(page) if not exists(name, page)] == []


def test_every_package_is_named() -> None:
    """The tree in docs/architecture.md has every package and part, and nothing else, in the order of imports."""
    from test_architecture import PACKAGES

    named = [name.removeprefix("src/modelassay/") for name in paths(ARCHITECTURE) if name.startswith("src/")]
    tree = [name for name in named if name.endswith("/")]
    folders = {f"{p.parent.relative_to(SOURCE)}/" for p in SOURCE.rglob("__init__.py") if p.parent != SOURCE}

    assert {name for name in tree if name} == folders
    assert [name[:-1] for name in tree if name.count("/") == 1] == PACKAGES


def test_a_stranger_finds_what_decides_in_three_steps() -> None:
    """README links to docs/architecture.md, whose table names a file for each question, and in it the function."""
    assert "docs/architecture.md" in set(links(ROOT / "README.md"))
    table = ARCHITECTURE.read_text("utf-8").split("## Where is it decided?")[1].split("\n## ")[0]
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("|")][2:]

    assert len(rows) >= 3
    for question, files, function in rows:
        named = re.findall(r"`(src/[^`]+)`", files)
        assert named, question
        if name := function.strip().strip("`"):
            text = (ROOT / named[-1]).read_text("utf-8")
            assert re.search(rf"^(def|class) {name}\b|^{name}\b", text, re.M), f"{question}: no {name}"


def test_there_are_commands_to_check() -> None:
    """README shows its two commands and some that are run below."""
    shown = {" ".join(c.words) for c in SHOWN if c.page.name == "README.md" and c.whole}

    assert {"make study", "make test"} <= shown
    assert len(RUN) >= 4


@pytest.mark.parametrize("command", SHOWN, ids=str)
def test_commands_are_the_programs_own(command: Command) -> None:
    """Every command shown exists, with every option that it is shown with; scripts and make targets exist."""
    kind, *rest = command.words
    options = {word.split("=")[0] for word in rest if word.startswith("--")}
    if kind == "assay":
        group = typer.main.get_command(app)
        chosen = getattr(group, "commands", {}).get(rest[0]) if not rest[0].startswith("-") else group
        assert chosen is not None, f"no command {rest[0]}"
        assert options - {"--help"} <= {name for p in chosen.params for name in (*p.opts, *p.secondary_opts)}
    elif kind == "make":
        dry = subprocess.run(["make", "-n", *rest], cwd=ROOT, capture_output=True, text=True, check=False)
        assert dry.returncode == 0, dry.stderr
    else:
        files = [
            word
            for word in rest
            if word.endswith(".py") or word.startswith(("tests/", "tools/", "benchmarks/"))
        ]
        assert [name for name in files if not (ROOT / name).exists()] == []
        if kind == "python" and files:
            text = (ROOT / files[0]).read_text("utf-8")
            assert [name for name in options if f'"{name}"' not in text] == []


@pytest.mark.parametrize("command", RUN, ids=str)
def test_quick_commands_run_as_written(command: Command, assay: Assay, tmp_path: Path) -> None:
    """The commands of the pages' blocks, in a folder that has the examples and nothing else."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = assay(*command.words[1:], ASSAY_DATA="")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def printed_help(command: str) -> str:
    """What `assay … --help` prints at 80 columns."""
    runner = CliRunner()
    return runner.invoke(app, command.split()[1:], prog_name="assay", env={"COLUMNS": "80"}).stdout


def test_the_page_of_commands_is_the_programs() -> None:
    """docs/commands.md is what the program prints, command by command. ASSAY_EXPECT=write writes it anew."""
    names = ["", *getattr(typer.main.get_command(app), "commands", {})]
    asked = [f"assay {name} --help".replace("  ", " ") for name in names]
    blocks = [
        f"## {line.removesuffix(' --help')}\n\n```\n$ {line}\n{printed_help(line)}```\n" for line in asked
    ]
    text = COMMANDS_HEAD + "\n".join(blocks)
    if os.environ.get("ASSAY_EXPECT") == "write":
        COMMANDS_PAGE.write_text(text, encoding="utf-8")

    assert COMMANDS_PAGE.read_text("utf-8") == text


def test_help_is_the_programs() -> None:
    """Help that any page shows is what the program prints."""
    shown = [block for page in PAGES for block in help_blocks(page)]

    assert len(shown) > 10
    assert [line for line, text in shown if printed_help(line) != text] == []


def test_names_that_readme_imports_exist() -> None:
    """The lines of Python in README import what they say."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    for node in ast.parse(block).body:
        assert isinstance(node, ast.ImportFrom)
        module = importlib.import_module(node.module or "")
        assert all(hasattr(module, alias.name) for alias in node.names)


def test_every_check_has_a_paragraph() -> None:
    """Each name that a remark of the audit carries is an anchor of docs/checks.md."""
    text = "\n".join(path.read_text("utf-8") for path in (SOURCE / "audit").glob("*.py"))
    names = set(re.findall(r'check="([\w-]+)"', text))

    assert len(names) > 10
    assert names <= anchors(ROOT / "docs" / "checks.md")


@pytest.mark.parametrize("names", [PROTOCOLS, FORMATS], ids=["protocols", "formats of samples"])
def test_tables_of_names_are_complete(names: Mapping[str, object]) -> None:
    """Every prompt format and every format of samples has a row in docs/protocols.md."""
    rows = [
        line.split("|")[1] for line in PROTOCOLS_PAGE.read_text("utf-8").splitlines() if line.startswith("| ")
    ]
    named = {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}

    assert set(names) - named == set()


def test_one_version_everywhere() -> None:
    """The package, the citation and the changelog's latest dated entry agree."""
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    dated = re.findall(r"^## (\d\S*) - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)

    assert dated[0][0] == __version__
    assert f"\nversion: {__version__}\n" in citation
    assert f"\ndate-released: {dated[0][1]}\n" in citation


def test_no_message_points_to_a_page_that_is_not_installed() -> None:
    """docs/ is no part of the package: what a user reads in the terminal says what to do itself."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        described = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "docs/" in node.value
            and id(node) not in described
        ]

    assert found == []
