"""Tests that act on the sample's world are run beside it, and what that lets through is known."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent, indent

import pytest

from modelassay.core.errors import SandboxError
from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits

HOSTILE = Path(__file__).parent / "hostile"
SHARED = Path(__file__).resolve().parents[3] / "shared" / "hostile"


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


def problem(
    checks: str, *, setup: str = "", reference: str | None = None, prompt: str = "def f(*a):\n"
) -> Problem:
    source = dedent(setup) + "\ndef check(candidate):\n" + indent(dedent(checks), "    ")
    return Problem(
        id="p", prompt=prompt, entry_point="f", reference=reference,
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip


IO = "import contextlib\nimport io\n"
WORLDS = {
    "what is printed": (
        IO, "out = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    candidate('x')\nassert out.getvalue() == 'x\\n'",
        "def f(x): print(x)", "def f(x): print(x, x)",
    ),
    "what is given on stdin": (
        "import io\nimport sys\n", "sys.stdin = io.StringIO('3\\n4\\n')\nassert candidate() == 7",
        "def f(): return int(input()) + int(input())", "def f(): return 6",
    ),
    "a function of a module that is replaced": (
        "import subprocess\n", "subprocess.check_output = lambda *a, **k: b'x'\nassert candidate() == b'x'",
        "import subprocess\ndef f(): return subprocess.check_output('ps')", "def f(): return b'y'",
    ),
    "input that is replaced": (
        "import builtins\n", "builtins.input = iter(['2', '3']).__next__\nassert candidate() == 5",
        "def f(): return int(input()) + int(input())", "def f(): return 6",
    ),
    "input that is patched": (
        "from unittest.mock import patch\n", "with patch('builtins.input', side_effect=['2', '3']):\n    assert candidate() == 5",
        "def f(): return int(input()) + int(input())", "def f(): return int(input()) * int(input())",
    ),
    "print that is watched": (
        "from unittest.mock import patch\n", "with patch('builtins.print') as p:\n    candidate(3)\np.assert_called_once_with(9)",
        "def f(x): print(x * x)", "def f(x): print(x)",
    ),
    "a clock that is set": (
        "import time\nfrom unittest import mock\n", "with mock.patch('time.time', return_value=60.0):\n    assert candidate() == 1",
        "import time\ndef f(): return int(time.time() // 60)", "def f(): return 2",
    ),
    "the environment": (
        "import os\n", "os.environ['LEVEL'] = '7'\nassert candidate() == 7",
        "import os\ndef f(): return int(os.environ['LEVEL'])", "def f(): return 0",
    ),
    "a file that the test wrote": (
        "import os\nimport tempfile\n",
        "with tempfile.TemporaryDirectory() as d:\n    p = os.path.join(d, 'a.txt')\n"
        "    with open(p, 'w') as file:\n        file.write('a\\nb\\n')\n    assert candidate(p) == 2",
        "def f(p):\n    with open(p) as file:\n        return len(file.readlines())", "def f(p): return 1",
    ),
    "a file that the sample wrote": (
        "import pathlib\nimport tempfile\n",
        "with tempfile.TemporaryDirectory() as d:\n    p = pathlib.Path(d) / 'a.txt'\n    candidate(str(p))\n"
        "    assert p.read_text() == 'done'",
        "def f(p):\n    with open(p, 'w') as file:\n        file.write('done')", "def f(p):\n    open(p, 'w').close()",
    ),
    "an open file": (
        "", "with open('a.txt', 'w') as file:\n    candidate(file)\nwith open('a.txt') as file:\n    assert file.read() == 'done'",
        "def f(file): file.write('done')", "def f(file): file.write('do')",
    ),
    "a cursor": (
        "import sqlite3\n",
        "c = sqlite3.connect(':memory:').cursor()\ncandidate(c)\nassert c.execute('select a from t').fetchall() == [(3,)]",
        "def f(c):\n    c.execute('create table t (a int)')\n    c.execute('insert into t values (3)')",
        "def f(c):\n    c.execute('create table t (a int)')",
    ),
    "a database in a file": (
        "import os\nimport sqlite3\nimport tempfile\n",
        "with tempfile.TemporaryDirectory() as d:\n    candidate(os.path.join(d, 'a.db'))\n"
        "    assert sqlite3.connect(os.path.join(d, 'a.db')).execute('select a from t').fetchall() == [(3,)]",
        "import sqlite3\ndef f(p):\n    c = sqlite3.connect(p)\n    c.execute('create table t (a int)')\n"
        "    c.execute('insert into t values (3)')\n    c.commit()\n    c.close()",
        "import sqlite3\ndef f(p): sqlite3.connect(p).execute('create table t (a int)')",
    ),
    "a copy with what belongs to the file": (
        "import os\nimport tempfile\n",
        "with tempfile.TemporaryDirectory() as d:\n    p = os.path.join(d, 'a')\n    open(p, 'w').close()\n    os.utime(p, (5, 7))\n"
        "    candidate(p, p + 'b')\n    assert os.stat(p + 'b').st_mtime == 7",
        "import shutil\ndef f(p, q): shutil.copy2(p, q)", "import shutil\ndef f(p, q): shutil.copyfile(p, q)",
    ),
    "a seed": (
        "import random\n", "random.seed(5)\nwant = random.random()\nrandom.seed(5)\nassert candidate() == want",
        "import random\ndef f(): return random.random()", "def f(): return 0.5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("with_reference", [True, False])
@pytest.mark.parametrize(("setup", "checks", "right", "wrong"), WORLDS.values(), ids=WORLDS.keys())
def test_worlds(
    grader: Grader, setup: str, checks: str, right: str, wrong: str, with_reference: bool
) -> None:
    """The right program passes, the wrong one does not, and the grade says how it was made."""
    asked = problem(checks, setup=setup, reference=right if with_reference else None)
    forms = [Completion(problem="p", index=i, text=t, form="program") for i, t in enumerate((right, wrong))]

    grades = grader.grade(asked, forms)

    assert [(g.outcome == "passed", g.mode) for g in grades] == [(True, "sealed"), (False, "sealed")], grades


def test_only_where_needed(grader: Grader) -> None:
    """Tests that can be asked across the trust boundary are, although they read output elsewhere."""
    asked = problem(
        "io.StringIO()\nassert candidate(2) == 4", setup="import io\n", reference="def f(x): return 2 * x\n"
    )

    assert [(g.outcome, g.mode) for g in grader.grade(asked, ["def f(x):\n    return x + x\n"])] == [
        ("passed", "border")
    ]


def test_forbidden() -> None:
    """Where the sealed mode is forbidden such a problem is graded across the boundary, or not at all."""
    setup, checks, right, _ = WORLDS["a file that the test wrote"]
    asked = problem(checks, setup=setup, reference=right)
    completion = Completion(problem="p", index=0, text=right, form="program")

    with Grader(Limits(sealed=False)) as grader:
        try:
            modes = {(g.outcome, g.mode) for g in grader.grade(asked, [completion])}
        except SandboxError:
            return
    assert modes == {("error", "border")}


LOOKED_AT = {
    "the name of a decorated function": (
        "", "@candidate\ndef g(x):\n    return x\nassert g.__name__ == 'g' and g(2) == 4",
        "import functools\ndef f(g):\n    @functools.wraps(g)\n    def h(x): return 2 * g(x)\n    return h",
        "def f(g):\n    def h(x): return 2 * g(x)\n    return h",
    ),
    "the parameters of a function": (
        "import inspect\n", "assert list(inspect.signature(candidate).parameters) == ['a', 'b']",
        "def f(a, b): pass", "def f(x, y): pass",
    ),
    "the class of an exception": (
        "", "try:\n    candidate()\nexcept ValueError as e:\n    assert type(e).__name__ == 'Broke'\nelse:\n    assert False",
        "class Broke(ValueError): pass\ndef f(): raise Broke", "def f(): raise ValueError",
    ),
    "a warning": (
        "import warnings\n",
        "with warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n    candidate()\nassert len(seen) == 1",
        "import warnings\ndef f(): warnings.warn('old')", "def f(): pass",
    ),
    "what is counted in a class of the tests": (
        "class Node:\n    made = 0\n    def __init__(self): Node.made += 1\n", "candidate()\nassert Node.made == 2",
        "def f(): Node(), Node()", "def f(): Node()",
    ),
    "the end of the process": (
        "", "try:\n    candidate()\nexcept SystemExit as e:\n    assert e.code == 3\nelse:\n    assert False",
        "import sys\ndef f(): sys.exit(3)", "import sys\ndef f(): sys.exit(4)",
    ),
    "a constant of the sample's": ("", "assert candidate() == 1\nassert LIMIT == 9", "LIMIT = 9\ndef f(): return 1", "LIMIT = 8\ndef f(): return 1"),
    "identity of the sample's objects": (
        "", "a = candidate()\nassert a is candidate()", "O = object()\ndef f(): return O", "def f(): return object()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("setup", "checks", "right", "wrong"), LOOKED_AT.values(), ids=LOOKED_AT.keys())
def test_what_no_reference_could_show(
    grader: Grader, setup: str, checks: str, right: str, wrong: str
) -> None:
    """Without a reference a sample that fails by what stands for it at the boundary is looked at beside the tests, too."""
    asked = problem(checks, setup=setup)
    forms = [Completion(problem="p", index=i, text=t, form="program") for i, t in enumerate((right, wrong))]

    grades = grader.grade(asked, forms)

    assert [g.outcome == "passed" for g in grades] == [True, False], grades


ITERATOR = """
class Up:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return {}
"""
TABLE = "class P(dict):\n    def __missing__(self, k): return {}\n"
SUM = "class Sum:\n    def __init__(self, n): self.n = n\n    def __add__(self, o): return Sum(self.n + o.n)\n    def __mul__(self, k): return Sum(self.n {} k)\n    def __int__(self): return self.n\n"
CLASSES = {
    "its own iterator": ("Up", "u = candidate(2)\nassert iter(u) is u\nassert list(u) == [1, 0]", ITERATOR.format("self.n"), ITERATOR.format("7")),
    "a kind of dict": ("P", "d = candidate(a=1)\nassert d['a'] == 1 and d['q'] == 0", TABLE.format(0), TABLE.format(1)),
    "operators": ("Sum", "assert int((candidate(1) + candidate(2)) * 3) == 9", SUM.format("*"), SUM.format("+")),
}  # fmt: skip


@pytest.mark.parametrize(("name", "checks", "right", "wrong"), CLASSES.values(), ids=CLASSES.keys())
def test_a_class_is_asked_for(grader: Grader, name: str, checks: str, right: str, wrong: str) -> None:
    """The prompt begins a class, and no reference shows what its objects are asked."""
    source = "def check(candidate):\n" + "".join(f"    {line}\n" for line in checks.split("\n"))
    asked = Problem(
        id="p", prompt=f'class {name}:\n    """Words."""\n', entry_point=name,
        suites=(Suite(name="base", oracle=Check(source=source)),),
    )  # fmt: skip
    assert [g.outcome == "passed" for g in grader.grade(asked, [right, wrong])] == [True, False]


# --- cheats -----------------------------------------------------------------------------------------------
ADD = problem(
    "with contextlib.redirect_stdout(io.StringIO()):\n    pass\nfor a, b in ((2, 3), (0, 1)):\n"
    "    assert candidate(a, b) == a + b\nassert candidate(10, 20) == 30\nassert candidate(-4, 9) == 5\n",
    setup=IO,
)
REACHING = {
    "exit": "import os\ndef f(a, b): os._exit(0)",
    "exit while loading": "import os\nos._exit(0)\ndef f(a, b): return 0",
    "skip": "import unittest\ndef f(a, b): raise unittest.SkipTest('no')",
    "system exit": "def f(a, b): raise SystemExit(0)",
    "equal to all": "class E:\n    def __eq__(self, o): return True\ndef f(a, b): return E()",
    "an int equal to all": "class E(int):\n    def __eq__(self, o): return True\n    __hash__ = int.__hash__\ndef f(a, b): return E(1)",
    "another assertEqual": "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\ndef f(a, b): return 0",
    "another abs": "import builtins\nbuiltins.abs = lambda x: 0\ndef f(a, b): return 0",
    "another operator": "import operator\noperator.eq = lambda a, b: True\ndef f(a, b): return 0",
    "frames written ahead": (
        "import os, struct, marshal\nfor fd in range(3, 64):\n    try:\n"
        "        m = b'v' + marshal.dumps((b'', None, (), ''), 2)\n        os.write(fd, 20 * (struct.pack('<I', len(m)) + m))\n"
        "    except OSError:\n        pass\ndef f(a, b): os._exit(0)"
    ),
    "the test's variables": (
        "import sys\ndef f(a, b):\n    frame = sys._getframe(1)\n    while frame:\n"
        "        for v in (*frame.f_locals.values(), *frame.f_code.co_consts):\n            if type(v) is int and v > 9:\n"
        "                return v\n        frame = frame.f_back\n    return 0"
    ),
}  # fmt: skip


def outcome(grader: Grader, program: str) -> str:
    grade = grader.grade(ADD, [Completion(problem="p", index=0, text=program, form="program")])[0]
    assert grade.mode == "sealed"
    return grade.outcome


@pytest.mark.parametrize("program", REACHING.values(), ids=REACHING.keys())
def test_cheats(grader: Grader, program: str) -> None:
    """What cheats do that do not know this program of ours gains nothing in this mode either."""
    assert outcome(grader, program) != "passed"


def test_right_program(grader: Grader) -> None:
    """The tests of the cheats let a right program pass."""
    assert outcome(grader, "def f(a, b): return a + b") == "passed"


CHEATS = [p for p in sorted(HOSTILE.glob("*.py.txt")) if "# class: cheat" in p.read_text("utf-8")]


def test_share_of_the_cheat_suite(grader: Grader) -> None:
    """Of the programs that cheat at the trust boundary none passes here; docs/security.md states the share."""
    programs = [p.read_text("utf-8") for p in CHEATS]
    programs += [
        p.read_text("utf-8").split("# ---", 1)[-1]
        for p in sorted(SHARED.glob("c[0-9]*.py"))
        if SHARED.is_dir()
    ]
    wrong = [p.replace("def add(", "def f(") for p in programs if "def add(a, b)" in p]
    completions = [Completion(problem="p", index=i, text=t, form="program") for i, t in enumerate(wrong)]

    grades = grader.grade(ADD, completions)

    assert len(grades) > 10
    assert [wrong[g.index][:200] for g in grades if g.outcome == "passed"] == []


WHITE_BOX = {
    "replaces what tells": (
        "import gc\ndef f(a, b):\n    for o in gc.get_objects():\n        if type(o).__name__ == '_Runner':\n"
        "            o.tell = None\n            events = o._events\n"
        "            type(o).held = lambda self, site, how, left, *r: events.append((site, how, left, b'', True))\n    return 0"
    ),
    "goes through the runner's frames": (
        "import sys\ndef f(a, b):\n    frame = sys._getframe(1)\n    while frame and 'self' not in frame.f_locals:\n"
        "        frame = frame.f_back\n    runner = frame.f_locals['self']\n    runner._events.clear()\n    return 0"
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", WHITE_BOX.values(), ids=WHITE_BOX.keys())
def test_white_box(grader: Grader, program: str) -> None:
    """Programs that reach into the runner but do not know the withheld values fail at those."""
    assert outcome(grader, program) != "passed"


FORGED = """
import sys
def f(a, b):
    frame = sys._getframe(1)
    while "self" not in frame.f_locals:
        frame = frame.f_back
    runner = frame.f_locals["self"]
    kind = type(runner)
    def held(self, site, how, left, *right):
        raw = sys.modules["marshal"].dumps(0, 2)
        self._events.append((site, how, raw, raw, True))
    runner._space["__held__"] = held.__get__(runner)
    return 0
"""


def test_known_limit(grader: Grader) -> None:
    """A program written against this runner can forge checks whose both sides are made in its process."""
    computed = problem(
        "with contextlib.redirect_stdout(io.StringIO()):\n    pass\ncandidate(0, 0)\n"
        "for a, b in ((2, 3), (4, 5)):\n    assert candidate(a, b) == a + b\n", setup=IO,
    )  # fmt: skip
    completion = Completion(problem="p", index=0, text=FORGED, form="program")

    assert [g.outcome for g in grader.grade(computed, [completion])] == ["passed"]
    assert outcome(grader, FORGED) == "failed"
