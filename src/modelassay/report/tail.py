"""Files of records that still grow: read only what is new, never a half-written line, never a lock."""

from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

import msgspec

from modelassay.core.records import Record

R = TypeVar("R", bound=Record)


class Placed(NamedTuple, Generic[R]):
    """A record and where its line lies in the file, in bytes."""

    record: R
    start: int
    length: int


class Tail(Generic[R]):
    """What was appended to a file since the last look. A file that became shorter is read anew.

    broken: whole lines that are not such a record; they are passed over, because the page must not stop
    where the study itself will complain.
    """

    def __init__(self, path: Path, kind: type[R]) -> None:
        self.path = path
        self.decoder = msgspec.json.Decoder(kind)
        self.offset = 0
        self.broken = 0

    def size(self) -> int:
        """Bytes in the file now; 0 when there is none."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read(self) -> tuple[bool, list[Placed[R]]]:
        """(whether the file began anew, the records added since the last look)."""
        anew = self.size() < self.offset
        if anew:
            self.offset = self.broken = 0
        if self.size() == self.offset:
            return anew, []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read()
        found, start = [], self.offset
        for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
            record = self._decode(line)
            if record is not None:
                found.append(Placed(record, start, len(line)))
            start += len(line)
        self.offset = start
        return anew, found

    def at(self, places: list[tuple[int, int]]) -> list[R]:
        """The records at these places (start, length), in their order."""
        with self.path.open("rb") as file:
            found = []
            for start, length in places:
                file.seek(start)
                record = self._decode(file.read(length))
                if record is not None:
                    found.append(record)
            return found

    def _decode(self, line: bytes) -> R | None:
        try:
            return self.decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.broken += bool(line.strip())
            return None
