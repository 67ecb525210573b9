"""Numbers of samples as ranges."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.index_ranges import IndexRanges


@given(st.sets(st.one_of(st.integers(0, 40), st.integers(0, 1 << 40))), st.integers(0, 41))
def test_as_a_set(indices: set[int], other: int) -> None:
    """The same members in order, whatever gaps there are."""
    ranges = IndexRanges()
    for index in sorted(indices):
        ranges.add(index)
    assert list(ranges) == sorted(indices)
    assert len(ranges) == len(indices)
    assert all(index in ranges for index in indices)
    assert (other in ranges) == (other in indices)


def test_another_order_is_refused() -> None:
    """Nor is a number taken twice."""
    ranges = IndexRanges()
    ranges.add(3)
    for index in (3, 1):
        with pytest.raises(ValueError, match="comes after 3"):
            ranges.add(index)
