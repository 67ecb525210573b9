"""Published sets of functions with tests: each row's form is known by looking, and its right program passes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import AssayError, InputError
from modelassay.grading import Grader
from modelassay.sources.problems.custom_problems import read_problem_file

TEST = "def check(candidate):\n    assert candidate(2) == 4\n"
ROWS: dict[str, dict[str, Any]] = {
    "CodeEval-Pro": {
        "id": "7", "raw_problem": "import math\n\ndef double(x):\n", "raw_solution": "    return x + x\n",
        "new_problem": "# Double each.\ndef double_all(row):\n", "new_solution": "    return [double(x) for x in row]\n",
        "test_code": "assert double_all([1, 2]) == [2, 4]\nassert double_all([]) == []",
    },
    "CodeEval-Pro, the first head once more": {
        "id": "8", "raw_problem": "def double(x):\n", "raw_solution": "    return x + x\n",
        "new_problem": "# Double each.\ndef double(x):\n",
        "new_solution": "    return x + x\n\ndef double_all(row):\n    return [double(x) for x in row]\n",
        "test_code": "assert double_all([1, 2]) == [2, 4]",
    },
    "SandboxFusion with a check": {
        "id": "E/1", "content": 'def double(x):\n    """Twice."""\n', "labels": '{"entry_point": "double"}',
        "test": TEST, "canonical_solution": "    return 2 * x\n",
    },
    "SandboxFusion with a class of tests": {
        "id": "B/1", "content": 'import math\n\ndef double(x):\n    """Twice."""\n', "labels": '{"entry_point": "double"}',
        "test": "import unittest\nclass TestCases(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(double(2), 4)",
        "canonical_solution": "    return 2 * x\n",
    },
    "BigCodeBench": {
        "task_id": "BigCodeBench/1", "complete_prompt": 'def double(x):\n    """Twice."""\n', "entry_point": "double",
        "test": "import unittest\nclass TestCases(unittest.TestCase):\n    def test_two(self):\n        self.assertEqual(double(2), 4)",
        "canonical_solution": "    return 2 * x\n",
    },
    "LBPP": {
        "task_id": "lbpp/0", "language": "python", "instruction": "Twice.", "completion": "def double(x):\n    return 2 * x\n",
        "signature": "double(x)", "test_setup": "from code import double\nimport math\n",
        "test_list": ["assert double(2) == 4", "assert double(0) == 0"],
    },
    "KodCode": {
        "question_id": "K_1", "question": "Twice.", "solution": "def double(x):\n    return 2 * x\n",
        "test": "from solution import double\n\ndef test_two():\n    assert double(2) == 4\n",
        "test_info": [{"function_name": "double"}],
    },
    "CodeEval-Pro, a script": {
        "id": "9", "raw_problem": "def double(x):\n", "raw_solution": "    return x + x\n",
        "new_problem": "# Double each.\ndef double_all(row):\n", "new_solution": "    return [double(x) for x in row]\n",
        "test_code": "given = [1, 2]\nfound = double_all(given)\nfor a, b in zip(given, found):\n    assert b == 2 * a\n"
        "found = double_all([3])\nassert found[0] == 6",
    },
    "ODEX": {
        "task_id": 123, "prompt": "def f_123(x):\n\treturn ", "suffix": "", "canonical_solution": "2 * x", "intent": "Twice.",
        "test_start": "\ndef check(candidate):", "test": ["\n    assert candidate(2) == 4\n", "\n    assert candidate(0) == 0\n"],
        "entry_point": "f_123", "library": [],
    },
    "NaturalCodeBench": {
        "_id": 5, "prompt": "Twice.", "problem": "Twice.", "setup_code": "",
        "reference_solution": "```python\ndef double(x):\n    return 2 * x\n```",
        "testcases": "class Testdouble:\n    def test_two(self):\n        assert double(2) == 4\n",
    },
    "HumanEval-X": {
        "task_id": "Python/9", "declaration": "def double(x):\n", "prompt": 'def double(x):\n    """Twice."""\n',
        "canonical_solution": "    return 2 * x\n", "test": "\ndef check(double):\n    assert double(2) == 4\n\ncheck(double)",
    },
    "tests that import their function": {
        "task_id": "double", "prompt": "def double(x):\n    pass\n", "entry_point": "double", "canonical_solution": "def double(x):\n    return 2 * x\n",
        "test": "import unittest\n\nfrom doubling import (\n    double,\n)\n\n\nclass DoublingTest(unittest.TestCase):\n"
        "    def test_two(self):\n        self.assertEqual(double(2), 4)\n",
    },
    "AceCode": {"id": "A_1", "question": "Twice.", "test_cases": ["assert double(2) == 4", "assert double(1) == 2"]},
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_each_set_is_graded(name: str, tmp_path: Path) -> None:
    """Its right program passes, another one fails."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROWS[name]) + "\n")
    (problem,) = read_problem_file(file).problems
    right = problem.reference or "def double(x):\n    return 2 * x\n"
    wrong = "def double(x):\n    return 3 * x\ndef double_all(row):\n    return row\ndef f_123(x):\n    return 7\n"
    with Grader() as grader:
        assert [g.outcome for g in grader.grade(problem, [right, wrong])] == ["passed", "failed"]


CLASSEVAL = {
    "task_id": "ClassEval_1", "skeleton": 'class Pile:\n    """A pile."""\n\n    def put(self, x):\n        """Put on top."""\n',
    "class_name": "Pile", "import_statement": [], "test_classes": ["PileTest", "PileTestSize"],
    "solution_code": "class Pile:\n    def __init__(self):\n        self.items = []\n\n    def put(self, x):\n        self.items.append(x)\n"
    "        return len(self.items)\n",
    "test": "import unittest\n\n\nclass PileTest(unittest.TestCase):\n    def test_put(self):\n        self.assertEqual(Pile().put(3), 1)\n\n\n"
    "class PileTestSize(unittest.TestCase):\n    def test_items(self):\n        pile = Pile()\n        pile.put(3)\n        self.assertEqual(pile.items, [3])\n",
}  # fmt: skip


def test_a_class_of_classeval(tmp_path: Path) -> None:
    """The answer is a class; all test classes count."""
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([CLASSEVAL]))
    (problem,) = read_problem_file(file).problems
    right = str(CLASSEVAL["solution_code"])
    with Grader() as grader:
        found = grader.grade(problem, [right, right.replace("append(x)", "append([x])")])
    assert [g.outcome for g in found] == ["passed", "failed"]


def test_odex_names_several_problems_alike(tmp_path: Path) -> None:
    """They get a number each; in other files the same id twice is a mistake."""
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{json.dumps(ROWS['ODEX'])}\n" * 3)
    assert [p.id for p in read_problem_file(file).problems] == ["123", "123/2", "123/3"]


def test_tests_that_assert_nothing_pass_nobody(tmp_path: Path) -> None:
    """A script that only calls the function: the problem cannot be graded, and says why."""
    row = {
        "task_id": "T/1",
        "prompt": "def double(x):\n",
        "entry_point": "double",
        "test": "double(3)\nprint(double(4))",
    }
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({**row, "canonical_solution": "    return 2 * x\n"}))
    (problem,) = read_problem_file(file).problems
    with Grader() as grader, pytest.raises(AssayError, match="they assert nothing"):
        grader.grade(problem, ["def double(x):\n    return 2 * x\n"])


SCRIPT = """
known = {1: 2}
x = double(1)
assert x == known[1]
x = double(4)
assert x == 8
def helper():
    return x
assert helper() == 8
"""


def test_a_script_of_tests_is_run_in_its_order(tmp_path: Path) -> None:
    """Answers that are kept between the asserts, and functions that read them."""
    row = {"task_id": "T/1", "prompt": "def double(x):\n", "entry_point": "double", "test": SCRIPT}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({**row, "canonical_solution": "    return 2 * x\n"}))
    (problem,) = read_problem_file(file).problems
    with Grader() as grader:
        found = grader.grade(problem, ["    return 2 * x\n", "    return 2 if x == 1 else x\n"])
    assert [g.outcome for g in found] == ["passed", "failed"]


def test_another_language_is_refused(tmp_path: Path) -> None:
    """By name, and not as a row that lacks something."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"name": "a", "language": "lua", "prompt": "--", "tests": "assert(1)"}) + "\n")
    with pytest.raises(InputError, match=r"rows\.jsonl:1: a problem in 'lua': "):
        read_problem_file(file)


def test_a_language_that_people_speak_is_none_of_these(tmp_path: Path) -> None:
    """A row may say in which language its text is."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({**ROWS["KodCode"], "language": "pl"}) + "\n")
    assert len(read_problem_file(file).problems) == 1


@pytest.mark.parametrize(
    ("name", "count"),
    [("codeeval-pro/humaneval_pro.json", 164), ("mhpp/sandboxfusion_first12.jsonl", 12), ("evoeval/sandboxfusion_first7.jsonl", 7), ("bigcodebench/sandboxfusion_first12.jsonl", 12), ("nemo-gym/bigcodebench_example.jsonl", 5)],
)  # fmt: skip
def test_published_rows_are_read_whole(name: str, count: int) -> None:
    """As their makers publish them."""
    file = Path(os.environ.get("ASSAY_DATA", "../shared/data/benchmarks")).parent / "problems" / name
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    problems = read_problem_file(file).problems
    assert len(problems) == count
    assert all(p.entry_point for p in problems)


def nemo_gym(**held: str) -> str:
    """A line of NeMo-Gym's, with what its verifier is given."""
    asked = {"input": [{"role": "system", "content": ""}, {"role": "user", "content": 'Say """twice""".'}]}
    return json.dumps({"responses_create_params": asked, "verifier_metadata": held}) + "\n"


def test_nemo_gyms_rows_of_bigcodebench_ask_for_the_function(tmp_path: Path) -> None:
    """The task in words stands below the head, whatever quotes it has."""
    file = tmp_path / "rows.jsonl"
    tests = "import unittest\nclass TestCases(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(task_func(1), 2)\n"
    head = "import os\ndef task_func(n):\n"
    file.write_text(nemo_gym(task_id="BigCodeBench/1", test=tests, entry_point="task_func", code_prompt=head))
    (problem,) = read_problem_file(file).problems
    assert (problem.id, problem.entry_point) == ("BigCodeBench/1", "task_func")
    assert problem.prompt == "import os\ndef task_func(n):\n    \"\"\"Say '''twice'''.\n    \"\"\"\n"


def test_nemo_gyms_rows_of_evalplus_name_the_set(tmp_path: Path) -> None:
    """They hold no tests."""
    file = tmp_path / "rows.jsonl"
    file.write_text(nemo_gym(task_id="HumanEval/0"))
    with pytest.raises(InputError, match="HumanEval/0 and holds no tests"):
        read_problem_file(file)
