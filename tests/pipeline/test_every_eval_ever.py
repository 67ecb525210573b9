"""Records of Every Eval Ever, from runs and from the result files of EvalPlus and LiveCodeBench."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.core.workdir import RunDir
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.pipeline.export import ExportOptions, export_runs
from modelassay.reading.notes import read_note
from support.exported import MODEL, SOURCE, make_run

EVALPLUS = {
    "date": "2024-04-26 12:01", "hash": "84f4b93a1270b492e4c54d5212da7a5b",
    "eval": {
        "HumanEval/0": [
            {"task_id": "HumanEval/0", "solution": "a", "base_status": "pass", "plus_status": "pass"},
            {"task_id": "HumanEval/0", "solution": "b", "base_status": "fail", "plus_status": "pass"},
        ],
        "HumanEval/1": [
            {"task_id": "HumanEval/1", "solution": "c", "base_status": "pass", "plus_status": "timeout"},
            {"task_id": "HumanEval/1", "solution": "", "base_status": "timeout", "plus_status": "timeout"},
        ],
    },
}  # fmt: skip
LIVECODEBENCH = [
    {
        "question_id": "1873_A", "question_content": "Sort.", "contest_date": "2023-08-21T00:00:00", "difficulty": "easy",
        "platform": "codeforces", "output_list": ["```python\nx\n```", "no"], "code_list": ["x", ""],
        "graded_list": [True, False], "pass@1": 0.5, "metadata": ["{}", "{}"],
    },
    {
        "question_id": "abc301_a", "question_content": "Count.", "contest_date": "2023-05-13T00:00:00",
        "output_list": ["y", "z"], "code_list": ["y", "z"], "graded_list": [False, False], "pass@1": 0.0,
    },
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return make_run(tmp_path / "run")


def records(source: Path, **options: str) -> tuple[dict[str, Any], list[dict[str, Any]], Path]:
    """(record, lines of samples, root of the data store)."""
    out = source.parent / "store"
    ((_, path, _),) = export_runs([source], "every-eval-ever", out, SOURCE, ExportOptions(**options))
    record = json.loads(path.read_text())
    lines = (out / record["detailed_evaluation_results"]["file_path"]).read_text().splitlines()
    return record, [json.loads(line) for line in lines], out


def result_file(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def test_scores_have_their_interval_and_protocol(run: RunDir) -> None:
    """Level and method of the interval, decoding, prompt and sandbox stand where the schema has a place for them."""
    record, _, _ = records(run.root, organization="Jane Doe")
    first = record["evaluation_results"][0]
    assert [r["evaluation_result_id"] for r in record["evaluation_results"]] == [
        f"humaneval-plus/{suite}/pass@{k}" for suite in ("base", "plus") for k in (1, 2)
    ]
    assert [r["evaluation_name"] for r in record["evaluation_results"]][::2] == [
        "HumanEval+ (base tests)",
        "HumanEval+",
    ]
    interval = first["score_details"]["uncertainty"]["confidence_interval"]
    assert interval["lower"] < first["score_details"]["score"] < interval["upper"]
    assert (interval["confidence_level"], "clustered by problem" in interval["method"]) == (0.95, True)
    arguments = first["generation_config"]["generation_args"]
    assert (arguments["temperature"], arguments["max_tokens"]) == (0.2, 256)
    assert arguments["prompt_template"].startswith("completion (sha256 2222")
    assert arguments["sandbox"]["type"] == "namespaces+seccomp+rlimits"
    assert first["score_details"]["details"]["ungraded_samples"] == "2"
    assert record["source_metadata"]["evaluator_relationship"] == "third_party"


def test_each_verdict_has_a_line(run: RunDir) -> None:
    """One per sample and suite; a sample without a grade has none. The record states their number and hash."""
    record, lines, out = records(run.root)
    detail = record["detailed_evaluation_results"]
    assert detail["total_rows"] == len(lines) == 8
    assert detail["checksum"] == hashlib.sha256((out / detail["file_path"]).read_bytes()).hexdigest()
    assert {line["evaluation_id"] for line in lines} == {record["evaluation_id"]}
    assert {line["evaluation_result_id"] for line in lines} == {
        "humaneval-plus/base/pass@1", "humaneval-plus/plus/pass@1"
    }  # fmt: skip
    assert (lines[0]["sample_id"], lines[0]["evaluation"]) == (
        "HumanEval/add#0",
        {"score": 1.0, "is_correct": True},
    )
    assert lines[0]["token_usage"]["total_tokens"] == 25


def test_the_same_run_has_the_same_names(run: RunDir) -> None:
    """Exporting it again replaces its files."""
    first, _, out = records(run.root)
    again, _, _ = records(run.root)
    assert first == again
    assert len(list(out.rglob("*.json"))) == 1


def test_our_own_reader_takes_the_scores(run: RunDir) -> None:
    """What `assay read` makes of the record."""
    record, _, _ = records(run.root)
    evidence = load_evidence()
    claims = read_note(json.dumps(record), Vocabulary.load(evidence), evidence).claims
    assert [(c.hub_id, c.metric, c.value) for c in claims][:2] == [
        (MODEL, "pass@1", 0.25),
        (MODEL, "pass@2", 0.5),
    ]


def test_evalplus_results_are_converted(tmp_path: Path) -> None:
    """`plus` counts only where `base` passes; the set's version follows from the hash, the rest from the file's name."""
    name = "acme--tiny-coder-1b_vllm_temp_0.2_eval_results.json"
    record, lines, _ = records(result_file(tmp_path, name, EVALPLUS))
    scores = {r["evaluation_result_id"]: r["score_details"]["score"] for r in record["evaluation_results"]}
    assert scores == {"humaneval-plus/base/pass@1": 0.5, "humaneval-plus/plus/pass@1": 0.25}
    assert record["model_info"]["id"] == MODEL
    assert record["evaluation_results"][0]["source_data"]["dataset_name"] == "HumanEval+ 0.1.9"
    assert record["evaluation_results"][0]["generation_config"]["generation_args"] == {"temperature": 0.2}
    inferred = record["source_metadata"]["additional_details"]["inferred"]
    assert inferred == "temperature and backend, from the file's name; model, from the file's name"
    assert record["eval_library"]["name"] == "evalplus"
    assert [line["sample_id"] for line in lines][::2] == [
        "HumanEval/0#0",
        "HumanEval/0#1",
        "HumanEval/1#0",
        "HumanEval/1#1",
    ]


def test_livecodebench_results_are_converted(tmp_path: Path) -> None:
    """Raw answers, programs and verdicts; the window of its problems is its version."""
    path = result_file(tmp_path, "Scenario.codegeneration_2_0.2_eval_all.json", LIVECODEBENCH)
    record, lines, _ = records(path, model=MODEL)
    (result,) = record["evaluation_results"]
    assert result["score_details"]["score"] == 0.25
    assert result["source_data"]["dataset_name"] == "LiveCodeBench 2023-05-13 to 2023-08-21"
    assert [line["evaluation"]["is_correct"] for line in lines] == [True, False, False, False]
    assert lines[0]["output"] == {"raw": ["```python\nx\n```"]}
    assert lines[0]["metadata"]["difficulty"] == "easy"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (EVALPLUS, "below org/name — say the model's name of the Hub with --model"),
        (
            {"eval": {"BigCodeBench/0": [{"status": "pass"}]}},
            "not a verdict of EvalPlus's — known result files",
        ),
        ({"eval": {}}, "no sample in it — known result files"),
        (
            [{"question_id": "a", "graded_list": [True], "code_list": []}],
            "differ in length — known result files",
        ),
        ({"results": {}}, "not a result file that can be converted — known result files"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: object, said: str) -> None:
    """In one line, with what would be read."""
    with pytest.raises(InputError) as caught:
        records(result_file(tmp_path, "results.json", content))
    assert said in str(caught.value)
