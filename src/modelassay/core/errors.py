"""The error tree. Every known error is one line: where, what, and what to do about it.

AssayError              exit 1; anything below is an error we know and can explain
├── InputError          a file, key or argument given by the user is wrong
├── MissingError        something named is not there: a model, a problem set, a file
├── OfflineError        it could be fetched, but the network is off or does not answer
├── StorageError        the disk refused: full, read-only, no permission
├── BackendError        a model backend failed or lacks something the model needs
└── SandboxError        the sandbox could not be built or did not hold; never a sample's fault
    ├── UnjudgeableError  a problem cannot be graded here: its reference fails, or its tests cannot be run
    └── DeadlineError     the deadline of a batch passed before all of it was graded
"""

from __future__ import annotations

TYPE_CHECKING = (
    False  # test runners import this file, and `typing` and `pathlib` would be a third of their start
)
if TYPE_CHECKING:
    from pathlib import Path


class AssayError(Exception):
    """A known failure. `str()` is one line: `file:line: message — remedy`."""

    def __init__(
        self, message: str, *, hint: str = "", path: Path | str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = None if path is None else str(path)
        self.line = line

    def __str__(self) -> str:
        where = "" if self.path is None else f"{self.path}:{self.line}: " if self.line else f"{self.path}: "
        remedy = f" — {self.hint}" if self.hint else ""
        return " ".join(f"{where}{self.message}{remedy}".split())


class InputError(AssayError):
    """A file, key or argument given by the user is wrong."""


class MissingError(AssayError):
    """Something the user named is not there."""


class OfflineError(AssayError):
    """It could be fetched, but the network is off or does not answer."""


class StorageError(AssayError):
    """The disk refused a write: full, read-only or not permitted."""


class BackendError(AssayError):
    """A model backend failed, or the model lacks something the protocol needs."""


class SandboxError(AssayError):
    """The sandbox could not be built or did not hold. Never a sample's fault, never a score."""


class UnjudgeableError(SandboxError):
    """A problem cannot be graded here: its reference fails, or its tests cannot be run. Never a sample's fault."""


class DeadlineError(SandboxError):
    """The deadline of a batch passed before all of it was graded. Never a sample's fault."""


def error_line(error: BaseException) -> str:
    """Somebody else's error in one line, shortened: its class and what it says."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
