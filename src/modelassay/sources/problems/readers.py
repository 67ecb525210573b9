"""Rows of the published files → problems. One function per form; no disk, no network."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from modelassay.core.errors import InputError
from modelassay.core.problems import Asserts, Check, Pairs, Problem, Suite
from modelassay.sources.json_lines import lines_of, parse_object
from modelassay.sources.problems import python_source
from modelassay.sources.problems.evalplus_data import (
    Arguments,
    early_mbpp_pairs,
    exact_humaneval_pairs,
    exact_mbpp_pairs,
    humaneval_pairs,
    mbpp_inputs,
    mbpp_pairs,
)

MBPP_TEST_IDS = range(11, 511)  # the paper's test split: 500 of the 974 problems


def json_lines(text: str, path: Path) -> list[dict[str, Any]]:
    """Rows of a JSON-lines text."""
    return [parse_object(line, path, number) for number, line in lines_of(text)]


def humaneval(text: str, path: Path) -> list[Problem]:
    """openai/human-eval: prompt, canonical solution and a test that defines `check(candidate)`."""
    return [
        check_problem(row["task_id"], row, row["prompt"] + row["canonical_solution"])
        for row in json_lines(text, path)
    ]


def check_problem(identifier: str, row: dict[str, Any], reference: str | None) -> Problem:
    """A problem in HumanEval's form. The prompt's own helpers become the test's setup."""
    prompt, entry_point = row["prompt"], row["entry_point"]
    oracle = Check(source=row["test"], setup=python_source.helpers(prompt, entry_point, reference))
    return Problem(
        id=identifier,
        prompt=prompt,
        entry_point=entry_point,
        suites=(Suite(name="base", oracle=oracle),),
        reference=reference,
        signature=python_source.signature(prompt, entry_point),
    )


def humaneval_plus(text: str, path: Path) -> list[Problem]:
    """EvalPlus's HumanEval+: the inputs of `plus` are those of `base` and more."""
    return [_plus_problem(row, humaneval_pairs) for row in json_lines(text, path)]


def exact_humaneval_plus(text: str, path: Path) -> list[Problem]:
    """The same under the comparisons of evalplus's main branch of April 2024."""
    return [_plus_problem(row, exact_humaneval_pairs) for row in json_lines(text, path)]


def _plus_problem(
    row: dict[str, Any],
    pairs: Callable[..., Pairs],
    inputs: Callable[[int, Any], tuple[Arguments, ...]] = lambda _, written: tuple(written),
    *,
    head: bool = True,
) -> Problem:
    """One row of EvalPlus. inputs: how its JSON is meant; head: whether its prompt is the function's head."""
    number = _number(row["task_id"])
    reference = row["prompt"] + row["canonical_solution"]
    base, plus = inputs(number, row["base_input"]), inputs(number, row["plus_input"])
    return Problem(
        id=row["task_id"],
        prompt=row["prompt"],
        entry_point=row["entry_point"],
        suites=(
            Suite(name="base", oracle=pairs(number, base, reference, row["atol"])),
            Suite(name="plus", oracle=pairs(number, base + plus, reference, row["atol"])),
        ),
        reference=reference,
        signature=python_source.signature(row["prompt"] if head else reference, row["entry_point"]),
    )


def mbpp_plus(text: str, path: Path) -> list[Problem]:
    """EvalPlus's MBPP+: the inputs of `plus` are those of `base` and more."""
    return [_plus_problem(row, mbpp_pairs, mbpp_inputs, head=False) for row in json_lines(text, path)]


def early_mbpp_plus(text: str, path: Path) -> list[Problem]:
    """The same under the comparisons of evalplus 0.2.0."""
    return [_plus_problem(row, early_mbpp_pairs, mbpp_inputs, head=False) for row in json_lines(text, path)]


def exact_mbpp_plus(text: str, path: Path) -> list[Problem]:
    """The same under the comparisons of evalplus's main branch of April 2024."""
    return [_plus_problem(row, exact_mbpp_pairs, mbpp_inputs, head=False) for row in json_lines(text, path)]


def mbpp(text: str, path: Path) -> list[Problem]:
    """Google's MBPP, the 500 problems of its test split."""
    return [_mbpp_problem(row) for row in json_lines(text, path) if row["task_id"] in MBPP_TEST_IDS]


def mbpp_examples(text: str, path: Path, numbers: Sequence[int]) -> tuple[Problem, ...]:
    """MBPP problems by their numbers, in the order asked for; of the whole file."""
    rows = {row["task_id"]: row for row in json_lines(text, path)}
    lacking = [number for number in numbers if number not in rows]
    if lacking:
        raise InputError(
            f"no MBPP problem {lacking[0]}, which the prompts show", path=path,
            hint="use the whole mbpp.jsonl of 974 problems, not the test split alone",
        )  # fmt: skip
    return tuple(_mbpp_problem(rows[number]) for number in numbers)


def _mbpp_problem(row: dict[str, Any]) -> Problem:
    return assert_problem(
        f"Mbpp/{row['task_id']}", row["text"], row["test_list"], row["test_setup_code"], row["code"]
    )


def mbpp_sanitized(text: str, path: Path) -> list[Problem]:
    """Google's hand-verified MBPP: 427 problems, some with other words, tests or ids than in the full set."""
    rows: list[dict[str, Any]] = json.loads(text)
    return [
        assert_problem(
            f"Mbpp/{row['task_id']}",
            row["prompt"],
            row["test_list"],
            "\n".join(row["test_imports"]),
            row["code"],
        )
        for row in rows
    ]


def assert_problem(
    identifier: str, text: str, asserts: Sequence[str], setup: str, reference: str | None
) -> Problem:
    """A problem in MBPP's form. Raises ValueError when the asserts call no function of the sample."""
    reference = None if reference is None else reference.replace("\r\n", "\n")
    setup = setup.replace("\r\n", "\n")
    entry_point = python_source.called_function(asserts, setup, reference or "")
    if entry_point is None:
        raise ValueError("the tests call no function, so it is not known what to ask for")
    return Problem(
        id=identifier,
        prompt=text,
        entry_point=entry_point,
        suites=(Suite(name="base", oracle=Asserts(asserts=tuple(asserts), setup=setup)),),
        reference=reference,
        signature=python_source.signature(reference or "", entry_point),
    )


def starter(text: str, path: Path) -> list[Problem]:
    """The project's own problems: asserts, a signature as given, a reference and a difficulty."""
    problems = []
    for row in json_lines(text, path):
        oracle = Asserts(asserts=tuple(row["test_list"]))
        entry_point = python_source.called_function(row["test_list"], "", row["reference"])
        if entry_point is None:
            raise InputError(f"{row['task_id']}: its tests call no function", path=path)
        problems.append(
            Problem(
                id=row["task_id"],
                prompt=row["text"],
                entry_point=entry_point,
                suites=(Suite(name="base", oracle=oracle),),
                reference=row["reference"],
                signature=row["signature"],
                difficulty=row["difficulty"],
            )
        )
    return problems


def _number(task_id: str) -> int:
    return int(task_id.rpartition("/")[2])
