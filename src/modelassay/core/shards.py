"""Which samples of a plan are one machine's part, so that several machines together do all of it, each sample once.

A part depends on nothing but the plan and `index/of`: machines need not know of each other, and one that is started
again does the same part.
"""

import re
from typing import Self

from modelassay.core.errors import InputError
from modelassay.core.records import Record


class Shard(Record):
    """Part `index` (from 1) of `of`."""

    index: int
    of: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`3/16`. Raises InputError."""
        found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            raise InputError(f"shard {text!r} is none", hint="give the part and their number, as 3/16")
        return cls(index=int(found[1]), of=int(found[2]))

    def holds(self, place: int, problems: int, index: int) -> bool:
        """Whether sample `index` of the problem at this place of the plan, of so many problems, is of this part.

        Whole problems where there are as many as parts, so that a prompt is computed once; else each problem's samples
        are dealt out among several parts.
        """
        parts = -(-self.of // problems)  # of each problem
        return (place * parts + index % parts) % self.of == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.of}"
