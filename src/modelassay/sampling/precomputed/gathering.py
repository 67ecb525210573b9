"""Samples as they are found in a file → in the set's order. Many of them lie on disk, sorted there, not in memory."""

import heapq
import os
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Final, overload

from modelassay.core.measured import Completion
from modelassay.core.problems import Problem
from modelassay.core.store import disk, encode_line
from modelassay.core.stored_records import Stored

HELD: Final = 8 << 20  # bytes of samples that are sorted in memory
_EACH: Final = 256  # bytes of a sample beside its text, about
_PART: Final = 1 << 14  # bytes of a sorted run that are read together
_MOST: Final = 256  # runs that are merged at once
_HEAD: Final = struct.Struct("<QQI")  # place of the problem, index, length of the line
Entry = tuple[int, int, bytes]


class Indices:
    """Which samples of a problem are there. Those that follow each other from 0 on take no memory."""

    def __init__(self) -> None:
        self._first, self._others = 0, set[int]()

    def __len__(self) -> int:
        return self._first + len(self._others)

    def claim(self, index: int) -> bool:
        """Add one; False where it is there already."""
        if index < self._first or index in self._others:
            return False
        self._others.add(index)
        while self._first in self._others:
            self._others.discard(self._first)
            self._first += 1
        return True


class Gathering:
    """The samples of a set's problems while a file is read. folder: where what is too much for memory lies meanwhile."""

    def __init__(self, problems: Sequence[Problem], folder: Path | None) -> None:
        self._place = {problem.id: place for place, problem in enumerate(problems)}
        self._folder = folder
        self.indices = {problem.id: Indices() for problem in problems}
        self._held: list[Completion] = []
        self._bytes = 0
        self._runs: list[tuple[int, int]] = []  # where each sorted run begins and ends
        self._file: IO[bytes] | None = None

    def add(self, completion: Completion) -> None:
        """One more; its index has been claimed."""
        self._held.append(completion)
        self._bytes += len(completion.text) + _EACH
        if self._bytes > HELD:
            self._put_down()

    def in_order(self) -> Sequence[Completion]:
        """All of them, in the set's order and then by index: a list, or records on disk that have no name there."""
        if self._file is None:
            return sorted(self._held, key=self._key)
        self._put_down()
        with self._file:
            while len(self._runs) > _MOST:
                some, self._runs = self._runs[:_MOST], self._runs[_MOST:]
                self._runs.append(self._write(heapq.merge(*map(self._read, some))))
            return self._stored(heapq.merge(*map(self._read, self._runs)))

    def _key(self, completion: Completion) -> tuple[int, int]:
        return self._place[completion.problem], completion.index

    def _put_down(self) -> None:
        """What is in memory, sorted, at the end of the file."""
        if self._file is None:
            self._file = self._new_file()
        held = sorted(self._held, key=self._key)
        self._runs.append(self._write((*self._key(c), encode_line(c)) for c in held))
        self._held, self._bytes = [], 0

    def _write(self, entries: Iterator[Entry]) -> tuple[int, int]:
        assert self._file is not None
        with disk(self._in_folder):
            begin = self._file.seek(0, os.SEEK_END)
            for place, index, line in entries:
                self._file.write(_HEAD.pack(place, index, len(line)) + line)
            self._file.flush()
            return begin, self._file.tell()

    def _read(self, run: tuple[int, int]) -> Iterator[Entry]:
        assert self._file is not None
        (at, end), descriptor, part, begin = run, self._file.fileno(), b"", 0
        while at < end:
            more = os.pread(descriptor, min(_PART, end - at), at)
            at, part, begin = at + len(more), part[begin:] + more, 0
            while len(part) - begin >= _HEAD.size:
                place, index, length = _HEAD.unpack_from(part, begin)
                after = begin + _HEAD.size + length
                if after > len(part):
                    break
                yield place, index, part[begin + _HEAD.size : after]
                begin = after

    def _stored(self, entries: Iterator[Entry]) -> Stored[Completion]:
        with disk(self._in_folder), self._new_file() as file:
            for _, _, line in entries:
                file.write(line)
            file.flush()
            # It has no name, so that nothing is left of it; the records keep a descriptor of their own.
            path = Path(f"/proc/self/fd/{file.fileno()}")
            return Stored(path, Completion, key=lambda c: self._place[c.problem] << 32 | c.index, shift=32)

    def _new_file(self) -> IO[bytes]:
        """A file without a name, in the folder or where temporary files are."""
        try:
            if self._folder is not None:
                return tempfile.TemporaryFile(dir=self._folder)
        except OSError:
            self._folder = None
        with disk(self._in_folder):
            return tempfile.TemporaryFile()

    @property
    def _in_folder(self) -> Path:
        return self._folder or Path(tempfile.gettempdir())


class Changed(Sequence[Completion]):
    """Others' samples, each changed when it is looked at."""

    def __init__(self, completions: Sequence[Completion], change: Callable[[Completion], Completion]) -> None:
        self._completions, self._change = completions, change

    def __len__(self) -> int:
        return len(self._completions)

    def __iter__(self) -> Iterator[Completion]:
        return map(self._change, self._completions)

    @overload
    def __getitem__(self, index: int) -> Completion: ...
    @overload
    def __getitem__(self, index: slice) -> list[Completion]: ...
    def __getitem__(self, index: int | slice) -> Completion | list[Completion]:
        found = self._completions[index]
        return self._change(found) if isinstance(found, Completion) else list(map(self._change, found))


def changed(
    completions: Sequence[Completion], change: Callable[[Completion], Completion]
) -> Sequence[Completion]:
    """All of them changed: a list of a list, and of those on disk what is changed when it is looked at."""
    if isinstance(completions, list):
        return list(map(change, completions))
    return Changed(completions, change)
