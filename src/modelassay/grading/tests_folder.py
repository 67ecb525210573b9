"""Where the test code of a test runner stands: a folder of its own, which is empty whenever tests begin.

What tests write by a relative name would else lie in `/`, and be found by the tests of the next sample.
"""

from __future__ import annotations

import os
import time

_BEGINNING = "/tmp/assay-tests-"
# Two changes of a folder that are closer may have the same time: the kernel's clock ticks.
_TICK_NS = 100_000_000


class TestsFolder:
    """Made when it is first needed. Who ends the test runner takes it away: `remove_of`."""

    __test__ = False  # for pytest, which takes every class of such a name

    def __init__(self) -> None:
        self._path = ""
        # Its time of change when it was empty, too old for a later change to share it; -1: unknown.
        self._empty = -1

    def enter(self) -> None:
        """Have the process stand in it. Where no folder can be made it stands where it stood."""
        try:
            if not self._path:
                self._path = self._made()
            os.chdir(self._path)
        except OSError:  # tests may have taken it away
            self._path = ""

    def clear(self) -> None:
        """Take away what tests have left in it."""
        if not self._path:
            return
        try:
            changed = os.stat(self._path).st_mtime_ns  # noqa: PTH116
            if changed == self._empty:
                return
            now = time.time_ns()
            if os.listdir(self._path):  # noqa: PTH208
                self._remove()
            else:
                self._empty = changed if changed < now - _TICK_NS else -1
        except OSError:
            self._path = ""

    def close(self) -> None:
        """Take the folder away."""
        if self._path:
            os.chdir("/")
            self._remove()

    def _made(self) -> str:
        path = f"{_BEGINNING}{os.getpid()}-{os.urandom(4).hex()}"
        os.mkdir(path, 0o700)  # noqa: PTH102 - pathlib is not loaded at the start
        return path

    def _remove(self) -> None:
        import shutil

        path, self._path, self._empty = self._path, "", -1
        shutil.rmtree(path, ignore_errors=True)


def remove_of(runner: int) -> None:
    """Take away the folder of a test runner that has ended, by its process id."""
    import shutil

    folder, _, name = f"{_BEGINNING}{runner}-".rpartition("/")
    for found in os.listdir(folder):  # noqa: PTH208
        if found.startswith(name):
            shutil.rmtree(f"{folder}/{found}", ignore_errors=True)


FOLDER = TestsFolder()
