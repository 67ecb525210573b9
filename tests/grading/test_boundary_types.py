"""What tests pass to samples and get from them keeps its type, its identity and its behaviour."""

from collections.abc import Iterator
from textwrap import dedent, indent

import pytest

from modelassay.core.problems import Asserts, Check, Problem, Suite
from modelassay.grading import Grader


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


def graded(
    grader: Grader, program: str, checks: str, *, prompt: str = "", setup: str = "", entry: str = "f",
    reference: str | None = None,
) -> tuple[str, str]:  # fmt: skip
    """Outcome and detail of a program under checks, which are the body of `check(candidate)`."""
    source = dedent(setup) + "\ndef check(candidate):\n" + indent(dedent(checks), "    ")
    problem = Problem(
        id="p", prompt=dedent(prompt) or f"def {entry}(*args):\n", entry_point=entry,
        suites=(Suite(name="base", oracle=Check(source=source)),), reference=reference,
    )  # fmt: skip
    grade = grader.grade(problem, [dedent(program)])[0]
    return grade.outcome, grade.detail


ARGUMENTS = {
    "an array's dtype, shape and order": (
        "import numpy as np\n",
        "x = np.asfortranarray(np.arange(6, dtype='int16').reshape(2, 3))\nassert candidate(x) == 'int16 (2, 3) True'",
        "def f(x): return f'{x.dtype} {x.shape} {x.flags.f_contiguous}'",
    ),
    "an array of nothing": (
        "import numpy as np\n", "assert candidate(np.zeros((0, 4))) == (0, 4)", "def f(x): return x.shape"
    ),
    "a scalar of numpy": (
        "import numpy as np\n", "assert candidate(np.float32(1.5)) == 'float32'", "def f(x): return type(x).__name__"
    ),
    "nan": ("import numpy as np\n", "assert candidate(np.array([np.nan])) is True", "def f(x): return bool(x[0] != x[0])"),
    "bytearray": ("", "assert candidate(bytearray(b'ab')) == 'bytearray'", "def f(x): return type(x).__name__"),
    "array": ("import array\n", "assert candidate(array.array('i', [7, 8])) == 7", "def f(x): return x[0]"),
    "a factory": (
        "from collections import defaultdict\n",
        "d = defaultdict(list)\ncandidate(d)\nassert d == {'k': [1]} and d['new'] == []",
        "def f(d): d['k'].append(1)",
    ),
    "a deque with a length": (
        "from collections import deque\n",
        "d = deque([1, 2], maxlen=2)\ncandidate(d)\nassert list(d) == [2, 3]",
        "def f(d): d.append(3)",
    ),
    "Decimal, Fraction, date": (
        "import datetime\nfrom decimal import Decimal\nfrom fractions import Fraction\n",
        "assert candidate(Decimal('1.10'), Fraction(1, 3), datetime.date(2026, 1, 31)) == '1.10 1/3 2026-01-31'",
        "def f(a, b, c): return f'{a} {b} {c}'",
    ),
    "a range": ("", "assert candidate(range(2, 9, 3)) == 3", "def f(r): return r.step"),
    "a text file": (
        "import io\n", "assert candidate(io.StringIO('a\\nb')) == ['a\\n', 'b']", "def f(x): return x.readlines()"
    ),
    "an enumeration": (
        "from enum import Enum\nclass Colour(Enum):\n    RED = 1\n    BLUE = 2\n",
        "assert candidate(Colour.RED) is Colour.BLUE",
        "def f(c): return Colour.BLUE if c is Colour.RED else c",
    ),
    "members of an enumeration in a set": (
        "from enum import Enum, auto\nclass Colour(Enum):\n    RED = auto()\n    BLUE = auto()\n",
        "assert candidate({Colour.RED}) == {Colour.BLUE}\nassert candidate({Colour.RED}) == {Colour.BLUE}",
        "def f(s): return set(Colour) - s",
    ),
    "flags": (
        "from enum import IntFlag\nclass May(IntFlag):\n    READ = 1\n    WRITE = 2\n    RUN = 4\n",
        "assert candidate(May.READ | May.RUN) is May.READ | May.WRITE", "def f(m): return (m & May.READ) | May.WRITE",
    ),
    "records of numpy's": (
        "import numpy as np\n",
        "a = np.array([(1, 'x'), (2, 'y')], dtype=[('n', 'i4'), ('s', 'U3')])\nassert candidate(a).tolist() == [(2, 'x'), (4, 'y')]",
        "def f(a):\n    a = a.copy()\n    a['n'] *= 2\n    return a",
    ),
    "a matrix of numpy's": (
        "import numpy as np\n", "assert (candidate(np.matrix([[1, 2], [3, 4]])) == np.matrix([[7, 10], [15, 22]])).all()",
        "def f(m): return m * m",
    ),
    "an array with a mask": (
        "import numpy as np\n", "r = candidate(np.ma.array([1, 2, 3], mask=[0, 1, 0]))\nassert r.sum() == 8 and r.mask[1]",
        "def f(a): return a * 2",
    ),
    "the masked constant": (
        "import numpy as np\n", "assert candidate(np.ma.masked) is np.ma.masked\nassert candidate(3) == 3", "def f(x): return x",
    ),
    "numbers of 80 bits": ("import numpy as np\n", "assert candidate(np.longdouble(1) / 3) == np.longdouble(2) / 3", "def f(x): return 2 * x"),
    "a ufunc": ("import numpy as np\n", "assert candidate(np.add, [1, 2]) == 3", "def f(g, xs): return g.reduce(xs)"),
    "a dtype": ("import numpy as np\n", "assert candidate(np.dtype('int16')) == np.dtype('int32')", "def f(d):\n    import numpy\n    return numpy.dtype(f'i{2 * d.itemsize}')"),
    "a data class": (
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\n    y: int = 0\n",
        "assert candidate(Point(1, 2)) == Point(2, 1)",
        "def f(p): return Point(p.y, p.x)",
    ),
    "a named tuple": (
        "from collections import namedtuple\nPair = namedtuple('Pair', 'a b')\n",
        "r = candidate(Pair(1, 2))\nassert r == (2, 1) and r.a == 2 and isinstance(r, Pair)",
        "def f(p): return Pair(p.b, p.a)",
    ),
    "a tree that knows its parents": (
        "class Node:\n    def __init__(self, v, up=None):\n        self.v, self.up, self.kids = v, up, []\n",
        "root = Node(1)\nroot.kids.append(Node(2, root))\nassert candidate(root) == 3\nassert root.kids[0].up is root",
        "def f(n): return n.v + sum(f(k) for k in n.kids if k.up is n)",
    ),
    "a node that the sample made": (
        "class Node:\n    def __init__(self, v, nxt=None):\n        self.v, self.next = v, nxt\n",
        "r = candidate([1, 2])\nassert isinstance(r, Node) and (r.v, r.next.v, r.next.next) == (1, 2, None)",
        "def f(xs):\n    head = None\n    for x in reversed(xs):\n        head = Node(x, head)\n    return head",
    ),
    "a lambda": ("", "assert candidate(lambda x: x + 1, [1, 2]) == [2, 3]", "def f(g, xs): return [g(x) for x in xs]"),
    "a function that raises": (
        "def odd(x):\n    if x % 2:\n        raise ValueError('odd')\n    return x\n",
        "assert candidate(odd, [1, 2]) == ['odd', 2]",
        "def f(g, xs):\n    out = []\n    for x in xs:\n        try:\n            out.append(g(x))\n"
        "        except ValueError as e:\n            out.append(str(e))\n    return out",
    ),
    "a function that calls the sample": (
        "", "assert candidate(3, lambda n: candidate(n, None)) == 6",
        "def f(n, g): return n if g is None else n + g(n)",
    ),
    "a built-in function": ("", "assert candidate(max, [1, 3]) == 3", "def f(g, xs): return g(xs)"),
    "a generator without end": (
        "def naturals():\n    n = 0\n    while True:\n        yield n\n        n += 1\n",
        "g = naturals()\nassert candidate(g) == [0, 1, 2]\nassert next(g) == 3",
        "def f(g): return [next(g) for _ in range(3)]",
    ),
    "the row of a matrix": (
        "", "row = [1, 2]\ngrid = [row, [3]]\ncandidate(grid)\nassert row == [2, 1] and grid[0] is row",
        "def f(g): g[0].reverse()",
    ),
    "the same list": ("", "x = [1]\nassert candidate(x) is x", "def f(x): return x"),
    "an array changed in place": (
        "import numpy as np\n", "x = np.array([3, 1, 2])\nassert candidate(x) is None\nassert x.tolist() == [1, 2, 3]",
        "def f(x): x.sort()",
    ),
    "a list with a set in it": ("", "x = [{1}]\ncandidate(x)\nassert x == [{1, 2}]", "def f(x): x[0].add(2)"),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "checks", "program"), ARGUMENTS.values(), ids=ARGUMENTS.keys())
def test_arguments(grader: Grader, setup: str, checks: str, program: str) -> None:
    """What tests pass arrives as what it is, and what is done to it is seen."""
    assert graded(grader, program, checks, setup=setup) == ("passed", "")


RESULTS = {
    "an array": ("r = candidate()\nassert r.shape == (2, 2) and r.dtype == 'float32' and (r == 1).all()",
                 "import numpy as np\ndef f(): return np.ones((2, 2), dtype='float32')"),
    "a scalar of numpy": ("assert type(candidate()).__name__ == 'int64'", "import numpy as np\ndef f(): return np.int64(3)"),
    "a generator": ("g = candidate()\nassert next(g) == 0 and g.send(5) == 5",
                    "def f():\n    x = yield 0\n    yield x"),
    "a generator without end": ("import itertools\nassert list(itertools.islice(candidate(), 3)) == [0, 1, 2]",
                                "import itertools\ndef f(): return itertools.count()"),
    "a generator in step with the tests": ("log = []\nfor x in candidate(log):\n    log.append(-x)\nassert log == [1, -1, 2, -2]",
                                           "def f(log):\n    for x in (1, 2):\n        log.append(x)\n        yield x"),
    "a closure": ("add = candidate(3)\nassert add(4) == 7", "def f(n): return lambda x: x + n"),
    "a decorator": ("@candidate\ndef g(x):\n    return x + 1\nassert g(1) == 4", "def f(g): return lambda x: 2 * g(x)"),
    "a named tuple": ("r = candidate()\nassert r.lo == 1 and r == (1, 2)",
                      "from collections import namedtuple\nR = namedtuple('R', 'lo hi')\ndef f(): return R(1, 2)"),
    "an exception's arguments": ("try:\n    candidate(-1)\nexcept ValueError as e:\n    assert e.args == ('negative', -1)\nelse:\n    assert False",
                                 "def f(n): raise ValueError('negative', n)"),
    "a coroutine": ("import asyncio\nassert asyncio.run(candidate(2)) == 4",
                    "import asyncio\nasync def f(x):\n    await asyncio.sleep(0)\n    return 2 * x"),
    "coroutines together": ("import asyncio\nasync def main():\n    return await asyncio.gather(candidate(1), candidate(2))\n"
                            "assert asyncio.run(main()) == [2, 4]", "async def f(x): return 2 * x"),
    "an asynchronous generator": ("import asyncio\nasync def main():\n    return [x async for x in candidate()]\n"
                                  "assert asyncio.run(main()) == [1, 2]", "async def f():\n    yield 1\n    yield 2"),
    "a type": ("assert candidate() is int", "def f(): return int"),
    "a type of numpy's": ("import numpy as np\nassert candidate() is np.float32", "import numpy as np\ndef f(): return np.float32"),
    "an identifier": ("import uuid\nassert candidate(5) == uuid.UUID(int=5)", "import uuid\ndef f(n): return uuid.UUID(int=n)"),
    "an address": ("import ipaddress\nassert candidate() == ipaddress.ip_network('10.0.0.0/8')",
                   "import ipaddress\ndef f(): return ipaddress.ip_network('10.0.0.0/8')"),
    "a broken-down time": ("assert candidate().tm_year == 1970", "import time\ndef f(): return time.gmtime(0)"),
}  # fmt: skip


@pytest.mark.parametrize(("checks", "program"), RESULTS.values(), ids=RESULTS.keys())
def test_results(grader: Grader, checks: str, program: str) -> None:
    """What a sample returns can be used as what it is."""
    assert graded(grader, program, checks) == ("passed", "")


VECTOR = """
class Vector:
    def __init__(self, *xs): self.xs = list(xs)
    def __len__(self): return len(self.xs)
    def __getitem__(self, i): return self.xs[i]
    def __setitem__(self, i, x): self.xs[i] = x
    def __contains__(self, x): return x in self.xs
    def __iter__(self): return iter(self.xs)
    def __add__(self, o): return Vector(*(a + b for a, b in zip(self, o)))
    def __rmul__(self, k): return Vector(*(k * a for a in self))
    def __eq__(self, o): return self.xs == list(o)
    def __lt__(self, o): return len(self) < len(o)
    def __hash__(self): return hash(tuple(self.xs))
    def __repr__(self): return f'Vector{tuple(self.xs)}'
    def __enter__(self): return self
    def __exit__(self, *e): self.xs.clear(); return True
    def __bool__(self): return any(self.xs)
    async def norm(self): return sum(abs(a) for a in self.xs)
"""


@pytest.mark.parametrize(
    "check",
    [
        "len(candidate(1, 2)) == 2", "candidate(1, 2)[1] == 2", "2 in candidate(1, 2)", "list(candidate(1, 2)) == [1, 2]",
        "candidate(1, 2) + candidate(1, 1) == candidate(2, 3)", "2 * candidate(1, 2) == candidate(2, 4)",
        "candidate(1, 2) == [1, 2]", "candidate(1) < candidate(1, 2)", "sorted([candidate(1, 2), candidate(3)])[0][0] == 3",
        "repr(candidate(1, 2)) == 'Vector(1, 2)'", "f'{candidate(1)}' == 'Vector(1,)'", "not candidate(0, 0)",
        "isinstance(candidate(1), Vector)", "len({candidate(1), candidate(1)}) == 1", "max(candidate(1, 5)) == 5",
        "__import__('asyncio').run(candidate(1, -2).norm()) == 3",
    ],
)  # fmt: skip
def test_special_methods(grader: Grader, check: str) -> None:
    """Objects of a class that the problem asks for do what their special methods say."""
    prompt = "class Vector:\n    pass\n"
    assert graded(grader, VECTOR, f"assert {check}", prompt=prompt, entry="Vector") == ("passed", "")


def test_with_and_in_place(grader: Grader) -> None:
    """An object of the sample's is the same object from call to call, and `with` enters and leaves it."""
    checks = """
        v = candidate(1, 2)
        v[0] = 5
        assert v.xs == [5, 2]
        with v as w:
            assert w is v
            raise KeyError
        assert v.xs == []
    """
    assert graded(grader, VECTOR, checks, prompt="class Vector:\n    pass\n", entry="Vector") == (
        "passed",
        "",
    )


def test_exceptions_of_the_prompt(grader: Grader) -> None:
    """Tests can catch an exception that the prompt defines, with its attributes."""
    prompt = """
        class Broke(Exception):
            def __init__(self, short):
                super().__init__(f"{short} short")
                self.short = short

        def f(n):
    """
    program = dedent(prompt) + "    raise Broke(n)\n"
    checks = "try:\n    candidate(3)\nexcept Broke as e:\n    assert e.short == 3 and str(e) == '3 short'\nelse:\n    assert False"
    assert graded(grader, program, checks, prompt=prompt) == ("passed", "")


CHEATS = {
    "an array with a length and nothing in it": (
        "r = candidate(10)\nassert len(r) == 10\nassert all(p > 1 for p in r)",
        "class ndarray:\n    dtype = 'int64'\n    def __init__(self, n): self.shape = (n,)\n"
        "    def ravel(self, *a): return self\n    def tolist(self): return []\n    def tobytes(self, *a): return b''\n"
        "ndarray.__module__ = 'numpy'\ndef f(n): return ndarray(n)",
    ),
    "an object with a length and nothing in it": (
        "r = candidate(10)\nassert len(r) == 10\nassert all(p > 1 for p in r)",
        "class L:\n    def __len__(self): return 10\n    def __iter__(self): return iter(())\ndef f(n): return L()",
    ),
    "an object that is equal to everything": (
        "assert candidate(2) == 4", "class E:\n    def __eq__(self, o): return True\ndef f(n): return E()",
    ),
    "an object that is less than everything": (
        "assert abs(candidate(2) - 4) < 1e-6",
        "class E:\n    def __sub__(self, o): return self\n    def __abs__(self): return self\n"
        "    def __lt__(self, o): return True\ndef f(n): return E()",
    ),
    "a function that is a class": (
        "assert candidate(2) == 4",
        "class f(int):\n    def __new__(cls, n): return int.__new__(cls, 0)\n    def __eq__(self, o): return True",
    ),
    "a module of the tests'": (
        "assert math.isclose(candidate(2), 4)",
        "class math:\n    isclose = staticmethod(lambda *a, **k: True)\ndef f(n): return 0",
    ),
    "sys of the tests'": ("assert candidate(1) < -sys.maxsize", "class sys:\n    maxsize = -5\ndef f(n): return 4"),
    "numpy of the tests'": (
        "assert np.allclose(candidate(1), [1, 2])",
        "class np:\n    allclose = staticmethod(lambda *a, **k: True)\ndef f(n): return 0",
    ),
    "an iterator that says it ends the tests": (
        "for x in range(3):\n    assert candidate(x) == x",
        "def f(n): raise StopIteration",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("checks", "program"), CHEATS.values(), ids=CHEATS.keys())
def test_forged_values(grader: Grader, checks: str, program: str) -> None:
    """No value that cannot be, no module of the sample's, no comparison of its own makes a wrong program pass."""
    assert graded(grader, program, checks)[0] in ("failed", "error", "refused")


def test_helpers_of_the_prompt(grader: Grader) -> None:
    """A function that the prompt gives whole is the prompt's in the tests, whatever the sample makes of it."""
    prompt = "import math\n\ndef half(x):\n    return x / 2\n\ndef f(x):\n"
    forged = "def half(x):\n    return 0\n\ndef f(x):\n    return 7\n"

    assert graded(grader, forged, "assert half(candidate(4)) == 0", prompt=prompt)[0] == "failed"


def test_asserts_with_a_setup(grader: Grader) -> None:
    """Objects of a class in the setup of asserts are passed, and the sample may name the class anywhere."""
    problem = Problem(
        id="p", prompt="Count the nodes.", entry_point="size",
        suites=(Suite(name="base", oracle=Asserts(
            asserts=("assert size(Node(1, Node(2))) == 2", "assert size(None) == 0"),
            setup="class Node:\n    def __init__(self, v, nxt=None):\n        self.v = v\n        self.next = nxt\n",
        )),),
    )  # fmt: skip
    right = "def size(head: Node) -> int:\n    return 1 + size(head.next) if head else 0\n"
    wrong = "def size(head):\n    return 0\n"

    assert [g.outcome for g in grader.grade(problem, [right, wrong])] == ["passed", "failed"]


def test_handing_over_is_not_the_samples_time(grader: Grader) -> None:
    """Arguments and answers of any size cross without their time counting against the sample's limit for a call."""
    checks = "xs = [[i, {i}] for i in range(150000)]\nassert len(candidate(xs)) == 150000"
    assert graded(grader, "def f(xs): return xs", checks) == ("passed", "")
    assert graded(grader, "def f(xs): return [[x] for x, _ in xs]", checks) == ("passed", "")
