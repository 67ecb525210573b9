"""Large tests go to a test runner in pieces, and arrive as they were."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.problems import Problem, Programs, Suite
from modelassay.grading import Grader
from modelassay.grading.problem_messages import PIECE, ArrivingTexts, problem_messages

TEXTS = st.lists(
    st.one_of(st.text(max_size=5), st.integers(0, 3).map(lambda n: "é\ud800" * (n * PIECE // 3))), max_size=4
)


def programs(inputs: list[str], outputs: list[str]) -> dict[str, Any]:
    return {
        "prompt": "p",
        "suites": [("base", {"kind": "programs", "inputs": tuple(inputs), "outputs": tuple(outputs)})],
    }


@given(TEXTS, TEXTS)
def test_what_arrives_is_what_was_sent(inputs: list[str], outputs: list[str]) -> None:
    """Whatever the sizes, and no message is much larger than a piece."""
    sent, there = programs(inputs, outputs), ArrivingTexts()
    *texts, (kind, key, problem) = problem_messages(7, sent)
    for _, suite, name, parts in texts:
        assert sum(len(part) for _, part in parts) < 2 * PIECE
        there.add(suite, name, parts)
    assert (kind, key) == ("problem", 7)
    ((name, oracle),) = there.complete(problem)["suites"]
    assert [
        (name, {**oracle, "inputs": tuple(oracle["inputs"]), "outputs": tuple(oracle["outputs"])})
    ] == sent["suites"]


def test_a_problem_with_large_tests_is_graded() -> None:
    """The whole way: the sample reads what the problem holds, in the order of the tests."""
    inputs = tuple(f"{n}\n" + "x" * (PIECE + n) for n in range(3))
    tests = Programs(inputs=inputs, outputs=tuple(f"{n} {len(text)}" for n, text in enumerate(inputs)))
    problem = Problem(id="large", prompt="", entry_point="", suites=(Suite(name="base", oracle=tests),))
    with Grader(workers=1) as grader:
        (grade,) = grader.grade(problem, ["import sys\ns = sys.stdin.read()\nprint(s[0], len(s))"])
    assert grade.outcome == "passed", grade.detail
