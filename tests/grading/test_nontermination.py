"""What never ends is found out early, and nothing that ends is taken for it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader
from support.looked_at import Interpreter


@pytest.fixture(scope="module")
def interpreter() -> Iterator[Interpreter]:
    """Programs are looked at in it."""
    with Interpreter() as one:
        yield one


ENDLESS = {
    "a counter that nothing depends on": "n, odd = -1, 0\n    while n:\n        odd += 1\n        n //= 10",
    "counts by name": "n, odd = -1, 0\n    while n != 0:\n        digit = n % 10\n        odd = odd + 1\n        n = n // 10",
    "nothing at all": "while True:\n        pass",
    "all in one line": "n, k = 1, 0\n    while n: k += 1; n = 1",
    "a text sorted again and again": "n = 'cab'\n    while len(n) > 2:\n        n = ''.join(sorted(n))",
    "a cycle of three": "a, b, c = 1, 2, 3\n    while a:\n        a, b, c = b, c, a",
    "a long cycle": "a = 0\n    while True:\n        a = (a * 5 + 3) % 1024",
    "floats": "x, total = 3.5, 0.0\n    while x > 0:\n        x *= 10\n        total += x\n        x //= 10",
    "an inner loop that ends": "n = 5\n    while n > 3:\n        k = 0\n        while k < 4:\n            k += 1\n        n = 5",
    "an inner loop that does not": "n = 5\n    while n > 3:\n        n -= 1\n        while n == 4:\n            k = n",
    "a comprehension": "l = [1, 2]\n    while l:\n        l = [x % 2 for x in l]\n        l = l + [0]\n        l = l[:2]",
    "mathematics": "import math\n    x = 2.0\n    while x > 0:\n        x = math.sqrt(4.0)",
    "a dictionary": "d = {1: 2}\n    while d:\n        d[1] = d.get(1)",
    "lists that hold each other": "a = [0]\n    b = [a, a]\n    while b[0] is not None:\n        b[0][0] = 1 - a[0]",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_loop_that_comes_back_is_found(name: str, interpreter: Interpreter) -> None:
    """In a fraction of a second, whatever its time limit."""
    source = f"import math\ndef f():\n    {ENDLESS[name]}\n".replace("    import math\n", "")
    assert interpreter.called_endless(source)


ENDING = {
    "a dictionary whose table moves under an iterator": "d = {i: 0 for i in range(30)}\n    for i in range(5):\n        del d[i]\n    seen = 25\n    while seen == 25:\n        seen = 0\n        x = sum(range(90_000))\n        for k in d:\n            if seen == 0:\n                d.pop(29)\n                d[29] = 0\n            seen += 1",
    "a table that moves under next": "d = {i: 0 for i in range(30)}\n    for i in range(5):\n        del d[i]\n    n = 25\n    while n == 25:\n        x = sum(range(90_000))\n        it = iter(d)\n        next(it)\n        d.pop(29)\n        d[29] = 0\n        n = 1 + sum(1 for k in it)\n        it = 0",
    "what the collector closes": "def last(flag):\n        try:\n            yield 1\n        finally:\n            flag.append(1)\n    flag, held = [], []\n    held.append(last(flag))\n    next(held[0])\n    held.append(held)\n    del held\n    while not flag:\n        x = sum(range(2_000))\n        y = []\n        y.append(y)",
    "what a finalizer makes anew": "flag, left = [], [6]\n    def make():\n        def end(self):\n            left[0] -= 1\n            make() if left[0] else flag.append(1)\n        one = type('A', (), {'__del__': end})()\n        one.me = one\n    make()\n    while not flag:\n        x = sum(range(2_000))\n        y = []\n        y.append(y)",
    "a builtin by name": "global g, h, j\n    g, h, j = min, max, len\n    k = 0\n    while g([0, 3]) < 3:\n        x = sum(range(90_000))\n        g, h, j = h, j, g\n        pass",
    "a test that changes what it returns from": "def more(n):\n        return 0 if n == 0 else more(n - 1)\n    n = 3\n    for k in range(2_000):\n        while n == 3:\n            n = 2\n        n = 3 + more(50)",
    "a counter in the condition": "n = 0\n    while n < 300_000:\n        n += 1",
    "a counter read elsewhere": "n, m = 0, 0\n    while m < 300_000:\n        n += 1\n        m = n",
    "a list that grows": "l = []\n    while len(l) < 300_000:\n        l.append(1)",
    "an iterator": "it = iter(range(900_000))\n    while True:\n        x = None\n        if next(it, -1) < 0: break",
    "luck": "n = 1\n    while n:\n        n = int(random.random() * 500_000)",
    "a generator": "g = (x < 600_000 for x in range(900_000))\n    while next(g):\n        pass",
    "another function": "n = [0]\n    def more():\n        n[0] += 1\n        return n[0] < 600_000\n    while more():\n        x = 1",
    "a closure": "n = 0\n    def more():\n        nonlocal n\n        n += 1\n        return n < 600_000\n    while more():\n        x = n // 1_000_000",
    "an object": "class A:\n        n = 0\n    a = A()\n    while a.n < 200_000:\n        a.n += 1",
    "an object's own equality": "class A:\n        n = 0\n        def __bool__(self):\n            A.n += 1\n            return A.n < 200_000\n    a = A()\n    while a:\n        x = 1",
    "a class's body": "class A:\n        n = 3 ** 60_000\n        while n > 1:\n            n = n // 2\n            pass",
    "a private name": "class A:\n        def run(self):\n            __n = 3 ** 60_000\n            while __n > 1:\n                __n = __n // 2\n                pass\n    A().run()",
    "a nan among others": "n, l, k = float('nan'), [], 0\n    l.append(n)\n    while n in l or k < 500_000:\n        k += 1\n        n = float('nan') if k > 500_000 else n",
    "a set": "s = set(range(900_000))\n    while s:\n        s.pop()",
    "a number that shrinks slowly": "n = 2 ** 9_000\n    while n:\n        n >>= 1\n        x = sum(range(100))",
    "an exception at last": "l = list(range(900_000))\n    try:\n        while True:\n            l.pop()\n    except IndexError: pass",
    "one line that ends": "n = 0\n    while n < 900_000: n += 1; x = 3",
    "a loop that is not begun again": "n = 3\n    for i in range(900_000):\n        while n < 3: n += 1",
    "a loop in one line around it": "n = 0\n    for i in range(900_000):\n        while n < 3: n += 1\n        n = 0",
    "the loop around it": "for i in range(2_000_000):\n        n = 3\n        while n:\n            n -= 1",
    "a default that is shared": "def more(seen=[]):\n        seen.append(1)\n        return len(seen) < 900_000\n    while more():\n        x = 1",
    "a cached function's state": "import functools\n    it = functools.partial(next, iter(range(900_000)), -1)\n    while it() >= 0:\n        x = 1",
    "a builtin that was replaced": "it = iter(range(900_000))\n    len = lambda x: next(it, 0) or 1 - x[0]\n    x = [1]\n    while len(x) or next(it, None) is not None:\n        y = 1",
}  # fmt: skip


@pytest.mark.parametrize("name", ENDING)
def test_a_program_that_ends_is_left_alone(name: str, interpreter: Interpreter) -> None:
    """Whatever looks the same at first sight: each of these ends, and is looked at several times before."""
    assert not interpreter.called_endless(f"import math\ndef f():\n    {ENDING[name]}\n")


_SIMPLE = st.sampled_from(
    ["a += 1", "a -= 1", "a = b", "b = a % 3", "c += a", "c += 1", "a, b = b, a", "a = -a", "b = a // 2", "a *= 2",
     "l.append(a)", "a = l.pop()", "l = l[1:]", "l = l + [b]", "s = s[1:] + s[:1]", "s += 'x'", "s = s[:-1]",
     "l.sort()", "l.reverse()", "d[a] = b", "b = d.get(a, 0)", "d.pop(b, None)", "t = set(l)", "a = len(t)",
     "it = iter(l)", "b = next(it, 0)", "m = l", "m.append(1)", "c = sum(l)", "a = len(s)", "x += 0.5", "x /= 2",
     "b = int(x)", "a = sum(y for y in l)", "l = [y % 5 for y in l]", "c = c + b"]
)  # fmt: skip
_CONDITIONS = st.sampled_from(
    ["a < 10", "a", "b != c", "len(l) < 5", "True", "s", "l", "a > 0 and c < 7", "x < 4", "not d", "a is not None",
     "c < 50", "b in l", "s != 'ab'", "max(l, default=0) < 9"]
)  # fmt: skip


@st.composite
def _bodies(draw: st.DrawFn, depth: int) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, 9)) if depth else 0
        if kind <= 5:
            lines.append(draw(_SIMPLE))
            continue
        head = {6: "if {}:", 7: "while {}:", 8: "for v in list(l)[:4]:", 9: "if {}: break"}[kind]
        lines.append(head.format(draw(_CONDITIONS)))
        if kind != 9:
            lines += [f"    {line}" for line in draw(_bodies(depth - 1))]
    return lines


@settings(max_examples=300, deadline=None)
@given(_bodies(2), _CONDITIONS, st.integers(8, 60))
def test_what_is_called_endless_does_not_end(
    interpreter: Interpreter, body: list[str], condition: str, look_at: int
) -> None:
    """Of random loops over numbers, lists, texts, sets and iterators, none that ends was called endless before."""
    inner = "\n".join(f"        {line}" for line in body)
    source = (
        "def f():\n    a, b, c, x, s, l, d, t = 3, 1, 0, 1.5, 'ab', [1, 2], {}, ()\n    m, it = l, iter(l)\n"
        f"    while {condition}:\n{inner}\n"
    )
    # Looking must end: a program that is not called endless could run for ever, so first see whether it ends.
    if interpreter.ends(source, look_at=-1, most=3_000):
        assert interpreter.ends(source, look_at, most=1 << 60) is True


PROBLEM = Problem(
    id="own/endless",
    prompt="",
    entry_point="f",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert f(3) == 3", "assert f(4) == 4"))),),
)


def test_an_endless_candidate_costs_little() -> None:
    """Its verdict names the loop and the call, and takes a fraction of the second that a call may take."""
    text = "def f(n):\n    k = 0\n    while n == 4:\n        k += 1\n    return n\n"
    with Grader() as grader:
        (grade,) = grader.grade(PROBLEM, [text])
    assert grade.outcome == "timed-out"
    assert grade.detail == "the loop at line 3 never ends, in call 2"
    assert grade.run_seconds < 0.6


def test_a_slow_candidate_is_not_taken_for_endless() -> None:
    """It is looked at, and goes on."""
    text = "def f(n):\n    k = 0\n    while k < 12_000_000:\n        k += 1\n    return n\n"
    with Grader() as grader:
        (grade,) = grader.grade(PROBLEM, [text])
    assert grade.outcome == "passed"
    assert grade.run_seconds > 0.2


def test_a_loop_while_loading_is_found_too() -> None:
    """Where the program itself runs its function."""
    with Grader() as grader:
        (grade,) = grader.grade(PROBLEM, ["def f(n):\n    return n\nx = 1\nwhile x:\n    x = 1\n"])
    assert (grade.outcome, grade.detail) == ("timed-out", "the loop at line 4 never ends, while loading")


def test_a_candidate_may_send_itself_the_signal() -> None:
    """A program that is not plain is not looked at, and its own handlers are its own."""
    text = (
        "import signal\nseen = []\nsignal.signal(signal.SIGVTALRM, lambda *_: seen.append(1))\n"
        "def f(n):\n    signal.raise_signal(signal.SIGVTALRM)\n    k = 0\n    while k < 2_000_000:\n        k += 1\n"
        "    return n if len(seen) in (1, 2) else 0\n"
    )
    with Grader() as grader:
        (grade,) = grader.grade(PROBLEM, [text])
    assert grade.outcome == "passed", grade.detail


def test_programs_that_end_are_not_called_endless(interpreter: Interpreter) -> None:
    """Made of exactly what the proof reasons about; benchmarks/fuzz_nontermination.py looks at 10,000."""
    assert interpreter.wrongly_called_endless(seed=5, count=150) == []
