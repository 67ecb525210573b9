"""Packages of the user's environment that samples may import, by name, with everything that these need.

A name is a distribution's (scikit-learn) or that of what it lets one import (sklearn). Only folders and files are found
here; namespaces.py shows them in the sandbox, read-only, in a folder with nothing else in it.
"""

from __future__ import annotations

import functools
import os
import re
import sys

from modelassay.grading.sandbox.environments import environment

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import importlib.metadata
    from collections.abc import Sequence
    from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
ALL: Final = "*"  # whatever is installed
_INSTALLERS: Final = frozenset(("pip", "setuptools", "wheel"))
_LACKING: Final = re.compile(r"No module named ['\"]([A-Za-z_]\w*)")


class NoPackageError(Exception):
    """A package is not installed here. The message is its name."""


def package_paths(names: Sequence[str], python: str = "") -> list[str]:
    """Folders and files of these packages and of what they need. python: whose packages; see environments.py.

    Raises NoPackageError, NoEnvironmentError.
    """
    if ALL in names:  # without asking each of them
        return [path for folder in _site_packages(python) for path in _entries(folder)]
    return list(dict.fromkeys(path for found in _distributions(names, python) for path in _paths_of(found)))


def _site_packages(python: str) -> list[str]:
    return [folder for folder in environment(python).path if folder.endswith("-packages")]


def _entries(folder: str) -> list[str]:
    """Folders and modules of a folder of packages, and what is known about them; installers are left out."""
    left_out = (*_INSTALLERS, "__pycache__", "_distutils_hack", "distutils-precedence.pth")
    return [
        os.path.join(folder, n)
        for n in sorted(os.listdir(folder))
        if n not in left_out and not n.endswith(".pth")
    ]


@functools.cache
def admitted(names: tuple[str, ...]) -> frozenset[str]:
    """The modules that samples can import besides the standard library's and numpy, by their first names."""
    return frozenset(os.path.basename(path).partition(".")[0] for path in package_paths(names))


def package_versions(names: Sequence[str], python: str = "") -> dict[str, str]:
    """The installed version of each. Raises NoPackageError, NoEnvironmentError."""
    return {d.name: d.version for name in names for d in _named(name, python)}


def advice(text: str) -> str:
    """What to do about a module that is missing in the sandbox, to go behind a message that says so; "" for others."""
    missing = _LACKING.search(text) if "No module named" in text else None
    if missing is None or missing[1] in sys.stdlib_module_names:
        return ""
    name = missing[1]
    if not _installed(name):
        return f"; {name} is not installed here: install it, and admit it by --packages {name}"
    return f"; --packages {name} admits it to the sandbox"


@functools.cache
def _installed(name: str) -> bool:
    """Whether a module comes with a package that can be admitted.

    The names of everything that is installed, a tenth of a second and more, are read only for a module that is there.
    """
    import importlib.machinery

    if importlib.machinery.PathFinder.find_spec(name, _site_packages("")) is None:
        return False
    try:
        return bool(_named(name))
    except NoPackageError:
        return False


def _distributions(names: Sequence[str], python: str) -> list[importlib.metadata.Distribution]:
    """The distributions of these names and, through each other, those that they need and that are installed."""

    left = [d for name in names for d in _named(name, python)]
    found: dict[str, importlib.metadata.Distribution] = {}
    while left:
        distribution = left.pop()
        key = _key(distribution.name)
        if key in found:
            continue
        found[key] = distribution
        for line in distribution.requires or ():
            needed = _NAME.match(line)
            if needed is None or "extra ==" in line:
                continue
            try:
                left += _called(needed[0], python)
            except NoPackageError:  # of another system or version of Python
                continue
    return list(found.values())


def _named(name: str, python: str = "") -> list[importlib.metadata.Distribution]:
    """The distributions that a name means: one of that name, or those that let one import it; all of them for `*`."""
    if name == ALL:
        return [d for d in _every(python) if _key(d.name) not in _INSTALLERS]
    if not _NAME.fullmatch(name):
        raise NoPackageError(name)
    try:
        return _called(name, python)
    except NoPackageError:
        module = name.partition(".")[0]
        top = [d for d in _every(python) if module in _modules_of(d)]
        if top:
            return top
        raise


def _called(name: str, python: str) -> list[importlib.metadata.Distribution]:
    """The distribution of that name. Raises NoPackageError."""
    import importlib.metadata

    found = next(iter(importlib.metadata.distributions(name=name, path=list(environment(python).path))), None)
    if found is None:
        raise NoPackageError(name)
    return [found]


def _every(python: str) -> list[importlib.metadata.Distribution]:
    """All that are installed, each once."""
    import importlib.metadata

    there = importlib.metadata.distributions(path=list(environment(python).path))
    return list({_key(d.name): d for d in there if d.name}.values())


def _modules_of(distribution: importlib.metadata.Distribution) -> set[str]:
    """First names of what it lets one import."""
    stated = (distribution.read_text("top_level.txt") or "").split()
    return set(stated) or {os.path.basename(path).partition(".")[0] for path in _paths_of(distribution)}


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _paths_of(distribution: importlib.metadata.Distribution) -> list[str]:
    """What a distribution has put beside other packages: folders, single modules, and what is known about it."""
    found: dict[str, None] = {}
    for file in distribution.files or ():
        top = file.parts[0]
        if top in ("..", "__pycache__") or top.endswith(".pth") or os.path.isabs(str(file)):
            continue
        place = os.path.join(str(distribution.locate_file("")), top)
        if place not in found and os.path.exists(place):
            found[place] = None
    return list(found)
