"""The whole grammar: one draw is one task, from one of the families below."""

import random
from collections.abc import Callable

from demo_tasks.draft import Draft, Task
from demo_tasks.flows import choose, is_named
from demo_tasks.loops import division_task, mix_task, order_task, run_task, state_task
from demo_tasks.pipelines import count_task, extreme_task, join_task, list_task, total_task
from demo_tasks.shapes import matrix_task, pairs_task, scalar_task, sets_task
from demo_tasks.tables import (
    common_task,
    group_task,
    items_task,
    longest_task,
    mapping_dict_task,
    partial_task,
    replace_task,
    values_task,
)


def _lists(d: Draft) -> Task:
    kind = d.rng.choices(["int", "word", "char"], [55, 35, 10])[0]
    flow = choose(d, kind)
    while flow.plain:
        d.params, d.words = [], []
        flow = choose(d, kind)
    return list_task(d, flow)


def _named(d: Draft, kind: str, *, keep: float, change: float) -> Task:
    """A total or an extreme of items that can be named with a noun."""
    while True:
        flow = choose(d, kind, keep=keep, change=change)
        if is_named(flow) and flow.kind == "int":
            return total_task(d, flow) if d.chance(0.68) else extreme_task(d, flow)
        d.params, d.words = [], []


def _totals(d: Draft) -> Task:
    if d.chance(0.2):
        return _named(d, "word", keep=0.5, change=1.0)
    return _named(d, "int", keep=0.65, change=0.45)


def _counts(d: Draft) -> Task:
    kind = d.rng.choices(["int", "word", "char"], [45, 30, 25])[0]
    while True:
        flow = choose(d, kind, keep=0.95, change=0.0 if d.chance(0.9) else 1.0)
        if is_named(flow) and (flow.predicate is None or flow.mapping is None):
            return count_task(d, flow)
        d.params, d.words = [], []


def _joins(d: Draft) -> Task:
    kind = d.pick("word", "char")
    while True:
        flow = choose(d, kind, change=0.6 if kind == "word" else 0.3)
        if flow.kind != "int" and not (flow.plain and kind == "char"):
            return join_task(d, flow)
        d.params, d.words = [], []


FAMILIES: tuple[tuple[Callable[[Draft], Task], int], ...] = (
    (_lists, 19), (_totals, 21), (_counts, 13), (_joins, 6),
    (longest_task, 3), (mapping_dict_task, 3), (items_task, 4), (values_task, 2), (group_task, 4), (common_task, 3),
    (replace_task, 5), (partial_task, 2), (pairs_task, 6), (sets_task, 3), (matrix_task, 3), (scalar_task, 6),
    (order_task, 4), (division_task, 3), (run_task, 4), (state_task, 3), (mix_task, 1),
)  # fmt: skip


def draw_task(rng: random.Random) -> Task:
    """One task. The same state of `rng` gives the same task."""
    family = rng.choices([f for f, _ in FAMILIES], [weight for _, weight in FAMILIES])[0]
    return family(Draft(rng))
