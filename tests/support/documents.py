"""What the Markdown pages of the project say that a machine can check: links, paths, commands, help."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LAB.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_STEP = re.compile(r"^(?:<!-- file: (\S+) -->\n)?```(\w*)\n(.*?)^```$", re.M | re.S)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_HELP = re.compile(r"^```\n\$ (assay(?: [\w-]+)? --help)\n(.*?)^```$", re.M | re.S)
_PATH = re.compile(r"\.{0,2}[\w.*{},-]*(?:/[\w.*{},-]+)*(?:\.(?:py|toml|md|yaml|yml|css|html)|/)")


@dataclass(frozen=True)
class Command:
    """A command line that a page shows; `whole` where it stands in a block, so that it can be run as it is.

    Blocks marked `console` show what needs a network, a GPU or something of the reader's: their options are checked alone.
    """

    page: Path
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.page.name}: {' '.join(self.words)}"


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text("utf-8"))


def spans(page: Path) -> Iterator[str]:
    """Pieces of code within lines."""
    yield from (m[1] for m in _SPAN.finditer(prose(page)))


def links(page: Path) -> Iterator[str]:
    """Targets of links that are not on the web."""
    yield from (m[1] for m in _LINK.finditer(prose(page)) if not re.match(r"[a-z]+:", m[1]))


def paths(page: Path) -> Iterator[str]:
    """Names of files and folders of the project, in `code`, with patterns; and in the trees of blocks."""
    saved = {step.name for step in steps(page)}
    for span in spans(page):
        if _PATH.fullmatch(span) and not span.startswith("/") and span not in saved:
            yield span
    for _, block in _FENCE.findall(page.read_text("utf-8")):
        folders: list[str] = []
        for line in block.splitlines():
            if found := re.match(r"([│├└─ ]*)([\w.-]+(?:/[\w.-]+)*/)(?: |$)", line):
                folders[len(found[1]) // 4 :] = [found[2]]
                yield "".join(folders)


def commands(page: Path) -> Iterator[Command]:
    """Command lines of `assay`, make, python and pytest, in blocks and within lines."""
    text = page.read_text("utf-8")
    blocks = [(kind, block) for kind, block in _FENCE.findall(text) if kind in {"", "console"}]
    lines = [(line, not kind) for kind, block in blocks for line in block.splitlines()]
    lines += [(span, False) for span in spans(page)]
    for line, whole in lines:
        words = _words(line.strip().removeprefix("$ "))
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            words = words[1:]
        if words and Path(words[0]).name in {"assay", "make", "python", "pytest"} and len(words) > 1:
            yield Command(page, (Path(words[0]).name, *words[1:]), whole)


@dataclass(frozen=True)
class Step:
    """One thing that a reader of a guide does: a command line (`run`), a piece of Python, or a file to save."""

    kind: Literal["run", "python", "file"]
    text: str
    name: str = ""


def steps(page: Path) -> Iterator[Step]:
    """What a guide has its reader do, in order: commands of unmarked blocks, Python, files announced by `<!-- file: NAME -->`."""
    for name, kind, block in _STEP.findall(page.read_text("utf-8")):
        if name:
            yield Step("file", block, name)
        elif kind == "python":
            yield Step("python", block)
        elif not kind:
            yield from (Step("run", line) for line in block.splitlines() if line.strip())


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def help_blocks(page: Path) -> list[tuple[str, str]]:
    """(command, text) of each block that shows what a command's help prints."""
    return [(m[1], m[2]) for m in _HELP.finditer(page.read_text("utf-8"))]


def anchors(page: Path) -> set[str]:
    """The ids that GitHub gives to a page's headings."""
    heads = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


# What runs write, and examples of what a user has.
_NOT_OURS = {"report.html", "HumanEval_0/0.py", "corrected/", "documents/", "candidates/"}


def exists(name: str, page: Path) -> bool:
    """Whether a path is there: from the root, the package, the page's folder, or by its bare name anywhere in them."""
    if name in _NOT_OURS:
        return True
    bases = (ROOT, ROOT / "src" / "modelassay", page.parent)
    if any(any(base.glob(one)) for base in bases for one in _alternatives(name.rstrip("/"))):
        return True
    found = (ROOT / top for top in ("src/modelassay", "tests", "benchmarks", "docs", "examples", "tools"))
    return "/" not in name and any(any(top.rglob(name)) for top in found)


def _alternatives(name: str) -> list[str]:
    """`a/{b,c}.py` → `a/b.py`, `a/c.py`."""
    found = re.search(r"\{([^}]*)\}", name)
    if found is None:
        return [name]
    return [name.replace(found[0], one) for one in found[1].split(",")]
