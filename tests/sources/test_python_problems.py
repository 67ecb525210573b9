"""A Python file of functions with asserts as the user's own problems."""

from pathlib import Path

import pytest

from modelassay.core.errors import AssayError
from modelassay.core.measured import Completion
from modelassay.core.problems import Asserts, Check, Problem
from modelassay.grading import Grader
from modelassay.sources.problems.python_problems import read_problem_folder, read_python_problems

FILE = '''
"""Geometry."""
import math

SCALE = 2


def doubled(x):
    return SCALE * x


def area(r: float) -> float:
    """Area of a circle of radius r."""
    return math.pi * r * r


assert area(0) == 0
assert abs(area(1) - math.pi) < 1e-9


def twice_area(r):
    """Twice the area."""
    return doubled(math.pi * r * r)


def test_twice_area():
    for r in range(3):
        assert twice_area(r) == 2 * area(r)


def unsolved(n):
    """Something hard."""
    ...


assert unsolved(1) == 1
'''


def problems(tmp_path: Path, text: str = FILE) -> dict[str, Problem]:
    path = tmp_path / "geometry.py"
    path.write_text(text)
    return {p.id: p for p in read_python_problems(path).problems}


def outcome(problem: Problem, text: str) -> str:
    with Grader() as grader:
        return grader.grade(problem, [Completion(problem=problem.id, index=0, text=text)])[0].outcome


def test_functions_with_asserts_are_problems(tmp_path: Path) -> None:
    """What has a docstring and a test is asked; helpers are not."""
    assert list(problems(tmp_path)) == ["geometry/area", "geometry/twice_area", "geometry/unsolved"]


def test_prompt_is_the_head_with_what_it_needs(tmp_path: Path) -> None:
    """Imports and the helpers that the body uses stand before the head; the solution does not."""
    prompt = problems(tmp_path)["geometry/twice_area"].prompt

    assert prompt.startswith("import math\nSCALE = 2\n")
    assert "def doubled(x):" in prompt
    assert prompt.endswith('def twice_area(r):\n    """Twice the area."""\n')


def test_asserts_stay_asserts_and_test_functions_become_a_check(tmp_path: Path) -> None:
    """Each form of test keeps what it can tell of a failure."""
    found = problems(tmp_path)

    assert isinstance(found["geometry/area"].suites[0].oracle, Asserts)
    assert isinstance(found["geometry/twice_area"].suites[0].oracle, Check)


def test_a_body_of_dots_is_no_reference(tmp_path: Path) -> None:
    """A problem may be asked that its author has not solved."""
    assert problems(tmp_path)["geometry/unsolved"].reference is None


@pytest.mark.parametrize("name", ["area", "twice_area"])
def test_references_pass_and_wrong_answers_fail(tmp_path: Path, name: str) -> None:
    """The tests that were read are the tests that were written."""
    problem = problems(tmp_path)[f"geometry/{name}"]

    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + "    return 0.5\n") == "failed"


def test_a_line_within_a_text_keeps_its_blanks(tmp_path: Path) -> None:
    """Tests move into a function without changing the texts in them."""
    text = 'def f():\n    """F."""\n    return "a\\n  b"\n\ndef test_f():\n    assert f() == """a\n  b"""\n'
    (problem,) = problems(tmp_path, text).values()

    assert outcome(problem, problem.reference or "") == "passed"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def f(:\n", "geometry.py:1: not Python"),
        ("x = 1\n", "no problem in this file"),
        ("def f():\n    return 1\n\nassert f() == 1\n", "geometry.py:4: this test calls no function"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    """A broken file is one clear line."""
    with pytest.raises(AssayError, match=said):
        problems(tmp_path, text)


PYTEST = '''
import math

import pytest


def fact(n: int) -> int:
    """Factorial of n."""
    return math.factorial(n)


@pytest.fixture
def known():
    return {{3: 6}}


@pytest.fixture
def opened(known):
    log = []
    yield log
    assert log


{tests}
'''
CASES = {
    "parametrize": '@pytest.mark.parametrize("n,expected", [(1, 1), (3, 6)])\ndef test_fact(n, expected):\n    assert fact(n) == expected',
    "param": '@pytest.mark.parametrize(["n"], [pytest.param(3, id="three"), (3,)])\n@pytest.mark.parametrize("six", [6])\ndef test_fact(n, six):\n    assert fact(n) == six',
    "one name": '@pytest.mark.parametrize("pair", [(3, 6)], ids=["a"])\ndef test_fact(pair):\n    assert fact(pair[0]) == pair[1]',
    "fixtures": "def test_fact(known, opened):\n    for n, expected in known.items():\n        opened.append(n)\n        assert fact(n) == expected",
    "class": "class TestFact:\n    def setup_method(self, method):\n        self.n = 3\n\n    def test_three(self, known):\n        assert fact(self.n) == known[3]\n\n    @pytest.mark.skip\n    def test_never(self):\n        assert fact(0) == 0",
    "fixtures of a class": "class TestFact:\n    @pytest.fixture(autouse=True)\n    def three(self):\n        self.n = 3\n        yield\n\n    @pytest.fixture\n    def six(self, known):\n        return known[self.n]\n\n    def test_three(self, six):\n        assert fact(self.n) == six",
    "a case that skips itself": '@pytest.mark.parametrize("n,expected", [(90, 0), (3, 6)])\ndef test_fact(n, expected):\n    if n == 90:\n        pytest.skip("slow")\n    assert fact(n) == expected',
    "a test that is skipped": "@pytest.mark.skipif(1 + 1 == 2, reason='x')\ndef test_fact_of_none():\n    assert fact(None) == 6\n\ndef test_fact():\n    assert fact(3) == 6",
    "skipped by unittest": "import unittest\n\n\nclass TestFact(unittest.TestCase):\n    @unittest.skip('extra credit')\n    def test_none(self):\n        self.assertEqual(fact(None), 6)\n\n    def test_slow(self):\n        self.skipTest('slow')\n        self.assertEqual(fact(None), 6)\n\n    def test_three(self):\n        self.assertEqual(fact(3), 6)",
    "inherited tests": "import unittest\n\n\nclass CasesTestCase(unittest.TestCase):\n    n = 1\n\n    def setUp(self):\n        self.known = {1: 1, 3: 6}\n\n    def test_it(self):\n        self.assertEqual(fact(self.n), self.known[self.n])\n\n\nclass TestThree(CasesTestCase):\n    n = 3",
    "names without an underscore": "def test1():\n    assert fact(3) == 6",
    "coroutines": "import asyncio\n\n\n@pytest.fixture\nasync def six():\n    await asyncio.sleep(0)\n    yield 6\n\n\n@pytest.mark.asyncio\n@pytest.mark.parametrize('n', [3])\nasync def test_fact(n, six):\n    await asyncio.sleep(0)\n    assert fact(n) == six",
    "parameters of a fixture": "@pytest.fixture(params=[1, 3])\ndef n(request):\n    return request.param\n\n\ndef test_fact(n):\n    assert fact(n) == {1: 1, 3: 6}[n]",
    "parameters for a fixture": "@pytest.fixture\ndef n(request):\n    return request.param + 1\n\n\n@pytest.mark.parametrize('n, six', [(2, 6)], indirect=['n'])\ndef test_fact(n, six):\n    assert fact(n) == six",
    "a fixture by another name": "@pytest.fixture(name='n')\ndef make_n():\n    return 3\n\n\ndef test_fact(n):\n    assert fact(n) == 6",
    "a fixture of the whole file": "@pytest.fixture(scope='module')\ndef seen():\n    return []\n\n\ndef test_fact(seen):\n    seen.append(fact(3))\n\n\ndef test_fact_again(seen):\n    assert seen == [6] and fact(3) == 6",
    "each case has its own fixtures": "@pytest.fixture\ndef seen():\n    return []\n\n\n@pytest.mark.parametrize('n', [3, 3])\ndef test_fact(seen, n):\n    seen.append(fact(n))\n    assert seen == [6]",
    "each case has its own object": "class TestFact:\n    def setup_method(self):\n        self.seen = []\n\n    @pytest.mark.parametrize('n', [3, 3])\n    def test_fact(self, n):\n        self.seen.append(fact(n))\n        assert self.seen == [6]",
    "an autouse fixture around a class": "@pytest.fixture(autouse=True)\ndef always():\n    yield\n\n\nclass TestFact:\n    def test_fact(self):\n        assert fact(3) == 6",
    "a class in a class": "class TestFact:\n    def test_one(self):\n        assert fact(1) == 1\n\n    class TestThree:\n        def test_three(self):\n            assert fact(3) == 6",
    "tests of a base": "class Cases:\n    n = 1\n\n    def test_it(self):\n        assert fact(self.n) == {1: 1, 3: 6}[self.n]\n\n\nclass TestThree(Cases):\n    n = 3\n\n    def test_one(self):\n        assert fact(1) == 1",
    "a method without an object": "class TestFact:\n    @staticmethod\n    def test_three():\n        assert fact(3) == 6",
    "functions around the tests": "seen = []\n\n\ndef setup_function(function):\n    seen.clear()\n\n\ndef test_fact():\n    seen.append(fact(3))\n    assert seen == [6]\n\n\ndef test_fact_again():\n    seen.append(fact(3))\n    assert seen == [6]",
    "a test that is expected to fail": "@pytest.mark.xfail(reason='known')\ndef test_fact_of_none():\n    assert fact(None) == 6\n\ndef test_fact():\n    assert fact(3) == 6",
    "a case that is expected to fail": "@pytest.mark.parametrize('n', [3, pytest.param(2, marks=pytest.mark.xfail)])\ndef test_fact(n):\n    assert fact(n) == 6",
    "expected to fail by unittest": "import unittest\n\n\nclass TestFact(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_none(self):\n        self.assertEqual(fact(2), 6)\n\n    def test_three(self):\n        self.assertEqual(fact(3), 6)",
    "unittest": "import unittest\n\n\nclass TestFact(unittest.TestCase):\n    def setUp(self):\n        self.n = 3\n\n    def test_three(self):\n        with self.subTest(n=3):\n            self.assertEqual(fact(self.n), 6)",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_tests_as_pytest_runs_them(tmp_path: Path, name: str) -> None:
    """Cases, fixtures of the file, classes: the reference passes, a wrong answer fails, pytest is not needed."""
    tests = CASES[name].replace(
        '["n"], [pytest.param(3, id="three"), (3,)]', '"n", [pytest.param(3, id="three"), 3]'
    )
    (problem,) = problems(tmp_path, PYTEST.format(tests=tests)).values()
    oracle = problem.suites[0].oracle
    assert isinstance(oracle, Check)
    assert "pytest" not in oracle.setup
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + "    return 1\n") == "failed"


@pytest.mark.parametrize(
    "tests",
    ["def test_fact():\n    pytest.skip('not here')\n    assert fact(3) == 6", "@pytest.mark.skip\ndef test_fact():\n    assert fact(3) == 6"],
)  # fmt: skip
def test_tests_that_all_skip_themselves_say_nothing(tmp_path: Path, tests: str) -> None:
    """The problem cannot be graded, and says why."""
    (problem,) = problems(tmp_path, PYTEST.format(tests=tests)).values()
    with pytest.raises(AssayError, match=r"skip themselves here.*(not here|none of them)"):
        outcome(problem, problem.reference or "")


def test_a_sample_that_raises_a_skip_is_not_skipped(tmp_path: Path) -> None:
    """Only what the tests say is left out: an exception of that name is an answer's error."""
    (problem,) = problems(tmp_path, PYTEST.format(tests=CASES["inherited tests"])).values()
    assert outcome(problem, problem.prompt + "    import unittest\n    raise unittest.SkipTest\n") == "error"


@pytest.mark.parametrize(
    "test",
    [
        "def test_fact(pytester):\n    assert fact(3) == 6",
        "@pytest.mark.xfail(strict=True)\ndef test_fact():\n    assert fact(3) == 6",
    ],
)
def test_what_only_pytest_has_is_no_answers_fault(tmp_path: Path, test: str) -> None:
    """Its own fixtures and marks: the problem cannot be graded, and says why."""
    (problem,) = problems(tmp_path, PYTEST.format(tests=test)).values()
    with pytest.raises(AssayError, match=r"skip themselves here.*(pytester|xfail)"):
        outcome(problem, problem.reference or "")


BUILT_IN = {
    "capfd": ("print(n)", "print(n, n)", "def test_f(capfd):\n    f(3)\n    assert capfd.readouterr().out == '3\\n'"),
    "caplog": (
        "import logging\n    logging.getLogger('f').warning('low: %s', n)", "return n",
        "def test_f(caplog):\n    with caplog.at_level('WARNING'):\n        f(3)\n    assert caplog.messages == ['low: 3']",
    ),
    "capsys": ("print(n)", "print(n, n)", "def test_f(capsys):\n    f(3)\n    assert capsys.readouterr().out == '3\\n'"),
    "tmp_path": (
        "with open(n, 'w') as file:\n        file.write('x')", "open(n, 'w').close()",
        "def test_f(tmp_path):\n    f(str(tmp_path / 'a'))\n    assert (tmp_path / 'a').read_text() == 'x'",
    ),
    "tmp_path_factory": (
        "os.mkdir(n + '/a')", "return n",
        "def test_f(tmp_path_factory):\n    made = tmp_path_factory.mktemp('x')\n    f(str(made))\n    assert (made / 'a').is_dir()\n"
        "    assert tmp_path_factory.mktemp('x') != made",
    ),
    "tmpdir": (
        "return open(n).read() + str(os.listdir(os.path.dirname(n)))", "return n",
        "def test_f(tmpdir):\n    p = tmpdir.mkdir('sub').join('a.txt')\n    p.write('x')\n    assert f(str(p)) == \"x['a.txt']\"\n"
        "    assert f(tmpdir / 'sub' / 'a.txt') == \"x['a.txt']\"\n    assert p.check(file=1) and tmpdir.join('sub').listdir() == [p]",
    ),
    "mocker": (
        "return os.getcwd()", "return '/x'",
        "def test_f(mocker):\n    made = mocker.patch('os.getcwd', return_value='/x')\n    assert f(0) == '/x'\n    made.assert_called_once_with()",
    ),
    "patch": (
        "return os.getcwd() + time.strftime('')", "return '/x'",
        "from unittest import mock\n\n\n@mock.patch('os.getcwd', return_value='/x')\n@mock.patch.object(time, 'strftime')\n"
        "def test_f(strftime, getcwd, tmp_path):\n    strftime.return_value = 'y'\n    assert f(0) == '/xy'\n    getcwd.assert_called_once_with()",
    ),
    "patch with a value": (
        "return time.strftime('')", "return '/x'",
        "from unittest.mock import patch\n\n\n@patch('time.strftime', lambda form: 'now')\ndef test_f(tmp_path):\n    assert f(0) == 'now'",
    ),
    "recwarn": (
        "__import__('warnings').warn('low', UserWarning)", "return n",
        "def test_f(recwarn):\n    f(3)\n    assert len(recwarn) == 1 and recwarn.pop(UserWarning)",
    ),
    "monkeypatch": (
        "return os.environ['A'] + time.strftime('')", "return os.environ.get('A', '')",
        "def test_f(monkeypatch):\n    monkeypatch.setenv('A', '7')\n    monkeypatch.setattr('time.strftime', lambda *_: 'now')\n"
        "    assert f(0) == '7now'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILT_IN)
def test_fixtures_of_pytests_own(tmp_path: Path, name: str) -> None:
    """Captured output, a folder, what is patched: run beside the sample; the right program passes, the wrong one does not."""
    right, wrong, tests = BUILT_IN[name]
    text = f'import os\nimport time\n\n\ndef f(n):\n    """F."""\n    {right}\n\n\n{tests}\n'
    (problem,) = problems(tmp_path, text).values()
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + f"    {wrong}\n") in ("failed", "error")


def test_examples_in_the_docstring_are_tests_where_there_are_no_others(tmp_path: Path) -> None:
    """A doctest is asked like an assert."""
    text = 'def half(n):\n    """Half.\n\n    >>> half(3)\n    1.5\n    """\n    return n / 2\n'
    (problem,) = problems(tmp_path, text).values()
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + "    return n // 2\n") == "failed"


DOCSTRINGS = {
    "what raises": (">>> f(-1)\n    Traceback (most recent call last):\n        ...\n    ValueError: low", "n"),
    "a part of what is shown": (">>> f(7)  # doctest: +ELLIPSIS\n    [0, 1, ...]", "[n]"),
    "statements": (">>> x = f(2)\n    >>> x.append(5)\n    >>> len(x)\n    3\n    >>> for i in x: print(i)\n    0\n    1\n    5", "[0, n]"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_examples_that_are_no_values_are_run_by_doctest(tmp_path: Path, name: str) -> None:
    """None of them is left out: a program that they prove wrong fails."""
    examples, wrong = DOCSTRINGS[name]
    body = "    if n < 0:\n        raise ValueError('low')\n    return list(range(n))\n"
    (problem,) = problems(tmp_path, f'def f(n):\n    """F.\n\n    {examples}\n    """\n{body}').values()
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + f"    return {wrong}\n") == "failed"


def test_a_class_is_a_problem(tmp_path: Path) -> None:
    """Its prompt is the head with the docstring."""
    text = (
        'class Stack:\n    """Push and pop."""\n\n    def __init__(self):\n        self.items = []\n\n    def push(self, x):\n'
        "        self.items.append(x)\n\n    def pop(self):\n        return self.items.pop()\n\n\ndef test_order():\n"
        "    s = Stack()\n    s.push(1)\n    s.push(2)\n    assert (s.pop(), s.pop()) == (2, 1)\n"
    )
    (problem,) = problems(tmp_path, text).values()
    assert problem.prompt == 'class Stack:\n    """Push and pop."""\n'
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, (problem.reference or "").replace("pop()", "pop(0)")) == "failed"


def test_no_prompt_imports_what_only_tests_need(tmp_path: Path) -> None:
    """Though the file imports it in one line with what the function needs."""
    text = 'import math, pytest\n\n\ndef root(n):\n    """Root."""\n    return math.sqrt(n)\n\n\ndef test_root():\n    assert root(2) == pytest.approx(1.41421356)\n'
    (problem,) = problems(tmp_path, text).values()
    assert problem.prompt.startswith("import math\n")
    assert outcome(problem, problem.reference or "") == "passed"


def test_examples_that_hypothesis_draws(tmp_path: Path) -> None:
    """The same ones for every sample."""
    text = 'from hypothesis import given\nfrom hypothesis import strategies as st\n\n\ndef f(xs):\n    """Sorted."""\n    return sorted(xs)\n\n\n@given(st.lists(st.integers()))\ndef test_f(xs):\n    assert f(f(xs)) == sorted(xs)\n'
    (problem,) = problems(tmp_path, text).values()
    assert outcome(problem, problem.reference or "") == "passed"
    assert outcome(problem, problem.prompt + "    return xs\n") == "failed"


CONFTEST = """
import random
import pytest
import a_package_that_is_nowhere

START = 10

@pytest.fixture
def base():
    return START

@pytest.fixture(autouse=True)
def seeded():
    random.seed(1)

@pytest.fixture
def unused():
    return a_package_that_is_nowhere.thing()

def pytest_configure(config):
    config.thing = 1
"""


def test_fixtures_of_a_conftest_beside(tmp_path: Path) -> None:
    """What tests ask for comes from there, with what it uses; the rest stays out, and no prompt shows any of it."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "add.py").write_text(
        'def plus(a, b):\n    """Adds."""\n    return a + b\n\n\ndef test_plus(base):\n    assert plus(base, 1) == 11\n'
    )
    (problem,) = read_problem_folder(tmp_path).problems
    assert "START" not in problem.prompt
    assert "nowhere" not in str(problem.suites[0].oracle)
    assert outcome(problem, "def plus(a, b):\n    return a + b\n") == "passed"
    assert outcome(problem, "def plus(a, b):\n    return a - b\n") == "failed"


def test_an_own_fixture_takes_the_place_of_conftests(tmp_path: Path) -> None:
    """As in pytest; and a changed conftest.py is another version of the problems."""
    (tmp_path / "conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef n():\n    return 1\n")
    text = 'def same(a):\n    """A."""\n    return a\n\n\ndef test_same(n):\n    assert same(n) == 1\n'
    file = tmp_path / "a.py"
    file.write_text(text)
    before = read_python_problems(file)
    (tmp_path / "conftest.py").write_text("import pytest\n\n@pytest.fixture\ndef n():\n    return 2\n")
    assert read_python_problems(file).version != before.version
    file.write_text("import pytest\n\n@pytest.fixture\ndef n():\n    return 1\n\n" + text)
    (problem,) = read_python_problems(file).problems
    assert outcome(problem, "def same(a):\n    return a\n") == "passed"


def test_a_folder_of_files_is_one_set(tmp_path: Path) -> None:
    """File by file; what holds no problem is left out."""
    for name in ("b", "a"):
        (tmp_path / f"{name}.py").write_text(
            f'def f():\n    """F."""\n    return "{name}"\n\nassert f() == "{name}"\n'
        )
    (tmp_path / "helpers.py").write_text("x = 1\n")
    assert [p.id for p in read_problem_folder(tmp_path).problems] == ["a/f", "b/f"]
    (tmp_path / "none").mkdir()
    with pytest.raises(AssayError, match="no Python file with a problem"):
        read_problem_folder(tmp_path / "none")
