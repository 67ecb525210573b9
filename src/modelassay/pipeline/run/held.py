"""Folders held while they are written to: a second process that would write into one is refused.

A study holds its work directory and every run that it has begun; the single commands hold the runs that they write.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from modelassay.core.errors import InputError
from modelassay.core.store import disk
from modelassay.core.workdir import WorkDir

_RUN = ("another command is writing this run", "wait for it or stop it; then the same command goes on")
_STUDY = ("another study is at work here", "wait for it, stop it, or name another --workdir")


class Held:
    """Run folders that are held until the end of a `with`; one that is held here already is not asked for again."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folders: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def hold(self, folders: Iterable[Path]) -> None:
        """Hold the folders, which are made where they are not there. No file is left, and a lock dies with its process.

        Raises InputError where another process holds one, StorageError where it cannot be made.
        """
        for folder in folders:
            if folder in self._folders:
                continue
            with disk(folder):
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._stack.callback(os.close, descriptor)
            _lock(descriptor, folder, _RUN)
            self._folders.add(folder)


@contextmanager
def held(folders: Iterable[Path]) -> Iterator[None]:
    """Hold the folders; see `Held.hold`."""
    with Held() as holding:
        holding.hold(folders)
        yield


@contextmanager
def held_workdir(workdir: WorkDir) -> Iterator[None]:
    """Hold a study's work directory; a second study in it is refused. Its lock is a file, which stays.

    Raises InputError where another study holds it, StorageError where it cannot be made.
    """
    with disk(workdir.root):
        workdir.root.mkdir(parents=True, exist_ok=True)
        lock = workdir.lock.open("a")
    with lock:
        _lock(lock.fileno(), workdir.root, _STUDY)
        yield


def _lock(descriptor: int, folder: Path, refusal: tuple[str, str]) -> None:
    """Lock what is open. Raises InputError where another process has; a file system without locks has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        what, hint = refusal
        raise InputError(what, path=folder, hint=hint) from error
    except OSError:
        return
