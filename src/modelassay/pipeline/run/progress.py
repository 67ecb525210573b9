"""What the pipeline tells whoever is watching. The terminal, a log or nobody may listen."""

from typing import Protocol


class Progress(Protocol):
    """OnBatch of every stage. Calls are cheap and may come from one thread only."""

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
        """A stage begins: what is being done, how many units it has, how many an earlier run did. unit: "bytes", or "" where
        the name says what is counted.
        """

    def advance(self, units: int = 1) -> None:
        """Some units of the current stage are done."""

    def note(self, text: str) -> None:
        """One line worth reading: a warning, a repair, a result."""


class Silent:
    """Nobody is watching."""

    def stage(self, name: str, total: int, done: int = 0, unit: str = "") -> None:
        """Say nothing."""

    def advance(self, units: int = 1) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
