"""Parts of a plan: together all of it, each sample once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import InputError
from modelassay.core.shards import Shard


@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 12))
def test_parts_are_a_partition(of: int, problems: int, samples: int) -> None:
    """Every sample is in exactly one part, however many parts, problems and samples there are."""
    for place in range(problems):
        for index in range(samples):
            held = [n for n in range(1, of + 1) if Shard(index=n, of=of).holds(place, problems, index)]
            assert len(held) == 1


def test_whole_problems_where_there_are_enough() -> None:
    """A problem's prompt is computed by one machine alone."""
    parts = [{p for p in range(16) if Shard(index=n, of=4).holds(p, 16, 0)} for n in range(1, 5)]
    again = [{p for p in range(16) if Shard(index=n, of=4).holds(p, 16, 7)} for n in range(1, 5)]

    assert parts == again
    assert [len(part) for part in parts] == [4, 4, 4, 4]


@pytest.mark.parametrize("text", ["0/4", "5/4", "4", "a/b", "1/0", "1/2/3", ""])
def test_what_is_no_shard_is_refused(text: str) -> None:
    """Counting starts at 1 and ends at the number of parts."""
    with pytest.raises(InputError, match="give the part and their number"):
        Shard.parse(text)
