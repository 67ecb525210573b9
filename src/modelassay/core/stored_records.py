"""Records that stay on disk until they are looked at, so that a run of any number of samples needs little memory.

Of a file whose records lie in order, as whole files do that we write, every thirty-second place is kept in memory: half a
byte a record. A journal in another order, or with a record twice, costs three numbers of eight bytes each.
"""

import bisect
import itertools
import os
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar, overload

import msgspec

from modelassay.core.records import Record
from modelassay.core.store import records_in

R = TypeVar("R", bound=Record)
_PART: Final = 1 << 16  # bytes looked at together
_GAP: Final = 1 << 10  # bytes between two lines that are read all the same
_STEP: Final = 32  # records between two places that are kept


class Stored(Sequence[R]):
    """A file's records in order, read from disk whenever they are looked at.

    key: a number that orders them; of several with the same number the last in the file counts. keep: which of them
    count. shift: those whose keys are equal without so many of their lowest bits are one group; item: likewise, one item. What
    the file holds now is what is read, even if it grows or is replaced meanwhile. Raises InputError with file and line for
    a line that is not such a record.
    """

    def __init__(
        self, path: Path, kind: type[R], key: Callable[[R], int],
        keep: Callable[[R], bool] = lambda _: True, *, shift: int = 0, item: int = 0,
    ) -> None:  # fmt: skip
        self._decode = msgspec.json.Decoder(kind).decode
        self._key, self._keep = key, keep
        self._shift, self._item = shift, item
        self._index: _InOrder[R] | _Sorted[R] = _InOrder(self._decode, keep)
        self.number_of_items = 0
        self._begins = array("q")  # places where groups begin
        if not path.exists():
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if not self._in_order(path, kind, descriptor):
                self._sort(path, kind, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        weakref.finalize(self._index, os.close, descriptor)  # which whoever reads still holds

    def _in_order(self, path: Path, kind: type[R], descriptor: int) -> bool:
        """Look at the file once; False as soon as a record does not come after the one before."""
        index, last, group, item, place = _InOrder(self._decode, self._keep), -1, -1, -1, 0
        index.descriptor = descriptor
        keep, find, shift, low = self._keep, self._key, self._shift, self._item
        begins, items, length = array("q"), 0, 0
        with open(os.dup(descriptor), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            os.lseek(descriptor, 0, os.SEEK_SET)
            for start, length, record in records_in(file, path, kind):
                index.end = start + length
                if not keep(record):
                    index.whole = False
                    continue
                key = find(record)
                if key <= last:
                    return False
                if new := key >> shift != group:
                    begins.append(place)
                items += key >> low != item
                if new or place - index.kept >= _STEP or start - index.last > _PART:
                    index.note(place, start)
                last, group, item, place = key, key >> shift, key >> low, place + 1
        index.count = place
        self._index, self._begins, self.number_of_items = index, begins, items
        return True

    def _sort(self, path: Path, kind: type[R], descriptor: int) -> None:
        """Look at the file again, and keep where each record lies."""
        keys, starts, lengths = array("q"), array("q"), array("q")
        with open(os.dup(descriptor), "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            os.lseek(descriptor, 0, os.SEEK_SET)
            for start, length, record in records_in(file, path, kind):
                if self._keep(record):
                    keys.append(self._key(record))
                    starts.append(start)
                    lengths.append(length)
        import numpy as np  # where it is used: some who import this file are short-lived

        numbers = np.frombuffer(keys, dtype=np.int64)
        order = np.argsort(numbers, kind="stable")
        # of those with the same key the last in the file
        last = order[np.append(np.diff(numbers[order]) != 0, True)]
        found = [
            array("q", np.frombuffer(of_all, dtype=np.int64)[last].tobytes())
            for of_all in (keys, starts, lengths)
        ]
        self._index = _Sorted(self._decode, descriptor, *found)
        numbers = np.frombuffer(found[0], dtype=np.int64)
        changes = np.flatnonzero(np.diff(numbers >> self._shift)) + 1
        self._begins = array("q", [0, *map(int, changes)])
        self.number_of_items = int(np.count_nonzero(np.diff(numbers >> self._item))) + 1

    def __len__(self) -> int:
        return self._index.count

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> list[R]: ...
    def __getitem__(self, index: int | slice) -> R | list[R]:
        places = range(len(self))[index]
        if isinstance(places, int):
            return next(self._index.read(range(places, places + 1)))
        return list(self._index.read(places))

    def __iter__(self) -> Iterator[R]:
        return self._index.read(range(len(self)))

    def within(self, places: slice) -> Iterator[R]:
        """The records of a slice, one after another."""
        return self._index.read(range(len(self))[places])

    def every_key(self) -> Iterator[int]:
        """The key of each record, in order."""
        return iter(self._index.keys) if isinstance(self._index, _Sorted) else map(self._key, self)

    def groups(self) -> list[slice]:
        """Where the records of each group lie, in order."""
        return [slice(a, b) for a, b in itertools.pairwise([*self._begins, len(self)])]


class _InOrder(Generic[R]):
    """Where some of the records lie of a file that holds all in order. whole: none of its records was left out."""

    def __init__(self, decode: Callable[[bytes], R], keep: Callable[[R], bool]) -> None:
        self._decode, self._keep = decode, keep
        self._places, self._starts = array("q"), array("q")
        self.descriptor, self.count, self.end, self.whole = -1, 0, 0, True
        self.kept, self.last = 0, 0  # the last place that is kept, and where it begins

    def note(self, place: int, start: int) -> None:
        """Keep where a record begins."""
        self._places.append(place)
        self._starts.append(start)
        self.kept, self.last = place, start

    def read(self, places: range) -> Iterator[R]:
        """The records at these places."""
        if not places:
            return
        if places.step != 1:
            for place in places:
                yield from self.read(range(place, place + 1))
            return
        block = bisect.bisect_right(self._places, places.start) - 1
        place = self._places[block]
        while place < places.stop:
            after, end = block + 1, self.end
            while after < len(self._starts):
                end = self._starts[after]
                if self._places[after] >= places.stop or end - self._starts[block] >= _PART:
                    break
                after, end = after + 1, self.end
            for line in os.pread(self.descriptor, end - self._starts[block], self._starts[block]).split(
                b"\n"
            ):
                if not line or line.isspace():
                    continue
                if not self.whole:
                    record = self._decode(line)
                    if not self._keep(record):
                        continue
                elif places.start <= place < places.stop:
                    record = self._decode(line)
                if places.start <= place < places.stop:
                    yield record
                place += 1
            block = after


class _Sorted(Generic[R]):
    """Where each record lies, by its key."""

    def __init__(
        self, decode: Callable[[bytes], R], descriptor: int, keys: "array[int]", starts: "array[int]", lengths: "array[int]"
    ) -> None:  # fmt: skip
        self._decode, self._descriptor = decode, descriptor
        self.keys, self._starts, self._lengths = keys, starts, lengths
        self.count = len(keys)

    def read(self, places: range) -> Iterator[R]:
        """The records at these places; lines that follow each other in the file are read together."""
        first = 0
        while first < len(places):
            begin = self._starts[places[first]]
            end, after = begin + self._lengths[places[first]], first + 1
            while after < len(places):
                start = self._starts[places[after]]
                if not 0 <= start - end < _GAP or start + self._lengths[places[after]] - begin > _PART:
                    break
                end, after = start + self._lengths[places[after]], after + 1
            part = os.pread(self._descriptor, end - begin, begin)
            for place in places[first:after]:
                start = self._starts[place] - begin
                yield self._decode(part[start : start + self._lengths[place]])
            first = after
