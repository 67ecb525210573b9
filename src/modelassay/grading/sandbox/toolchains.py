"""Compilers and interpreters of other languages: which files of this machine they are, so that a sandbox shows those only.

Found by asking the tools themselves: g++ names its programs and the folders of its headers, a JDK is one folder and what its
links point to. System libraries, which every sandbox has, are not repeated.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess

from modelassay.core.languages import LANGUAGE_NAMES
from modelassay.core.startup_imports import NamedTuple

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

PROBE_SECONDS: Final = 20.0
PACKAGES: Final = {"js": "nodejs", "cpp": "g++", "java": "default-jdk-headless"}
_JAVATUPLES: Final = "/usr/share/java/javatuples.jar"
# Debian's nodejs reads modules of its own from here; Node.js's own builds have them inside.
_NODE_FOLDERS: Final = ("/usr/share/nodejs", "/usr/share/node_modules")
_GCC_PROGRAMS: Final = ("cc1plus", "collect2", "as", "ld")


class NoToolchainError(Exception):
    """A language cannot be run here. The message says what is missing and which package of Debian has it."""

    @property
    def parts(self) -> tuple[str, str]:
        """What is missing, and what to do about it."""
        what, _, remedy = str(self).partition(": ")
        return what, remedy


class Toolchain(NamedTuple):
    """One language's programs. programs: by their names, whole paths. files: what the sandbox shows of this machine.

    libraries: files that go to each program, by name. environment: variables that the tools need. version: as the tool says it, on one line.
    """

    language: str
    programs: dict[str, str]
    files: tuple[str, ...]
    libraries: dict[str, str]
    version: str
    environment: dict[str, str] | None = None


@functools.cache
def toolchain(language: str) -> Toolchain:
    """What there is for a language (`js`, `cpp`, `java`). Raises NoToolchainError."""
    match language:
        case "js":
            return _node()
        case "cpp":
            return _gcc()
        case _:
            return _jdk()


def _node() -> Toolchain:
    node = _program("node", "js")
    folders = tuple(folder for folder in _NODE_FOLDERS if os.path.isdir(folder))
    return Toolchain("js", {"node": node}, (node, *folders), {}, f"Node.js {_first_line(node, '--version')}")


def _gcc() -> Toolchain:
    compiler = _program("g++", "cpp")
    programs = [_first_line(compiler, f"-print-prog-name={name}") for name in _GCC_PROGRAMS]
    found = [path if os.path.isabs(path) else shutil.which(path) or "" for path in programs]
    if not all(os.path.exists(path) for path in found):
        raise NoToolchainError("g++ is here without its assembler or linker: install Debian's package g++")
    said = subprocess.run(
        [compiler, "-v", "-E", "-x", "c++", os.devnull], capture_output=True, text=True, check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, timeout=PROBE_SECONDS,
    ).stderr  # fmt: skip
    listed = said.partition("search starts here:\n#include <...> search starts here:\n")[2]
    headers = [
        os.path.realpath(line.strip()) for line in listed.partition("End of search list")[0].splitlines()
    ]
    if not any(os.path.isfile(f"{folder}/iostream") for folder in headers):
        raise NoToolchainError("g++ is here without its headers: install Debian's package g++")
    files = tuple(dict.fromkeys((compiler, *found, *_outermost(headers))))
    return Toolchain("cpp", {"g++": compiler}, files, {}, f"g++ {_first_line(compiler, '-dumpfullversion')}")


def _jdk() -> Toolchain:
    java, javac = (os.path.realpath(_program(name, "java")) for name in ("java", "javac"))
    home = os.path.dirname(os.path.dirname(javac))
    tuples = os.environ.get("ASSAY_JAVATUPLES") or _JAVATUPLES
    if not os.path.isfile(tuples):
        raise NoToolchainError(
            f"Java's problems need the library javatuples, and there is no {tuples}: install Debian's package "
            "libjavatuples-java, or name its jar in ASSAY_JAVATUPLES"
        )
    files = tuple(dict.fromkeys((home, os.path.dirname(os.path.dirname(java)), *_links_out_of(home))))
    version = _first_line(javac, "-version").removeprefix("javac ")
    # Its programs find their libraries by /proc, which no sandbox has.
    return Toolchain(
        "java", {"java": java, "javac": javac}, files, {"javatuples.jar": tuples}, f"JDK {version}",
        {"LD_LIBRARY_PATH": f"{home}/lib"},
    )  # fmt: skip


def _program(name: str, language: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NoToolchainError(
            f"{LANGUAGE_NAMES[language]} needs {name}, which is not here: install Debian's package {PACKAGES[language]}"
        )
    return os.path.abspath(found)


def _first_line(program: str, *arguments: str) -> str:
    """The first line that a tool answers. Raises NoToolchainError where it does not run."""
    try:
        done = subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoToolchainError(f"{program} does not run here: {error}") from error
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else ""


def _outermost(folders: list[str]) -> list[str]:
    """Those that lie in none of the others."""
    there = [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]
    return [f for f in there if not any(f != other and f.startswith(other + "/") for other in there)]


def _links_out_of(home: str) -> Iterator[str]:
    """What the links of a JDK point to outside of it: Debian keeps its settings elsewhere."""
    for folder, folders, files in os.walk(home):
        for name in (*folders, *files):
            path = os.path.join(folder, name)
            if os.path.islink(path):
                target = os.path.realpath(path)
                if (
                    not target.startswith(home + "/")
                    and os.path.exists(target)
                    and "/share/doc" not in target
                ):
                    yield target
