"""Rule `bare-body`: the statements of the function that the prompt begins, without the indentation they need there.

The first line alone has lost its indentation where an answer was stripped; all of them have in an answer that is only a body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from modelassay.grading.extraction.fences import indented
from modelassay.grading.extraction.programs import is_code, tree_of

_ENDS: Final = ("return", "yield", "raise")


def bodies(prompt: str, entry_point: str, text: str) -> Iterator[str]:
    """The prompt with the text as its function's body. Only for what is no Python by itself and gives or yields something."""
    lines = [line for line in text.split("\n") if line.strip()]
    if not prompt.endswith("\n") or not lines or lines[0][0] in " \t" or is_code(text, entry_point):
        return
    if not any(line.split(None, 1)[0].startswith(_ENDS) for line in lines) or tree_of(text) is not None:
        return
    yield prompt + indented(text)
    yield prompt + "    " + text.lstrip("\n")
