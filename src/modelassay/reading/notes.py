"""Read a written document into claims: notes, cards, posts, leaderboard exports, in any habit of Markdown.

The entry of this package: from text or bytes to a Reading. document.py does the work.
"""

import json
import re
from pathlib import Path

from msgspec.structs import replace as with_fields

from modelassay.core.errors import InputError
from modelassay.evidence.base import Evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.reading.claims.claims_draft import Reading
from modelassay.reading.document import NoteReader
from modelassay.reading.layout.notebook_cells import Lines, notebook_lines
from modelassay.reading.layout.pdf_pages import PdfText, is_pdf, read_pdf

_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_note(
    text: str,
    vocabulary: Vocabulary,
    evidence: Evidence,
    path: Path | str | None = None,
    *,
    title: str = "",
    repository: str = "",
) -> Reading:
    """Read a document. Raises `InputError` when it holds no text.

    Every claim's `quote` is verbatim text of its 1-based `line`. Numbers that are no claims are in `unread`. path:
    where the document lies; a file that names no model may lie in the repository of one. title: what an answer without
    a name of its own is about (a leaderboard's data set). repository: hub id of the model whose card it is.
    """
    if not text.strip():
        raise InputError("the note is empty", hint="give a document with text in it")
    del evidence  # the reader never asks the evidence what a document should have said
    source = re.split(r"\r\n|\n|\r", text)
    cells = notebook_lines("\n".join(source)) if source[0].lstrip().startswith("{") else None
    if cells is not None:
        reading = NoteReader(cells.text or [""], vocabulary, printed=cells.printed).read()
        return _at_origin(reading, cells, source)
    where = Path(path) if path is not None else None
    return NoteReader(source, vocabulary, path=where, title=title, repository=repository).read()


def _at_origin(reading: Reading, cells: Lines, source: list[str]) -> Reading:
    """The claims of a notebook with the lines of its file, and quotes as the file writes them."""

    def quote(line: int, text: str) -> str:
        raw = source[line - 1]
        if text in raw:
            return text
        for ascii_only in (False, True):
            written = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
            if written in raw:
                return written
        return raw.strip()

    claims = []
    for claim in reading.claims:
        line = cells.origin[claim.line - 1]
        found = quote(line, claim.quote)
        claims.append(with_fields(claim, line=line, quote=found, id=f"{claim.id}{line:x}", column=None))
    unread = [
        with_fields(
            item, line=cells.origin[item.line - 1], quote=quote(cells.origin[item.line - 1], item.quote)
        )
        for item in reading.unread
    ]
    return Reading(claims=sorted(claims, key=lambda c: c.line), unread=sorted(unread, key=lambda u: u.line))


def open_note(data: bytes, path: Path | str | None = None) -> PdfText:
    """A document's bytes as text; `pages` holds the page of each line of a PDF, and nothing for any other text.

    Raises `InputError` with the remedy for bytes that are neither.
    """
    return read_pdf(data, path) if is_pdf(data) else PdfText(decode_note(data, path), ())


def decode_note(data: bytes, path: Path | str | None = None) -> str:
    """A document's bytes as text: UTF-8, with or without mark, or UTF-16 with mark.

    Raises `InputError` naming the first byte that is not UTF-8, and the remedy.
    """
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            return _decode(data, encoding, path)
    text = _decode(data, "utf-8", path)
    if "\x00" in text:
        raise InputError(
            "the note holds zero bytes: not a text file", path=path, hint="give a Markdown or text file"
        )
    return text


def _decode(data: bytes, encoding: str, path: Path | str | None) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"not {encoding.upper()} text (byte {error.start})",
            path=path,
            line=line,
            hint=f"save it as UTF-8, e.g. iconv -f latin1 -t utf-8 {path or 'NOTE.md'}",
        ) from error


def read_note_bytes(
    data: bytes, path: Path | str | None, vocabulary: Vocabulary, evidence: Evidence
) -> Reading:
    """Read a document from its bytes. Raises `InputError` (file, line, remedy) on another encoding or no text."""
    text = open_note(data, path).text
    if not text.strip():
        raise InputError("the note is empty", path=path, hint="give a document with text in it")
    return read_note(text, vocabulary, evidence)
