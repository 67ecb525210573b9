"""Programs judged by input and output, run in the sandbox: honest forms, failures, and programs that try to gain by a trick."""

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from modelassay.core.errors import UnjudgeableError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Problem, Programs, Suite
from modelassay.grading import Grader
from modelassay.grading.pool import PoolOptions, grade_many
from modelassay.grading.sandbox.judge_names import needed
from modelassay.sources.problems.program_rows import program_problem


@pytest.fixture(scope="module")
def grader() -> Iterator[Grader]:
    with Grader() as grader:
        yield grader


def problem(tests: Programs) -> Problem:
    return Problem(id="own/1", prompt="Add.", entry_point="", suites=(Suite(name="base", oracle=tests),))


SUM = problem(Programs(inputs=("1 2\n", "3 4"), outputs=("3\n", "7\n"), time_limit_seconds=0.5))

HONEST = {
    "input": "a, b = map(int, input().split())\nprint(a + b)",
    "read": "import sys\nprint(sum(map(int, sys.stdin.read().split())))",
    "lines": "import sys\nfor line in sys.stdin:\n    print(sum(map(int, line.split())))",
    "buffer": "import sys\nsys.stdout.buffer.write(b'%d' % sum(map(int, sys.stdin.buffer.readline().split())))",
    "open(0)": "print(sum(map(int, open(0).read().split())))",
    "the name of stdin": "import sys\nsys.stdin = open('/dev/stdin')\nprint(sum(map(int, input().split())), file=open('/dev/stdout', 'w'))",
    "os.read": "import os\nos.write(1, str(sum(map(int, os.read(0, 99).split()))).encode())",
    "main": "def main():\n    print(sum(map(int, input().split())))\nif __name__ == '__main__':\n    main()",
    "main, then more": "def main():\n    print(sum(map(int, input().split())))\nif __name__ == '__main__':\n    main()\ndone = True",
    "global": "total = 0\ndef add(n):\n    global total\n    total += n\nfor word in input().split():\n    add(int(word))\nprint(total)",
    "future": "from __future__ import annotations\nprint(sum(map(int, input().split())))",
    "sys.exit": "import sys\nprint(sum(map(int, input().split())))\nsys.exit()",
    "exit": "print(sum(map(int, input().split())))\nexit(0)",
    "os._exit": "import os\nprint(sum(map(int, input().split())), flush=True)\nos._exit(0)",
    "thread": (
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 27)\n"
        "def deep(n):\n    return deep(n - 1) if n else 0\n"
        "def main():\n    deep(20000)\n    print(sum(map(int, input().split())))\nthreading.Thread(target=main).start()"
    ),
    "atexit": "import atexit\natexit.register(lambda: print(sum(map(int, input().split()))))",
}


@pytest.mark.parametrize("form", HONEST)
def test_every_way_to_read_and_write_is_right(grader: Grader, form: str) -> None:
    """A program may take stdin and write stdout as Python lets it."""
    grade = grader.grade(SUM, [HONEST[form]])[0]
    assert (grade.outcome, grade.tests_passed, grade.tests) == ("passed", 2, 2), grade.detail


READINGS = {
    "passes": ("print(sum(map(int, input().split())))", "passed", "whole-program"),
    "fails": ("print(sum(map(int, input().split())) + 1)", "failed", "whole-program"),
    "is no Python": ("print(", "error", "none-found"),
    "is a word": ("nothing", "error", "none-found"),
    "is a call's argument": (
        json.dumps({"code": "a, b = map(int, input().split())\nprint(a + b)"}), "passed", "tool-call",
    ),
    "has a block in a text": (
        'text = """\n```python\nprint(sum(map(int, input().split())))\n```\n"""\nprint(3)', "passed", "fence",
    ),
}  # fmt: skip


@pytest.mark.parametrize("answer", READINGS)
def test_a_program_that_is_run_before_it_is_read_is_named_as_if_it_had_been_read(
    grader: Grader, answer: str
) -> None:
    """What passes as it stands is its own first reading; of anything else the program may be another."""
    text, outcome, how = READINGS[answer]
    grade = grader.grade(SUM, [text])[0]
    assert (grade.outcome, grade.extraction) == (outcome, how)


def test_a_function_whose_only_argument_is_an_object_gets_whole_numbers_as_keys(grader: Grader) -> None:
    """Of two tests, which share a process, and of a program that has one for each."""
    tests = Programs(inputs=('{"1": 5, "-2": 7}', "{}"), outputs=("-1", "0"), function="f", comparison="apps")
    for start in ("", "import os\n"):
        grade = grader.grade(problem(tests), [start + "def f(d):\n    return sum(d.keys())"])[0]
        assert (grade.outcome, grade.tests_passed) == ("passed", 2), grade.detail


FAILING = {
    "wrong": ("print(3)", "failed"),
    "raises": ("1 / 0", "error"),
    "status": ("import sys\nprint(3)\nsys.exit(1)", "error"),
    "more input": ("input()\ninput()", "error"),
    "endless": ("while True:\n    pass", "timed-out"),
    "sleeps": ("import time\ntime.sleep(60)", "timed-out"),
    "signal": ("import os\nos.kill(os.getpid(), 11)", "crashed"),
    "floods": ("import sys\nwhile True:\n    sys.stdout.write('x' * 1000000)", "output-flood"),
    "memory": ("x = [0] * (1 << 40)", "out-of-memory"),
    "no Python": ("```python\nprint(\n```", "error"),
    "half a character": ("import os\nos.write(1, b'3\\n\\xc3')", "failed"),
}


@pytest.mark.parametrize("case", FAILING)
def test_each_end_has_its_outcome(grader: Grader, case: str) -> None:
    """How a program ends is told, and none of its ends stops the grader."""
    source, outcome = FAILING[case]
    assert grader.grade(SUM, [source])[0].outcome == outcome
    assert grader.grade(SUM, [HONEST["input"]])[0].outcome == "passed"


# Each answers the first test rightly and tries to know the second from what it left behind or finds.
TRICKS = {
    "a file": (
        "import os\nn = len(os.listdir('/tmp'))\nopen('/tmp/seen', 'w').write('x')\nprint(7 if n else 3)"
    ),
    "another folder": (
        "import os\ntry:\n    os.mkdir('/dev/shm/seen')\n    print(3)\nexcept FileExistsError:\n    print(7)\nexcept OSError:\n    print(3)"
    ),
    "a child": (
        "import os\nprint(3, flush=True)\ntry:\n    child = os.fork()\nexcept OSError:\n    os._exit(0)\n"
        "if not child:\n    import time\n    time.sleep(1)\n    print(7, flush=True)\nos._exit(0)"
    ),
    "a builtin": "import builtins\nn = getattr(builtins, 'seen', 3)\nbuiltins.seen = 7\nprint(n)",
    "its number": "import os\nprint(3 if os.getpid() < 2 else 7)",
    "descriptors": (
        "import os\nfound = b''\nfor n in range(3, 200):\n    try:\n        found += os.pread(n, 1 << 16, 0)\n"
        "    except OSError:\n        pass\nprint(7 if b'7' in found else 3)"
    ),
    "memory": "import gc\nprint(7 if any('7\\n' in o for o in gc.get_objects() if type(o) in (list, tuple)) else 3)",
    "its own input": "import os\nos.pwrite(0, b'9 9', 0)\nprint(3)",
    "the answers' pipe": "import os\nfor n in range(1, 64):\n    try:\n        os.write(n, b'3\\n7\\n')\n    except OSError:\n        pass",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gains_a_test(grader: Grader, trick: str) -> None:
    """Each test starts from the same state, and no expected output can be found in it."""
    grade = grader.grade(SUM, [TRICKS[trick]])[0]
    assert grade.outcome != "passed"
    assert (grade.tests_passed or 0) <= 1


def function_grade(grader: Grader, source: str) -> Grade:
    tests = Programs(
        inputs=("[[1, 2], 3]", "[[], 0]"),
        outputs=("[1, 2, 3]", "[0]"),
        function="put",
        comparison="livecodebench",
    )
    return grader.grade(problem(tests), [source])[0]


def test_a_method_of_solution_is_called(grader: Grader) -> None:
    """Where the class form is asked for; what it prints does not count."""
    source = "class Solution:\n    def put(self, row, n):\n        print('debug')\n        return row + [n]"
    assert function_grade(grader, source).outcome == "passed"


def test_a_function_is_called_and_tuples_are_lists(grader: Grader) -> None:
    """A plain function serves too."""
    assert function_grade(grader, "def put(row, n):\n    return (*row, n)").outcome == "passed"


def test_a_function_that_is_not_there_is_an_error(grader: Grader) -> None:
    """The name was given with the task."""
    assert function_grade(grader, "def other(row, n):\n    return [*row, n]").outcome == "error"


def test_a_checker_decides(grader: Grader) -> None:
    """Where many outputs are right, the problem's own function says which."""
    tests = Programs(
        inputs=("4",), outputs=("",), comparison="checker",
        checker="def check(given, expected, output):\n    return int(output) > int(given)",
    )  # fmt: skip
    assert [g.outcome for g in grader.grade(problem(tests), ["print(5)", "print(3)"])] == ["passed", "failed"]


@pytest.mark.parametrize(
    "checker",
    [
        "def check(given, expected, output):\n    return int(output) / int(given)",
        "def check(given, expected, output):\n    return [int(output) / int(given), 'of what is possible']",
        "import sys\ninput_path, correct_path, solution_path = sys.argv[1:]\n"
        "print(int(open(solution_path).read()) / int(open(input_path).read()))",
    ],
)
def test_a_part_of_the_points_is_no_pass(grader: Grader, checker: str) -> None:
    """Half a point is not what was asked for."""
    row = {"task_id": "p", "prompt": "As much.", "inputs": ["4"], "outputs": ["4"], "checker": checker}
    found = program_problem(row)
    assert found is not None
    assert [g.outcome for g in grader.grade(found, ["print(4)", "print(2)"])] == ["passed", "failed"]


READ = "n = int(open({0}).read())\ntry:\n    a, b = map(int, open({1}).read().split())\nexcept ValueError:\n    a = b = n\n"
CHECKERS = {
    "named parameters": "def check(user_output, problem_input):\n    a, b = map(int, user_output.split())\n    return a + b == int(problem_input)",
    "a program that prints": (
        "import sys\ndef main():\n    input_path = sys.argv[1]\n    correct_output_path = sys.argv[2]\n    solution_output_path = sys.argv[3]\n"
        "    " + READ.format("input_path", "solution_output_path").replace("\n", "\n    ")
        + "print(int(a + b == n))\nif __name__ == '__main__':\n    main()"
    ),
    "a program that exits": "import sys\ninf, ouf, ans = sys.argv[1:]\n".replace("inf, ouf", "inp, out")
    + READ.format("inp", "out") + "sys.exit(a + b != n)",
}  # fmt: skip


@pytest.mark.parametrize("form", CHECKERS)
def test_a_checker_in_any_form_decides(grader: Grader, form: str) -> None:
    """A function with its own parameters, or a program with three files."""
    row = {
        "task_id": "p",
        "prompt": "Two numbers of that sum.",
        "inputs": ["5", "9"],
        "outputs": ["1 4", "1 8"],
    }
    found = program_problem({**row, "checker": CHECKERS[form]})
    assert found is not None
    answers = ["n = int(input())\nprint(2, n - 2)", "n = int(input())\nprint(n, n)", "print('x')"]
    assert [g.outcome for g in grader.grade(found, answers)] == ["passed", "failed", "failed"]


@pytest.mark.parametrize(
    "checker",
    ["def check(a, output):\n    return True", "import sys\na, b, c = sys.argv[1:]", "x = 1", "def check("],
)
def test_a_checker_that_does_not_say_what_is_what_is_refused(checker: str) -> None:
    """Rather than asked wrongly."""
    row = {"task_id": "p", "prompt": "p", "inputs": ["5"], "outputs": ["1"], "checker": checker}
    with pytest.raises(ValueError, match="`checker`"):
        program_problem(row)


def test_a_checker_that_fails_is_no_verdict(grader: Grader) -> None:
    """Our own side's fault is never a sample's score."""
    tests = Programs(
        inputs=("4",), outputs=("",), comparison="checker", checker="def check(*_):\n    return 1 / 0"
    )
    with pytest.raises(UnjudgeableError, match="checker fails"):
        grader.grade(problem(tests), ["print(5)"])


def test_an_output_that_the_checker_cannot_read_is_wrong(grader: Grader) -> None:
    """No sample can have its problem left out by what it prints."""
    tests = Programs(
        inputs=("12",), outputs=("2",), comparison="checker",
        checker="def check(given, expected, output):\n    return int(given) % int(output) == 0",
    )  # fmt: skip
    outcomes = [
        g.outcome for g in grader.grade(problem(tests), ["pass", "print('x')", "print(0)", "print(3)"])
    ]
    assert outcomes == ["failed", "failed", "failed", "passed"]


def test_all_tests_are_counted_when_asked(grader: Grader) -> None:
    """Instead of those before the first failure."""
    tests = Programs(inputs=("1", "2", "3"), outputs=("0", "2", "3"), all_tests=True)
    grade = grader.grade(problem(tests), ["print(input())"])[0]
    assert (grade.outcome, grade.tests_passed, grade.tests) == ("failed", 2, 3)
    assert "test 1 of 3" in grade.detail
    assert grade.test_results == (False, True, True)


def test_tests_that_were_not_run_have_no_result(grader: Grader) -> None:
    """The first failure ends them; a sample that passes has passed each; one without a program was asked nothing."""
    tests = Programs(inputs=("1", "2", "3", "4"), outputs=("1", "2", "0", "4"))
    found = grader.grade(
        problem(tests), ["print(input())", "i = int(input())\nprint(i if i != 3 else 0)", ""]
    )

    assert [g.test_results for g in found] == [
        (True, True, False, None), (True, True, True, True), (None, None, None, None),
    ]  # fmt: skip


def test_memory_above_the_problems_limit_is_told(grader: Grader) -> None:
    """By what was resident."""
    tests = Programs(inputs=("",), outputs=("1",), memory_limit_mb=100)
    grade = grader.grade(problem(tests), ["x = b'x' * (200 << 20)\nprint(1)"])[0]
    assert grade.outcome == "out-of-memory"


def test_the_last_fenced_program_is_taken(grader: Grader) -> None:
    """Output that an answer shows in a fence is no program."""
    answer = f"So:\n```python\n{HONEST['input']}\n```\nFor `1 2` it prints\n```\n3\n```\n"
    assert grader.grade(SUM, [answer])[0].outcome == "passed"


def referenced(*programs: str) -> Problem:
    """SUM with programs that are said to be right."""
    tests = SUM.suites[0].oracle
    assert isinstance(tests, Programs)
    oracle = replace(tests, alternatives=programs[1:])
    return replace(SUM, reference=programs[0], suites=(Suite(name="base", oracle=oracle),))


def test_a_reference_that_fails_leaves_the_problem_out(grader: Grader) -> None:
    """Its samples get no grade, and the reason names the test."""
    with pytest.raises(UnjudgeableError, match=r"reference does not pass its own tests.*test 2 of 2"):
        grader.grade(referenced("print(3)"), [HONEST["input"]])


def test_one_right_program_of_several_is_enough(grader: Grader) -> None:
    """Published sets hold solutions that fail."""
    assert grader.grade(referenced("print(3)", HONEST["input"]), ["print(3)"])[0].outcome == "failed"


def test_a_second_rule_is_judged_on_the_same_outputs() -> None:
    """Tests go on until every rule has failed; the first one decides."""
    tests = Programs(inputs=("1", "2"), outputs=("0.5", "1"), comparison="lines")
    completion = Completion(problem="own/1", index=0, text="print(int(input()) / 2)", form="program")
    options = PoolOptions(also_compared=("float", "exact"))
    (grade,) = next(grade_many([(problem(tests), [completion])], options))
    assert (grade.outcome, grade.tests_passed) == ("failed", 1)
    assert grade.under == {"float": "passed", "exact": "failed"}
    assert grade.differs == "blanks or empty lines"


def test_names_that_judges_have_ready_are_there(grader: Grader) -> None:
    """LeetCode's answers use `List` and `deque` without an import, and recurse deeply."""
    source = (
        "class Solution:\n    def put(self, row: List[int], n: int) -> List[int]:\n"
        "        def deep(k): return deep(k - 1) if k else 0\n        deep(20000)\n        return list(chain(deque(row), [n]))"
    )
    tests = Programs(inputs=("[[1, 2], 3]",), outputs=("[1, 2, 3]",), function="put", with_imports=True)
    assert grader.grade(problem(tests), [source])[0].outcome == "passed"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("deque(); x: List[int]", (("List", "typing"), ("deque", "collections"))),
        ("from collections import deque\ndeque()", ()),
        ("math = 3\nprint(math)", ()),
        ("print(math.inf, inf)", (("inf", "math"), ("math", "math"))),
        ("open('x'); pow(2, 3)", ()),
        ("print(unknown)", ()),
        ("print(datetime.datetime)", (("datetime", "datetime"),)),
    ],
)
def test_only_names_that_are_needed_are_found(source: str, said: tuple[tuple[str, str], ...]) -> None:
    """Each of the module that has it last in the judges' order; builtins stay what they are."""
    assert needed(source) == said
