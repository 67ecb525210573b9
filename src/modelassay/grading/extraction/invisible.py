"""Rule `invisible-characters`: blanks that Python does not know, and characters without a width, as web pages have them.

Tried where no program was found with them; texts within the program lose them, too.
"""

from __future__ import annotations

from typing import Final

_BLANKS: Final = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
_NOTHING: Final = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"
_TABLE: Final = {**dict.fromkeys(map(ord, _BLANKS), " "), **dict.fromkeys(map(ord, _NOTHING)), 0x3000: "  "}


def without(text: str) -> str:
    """The text with plain blanks, and without what has no width."""
    return text.translate(_TABLE)
