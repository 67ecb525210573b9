"""Result files of EvalPlus and LiveCodeBench as evaluations: their verdicts, scores with intervals computed from them.

Neither file says which model made the samples or how they were drawn. The file's name often does: what is taken from it
is marked as inferred.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from modelassay.core.errors import AssayError, InputError
from modelassay.core.measured import Grade, Outcome
from modelassay.core.problems import Problem
from modelassay.estimates.estimate import estimate
from modelassay.pipeline.exchange.evaluation import Answer, Evaluation
from modelassay.pipeline.exchange.hub_names import EVALPLUS_HASHES
from modelassay.pipeline.plan.problems import Source
from modelassay.sources.json_lines import decode_text, parse_json, read_bytes

# <org>--<model>_<backend>_temp_<T>, EvalPlus's name for its samples, from which it makes that of the results.
_EVALPLUS_NAME: Final = re.compile(
    r"(?P<model>.+?)_(?P<backend>[a-z0-9]+)_temp_(?P<t>[0-9.]+?)(?:[._]eval_results)?"
)
# Scenario.codegeneration_10_0.2_eval_all, below a folder with the model's name.
_LIVECODEBENCH_NAME: Final = re.compile(r"(?P<scenario>[\w.]+?)_(?P<n>\d+)_(?P<t>[0-9.]+)_eval_all")
_OUTCOMES: Final[Mapping[str, Outcome]] = {"pass": "passed", "fail": "failed", "timeout": "timed-out"}
KNOWN: Final = "known result files: EvalPlus's eval_results.json with base_status, and LiveCodeBench's eval_all.json with graded_list"


def read_results(path: Path, model: str, source: Source) -> Evaluation:
    """The evaluation in a result file. model: its name of the Hub, where the file's name doesn't say it.

    Raises MissingError, InputError for a file that is neither.
    """
    data = read_bytes(path)
    try:
        content = parse_json(decode_text(data, path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", path=path, hint=KNOWN) from error
    identity = hashlib.sha256(data).hexdigest()
    if isinstance(content, dict) and isinstance(content.get("eval"), dict):
        return _evalplus(content, path, model, identity, source)
    if (
        isinstance(content, list) and content
        and all(isinstance(r, dict) and {"question_id", "graded_list"} <= r.keys() for r in content)
    ):  # fmt: skip
        return _livecodebench(content, path, model, identity)
    raise InputError("not a result file that can be converted", path=path, hint=KNOWN)


# --- EvalPlus -----------------------------------------------------------------------------------------------
def _evalplus(content: dict[str, Any], path: Path, model: str, identity: str, source: Source) -> Evaluation:
    first = next(iter(content["eval"]), "")
    benchmark, version = EVALPLUS_HASHES.get(str(content.get("hash")), ("", ""))
    inferred = []
    if not benchmark:
        benchmark, version = ("humaneval+" if first.startswith("HumanEval") else "mbpp+"), "unknown"
        inferred.append("benchmark, from the problems' ids")
    rows = _evalplus_rows(content["eval"], path)
    grades = [grade for row in rows for grade in _evalplus_grades(row)]
    name = _EVALPLUS_NAME.fullmatch(_stem(path))
    generation: dict[str, object] = {}
    details: dict[str, str] = {}
    if name is not None:
        generation["temperature"] = float(name["t"])
        details["backend"] = name["backend"]
        inferred.append("temperature and backend, from the file's name")
        if not model and "--" in name["model"]:
            model = name["model"].replace("--", "/", 1)
            inferred.append("model, from the file's name")
    problems = _problems(benchmark, version, source)
    return _evaluation(
        path, model, identity, grades,
        benchmark=benchmark, version=version, library=("evalplus", "unknown"), started=str(content.get("date", "")),
        generation=generation, generation_details=details, inferred=tuple(inferred),
        library_details={"problem_file_md5": str(content.get("hash", "unknown"))},
        answers=lambda: _evalplus_answers(rows, grades, problems),
    )  # fmt: skip


_Row = tuple[str, int, str, str, str | None]  # problem, index, solution, base status, plus status


def _evalplus_rows(by_problem: Mapping[str, Any], path: Path) -> list[_Row]:
    """Every sample, those of a problem together. Raises InputError for another tool's results in this shape."""
    rows: list[_Row] = []
    for problem, entries in by_problem.items():
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            found = entry if isinstance(entry, dict) else {}
            base, plus = found.get("base_status"), found.get("plus_status")
            if base not in _OUTCOMES or (plus is not None and plus not in _OUTCOMES):
                raise InputError(
                    f"{problem}: base_status {base!r}, plus_status {plus!r}: not a verdict of EvalPlus's",
                    path=path,
                    hint=KNOWN,
                )
            rows.append((problem, index, str(found.get("solution") or ""), str(base), plus))
    if not rows:
        raise InputError("no sample in it", path=path, hint=KNOWN)
    return rows


def _evalplus_grades(row: _Row) -> list[Grade]:
    """`plus` counts only where `base` passes, too, as EvalPlus counts it."""
    problem, index, _, base, extra = row
    found = [Grade(problem=problem, index=index, suite="base", outcome=_OUTCOMES[base])]
    if extra is not None:
        outcome = _OUTCOMES[extra if base == "pass" else base]
        found.append(Grade(problem=problem, index=index, suite="plus", outcome=outcome))
    return found


def _evalplus_answers(
    rows: Sequence[_Row], grades: Sequence[Grade], problems: Mapping[str, Problem]
) -> Iterator[Answer]:
    of_sample = _by_sample(grades)
    for problem, index, solution, _, _ in rows:
        known = problems.get(problem)
        yield _answer(
            of_sample[problem, index], known.prompt if known else "", solution, solution, "evalplus"
        )


def _problems(benchmark: str, version: str, source: Source) -> dict[str, Problem]:
    """The set's problems where it is at hand, for their prompts; a result file doesn't hold them."""
    from modelassay.sources.problems.problem_sets import load_problem_set

    try:
        found = load_problem_set(benchmark, version, data=source.data, offline=True)
    except AssayError:
        return {}
    return {p.id: p for p in found.problems}


# --- LiveCodeBench ------------------------------------------------------------------------------------------
def _livecodebench(rows: list[dict[str, Any]], path: Path, model: str, identity: str) -> Evaluation:
    grades = []
    for row in rows:
        graded, programs = row["graded_list"], row.get("code_list")
        if not isinstance(graded, list) or not isinstance(programs, list) or len(graded) != len(programs):
            raise InputError(
                f"{row['question_id']}: graded_list and code_list differ in length", path=path, hint=KNOWN
            )
        grades += [
            Grade(
                problem=str(row["question_id"]), index=index, suite="tests",
                outcome="passed" if passed else "failed",
            )
            for index, passed in enumerate(graded)
        ]  # fmt: skip
    name = _LIVECODEBENCH_NAME.fullmatch(_stem(path))
    inferred, generation = [], {}
    if name is not None:
        generation = {"temperature": float(name["t"])}
        inferred.append("temperature, from the file's name")
    dates = sorted(str(row["contest_date"])[:10] for row in rows if row.get("contest_date"))
    details = {"window": f"{dates[0]} to {dates[-1]}"} if dates else {}
    return _evaluation(
        path, model, identity, grades,
        benchmark="livecodebench", version=f"{dates[0]} to {dates[-1]}" if dates else "unknown",
        library=("LiveCodeBench", "unknown"), generation=generation, inferred=tuple(inferred), data_details=details,
        answers=lambda: _livecodebench_answers(rows, grades),
    )  # fmt: skip


def _livecodebench_answers(rows: Sequence[Mapping[str, Any]], grades: Sequence[Grade]) -> Iterator[Answer]:
    of_sample = _by_sample(grades)
    for row in rows:
        problem, raw = str(row["question_id"]), row.get("output_list") or []
        for index, program in enumerate(row["code_list"]):
            given = raw[index] if index < len(raw) else program
            details = {k: str(row[k]) for k in ("difficulty", "platform", "contest_date") if row.get(k)}
            yield _answer(
                of_sample[problem, index], str(row.get("question_content") or ""), str(given), str(program),
                "livecodebench", details,
            )  # fmt: skip


# --- both ---------------------------------------------------------------------------------------------------
def _evaluation(path: Path, model: str, identity: str, grades: list[Grade], **known: Any) -> Evaluation:
    counted: dict[str, int] = {}
    for grade in grades:
        if grade.suite == grades[0].suite:
            counted[grade.problem] = counted.get(grade.problem, 0) + 1
    ks = [k for k in (1, 10, 100) if k <= min(counted.values())]
    return Evaluation(
        model=model, origin=path.name, identity=identity, problems=tuple(counted), estimates=estimate(grades, ks=ks),
        **known,
    )  # fmt: skip


def _by_sample(grades: Sequence[Grade]) -> dict[tuple[str, int], list[Grade]]:
    found: dict[tuple[str, int], list[Grade]] = {}
    for grade in grades:
        found.setdefault((grade.problem, grade.index), []).append(grade)
    return found


def _answer(
    grades: Sequence[Grade], prompt: str, raw: str, program: str, extraction: str, details: dict[str, str] | None = None
) -> Answer:  # fmt: skip
    return Answer(
        problem=grades[0].problem, index=grades[0].index, prompt=prompt, raw=raw, program=program,
        passed={g.suite: g.outcome == "passed" for g in grades}, outcomes={g.suite: g.outcome for g in grades},
        extraction=extraction, details=details or {},
    )  # fmt: skip


def _stem(path: Path) -> str:
    name = path.name.removesuffix(".gz")
    return name.removesuffix(".json")
