"""Samples in the formats of other tools: each is told by looking, every answer is kept, and what is not read is named."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import zstandard

from modelassay.core.errors import InputError
from modelassay.core.problems import Check, Problem, ProblemSet, Suite
from modelassay.sampling.precomputed_samples import PrecomputedSamples
from modelassay.sampling.replay import read_samples

PROMPT = 'def f{n}(x):\n    """Give {n} more than x."""\n'
ROWS = b'{"task_id": "HumanEval/0", "completion": "a"}\n{"task_id": "HumanEval/1", "completion": "b"}\n'


def problems(count: int = 3, prefix: str = "HumanEval/") -> ProblemSet:
    """f0, f1, … of a set."""
    listed = tuple(
        Problem(
            id=f"{prefix}{n}", prompt=PROMPT.format(n=n), entry_point=f"f{n}",
            suites=(Suite(name="base", oracle=Check(source="def check(candidate): pass")),),
        )
        for n in range(count)
    )  # fmt: skip
    return ProblemSet(name="mine", version="1", sha256="0" * 64, licence="none", problems=listed)


def texts(recording: PrecomputedSamples) -> list[tuple[str, int, str]]:
    """(problem's number, index, text) of each sample."""
    return [(c.problem.rpartition("/")[2], c.index, c.text) for c in recording.completions]


def written(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def zipped(files: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zipped_with_zstandard(files: dict[str, bytes]) -> bytes:
    """A zip whose entries are packed as Inspect's are, which zipfile cannot write before Python 3.14."""
    body, directory = b"", b""
    for name, data in files.items():
        packed, key = zstandard.ZstdCompressor().compress(data), name.encode()
        common = struct.pack(
            "<HHHHHIIIHH", 63, 0, 93, 0, 0, zlib.crc32(data), len(packed), len(data), len(key), 0
        )
        directory += (
            b"PK\x01\x02"
            + struct.pack("<H", 63)
            + common
            + struct.pack("<HHHII", 0, 0, 0, 0, len(body))
            + key
        )
        body += b"PK\x03\x04" + common + key + packed
    count = len(files)
    return (
        body
        + directory
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    )


def tarred(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(ROWS), bz2.compress(ROWS), lzma.compress(ROWS), zstandard.ZstdCompressor().compress(ROWS),
        zstandard.ZstdCompressor(write_content_size=False).compress(ROWS),
        zipped({"out/samples.jsonl": ROWS, "__MACOSX/out/._samples.jsonl": b"\0"}),
        zipped({"a.jsonl": ROWS[:46], "b.jsonl": ROWS[46:]}),
        zipped({"samples.jsonl.gz": gzip.compress(ROWS)}), zipped_with_zstandard({"samples.jsonl": ROWS}),
        tarred({"./samples.jsonl": ROWS}), gzip.compress(tarred({"samples.jsonl": ROWS})),
        lzma.compress(tarred({"samples.jsonl": ROWS})),
    ],
    ids=["gz", "bz2", "xz", "zst", "zst-stream", "zip", "zip-of-two", "gz-in-zip", "zip-zst", "tar", "tar.gz", "tar.xz"],
)  # fmt: skip
def test_packed_files(tmp_path: Path, data: bytes) -> None:
    """Whatever the name says, the first bytes tell how a file is packed."""
    path = tmp_path / "samples.jsonl"
    path.write_bytes(data)
    assert texts(read_samples(path, problems(2))) == [("0", 0, "a"), ("1", 0, "b")]


@pytest.mark.parametrize(
    "data",
    [zipped({"s.jsonl": ROWS})[:60], gzip.compress(ROWS)[:-9], lzma.compress(ROWS)[:-9]],
    ids=["zip", "gz", "xz"],
)
def test_a_packed_file_that_is_cut_short_is_named_so(tmp_path: Path, data: bytes) -> None:
    """One line with the file and what to do, never advice on its encoding."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"s\.jsonl: broken .*fetch it again"):
        read_samples(path, problems())


def test_folders_of_programs_in_an_archive(tmp_path: Path) -> None:
    """EvalPlus's folders are passed on packed, perhaps below a folder of their own."""
    path = tmp_path / "model.zip"
    path.write_bytes(zipped({"model/HumanEval_1/10.py": b"y", "model/HumanEval_1/2.py": b"x"}))
    recording = read_samples(path, problems())
    assert texts(recording) == [("1", 2, "x"), ("1", 10, "y")]
    assert recording.format == "folder"


def test_results_beside_the_samples_in_an_archive_are_no_further_samples(tmp_path: Path) -> None:
    """EvalPlus's `eval_results.json` holds the same answers once more."""
    path = tmp_path / "model.zip"
    results = json.dumps({"eval": {"HumanEval/0": [{"solution": "a", "base_status": "pass"}]}})
    path.write_bytes(zipped({"he/model.jsonl": ROWS, "he/model_eval_results.json": results.encode()}))
    assert texts(read_samples(path, problems(2))) == [("0", 0, "a"), ("1", 0, "b")]


def test_several_files_with_the_same_problems_are_named(tmp_path: Path) -> None:
    """They may be two models': that their answers are taken together is said."""
    path = tmp_path / "models.zip"
    path.write_bytes(zipped({"greedy.jsonl": ROWS, "vllm.jsonl": ROWS}))
    recording = read_samples(path, problems(2))
    assert len(recording.completions) == 4
    assert recording.assumptions == [
        "2 files with answers to the same problems were taken as more samples of one model (greedy.jsonl, vllm.jsonl); "
        "to grade one alone, give it alone"
    ]


def test_null_answers_are_samples_without_a_text(tmp_path: Path) -> None:
    """One that is null does not hide the others, and is said."""
    path = written(
        tmp_path / "s.jsonl", [{"task_id": 0, "completion": "a"}, {"task_id": 0, "completion": None}]
    )
    recording = read_samples(path, problems(1))
    assert texts(recording) == [("0", 0, "a"), ("0", 1, "")]
    assert not recording.malformed
    assert "1 answer is null" in recording.assumptions[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        ([None, "b"], ["", "b"]),
        ({"role": "assistant", "content": "a"}, ["a"]),
        ([{"role": "user", "content": "?"}, {"role": "assistant", "content": "a", "reasoning_content": "hm"}], ["a"]),
        ([[{"role": "assistant", "content": "a"}], [{"role": "assistant", "content": "b"}]], ["a", "b"]),
        ({"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "a"}]}, ["a"]),
        ({"choices": [{"message": {"content": "a"}, "finish_reason": "stop"}, {"message": {"content": None}}]}, ["a", ""]),
        ([{"text": "a", "finish_reason": "length"}], ["a"]),
        ({"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": "{}"}}]}, ['[{"function": {"arguments": "{}"}}]']),
        ({"role": "assistant", "content": [{"type": "tool_use", "input": {"code": "a"}}]}, ['[{"code": "a"}]']),
        ({"role": "assistant", "content": "a", "tool_calls": [{"function": {"arguments": "{}"}}]}, ["a"]),
    ],
)  # fmt: skip
def test_messages_and_lists_as_answers(tmp_path: Path, value: Any, expected: list[str]) -> None:
    """A conversation is its last answer, a list is several samples, reasoning kept apart is no answer."""
    path = written(tmp_path / "s.jsonl", [{"task_id": "HumanEval/0", "completion": value}])
    assert [text for _, _, text in texts(read_samples(path, problems(1)))] == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"question_id": "HumanEval/0", "code_list": ["a", "b"], "output_list": ["raw"]}, ["a", "b"]),
        ({"task_id": "HumanEval/0", "completions": ["a", "b"]}, ["a", "b"]),
        ({"id": 0, "response": "a"}, ["a"]),
        ({"task_id": "HumanEval/0", "solution": None, "completion": "a"}, ["a"]),
        (
            {
                "name": "HumanEval_0_f0",
                "language": "py",
                "prompt": "",
                "tests": "",
                "completions": ["a", "b"],
            },
            ["a", "b"],
        ),
        (
            {
                "id": "HumanEval/0",
                "epoch": 1,
                "output": {"choices": [{"message": {"content": "a"}}]},
                "scores": {},
            },
            ["a"],
        ),
    ],
)
def test_rows_of_other_tools(tmp_path: Path, row: dict[str, Any], expected: list[str]) -> None:
    """By the keys of a row, in JSON lines, in an array, and as a file of one object."""
    for name, content in (
        ("a.jsonl", json.dumps(row)), ("a.json", json.dumps([row])), ("b.json", json.dumps(row, indent=1)),
    ):  # fmt: skip
        (tmp_path / name).write_text(content)
        assert [text for _, _, text in texts(read_samples(tmp_path / name, problems(1)))] == expected


def test_completions_in_another_language_are_refused(tmp_path: Path) -> None:
    """MultiPL-E's files say their language; only Python is graded."""
    row = {"name": "HumanEval_0_f0", "language": "js", "prompt": "", "completions": ["a"]}
    with pytest.raises(InputError, match="'js'"):
        read_samples(written(tmp_path / "s.json", [row]), problems())


def batch(custom_id: str, *contents: str | None) -> dict[str, Any]:
    choices = [{"message": {"role": "assistant", "content": c}, "finish_reason": "stop"} for c in contents]
    return {
        "id": "1", "custom_id": custom_id, "error": None, "response": {"status_code": 200, "body": {"choices": choices}},
    }  # fmt: skip


def test_batch_output(tmp_path: Path) -> None:
    """custom_id names the problem, with whatever else the user put into it; a server's refusal is in its own words."""
    rows = [batch("HumanEval/1-0", "a"), batch("run HumanEval_1 no 2", "b", None), batch("HumanEval/0", "c")]
    recording = read_samples(written(tmp_path / "s.jsonl", rows), problems(12))
    assert texts(recording) == [("0", 0, "c"), ("1", 0, "a"), ("1", 1, "b"), ("1", 2, "")]
    assert {c.finish_reason for c in recording.completions} == {"stop"}
    failed = {"custom_id": "HumanEval/0", "response": None, "error": {"message": "too many tokens"}}
    with pytest.raises(InputError, match="too many tokens"):
        read_samples(written(tmp_path / "s.jsonl", [*rows, failed]), problems(12), strict=True)


OTHERS: dict[str, Any] = {
    "Anthropic's batches": {"custom_id": "HumanEval/1", "result": {"type": "succeeded", "message": {"content": [{"type": "text", "text": "a"}]}}},
    "Gemini's batches": {"key": "HumanEval/1", "response": {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}, {"text": "a"}]}}]}},
    "ShareGPT": {"id": "HumanEval/1", "conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
    "a message": {"task_id": "HumanEval/1", "message": {"role": "assistant", "content": "a"}},
    "reasoning beside the content": {"task_id": "HumanEval/1", "reasoning_content": "hm", "content": "a"},
    "output": {"id": "HumanEval/1", "output": "a"},
    "responses in a list in a list": {"task_id": "HumanEval/1", "resps": [["a"]]},
}  # fmt: skip


@pytest.mark.parametrize("form", OTHERS)
def test_rows_with_the_answer_elsewhere(tmp_path: Path, form: str) -> None:
    """What the model said, and nothing of what it thought."""
    recording = read_samples(written(tmp_path / "s.jsonl", [OTHERS[form]]), problems())
    assert texts(recording) == [("1", 0, "a")]


def test_a_batch_that_failed_is_named(tmp_path: Path) -> None:
    """With what the server said."""
    failed = {"custom_id": "HumanEval/0", "result": {"type": "errored", "error": {"message": "overloaded"}}}
    with pytest.raises(InputError, match="overloaded"):
        read_samples(written(tmp_path / "s.jsonl", [failed]), problems(), strict=True)


@pytest.mark.parametrize("pack", [zipped, zipped_with_zstandard])
def test_inspect_logs(tmp_path: Path, pack: Any) -> None:
    """A zip with a file per sample and epoch, deflated or packed with Zstandard."""
    files = {"header.json": b"{}", "summaries.json": b"[]", "_journal/start.json": b"{}"}
    for epoch in (1, 2):
        message = {
            "role": "assistant",
            "content": [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": f"t{epoch}"}],
        }
        sample = {
            "id": "HumanEval/1",
            "epoch": epoch,
            "output": {"choices": [{"message": message, "stop_reason": "stop"}]},
        }
        files[f"samples/HumanEval%2F1_epoch_{epoch}.json"] = json.dumps(sample).encode()
    path = tmp_path / "log.eval"
    path.write_bytes(pack(files))
    recording = read_samples(path, problems())
    assert texts(recording) == [("1", 0, "t1"), ("1", 1, "t2")]
    assert recording.format == "inspect"


def lm_eval(number: int, filter_name: str | None, resps: list[str], filtered: Any) -> dict[str, Any]:
    row = {
        "doc_id": number,
        "doc": {"task_id": f"HumanEval/{number}"},
        "resps": [resps],
        "filtered_resps": filtered,
    }
    return row if filter_name is None else {**row, "filter": filter_name}


def test_a_harness_log_with_two_filters_holds_each_answer_once(tmp_path: Path) -> None:
    """The filter with more programs is taken, or the one asked for, and the choice is said."""
    rows = [
        row
        for n in range(3)
        for row in (
            lm_eval(n, "raw", [f"p{n}", "q"], [f"p{n}", "q"]),
            lm_eval(
                n, "create_test", [f"p{n}", "q"], [PROMPT.format(n=n) + "    return 1\n", PROMPT.format(n=n)]
            ),
        )
    ]
    path = written(tmp_path / "samples_humaneval.jsonl", rows)
    recording = read_samples(path, problems())
    assert len(recording.completions) == 6
    assert all(c.text.startswith("def f") for c in recording.completions)
    assert "'create_test' is taken, not raw" in recording.assumptions[0]
    assert [t for _, _, t in texts(read_samples(path, problems(), format="lm-eval:raw"))][:2] == ["p0", "q"]
    with pytest.raises(InputError, match="create_test"):
        read_samples(path, problems(), format="lm-eval:other")


def test_a_filter_that_keeps_the_first_answer_loses_none(tmp_path: Path) -> None:
    """All answers of a problem are read where the log has them."""
    path = written(tmp_path / "s.jsonl", [lm_eval(0, "take_first", ["a", "b", "c"], ["a"])])
    assert [t for _, _, t in texts(read_samples(path, problems(1)))] == ["a", "b", "c"]


def test_a_harness_log_without_ids_follows_the_order(tmp_path: Path) -> None:
    """doc_id is a place in the set."""
    path = written(
        tmp_path / "s.jsonl", [{"doc_id": 2, "doc": {"q": ""}, "resps": [["a"]], "filtered_resps": ["a"]}]
    )
    assert texts(read_samples(path, problems())) == [("2", 0, "a")]


def test_raw_answers_of_evalplus(tmp_path: Path) -> None:
    """In `.raw.jsonl` a solution is what the model said, not yet a program."""
    path = written(tmp_path / "m.raw.jsonl", [{"task_id": "HumanEval/0", "solution": "Sure! ..."}])
    recording = read_samples(path, problems(1))
    assert [c.form for c in recording.completions] == ["unknown"]
    assert "raw answers" in recording.assumptions[0]


@pytest.mark.parametrize(
    ("form", "told"), [("programs", "program"), ("bodies", "continuation"), ("answers", "unknown")]
)
def test_the_user_says_what_texts_are(tmp_path: Path, form: str, told: str) -> None:
    """--samples-format overrides what the key's name would mean."""
    path = written(tmp_path / "s.jsonl", [{"task_id": "HumanEval/0", "solution": "x"}])
    assert [c.form for c in read_samples(path, problems(1), format=form).completions] == [told]


def test_predictions_of_opencompass(tmp_path: Path) -> None:
    """An object of numbered answers; `gold` is the id, or else the place counts, and that is said."""
    path = tmp_path / "openai_humaneval.json"
    path.write_text(
        json.dumps(
            {
                "0": {"origin_prompt": "", "prediction": "a", "gold": "HumanEval/2"},
                "1": {"prediction": ["b", "c"]},
            }
        )
    )
    recording = read_samples(path, problems())
    assert texts(recording) == [("1", 0, "b"), ("1", 1, "c"), ("2", 0, "a")]
    assert "in the set's order" in recording.assumptions[0]


def test_tables(tmp_path: Path) -> None:
    """CSV and TSV with quoted line ends, and Parquet."""
    import pyarrow as pa
    from pyarrow import parquet

    cells = {
        "task_id": ["HumanEval/0", "HumanEval/1"],
        "completion": ["def f0(x):\n    return x, 1\n", 'say "b"'],
    }
    parquet.write_table(pa.table(cells), tmp_path / "s.parquet")
    (tmp_path / "s.csv").write_text(
        'task_id,completion\nHumanEval/0,"def f0(x):\n    return x, 1\n"\nHumanEval/1,"say ""b"""\n'
    )
    (tmp_path / "s.txt").write_text(
        'task_id\tcompletion\nHumanEval/0\t"def f0(x):\n    return x, 1\n"\nHumanEval/1\t"say ""b"""\n'
    )
    for name in ("s.parquet", "s.csv", "s.txt"):
        recording = read_samples(tmp_path / name, problems(2))
        assert [t for _, _, t in texts(recording)] == cells["completion"], name


def test_answers_under_their_problems(tmp_path: Path) -> None:
    """One object from problem to answers."""
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"HumanEval/0": ["a", "b"], "HumanEval/1": "c"}))
    assert texts(read_samples(path, problems(2))) == [("0", 0, "a"), ("0", 1, "b"), ("1", 0, "c")]


def test_a_folder_of_files_in_one_format(tmp_path: Path) -> None:
    """MultiPL-E's completions: a packed file per problem, and its results beside them, which are no samples."""
    for n in range(2):
        row = {"name": f"HumanEval_{n}_f{n}", "language": "py", "prompt": "", "completions": [f"c{n}"]}
        (tmp_path / f"HumanEval_{n}_f{n}.json.gz").write_bytes(gzip.compress(json.dumps(row).encode()))
        (tmp_path / f"HumanEval_{n}_f{n}.results.json.gz").write_bytes(gzip.compress(b"{}"))
    assert texts(read_samples(tmp_path, problems(2))) == [("0", 0, "c0"), ("1", 0, "c1")]


def test_every_eval_ever_lists_a_sample_once_for_each_result(tmp_path: Path) -> None:
    """The lines of one result are taken, and `problem#1` is a sample of its problem."""
    rows = [
        {
            "sample_id": f"HumanEval/1#{n}", "interaction_type": "single_turn", "evaluation_result_id": f"h/{suite}",
            "output": {"raw": [f"t{n}"]}, "evaluation": {"score": 1.0, "is_correct": True},
        }
        for n in range(2)
        for suite in ("base", "plus")
    ]  # fmt: skip
    path = tmp_path / "x_samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    recording = read_samples(path, problems())
    assert recording.format == "every-eval-ever"
    assert texts(recording) == [("1", 0, "t0"), ("1", 1, "t1")]
    assert not recording.malformed
    assert "those of 'h/base' are taken" in recording.assumptions[0]


def test_a_response_of_the_responses_api(tmp_path: Path) -> None:
    """Its messages are the answer, its reasoning is not; without a message it is an answer without a program."""
    items = [
        {"type": "reasoning", "summary": ["b"]},
        {"type": "message", "content": [{"type": "output_text", "text": "a"}]},
    ]
    rows = [
        {"task_id": "HumanEval/0", "response": {"output": items}},
        {"task_id": "HumanEval/1", "response": {"output": items[:1]}},
    ]
    found = read_samples(written(tmp_path / "s.jsonl", rows), problems())
    assert texts(found) == [("0", 0, "a"), ("1", 0, "")]
    assert found.nulls == 1


@pytest.mark.parametrize("key", ["results", "data"])
def test_rows_under_a_key_of_one_object(tmp_path: Path, key: str) -> None:
    """A file that is one object with the rows inside."""
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"model": "m", key: [json.loads(line) for line in ROWS.splitlines()]}))
    assert texts(read_samples(path, problems())) == [("0", 0, "a"), ("1", 0, "b")]


def test_an_inspect_log_without_an_answer(tmp_path: Path) -> None:
    """A run that was stopped has only written that it began."""
    path = tmp_path / "log.eval"
    path.write_bytes(zipped({"_journal/start.json": b'{"version": 2, "eval": {"eval_id": "a"}}'}))
    with pytest.raises(InputError, match="ended before its first answer"):
        read_samples(path, problems())
