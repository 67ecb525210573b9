"""A server that fails in every way: what can be had is had once, and the rest ends in one line."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from modelassay.core.errors import BackendError
from modelassay.core.measured import SamplingPlan
from modelassay.core.problems import Problem
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
    endpoint = Endpoint(
        server.address,
        "tiny",
        concurrency=options.pop("concurrency", 4),
        patience=options.pop("patience", QUICK),
    )
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
    """These troubles one after the other, from the first request for a sample on."""

    def trouble(handler: Handler, number: int) -> bool:
        if 0 < number <= len(ways):
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
    assert len(server.sampling) == 20


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
        pytest.raises(BackendError, match="status 404, no model tiny"),
        _sampler(server, plan, starter, concurrency=1),
    ):
        pass
    assert len(server.requests) == 2  # with all stop texts, and with four


def test_no_server_is_one_line(plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """A refused connection is tried a few times, then named."""
    endpoint = Endpoint("http://127.0.0.1:9", "tiny", concurrency=1, patience=QUICK)
    with (
        pytest.raises(BackendError, match=r"127\.0\.0\.1:9.* gave no answer"),
        OpenAISampler(endpoint, plan, starter),
    ):
        pass


# --- what the server takes ----------------------------------------------------------------------------------
def _refusing(*rules: tuple[Callable[[dict[str, Any]], bool], str]) -> Callable[[Handler, int], bool]:
    """A server that refuses requests for which a rule holds, in the rule's words."""

    def trouble(handler: Handler, number: int) -> bool:
        body = handler.body
        for broken, words in rules:
            if broken(body):
                handler.answer(400, {"detail": words})
                return True
        return False

    return trouble


TOO_MANY_STOPS = (
    lambda body: len(body.get("stop", ())) > 4,
    "List should have at most 4 items after validation, not 9",
)
NO_TOKEN_IDS = (lambda body: isinstance(body.get("prompt"), list), "prompt must be a string.")


def test_a_server_that_takes_few_stop_texts_gets_the_telling_ones(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """Four are sent, an answer is cut at the others here, and the time that costs is said."""
    notes: list[str] = []
    refuse = _refusing(TOO_MANY_STOPS)

    def trouble(handler: Handler, number: int) -> bool:
        text = {"text": "    return 1\n@other\ndef f(): pass", "finish_reason": "length"}
        if not refuse(handler, number):
            handler.answer(200, {"choices": [text], "usage": {"completion_tokens": 9}})
        return True

    server.trouble = trouble
    with _sampler(server, plan, starter, note=notes.append) as sampler:
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert server.requests[-1]["stop"] == ["\ndef ", "\nif ", "\nclass ", "\n#"]
    assert all(c.text.endswith("    return 1") and c.finish_reason == "stop" for c in done)
    assert len(done) == 12
    assert any("4 stop texts at most" in note for note in notes)


def test_a_server_that_takes_no_token_ids_is_asked_in_words(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """A chat goes through the server's template, which is said, and what is kept as sent holds no ids."""
    from modelassay.sampling.model_files import load_tokenizer

    notes: list[str] = []
    plan = make_plan(tiny_model, problems=2, samples=2, protocol="chat")
    server.trouble = _refusing(NO_TOKEN_IDS)
    tokenizer = load_tokenizer(tiny_model)
    with _sampler(server, plan, starter, tokenizer=tokenizer, note=notes.append) as sampler:
        list(sampler.sample(remaining(plan, [])))
        assert all(not rendered.token_ids for rendered in sampler.rendered.values())
    assert server.paths[0] == "/v1/completions"
    assert set(server.paths[1:]) == {"/v1/chat/completions"}
    assert any("takes no token ids: the server's own chat template" in note for note in notes)


def test_an_opened_answer_needs_a_server_that_takes_token_ids(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """Without them the protocol cannot be kept, so the server's refusal is the end."""
    from modelassay.sampling.model_files import load_tokenizer

    plan = make_plan(tiny_model, problems=2, samples=2, protocol="evalplus-chat")
    server.trouble = _refusing(NO_TOKEN_IDS)
    with (
        pytest.raises(BackendError, match=r"prompt must be a string\..*choose the protocol chat"),
        _sampler(server, plan, starter, tokenizer=load_tokenizer(tiny_model)),
    ):
        pass


def test_a_server_that_changes_the_prompt_is_told_on(
    server: Server, tiny_model: Path, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """One that counts other tokens than were sent, because it adds a BOS of its own, is named."""
    from modelassay.sampling.model_files import load_tokenizer

    notes: list[str] = []
    with _sampler(server, plan, starter, tokenizer=load_tokenizer(tiny_model), note=notes.append) as sampler:
        sent = len(sampler.rendered[plan.problems[0]].token_ids)
    changes = "this server changes the prompts it is sent (a BOS, a template), or shortens them"
    assert f"{changes} ({sent} tokens by the model's own files, 7 counted)" in notes


# --- going away -----------------------------------------------------------------------------------------------
@pytest.mark.alone
def test_an_answer_that_trickles_is_given_up(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """The time an answer may take is that of the whole answer, not of each byte."""

    def trickle(handler: Handler, number: int) -> bool:
        if number != 2:
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(30):
            with contextlib.suppress(BrokenPipeError):
                handler.wfile.write(b" ")
            time.sleep(0.1)
        return True

    server.trouble = trickle
    start = time.perf_counter()
    with _sampler(server, plan, starter) as sampler:
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
    assert len(done) == 12
    assert time.perf_counter() - start < 2.5


@pytest.mark.alone
def test_ctrl_c_does_not_wait_for_the_server_and_keeps_what_came(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """While an answer is slow in coming, an interrupt ends sampling at once; answers had before are given first."""

    def trouble(handler: Handler, number: int) -> bool:
        if number == 6:
            threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        if number > 5:
            time.sleep(20)
        return False

    server.trouble = trouble
    endpoint = Endpoint(server.address, "tiny", concurrency=2)
    kept: list[Batch] = []
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    start = time.perf_counter()
    try:
        with OpenAISampler(endpoint, plan, starter) as sampler, pytest.raises(KeyboardInterrupt):
            kept.extend(sampler.sample(remaining(plan, [])))
    finally:
        signal.signal(signal.SIGINT, handler)
    assert time.perf_counter() - start < 5
    assert sum(len(batch.completions) for batch in kept) == 5


# --- settings ---------------------------------------------------------------------------------------------------
NEUTRAL = {
    "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0, "repeat_penalty": 1.0, "presence_penalty": 0.0,
    "frequency_penalty": 0.0, "typical_p": 1.0, "dry_multiplier": 0.0, "xtc_probability": 0.0,
}  # fmt: skip


def _only(taken: set[str]) -> Callable[[Handler, int], bool]:
    """A server that refuses every request with a field it does not know, without saying which."""

    def trouble(handler: Handler, number: int) -> bool:
        known = {
            "model",
            "prompt",
            "messages",
            "temperature",
            "top_p",
            "max_tokens",
            "n",
            "stream",
            "stop",
            "seed",
        }
        refused = not handler.body.keys() <= known | taken
        if refused:
            handler.answer(400, {"error": {"message": "bad request"}})
        return refused

    return trouble


def test_every_setting_is_sent(server: Server, plan: SamplingPlan, starter: dict[str, Problem]) -> None:
    """A server that does not say what it is gets neutral settings in vLLM's and in llama.cpp's words, in our order."""
    with _sampler(server, plan, starter) as sampler:
        list(sampler.sample(remaining(plan, [])[:1]))
        assert sampler.probe is not None
        assert sampler.probe.refused == ()
    for body in server.sampling:
        assert {name: body[name] for name in NEUTRAL} == NEUTRAL
        assert body["samplers"] == ["penalties", "temperature", "min_p", "top_k", "top_p"]


@pytest.mark.parametrize("taken", [set(), {"top_k"}, {"top_k", "min_p", "repetition_penalty"}])
def test_what_a_server_refuses_is_left_out_and_said(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem], taken: set[str]
) -> None:
    """All that it takes is sent, found by trying; what is left to it stands in the notes and the probe."""
    notes: list[str] = []
    server.trouble = _only(taken)
    with _sampler(server, plan, starter, note=notes.append) as sampler:
        done = [c for batch in sampler.sample(remaining(plan, [])) for c in batch.completions]
        assert sampler.probe is not None
        assert set(sampler.probe.sent) == taken
        assert ("top_k" in sampler.probe.refused) == ("top_k" not in taken)
    assert len(done) == 12
    assert all(set(body) & set(NEUTRAL) == taken for body in server.sampling)
    assert any("its top_k may be 40" in note for note in notes) == ("top_k" not in taken)


def test_a_named_field_alone_is_left_out(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """Where the refusal says what it does not know, the rest is still sent."""

    def trouble(handler: Handler, number: int) -> bool:
        if "samplers" in handler.body:
            handler.answer(
                422, {"detail": [{"loc": ["body", "samplers"], "msg": "Extra inputs are not permitted"}]}
            )
        return "samplers" in handler.body

    server.trouble = trouble
    with _sampler(server, plan, starter) as sampler:
        list(sampler.sample(remaining(plan, [])[:1]))
    assert {name: server.sampling[0][name] for name in NEUTRAL} == NEUTRAL


def test_a_server_that_does_not_sample_is_found_out(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """All answers the same at a high temperature: said before the first sample."""

    def trouble(handler: Handler, number: int) -> bool:
        text = {"text": "    return 1\n", "finish_reason": "stop"}
        handler.answer(200, {"choices": [text], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
        return True

    notes: list[str] = []
    server.trouble = trouble
    with _sampler(server, plan, starter, note=notes.append) as sampler:
        assert not server.sampling
        assert sampler.probe is not None
        found = {finding.asked: finding.obeyed for finding in sampler.probe.findings}
    assert "this server does not sample" in " ".join(notes)
    assert found["samples at all"] == "no"
    assert found["seed"] == "unknown"


def _obeys(*settings: str) -> Callable[[Handler, int], bool]:
    """A server whose answer depends on the seed, but for temperature 0 and for settings that leave one token alone."""

    def trouble(handler: Handler, number: int) -> bool:
        body = handler.body
        alone = {
            "top_p": body["top_p"] < 0.01,
            "top_k": body.get("top_k") == 1,
            "min_p": body.get("min_p") == 1,
        }
        certain = body["temperature"] == 0 or any(alone[name] for name in settings)
        text = {"text": "return 1" if certain else f"return {body['seed']}0", "finish_reason": "stop"}
        handler.answer(200, {"choices": [text], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
        return True

    return trouble


def test_a_server_that_takes_min_p_and_does_not_obey_it_is_found_out(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """min_p = 1 leaves the likeliest token alone, at any temperature."""
    server.trouble = _obeys("top_p", "top_k")
    server.facts = lambda path: {"data": [{"owned_by": "vllm"}]} if path == "/v1/models" else None
    notes: list[str] = []
    with _sampler(server, plan, starter, note=notes.append, patience=Patience()) as sampler:
        assert sampler.probe is not None
        found = {finding.asked: finding.obeyed for finding in sampler.probe.findings}
    assert (found["top_p"], found["top_k"], found["min_p"]) == ("yes", "yes", "no")
    assert any("does not obey min_p" in note for note in notes)


def test_the_plan_s_own_top_k_does_not_hide_that_a_server_samples(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem]
) -> None:
    """With top_k = 1 every sample of a plan is the same; the probe asks without it."""
    assert plan.decoding is not None
    narrow = msgspec.structs.replace(plan, decoding=msgspec.structs.replace(plan.decoding, top_k=1))
    server.trouble = _obeys("top_p", "top_k", "min_p")
    server.facts = lambda path: {"data": [{"owned_by": "vllm"}]} if path == "/v1/models" else None
    with _sampler(server, narrow, starter, patience=Patience()) as sampler:
        assert sampler.probe is not None
        found = {finding.asked: finding.obeyed for finding in sampler.probe.findings}
    assert found["samples at all"] == "yes"


def test_a_chat_that_only_thought_is_an_empty_answer(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """No content, but reasoning until the limit: an answer without a program, not a fault of the server."""

    def trouble(handler: Handler, number: int) -> bool:
        message = {"content": None, "reasoning_content": "Let me think"}
        handler.answer(200, {"choices": [{"message": message, "finish_reason": "length"}]})
        return True

    server.trouble = trouble
    chat = make_plan(tiny_model, problems=1, samples=2, protocol="chat")
    with _sampler(server, chat, starter) as sampler:
        done = [c for batch in sampler.sample(remaining(chat, [])) for c in batch.completions]
    assert [(c.text, c.finish_reason) for c in done] == [("", "length")] * 2
