"""Problems judged by input and output, in the forms in which they are published: known by looking at the row.

`inputs` and `outputs` (the user's own), LiveCodeBench, APPS and TACO (`input_output`), CodeContests, SandboxFusion's
(`content` and `test`), NeMo-Gym's (`verifier_metadata.unit_tests`). Errors are ValueErrors that say what is wrong.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

from msgspec.structs import replace

from modelassay.core.problems import OutputRule, Problem, Programs, Suite
from modelassay.sources.problems.assert_rows import is_sandboxfusion
from modelassay.sources.problems.checkers import checker_source
from modelassay.sources.problems.one_string_pickle import packed_text

HINT: Final = (
    "stdin.jsonl and methods.jsonl in examples/own-problems, which `assay init --demo` writes, show the forms"
)
_LIVECODEBENCH_SECONDS: Final = 6.0
_APPS_SECONDS: Final = 4.0
MOST_REFERENCES: Final = 3  # of which one has to pass: published sets hold solutions that fail
_REFERENCES: Final = ("reference", "canonical_solution", "code")
_PYTHON: Final = (3, "PYTHON3")  # CodeContests's number and name of Python 3
_SPLITS: Final = ("public_tests", "private_tests", "generated_tests")


def program_problem(row: dict[str, Any]) -> Problem | None:
    """The problem of a row with a `task_id`; None where it is of another kind. Raises ValueError for one that is broken."""
    for known, read in _FORMS:
        if known(row):
            prompt, oracle = read(row)
            rule = row.get("comparison", oracle.comparison)
            if rule not in get_args(OutputRule):
                raise ValueError(f"`comparison` {rule!r} is not one of {', '.join(get_args(OutputRule))}")
            right = _references(row)
            oracle = replace(_limited(oracle, row, rule), alternatives=tuple(right[1:]))
            return Problem(
                id=str(row["task_id"]),
                prompt=prompt,
                entry_point="",
                suites=(Suite(name="base", oracle=oracle),),
                reference=right[0] if right else None,
            )
    return None


def _references(row: dict[str, Any]) -> list[str]:
    """Programs in Python that the row says are right, MOST_REFERENCES at most.

    `reference` (or `canonical_solution`, `code`) of custom rows; `solutions`: a list, as JSON in APPS and TACO, or
    CodeContests's, which names the language of each. SandboxFusion's rows have a placeholder there, which is none.
    """
    if "content" in row and "prompt" not in row:
        return []
    found = [row[key] for key in _REFERENCES if isinstance(row.get(key), str) and row[key].strip()][:1]
    given = row.get("solutions") or []
    if isinstance(given, str):
        given = _json(given)
    if isinstance(given, dict):
        pairs = zip(given.get("language") or [], given.get("solution") or [], strict=False)
        given = [source for language, source in pairs if language in _PYTHON]
    if not isinstance(given, list):
        raise ValueError("`solutions` is no list of programs")
    return [*found, *(text for text in given if isinstance(text, str) and text.strip())][:MOST_REFERENCES]


def _limited(oracle: Programs, row: dict[str, Any], rule: OutputRule) -> Programs:
    """The tests under the row's own rule and limits."""
    checker = row.get("checker", "")
    if not isinstance(checker, str):
        raise ValueError("`checker` is not the source of a function check(given, expected, output)")
    if rule == "checker" or (checker and "comparison" not in row):
        checker, rule = checker_source(checker), "checker"
    return replace(
        oracle,
        with_imports=bool(oracle.function) or oracle.comparison in ("livecodebench", "apps"),
        comparison=rule,
        checker=checker,
        time_limit_seconds=_positive(row, "time_limit_seconds") or oracle.time_limit_seconds,
        memory_limit_mb=int(_positive(row, "memory_limit_mb") or 0) or oracle.memory_limit_mb,
    )


def _positive(row: dict[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise ValueError(f"`{key}` is not a number above 0")
    return float(value)


# --- tests ------------------------------------------------------------------------------------------------
def _tests(given: Any, rule: OutputRule, seconds: float, name: str = "") -> Programs:
    """Tests of an object with `inputs`, `outputs` and perhaps `fn_name`. name: of the function, where known already."""
    if isinstance(given, str):
        given = _json(given)
    if not isinstance(given, dict):
        raise ValueError("no object with `inputs` and `outputs`")
    inputs, outputs, name = given.get("inputs"), given.get("outputs"), given.get("fn_name") or name
    if not isinstance(inputs, list) or not isinstance(outputs, list) or not inputs:
        raise ValueError("`inputs` and `outputs` are not lists with something in them")
    if len(inputs) != len(outputs):
        raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs")
    if not isinstance(name, str) or (name and not name.isidentifier()):
        raise ValueError(f"`fn_name` {name!r} is not a function's name")
    if name:
        return Programs(
            inputs=tuple(_arguments(i, rule) for i in inputs), outputs=tuple(map(_value, outputs)), function=name,
            comparison=rule, time_limit_seconds=seconds,
        )  # fmt: skip
    return Programs(
        inputs=_texts(inputs, "inputs"), outputs=_texts(outputs, "outputs"),
        comparison=rule, time_limit_seconds=seconds,
    )  # fmt: skip


def _texts(values: list[Any], key: str) -> tuple[str, ...]:
    """Inputs or outputs as texts; lists of lines, as APPS has some, become one text."""
    texts = tuple(
        "\n".join(v) if isinstance(v, list) and all(isinstance(w, str) for w in v) else v for v in values
    )
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise ValueError(
                f"`{key}`: number {number} is not a text; give fn_name where a function is asked for"
            )
    return texts


def _arguments(given: Any, rule: OutputRule) -> str:
    """A function's arguments as a JSON list: of a list, or of a text with one JSON value per line.

    APPS's judge makes whole numbers of the keys of a first argument that has only such, and gives the function nothing else:
    that is a JSON object here (sandbox/stdin_program.py).
    """
    if isinstance(given, str):
        lines = [line.strip() for line in given.split("\n") if line.strip()]
        for line in lines:
            _json(line, parse_int=str)
        return f"[{', '.join(lines)}]"
    if not isinstance(given, list):
        raise ValueError("an input is not the list of the function's arguments")
    if rule == "apps" and given and isinstance(given[0], dict) and all(map(_is_whole, given[0])):
        return json.dumps(given[0])
    return json.dumps(given)


def _is_whole(key: str) -> bool:
    try:
        int(key)
    except ValueError:
        return False
    return True


def _value(given: Any) -> str:
    """A function's value as JSON, which a text is already, if it can be read as such."""
    if isinstance(given, str):
        try:
            _json(given, parse_int=str)
        except ValueError:
            return json.dumps(given)
        return given
    return json.dumps(given)


def _json(text: str, parse_int: Callable[[str], Any] = int) -> Any:
    """parse_int: `str` where only the form matters, for Python reads no integer of more than 4,300 digits."""
    try:
        return json.loads(text, parse_int=parse_int)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {str(error)[:100]}") from error


def _text(row: dict[str, Any], *keys: str) -> str:
    found = next((row[key] for key in keys if isinstance(row.get(key), str)), None)
    if found is None:
        raise ValueError(f"`{keys[0]}` is missing")
    return str(found)


# --- forms ------------------------------------------------------------------------------------------------
def _own(row: dict[str, Any]) -> tuple[str, Programs]:
    return _text(row, "prompt", "text", "question"), _tests(row, "lines", _LIVECODEBENCH_SECONDS)


def _livecodebench(row: dict[str, Any]) -> tuple[str, Programs]:
    cases = _cases(row.get("public_test_cases") or "[]") + _cases(row["private_test_cases"] or "[]")
    metadata = row.get("metadata") or {}
    metadata = _json(metadata) if isinstance(metadata, str) else metadata
    name = metadata.get("func_name") or ""
    starter = row.get("starter_code") or ""
    prompt = _text(row, "question_content", "prompt") + (f"\n\n{starter}" if starter else "")
    return prompt, _case_tests(cases, "livecodebench", _LIVECODEBENCH_SECONDS, name)


def _cases(given: Any) -> list[Any]:
    """LiveCodeBench's tests: a list of objects with `input` and `output`, as JSON or packed."""
    if isinstance(given, str):
        given = _json(given if given.lstrip()[:1] == "[" else packed_text(given))
    if not isinstance(given, list):
        raise ValueError("tests that are no list")
    return given


def _case_tests(cases: Sequence[Any], rule: OutputRule, seconds: float, name: str) -> Programs:
    pairs = []
    for case in cases:
        match case:
            case {"input": {"stdin": given}, "output": {"stdout": right}} | {"input": given, "output": right}:
                pairs.append((given, right))
            case _:
                raise ValueError("a test without `input` and `output`")
    tests = {"inputs": [p[0] for p in pairs], "outputs": [p[1] for p in pairs]}
    return _tests(tests, rule, seconds, name)


def _apps(row: dict[str, Any]) -> tuple[str, Programs]:
    return _text(row, "question", "prompt", "description"), _tests(row["input_output"], "apps", _APPS_SECONDS)


def _codecontests(row: dict[str, Any]) -> tuple[str, Programs]:
    inputs, outputs = list[Any](), list[Any]()
    for split in _SPLITS:
        held = row.get(split) or {}
        if not isinstance(held, dict):
            raise ValueError(f"`{split}` is no object with `input` and `output`")
        inputs += held.get("input") or []
        outputs += held.get("output") or []
    tests = _tests({"inputs": inputs, "outputs": outputs}, "codecontests", _seconds(row.get("time_limit")))
    memory = row.get("memory_limit_bytes") or 0
    return _text(row, "description", "prompt"), replace(tests, memory_limit_mb=int(memory) >> 20 or None)


def _seconds(given: Any) -> float:
    """CodeContests's time limit: a number, or seconds and nanoseconds."""
    if isinstance(given, dict):
        given = (given.get("seconds") or 0) + (given.get("nanos") or 0) / 1e9
    return float(given) if isinstance(given, int | float) and given > 0 else _LIVECODEBENCH_SECONDS


def _sandboxfusion(row: dict[str, Any]) -> tuple[str, Programs]:
    """CodeContests' tests as JSON, or LiveCodeBench's, which are packed."""
    prompt, tests = row["content"], row["test"]
    if isinstance(tests, str) and tests.lstrip()[:1] in ("[", "{"):
        tests = _json(tests)
    if not isinstance(tests, str):
        return prompt, _case_tests(tests, "codecontests", _LIVECODEBENCH_SECONDS, "")
    tests = _json(packed_text(tests))
    if isinstance(tests, list):
        return prompt, _case_tests(tests, "livecodebench", _LIVECODEBENCH_SECONDS, "")
    return prompt, _tests(tests, "livecodebench", _LIVECODEBENCH_SECONDS)


def _nemo_gym(row: dict[str, Any]) -> tuple[str, Programs]:
    match row.get("responses_create_params"):
        case {"input": [*_, {"content": str(prompt)}]} | {"input": str(prompt)}:
            return prompt, _tests(
                row["verifier_metadata"]["unit_tests"], "livecodebench", _LIVECODEBENCH_SECONDS
            )
    raise ValueError("`responses_create_params` has no input")


_FORMS: Final[
    Sequence[tuple[Callable[[dict[str, Any]], bool], Callable[[dict[str, Any]], tuple[str, Programs]]]]
] = (
    (lambda row: "inputs" in row and "outputs" in row and "test" not in row, _own),
    (lambda row: "private_test_cases" in row, _livecodebench),
    (lambda row: "input_output" in row, _apps),
    (lambda row: any(split in row for split in _SPLITS), _codecontests),
    (
        lambda row: "content" in row and "test" in row and "prompt" not in row and not is_sandboxfusion(row),
        _sandboxfusion,
    ),
    (
        lambda row: (
            isinstance(row.get("verifier_metadata"), dict) and "unit_tests" in row["verifier_metadata"]
        ),
        _nemo_gym,
    ),
)
