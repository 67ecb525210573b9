"""What another release of EvalPlus says of a set stands beside our score."""

import pytest

from modelassay.sources.problems.catalogue import RELEASES
from modelassay.sources.problems.judged_otherwise import judged_otherwise


def test_the_defaults_are_counted() -> None:
    """HumanEval+ and MBPP+ in their default versions."""
    found = [judged_otherwise(r.name, r.version) for r in RELEASES if r.name in ("humaneval+", "mbpp+")]
    assert [f and f.problems for f in found] == [13, 13, None, 35, None, None, None]
    assert found[0] is not None
    assert "HumanEval/32" in found[0].reasons[1]


@pytest.mark.parametrize("name", ["humaneval", "starter", "mine"])
def test_other_sets_are_not(name: str) -> None:
    """EvalPlus does not judge them."""
    assert judged_otherwise(name, "1.0") is None
