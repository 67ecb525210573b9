"""Run folders held while they are written to: a second process that would write into one is refused."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from modelassay.core.errors import InputError
from modelassay.core.store import disk


@contextmanager
def held(folders: Iterable[Path]) -> Iterator[None]:
    """Hold the folders, which are made where they are not there. No file is left, and a lock dies with its process.

    Raises InputError where another process holds one, StorageError where it cannot be made.
    """
    with ExitStack() as stack:
        for folder in folders:
            with disk(folder):
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                hint = "wait for it or stop it; then the same command goes on"
                raise InputError("another command is writing this run", path=folder, hint=hint) from error
            except OSError:
                continue  # a file system without locks
        yield
