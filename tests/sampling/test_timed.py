"""Backends under the clock: times of the very samples that are drawn without it, from where their user stands."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelassay.core.errors import BackendError
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.openai_server import Endpoint
from modelassay.sampling.sampler import Wanted
from modelassay.sampling.timed_server import TimedServer
from modelassay.sources.openai_http import Patience
from support.server import Server, serving, stream


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test, which streams."""
    with serving() as running:
        running.trouble = stream()
        yield running


def timed(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem], concurrency: int = 8
) -> TimedServer:
    patience = Patience(answer_seconds=5, attempts=1, pause=0.01)
    return TimedServer(
        Endpoint(server.address, "tiny", concurrency=concurrency, patience=patience), plan, starter
    )


@pytest.fixture
def plan(tiny_model: Path, make_plan: Callable[..., SamplingPlan]) -> SamplingPlan:
    """Two problems, three samples each."""
    return make_plan(tiny_model, problems=2, samples=3)


def test_a_server_is_timed_by_its_streams(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """The first piece with text is the first token; tokens are what the server counted."""
    with timed(server, plan, starter) as backend:
        found = backend.run(plan.problems)

    assert [t.problem for t in found.problems] == list(plan.problems)
    for times in found.problems:
        assert times.tokens == (6, 6, 6)
        assert times.prompt_tokens == 9
        assert all(seconds >= 0.05 for seconds in times.first_token_seconds)
        assert all(end - first >= 0.09 for first, end in zip(times.first_tokens, times.ends, strict=True))
    seeds = {body["seed"] for body in server.sampling if body.get("stream")}
    assert len(seeds) == 6


def test_requests_wait_for_their_turn(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """One at a time: a problem's third sample is whole after three answers, its own time to the first token is its own."""
    with timed(server, plan, starter, concurrency=1) as backend:
        (times,) = backend.run(plan.problems[:1]).problems

    assert max(times.ends) >= 3 * 0.15
    assert max(times.started) >= 2 * 0.15
    assert max(times.first_token_seconds) < max(times.first_tokens) - 0.2


def test_a_server_that_counts_no_tokens(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """It is asked again without the setting that it refuses, and pieces are counted, which is said."""
    server.trouble = stream(usage=False, wait=0.001)
    with timed(server, plan, starter) as backend:
        (times,) = backend.run(plan.problems[:1]).problems

    assert times.tokens == (3, 3, 3)
    assert backend.counts_pieces


def test_a_server_that_does_not_stream_is_no_time(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    server.trouble = lambda handler, number: False
    with (
        timed(server, plan, starter) as backend,
        pytest.raises(BackendError, match="no stream of events"),
    ):
        backend.run(plan.problems)


def test_the_transformers_backend_is_timed_on_the_samples_it_draws(
    tiny_model: Path, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """As many tokens as the same plan has without a clock; first tokens before ends; the same again in the next pass."""
    pytest.importorskip("torch")
    from modelassay.sampling.timed_transformers import TimedTransformers
    from modelassay.sampling.transformers_engine import Batching, TransformersSampler

    with TransformersSampler(tiny_model, plan, starter) as plain:
        wanted = [Wanted(problem, (0, 1, 2)) for problem in plan.problems]
        drawn = {b.problem: [c.completion_tokens for c in b.completions] for b in plain.sample(wanted)}

    sampler = TransformersSampler(tiny_model, plan, starter, batching=Batching(rows=3, turns=1))
    with TimedTransformers(sampler) as backend:
        first, second = backend.run(plan.problems), backend.run(plan.problems)

    assert {t.problem: list(t.tokens) for t in first.problems} == drawn
    assert [t.tokens for t in first.problems] == [t.tokens for t in second.problems]
    assert first.seconds >= sum(max(t.ends) for t in first.problems)
    for times in first.problems:
        assert all(0 < a <= b for a, b in zip(times.first_tokens, times.ends, strict=True))
