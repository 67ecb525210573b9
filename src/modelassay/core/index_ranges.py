"""Numbers of samples as the ranges they make: a run of millions that follow each other takes a few bytes."""

import itertools
from array import array
from bisect import bisect_right
from collections.abc import Iterator


class IndexRanges:
    """A set of indices that are added in ascending order."""

    def __init__(self) -> None:
        self._begins, self._ends = array("Q"), array("Q")
        self._size = 0

    def add(self, index: int) -> None:
        """One more, larger than all that are there. Raises ValueError for one that is not."""
        if self._ends and index < self._ends[-1]:
            raise ValueError(f"{index} comes after {self._ends[-1] - 1}")
        if self._ends and index == self._ends[-1]:
            self._ends[-1] += 1
        else:
            self._begins.append(index)
            self._ends.append(index + 1)
        self._size += 1

    def __len__(self) -> int:
        return self._size

    def __contains__(self, index: int) -> bool:
        place = bisect_right(self._begins, index) - 1
        return place >= 0 and index < self._ends[place]

    def __iter__(self) -> Iterator[int]:
        return itertools.chain.from_iterable(map(range, self._begins, self._ends))
