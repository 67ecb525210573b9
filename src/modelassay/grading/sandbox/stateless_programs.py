"""Which programs can be seen to leave nothing behind that a later run of them in the same process could find.

A fork for each test is the safe way, and for a program of a few lines it is nearly all of the time. Where a program's code says that
it can change nothing but what it made itself, its tests are run one after the other in one process (many_inputs.py), and
everything that it made is gone before the next one begins.

What a program can reach without a forbidden name: what it made; the built-in functions and types, which nobody can change; the two
streams, which are made anew for each test; and the few functions and types of modules named here. Modules themselves can be changed, so
one may only be followed by a dot and one of these names. What is written in Python can be changed, too (`Counter.x = 1`):
a program that uses it may set no attributes. Names that lead further (`__globals__`, `gi_frame`, `getattr`, `open`) are not
there, nor is code that runs when an object is no longer needed (`__del__`), nor are threads, time and chance.

Only instructions are looked at, and whatever is not known is refused: such a program is run in a process for each test, as all were.
tests/grading/test_stateless.py holds programs that try to remember, and sets attributes of everything that is named here.
"""

from __future__ import annotations

import builtins
import sys

from modelassay.grading.sandbox.plain_programs import FRAME_PARTS, INSTRUCTIONS, WITH_LOCALS, WITH_NAMES

TYPE_CHECKING = False  # without `typing`: see core/startup_imports.py
if TYPE_CHECKING:
    import types
    from collections.abc import Sequence
    from typing import Final

# Of each module that may be imported, what is written in C, which nobody can change, or is a constant that cannot change.
FIXED: Final[dict[str, frozenset[str]]] = {
    "__future__": frozenset(),
    "sys": frozenset(
        ("stdin", "stdout", "stderr", "exit", "setrecursionlimit", "set_int_max_str_digits", "maxsize")
    ),
    "math": frozenset(
        ("acos", "asin", "atan", "atan2", "ceil", "comb", "copysign", "cos", "degrees", "dist", "e", "exp", "fabs",
         "factorial", "floor", "fmod", "gcd", "hypot", "inf", "isclose", "isfinite", "isinf", "isnan", "isqrt", "lcm",
         "ldexp", "log", "log10", "log1p", "log2", "modf", "nan", "perm", "pi", "pow", "prod", "radians", "sin", "sqrt",
         "tan", "tau", "trunc")
    ),
    "collections": frozenset(("deque", "defaultdict", "OrderedDict")),
    "heapq": frozenset(("heapify", "heappop", "heappush", "heappushpop", "heapreplace")),
    "bisect": frozenset(("bisect", "bisect_left", "bisect_right", "insort", "insort_left", "insort_right")),
    "itertools": frozenset(
        ("accumulate", "chain", "combinations", "combinations_with_replacement", "compress", "count", "cycle",
         "dropwhile", "filterfalse", "groupby", "islice", "pairwise", "permutations", "product", "repeat", "starmap",
         "takewhile", "tee", "zip_longest")
    ),
    "functools": frozenset(("cmp_to_key", "partial", "reduce")),
    "operator": frozenset(
        ("add", "and_", "eq", "floordiv", "ge", "gt", "itemgetter", "le", "lt", "mod", "mul", "ne", "neg", "or_", "sub",
         "truediv", "xor")
    ),
    "string": frozenset(
        ("ascii_letters", "ascii_lowercase", "ascii_uppercase", "digits", "hexdigits", "octdigits", "punctuation",
         "whitespace")
    ),
    # These keep what they were asked for: many_inputs.py has them forget it.
    "typing": frozenset(
        ("DefaultDict", "Deque", "Dict", "FrozenSet", "List", "Optional", "Set", "Tuple", "Union")
    ),
}  # fmt: skip
# … and what is written in Python.
CHANGEABLE: Final = {
    "collections": frozenset(("Counter",)),
    "heapq": frozenset(("merge", "nlargest", "nsmallest")),
    "functools": frozenset(("cache", "lru_cache")),
    # Of those but the first, an attribute is set in an abstract class of collections.abc.
    "typing": frozenset(("Any", "Callable", "Generator", "Iterable", "Iterator", "Sequence")),
    "__future__": frozenset(("annotations", "division", "print_function")),
}  # fmt: skip
_BUILTINS: Final = frozenset(
    ("abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "dict", "divmod",
     "enumerate", "exit", "filter", "float", "format", "frozenset", "hex", "input", "int", "isinstance", "issubclass",
     "iter", "len", "list", "map", "max", "min", "next", "oct", "ord", "pow", "print", "quit", "range", "repr",
     "reversed", "round", "set", "slice", "sorted", "str", "sum", "tuple", "zip", "property", "staticmethod",
     "classmethod", "object", "super", "ArithmeticError", "AssertionError", "AttributeError", "EOFError", "Exception",
     "IndexError", "KeyError", "LookupError", "NameError", "NotImplementedError", "OverflowError", "RecursionError",
     "RuntimeError", "StopIteration", "TypeError", "ValueError", "ZeroDivisionError", "NotImplemented", "Ellipsis")
)  # fmt: skip
# What a class may define, and code may ask for. Not __del__, which runs later, nor what tells where things come from.
_METHODS: Final = frozenset(
    ("__abs__", "__add__", "__and__", "__bool__", "__call__", "__contains__", "__delitem__", "__divmod__", "__enter__",
     "__eq__", "__exit__", "__float__", "__floordiv__", "__ge__", "__getitem__", "__gt__", "__hash__", "__iadd__",
     "__iand__", "__imul__", "__init__", "__int__", "__invert__", "__ior__", "__isub__", "__iter__", "__ixor__", "__le__",
     "__len__", "__lshift__", "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__", "__neg__", "__next__", "__or__",
     "__pos__", "__pow__", "__radd__", "__rand__", "__repr__", "__reversed__", "__rfloordiv__", "__rmod__", "__rmul__",
     "__ror__", "__round__", "__rshift__", "__rsub__", "__rtruediv__", "__rxor__", "__setitem__", "__slots__", "__str__",
     "__sub__", "__truediv__", "__xor__")
)  # fmt: skip
_IN_CLASSES: Final = frozenset(
    ("__annotations__", "__class__", "__classcell__", "__classdictcell__", "__firstlineno__", "__module__", "__name__",
     "__qualname__", "__static_attributes__", "__doc__")
)  # fmt: skip
_FRAMES: Final = tuple(part for part in FRAME_PARTS if part != "_")
_ASYNCHRONOUS: Final = 0x80 | 0x100 | 0x200  # co_flags
_ATTRIBUTES: Final = frozenset(
    name
    for kind in (str, bytes, bytearray, int, float, complex, list, tuple, dict, set, frozenset, range, slice, property)
    for name in dir(kind)
    if name[0] != "_"
) | frozenset(
    ("buffer", "flush", "read", "readline", "readlines", "readinto", "write", "writelines", "cache_clear", "send",
     "appendleft", "extendleft", "popleft", "rotate", "maxlen", "default_factory", "move_to_end", "most_common",
     "elements", "subtract", "total", "from_iterable", "args", "setter")
)  # fmt: skip
# Whatever a program binds such a name to; of the last one, abstract classes keep what they are given.
_FORBIDDEN: Final = frozenset(vars(builtins)) - _BUILTINS - {"__name__"} | {"register"}
_NONE: Final = -1  # an instruction that this interpreter does not have
_EXTENDED: Final = INSTRUCTIONS["EXTENDED_ARG"]
_CACHE: Final = INSTRUCTIONS["CACHE"]
_INTRINSIC: Final = INSTRUCTIONS.get("CALL_INTRINSIC_1", _NONE)
_STAR: Final = 2  # its argument for `from module import *`
_IMPORT, _FROM = INSTRUCTIONS["IMPORT_NAME"], INSTRUCTIONS["IMPORT_FROM"]
_LOCAL_STORE, _CELL_STORE = INSTRUCTIONS["STORE_FAST"], INSTRUCTIONS["STORE_DEREF"]
# With the bits of flags that stand below the number of a name.
_LOADS: Final = {INSTRUCTIONS["LOAD_NAME"]: 0, INSTRUCTIONS["LOAD_GLOBAL"]: 1}
_GETS: Final = {
    INSTRUCTIONS.get("LOAD_ATTR", _NONE): int(sys.version_info >= (3, 12)),
    INSTRUCTIONS.get("LOAD_METHOD", _NONE): 0,
    INSTRUCTIONS.get("LOAD_SUPER_ATTR", _NONE): 2,
}


def _numbers(*names: str) -> frozenset[int]:
    return frozenset(INSTRUCTIONS[name] for name in names if name in INSTRUCTIONS)


_STORES: Final = _numbers("STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")
_SETS: Final = _numbers("STORE_ATTR", "DELETE_ATTR")
_LOCAL_LOADS: Final = _numbers("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW")
_CELL_LOADS: Final = _numbers("LOAD_DEREF", "LOAD_CLASSDEREF")
# What else does something with local variables, perhaps with two at once.
_OTHER_LOCALS: Final = WITH_LOCALS - _LOCAL_LOADS - {_LOCAL_STORE}
_REFUSED: Final = _numbers("IMPORT_STAR", "MATCH_CLASS") | (
    WITH_NAMES - _LOADS.keys() - _GETS.keys() - _STORES - _SETS - {_IMPORT, _FROM}
)
_LOOKED_AT: Final = (
    _REFUSED | _STORES | _SETS | _LOADS.keys() | _GETS.keys() | _CELL_LOADS | {_IMPORT, _FROM, _INTRINSIC}
)


class _RefusedError(Exception):
    """Of something in a program it cannot be said that it leaves nothing behind."""


class _Code:
    """A code object's instructions, and the modules that are its own variables."""

    def __init__(self, code: types.CodeType) -> None:
        self.code = code
        self.names = code.co_names
        self.operations, self._arguments = code.co_code[::2], code.co_code[1::2]
        self._places: tuple[str, ...] | None = None

    def argument(self, at: int) -> int:
        """Of the instruction there; long ones are extended by instructions before it."""
        argument, bits = self._arguments[at], 8
        while at and self.operations[at - 1] == _EXTENDED:
            at -= 1
            argument |= self._arguments[at] << bits
            bits += 8
        return argument

    def after(self, at: int) -> int:
        """Where the next instruction stands."""
        at += 1
        while at < len(self.operations) and self.operations[at] in (_CACHE, _EXTENDED):
            at += 1
        return at

    def attribute_at(self, at: int) -> str:
        """The attribute for which the instruction there asks; "" where it does something else."""
        bits = _GETS.get(self.operations[at]) if at < len(self.operations) else None
        return "" if bits is None else self.names[self.argument(at) >> bits]

    def place(self, at: int) -> str:
        """The variable of the function that the instruction there is about."""
        if self._places is None:
            own = self.code.co_varnames
            cells = [name for name in self.code.co_cellvars if name not in own]
            self._places = (*own, *cells, *self.code.co_freevars)
        return self._places[self.argument(at)]


class _Uses:
    """What a program's code names, and how."""

    def __init__(self, given: Sequence[tuple[str, str]]) -> None:
        # What it calls a module, where its functions can see that → the module.
        self._modules = {name: module for name, module in given if name == module}
        self._taken = {
            (module, name) for name, module in given if name != module
        }  # from which module it takes what
        self._own = {
            name for name, module in given if name != module
        }  # what it binds, and its functions and classes
        self._loaded: list[tuple[_Code, int, str]] = []  # where it loads which name
        self._got = set[str]()  # attributes
        self._set = set[str]()

    def add(self, code: types.CodeType) -> None:
        """Take in a code and those inside of it. Raises _RefusedError."""
        if code.co_flags & _ASYNCHRONOUS:
            raise _RefusedError
        self._own.update(code.co_varnames, code.co_cellvars, (code.co_name,))
        self._look_at(_Code(code))
        for inner in code.co_consts:
            if isinstance(inner, type(code)):
                self.add(inner)

    def _look_at(self, code: _Code) -> None:
        """Note what the instructions of one code object name."""
        names, module = code.names, ""
        here: dict[str, str] = {}  # what it calls a module in this function
        for at in [n for n, operation in enumerate(code.operations) if operation in _LOOKED_AT]:
            operation = code.operations[at]
            if operation in _LOADS:
                self._loaded.append((code, at, names[code.argument(at) >> _LOADS[operation]]))
            elif operation in _CELL_LOADS:
                self._loaded.append((code, at, code.place(at)))
            elif operation in _GETS:
                self._got.add(names[code.argument(at) >> _GETS[operation]])
            elif operation == _FROM:
                self._taken.add((module, names[code.argument(at)]))
            elif operation == _IMPORT:
                module = names[code.argument(at)]
                self._import(module, code, code.after(at), here)
            elif operation in _STORES or operation in _SETS:
                (self._own if operation in _STORES else self._set).add(names[code.argument(at)])
            elif operation in _REFUSED or code.argument(at) == _STAR:
                raise _RefusedError
        if here:
            self._look_at_locals(code, here)

    def _import(self, module: str, code: _Code, at: int, here: dict[str, str]) -> None:
        """A module is bound to a name by the instruction there, or something is taken from it at once."""
        operation = code.operations[at]
        if module not in FIXED:
            raise _RefusedError
        if operation == _FROM:
            return
        if operation in _STORES:
            known, name = self._modules, code.names[code.argument(at)]
        elif operation == _CELL_STORE:
            known, name = self._modules, code.place(at)
        elif operation == _LOCAL_STORE:
            known, name = here, code.place(at)
        else:
            raise _RefusedError
        if known.setdefault(name, module) != module:
            raise _RefusedError

    def _look_at_locals(self, code: _Code, modules: dict[str, str]) -> None:
        """The same for variables of a function, of which some are modules."""
        for at, operation in enumerate(code.operations):
            if operation in _OTHER_LOCALS:
                raise _RefusedError
            if operation in _LOCAL_LOADS and (name := code.place(at)) in modules:
                self._taken.add((modules[name], code.attribute_at(code.after(at))))

    def judge(self) -> None:
        """Raises _RefusedError where one of the names leads further than to what the program made itself."""
        for code, at, name in self._loaded:
            if name in self._modules:
                self._taken.add((self._modules[name], code.attribute_at(code.after(at))))
            elif name in _FORBIDDEN or not (name in self._own or name in _BUILTINS or name == "__name__"):
                raise _RefusedError
        changeable = {(module, name) for module, name in self._taken if name in CHANGEABLE.get(module, ())}
        if any(name not in FIXED.get(module, ()) for module, name in self._taken - changeable):
            raise _RefusedError
        private = any(name[0] == "_" for name in self._set)  # which `typing` sets
        if (self._set and changeable) or (private and any(module == "typing" for module, _ in self._taken)):
            raise _RefusedError
        if (
            any(_is_special(name) and name not in _METHODS | _IN_CLASSES for name in self._own)
            or self._own & _FORBIDDEN
        ):
            raise _RefusedError
        asked = self._got | self._set
        if any(name.startswith(_FRAMES) or (_is_special(name) and name not in _METHODS) for name in asked):
            raise _RefusedError
        if self._got - _ATTRIBUTES - _METHODS - self._own - self._set - {name for _, name in self._taken}:
            raise _RefusedError


def stateless(code: types.CodeType, given: Sequence[tuple[str, str]] = ()) -> bool:
    """Whether a program can be seen to leave nothing behind. given: names that it has without binding them, each with its module."""
    uses = _Uses(given)
    try:
        uses.add(code)
        uses.judge()
    except _RefusedError:
        return False
    return True


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
