"""What a samples file holds, and what in it is not a sample."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from modelassay.core.measured import Completion


@dataclass(frozen=True)
class Trouble:
    """Something in the file that is not a sample. line: 1-based, None where the format has no lines."""

    path: Path
    line: int | None
    message: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.message}"


@dataclass
class PrecomputedSamples:
    """What a samples file holds for one problem set.

    completions: in the set's order, then by index; many of them are on disk until they are looked at. missing: problems of the set without any sample.
    unknown: samples of problems that are not in the set. malformed: what could not be read as a sample.
    assumptions: what the file does not say and was taken for granted. nulls: answers that the file has as null; each is
    a sample without a text. names: how the file names problems.
    """

    path: Path
    format: str
    sha256: str
    completions: Sequence[Completion] = ()
    missing: list[str] = field(default_factory=list)
    unknown: list[Trouble] = field(default_factory=list)
    malformed: list[Trouble] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    nulls: int = 0
    names: set[str] = field(default_factory=set)

    @property
    def fewest(self) -> int:
        """The smallest number of samples over the problems that have any; 0 when none has."""
        return min(Counter(c.problem for c in self.completions).values(), default=0)


def shortened(names: Sequence[str], most: int = 5) -> str:
    """`a, b, c and 12 more`."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
