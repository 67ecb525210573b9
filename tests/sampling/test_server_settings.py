"""What servers are told so that a model's own settings, special tokens and stop texts end and change no answer unasked."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from modelassay.core.decoding import Decoding  # noqa: E402
from modelassay.core.measured import SamplingPlan  # noqa: E402
from modelassay.core.problems import Problem  # noqa: E402
from modelassay.sampling.model_files import load_tokenizer, stop_ids  # noqa: E402
from modelassay.sampling.openai_server import Endpoint, OpenAISampler  # noqa: E402
from modelassay.sampling.sampler import remaining  # noqa: E402
from modelassay.sampling.server_settings import fields_for, generation_config  # noqa: E402
from support.chi_square import agreement  # noqa: E402
from support.exact_model import END, Truth, make_exact_model, token_of  # noqa: E402
from support.server import Handler, Server, serving  # noqa: E402

PROMPT = [0, *range(70, 90)]
PLAIN = Decoding(temperature=1.0, top_p=1.0, max_tokens=2)
# Settings that a model's file may state and that change what `generate()` draws.
MODELS_OWN: dict[str, Any] = {
    "top_k": 3, "top_p": 0.4, "min_p": 0.2, "temperature": 0.3, "repetition_penalty": 1.5, "num_beams": 2,
    "typical_p": 0.3, "epsilon_cutoff": 0.02, "eta_cutoff": 0.02, "top_h": 0.2, "no_repeat_ngram_size": 1,
    "encoder_no_repeat_ngram_size": 1, "encoder_repetition_penalty": 1.5, "min_length": 500, "min_new_tokens": 5,
    "suppress_tokens": [token_of(c) for c in b"abEZ"], "begin_suppress_tokens": [token_of(c) for c in b"Evu"],
    "bad_words_ids": [[token_of(c)] for c in b"abEZ"], "sequence_bias": [[[token_of(ord("f"))], 5.0]],
    "exponential_decay_length_penalty": [0, 1.5], "guidance_scale": 1.5, "max_time": 1e-4, "max_new_tokens": 1,
    "watermarking_config": {"bias": 4.0, "hashing_key": 15485863, "greenlist_ratio": 0.25, "context_width": 1},
    "eos_token_id": 7, "cache_implementation": "static",
}  # fmt: skip


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truth, Any]:
    """The truth about a model, and that model."""
    from transformers import AutoModelForCausalLM

    folder = make_exact_model(tmp_path_factory.mktemp("exact"))
    return Truth(folder), AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32)


def drawn(model: Any, stated: dict[str, Any], decoding: Decoding, samples: int) -> Counter[tuple[int, ...]]:
    """Answers of at most two tokens of a model whose file states these settings, asked as `transformers serve` does."""
    from transformers import GenerationConfig

    model.generation_config = GenerationConfig(**{"do_sample": True, "eos_token_id": END, **stated})
    sent = GenerationConfig(**json.loads(json.dumps(generation_config(decoding, (1, END)))))
    sent.max_new_tokens = 2
    torch.manual_seed(1)
    ids = torch.tensor([PROMPT] * samples)
    out = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=sent, pad_token_id=1)
    answers = Counter[tuple[int, ...]]()
    for row in out[:, len(PROMPT) :].tolist():
        end = next((at for at, token in enumerate(row) if token in (1, END)), len(row))
        answers[tuple(row[:end])] += 1
    return answers


@pytest.mark.parametrize("name", MODELS_OWN)
def test_no_setting_of_a_model_is_in_force_on_the_server_of_transformers(
    name: str, exact: tuple[Truth, Any]
) -> None:
    """1,500 answers to a plan of neutral settings have the model's distribution; the greedy one is the likeliest."""
    truth, model = exact
    expected = truth.answers(PROMPT, PLAIN, (1, END))
    stated = {name: MODELS_OWN[name]}
    assert agreement(drawn(model, stated, PLAIN, 1500), expected) > 1e-4
    greedy = Decoding(temperature=0.0, top_p=1.0, max_tokens=2)
    assert list(drawn(model, stated, greedy, 1)) == [tuple(truth.greedy(PROMPT, greedy, (1, END))[0])]


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(temperature=1.3, top_p=0.8, max_tokens=2),
        Decoding(temperature=0.7, top_p=1.0, top_k=5, max_tokens=2),
        Decoding(temperature=1.5, top_p=1.0, min_p=0.1, max_tokens=2),
        Decoding(temperature=1.0, top_p=1.0, repetition_penalty=1.3, max_tokens=2),
    ],
)
def test_the_settings_of_a_plan_are_in_force_there(decoding: Decoding, exact: tuple[Truth, Any]) -> None:
    """Whatever the model states of the same."""
    truth, model = exact
    stated = {
        name: MODELS_OWN[name] for name in ("top_k", "top_p", "min_p", "temperature", "repetition_penalty")
    }
    answers = drawn(model, stated, decoding, 1500)
    assert agreement(answers, truth.answers(PROMPT, decoding, (1, END))) > 1e-4


# --- what ends an answer ----------------------------------------------------------------------------------------
@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own for each test."""
    with serving() as running:
        yield running


def of_kind(server: Server, kind: str) -> None:
    """Have the server be known as vLLM's, llama.cpp's or transformers'."""
    owner = {"vllm": "vllm", "llama.cpp": "llamacpp"}.get(kind, "")
    server.facts = lambda path: {"data": [{"id": "m", "owned_by": owner}]} if path == "/v1/models" else None
    if kind != "transformers":
        return

    def trouble(handler: Handler, number: int) -> bool:
        refused = isinstance(handler.body.get("prompt"), list)
        unknown = sorted(handler.body.keys() & {"top_k", "samplers", "skip_special_tokens"})
        if refused or unknown:
            handler.answer(422, {"detail": f"Unexpected fields in the request: {unknown}"})
        return bool(refused or unknown)

    server.trouble = trouble


def ask(
    server: Server, plan: SamplingPlan, starter: dict[str, Problem], model: Path
) -> tuple[dict[str, Any], list[str]]:
    """The last request of a run with the model's files at hand, and what was said."""
    notes: list[str] = []
    endpoint = Endpoint(server.address, "tiny", concurrency=4)
    options: dict[str, Any] = {"tokenizer": load_tokenizer(model), "stop_ids": stop_ids(model)}
    with OpenAISampler(endpoint, plan, starter, note=notes.append, **options) as sampler:
        list(sampler.sample(remaining(plan, [])[:1]))
    return server.sampling[-1], notes


USER = 3  # a special token of the tiny model, which ends no answer by itself


@pytest.mark.parametrize("kind", ["vllm", "llama.cpp", "transformers"])
def test_a_stop_text_in_a_special_token_is_told_as_that_token(
    kind: str,
    server: Server,
    tiny_model: Path,
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """Servers leave the text of special tokens out, so that such a stop text would never be seen."""
    of_kind(server, kind)
    plan = make_plan(tiny_model, problems=1, samples=1, protocol="chat", stop=("<|user|>",))
    body, _ = ask(server, plan, starter, tiny_model)
    match kind:
        case "vllm":
            assert USER in body["stop_token_ids"]
        case "llama.cpp":
            assert "<|user|>" in body["preserved_tokens"]
            assert "<|user|>" in body["stop"]
        case _:
            assert USER in json.loads(body["generation_config"])["eos_token_id"]


@pytest.mark.parametrize("kind", ["vllm", "llama.cpp", "transformers"])
def test_every_end_token_is_told(
    kind: str,
    server: Server,
    tiny_model: Path,
    make_plan: Callable[..., SamplingPlan],
    starter: dict[str, Problem],
) -> None:
    """A server may know one of them alone: llama.cpp's files name one."""
    of_kind(server, kind)
    body, _ = ask(server, make_plan(tiny_model, problems=1, samples=1, protocol="chat"), starter, tiny_model)
    ends = list(stop_ids(tiny_model))
    assert len(ends) > 1
    match kind:
        case "vllm":
            assert body["stop_token_ids"] == ends
        case "llama.cpp":
            assert {"</s>", "<|end|>"} <= set(body["preserved_tokens"]) & set(body["stop"])
        case _:
            assert json.loads(body["generation_config"])["eos_token_id"] == ends


def test_special_tokens_that_a_plan_keeps_are_told_to_llama_cpp(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """By their text; there is nothing to warn of then."""
    of_kind(server, "llama.cpp")
    plan = make_plan(tiny_model, problems=1, samples=1, protocol="chat", keep_special_tokens=True)
    body, notes = ask(server, plan, starter, tiny_model)
    assert {"<|user|>", "<|assistant|>", "<s>"} <= set(body["preserved_tokens"])
    assert not any("special tokens" in note for note in notes)


def test_an_end_token_that_llama_cpp_writes_out_is_cut(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """Its text is no part of the answer, and the reason is `stop`."""
    of_kind(server, "llama.cpp")

    def trouble(handler: Handler, number: int) -> bool:
        text = {"text": "    return 1\n<|end|>and more", "finish_reason": "length"}
        handler.answer(200, {"choices": [text], "usage": {"completion_tokens": 9}})
        return True

    server.trouble = trouble
    plan = make_plan(tiny_model, problems=1, samples=1, protocol="chat")
    endpoint, tokenizer = Endpoint(server.address, "tiny"), load_tokenizer(tiny_model)
    with OpenAISampler(
        endpoint, plan, starter, tokenizer=tokenizer, stop_ids=stop_ids(tiny_model)
    ) as sampler:
        ((answer,),) = [b.completions for b in sampler.sample(remaining(plan, []))]
    assert (answer.text.endswith("    return 1\n"), answer.finish_reason) == (True, "stop")


def test_stop_texts_that_may_begin_in_the_prompt_are_kept_from_the_server_of_transformers(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """It would end an answer at "def " after a prompt that ends in a line break; here, answers are cut at them."""
    of_kind(server, "transformers")
    plan = make_plan(tiny_model, problems=1, samples=1, protocol="chat", stop=("\ndef ", "END", "END\n"))
    body, notes = ask(server, plan, starter, tiny_model)
    assert {"END", "END\n"} <= set(body["stop"])
    assert not any(stop.startswith("\n") for stop in body["stop"])
    assert any("begin in the prompt" in note for note in notes)


def test_a_field_that_a_known_server_refuses_is_told(
    server: Server, tiny_model: Path, make_plan: Callable[..., SamplingPlan], starter: dict[str, Problem]
) -> None:
    """Also one that no plan names: what it is without is the server's own."""
    of_kind(server, "llama.cpp")

    def trouble(handler: Handler, number: int) -> bool:
        if "dynatemp_range" in handler.body:
            handler.answer(400, {"error": "Field 'dynatemp_range': unknown"})
            return True
        return False

    server.trouble = trouble
    plan = make_plan(tiny_model, problems=1, samples=1, protocol="chat")
    body, notes = ask(server, plan, starter, tiny_model)
    assert "dynatemp_range" not in body
    assert "this server refuses dynatemp_range: its own values may be in force" in notes


@pytest.mark.parametrize(("penalty", "least"), [(1.0, 0), (1.1, 100_000)])
def test_llama_cpp_s_penalties_look_back_on_all_tokens(penalty: float, least: int) -> None:
    """Said as a number: -1, which older builds take for all, is refused by newer ones, whose own is 64."""
    decoding = Decoding(temperature=0.8, top_p=1.0, max_tokens=9, repetition_penalty=penalty)
    assert fields_for("llama.cpp", decoding, (), ids=True)["repeat_last_n"] >= least
