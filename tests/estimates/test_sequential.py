"""Anytime-valid stopping: few false alarms whatever the number of looks, and early where it is clear."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelassay.core.errors import InputError
from modelassay.estimates.pass_at_k import Floats, Ints
from modelassay.estimates.sequential import (
    SequentialComparison,
    drawn_problems,
    log_wealth,
    problem_decided,
    rate_interval,
)
from modelassay.estimates.sequential import differences as answers_apart

DATA = Path(__file__).parent / "data" / "codegen_16b_humaneval.json"
RATES = np.array(json.loads(DATA.read_text("utf-8"))["passed"]) / 100


def differences(rates: Floats, better: Floats, shape: tuple[int, int], seed: int) -> Floats:
    """Paired 0/1 differences on problems drawn with replacement, one candidate from each side."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(rates), shape)
    change: Floats = (rng.random(shape) < better[at]).astype(float) - (rng.random(shape) < rates[at])
    return change


def raised(by: float) -> Floats:
    """Rates whose mean is `by` above the real ones: every log-odds moved by the same amount."""
    odds = np.log((RATES + 0.003) / (1.003 - RATES))
    steps = np.linspace(0, 6, 6001)
    means = np.array([(1 / (1 + np.exp(-odds - s))).mean() for s in steps])
    moved: Floats = 1 / (1 + np.exp(-odds - steps[np.argmin(np.abs(means - RATES.mean() - by))]))
    return moved


def first_decision(draws: Floats, level: float = 0.95) -> Ints:
    """After how many draws 0 is ruled out on either side, looking after every draw; T + 1 for never."""
    needed = np.log(2 / (1 - level))
    wealth = np.maximum(log_wealth(draws, 0.0), log_wealth(-draws, 0.0))
    decided = wealth >= needed
    stops: Ints = np.where(decided.any(axis=1), decided.argmax(axis=1), draws.shape[1]) + 1
    return stops


def test_equal_models_are_called_different_in_at_most_5_percent() -> None:
    """2,000 repetitions on real pass rates, a look after each of 1,500 draws."""
    wrong = [
        (first_decision(differences(RATES, RATES, (250, 1500), seed)) <= 1500).sum() for seed in range(8)
    ]

    assert sum(wrong) / 2000 <= 0.05


@pytest.mark.parametrize(("by", "share"), [(0.10, 0.4), (0.20, 0.12)])
def test_a_clear_difference_is_found_early(by: float, share: float) -> None:
    """Median draws at 10 and 20 points, as a share of three candidates per problem, a lean fixed design."""
    taken = first_decision(differences(RATES, raised(by), (500, 2000), 1))

    assert np.median(taken) <= share * 3 * len(RATES)


def test_the_race_decides_as_its_wealth_does() -> None:
    """Round by round the same moment as the path of the wealth, and the interval lies above 0."""
    draws = differences(RATES, raised(0.15), (1, 400), 3)[0]
    compared = SequentialComparison(margin=0.02)

    verdicts = [compared.add([d]) for d in draws]

    moment = int(first_decision(draws[None, :])[0])
    assert abs(verdicts.index("better") + 1 - moment) <= 1
    interval = compared.interval("this benchmark")
    assert 0 < interval.low < 0.15 < interval.high
    assert compared.draws == 400


def test_equal_models_end_in_a_tie() -> None:
    """With a margin of ten points, a few thousand draws rule out everything beyond it."""
    compared = SequentialComparison(margin=0.1)

    verdicts = [compared.add(batch) for batch in np.split(differences(RATES, RATES, (1, 4000), 4)[0], 40)]

    assert verdicts[0] == "not enough data"
    assert verdicts[-1] == "tie"


@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]), min_size=1, max_size=60))
def test_the_race_mirrors_and_never_contradicts_itself(values: list[float]) -> None:
    """Swapping the models mirrors the interval; looking between changes nothing."""
    once, mirrored, often = (
        SequentialComparison(margin=0.05),
        SequentialComparison(margin=0.05),
        SequentialComparison(margin=0.05),
    )
    once.add(values)
    mirrored.add(-v for v in values)
    for value in values:
        often.add([value])

    interval, mirror, same = (one.interval("x") for one in (once, mirrored, often))
    assert (-mirror.high, -mirror.low) == pytest.approx((interval.low, interval.high), abs=1e-5)
    assert (same.low, same.high) == pytest.approx((interval.low, interval.high), abs=1e-5)
    assert interval.low <= interval.high


@given(st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), min_size=2, max_size=80))
def test_a_greedy_race_over_the_whole_benchmark_ends_in_certainty(values: list[float]) -> None:
    """With every problem drawn and no sampling variance the difference is known; one draw more is a mistake."""
    compared = SequentialComparison(margin=0.0, population=len(values))

    compared.add(values, noise=[0.0] * len(values))

    interval = compared.interval("this benchmark")
    assert (interval.low, interval.high) == pytest.approx((np.mean(values),) * 2, abs=1e-4)
    with pytest.raises(InputError, match="more draws"):
        compared.add([0.0])


def test_equal_runs_over_a_whole_benchmark_are_rarely_told_apart() -> None:
    """164 problems without replacement, 20 solved by either model alone, 2,000 random orders."""
    change = np.repeat([1.0, -1.0, 0.0], [20, 20, 124])
    draws = np.random.default_rng(6).permuted(np.tile(change, (2000, 1)), axis=1)
    needed = np.log(2 / 0.05)
    wrong = [(log_wealth(side, 0.0, 164) >= needed).any(axis=1) for side in (draws, -draws)]

    assert np.mean(wrong[0] | wrong[1]) <= 0.05


@pytest.mark.parametrize("population", [None, 20])
def test_a_model_raced_against_itself_is_not_called_better(population: int | None) -> None:
    """20 problems, one sample each: the sampling variance decides nothing, whatever the comparison is about."""
    rng, said = np.random.default_rng(8), []
    for _ in range(200):
        rates = RATES[rng.integers(0, len(RATES), 20)]
        compared = SequentialComparison(margin=0.0, population=population)
        compared.add((rng.random(20) < rates).astype(float) - (rng.random(20) < rates))
        said.append(compared.verdict)

    assert said.count("not enough data") >= 190
    assert not {"better", "worse"} & set(said) or population is None


def test_a_fixed_set_is_never_plainly_better() -> None:
    """What is decided about 30 problems alone says so in the verdict itself."""
    compared = SequentialComparison(margin=0.0, population=30)

    assert compared.add([1.0] * 25 + [0.0] * 5, noise=[0.0] * 30) == "ahead on this set"
    assert compared.interval().target == "this benchmark"


@given(st.lists(st.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]), min_size=1, max_size=60), st.booleans())
def test_the_probability_is_of_the_same_rule_as_the_interval(values: list[float], fixed: bool) -> None:
    """Above 97.5 % exactly where the interval lies above 0, below 2.5 % exactly where it lies below."""
    compared = SequentialComparison(margin=0.0, population=60 if fixed else None)
    compared.add(values, noise=[0.02] * len(values))
    interval, chance = compared.interval(), compared.probability_better

    assert (interval.low > 0) == (chance > 0.975 + 1e-6) or abs(interval.low) < 1e-4
    assert (interval.high < 0) == (chance < 0.025 - 1e-6) or abs(interval.high) < 1e-4


def test_impossible_input_is_refused() -> None:
    """A difference beyond ±1 would void the guarantee."""
    with pytest.raises(InputError):
        SequentialComparison(margin=0.0).add([1.5])
    with pytest.raises(InputError):
        SequentialComparison(margin=5)


def test_a_rate_is_held_at_every_time_at_once() -> None:
    """The true rate leaves the interval at any of 300 looks in at most 5 % of 500 runs."""
    rng = np.random.default_rng(5)
    cache = {}
    missed = 0
    for run in range(500):
        rate = (0.02, 0.3, 0.9)[run % 3]
        passed = np.cumsum(rng.random(100) < rate)
        held = True
        for n, c in enumerate(passed, 1):
            if (n, c) not in cache:
                cache[n, c] = rate_interval(n, int(c))
            held &= cache[n, c].low <= rate <= cache[n, c].high
        missed += not held

    assert missed / 500 <= 0.05


def test_a_problem_is_left_when_more_candidates_would_not_tell() -> None:
    """Solved more often than not by 10 candidates, hopeless, or open."""
    assert problem_decided(20, 15, 10) is True
    assert problem_decided(200, 0, 10) is False
    assert problem_decided(10, 1, 10) is None
    assert problem_decided(0, 0, 10) is None


def test_draws_do_not_depend_on_the_size_of_rounds() -> None:
    """Ten at once or one by one: the same problems, about equally often each."""
    names = ["a", "b", "c"]

    assert drawn_problems(names, 0, 10, 7) == sum((drawn_problems(names, i, 1, 7) for i in range(10)), ())
    often = [drawn_problems(names, 0, 900, 7).count(n) for n in names]
    assert min(often) > 240


def test_each_draw_takes_the_next_answer_of_both_models() -> None:
    """The second draw of a problem compares second answers; a third that was not sampled is an error."""
    base, new = {"a": [False, True], "b": [False]}, {"a": [True, True], "b": [False]}

    assert answers_apart(["a", "b", "a"], base, new) == [1.0, 0.0, 0.0]
    with pytest.raises(InputError, match="a is drawn for the 3"):
        answers_apart(["a"] * 3, base, new)


def test_two_recorded_runs_are_told_apart_before_their_end(shared: Path) -> None:
    """CodeLlama-7B's and 13B's recorded greedy answers, 16 points apart: 40 % of the 164 problems suffice."""
    folder = shared / "data" / "samples" / "codellama-7b-prompts"
    sides = [
        {
            r["task_id"]: [r["passed"]]
            for r in map(json.loads, (folder / name).read_text("utf-8").splitlines())
        }
        for name in ("samples_codellama_13b.jsonl_results.jsonl", "samples_codellama_7b.jsonl_results.jsonl")
    ]
    moments = []
    for seed in range(40):
        order = np.random.default_rng(seed).permutation(sorted(sides[0])).tolist()
        wealth = log_wealth(np.array(answers_apart(order, sides[0], sides[1])), 0.0, len(order))
        moments.append(int(np.argmax(wealth >= np.log(2 / 0.05))) + 1)

    assert np.median(moments) <= 0.4 * 164
