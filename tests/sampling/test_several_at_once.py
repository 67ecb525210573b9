"""Several samples in one request: only of a server that draws them as it would one by one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
from modelassay.sampling.openai_server import Endpoint, OpenAISampler
from modelassay.sampling.sampler import Wanted, remaining
from modelassay.sources.openai_http import Patience
from support.server import Handler, Server, good, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    with serving() as running:
        yield running


def _sampler(server: Server, plan: SamplingPlan, starter: dict[str, Problem]) -> OpenAISampler:
    patience = Patience(answer_seconds=2.0, attempts=4, pause=0.01)
    return OpenAISampler(Endpoint(server.address, "tiny", concurrency=4, patience=patience), plan, starter)


def several(handler: Handler, number: int) -> bool:
    """What vLLM answers: n texts, each that of its own seed, and their tokens where they are asked for."""
    body = handler.body
    chosen = [
        good({**body, "seed": 0 if not body["temperature"] else body["seed"] + i})
        for i in range(body.get("n", 1))
    ]
    counted = {"token_ids": [1] * 5} if body.get("return_token_ids") else {}
    choices = [{**c["choices"][0], "index": i, **counted} for i, c in enumerate(chosen)]
    usage = {"prompt_tokens": 7, "completion_tokens": 5 * len(choices)}
    handler.answer(200, {"choices": choices[::-1], "usage": usage})
    return True


def of_vllm(path: str) -> object:
    return {"data": [{"id": "tiny", "owned_by": "vllm"}]} if path == "/v1/models" else None


def test_a_server_that_draws_the_same_is_asked_for_eight_samples_at_once(
    server: Server, make_plan: Callable[..., SamplingPlan], tiny_model: Path, starter: dict[str, Problem]
) -> None:
    """Each is what its own seed gives, with its own number of tokens; the manifest says how many were asked at once."""
    server.facts, server.trouble = of_vllm, several
    plan = make_plan(tiny_model, problems=2, samples=11, temperature=0.8)
    with _sampler(server, plan, starter) as sampler:
        assert sampler.probe is not None
        assert sampler.probe.samples_per_request == 8
        got = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
        expected = {(p, i): sampler.seed(p, i) for p in plan.problems for i in range(11)}
    assert {(c.problem, c.index): int(c.text.split()[-1]) for c in got} == expected
    assert {(c.prompt_tokens, c.completion_tokens) for c in got} == {(7, 5)}
    assert sorted(body["n"] for body in server.sampling) == [3, 3, 8, 8]


def test_what_is_missing_is_drawn_from_the_seeds_it_had(
    server: Server, make_plan: Callable[..., SamplingPlan], tiny_model: Path, starter: dict[str, Problem]
) -> None:
    """Alone, or with the neighbours that are missing, too."""
    server.facts, server.trouble = of_vllm, several
    plan = make_plan(tiny_model, problems=1, samples=8, temperature=0.8)
    (problem,) = plan.problems
    with _sampler(server, plan, starter) as sampler:
        whole = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
        again = [c for b in sampler.sample([Wanted(problem, (1, 4, 5))]) for c in b.completions]
    assert again == [whole[1], whole[4], whole[5]]


@pytest.mark.parametrize("other", ["seeds", "counts", "n"])
def test_a_server_that_does_otherwise_is_asked_for_one_sample_at_a_time(
    other: str,
    server: Server,
    make_plan: Callable[..., SamplingPlan],
    tiny_model: Path,
    starter: dict[str, Problem],
) -> None:
    """Whose choices come from other seeds, are not counted, or do not come."""

    def trouble(handler: Handler, number: int) -> bool:
        body = handler.body
        if other == "counts":
            body.pop("return_token_ids", None)
        if other == "n":
            body.pop("n", None)
        if other == "seeds" and body.get("n", 1) > 1:
            body["seed"] += 1000
        return several(handler, number)

    server.facts, server.trouble = of_vllm, trouble
    plan = make_plan(tiny_model, problems=1, samples=9, temperature=0.8)
    with _sampler(server, plan, starter) as sampler:
        got = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert len({c.text for c in got}) == 9
    assert len(server.sampling) == 9


def test_greedy_samples_are_asked_for_alone(
    server: Server, make_plan: Callable[..., SamplingPlan], tiny_model: Path, starter: dict[str, Problem]
) -> None:
    """vLLM refuses n > 1 at temperature 0."""
    server.facts, server.trouble = of_vllm, several
    plan = make_plan(tiny_model, problems=1, samples=3, temperature=0.0)
    with _sampler(server, plan, starter) as sampler:
        list(sampler.sample(remaining(plan, [])))
    assert [body["n"] for body in server.sampling] == [1, 1, 1]


def test_a_request_that_gives_too_few_samples_is_asked_again(
    server: Server, make_plan: Callable[..., SamplingPlan], tiny_model: Path, starter: dict[str, Problem]
) -> None:
    """None is lost or invented."""

    def trouble(handler: Handler, number: int) -> bool:
        if number == 1:
            handler.body["n"] = 2
        return several(handler, number)

    server.facts, server.trouble = of_vllm, trouble
    plan = make_plan(tiny_model, problems=1, samples=4, temperature=0.8)
    with _sampler(server, plan, starter) as sampler:
        got = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert [c.index for c in got] == [0, 1, 2, 3]
    assert len(server.sampling) == 2
