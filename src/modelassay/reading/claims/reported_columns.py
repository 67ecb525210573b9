"""Columns whose header says only who measured: "Our Results", "reported from X", "paper"."""

import re
from collections.abc import Sequence
from typing import Final

_WHO: Final = re.compile(
    r"\W*(?:as\s+)?(?:ours?|theirs|reported|official|claimed|self-reported|reproduced|measured|paper|blog(?:\s+post)?)(?:\s*\([^()]*\))?"
    r"(?:\s+(?:by|from|in)\s+(?:the\s+)?[\w.' -]{2,40})?\W*"
    r"|\W*(?:our|my|their|reported|published|official|original|reproduced|measured|paper|claimed|leaderboard|board|blog)(?:['’]s)?\s+"
    r"(?:results?|scores?|numbers?|values?|figures?)(?:\s*\([^()]*\))?\W*",
    re.I,
)


def says_only_who(header: str) -> bool:
    """Does a header say whose measurement a column is, and neither of which model nor on which benchmark?"""
    return _WHO.fullmatch(header) is not None


def benchmark_beside(benchmarks: Sequence[str | None], index: int) -> str | None:
    """The benchmark of such a column, from the benchmarks of all columns: the only one, or that of the nearest on its left."""
    names = {name for name in benchmarks if name is not None}
    if len(names) == 1:
        return names.pop()
    return next((name for name in reversed(benchmarks[:index]) if name is not None), None)
