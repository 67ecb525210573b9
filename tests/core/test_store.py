"""The store: strict to read, whole or absent when written, resumable when appended."""

import errno
import os
from pathlib import Path

import pytest

from modelassay.core.errors import InputError, StorageError
from modelassay.core.measured import Completion
from modelassay.core.store import Journal, encode_line, read_records, write_records


def some(count: int) -> list[Completion]:
    return [Completion(problem="p", index=i, text=f"text {i}\n") for i in range(count)]


def test_records_come_back_as_they_went(tmp_path: Path) -> None:
    """What is written is what is read."""
    write_records(tmp_path / "a.jsonl", some(3))

    assert read_records(tmp_path / "a.jsonl", Completion) == some(3)


def test_missing_file_holds_no_records(tmp_path: Path) -> None:
    """A file that isn't there is an empty list, not an error."""
    assert read_records(tmp_path / "none.jsonl", Completion) == []


def test_broken_line_is_named_with_file_and_line(tmp_path: Path) -> None:
    """A line that is no record is refused with its place and a remedy."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_line(some(1)[0]) + b'{"problem": 3}\n' + encode_line(some(1)[0]))

    with pytest.raises(InputError, match=r"a\.jsonl:2: broken record.*—"):
        read_records(path, Completion)


def test_unknown_field_is_refused(tmp_path: Path) -> None:
    """A field that no record has is an error, so that a typo can't vanish."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"problem": "p", "index": 0, "text": "", "colour": "red"}\n')

    with pytest.raises(InputError, match="colour"):
        read_records(path, Completion)


def test_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """A kill in the middle of a write costs that line only, and opening says so."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(map(encode_line, some(3)))[:-7])

    with Journal(path, Completion) as journal:
        assert journal.torn
        assert journal.lines == 2
        journal.append(some(3)[2:])

    assert read_records(path, Completion) == some(3)


def test_full_disk_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk fills in the middle of a batch, the batch is undone and the error says what to do."""
    path = tmp_path / "a.jsonl"
    real_write = os.write
    room = [40]

    def filling(descriptor: int, data: bytes) -> int:
        if room[0] <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real_write(descriptor, bytes(data)[: room[0]])
        room[0] -= written
        return written

    with Journal(path, Completion) as journal:
        room[0] = 10_000
        journal.append(some(1))
        room[0] = 40
        monkeypatch.setattr(os, "write", filling)
        with pytest.raises(StorageError, match=r"a\.jsonl: cannot write: No space left.* — free some space"):
            journal.append(some(3))

    assert read_records(path, Completion) == some(1)


def test_write_replaces_the_file_at_once(tmp_path: Path) -> None:
    """A failing write leaves the old file and no litter."""
    path = tmp_path / "a.jsonl"
    write_records(path, some(1))

    def failing() -> object:
        yield some(1)[0]
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_records(path, failing())  # type: ignore[arg-type]

    assert read_records(path, Completion) == some(1)
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_lone_surrogate_does_not_stop_a_journal(tmp_path: Path) -> None:
    """A candidate may print half a surrogate pair; its record is written with U+FFFD in that place."""
    path = tmp_path / "records.jsonl"
    write_records(path, [Completion(problem="p", index=0, text="a\ud800b\ud83d\ude42")])

    assert read_records(path, Completion)[0].text == "a�b🙂"


def test_a_long_torn_line_is_cut_off(tmp_path: Path) -> None:
    """However long the line is that a kill tore, what stood before it stays."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(encode_line(some(1)[0]) + b"x" * 300_000)

    with Journal(path, Completion) as journal:
        assert (journal.torn, journal.lines) == (True, 1)

    assert read_records(path, Completion) == some(1)
