"""What stands for pytest in tests does what pytest does, in both modes, and without it."""

import warnings
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox import pytest_names

NUMBERS: list[Any] = [
    0, 1, 1.0, 1.0000001, 1.1, -1, 1e-13, 1 / 3, True, False, None, "a", "ab", b"a", float("nan"), float("inf"), 1j, 1 + 1e-9j,
    Decimal("1.0"), Decimal("1.00000001"), Fraction(1, 3), [1, 2], (1.0, 2.0000001), [1, 2, 3], [], [None, 1], ["a", 1.0], range(3),
    {"a": 1}, {"a": 1.00000001}, {"b": 1}, {}, np.array([1.0, 2.0]), np.array([1.0, 2.0000001]), np.array([[1.0, 2.0]]), np.array(1.0),
    np.float32(1 / 3), np.int64(1), np.True_,
]  # fmt: skip
TOLERANCES: list[dict[str, Any]] = [
    {},
    {"rel": 0.2},
    {"abs": 0.2},
    {"nan_ok": True},
    {"rel": 0.01, "abs": 0.5},
]


def compared(approx: Callable[..., Any], expected: object, actual: object, more: dict[str, Any]) -> object:
    try:
        return bool(actual == approx(expected, **more)), bool(approx(expected, **more) != actual)
    except Exception as error:  # what pytest refuses may pass here
        return type(error)


@pytest.mark.parametrize("more", TOLERANCES, ids=str)
def test_approx_is_pytests(more: dict[str, Any]) -> None:
    """Every pair of numbers, sequences, mappings and arrays."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        differ = [
            (expected, actual)
            for expected in NUMBERS
            for actual in NUMBERS
            if isinstance(theirs := compared(pytest.approx, expected, actual, more), tuple)
            and compared(pytest_names.approx, expected, actual, more) != theirs
        ]
    assert not differ


@pytest.mark.parametrize("expected", [{1, 2}, [[1, 2]], {"a": {"b": 1}}])
def test_what_approx_does_not_take_is_refused(expected: Any) -> None:
    """As pytest refuses it."""
    for approx in (pytest.approx, pytest_names.approx):
        with pytest.raises(TypeError):
            assert expected == approx(expected)


def test_raises_catches_what_pytests_does() -> None:
    """The exception, its message, and nothing else."""
    with pytest_names.raises(ValueError, match="lo") as info:
        raise ValueError("low")
    assert (info.type, str(info.value), info.typename) == (ValueError, "low", "ValueError")
    assert pytest_names.raises(ZeroDivisionError, lambda x: 1 / x, 0).match("division")
    with pytest.raises(AssertionError, match="high"), pytest_names.raises(ValueError, match="high"):
        raise ValueError("low")
    with pytest.raises(KeyError), pytest_names.raises(ValueError):
        raise KeyError("k")
    with pytest.raises(BaseException, match="DID NOT RAISE") as failed, pytest_names.raises(ValueError):
        pass
    assert not isinstance(failed.value, Exception)


def test_warns_catches_what_pytests_does() -> None:
    """A warning of the kind and with the words asked for."""
    with pytest_names.warns(DeprecationWarning, match="old") as kept:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert [str(w.message) for w in kept] == ["old"]
    with pytest.raises(BaseException, match="DID NOT WARN"), pytest_names.warns(UserWarning, match="old"):
        warnings.warn("new", UserWarning, stacklevel=1)


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


USES = {
    "an exit": (
        "with pytest.raises(SystemExit) as info:\n    candidate(0)\nassert info.value.code == 2\nassert candidate(1) == 1",
        "def f(n):\n    if not n:\n        raise SystemExit(2)\n    return n",
        "def f(n):\n    if not n:\n        raise SystemExit(1)\n    return n",
    ),
    "approx beside captured output": (
        "out = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    assert candidate(3) == pytest.approx(1.5)\n    two = 2\n"
        "    assert candidate(3) == approx(3 / two)\nassert out.getvalue() == '3\\n3\\n'",
        "def f(n):\n    print(n)\n    return n / 2",
        "def f(n):\n    print(n)\n    return n / 2.1",
    ),
    "a warning": (
        "with pytest.warns(UserWarning, match='low'):\n    assert candidate(3) == 3",
        "import warnings\ndef f(n):\n    warnings.warn('low')\n    return n",
        "def f(n):\n    return n",
    ),
    "calls of a mock": (
        "from unittest.mock import Mock, call, patch\nf = Mock(side_effect=[ValueError, 9])\nwith patch('time.sleep') as slept:\n"
        "    assert candidate(f) == 9\nassert slept.call_args_list == [call(1)]",
        "import time\ndef f(g):\n    try:\n        return g()\n    except ValueError:\n        time.sleep(1)\n        return g()",
        "import time\ndef f(g):\n    try:\n        return g()\n    except ValueError:\n        time.sleep(2)\n        return g()",
    ),
}


@pytest.mark.parametrize("name", USES)
@pytest.mark.parametrize("proven", [True, False])
def test_tests_that_use_pytest_beside_a_sample(grader: Grader, name: str, proven: bool) -> None:
    """With a reference and without one: the right program passes, the wrong one fails."""
    tests, right, wrong = USES[name]
    lines = "".join(f"    {line}\n" for line in tests.split("\n"))
    source = f"import contextlib\nimport io\nimport pytest\nfrom pytest import approx\n\n\ndef check(candidate):\n{lines}"
    problem = Problem(
        id="p", prompt="def f(n):\n", entry_point="f", reference=right if proven else None,
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip
    first, second = grader.grade(problem, [right, wrong])
    assert first.outcome == "passed"
    assert second.outcome in ("failed", "error")
    assert " line 1" not in second.detail  # of this program's own files


def test_tests_that_ask_nothing_judge_nobody(grader: Grader) -> None:
    """They would pass every sample."""
    problem = Problem(
        id="p", prompt="def f(n):\n", entry_point="f",
        suites=(Suite(name="base", oracle=Check(source="def check(candidate):\n    for n in []:\n        assert candidate(n)\n")),),
    )  # fmt: skip
    with pytest.raises(Exception, match="never ask for f"):
        grader.grade(problem, ["def f(n): return 1"])
