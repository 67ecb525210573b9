"""What the processes of a parallel test run share (`pytest -n`): a folder, things made once, and turns with the machine."""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


def parallel(config: pytest.Config) -> bool:
    """Whether this process is one of several that run the tests."""
    return hasattr(config, "workerinput")


def shared_folder(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run have."""
    base = factory.getbasetemp()
    folder = (base.parent if parallel(config) else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


def made_once(folder: Path, name: str, make: Callable[[Path], object]) -> Path:
    """folder/name, made by the first process that asks, while the others wait."""
    made, done = folder / name, folder / f"{name}.done"
    with _locked(folder / f"{name}.lock", fcntl.LOCK_EX):
        if not done.exists():
            made.mkdir()
            make(made)
            done.touch()
    return made


@contextlib.contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """A turn beside the tests of other processes, or alone: then they wait until it is over.

    Nobody gets a new turn while one that wants to be alone waits, or it would wait for ever.
    """
    with contextlib.ExitStack() as stack:
        with _locked(folder / "gate.lock", fcntl.LOCK_EX):
            stack.enter_context(_locked(folder / "turn.lock", fcntl.LOCK_EX if alone else fcntl.LOCK_SH))
        yield


@contextlib.contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    with path.open("a") as file:  # closing it lets the lock go
        fcntl.flock(file, kind)
        yield
