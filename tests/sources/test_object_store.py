"""Objects that are written once, on every kind of target that is here without a server."""

import importlib
import uuid
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError, MissingError, StorageError
from modelassay.sources.object_store import TRIES, ObjectStore

fsspec: Any = pytest.importorskip("fsspec")


@pytest.fixture(params=["folder", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    addresses = {
        "folder": str(tmp_path / "s"),
        "file": f"file://{tmp_path}/s",
        "memory": f"memory://{uuid.uuid4()}",
    }
    return ObjectStore(addresses[request.param], first_pause=0.001)


def test_what_is_put_is_there(store: ObjectStore) -> None:
    """Under the name of its content, once."""
    first, second = store.put("run/samples", b"one\n"), store.put("run/samples", b"one\n")

    assert first == second
    assert store.names("run/samples") == [first]
    assert store.get("run/samples", first) == b"one\n"


def test_an_empty_store_has_no_names(store: ObjectStore) -> None:
    """A folder that nobody has written is no error."""
    assert store.names("run/samples") == []


def test_what_is_not_there_is_said(store: ObjectStore) -> None:
    """At once: asking again would not help."""
    with pytest.raises(MissingError):
        store.get("run/samples", "0" * 64)
    assert store.repeated == 0


def test_nothing_half_written_is_listed(tmp_path: Path) -> None:
    """What a kill leaves of a write has another name, and counts for nothing."""
    store = ObjectStore(str(tmp_path))
    name = store.put("a", b"whole\n")
    (tmp_path / "a" / f".{'0' * 64}.jsonl.zst.partial").write_bytes(b"hal")

    assert store.names("a") == [name]


def test_another_content_is_refused(tmp_path: Path) -> None:
    """A truncated object is asked for again, and then refused by name."""
    said: list[str] = []
    store = ObjectStore(str(tmp_path), said.append, first_pause=0.001)
    name = store.put("a", b"something longer\n" * 100)
    path = tmp_path / "a" / f"{name}.jsonl.zst"
    path.write_bytes(path.read_bytes()[:-4])

    with pytest.raises(StorageError, match=name):
        store.get("a", name)
    assert store.repeated == len(said) == TRIES - 1


def test_a_fault_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that fails twice has written once."""
    store = ObjectStore(f"memory://{uuid.uuid4()}", first_pause=0.001)
    files = store._files
    write, left = files.pipe_file, [OSError("500"), TimeoutError("slow")]

    def failing(path: str, data: bytes) -> None:
        if left:
            raise left.pop()
        write(path, data)

    monkeypatch.setattr(files, "pipe_file", failing)
    name = store.put("a", b"x")

    assert (store.repeated, store.get("a", name)) == (2, b"x")


def test_an_unknown_address_is_refused() -> None:
    """With what to give instead."""
    with pytest.raises(InputError, match="not a store"):
        ObjectStore("nowhere://a")


def test_without_fsspec_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra to install."""

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"modelassay\[store\]"):
        ObjectStore("memory://a")
