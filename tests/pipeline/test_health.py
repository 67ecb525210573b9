"""What a grading says of itself: how programs were found, what failed before it ran, and what no healthy run shows."""

import json
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import InputError
from modelassay.core.measured import Completion, Grade, Outcome
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading.extraction.rules import chosen_rules
from modelassay.pipeline.results.health import health_of
from modelassay.pipeline.run.readings import settled
from support.running import Assay

PROMPT = 'def f(x):\n    """Twice x."""\n'
PROBLEM = Problem(
    id="p",
    prompt=PROMPT,
    entry_point="f",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert f(1) == 2",))),),
)


def grades(*rows: tuple[Outcome, str, str]) -> list[Grade]:
    return [
        Grade(
            problem="p", index=i, suite="base", outcome=outcome, detail=detail, extraction=how,
            at_load=detail.endswith("while loading"),
        )
        for i, (outcome, detail, how) in enumerate(rows)
    ]  # fmt: skip


def test_counts_of_a_healthy_run() -> None:
    """Rules and cuts are counted apart, and nothing is alarming."""
    found = health_of(
        grades(
            ("passed", "", "fence"), ("passed", "", "fence; cut: reasoning, end-tokens"), ("failed", "", "after-prompt"),
            ("no-program", "the answer is empty", "empty"), ("passed", "", "fence"), ("failed", "", "fence"),
        ),
        "base", {},
    )  # fmt: skip
    assert (found.with_program, found.failed_at_load) == (5, 0)
    assert found.extraction == {"fence": 4, "after-prompt": 1, "empty": 1}
    assert found.cut == {"reasoning": 1, "end-tokens": 1}
    assert not found.alarms


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("error", "IndentationError: unexpected indent (line 1), while loading", "none"), "none of 5 samples holds a program"),
        (("error", "NameError: name 'f' is not defined, in f(1)", "none"), "share one error, NameError: name 'f'"),
        (("error", "ImportError: no module (line 1), while loading", "fence"), "fail while their program is loaded"),
        (("failed", "assert f(1) == 2", "fence"), "none of 5 samples passes"),
        (("passed", "", "fence"), "all 5 samples pass"),
        (("no-program", "the answer ends inside of its reasoning", "reasoning-only"), "5 are reasoning-only"),
    ],
)  # fmt: skip
def test_what_no_healthy_run_shows_is_an_alarm(row: tuple[Outcome, str, str], said: str) -> None:
    """Each sign is told in words with its numbers."""
    assert any(said in alarm for alarm in health_of(grades(*[row] * 5), "base", {}).alarms)


def completions(texts: list[str], form: Any) -> list[Completion]:
    return [Completion(problem="p", index=i, text=text, form=form) for i, text in enumerate(texts)]


BODY, WHOLE, CHAT = (
    "    return 2 * x\n",
    "def f(x):\n    return 2 * x\n",
    "Sure:\n```python\ndef f(x):\n    return 2 * x\n```\n",
)


@pytest.mark.parametrize(
    ("texts", "form"), [([BODY] * 5, "program"), ([CHAT] * 5, "program"), ([CHAT] * 5, "continuation")]
)
def test_another_reading_is_taken_where_the_file_is_proof(texts: list[str], form: str) -> None:
    """No text is a program as given, all are under the other reading: that is taken, and said."""
    found = settled(completions(texts, form), [PROBLEM], insisted=False)
    assert {c.form for c in found.completions} == {"unknown"}
    assert "0 of 5 texts are programs" in found.assumptions[0]
    insisted = settled(completions(texts, form), [PROBLEM], insisted=True)
    assert {c.form for c in insisted.completions} == {form}
    assert "--samples-format answers" in insisted.alarms[0]


def test_another_reading_is_named_where_it_would_find_more() -> None:
    """Half of the texts are programs as given, so nothing is changed on its own."""
    found = settled(completions([WHOLE, WHOLE, BODY, BODY], "program"), [PROBLEM], insisted=False)
    assert {c.form for c in found.completions} == {"program"}
    assert "2 of 4 texts are programs" in found.alarms[0]
    assert settled(completions([WHOLE] * 4, "program"), [PROBLEM], insisted=False).alarms == ()


def test_rules_on_request_are_named_where_they_would_find_more() -> None:
    """Functions inside of a class are not taken, but nobody has to find that out alone."""
    texts = ["class Solution:\n    def f(self, x):\n        return 2 * x\n"] * 3 + [WHOLE]
    assert (
        "--extraction solution-class finds 3 more"
        in settled(completions(texts, "unknown"), [PROBLEM], insisted=False).alarms[0]
    )


def test_rules_by_name() -> None:
    """Names are added, names with a minus left out, and others refused with the nearest."""
    assert "solution-class" in chosen_rules(["solution-class"])
    assert "fence" not in chosen_rules(["-fence"])
    assert chosen_rules(["none", "fence"]) == {"fence"}
    with pytest.raises(InputError, match="did you mean bare-code"):
        chosen_rules(["bare-cod"])


def rows(path: Path, listed: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in listed))
    return path


def own(number: int, test: str = "assert f(1) == 2") -> dict[str, Any]:
    return {"task_id": f"Own/{number}", "text": "Twice x.", "test_list": [test], "code": WHOLE}


def test_unjudgeable_problems_refuse_the_estimate_or_are_left_out_and_said(
    assay: Assay, tmp_path: Path
) -> None:
    """grade, estimate and their JSON name what is left out; no grade of such a problem is written."""
    problems = rows(tmp_path / "p.jsonl", [own(0), own(1, "assert f(1) == 3"), own(2)])
    samples = rows(tmp_path / "s.jsonl", [{"task_id": f"Own/{n}", "completion": WHOLE} for n in range(3)])
    refused = assay("grade", samples, "--problems", problems, "--out", "a", "--json")
    assert refused.returncode == 1
    said = json.loads(refused.stdout)
    assert [entry["problem"] for entry in said["left_out"]] == ["Own/1"]
    assert said["suites"] == {"base": {"pass_at_k": {}}}
    assert "1 of 3 problems cannot be graded here" in refused.stderr
    assert "reference does not pass its own tests" in refused.stderr
    going_on = assay("grade", samples, "--problems", problems, "--out", "b", "--skip-unjudgeable")
    assert going_on.returncode == 0
    assert "of 3 problems, 1 left out: Own/1" in going_on.stderr
    assert "Own/1" not in (tmp_path / "b" / "grades.jsonl").read_text()
    assert "of 3 problems, 1 left out: Own/1: its reference" in assay("estimate", "b").stderr


def test_a_k_that_some_problem_has_too_few_samples_for_is_refused(assay: Assay, tmp_path: Path) -> None:
    """Before anything is graded, with the problem's name."""
    problems = rows(tmp_path / "p.jsonl", [own(0), own(1)])
    samples = rows(tmp_path / "s.jsonl", [{"task_id": f"Own/{n}", "completion": WHOLE} for n in (0, 0, 1)])
    done = assay("grade", samples, "--problems", problems, "--k", "2")
    assert done.returncode == 1
    assert "pass@2 needs 2 samples for every problem; the fewest here are 1, of Own/1" in done.stderr


def test_a_recording_of_no_benchmark_of_the_study_is_named(assay: Assay, tmp_path: Path) -> None:
    """With both names, before anything is done."""
    rows(tmp_path / "p.jsonl", [own(0)])
    rows(tmp_path / "s.jsonl", [{"task_id": "Own/0", "completion": WHOLE}])
    (tmp_path / "study.toml").write_text(
        'title = "t"\n[[benchmarks]]\nfile = "p.jsonl"\n[[models]]\nname = "a"\nbackend = "replay"\n'
        '[[models.recordings]]\nbenchmark = "p"\nsamples = "s.jsonl"\n'
    )
    done = assay("study", "study.toml")
    assert done.returncode == 1
    assert "is of 'p', which is no benchmark of this study" in done.stderr
    assert "p.jsonl" in done.stderr


STUDY = (
    'title = "t"\n[[benchmarks]]\nfile = "p.jsonl"\n[estimates]\nk = [1]\n[sampling]\npreflight = false\n{grading}'
    '[[models]]\nname = "a"\n{model}'
)
REPLAY = 'backend = "replay"\n[[models.recordings]]\nbenchmark = "p.jsonl"\nsamples = "s.jsonl"\n'


def test_references_of_custom_problems_are_graded_before_anything_is_sampled(
    assay: Assay, tmp_path: Path
) -> None:
    """A study whose problem fails its own reference is refused, and its model is not even loaded."""
    rows(
        tmp_path / "p.jsonl",
        [own(0), own(1, "assert f(1) == 3"), own(2, "import absent_package_x\nassert f(1) == 2")],
    )
    demo = Path(__file__).parents[2] / "examples" / "models" / "demo-base-0.5m"
    model = f'backend = "transformers"\npath = "{demo}"\nprotocol = "completion"\n'
    (tmp_path / "study.toml").write_text(STUDY.format(grading="", model=model))
    done = assay("study", "study.toml")
    assert done.returncode == 1
    assert "2 of 3 custom problems cannot be graded here: Own/1: its reference does not pass" in done.stderr
    assert "absent_package_x" in done.stderr
    assert "nothing was sampled" in done.stderr
    assert not list(tmp_path.rglob("completions.jsonl"))


def test_pages_and_study_json_say_how_healthy_the_grading_was(assay: Assay, tmp_path: Path) -> None:
    """Programs found and how, failures at load, the sealed count, alarms, and what is left out and why."""
    rows(
        tmp_path / "p.jsonl", [own(n, "assert f(1) == 3" if n == 1 else "assert f(1) == 2") for n in range(5)]
    )
    talk = {1: "no", 3: "```python\nimport nothing_like_it\n" + WHOLE + "```"}
    rows(tmp_path / "s.jsonl", [{"task_id": f"Own/{n}", "completion": talk.get(n, WHOLE)} for n in range(5)])
    grading = "[grading]\nskip_unjudgeable = true\n"
    (tmp_path / "study.toml").write_text(STUDY.format(grading=grading, model=REPLAY))
    done = assay("study", "study.toml")
    assert done.returncode == 0, done.stderr
    work = tmp_path / "assay-work"
    run = json.loads((work / "study.json").read_text())["runs"][0]
    health = run["health"]
    assert (health["samples"], health["with_program"], health["failed_at_load"]) == (4, 4, 1)
    assert health["sealed"] == 0
    assert health["alarms"] == ["1 of 4 samples fail while their program is loaded, before any test"]
    assert [entry["problem"] for entry in run["left_out"]] == ["Own/1"]
    for page in ("report.md", "report.html"):
        text = (work / page).read_text()
        assert "Health of the grading" in text
        assert "Problems left out" in text
        assert "does not pass its own tests" in text
        assert "1 of 4 samples fail while" in text
    before = (work / "report.md").read_text()
    assert assay("report", *(work / "runs").iterdir(), "--workdir", "again").returncode == 0
    again = (tmp_path / "again" / "report.md").read_text()
    start = before.index("### Health of the grading")
    assert before[start : before.index("## ", start + 4)] in again


def test_a_study_names_the_problems_that_their_makers_list_as_errors(assay: Assay, tmp_path: Path) -> None:
    """One sentence for each kind, and the scores stay."""
    tests = {"inputs": ["1 2\n"], "outputs": ["3\n"]}
    ids = ("abc310_a", "abc311_c", "abc326_d", "abc337_e")
    rows(tmp_path / "p.jsonl", [{"task_id": name, "prompt": "Add.", **tests} for name in ids])
    program = "print(sum(map(int, input().split())))"
    rows(tmp_path / "s.jsonl", [{"task_id": name, "completion": program} for name in ids])
    (tmp_path / "study.toml").write_text(STUDY.format(grading="", model=REPLAY))
    assert assay("study", "study.toml").returncode == 0
    said = json.loads((tmp_path / "assay-work" / "study.json").read_text())["warnings"]
    listed = [warning for warning in said if "listed by its makers" in warning]
    assert [warning.partition("error: ")[2] for warning in listed] == [
        "abc311_c, abc326_d: other outputs than the stated one are right, too.",
        "abc337_e: it is interactive, so that no program passes.",
    ]


@pytest.mark.parametrize(
    ("ids", "like"),
    [(["HumanEval/3"], "HumanEval (humaneval, humaneval+)"), (["3", "11", "163"], "HumanEval (humaneval")],
)
def test_samples_of_another_benchmark_are_refused_with_its_name(
    assay: Assay, tmp_path: Path, ids: list[str], like: str
) -> None:
    """Also where bare numbers would fit some problems of the set that was asked for."""
    samples = rows(tmp_path / "s.jsonl", [{"task_id": n, "completion": WHOLE} for n in ids])
    done = assay("grade", samples, "--benchmark", "starter")
    assert done.returncode == 1
    assert f"its problems are named like those of {like}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["grade", "estimate", "compare", "study"])
def test_every_command_refuses_a_k_that_some_problem_has_too_few_samples_for(
    assay: Assay, tmp_path: Path, command: str
) -> None:
    """In one line, with the problem or the number of samples, and the exit code of a known error."""
    problems = rows(tmp_path / "p.jsonl", [own(0), own(1)])
    samples = rows(tmp_path / "s.jsonl", [{"task_id": f"Own/{n}", "completion": WHOLE} for n in (0, 0, 1)])
    (tmp_path / "study.toml").write_text(
        STUDY.format(grading="", model=REPLAY).replace("k = [1]", "k = [1, 2]")
    )
    if command in ("estimate", "compare"):
        assert assay("grade", samples, "--problems", problems, "--out", "g").returncode == 0
    done = {
        "grade": lambda: assay("grade", samples, "--problems", problems, "--k", "2"),
        "estimate": lambda: assay("estimate", "g", "--k", "2"),
        "compare": lambda: assay("compare", "g", "g", "--k", "2"),
        "study": lambda: assay("study", "study.toml"),
    }[command]()
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "pass@2 needs 2" in last
