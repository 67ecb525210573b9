"""Objects of a sample's own classes, where neither the problem nor a reference says that it is about such objects."""

from collections.abc import Iterator
from textwrap import dedent, indent

import pytest

from modelassay.core.measured import Grade
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    """One grader for all tests here."""
    with Grader() as opened:
        yield opened


def graded(grader: Grader, checks: str, *programs: str, setup: str = "") -> list[Grade]:
    """Grades under checks, which are the body of `check(candidate)`, without a reference."""
    source = setup + "\ndef check(candidate):\n" + indent(dedent(checks), "    ")
    problem = Problem(
        id="p", prompt="def f(*args):\n", entry_point="f", suites=(Suite(name="base", oracle=Check(source=source)),)
    )  # fmt: skip
    return list(grader.grade(problem, [dedent(program) for program in programs]))


BAG = "class Bag:\n    def __init__(s, x): s.x = {}\n    def __iter__(s): return iter(s.x)\n    def __len__(s): return {}\ndef f(x): return Bag(x)\n"
VECTOR = """
class V:
    def __init__(s, x, y): s.x, s.y = x, y
    def __add__(s, o): return V(s.x + o.x, s.y{})
    def __mul__(s, k): return V(s.x * k, s.y * k)
    def __eq__(s, o): return (s.x, s.y) == (o.x, o.y)
    def __lt__(s, o): return s.x {} o.x
    def __hash__(s): return hash((s.x, s.y))
    def __repr__(s): return f'V({{s.x}}, {{s.y}})'
def f(x, y): return V(x, y)
"""
RIGHT_VECTOR, WRONG_VECTOR = VECTOR.format(" + o.y", "<"), VECTOR.format("", ">").replace("__eq__", "equal")
FILES = "class C:\n    def __init__(s, log): s.log = log\n    def __enter__(s): s.log.append('on'); return s\n    def __exit__(s, *e): {}\ndef f(log): return C(log)\n"
ORDER = "from collections import OrderedDict\n"
SITUATIONS = {
    "iterated twice": (
        "", "b = candidate([1, 2])\nassert list(b) == [1, 2]\nassert list(b) == [1, 2]",
        BAG.format("x", "len(s.x)"), BAG.format("iter(x)", "2"),
    ),
    "iterated and counted": (
        "", "b = candidate([1, 2])\nassert len(b) == 2 and 2 in b and b[1] == 2 and sorted(b) == [1, 2]",
        BAG.format("x", "len(s.x)"), BAG.format("x[1:]", "len(s.x)"),
    ),
    "operators between two": (
        "", "c = candidate(1, 2) + candidate(3, 4)\nassert (c.x, c.y) == (4, 6)", RIGHT_VECTOR, WRONG_VECTOR
    ),
    "operators with a number": ("", "assert (candidate(1, 2) * 2 + candidate(0, 1)).y == 5", RIGHT_VECTOR, WRONG_VECTOR),
    "compared": ("", "assert candidate(1, 2) == candidate(1, 2) != candidate(2, 1)", RIGHT_VECTOR, WRONG_VECTOR),
    "sorted": ("", "assert min(candidate(2, 0), candidate(1, 0)) == candidate(1, 0)", RIGHT_VECTOR, WRONG_VECTOR),
    "in a set": ("", "assert len({candidate(1, 2), candidate(1, 2), candidate(2, 1)}) == 2", RIGHT_VECTOR, WRONG_VECTOR),
    "its text": ("", "assert repr(candidate(1, 2)) == 'V(1, 2)'", RIGHT_VECTOR, "def f(x, y): return [x, y]"),
    "a context manager that writes on leaving": (
        "", "log = []\nwith candidate(log):\n    log.append('in')\nassert log == ['on', 'in', 'off']",
        FILES.format("s.log.append('off')"), FILES.format("pass"),
    ),
    "the order of an OrderedDict": (
        ORDER, "d = OrderedDict(a=1, b=2, c=3)\ncandidate(d, 'a')\nassert list(d) == ['b', 'c', 'a']",
        "def f(d, k): d.move_to_end(k)", "def f(d, k): pass",
    ),
    "the first of an OrderedDict": (
        ORDER, "d = OrderedDict(a=1, b=2)\nassert candidate(d) == ('a', 1) and list(d) == ['b']",
        "def f(d): return d.popitem(last=False)", "def f(d): return d.popitem()",
    ),
    "keys of its own": (
        "", "d = candidate()\nd['k'] = 1\nassert d['k'] == 1",
        "class D:\n    def __setitem__(s, k, v): s.v = v\n    def __getitem__(s, k): return s.v\ndef f(): return D()",
        "class D:\n    def __setitem__(s, k, v): pass\n    def __getitem__(s, k): return 0\ndef f(): return D()",
    ),
    "the name of an exception": (
        "", "try:\n    candidate()\nexcept Exception as e:\n    assert type(e).__name__ == 'Broke' and str(e) == 'no'\nelse:\n    assert False",
        "class Broke(Exception): pass\ndef f(): raise Broke('no')", "def f(): raise KeyError('no')",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "checks", "right", "wrong"), SITUATIONS.values(), ids=SITUATIONS.keys())
def test_without_a_reference(grader: Grader, setup: str, checks: str, right: str, wrong: str) -> None:
    """A right program passes and a wrong one does not, as where tests and program are in one process."""
    grades = graded(grader, checks, right, wrong, setup=setup)

    assert [g.outcome == "passed" for g in grades] == [True, False], grades
    assert {g.mode for g in grades} == {"border"}


LIES = {
    "other items each time": (
        "r = candidate()\nassert all(p > 1 for p in r)\nassert sorted(r) == [2, 3]",
        "class L:\n    n = 0\n    def __iter__(s):\n        s.n += 1\n        return iter([[9], [2, 3]][s.n > 1])\ndef f(): return L()",
    ),
    "fewer items each time": (
        "r = candidate()\nassert list(r) == [2, 3]\nassert not [x for x in r if x > 2]",
        "class L:\n    n = 0\n    def __iter__(s):\n        s.n += 1\n        return iter([2, 3][:3 - s.n])\ndef f(): return L()",
    ),
    "a length that its items have not": (
        "r = candidate()\nassert len(r) == 3\nassert all(p > 1 for p in r)",
        "class L:\n    def __len__(s): return 3\n    def __iter__(s): return iter([2])\ndef f(): return L()",
    ),
    "items that stand elsewhere": (
        "r = candidate()\nassert r[0] < r[1]\nassert set(r) == {1, 2}",
        "class L:\n    def __getitem__(s, i): return i\n    def __iter__(s): return iter([2, 1])\ndef f(): return L()",
    ),
    "equality in one direction": (
        "a, b = candidate(1), candidate(2)\nassert a == b",
        "class E:\n    def __init__(s, n): s.n = n\n    def __eq__(s, o): return s.n < o.n\ndef f(n): return E(n)",
    ),
    "equal and unequal": (
        "assert candidate(1) == candidate(1)\nassert candidate(1) != candidate(2)",
        "class E:\n    def __eq__(s, o): return True\n    def __ne__(s, o): return True\ndef f(n): return E()",
    ),
    "a value of the tests that it is told": (
        "assert candidate(2) - 4 == 0\n", "class E:\n    def __sub__(s, o): return 0\ndef f(n): return E()",
    ),
    "a value of the tests that it is looked for": (
        "assert 4 in candidate(2)\n", "class E:\n    def __contains__(s, o): return True\ndef f(n): return E()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checks", "program"), LIES.values(), ids=LIES.keys())
def test_what_contradicts_itself(grader: Grader, checks: str, program: str) -> None:
    """An object that answers as no value can does not pass, even where tests catch what they find."""
    assert graded(grader, checks, program)[0].outcome in ("failed", "refused", "error")


@pytest.mark.parametrize(
    ("checks", "program", "named"),
    [
        ("assert candidate(1) + 1 == 2", "class P: pass\ndef f(x): return P()", "'P' and 'int'"),
        ("assert candidate(1) < candidate(2)", "class P: pass\ndef f(x): return P()", "'P' and 'P'"),
        ("import json\nassert json.dumps(candidate(1))", "class P: pass\ndef f(x): return P()", "type P is not JSON"),
        ("assert candidate(lambda: 1)", "def f(g): return g + 1", "'function' and 'int'"),
        (
            "try:\n    candidate(1)\nexcept Exception as e:\n    assert False, type(e).__name__",
            "class Broke(Exception): pass\ndef f(x): raise Broke", "Broke",
        ),
    ],
)  # fmt: skip
def test_details_name_the_samples_classes(grader: Grader, checks: str, program: str, named: str) -> None:
    """The detail of a failure shows the names that the sample's classes have, never those of ours."""
    detail = graded(grader, checks, program)[0].detail

    assert named in detail
    assert not [word for word in ("Remote", "Lent", "Candidate") if word in detail]


def test_names_that_are_none(grader: Grader) -> None:
    """A class or an exception of an impossible name is an object or an exception all the same."""
    program = (
        "def f(x):\n    if x:\n        return type('\\ud800', (), {})()\n    raise type('a\\x00b'[:1], (Exception,), "
        "{'__module__': 'm'})('\\x00')\n"
    )
    checks = "assert type(candidate(1)).__name__\ntry:\n    candidate(0)\nexcept Exception:\n    pass"

    assert graded(grader, checks, program)[0].outcome in ("passed", "refused", "error")
