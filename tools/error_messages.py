"""Every message of the program that comes with a remedy, read from its source: for docs/messages.md."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "modelassay"
# Folders of the source → what one was doing when the message came, in the order of the page.
AREAS = {
    "The study file, and what is in a run": ("pipeline", "core", "problems.py"),
    "Problem sets, custom problems, downloads": ("sources",),
    "Models, backends, servers, precomputed samples": ("sampling",),
    "Grading": ("grading",),
    "Documents and evidence": ("reading", "audit", "evidence", "shortlist"),
    "Estimates, speed, report": ("estimates", "speed", "report"),
    "The grading service": ("service",),
    "The command line": ("cli",),
}


@dataclass(frozen=True, order=True)
class Message:
    """What is printed, with … for what differs from case to case."""

    text: str
    remedy: str


def messages(folder: str) -> Iterator[Message]:
    """Of a folder of the source, or a file."""
    place = SOURCE / folder
    for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not _name(node.func).endswith("Error"):
                continue
            hints = [k.value for k in node.keywords if k.arg == "hint"]
            said = _text(node.args[0]) if node.args else ""
            remedy = _text(hints[0]) if hints else ""
            if _tells(said) and _tells(remedy):
                yield Message(said, remedy)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _tells(text: str) -> bool:
    """Whether there are words in it, and not only what differs from case to case."""
    return len(text.replace("…", "").split()) >= 2


def _text(node: ast.expr) -> str:
    """A string or f-string with … in its gaps; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return " ".join(node.value.split())
    if isinstance(node, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "…" for p in node.values]
        return " ".join("".join(map(str, parts)).split())
    if isinstance(node, ast.BinOp):
        return f"{_text(node.left)}{_text(node.right)}"
    return ""


def messages_page() -> str:
    """docs/messages.md."""
    from references import MADE, table

    head = f"""# Messages

What the program says where something is wrong, and its remedy, as they stand in the source; … is what differs from case to case. On the
terminal they are one line: `assay: FILE:LINE: message — remedy`, exit code 1. The commonest, with more words:
[troubleshooting](guides/troubleshooting.md). {MADE}
"""
    parts = []
    for title, folders in AREAS.items():
        found = sorted({m for folder in folders for m in messages(folder)})
        parts.append(f"## {title}\n\n{table(['message', 'remedy'], [[m.text, m.remedy] for m in found])}")
    text = "\n".join([head, *parts])
    # Words in angle brackets would be HTML.
    return text.replace("<", "&lt;").replace(">", "&gt;")
