"""Problem files and programs as users have them, with the verdict that each must get.

A row holds tests and a rule or a checker; beside each program stands the outcome, or the name of the error for a problem that cannot
be judged.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from modelassay.core.errors import AssayError
from modelassay.grading import Grader
from modelassay.problems import from_io

ADD = "a,b=map(int,input().split())\nprint(a+b)"
Answers = list[tuple[str, str]]
SITUATIONS: dict[str, tuple[dict[str, Any], Answers]] = {
    "CRLF tests": (
        {"inputs": ["1 2\r\n", "3 4\r\n"], "outputs": ["3\r\n", "7\r\n"]},
        [(ADD, "passed"), ("print(3)", "failed")],
    ),
    "CRLF lines of words": (
        {"inputs": ["a\r\nb\r\n"], "outputs": ["a\r\nb\r\n"]},
        [
            ("print(input())\nprint(input())", "passed"),
            ("import sys\nfor l in sys.stdin: print(l.rstrip('\\n'))", "passed"),
            ("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())", "passed"),
        ],
    ),
    "CR output by candidate": (
        {"inputs": ["1 2"], "outputs": ["3\n"]},
        [("import sys\nsys.stdout.write('3\\r\\n')", "passed")],
    ),
    "prompt printed": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [("a,b=map(int,input('Enter: ').split())\nprint(a+b)", "failed")],
    ),
    "several class Solution": (
        {"inputs": [[2]], "outputs": [4], "fn_name": "f"},
        [
            (
                "class Solution:\n    def f(self,x): return 0\nclass Solution:\n    def f(self,x): return x*2",
                "passed",
            )
        ],
    ),
    "helper of method's name": (
        {"inputs": [[2]], "outputs": [4], "fn_name": "f"},
        [("def f(x, y):\n    return x*y\nclass Solution:\n    def f(self,x): return f(x,2)", "passed")],
    ),
    "Solution without the name, function there": (
        {"inputs": [[2]], "outputs": [4], "fn_name": "f"},
        [("class Solution:\n    pass\ndef f(x): return x*2", "passed")],
    ),
    "static method": (
        {"inputs": [[2]], "outputs": [4], "fn_name": "f"},
        [
            ("class Solution:\n    @staticmethod\n    def f(x): return x*2", "passed"),
            ("class Solution(object):\n    @classmethod\n    def f(cls,x): return x*2", "passed"),
        ],
    ),
    "missing input": (
        {"inputs": ["", ""], "outputs": ["hi", "hi"]},
        [("print('hi')", "passed"), ("input()\nprint('hi')", "error")],
    ),
    "huge ints stdin": (
        {"inputs": ["1" + "0" * 4000 + " 1"], "outputs": ["1" + "0" * 3999 + "1"]},
        [(ADD, "passed")],
    ),
    "huge ints over 4300, program lifts limit": (
        {"inputs": ["5000"], "outputs": ["1" + "0" * 5000]},
        [("import sys\nsys.set_int_max_str_digits(0)\nprint(10**int(input()))", "passed")],
    ),
    "huge ints, fn": (
        {"inputs": ["5000"], "outputs": ["1" + "0" * 5000], "fn_name": "f", "comparison": "livecodebench"},
        [("def f(n): return 10**n", "passed"), ("def f(n): return 10**n+1", "failed")],
    ),
    "huge ints as JSON numbers": (
        {
            "inputs": [[1000000000000000000000000000000]],
            "outputs": [1000000000000000000000000000001],
            "fn_name": "f",
        },
        [("def f(n): return n+1", "passed"), ("def f(n): return float(n+1)", "failed")],
    ),
    "unicode output": (
        {"inputs": ["né 日本\n"], "outputs": ["本日 én\n"]},
        [
            ("print(input()[::-1])", "passed"),
            ("import sys\nsys.stdout.buffer.write(input()[::-1].encode())", "passed"),
        ],
    ),
    "lone surrogate printed": ({"inputs": ["x"], "outputs": ["x"]}, [("print('\\ud800')", "error")]),
    "BOM in input": (
        {"inputs": ["\ufeff1 2"], "outputs": ["3"]},
        [("a,b=map(int,input().lstrip('\\ufeff').split())\nprint(a+b)", "passed")],
    ),
    "checker raising on wrong output": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    return int(output)>int(given)",
        },
        [("print('x')", "failed"), ("print(9)", "passed"), ("print(1)", "failed")],
    ),
    "checker raising always": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    raise KeyError('x')",
        },
        [("print(5)", "UnjudgeableError")],
    ),
    "checker returns 1/0": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    return 1 if output.strip()==expected else 0",
        },
        [("print(5)", "passed"), ("print(4)", "failed")],
    ),
    "checker asserts": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    assert output.strip()==expected",
        },
        [("print(5)", "passed"), ("print(4)", "failed")],
    ),
    "checker returns tuple": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    return (output.strip()==expected, 'why')",
        },
        [("print(5)", "passed")],
    ),
    "checker endless": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    while output.strip()!='5': pass\n    return True",
        },
        [("print(5)", "passed")],
    ),
    "checker prints": (
        {
            "inputs": ["4"],
            "outputs": ["5"],
            "checker": "def check(given, expected, output):\n    print('debug')\n    return output.strip()==expected",
        },
        [("print(5)", "passed"), ("print(4)", "failed")],
    ),
    "no newline at end, extra blank lines": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            ("print(3)\nprint()\nprint()", "passed"),
            ("print('3 ')", "passed"),
            ("print(' 3')", "failed"),
            ("print()\nprint(3)", "failed"),
        ],
    ),
    "3.0 for 3": ({"inputs": ["1 2"], "outputs": ["3"]}, [("print(3.0)", "failed")]),
    "3.0 for 3 lcb": (
        {"inputs": ["1 2"], "outputs": ["3"], "comparison": "livecodebench"},
        [("print(3.0)", "passed"), ("print('3e0')", "passed")],
    ),
    "debug on stderr": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [("import sys\nprint('debug',file=sys.stderr)\na,b=map(int,input().split())\nprint(a+b)", "passed")],
    ),
    "chat answer with tests after": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            (
                "Here:\n```python\na,b=map(int,input().split())\nprint(a+b)\n```\nExample input:\n```\n1 2\n```\nOutput:\n```\n3\n```",
                "passed",
            )
        ],
    ),
    "two drafts": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            (
                "First try:\n```python\nprint(1)\n```\nThat is wrong. Corrected:\n```python\na,b=map(int,input().split())\nprint(a+b)\n```",
                "passed",
            )
        ],
    ),
    "solve() defined, not called": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [("def solve():\n    print(3)", "failed")],
    ),
    "numbers as inputs": ({"inputs": [5], "outputs": [6]}, [("print(6)", "InputError")]),
    "outputs numbers": ({"inputs": ["5"], "outputs": [6]}, [("print(6)", "InputError")]),
    "in/out lists of lines": (
        {"inputs": [["1", "2"]], "outputs": [["3"]]},
        [("print(int(input())+int(input()))", "passed")],
    ),
    "none returned, in place": (
        {"inputs": [[[1, 2]]], "outputs": [[2, 1]], "fn_name": "f"},
        [("class Solution:\n    def f(self,a):\n        a.reverse()", "failed")],
    ),
    "sets and generators returned": (
        {"inputs": [[3]], "outputs": [[0, 1, 2]], "fn_name": "f"},
        [("def f(n): return set(range(n))", "passed"), ("def f(n):\n    yield from range(n)", "passed")],
    ),
    "True for 1": (
        {"inputs": [[3]], "outputs": [True], "fn_name": "f"},
        [("def f(n): return 1", "passed"), ("def f(n): return True", "passed")],
    ),
    "text for number": (
        {"inputs": [[3]], "outputs": ["3"], "fn_name": "f"},
        [("def f(n): return '3'", "failed"), ("def f(n): return 3", "passed")],
    ),
    "text value that is no JSON": (
        {"inputs": [["a"]], "outputs": ["aa"], "fn_name": "f"},
        [("def f(s): return s*2", "passed")],
    ),
    "nan and inf": (
        {"inputs": ["1"], "outputs": ["inf nan"], "comparison": "float"},
        [("print('inf nan')", "passed"), ("print(float('inf'),float('nan'))", "passed")],
    ),
    "tabs": ({"inputs": ["1\t2"], "outputs": ["3"]}, [(ADD, "passed")]),
    "input var shadowed": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            ("import sys\ninput=sys.stdin.readline\na,b=map(int,input().split())\nprint(a+b)", "passed"),
            (
                "import sys\ninput = lambda: sys.stdin.buffer.readline().decode()\na,b=map(int,input().split())\nprint(a+b)",
                "passed",
            ),
        ],
    ),
    "asyncio and multiprocessing": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            (
                "import asyncio\nasync def m():\n    a,b=map(int,input().split())\n    print(a+b)\nasyncio.run(m())",
                "passed",
            ),
            (
                "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as p:\n    print(sum(p.map(int,input().split())))",
                "passed",
            ),
        ],
    ),
    "fileinput, argparse, sys.argv": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            ("import fileinput\nfor l in fileinput.input(): print(sum(map(int,l.split())))", "passed"),
            ("import sys\nassert len(sys.argv)==1\na,b=map(int,input().split())\nprint(a+b)", "passed"),
        ],
    ),
    "dataclass, pickle of main class": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            (
                "from dataclasses import dataclass\n@dataclass\nclass P:\n    a:int\n    b:int\np=P(*map(int,input().split()))\nimport pickle\np=pickle.loads(pickle.dumps(p))\nprint(p.a+p.b)",
                "passed",
            ),
            (
                "import inspect\ntry:\n    inspect.getsource(inspect)\nexcept OSError: pass\na,b=map(int,input().split())\nprint(a+b)",
                "passed",
            ),
        ],
    ),
    "decimal & time limit": (
        {"inputs": ["1 2"], "outputs": ["3"], "time_limit_seconds": 0.2},
        [
            ("from decimal import *\nprint(Decimal(1)+2)", "passed"),
            ("import time\ntime.sleep(0.1)\nprint(3)", "passed"),
            ("x=0\nwhile x<10**8: x+=1\nprint(3)", "timed-out"),
        ],
    ),
    "memory limit": (
        {"inputs": ["1 2"], "outputs": ["3"], "memory_limit_mb": 64},
        [("x=bytearray(90<<20)\nx[::4096]=b'1'*len(x[::4096])\nprint(3)", "out-of-memory"), (ADD, "passed")],
    ),
    "exit codes": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [
            ("print(3)\nraise SystemExit", "passed"),
            ("print(3)\nimport sys\nsys.exit('bye')", "error"),
            ("print(3)\nquit()", "passed"),
            ("print(3)\nexit(None)", "passed"),
        ],
    ),
    "warnings, invalid escapes": (
        {"inputs": ["1 2"], "outputs": ["3"]},
        [("import re\nx='\\d'\na,b=map(int,input().split())\nprint(a+b)", "passed")],
    ),
    "null bytes in code": ({"inputs": ["1 2"], "outputs": ["3"]}, [("print(3)\x00", "error")]),
    "python2": ({"inputs": ["1 2"], "outputs": ["3"]}, [("print 3", "error")]),
    "unordered rule": (
        {"inputs": ["x"], "outputs": ["a\nb\n"], "comparison": "unordered"},
        [("print('b\\na')", "passed"), ("print('b')", "failed")],
    ),
    "nested tuple keys": (
        {"inputs": [[1]], "outputs": [{"1": 2}], "fn_name": "f"},
        [
            ("def f(x): return {1:2}", "passed"),
            ("from collections import Counter, OrderedDict\ndef f(x): return OrderedDict({1:2})", "passed"),
        ],
    ),
    "linked list class": (
        {"inputs": [[1]], "outputs": [1], "fn_name": "f"},
        [("class Node:\n    def __init__(self,v): self.v=v\ndef f(x): return Node(x)", "error")],
    ),
    "kwargs-like arguments by lines": (
        {"inputs": ["[1,2]\n3"], "outputs": ["[1,2,3]"], "fn_name": "f"},
        [("def f(a,b): return a+[b]", "passed")],
    ),
    "string arg with newline": (
        {"inputs": ['"a\\nb"'], "outputs": ['"b\\na"'], "fn_name": "f"},
        [("def f(s): return '\\n'.join(s.split('\\n')[::-1])", "passed")],
    ),
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_program_gets_its_verdict(grader: Grader, name: str) -> None:
    """The right outcome for each, of right programs and wrong ones."""
    row, answers = SITUATIONS[name]
    assert [verdict(grader, row, program) for program, _ in answers] == [outcome for _, outcome in answers]


def verdict(grader: Grader, row: dict[str, Any], program: str) -> str:
    """The outcome, or the name of the error."""
    try:
        return grader.grade(from_io("Task.", **row), [program])[0].outcome
    except AssayError as error:
        return type(error).__name__
