"""A small writer of PDF files: text at a place, rules, a picture, pages; no library."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Page:
    """What stands on a page of 612 by 792 points: texts (x, y over the bottom, text) and rules (x, y, width)."""

    texts: list[tuple[float, float, str]] = field(default_factory=list)
    rules: list[tuple[float, float, float]] = field(default_factory=list)

    def lines(self, *lines: str, top: float = 740, left: float = 60) -> "Page":
        """Lines of running text, one below the other."""
        self.texts += [(left, top - 14 * i, line) for i, line in enumerate(lines)]
        return self

    def table(self, rows: Sequence[Sequence[str]], *, top: float, columns: Sequence[float]) -> "Page":
        """Cells at the left edges of their columns; an empty one is not drawn."""
        self.texts += [
            (left, top - 14 * i, cell)
            for i, row in enumerate(rows)
            for left, cell in zip(columns, row, strict=False)
            if cell
        ]
        return self

    def rule(self, y: float, left: float = 60, width: float = 480) -> "Page":
        """A horizontal line."""
        self.rules.append((left, y, width))
        return self

    def content(self) -> bytes:
        """The page's content stream."""
        drawn = [f"BT /F1 10 Tf {x} {y} Td ({text.translate(_ESCAPES)}) Tj ET" for x, y, text in self.texts]
        drawn += [f"{x} {y} m {x + width} {y} l S" for x, y, width in self.rules]
        return "\n".join(drawn).encode("latin-1")


_ESCAPES = str.maketrans({"(": "\\(", ")": "\\)", "\\": "\\\\"})


def pdf(*pages: Page, encrypted: bool = False) -> bytes:
    """A PDF file of pages in Courier; `encrypted`: it says that it needs a password nobody knows."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode())
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>")
    for index, page in enumerate(pages):
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {5 + 2 * index} 0 R >>".encode()
        )
        content = page.content()
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    if encrypted:
        objects.append(
            b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> >>"
        )
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    lock = f" /Encrypt {len(objects)} 0 R /ID [<{'43' * 16}> <{'43' * 16}>]" if encrypted else ""
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{lock} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return out
