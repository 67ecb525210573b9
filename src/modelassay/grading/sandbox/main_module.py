"""A fresh `__main__` for a whole program, as a script has it."""

from __future__ import annotations

import builtins
import sys
import types


def made_main() -> types.ModuleType:
    """The module, in place of the one before; `exit` and `quit` are there, which the `site` module makes in other interpreters."""
    module = types.ModuleType("__main__")
    module.__dict__.update(__builtins__=builtins, __file__="/tmp/solution.py")
    sys.modules["__main__"] = module
    sys.argv = ["solution.py"]
    for name in ("exit", "quit"):
        vars(builtins).setdefault(name, sys.exit)
    return module
