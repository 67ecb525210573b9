"""A server that fails in every way: what can be had is had once, and the rest ends in one line."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from modelassay.core.errors import BackendError
from modelassay.core.measured import Problem, SamplingPlan
from modelassay.sampling.openai_server import Endpoint, OpenAISampler
from modelassay.sampling.sampler import Batch, remaining
from modelassay.sources.openai_http import Patience
from support.server import Handler, Server, serving

QUICK = Patience(answer_seconds=0.5, attempts=4, pause=0.01)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    with serving() as running:
        yield running


@pytest.fixture
def plan(tiny_model: Path, make_plan: Callable[..., SamplingPlan]) -> SamplingPlan:
    """Three problems, four candidates each."""
    return make_plan(tiny_model, problems=3, samples=4)


def _sampler(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem], **options: Any
) -> OpenAISampler:
    endpoint = Endpoint(server.address, "tiny", concurrency=options.pop("concurrency", 4), patience=QUICK)
    return OpenAISampler(endpoint, plan, starter, **options)


def test_every_candidate_once_with_its_own_seed(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """All candidates come, each from a request with a seed that depends on nothing else."""
    with _sampler(server, plan, starter) as sampler:
        batches = list(sampler.sample(remaining(plan, [])))
        expected = {(p, i): sampler.seed(p, i) for p in plan.problems for i in range(4)}
    got = {(c.problem, c.index): c for batch in batches for c in batch.completions}
    assert {key: c.text.rsplit(maxsplit=1)[-1] for key, c in got.items()} == {
        k: str(s) for k, s in expected.items()
    }
    assert len(set(expected.values())) == 12
    assert all(c.completion_tokens == 5 and c.finish_reason == "stop" for c in got.values())
    assert all(batch.timing is not None for batch in batches)
    assert server.most_under_way <= 4


def test_with_a_tokenizer_token_ids_are_sent(
    server: Server, tiny_model: Path, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """The prompt is rendered here, so that template and BOS are ours."""
    from modelassay.sampling.model_files import load_tokenizer

    tokenizer = load_tokenizer(tiny_model)
    with _sampler(server, plan, starter, tokenizer=tokenizer) as sampler:
        list(sampler.sample(remaining(plan, [])[:1]))
    assert server.requests[0]["prompt"][0] == tokenizer.bos_token_id
    assert server.paths[0] == "/v1/completions"
    assert "\ndef " in server.requests[0]["stop"]


def test_chat_without_a_tokenizer_warns(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """The server's template is out of our hands, and that is said; a prefill is refused."""
    notes: list[str] = []
    chat = make_plan(tiny_model, problems=1, samples=2, protocol="chat")
    with _sampler(server, chat, starter, note=notes.append) as sampler:
        list(sampler.sample(remaining(chat, [])))
    assert server.paths[0] == "/v1/chat/completions"
    assert "cannot be checked" in notes[0]
    prefilled = make_plan(tiny_model, problems=1, samples=2, protocol="evalplus-chat")
    with pytest.raises(BackendError, match="opens the answer"):
        _sampler(server, prefilled, starter)


def _once_each(*ways: Callable[[Handler], None]) -> Callable[[Handler, int], bool]:
    def trouble(handler: Handler, number: int) -> bool:
        if number <= len(ways):
            ways[number - 1](handler)
            return True
        return False

    return trouble


def _cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.close_connection = True


def test_passing_troubles_are_waited_out(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """Too slow, 500, 429, cut in the middle, wrong JSON, no choices: each is asked again, nothing is doubled."""
    server.trouble = _once_each(
        lambda h: time.sleep(0.8),
        lambda h: h.answer(500, {"error": "oops"}),
        lambda h: h.answer(429, {}, Retry_After="0.05"),
        _cut,
        lambda h: h.answer(200, b"{not json"),
        lambda h: h.answer(200, {"choices": []}),
        lambda h: h.answer(200, {"choices": [{"text": None}]}),
        lambda h: h.answer(200, [1]),
    )
    with _sampler(server, plan, starter) as sampler:
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert len({(c.problem, c.index) for c in done}) == len(done) == 12
    assert len(server.requests) == 20


def test_the_pause_a_server_asks_for_is_kept(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """Retry-After is honoured."""
    plan = make_plan(tiny_model, problems=1, samples=1)
    server.trouble = _once_each(lambda h: h.answer(429, {}, Retry_After="0.4"))
    start = time.perf_counter()
    with _sampler(server, plan, starter) as sampler:
        list(sampler.sample(remaining(plan, [])))
    assert time.perf_counter() - start >= 0.4


def test_a_server_that_stays_down_ends_in_one_line_and_keeps_what_came(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """Patience has an end; answers had before it are given first."""

    def trouble(handler: Handler, number: int) -> bool:
        if number > 6:
            handler.answer(503, {})
        return number > 6

    server.trouble = trouble
    kept: list[Batch] = []
    with _sampler(server, plan, starter, concurrency=1) as sampler:
        batches = sampler.sample(remaining(plan, []))
        with pytest.raises(BackendError, match="in 4 attempts: status 503 — check the server"):
            kept.extend(batches)
    assert sum(len(batch.completions) for batch in kept) == 6


def test_a_refusal_is_not_repeated(server: Server, plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """A wrong model name is said at once, in the server's own words."""

    def refuse(handler: Handler, number: int) -> bool:
        handler.answer(404, {"error": {"message": "no model tiny"}})
        return True

    server.trouble = refuse
    with (
        _sampler(server, plan, starter, concurrency=1) as sampler,
        pytest.raises(BackendError, match="status 404, no model tiny"),
    ):
        list(sampler.sample(remaining(plan, [])))
    assert len(server.requests) <= 3


def test_no_server_is_one_line(plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """A refused connection is tried a few times, then named."""
    endpoint = Endpoint("http://127.0.0.1:9", "tiny", concurrency=1, patience=QUICK)
    with (
        OpenAISampler(endpoint, plan, starter) as sampler,
        pytest.raises(BackendError, match=r"127\.0\.0\.1:9.* gave no answer"),
    ):
        list(sampler.sample(remaining(plan, [])))
