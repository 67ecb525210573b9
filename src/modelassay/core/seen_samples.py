"""Which samples were met already, in about a byte each: a run may have millions."""

from typing import Final

_DENSE: Final = 1 << 20  # indices below are marked in an array as long as the largest


class SeenSamples:
    """A set of (problem, index)."""

    def __init__(self) -> None:
        self._marks: dict[str, bytearray] = {}
        self._beyond: set[tuple[str, int]] = set()

    def add(self, problem: str, index: int) -> bool:
        """Whether it is new."""
        if not 0 <= index < _DENSE:
            new = (problem, index) not in self._beyond
            self._beyond.add((problem, index))
            return new
        marks = self._marks.setdefault(problem, bytearray())
        if index >= len(marks):
            marks.extend(bytes(index + 1 - len(marks)))
        new = not marks[index]
        marks[index] = 1
        return new

    def __contains__(self, sample: tuple[str, int]) -> bool:
        problem, index = sample
        marks = self._marks.get(problem, b"")
        return bool(marks[index]) if 0 <= index < len(marks) else sample in self._beyond
