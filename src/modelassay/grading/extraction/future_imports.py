"""Rule `future import first`: `from __future__` imports go above what the prompt gives, or they are no Python."""

from __future__ import annotations

import re
from typing import Final

_IMPORT: Final = re.compile(r"(?m)^from[ \t]+__future__[ \t]+import[ \t]+(?:\([^)]*\)|[^\n]*)\n?")


def hoisted(head: str, program: str) -> str | None:
    """head, then program, with the program's future imports above both; None where it has none."""
    found = _IMPORT.findall(program)
    if not found:
        return None
    return "".join(line.rstrip("\n") + "\n" for line in found) + head + _IMPORT.sub("", program)
