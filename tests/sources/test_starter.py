"""The starter set: well formed, right, hard to pass by accident, and nobody else's."""

import ast
import collections
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

FIELDS = {"task_id", "text", "signature", "test_list", "reference", "difficulty"}
PATH = Path(__file__).resolve().parents[2] / "src" / "modelassay" / "sources" / "data" / "starter.jsonl"
PROBLEMS: list[dict[str, Any]] = [json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines()]
IDS = [problem["task_id"] for problem in PROBLEMS]
SHARED_WORDS = 7  # so many words in a row in common with another set's text count as copied
COMMON = re.compile(r"^\s*write a (python )?function (to|that|which) ", re.IGNORECASE)


def name_of(problem: dict[str, Any]) -> str:
    """The function's name."""
    return str(problem["signature"]).removeprefix("def ").split("(")[0]


def expected_values(problem: dict[str, Any]) -> list[str]:
    """The source of the right-hand side of each assert."""
    values = []
    for test in problem["test_list"]:
        statement = ast.parse(test).body[0]
        assert isinstance(statement, ast.Assert)
        assert isinstance(statement.test, ast.Compare)
        values.append(ast.unparse(statement.test.comparators[0]))
    return values


def passes(program: str, problem: dict[str, Any]) -> bool:
    """Whether the program (ours, harmless) passes every assert."""
    scope: dict[str, Any] = {}
    exec(program, scope)
    try:
        for test in problem["test_list"]:
            exec(test, scope)
    except Exception:
        return False
    return True


def trivial_programs(problem: dict[str, Any]) -> dict[str, str]:
    """Programs that do nothing: constants, each argument, and simple things done to an argument."""
    signature = problem["signature"]
    function = ast.parse(f"{signature} pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = [argument.arg for argument in function.args.args]
    constants = ["None", "True", "False", "0", "1", "-1", "''", "[]", "{}", *set(expected_values(problem))]
    expressions = [*constants, *arguments]
    for argument in arguments:
        expressions += [
            f"{do}({argument})"
            for do in ("len", "sum", "max", "min", "sorted", "list", "set", "str", "int", "abs", "bool")
        ]
        expressions += [f"{argument}[::-1]", f"{argument}[:1]", f"{argument}[0]", f"{argument}[-1]"]
    return {e: f"{signature}\n    return {e}\n" for e in expressions}


def test_forty_problems_in_three_bands() -> None:
    """40 problems, numbered in order, about 16 easy, 14 medium, 10 hard."""
    assert [f"starter/{i}" for i in range(1, 41)] == IDS
    assert collections.Counter(problem["difficulty"] for problem in PROBLEMS) == {
        "easy": 16,
        "medium": 14,
        "hard": 10,
    }


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_fields_are_exactly_the_ones_promised(problem: dict[str, Any]) -> None:
    """Each problem has the six fields, a signature that its reference defines, and at least five different asserts."""
    assert set(problem) == FIELDS
    assert re.fullmatch(r"def \w+\([\w, ]+\):", problem["signature"])
    assert problem["reference"].startswith(problem["signature"] + "\n")
    assert len(set(problem["test_list"])) == len(problem["test_list"]) >= 5
    assert all(test.startswith(f"assert {name_of(problem)}(") for test in problem["test_list"])


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_reference_passes(problem: dict[str, Any]) -> None:
    """The reference passes every assert."""
    assert passes(problem["reference"], problem)


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_trivial_programs_fail(problem: dict[str, Any]) -> None:
    """No constant, no argument and no single builtin applied to an argument passes."""
    assert [e for e, program in trivial_programs(problem).items() if passes(program, problem)] == []


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_edge_cases_are_among_the_tests(problem: dict[str, Any]) -> None:
    """At least one assert calls the function with an empty, zero, negative or single input."""
    edges = re.compile(r"\(\[\]|\(\"\"|\({}|\(0\)|\(0,|\(1\)|\(-\d|, 0\)|\(\[[^,\]]*\]|, 0, ")
    assert any(edges.search(test) for test in problem["test_list"])


def published(benchmarks: Path) -> dict[str, tuple[str, str]]:
    """Text and code of every problem of MBPP (both editions) and HumanEval."""
    found: dict[str, tuple[str, str]] = {}
    for line in (benchmarks / "mbpp" / "mbpp.jsonl").read_text(encoding="utf-8").splitlines():
        problem = json.loads(line)
        found[f"mbpp/{problem['task_id']}"] = (problem["text"], problem["code"])
    for problem in json.loads((benchmarks / "mbpp" / "sanitized-mbpp.json").read_text(encoding="utf-8")):
        found[f"sanitized/{problem['task_id']}"] = (problem["prompt"], problem["code"])
    with gzip.open(benchmarks / "humaneval" / "HumanEval.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            problem = json.loads(line)
            found[problem["task_id"]] = (problem["prompt"], problem["prompt"] + problem["canonical_solution"])
    return found


def grams(text: str, size: int) -> set[tuple[str, ...]]:
    """Runs of `size` words, without the words that every task begins with."""
    words = re.findall(r"[a-z0-9]+", COMMON.sub("", text).lower())
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}


def test_no_text_shares_seven_words_in_a_row(benchmarks: Path) -> None:
    """No text has a run of seven words in common with a problem of MBPP or HumanEval."""
    others = {key: grams(text, SHARED_WORDS) for key, (text, _) in published(benchmarks).items()}
    copied = [
        (problem["task_id"], key, " ".join(run))
        for problem in PROBLEMS
        for key, runs in others.items()
        for run in grams(problem["text"], SHARED_WORDS) & runs
    ]
    assert copied == []


def test_no_text_is_a_paraphrase_by_its_word_triples(benchmarks: Path) -> None:
    """No text has half of its runs of three words in common with one published text."""
    others = {key: grams(text, 3) for key, (text, _) in published(benchmarks).items()}
    close = []
    for problem in PROBLEMS:
        own = grams(problem["text"], 3)
        close += [
            (problem["task_id"], key) for key, runs in others.items() if len(own & runs) >= 0.5 * len(own)
        ]
    assert close == []


def test_no_name_and_no_reference_is_published(benchmarks: Path) -> None:
    """No function name and no reference body is that of a problem of MBPP or HumanEval."""
    codes = [code for _, code in published(benchmarks).values()]
    names = {name for code in codes for name in re.findall(r"def (\w+)\(", code)}
    bodies = {re.sub(r"\s+", "", code.split("):", 1)[-1]) for code in codes}
    assert [name_of(p) for p in PROBLEMS if name_of(p) in names] == []
    assert [
        p["task_id"] for p in PROBLEMS if re.sub(r"\s+", "", p["reference"].split("):", 1)[-1]) in bodies
    ] == []
