"""Packages of the user's environment in the sandbox: those that were asked for, what they need, and no others."""

import importlib.metadata
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from modelassay.cli.main import app
from modelassay.core.errors import InputError, UnjudgeableError
from modelassay.core.measured import Completion, Grade
from modelassay.core.problems import Check, Problem, Suite
from modelassay.grading import Grader
from modelassay.grading.sandbox.limits import Limits
from modelassay.grading.sandbox.packages import advice, package_paths

SORTED = "from sortedcontainers import SortedList\ndef f(xs):\n    return list(SortedList(xs))\n"
PLAIN = "def f(xs):\n    return sorted(xs)\n"
CHECK = "def check(f):\n    assert f([2, 1]) == [1, 2]\n"
PRINTED = (
    "import contextlib, io\nfrom sortedcontainers import SortedList\ndef check(f):\n    out = io.StringIO()\n"
    "    with contextlib.redirect_stdout(out):\n        f([2, 1])\n    assert out.getvalue() == '[1, 2]\\n'\n"
)


def graded(grader: Grader, check: str, program: str, reference: str | None = None) -> Grade:
    problem = Problem(
        id="p", prompt="def f(xs):\n", entry_point="f", reference=reference,
        suites=(Suite(name="base", oracle=Check(source=check)),),
    )  # fmt: skip
    return grader.grade(problem, [Completion(problem="p", index=0, text=program, form="program")])[0]


def test_only_admitted_packages_can_be_imported() -> None:
    """One that is installed, and was not asked for, is not there, and the detail says how to have it."""
    with Grader() as grader:
        grade = graded(grader, CHECK, SORTED, PLAIN)
        assert grade.outcome == "error"
        assert grade.detail.endswith("--packages sortedcontainers admits it to the sandbox")
        assert graded(grader, CHECK, "import nobody_has_this\n", PLAIN).detail.endswith(
            "nobody_has_this is not installed here: install it, and admit it by --packages nobody_has_this"
        )
        with pytest.raises(UnjudgeableError, match="--packages sortedcontainers admits it"):
            graded(grader, CHECK, PLAIN, SORTED)


def test_admitted_packages_are_there_in_both_modes() -> None:
    """For samples, and for tests that are run beside them; they can be read and not written."""
    prints = SORTED.replace("return list(SortedList(xs))", "print(list(SortedList(xs)))")
    written = "import sortedcontainers\ndef f(xs):\n    open(sortedcontainers.__file__, 'a')\n"
    with Grader(Limits(packages=("sortedcontainers",))) as grader:
        across, beside = graded(grader, CHECK, SORTED, SORTED), graded(grader, PRINTED, prints, prints)
        refused = graded(grader, CHECK, written)

    assert (across.outcome, across.mode) == ("passed", "border")
    assert (beside.outcome, beside.mode) == ("passed", "sealed")
    assert "Read-only file system" in refused.detail or "Permission denied" in refused.detail


def test_a_name_may_be_the_distributions_or_the_modules() -> None:
    """PyYAML lets one import yaml: both name it; and a package brings what it needs."""
    assert set(package_paths(["yaml"])) == set(package_paths(["PyYAML"]))
    assert "sortedcontainers" in {Path(p).name for p in package_paths(["hypothesis"])}


def test_a_package_that_is_not_installed_is_an_error_before_anything_is_graded() -> None:
    """It names the package and what to do."""
    with (
        pytest.raises(InputError, match="nobody_has_this, which is not installed here"),
        Grader(Limits(packages=("nobody_has_this",))) as grader,
    ):
        graded(grader, CHECK, PLAIN)


def test_advice_on_a_missing_module_reads_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples name hundreds of modules that nobody has, and reading what is installed takes longer than a sample does."""
    monkeypatch.setattr(importlib.metadata, "distributions", None)
    assert "nobody_has_that is not installed here" in advice("No module named 'nobody_has_that'")


def test_the_option(tmp_path: Path) -> None:
    """`--packages` admits; the manifest names the versions, since another may grade otherwise."""
    problem = {
        "task_id": "p",
        "prompt": "def f(xs):\n",
        "entry_point": "f",
        "test": CHECK,
        "canonical_solution": SORTED,
    }
    (tmp_path / "own.jsonl").write_text(json.dumps(problem))
    (tmp_path / "samples.jsonl").write_text(json.dumps({"task_id": "p", "solution": SORTED}))
    files = ["grade", str(tmp_path / "samples.jsonl"), "--problems", str(tmp_path / "own.jsonl"), "--out"]

    without = CliRunner().invoke(app, [*files, str(tmp_path / "a"), "--json"])
    found = CliRunner().invoke(
        app, [*files, str(tmp_path / "b"), "--json", "--packages", "yaml,sortedcontainers"]
    )

    assert without.exit_code != 0
    assert json.loads(found.stdout)["suites"]["base"]["pass_at_k"]["1"]["value"] == 1.0
    assert "PyYAML 6" in (tmp_path / "b" / "manifest.jsonl").read_text()


@pytest.mark.skipif(
    not Path("/usr/share/zoneinfo/Europe/Berlin").exists(), reason="this machine has no time zones"
)
def test_time_zones_of_the_machine_are_there() -> None:
    """`zoneinfo` reads them from files, which a right program may need; no package is asked for."""
    program = (
        "from datetime import datetime\nfrom zoneinfo import ZoneInfo\n"
        "def f(xs):\n    return datetime(2026, 7, 1, tzinfo=ZoneInfo(xs[0])).utcoffset().total_seconds()\n"
    )
    with Grader() as grader:
        grade = graded(grader, "def check(f):\n    assert f(['Europe/Berlin']) == 7200.0\n", program)
    assert grade.outcome == "passed", grade.detail
