"""Which samples were met already."""

from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.seen_samples import SeenSamples

SAMPLES = st.lists(st.tuples(st.sampled_from("ab"), st.one_of(st.integers(0, 40), st.integers(-3, 1 << 40))))


@given(SAMPLES)
def test_as_a_set(samples: list[tuple[str, int]]) -> None:
    """Each is new once, whatever its index."""
    seen, expected = SeenSamples(), set[tuple[str, int]]()
    for sample in samples:
        assert (sample in seen) == (sample in expected)
        assert seen.add(*sample) == (sample not in expected)
        expected.add(sample)
