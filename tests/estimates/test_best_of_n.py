"""Expected solved problems against n, under each selector."""

from itertools import combinations

import pytest

from modelassay.core.errors import InputError
from modelassay.estimates.best_of_n import Candidate, Selector, enough, solved, solved_by_oracle

# Right ones agree; some wrong ones pass the shown tests; two wrong ones do the same.
MIXED = [
    Candidate(True, True, "a"),
    Candidate(True, True, "a"),
    Candidate(False, True, "b"),
    Candidate(False, False, "c"),
    Candidate(False, False, "c"),
    Candidate(True, False, "d"),
]


def picked(drawn: tuple[Candidate, ...], selector: Selector) -> float:
    """The chance that the selector's pick from these candidates is right, by its definition."""
    pool = list(drawn)
    if selector == "oracle":
        return float(any(c.right for c in pool))
    if selector == "shown tests":
        pool = [c for c in pool if c.shown] or pool
    if selector == "agreement":
        groups = [[c for c in pool if c.behaviour == b] for b in {c.behaviour for c in pool}]
        largest = [g for g in groups if len(g) == max(map(len, groups))]
        return sum(sum(c.right for c in g) / len(g) for g in largest) / len(largest)
    return sum(c.right for c in pool) / len(pool)


@pytest.mark.parametrize(
    ("selector", "close"), [("oracle", 1e-12), ("none", 1e-12), ("shown tests", 1e-12), ("agreement", 0.08)]
)
def test_equals_enumeration_of_all_draws(selector: Selector, close: float) -> None:
    """The mean over every n-subset of the candidates; agreement within its simulation error."""
    curve = solved({"p": MIXED}, range(1, 7), selector)

    for n, value in curve.items():
        draws = [picked(draw, selector) for draw in combinations(MIXED, n)]

        assert value == pytest.approx(sum(draws) / len(draws), abs=close)


def test_counts_alone_give_the_oracle() -> None:
    """The number of problems times pass@n."""
    assert solved_by_oracle({"p": (6, 3)}, [1, 4]) == pytest.approx(solved({"p": MIXED}, [1, 4], "oracle"))


def test_no_selector_gains_nothing_from_more() -> None:
    """Best of n without a way to choose is pass@1."""
    assert set(solved({"p": MIXED}, [1, 3, 6], "none").values()) == {0.5}


def test_useless_candidates_never_win_by_agreement() -> None:
    """Ten that do nothing usable do not outvote one that works."""
    nothing = [Candidate(False)] * 10

    assert solved({"p": [*nothing, Candidate(True, True, "x")]}, [11], "agreement") == {11: 1.0}
    assert solved({"p": nothing}, [10], "agreement") == {10: 0.0}


def test_enough_is_where_every_later_gain_is_small() -> None:
    """A late jump counts; a curve that still climbs has no end."""
    curve = {1: 10.0, 2: 16.0, 4: 20.0, 8: 22.0, 16: 22.4}

    assert enough(curve, 1.0) == 4
    assert enough(curve, 0.01) is None
    assert enough({1: 0.0, 2: 0.1, 3: 5.0, 4: 5.0}, 1.0) == 3


def test_too_few_candidates_name_the_problem() -> None:
    """Best of 7 cannot be had from 6."""
    with pytest.raises(InputError, match="p has 6"):
        solved({"p": MIXED}, [7], "oracle")
