"""Whole programs that cheat or abuse: none passes, none gains a test by a trick, and the grader goes on after each.

The problem's three tests have different answers (3, 7, 11). A trick that cannot read its input rightly, because it never computes
the sum, may be right in at most one of them.
"""

from collections.abc import Iterator

import pytest

from modelassay.core.problems import Problem, Programs, Suite
from modelassay.grading import Grader

TESTS = Programs(
    inputs=("1 2\n", "3 4\n", "5 6\n"),
    outputs=("3\n", "7\n", "11\n"),
    time_limit_seconds=0.5,
    memory_limit_mb=256,
    all_tests=True,
)
SUM = Problem(id="own/sum", prompt="Add.", entry_point="", suites=(Suite(name="base", oracle=TESTS),))
HONEST = "a, b = map(int, input().split())\nprint(a + b)"

# What a candidate may find in its own memory or files, if the judge were careless: the text of an expected output.
_SCAN = "import os\nfound = b''\nfor n in range(200):\n    try:\n        found += os.pread(n, 1 << 20, 0)\n    except OSError:\n        pass\n"

CANDIDATES = {
    "the judge's files": (
        "import os\nfound = ''\nfor folder, _, names in os.walk('/'):\n    if folder.startswith(('/usr', '/lib', '/packages')):\n"
        "        continue\n    for name in names:\n        try:\n            found += open(os.path.join(folder, name)).read(1 << 16)\n"
        "        except (OSError, ValueError):\n            pass\nprint(11 if '11' in found else 7 if '7' in found else 3)"
    ),
    "descriptors": _SCAN + "print(11 if b'11\\n' in found else 7 if b'7\\n' in found else 3)",
    "descriptors of proc": (
        "import os\ntry:\n    found = os.listdir('/proc')\nexcept OSError:\n    found = []\nprint(7 if found else 3)"
    ),
    "its compiled code, written anew": (
        "import os\nfor n in range(200):\n    try:\n        size = os.lseek(n, 0, 2)\n        os.pwrite(n, b'print(7)' * 50, 0)\n"
        "    except OSError:\n        pass\nprint(3)"
    ),
    "its own code object": (
        "import sys\ncode = sys._getframe().f_code\nprint(7 if code.co_consts and 'seen' in code.co_consts else 3)"
    ),
    "the caller's frames": (
        "import sys\nframe = sys._getframe()\nfound = ''\nwhile frame:\n    found += repr(sorted(frame.f_locals))\n"
        "    found += repr(frame.f_locals.get('descriptors'))\n    frame = frame.f_back\nprint(7 if '11' in found else 3)"
    ),
    "output after death": (
        "import os, time\nprint(3, flush=True)\nif os.fork() == 0:\n    time.sleep(0.2)\n    os.write(1, b'7\\n')\nos._exit(0)"
    ),
    "a thread that goes on": (
        "import os, threading, time\ndef late():\n    time.sleep(0.1)\n    print(7, flush=True)\n"
        "threading.Thread(target=late, daemon=True).start()\nprint(3, flush=True)\nos._exit(0)"
    ),
    "a second process that answers the next test": (
        "import os, time\ntry:\n    child = os.fork()\nexcept OSError:\n    child = 1\nif not child:\n    os.setsid()\n"
        "    for _ in range(50):\n        time.sleep(0.01)\n        for n in range(16):\n            try:\n                os.write(n, b'7\\n')\n"
        "            except OSError:\n                pass\n    os._exit(0)\nos.write(1, b'3\\n')\nos._exit(0)"
    ),
    "stdin held open": "import os\nkept = os.dup(0)\nos.close(0)\nprint(3)\nimport time\ntime.sleep(60)",
    "stdin rewritten": "import os\nos.ftruncate(0, 0)\nos.pwrite(0, b'1 6\\n', 0)\nprint(7)",
    "output flood": "import os\nwhile True:\n    os.write(1, b'3\\n' * 100000)",
    "flood on stderr": "import os\nprint(3, flush=True)\nwhile True:\n    os.write(2, b'x' * 1000000)",
    "half a UTF-8 sequence": "import os\nos.write(1, b'3\\n\\xe2\\x82')",
    "every output at once": "print('3\\n7\\n11')",
    "a NUL": "import os\nos.write(1, b'3\\0\\n')",
    "kills itself after the answer": "import os\nprint(3, flush=True)\nos.kill(os.getpid(), 15)",
    "kills everything": (
        "import os, signal\nprint(3, flush=True)\nfor pid in (-1, 0, 1, os.getppid()):\n    try:\n        os.kill(pid, signal.SIGTERM)\n"
        "    except OSError:\n        pass"
    ),
    "stops itself": "import os, signal\nprint(3, flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)",
    "ignores every signal": (
        "import signal\nfor n in range(1, 65):\n    try:\n        signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\n"
        "print(3, flush=True)\nwhile True:\n    pass"
    ),
    "sleeps until the limit": "import time\nprint(3, flush=True)\ntime.sleep(3600)",
    "sleeps in small steps": "import time\nprint(3, flush=True)\nwhile True:\n    time.sleep(0.001)",
    "memory through mmap": (
        "import mmap\nkept = []\nfor _ in range(40):\n    m = mmap.mmap(-1, 16 << 20)\n    m[:] = b'x' * (16 << 20)\n    kept.append(m)\nprint(3)"
    ),
    "memory through memfd": (
        "import os\nfor n in range(64):\n    f = os.memfd_create('m')\n    for _ in range(64):\n        os.write(f, b'x' * (1 << 20))\nprint(3)"
    ),
    "a fork bomb": "import os\nprint(3, flush=True)\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
    "threads without end": (
        "import threading, time\nprint(3, flush=True)\nwhile True:\n    try:\n        threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "    except RuntimeError:\n        pass"
    ),
    "a file for the next test": (
        "import os\nplaces = ('/tmp/a', '/dev/shm/a', '/var/tmp/a', 'a')\nseen = 0\nfor place in places:\n    try:\n"
        "        seen += len(open(place).read())\n    except OSError:\n        pass\n    try:\n        open(place, 'a').write('x')\n"
        "    except OSError:\n        pass\nprint({0: 3}.get(seen, 7 if seen < 3 else 11))"
    ),
    "a number of files": (
        "import os\nf = open('/tmp/a', 'w')\nn = os.fstat(f.fileno()).st_ino\nprint(3 if n % 3 == 0 else 7 if n % 3 == 1 else 11)"
    ),
    "a library overwritten": (
        "import json, sys\nprint(7 if getattr(json, 'seen', 0) else 3)\njson.seen = 1\nsys.modules['sys'].seen = 1"
    ),
    "bytecode beside a library": (
        "import json, os\nfolder = os.path.dirname(json.__file__)\ntry:\n    open(folder + '/seen.py', 'w').write('x = 7')\nexcept OSError:\n    pass\n"
        "try:\n    from json import seen\n    print(7)\nexcept ImportError:\n    print(3)"
    ),
    "the interpreter replaced": "import os, sys\nprint(3, flush=True)\nos.execv(sys.executable or '/usr/bin/python3', ['python3', '-c', 'print(7)'])",
    "a shell": "import subprocess\nprint(subprocess.check_output('echo 3', shell=True).decode())",
    "equal to anything": (
        "import builtins, sys\nclass Any(str):\n    def __eq__(self, other):\n        return True\n    __hash__ = str.__hash__\n"
        "builtins.str = Any\nprint(Any('3'))"
    ),
    "audit and trace hooks": (
        "import sys\nprint(3)\nsys.addaudithook(lambda *_: None)\nsys.settrace(lambda *_: None)\nsys.exit('7')"
    ),
    "a lying exit": "import atexit, os\nprint(3, flush=True)\natexit.register(os._exit, 0)\n1 / 0",
    "recursion in the parser": "(" * 5000 + "3" + ")" * 5000,
    "a program that cannot be kept": "x = " + "(" * 90 + "1," + ")," * 89 + ")\nprint(3)",
    "recursion without end": "import sys\nsys.setrecursionlimit(10**9)\nprint(3, flush=True)\ndef f():\n    f()\nf()",
    "an enormous number": "print(3, flush=True)\nx = 10 ** (10 ** 9)",
    "close everything": "import os\nos.write(1, b'3\\n')\nos.closerange(0, 256)\nimport time\ntime.sleep(60)",
}


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader(dedupe=False) as grader:
        yield grader


@pytest.mark.parametrize("name", CANDIDATES)
def test_none_passes_and_the_next_one_is_graded(grader: Grader, name: str) -> None:
    """At most one of the three tests is passed, by its constant answer, and an honest neighbour passes all."""
    hostile, honest = grader.grade(SUM, [CANDIDATES[name], HONEST])
    assert hostile.outcome != "passed", hostile.detail
    assert (hostile.tests_passed or 0) <= 1, hostile.detail
    assert (honest.outcome, honest.tests_passed) == ("passed", 3), honest.detail


def test_there_are_enough_of_them() -> None:
    """The list only grows."""
    assert len(CANDIDATES) >= 35


def test_what_is_honest_but_rough_still_passes(grader: Grader) -> None:
    """A program nested too deeply to be kept compiled is compiled for every test."""
    nested = "x = " + "(1," * 60 + ")" * 60
    assert grader.grade(SUM, [f"{nested}\n{HONEST}"])[0].outcome == "passed"
