"""An interpreter of its own for tests and samples, with the libraries that a problem set needs: named by its path.

Test runner and samples run by it, in the place of the one that `assay` runs by, and what samples may import is looked for there.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys

from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from typing import Final

OLDEST: Final = (3, 11)  # this project's own
_ASK: Final = "import json, sys; print(json.dumps([sys.executable, list(sys.version_info[:3]), sys.path]))"


class NoEnvironmentError(Exception):
    """An interpreter cannot be used. The message says why."""


class Environment(NamedTuple):
    """An interpreter. path: where it looks for modules."""

    python: str
    version: str
    path: tuple[str, ...]


@functools.cache
def environment(python: str) -> Environment:
    """The interpreter at a path; for "" the one that this process runs by. Raises NoEnvironmentError."""
    if not python:
        return Environment(
            sys.executable, ".".join(map(str, sys.version_info[:3])), tuple(p for p in sys.path if p)
        )
    if not os.access(python, os.X_OK):
        raise NoEnvironmentError(f"{python} is no program")
    try:
        done = subprocess.run(
            [python, "-I", "-c", _ASK], capture_output=True, text=True, check=True, timeout=60, cwd="/"
        )
        executable, version, path = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise NoEnvironmentError(f"{python} does not answer as Python does: {error}") from error
    if tuple(version) < OLDEST:
        raise NoEnvironmentError(f"{python} is Python {version[0]}.{version[1]}, and 3.11 or newer is needed")
    return Environment(executable, ".".join(map(str, version)), tuple(p for p in path if p))
