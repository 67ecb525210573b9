"""Recorded samples: every format is told by looking, and nothing is dropped in silence."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError, MissingError
from modelassay.core.measured import Completion
from modelassay.core.problems import Check, Problem, ProblemSet, Suite
from modelassay.core.store import encode_line
from modelassay.sampling.replay import cut, read_samples
from modelassay.sources.problems.problem_sets import load_problem_set

PROMPT = 'def f{n}(x):\n    """Give {n} more than x."""\n'


def _set(count: int = 3, prefix: str = "HumanEval/") -> ProblemSet:
    problems = tuple(
        Problem(
            id=f"{prefix}{n}",
            prompt=PROMPT.format(n=n),
            entry_point=f"f{n}",
            suites=(Suite(name="base", oracle=Check(source="def check(candidate): pass")),),
        )
        for n in range(count)
    )
    return ProblemSet(name="mine", version="1", sha256="0" * 64, licence="none", problems=problems)


def _lines(path: Path, *rows: Any) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def test_samples_jsonl_in_any_order_and_number(tmp_path: Path) -> None:
    """Several lines per problem count up; `solution` is a program, `completion` may be anything."""
    path = _lines(
        tmp_path / "s.jsonl",
        {"task_id": "HumanEval/1", "completion": "    return x\n"},
        {"task_id": "HumanEval/0", "solution": "def f0(x): return x"},
        {"task_id": "HumanEval/1", "completion": "    return x + 1\n", "result": "passed"},
        {"task_id": "HumanEval/2", "completion": ""},
    )
    precomputed = read_samples(path, _set(), strict=True)
    assert [(c.problem[-1], c.index, c.form) for c in precomputed.completions] == [
        ("0", 0, "program"),
        ("1", 0, "unknown"),
        ("1", 1, "unknown"),
        ("2", 0, "unknown"),
    ]
    assert precomputed.format == "samples"
    assert precomputed.fewest == 1


def test_packed_samples(tmp_path: Path) -> None:
    """.gz is unpacked, whatever the name."""
    path = tmp_path / "s.jsonl"
    path.write_bytes(gzip.compress(b'{"task_id": "HumanEval/0", "completion": "x"}\n'))
    assert read_samples(path, _set(1)).completions[0].text == "x"


@pytest.mark.parametrize("written", ["Python/1", "HumanEval_1", "humaneval/1", 1, "1"])
def test_other_spellings_of_an_id(tmp_path: Path, written: Any) -> None:
    """Other tools' names for the same problem are understood where only one problem can be meant."""
    path = _lines(tmp_path / "s.jsonl", {"task_id": written, "completion": "x"})
    assert [c.problem for c in read_samples(path, _set()).completions] == ["HumanEval/1"]


def test_mbpp_ids_in_capitals(tmp_path: Path) -> None:
    """MBPP/2 is Mbpp/2; Python/2 is not, since that means HumanEval."""
    path = _lines(
        tmp_path / "s.jsonl",
        {"task_id": "MBPP/2", "completion": "x"},
        {"task_id": "Python/2", "completion": "x"},
    )
    precomputed = read_samples(path, _set(prefix="Mbpp/"))
    assert [c.problem for c in precomputed.completions] == ["Mbpp/2"]
    assert [str(t) for t in precomputed.unknown] == [f"{path}:2: Python/2 is not a problem of this set"]


def test_missing_unknown_and_malformed_are_named(tmp_path: Path) -> None:
    """Each thing that is not a candidate is kept with its line, and the good ones stay."""
    path = _lines(
        tmp_path / "s.jsonl",
        {"task_id": "HumanEval/0", "completion": "x"},
        "{broken\n",
        {"task_id": "HumanEval/9", "completion": "x"},
        "\n",
        {"task_id": "HumanEval/1", "completion": {}},
        {"task_id": "HumanEval/1"},
        {"completion": "x"},
        {"task_id": "HumanEval/1", "completion": [1]},
        '{"task_id": "HumanEval/1", "compl',
    )
    precomputed = read_samples(path, _set())
    assert precomputed.missing == ["HumanEval/1", "HumanEval/2"]
    assert [t.line for t in precomputed.unknown] == [3]
    assert sorted(t.line or 0 for t in precomputed.malformed) == [2, 5, 6, 7, 8, 9]
    assert len(precomputed.completions) == 1
    with pytest.raises(InputError, match=r"s\.jsonl:2: "):
        read_samples(path, _set(), strict=True)


def test_strict_names_missing_problems(tmp_path: Path) -> None:
    """A subset of the problems is refused when all are wanted."""
    path = _lines(tmp_path / "s.jsonl", {"task_id": "HumanEval/0", "completion": "x"})
    with pytest.raises(InputError, match="no sample for HumanEval/1, HumanEval/2"):
        read_samples(path, _set(), strict=True)


def test_evalplus_folders(tmp_path: Path) -> None:
    """0.py, 2.py, 10.py count by number; other files are named, not dropped."""
    for name in ("HumanEval_0/10.py", "HumanEval_0/2.py", "HumanEval_1/0.py", "HumanEval_1/notes.py"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# {name}")
    (tmp_path / "eval_results.json").write_text("{}")
    precomputed = read_samples(tmp_path, _set())
    assert [(c.problem, c.index) for c in precomputed.completions] == [
        ("HumanEval/0", 2),
        ("HumanEval/0", 10),
        ("HumanEval/1", 0),
    ]
    assert [t.path.name for t in precomputed.malformed] == ["notes.py"]
    assert precomputed.missing == ["HumanEval/2"]


def test_generations_follow_the_order_of_the_set(tmp_path: Path) -> None:
    """Without ids the position decides, and the precomputed says so, above all when lists are missing."""
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([["a", "b"], ["c", "d"]]))
    precomputed = read_samples(path, _set())
    assert [(c.problem[-1], c.index, c.text) for c in precomputed.completions] == [
        ("0", 0, "a"),
        ("0", 1, "b"),
        ("1", 0, "c"),
        ("1", 1, "d"),
    ]
    assert "first 2 of 3 problems" in precomputed.assumptions[0]
    assert precomputed.missing == ["HumanEval/2"]


def test_generations_with_a_gap_are_told_by_their_prompts(tmp_path: Path) -> None:
    """A list left out in the middle does not shift the others when the texts repeat their prompts."""
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([[PROMPT.format(n=n) + "    return x\n"] for n in (0, 2)]))
    precomputed = read_samples(path, _set())
    assert [c.problem for c in precomputed.completions] == ["HumanEval/0", "HumanEval/2"]
    assert "matched by their prompts" in precomputed.assumptions[0]


def test_generations_of_another_set_are_refused(tmp_path: Path) -> None:
    """When prompts and order disagree nothing is guessed."""
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([[PROMPT.format(n=2) + "x"], ["whose?"]]))
    with pytest.raises(InputError, match="do not follow the set's order"):
        read_samples(path, _set())


def test_more_lists_than_problems_are_named(tmp_path: Path) -> None:
    """Lists beyond the set are unknown, a list that is no list is malformed."""
    path = tmp_path / "generations.json"
    path.write_text(json.dumps([["a"], "b", ["c"], ["d"]]))
    precomputed = read_samples(path, _set())
    assert [t.message for t in precomputed.unknown] == ["list 4 is not a problem of this set"]
    assert "list 2" in precomputed.malformed[0].message


def test_our_own_completions(tmp_path: Path) -> None:
    """What we wrote comes back as it was; a doubled index is named."""
    completion = Completion(
        problem="HumanEval/1", index=4, text="x", form="continuation", finish_reason="length"
    )
    path = tmp_path / "completions.jsonl"
    path.write_bytes(encode_line(completion) * 2)
    precomputed = read_samples(path, _set())
    assert precomputed.completions == [completion]
    assert "a second time" in precomputed.malformed[0].message


def test_samples_by_prompt(tmp_path: Path) -> None:
    """Without ids the prompt tells the problem, even when its examples were taken out."""
    path = _lines(tmp_path / "s.jsonl", {"prompt": 'def f2(x):\n    """Give 2."""\n', "samples": ["a", "b"]})
    precomputed = read_samples(path, _set())
    assert [(c.problem, c.form) for c in precomputed.completions] == [("HumanEval/2", "continuation")] * 2


@pytest.mark.parametrize("content", ["", "[1, 2", '{"a": 1}\n', "plain text\n", "[]", "{}"])
def test_a_file_that_holds_no_samples_is_an_error(tmp_path: Path, content: str) -> None:
    """One line that names the file; never an empty precomputed."""
    path = tmp_path / "s.jsonl"
    path.write_text(content)
    with pytest.raises((InputError, MissingError)) as caught:
        read_samples(path, _set())
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    """A mistyped --samples-format is refused."""
    with pytest.raises(InputError, match="generations"):
        read_samples(tmp_path, _set(), format="evalplux")


REAL = [
    ("codegen-16b-n100/HumanEval_codegen16B_temp0.8_topp0.95_num100_max300_code_solution.jsonl", "codet", 100),
    ("codellama-7b-prompts/samples_codellama_7b_SCoT_n20.jsonl", "samples", 20),
    ("codellama-7b-prompts/samples_codellama_7b.jsonl_results.jsonl", "samples", 1),
    ("deepseek-coder-1.3b-instruct/python.deepseek-coder-1.3b-instruct.jsonl", "container-extracted", 1),
    ("llama3-8b-bigcode-format/bak-164-1-Meta-Llama-3-8B-Instruct_generations_humaneval.json", "generations", 1),
    ("llama3-8b-bigcode-format/bak_163_3_Meta-Llama-3-8B-Instruct_generations_humaneval.json", "generations", 3),
    ("nanochat-lm-eval-format/samples_humaneval_nanochat_2025-12-23T16-17-55.835102.jsonl", "lm-eval", 1),
    ("qwen2.5-coder-1.5b-base/humaneval/generated.jsonl", "samples", 1),
    ("qwen2.5-coder-1.5b-base/humaneval/generated_eval_results.json", "evalplus-results", 1),
    ("starcoder-codellama34b-seeds/humaneval/starcoder/seed.jsonl", "samples", 1),
    ("starcoder2-15b-instruct/evalplus-starcoder2-15b-instruct-v0.1-humaneval.jsonl", "samples", 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "form", "each"), REAL)
def test_real_recordings_of_humaneval(
    shared: Path, benchmarks: Path, name: str, form: str, each: int
) -> None:
    """Every real file is read whole: all 164 problems, the known number each, nothing left over."""
    problems = load_problem_set("humaneval", data=benchmarks, offline=True)
    precomputed = read_samples(shared / "data/samples" / name, problems, strict=True)
    assert precomputed.format == form
    assert set(Counter(c.problem for c in precomputed.completions).values()) == {each}


@pytest.mark.parametrize(
    ("name", "benchmark", "version"),
    [
        ("qwen2.5-coder-1.5b-base/mbpp/generated.jsonl", "mbpp+", "0.1.0"),
        ("starcoder2-15b-instruct/evalplus-starcoder2-15b-instruct-v0.1-mbpp.jsonl", "mbpp+", "0.1.0"),
        ("starcoder-codellama34b-seeds/mbpp/starcoder/seed.jsonl", "mbpp", None),
        ("starcoder-codellama34b-seeds/mbpp/codellama/seed.jsonl", "mbpp", None),
    ],
)
def test_real_recordings_of_mbpp(
    shared: Path, benchmarks: Path, name: str, benchmark: str, version: str | None
) -> None:
    """Every real MBPP file is read whole against the version it was made for."""
    problems = load_problem_set(benchmark, version, data=benchmarks, offline=True)
    precomputed = read_samples(shared / "data/samples" / name, problems, strict=True)
    assert len(precomputed.completions) == len(problems.problems)


def test_prompts_without_ids_find_the_right_problems(shared: Path, benchmarks: Path) -> None:
    """The 164 shortened prompts of a file without ids resolve as its authors' own list says."""
    folder = shared / "data/samples/codegen-16b-n100"
    problems = load_problem_set("humaneval", data=benchmarks, offline=True)
    owners = {
        row["prompt"]: row["task_id"]
        for row in map(json.loads, (folder / "prompts.jsonl").read_text().splitlines())
    }
    file = next(folder.glob("HumanEval_*.jsonl"))
    expected = [
        (owners[row["prompt"]], text)
        for row in map(json.loads, file.read_text().splitlines())
        for text in row["samples"]
    ]
    got = {(c.problem, c.text) for c in read_samples(file, problems).completions}
    assert got == set(expected)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("    return x\n\nprint(f0(1))\n", "    return x\n\n"),
        ("def f0(x):\n    return x\n# done\n", "def f0(x):\n    return x\n"),
        (PROMPT.format(n=0) + "    return x\ndef g():\n", PROMPT.format(n=0) + "    return x\n"),
        ("    return x\n    # a comment\n", "    return x\n    # a comment\n"),
    ],
)
def test_answers_are_cut_at_stop_words(text: str, kept: str) -> None:
    """At the first line that begins with one, but not in a repeated prompt and not at the first line."""
    completion = Completion(problem="HumanEval/0", index=0, text=text)

    assert cut(completion, PROMPT.format(n=0), ("def", "#", "print")).text == kept


def test_stop_words_of_a_file(tmp_path: Path) -> None:
    """`stop` cuts every sample of a file."""
    path = _lines(tmp_path / "s.jsonl", {"task_id": "HumanEval/0", "completion": "    return x\nif x:\n"})

    precomputed = read_samples(path, _set(), stop=("if",))

    assert [c.text for c in precomputed.completions] == ["    return x\n"]
