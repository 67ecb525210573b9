"""Every format of `assay export`, read back by our own readers and by libraries that are installed."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion
from modelassay.core.workdir import RunDir
from modelassay.evidence.base import load_evidence
from modelassay.evidence.vocabulary import Vocabulary
from modelassay.pipeline.exchange.exported_run import open_run
from modelassay.pipeline.export import FORMATS, ExportOptions, export_runs
from modelassay.reading.notes import read_note
from modelassay.sampling.precomputed.reader import Reader
from support.exported import BODY, MODEL, PROMPT, SOURCE, make_run

FILES = [name for name in FORMATS if name not in ("every-eval-ever", "wandb", "trackio")]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return make_run(tmp_path / "run")


def exported(run: RunDir, to: str, name: str = "out", **options: str) -> Path:
    """The file that an export wrote."""
    out = run.root.parent / name
    return export_runs([run.root], to, out, SOURCE, ExportOptions(**options))[0][1]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_back(run: RunDir, path: Path) -> tuple[str, list[Completion]]:
    """(format, samples) as `assay grade` reads them."""
    found = Reader(path, open_run(run.root, SOURCE).problems.problems).read(None)
    assert not found.malformed
    assert not found.unknown
    return found.format, list(found.completions)


def test_evalplus_has_whole_programs(run: RunDir) -> None:
    """Six samples; one without a program is tried with an empty one."""
    found = rows(exported(run, "evalplus"))
    assert len(found) == 6
    assert found[0]["solution"] == PROMPT.format(name="add") + BODY
    assert found[0]["completion"] == BODY
    assert found[1]["solution"] == ""


def test_evalplus_results_have_the_hash_and_both_statuses(run: RunDir) -> None:
    """The hash is of the set's file, by which EvalPlus knows its version; a sample without a grade is left out."""
    content = json.loads(exported(run, "evalplus-results").read_text())
    assert content["hash"] == "fe585eb4df8c88d844eeb463ea4d0302"
    first, second = content["eval"]["HumanEval/add"]
    assert (first["base_status"], first["plus_status"], second["plus_status"]) == ("pass", "fail", "fail")
    assert content["eval"]["HumanEval/total"][0]["base_status"] == "timeout"
    assert content["pass_at_k"]["base"]["pass@1"] == 0.25


def test_human_eval_completions_make_the_program(run: RunDir) -> None:
    """Prompt and completion together are what is graded here."""
    first, second, third = rows(exported(run, "human-eval"))[:3]
    assert first["completion"] == BODY
    assert second["completion"] == ""
    assert PROMPT.format(name="add") + third["completion"] == PROMPT.format(name="add") + "    return b + a\n"


def test_human_eval_results_speak_of_the_strictest_suite(run: RunDir) -> None:
    """Its three words, and no line for what has no grade."""
    found = rows(exported(run, "human-eval-results"))
    assert [(r["result"], r["passed"]) for r in found] == [
        ("failed: test 1", False), ("failed: no-program", False), ("timed out", False), ("failed: no-program", False)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "name", "form"),
    [
        ("evalplus", "s.jsonl", "samples"),
        ("human-eval", "s.jsonl", "samples"),
        ("human-eval-results", "s.jsonl", "samples"),
        ("evalplus-results", "s.json", "evalplus-results"),
        ("inspect", "s.eval", "inspect"),
        ("evalplus", "s.jsonl.gz", "samples"),
    ],
)
def test_what_is_exported_is_read_again(run: RunDir, to: str, name: str, form: str) -> None:
    """By the reader of samples, as the format that it is."""
    known, completions = read_back(run, exported(run, to, name))
    assert known == form
    assert len(completions) == (4 if to.endswith("results") else 6)


def test_inspect_log_holds_samples_as_epochs(run: RunDir) -> None:
    """Sample j of a problem is epoch j + 1, its scores C and I; the interval stands with the metric."""
    with zipfile.ZipFile(exported(run, "inspect", "r.eval")) as log:
        header, sample = (
            json.loads(log.read(n)) for n in ("header.json", "samples/HumanEval/add_epoch_1.json")
        )
        assert len(json.loads(log.read("summaries.json"))) == 6
    assert (sample["scores"]["base"]["value"], sample["scores"]["plus"]["value"]) == ("C", "I")
    assert sample["output"]["choices"][0]["stop_reason"] == "max_tokens"
    metric = header["results"]["scores"][0]["metrics"]["pass@1"]
    assert metric["value"] == 0.25
    assert metric["metadata"]["low"] < 0.25 < metric["metadata"]["high"]


def test_an_inspect_log_is_the_same_each_time(run: RunDir) -> None:
    """No time of writing in it."""
    assert exported(run, "inspect", "a").read_bytes() == exported(run, "inspect", "b").read_bytes()


def claims_of(text: str, **known: Any) -> list[tuple[str | None, str, float | None, str]]:
    evidence = load_evidence()
    found = read_note(text, Vocabulary.load(evidence), evidence, **known).claims
    return [(c.hub_id, c.protocol.benchmark, c.value, c.metric) for c in found if c.protocol]


def test_eval_results_say_interval_and_protocol(run: RunDir) -> None:
    """In the notes, which are all the room that there is; our own reader takes the score from it."""
    path = exported(run, "eval-results", source_url="https://example.org/report.html")
    (entry,) = yaml.safe_load(path.read_text())
    assert entry["dataset"] == {"id": "evalplus/humanevalplus", "task_id": "default"}
    assert entry["value"] == 0.0
    assert (
        "t=0.2, top_p=0.95, protocol completion, humaneval+ 0.1.10, 2 problems, 95% CI 0.0-" in entry["notes"]
    )
    assert "2 samples ungraded" in entry["notes"]
    assert claims_of(path.read_text())[0][1:] == ("humaneval+", 0.0, "pass@1")


def test_eval_results_are_entries_to_the_hub(run: RunDir) -> None:
    """As huggingface_hub parses them."""
    from huggingface_hub import parse_eval_result_entries

    data = yaml.safe_load(exported(run, "eval-results", source_url="https://example.org/r").read_text())
    (entry,) = parse_eval_result_entries(data)
    assert (entry.dataset_id, entry.value, entry.source_url) == (
        "evalplus/humanevalplus",
        0.0,
        "https://example.org/r",
    )


def test_model_index_is_one_to_the_hub(run: RunDir) -> None:
    """metadata_load and the reader of model-index of huggingface_hub, and our own; every k with its interval."""
    from huggingface_hub import metadata_load
    from huggingface_hub.repocard_data import model_index_to_eval_results

    path = exported(run, "model-index", "card.md")
    name, results = model_index_to_eval_results((metadata_load(path) or {})["model-index"])
    assert name == "tiny-coder-1b"
    assert [(r.metric_name, r.metric_value) for r in results] == [("pass@1", 0.0), ("pass@2", 0.0)]
    assert (results[0].metric_args or {})["interval_level"] == 0.95
    assert claims_of(path.read_text(), repository=MODEL) == [
        (MODEL, "humaneval+", 0.0, "pass@1"), (MODEL, "humaneval+", 0.0, "pass@2")
    ]  # fmt: skip


def test_a_set_that_the_hub_does_not_have_is_refused(tmp_path: Path) -> None:
    """With the formats that can hold it."""
    own = make_run(tmp_path / "own", benchmark="my-problems")
    with pytest.raises(InputError, match="my-problems is no data set of the Hub"):
        exported(own, "eval-results")
    with pytest.raises(InputError, match="is no set of EvalPlus's"):
        exported(own, "evalplus-results")


def test_a_table_has_a_row_per_sample_and_suite(run: RunDir) -> None:
    """And one with an empty suite for a sample without a grade; texts come through whole."""
    found = list(csv.DictReader(io.StringIO(exported(run, "csv").read_text("utf-8"))))
    assert [(r["problem"], r["sample"], r["suite"], r["passed"]) for r in found[:5]] == [
        ("HumanEval/add", "0", "base", "True"), ("HumanEval/add", "0", "plus", "False"),
        ("HumanEval/add", "1", "base", "False"), ("HumanEval/add", "1", "plus", "False"),
        ("HumanEval/add", "2", "", ""),
    ]  # fmt: skip
    assert found[0]["program"] == PROMPT.format(name="add") + BODY


def test_parquet_is_the_same_table(run: RunDir) -> None:
    """With numbers and nulls of their types."""
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(exported(run, "parquet")).to_pylist()
    assert len(table) == 10
    assert (table[0]["passed"], table[0]["temperature"], table[4]["passed"]) == (True, 0.2, None)
    scores = parquet.read_table(exported(run, "scores-parquet", "scores")).to_pylist()
    assert [(r["suite"], r["k"], r["value"]) for r in scores][:2] == [("base", 1, 0.25), ("base", 2, 0.5)]


def test_runs_share_a_table_and_not_a_card(tmp_path: Path) -> None:
    """Two runs in one CSV; samples of two go into a folder; one card belongs to one model."""
    runs = [make_run(tmp_path / name).root for name in ("one", "two")]
    ((count, path, _),) = export_runs(runs, "csv", tmp_path / "t.csv", SOURCE)
    assert count == 12
    assert {r["run"] for r in csv.DictReader(path.open(encoding="utf-8"))} == {"one", "two"}
    files = export_runs(runs, "inspect", tmp_path / "logs", SOURCE)
    assert [file.name for _, file, _ in files] == ["one.eval", "two.eval"]


@pytest.mark.parametrize(
    "to", ["evalplus-results", "inspect", "scores-csv", "every-eval-ever", "model-index"]
)
def test_verdicts_that_are_not_there_are_not_exported(tmp_path: Path, to: str) -> None:
    """One line that names the command to run first."""
    run = make_run(tmp_path / "run", graded=False)
    with pytest.raises(InputError, match=r"no grades, which .* holds — assay grade"):
        exported(run, to)


@pytest.mark.parametrize("to", FILES)
def test_no_export_replaces_a_file_of_a_run(run: RunDir, to: str) -> None:
    """Whatever the format."""
    with pytest.raises(InputError, match="a file of the run itself"):
        export_runs([run.root], to, run.completions, SOURCE)


def test_an_unknown_format_is_one_line(run: RunDir) -> None:
    """With all that are known."""
    with pytest.raises(InputError, match="no format 'inspekt' — known formats: evalplus, "):
        exported(run, "inspekt")


def test_packed_files_are_the_same(run: RunDir) -> None:
    """`.gz` by the name of the file."""
    plain, packed = exported(run, "human-eval", "a.jsonl"), exported(run, "human-eval", "a.jsonl.gz")
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
