"""Which programs can be seen to start no process, before they run: these need no filter that refuses new ones."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import types
    from collections.abc import Iterator
    from typing import Final


def _of_opcode() -> tuple[dict[str, int], frozenset[int], frozenset[int]]:
    """This interpreter's instructions, which of them have a name as their argument, and which a local variable.

    The modules in which they stand are let go: every sample's process would carry them.
    """
    known = {name: sys.modules.get(name) for name in ("_opcode", "opcode")}
    if sys.version_info < (3, 13):  # a library of its own, which `opcode` can do without
        sys.modules.setdefault("_opcode", None)  # type: ignore[arg-type]
    try:
        import opcode

        return dict(opcode.opmap), frozenset(opcode.hasname), frozenset(opcode.haslocal)
    finally:
        for name, module in known.items():
            if module is None:
                sys.modules.pop(name, None)


INSTRUCTIONS, WITH_NAMES, WITH_LOCALS = _of_opcode()
_IMPORT_NAME, _EXTENDED = INSTRUCTIONS["IMPORT_NAME"], INSTRUCTIONS["EXTENDED_ARG"]
# What a program may use and still be run without the filter that refuses new processes. The filter costs a
# tenth of a grade, and most programs are like this. It is one layer of several: see docs/security.md.
_PLAIN_MODULES: Final = frozenset(
    [
        "__future__",
        "bisect",
        "cmath",
        "collections",
        "copy",
        "datetime",
        "decimal",
        "fractions",
        "functools",
        "heapq",
        "itertools",
        "math",
        "numbers",
        "random",
        "re",
        "statistics",
        "string",
        "typing",
    ]
)
_PLAIN_PRIVATE: Final = frozenset(
    ("__init__", "__name__", "__doc__", "__module__", "__qualname__", "__len__", "_")
)
_TELLING: Final = frozenset(
    [
        "Formatter",
        "attrgetter",
        "breakpoint",
        "compile",
        "delattr",
        "eval",
        "exec",
        "fork",
        "forkpty",
        "get_field",
        "get_type_hints",
        "getattr",
        "globals",
        "help",
        "locals",
        "modules",
        "popen",
        "posix_spawn",
        "posix_spawnp",
        "register",
        "setattr",
        "singledispatch",
        "system",
        "vars",
        "vformat",
    ]
)
FRAME_PARTS: Final = ("_", "ag_", "co_", "cr_", "f_", "gi_", "tb_")


def plain(code: types.CodeType) -> bool:
    """Whether code can be seen to start no process: known imports only, no names that reach further."""
    names = {name for name in code.co_names if name not in _PLAIN_PRIVATE}
    if names & _TELLING or any(name.startswith(FRAME_PARTS) for name in names):
        return False
    raw = code.co_code
    imported = (code.co_names[i] for i in _arguments(raw, _IMPORT_NAME)) if _IMPORT_NAME in raw[::2] else ()
    if any(name.partition(".")[0] not in _PLAIN_MODULES for name in imported):
        return False
    return all(plain(inner) for inner in code.co_consts if isinstance(inner, type(code)))


def _arguments(raw: bytes, operation: int) -> Iterator[int]:
    """The arguments of one kind of instruction. Long arguments are extended by an instruction before."""
    extended = 0
    for at in range(0, len(raw), 2):
        argument = raw[at + 1] | extended
        extended = argument << 8 if raw[at] == _EXTENDED else 0
        if raw[at] == operation:
            yield argument
