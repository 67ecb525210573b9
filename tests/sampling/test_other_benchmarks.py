"""A file of another benchmark's samples is told by how it names problems."""

import pytest

from modelassay.sampling.other_benchmarks import looks_like


@pytest.mark.parametrize(
    ("names", "like"),
    [
        ({"HumanEval/0", "HumanEval/163"}, "HumanEval ("),
        ({"HumanEval_0_has_close_elements"}, "MultiPL-E"),
        ({"Mbpp/11", "Mbpp/602"}, "MBPP"),
        ({"BigCodeBench/1"}, "BigCodeBench"),
        ({"abc301_a", "1873_A"}, "LiveCodeBench"),
        ({"11", "12", "510"}, "MBPP's test problems"),
        ({"2", "809"}, "MBPP (mbpp-sanitized"),
        ({"0", "163"}, "HumanEval ("),
    ],
)
def test_the_benchmark_is_named(names: set[str], like: str) -> None:
    """By the form of the names, or by the range of bare numbers."""
    assert (looks_like(names) or "").startswith(like)


@pytest.mark.parametrize("names", [set(), {"0", "5000"}, {"HumanEval/0", "Mbpp/11"}, {"Own/1"}])
def test_nothing_is_named_where_it_is_not_known(names: set[str]) -> None:
    """Names of no set, or of two."""
    assert looks_like(names) is None
