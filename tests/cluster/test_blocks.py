"""How samples are dealt out, and how many actors a cluster gets: without Ray."""

import pytest

from modelassay.cluster.blocks import TRIES, Dealer, units_of
from modelassay.cluster.staffing import Staff, cpus_each, staff
from modelassay.core.errors import BackendError
from modelassay.core.measured import BackendName, SamplingPlan
from modelassay.sampling.sampler import Wanted


def plan(backend: BackendName, problems: int, n: int) -> SamplingPlan:
    return SamplingPlan(
        model="m", model_sha256="", backend=backend, benchmark="b", benchmark_version="", benchmark_sha256="",
        problems=tuple(f"p/{i}" for i in range(problems)), protocol="", protocol_sha256="",
        samples_per_problem=n, decoding=None, seed=0,
    )  # fmt: skip


def wanted(problems: int, n: int) -> list[Wanted]:
    return [Wanted(f"p/{i}", tuple(range(n))) for i in range(problems)]


def test_a_group_of_transformers_stays_whole() -> None:
    """Also where an earlier run has made a part of it, so that its place in the plan decides."""
    units = units_of(plan("transformers", 10, 64), wanted(10, 64)[1:], gpus=False)

    assert [[w.problem for w in unit] for unit in units] == [
        ["p/1", "p/2", "p/3"], ["p/4", "p/5", "p/6", "p/7"], ["p/8", "p/9"],
    ]  # fmt: skip


def test_many_samples_of_one_problem_are_several_units() -> None:
    """Where a backend samples each by itself."""
    units = units_of(plan("vllm", 1, 600), wanted(1, 600), gpus=True)

    assert [len(unit[0].indices) for unit in units] == [256, 256, 88]


def test_every_sample_is_dealt_once() -> None:
    """Whatever was learnt of the pace meanwhile."""
    dealer = Dealer(units_of(plan("vllm", 40, 10), wanted(40, 10), gpus=True), seconds=5)
    dealt = []
    while (block := dealer.deal(2)) is not None:
        dealt += [(w.problem, i) for w in block.wanted for i in w.indices]
        dealer.pace.took(block.samples, 0.02 * block.samples)

    assert sorted(dealt) == sorted((w.problem, i) for w in wanted(40, 10) for i in w.indices)


def test_blocks_take_as_long_as_is_wanted_and_shrink_at_the_end() -> None:
    """One unit as long as nothing is known; then by the predicted time, and by what is left for each engine."""
    dealer = Dealer(units_of(plan("vllm", 40, 10), wanted(40, 10), gpus=True), seconds=1.05)
    sizes = []
    while (block := dealer.deal(2)) is not None:
        sizes.append(block.samples)
        dealer.pace.took(block.samples, 0.02 * block.samples)

    assert sizes[:3] == [10, 50, 50]
    assert sizes[-1] == 10


def test_a_block_that_always_ends_its_engine_ends_the_study() -> None:
    """It is not begun for ever."""
    dealer = Dealer(units_of(plan("vllm", 1, 10), wanted(1, 10), gpus=True))
    for _ in range(TRIES - 1):
        block = dealer.deal(1)
        assert block is not None
        dealer.back(block)
    block = dealer.deal(1)
    assert block is not None

    with pytest.raises(BackendError, match="begun 4 times"):
        dealer.back(block)


@pytest.mark.parametrize(
    ("cpus", "gpus", "to_sample", "to_grade", "expected"),
    [
        (2, 0, 9, 0, Staff(1, 1)),  # a grader is there before the first sample
        (2, 0, 0, 9, Staff(0, 2)),  # what sampled, grades
        (8, 0, 9, 9, Staff(4, 4)),
        (8, 4, 9, 9, Staff(4, 4)),
        (8, 4, 1, 0, Staff(1, 1)),
        (1, 0, 9, 9, Staff(1, 1)),  # half a CPU each
        (0, 0, 9, 9, Staff(1, 1)),  # they wait for a first node
    ],
)
def test_actors_by_size_and_work(
    cpus: float, gpus: float, to_sample: int, to_grade: int, expected: Staff
) -> None:
    """Engines and graders fit beside each other, and none is there for nothing."""
    found = staff(cpus, gpus, to_sample=to_sample, to_grade=to_grade)

    assert found == expected
    assert cpus < 1 or cpus_each(cpus) * (found.graders + (0 if gpus else found.engines)) <= cpus
