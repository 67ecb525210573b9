"""What a run still lacks, and recorded samples behind a backend's interface."""

from pathlib import Path

import pytest

from modelassay.core.decoding import Decoding
from modelassay.core.errors import InputError
from modelassay.core.measured import Completion, SamplingPlan
from modelassay.sampling.precomputed_samples import PrecomputedSamples
from modelassay.sampling.sampler import ReplaySampler, Wanted, remaining


def _plan(samples: int | None = 3) -> SamplingPlan:
    return SamplingPlan(
        model="m",
        model_sha256="0",
        backend="transformers",
        benchmark="b",
        benchmark_version="1",
        benchmark_sha256="0",
        problems=("a", "b", "c"),
        protocol="completion",
        protocol_sha256="0",
        samples_per_problem=samples,
        decoding=Decoding(temperature=1.0, top_p=1.0, max_tokens=8),
        seed=1,
    )


def _completions(*keys: tuple[str, int]) -> list[Completion]:
    return [Completion(problem=problem, index=index, text=f"{problem}{index}") for problem, index in keys]


def test_what_is_missing_is_a_set_difference() -> None:
    """Done candidates are left out, gaps inside a problem found, strangers and doubles ignored."""
    done = _completions(("a", 0), ("a", 1), ("a", 2), ("b", 1), ("b", 1), ("z", 0), ("c", 7))
    assert remaining(_plan(), done) == [
        Wanted(problem="b", indices=(0, 2)),
        Wanted(problem="c", indices=(0, 1, 2)),
    ]


def test_nothing_is_wanted_of_a_finished_plan() -> None:
    """All there: no problem is asked for again."""
    assert remaining(_plan(1), _completions(("a", 0), ("b", 0), ("c", 0))) == []


def test_a_replay_gives_what_was_recorded() -> None:
    """Recorded candidates come back as they are, those already there left out, without a clock."""
    precomputed = PrecomputedSamples(path=Path("s.jsonl"), format="samples", sha256="0")
    precomputed.completions = _completions(("a", 0), ("a", 1), ("c", 0))
    sampler = ReplaySampler(precomputed)
    wanted = sampler.wanted(("a", "b", "c"), _completions(("a", 0)))
    assert wanted == [Wanted(problem="a", indices=(1,)), Wanted(problem="c", indices=(0,))]
    batches = list(sampler.sample(wanted))
    assert [c.text for batch in batches for c in batch.completions] == ["a1", "c0"]
    assert all(batch.timing is None for batch in batches)


def test_a_replay_cannot_give_more_than_was_recorded() -> None:
    """Asking for a sample nobody recorded names the file and how many there are."""
    precomputed = PrecomputedSamples(path=Path("s.jsonl"), format="samples", sha256="0")
    precomputed.completions = _completions(("a", 0))
    with pytest.raises(InputError, match=r"s\.jsonl: a has no precomputed sample 1 — ask for at most 1"):
        list(ReplaySampler(precomputed).sample([Wanted(problem="a", indices=(0, 1))]))
