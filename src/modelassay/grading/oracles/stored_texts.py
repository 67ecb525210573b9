"""The texts of large tests in a test runner: in a file without a name, from which each is read when its test is run.

The caller holds a problem's tests already. A second copy in each worker's memory would be what a machine has left for samples.
"""

from __future__ import annotations

import os

from modelassay.grading.sandbox.descriptors import memory_file

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final, overload

_FOLDERS: Final = ("/var/tmp", "/tmp")  # the first of which is not kept in memory


class StoredTexts:
    """A sequence of texts that grows at its end, a part at a time. Raises OSError, as where no room is left."""

    def __init__(self) -> None:
        self._file = open(_unnamed_file(), "r+b", buffering=0)  # noqa: SIM115 - until nobody needs the texts
        self._ends: list[int] = []  # bytes from the beginning

    def add(self, part: str, *, begins: bool) -> None:
        """A part of the last text, or the beginning of the next."""
        if begins:
            self._ends.append(self._ends[-1] if self._ends else 0)
        left = memoryview(part.encode("utf-8", "surrogatepass"))
        while left:
            written = os.pwrite(self._file.fileno(), left, self._ends[-1])
            self._ends[-1] += written
            left = left[written:]

    def bytes_of(self, number: int) -> int:
        """The size of a text, which is not read for that."""
        return self._ends[number] - (self._ends[number - 1] if number else 0)

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        return map(self._text, range(len(self)))

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, at: int) -> str: ...
        @overload
        def __getitem__(self, at: slice) -> tuple[str, ...]: ...

    def __getitem__(self, at: int | slice) -> str | tuple[str, ...]:
        if isinstance(at, slice):
            return tuple(map(self._text, range(*at.indices(len(self)))))
        return self._text(range(len(self))[at])

    def _text(self, number: int) -> str:
        size = self.bytes_of(number)
        parts, start = [], self._ends[number] - size
        while size:
            parts.append(
                os.pread(self._file.fileno(), size, start)
            )  # the system reads two gigabytes at most at once
            start += len(parts[-1])
            size -= len(parts[-1])
        return b"".join(parts).decode("utf-8", "surrogatepass")


def _unnamed_file() -> int:
    """The descriptor of a new file on a disk; of one in memory where no folder lets us have one."""
    for folder in _FOLDERS:
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:  # not there, not ours, or of a kind that has no such files
            pass
    return memory_file("tests", "")
