"""Programs that are the same in other words are told from those that only look the same."""

import zlib

import pytest

from modelassay.core.measured import Asserts, Completion, Grade, Problem, Suite
from modelassay.grading.pool import PoolOptions, Tally, grade_many
from modelassay.grading.twins import AGAIN, twin_of

BASE = "def f(a, b):\n    total = a + b\n    return total\n"
SAME = {
    "another name of a local variable": BASE.replace("total", "result"),
    "a comment and blank lines": "# adds\n\n" + BASE,
    "a docstring": BASE.replace("    total", '    """Add two numbers."""\n    total', 1),
    "brackets": BASE.replace("a + b", "(a + b)"),
}
OTHER = {
    "another operator": BASE.replace("+", "-"),
    "another parameter's name, by which it can be called": BASE.replace("a + b", "c + b").replace(
        "(a,", "(c,"
    ),
    "another default": BASE.replace("b)", "b=2)"),
    "another constant of the same value": BASE.replace("a + b", "a + b + True"),
    "another global name": BASE.replace("return total", "return abs(total)"),
    "another function's name": BASE.replace("def f", "def g"),
    "another name in an f-string that shows it": BASE.replace("return total", "return f'{total=}'"),
    "an extra statement": BASE + "f = None\n",
}
PAIRS = {
    "one and true": ("def f():\n    return 1\n", "def f():\n    return True\n"),
    "zero and minus zero": ("def f():\n    return 0.0\n", "def f():\n    return -0.0\n"),
    "text and bytes": ("def f():\n    return 'a'\n", "def f():\n    return b'a'\n"),
    "tuples of other types": ("def f():\n    return (1, 2)\n", "def f():\n    return (1, 2.0)\n"),
    "a docstring that is a value, too": (
        'def f():\n    """abc"""\n    return "abc"\n',
        'def f():\n    """abd"""\n    return "abd"\n',
    ),
    "the first text of a comprehension": (
        "def f(n):\n    return ['a' for _ in range(n)]\n",
        "def f(n):\n    return ['b' for _ in range(n)]\n",
    ),
    "a lambda's text": ("f = lambda: 'a'\n", "f = lambda: 'b'\n"),
    "exchanged variables": (
        "def f(a):\n    x, y = a\n    return x\n",
        "def f(a):\n    x, y = a\n    return y\n",
    ),
    "a class's attribute": ("class A:\n    x = 1\n", "class A:\n    y = 1\n"),
    "an exception's handler": (
        "def f():\n    try:\n        g()\n    except KeyError:\n        return 1\n",
        "def f():\n    try:\n        g()\n    except ValueError:\n        return 1\n",
    ),
    "what a handler covers": (
        "def f():\n    try:\n        a()\n        b()\n    except E:\n        pass\n",
        "def f():\n    try:\n        a()\n    except E:\n        pass\n    b()\n",
    ),
}  # fmt: skip
UNTOLD = {
    "no Python": "def f(:",
    "a null": "x = 1\0",
    "names of variables looked at": "def f(total):\n    return dir()\n",
    "its documentation looked at": 'def f():\n    """A."""\n    return f.__doc__\n',
    "locals": "def f(a):\n    return locals()\n",
    "frames": "import sys\ndef f():\n    return sys._getframe().f_code.co_varnames\n",
    "half a character": "x = '\ud800'",
    "an integer too long to print": "x = 0x" + "f" * 9_000,
    "a long text": "x = 1\n" * 20_000,
    "too deep": "x = " + "-" * 5_000 + "1",
}


def _twin(text: str) -> bytes | None:
    return twin_of(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", SAME)
def test_the_same_in_other_words(name: str) -> None:
    """What cannot be seen from outside the program does not count."""
    assert _twin(SAME[name]) == _twin(BASE) is not None


@pytest.mark.parametrize("name", OTHER)
def test_another_program(name: str) -> None:
    """Whatever could change an answer counts."""
    assert _twin(OTHER[name]) != _twin(BASE)


@pytest.mark.parametrize("name", PAIRS)
def test_two_that_look_the_same(name: str) -> None:
    """Constants, names and handlers are compared exactly."""
    first, second = PAIRS[name]
    assert _twin(first) != _twin(second)


@pytest.mark.parametrize("name", UNTOLD)
def test_programs_that_are_not_compared(name: str) -> None:
    """Those that could look at themselves, and those that are too much to look at."""
    assert _twin(UNTOLD[name]) is None


ADD = Problem(
    id="own/add",
    prompt="",
    entry_point="f",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert f(1, 2) == 3",))),),
)


def _graded(texts: list[str], *, dedupe: bool = True) -> tuple[list[Grade], Tally]:
    completions = [Completion(problem=ADD.id, index=i, text=t, form="program") for i, t in enumerate(texts)]
    tally = Tally()
    batches = grade_many([(ADD, completions)], PoolOptions(dedupe=dedupe), tally)
    return [grade for batch in batches for grade in batch], tally


@pytest.mark.parametrize(("dedupe", "executed"), [(True, 2), (False, 6)])
def test_programs_that_are_the_same_are_run_once(*, dedupe: bool, executed: int) -> None:
    """Their grades are those of the one that was run, without its lines; without deduplication all of them run."""
    wrong = "def f(a, b):\n    total = a + b\n    return total.x\n"
    texts = [*SAME.values(), wrong, "\n\n" + wrong.replace("total", "it")]
    assert all(zlib.crc32(text.encode()) % AGAIN for text in texts)

    grades, tally = _graded(texts, dedupe=dedupe)

    assert [grade.outcome for grade in grades] == ["passed"] * 4 + ["error"] * 2
    assert tally.executed == executed
    assert "(line 3)" in grades[4].detail
    assert ("line 5" in grades[5].detail) is not dedupe
    assert "line 3" not in grades[5].detail


def test_some_are_run_all_the_same() -> None:
    """One in so many, so that programs that change their mind are noticed; each keeps the verdict of its own run."""
    text = "from datetime import datetime\ndef f(a, b):\n    {v} = datetime.now().microsecond % 2\n    return a + b + {v}\n"

    grades, tally = _graded([text.format(v=f"v{n}") for n in range(300)])

    assert len(grades) == 300
    assert 5 < tally.executed < 60
    assert set(tally.unstable) == {ADD.id}
