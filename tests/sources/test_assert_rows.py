"""Published sets of functions with tests: each row's form is known by looking, and its right program passes."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
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
    "AceCode": {"id": "A_1", "question": "Twice.", "test_cases": ["assert double(2) == 4", "assert double(1) == 2"]},
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_each_set_is_graded(name: str, tmp_path: Path) -> None:
    """Its right program passes, another one fails."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROWS[name]) + "\n")
    (problem,) = read_problem_file(file).problems
    right = problem.reference or "def double(x):\n    return 2 * x\n"
    wrong = "def double(x):\n    return 3 * x\ndef double_all(row):\n    return row\n"
    with Grader() as grader:
        assert [g.outcome for g in grader.grade(problem, [right, wrong])] == ["passed", "failed"]


def test_another_language_is_refused(tmp_path: Path) -> None:
    """By name, and not as a row that lacks something."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"name": "a", "language": "js", "prompt": "//", "tests": "assert(1)"}) + "\n")
    with pytest.raises(InputError, match=r"rows\.jsonl:1: a problem in 'js': only Python"):
        read_problem_file(file)


def test_a_language_that_people_speak_is_none_of_these(tmp_path: Path) -> None:
    """A row may say in which language its text is."""
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({**ROWS["KodCode"], "language": "pl"}) + "\n")
    assert len(read_problem_file(file).problems) == 1


@pytest.mark.parametrize(
    ("name", "count"),
    [("codeeval-pro/humaneval_pro.json", 164), ("mhpp/sandboxfusion_first12.jsonl", 12), ("evoeval/sandboxfusion_first7.jsonl", 7), ("bigcodebench/sandboxfusion_first12.jsonl", 12)],
)  # fmt: skip
def test_published_rows_are_read_whole(name: str, count: int) -> None:
    """As their makers publish them."""
    file = Path(os.environ.get("ASSAY_DATA", "../shared/data/benchmarks")).parent / "problems" / name
    if not file.is_file():
        pytest.skip(f"{file} is not here")
    problems = read_problem_file(file).problems
    assert len(problems) == count
    assert all(p.entry_point for p in problems)
