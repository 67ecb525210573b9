"""Root that owns no id but its own, as in rootless containers, gets a strong sandbox too."""

import json
import subprocess
import sys

import pytest

from support.running import COMMAND

# What it leaves in /tmp cannot be removed at once, so that the test runner has to replace the sandbox it was given.
SCRIPT = """
from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.grading import Grader
suites = (Suite(name="base", oracle=Asserts(asserts=("assert add(2, 3) == 5",))),)
problem = Problem(id="add", prompt="Add.", entry_point="add", suites=suites)
right = "def add(a, b):\\n    return a + b\\n"
litter = "import os\\nos.makedirs('/tmp/a/b')\\n" + right
with Grader(dedupe=False) as grader:
    print([grade.outcome for grade in grader.grade(problem, [right, litter, right])])
"""


@pytest.fixture(scope="module", autouse=True)
def needs_namespaces() -> None:
    if subprocess.run(["unshare", "-Ur", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here")


def test_root_of_a_user_namespace_has_a_strong_sandbox() -> None:
    """Nobody is not mapped there, so the sandbox makes a user namespace of its own."""
    command = ["unshare", "-Ur", *COMMAND, "doctor", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    parts = {part["part"]: part for part in json.loads(done.stdout)}

    assert parts["sandbox"]["state"] == "works"
    assert parts["sandbox"]["detail"].startswith("namespaces+seccomp")


def test_judges_replace_their_sandbox_there() -> None:
    """The server that the caller started can be ended by the test runner, which starts another."""
    command = ["unshare", "-Ur", sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout == "['passed', 'passed', 'passed']\n"
