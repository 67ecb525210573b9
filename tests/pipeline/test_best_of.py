"""Best of n on a run: the selector that uses the prompt's own tests."""

import json
from pathlib import Path

import pytest

from support.running import Assay

PROBLEM = {
    "task_id": "own/0",
    "prompt": 'def f(x):\n    """Add one.\n    >>> f(1)\n    2\n    >>> f(5)\n    7\n    """\n',
    "canonical_solution": "    return x + 1\n",
    "entry_point": "f",
    "test": "def check(candidate):\n    assert candidate(3) == 4\n    assert candidate(1) == 2\n",
}
# Wrong under both; passes the prompt's true example and not the tests; right, twice.
CANDIDATES = ["    return x\n", "    return 2\n", "    return x + 1\n", "    return 1 + x\n"]


@pytest.fixture
def run(assay: Assay, tmp_path: Path) -> Path:
    (tmp_path / "p.jsonl").write_text(json.dumps(PROBLEM) + "\n")
    rows = [json.dumps({"task_id": "own/0", "completion": text}) + "\n" for text in CANDIDATES]
    (tmp_path / "s.jsonl").write_text("".join(rows))
    done = assay("grade", "s.jsonl", "--problems", "p.jsonl", "--out", "out")
    assert done.returncode == 0, done.stderr
    return tmp_path / "out"


def test_shown_tests_pick_better_than_chance_and_worse_than_an_oracle(assay: Assay, run: Path) -> None:
    """Of four candidates one fails the prompt's example: two of the other three are right."""
    curve = json.loads(assay("estimate", run, "--best-of", "--json").stdout)
    one, *_ = (p for p in curve["points"] if p["n"] == 1)
    last = curve["points"][-1]

    assert one["shown"] == pytest.approx(1 / 2)
    assert last["n"] == 2
    # Two drawn: C(3,2)/C(4,2) = 1/2 without the failing one, else the other is picked: 2/3 in every case.
    assert last["shown"] == pytest.approx(2 / 3)
    assert last["oracle"] == pytest.approx(5 / 6)
    assert last["anybody"] == pytest.approx(1 / 2)


def test_an_example_that_the_reference_fails_is_no_test(assay: Assay, run: Path) -> None:
    """The prompt claims f(5) is 7; whoever picked by that would pick nobody."""
    curve = json.loads(assay("estimate", run, "--best-of", "--json").stdout)

    assert curve["points"][0]["with_tests"] == 1


def test_the_gain_of_a_further_candidate(assay: Assay, run: Path) -> None:
    """From one to two an oracle gains a third of a problem."""
    little = json.loads(assay("estimate", run, "--best-of", "--gain", "0.5", "--json").stdout)
    much = json.loads(assay("estimate", run, "--best-of", "--gain", "0.2", "--json").stdout)

    assert little["enough"]["oracle"] == 1
    assert much["enough"]["oracle"] is None
