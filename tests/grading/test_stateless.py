"""Tests that share a process: which programs may, that nothing goes from one test to the next, and that the verdicts are those of a process each."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from modelassay.core.problems import Problem, Programs, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.process_start import Limit, sandbox_settings
from modelassay.grading.sandbox.program_runs import ProgramFile, ProgramRun, run_many, run_program
from modelassay.grading.sandbox.sandbox import Sandbox
from modelassay.grading.sandbox.stateless_programs import CHANGEABLE, FIXED, stateless

INPUTS = ("1 2\n", "3 4\n", "5 6\n", "7 8\n")
LIMIT = Limit(1.0, 1.0, 1.0, 1 << 22)
SUM = "print(sum(map(int, input().split())))\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    fields = {name: getattr(Limits(), name) for name in Limits().__struct_fields__}
    with Sandbox(sandbox_settings(fields)) as sandbox:
        yield sandbox


@dataclass
class Both:
    """A program's runs in a process each, and those that shared one."""

    alone: list[ProgramRun]
    shared: list[ProgramRun]
    ending: str


def both(sandbox: Sandbox, source: str, inputs: tuple[str, ...] = INPUTS, function: str = "") -> Both:
    with ProgramFile(source.encode(), function) as file:
        alone = [run_program(sandbox, file, given, LIMIT) for given in inputs]
    with ProgramFile(source.encode(), function) as file:
        runs, ending = list[ProgramRun](), "stopped"
        while ending == "stopped" and len(runs) < len(inputs):  # a busy machine has them share less
            more = run_many(sandbox, file, inputs[len(runs) :], LIMIT, first=not runs)
            runs, ending = [*runs, *more.runs], more.ending
        return Both(alone, runs, ending)


def is_stateless(source: str) -> bool:
    return stateless(compile(source, "<candidate>", "exec", dont_inherit=True))


SHARING = {
    "a sum": SUM,
    "streams of sys": "import sys\nfor line in sys.stdin:\n    sys.stdout.write(str(len(line)))\nsys.stdout.flush()\n",
    "bytes": "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])\n",
    "another name for input": "import sys\ninput = sys.stdin.readline\n" + SUM,
    "a module in a function": "def main():\n    import sys\n    print(sys.stdin.read())\nmain()\n",
    "a module for an inner function": (
        "def main():\n    import sys\n    def read():\n        return sys.stdin.readline()\n    print(read())\nmain()\n"
    ),
    "another name for a module": "import heapq as h\nx = [3, 1]\nh.heapify(x)\nprint(x, input())\n",
    "libraries": (
        "import math, bisect\nfrom collections import Counter, defaultdict, deque\nfrom functools import lru_cache\n"
        "@lru_cache(None)\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)\n"
        "print(f(50), Counter(input()).most_common(1), math.gcd(4, 6), bisect.bisect([1, 2], 1), deque([1]).pop())\n"
    ),
    "a class": (
        "class Node:\n    def __init__(self, v):\n        self.v = v\n    def __lt__(self, other):\n        return self.v < other.v\n"
        "print(min(Node(2), Node(1)).v, *map(int, input().split()))\n"
    ),
    "annotations": "from typing import List, Optional\ndef f(x: List[int]) -> Optional[int]:\n    return sum(x)\n"
    "print(f([int(x) for x in input().split()]))\n",
    "the end of the input": "try:\n    while True:\n        print(len(input()))\nexcept EOFError:\n    print('end')\n",
    "a status of 0": SUM + "import sys\nsys.exit(0)\n",
    "another status": SUM + "exit(5 if input else 0)\n",
    "a text as status": SUM + "import sys\nsys.exit('no')\n",
    "an exception": SUM + "print([][1])\n",
    "what some inputs raise": "x = int(input().split()[0])\nprint(10 // (x - 3))\n",
    "words to stderr": "import sys\nprint('a', file=sys.stderr)\n" + SUM + "raise ValueError('b')\n",
    "a limit of recursion": "import sys\nsys.setrecursionlimit(5000)\ndef f(n):\n    return f(n - 1) + 1 if n else 0\nprint(f(3000), input())\n",
    "long integers": "import sys\nsys.set_int_max_str_digits(0)\nprint(len(str(7 ** 9999)), input())\n",
    "no output": "input()\n",
    "what cannot be encoded": "x = int(input().split()[0])\nprint(x if x < 5 else '\\udc80')\n",
}


@pytest.mark.parametrize("name", SHARING)
def test_what_shares_a_process_ends_as_in_one_of_its_own(sandbox: Sandbox, name: str) -> None:
    """Output, outcome, message and status of each test are the same."""
    found = both(sandbox, SHARING[name])
    told = [(r.outcome, r.detail, r.output, r.status) for r in found.alone]
    assert [(r.outcome, r.detail, r.output, r.status) for r in found.shared] == told
    assert found.ending == "stopped"


ALONE = {
    "too deep": "def f(n):\n    return f(n + 1)\nx = int(input().split()[0])\nprint(x if x < 5 else f(0))\n",
    "no memory": "x = int(input().split()[0])\nprint(x if x < 5 else len('a' * 10 ** 11))\n",
    "much output": "x = int(input().split()[0])\nprint(x if x < 5 else 'a' * 2_000_000)\n",
    "no end": "x = int(input().split()[0])\nwhile x >= 5:\n    pass\nprint(x)\n",
    "a crash": (
        "import sys\nsys.setrecursionlimit(10 ** 9)\nfrom functools import reduce\nx = int(input().split()[0])\n"
        "f = lambda n: reduce(lambda a, b: f(n + 1), [1, 2, 3])\nprint(x if x < 5 else f(0))\n"
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_may_end_otherwise_alone_is_left_to_that(sandbox: Sandbox, name: str) -> None:
    """The tests before it have been told; itself it is missing."""
    found = both(sandbox, ALONE[name])
    assert [r.output for r in found.shared] == [r.output for r in found.alone[:2]]
    assert found.ending in ("alone", "broken")


# Each prints "fresh" in every test unless something of an earlier one is left.
REMEMBERING = {
    "an attribute of a module": "import math\nprint('kept' if hasattr(math, 'seen') else 'fresh')\nmath.seen = 1\n",
    "the same, unasked": "import math\ntry:\n    print(math.seen)\nexcept AttributeError:\n    print('fresh')\nmath.seen = 1\n",
    "an attribute of a class": "from collections import Counter\nprint(getattr(Counter, 'seen', 'fresh'))\nCounter.seen = 'kept'\n",
    "the same, unasked ": (
        "from collections import Counter\ntry:\n    print(Counter.seen)\nexcept AttributeError:\n    print('fresh')\nCounter.seen = 1\n"
    ),
    "an attribute of a function": (
        "from functools import lru_cache as c\ntry:\n    print(c.seen)\nexcept AttributeError:\n    print('fresh')\nc.seen = 1\n"
    ),
    "an attribute of a future": (
        "from __future__ import annotations\ntry:\n    print(annotations.seen)\nexcept AttributeError:\n    print('fresh')\n"
        "annotations.seen = 1\n"
    ),
    "a module as an argument": (
        "import math\ndef mark(it):\n    try:\n        print(it.seen)\n    except AttributeError:\n        print('fresh')\n"
        "    it.seen = 1\nmark(math)\n"
    ),
    "a module of a function": (
        "def mark():\n    import math\n    it = math\n    try:\n        print(it.seen)\n    except AttributeError:\n"
        "        print('fresh')\n    it.seen = 1\nmark()\n"
    ),
    "a module of a choice": (
        "import math, sys\ntry:\n    print((math if input() else sys).seen)\nexcept AttributeError:\n    print('fresh')\n"
        "(math if 1 else sys).seen = 1\n"
    ),
    "the module of a built-in": (
        "b = print.__self__\ntry:\n    print(b.seen)\nexcept AttributeError:\n    print('fresh')\nb.seen = 1\n"
    ),
    "a built-in replaced": "import builtins\nprint('kept' if builtins.len('') else 'fresh')\nbuiltins.len = lambda x: 1\n",
    "__builtins__": "b = __builtins__\nb = b if isinstance(b, dict) else vars(b)\nprint(b.get('seen', 'fresh'))\nb['seen'] = 'kept'\n",
    "globals of a library": (
        "import heapq\ng = heapq.merge.__globals__\nprint(g.get('seen', 'fresh'))\ng['seen'] = 'kept'\n"
    ),
    "modules": "import sys\nprint('kept' if 'seen' in sys.modules else 'fresh')\nsys.modules['seen'] = 1\n",
    "the path": "import sys\nprint('kept' if 'seen' in sys.path else 'fresh')\nsys.path.append('seen')\n",
    "a file": (
        "try:\n    print(open('/tmp/seen').read())\nexcept OSError:\n    print('fresh')\nopen('/tmp/seen', 'w').write('kept')\n"
    ),
    "the environment": "import os\nprint(os.environ.get('seen', 'fresh'))\nos.environ['seen'] = 'kept'\n",
    "the caller's frame": (
        "def g():\n    yield\nf = g()\nnext(f)\nx = f.gi_frame\nprint(x.f_builtins.get('seen', 'fresh'))\nx.f_builtins['seen'] = 'kept'\n"
    ),
    "a frame by a pattern": (
        "def g():\n    yield\nmatch g():\n    case object(gi_frame=f):\n        pass\n"
        "match f:\n    case object(f_builtins=b):\n        print(b.get('seen', 'fresh'))\n        b['seen'] = 'kept'\n"
    ),
    "subclasses": (
        "print('kept' if [c for c in object.__subclasses__() if c.__name__ == 'Seen'] else 'fresh')\nclass Seen:\n    pass\nx = Seen\nx.me = x\n"
    ),
    "chance": "import random\nprint('kept' if random.random() == 0.5 else 'fresh')\nrandom.random = lambda: 0.5\n",
    "a late end": (
        "class Late:\n    def __del__(self):\n        print('kept')\nx = Late()\nx.me = x\nprint('fresh')\n"
    ),
    "the limit of recursion": (
        "import sys\ntry:\n    def f(n):\n        return f(n - 1) if n else 0\n    f(2000)\n    print('kept')\n"
        "except RecursionError:\n    print('fresh')\nsys.setrecursionlimit(10000)\n"
    ),
    "the length of integers": (
        "import sys\ntry:\n    print('kept' if str(7 ** 9999) else '')\nexcept ValueError:\n    print('fresh')\nsys.set_int_max_str_digits(0)\n"
    ),
    "a suspended generator": (
        "def g():\n    try:\n        yield 1\n    finally:\n        print('kept')\nx = [g()]\nnext(x[0])\nx.append(x)\nprint('fresh')\n"
    ),
    "a generator that typing keeps": (
        "from typing import List\nclass Kept:\n    pass\ndef g():\n    try:\n        yield 1\n    finally:\n        print('kept')\n"
        "Kept.it = g()\nnext(Kept.it)\nx = List[Kept]\nprint('fresh')\n"
    ),
    "a default": "def f(x=[]):\n    x.append(1)\n    return x\nprint('fresh' if len(f()) == 1 else 'kept')\n",
    "a cache": (
        "from functools import lru_cache\n@lru_cache(None)\ndef f(x=[]):\n    return 'fresh'\nprint(f() if not f.cache_info().hits else 'kept')\n"
    ),
    "a stream": (
        "import sys\ns = sys.stdin\ntry:\n    print(s.seen)\nexcept AttributeError:\n    print('fresh')\ns.seen = 1\n"
    ),
    "the next input": "import sys\nprint('kept' if len(sys.stdin.read().split()) > 2 else 'fresh')\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


@pytest.mark.parametrize("name", REMEMBERING)
def test_nothing_is_left_of_the_test_before(grader: Grader, name: str) -> None:
    """Whether it may share a process or not, each test finds what the first one found."""
    tests = Programs(inputs=INPUTS, outputs=("fresh",) * len(INPUTS), all_tests=True)
    problem = Problem(id="own/1", prompt="", entry_point="", suites=(Suite(name="base", oracle=tests),))
    grade = grader.grade(problem, [REMEMBERING[name]])[0]
    assert (grade.outcome, grade.tests_passed) == ("passed", len(INPUTS)), grade.detail


REFUSED = (
    "an attribute of a module", "the same, unasked", "an attribute of a class", "the same, unasked ",
    "an attribute of a function", "an attribute of a future", "a module as an argument", "a module of a function",
    "a module of a choice", "the module of a built-in", "a built-in replaced", "__builtins__", "globals of a library",
    "modules", "the path", "a file", "the environment", "the caller's frame", "a frame by a pattern", "subclasses",
    "chance", "a late end",
)  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_reaches_further_gets_a_process_for_each_test(name: str) -> None:
    """It is told by its code, before it runs."""
    assert not is_stateless(REMEMBERING[name])


@pytest.mark.parametrize(
    "source",
    [
        "import threading\n", "from math import *\n", "import os\n", "import collections.abc\n", "async def f():\n    pass\n",
        "exec('x = 1')\n", "type('T', (), {})\n", "x = vars()\n", "len = eval\n", "import sys\nsys.stdout = 1\n",
        "import sys\ndel sys.stdin\n", "def f():\n    import sys\n    return sys\n", "import math\nx = [math]\n",
        "class A:\n    def __getattr__(self, name):\n        return 1\n", "import __future__\n__future__.x = 1\n",
    ],
)  # fmt: skip
def test_what_is_not_known_to_be_harmless_is_refused(source: str) -> None:
    """Whatever else the program does."""
    assert not is_stateless(source)


def test_after_two_hundred_and_fifty_six_names_they_are_still_told() -> None:
    """Numbers of names that take an instruction before the one that they belong to."""
    names = "".join(f"a{n} = {n}\n" for n in range(300))
    assert is_stateless("import sys\n" + names + "print(sys.maxsize, a299)\n")
    assert not is_stateless("import sys\n" + names + "print(sys.modules, a299)\n")
    assert not is_stateless("import sys\n" + names + "late = vars\n")


@pytest.mark.parametrize(
    "name",
    [f"{module}.{name}" for module, names in FIXED.items() for name in sorted(names) if "std" not in name],
)
def test_what_is_called_fixed_cannot_be_changed(name: str) -> None:
    """Of the functions and types that a program may take from modules, while it sets attributes of its own."""
    module, _, taken = name.partition(".")
    fixed = getattr(importlib.import_module(module), taken)
    with pytest.raises((AttributeError, TypeError)):
        fixed.seen_by_a_test = 1


@pytest.mark.parametrize("name", [f"{m}.{n}" for m, names in CHANGEABLE.items() for n in sorted(names)])
def test_what_can_be_changed_excludes_setting_attributes(name: str) -> None:
    """It may be used by a program that sets no attributes at all."""
    module, _, taken = name.partition(".")
    use = f"from {module} import {taken}\nx = {taken}\n"
    assert is_stateless(use)
    assert not is_stateless(use + "x.y = 1\n")


def test_only_the_first_input_goes_to_a_program_that_may_remember(sandbox: Sandbox) -> None:
    """The others are neither in its files nor behind its stdin."""
    source = (
        "import os\nfound = b''\nfor n in range(64):\n    try:\n        found += os.pread(n, 1 << 20, 0)\n    except OSError:\n"
        "        pass\nprint(found)\n"
    )
    with ProgramFile(source.encode()) as file:
        found = run_many(sandbox, file, INPUTS, LIMIT, first=True)
    assert [run.output for run in found.runs] == [b"b'1 2\\n'\n"]
    assert found.ending == "broken"


def test_a_function_is_called_in_a_fresh_module_each_time(sandbox: Sandbox) -> None:
    """Arguments come as JSON, answers go as JSON."""
    source = (
        "from typing import List\nseen = []\nclass Solution:\n    def add(self, xs: List[int]) -> int:\n        seen.append(1)\n"
        "        print('aside')\n        return sum(xs) * len(seen)\n"
    )
    found = both(sandbox, source, ("[[1, 2]]", "[[3]]", "[[]]"), function="add")
    assert [r.output for r in found.shared] == [b"3", b"3", b"0"] == [r.output for r in found.alone]


def test_a_time_limit_holds_for_each_test_that_shares_a_process(grader: Grader) -> None:
    """The third test takes too long; the others are told all the same."""
    source = "x = int(input().split()[0])\nwhile x == 5:\n    pass\nprint(x)\n"
    tests = Programs(inputs=INPUTS, outputs=("1", "3", "5", "7"), all_tests=True, time_limit_seconds=0.3)
    problem = Problem(id="own/1", prompt="", entry_point="", suites=(Suite(name="base", oracle=tests),))
    grade = grader.grade(problem, [source])[0]
    assert (grade.outcome, grade.tests_passed, grade.by_test) == ("timed-out", 3, "1101")


def test_a_memory_limit_is_that_of_a_process_of_its_own(grader: Grader) -> None:
    """Nothing is held against a test that others of its process have used."""
    source = "x = int(input().split()[0])\ny = bytearray(x * 20_000_000)\nprint(len(y) // 20_000_000)\n"
    tests = Programs(inputs=INPUTS, outputs=("1", "3", "5", "7"), all_tests=True, memory_limit_mb=90)
    problem = Problem(id="own/1", prompt="", entry_point="", suites=(Suite(name="base", oracle=tests),))
    grade = grader.grade(problem, [source])[0]
    assert (grade.outcome, grade.by_test) == ("out-of-memory", "1100")
