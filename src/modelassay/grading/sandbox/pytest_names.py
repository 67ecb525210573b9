"""What tests use most of pytest, written out: `raises`, `approx`, `warns`, `fail`, `skip`, `importorskip`, `param`, `mark`, `fixture`.

Stands for the module `pytest` where tests use nothing else of it, here and, in the sealed mode, in the sandbox, to which the
text of this file is sent. So tests come out the same wherever they run, whether pytest is installed or not. It does what pytest
9 does (tests/grading/test_pytest_names.py holds the two against each other); what pytest refuses as its user's mistake may pass.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Collection, Mapping, Sized
from decimal import Decimal
from numbers import Complex

TYPE_CHECKING = False  # without `typing`: the sandbox carries what is loaded here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

PARTS = frozenset(
    [
        "approx",
        "deprecated_call",
        "fail",
        "fixture",
        "importorskip",
        "mark",
        "param",
        "raises",
        "skip",
        "warns",
        "ExceptionInfo",
    ]
)


class Failed(BaseException):
    """`pytest.fail`. No Exception, so that tests which catch every exception do not catch it."""


class Skipped(BaseException):
    """`pytest.skip`."""


# --- raises and warns -------------------------------------------------------------------------------------
class ExceptionInfo:
    """What `raises` has caught; filled when its block ends."""

    value: Any = None
    tb: Any = None

    @property
    def type(self) -> Any:
        return type(self.value)

    @property
    def typename(self) -> str:
        return type(self.value).__name__

    def match(self, pattern: Any) -> bool:
        """Whether the message holds the pattern; an AssertionError where it does not."""
        text = "\n".join([str(self.value), *getattr(self.value, "__notes__", ())])
        assert re.search(pattern, text), f"{pattern!r} does not match {text!r}"
        return True

    def exconly(self, tryshort: bool = False) -> str:
        return f"{self.typename}: {self.value}"

    def errisinstance(self, kind: Any) -> bool:
        return isinstance(self.value, kind)

    def __str__(self) -> str:
        return repr(self)


class _Raises:
    def __init__(self, expected: Any, pattern: Any, check: Callable[[Any], bool] | None) -> None:
        self._expected, self._pattern, self._check = expected, pattern, check
        self._info = ExceptionInfo()

    def __enter__(self) -> ExceptionInfo:
        return self._info

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if kind is None:
            raise Failed(f"DID NOT RAISE {self._expected!r}")
        wanted = self._expected if isinstance(self._expected, tuple) else (self._expected,)
        if not any(issubclass(kind, one) for one in wanted):
            return False
        self._info.value, self._info.tb = error, trace
        if self._pattern is not None:
            self._info.match(self._pattern)
        assert self._check is None or self._check(error), "the check of the exception does not hold"
        return True


def raises(expected: Any = Exception, *call: Any, match: Any = None, check: Any = None, **more: Any) -> Any:
    """A block, or the call of a function, that has to raise."""
    block = _Raises(more.pop("expected_exception", expected), match, check)
    if not call:
        return block
    function, *arguments = call
    with block as info:
        function(*arguments, **more)
    return info


class _Warned:
    """The warnings of a block, as `warns` gives them."""

    def __init__(self, expected: Any, pattern: Any) -> None:
        self._expected, self._pattern = expected, pattern
        self._catch = warnings.catch_warnings(record=True)
        self.list: Any = []

    def __enter__(self) -> _Warned:
        self.list = self._catch.__enter__()
        warnings.simplefilter("always")
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._catch.__exit__(kind, error, trace)
        if kind is None and not any(
            issubclass(w.category, self._expected)
            and (self._pattern is None or re.search(self._pattern, str(w.message)))
            for w in self.list
        ):
            raise Failed(f"DID NOT WARN: no {self._expected!r} among {[str(w.message) for w in self.list]}")

    def __len__(self) -> int:
        return len(self.list)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.list)

    def __getitem__(self, place: int) -> Any:
        return self.list[place]

    def pop(self, category: type[Warning] = Warning) -> Any:
        for place, one in enumerate(self.list):
            if issubclass(one.category, category):
                return self.list.pop(place)
        raise AssertionError(f"{category!r} was not warned of")


def warns(expected: Any = Warning, *call: Any, match: Any = None, **more: Any) -> Any:
    """A block, or the call of a function, that has to warn."""
    block = _Warned(more.pop("expected_warning", expected), match)
    if not call:
        return block
    function, *arguments = call
    with block:
        return function(*arguments, **more)


def deprecated_call(*call: Any, match: Any = None, **more: Any) -> Any:
    return warns((DeprecationWarning, PendingDeprecationWarning, FutureWarning), *call, match=match, **more)


# --- approx -----------------------------------------------------------------------------------------------
class _Approx:
    """Numbers that are near enough: one, or those of a sequence, a mapping or an array."""

    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None  # so that an array on the left leaves the comparison to this side
    __array_priority__ = 100

    def __init__(self, expected: Any, rel: Any, absolute: Any, nan_ok: bool) -> None:
        self._expected, self._given = expected, (rel, absolute, nan_ok)

    def __repr__(self) -> str:
        return f"approx({self._expected!r})"

    def __ne__(self, actual: object) -> bool:
        return not self == actual

    def __bool__(self) -> bool:
        raise AssertionError("approx() is to be compared with ==, it has no truth of its own")

    def __eq__(self, actual: object) -> bool:
        return self._near(actual)

    def _near(self, actual: Any) -> bool:
        raise NotImplementedError

    def _each(self, pairs: Any) -> bool:
        return all(_Number(expected, *self._given) == actual for actual, expected in pairs)


class _Number(_Approx):
    def __repr__(self) -> str:
        try:
            return f"{self._expected} ± {self._tolerance():.1e}"
        except (TypeError, ValueError, ArithmeticError):
            return str(self._expected)

    def _tolerance(self) -> Any:
        kind = Decimal if isinstance(self._expected, Decimal) else float
        rel, absolute = (
            Decimal(given) if kind is Decimal and isinstance(given, float) else given
            for given in self._given[:2]
        )
        for given in (rel, absolute):
            if given is not None and (given < 0 or math.isnan(given)):
                raise ValueError(f"a tolerance cannot be {given!r}")
        least = absolute if absolute is not None else kind("1e-12")
        if rel is None and absolute is not None:
            return least
        return max((rel if rel is not None else kind("1e-6")) * abs(self._expected), least)

    def _near(self, actual: Any) -> bool:
        expected = self._expected
        if type(actual).__name__ == "ndarray":
            if actual.shape:
                return all(_Number(expected, *self._given) == one for one in actual.flat)
            actual = actual.item()
        if _is_bool(expected) and not _is_bool(actual):
            return False
        if actual == expected:
            return True
        if not isinstance(expected, Complex | Decimal) or not isinstance(actual, Complex | Decimal):
            return False
        if _is_bool(expected):
            return False
        if math.isnan(abs(expected)):
            return bool(self._given[2]) and math.isnan(abs(actual))
        if math.isinf(abs(expected)):
            return False
        return bool(abs(expected - actual) <= self._tolerance())


def _is_bool(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


class _Mapping(_Approx):
    def _near(self, actual: Any) -> bool:
        if not isinstance(actual, Mapping) or actual.keys() != self._expected.keys():
            return False
        return self._each((actual[key], value) for key, value in self._expected.items())


class _Sequence(_Approx):
    def _near(self, actual: Any) -> bool:
        try:
            if len(actual) != len(self._expected):
                return False
        except TypeError:
            return False
        return self._each(zip(actual, self._expected, strict=False))


class _Array(_Approx):
    def _near(self, actual: Any) -> bool:
        import numpy as np  # the tests have an array of it

        try:
            found = np.asarray(actual)
        except Exception:  # what is no array is not near one
            return False
        if np.isscalar(actual):
            return all(_Number(one, *self._given) == actual for one in self._expected.flat)
        return found.shape == self._expected.shape and self._each(
            zip(found.flat, self._expected.flat, strict=True)
        )


def approx(expected: Any, rel: Any = None, abs: Any = None, nan_ok: bool = False) -> Any:
    """Something that is equal to numbers near the expected ones."""
    values: Any = ()
    kind: type[_Approx] = _Number
    if isinstance(expected, Mapping):
        kind, values = _Mapping, expected.values()
    elif type(expected).__name__ == "ndarray":
        if expected.shape:
            kind = _Array
        else:
            expected = expected.item()
    elif (
        isinstance(expected, Sized)
        and hasattr(expected, "__getitem__")
        and not isinstance(expected, str | bytes)
    ):
        kind, values = _Sequence, expected
    elif isinstance(expected, Collection) and not isinstance(expected, str | bytes):
        raise TypeError(f"approx() does not take {type(expected).__name__}: its items have no order")
    for value in values:
        if type(value) is type(expected):
            raise TypeError(f"approx() does not take one {type(value).__name__} inside another")
    return kind(expected, rel, abs, nan_ok)


# --- outcomes and marks -----------------------------------------------------------------------------------
def fail(reason: str = "", pytrace: bool = True) -> Any:
    raise Failed(reason)


def skip(reason: str = "", *, allow_module_level: bool = False) -> Any:
    raise Skipped(reason)


def importorskip(modname: str, minversion: Any = None, reason: Any = None, **_: Any) -> Any:
    import importlib

    try:
        return importlib.import_module(modname)
    except ImportError:
        raise Skipped(reason or f"could not import {modname!r}") from None


class ParameterSet:
    """The values of one case of `parametrize`."""

    def __init__(self, *values: Any) -> None:
        self.values = values


def param(*values: Any, **_: Any) -> ParameterSet:
    return ParameterSet(*values)


class _Mark:
    """`mark.anything`, with arguments or without, leaves what it stands above as it is."""

    def __getattr__(self, name: str) -> _Mark:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **_: Any) -> Any:
        return args[0] if len(args) == 1 and callable(args[0]) else self


mark = _Mark()


def fixture(*args: Any, **_: Any) -> Any:
    return args[0] if args and callable(args[0]) else lambda function: function


for _function, _outcome in ((fail, Failed), (skip, Skipped), (raises, Failed)):
    vars(_function)["Exception"] = _outcome
