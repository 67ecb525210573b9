"""What a solved problem costs, by hand."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.speed.solved_cost import Spent, solved_cost, worth


def test_a_solved_problem_by_hand() -> None:
    """Two problems of 4 samples, 1 and 3 s each: 2 of 4 pass, and none. pass@1 is 0.25, pass@3 and pass@4 0.5."""
    found = solved_cost(
        "plus", {"a": (4, 2), "b": (4, 0)}, {"a": Spent(1.0, 50), "b": Spent(3.0, 150)},
        joules_per_sample=20.0, price_per_hour=1.8,
    )  # fmt: skip
    assert found is not None
    one, three, four = found.at

    assert (one.k, one.solved, one.seconds_per_problem, one.seconds_per_solved) == (1, 0.25, 2.0, 8.0)
    assert (four.k, four.solved, four.seconds_per_problem, four.seconds_per_solved) == (4, 0.5, 8.0, 16.0)
    assert (one.tokens_per_solved, one.joules_per_solved) == (400.0, 80.0)
    assert one.money_per_solved == pytest.approx(8 * 1.8 / 3600)
    assert found.never_solved == 1
    assert (three.k, found.worth_k) == (3, 3)


def test_time_to_the_first_sample_that_passes() -> None:
    """2 of 4 pass: 5 / 3 samples on average, as 1/2·1 + 1/3·2 + 1/6·3; never solved problems have no such time."""
    found = solved_cost("base", {"a": (4, 2), "b": (4, 0)}, {"a": Spent(1.5, 1), "b": Spent(1.0, 1)})

    assert found is not None
    assert found.first_pass_seconds is not None
    assert found.first_pass_seconds.count == 1
    assert found.first_pass_seconds.p50 == pytest.approx(1.5 * (1 / 2 * 1 + 1 / 3 * 2 + 1 / 6 * 3))


def test_unknown_energy_and_price_stay_unknown() -> None:
    found = solved_cost("base", {"a": (2, 1)}, {"a": Spent(1.0, 1)})

    assert found is not None
    assert found.at[0].joules_per_solved is None
    assert found.at[0].money_per_problem is None


def test_nothing_solved_costs_no_number() -> None:
    found = solved_cost("base", {"a": (2, 0)}, {"a": Spent(1.0, 1)})

    assert found is not None
    assert found.at[-1].seconds_per_solved is None
    assert found.worth_k is None


def test_problems_without_grades_or_times_take_no_part() -> None:
    assert solved_cost("base", {"a": (2, 1)}, {"b": Spent(1.0, 1)}) is None


def test_where_another_sample_stops_being_worth_its_time() -> None:
    """0.2 for the first: the fourth brings 0.01, less than a tenth of it, so three are worth it."""
    assert worth([0.2, 0.3, 0.35, 0.36, 0.37]) == 3
    assert worth([0.2, 0.3, 0.4]) is None


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_more_samples_never_make_a_solved_problem_cheaper(passed: list[int]) -> None:
    """pass@k is concave, so k / pass@k never falls."""
    counts = {str(i): (12, c) for i, c in enumerate(passed)}
    found = solved_cost("s", counts, {p: Spent(1.0, 1) for p in counts}, ks=range(1, 13))

    assert found is not None
    costs = [c.seconds_per_solved for c in found.at if c.seconds_per_solved is not None]
    assert all(later >= earlier - 1e-9 for earlier, later in itertools.pairwise(costs))
