"""Best of n: how many problems n candidates solve, when something or nothing tells which of them is right."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from modelassay.core.measured import Interval
from modelassay.estimates.estimate import per_problem
from modelassay.estimates.mean import POPULATION, mean_difference, mean_of
from modelassay.estimates.pass_at_k import CountError, Floats, Ints, pass_at_k

Selector = Literal["oracle", "none", "shown tests", "agreement"]
_SHUFFLES = 200


@dataclass(frozen=True)
class Candidate:
    """What is known of one candidate: whether it is right, and what a selector can see of it.

    shown: whether it passes the tests that stand in the prompt. behaviour: equal for candidates that do
    the same (equal outputs on some inputs, or equal text); empty for one that does nothing usable.
    """

    right: bool
    shown: bool = True
    behaviour: str = ""


def solved(
    problems: Mapping[str, Sequence[Candidate]], ns: Iterable[int], selector: Selector, *, seed: int = 0
) -> dict[int, float]:
    """n → expected number of problems solved by one answer picked from n random candidates of each.

    oracle: right if any is (pass@n). none: any of them (pass@1, whatever n). shown tests: any of those
    that pass the tests in the prompt, or any at all where none does. agreement: any of the largest group
    of equal behaviour; the first three are exact expectations, this one the mean over 200 random orders.
    Raises CountError where a problem has fewer than n candidates.
    """
    return {n: float(each.sum()) for n, each in chances(problems, ns, selector, seed=seed).items()}


def chances(
    problems: Mapping[str, Sequence[Candidate]], ns: Iterable[int], selector: Selector, *, seed: int = 0
) -> dict[int, Floats]:
    """n → the chance that the pick of n random candidates is right, for each problem (P,), in their order.

    Each is a mean over draws of n of the candidates that there are, hence unbiased for n fresh ones. As `solved`
    otherwise.
    """
    sizes = sorted(set(ns))
    for name, candidates in problems.items():
        if sizes and len(candidates) < sizes[-1]:
            raise CountError(f"{name} has {len(candidates)} samples, best of {sizes[-1]} needs more")
    pick = _PICKS[selector]
    rng = np.random.default_rng(seed)
    places = np.array(sizes, dtype=np.int64)
    each = np.array([pick(candidates, places, rng) for candidates in problems.values()])
    each = each.reshape(-1, len(sizes))  # (P, S), without problems too
    return {size: each[:, place] for place, size in enumerate(sizes)}


@dataclass(frozen=True)
class Picked:
    """What one selector does with n samples per problem, for the population of problems, the problem as the unit.

    share: expected share of problems solved, in [0, 1], with its interval. gain: what it solves more than a random
    choice does, as a share, with its interval, paired by problem.
    """

    share: float
    interval: Interval
    gain: float
    gain_interval: Interval


def picked(chosen: Floats, random: Floats, level: float) -> Picked:
    """One selector's chances (P,) of picking a right one, beside those of a random choice on the same problems.

    Each interval holds at `level` by itself, for a selector and an n that were named before.
    """
    held, more = mean_of(chosen), mean_difference(chosen - random)
    return Picked(held.value, held.interval(level, POPULATION), more.value, more.interval(level, POPULATION))


def solved_by_oracle(tallies: Mapping[str, tuple[int, int]], ns: Iterable[int]) -> dict[int, float]:
    """The same from counts alone, with a selector that never errs: the most that n candidates can give."""
    return {n: float(per_problem(tallies, n).sum()) for n in sorted(set(ns))}


def enough(curve: Mapping[int, float], amount: float) -> int | None:
    """The n of the curve beyond which each further candidate adds less than `amount` solved problems.

    Between two n of the curve the gain is shared equally among the candidates between them. None where
    the last step still gains as much: the end of the curve is not the end of the gain.
    """
    sizes = sorted(curve)
    found = None
    for here, following in reversed(list(pairwise(sizes))):
        if (curve[following] - curve[here]) / (following - here) >= amount:
            break
        found = here
    return found


def _oracle(candidates: Sequence[Candidate], sizes: Ints, _: np.random.Generator) -> Floats:
    right = sum(c.right for c in candidates)
    return np.array([pass_at_k(len(candidates), right, int(n)) for n in sizes])


def _none(candidates: Sequence[Candidate], sizes: Ints, _: np.random.Generator) -> Floats:
    return np.full(len(sizes), sum(c.right for c in candidates) / len(candidates))


def _shown_tests(candidates: Sequence[Candidate], sizes: Ints, _: np.random.Generator) -> Floats:
    """P(one that passes is drawn) × share right of those, else the share right of the others.

    By symmetry each that passes is equally likely to be the pick, however many of them are drawn.
    """
    passing = [c.right for c in candidates if c.shown]
    failing = [c.right for c in candidates if not c.shown]
    some = np.array([pass_at_k(len(candidates), len(passing), int(n)) for n in sizes])
    return some * _share(passing) + (1 - some) * _share(failing)


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 0.0


def _agreement(candidates: Sequence[Candidate], sizes: Ints, rng: np.random.Generator) -> Floats:
    """Groups are counted along random orders, so one order serves every n; ties share the pick."""
    _, group = np.unique([c.behaviour for c in candidates], return_inverse=True)
    usable = np.array([bool(c.behaviour) for c in candidates])
    right = np.array([c.right for c in candidates], dtype=np.float64)
    member = np.eye(group.max() + 1)[group]  # (N, G)
    value = np.zeros(len(sizes))
    for _ in range(_SHUFFLES):
        order = rng.permutation(len(candidates))
        votes = np.cumsum(member[order] * usable[order, None], axis=0)[sizes - 1]  # (S, G)
        correct = np.cumsum(member[order] * right[order, None], axis=0)[sizes - 1]
        largest = (votes == votes.max(axis=1, keepdims=True)) & (votes > 0)
        share = np.where(largest, correct / np.maximum(votes, 1), 0.0)
        value += share.sum(axis=1) / np.maximum(largest.sum(axis=1), 1)
    return value / _SHUFFLES


_PICKS: dict[Selector, Callable[[Sequence[Candidate], Ints, np.random.Generator], Floats]] = {
    "oracle": _oracle,
    "none": _none,
    "shown tests": _shown_tests,
    "agreement": _agreement,
}
