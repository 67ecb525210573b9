"""`assay setup`: an environment of its own with the libraries that a problem set imports, from pinned versions."""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from modelassay.core.errors import InputError, OfflineError
from modelassay.core.records import Record
from modelassay.sources.problems.files import cache_folder

VARIABLE: Final = "ASSAY_BIGCODEBENCH_PYTHON"
SETS: Final = {"bigcodebench": "bigcodebench-packages.txt"}
_DATA: Final = Path(__file__).parents[1] / "sources" / "data"


class SetUp(Record):
    """An environment that was made. packages: name → installed version."""

    python: str
    variable: str
    packages: dict[str, str]


def setup(
    name: str, into: Path | None, only: tuple[str, ...], *, offline: bool, note: Callable[[str], None]
) -> SetUp:
    """Make the environment of a set, or complete the one that is there. only: of its packages, to install less.

    Raises InputError for an unknown set or package and where pip fails, OfflineError where it would need the network.
    """
    if name not in SETS:
        raise InputError(f"there is nothing to set up for {name!r}", hint="choose " + ", ".join(SETS))
    wanted = chosen(pinned(name), only)
    if offline:
        raise OfflineError(
            "packages are fetched from a package index",
            hint="run without --offline, or point pip at a mirror",
        )
    folder = into or cache_folder().parent / "environments" / name
    python = folder / "bin" / "python"
    if not python.exists():
        note(f"making {folder}")
        _make(folder)
    note(f"installing {len(wanted)} packages")
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", *wanted],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        said = [
            line for line in done.stderr.splitlines() if line.startswith("ERROR")
        ] or done.stderr.splitlines()
        raise InputError(
            f"pip could not install them: {said[0] if said else 'no message'}", path=folder,
            hint="check the network or pip's settings, or leave a package out with --only",
        )  # fmt: skip
    return SetUp(python=str(python), variable=VARIABLE, packages=_installed(str(python), wanted))


def pinned(name: str) -> dict[str, str]:
    """Package → its requirement with version, in the file's order."""
    lines = (_DATA / SETS[name]).read_text("utf-8").splitlines()
    stated = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return {line.partition("==")[0].lower(): line for line in stated}


def chosen(known: dict[str, str], only: tuple[str, ...]) -> list[str]:
    """The requirements of these packages, all for none. Raises InputError for one that is not among them."""
    keys = {name: re.sub(r"[-_.]+", "-", name).lower() for name in only}
    for name, key in keys.items():
        if key not in known:
            raise InputError(f"{name} is none of its packages", hint="choose of " + ", ".join(known))
    return [known[key] for key in keys.values()] or list(known.values())


def python_of(benchmark: str | None) -> str | None:
    """The interpreter that the user's settings name for a set; None for other sets, and where none is named."""
    if benchmark is None or not benchmark.partition("@")[0].startswith("bigcodebench"):
        return None
    return os.environ.get(VARIABLE) or None


def _make(folder: Path) -> None:
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(
            f"no environment could be made: {error}", path=folder,
            hint=f"is Debian's package python{sys.version_info[0]}.{sys.version_info[1]}-venv installed?",
        ) from error  # fmt: skip


def _installed(python: str, wanted: list[str]) -> dict[str, str]:
    from modelassay.grading.sandbox.packages import package_versions

    return package_versions([requirement.partition("==")[0] for requirement in wanted], python)
