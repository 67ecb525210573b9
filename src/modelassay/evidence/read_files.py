"""Fact files, read once: what came of a file is remembered under the hash of its text and of the code that reads it.

Reading YAML is nearly all of the time that a command needs before it can judge anything. The memory is a JSON file in
the user's cache; it is made anew when it is missing, broken or of other texts, and never trusted for anything else.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from modelassay.core import published
from modelassay.core.errors import StorageError
from modelassay.core.published import Document, Fact
from modelassay.core.records import Record
from modelassay.core.store import write_bytes
from modelassay.evidence import fact_files
from modelassay.evidence.fact_files import Revision, read_fact_file

_OFF = "ASSAY_NO_CACHE"


class ReadFile(Record):
    """A fact file as it was understood."""

    path: str
    document: Document
    facts: list[Fact]
    revisions: list[Revision]


def read_fact_files(paths: Sequence[Path]) -> list[ReadFile]:
    """Every file in order. Raises `InputError` (file, line, key) on anything that breaks the schema."""
    memory = None if os.environ.get(_OFF) else _memory_of(paths)
    if memory is not None:
        try:
            return msgspec.json.decode(memory.read_bytes(), type=list[ReadFile])
        except (OSError, msgspec.DecodeError):
            pass
    found = []
    for path in paths:
        file, facts = read_fact_file(path)
        found.append(ReadFile(path=str(path), document=file.document, facts=facts, revisions=file.revisions))
    if memory is not None:
        _remember(memory, found)
    return found


def _memory_of(paths: Sequence[Path]) -> Path | None:
    """Where what came of these very texts is remembered; `None` where there is no home for it."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("HOME")
    if not home:
        return None
    digest = hashlib.sha256()
    for source in (fact_files.__file__, published.__file__, __file__):
        digest.update(Path(source).read_bytes())
    for path in paths:
        content = path.read_bytes()
        digest.update(f"\n{path}\n{len(content)}\n".encode())
        digest.update(content)
    cache = Path(home) if os.environ.get("XDG_CACHE_HOME") else Path(home) / ".cache"
    return cache / "modelassay" / "evidence" / f"{digest.hexdigest()[:32]}.json"


def _remember(memory: Path, found: list[ReadFile]) -> None:
    """Keep what was read, and of what was kept before only the last few; a disk that refuses is no trouble."""
    try:
        write_bytes(memory, msgspec.json.encode(found))
        old = sorted(memory.parent.glob("*.json"), key=lambda path: path.stat().st_mtime)
        for path in old[:-8]:
            path.unlink(missing_ok=True)
    except (OSError, StorageError):
        return
