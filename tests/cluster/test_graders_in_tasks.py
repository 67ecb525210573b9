"""The grader in Ray tasks of a user's own, as trainers have them."""

from typing import Any

import pytest

from modelassay.core.problems import Asserts, Problem, Suite

ADD = Problem(
    id="add", prompt="Add.", entry_point="add",
    suites=(Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",), setup="")),),
)  # fmt: skip
SAMPLES = [
    "def add(a, b):\n    return a + b\n",
    "def add(a, b):\n    return a - b\n",
    "import os\nos._exit(0)\n",
]


@pytest.mark.timeout(1800)  # a worker of Ray's takes half a minute to start on a machine with much to do
def test_a_grader_in_each_task(cluster: Any, add: Any) -> None:
    """Two at once, and more than there are CPUs: the verdicts of this process, and none lost."""
    import ray

    def outcomes(problem: Problem, samples: list[str]) -> list[str]:
        from modelassay.grading import Grader

        with Grader(workers=1) as grader:
            return [grade.outcome for grade in grader.grade(problem, samples)]

    add(2)
    ray.init(address=cluster.address, log_to_driver=False)
    try:
        task = ray.remote(num_cpus=1)(outcomes)
        found = ray.get([task.remote(ADD, SAMPLES) for _ in range(4)], timeout=1500)
    finally:
        ray.shutdown()
    assert found == [["passed", "failed", "crashed"]] * 4
