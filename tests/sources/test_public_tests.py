"""Tests that a prompt shows, as a selector may use them."""

import pytest

from modelassay.core.problems import Asserts, Problem, Suite
from modelassay.sources.problems.public_tests import shown_asserts


def shown(docstring: str) -> tuple[str, ...]:
    prompt = f'def f(x):\n    """Task.\n{docstring}\n    """\n'
    return shown_asserts(_problem(prompt))


def _problem(prompt: str) -> Problem:
    suites = (Suite(name="base", oracle=Asserts(asserts=("assert f(1) == 2",))),)
    return Problem(id="p", prompt=prompt, entry_point="f", suites=suites)


@pytest.mark.parametrize(
    "text",
    [
        "    >>> f(1)\n    2",
        "    >>> f(1) == 2",
        "    f(1) == 2",
        "    f(1) ➞ 2",
        "    * f(1) => 2.",
        "    f(1) ==> 2",
        "    f(1) = 2",
        "    f(1)  # returns 2",
    ],
)
def test_examples_in_every_common_form(text: str) -> None:
    """Each way in which HumanEval's prompts state an example."""
    assert shown(text) == ("assert f(1) == 2",)


def test_asserts_in_a_task_in_words() -> None:
    """MBPP+ shows one assert below the task."""
    prompt = '"""\nWrite a function to add one.\nassert f(1) == 2\n"""\n'

    assert shown_asserts(_problem(prompt)) == ("assert f(1) == 2",)


@pytest.mark.parametrize(
    "text", ["    >>> g(1)\n    2", "    f(1) ==> x + 1", "    f(1 ==> 2", "    f(x) is the sum"]
)
def test_what_is_no_example_is_left_out(text: str) -> None:
    """Other functions, values that are no literals, half sentences."""
    assert shown(text) == ()
